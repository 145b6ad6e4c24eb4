#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""mutated_tree.py [COUNT [SEED]]: boots the arm64 kernel with damaged device trees.

QEMU is stopped before the first instruction, bytes of the device tree in guest memory are changed
from outside, and the kernel runs. Whatever the damage, it must end by itself, in time, with one of
its own exit statuses, and have said something first.
"""

import random
import struct
import sys
import tempfile

import machine
from outside import MEMORY, Shared

OWN_STATUSES = {33, 35, 37, 39}


def find_tree(memory):
    """Offset and size of the device tree in guest memory."""
    at = 0
    while (at := memory.find(b"\xd0\x0d\xfe\xed", at)) >= 0:
        size = struct.unpack(">I", memory[at + 4:at + 8])[0]
        if at % 8 == 0 and 1024 < size <= 2 << 20:
            return at, size
        at += 4
    raise RuntimeError("no device tree in guest memory")


def mutate(memory, rng):
    """Changes the header now and then, else bytes of the used part: structure and strings."""
    at, _ = find_tree(memory)
    header = struct.unpack(">10I", memory[at:at + 40])
    structure, strings = (header[2], header[9]), (header[3], header[8])
    for _ in range(rng.choice((1, 1, 2, 4, 16, 64))):
        start, length = rng.choice((structure,) * 6 + (strings,) * 2 + ((0, 40),))
        where = at + start + rng.randrange(length)
        memory[where] = rng.choice((0, 0xff, 0x80, rng.randrange(256),
                                    memory[where] ^ 1 << rng.randrange(8)))


def boot(seed, ends):
    """None, or what is wrong; counts how it ended."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="lifeboat-ram-") as folder:
        shared = Shared(folder)
        try:
            with machine.Machine("arm64", timeout=30, memory=f"{MEMORY >> 20}M", cpus=2,
                                 shared=shared.path, cmdline="mode=drill", extra=("-S",)) as guest:
                guest.wait_for_monitor()
                mutate(shared.map, rng)
                guest.ask("cont")
                status = guest.finish()
                lines = guest.lines
        except TimeoutError as error:
            return str(error)
        finally:
            shared.close()
    ends[status] = ends.get(status, 0) + 1
    if status not in OWN_STATUSES:
        return f"exit status {status}, last line: {lines[-1] if lines else 'none'}"
    return None if lines else "ended without a word"


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    failed = 0
    ends = {}
    print(f"plan: {count} tests", flush=True)
    for seed in range(first, first + count):
        problem = boot(seed, ends)
        if problem:
            failed += 1
            print(f"FAIL mutated-tree seed {seed}: {problem}", flush=True)
    print("exit statuses: " + ", ".join(f"{ends[key]} times {key}" for key in sorted(ends)))
    print(f"{count - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
