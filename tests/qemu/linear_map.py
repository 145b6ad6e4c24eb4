#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds `lifeboat check --dump` against the machines that the dumps are of: Debian's kernels in
QEMU, stopped. Every sum must be that of a walk written here from the manuals, over the same memory,
from the root that the CPU holds; and that walk must be what QEMU translates: on x86-64 each line of
"info tlb", on arm64 gva2gpa address by address."""

import bisect
import collections
import json
import mmap
import os
import re
import struct
import subprocess
import tempfile

import linux_guest
from debugger import Debugger

Leaf = collections.namedtuple("Leaf", "va pa size reach writable executable entry_writable "
                              "entry_executable at")
ADDRESS = 0x000FFFFFFFFFF000
GIB, MIB = 1 << 30, 1 << 20


class Memory:
    """Physical memory in a dump."""

    def __init__(self, path, loads):
        self.file = open(path, "r+b")
        self.map = mmap.mmap(self.file.fileno(), 0)
        self.loads = loads

    def offset(self, address):
        for start, end, offset in self.loads:
            if start <= address < end:
                return offset + address - start
        raise ValueError(f"no memory at {address:#x}")

    def table(self, address):
        offset = self.offset(address)
        return struct.unpack("<512Q", self.map[offset:offset + 4096])

    def close(self):
        self.map.close()
        self.file.close()


class Walk:
    """All leaves that map [first, last] of virtual addresses, and the tables on the way that lead
    to RAM: 4 KiB tables of 512 entries."""

    def __init__(self, memory, arch, levels, root, first, last, is_ram):
        self.memory, self.arch, self.first, self.last = memory, arch, first, last
        self.is_ram = is_ram
        self.leaves, self.tables = [], 0
        base = (1 << 64) - (1 << (12 + 9 * levels)) if arch == "arm64" else 0
        self._table(root, levels - 1, base, True, True)

    def _table(self, table, level, base, writable, executable):
        span = 1 << (12 + 9 * level)
        self.tables += 1
        for index, entry in enumerate(self.memory.table(table)):
            va = base + index * span
            if not base and index > 255:
                va += (1 << 64) - (512 * span)  # the upper half of the root is that of addresses
            if entry & 1 and va <= self.last and va + span > self.first:
                self._entry(entry, table + 8 * index, level, va, span, writable, executable)

    def _entry(self, entry, at, level, va, span, writable, executable):
        if self.arch == "x86_64":
            own = (bool(entry & 2), not entry >> 63)
            down, address = level and not entry & 0x80, entry & ADDRESS
            reach = span
        else:
            down, address = level and entry & 2, entry & 0x0000FFFFFFFFF000
            own = (not entry >> 62 & 1, not entry >> 59 & 1) if down else \
                (not entry & 0x80, not entry >> 53 & 1)
            reach = span * 16 if entry >> 52 & 1 else span
        rights = (writable and own[0], executable and own[1])
        if down:
            if self.is_ram(va, va + span):
                self._table(address, level - 1, va, *rights)
            return
        self.leaves.append(Leaf(va, address & ~(span - 1), span, reach, *rights, *own, at))


def cpu_root(guest, arch):
    """The root that the CPU holds, and how many levels it walks."""
    if arch == "x86_64":
        text = guest.ask("info registers")
        value = {name: int(re.search(rf"{name}=([0-9a-f]+)", text).group(1), 16)
                 for name in ("CR3", "CR4")}
        return value["CR3"] & ADDRESS, 5 if value["CR4"] & 0x1000 else 4
    debugger = Debugger(guest.debugger_path)
    numbers, text = {}, ""
    while not text.endswith("</feature>"):
        piece = debugger.ask(f"qXfer:features:read:system-registers.xml:{len(text):x},ffb")
        text += piece[1:]
        if piece[0] == "l":
            break
    for name, number in re.findall(r'<reg name="(\w+)"[^>]*regnum="(\d+)"', text):
        numbers[name] = int(number)

    def read(name):
        return int.from_bytes(bytes.fromhex(debugger.ask(f"p{numbers[name]:x}")), "little")

    root, control = read("TTBR1_EL1") & 0x0000FFFFFFFFF000, read("TCR_EL1")
    debugger.close()
    bits = 64 - (control >> 16 & 0x3F)
    return root, (bits - 12 + 8) // 9


def sums_of(walk, offset, ranges):
    """What lifeboat sums, of the walk's leaves."""
    sums = collections.Counter()
    kinds = collections.Counter()
    starts = [leaf.va for leaf in walk.leaves]
    for start, end in ranges:
        at = start
        while at < end:
            va = (at + offset) % (1 << 64)
            index = bisect.bisect_right(starts, va) - 1
            leaf = walk.leaves[index] if index >= 0 else None
            if leaf is None or va >= leaf.va + leaf.size:
                sums["unmapped"] += 4096
                at += 4096
                continue
            piece = min(end - at, leaf.va + leaf.size - va)
            if leaf.pa + va - leaf.va != at:
                sums["elsewhere"] += piece
            else:
                kinds[leaf.size, leaf.reach] += piece
                sums["read_only"] += 0 if leaf.writable else piece
                sums["executable"] += piece if leaf.executable else 0
            at += piece
    return kinds, sums


