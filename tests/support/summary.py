#!/usr/bin/python3
"""summary.py RESULTS: counts what ran, from ctest's and GoogleTest's reports; the last line is the summary.

A test program counts as its single cases, a scenario as one. The programs run twice, as root and as an ordinary user
(`user.`); a case that needs the one and ran as it is no skip for the other. What ran as neither is listed with its
reason. In CI (CI=true) more than SKIPS_MAX skips fail the run: a machine that can't run the tests must not look like
one where they pass.
"""

import os
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

SKIPS_MAX = 6


def main():
    results = pathlib.Path(sys.argv[1])
    passed, failed, skips, ran = 0, [], [], set()
    reported = set()  # programs whose cases GoogleTest reported
    for report in sorted(results.glob("**/*.xml")):
        user = "user." if report.parent.name == "user" else ""
        program = user + re.sub(r"_\d+$", "", report.stem)
        reported.add(program)
        for case in ElementTree.parse(report).iter("testcase"):
            name = f"{program}: {case.get('classname')}.{case.get('name')}"
            skipped = case.find("skipped")
            if case.find("failure") is not None:
                failed.append(name)
            elif skipped is not None:
                skips.append((name, (skipped.get("message") or skipped.text or "").strip().splitlines()[-1:]))
            elif case.get("status") == "run":
                passed += 1
                ran.add(name.removeprefix("user."))
    ctest = results / "ctest.junit"
    if ctest.exists():
        for case in ElementTree.parse(ctest).iter("testcase"):
            name, status = case.get("name"), case.get("status")
            output = (case.findtext("system-out") or "").strip().splitlines()
            if status == "notrun" or case.find("skipped") is not None:
                reasons = [line for line in output if line.startswith("skipped")]
                skips.append((name, reasons[-1:] or output[-1:]))
            elif status == "fail" or case.find("failure") is not None:
                if not any(entry.startswith(name + ":") for entry in failed):
                    failed.append(name)  # a crash or time limit that GoogleTest could not report
            elif name not in reported:
                passed += 1

    skips = list({name.removeprefix("user."): reason for name, reason in skips}.items())
    skips = [(name, reason) for name, reason in skips if name not in ran]
    print()
    for name, reason in skips:
        print(f"skipped: {name}: {' '.join(reason).removeprefix('skipped: ') or 'no reason given'}")
    for name in failed:
        print(f"failed: {name}")
    too_many = os.environ.get("CI") == "true" and len(skips) > SKIPS_MAX
    if too_many:
        print(f"{len(skips)} skips; CI allows {SKIPS_MAX}: this machine does not run the tests that matter")
        failed.append("too many skips")
    print(f"{passed} passed, {len(failed)} failed, {len(skips)} skipped")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
