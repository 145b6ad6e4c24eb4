#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds `lifeboat plan` against recorded boots of real kernels and prints the score.

Ways to ask (README.md tells what each must reach):
  machine  the machine without a reservation, asked what a command line will do
  cross    the same machine while it has a reservation, asked about another command line
  boot     a boot with a reservation, asked what it did, and what other boots of it will do
  poor     the machine with sources taken away
  real     a boot log and nothing else, where a folder real/ holds some

An answer counts as `wrong exact` if it claims to be exact and differs from what happened in any
byte of any range or any line of the kernel's log. There must be none.
"""
import argparse
import collections
import copy
import concurrent.futures
import json
import os
import resource
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib

WAYS = ("machine", "cross", "boot", "poor", "real")
POOR = ("no-log", "iomem-alone", "log-alone", "no-iomem", "no-firmware-map")
TIMEOUT_SECONDS = 20


# What is asked and what came of it.

class Question:
    def __init__(self, way, root, case, cmdline, cut=None, note="", hidden=False):
        self.way = way
        self.root = root        # path of the snapshot
        self.case = case        # whose truth counts
        self.cmdline = cmdline  # None: as booted
        self.cut = cut          # which sources are taken away
        self.note = note
        self.hidden = hidden or hidden_map(case)

    def name(self):
        return f"{self.way} {self.case['id']}{' ' + self.note if self.note else ''}"


class Answer:
    def __init__(self, question, plan, error, seconds, status):
        self.question = question
        self.plan = plan
        self.error = error
        self.seconds = seconds
        self.status = status


def run(lifeboat, question):
    command = [lifeboat, "plan", question.root, "--json"]
    if question.cmdline is not None:
        command += ["--cmdline", question.cmdline]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        return Answer(question, None, f"no answer in {TIMEOUT_SECONDS} s", TIMEOUT_SECONDS, -1)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    plan = None
    error = done.stderr.decode(errors="replace").strip()
    if done.returncode in (0, 1):
        try:
            plan = json.loads(done.stdout)
        except ValueError as problem:
            error = f"no JSON: {problem}"
    return Answer(question, plan, error, seconds, done.returncode)


def run_cut(lifeboat, question, folder):
    """Like run, on a copy of the snapshot without some of its sources."""
    place = tempfile.mkdtemp(dir=folder)
    try:
        root = os.path.join(place, "root")
        if os.path.isdir(question.root):
            shutil.copytree(question.root, root)
        else:
            with tarfile.open(question.root) as archive:
                archive.extractall(root)
            inner = os.listdir(root)
            if len(inner) == 1 and inner[0] not in ("proc", "sys", "dmesg"):
                root = os.path.join(root, inner[0])
        cut_sources(root, question.cut)
        cut = copy.copy(question)
        cut.root = root
        return run(lifeboat, cut)
    finally:
        shutil.rmtree(place)


def remove(root, *paths):
    for path in paths:
        full = os.path.join(root, path)
        if os.path.isdir(full):
            shutil.rmtree(full)
        elif os.path.exists(full):
            os.unlink(full)


def keep_only(root, kept):
    for folder, _, files in os.walk(root):
        for name in files:
            full = os.path.join(folder, name)
            if os.path.relpath(full, root) != kept:
                os.unlink(full)


def cut_sources(root, cut):
    if cut == "no-log":
        remove(root, "dmesg")
    elif cut == "iomem-alone":
        keep_only(root, "proc/iomem")
    elif cut == "log-alone":
        keep_only(root, "dmesg")
    elif cut == "no-iomem":
        remove(root, "proc/iomem")
    elif cut == "no-firmware-map":
        remove(root, "sys/firmware", "sys/kernel/boot_params", "sys/kernel/debug")


# Comparing.

def pairs(ranges):
    return sorted((int(start, 16), int(end, 16)) for start, end in ranges)


def ranges_of(answer, cma):
    return sorted((int(r["start"], 16), int(r["end"], 16)) for r in answer["reservations"]
                  if (r["kind"] == "crash_cma") == cma)


def whole_mib(ranges):
    return sorted((start >> 20, (end + 1) >> 20) for start, end in ranges)


def matches(outcome, case):
    """True if one outcome of a plan is what happened, byte for byte."""
    if case.get("hangs"):
        return outcome["outcome"] == "hangs"
    if outcome["outcome"] == "hangs":
        return False
    said, truth = ranges_of(outcome, False), pairs(case["crash"])
    if case.get("mib"):
        said, truth = whole_mib(said), whole_mib(truth)
    if said != truth:
        return False
    if case.get("crash_cma") and ranges_of(outcome, True) != pairs(case["crash_cma"]):
        return False
    return outcome["kernel_log"] == case["kernel_log"]


def judge(answer):
    """(label, probability that was given to what happened or None)."""
    plan, case = answer.plan, answer.question.case
    if plan is None:
        return "no answer", None
    # As booted the first outcome is about other boots, of which this one is a sample; what was
    # read is looked at by itself (shows_truth), and an exact answer promises both.
    right = matches(plan["outcomes"][0], case)
    if plan["certainty"] == "exact":
        right = right and matches(plan, case)
    listed = None
    for outcome in plan["outcomes"]:
        if matches(outcome, case):
            listed = outcome
            break
    certainty = plan["certainty"]
    if certainty == "exact":
        return ("exact" if right else "WRONG EXACT"), 1.0 if right else 0.0
    probability = listed["probability"] if listed else 0.0
    if right:
        return certainty + " right", probability
    return certainty + (" listed" if listed else " missed"), probability


# Which questions there are.

def snapshot(root, folder, name):
    for suffix in ("", ".tar.gz", ".tar.xz", ".tar"):
        path = os.path.join(root, folder, name + suffix)
        if os.path.exists(path):
            return path
    return None


def crash_cut(cmdline):
    return [word for word in cmdline.split(" ") if "crashkernel=" in word]


def machine_questions(root, cases):
    for case in cases:
        path = snapshot(root, "machines", case["machine"])
        if path:
            yield Question("machine", path, case, case["cmdline"])


def cross_questions(root, cases, limit):
    by_machine = collections.defaultdict(list)
    for case in cases:
        by_machine[case["machine"]].append(case)
    for group in by_machine.values():
        for asked in group:
            others = [c for c in group if c is not asked and crash_cut(c["cmdline"]) !=
                      crash_cut(asked["cmdline"]) and snapshot(root, "after", c["id"])]
            others.sort(key=lambda c, a=asked: zlib.crc32((a["id"] + c["id"]).encode()))
            for other in others[:limit]:
                yield Question("cross", snapshot(root, "after", other["id"]), asked,
                               asked["cmdline"], note="from " + other["id"],
                               hidden=hidden_map(other))


def boot_questions(root, cases):
    for case in cases:
        path = snapshot(root, "after", case["id"])
        if path and not case["hangs"]:
            yield Question("boot", path, case, None)


def poor_questions(root, cases, limit):
    seen = collections.Counter()
    for case in cases:
        path = snapshot(root, "machines", case["machine"])
        seen[case["machine"]] += 1
        if not path or seen[case["machine"]] > limit:
            continue
        for cut in POOR:
            yield Question("poor", path, case, case["cmdline"], cut, cut)


def real_questions(root):
    path = os.path.join(root, "real", "cases.jsonl")
    if not os.path.exists(path):
        return
    for case in read_cases(path):
        case.setdefault("firmware", "real")
        yield Question("real", snapshot(root, "real/machines", case["machine"]), case,
                       case["cmdline"])
        yield Question("real", snapshot(root, "real/whole", case["machine"]), case, None,
                       note="whole")


def read_cases(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def all_questions(options):
    root = options.root
    cases = read_cases(os.path.join(root, "cases.jsonl"))
    if options.filter:
        cases = [c for c in cases if options.filter in " ".join(
            (c["id"], c["machine"], c["arch"], c["kernel"], c["firmware"]))]
    found = []
    for way in options.ways.split(","):
        if way == "machine":
            found += machine_questions(root, cases)
        elif way == "cross":
            found += cross_questions(root, cases, options.cross)
        elif way == "boot":
            found += boot_questions(root, cases)
        elif way == "poor":
            found += poor_questions(root, cases, options.poor)
        elif way == "real":
            found += real_questions(root)
        else:
            sys.exit(f"score: no way '{way}'; there are {', '.join(WAYS)}")
    return found


# The score.

def hidden_map(case):
    """x86 UEFI without efi=debug: nothing shows the firmware's map."""
    return case["arch"] == "x86_64" and case["firmware"] == "ovmf" and not case.get("efi_debug")


