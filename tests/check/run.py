#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Machines that were broken on purpose: `lifeboat check` finds what was broken, and nothing else.

setups.json has healthy machines, each a recorded boot with the files of a kdump service put into
it, and setups: one healthy machine with a few files changed or taken away, and the findings that
must come of it, by level. Levels that are not named must have no more findings than the healthy
machine. Guests are such machines booted for real in QEMU (docs/recording.md). On recorded boots as
they are no check may find an error that its plan does not know."""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys
import tarfile
import tempfile

from expected import differences, ids_of, report

HERE = os.path.dirname(os.path.abspath(__file__))
ORACLE = os.path.join(os.path.dirname(HERE), "oracle")
# Recorded boots whose capture kernel could not have lived: 64 MiB, which kexec refuses.
TOO_SMALL = {"x86_64-3188.tar.gz"}


def ask(lifeboat, command, root):
    done = subprocess.run([lifeboat, command, "--json", root], capture_output=True, timeout=60)
    if done.returncode not in (0, 1):
        return done.returncode, None, done.stderr.decode(errors="replace").strip()
    return done.returncode, json.loads(done.stdout), ""


def change(root, steps):
    for path in steps.get("remove", ()):
        os.remove(os.path.join(root, path))
    for path, text in steps.get("put", {}).items():
        whole = os.path.join(root, path)
        os.makedirs(os.path.dirname(whole), exist_ok=True)
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text)
    for path, (old, new) in steps.get("replace", {}).items():
        whole = os.path.join(root, path)
        with open(whole, encoding="utf-8") as file:
            text = file.read()
        if old not in text:
            raise ValueError(f"{path}: there is no {old!r}")
        with open(whole, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))
    for path, part in steps.get("drop", {}).items():
        whole = os.path.join(root, path)
        with open(whole, encoding="utf-8") as file:
            lines = file.readlines()
        kept = [line for line in lines if part not in line]
        if len(kept) == len(lines):
            raise ValueError(f"{path}: no line has {part!r}")
        with open(whole, "w", encoding="utf-8") as file:
            file.writelines(kept)


def build(root, base, steps):
    with tarfile.open(os.path.join(ORACLE, base["boot"])) as boot:
        boot.extractall(root, filter="data") if hasattr(tarfile, "data_filter") else \
            boot.extractall(root)
    change(root, base)
    change(root, steps)


def breaches(lifeboat, setup, base):
    with tempfile.TemporaryDirectory(prefix="lifeboat-check-") as root:
        build(root, base, setup)
        status, answer, error = ask(lifeboat, "check", root)
    if answer is None:
        return [f"status {status}: {error}"]
    found = list(differences(answer, base["finds"], setup.get("finds", {})))
    unread = sorted(item["id"] for item in answer["not_checked"])
    if unread != sorted(base.get("not_checked", []) + setup.get("not_checked", [])):
        found.append(f"not checked: {unread}")
    if status != bool(ids_of(answer, "error")):
        found.append(f"exit status {status}")
    return found


def guest_breaches(lifeboat, guest):
    """A guest in QEMU that was booted broken: what it shows is a recording."""
    root = os.path.join(HERE, "guests", guest["name"] + ".tar.gz")
    status, answer, error = ask(lifeboat, "check", root)
    if answer is None:
        return [f"status {status}: {error}"]
    return list(differences(answer, guest["finds"], {}))


def false_alarms(lifeboat, root):
    """A recorded boot: the only errors are those of its plan."""
    _, plan, _ = ask(lifeboat, "plan", root)
    status, answer, error = ask(lifeboat, "check", root)
    if answer is None:
        return [f"status {status}: {error}"]
    known = set(ids_of(plan, "error")) if plan else set()
    more = set(ids_of(answer, "error")) - known
    if os.path.basename(root) in TOO_SMALL:
        more -= {"not-enough"}
    if plan and plan["outcome"] != "reserved":
        more -= {"nothing-reserved"}
    return [f"found besides what the plan knows: {sorted(more)}"] if more else []


def recorded():
    for folder in ("machines", "after"):
        for name in sorted(os.listdir(os.path.join(ORACLE, folder))):
            yield os.path.join(ORACLE, folder, name)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--lifeboat", default="build/host/lifeboat")
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    lifeboat = os.path.abspath(options.lifeboat)
    with open(os.path.join(HERE, "setups.json"), encoding="utf-8") as file:
        data = json.load(file)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        waiting = [(setup["name"], pool.submit(
            breaches, lifeboat, setup, data["healthy"][setup["on"]])) for setup in data["setups"]]
        waiting += [(f"healthy {name}", pool.submit(breaches, lifeboat, {}, base))
                    for name, base in data["healthy"].items()]
        waiting += [(guest["name"], pool.submit(guest_breaches, lifeboat, guest))
                    for guest in data["guests"]]
        waiting += [(root, pool.submit(false_alarms, lifeboat, root)) for root in recorded()]
        return report((name, future.result()) for name, future in waiting
                      if options.filter in name)


if __name__ == "__main__":
    sys.exit(main())
