#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes away, cuts, swaps, doubles and ages what recorded machines show, and asks again.

No truth is needed: less or staler input may only make an answer less sure. An answer to a damaged
machine that says `exact` and is not the verdict on the intact one is a false promise, and so is
one that became exact by the damage. Every machine is asked as the score does (machine, cross,
boot), also without debugfs. What can happen to a machine stands in damages.py.
"""
import argparse
import collections
import concurrent.futures
import itertools
import os
import random
import sys
import tempfile
import time

import damages
import score


class Variant:
    def __init__(self, name, make):
        self.name = name
        self.make = make  # gives the files of the damaged machine


class Others:
    """Paths of other boots that a stale source may come from: {what it is: path}."""

    def __init__(self, question, questions):
        case = question.case
        ranked = sorted((q for q in questions if q.root != question.root and
                         q.case["arch"] == case["arch"]),
                        key=lambda q: damages.dice(question.name(), q.root))
        self.paths = {}
        self.choose("another boot", ranked, lambda c: c["machine"] == case["machine"])
        self.choose("another kernel", ranked, lambda c: c["kernel"] != case["kernel"] and
                    c["memory"] == case["memory"])
        self.choose("a near machine", ranked, lambda c: c["kernel"] == case["kernel"] and
                    c["machine"] != case["machine"])

    def choose(self, what, ranked, fits):
        found = next((q.root for q in ranked if fits(q.case)), None)
        if found:
            self.paths[what] = found


# Which damages are tried.

def families(question, others, only):
    """[[variant]]: by family, on the whole machine and on the one without debugfs."""
    whole = damages.read_machine(question.root)
    bare = damages.without_debugfs(whole)
    stale = {what: damages.read_machine(path) for what, path in others.paths.items()}
    found = []
    for prefix, files in (("", whole), ("no debugfs, ", bare)):
        if prefix and len(bare) == len(whole):
            break
        for family in damages.FAMILIES:
            if only not in family.__name__:
                continue
            found.append([Variant(prefix + name, make) for name, make in family(files, stale)])
    if len(bare) < len(whole) and not only:
        found.append([Variant("no debugfs", lambda: bare)])
    return [family for family in found if family]


def variants(question, others, options):
    """All of them, or some of each family."""
    found = families(question, others, options.only)
    if options.each is None:
        return itertools.chain.from_iterable(found)
    rng = random.Random(damages.dice(options.seed, question.name()))
    return [rng.choice(rng.choice(found)) for _ in range(options.each)] if found else []


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
    if verdict(answer.plan, way) != verdict(intact.plan, way):
        return "false-exact"
    return None if intact.plan["certainty"] == "exact" else "exact-by-damage"


def try_question(lifeboat, question, others, options, until):
    """(counts, [(fault, question, variant name, verdict, verdict on the intact machine)])."""
    intact = ask(lifeboat, question, question.root)
    counts = collections.Counter(questions=1)
    faults = []
    if intact.plan is None:
        return counts, faults
    root = os.path.join(options.folder, f"{os.getpid()}.tar")
    for variant in variants(question, others, options):
        if time.monotonic() > until:
            counts["out of time"] += 1
            break
        damages.write_machine(root, variant.make())
        answer = ask(lifeboat, question, root)
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
    print(f"FAIL {kind}: {question.name()} ({question.case['arch']}, {question.case['kernel']}): "
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
    parser.add_argument("--each", type=int, help="damages per question (all of them)")
    parser.add_argument("--only", default="", help="only families of damages whose name has this")
    parser.add_argument("--step", type=int, default=1, help="take every Nth question")
    parser.add_argument("--seed", default="1", help="which ones --each and --step take")
    parser.add_argument("--seconds", type=float, default=36000, help="begin nothing after this")
    parser.add_argument("--show", type=int, default=20, help="how many faults to show")
    options = parser.parse_args()
    options.poor = 0
    questions = score.all_questions(options)
    questions.sort(key=lambda q: damages.dice(options.seed, q.name()))
    chosen = list(itertools.islice(questions, 0, None, options.step))
    until = time.monotonic() + options.seconds
    counts, faults = collections.Counter(), []
    with tempfile.TemporaryDirectory(prefix="lifeboat-metamorphic-") as options.folder, \
            concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(try_question, options.lifeboat, q, Others(q, questions), options,
                               until) for q in chosen]
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