def ram_of(guest):
    """System RAM in whole pages, half-open."""
    ranges = [((start + 4095) & ~4095, (last + 1) & ~4095)
              for start, last in guest.iomem("System RAM")]
    merged = []
    for start, end in sorted(r for r in ranges if r[0] < r[1]):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def differences(told, kinds, sums):
    said = {(kind["block"], kind["reach"]): kind["bytes"] for kind in told["mapped"]}
    if said != dict(kinds):
        yield f"mapped {said}, the walk has {dict(kinds)}"
    for name in ("unmapped", "elsewhere", "read_only", "executable"):
        if told[name] != sums[name]:
            yield f"{name} {told[name]}, the walk has {sums[name]}"


def against_info_tlb(guest, walk):
    """QEMU lists every leaf of the CPU's tables."""
    listed = set()
    for line in guest.ask("info tlb").splitlines():
        match = re.match(r"([0-9a-f]{16}): ([0-9a-f]{16}) ([-A-Z]{9})", line.strip())
        if match:
            va, pa = (int(match.group(i), 16) for i in (1, 2))
            flags = match.group(3)
            if walk.first <= va <= walk.last:
                listed.add((va, pa, flags[0] == "X", flags[2] == "P", flags[8] == "W"))
    own = {(leaf.va, leaf.pa, not leaf.entry_executable, leaf.size > 4096, leaf.entry_writable)
           for leaf in walk.leaves}
    if not listed:
        yield "QEMU lists nothing"
    for what, found in (("QEMU alone has", listed - own), ("the walk alone has", own - listed)):
        if found:
            yield f"{what} {len(found)}, first {min(found)[0]:#x}"


