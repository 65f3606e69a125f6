"""The model servers that agent CLIs talk to, played on loopback: Anthropic's Messages, OpenAI's Responses and Chat
Completions, Google's generateContent; each as a stream of events where the client asks for one.

The "model" is a script: a request that offers a tool which runs commands, and that has no result of one yet, is answered
with a call of it; every other request with a short text. A request without the right key is refused with 401, as the
real ones do. What came is in `seen`.
"""

import contextlib
import gzip
import http.server
import json
import re
import ssl
import threading
import traceback
import zlib

FINAL_TEXT = "The work is committed."
SHELL_TOOLS = ("Bash", "bash", "shell", "shell_command", "exec_command", "run_shell_command", "exec")
BODY_BYTES_MAX = 64 << 20


class Vendor:
    """What one API looks like: where the key is, and how calls and texts are written."""

    def __init__(self, name, keys):
        self.name, self.keys = name, keys  # keys: {header in lower case: its whole value}


class ModelServer:
    """`command` is what the model has the agent run; `vendors` maps a host name to the headers that a request to it must
    have one of. `before_final` is called, in the thread of the request, before a text answers the result of a call."""

    def __init__(self, key_and_certificate, keys, command, address="127.0.0.1", port=0):
        self.keys, self.command = keys, command
        self.before_final = lambda: None
        self.seen = []  # dictionaries: host, method, path, headers (lower case), authorized, result of a tool
        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        self.server.daemon_threads = True
        self.server.models = self
        if key_and_certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(key_and_certificate)
            # In the request's thread: a client that never finishes its handshake keeps nobody else waiting.
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_port
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def asked(self, path):
        return [request for request in self.seen if re.search(path, request["path"])]

    def authorized(self, host, headers):
        wanted = self.keys.get(host)
        return wanted is None or any(headers.get(name) == value for name, value in wanted.items())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 120

    def log_message(self, *_):
        pass

    def handle(self):
        with contextlib.suppress(OSError, ssl.SSLError):
            super().handle()

    def body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            whole = b""
            while size := int(self.rfile.readline(64).split(b";")[0], 16):
                whole += self.rfile.read(size)
                self.rfile.readline()
                if len(whole) > BODY_BYTES_MAX:
                    raise OSError("too much")
            while self.rfile.readline().strip():
                pass
        else:
            whole = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), BODY_BYTES_MAX))
        encoding = self.headers.get("Content-Encoding", "identity")
        if encoding == "gzip":
            whole = gzip.decompress(whole)
        elif encoding == "deflate":
            whole = zlib.decompress(whole)
        return whole

    def answer(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def stream(self, events):
        """Server-sent events: pairs of an event's name (None: it has none) and its data."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for name, data in events:
            text = data if isinstance(data, str) else json.dumps(data)
            block = ((f"event: {name}\n" if name else "") + f"data: {text}\n\n").encode()
            self.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))
            self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")

    def do_GET(self):
        models = self.server.models
        raw = self.body()
        try:
            request = json.loads(raw) if raw else {}
        except ValueError:
            request = {}
        host = (self.headers.get("Host") or "").split(":")[0]
        path = self.path.split("?")[0]
        headers = {name.lower(): value for name, value in self.headers.items()}
        entry = {"host": host, "method": self.command, "path": self.path, "headers": headers, "body": raw,
                 "authorized": models.authorized(host, headers), "result": None}  # fmt: skip
        models.seen.append(entry)
        if "upgrade" in headers:  # no WebSocket here: clients go on with HTTP
            return self.answer({"error": {"message": "Upgrade Required"}}, 426)
        for pattern, refuse, talk in APIS:
            if re.fullmatch(pattern, path) and isinstance(request, dict):
                if not entry["authorized"]:
                    return self.answer(refuse, 401)
                return talk(self, request, entry)
        if host in models.keys and not entry["authorized"] and path.startswith("/v1"):
            return self.answer({"error": {"type": "authentication_error", "message": "invalid key"}}, 401)
        value = MISCELLANEOUS.get(path, {})
        self.answer(value or {}, 404 if value is None else 200)

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET

    def turn(self, tools, results, entry):
        """The name of the tool to call, or None: time for a text."""
        tool = next((name for name in SHELL_TOOLS if name in tools), None)
        if tool is None:
            return None
        if not results:
            return tool
        entry["result"] = results[-1]
        try:
            self.server.models.before_final()
        except Exception:
            traceback.print_exc()  # of the test's; the agent gets its answer all the same
        return None


def text_of(value):
    """Every text in a JSON value."""
    if isinstance(value, str):
        return value
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return "\n".join(filter(None, (text_of(item) for item in items)))


# Anthropic: POST /v1/messages


def anthropic_messages(handler, request, entry):
    model = request.get("model", "model")
    messages = request.get("messages", [])
    blocks = [block for message in messages if isinstance(message.get("content"), list) for block in message["content"]]
    results = [text_of(block) for block in blocks if block.get("type") == "tool_result"]
    tool = handler.turn({tool.get("name") for tool in request.get("tools", [])}, results, entry)
    if tool:
        content = {"type": "tool_use", "id": "toolu_01", "name": tool,
                   "input": {"command": handler.server.models.command, "description": "commit"}}  # fmt: skip
    else:
        content = {"type": "text", "text": FINAL_TEXT}
    usage = {"input_tokens": 10, "output_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    message = {"id": "msg_01", "type": "message", "role": "assistant", "model": model, "content": [content],
               "stop_reason": "tool_use" if tool else "end_turn", "stop_sequence": None, "usage": usage}  # fmt: skip
    if not request.get("stream"):
        return handler.answer(message)
    if tool:
        start = {**content, "input": {}}
        whole = json.dumps(content["input"])
        deltas = [{"type": "input_json_delta", "partial_json": part} for part in (whole[:9], whole[9:])]
    else:
        start = {"type": "text", "text": ""}
        deltas = [{"type": "text_delta", "text": FINAL_TEXT}]
    events = [
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}},
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "ping"},
        *({"type": "content_block_delta", "index": 0, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]
    handler.stream((event["type"], event) for event in events)


def anthropic_count(handler, _request, _entry):
    handler.answer({"input_tokens": 10})


# OpenAI: POST /v1/responses and /v1/chat/completions


def openai_arguments(tool, command):
    return {
        "shell": {"command": ["bash", "-lc", command]},
        "exec_command": {"cmd": command},
    }.get(tool, {"command": command, "description": "commit"})


def openai_tools(request):
    """{name: its type}, also of those that come in a namespace or as an item of the input."""
    found = {}
    pending = list(request.get("tools") or [])
    pending += [tool for item in request["input"] if item.get("type") == "additional_tools" for tool in item["tools"]]
    while pending:
        tool = pending.pop()
        if tool.get("type") == "namespace":
            pending += tool["tools"]
        else:
            found[tool.get("name")] = tool.get("type")
    return found


# A command that takes its time has to be asked for the rest of its output.
OPENAI_PROGRAM = """// @exec: {"yield_time_ms": 120000}
let done = await tools.exec_command(%s);
let output = done.output;
while (done.session_id != null) {
  done = await tools.write_stdin({session_id: done.session_id, chars: "", yield_time_ms: 20000});
  output += done.output;
}
text(output);
"""


def openai_responses(handler, request, entry):
    items = request["input"] = request["input"] if isinstance(request.get("input"), list) else []
    results = [text_of(item.get("output")) for item in items if str(item.get("type", "")).endswith("_call_output")]
    tools = openai_tools(request)
    tool = handler.turn(tools, results, entry)
    if tool == "exec":  # a program in JavaScript that calls the other tools
        call = json.dumps(openai_arguments("exec_command", handler.server.models.command))
        item = {"type": "custom_tool_call", "id": "ctc_01", "call_id": "call_01", "name": tool, "status": "completed",
                "input": OPENAI_PROGRAM % call}  # fmt: skip
    elif tool:
        item = {"type": "function_call", "id": "fc_01", "call_id": "call_01", "name": tool, "status": "completed",
                "arguments": json.dumps(openai_arguments(tool, handler.server.models.command))}  # fmt: skip
    else:
        item = {"type": "message", "id": "msg_01", "role": "assistant", "status": "completed",
                "content": [{"type": "output_text", "text": FINAL_TEXT, "annotations": []}]}  # fmt: skip
    usage = {"input_tokens": 10, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 10,
             "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 20}  # fmt: skip
    response = {"id": "resp_01", "object": "response", "created_at": 1, "status": "completed", "model": request.get("model"),
                "output": [item], "usage": usage}  # fmt: skip
    if not request.get("stream"):
        return handler.answer(response)
    started = {**response, "status": "in_progress", "output": [], "usage": None}
    events = [{"type": "response.created", "response": started}]
    if tool == "exec":
        events += [
            {"type": "response.output_item.added", "output_index": 0, "item": {**item, "input": "", "status": "in_progress"}},
            {"type": "response.custom_tool_call_input.delta", "output_index": 0, "item_id": "ctc_01", "delta": item["input"]},
            {"type": "response.custom_tool_call_input.done", "output_index": 0, "item_id": "ctc_01", "input": item["input"]},
        ]
    elif tool:
        events += [
            {"type": "response.output_item.added", "output_index": 0, "item": {**item, "arguments": "", "status": "in_progress"}},
            {"type": "response.function_call_arguments.delta", "output_index": 0, "item_id": "fc_01", "delta": item["arguments"]},
            {"type": "response.function_call_arguments.done", "output_index": 0, "item_id": "fc_01", "arguments": item["arguments"]},
        ]
    else:
        part = {"output_index": 0, "content_index": 0, "item_id": "msg_01"}
        events += [
            {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": [], "status": "in_progress"}},
            {"type": "response.content_part.added", **part, "part": {"type": "output_text", "text": "", "annotations": []}},
            {"type": "response.output_text.delta", **part, "delta": FINAL_TEXT},
            {"type": "response.output_text.done", **part, "text": FINAL_TEXT},
        ]
    events += [
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": response},
    ]
    handler.stream((event["type"], {**event, "sequence_number": number}) for number, event in enumerate(events))


def openai_chat(handler, request, entry):
    results = [text_of(message.get("content")) for message in request.get("messages", []) if message.get("role") == "tool"]
    tools = {tool.get("function", {}).get("name") for tool in request.get("tools") or []}
    tool = handler.turn(tools, results, entry)
    if tool:
        arguments = json.dumps(openai_arguments(tool, handler.server.models.command))
        message = {"role": "assistant", "content": None, "tool_calls": [
            {"index": 0, "id": "call_01", "type": "function", "function": {"name": tool, "arguments": arguments}}]}  # fmt: skip
    else:
        message = {"role": "assistant", "content": FINAL_TEXT}
    finish = "tool_calls" if tool else "stop"
    usage = {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}
    common = {"id": "chatcmpl-01", "created": 1, "model": request.get("model")}
    if not request.get("stream"):
        choice = {"index": 0, "message": message, "finish_reason": finish}
        return handler.answer({**common, "object": "chat.completion", "choices": [choice], "usage": usage})
    chunk = {**common, "object": "chat.completion.chunk"}
    handler.stream([
        (None, {**chunk, "choices": [{"index": 0, "delta": message, "finish_reason": None}]}),
        (None, {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": finish}], "usage": usage}),
        (None, "[DONE]"),
    ])  # fmt: skip


# Google: POST /v1beta/models/MODEL:generateContent and :streamGenerateContent?alt=sse


def google_generate(handler, request, entry):
    parts = [part for content in request.get("contents", []) for part in content.get("parts", [])]
    results = [text_of(part["functionResponse"]) for part in parts if "functionResponse" in part]
    tools = {
        declared.get("name")
        for tool in request.get("tools", [])
        for declared in tool.get("functionDeclarations", [])
    }
    tool = handler.turn(tools, results, entry)
    if tool:
        part = {"functionCall": {"name": tool, "args": {"command": handler.server.models.command, "description": "commit"}}}
    elif "responseJsonSchema" in str(request.get("generationConfig", {})):
        part = {"text": json.dumps({"reasoning": "simple", "next_speaker": "user", "model_choice": "flash", "complexity_score": 1,
                                    "complexity_reasoning": "simple"})}
    else:
        part = {"text": FINAL_TEXT}
    answer = {
        "candidates": [{"content": {"role": "model", "parts": [part]}, "finishReason": "STOP", "index": 0}],
        "usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": 10, "totalTokenCount": 20},
        "modelVersion": "model",
    }
    if "streamGenerateContent" not in handler.path:
        return handler.answer(answer)
    if "alt=sse" in handler.path:
        return handler.stream([(None, answer)])
    handler.answer([answer])


def google_count(handler, _request, _entry):
    handler.answer({"totalTokens": 10})


ANTHROPIC_REFUSAL = {"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}}
OPENAI_REFUSAL = {"error": {"message": "Incorrect API key provided", "type": "invalid_request_error", "code": "invalid_api_key"}}
GOOGLE_REFUSAL = {"error": {"code": 401, "message": "API key not valid", "status": "UNAUTHENTICATED"}}
APIS = (
    (r"/v1/messages", ANTHROPIC_REFUSAL, anthropic_messages),
    (r"/v1/messages/count_tokens", ANTHROPIC_REFUSAL, anthropic_count),
    (r"(/v1|/backend-api/codex)/responses", OPENAI_REFUSAL, openai_responses),
    (r"(/v1)?/chat/completions", OPENAI_REFUSAL, openai_chat),
    (r"/v1(beta)?/models/[^/]+:(streamG|g)enerateContent", GOOGLE_REFUSAL, google_generate),
    (r"/v1(beta)?/models/[^/]+:countTokens", GOOGLE_REFUSAL, google_count),
)
MISCELLANEOUS = {  # None: not there
    "/v1/models": {"object": "list", "data": [], "models": [], "has_more": False},
    "/api/claude_code/settings": None,
    "/api/claude_code/policy_limits": None,
}
