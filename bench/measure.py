"""How things are timed: interleaved rounds, so that whatever else the machine does hits every candidate alike, and medians.
"""

import dataclasses
import os
import pathlib
import statistics
import subprocess
import time


class Failed(Exception):
    """A command that had to work didn't."""


@dataclasses.dataclass
class Row:
    """One promise: what was measured, against what, and whether it holds."""

    name: str
    target: str
    measured: str
    ok: bool | None  # None: not measured, `measured` says why
    figures: dict


def run(*command, check=True, timeout=600, **more):
    done = subprocess.run(
        list(map(str, command)), stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=False, **more
    )
    if check and done.returncode:
        raise Failed(f"{' '.join(map(str, command))[:200]}: status {done.returncode}: {done.stderr.decode(errors='replace')[-600:]}")
    return done


def timed(*command, **more):
    """Wall seconds of the whole process."""
    begin = time.perf_counter()
    run(*command, **more)
    return time.perf_counter() - begin


def interleaved(candidates, rounds, warm=1):
    """{name: [seconds]} from {name: function that returns seconds}; each round begins with another candidate."""
    names = list(candidates)
    results = {name: [] for name in names}
    for number in range(rounds + warm):
        for position in range(len(names)):
            name = names[(number + position) % len(names)]
            seconds = candidates[name]()
            if number >= warm:
                results[name].append(seconds)
    return results


def medians(results):
    return {name: statistics.median(seconds) for name, seconds in results.items()}


def paired_ratio(results, name, base):
    """Median over the rounds of name/base: what the machine did in a round cancels out."""
    return statistics.median(one / other for one, other in zip(results[name], results[base]))


def milliseconds(seconds):
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def machine():
    model = next(
        (line.split(":", 1)[1].strip() for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        "unknown",
    )
    return {
        "kernel": os.uname().release,
        "cpus": os.cpu_count(),
        "cpu": model,
        "user": "root" if os.getuid() == 0 else "ordinary user",
        "load": os.getloadavg()[0],
    }
