#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutates core/ and policy/ by operator and asks the unit tests: negated conditions, relations off
by one, exchanged `&&` and `||`, `+ 1` and `- 1` dropped, whole statements dropped. Prints what
survived and the share that was killed. Survivors that were looked at and change nothing that a
caller could see stand, each with the reason, in tests/mutants/argued.txt; they are not counted. An
argument whose mutant is gone, or is killed after all, is a failure.

--sample N takes N of them by a fixed seed; without it, all (some thousand: hours). Verdicts are
kept by the digest of the mutated source and of all that it is linked with, so that a run that was
interrupted goes on where it was."""
import argparse
import concurrent.futures
import glob
import hashlib
import json
import os
import queue
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = "build/mutants/operators"
ARGUED = os.path.join(HERE, "argued.txt")
VERDICTS = os.path.join(ROOT, WORK, "verdicts.json")
LEAST_KILLED = 0.90
SECONDS_MAX = 60
# Not compiled here.
OTHER_CPU = "x86_64" if os.uname().machine == "aarch64" else "arm64"
# Relations, joints and steps, each with what it becomes.
TOKENS = [(r" < ", " <= "), (r" <= ", " < "), (r" > ", " >= "), (r" >= ", " > "),
          (r" == ", " != "), (r" != ", " == "), (r" && ", " || "), (r" \|\| ", " && "),
          (r" \+ 1\b", ""), (r" - 1\b", ""), (r"\breturn true;", "return false;"),
          (r"\breturn false;", "return true;")]
# A statement whose loss is no mutant: it does not compile, or it is an assertion.
KEPT = re.compile(r"\t+(return|break|continue|case|default|goto|struct|static|const|u?int|size_t|"
                  r"bool|char|enum|lb_phys_addr|LB_ASSERT|unsigned|for|while|if|else|va_)")
STATEMENT = re.compile(r"\t+[A-Za-z_*(+-][^{}]*;$")


class Mutant:
    def __init__(self, place, number, line, mutated):
        self.file, self.function = place
        self.number, self.line, self.mutated = number, line, mutated
        self.occurrence = 1  # of this change to an equal line of the function

    def key(self):
        """One mutant has it, and keeps it when lines move."""
        which = f", {self.occurrence}" if self.occurrence > 1 else ""
        return (f"{self.file}, {self.function}{which}", self.line.strip(), self.mutated.strip())

    def source(self):
        with open(os.path.join(ROOT, self.file), encoding="utf-8") as file:
            lines = file.read().split("\n")
        lines[self.number] = self.mutated
        return "\n".join(lines)


def blank_comments(text):
    """Comments and strings as blanks, so that columns stay."""
    def blank(found):
        return re.sub(r"[^\n]", "~", found.group())
    return re.sub(r'/\*.*?\*/|"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\])\'', blank, text, flags=re.S)


def ends_statement(lines, at):
    """True if the line before is complete, so that the line at `at` is a whole statement."""
    before = lines[at - 1].strip() if at else ""
    return not before or before[-1] in ";{}~:"


def name_of_function(shown, at):
    """Of the one whose brace stands in line `at`."""
    start = at
    while start and shown[start - 1] and shown[start - 1][-1] not in ";}~":
        start -= 1
    head = re.sub(r"__attribute__\(\(.*?\)\)", "", " ".join(shown[start:at]))
    return re.search(r"(\w+)\(", head).group(1)


def changes_of(shown, at, line):
    """What line `at` becomes, by each operator."""
    plain = shown[at]
    for pattern, other in TOKENS:
        for hit in re.finditer(pattern, plain):
            yield line[:hit.start()] + other + line[hit.end():]
    condition = re.match(r"(\t+(?:\} else )?if )(\(.*\)) \{$", plain)
    if condition:
        start, end = condition.span(2)
        yield f"{line[:start]}(!{line[start:end]}) {{"
    if STATEMENT.fullmatch(plain) and not KEPT.match(plain) and ends_statement(shown, at):
        yield re.match(r"\t*", line).group() + ";"


def mutants_of(file):
    with open(os.path.join(ROOT, file), encoding="utf-8") as source:
        text = source.read()
    lines, shown = text.split("\n"), blank_comments(text).split("\n")
    found, seen = [], {}
    function = ""
    for at, (line, plain) in enumerate(zip(lines, shown)):
        if plain == "{":
            function = name_of_function(shown, at)
        elif plain == "}":
            function = ""
        if not function or "LB_ASSERT" in plain or plain.startswith("#"):
            continue
        for mutated in changes_of(shown, at, line):
            mutant = Mutant((file, function), at, line, mutated)
            key = mutant.key()
            mutant.occurrence = seen[key] = seen.get(key, 0) + 1
            found.append(mutant)
    return found


def test_modules():
    """The first words of all unit tests."""
    found = set()
    for name in glob.glob("tests/unit/*.c", root_dir=ROOT):
        with open(os.path.join(ROOT, name), encoding="utf-8") as source:
            found |= set(re.findall(r"^TEST\((\w+),", source.read(), re.M))
    return found


def nearest(file, modules):
    """How the unit tests of this file, or of its folder, begin: they run first, because they notice
    most."""
    words = os.path.basename(file)[:-2].split("_")
    for count in range(len(words), 0, -1):
        word = "_".join(words[:count])
        if any(module.startswith(word) for module in modules):
            return word
    return file.split("/")[0]


def read_argued():
    """The reasons, by the keys of mutants; argued.txt says in which form."""
    argued = {}
    with open(ARGUED, encoding="utf-8") as text:
        for entry in text.read().split("\n\n")[1:]:
            where, old, new, *reason = entry.strip("\n").split("\n")
            if old[0] != "-" or new[0] != "+" or not reason:
                sys.exit(f"{ARGUED}: expected `FILE, FUNCTION`, `-LINE`, `+LINE` and a reason at "
                         f"`{where}`")
            argued[where, old[1:], new[1:]] = " ".join(reason)
    return argued


def show(key):
    return "\n     -".join(key[:2]) + f"\n     +{key[2]}"


def stale(argued):
    """How many arguments are about a mutant that there is no more."""
    there = {one.key() for file in sources("") for one in mutants_of(file)}
    gone = [key for key in argued if key not in there]
    for key in gone:
        print(f"FAIL {os.path.relpath(ARGUED, ROOT)}: there is no such mutant (any more): "
              f"{show(key)}")
    return len(gone)


def sources(wanted):
    return sorted(name for folder in ("core", "policy", "policy/linux")
                  for name in glob.glob(f"{folder}/*.c", root_dir=ROOT)
                  if wanted in name and name != f"core/sha256_{OTHER_CPU}.c")


def limit_time():
    """Of the CPU: how long tests take by the clock, others on the machine decide."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_MAX, SECONDS_MAX + 1))


