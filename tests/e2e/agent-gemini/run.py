"""Gemini CLI from npm, in `bailey run gemini`, with an API key in a variable: its tool call runs in the sandbox, its commit
lands, the model server gets the real key, and nothing inside does."""
# runner: timeout=900

import os

from agent_lab import AgentLab, uses

KEY = "AIza" + "k8Zt4Rb7Wm1" * 3
lab = AgentLab("gemini", {"generativelanguage.googleapis.com": {"x-goog-api-key": KEY}}, [KEY])
os.environ["GEMINI_API_KEY"] = KEY
done = lab.run("gemini", "gemini", "--yolo", "-p", "commit a file")
assert "The work is committed." in done.out, done
lab.nothing_seen_inside("enerateContent")
lab.work_landed("gemini")
assert uses() == {"gemini-api-key"}, uses()
assert not [request for request in lab.models.seen if request["host"] == "play.googleapis.com"], "usage statistics are off"
