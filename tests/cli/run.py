#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Golden tests of the command line.

A case is a folder with `cmd` (a line of shell; $LIFEBOAT is the program, $ORACLE the recorded
machines, $WORK an empty folder) and what it must give: `expect.out`, `expect.err`, `expect.rc`.
--update rewrites them from what the program says now.
"""
import argparse
import difflib
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ORACLE = os.path.join(os.path.dirname(HERE), "oracle")


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
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