class Bench:
    """What one worker compiles, links and runs with."""
    def __init__(self, number, variant):
        self.variant = variant
        self.modules = test_modules()
        self.folder = os.path.join(ROOT, WORK, f"{variant}-{number}")
        shutil.rmtree(self.folder, ignore_errors=True)
        os.makedirs(self.folder)
        with open(os.path.join(ROOT, f"build/{variant}/flags"), encoding="utf-8") as flags:
            words = flags.read().replace("'", "").split()
        self.compiler = words[0]
        self.flags = [word for word in words[1:] if not word.startswith("-l")]
        self.sanitize = [word for word in self.flags if word.startswith("-fsanitize")]
        self.objects = [name for pattern in
                        ("core/*", "policy/*", "policy/linux/*", "image/*", "tests/unit/*",
                         "purgatory/digest", "tests/harness/test", "tests/harness/main_host",
                         "cli/assert")
                        for name in sorted(glob.glob(f"build/{variant}/{pattern}.o",
                                                     root_dir=ROOT))
                        if os.path.exists(os.path.join(
                            ROOT, name[len(f"build/{variant}/"):-2] + ".c"))]

    def digest(self):
        """Of all that a mutant is linked with, and how it is compiled."""
        digest = hashlib.sha256(json.dumps([self.flags, self.objects]).encode())
        for name in self.objects:
            with open(os.path.join(ROOT, name), "rb") as file:
                digest.update(file.read())
        return digest.hexdigest()

    def kills(self, mutant):
        """What noticed it: "compiler", "test", "abort", "no end"; "" if nothing did."""
        source = os.path.join(self.folder, os.path.basename(mutant.file))
        with open(source, "w", encoding="utf-8") as file:
            file.write(mutant.source())
        own = f"{self.folder}/mutant.o"
        program = f"{self.folder}/unit-tests"
        done = subprocess.run([self.compiler, *self.flags, "-Wno-error", "-w", "-O1", "-g0",
                               f"-I{os.path.dirname(mutant.file)}", "-c", "-o", own, source],
                              cwd=ROOT, capture_output=True)
        if done.returncode:
            return "compiler"
        objects = [own if name == f"build/{self.variant}/{mutant.file[:-2]}.o" else name
                   for name in self.objects]
        subprocess.run([self.compiler, *self.sanitize, "-o", program, *objects, "-lm"], cwd=ROOT,
                       check=True, capture_output=True)
        near = nearest(mutant.file, self.modules)
        return self.run([program, near]) or self.run([program])

    def run(self, command):
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                   text=True, errors="replace", preexec_fn=limit_time)
        seen = ""
        for line in process.stdout:
            if line.startswith("FAIL"):
                seen = "test"
                break
        process.kill() if seen else None
        status = process.wait()
        process.stdout.close()
        return seen or ("no end" if status == -signal.SIGXCPU else "abort" if status else "")


