"""Client credentials (RFC 6749): a token with the scopes that were asked for, replaced before it ends, the old one revoked
(RFC 7009), all behind one placeholder. The client's secret is in no argument and no environment; a scope too many is refused
and revoked."""

import base64
import os
import pathlib
import urllib.parse

from bailey_test import SESSIONS, bailey, repo, wait_until
from token_lab import CLIENT, CLIENT_SECRET, Lab, OAuth, ProcessWatch, World, events, files_with

world = World()
lab = Lab(OAuth, lifetime=6)
secrets = pathlib.Path(os.environ["XDG_CONFIG_HOME"]) / "bailey/mcp-secrets.env"
token = {"id": "api", "provider": "oauth-client", "token_url": f"{lab.url}/token", "revoke_url": f"{lab.url}/revoke",
         "client": CLIENT, "key": "secrets:CLIENT_SECRET", "scopes": '["read", "write"]'}  # fmt: skip
world.configure(token)
secrets.write_text(f"CLIENT_SECRET={CLIENT_SECRET}\n")
secrets.chmod(0o600)
project = repo()

encoded = urllib.parse.quote(CLIENT_SECRET, safe="")
basic = base64.b64encode(f"{urllib.parse.quote(CLIENT)}:{encoded}".encode()).decode()
watch = ProcessWatch(lambda: [*lab.given, CLIENT_SECRET, encoded, basic])
name = world.start(project).out.strip()
assert '"scope": "read write"' in lab.seen[0], lab.seen
placeholder = world.inside(name, 'echo "$API_TOKEN"')
first = world.call(name)
assert first == lab.given[0] and first != placeholder

wait_until(lambda: first in lab.revoked, "the first token is replaced and revoked")
assert len(lab.given) >= 2
newest = world.call(name)
assert newest in lab.given and newest != first
assert world.inside(name, 'echo "$API_TOKEN"') == placeholder
assert events(name, "token_refreshed")[0]["subject"]["result"] == "ok"

bailey("stop", name)
watch.stop()
assert set(lab.given) == set(lab.revoked), (lab.given, lab.revoked)
for value in (*lab.given, CLIENT_SECRET):
    assert not files_with(value, SESSIONS.parent), "at rest nothing is readable"

lab.instead = {"scope": "read write admin"}
given = len(lab.given)
done = bailey("run", "shell", project, "-y", "--name", "wide", "--", "true", status=125)
assert "admin" in done.err and len(lab.given) == given + 1 and set(lab.given) == set(lab.revoked), done
lab.instead = {}
secrets.write_text("CLIENT_SECRET=wrong\n")
done = bailey("run", "shell", project, "-y", "--name", "wrong", "--", "true", status=125)
assert "invalid_client" in done.err and "check 'client'" in done.err, done
