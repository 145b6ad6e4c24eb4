#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""outside.py: looks at the guest's memory from outside, through the file that backs it.

untouched  all memory but the crash region (and what the capture kernel claimed below 1 MiB) is the
           same before purgatory starts and when the capture kernel has verified the dump.
bit-flip   one bit of each loaded part, and of each field of purgatory's structure, flipped from
           outside, is found by purgatory: it says so, as far as that field lets it, and resets.
fault      purgatory meets an exception after it has computed the digest: it says where, and resets.
no way     purgatory's page tables, or those of its stack, are gone: the machine ends, without words
           where there is nothing left to say them with.

With words as arguments, only tests that have all of them in their names.
"""

import mmap
import os
import re
import struct
import sys
import tempfile
import time

import debugger
import machine

MIB = 1 << 20
MEMORY = 256 * MIB
RAM_START = {"x86_64": 0, "arm64": 0x40000000}
SEGMENTS = ("core header", "page tables", "purgatory", "handover", "boot data", "kernel")

# struct lb_purgatory (purgatory/purgatory.h): offsets of its fields, and where it lies.
FIELDS = {"magic": 0, "segment_count": 4, "self": 8, "entry": 16, "argument": 24, "protocol": 32,
          "path": 36, "console": 40, "console_kind": 48, "reset_kind": 52, "digest": 56,
          "segment's start": 88, "segment's bytes": 96, "unused segment": 328}
STRUCTURE_BYTES = 344
STACK_BYTES = 8192
SILENT = ("console", "console_kind")  # a flip there costs the words
RESET_KIND = {"x86_64": 1, "arm64": 2}
UNDEFINED = {"x86_64": b"\x0f\x0b", "arm64": bytes(4)}
NOWHERE = 0x123456789000
NO_CAPTURE = 35


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
    return machine.Machine(arch, timeout=60, memory=f"{MEMORY // MIB}M", cpus=2,
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


def flip_place(lines, part):
    """Address of the byte; of purgatory, the last byte of its code."""
    segment = "purgatory" if part in FIELDS else part
    place = ranges(lines, rf"load: {segment}: 0x(\w+)-0x(\w+)")
    if not place:
        raise LookupError(f"no segment {segment}")
    start, end = place[-1]
    if part in FIELDS:
        return end - STRUCTURE_BYTES + FIELDS[part]
    return end - STRUCTURE_BYTES - STACK_BYTES - 1 if part == "purgatory" else start + 100


def judge_refusal(guest, words):
    """Finishes it; what is wrong if it was not refused and reset, or None."""
    status = guest.finish()
    if "stage: capture" in guest.lines:
        return "the capture kernel was started"
    if status:
        return f"exit status {status} instead of a reset"
    if not any(re.search(words, line) for line in guest.lines):
        return f"no line matches {words}"
    return None


def bit_flip(arch, shared, part):
    cmdline = "mode=drill cpus=2 seed=32 pause=loaded"
    with start(arch, shared, cmdline) as guest:
        if not guest.read_until("pause: loaded"):
            return "the kernel did not come to its pause"
        # Of the way to reset, the bit that makes it another one, or none.
        mask = RESET_KIND[arch] if part == "reset_kind" else 0x04
        shared.map[flip_place(guest.lines, part) - RAM_START[arch]] ^= mask
        guest.go_on()
        return judge_refusal(guest, "" if part in SILENT else
                             r"^purgatory: .*, not starting the capture kernel")


def fault(arch, shared, how):
    """The digest is read when purgatory has computed the one that it compares it with."""
    cmdline = "mode=drill cpus=2 seed=33 pause=loaded"
    with start(arch, shared, cmdline) as guest:
        if not guest.read_until("pause: loaded"):
            return "the kernel did not come to its pause"
        first, end = ranges(guest.lines, r"load: purgatory: 0x(\w+)-0x(\w+)")[-1]
        stack = end - STRUCTURE_BYTES - STACK_BYTES - RAM_START[arch]
        shared.map[stack:stack + STACK_BYTES] = b"\xa5" * STACK_BYTES
        gdb = debugger.Debugger(guest.debugger_path)
        gdb.stop_at(1, first, 4, guest.go_on)
        gdb.stop_at(3, end - STRUCTURE_BYTES + FIELDS["digest"], 8, lambda: None)
        if how == "wild jump":
            gdb.set_pc(arch, NOWHERE)
        else:
            gdb.write(gdb.pc(arch), UNDEFINED[arch])
        where = gdb.pc(arch)
        gdb.go_on()
        problem = judge_refusal(
            guest, rf"^purgatory: exception 0x\w+ at 0x{where:016x}, .* not starting the capture")
        gdb.close()
        return problem


def entry_at(shared, arch, table, index):
    return struct.unpack_from("<Q", shared.map, table - RAM_START[arch] + 8 * index)[0]


def put_entry(shared, arch, table, index, value):
    struct.pack_into("<Q", shared.map, table - RAM_START[arch] + 8 * index, value)


def unmap_page(shared, arch, tables, page):
    """Takes one page out of identity tables whose root is the first page of a range; a block is
    first told by pages, in the last page of the range."""
    table = tables[0]
    for shift in (39, 30, 21):
        index = page >> shift & 511
        entry = entry_at(shared, arch, table, index)
        last, table = table, entry & 0x0000fffffffff000
        is_block = entry & 0x80 if arch == "x86_64" else not entry & 2
    if is_block:
        bits = entry & 0x8000000000000f7f if arch == "x86_64" else entry & 0x60000000000ffc | 3
        start, table = table & ~0x1fffff, tables[1] - 4096
        for i in range(512):
            put_entry(shared, arch, table, i, start + i * 4096 | bits)
        put_entry(shared, arch, last, index, table | (7 if arch == "x86_64" else 3))
    put_entry(shared, arch, table, page >> 12 & 511, 0)


def no_way(arch, shared, what):
    with start(arch, shared, "mode=drill cpus=2 seed=34 pause=loaded") as guest:
        if not guest.read_until("pause: loaded"):
            return "the kernel did not come to its pause"
        tables = ranges(guest.lines, r"load: page tables: 0x(\w+)-0x(\w+)")[-1]
        end = ranges(guest.lines, r"load: purgatory: 0x(\w+)-0x(\w+)")[-1][1]
        if what == "stack":
            unmap_page(shared, arch, tables, end - STRUCTURE_BYTES - 1 & ~4095)
            guest.go_on()
            return judge_refusal(guest, "^stage: purgatory")
        put_entry(shared, arch, tables[0], end >> 39 & 511, 0)
        guest.go_on()
        status = guest.finish()
        said = any(line == "crash: cpu 0 cannot leave for purgatory" for line in guest.lines)
    return None if said and status == NO_CAPTURE else f"exit status {status}, said: {said}"


def main():
    tests = [(f"untouched {arch}", untouched, (arch,)) for arch in RAM_START]
    tests += [(f"fault {how} {arch}", fault, (arch, how)) for arch in RAM_START
              for how in ("wild jump", "spoilt instruction")]
    tests += [(f"no way {what} {arch}", no_way, (arch, what)) for arch in RAM_START
              for what in ("tables", "stack")]
    tests += [(f"bit-flip {part} {arch}", bit_flip, (arch, part)) for arch in RAM_START
              for part in (*SEGMENTS, *FIELDS)]
    tests = [test for test in tests if all(word in test[0] for word in sys.argv[1:])]
    failed = 0
    print(f"plan: {len(tests)} tests", flush=True)
    for name, test, arguments in tests:
        with tempfile.TemporaryDirectory(prefix="lifeboat-ram-") as folder:
            shared = Shared(folder)
            try:
                problem = test(arguments[0], shared, *arguments[1:])
            except (OSError, LookupError, RuntimeError) as error:
                # No end in time, or a machine that ended before its time.
                problem = f"{type(error).__name__}: {error}"
            finally:
                shared.close()
        print(f"{'FAIL' if problem else 'ok'} {name}{': ' + problem if problem else ''}",
              flush=True)
        failed += bool(problem)
    print(f"{len(tests) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
