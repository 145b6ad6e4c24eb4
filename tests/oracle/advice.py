#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes `lifeboat plan` at its word: whatever it advises on a recorded machine is asked again as a
question of its own, and has to be reserved in at least 99 of 100 boots, without a finding of level
error. The largest size has to be the largest: one MiB more is not reserved on every boot."""
import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys

SHARE = 0.99
# Nothing, too much, too little, too much low memory, a place that is taken, words that are wrong.
QUESTIONS = (
    (),
    ("-c", "200G"),
    ("-c", "90%"),
    ("-c", "256"),
    ("-c", "32M"),
    ("-c", "64M", "-c", "1G,cma", "--kernel", "7.3.0"),
    ("-c", "256M,high", "-c", "64G,low"),
    ("-c", "512M,high", "-c", "0,low"),
    ("-c", "256M,high", "-c", "16M,low"),
    ("-c", "256M,high", "--kernel", "6.1.100"),
    ("-c", "300M@0x10000001"),
    ("-c", "192M@16M"),
    ("-c", "512MB"),
    ("-c", "1.5G"),
    ("-c", "256M,hihg"),
    ("-c", "1G-4G:160M,4G-"),
    ("-c", "5G", "--policy", "lifeboat"),
)


def run(lifeboat, root, question):
    command = [lifeboat, "plan", root, "--json", *question]
    done = subprocess.run(command, capture_output=True, timeout=60)
    if done.returncode not in (0, 1):
        raise ValueError(f"status {done.returncode}: {done.stderr.decode(errors='replace')}")
    return json.loads(done.stdout), done.returncode


def share(plan):
    """Of all boots, those that reserve; 1 where one outcome stands for all that is known."""
    reserved = [one["probability"] for one in plan["outcomes"] if one["outcome"] == "reserved"]
    return 1 if reserved == [None] else sum(one or 0 for one in reserved)


def without_values(question):
    rest = iter(question)
    for option in rest:
        value = next(rest)
        if option != "-c":
            yield from (option, value)


def values_of(advice):
    for value in advice["crashkernel"]:
        yield from ("-c", value)


def one_more(advice):
    size = re.match(r"(\d+)M(.*)", advice["crashkernel"][0])
    changed = [f"{int(size[1]) + 1}M{size[2]}", *advice["crashkernel"][1:]]
    return {"crashkernel": changed}


def errors(plan):
    return [finding["id"] for finding in plan["findings"] if finding["level"] == "error"]


def check_advice(lifeboat, root, question, plan, advice):
    rest = tuple(without_values(question))
    again, status = run(lifeboat, root, (*values_of(advice), *rest))
    what = " ".join(advice["crashkernel"])
    if again["outcome"] != "reserved" or share(again) < SHARE or errors(again) or status:
        yield f"advice {what}: {again['outcome']}, {share(again)}, {errors(again)}"
    if advice["outcome"] != again["outcome"] or not advice["why"]:
        yield f"advice {what} is told otherwise than it is answered"
    if advice["reservations"] != again["outcomes"][0]["reservations"]:
        yield f"advice {what} names other places than its answer"
    if advice["probability"] is not None and abs(advice["probability"] - share(again)) > 1e-9:
        yield f"advice {what}: probability {advice['probability']}, {share(again)} when asked"
    if "largest" in advice["why"]:
        more, _ = run(lifeboat, root, (*values_of(one_more(advice)), *rest))
        if all(one["outcome"] == "reserved" for one in more["outcomes"]):
            yield f"advice {what} is the largest, and one MiB more is reserved too"
    if not all(f"crashkernel={value}" in " ".join(finding["fix"] for finding in plan["findings"])
               for value in advice["crashkernel"]):
        yield f"advice {what} is in no finding"


def inside(plan, hole):
    """Whether the hole lies in a window that was searched."""
    start, end = (int(hole[name], 16) for name in ("start", "end"))
    windows = [search["window"] for search in plan["search"]["searches"] if search["window"]]
    return any(int(window["start"], 16) <= start <= end <= int(window["end"], 16)
               for window in windows)


def check(lifeboat, root, question):
    plan, status = run(lifeboat, root, question)
    for advice in plan["advice"]:
        yield from check_advice(lifeboat, root, question, plan, advice)
    hole = plan["search"]["largest_hole"]
    if hole and not inside(plan, hole):
        yield "the largest hole lies in no window that was searched"
    if not status and plan["advice"] and not any(
            finding["level"] == "warning" for finding in plan["findings"]):
        yield "advice without need"


def ask(lifeboat, root, question):
    try:
        return list(check(lifeboat, root, question))
    except (ValueError, KeyError, TypeError) as problem:
        return [f"{type(problem).__name__} {problem}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifeboat", required=True)
    parser.add_argument("--corpus", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    roots = [os.path.join(arguments.corpus, folder, name) for folder in ("machines", "after")
             for name in sorted(os.listdir(os.path.join(arguments.corpus, folder)))]
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        asked = [(root, question, pool.submit(ask, arguments.lifeboat, root, question))
                 for root in roots for question in QUESTIONS]
        for root, question, future in asked:
            problems = future.result()
            wrong += bool(problems)
            for problem in problems:
                print(f"FAIL {os.path.basename(root)} {' '.join(question)}: {problem}")
    print(f"{len(asked) - wrong} passed, {wrong} failed, 0 skipped")
    return 1 if wrong or not asked else 0


if __name__ == "__main__":
    sys.exit(main())
