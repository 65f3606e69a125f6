"""Runs in the sandbox: speaks the ssh-agent protocol by hand and prints what each message gets."""

import os
import socket
import struct
import sys


def text(value):
    return struct.pack(">I", len(value)) + value


def talk(*messages):
    """The first bytes of the answers on one connection; None where it was closed."""
    answers = []
    with socket.socket(socket.AF_UNIX) as agent:
        agent.connect(os.environ.get("SSH_AUTH_SOCK", "/run/bailey/guest.sock"))
        for message in messages:
            agent.sendall(text(message))
            size = agent.recv(4, socket.MSG_WAITALL)
            answers.append(agent.recv(struct.unpack(">I", size)[0], socket.MSG_WAITALL) if len(size) == 4 else None)
    return answers


def keys(answer):
    """(key, comment) of an identities answer."""
    assert answer[0] == 12, answer
    count, rest, found = struct.unpack(">I", answer[1:5])[0], answer[5:], []
    for _ in range(count):
        pair = []
        for _ in range(2):
            size = struct.unpack(">I", rest[:4])[0]
            pair.append(rest[4 : 4 + size])
            rest = rest[4 + size :]
        found.append(tuple(pair))
    return found


listed = keys(talk(b"\x0b")[0])
print("keys", *sorted(comment.decode() for _, comment in listed))
if "attack" in sys.argv:
    key = listed[0][0]
    login = (text(b"i" * 32) + b"\x32" + text(b"git") + text(b"ssh-connection") + text(b"publickey") + b"\x01"
             + text(b"ssh-ed25519") + text(key))  # fmt: skip
    forged = b"\x1b" + text(b"session-bind@openssh.com") + text(key) + text(b"i" * 32)
    forged += text(text(b"ssh-ed25519") + text(b"s" * 64)) + b"\0"
    file = b"SSHSIG" + text(b"git") + text(b"") + text(b"sha512") + text(b"h" * 64)

    def sign(data):
        return b"\x0d" + text(key) + text(data) + struct.pack(">I", 0)

    attacks = {
        "login without a host": [sign(login)],
        "any bytes": [sign(b"any bytes")],
        "a file": [sign(file)],
        "a forged host": [forged, sign(login)],
        "a forwarded host": [forged[:-1] + b"\1", sign(login)],
        "add a key": [b"\x11" + text(b"ssh-ed25519") + text(b"p" * 32) + text(b"s" * 64) + text(b"evil")],
        "remove all keys": [b"\x13"],
        "lock": [b"\x16" + text(b"word")],
        "a smart card": [b"\x14" + text(b"/tmp/evil.so") + text(b"")],
        "another extension": [b"\x1b" + text(b"query")],
        "protocol 1": [b"\x01"],
    }
    for name, messages in attacks.items():
        answers = talk(*messages)
        print("attack", name, all(answer == b"\x05" for answer in answers))
