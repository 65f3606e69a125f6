"""`git push origin` over HTTPS to a real git server that asks for a login: a human is asked, and on yes the host's
credentials are used, which are nowhere inside. Force, deletion and other branches are called out; denied reaches nobody;
fetching asks nobody. The same by plain HTTP from inside is refused by the gateway, also with the right password, while
cloning works."""

from bailey_test import TOP, bailey, git
from push_lab import HOST, LOGIN, approvals, git_events, inside, push, start, use_https

project, remote, server, url = use_https()
session = start(project)
PASSWORD = LOGIN.split(":")[1]
base = f"https://{HOST}:{server.server_port}/owner"
authorized = f"https://{LOGIN}@{HOST}:{server.server_port}/owner/app.git"


def tip(ref):
    return git(remote, "rev-parse", "-q", "--verify", ref, check=False)


assert url in inside(session, "git remote get-url origin").out, "the address is shown as it is"
inside(session, "echo one >one; git add one; git commit -qm 'first change'")
before = tip("main")
status, out, shown = push(session, "origin HEAD", "deny")
assert status != 0 and "[remote rejected]" in out and "denied by the user" in out, out
assert tip("shell/p") == "" and tip("main") == before
for words in ("push 1 commit to origin", "shell/p", "first change", HOST):
    assert words in shown, (words, shown)
status, out, shown = push(session, "origin HEAD", "approve")
assert status == 0 and "pushed to origin" in out, out
assert tip("shell/p") == inside(session, "git rev-parse HEAD").out.strip()

# What deserves a second look is said.
inside(session, "git commit -q --amend -m 'rewritten'; git tag v1")
status, out, shown = push(session, "--force origin HEAD", "approve")
assert status == 0 and "FORCE" in shown and "loses 1 commit" in shown, (out, shown)
status, out, shown = push(session, "origin HEAD:main", "deny")
assert status != 0 and "not this session's branch" in shown and tip("main") == before, shown
status, out, shown = push(session, "origin v1", "approve")
assert status == 0 and "tag" in shown and tip("v1"), shown
status, out, shown = push(session, "origin :v1", "approve")
assert status == 0 and "DELETE" in shown and not tip("v1"), shown

# For the rest of the session: the own branch, and neither force nor another branch with it.
inside(session, "echo two >two; git add two; git commit -qm two")
assert push(session, "origin HEAD", "approve", "--scope", "session")[0] == 0
inside(session, "echo three >three; git add three; git commit -qm three && git push -q origin HEAD")
status, out, shown = push(session, "--force origin HEAD~1:shell/p", "deny")
assert status != 0, out

# What the review finds is part of the question, with the secret masked; what is remembered does not cover it.
KEY = "AKIA" + "Q3EGRL7IJK2MZX5N"
inside(session, f"""git reset -q --hard origin/shell/p && mkdir -p .github/workflows && echo 'on: push' >.github/workflows/ci.yml &&
    echo 'key = "{KEY}"' >settings.py && git add -A && git commit -qm 'a workflow'""")
status, out, shown = push(session, "origin HEAD", "deny")
assert status != 0 and ".github/workflows/ci.yml" in shown and "settings.py:1" in shown, shown
assert shown.count("finding") >= 2 and KEY not in shown, shown
inside(session, "git reset -q --hard HEAD~1 && echo four >four && git add four && git commit -qm four && git push -q origin HEAD")

# Fetching asks nobody.
other = TOP / "work/other"
git(TOP, "clone", "-q", str(remote), str(other))
git(other, "commit", "-q", "--allow-empty", "-m", "of a colleague")
git(other, "push", "-q", "origin", "HEAD:main")
asked = len(approvals())
assert "of a colleague" in inside(session, "git fetch -q origin && git log -1 --format=%s origin/main").out
assert inside(session, "git pull -q --no-rebase --no-edit origin main && git log --oneline | grep -c colleague").out.strip() == "1"
assert len(approvals()) == asked

# By plain HTTP: with the right password it works outside and is refused inside; cloning works inside.
ca = "-c http.sslCAInfo=$GIT_SSL_CAINFO"
refused = inside(session, f"curl -sS -w '%{{http_code}}' '{base}/app.git/info/refs?service=git-receive-pack' -u {LOGIN}")
assert "blocked_by_bailey" in refused.out and "git push origin" in refused.out and refused.out.endswith("403"), refused
requests = len(server.seen)
for attempt in (
    f"git -c remote.origin.vcs= -c credential.helper= push {authorized} HEAD:refs/heads/x",
    f"git push {authorized} HEAD:refs/heads/x",
    f"curl -sS -f -u {LOGIN} -X POST --data-binary x -H 'Content-Type: application/x-git-receive-pack-request' {base}/app.git/git-receive-pack",
    f"curl -sS -f -u {LOGIN} -X POST --data-binary x {base}/app.git/git-receive%2Dpack",
    f"""curl -sS -f -u {LOGIN} -X POST -d '{{"operation":"upload","objects":[]}}' {base}/app.git/info/lfs/objects/batch""",
    f"curl -sS -f -u {LOGIN} -X PUT -d x {base}/app.git/info/lfs/objects/00",
    "git push bailey::https://listed.test/owner/other.git HEAD:refs/heads/x",
):
    failed = inside(session, attempt, status=None)
    assert failed.status != 0, (attempt, failed)
assert not tip("refs/heads/x")
assert not [each for each in server.seen[requests:] if "receive-pack" in each], server.seen[requests:]
cloned = inside(session, f"git clone -q {authorized} /tmp/again && git -C /tmp/again log --oneline | wc -l")
assert int(cloned.out) >= 2, cloned
git(other, "push", "-q", authorized.replace("https://", "https://"), "HEAD:refs/heads/x")
assert tip("refs/heads/x"), "control: the same push succeeds outside"

# The credentials are nowhere inside, and in no log.
assert PASSWORD not in inside(session, "env; cat /workspace/.git/config").out
events = git_events(session)
assert PASSWORD not in str(events) and PASSWORD not in str(approvals())
pushed = [each for each in events if each["subject"].get("outcome") == "pushed"]
assert pushed and pushed[0]["decision"] == "approved" and pushed[0]["subject"]["remote"] == "origin", events
assert any(each["decision"] == "denied" for each in events), events
assert any(each["action"] == "fetch" and each["decision"] == "allow" for each in events), events
bailey("stop", session)