def against_gva2gpa(guest, walk, samples=1500):
    """QEMU translates as the CPU would: ends of leaves, evenly chosen, and what lies between."""
    step = max(1, len(walk.leaves) // samples)
    for leaf in walk.leaves[::step]:
        for inside in (0, leaf.size - 1):
            answer = guest.ask(f"gva2gpa {leaf.va + inside:#x}")
            match = re.search(r"gpa: 0x([0-9a-f]+)", answer)
            if not match or int(match.group(1), 16) != leaf.pa + inside:
                yield f"{leaf.va + inside:#x}: {answer.strip()}, the walk has {leaf.pa + inside:#x}"
                return


def lifeboat(path, *words):
    done = subprocess.run([path, "check", *words, "--json"], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"status {done.returncode}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def damage(memory, walk, program, core, root, told):
    """What is taken out of the tables is missed: one leaf of RAM that is mapped."""
    leaf = next(leaf for leaf in walk.leaves[len(walk.leaves) // 2:] if leaf.writable)
    at = memory.offset(leaf.at)
    memory.map[at:at + 8] = bytes(8)
    memory.map.flush()
    again = lifeboat(program, "--dump", core, root)
    if again["ram"]["unmapped"] - told["ram"]["unmapped"] != leaf.size:
        yield "an entry that was taken out is not missed"


def against_inside(inside, told):
    """lifeboat on the running kernel said the same as of its dump; the processes that ran since
    have their own tables."""
    for name in ("offset", "levels", "ram", "tables", "crash", "page_size", "va_bits"):
        if inside[name] != told[name]:
            yield f"inside {name} is {inside[name]}, of the dump {told[name]}"


def compare(guest, arch, folder, program, inside):
    """Sentences about what differs, and a line about what was seen."""
    root_folder = guest.write_root(os.path.join(folder, "root"))
    core = os.path.join(folder, "core")
    memory = Memory(core, guest.dump(core))
    told = lifeboat(program, "--dump", core, root_folder)
    bare = lifeboat(program, "--dump", core)
    offset = int(told["offset"], 16)
    ram = ram_of(guest)
    root, levels = cpu_root(guest, arch)
    first, last = (ram[0][0] + offset) % (1 << 64), (ram[-1][1] - 1 + offset) % (1 << 64)

    def is_ram(va, end):
        return any((start + offset) % (1 << 64) < end and
                   (stop - 1 + offset) % (1 << 64) >= va for start, stop in ram)

    walk = Walk(memory, arch, levels, root, first, last, is_ram)
    problems = list(differences(told["ram"], *sums_of(walk, offset, ram)))
    problems += against_inside(inside, told) if inside else []
    crash = [(start, last + 1) for start, last in guest.iomem("Crash kernel")]
    if len(crash) != len(told["crash"]):
        problems.append(f"{len(told['crash'])} crash regions, there are {len(crash)}")
    for region in told["crash"]:
        piece = region["reservations"][0]
        place = (int(piece["start"], 16), int(piece["end"], 16) + 1)
        if place not in crash:
            problems.append(f"crash memory at {piece['start']}, which is not")
        problems += differences(region, *sums_of(walk, offset, [place]))
    if told["levels"] != levels or told["tables"] != walk.tables:
        problems.append(f"{told['levels']} levels and {told['tables']} tables, there are "
                        f"{levels} and {walk.tables}")
    if bare["offset"] != told["offset"] or bare["crash"] is not None:
        problems.append("without a snapshot the dump is read otherwise")
    problems += against_info_tlb(guest, walk) if arch == "x86_64" else \
        against_gva2gpa(guest, walk)
    problems += damage(memory, walk, program, core, root_folder, told)
    memory.close()
    shares = ", ".join(f"{kind['bytes'] / MIB:.1f} MiB by {kind['reach'] // 1024} KiB"
                       for kind in told["ram"]["mapped"])
    return problems, told, f"{shares}; {told['tables']} tables, {len(walk.leaves)} entries"


def largest(told):
    """The share of RAM in anything larger than base pages."""
    return sum(kind["bytes"] for kind in told["ram"]["mapped"]
               if kind["block"] > told["page_size"]) / told["ram"]["bytes"]


def protected(told):
    """All of the crash memory is read-only, but for the pages that kexec needs itself."""
    region, = told["crash"]
    return region["bytes"] - region["read_only"] <= 65536


def before_6_4(told):
    return tuple(int(part) for part in told["kernel"].split(".")[:2]) < (6, 4)


INSIDE = "quiet panic=0 lifeboat.run=check,--linear-map,--json"
# What each is expected to show: up to 6.3 crashkernel= alone makes arm64 use base pages.
CASES = (
    ("x86_64", "read inside through /proc/kcore",
     {"append": f"crashkernel=128M {INSIDE}", "program": True}, lambda t: largest(t) > 0.9),
    ("x86_64", "five levels", {"append": "crashkernel=128M"}, lambda t: largest(t) > 0.9),
    ("x86_64", "four levels, no KASLR",
     {"append": "crashkernel=96M nokaslr", "cpu": "max,la57=off"},
     lambda t: largest(t) > 0.9 and t["levels"] == 4),
    ("x86_64", "a capture kernel is loaded",
     {"append": "crashkernel=256M nokaslr lifeboat.load"}, protected),
    ("arm64", "as it comes", {"append": "crashkernel=128M"}, lambda t: largest(t) < 0.1),
    ("arm64", "rodata=on", {"append": "rodata=on"}, lambda t: largest(t) > 0.9),
    ("arm64", "rodata=on crashkernel=", {"append": "rodata=on crashkernel=128M"},
     lambda t: (largest(t) < 0.1) == before_6_4(t)),
)


def judge(case, program):
    arch, name, setting, expected = case
    setting = {"memory": "768M", "timeout": 240, **setting}
    if "program" in setting:
        setting["program"] = program
    with tempfile.TemporaryDirectory(prefix="lifeboat-map-") as folder:
        with linux_guest.Guest(arch, folder, **setting) as guest:
            guest.wait()
            inside = guest.read_json() if "program" in setting else None
            problems, told, seen = compare(guest, arch, folder, program, inside)
    if not expected(told):
        problems.append(f"not what {name} does: {seen}")
    return f"{arch}, {name}", seen, problems


if __name__ == "__main__":
    raise SystemExit(linux_guest.report(__doc__, CASES, judge))
