#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes away, cuts, swaps, doubles and ages what recorded machines show, and asks again.

No truth is needed: less or staler input may only make an answer less sure. An answer to a damaged
machine that says `exact` and is not the verdict on the intact one is a false promise. Every
machine is asked as the score does (machine, cross, boot), also without debugfs.
"""
import argparse
import collections
import concurrent.futures
import itertools
import os
import random
import re
import shutil
import sys
import tarfile
import tempfile
import time
import zlib

import score

LOG = "dmesg"
IOMEM = "proc/iomem"
DEBUGFS = "sys/kernel/debug/"
CMDLINE = "proc/cmdline"
# Lines that a reader may use; half of the damaged lines are among them.
TELLING = re.compile(r"mem 0x|0x[0-9a-f]{6}|rash|KASLR|command line|Memory:|Zone|zone|node|cma"
                     r"|efi|EFI|Linux version|ACPI|percpu|Hypervisor|CPU|DMA|Normal", re.I)
STAMP = re.compile(r"^(\[[^]]*\] ?)+")


class Variant:
    def __init__(self, question, name, files):
        self.question = question
        self.name = name
        self.files = files  # path: bytes


# Files of a machine.

def read_machine(path):
    """The files of a snapshot, without the folder that it may be packed in."""
    if os.path.isdir(path):
        files = {}
        for folder, _, names in os.walk(path):
            for name in names:
                full = os.path.join(folder, name)
                with open(full, "rb") as file:
                    files[os.path.relpath(full, path)] = file.read()
        return files
    with tarfile.open(path) as archive:
        members = [m for m in archive.getmembers() if m.isfile()]
        files = {m.name.removeprefix("./"): archive.extractfile(m).read() for m in members}
    tops = {name.split("/")[0] for name in files}
    if len(tops) == 1 and LOG not in files:
        files = {name.split("/", 1)[1]: data for name, data in files.items()}
    return files


def write_machine(root, files):
    for name, data in files.items():
        full = os.path.join(root, name)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(data)


def text_of(files, name):
    return files.get(name, b"").decode("utf-8", "replace").splitlines()


def with_text(files, name, lines):
    changed = dict(files)
    changed[name] = ("\n".join(lines) + "\n").encode() if lines else b""
    return changed


# Damages. Each yields (name, files) for ever, or until nothing is left that it could do.

def class_of(line):
    """Lines that one rule reads have the same class: their words up to the first figure."""
    text = STAMP.sub("", line)
    return re.split(r"[0-9]", text, maxsplit=1)[0].strip()[:40] or text[:12]


def choose_line(lines, rng):
    telling = [i for i, line in enumerate(lines) if TELLING.search(line)]
    if telling and rng.random() < 0.8:
        return rng.choice(telling)
    return rng.randrange(len(lines))


def texts(files):
    listed = [name for name in (LOG, IOMEM) if files.get(name)]
    return listed + [name for name in files if name.startswith(DEBUGFS) and files[name]]


def without_file(files, rng):
    gone = rng.choice(sorted(files))
    return f"without {gone}", {n: d for n, d in files.items() if n != gone}


def without_two_files(files, rng):
    gone = rng.sample(sorted(files), min(2, len(files)))
    return f"without {' and '.join(gone)}", {n: d for n, d in files.items() if n not in gone}


def without_class(files, rng):
    name = rng.choice(texts(files))
    lines = text_of(files, name)
    if name == IOMEM:
        gone = rng.choice([line.split(" : ")[-1] for line in lines])
        kept = [line for line in lines if line.split(" : ")[-1] != gone]
    else:
        gone = class_of(lines[choose_line(lines, rng)])
        kept = [line for line in lines if class_of(line) != gone]
    return f"{name} without lines '{gone}'", with_text(files, name, kept)


def without_line(files, rng):
    name = rng.choice(texts(files))
    lines = text_of(files, name)
    at = choose_line(lines, rng)
    return (f"{name} without line {at + 1} '{lines[at][:60]}'",
            with_text(files, name, lines[:at] + lines[at + 1:]))


def cut_line(files, rng):
    name = rng.choice([n for n in (LOG, LOG, IOMEM) if files.get(n)] or texts(files))
    lines = text_of(files, name)
    at = choose_line(lines, rng)
    column = rng.randrange(len(lines[at]) + 1)
    return (f"{name} line {at + 1} cut at {column} '{lines[at][:60]}'",
            with_text(files, name, lines[:at] + [lines[at][:column]] + lines[at + 1:]))


def beginning_lost(files, rng):
    name = rng.choice(texts(files))
    lines = text_of(files, name)
    at = rng.randrange(min(len(lines), 400)) + 1
    return f"{name} without its first {at} lines", with_text(files, name, lines[at:])


def end_lost(files, rng):
    name = rng.choice(texts(files))
    lines = text_of(files, name)
    at = rng.randrange(len(lines))
    return f"{name} ends behind line {at}", with_text(files, name, lines[:at])


def swapped(files, rng):
    name = rng.choice(texts(files))
    lines = text_of(files, name)
    at = choose_line(lines, rng)
    other = min(len(lines) - 1, at + rng.randrange(1, 4))
    lines[at], lines[other] = lines[other], lines[at]
    return f"{name} lines {at + 1} and {other + 1} swapped", with_text(files, name, lines)


def doubled(files, rng):
    name = rng.choice(texts(files))
    lines = text_of(files, name)
    at = choose_line(lines, rng)
    return (f"{name} line {at + 1} twice '{lines[at][:60]}'",
            with_text(files, name, lines[:at + 1] + lines[at:]))


def log_twice(files, rng):
    """Two copies of one boot in one file, as a journal beside kern.log."""
    lines = text_of(files, LOG)
    if rng.random() < 0.5:
        both = lines + lines
    else:
        both = [line for line in lines for _ in range(2)]
    if rng.random() < 0.5:
        both = [line for line in both if "Linux version" not in line]
    return "the log twice in one file", with_text(files, LOG, both)


def cmdline_cut(files, rng):
    changed = dict(files)
    line = files.get(CMDLINE, b"").decode()
    at = rng.randrange(len(line) + 1)
    how = rng.randrange(3)
    if how != 1 and CMDLINE in changed:
        changed[CMDLINE] = line[:at].encode()
    if how != 0 and LOG in files:
        cut = []
        for text in text_of(files, LOG):
            begin = text.find("ommand line: ")
            cut.append(text[:begin + 13 + at] if begin >= 0 else text)
        changed = with_text(changed, LOG, cut)
        if how == 1:
            changed.pop(CMDLINE, None)
    return f"command line cut at {at} ({('file', 'log alone', 'both')[how]})", changed


DAMAGES = (without_file, without_two_files, without_class, without_class, without_class,
           without_line, without_line, cut_line, beginning_lost, end_lost, swapped, doubled,
           log_twice, cmdline_cut)
NEEDS = {log_twice: LOG, cmdline_cut: LOG}


def stale(files, near, rng):
    """Log or listing of another boot: of the machine nearest to this one."""
    names = [name for name in (LOG, IOMEM) if name in files and near.get(name)]
    if not names:
        return None
    name = rng.choice(names)
    changed = dict(files)
    how = rng.randrange(3)
    if name == LOG and how == 0:
        changed[LOG] = near[LOG] + files[LOG]
        return "the log behind that of a near machine", changed
    if name == LOG and how == 1:
        lines = [line for line in text_of(near, LOG) if "Linux version" not in line]
        changed = with_text(files, LOG, text_of(files, LOG) + lines)
        return "the log before that of a near machine, without a banner", changed
    changed[name] = near[name]
    return f"{name} of a near machine", changed


# Which damages are tried.

def damaged(files, near, rng):
    if near and rng.random() < 0.12:
        found = stale(files, near, rng)
        if found:
            return found
    usable = [d for d in DAMAGES if NEEDS.get(d, LOG) in files]
    return rng.choice(usable)(files, rng) if texts(files) and usable else None


def variants(question, near_path, options):
    """The intact machine first, each time; its answer is what the others are held against."""
    whole = read_machine(question.root)
    near = read_machine(near_path) if near_path else None
    bare = {n: d for n, d in whole.items() if not n.startswith(DEBUGFS)}
    tries = [(whole, "")]
    if len(bare) < len(whole):
        tries.append((bare, "no debugfs, "))
    rng = random.Random(zlib.crc32(f"{options.seed} {question.name()}".encode()))
    if len(tries) > 1:
        yield Variant(question, "no debugfs", bare)
    for _ in range(options.each):
        files, prefix = rng.choice(tries)
        found = damaged(files, near, rng)
        if found:
            yield Variant(question, prefix + found[0], found[1])


def near_machine(question, questions):
    """The same kernel on another machine, else the same architecture."""
    best = None
    for other in questions:
        if other.root == question.root or other.case["arch"] != question.case["arch"] or \
                other.case["machine"] == question.case["machine"]:
            continue
        rank = (other.case["kernel"] == question.case["kernel"],
                other.case["memory"] == question.case["memory"],
                zlib.crc32((question.name() + other.root).encode()))
        if best is None or rank > best[0]:
            best = (rank, other.root)
    return best[1] if best else None


# Asking and judging.

def ask(lifeboat, question, root):
    asked = score.Question(question.way, root, question.case, question.cmdline)
    return score.run(lifeboat, asked)


def verdict(plan, way):
    """What an exact answer promises. A boot's own lines are as many as are left of them."""
    said = [plan["outcome"], score.ranges_of(plan, False), score.ranges_of(plan, True)]
    return said + ([] if way == "boot" else [plan["kernel_log"]])


