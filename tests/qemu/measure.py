#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`lifeboat size --measure` as its user sees it: a figure that was seen from both sides, trials
that are kept also when it is interrupted, and one clear reason where nothing can be measured."""
import argparse
import gzip
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

STEP = 4 << 20


class Tests:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, holds, detail=""):
        self.passed += bool(holds)
        self.failed += not holds
        print(f"ok   {name}" if holds else f"FAIL {name}: {detail}", flush=True)


def entry(name, mode, contents):
    fields = [1, mode, 0, 0, 1, 0, len(contents), 0, 0, 0, 0, len(name) + 1, 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name.encode() + b"\0"
    return b"".join(part + b"\0" * (-len(part) % 4) for part in (head, contents))


def make_initrd(folder):
    path = folder / "initrd"
    path.write_bytes(gzip.compress(entry("bin", 0o40755, b"") +
                                   entry("bin/program", 0o100755, bytes(range(256)) * 4096) +
                                   entry("etc", 0o40755, b"") + entry("etc/x", 0o100644, b"x") +
                                   entry("TRAILER!!!", 0, b""), mtime=0))
    return path


def make_machine(folder):
    (folder / "proc").mkdir()
    (folder / "proc" / "meminfo").write_text("MemTotal:       16777216 kB\n")
    return folder


class Measuring:
    def __init__(self, lifeboat, folder):
        self.initrd = make_initrd(folder)
        self.machine = make_machine(folder)
        self.lifeboat = lifeboat
        self.cache = folder / "cache"

    def words(self, kernel, *options):
        return [self.lifeboat, "size", "--measure", "--json", "--kernel", kernel, "--initrd",
                str(self.initrd), "--append", "nr_cpus=1 reset_devices", *options,
                str(self.machine)]

    def environment(self, **more):
        return {**os.environ, "XDG_CACHE_HOME": str(self.cache), **more}

    def run(self, kernel, *options, **environment):
        done = subprocess.run(self.words(kernel, *options), capture_output=True, text=True,
                              timeout=900, env=self.environment(**environment), check=False)
        return done.returncode, done.stdout, done.stderr

    def interrupt_after_one(self, kernel):
        """The line of the first trial. Who starts tests in the background has SIGINT ignored."""
        with subprocess.Popen(self.words(kernel), stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, env=self.environment(),
                              preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)
                              ) as process:
            line = process.stderr.readline()
            process.send_signal(signal.SIGINT)
        return line


def breaches_of_schema(answer):
    contract = pathlib.Path(__file__).parents[1] / "cli" / "contract.py"
    held = subprocess.run(["/usr/bin/python3", "-W", "ignore", str(contract), "--validate", "size"],
                          input=json.dumps(answer), capture_output=True, text=True, check=False)
    return held.stdout + held.stderr if held.returncode else ""


def ends_of(measured, size):
    return [trial["outcome"] == "completed" for trial in measured["trials"]
            if trial["size"] == size]


def check_measured(tests, name, status, out, err):
    if status:
        tests.check(f"{name}: is measured", False, f"status {status}: {err[-500:]}")
        return None
    answer = json.loads(out)
    measured, total = answer["measured"], answer["total"]
    smallest = measured["smallest"]
    tests.check(f"{name}: the smallest completed twice, one step less did not",
                ends_of(measured, smallest).count(True) >= 2 and
                False in ends_of(measured, smallest - STEP), measured)
    tests.check(f"{name}: the model's range holds it, and is not above 1.6 times it",
                total["at_least"] <= smallest <= total["at_most"] <= 1.6 * smallest, total)
    tests.check(f"{name}: what is asked for is more, and at most 1.3 times it",
                smallest < measured["needed"] <= 1.3 * smallest, measured["needed"])
    proved = measured["proved"]
    tests.check(f"{name}: what is asked for completed",
                measured["needed"] <= proved and True in ends_of(measured, proved), measured)
    tests.check(f"{name}: seen from inside and outside", all(
        0 < trial["free"] < trial["total"] < trial["size"] and trial["dump"] > 2 * trial["size"]
        and 0 < trial["touched"] <= trial["size"]
        for trial in measured["trials"] if trial["outcome"] == "completed"), measured)
    breaches = breaches_of_schema(answer)
    tests.check(f"{name}: as docs/schema/size.json has it", not breaches, breaches)
    return measured


def test_measures(tests, measuring, arch, kernel):
    first = measuring.interrupt_after_one(kernel)
    status, out, err = measuring.run(kernel)
    measured = check_measured(tests, arch, status, out, err)
    tests.check(f"{arch}: an interrupted measurement goes on where it was", measured and first and
                [trial["kept"] for trial in measured["trials"]].count(True) == 1 and
                measured["trials"][0]["kept"], f"{first} {measured}")
    status, out, err = measuring.run(kernel)
    again = json.loads(out)["measured"] if not status else {"trials": []}
    tests.check(f"{arch}: measured again, nothing is booted, and the answer is the same",
                measured and all(trial["kept"] for trial in again["trials"]) and
                again.get("smallest") == measured["smallest"], err)


def test_apart(tests, measuring, machine, kernel):
    """Little memory below 4 GiB, and a driver that is known to need much: high and low memory."""
    measuring.machine = machine
    with open(measuring.initrd, "ab") as initrd:
        # Linux finds an archive that is not packed at a multiple of 4 only.
        initrd.write(b"\0" * (-initrd.tell() % 4) + entry("mlx5_core.ko", 0o100644, b"x") +
                     entry("TRAILER!!!", 0, b""))
    status, out, err = measuring.run(kernel)
    if status:
        tests.check("apart: is measured", False, f"status {status}: {err[-500:]}")
        return
    answer = json.loads(out)
    apart, wanted = answer["measured"]["apart"], answer["recommended"]["crashkernel"]
    tests.check("apart: high and low are asked for, and were measured", apart and
                [value.partition(",")[2] for value in wanted] == ["high", "low"], wanted)
    ends = {}
    for trial in apart["trials"]:
        pair = (trial["size"] - trial["low"], trial["low"])
        ends.setdefault(pair, []).append(trial["outcome"])
    cut = {low for (_, low), seen in ends.items() if "completed" not in seen}
    tests.check("apart: 4 MiB less of low memory has no room for the pool",
                apart["low"] - STEP in cut, ends)
    tests.check("apart: 4 MiB less of high memory does not complete",
                ends[apart["high"], apart["low"]].count("completed") >= 2 and
                "completed" not in ends[apart["high"] - STEP, apart["low"]], ends)
    asked = [int(value.partition("M")[0]) << 20 for value in wanted]
    tests.check("apart: what is asked for completed", sum(asked) == answer["measured"]["proved"] and
                ends.get(tuple(asked)) == ["completed"], f"{wanted} {ends}")
    breaches = breaches_of_schema(answer)
    tests.check("apart: as docs/schema/size.json has it", not breaches, breaches)


def test_refusals(tests, measuring, kernel):
    status, out, err = measuring.run(kernel, "--timeout", "1")
    tests.check("what never ends is no figure, but a reason", status == 3 and not out and
                "could not be measured" in err and "hung" in err, f"{status} {out} {err}")
    status, out, err = measuring.run(kernel, PATH="/nowhere")
    tests.check("without QEMU its package is named", status == 3 and not out and
                "apt install qemu-system-x86" in err, f"{status} {err}")
    done = subprocess.run([measuring.lifeboat, "size", "--measure", str(measuring.machine)],
                          capture_output=True, text=True, check=False)
    tests.check("without kernel and initrd there is nothing to measure",
                done.returncode == 2 and "--kernel" in done.stderr, done.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifeboat", required=True)
    parser.add_argument("--linux", required=True, help="folder with <arch>/vmlinuz")
    parser.add_argument("--apart", metavar="SNAPSHOT", help="of a machine with little low memory: "
                        "measures high and low memory, and nothing else")
    options = parser.parse_args()
    tests = Tests()
    with tempfile.TemporaryDirectory() as folder:
        measuring = Measuring(options.lifeboat, pathlib.Path(folder))
        kernels = {arch: os.path.join(options.linux, arch, "vmlinuz")
                   for arch in ("x86_64", "arm64")}
        if options.apart:
            test_apart(tests, measuring, options.apart, kernels["x86_64"])
            kernels = {}
        else:
            test_refusals(tests, measuring, kernels["x86_64"])
        for arch, kernel in kernels.items():
            test_measures(tests, measuring, arch, kernel)
    print(f"{tests.passed} passed, {tests.failed} failed, 0 skipped")
    return tests.failed != 0


if __name__ == "__main__":
    sys.exit(main())