def group_of(question):
    case = question.case
    firmware = case["firmware"] + (" hidden" if question.hidden else "")
    return (question.way, case["arch"], firmware, "kaslr" if case["kaslr"] else "")


COLUMNS = ("exact", "WRONG EXACT", "likely right", "likely listed", "likely missed",
           "within_alignment right", "within_alignment listed", "within_alignment missed",
           "unknown right", "unknown listed", "unknown missed", "no answer")
SHORT = ("exact", "WRONG", "likely", "listed", "missed", "align", "a.list", "a.miss",
         "unkn.ok", "unkn.li", "unkn.no", "none")


def print_table(title, keyed):
    print(f"\n{title}")
    width = max([len(key) for key in keyed] + [8])
    print(f"  {'':{width}} {'asked':>6} " + " ".join(f"{name:>7}" for name in SHORT))
    for key in sorted(keyed):
        count = keyed[key]
        print(f"  {key:{width}} {sum(count.values()):>6} " + " ".join(
            f"{count[name] or '.':>7}" for name in COLUMNS))


def print_misses(judged, limit):
    bad = [(label, answer) for label, _, answer in judged
           if label == "WRONG EXACT" or "missed" in label or label == "no answer"]
    bad = [item for item in bad if item[1].question.way != "poor" or item[0] == "WRONG EXACT"]
    bad.sort(key=lambda item: item[0] != "WRONG EXACT")
    for label, answer in bad[:limit]:
        print_miss(label, answer)
    if len(bad) > limit:
        print(f"\n... and {len(bad) - limit} more misses (--misses N shows more)")


