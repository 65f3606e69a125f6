"""A repository's own allow-list and rules open nothing until `bailey trust`, and give no private address away even then."""

import os

from bailey_test import bailey, git, repo
from network_lab import certificate, configure, enter, rule, serve

enter(["listed.test", "wanted.test"])
ca, pem = certificate(["listed.test", "wanted.test"])
os.environ["SSL_CERT_FILE"] = str(ca)
secure = serve(pem)
s = secure.server_port
configure(rule("lab", "listed.test", [s]))
project = repo()


def inside(*more):
    script = "\n".join(f"echo '{host}' $(curl -sS -m 10 -x http://127.0.0.1:3128 -o /dev/null -w '%{{http_connect}}' "
                       f"https://{host}/x 2>/dev/null)" for host in (f"listed.test:{s}", f"wanted.test:{s}", "example.org"))  # fmt: skip
    return bailey("run", "shell", project, "-y", *more, "--", "bash", "-c", script, status=None)


(project / ".bailey-allowlist.txt").write_text(f"wanted.test:{s}\nexample.org\n")
(project / ".bailey.toml").write_text(f'network = "allow-all"\nallow_domains = ["example.org"]\n{rule("mine", "wanted.test", [s])}')
git(project, "add", "-A")
git(project, "commit", "-q", "-m", "let me out")

done = inside()
assert f"listed.test:{s} 200" in done.out and f"wanted.test:{s} 403" in done.out and "example.org 403" in done.out, done

# Control: trusted, its lists count (example.org can't be reached from a test, but it is not refused), and so does what
# the user adds about loopback. Its own allow_private still does not.
bailey("trust", project)
(CONTROL := inside())
assert "example.org 403" not in CONTROL.out, CONTROL
assert f"wanted.test:{s} 403" in CONTROL.out, CONTROL
configure(rule("lab", "listed.test", [s]), rule("also", "wanted.test", [s]))
assert f"wanted.test:{s} 200" in inside().out

# A change makes it untrusted again: what it allowed is refused.
(project / ".bailey-allowlist.txt").write_text(f"wanted.test:{s}\nexample.org\nexample.net\n")
(project / ".bailey.toml").write_text("# nothing\n")
assert "example.org 403" in inside().out

# It may still close: a block of the repository's own counts without trust.
(project / ".bailey.toml").write_text(
    f'[[rule]]\nid = "closed"\nkind = "network"\naction = "block"\nmatch = {{ host = "listed.test", port = {s} }}\n'
)
done = inside()
assert f"listed.test:{s} 403" in done.out, done
