#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Golden tests of the command line, and the contract of its JSON.

A case is a folder with `cmd` (a line of shell; $LIFEBOAT is the program, $ORACLE the recorded
machines, $WORK an empty folder) and what it must give: `expect.out`, `expect.err`, `expect.rc`.
--update rewrites them from what the program says now. After the cases, the JSON of every recorded
machine is read by an independent parser and held against docs/json.md.
"""
import argparse
import concurrent.futures
import difflib
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ORACLE = os.path.join(os.path.dirname(HERE), "oracle")
HEX = re.compile(r"0x(0|[1-9a-f][0-9a-f]*)\Z")


def run_case(folder, lifeboat):
    with open(os.path.join(folder, "cmd"), encoding="utf-8") as command:
        text = command.read()
    environment = {"PATH": os.environ["PATH"], "LIFEBOAT": lifeboat, "ORACLE": ORACLE,
                   "LC_ALL": "C.UTF-8", "TERM": "dumb"}
    with tempfile.TemporaryDirectory(prefix="lifeboat-cli-") as work:
        environment["WORK"] = work
        done = subprocess.run(["bash", "-c", text], env=environment, capture_output=True,
                              timeout=60, stdin=subprocess.DEVNULL)
        hidden = [(work, "$WORK"), (ORACLE, "$ORACLE"), (lifeboat, "$LIFEBOAT")]
        out, err = done.stdout.decode(), done.stderr.decode()
        for value, name in hidden:
            out, err = out.replace(value, name), err.replace(value, name)
    return {"out": out, "err": err, "rc": f"{done.returncode}\n"}


def compare(folder, got, update):
    good = True
    for part, text in got.items():
        path = os.path.join(folder, "expect." + part)
        want = ""
        if os.path.exists(path):
            with open(path, encoding="utf-8") as expected:
                want = expected.read()
        if want == text:
            continue
        if update:
            with open(path, "w", encoding="utf-8") as expected:
                expected.write(text)
            continue
        good = False
        name = os.path.relpath(path, HERE)
        sys.stdout.writelines(difflib.unified_diff(
            want.splitlines(True), text.splitlines(True), name, "now"))
    return good


class Contract:
    """What docs/json.md promises of a plan."""

    def __init__(self, name, plan):
        self.name = name
        self.plan = plan
        self.problems = []

    def need(self, holds, what):
        if not holds:
            self.problems.append(f"{self.name}: {what}")

    def check_range(self, where, given):
        for end in ("start", "end"):
            self.need(isinstance(given[end], str) and HEX.match(given[end]),
                      f"{where}: {end} is {given[end]!r}, not an address")
        start, last = int(given["start"], 16), int(given["end"], 16)
        self.need(last - start + 1 == given["size"], f"{where}: size does not fit the ends")

    def check_reservation(self, where, given):
        self.need(given["outcome"] in ("reserved", "failed", "rejected", "not_requested",
                                       "hangs"), f"{where}: outcome {given['outcome']!r}")
        for item in given["reservations"]:
            self.need(item["kind"] in ("crash", "crash_low", "crash_cma"), f"{where}: kind")
            self.check_range(where, item)
        self.need((given["outcome"] == "reserved") == bool(given["reservations"]),
                  f"{where}: outcome {given['outcome']} and its reservations disagree")
        self.need(all(isinstance(line, str) for line in given["kernel_log"]), f"{where}: log")

    def check_outcomes(self):
        plan, outcomes = self.plan, self.plan["outcomes"]
        self.need(outcomes, "no outcome")
        for key in ("outcome", "reservations", "kernel_log"):
            self.need(outcomes[0][key] == plan[key], f"the verdict's {key} is not the first's")
        for outcome in outcomes:
            self.check_reservation("outcomes", outcome)
        shares = [outcome["probability"] for outcome in outcomes]
        known = [share for share in shares if share is not None]
        self.need(all(0 <= share <= 1 for share in known), "a probability beyond 0..1")
        self.need(sorted(known, reverse=True) == known, "outcomes are not in order")
        if len(known) == len(shares):
            self.need(abs(sum(known) - 1) < 1e-6, f"probabilities sum to {sum(known)}")
        if plan["certainty"] == "exact":
            self.need(shares == [1], "exact, but not one outcome of probability 1")
        elif plan["certainty"] != "likely":
            self.need(plan["why_uncertain"], "uncertain without saying why")

    def check(self):
        plan = self.plan
        self.need(plan["schema"] == "lifeboat.plan/1", "schema")
        self.need(plan["machine"]["arch"] in ("x86_64", "arm64", "riscv64"), "arch")
        self.need(isinstance(plan["machine"]["memory_bytes"], int), "memory_bytes")
        self.need(plan["certainty"] in ("exact", "likely", "within_alignment", "unknown"),
                  f"certainty {plan['certainty']!r}")
        self.check_reservation("verdict", plan)
        self.check_outcomes()
        for finding in plan["findings"]:
            self.need(re.match(r"[a-z0-9-]+\Z", finding["id"]), f"id {finding['id']!r}")
            self.need(finding["level"] in ("error", "warning", "info"), "level")
            self.need(finding["text"], f"{finding['id']} without text")
        for event in plan["journal"]:
            for part in ("range", "window"):
                if event[part]:
                    self.check_range("journal", event[part])
        bad = plan["outcome"] != "reserved" or any(
            finding["level"] == "error" for finding in plan["findings"])
        return self.problems, 1 if bad else 0


def check_contract(lifeboat, root, arguments):
    name = os.path.basename(root) + " " + " ".join(arguments)
    done = subprocess.run([lifeboat, "plan", root, "--json", *arguments], capture_output=True,
                          timeout=60)
    try:
        plan = json.loads(done.stdout)
        problems, status = Contract(name, plan).check()
    except (ValueError, KeyError, TypeError) as problem:
        return [f"{name}: {type(problem).__name__} {problem}; {done.stderr.decode().strip()}"]
    if done.returncode != status:
        problems.append(f"{name}: exit status {done.returncode}, should be {status}")
    return problems


QUESTIONS = ([], ["--crashkernel", "256M"], ["--crashkernel", "1G,high"],
             ["--crashkernel", "512M", "--kernel", "6.19.14"], ["--crashkernel", "64T"],
             ["--crashkernel", "auto"])


def check_contracts(lifeboat, pool):
    folder = os.path.join(ORACLE, "machines")
    asked = [(os.path.join(folder, name), arguments) for name in sorted(os.listdir(folder))
             for arguments in QUESTIONS]
    waiting = [pool.submit(check_contract, lifeboat, *question) for question in asked]
    return [future.result() for future in waiting]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lifeboat", default="build/host/lifeboat")
    parser.add_argument("--update", action="store_true")
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    lifeboat = os.path.abspath(options.lifeboat)
    passed = failed = 0
    folders = sorted(name for name in os.listdir(HERE)
                     if os.path.exists(os.path.join(HERE, name, "cmd")))
    for name in folders:
        if options.filter in name:
            folder = os.path.join(HERE, name)
            good = compare(folder, run_case(folder, lifeboat), options.update)
            print(f"{'ok' if good else 'FAIL'} {name}")
            passed += good
            failed += not good
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for problems in check_contracts(lifeboat, pool):
            for problem in problems:
                print("FAIL contract " + problem)
            passed += not problems
            failed += bool(problems)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
