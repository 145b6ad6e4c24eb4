#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Every reason to doubt an answer, each on a recorded machine that has it: doubts.txt, a line each,
`REASON | MACHINE | DAMAGE | QUESTION`, figures as N. A reason that is heard no more is a failure:
without it an answer may be called exact that is not.

--find looks for reasons that the file does not have yet, in machines that lost something
(damages.py), and adds them."""
import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time

import damages

HERE = os.path.dirname(os.path.abspath(__file__))
LIST = os.path.join(HERE, "doubts.txt")
MACHINES = os.path.join(HERE, "machines")
WHOLE = "nothing"
AS_BOOTED = "as booted"
FAMILIES = (damages.without_source, damages.without_class, damages.ends_lost, damages.cmdline_cut,
            damages.without_line, damages.doubled_line, damages.repeated_line, damages.cut_line)
QUESTIONS = (AS_BOOTED, "-c 256M", "-c 1G,high", "-c 256M --kernel 6.12.0", "-c 256M --kernel 99.9",
             "-c 64M -c 1G,cma --kernel 7.3.0", "--cmdline 'crashkernel=256M mem=2G'",
             "--cmdline 'crashkernel=256M memmap=64M$1G'",
             "--cmdline 'crashkernel=256M hugepagesz=1G hugepages=64'",
             "--cmdline 'crashkernel=256M hugetlb_cma=1G'",
             "--cmdline 'crashkernel=256M log_buf_len=64M'",
             "--cmdline 'crashkernel=256M nokaslr'")


def figures_as_n(text):
    return re.sub(r"0x[0-9a-f]+|\d[\d.]*", "N", text).replace("|", "/")


def reasons(lifeboat, files, question):
    words = [] if question == AS_BOOTED else shlex.split(question)
    with tempfile.NamedTemporaryFile(prefix="lifeboat-doubts-", suffix=".tar") as root:
        damages.write_machine(root.name, files)
        done = subprocess.run([lifeboat, "plan", root.name, "--json", *words],
                              capture_output=True, timeout=60)
    try:
        return {figures_as_n(text) for text in json.loads(done.stdout)["why_uncertain"]}
    except (ValueError, KeyError):
        return set()


def damages_of(files):
    yield WHOLE, lambda: files
    for family in FAMILIES:
        yield from family(files, {})


def listed():
    with open(LIST, encoding="utf-8") as lines:
        return [line.rstrip("\n").split(" | ") for line in lines if not line.startswith("#")]


def check(lifeboat):
    failed = 0
    rows = listed()
    print(f"plan: {len(rows)} tests", flush=True)
    for reason, machine, damage, question in rows:
        files = damages.read_machine(os.path.join(MACHINES, machine))
        make = next((make for name, make in damages_of(files) if name == damage), None)
        if not make or reason not in reasons(lifeboat, make(), question):
            print(f"FAIL doubt: not heard: {reason}\n     {machine}, {damage}, {question}")
            failed += 1
    print(f"{len(rows) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


def find(lifeboat, seconds):
    known = {row[0] for row in listed()}
    until = time.monotonic() + seconds
    tries = []
    for machine in sorted(os.listdir(MACHINES)):
        files = damages.read_machine(os.path.join(MACHINES, machine))
        tries += [(damages.dice(machine, name, question), machine, name, make, question)
                  for name, make in damages_of(files) for question in QUESTIONS]
    tries.sort(key=lambda one: (one[2] != WHOLE, one[0]))
    for _, machine, name, make, question in tries:
        if time.monotonic() > until:
            break
        new = reasons(lifeboat, make(), question) - known
        known |= new
        with open(LIST, "a", encoding="utf-8") as file:
            file.writelines(f"{reason} | {machine} | {name} | {question}\n" for reason in new)
    print(f"{len(known)} reasons")
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifeboat", default="build/host/lifeboat")
    parser.add_argument("--find", type=float, metavar="SECONDS")
    options = parser.parse_args()
    return find(options.lifeboat, options.find) if options.find else check(options.lifeboat)


if __name__ == "__main__":
    sys.exit(main())
