"""Codex from npm, in `bailey run codex`, with a key in a variable, of which it only learns through its settings file, and with
the login of an account: its tool call runs in the sandbox, its commit lands, the model server gets the real key, and nothing
inside does."""
# runner: timeout=300

import base64
import json
import os

from agent_lab import HOME, AgentLab, uses

KEY = "sk-proj-" + "k8Zt4Rb7Wm1X" * 10


def web_token(**claims):
    parts = ({"alg": "RS256", "typ": "JWT"}, claims)
    text = ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in parts)
    return text + "." + base64.urlsafe_b64encode(os.urandom(256)).rstrip(b"=").decode()


account = {"https://api.openai.com/auth": {"chatgpt_account_id": "b6f0e4c0-0000-4000-8000-000000000001", "chatgpt_plan_type": "plus"}}
LOGIN = web_token(exp=4102444800, aud=["https://api.openai.com/v1"], **account)
IDENTITY = web_token(exp=4102444800, email="user@example.org", **account)
RENEWAL = "rt_" + "R7h4Nf6Ks1Ja" * 5
CODEX = ["codex", "exec", "--dangerously-bypass-approvals-and-sandbox", "-c", "analytics.enabled=false", "commit a file"]

lab = AgentLab("codex", {"api.openai.com": {"authorization": f"Bearer {KEY}"}, "chatgpt.com": {"authorization": f"Bearer {LOGIN}"}},
               [KEY, LOGIN, IDENTITY, RENEWAL])  # fmt: skip
os.environ["OPENAI_API_KEY"] = KEY
done = lab.run("codex", *CODEX)
assert "The work is committed." in done.out, done
lab.nothing_seen_inside("/v1/responses")
lab.work_landed("codex")
assert uses() == {"openai-api-key"}, uses()

del os.environ["OPENAI_API_KEY"]
(HOME / ".codex").mkdir()
(HOME / ".codex/auth.json").write_text(json.dumps({"auth_mode": "chatgpt", "OPENAI_API_KEY": None, "tokens": {
    "id_token": IDENTITY, "access_token": LOGIN, "refresh_token": RENEWAL,
    "account_id": "b6f0e4c0-0000-4000-8000-000000000001"}, "last_refresh": "2026-11-01T00:00:00.000000Z"}))  # fmt: skip
(HOME / ".codex/auth.json").chmod(0o600)
done = lab.run("codex", *CODEX)
assert "The work is committed." in done.out, done
lab.nothing_seen_inside("/backend-api/codex/responses")
lab.work_landed("codex")
assert uses() == {"codex-login"}, uses()
