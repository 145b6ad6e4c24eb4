# SPDX-License-Identifier: MIT
"""What can happen to the sources of a machine: they are lost, cut, doubled, mixed and outdated.

A machine is a dictionary, path to bytes. Each family lists everything of its kind that can happen
to one machine, as pairs of a name and a function that gives the damaged machine.
"""
import functools
import io
import itertools
import os
import re
import tarfile
import zlib

LOG = "dmesg"
IOMEM = "proc/iomem"
DEBUGFS = "sys/kernel/debug/"
CMDLINE = "proc/cmdline"
# Many files that one loss takes together.
FOLDERS = ("sys/firmware/memmap/", "sys/kernel/debug/memblock/", "sys/firmware/efi/")
# Lines that a reader may use; the others cannot matter.
TELLING = re.compile(r"mem 0x|0x[0-9a-f]{6}|rash|KASLR|command line|Memory:|Zone|zone|node|cma"
                     r"|efi|EFI|Linux version|ACPI|percpu|Hypervisor|CPU|DMA|Normal|initrd|kfence",
                     re.I)
STAMP = re.compile(r"^(\[[^]]*\] ?)+")
SECONDS = re.compile(r"^\[ *([0-9]+\.[0-9]+)\]")


# Files of a machine.

def read_machine(path):
    """The files of a snapshot, without the folder that it may be packed in."""
    if os.path.isdir(path):
        files = {}
        for folder, _, names in os.walk(path):
            for name in names:
                full = os.path.join(folder, name)
                with open(full, "rb") as file:
                    files[os.path.relpath(full, path)] = file.read()
        return files
    with tarfile.open(path) as archive:
        members = [m for m in archive.getmembers() if m.isfile()]
        files = {m.name.removeprefix("./"): archive.extractfile(m).read() for m in members}
    tops = {name.split("/")[0] for name in files}
    if len(tops) == 1 and LOG not in files:
        files = {name.split("/", 1)[1]: data for name, data in files.items()}
    return files


