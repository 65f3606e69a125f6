"""What secrets cost at the gateway and at a start: rows for run.py."""

import contextlib
import json
import os
import pathlib
import statistics

import fixtures
import gate
import gate_rows
import yard
from measure import Row, interleaved, medians, milliseconds, run

INJECTION_ADDED_US_MAX = 200
MANY_TIMES_FEW_MAX = 1.05
SCAN_MB_PER_SECOND_MIN = 300
SCAN_MEGABYTES = 100
START_ADDED_MS_MAX = 5.0
FEW, MANY = 1, 1000


def netstring(text):
    return f"{len(text)}:{text},"


def keep(port, count):
    """The keep's text (src/credentials/keep.h): one secret for the measured host, the others for hosts of their own."""
    parts = ["bailey-keep-1", str(count)]
    for number in range(count):
        host = f"{gate.HOST}:{port}" if number == 0 else f"host{number}.example.org"
        parts += [f"s{number}", value(number), placeholder(number), "1", host, "0", "0", "1", "header", "x-key", "pinned"]
    return "".join(map(netstring, parts))


def value(number):
    return f"sk-lab-value-{number:08}-{number * 7919 % 10**16:016}"


def placeholder(number):
    return f"sk-lab-stand-{number:08}-{number * 6007 % 10**16:016}"


def difference(results, name, base):
    return statistics.median(one - other for one, other in zip(results[name], results[base]))


def keep_rows(top, quick):
    measured = gate_rows.Gate(top, quick)
    yield from injection(measured)
    yield from scan(measured)
    yield from start(measured)


def injection(measured):
    """The same request to the same origin, with a placeholder in a header and without any secret in the session."""
    with contextlib.ExitStack() as stack:
        def closing(what):
            return stack.enter_context(contextlib.closing(what))
        certificate, key = gate.make_certificate(measured.top)
        origin = closing(gate.Origin(measured.tools, certificate, key))
        policy = gate.policy(origin.port, inspect=True)
        flags = ("--connect", f"{gate.HOST}:{origin.port}", "--tls", gate.HOST, "--header", f"x-key: {placeholder(0)}")
        ports = {"none": (closing(gate.Gateway(gate_rows.program(), policy, certificate.read_text())).port, flags)}
        for name, count in (("few", FEW), ("many", MANY)):
            gateway = closing(gate.Gateway(gate_rows.program(), policy, certificate.read_text(), keep(origin.port, count)))
            ports[name] = (gateway.port, flags)
        times = measured.compare("requests", 1, gate_rows.REQUEST_BYTES, lambda r: r["p50_us"], **ports)
        middle = medians(times)
        text = ", ".join(f"{name} {us:.0f} us" for name, us in middle.items())
        added = difference(times, "few", "none")
        yield Row("injection adds to a request", f"<= {INJECTION_ADDED_US_MAX} us", f"{added:.0f} us ({text})", added <= INJECTION_ADDED_US_MAX, times)
        ratio = statistics.median(many / few for many, few in zip(times["many"], times["few"]))
        yield Row(f"the same with {MANY} secrets", f"<= {MANY_TIMES_FEW_MAX}x", f"{ratio:.3f}x", ratio <= MANY_TIMES_FEW_MAX, times)


def scan(measured):
    def search(count):
        said = json.loads(run(measured.tools / "gate-canary", count, SCAN_MEGABYTES).stdout)
        return said["megabytes"] / said["seconds"]
    rates = interleaved({"few": lambda: search(FEW), "many": lambda: search(MANY)}, measured.rounds)
    middle = medians(rates)
    for name, count in (("few", FEW), ("many", MANY)):
        good = middle[name] >= SCAN_MB_PER_SECOND_MIN
        yield Row(f"{SCAN_MEGABYTES} MB searched for {count} secrets", f">= {SCAN_MB_PER_SECOND_MIN} MB/s", f"{middle[name]:.0f} MB/s", good, rates)


def start(measured):
    repository = fixtures.repository(measured.top / "start", 20)
    with_secrets = measured.top / "config"
    (with_secrets / "bailey").mkdir(parents=True)
    tables = "".join(f'[[secret]]\nid = "s{n}"\nsource = "env:BENCH_SECRET"\nhosts = ["host{n}.example.org"]\nheader = "x-key"\nenv = "BENCH_SECRET{n}"\n' for n in range(5))
    (with_secrets / "bailey/config.toml").write_text(tables)
    os.environ["BENCH_SECRET"] = value(1)
    plain = pathlib.Path(os.environ["XDG_CONFIG_HOME"])

    def measure(config):
        os.environ["XDG_CONFIG_HOME"] = str(config)
        try:
            return yard.start(repository, "--network", "proxy")
        finally:
            os.environ["XDG_CONFIG_HOME"] = str(plain)
    results = interleaved({"five": lambda: measure(with_secrets), "none": lambda: measure(plain)}, 2 * measured.rounds, warm=2)
    added = difference(results, "five", "none") * 1000
    middle = medians(results)
    text = f"{added:.1f} ms (five {milliseconds(middle['five'])}, none {milliseconds(middle['none'])})"
    yield Row("what five secrets add to a start", f"<= {START_ADDED_MS_MAX:.0f} ms", text, added <= START_ADDED_MS_MAX, results)