def fault_of(intact, answer, way):
    """None, or why an answer breaks a promise."""
    if answer.plan is None:
        return "died" if answer.status not in (0, 1, 3) else None
    if answer.plan["certainty"] != "exact":
        return None
    if verdict(answer.plan, way) == verdict(intact.plan, way):
        return None
    return "false exact"


def try_question(lifeboat, question, near_path, options, until):
    """(number of variants, [(fault, variant name, verdict)])."""
    intact = ask(lifeboat, question, question.root)
    counts = collections.Counter(questions=1)
    faults = []
    if intact.plan is None:
        return counts, faults
    for variant in variants(question, near_path, options):
        if time.monotonic() > until:
            counts["out of time"] += 1
            break
        root = tempfile.mkdtemp(dir=options.folder)
        write_machine(root, variant.files)
        answer = ask(lifeboat, question, root)
        shutil.rmtree(root)
        counts["tried"] += 1
        counts["exact"] += bool(answer.plan) and answer.plan["certainty"] == "exact"
        fault = fault_of(intact, answer, question.way)
        if fault:
            said = verdict(answer.plan, question.way) if answer.plan else answer.error
            faults.append((fault, question, variant.name, said,
                           verdict(intact.plan, question.way)))
    return counts, faults


def show(fault):
    kind, question, name, said, intact = fault
    print(f"{kind}: {question.name()} ({question.case['arch']}, {question.case['kernel']}): "
          f"{name}\n  question {question.cmdline or 'as booted'}\n  said     {said}\n"
          f"  intact   {intact}")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifeboat", default="build/host/lifeboat")
    parser.add_argument("--root", default=here, help="folder with cases.jsonl and snapshots")
    parser.add_argument("--ways", default="machine,cross,boot")
    parser.add_argument("--filter", help="as for score.py")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cross", type=int, default=1)
    parser.add_argument("--each", type=int, default=40, help="damages per question")
    parser.add_argument("--step", type=int, default=1, help="take every Nth question")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--seconds", type=float, default=3600, help="begin nothing after this")
    parser.add_argument("--show", type=int, default=20, help="how many faults to show")
    options = parser.parse_args()
    options.poor = 0
    questions = score.all_questions(options)
    questions.sort(key=lambda q: zlib.crc32((options.seed + q.name()).encode()))
    chosen = list(itertools.islice(questions, 0, None, options.step))
    until = time.monotonic() + options.seconds
    counts, faults = collections.Counter(), []
    with tempfile.TemporaryDirectory(prefix="lifeboat-metamorphic-") as options.folder, \
            concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(try_question, options.lifeboat, q, near_machine(q, questions),
                               options, until) for q in chosen]
        for future in waiting:
            more, found = future.result()
            counts += more
            faults += found
    for fault in faults[:options.show]:
        show(fault)
    if counts["out of time"]:
        print(f"metamorphic: {options.seconds:.0f} s are over; the rest was not tried")
    print(f"metamorphic: {counts['questions']} questions, {counts['tried']} damaged machines, "
          f"{counts['exact']} exact")
    if not counts["exact"]:
        sys.exit("metamorphic: no answer was exact, so nothing was tried")
    print(f"{counts['tried'] - len(faults)} passed, {len(faults)} failed, 0 skipped")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