def print_miss(label, answer):
    question, case, plan = answer.question, answer.question.case, answer.plan
    print(f"\n{label}: {question.name()}  ({case['machine']}, {case['kernel']}, "
          f"{case['firmware']}{', kaslr' if case['kaslr'] else ''})")
    print(f"  root     {question.root}")
    print(f"  cmdline  {case['cmdline']}")
    truth = ["0x%x-0x%x" % pair for pair in pairs(case["crash"])]
    print(f"  happened {'hangs' if case.get('hangs') else ' '.join(truth) or 'nothing'}")
    for line in case["kernel_log"]:
        print(f"           {line}")
    if plan is None:
        print(f"  error    {answer.error} (status {answer.status})")
        return
    said = ["0x%x-0x%x" % pair for pair in ranges_of(plan, False)]
    print(f"  said     {plan['outcome']} {' '.join(said)}, {plan['certainty']}, "
          f"{len(plan['outcomes'])} outcomes")
    for line in plan["kernel_log"]:
        print(f"           {line}")
    for line in plan["why_uncertain"]:
        print(f"  because  {line}")
    for event in plan["journal"][-25:]:
        place = event["range"] or event["window"] or {"start": "", "end": ""}
        print(f"  journal  {event['event']:8} {event['owner']} {place['start']}-{place['end']}"
              f" {event['reason'] or ''}")


def print_calibration(judged):
    """How often the verdict came true, by the probability that it was given."""
    bins = collections.defaultdict(list)
    for label, _, answer in judged:
        plan = answer.plan
        known = plan and plan["certainty"] == "likely" and plan["outcomes"][0]["probability"]
        if known and answer.question.way in ("machine", "cross"):
            share = plan["outcomes"][0]["probability"]
            bins[min(int(share * 10), 9)].append((share, label == "likely right"))
    if not bins:
        return
    print("\nCalibration of likely verdicts (KASLR)")
    for key in sorted(bins):
        shares = [share for share, _ in bins[key]]
        came_true = sum(hit for _, hit in bins[key])
        print(f"  said {sum(shares) / len(shares):6.1%} on average: came true in {came_true} of "
              f"{len(shares)} ({came_true / len(shares):.1%})")
    everything = [pair for pairs_ in bins.values() for pair in pairs_]
    spread = sum(share * (1 - share) for share, _ in everything) ** 0.5
    surprise = sum(hit - share for share, hit in everything)
    print(f"  over all: {surprise:+.1f} more hits than promised, standard deviation {spread:.1f}")


