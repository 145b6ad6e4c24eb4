#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Writes images for `lifeboat size` into a folder: kernel (an ELF file of 40 MiB in memory), initrd
(microcode, then a packed archive with modules, makedumpfile and systemd), and broken ones."""
import gzip
import os
import struct
import sys

FILE, FOLDER = 0o100644, 0o40755


def pad(data):
    return data + b"\0" * (-len(data) % 4)


def entry(name, mode, data=b"", size=None):
    path = name.encode() + b"\0"
    fields = (1, mode, 0, 0, 1, 0, len(data) if size is None else size, 0, 0, 0, 0, len(path), 0)
    return pad(b"070701" + b"".join(b"%08X" % field for field in fields) + path) + pad(data)


def archive(*entries):
    data = b"".join(entries) + entry("TRAILER!!!", 0)
    return data + b"\0" * (-len(data) % 512)


def kernel(mib=40):
    code = b"Linux version 6.1.0-50-amd64 (nobody@nowhere) #1\0"
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 62, 1, 0x1000000, 64, 0, 0,
                         64, 56, 1, 0, 0, 0)
    segment = struct.pack("<IIQQQQQQ", 1, 5, 120, 0xffffffff81000000, 0x1000000, len(code),
                          mib << 20, 0x200000)
    return header + segment + code


def initrd():
    early = archive(entry("kernel", FOLDER), entry("kernel/x86", FOLDER),
                    entry("kernel/x86/microcode.bin", FILE, b"m" * 5000))
    main = archive(entry(".", FOLDER), entry("usr/lib/systemd/systemd", FILE, b"s" * 100000),
                   entry("usr/bin/makedumpfile", FILE, b"d" * 300000),
                   entry("lib/modules/6.1/mlx5_core.ko", FILE, b"k" * 2000000),
                   entry("lib/modules/6.1/xfs.ko.xz", FILE, b"x" * 500001))
    return early + gzip.compress(main, 6, mtime=0)


def bomb():
    """Four GiB of one byte: a frame of zstd that repeats it in blocks of 128 KiB."""
    head = entry("zeros", FILE, size=0xffffffff)
    block = struct.pack("<I", 131072 << 3 | 1 << 1)[:3] + b"\0"
    return b"\x28\xb5\x2f\xfd\x00\x38" + struct.pack("<I", len(head) << 3)[:3] + head + \
        block * 32768 + struct.pack("<I", 1)[:3]


def main():
    images = {"kernel": kernel(), "initrd": initrd(), "bomb": bomb(), "text": b"no image\n" * 99,
              "cut-initrd": initrd()[:-20], "cut-kernel": kernel()[:150],
              "huge-kernel": kernel(5000), "squashfs": b"hsqs" + bytes(4000), "empty": b""}
    for name, data in images.items():
        with open(os.path.join(sys.argv[1], name), "wb") as file:
            file.write(data)


if __name__ == "__main__":
    main()
