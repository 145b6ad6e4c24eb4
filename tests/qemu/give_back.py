#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Debian's kernels give crash memory back as `lifeboat size --release` says: one boot shows what is
reserved, another writes what lifeboat would write, and what it shows then must be what was said."""

import json
import os
import subprocess
import tempfile

import linux_guest


def boot(arch, folder, append):
    with linux_guest.Guest(arch, folder, append=append, memory="6G", timeout=240) as guest:
        guest.wait()
        refused = [line for line in guest.lines if line.startswith("error: ")]
        return guest, refused


def release(program, root):
    done = subprocess.run([program, "size", root, "--release", "--json", "--append", "nr_cpus=1"],
                          capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stderr.strip())
    return json.loads(done.stdout)["release"]


def ranges(regions):
    return sorted((int(piece["start"], 16), int(piece["end"], 16)) for piece in regions)


def problems_of(arch, append, program):
    with tempfile.TemporaryDirectory(prefix="lifeboat-give-") as folder:
        before, _ = boot(arch, folder, append)
        said = release(program, before.write_root(os.path.join(folder, "before")))
        if ranges(said["reservations"]) != sorted(before.iomem("Crash kernel")):
            yield "what is reserved now is not what /proc/iomem shows", said
        if said["size"] != int(before.files["sys/kernel/kexec_crash_size"]):
            yield "the size now is not what the kernel says", said
        if not said["bytes"]:
            yield f"nothing to give back: {said['why_not']}", said
            return
        after, refused = boot(arch, folder, f"{append} lifeboat.shrink={said['write']}")
        for line in refused:
            yield line, said
        if int(after.files["sys/kernel/kexec_crash_size"]) != said["write"]:
            yield f"kexec_crash_size is {after.files['sys/kernel/kexec_crash_size']}", said
        if sorted(after.iomem("Crash kernel")) != ranges(said["left"]):
            yield f"/proc/iomem has {after.iomem('Crash kernel')}", said
        again = release(program, after.write_root(os.path.join(folder, "after")))
        if again["bytes"] or ranges(again["reservations"]) != ranges(said["left"]):
            yield "asked again, there is more to give back", said
        yield None, said


# Recorded without KASLR, so that both boots reserve the same. With high memory there is a low
# region besides, which kernels from 6.5 on count.
CASES = (("x86_64", "nokaslr crashkernel=1G,high"),
         ("arm64", "nokaslr crashkernel=1G,high crashkernel=128M,low"))


def judge(case, program):
    results = list(problems_of(*case, program))
    said = results[-1][1]
    return ", ".join(case), f"{said['size'] >> 20} MiB, {said['write'] >> 20} MiB left", [
        problem for problem, _ in results if problem]


if __name__ == "__main__":
    raise SystemExit(linux_guest.report(__doc__, CASES, judge))
