#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""outside.py: looks at the guest's memory from outside, through the file that backs it.

untouched  all memory but the crash region (and what the capture kernel claimed below 1 MiB) is the
           same before purgatory starts and when the capture kernel has verified the dump.
bit-flip   one bit of each loaded segment, flipped from outside, is found by purgatory.
"""

import mmap
import os
import re
import sys
import tempfile
import time

import machine

MIB = 1 << 20
MEMORY = 256 * MIB
RAM_START = {"x86_64": 0, "arm64": 0x40000000}


class Shared:
    """Guest memory as a file that is mapped here too."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "ram")
        with open(self.path, "wb") as file:
            file.truncate(MEMORY)
        self.file = open(self.path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), MEMORY)

    def close(self):
        self.map.close()
        self.file.close()
        os.unlink(self.path)


def ranges(lines, pattern):
    """(start, end) of the lines that match; ends exclusive."""
    found = []
    for line in lines:
        if match := re.match(pattern, line):
            found.append((int(match[1], 16), int(match[2], 16) + 1))
    return found


def capture_memory(lines):
    """Everything that belongs to the capture kernel."""
    return (ranges(lines, r"region: crash 0x(\w+)-0x(\w+)") +
            ranges(lines, r"claim: capture kernel, low: \d+ bytes at 0x(\w+)-0x(\w+)"))


def blank(data, arch, own):
    """A copy of memory with the capture kernel's own part zeroed."""
    copy = bytearray(data)
    for start, end in own:
        start, end = start - RAM_START[arch], end - RAM_START[arch]
        copy[start:end] = bytes(end - start)
    return copy


def start(arch, shared, cmdline):
    return machine.Machine(arch, timeout=120, memory=f"{MEMORY // MIB}M", cpus=2,
                           shared=shared.path, cmdline=cmdline)


def untouched(arch, shared):
    cmdline = "mode=drill cpus=2 seed=31 pause=purgatory -- pause=verified"
    with start(arch, shared, cmdline) as guest:
        if not guest.read_until("pause: purgatory"):
            return "the kernel did not come to the first pause"
        own = capture_memory(guest.lines)
        time.sleep(0.5)  # after its last line the guest releases the console
        before = blank(shared.map, arch, own)
        guest.go_on()
        if not guest.read_until("pause: verified"):
            return "the capture kernel did not come to its pause"
        after = blank(shared.map, arch, own)
        guest.go_on()
        status = guest.finish()
    if status != 33:
        return f"exit status {status}"
    if before != after:
        first = next(i for i in range(MEMORY) if before[i] != after[i])
        count = sum(a != b for a, b in zip(before, after))
        return f"{count} bytes changed outside, the first at {RAM_START[arch] + first:#x}"
    return None


def bit_flip(arch, shared, segment):
    cmdline = "mode=drill cpus=2 seed=32 pause=loaded"
    with start(arch, shared, cmdline) as guest:
        if not guest.read_until("pause: loaded"):
            return "the kernel did not come to its pause"
        place = ranges(guest.lines, rf"load: {segment}: 0x(\w+)-0x(\w+)")
        if not place:
            return f"no segment {segment}"
        at = place[0][0] - RAM_START[arch] + 100
        shared.map[at] ^= 0x04
        guest.go_on()
        guest.finish()
        lines = guest.lines
    if not any(line.startswith("purgatory: digest MISMATCH") for line in lines):
        return "the mismatch was not reported"
    return "the capture kernel was started" if "stage: capture" in lines else None


def main():
    tests = [(f"untouched {arch}", untouched, (arch,)) for arch in RAM_START]
    tests += [(f"bit-flip {segment} {arch}", bit_flip, (arch, segment)) for arch in RAM_START
              for segment in ("core header", "handover", "boot data", "kernel")]
    failed = 0
    print(f"plan: {len(tests)} tests", flush=True)
    for name, test, arguments in tests:
        with tempfile.TemporaryDirectory(prefix="lifeboat-ram-") as folder:
            shared = Shared(folder)
            try:
                problem = test(arguments[0], shared, *arguments[1:])
            except TimeoutError as error:
                problem = str(error)
            finally:
                shared.close()
        print(f"{'FAIL' if problem else 'ok'} {name}{': ' + problem if problem else ''}",
              flush=True)
        failed += bool(problem)
    print(f"{len(tests) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
