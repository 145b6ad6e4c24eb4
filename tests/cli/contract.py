#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Holds every JSON that lifeboat prints against docs/schema/*.json, which ship, and against what
docs/json.md promises and no schema can say.

Every recorded machine is asked in several ways, with every policy. A member that the schema does
not know is an error here, though a reader has to bear it: so that none is added without a word.
Debian's python3-jsonschema belongs to Debian's python3, hence the first line."""
import argparse
import concurrent.futures
import copy
import itertools
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
ORACLE = os.path.join(TOP, "tests", "oracle")
SCHEMAS = ("plan", "size", "check", "linear-map", "compare", "snapshot", "drill")
CORES = os.path.join(os.path.dirname(os.path.dirname(HERE)), "fuzz", "seeds", "core_file")
POLICIES = ("linux", "lifeboat", "linux-swiotlb-added", "linux-pud-aligned")
QUESTIONS = ((), ("-c", "256M"), ("-c", "1G,high"), ("-c", "512M", "-k", "6.19.14"),
             ("-c", "64T"), ("-c", "auto"), ("-c", "512M,high", "-c", "100M,low", "-k", "6.12.20"),
             ("-c", "64M", "-c", "1G,cma", "-k", "7.3.0"), ("--cmdline", "quiet"))
KINDS = ("outcome", "reservations", "kernel_log")


def strict(node):
    """The same schema, with no room for more members."""
    if isinstance(node, list):
        return [strict(item) for item in node]
    if not isinstance(node, dict):
        return node
    closed = {key: strict(value) for key, value in node.items()}
    if node.get("type") == "object" and "properties" in node:
        closed["additionalProperties"] = False
    return closed


def load_schemas():
    schemas = {}
    for name in SCHEMAS:
        with open(os.path.join(TOP, "docs", "schema", name + ".json"), encoding="utf-8") as file:
            schemas[name] = strict(json.load(file))
        jsonschema.Draft202012Validator.check_schema(schemas[name])
    store = {schema["$id"]: schema for schema in schemas.values()}
    return {name: jsonschema.Draft202012Validator(
        schema, resolver=jsonschema.RefResolver(schema["$id"], schema, store=store))
            for name, schema in schemas.items()}


VALIDATORS = load_schemas()


def breaches_of_schema(name, document):
    for whole in itertools.islice(VALIDATORS[name].iter_errors(document), 3):
        error = jsonschema.exceptions.best_match([whole])
        where = "/".join(str(part) for part in error.absolute_path)
        yield f"{where or 'the whole'}: {error.message[:300]}"


def span(piece):
    return int(piece["start"], 16), int(piece["end"], 16)


def ranges_in(node, where=""):
    if isinstance(node, dict):
        if {"start", "end", "size"} <= set(node):
            yield where, node
        for key, value in node.items():
            yield from ranges_in(value, f"{where}/{key}")
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from ranges_in(item, f"{where}/{index}")


def check_ranges(plan):
    for where, piece in ranges_in(plan):
        start, last = span(piece)
        if last - start + 1 != piece["size"]:
            yield f"{where}: size does not fit the ends"


def overlaps(pieces):
    spans = sorted(span(piece) for piece in pieces)
    return any(below[1] >= above[0] for below, above in zip(spans, spans[1:]))


def check_places(plan):
    holders = [span(piece) for piece in plan["holders"]]
    if holders != sorted(holders):
        yield "holders are not sorted by address"
    if overlaps(plan["holders"]):
        yield "holders overlap"
    for outcome in plan["outcomes"]:
        if overlaps(outcome["reservations"]):
            yield "reservations overlap"


def check_verdict(plan):
    verdict = {key: plan[key] for key in KINDS}
    first = {key: plan["outcomes"][0][key] for key in KINDS}
    observed = plan["observed"]
    seen = {key: observed[key] for key in KINDS} if observed else None
    read = observed is not None and not plan["request"]["what_if"]
    if verdict not in ([seen] if read and "sources" in observed else [first]):
        yield "the verdict is neither what was read nor the first outcome"
    levels = [finding["level"] for finding in plan["findings"]]
    if levels != sorted(levels, key=("error", "warning", "info").index):
        yield "findings: errors do not come first"


def check_outcomes(plan):
    outcomes = plan["outcomes"]
    known = [one["probability"] for one in outcomes if one["probability"] is not None]
    told = [json.dumps([one[key] for key in KINDS]) for one in outcomes]
    if sorted(known, reverse=True) != known:
        yield "outcomes are not in order"
    if len(known) == len(outcomes) and abs(sum(known) - 1) > 1e-6:
        yield f"probabilities sum to {sum(known)}"
    if len(set(told)) != len(told):
        yield "an outcome is listed twice"
    if plan["certainty"] == "likely" and len(outcomes) < 2 and not plan["observed"]:
        yield "likely, and no other outcome"


def check_advice(plan):
    for advice in plan.get("advice", ()):
        if advice["probability"] is not None and advice["probability"] < 0.99:
            yield f"advice {advice['crashkernel']} works in {advice['probability']} of the boots"


CHECKS = (check_ranges, check_places, check_verdict, check_outcomes, check_advice)


def expected_status(plan):
    errors = any(finding["level"] == "error" for finding in plan["findings"])
    return 1 if errors or plan["outcome"] != "reserved" else 0


def ask(lifeboat, *words):
    done = subprocess.run([lifeboat, *words, "--json"], capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace").strip()


def check_plan(lifeboat, words):
    status, out, err = ask(lifeboat, "plan", *words)
    if status not in (0, 1):
        return [f"status {status}: {err}"]
    try:
        plan = json.loads(out)
    except ValueError as problem:
        return [f"no JSON: {problem}"]
    problems = list(breaches_of_schema("plan", plan))
    if not problems:
        problems = [problem for check in CHECKS for problem in check(plan)]
        if status != expected_status(plan):
            problems.append(f"exit status {status}, should be {expected_status(plan)}")
    return problems


def check_other(lifeboat, schema, words):
    status, out, err = ask(lifeboat, schema, *words)
    if status not in (0, 1):
        return [f"status {status}: {err}"]
    return list(breaches_of_schema(schema, json.loads(out)))


def breaches_of_release(size):
    """What is given back and what is left are what there is; enough is left."""
    release = size["release"]
    if not release or not release["bytes"]:
        return [] if not release or release["why_not"] else ["no reason why nothing can go"]
    now, left = (sum(piece["size"] for piece in release[name])
                 for name in ("reservations", "left"))
    problems = []
    if now - left != release["bytes"] or release["size"] - release["write"] != release["bytes"]:
        problems.append("what is left and what goes are not what there is")
    if left < size["total"]["at_most"]:
        problems.append("less is left than is needed")
    return problems


def breaches_of_cma(size):
    """Part of it in CMA: as much as without, it costs less, and what may not lie there has room."""
    request = size["with_cma"]
    if not request:
        return []
    parts = {kind: sum(piece["size"] for piece in request["reservations"] if piece["kind"] == kind)
             for kind in ("crash", "crash_cma")}
    problems = []
    if sum(parts.values()) < size["total"]["at_most"]:
        problems.append("with CMA it is less than what is needed")
    if request["cost"] >= size["recommended"]["cost"]:
        problems.append("with CMA it does not cost less")
    for moment in size["moments"]:
        fixed = sum(term["low"] + term["high"] for term in size["terms"]
                    if moment in term["moments"])
        if fixed > parts["crash"]:
            problems.append(f"{moment}: what may not lie in CMA finds no room")
    return problems


def check_size(lifeboat, words):
    """The sums are those of the terms, and what is recommended holds them."""
    status, out, err = ask(lifeboat, "size", *words)
    if status not in (0, 1):
        return [f"status {status}: {err}"]
    size = json.loads(out)
    problems = list(breaches_of_schema("size", size))
    for moment, total in size["moments"].items():
        for end in ("at_least", "at_most"):
            parts = sum(term[end] for term in size["terms"] if moment in term["moments"])
            if parts != total[end] or parts > size["total"][end]:
                problems.append(f"{moment}: {end} is {total[end]}, its terms sum to {parts}")
    for term in size["terms"]:
        places = term["low"] + term["high"] + term["cma"]
        if places != term["at_most"] or term["at_least"] > term["at_most"]:
            problems.append(f"{term['name']}: its parts disagree")
    problems += breaches_of_release(size)
    problems += breaches_of_cma(size)
    if size["recommended"] and size["recommended"]["cost"] < size["total"]["at_most"]:
        problems.append("what is recommended is less than what is needed")
    if status != (0 if size["recommended"] or size["untried"] else 1):
        problems.append(f"exit status {status}")
    return problems


def check_check(lifeboat, root):
    """The sum is that of the findings, errors come first, and nothing is told twice."""
    status, out, err = ask(lifeboat, "check", root)
    if status not in (0, 1):
        return [f"status {status}: {err}"]
    answer = json.loads(out)
    problems = list(breaches_of_schema("check", answer))
    levels = [finding["level"] for finding in answer["findings"]]
    unread = [item["level"] for item in answer["not_checked"]]
    dump = "lost" if "error" in levels else "unknown" if "error" in unread else \
        "doubtful" if "warning" in levels else "expected"
    if answer["dump"] != dump or status != (dump == "lost"):
        problems.append(f"dump {answer['dump']} and status {status}, should be {dump}")
    if levels != sorted(levels, key=("error", "warning", "info").index):
        problems.append("findings: errors do not come first")
    names = [item["id"] for item in answer["not_checked"]] + answer["fine"] + answer["not_asked"]
    names += {finding["id"] for finding in answer["findings"]}
    if len(names) != len(set(names)):
        problems.append("something is told twice")
    return problems


def check_linear_map(lifeboat, core):
    """Every byte of RAM is in one sum."""
    status, out, err = ask(lifeboat, "check", "--dump", core)
    if status:
        return [f"status {status}: {err}"]
    answer = json.loads(out)
    ram = answer["ram"]
    problems = list(breaches_of_schema("linear-map", answer))
    if ram["unmapped"] + ram["elsewhere"] + sum(m["bytes"] for m in ram["mapped"]) != ram["bytes"]:
        problems.append("the sums are not all of RAM")
    if answer["table_bytes"] != answer["tables"] * answer["page_size"]:
        problems.append("tables are not of a page each")
    return problems


def all_plans():
    """Each question with one policy after the other, so that each pair is met on some machine."""
    policies = itertools.cycle(POLICIES)
    for folder, questions in (("machines", QUESTIONS), ("after", QUESTIONS[:2])):
        for name in sorted(os.listdir(os.path.join(ORACLE, folder))):
            root = os.path.join(ORACLE, folder, name)
            for question in questions:
                policy = ("-p", next(policies)) if question else ()
                yield (root, *question, *policy)
        next(policies)


def check_broken():
    """The schema and the checks see what is wrong: an answer is broken in each of some ways."""
    status, out, err = ask(OPTIONS.lifeboat, "plan", all_roots()[0], "-c", "256M")
    plan = json.loads(out)
    breaks = (
        lambda p: p.update(novelty=1), lambda p: p["machine"].pop("input"),
        lambda p: p["outcomes"][0].update(probability=None), lambda p: p["outcomes"].clear(),
        lambda p: p["reservations"][0].update(start="0x0AF"),
        lambda p: p["reservations"][0].update(size=1), lambda p: p["holders"].reverse(),
        lambda p: p["holders"].append(p["holders"][-1]), lambda p: p.update(certainty="unknown"),
        lambda p: p.update(reservations=[]), lambda p: p.update(outcomes=p["outcomes"] * 2))
    for number, damage in enumerate(breaks):
        broken = copy.deepcopy(plan)
        damage(broken)
        problems = list(breaches_of_schema("plan", broken)) or [
            problem for check in CHECKS for problem in check(broken)]
        yield f"broken answer {number}", [] if problems else ["nobody saw what is wrong"]


def all_roots():
    folder = os.path.join(ORACLE, "machines")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def check_all(lifeboat):
    roots = all_roots()
    with concurrent.futures.ProcessPoolExecutor() as pool, tempfile.TemporaryDirectory() as work:
        waiting = [("plan " + " ".join(words), pool.submit(check_plan, lifeboat, words))
                   for words in all_plans()]
        for root in roots:
            waiting.append(("check " + root, pool.submit(check_check, lifeboat, root)))
            for words in ((root,), (root, "--append", "swiotlb=force")):
                waiting.append(("size " + " ".join(words),
                                pool.submit(check_size, lifeboat, words)))
        after = os.path.join(ORACLE, "after")
        for name in sorted(os.listdir(after))[::8]:
            words = (os.path.join(after, name), "--release")
            waiting.append(("size " + " ".join(words), pool.submit(check_size, lifeboat, words)))
        for name in ("x86_64", "arm64", "kcore"):
            core = os.path.join(os.path.dirname(ORACLE), "..", "fuzz", "seeds", "core_file", name)
            waiting.append(("check --dump " + name, pool.submit(check_linear_map, lifeboat, core)))
        words = ("-p", "linux", "-p", "lifeboat", "-c", "256M", *roots)
        waiting.append(("compare", pool.submit(check_other, lifeboat, "compare", words)))
        for root in (roots[0], roots[-1]):
            words = ("-o", os.path.join(work, "s.tar"), root)
            waiting.append(("snapshot", pool.submit(check_other, lifeboat, "snapshot", words)))
        for name, future in waiting:
            yield name, future.result()


def main():
    if OPTIONS.validate:
        problems = list(breaches_of_schema(OPTIONS.validate, json.load(sys.stdin)))
        print("\n".join(problems))
        return 1 if problems else 0
    passed = failed = 0
    for name, problems in itertools.chain(check_broken(), check_all(OPTIONS.lifeboat)):
        for problem in problems:
            print(f"FAIL {name}: {problem}")
        passed += not problems
        failed += bool(problems)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


PARSER = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
PARSER.add_argument("--lifeboat", default="build/host/lifeboat")
PARSER.add_argument("--validate", choices=SCHEMAS, help="only hold standard input against this")
OPTIONS = PARSER.parse_args()
if __name__ == "__main__":
    sys.exit(main())
