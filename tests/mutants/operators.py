#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Mutates core/ and policy/ by operator and asks the unit tests: negated conditions, relations off
by one, exchanged `&&` and `||`, `+ 1` and `- 1` dropped, whole statements dropped. Prints what
survived and the share that was killed. Survivors that were looked at and change nothing that a
caller could see stand, each with the reason, in tests/mutants/argued.txt; they are not counted.

--sample N takes N of them by a fixed seed; without it, all (some thousand: an hour or more)."""
import argparse
import concurrent.futures
import glob
import os
import queue
import random
import re
import resource
import shutil
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
WORK = "build/mutants/operators"
ARGUED = os.path.join(HERE, "argued.txt")
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
    def __init__(self, file, number, line, mutated, operator):
        self.file, self.number, self.line = file, number, line
        self.mutated, self.operator = mutated, operator

    def key(self):
        return f"{self.file} | {self.operator} | {self.line.strip()}"


def blank_comments(text):
    """Comments and strings as blanks, so that columns stay."""
    def blank(found):
        return re.sub(r"[^\n]", "~", found.group())
    return re.sub(r'/\*.*?\*/|"(\\.|[^"\\\n])*"|\'(\\.|[^\'\\])\'', blank, text, flags=re.S)


def ends_statement(lines, at):
    """True if the line before is complete, so that the line at `at` is a whole statement."""
    before = lines[at - 1].strip() if at else ""
    return not before or before[-1] in ";{}~:"


def mutants_of(file):
    with open(os.path.join(ROOT, file), encoding="utf-8") as source:
        text = source.read()
    lines, shown = text.split("\n"), blank_comments(text).split("\n")
    found = []
    inside = False
    for at, (line, plain) in enumerate(zip(lines, shown)):
        if plain == "{":
            inside = True
        elif plain == "}":
            inside = False
        if not inside or "LB_ASSERT" in plain or plain.startswith("#"):
            continue
        for pattern, other in TOKENS:
            for hit in re.finditer(pattern, plain):
                found.append(Mutant(file, at, line, line[:hit.start()] + other +
                                    line[hit.end():], pattern.strip().strip("\\b")))
        condition = re.match(r"(\t+(?:\} else )?if )(\(.*\)) \{$", plain)
        if condition:
            start, end = condition.span(2)
            found.append(Mutant(file, at, line, f"{line[:start]}(!{line[start:end]}) {{", "!"))
        if STATEMENT.fullmatch(plain) and not KEPT.match(plain) and ends_statement(shown, at):
            found.append(Mutant(file, at, line, re.match(r"\t*", line).group() + ";", "drop"))
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
    argued = {}
    if os.path.exists(ARGUED):
        with open(ARGUED, encoding="utf-8") as lines:
            for line in lines:
                if " # " in line and not line.startswith("#"):
                    key, reason = line.rstrip("\n").split(" # ", 1)
                    argued[key.strip()] = reason
    return argued


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

    def kills(self, mutant):
        """What noticed it: "compiler", "test", "abort", "no end"; "" if nothing did."""
        with open(os.path.join(ROOT, mutant.file), encoding="utf-8") as file:
            lines = file.read().split("\n")
        lines[mutant.number] = mutant.mutated
        source = os.path.join(self.folder, os.path.basename(mutant.file))
        with open(source, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--filter", default="", help="only files whose name has this")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    files = sorted(name for folder in ("core", "policy", "policy/linux")
                   for name in glob.glob(f"{folder}/*.c", root_dir=ROOT)
                   if options.filter in name and name != f"core/sha256_{OTHER_CPU}.c")
    argued = read_argued()
    mutants = [one for file in files for one in mutants_of(file)]
    whole = len(mutants)
    if options.sample and options.sample < len(mutants):
        mutants = random.Random(options.seed).sample(mutants, options.sample)
    benches = queue.Queue()
    for number in range(options.workers):
        benches.put((Bench(number, "host"), Bench(number, "asan")))

    def judge(mutant):
        """What the plain build lets live, the sanitizers may see."""
        plain, sanitized = pair = benches.get()
        try:
            return mutant, plain.kills(mutant) or sanitized.kills(mutant)
        finally:
            benches.put(pair)

    killed, tried, excused, open_ = 0, 0, [], []
    with concurrent.futures.ThreadPoolExecutor(options.workers) as pool:
        for mutant, by in pool.map(judge, mutants):
            if by == "compiler":
                continue
            tried += 1
            if by:
                killed += 1
            elif mutant.key() in argued:
                excused.append(mutant)
            else:
                open_.append(mutant)
                print(f"survived {mutant.file}:{mutant.number + 1}: {mutant.key()}\n"
                      f"     now {mutant.mutated.strip()}", flush=True)
    counted = tried - len(excused)
    share = killed / counted if counted else 0
    print(f"{tried} of {whole} mutants: {killed} killed, {len(excused)} argued "
          f"(tests/mutants/argued.txt), {len(open_)} survived: {share:.1%} killed, "
          f"{LEAST_KILLED:.0%} wanted")
    good = counted > 0 and share >= LEAST_KILLED
    print(f"{int(good)} passed, {int(not good)} failed, 0 skipped")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
