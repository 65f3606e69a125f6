"""What the gateway has to reach, measured: rows for run.py."""

import contextlib
import os
import pathlib
import shutil
import statistics

import fixtures
import gate
import yard
from measure import Failed, Row, interleaved, medians, milliseconds, paired_ratio

TUNNEL_TIMES_SQUID_MIN = 1.5
TUNNEL_TIMES_DIRECT_MIN = 0.8
CONNECTS_TIMES_SQUID_MIN = 1.0
REQUESTS_TIMES_MITMPROXY_MIN = 5.0
INSPECTION_ADDED_US_MAX = 1000
PSS_IDLE_MB_MAX, PSS_BUSY_MB_MAX = 8.0, 64.0
CONNECTIONS = 1000
START_ADDED_MS_MAX = 10.0
RULES_FEW, RULES_MANY = 10, 10_000
RULES_TIMES_MAX = 1.05
TRANSFER_BYTES = 64 << 20
REQUEST_BYTES = 1024


def available():
    """None, or why nothing can be measured."""
    if not os.environ.get("BENCH_TOOLS"):
        return "the load programs are not built (scripts/bench does)"
    return next((f"{program} is not installed" for program in ("squid", "mitmdump", "openssl") if not shutil.which(program)), None)


def program():
    prefix = pathlib.Path(shutil.which("bailey")).resolve().parent.parent
    for place in (prefix / "libexec/bailey/bailey-gateway", prefix / "lib/bailey/bailey-gateway", prefix / "bin/bailey-gateway"):
        if place.exists():
            return str(place)
    raise Failed(f"no bailey-gateway below {prefix}")


def paired_difference(results, name, base):
    return statistics.median(one - other for one, other in zip(results[name], results[base]))


