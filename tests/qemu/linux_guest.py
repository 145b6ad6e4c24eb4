# SPDX-License-Identifier: MIT
"""linux_guest: a distribution's kernel in QEMU that records itself (docs/recording.md) and then
stands still, to be looked at from outside."""

import argparse
import base64
import json
import os
import re
import struct
import subprocess

import machine

CONSOLE = {"x86_64": "ttyS0", "arm64": "ttyAMA0"}


def kernel_of(arch):
    return os.path.join(machine.BUILD, "linux", arch, "vmlinuz")


def initrd_of(arch, folder):
    """The lab's first file system, written by the recorder."""
    path = os.path.join(folder, f"initrd-{arch}")
    subprocess.run([os.path.join(machine.BUILD, "host", "lifeboat-record"), "--kernel",
                    kernel_of(arch), "--write-initrd", path], check=True,
                   stdout=subprocess.DEVNULL)
    return path


def release_of(arch):
    """Of the kernel that is booted, as its image has it."""
    with open(kernel_of(arch), "rb") as file:
        image = file.read()
    at = 0x200 + struct.unpack_from("<H", image, 0x20E)[0]
    return image[at:image.index(b" ", at)].decode()


def files_of(program, name="program"):
    """A program as /program, and the libraries that it names, where it looks for them."""
    found = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    files = {name: os.path.realpath(program)}
    for path in re.findall(r"(?:=> |\t)(/\S+) \(", found):
        files[path.lstrip("/")] = os.path.realpath(path)
    return files


def append_files(initrd, files):
    """Another archive behind the first: kernels unpack one after the other."""
    folders = {parent for name in files for parent in parents_of(name)}
    with open(initrd, "ab") as archive:
        archive.write(bytes(-archive.tell() % 4))
        for name in sorted(folders):
            archive.write(entry(name, 0o40755, b""))
        for name, path in files.items():
            with open(path, "rb") as file:
                archive.write(entry(name, 0o100755, file.read()))
        archive.write(entry("TRAILER!!!", 0, b""))


def parents_of(name):
    while name := os.path.dirname(name):
        yield name


def entry(name, mode, data):
    """A file in a cpio archive of the form newc."""
    fields = (0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4)


def unpack(archive):
    """name -> bytes of a cpio archive of the form newc"""
    files, at = {}, 0
    while True:
        fields = [int(archive[at + 6 + 8 * i:at + 14 + 8 * i], 16) for i in range(13)]
        size, name_size = fields[6], fields[11]
        name = archive[at + 110:at + 110 + name_size - 1].decode()
        data = (at + 110 + name_size + 3) // 4 * 4
        if name == "TRAILER!!!":
            return files
        files[name] = archive[data:data + size]
        at = (data + size + 3) // 4 * 4


class Guest(machine.Machine):
    """A Linux that has recorded itself: files has what it shows."""

    def __init__(self, arch, folder, append="", program=None, files=None, **options):
        self.arch = arch
        initrd = initrd_of(arch, folder)
        files = {**(files or {}), **(files_of(program) if program else {})}
        if "lifeboat.load" in append:
            files["capture"] = kernel_of(arch)
        append_files(initrd, files)
        words = f"console={CONSOLE[arch]} panic=-1 rdinit=/lifeboat/init lifeboat.hold {append}"
        super().__init__(arch, kernel=kernel_of(arch), initrd=initrd,
                         cmdline=words, **options)
        self.files = {}

    def wait(self):
        """Until it has recorded itself."""
        text = []
        while (line := self.next_line()) is not None:
            if not line.startswith("record: "):
                continue
            word = line[len("record: "):].strip()
            if word == "begin":
                text = []
            elif word.startswith("end "):
                self.files = unpack(base64.b64decode("".join(text)))
                return
            else:
                text.append(word)
        raise RuntimeError("it ended: " + " | ".join(self.lines[-5:]))

    def read_json(self):
        """What the program in it prints, up to the brace at the start of a line that ends it."""
        text = []
        while (line := self.next_line()) is not None:
            if text or line == "{":
                text.append(line)
            if line == "}":
                return json.loads("\n".join(text))
        raise RuntimeError("no answer from inside: " + " | ".join(self.lines[-5:]))

    def write_root(self, folder):
        """What it shows as a folder that lifeboat reads."""
        for name, data in self.files.items():
            path = os.path.join(folder, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as file:
                file.write(data)
        return folder

    def iomem(self, name):
        """The ranges of this name in its /proc/iomem, inclusive."""
        ranges = []
        for line in self.files["proc/iomem"].decode().splitlines():
            place, _, what = line.strip().partition(" : ")
            if what == name:
                ranges.append(tuple(int(end, 16) for end in place.split("-")))
        return ranges

    def dump(self, path):
        """Its memory as QEMU dumps it, with the VMCOREINFO note that the kernel keeps at the place
        that sys/kernel/vmcoreinfo names."""
        self.ask("stop")
        self.ask(f"dump-guest-memory {path}")
        place, size = (int(word, 16) for word in self.files["sys/kernel/vmcoreinfo"].split())
        with open(path, "r+b") as file:
            header = file.read(64)
            phoff, = struct.unpack_from("<Q", header, 32)
            count, = struct.unpack_from("<H", header, 56)
            file.seek(phoff)
            segments = [list(struct.unpack("<IIQQQQQQ", file.read(56))) for _ in range(count)]
            load = next(s for s in segments if s[0] == 1 and s[4] <= place < s[4] + s[5])
            file.seek(load[2] + place - load[4])
            note = file.read(size)
            file.seek(0, os.SEEK_END)
            end = file.tell()
            file.write(note)
            number = next(i for i, s in enumerate(segments) if s[0] == 4)
            segments[number][2] = end
            segments[number][5] = segments[number][6] = size
            file.seek(phoff + 56 * number)
            file.write(struct.pack("<IIQQQQQQ", *segments[number]))
        return [(s[4], s[4] + s[5], s[2]) for s in segments if s[0] == 1]


def report(document, cases, judge):
    """The main of a test: judge(case, program) gives the name of a case, what was seen in it, and
    sentences about what is wrong. Returns the exit status."""
    parser = argparse.ArgumentParser(description=document)
    parser.add_argument("--lifeboat", default="build/host/lifeboat")
    parser.add_argument("--filter", default="", help="only cases with this")
    options = parser.parse_args()
    passed = failed = 0
    for case in cases:
        if options.filter not in " ".join(map(str, case[:2])):
            continue
        name, seen, problems = judge(case, options.lifeboat)
        print(f"{'FAIL' if problems else 'ok  '} {name}: {seen}", flush=True)
        for problem in problems:
            print(f"     {problem}")
        passed += not problems
        failed += bool(problems)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0