class Verdicts:
    """What noticed each mutant, as far as it was asked already."""
    def __init__(self, digest):
        self.digest = digest
        self.lock = threading.Lock()
        self.known = {}
        if os.path.exists(VERDICTS):
            with open(VERDICTS, encoding="utf-8") as file:
                self.known = json.load(file)

    def by(self, mutant, ask):
        words = self.digest + mutant.file + mutant.source()
        key = hashlib.sha256(words.encode()).hexdigest()
        if key not in self.known:
            answer = ask()
            with self.lock:
                self.known[key] = answer
                with open(VERDICTS + ".new", "w", encoding="utf-8") as file:
                    json.dump(self.known, file)
                os.replace(VERDICTS + ".new", VERDICTS)
        return self.known[key]


def judged(mutants, workers):
    """Each mutant with what noticed it."""
    benches = queue.Queue()
    for number in range(workers):
        benches.put((Bench(number, "host"), Bench(number, "asan")))
    pair = benches.queue[0]
    verdicts = Verdicts(pair[0].digest() + pair[1].digest())

    def ask(mutant):
        """What the plain build lets live, the sanitizers may see."""
        plain, sanitized = pair = benches.get()
        try:
            return plain.kills(mutant) or sanitized.kills(mutant)
        finally:
            benches.put(pair)

    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        yield from pool.map(lambda one: (one, verdicts.by(one, lambda: ask(one))), mutants)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--filter", default="", help="only files whose name has this")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--check", action="store_true",
                        help="only see whether argued.txt is about mutants that there are")
    options = parser.parse_args()
    argued = read_argued()
    wrong = stale(argued)
    if options.check or wrong:
        print(f"{len(argued) - wrong} passed, {wrong} failed, 0 skipped")
        return 1 if wrong else 0
    mutants = [one for file in sources(options.filter) for one in mutants_of(file)]
    whole = len(mutants)
    if options.sample and options.sample < len(mutants):
        mutants = random.Random(options.seed).sample(mutants, options.sample)
    killed, tried, excused, survived = 0, 0, 0, 0
    for mutant, by in judged(mutants, options.workers):
        if by == "compiler":
            continue
        tried += 1
        known = mutant.key() in argued
        killed += bool(by)
        excused += known and not by
        survived += not (by or known)
        if by and known:
            wrong += 1
            print(f"FAIL argued as if nobody could see it, and killed ({by}): "
                  f"{show(mutant.key())}", flush=True)
        elif not by and not known:
            print(f"survived, line {mutant.number + 1}: {show(mutant.key())}", flush=True)
    counted = tried - excused
    share = killed / counted if counted else 0
    print(f"{tried} of {whole} mutants: {killed} killed, {excused} argued "
          f"(tests/mutants/argued.txt), {survived} survived: {share:.1%} killed, "
          f"{LEAST_KILLED:.0%} wanted")
    good = counted > 0 and share >= LEAST_KILLED and not wrong
    print(f"{int(good)} passed, {int(not good)} failed, 0 skipped")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
