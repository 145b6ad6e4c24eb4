#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks lifeboat on purpose, one small change at a time, and sees whether the proof that is named
for it turns red (docs/mutants.md). The changes are data: tests/mutants/*.mutants.

A mutant that nothing notices, that something else than the named proof notices, that no longer
applies or does not build is a failure. Verdicts are kept by the digest of what was built, so a
second run repeats only what a change of the sources may have changed."""
import argparse
import glob
import hashlib
import json
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BUILD = os.path.join(ROOT, "build", "mutants")
RUN_SECONDS = 180
BUILT = ["build/host/lifeboat", "build/host/unit-tests", "build/host/host-tests",
         "build/x86_64/lifeboat-kernel.elf", "build/x86_64/lifeboat-kernel.bzimage",
         "build/arm64/lifeboat-kernel.img", "build/arm64/purgatory-alone.bin",
         "build/x86_64/lifeboat-init",
         "build/arm64/lifeboat-init"]
# What only some runs need.
BUILT_FOR = {"races": ["build/races/race-tests"]}


def built_for(runs):
    return BUILT + [name for run in runs for name in BUILT_FOR.get(run.split()[0], [])]


class Mutant:
    def __init__(self, where, name):
        self.where = where
        self.name = name
        self.why = ""
        self.runs = []
        self.proof = ""
        self.changes = []  # (file, [line], [line])

    def text(self):
        return json.dumps([self.runs, self.proof, self.changes])


def fail(where, what):
    sys.exit(f"{where}: {what}")


def read_mutants(path):
    """The mutants of one file; see docs/mutants.md for the form."""
    mutants = []
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            where = f"{os.path.relpath(path, ROOT)}:{number}"
            line = line.rstrip("\n")
            found = re.match(r"(mutant|why|run|proof|file): (.+)$", line)
            if not line or line.startswith("#"):
                continue
            if not found and (not mutants or not mutants[-1].changes or line[0] not in " -+"):
                fail(where, "expected `mutant:`, `why:`, `run:`, `proof:`, `file:`, or a line "
                            "of a change that begins with a blank, '-' or '+'")
            if found and found.group(1) == "mutant":
                mutants.append(Mutant(where, found.group(2)))
                continue
            if not mutants:
                fail(where, "expected `mutant: NAME` first")
            mutant = mutants[-1]
            if not found:
                _, old, new = mutant.changes[-1]
                if line[0] in " -":
                    old.append(line[1:])
                if line[0] in " +":
                    new.append(line[1:])
            elif found.group(1) == "file":
                mutant.changes.append((found.group(2), [], []))
            elif found.group(1) == "run":
                mutant.runs.append(found.group(2))
            elif found.group(1) == "why":
                mutant.why = found.group(2)
            else:
                mutant.proof = found.group(2)
    for mutant in mutants:
        if not (mutant.why and mutant.runs and mutant.proof and mutant.changes):
            fail(mutant.where, f"{mutant.name} lacks why, run, proof or a change")
    return mutants


def read_all():
    mutants = [one for path in sorted(glob.glob(os.path.join(HERE, "*.mutants")))
               for one in read_mutants(path)]
    names = [one.name for one in mutants]
    for name in names:
        if names.count(name) > 1:
            fail(HERE, f"two mutants are called {name}")
    return mutants


def change(text, old, new):
    """text with the lines `old`, which stand in it once, replaced; None: they do not."""
    lines = text.split("\n")
    places = [at for at in range(len(lines) - len(old) + 1) if lines[at:at + len(old)] == old]
    if len(places) != 1 or old == new:
        return None
    at = places[0]
    return "\n".join(lines[:at] + new + lines[at + len(old):])


def write(path, text):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".new", path)


def digest_of(paths):
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            digest.update(file.read())
    return digest.hexdigest()


class Tree:
    """A copy of the sources with a build of its own, in which one mutant at a time lives."""

    def __init__(self, number):
        self.path = os.path.join(BUILD, f"tree-{number}")
        os.makedirs(self.path, exist_ok=True)
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT,
                                capture_output=True, text=True, check=True).stdout.split("\n")
        files = [name for name in listed if name and os.path.isfile(os.path.join(ROOT, name))]
        for name in files:
            self.take(name)
        for path, folders, names in os.walk(self.path):
            if path == self.path and "build" in folders:
                folders.remove("build")
            for name in names:
                own = os.path.relpath(os.path.join(path, name), self.path)
                if own not in files:
                    os.remove(os.path.join(path, name))
        # What is built already need not be built again.
        for variant in ("host", "races", "x86_64", "arm64", "purgatory-x86_64",
                        "purgatory-arm64"):
            source = os.path.join(ROOT, "build", variant)
            target = os.path.join(self.path, "build", variant)
            if os.path.isdir(source) and not os.path.isdir(target):
                shutil.copytree(source, target, symlinks=True)

        # Kernels that were fetched, for drills that need a Linux.
        linux = os.path.join(self.path, "build", "linux")
        if not os.path.islink(linux):
            os.makedirs(os.path.dirname(linux), exist_ok=True)
            os.symlink(os.path.join(ROOT, "build", "linux"), linux)

    def take(self, name):
        """Brings one file up to date; an equal one keeps its time, so that make leaves it."""
        source, target = os.path.join(ROOT, name), os.path.join(self.path, name)
        with open(source, "rb") as file:
            wanted = file.read()
        if os.path.isfile(target):
            with open(target, "rb") as file:
                if file.read() == wanted:
                    return
        os.makedirs(os.path.dirname(target), exist_ok=True)
        shutil.copy2(source, target + ".new")
        if os.path.isfile(target):
            os.utime(target + ".new")
        os.replace(target + ".new", target)

    def make(self, runs=()):
        return subprocess.run(["make", "--no-print-directory", "-s", *built_for(runs)],
                              cwd=self.path, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL)

    def built(self, runs=()):
        return digest_of(os.path.join(self.path, name) for name in built_for(runs))

    def apply(self, mutant):
        """"" or why it cannot be applied; the files that were changed are in self.changed."""
        self.changed = []
        for name, old, new in mutant.changes:
            path = os.path.join(self.path, name)
            if not os.path.isfile(path):
                return f"there is no {name}"
            with open(path, encoding="utf-8") as file:
                text = change(file.read(), old, new)
            if text is None:
                return f"the lines to change do not stand in {name}, or not once"
            write(path, text)
            self.changed.append(name)
        return ""

    def restore(self):
        for name in self.changed:
            self.take(name)


def red_of_drill(output):
    """The proofs of a drill that failed or were missed, and what else was wrong."""
    try:
        answer = json.loads(output)
    except ValueError:
        return {"no-answer"}
    red = set()
    for one in answer.get("drills", [answer]):
        red |= {proof["id"] for proof in one.get("proofs", []) if not proof["passed"]}
        found = re.match(r"(\S+) was (not )?shown", one.get("problem") or "")
        red |= {found.group(1)} if found else set()
        red |= set(one.get("missing", []))
        if one.get("outcome") not in ("captured", "corrupted") and not red:
            red.add("lost-in-" + one.get("stage", "nowhere"))
    return red


def run_once(tree, command):
    """What turned red in one run of a mutant's tree."""
    words = command.split()
    program = {
        "drill": ["build/host/lifeboat", "drill", "--json", "--timeout", "30"],
        "unit": ["build/host/unit-tests"],
        "host": ["build/host/host-tests"],
        "races": ["build/races/race-tests"],
        "golden": [sys.executable, "tests/cli/run.py", "--lifeboat", "build/host/lifeboat"],
        "oracle": [sys.executable, "tests/oracle/score.py", "--lifeboat", "build/host/lifeboat"],
        "qemu": [sys.executable, "tests/qemu/run.py"],
        "python": [sys.executable],
    }[words[0]] + words[1:]
    try:
        done = subprocess.run(program, cwd=tree.path, capture_output=True, text=True,
                              errors="replace", timeout=RUN_SECONDS, stdin=subprocess.DEVNULL)
    except subprocess.TimeoutExpired:
        return {"no-end"}
    if words[0] == "drill":
        return red_of_drill(done.stdout)
    red = {found.group(1).rstrip(":") for found in
           re.finditer(r"^FAIL (\S+)", done.stdout, re.MULTILINE)}
    if done.returncode < 0 or done.returncode == 134:
        red.add("aborted")
    elif done.returncode and not red:
        red.add(f"status-{done.returncode}")
    return red


def names_match(proof, red):
    return {name for name in red for one in proof.split() if name.startswith(one)}


def judge(mutant, reds):
    """(passed, what to say): every run must turn the named proof red."""
    for command, red in zip(mutant.runs, reds):
        own = names_match(mutant.proof, red)
        if not red:
            return False, f"MISSED by `{command}`"
        if not own:
            return False, f"`{command}` was caught by {', '.join(sorted(red))} instead of " \
                          f"{mutant.proof}"
    others = sorted(set().union(*reds) - names_match(mutant.proof, set().union(*reds)))
    return True, f"caught by {mutant.proof}" + (f", and {', '.join(others)}" if others else "")


def judges_of(commands):
    """The digest of the tests that are no part of what is built."""
    folders = {"golden": "tests/cli", "oracle": "tests/oracle", "qemu": "tests/qemu"}
    wanted = {folders[words[0]] if words[0] in folders else os.path.dirname(words[1])
              for words in (command.split() for command in commands)
              if words[0] in (*folders, "python")}
    return digest_of(sorted(os.path.join(path, name) for folder in wanted
                            for path, _, names in os.walk(os.path.join(ROOT, folder))
                            for name in names if not name.endswith(".pyc")))


class Verdicts:
    """What turned red, by the digest of what was built and of what judged it: an interruption loses
    one run."""

    def __init__(self):
        self.path = os.path.join(BUILD, "verdicts.json")
        self.lock = threading.Lock()
        os.makedirs(BUILD, exist_ok=True)
        try:
            with open(self.path, encoding="utf-8") as file:
                self.known = json.load(file)
        except (OSError, ValueError):
            self.known = {}

    def reds(self, what, commands, built, run):
        """Those of `what`, a text, on what was built; run() finds them the first time."""
        key = hashlib.sha256((what + judges_of(commands) + built).encode()).hexdigest()
        with self.lock:
            reds = self.known.get(key)
        if reds is None:
            reds = run()
            with self.lock:
                self.known[key] = reds
                write(self.path, json.dumps(self.known))
        return reds


class Gate:
    def __init__(self, mutants, workers, verdicts):
        self.mutants = mutants
        self.runs = {run for mutant in mutants for run in mutant.runs}
        self.verdicts = verdicts
        self.work = queue.Queue()
        self.lock = threading.Lock()
        self.failed = 0
        self.alone = 0
        for mutant in mutants:
            self.work.put(mutant)
        self.threads = [threading.Thread(target=self.labour, args=(number,))
                        for number in range(min(workers, len(mutants)))]

    def tell(self, mutant, passed, words, seconds):
        with self.lock:
            self.failed += not passed
            self.alone += passed and ", and " not in words
            print(f"{'ok  ' if passed else 'FAIL'} {mutant.name}: {words} ({seconds:.0f} s)",
                  flush=True)
            if not passed:
                print(f"     {mutant.where}: {mutant.why}", flush=True)

    def try_one(self, tree, mutant, whole):
        problem = tree.apply(mutant)
        if problem:
            return False, problem
        done = tree.make(self.runs)
        if done.returncode:
            return False, "it does not build: " + (done.stderr or done.stdout).strip()[-300:]
        if tree.built(self.runs) == whole:
            return False, "nothing that is built differs"
        built = tree.built(mutant.runs)
        reds = self.verdicts.reds(mutant.text(), mutant.runs, built, lambda: [
            sorted(run_once(tree, command)) for command in mutant.runs])
        return judge(mutant, [set(red) for red in reds])

    def labour(self, number):
        tree = Tree(number)
        done = tree.make(self.runs)
        if done.returncode:
            with self.lock:
                self.failed += 1
                print("FAIL the unchanged tree does not build\n" + done.stderr[-2000:])
            return
        whole = tree.built(self.runs)
        while True:
            try:
                mutant = self.work.get_nowait()
            except queue.Empty:
                return
            begin = time.monotonic()
            passed, words = self.try_one(tree, mutant, whole)
            self.tell(mutant, passed, words, time.monotonic() - begin)
            tree.restore()

    def run(self):
        for thread in self.threads:
            thread.start()
        for thread in self.threads:
            thread.join()


def healthy(mutants, verdicts):
    """The runs of all mutants on the unchanged tree: a proof that is always red catches nothing."""
    tree = Tree("whole")
    runs = sorted({run for mutant in mutants for run in mutant.runs})
    done = tree.make(runs)
    if done.returncode:
        print("FAIL the unchanged tree does not build\n" + done.stderr[-2000:])
        return False
    good = True
    for command in runs:
        red = verdicts.reds(command, [command], tree.built([command]),
                            lambda: sorted(run_once(tree, command)))
        if red:
            print(f"FAIL without any change, `{command}` is red: {', '.join(red)}")
            good = False
    return good


def all_apply(mutants):
    """Sources move: a mutant that was left behind proves nothing, in the sample or not."""
    good = True
    for mutant in mutants:
        texts = {}
        for name, old, new in mutant.changes:
            if name not in texts and os.path.isfile(os.path.join(ROOT, name)):
                with open(os.path.join(ROOT, name), encoding="utf-8") as file:
                    texts[name] = file.read()
            texts[name] = change(texts[name], old, new) if texts.get(name) else None
            if texts[name] is None:
                print(f"FAIL {mutant.name}: its lines do not stand in {name}, or not once")
                good = False
                break
    return good


def sample_of(mutants, count):
    """A choice that changes with the sources and is the same for the same sources."""
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=ROOT, capture_output=True, text=True,
                            check=True).stdout
    chosen = random.Random(hashlib.sha256(listed.encode()).hexdigest()).sample(
        mutants, min(count, len(mutants)))
    return [mutant for mutant in mutants if mutant in chosen]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, help="only so many, chosen by the sources")
    parser.add_argument("--filter", action="append", default=[],
                        help="only mutants whose name or file has this, or another --filter")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--list", action="store_true", help="print names and proofs, run nothing")
    options = parser.parse_args()
    mutants = [one for one in read_all() if not options.filter or
               any(words in one.where + " " + one.name for words in options.filter)]
    if options.sample:
        mutants = sample_of(mutants, options.sample)
    if options.list:
        for one in mutants:
            print(f"{one.name}\t{one.proof}\t{one.why}")
        return 0
    print(f"plan: {len(mutants)} tests", flush=True)
    verdicts = Verdicts()
    if not mutants or not all_apply(read_all()) or not healthy(mutants, verdicts):
        print(f"0 passed, {max(1, len(mutants))} failed, 0 skipped")
        return 1
    gate = Gate(mutants, options.workers, verdicts)
    gate.run()
    print(f"{gate.alone} of {len(mutants)} were caught by the named proof alone")
    failed = gate.failed
    print(f"{len(mutants) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
