"""Listed hosts are reached whatever a program thinks of proxies, and everything is one line in the log; hosts that are
not listed are refused at once, with words for the agent."""

import json
import os

from bailey_test import bailey, repo
from network_lab import certificate, configure, enter, rule, serve

enter(["listed.test", "other.test"])
ca, pem = certificate(["listed.test", "other.test"])
secure = serve(pem)
plain = serve()
s, p = secure.server_port, plain.server_port
configure(rule("lab", "listed.test", [s, p]))
project = repo()
os.environ["SSL_CERT_FILE"] = str(ca)


def inside(script, *flags):
    done = bailey("run", "shell", project, "-y", *flags, "--", "sh", "-c", script, status=None)
    name = json.loads(bailey("ls", "--all", "--json").out)[-1]["name"]
    return done, name


# The bundle that SSL_CERT_FILE names inside holds the session's CA and the host's, which is the lab's here.
curl = "curl -sS -m 10"
ways = f"""
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY
{curl} https://listed.test:{s}/transparent
{curl} http://listed.test:{p}/plain
{curl} -x http://127.0.0.1:3128 https://listed.test:{s}/connect
{curl} -x http://127.0.0.1:3128 http://listed.test:{p}/absolute
{curl} --socks5-hostname 127.0.0.1:1080 https://listed.test:{s}/socks
python3 -c 'import urllib.request; print(urllib.request.urlopen("https://LISTED.test:{s}/python").read().decode(), end="")'
{curl} https://listed.test:{s}/upper -H 'Accept: a'
"""
done, name = inside(ways)
print(done)
for path in ("/transparent", "/plain", "/connect", "/absolute", "/socks", "/python", "/upper"):
    assert f"GET {path} for listed.test" in done.out.replace("LISTED", "listed"), (path, done)
events = [json.loads(line) for line in bailey("audit", name, "--json").out.splitlines()]
network = [e for e in events if e["category"] == "network"]
assert len([e for e in events if e["category"] == "dns" and e["subject"]["host"] == "listed.test"]) == 1
assert all(e["decision"] == "allow" and e["rule"] == "lab" for e in network if e["subject"]["host"] == "listed.test"), network
assert any(e["subject"]["port"] == s and e["subject"]["bytes_in"] > 0 for e in network), network
bailey("audit", "verify", name)

# Not listed: the name does not exist, CONNECT is answered in words, nothing reaches the server.
before = len(secure.seen)
refused, name = inside(
    f"""getent hosts other.test && echo resolved
{curl} --noproxy '*' https://other.test:{s}/ || echo transparent-refused
{curl} -x http://127.0.0.1:3128 -o /tmp/body -w '%{{http_connect}} ' https://other.test:{s}/ || echo connect-refused
{curl} -x http://127.0.0.1:3128 http://other.test:{p}/
{curl} --socks5-hostname 127.0.0.1:1080 https://other.test:{s}/ || echo socks-refused"""
)
print(refused)
assert "resolved" not in refused.out
for word in ("transparent-refused", "connect-refused", "socks-refused", "403", "blocked_by_bailey", "bailey request domain"):
    assert word in refused.out, (word, refused)
assert len(secure.seen) == before
denied = [json.loads(line) for line in bailey("audit", name, "--decision", "deny", "--json").out.splitlines()]
assert {e["category"] for e in denied} >= {"dns", "network"}, denied
