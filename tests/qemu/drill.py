#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`lifeboat drill` as its user sees it.

--matrix: both architectures, 1 and 4 CPUs, 256 MiB to 64 GiB. --linux: distribution kernels capture
what the reference kernel crashes, and one crashes itself; readelf and makedumpfile judge the dump.
Without either: a short choice of machines, every fault, and what happens when a drill hangs, is
interrupted, or finds nothing to run.
"""
import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

from protocol import FAULTS, STAGES, owed

# A drill of the reference kernel that panics boots again, to see changed images refused.
SECOND_BOOT = {"digest-mismatch-refused"}


class Tests:
    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, name, holds, detail=""):
        if holds:
            self.passed += 1
            print(f"ok   {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {name}: {detail}", flush=True)


def drill(lifeboat, *options, **environment):
    done = subprocess.run([lifeboat, "drill", *options], capture_output=True, text=True,
                          timeout=600, env={**os.environ, **environment})
    return done.returncode, done.stdout, done.stderr


def drill_json(lifeboat, *options):
    status, out, err = drill(lifeboat, "--json", *options)
    try:
        return status, json.loads(out)
    except ValueError:
        return status, {"problem": f"no JSON: {out[-300:]} {err[-300:]}", "proofs": []}


def breaches_of_schema(answer):
    """What docs/schema/drill.json has against an answer; "" for nothing."""
    contract = os.path.join(os.path.dirname(__file__), "..", "cli", "contract.py")
    held = subprocess.run(["/usr/bin/python3", "-W", "ignore", contract, "--validate", "drill"],
                          input=json.dumps(answer), capture_output=True, text=True)
    return held.stdout + held.stderr if held.returncode else ""


def missing_of(answer, fault="panic", **setting):
    """What keeps an answer from being a full success; "" for nothing."""
    proofs = {proof["id"]: proof["passed"] for proof in answer["proofs"]}
    wanted = owed(answer.get("arch", ""), fault=fault, **setting)
    wanted |= SECOND_BOOT if fault == "panic" and "policy" not in setting else set()
    lacking = sorted(wanted - {name for name, passed in proofs.items() if passed})
    wrong = sorted(name for name, passed in proofs.items() if not passed or name not in wanted)
    outcome = "corrupted" if setting.get("policy") == "NAIVE" else "captured"
    if answer.get("outcome") == outcome and not lacking and not wrong:
        return ""
    return f"{answer.get('problem')}; not shown: {lacking}; wrong: {wrong}"


def test_machine(tests, lifeboat, arch, memory, cpus, fault="panic"):
    name = f"{arch} {memory} {cpus} CPUs {fault}"
    status, answer = drill_json(lifeboat, "--arch", arch, "--memory", memory, "--cpus", str(cpus),
                                "--inject", fault, "--timeout", "120")
    missing = missing_of(answer, fault)
    tests.check(name, status == 0 and not missing, f"status {status}: {missing}")


def test_both(tests, lifeboat):
    """The default: both architectures, one object, in less than 30 s where nothing else runs."""
    started = time.monotonic()
    status, answer = drill_json(lifeboat)
    took = time.monotonic() - started
    drills = answer.get("drills", [])
    tests.check("both architectures", status == 0 and
                [one["arch"] for one in drills] == ["x86_64", "arm64"], answer)
    tests.check("both are as the schema says", not breaches_of_schema(answer),
                breaches_of_schema(answer))
    for one in drills:
        tests.check(f"{one['arch']} by default", not missing_of(one), missing_of(one))
        tests.check(f"{one['arch']} says how long it took",
                    0 < one["seconds"]["panic_to_capture"] < one["seconds"]["total"] <= took + 1,
                    one["seconds"])
    limit = 30 * max(1, os.getloadavg()[0] / (os.cpu_count() or 1))
    tests.check(f"both end in {limit:.0f} s", took < limit, f"{took:.1f} s")


def test_text(tests, lifeboat):
    status, out, _ = drill(lifeboat, "--arch", "arm64", "--memory", "256M")
    seen = [line.split()[-1] for line in out.splitlines() if line.startswith("arm64  ")]
    tests.check("the stages are shown", status == 0 and seen == STAGES, out)
    tests.check("every proof is shown", all(f"proved {name}\n" in out
                                              for name in owed("arm64") | SECOND_BOOT), out)
    tests.check("no colours in a pipe", "\033" not in out, out)


def test_limited_device(tests, lifeboat, arch, fault):
    status, answer = drill_json(lifeboat, "--arch", arch, "--limited-device", "--inject", fault)
    tests.check(f"{arch} a bounce pool outlives its kernel", status == 0 and
                not missing_of(answer, fault, device="LIMITED"), answer)
    status, answer = drill_json(lifeboat, "--arch", arch, "--policy", "naive")
    tests.check(f"{arch} what is used as RAM is corrupted", status == 0 and
                not missing_of(answer, device="LIMITED", policy="NAIVE"), answer)
    tests.check(f"{arch} a corruption is as the schema says", not breaches_of_schema(answer),
                breaches_of_schema(answer))
    status, answer = drill_json(lifeboat, "--arch", arch, "--policy", "stop-dma")
    tests.check(f"{arch} a crash may stop endpoints", status == 0 and
                not missing_of(answer, device="LIMITED", policy="STOP_DMA"), answer)


def test_refusal(tests, lifeboat, arch):
    status, answer = drill_json(lifeboat, "--arch", arch, "--inject", "flip-bit")
    proofs = {proof["id"]: proof["passed"] for proof in answer["proofs"]}
    tests.check(f"{arch} a changed image is refused", status == 1 and
                answer.get("outcome") == "lost" and answer.get("stage") == "purgatory" and
                proofs.get("digest-mismatch-refused") is True, answer)
    tests.check(f"{arch} a refusal is as the schema says", not breaches_of_schema(answer),
                breaches_of_schema(answer))


def test_hang(tests, lifeboat, hanging):
    started = time.monotonic()
    status, answer = drill_json(lifeboat, "--arch", "x86_64", "--images", hanging,
                                "--timeout", "2")
    took = time.monotonic() - started
    tests.check("a drill that hangs is stopped, with its stage", status == 1 and
                answer.get("stage") == "boot" and "stage boot" in answer.get("problem", "") and
                took < 30, answer)


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
            found = [int(word) for word in file.read().split()]
    except OSError:
        found = []
    for task in os.listdir(f"/proc/{pid}/task") if os.path.isdir(f"/proc/{pid}/task") else []:
        try:
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return sorted(set(found))


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(condition, seconds=20):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_no_survivor(tests, lifeboat, hanging, how):
    # What a shell starts in the background ignores SIGINT, and so would the drill.
    def heed():
        if how != signal.SIGKILL:
            signal.signal(how, signal.SIG_DFL)

    with subprocess.Popen([lifeboat, "drill", "--arch", "x86_64", "--images", hanging,
                           "--timeout", "100"], stdout=subprocess.DEVNULL,
                          preexec_fn=heed) as drilling:
        started = wait_until(lambda: children(drilling.pid))
        qemus = children(drilling.pid)
        time.sleep(0.5)
        drilling.send_signal(how)
        drilling.wait(timeout=20)
    gone = wait_until(lambda: not any(is_running(qemu) for qemu in qemus))
    tests.check(f"QEMU does not outlive a drill ended by {how.name}", started and gone, qemus)


def test_nothing_to_run(tests, lifeboat):
    with tempfile.TemporaryDirectory() as empty:
        status, _, err = drill(lifeboat, "--arch", "x86_64", "--images", empty)
        tests.check("a missing image is named", status == 3 and "x86_64/lifeboat-kernel" in err,
                    err)
        status, out, err = drill(lifeboat, "--json", "--capture", __file__)
        tests.check("a file that is no kernel is named, without JSON",
                    status == 3 and not out and __file__ in err, err)
        status, _, err = drill(lifeboat, "--arch", "arm64", PATH=empty)
        tests.check("a missing QEMU is named with its package", status == 3 and
                    "qemu-system-arm" in err, err)


def test_usage(tests, lifeboat):
    for options in (["--arch", "sparc"], ["--memory", "100K"], ["--memory", "1E"],
                    ["--cpus", "0"], ["--cpus", "9"], ["--inject", "rain"],
                    ["--timeout", "-1"], ["extra"], ["--crashkernel", "64M"],
                    ["--initrd", "/dev/null"], ["--kernel", "x", "--inject", "nmi"],
                    ["--accel", "xen"], ["--memory", "1T"],
                    ["--cpus", "1", "--inject", "second-cpu"],
                    ["--cpus", "1", "--inject", "stuck-cpu"],
                    ["--cpus", "1", "--inject", "lost-cpu"],
                    ["--kernel", "/dev/null", "--append", "x" * 1600]):
        status, out, err = drill(lifeboat, *options)
        tests.check(f"wrong usage: {' '.join(options)}", status == 2 and not out and err, err)


def test_kvm(tests, lifeboat):
    """Where there is no KVM, that is what is said; what it shows is told by hardware alone."""
    status, out, err = drill(lifeboat, "--arch", "arm64", "--accel", "kvm")
    tests.check("an architecture that KVM does not run", status == 4 and not out and
                "arm64" in err, err)
    if not os.path.exists("/dev/kvm"):
        status, out, err = drill(lifeboat, "--arch", "x86_64", "--accel", "kvm")
        tests.check("no KVM here", status == 4 and not out and "kvm" in err, err)


def run_matrix(tests, lifeboat):
    for arch in ("x86_64", "arm64"):
        for memory in ("256M", "1G", "5G", "64G"):
            for cpus in (1, 4):
                test_machine(tests, lifeboat, arch, memory, cpus)


def run_short(tests, lifeboat, hanging):
    test_both(tests, lifeboat)
    test_text(tests, lifeboat)
    test_machine(tests, lifeboat, "x86_64", "5G", 4)
    test_machine(tests, lifeboat, "arm64", "64G", 4)
    for arch in ("x86_64", "arm64"):
        for fault, facts in FAULTS.items():
            if fault != "panic" and facts["end"] == "CAPTURED":
                test_machine(tests, lifeboat, arch, "512M", 2, fault)
        test_refusal(tests, lifeboat, arch)
    test_limited_device(tests, lifeboat, "x86_64", "panic")
    test_limited_device(tests, lifeboat, "arm64", "nmi")
    test_hang(tests, lifeboat, hanging)
    for how in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        test_no_survivor(tests, lifeboat, hanging, how)
    test_nothing_to_run(tests, lifeboat)
    test_usage(tests, lifeboat)
    test_kvm(tests, lifeboat)


def output_of(*command):
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=600)
    return done.returncode, done.stdout + done.stderr


def judge_core(tests, name, path, notes):
    """readelf, which knows nothing of us, on a dump."""
    status, out = output_of("readelf", "-hlnW", path)
    tests.check(f"{name}: readelf reads the dump", status == 0 and "CORE (Core file)" in out and
                out.count("NT_PRSTATUS") == notes and "VMCOREINFO" in out and " LOAD " in out,
                out[:3000])


def test_linux_captures(tests, lifeboat, arch, kernel, cpus):
    name = f"{arch}: Linux captures, {cpus} CPUs"
    with tempfile.TemporaryDirectory() as folder:
        core = os.path.join(folder, "core")
        status, answer = drill_json(lifeboat, "--capture", kernel, "--cpus", str(cpus),
                                    "--timeout", "240", "--dump", core)
        proofs = {proof["id"]: proof["passed"] for proof in answer["proofs"]}
        wanted = owed(arch, captures="LINUX")
        tests.check(name, status == 0 and answer.get("arch") == arch and
                    answer.get("capture", "").startswith("linux ") and
                    all(proofs.get(proof) for proof in wanted), answer)
        if status == 0:
            judge_core(tests, name, core, cpus)


def test_linux_crashes(tests, lifeboat, kernel):
    """x86-64 only: the arm64 kernel of Debian 12 has no kexec_file_load."""
    with tempfile.TemporaryDirectory() as folder:
        core = os.path.join(folder, "core")
        log = os.path.join(folder, "log")
        status, answer = drill_json(lifeboat, "--kernel", kernel, "--timeout", "240",
                                    "--dump", core)
        tests.check("a Linux crashes, and captures itself", status == 0 and
                    answer.get("outcome") == "captured" and
                    answer["production"].startswith("linux "), answer)
        if status == 0:
            judge_core(tests, "Linux", core, 2)
            output_of("makedumpfile", "--dump-dmesg", core, log)
            with open(log, encoding="utf-8", errors="replace") as file:
                tests.check("makedumpfile finds the crashed kernel's log",
                            "sysrq: Trigger a crash" in file.read())
    status, answer = drill_json(lifeboat, "--kernel", kernel, "--capture", "reference",
                                "--timeout", "240")
    proofs = {proof["id"]: proof["passed"] for proof in answer["proofs"]}
    tests.check("the reference kernel captures what a Linux crashed", status == 0 and
                answer.get("capture") == "reference" and proofs.get("vmcore-readable"), answer)
    status, answer = drill_json(lifeboat, "--kernel", kernel, "--crashkernel", "64M",
                                "--timeout", "240")
    tests.check("too little crash memory loses the dump, and the reason is told", status == 1 and
                "Kernel panic" in answer.get("problem", ""), answer)
    status, answer = drill_json(lifeboat, "--kernel", kernel, "--crashkernel", "20M",
                                "--timeout", "240")
    tests.check("crash memory without room for the capture kernel is told", status == 1 and
                "too small for the capture kernel" in answer.get("problem", ""), answer)
    status, answer = drill_json(lifeboat, "--kernel", kernel, "--crashkernel", "16G",
                                "--timeout", "240")
    tests.check("no crash memory is told", status == 1 and answer.get("stage") == "load" and
                "no crash kernel memory" in answer.get("problem", ""), answer)


def run_linux(tests, lifeboat, kernels):
    for cpus in (1, 4):
        for arch in ("x86_64", "arm64"):
            test_linux_captures(tests, lifeboat, arch, os.path.join(kernels, arch, "vmlinuz"),
                                cpus)
    test_linux_crashes(tests, lifeboat, os.path.join(kernels, "x86_64", "vmlinuz"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifeboat", required=True)
    parser.add_argument("--hanging", help="images of a kernel that hangs")
    parser.add_argument("--matrix", action="store_true")
    parser.add_argument("--linux", help="folder with <arch>/vmlinuz")
    options = parser.parse_args()
    tests = Tests()
    if options.matrix:
        run_matrix(tests, options.lifeboat)
    elif options.linux:
        run_linux(tests, options.lifeboat, options.linux)
    else:
        run_short(tests, options.lifeboat, options.hanging)
    print(f"{tests.passed} passed, {tests.failed} failed, 0 skipped")
    return tests.failed != 0


if __name__ == "__main__":
    sys.exit(main())
