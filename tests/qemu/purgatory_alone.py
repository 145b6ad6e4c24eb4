#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""purgatory_alone.py: purgatory of arm64 at EL1 and EL2, with the MMU on and off, without a kernel
around it (purgatory_alone.S). The reference kernel runs at EL1 wherever it starts, so no drill
enters purgatory at EL2.

entered     the digest is verified with vector registers, which were off; what is entered finds the
            registers of the boot protocol, at the same level, MMU and caches off.
mismatch    a changed image is refused, and the machine reset.
fault       a segment that cannot be read: purgatory says where, and resets.
no console  a fault that cannot be said ends in a reset all the same.

With words as arguments, only tests that have all of them in their names."""
import hashlib
import os
import struct
import sys
import tempfile

import machine

IMAGE = os.path.join(machine.BUILD, "arm64/purgatory-alone.bin")
BASE = 0x40080000  # where QEMU puts a kernel that has no header
NOWHERE = 0x0f000000  # no device, no memory
PL011 = 0x09000000
MAGIC, ARM64, SHA2, KIND_PL011 = 0x5942464c, 3, 2, 3
RESET = {1: 2, 2: 3}  # by HVC, by SMC
STACK_BYTES = 8192
SEGMENTS_MAX = 16


def structure(at, entry, argument, console, reset, segments, digest):
    """struct lb_purgatory (purgatory/purgatory.h)."""
    packed = struct.pack("<IIQQQIIQII32s", MAGIC, len(segments), at, entry, argument, ARM64, SHA2,
                         console, KIND_PL011, reset, digest)
    for start, size in segments + [(0, 0)] * (SEGMENTS_MAX - len(segments)):
        packed += struct.pack("<QQ", start, size)
    return packed


def make_image(level, mmu, console=PL011, unreadable=False):
    """The image, sealed, and the offset of a byte that the digest covers."""
    with open(IMAGE, "rb") as file:
        image = bytearray(file.read())
    code, at, payload, payload_end, tables = struct.unpack_from("<5Q", image, 8)
    struct.pack_into("<Q", image, 48, mmu)
    segments = [(code, at - STACK_BYTES - code), (payload, payload_end - payload), (tables, 4096)]
    digest = hashlib.sha256()
    for start, size in segments:
        digest.update(image[start - BASE:start - BASE + size])
    if unreadable:
        segments.append((NOWHERE, 4096))
    words = (at, payload, tables, console, RESET[level], segments)
    digest.update(structure(*words, bytes(32)))
    image[at - BASE:] = structure(*words, digest.digest())
    return image, payload_end - BASE - 1


def run(image, level):
    """(lines, exit status)"""
    with tempfile.TemporaryDirectory(prefix="lifeboat-alone-") as folder:
        path = os.path.join(folder, "image")
        with open(path, "wb") as file:
            file.write(image)
        virtualization = "on" if level == 2 else "off"
        # The last -kernel counts, and it needs no initrd.
        with machine.Machine("arm64", timeout=60, memory="128M", cmdline="",
                             machine=f"virt,gic-version=3,virtualization={virtualization}",
                             extra=["-kernel", path]) as guest:
            status = guest.finish()
            return guest.lines, status


def expect(image, level, words, entered):
    lines, status = run(image, level)
    said = "\n".join(lines)
    if words not in said:
        return f"not said: {words!r}, but {said!r}"
    if entered != any(line == f"capture: entered at EL{level}" for line in lines):
        return f"after {said!r}"
    return f"exit status {status}" if status else None


def entered(level, mmu):
    return expect(make_image(level, mmu)[0], level,
                  "purgatory: digest verified, 3 segments, ", True)


def mismatch(level, mmu):
    image, covered = make_image(level, mmu)
    image[covered] ^= 1
    return expect(image, level, "purgatory: digest MISMATCH, not starting", False)


def fault(level, mmu):
    return expect(make_image(level, mmu, unreadable=True)[0], level,
                  f", address 0x{NOWHERE:016x}, not starting the capture kernel", False)


def no_console(level, mmu):
    return expect(make_image(level, mmu, console=NOWHERE)[0], level, "", False)


def main():
    tests = [(f"{what.__name__.replace('_', ' ')} EL{level}{' MMU' if mmu else ''}", what, level,
              mmu) for what in (entered, mismatch, fault, no_console) for level in (1, 2)
             for mmu in (0, 1)]
    tests = [test for test in tests if all(word in test[0].split() for word in sys.argv[1:])]
    failed = 0
    print(f"plan: {len(tests)} tests", flush=True)
    for name, what, level, mmu in tests:
        try:
            problem = what(level, mmu)
        except (OSError, TimeoutError) as error:
            problem = f"{type(error).__name__}: {error}"
        print(f"{'FAIL' if problem else 'ok'} {name}{': ' + problem if problem else ''}",
              flush=True)
        failed += bool(problem)
    print(f"{len(tests) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
