#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the model of `lifeboat size` against what --measure finds, over kernels, initrds and CPUs,
and writes the table into docs/size.md. Kernels are fetched from Debian, initrds made here, the same
every time. What was measured before is kept, so that a second run takes no time.

  size_calibration.py --lifeboat build/host/lifeboat --kernels build/linux/size
"""
import argparse
import gzip
import json
import lzma
import os
import pathlib
import random
import subprocess
import sys
import tempfile

MIB = 1 << 20
DOCUMENT = pathlib.Path(__file__).parents[2] / "docs" / "size.md"

# name: Debian's architecture, package, suite
KERNELS = {
    "5.10 amd64": ("amd64", "linux-image-amd64", "bullseye"),
    "6.1 amd64": ("amd64", "linux-image-amd64", "bookworm"),
    "6.1 cloud-amd64": ("amd64", "linux-image-cloud-amd64", "bookworm"),
    "6.12 amd64": ("amd64", "linux-image-amd64", "trixie"),
    "6.12 cloud-amd64": ("amd64", "linux-image-cloud-amd64", "trixie"),
    "newest amd64": ("amd64", "linux-image-amd64", "sid"),
    "newest cloud-amd64": ("amd64", "linux-image-cloud-amd64", "sid"),
    "5.10 arm64": ("arm64", "linux-image-arm64", "bullseye"),
    "6.1 cloud-arm64": ("arm64", "linux-image-cloud-arm64", "bookworm"),
    "6.12 arm64": ("arm64", "linux-image-arm64", "trixie"),
    "newest arm64": ("arm64", "linux-image-arm64", "sid"),
    "newest arm64-16k": ("arm64", "linux-image-arm64-16k", "sid"),
    "5.10 cloud-amd64": ("amd64", "linux-image-cloud-amd64", "bullseye"),
    "6.1 rt-amd64": ("amd64", "linux-image-rt-amd64", "bookworm"),
    "6.12 rt-amd64": ("amd64", "linux-image-rt-amd64", "trixie"),
    "backported amd64": ("amd64", "linux-image-amd64", "trixie-backports"),
    "backported cloud-amd64": ("amd64", "linux-image-cloud-amd64", "trixie-backports"),
    "5.10 cloud-arm64": ("arm64", "linux-image-cloud-arm64", "bullseye"),
    "6.1 arm64": ("arm64", "linux-image-arm64", "bookworm"),
    "6.12 cloud-arm64": ("arm64", "linux-image-cloud-arm64", "trixie"),
    "6.12 rt-arm64": ("arm64", "linux-image-rt-arm64", "trixie"),
    "6.12 arm64-16k": ("arm64", "linux-image-arm64-16k", "trixie"),
    "backported arm64": ("arm64", "linux-image-arm64", "trixie-backports"),
    "backported arm64-16k": ("arm64", "linux-image-arm64-16k", "trixie-backports"),
}

# name: how it is packed, MiB that do not pack, MiB that do, files besides one program of 1 MiB
INITRDS = {
    "tiny, not packed": ("none", 0, 0, 0),
    "10 MiB, lz4": ("lz4", 10, 0, 40),
    "28 MiB, zstd": ("zstd", 28, 0, 200),
    "100 MiB, not packed": ("none", 100, 0, 10),
    "small, gzip": ("gzip", 0, 0, 0),
    "small, xz": ("xz", 0, 0, 0),
    "small, zstd": ("zstd", 0, 0, 0),
    "16 MiB, gzip": ("gzip", 16, 0, 4),
    "40 MiB, zstd": ("zstd", 40, 0, 8),
    "8 + 24 MiB, xz": ("xz", 8, 24, 800),
    "24 MiB, not packed": ("none", 24, 0, 1500),
}

# kernel, initrd, CPUs, more of the command line
ROWS = [
    ("5.10 amd64", "small, gzip", 1, ""),
    ("5.10 amd64", "8 + 24 MiB, xz", 2, ""),
    ("6.1 amd64", "small, gzip", 1, ""),
    ("6.1 amd64", "small, gzip", 8, ""),
    ("6.1 amd64", "16 MiB, gzip", 1, ""),
    ("6.1 cloud-amd64", "small, gzip", 1, ""),
    ("6.1 cloud-amd64", "40 MiB, zstd", 4, ""),
    ("6.1 cloud-amd64", "40 MiB, zstd", 4, "root=/dev/ram0"),
    ("6.12 amd64", "small, zstd", 1, ""),
    ("6.12 cloud-amd64", "40 MiB, zstd", 8, ""),
    ("newest amd64", "small, xz", 1, ""),
    ("newest cloud-amd64", "24 MiB, not packed", 2, ""),
    ("5.10 arm64", "small, gzip", 1, ""),
    ("6.1 cloud-arm64", "small, gzip", 1, ""),
    ("6.1 cloud-arm64", "40 MiB, zstd", 2, ""),
    ("6.12 arm64", "small, zstd", 4, ""),
    ("6.12 arm64", "24 MiB, not packed", 1, ""),
    ("newest arm64", "8 + 24 MiB, xz", 1, ""),
    ("newest arm64-16k", "small, gzip", 1, ""),
    ("newest arm64-16k", "16 MiB, gzip", 2, ""),
]

# Not looked at while the model's figures were chosen.
HELD_OUT = [
    ("5.10 cloud-amd64", "small, gzip", 3, ""),
    ("6.1 rt-amd64", "10 MiB, lz4", 3, ""),
    ("6.1 amd64", "28 MiB, zstd", 6, "transparent_hugepage=never"),
    ("6.12 rt-amd64", "small, gzip", 6, ""),
    ("6.12 amd64", "100 MiB, not packed", 1, ""),
    ("backported amd64", "28 MiB, zstd", 6, ""),
    ("backported cloud-amd64", "tiny, not packed", 1, ""),
    ("5.10 cloud-arm64", "10 MiB, lz4", 3, ""),
    ("6.1 arm64", "28 MiB, zstd", 6, ""),
    ("6.12 cloud-arm64", "tiny, not packed", 1, ""),
    ("6.12 rt-arm64", "small, gzip", 3, ""),
    ("6.12 arm64-16k", "28 MiB, zstd", 3, ""),
    ("backported arm64", "small, gzip", 6, ""),
    ("backported arm64-16k", "tiny, not packed", 6, ""),
]


def cpio(files):
    """An archive in the newc format; contents None: a folder."""
    out = bytearray()
    for inode, (name, contents) in enumerate([*files, ("TRAILER!!!", b"")], 1):
        mode = 0o40755 if contents is None else 0o100755
        data = contents or b""
        fields = [inode, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0]
        entry = b"070701" + b"".join(b"%08x" % field for field in fields)
        for part in (entry + name.encode() + b"\0", data):
            out += part + b"\0" * (-len(part) % 4)
    return bytes(out)


def contents(kind):
    _, hard, soft, count = INITRDS[kind]
    dice = random.Random(kind)
    program = dice.randbytes(4096 if kind.startswith("tiny") else MIB)
    files = [("bin", None), ("bin/program", program), ("data", None)]
    for number in range(count):
        some = dice.randbytes(hard * MIB // count)
        words = b"".join(b"%d times %d\n" % (number, i) for i in range(soft * MIB // count // 12))
        files.append((f"data/{number}", some + words))
    return files


def pack(how, archive):
    if how == "gzip":
        return gzip.compress(archive, 6, mtime=0)
    if how == "xz":
        return lzma.compress(archive, check=lzma.CHECK_CRC32, preset=3)
    programs = {"zstd": ["zstd", "-q", "-6"], "lz4": ["lz4", "-q", "-l", "-c"]}
    if how in programs:
        return subprocess.run(programs[how], input=archive, stdout=subprocess.PIPE,
                              check=True).stdout
    return archive


def make_initrd(kind, folder):
    path = folder / ("initrd-" + kind.replace(" ", "").replace(",", "-"))
    if not path.exists():
        path.write_bytes(pack(INITRDS[kind][0], cpio(contents(kind))))
    return path


def fetch(kernel, folder):
    path = folder / ("vmlinuz-" + kernel.replace(" ", "-"))
    if not path.exists():
        arch, package, suite = KERNELS[kernel]
        script = pathlib.Path(__file__).parents[2] / "mk" / "fetch-kernel.sh"
        subprocess.run(["sh", str(script), arch, package, str(path), suite], check=True)
    return path


def make_machine(folder):
    """What shows no more than how much memory there is to dump."""
    (folder / "proc").mkdir(exist_ok=True)
    (folder / "proc" / "meminfo").write_text("MemTotal:       16777216 kB\n")
    return folder


def size_of(lifeboat, row, folder, machine, *options):
    kernel, initrd, cpus, more = row
    words = f"nr_cpus={cpus} reset_devices {more}".strip()
    done = subprocess.run(
        [lifeboat, "size", "--json", "--quiet", "--kernel", str(fetch(kernel, folder)),
         "--initrd", str(make_initrd(initrd, folder)), "--append", words, *options, str(machine)],
        stdout=subprocess.PIPE, check=False, text=True)
    return json.loads(done.stdout) if done.returncode in (0, 1) else None


def measure(lifeboat, row, folder, machine):
    return size_of(lifeboat, row, folder, machine, "--measure", "--cpus", str(row[2]))


def rescore(lifeboat, row, folder, machine, name):
    """The row as it stands in the table, with what the model says now."""
    size = size_of(lifeboat, row, folder, machine)
    first = first_cells(row, size)
    for line in DOCUMENT.read_text().split(f"<!-- {name} -->")[1].splitlines():
        cells = line.strip("| ").split(" | ")
        if cells[:3] == first:
            smallest, asked = int(cells[3]) * MIB, float(cells[7])
            cells[4:6] = model_cells(size["total"], smallest)
            return "| " + " | ".join(cells) + " |", is_good(size["total"], smallest, asked)
    return None, False


def mib(size):
    return "-" if size is None else str(-(-size // MIB))


def first_cells(row, size):
    kernel, initrd, cpus, more = row
    release = size["capture"]["kernel"].split("-")[0].split("+")[0]
    name = kernel.replace("newest", release).replace("backported", release)
    return [name, initrd, f"{cpus}, `{more.partition('=')[0]}=`" if more else str(cpus)]


def model_cells(total, smallest):
    return [f"{total['at_least'] // MIB}-{mib(total['at_most'])}",
            f"{total['at_most'] / smallest:.2f}"]


def is_good(total, smallest, asked):
    """Whether the model, and what is asked for as a multiple of the smallest, are as they should
    be."""
    return total["at_least"] <= smallest <= total["at_most"] <= 1.6 * smallest and asked <= 1.3


def line_of(row, size):
    """The row of the table, and whether it is good."""
    smallest, needed = size["measured"]["smallest"], size["measured"]["needed"]
    needed = -(-needed // (4 * MIB)) * 4 * MIB
    others = {estimate["name"]: estimate["bytes"] for estimate in size["estimates"]}
    least = [mib(next((v for k, v in others.items() if k.startswith(name)), None))
             for name in ("kdumpctl", "kdumptool", "kdump-config")]
    seconds = sum(trial["seconds"] for trial in size["measured"]["trials"])
    cells = [*first_cells(row, size), mib(smallest), *model_cells(size["total"], smallest),
             mib(needed), f"{needed / smallest:.2f}", *least,
             f"{len(size['measured']['trials'])}", f"{seconds:.0f}"]
    return "| " + " | ".join(cells) + " |", is_good(size["total"], smallest, needed / smallest)


HEAD = ["kernel", "initrd", "CPUs", "smallest, MiB", "model, MiB", "upper end / smallest",
        "asked for, MiB", "/ smallest", "kdumpctl", "SUSE", "Debian, at least", "boots", "s"]


def write_table(name, lines):
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    text = DOCUMENT.read_text()
    before, rest = text.split(begin)
    after = rest.split(end)[1]
    table = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD), *lines]
    DOCUMENT.write_text(before + begin + "\n" + "\n".join(table) + "\n" + end + after)


def score(options, row, machine, name):
    if options.model:
        return rescore(options.lifeboat, row, options.kernels, machine, name)
    size = measure(options.lifeboat, row, options.kernels, machine)
    return line_of(row, size) if size else (f"| {row}: not measured |", False)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lifeboat", required=True)
    parser.add_argument("--kernels", required=True, type=pathlib.Path)
    parser.add_argument("--filter", default="", help="only rows with this; writes no table")
    parser.add_argument("--held-out", action="store_true", help="the rows held out")
    parser.add_argument("--model", action="store_true",
                        help="boot nothing: the model's columns alone, beside what was measured")
    parser.add_argument("--check", action="store_true", help="write no table")
    options = parser.parse_args()
    options.kernels.mkdir(parents=True, exist_ok=True)
    os.environ["XDG_CACHE_HOME"] = str(options.kernels.resolve())
    lines, bad = [], 0
    rows, name = (HELD_OUT, "size-held-out") if options.held_out else (ROWS, "size-calibration")
    with tempfile.TemporaryDirectory() as scratch:
        machine = make_machine(pathlib.Path(scratch))
        for row in rows:
            if options.filter not in " ".join(map(str, row)):
                continue
            line, good = score(options, row, machine, name)
            bad += not good
            lines.append(line)
            print("ok  " if good else "FAIL", line, flush=True)
    if not options.filter and not options.check:
        write_table(name, lines)
    print(f"{len(lines) - bad} passed, {bad} failed, 0 skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
