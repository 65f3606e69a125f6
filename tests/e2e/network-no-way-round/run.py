"""Ways round the gateway, from inside: each fails, and the same act works where it is allowed."""

import json
import os

from bailey_test import bailey, repo
from network_lab import certificate, configure, enter, rule, serve, serve_lines

enter(["listed.test", "fronted.test", "rebound.test"])
ca, pem = certificate(["listed.test", "fronted.test", "rebound.test"])
os.environ["SSL_CERT_FILE"] = str(ca)
secure, plain = serve(pem), serve()
lines = serve_lines()
s, p = secure.server_port, plain.server_port
# rebound.test is listed, but leads to 127.0.0.1 and has no allow_private.
configure(f'allow_domains = ["rebound.test:{s}"]', rule("lab", "listed.test", [s, p]))
project = repo()
CURL = "curl -sS -m 10 --noproxy '*'"


def inside(script, *flags):
    return bailey("run", "shell", project, "-y", *flags, "--", "bash", "-c", script, status=None, timeout=90)




def say(request):
    """A shell command that says this to the HTTP proxy and prints what comes back."""
    return f"exec 3<>/dev/tcp/127.0.0.1/3128; printf '{request}' >&3; timeout 4 cat <&3"


spoken = say(f"CONNECT listed.test:{p} HTTP/1.1\\r\\nHost: listed.test:{p}\\r\\n\\r\\n")
control = inside(f"({spoken} | grep -c ' 200'); {CURL} https://listed.test:{s}/control; {CURL} http://listed.test:{p}/control; "
                 f"{CURL} -L http://listed.test:{p}/to/https://listed.test:{s}/control")  # fmt: skip
assert control.out.count("GET /control for listed.test") == 3 and control.out.startswith("1\n"), control

attacks = {
    # name: (script whose success prints ESCAPED, flags)
    "resolver": "timeout 5 dig +short +tries=1 +time=2 @8.8.8.8 fronted.test | grep . && echo ESCAPED",
    "resolver-tcp": "timeout 5 dig +tcp +short +tries=1 +time=2 @1.1.1.1 fronted.test | grep . && echo ESCAPED",
    "sni": f"{CURL} --connect-to fronted.test:{s}:listed.test:{s} https://fronted.test:{s}/ && echo ESCAPED",
    "host": f"{CURL} -H 'Host: fronted.test' http://listed.test:{p}/ | grep 'GET / for' && echo ESCAPED",
    "no-sni": f"openssl s_client -connect listed.test:{s} -noservername </dev/null 2>/dev/null | grep -q 'BEGIN CERT' && echo ESCAPED",
    "port": f"exec 3<>/dev/tcp/listed.test/{lines} && read -t 5 -u 3 l && echo ESCAPED $l",
    "connect-port": f"curl -sS -m 10 -x http://127.0.0.1:3128 -p http://listed.test:{lines}/ && echo ESCAPED",
    "chain": say(f"CONNECT listed.test:{p} HTTP/1.1\\r\\nHost: listed.test:{p}\\r\\n\\r\\n"
                 "CONNECT fronted.test:443 HTTP/1.1\\r\\nHost: fronted.test:443\\r\\n\\r\\n") + " | grep -c ' 200' | grep 2 && echo ESCAPED",
    "redirect": f"{CURL} -L http://listed.test:{p}/to/https://fronted.test:{s}/ && echo ESCAPED",
    "redirect-inwards": f"{CURL} -L http://listed.test:{p}/to/http://127.0.0.1:{p}/ && echo ESCAPED",
    "redirect-metadata": f"{CURL} -L http://listed.test:{p}/to/http://169.254.169.254/latest | grep -v blocked | grep . && echo ESCAPED",
    "literal": f"{CURL} -k https://192.0.2.1:{s}/ && echo ESCAPED",
    "metadata": f"{CURL} http://169.254.169.254/latest/meta-data/ | grep -v blocked | grep . && echo ESCAPED",
    "rebinding": f"{CURL} -k https://rebound.test:{s}/ && echo ESCAPED",
    "newline": say(f"CONNECT listed.test\\nx:{s} HTTP/1.1\\r\\nHost: listed.test:{s}\\r\\n\\r\\n") + " | grep ' 200' && echo ESCAPED",
    "nul": say(f"CONNECT listed.test\\0x:{s} HTTP/1.1\\r\\nHost: listed.test:{s}\\r\\n\\r\\n") + " | grep -a ' 200' && echo ESCAPED",
    "rules": "nft flush ruleset 2>/dev/null && echo ESCAPED; unshare -n true 2>/dev/null && echo ESCAPED",
    "raw": "python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)' 2>/dev/null && echo ESCAPED",
    "packet": "python3 -c 'import socket; socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)' 2>/dev/null && echo ESCAPED",
    "bind-53": "python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind((\"127.0.0.2\", 53))' 2>/dev/null && echo ESCAPED",
    "host-loopback": f"exec 3<>/dev/tcp/127.0.0.1/{lines} && echo ESCAPED",
    "gateway-itself": "exec 3<>/dev/tcp/127.0.0.1/700 && printf 'GET / HTTP/1.1\\r\\nHost: listed.test\\r\\n\\r\\n' >&3 && read -t 5 -u 3 l && [[ $l == *' 200'* ]] && echo ESCAPED $l",
    "udp": "python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(3); s.connect((\"192.0.2.1\", 443)); s.send(b\"x\"); s.send(b\"x\"); print(\"ESCAPED\")' 2>/dev/null",
}
for shape in ("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.1", "[::ffff:127.0.0.1]", "[64:ff9b::7f00:1]", "[::1]"):
    attacks[f"proxy {shape}"] = (
        say(f"CONNECT {shape}:{s} HTTP/1.1\\r\\nHost: {shape}:{s}\\r\\n\\r\\n") + " | grep ' 200' && echo ESCAPED"
    )
script = "\n".join(f"echo '== {name}'; ( {attack} ) 2>&1" for name, attack in attacks.items())
done = inside(script)
seen = list(secure.seen) + list(plain.seen)
print(done)
assert "ESCAPED" not in done.out, done
assert done.out.count("== ") == len(attacks), done
# Neither server heard anything but the control and requests that were for listed.test.
assert not [request for request in seen if "control" not in request], seen
events = [json.loads(line) for line in bailey("audit", "--decision", "deny", "--json").out.splitlines()]
assert any("127.0.0.1" in e["subject"].get("reason", "") and e["subject"]["host"] == "rebound.test" for e in events), events