class Gate:
    def __init__(self, top, quick):
        self.top = top / "gate"
        self.top.mkdir()
        self.rounds = 5 if quick else 11
        self.seconds = 0.5 if quick else 1
        self.tools = pathlib.Path(os.environ["BENCH_TOOLS"])

    def candidates(self, work, threads, size, figure, **ports):
        """{name: function that measures it once}, for flags and port by name."""
        def measure(port, flags):
            return lambda: figure(gate.load(self.tools, work, threads, size, self.seconds, port, *flags))
        return {name: measure(port, flags) for name, (port, flags) in ports.items()}

    def compare(self, work, threads, size, figure, **ports):
        return interleaved(self.candidates(work, threads, size, figure, **ports), self.rounds)

    def tunnel(self):
        with contextlib.ExitStack() as stack:
            def keep(what):
                return stack.enter_context(contextlib.closing(what))
            origin = keep(gate.Origin(self.tools))
            gateway = keep(gate.Gateway(program(), gate.policy(origin.port, inspect=False)))
            idle = gate.pss_mb(gateway.pid)
            yield Row("idle gateway, PSS", f"<= {PSS_IDLE_MB_MAX:.0f} MB", f"{idle:.1f} MB", idle <= PSS_IDLE_MB_MAX, {})
            squid = keep(gate.squid(self.top))
            via = ("--connect", f"{gate.HOST}:{origin.port}")
            ports = {"bailey": (gateway.port, via), "squid": (squid.port, via), "direct": (origin.port, ())}
            rates = self.compare("requests", 1, TRANSFER_BYTES, lambda r: r["bytes"] / r["seconds"] / 1e6, **ports)
            text = ", ".join(f"{name} {rate:.0f} MB/s" for name, rate in medians(rates).items())
            for peer, least in (("squid", TUNNEL_TIMES_SQUID_MIN), ("direct", TUNNEL_TIMES_DIRECT_MIN)):
                ratio = paired_ratio(rates, "bailey", peer)
                yield Row(f"tunnel throughput against {peer}", f">= {least}x", f"{ratio:.2f}x ({text})", ratio >= least, rates)
            rates = self.compare("connects", 8, 1, lambda r: r["requests"] / r["seconds"], **ports)
            text = ", ".join(f"{name} {rate:.0f}" for name, rate in medians(rates).items())
            ratio = paired_ratio(rates, "bailey", "squid")
            yield Row("new connections a second", f">= {CONNECTS_TIMES_SQUID_MIN}x squid", f"{ratio:.2f}x ({text})", ratio >= CONNECTS_TIMES_SQUID_MIN, rates)
            times = self.compare("requests", 1, REQUEST_BYTES, lambda r: r["p50_us"], **ports)
            ours, theirs = (paired_difference(times, name, "direct") for name in ("bailey", "squid"))
            yield Row("latency a tunnel adds", "<= squid", f"{ours:.0f} us (squid {theirs:.0f} us)", ours <= theirs, times)
            yield from self.crowd("tunnels", gateway, (CONNECTIONS, REQUEST_BYTES, gateway.port, *via))

    def crowd(self, kind, gateway, held):
        with gate.held(self.tools, *held):
            size = gate.pss_mb(gateway.pid)
        yield Row(f"{CONNECTIONS} {kind}, PSS", f"<= {PSS_BUSY_MB_MAX:.0f} MB", f"{size:.1f} MB", size <= PSS_BUSY_MB_MAX, {})

    def inspection(self):
        with contextlib.ExitStack() as stack:
            def keep(what):
                return stack.enter_context(contextlib.closing(what))
            certificate, key = gate.make_certificate(self.top)
            origin = keep(gate.Origin(self.tools, certificate, key))
            gateway = keep(gate.Gateway(program(), gate.policy(origin.port, inspect=True), certificate.read_text()))
            peer = keep(gate.mitmproxy(self.top, certificate))
            ours = ("--connect", f"{gate.HOST}:{origin.port}", "--tls", gate.HOST)
            theirs = ("--connect", f"localhost:{origin.port}", "--tls", "localhost")
            ports = {"bailey": (gateway.port, ours), "mitmproxy": (peer.port, theirs), "direct": (origin.port, ours[2:])}
            rates = self.compare("requests", 8, REQUEST_BYTES, lambda r: r["requests"] / r["seconds"], **ports)
            text = ", ".join(f"{name} {rate:.0f}" for name, rate in medians(rates).items())
            ratio = paired_ratio(rates, "bailey", "mitmproxy")
            yield Row("inspected requests a second", f">= {REQUESTS_TIMES_MITMPROXY_MIN:.0f}x mitmproxy", f"{ratio:.1f}x ({text})", ratio >= REQUESTS_TIMES_MITMPROXY_MIN, rates)
            times = self.compare("requests", 1, REQUEST_BYTES, lambda r: r["p50_us"], **ports)
            added = paired_difference(times, "bailey", "direct")
            other = paired_difference(times, "mitmproxy", "direct")
            yield Row("latency inspection adds", f"<= {INSPECTION_ADDED_US_MAX} us", f"{added:.0f} us (mitmproxy {other:.0f} us)", added <= INSPECTION_ADDED_US_MAX, times)
            yield from self.crowd("inspected connections", gateway, (CONNECTIONS, REQUEST_BYTES, gateway.port, *ours))

    def rules(self):
        """Requests (inspected) and connections (tunnels), with few rules and with many."""
        with contextlib.ExitStack() as stack:
            def keep(what):
                return stack.enter_context(contextlib.closing(what))
            certificate, key = gate.make_certificate(self.top)
            for kind, work, origin in (("request", "requests", keep(gate.Origin(self.tools, certificate, key))), ("connection", "connects", keep(gate.Origin(self.tools)))):
                inspect = kind == "request"
                flags = ("--connect", f"{gate.HOST}:{origin.port}", *(("--tls", gate.HOST) if inspect else ()))
                ports = {}
                for name, count in (("few", RULES_FEW), ("many", RULES_MANY)):
                    gateway = keep(gate.Gateway(program(), gate.policy(origin.port, inspect, rules=count), certificate.read_text()))
                    ports[name] = (gateway.port, flags)
                times = self.compare(work, 1, REQUEST_BYTES, lambda r: r["p50_us"], **ports)
                ratio = paired_ratio(times, "many", "few")
                middle = medians(times)
                text = f"{ratio:.3f}x ({RULES_MANY} rules {middle['many']:.0f} us, {RULES_FEW} rules {middle['few']:.0f} us)"
                yield Row(f"cost of a {kind}, many rules", f"<= {RULES_TIMES_MAX}x", text, ratio <= RULES_TIMES_MAX, times)

    def start(self):
        repository = fixtures.repository(self.top / "start", 20)
        modes = {mode: lambda mode=mode: yard.start(repository, "--network", mode) for mode in ("restricted", "proxy")}
        results = interleaved(modes, 2 * self.rounds, warm=2)
        added = paired_difference(results, "proxy", "restricted") * 1000
        middle = medians(results)
        text = f"{added:.1f} ms (proxy {milliseconds(middle['proxy'])}, restricted {milliseconds(middle['restricted'])})"
        yield Row("what the gateway adds to a start", f"<= {START_ADDED_MS_MAX:.0f} ms", text, added <= START_ADDED_MS_MAX, results)
