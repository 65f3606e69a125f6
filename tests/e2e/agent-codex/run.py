"""Codex from npm, in `bailey run codex`, with a key in a variable, of which it only learns through a settings file that bailey
makes, and with a key in its own file: its tool call runs in the sandbox, its commit lands, the model server gets the real key,
and nothing inside does."""
# runner: timeout=900

import json
import os

from agent_lab import HOME, AgentLab, uses

KEY = "sk-proj-" + "k8Zt4Rb7Wm1X" * 10
OTHER = "sk-proj-" + "L2q9Vx5Yc3Pd" * 10
CODEX = ["codex", "exec", "--dangerously-bypass-approvals-and-sandbox", "-c", "analytics.enabled=false", "commit a file"]


def works(key, secret):
    lab.models.keys["api.openai.com"] = {"authorization": f"Bearer {key}"}
    done = lab.run("codex", *CODEX)
    assert "The work is committed." in done.out, done
    lab.nothing_seen_inside("/v1/responses")
    lab.work_landed("codex")
    assert uses() == {secret}, uses()


lab = AgentLab("codex", {}, [KEY, OTHER])
os.environ["OPENAI_API_KEY"] = KEY
works(KEY, "openai-api-key")

del os.environ["OPENAI_API_KEY"]
(HOME / ".codex").mkdir()
(HOME / ".codex/auth.json").write_text(json.dumps({"OPENAI_API_KEY": OTHER}))
(HOME / ".codex/auth.json").chmod(0o600)
works(OTHER, "codex-key")
