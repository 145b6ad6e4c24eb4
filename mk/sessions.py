#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Puts what lifeboat says today into README.md, or with --check says whether it is still true.

A session is a block of README.md between ``` lines that begins with `$ lifeboat ...`; its command
is run in tests/oracle/machines, so that snapshots have short names.
"""
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = os.path.join(TOP, "build/host/lifeboat")


def run(command):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
    done = subprocess.run(["bash", "-c", command.replace("lifeboat", PROGRAM, 1)],
                          cwd=os.path.join(TOP, "tests/oracle/machines"), env=environment,
                          capture_output=True, text=True)
    return (done.stdout + done.stderr).rstrip("\n").split("\n")


def renew(lines):
    result, inside, command = [], False, None
    for line in lines:
        if line.startswith("```"):
            if command:
                result += run(command)
            inside, command = not inside, None
        elif inside and line.startswith("$ lifeboat "):
            if command:
                result += run(command) + [""]
            command = line[2:]
            result.append(line)
            continue
        if not command:
            result.append(line)
    return result


def main():
    path = os.path.join(TOP, "README.md")
    with open(path, encoding="utf-8") as readme:
        old = readme.read()
    new = "\n".join(renew(old.split("\n")))
    if sys.argv[1:] == ["--check"]:
        print(f"{int(old == new)} passed, {int(old != new)} failed, 0 skipped")
        if old != new:
            print("README.md no longer shows what lifeboat says: make readme-update")
        return int(old != new)
    with open(path, "w", encoding="utf-8") as readme:
        readme.write(new)
    return 0


if __name__ == "__main__":
    sys.exit(main())
