#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py [--group NAME] [--without NAME] [--arch A] [--verbose] [CASE]...

Runs the cases of cases.cfg.

A case is green only if QEMU ended with the agreed exit status, every expected line came, no
forbidden one did, and, where it has a plan, as many tests ran as were planned. QEMU's status 0 is
what a triple fault gives, so no case expects it without a line that only success prints.
"""

import argparse
import configparser
import os
import re
import sys
import time

import machine


def judge(case, status, lines):
    """What is wrong with a run; an empty list: nothing."""
    faults = []
    if status != case.getint("exit", 33):
        faults.append(f"exit status {status}, expected {case.get('exit', '33')}")
    for pattern in case.get("expect", "").split("\n"):
        if pattern and not any(re.search(pattern, line) for line in lines):
            faults.append(f"no line matches: {pattern}")
    for pattern in case.get("forbid", r"^proof: \S+ failed").split("\n"):
        found = [line for line in lines if pattern and re.search(pattern, line)]
        faults += [f"forbidden: {line}" for line in found[:3]]
    if case.getboolean("plan", False):
        faults += judge_plan(lines)
    return faults


def judge_plan(lines):
    planned = [int(m[1]) for line in lines if (m := re.match(r"plan: (\d+) tests$", line))]
    totals = [[int(n) for n in m.groups()] for line in lines if
              (m := re.match(r"(\d+) passed, (\d+) failed, (\d+) skipped$", line))]
    if not planned or not totals or sum(totals[-1]) != planned[0] or totals[-1][1]:
        return [f"planned {planned}, totals {totals}"]
    return [] if "PASS" in lines else ["no PASS line"]


def run(case, arch):
    options = {key: case[key] for key in ("memory", "cpus", "cmdline", "cpu") if key in case}
    options["machine"] = case.get(f"machine-{arch}", case.get("machine"))
    options["extra"] = case.get("extra", "").split()
    with machine.Machine(arch, timeout=case.getfloat("timeout", 60), **options) as guest:
        try:
            status = guest.finish()
            return judge(case, status, guest.lines), guest.lines
        except TimeoutError as error:
            return [str(error)], guest.lines


def wanted(name, case, arguments):
    groups = case.get("groups", "").split()
    if arguments.cases:
        return name in arguments.cases
    return (not arguments.group or arguments.group in groups) and arguments.without not in groups


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--group")
    parser.add_argument("--without", metavar="GROUP")
    parser.add_argument("--arch")
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("cases", nargs="*")
    arguments = parser.parse_args()
    config = configparser.ConfigParser(interpolation=None)
    config.read(os.path.join(os.path.dirname(__file__), "cases.cfg"))
    runs = [(name, arch) for name in config.sections()
            if wanted(name, config[name], arguments)
            for arch in config[name].get("arch", "x86_64 arm64").split()
            if arguments.arch in (None, arch)]
    print(f"plan: {len(runs)} tests", flush=True)
    failed = 0
    for name, arch in runs:
        start = time.monotonic()
        faults, lines = run(config[name], arch)
        print(f"{'FAIL' if faults else 'ok'} {name} {arch} "
              f"({time.monotonic() - start:.1f} s)", flush=True)
        for fault in faults:
            print(f"  {fault}")
        if faults or arguments.verbose:
            print("\n".join("  | " + line for line in lines[-40 if faults else 0:]))
        failed += bool(faults)
    print(f"{len(runs) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