def threshold(name, good, total, share):
    """One check of the score: passed, failed or skipped when there is nothing to count."""
    if not total:
        print(f"  skipped  {name}: no such cases")
        return "skipped"
    held = good >= share * total
    print(f"  {'held' if held else 'MISSED':8} {name}: {good} of {total} "
          f"({good / total:.1%}, at least {share:.0%})")
    return "passed" if held else "failed"


def shows_truth(answer):
    """True if what the boot itself shows was read right."""
    observed = answer.plan and answer.plan["observed"]
    return bool(observed) and ranges_of(observed, False) == pairs(answer.question.case["crash"])


def check_observed(judged):
    booted = [answer for _, _, answer in judged if answer.question.cmdline is None]
    wrong = [answer for answer in booted if not shows_truth(answer)]
    for answer in wrong[:10]:
        print(f"  not read right: {answer.question.name()} {answer.error}")
    return threshold("what a boot shows is read right", len(booted) - len(wrong), len(booted), 1)


def crash_of(plan):
    return plan["outcome"], ranges_of(plan, False)


def check_other_boots(judged):
    """Boots of one machine with one command line: an exact answer of one holds for all."""
    boots = collections.defaultdict(list)
    for _, _, answer in judged:
        if answer.plan and answer.question.way in ("machine", "boot"):
            case = answer.question.case
            boots[case["machine"], case["cmdline"], case["kernel"]].append(answer)
    groups = [group for group in boots.values() if any(a.question.case["kaslr"] for a in group)]
    wrong = [group for group in groups if any(a.plan["certainty"] == "exact" and any(
        pairs(b.question.case["crash"]) != ranges_of(a.plan, False) or
        (b.plan["certainty"] == "likely" and len(b.plan["outcomes"]) > 1) for b in group)
        for a in group)]
    for group in wrong[:10]:
        print(f"  exact, and other boots differ: {group[0].question.name()}")
    return threshold("an exact answer of a boot with KASLR holds for its other boots",
                     len(groups) - len(wrong), len(groups), 1)


def is_within(answer):
    """True if what happened is the verdict, but for the bytes that it may be off."""
    plan, case = answer.plan, answer.question.case
    said, truth = ranges_of(plan["outcomes"][0], False), pairs(case["crash"])
    most = plan["off_by_at_most"]
    return bool(most) and len(said) == len(truth) and all(
        a[1] - a[0] == b[1] - b[0] and abs(a[0] - b[0]) <= most for a, b in zip(said, truth))


def check_bounds(judged):
    bounded = [answer for _, _, answer in judged
               if answer.plan and answer.plan["certainty"] == "within_alignment"]
    wrong = [answer for answer in bounded if not is_within(answer)]
    for answer in wrong[:10]:
        print(f"  further off: {answer.question.name()} {crash_of(answer.plan)}")
    return threshold("no answer is further off than it says", len(bounded) - len(wrong),
                     len(bounded), 1)


def check_pools(judged):
    """The bounce pool that each boot's log shows, and what was predicted for that boot."""
    plans = [(answer.question, answer.plan["boot_pool"]) for _, _, answer in judged if answer.plan]
    read = {question.case["id"]: pool["range"] for question, pool in plans
            if question.way == "boot" and pool["certainty"] == "as_read"}
    told = [(question, pool, read[question.case["id"]]) for question, pool in plans
            if question.way in ("machine", "cross") and question.case["id"] in read]
    exact = [one for one in told if one[1]["certainty"] == "size_exact"]
    wrong = [one for one in exact if one[1]["size"] != one[2]["size"]]
    for question, pool, truth in wrong[:10]:
        print(f"  another bounce pool: {question.name()} {pool['size']}, had {truth['size']}")
    placed = sum(pool["range"] == truth for _, pool, truth in told)
    return [threshold("a bounce pool whose size is called exact has it", len(exact) - len(wrong),
                      len(exact), 1),
            threshold("a bounce pool is where it was said to be", placed, len(told), 0.8)]


