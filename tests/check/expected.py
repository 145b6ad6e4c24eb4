# SPDX-License-Identifier: MIT
"""expected: what a check found, held against what was broken."""

LEVELS = ("error", "warning", "info")


def ids_of(answer, level):
    return sorted(item["id"] for item in answer["findings"] if item["level"] == level)


def wanted(usual, finds, level):
    """Of a level: what is found usually, with what a set-up adds and takes away. A list adds."""
    changes = finds.get(level, {})
    if isinstance(changes, list):
        changes = {"more": changes}
    kept = [name for name in usual.get(level, ()) if name not in changes.get("less", ())]
    return sorted(kept + changes.get("more", []))


def differences(answer, usual, finds):
    """Sentences about levels that have other findings than they should."""
    for level in LEVELS:
        want, got = wanted(usual, finds, level), ids_of(answer, level)
        if want != got:
            yield f"{level}: found {got}, expected {want}"


def report(results):
    """Prints what is wrong of each (name, sentences), and the totals; the exit status."""
    passed = failed = 0
    for name, problems in results:
        for problem in problems:
            print(f"FAIL {name}: {problem}", flush=True)
        passed += not problems
        failed += bool(problems)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0
