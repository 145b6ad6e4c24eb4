#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures what a reader needs: contracts in public headers, assertions in stateful core code,
tests, short functions. Prints a table; with --check fails where a goal is missed.

A line is code if anything but blanks and comments stands on it, a comment if nothing but a comment
does, as the usual counters have it: "int a; /* bytes */" is code alone."""
import glob
import re
import statistics
import sys

HEADERS = ["include/lifeboat/*.h"]
# Whose functions rely on what an earlier call left behind.
STATEFUL = [
    "core/linear_map.c", "core/linear_map_change.c", "core/linear_map_survey.c",
    "core/bounce_*.c", "core/memory_map*.c", "core/region_tree*.[ch]",
    "core/claim*.c", "core/handover.c", "core/placement.c", "core/resource_tree.c",
]
LIBRARY = ["core/*.[ch]", "policy/*.[ch]", "policy/*/*.[ch]", "image/*.[ch]"]
TESTS = ["tests/unit/*.[ch]", "tests/prop/*.[ch]", "tests/memblock/*.[ch]"]
FUNCTIONS = ["capture", "cli", "core", "image", "kernel", "lab", "machine", "plan", "policy",
             "purgatory", "render"]
ASSERTION = re.compile(r"\bLB_ASSERT\s*\(")
TOKEN = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|//[^\n]*|/\*.*?\*/', re.S)


def names(patterns):
    return sorted({name for pattern in patterns for name in glob.glob(pattern)})


def read(name):
    with open(name, encoding="utf-8") as text:
        return text.read()


def parts(text):
    """The text without comments, and without anything but comments, line for line."""
    code, comment, at = [], [], 0
    for token in TOKEN.finditer(text):
        blank = re.sub(r"[^\n]", " ", token.group())
        is_comment = token.group().startswith("/")
        code += [text[at:token.start()], blank if is_comment else token.group()]
        comment += [re.sub(r"[^\n]", " ", text[at:token.start()]),
                    token.group() if is_comment else blank]
        at = token.end()
    return "".join(code) + text[at:], "".join(comment)


def count(patterns):
    """Lines of code, lines of comment, assertions."""
    code_lines = comment_lines = assertions = 0
    for name in names(patterns):
        code, comment = parts(read(name))
        code_lines += sum(1 for line in code.split("\n") if line.strip())
        comment_lines += sum(1 for own, line in zip(code.split("\n"), comment.split("\n"))
                             if line.strip() and not own.strip())
        assertions += sum(1 for line in code.split("\n")
                          if ASSERTION.search(line) and not line.startswith("#define"))
    return code_lines, comment_lines, assertions


def function_lengths():
    lengths = []
    for name in names(f"{folder}/**/*.[ch]" for folder in FUNCTIONS) + \
            names(f"{folder}/*.[ch]" for folder in FUNCTIONS):
        start = None
        for number, line in enumerate(read(name).split("\n")):
            if line == "{":
                start = number
            elif line == "}" and start is not None:
                lengths.append(number - start - 1)
                start = None
    return lengths


def table():
    """(what, figure, goal or None, whether --check insists)"""
    header_code, header_comments, _ = count(HEADERS)
    library_code = count(LIBRARY)[0]
    test_code = count(TESTS)[0]
    lengths = function_lengths()
    yield "comment lines per line of code in public headers", \
        header_comments / header_code, 1.5, True
    for pattern in STATEFUL:
        code, _, assertions = count([pattern])
        yield f"  assertions per 1,000 lines in {pattern}", 1000 * assertions / code, None, False
    code, _, assertions = count(STATEFUL)
    yield "assertions per 1,000 lines of stateful core code", 1000 * assertions / code, 40, True
    yield "lines of tests per line of core, policy and image", test_code / library_code, 1.5, True
    yield "lines of a function, median", statistics.median(lengths), None, False
    yield "lines of a function, most", max(lengths), None, False


def main():
    missed = 0
    for what, figure, goal, insists in table():
        short = goal is not None and figure < goal
        note = "" if goal is None else f"  goal {goal:g}" + (", missed" if short else "")
        print(f"{what:<58}{figure:>8.2f}{note}")
        missed += short and insists
    print(f"{3 - missed} passed, {missed} failed, 0 skipped")
    return 1 if missed and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
