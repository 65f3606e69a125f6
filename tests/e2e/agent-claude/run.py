"""Claude Code from npm, below the user's home, in `bailey run claude`: with an API key in a variable, and with the login of a
subscription on a terminal, where it asks nothing before it works. Its tool call runs in the sandbox, its commit lands; the
model server gets the real key, which is found nowhere in the sandbox, by a search that does find one that was passed in."""
# runner: timeout=900

import json
import os
import re

from agent_lab import HOME, AgentLab, uses
from bailey_test import Terminal, bailey, wait_until

KEY = "sk-ant-api03-" + "k8Zt4Rb7Wm1X" * 7
LOGIN = "sk-ant-oat01-" + "L2q9Vx5Yc3Pd" * 7
RENEWAL = "sk-ant-ort01-" + "R7h4Nf6Ks1Ja" * 7
ESCAPES = rb"(?:\x1b\[[0-9;?]*[A-Za-z]|\s)*"


def words(text):
    """Text on a screen that moves its cursor between the words."""
    return ESCAPES.join(re.escape(word) for word in text.encode().split())


lab = AgentLab("claude", {"api.anthropic.com": {"x-api-key": KEY, "authorization": f"Bearer {LOGIN}"}}, [KEY, LOGIN, RENEWAL])
os.environ["ANTHROPIC_API_KEY"] = KEY
done = lab.run("claude", "claude", "-p", "commit a file", "--dangerously-skip-permissions")
assert "The work is committed." in done.out, done
lab.nothing_seen_inside("/v1/messages")
lab.work_landed("claude")
assert uses() == {"anthropic-api-key"}, uses()

del os.environ["ANTHROPIC_API_KEY"]
(HOME / ".claude").mkdir()
(HOME / ".claude/.credentials.json").write_text(json.dumps({"claudeAiOauth": {
    "accessToken": LOGIN, "refreshToken": RENEWAL, "expiresAt": 4102444800000,
    "scopes": ["user:inference", "user:profile"], "subscriptionType": "max"}}))  # fmt: skip
(HOME / ".claude/.credentials.json").chmod(0o600)
lab.forget()
terminal = Terminal("bailey", "run", "claude", lab.project, "-y", "--name", "screen", rows=40, columns=120)
terminal.expect(words("bypass permissions on"), 120)
terminal.type("commit a file")
terminal.expect(words("commit a file"))
terminal.type("\r")
wait_until(lambda: terminal.read_some(0.1) and lab.from_host, "the agent to have worked", 120)
terminal.expect(words("The work is committed."), 120)
bailey("stop", "claude-screen")
terminal.wait()
lab.show()
lab.nothing_seen_inside("/v1/messages")
lab.work_landed("claude")
lab.control()
