#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""paging_oracle.py [COUNT]: QEMU's own page-table walker as the judge of the core's.

The kernel prints what the core's walker says about COUNT addresses (default 10000), with the crash
region protected, and waits; QEMU's monitor (gva2gpa) is asked about each of them.
"""

import sys

import machine


def ask(guest, va):
    """QEMU's answer: a physical address, or None for unmapped."""
    answer = guest.ask(f"gva2gpa {va:#x}")
    return int(answer.split("gpa:")[1], 16) if "gpa:" in answer else None


def compare(arch, count):
    """Problems, by line; how many addresses were compared, and how many of them were mapped."""
    cmdline = f"mode=drill cpus=1 seed=21 walk={count} pause=loaded"
    problems, compared, mapped = [], 0, 0
    with machine.Machine(arch, timeout=240, memory="1G", cmdline=cmdline) as guest:
        if not guest.read_until("pause: loaded"):
            return ["the kernel did not come to its pause"], 0, 0
        for line in guest.lines:
            if not line.startswith("walk: "):
                continue
            _, va, said = line.split()
            core = None if said == "unmapped" else int(said, 16)
            qemu = ask(guest, int(va, 16))
            compared += 1
            mapped += core is not None
            if core != qemu:
                problems.append(f"{va}: core says {said}, QEMU says {qemu}")
        guest.go_on()
        if guest.finish() != 33:
            problems.append("the drill failed after the pause")
    if compared != count:
        problems.append(f"{compared} addresses instead of {count}")
    return problems, compared, mapped


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
    failed = 0
    print("plan: 2 tests", flush=True)
    for arch in ("x86_64", "arm64"):
        problems, compared, mapped = compare(arch, count)
        print(f"{'FAIL' if problems else 'ok'} paging-oracle {arch}: {compared} addresses, "
              f"{mapped} mapped, {len(problems)} differ", flush=True)
        for problem in problems[:10]:
            print("  " + problem)
        failed += bool(problems)
    print(f"{2 - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