def check_thresholds(judged, ways):
    results = [check_bounds(judged)]
    if "boot" in ways and ("machine" in ways or "cross" in ways):
        results += check_pools(judged)
    if "boot" in ways or "real" in ways:
        results.append(check_observed(judged))
    if "boot" in ways:
        results.append(check_other_boots(judged))
    for way in ways:
        if way not in ("machine", "cross"):
            continue
        mine = [(label, answer.question.case["kaslr"]) for label, _, answer in judged
                if answer.question.way == way and not answer.question.hidden]
        fixed = [label for label, kaslr in mine if not kaslr]
        moving = [label for label, kaslr in mine if kaslr]
        results.append(threshold(f"{way}, without KASLR: exact",
                                 fixed.count("exact"), len(fixed), 0.98))
        seen = sum(label != "WRONG EXACT" and not label.endswith("missed") and
                   label != "no answer" for label in moving)
        results.append(threshold(f"{way}, with KASLR: among the outcomes",
                                 seen, len(moving), 0.98))
    return results


def report(judged, options):
    by_kernel = collections.defaultdict(collections.Counter)
    by_group = collections.defaultdict(collections.Counter)
    by_way = collections.defaultdict(collections.Counter)
    for label, _, answer in judged:
        question = answer.question
        way = question.way + (" " + question.note if question.way in ("poor", "real") else "")
        by_way[way][label] += 1
        if question.way in ("machine", "cross"):
            by_group[" ".join(group_of(question)).strip()][label] += 1
            by_kernel[question.case["kernel"]][label] += 1
    print_misses(judged, options.misses)
    if by_kernel:
        print_table("By kernel (machine and cross)", by_kernel)
        print_table("By architecture and firmware", by_group)
    print_table("By way of asking", by_way)
    print_calibration(judged)
    seconds = sorted(answer.seconds for _, _, answer in judged)
    print(f"\nCPU per plan: median {seconds[len(seconds) // 2] * 1000:.0f} ms, "
          f"most {seconds[-1] * 1000:.0f} ms")


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lifeboat", default="build/host/lifeboat")
    parser.add_argument("--root", default=here, help="folder with cases.jsonl and snapshots")
    parser.add_argument("--ways", default="machine,cross,boot,poor,real")
    parser.add_argument("--filter", help="only cases whose id, machine, arch, kernel or firmware "
                        "contains this")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cross", type=int, default=2, help="questions per case (cross)")
    parser.add_argument("--poor", type=int, default=1, help="cases per machine (poor)")
    parser.add_argument("--misses", type=int, default=20, help="how many misses to show")
    options = parser.parse_args()
    questions = all_questions(options)
    if not questions:
        sys.exit("score: no cases")
    with tempfile.TemporaryDirectory(prefix="lifeboat-score-") as folder, \
            concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(run_cut, options.lifeboat, q, folder) if q.cut
                   else pool.submit(run, options.lifeboat, q) for q in questions]
        answers = [future.result() for future in waiting]
    judged = [judge(answer) + (answer,) for answer in answers]
    report(judged, options)
    print("\nWhat must hold")
    results = check_thresholds(judged, options.ways.split(","))
    wrong = sum(label == "WRONG EXACT" for label, _, _ in judged)
    died = sum(answer.plan is None and answer.status not in (0, 1, 3) for answer in answers)
    print(f"  {'held' if not wrong else 'MISSED':8} no exact answer is wrong: {wrong} are")
    print(f"  {'held' if not died else 'MISSED':8} every question ends in an answer or one clear "
          f"error: {died} do not")
    failed = wrong + died + results.count("failed")
    passed = len(judged) - wrong - died + results.count("passed")
    print(f"{passed} passed, {failed} failed, {results.count('skipped')} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
