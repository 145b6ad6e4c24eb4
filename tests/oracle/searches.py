#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the reasons that `lifeboat plan --json` gives against its own journal, over all recorded
machines and all policies: `search` must tell the searches that the journal tells, in its order,
and the verdict, the failed part and the bounce pool must be what these searches came to."""
import argparse
import concurrent.futures
import json
import os
import subprocess
import sys

POLICIES = ("linux", "lifeboat", "linux-swiotlb-added", "linux-pud-aligned")
QUESTIONS = (
    ("-c", "256M"),
    ("-c", "256M,high", "--kernel", "6.1.100"),
    ("-c", "512M,high", "-c", "100M,low", "--kernel", "6.12.20"),
    ("-c", "256M,high", "-c", "64G,low", "--kernel", "6.12.20"),
    ("-c", "5G"),
    ("-c", "192M@64M", "--kernel", "5.14.0"),
    ("-c", "300M@0x10000001"),
    ("-c", "64M", "-c", "1G,cma", "--kernel", "7.3.0"),
    ("-c", "128M", "-c", "64G,low"),
    ("-c", "auto"),
)
# Who reserves crash kernel memory, as the journal names them.
OWNERS = {
    "crash kernel": "crash", "crash kernel (low)": "crash_low", "crash kernel (CMA)": "crash_cma",
    "capture kernel": "crash", "bounce pool": "crash_low",
}
PART_KINDS = {"main": "crash", "low": "crash_low", "cma": "crash_cma"}


def span(piece):
    return (int(piece["start"], 16), int(piece["end"], 16)) if piece else None


def wanted(step):
    return (step["owner"], span(step["window"]), step["size"], step["align"])


def told_by(search):
    """The journal's events of one search."""
    found = search["result"] in ("found", "given_back")
    if not search["given_place"]:
        yield ("search", *wanted(search), search["why"], None)
    if found:
        yield ("allocate", *wanted(search), search["why"], span(search["found"]))
    else:
        yield ("refuse", *wanted(search), search["refusal"], None)


def events(plan):
    for event in plan["journal"]:
        if event["owner"] in OWNERS and event["event"] in ("search", "allocate", "refuse"):
            yield (event["event"], *wanted(event), event["reason"], span(event["range"]))


def bytes_of(ranges):
    return sum(end - start + 1 for start, end in ranges)


def check_journal(plan, searches):
    told = [event for search in searches for event in told_by(search)]
    if told != list(events(plan)):
        yield "search.searches is not what the journal tells"
    given_back = [span(search["given_back"]) for search in searches if search["given_back"]]
    released = [span(event["range"]) for event in plan["journal"]
                if event["owner"] in OWNERS and event["event"] == "release"]
    if bytes_of(given_back) != bytes_of(released):
        yield "given_back is not what the journal releases"
    if plan["search"]["searches_dropped"] or plan["journal_dropped"]:
        yield "a search was not kept"


def check_windows(plan, searches):
    main = [search for search in searches if search["kind"] == "crash"]
    windows = [span(search["window"]) for search in main if search["window"]]
    search = plan["search"]
    shown = [span(search[name]) for name in ("low", "high") if search[name]]
    if any(window not in windows for window in shown) or (windows and not shown):
        yield "search.low or search.high is no window of the journal"
    if len(set(windows)) == 1 and len(shown) != 1:
        yield "one window was searched, and not one is shown"
    if search["align"] != (main[-1]["align"] if main else 0):
        yield "search.align is not that of the last search"
    for one in searches:
        if one["found"] and one["align"] and span(one["found"])[0] % one["align"]:
            yield "a place was found that is not aligned"


def check_result(plan, searches):
    kept = []
    for search in searches:
        if search["result"] == "found":
            start, end = span(search["found"])
            back = span(search["given_back"])
            kept.append((start, back[0] - 1 if back else end))
    reserved = [span(piece) for piece in plan["reservations"]]
    if bytes_of(kept) != bytes_of(reserved) or not all(
            any(start <= low and high <= end for start, end in reserved) for low, high in kept):
        yield "what was found and kept is not what is reserved"
    if plan["outcome"] != "hangs" and plan["outcomes"][0]["reservations"] != plan["reservations"]:
        yield "the first outcome is not the verdict"
    failed = plan["search"]["failed"]
    if (failed in ("main", "low")) != (plan["outcome"] in ("failed", "hangs")):
        yield f"outcome {plan['outcome']}, but the part that failed is {failed}"
    attempts = [search for search in searches if search["kind"] == PART_KINDS.get(failed)]
    if attempts and all(search["result"] == "found" for search in attempts) and failed != "cma":
        yield f"{failed} failed, but every search for it found a place"


def check_pool(plan, searches):
    pool = plan["bounce_pool"]
    placed = [search["found"] for search in searches
              if search["owner"] == "bounce pool" and search["result"] == "found"]
    if placed and not (pool and pool["fits"] and pool["range"] == placed[0]):
        yield "the policy placed a bounce pool, bounce_pool says otherwise"
    if not placed and pool and pool["range"]:
        yield "bounce_pool names a place that no search found"
    if placed and any(finding["id"] in ("low-memory-tight", "no-low-memory")
                      for finding in plan["findings"]):
        yield "a finding asks for low memory that the policy has set aside"


def check(plan):
    searches = plan["search"]["searches"]
    for part in (check_journal, check_windows, check_result, check_pool):
        yield from part(plan, searches)


def ask(lifeboat, root, policy, question):
    command = [lifeboat, "plan", root, "--json", "--policy", policy, *question]
    done = subprocess.run(command, capture_output=True, timeout=60)
    if done.returncode not in (0, 1):
        return command, [f"status {done.returncode}: {done.stderr.decode(errors='replace')}"]
    return command, list(check(json.loads(done.stdout)))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifeboat", required=True)
    parser.add_argument("--corpus", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    folder = os.path.join(arguments.corpus, "machines")
    roots = [os.path.join(folder, name) for name in sorted(os.listdir(folder))]
    wrong = 0
    with concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        asked = [pool.submit(ask, arguments.lifeboat, root, policy, question)
                 for root in roots for policy in POLICIES for question in QUESTIONS]
        for command, problems in (future.result() for future in asked):
            wrong += bool(problems)
            for problem in problems:
                print(f"FAIL {' '.join(command[1:])}: {problem}")
    print(f"{len(asked) - wrong} passed, {wrong} failed, 0 skipped")
    return 1 if wrong or not asked else 0


if __name__ == "__main__":
    sys.exit(main())
