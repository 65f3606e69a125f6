"""A session has a GitHub App installation token of its own: for its repository and the named permissions alone, minted with
a web token that openssl verifies, used behind a placeholder, revoked at the end. It is nowhere inside, in no file of the
session, in no argument or environment of any process. An answer that grants more is refused and revoked, and the session
does not start; nor does one whose repository the app does not know."""

import os
import pathlib

from bailey_test import SESSIONS, bailey, git, repo
from token_lab import APP, GitHub, Lab, ProcessWatch, World, app_key, events, files_with

world = World()
lab = Lab(GitHub)
private, lab.public = app_key()
token = {"id": "github", "provider": "github-app", "api": lab.url, "app": APP, "key": "file:app.pem"}
world.configure({**token, "permissions": '{ contents = "write", pull_requests = "read" }'})
project = repo()
git(project, "remote", "add", "origin", "https://github.com/owner/app.git")

key_lines = private.read_text().splitlines()
watch = ProcessWatch(lambda: [*lab.given, key_lines[5]])
name = world.start(project).out.strip()
assert lab.seen == [
    "GET /repos/owner/app/installation",
    'POST /app/installations/42/access_tokens {"repositories": ["app"], "permissions": {"contents": "write", "pull_requests": "read"}}',
], lab.seen
real = lab.given[0]
placeholder = world.inside(name, 'echo "$API_TOKEN"')
assert placeholder.startswith("ghs_") and placeholder != real and len(placeholder) == len(real), placeholder
assert world.call(name) == real
found = files_with(real, SESSIONS.parent, os.environ["XDG_CONFIG_HOME"], os.environ["XDG_CACHE_HOME"])
assert not found, found
assert world.inside(name, "env").count(placeholder) == 1
assert not lab.revoked
bailey("stop", name)
watch.stop()
assert lab.revoked == [real], lab.seen
for action in ("token_minted", "token_revoked"):
    (event,) = events(name, action)
    assert event["subject"]["result"] == "ok" and event["subject"]["secret_id"] == "github", event
assert not files_with(real, SESSIONS.parent) and not list((SESSIONS.parent / "tokens").iterdir())

# Started again, it has a new one and the same placeholder.
bailey("restart", "-d", name)
assert len(lab.given) == 2 and world.inside(name, 'echo "$API_TOKEN"') == placeholder
assert world.call(name) == lab.given[1]
bailey("rm", "-y", name)
assert not lab.left()


def refused(*words):
    done = bailey("run", "shell", project, "-y", "--name", "refused", "--", "true", status=125)
    assert all(word in done.err for word in words), (words, done)
    assert not lab.left(), "what was minted is revoked"
    bailey("rm", "-y", "shell-refused", status=None)


# An attack by the answer: more than was asked for.
for instead in (
    {"permissions": {"contents": "write", "administration": "write"}},
    {"permissions": {"contents": "admin"}},
    {"repository_selection": "all"},
    {"repositories": [{"full_name": "owner/app"}, {"full_name": "owner/other"}]},
    {"expires_at": "2999-01-01T00:00:00Z"},
):
    lab.instead = instead
    refused("more was granted")
lab.instead = {}
world.configure({**token, "permissions": '{ contents = "admin" }'})
refused("not granted")
world.configure({**token, "permissions": '{ contents = "read" }'})
git(project, "remote", "set-url", "origin", "https://github.com/owner/other.git")
refused("owner/other", "install the app")
git(project, "remote", "set-url", "origin", "https://github.com/owner/app.git")
pathlib.Path(private).rename(str(private) + ".away")
refused("app.pem")
pathlib.Path(str(private) + ".away").rename(private)

# Without a network nobody is asked.
before = len(lab.seen)
bailey("run", "shell", project, "-y", "--network", "restricted", "--", "true")
assert len(lab.seen) == before
assert bailey("run", "shell", project, "-y", "--", "true").status == 0 and not lab.left()