@functools.lru_cache(maxsize=1024)
def packed(name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info.tobuf(tarfile.USTAR_FORMAT) + data + b"\0" * (-len(data) % tarfile.BLOCKSIZE)


def write_machine(path, files):
    with io.FileIO(path, "w") as file:
        file.write(b"".join(packed(name, data) for name, data in sorted(files.items())) +
                   b"\0" * (2 * tarfile.BLOCKSIZE))


def without_debugfs(files):
    return {n: d for n, d in files.items() if not n.startswith(DEBUGFS)}


def text_of(files, name):
    return files.get(name, b"").decode("utf-8", "replace").splitlines()


def with_text(files, name, lines):
    changed = dict(files)
    changed[name] = ("\n".join(lines) + "\n").encode() if lines else b""
    return changed


def texts(files):
    listed = [name for name in (LOG, IOMEM) if files.get(name)]
    return listed + sorted(n for n in files if n.startswith(DEBUGFS) and files[n])


def telling(files, name):
    """(number, line) of what a reader may use; all of a listing."""
    return [(i, line) for i, line in enumerate(text_of(files, name))
            if name != LOG or TELLING.search(line)]


def dice(*words):
    """A number that depends on nothing else, so that a damage can be found again."""
    return zlib.crc32(" ".join(str(word) for word in words).encode())


def shown(line):
    return f"'{line.strip()[:60]}'"


# Loss.

def sources(files):
    """{name: paths}: what is lost together."""
    found = {}
    for path in sorted(files):
        folder = next((f for f in FOLDERS if path.startswith(f)), path)
        found.setdefault(folder, []).append(path)
    return found


def without_source(files, _):
    """Each, and each pair."""
    listed = sources(files)
    for count in (1, 2):
        for gone in itertools.combinations(listed, count):
            paths = set(itertools.chain.from_iterable(listed[name] for name in gone))
            yield ("without " + " and ".join(gone),
                   lambda paths=paths: {n: d for n, d in files.items() if n not in paths})


def class_of(name, line):
    """Lines that one rule reads have the same class: their words up to the first figure."""
    if name == IOMEM:
        return line.split(" : ")[-1]
    text = STAMP.sub("", line)
    return re.split(r"[0-9]", text, maxsplit=1)[0].strip()[:40] or text[:12]


def without_class(files, _):
    for name in texts(files):
        for gone in sorted({class_of(name, line) for _, line in telling(files, name)}):
            yield (f"{name} without lines '{gone}'", lambda name=name, gone=gone: with_text(
                files, name, [line for line in text_of(files, name)
                              if class_of(name, line) != gone]))


def edited(files, what, edit):
    """One damage for each telling line; edit gives what stands in the place of line i."""
    for name in texts(files):
        for i, line in telling(files, name):
            def make(name=name, i=i):
                lines = text_of(files, name)
                return with_text(files, name, lines[:i] + edit(lines, i) + lines[i + 1:])
            yield f"{name} line {i + 1} {what} {shown(line)}", make


def without_line(files, _):
    return edited(files, "lost", lambda lines, i: [])


def doubled_line(files, _):
    return edited(files, "twice", lambda lines, i: [lines[i], lines[i]])


def repeated_line(files, _):
    """Another line between: it is no copy, and may be that of another boot."""
    for name in texts(files):
        for i, line in telling(files, name):
            def make(name=name, i=i):
                lines = text_of(files, name)
                return with_text(files, name, lines[:i + 2] + [lines[i]] + lines[i + 2:])
            yield f"{name} line {i + 1} again behind the next {shown(line)}", make


def cut_line(files, _):
    return edited(files, "cut", lambda lines, i: [lines[i][:dice(i, lines[i]) %
                                                           (len(lines[i]) + 1)]])


def joined_line(files, _):
    """Its end and the beginning of the next are gone, as where a buffer ran over."""
    def join(lines, i):
        after = lines[i + 1] if i + 1 < len(lines) else ""
        return [lines[i][:dice(i, lines[i]) % (len(lines[i]) + 1)] +
                after[dice(after, i) % (len(after) + 1):]]
    return edited(files, "run into the next", join)


def swapped_line(files, _):
    for name in texts(files):
        count = len(text_of(files, name))
        for i, line in telling(files, name):
            other = min(count - 1, i + 1 + dice(i, line) % 3)

            def make(name=name, i=i, other=other):
                lines = text_of(files, name)
                lines[i], lines[other] = lines[other], lines[i]
                return with_text(files, name, lines)
            yield f"{name} lines {i + 1} and {other + 1} swapped {shown(line)}", make


def ends_lost(files, _):
    for name in texts(files):
        lines = text_of(files, name)
        most = min(len(lines), 400)
        for at in range(1, most, max(1, most // 48)):
            yield (f"{name} without its first {at} lines",
                   lambda name=name, at=at: with_text(files, name, text_of(files, name)[at:]))
            yield (f"{name} ends behind line {at}",
                   lambda name=name, at=at: with_text(files, name, text_of(files, name)[:at]))


def cmdline_cut(files, _):
    """In the file, in the log alone (the file is gone), or in both; in the log at one column, as a
    terminal does it."""
    line = files.get(CMDLINE, b"").decode().rstrip("\n")
    begins = [text.find("ommand line: ") + 13 for text in text_of(files, LOG)
              if "ommand line: " in text]
    for at in range(0, len(line) + 1, 5):
        def in_log(changed, column=min(begins, default=0) + at):
            cut = [text[:column] if "ommand line: " in text else text
                   for text in text_of(files, LOG)]
            return with_text(changed, LOG, cut) if LOG in files else changed

        def in_file(at=at):
            return {**files, CMDLINE: line[:at].encode()}
        yield f"command line cut at {at}, in the file", in_file
        yield f"command line cut at {at}, in both", lambda f=in_file, g=in_log: g(f())
        yield (f"command line cut at {at}, in the log alone", lambda g=in_log: g(
            {n: d for n, d in files.items() if n != CMDLINE}))


# Age.

def no_banner(lines):
    return [line for line in lines if "Linux version" not in line]


def by_time(lines):
    """As a journal puts two logs into one file: sorted by their stamps, banners and all."""
    def seconds(line):
        found = SECONDS.match(line)
        return float(found[1]) if found else 0.0
    return sorted(lines, key=seconds)


def twice(first, second):
    """Two logs in one file, in every way that they come."""
    yield "behind it", second + first
    yield "behind it, without banners", no_banner(second) + no_banner(first)
    yield "before it", first + second
    yield "before it, without a banner", first + no_banner(second)
    yield "line by line with it", list(itertools.chain.from_iterable(
        pair for pair in itertools.zip_longest(first, second, fillvalue="")))
    yield "sorted into it", by_time(first + second)
    yield "sorted into it, without banners", by_time(no_banner(first + second))


def two_logs(files, others):
    """The log with itself, and with that of each other machine."""
    own = text_of(files, LOG)
    for what, other in {"itself": files, **others}.items():
        for how, lines in twice(own, text_of(other, LOG)) if own and other.get(LOG) else ():
            yield (f"the log with that of {what}, {how}",
                   lambda lines=lines: with_text(files, LOG, lines))


def stale(files, others):
    """One source of another machine, or of another boot; and all but one."""
    for what, other in others.items():
        here, there = sources(files), sources(other)
        for name in here:
            if name not in there:
                continue
            old = {path: other[path] for path in there[name]}
            kept = {n: d for n, d in files.items() if n not in here[name]}
            yield f"{name} of {what}", lambda kept=kept, old=old: {**kept, **old}


FAMILIES = (without_source, without_class, without_line, cut_line, joined_line, doubled_line,
            repeated_line, swapped_line, ends_lost, cmdline_cut, two_logs, stale)
