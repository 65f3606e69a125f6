"""opencode from npm, in `bailey run opencode`, with a key that it keeps in its own file: its tool call runs in the sandbox, its
commit lands, the model server gets the real key, and nothing inside does."""
# runner: timeout=900

import json

from agent_lab import HOME, AgentLab, uses

KEY = "sk-ant-api03-" + "k8Zt4Rb7Wm1X" * 7
lab = AgentLab("opencode", {"api.anthropic.com": {"x-api-key": KEY}}, [KEY])
(HOME / ".local/share/opencode").mkdir(parents=True)
(HOME / ".local/share/opencode/auth.json").write_text(json.dumps({"anthropic": {"type": "api", "key": KEY}}))
(HOME / ".local/share/opencode/auth.json").chmod(0o600)
done = lab.run("opencode", "opencode", "run", "commit a file")
assert "The work is committed." in done.out, done
lab.nothing_seen_inside("/v1/messages")
lab.work_landed("opencode")
assert uses() == {"opencode-anthropic"}, uses()
