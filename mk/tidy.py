#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks what no compiler does; docs/STYLE.md names the rules. Prints breaches and totals."""
import os
import re
import subprocess
import sys

from layers import allowed, layer_of

LINE_COLUMNS = 100
FUNCTION_LINES = 70
TAB = 8
FREESTANDING = ("core/", "policy/", "image/", "protocol/", "purgatory/",
                "include/lifeboat/", "tests/unit/")
FREESTANDING_HEADERS = {"stdint.h", "stddef.h", "stdbool.h", "stdarg.h", "limits.h"}
BANNED = re.compile(r"\b(strcpy|strcat|sprintf|vsprintf|strtok|gets|ato[ifl]+)\s*\(")
# Text is read in machine/; whoever stands behind it sees checked fields only.
BEHIND_READERS = ("plan/",)
READERS_OWN = re.compile(r'(\b(?:[a-z]*scanf|strto[a-z]+|strstr|strncmp)\s*\()|'
                         r'#include "(machine/(?:log|reader|text|tree)\.h)"')
MARKS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")


def files():
    done = subprocess.run(["git", "ls-files"], capture_output=True, text=True)
    names = done.stdout.split("\n") if done.returncode == 0 else [
        os.path.join(folder, name)[2:] for folder, _, found in os.walk(".") for name in found
        if not folder.startswith(("./build", "./.git"))]
    return [name for name in names if name and os.path.isfile(name)]


def is_text(name):
    return name.endswith((".c", ".h", ".S", ".lds", ".mk", ".sh", ".py")) or name == "Makefile"


def check_lines(name, lines, breach):
    for number, line in enumerate(lines, 1):
        if len(line.expandtabs(TAB)) > LINE_COLUMNS:
            breach(name, number, f"line of {len(line.expandtabs(TAB))} columns")
        if line != line.rstrip():
            breach(name, number, "blank at the end of the line")
        if MARKS.search(line) and name != "mk/tidy.py":
            breach(name, number, "a note to oneself")
        if name.endswith((".c", ".h")) and BANNED.search(line):
            breach(name, number, f"banned call {BANNED.search(line).group(1)}")
    if not any("SPDX-License-Identifier: MIT" in line for line in lines[:3]):
        breach(name, 1, "no licence line")


def check_functions(name, lines, breach):
    start = None
    for number, line in enumerate(lines, 1):
        if line == "{":
            start = number
        elif line == "}" and start:
            if number - start - 1 > FUNCTION_LINES:
                breach(name, start, f"function of {number - start - 1} lines")
            start = None


def check_includes(name, lines, breach):
    for number, line in enumerate(lines, 1):
        found = re.match(r'#include ([<"])([^>"]+)[>"]', line)
        if not found:
            continue
        kind, target = found.groups()
        if kind == "<" and name.startswith(FREESTANDING) and target not in FREESTANDING_HEADERS:
            if not re.search(r"(x86|arm)", name):
                breach(name, number, f"{target} in freestanding code")
        beside = os.path.normpath(os.path.join(os.path.dirname(name), target))
        header = beside if os.path.exists(beside) else target
        if target.startswith("lifeboat/"):
            header = "include/" + target
        if kind == '"' and not allowed(name, header):
            breach(name, number, f"{layer_of(name)}/ may not include {target}")


def check_readers(name, lines, breach):
    for number, line in enumerate(lines, 1):
        found = READERS_OWN.search(line)
        if name.startswith(BEHIND_READERS) and found:
            breach(name, number, f"{found.group(1) or found.group(2)} behind machine/")


def check_links(name, text, breach):
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target and not os.path.exists(
                os.path.join(os.path.dirname(name), target)):
            breach(name, 1, f"link to {target}, which does not exist")


def main():
    breaches = []
    checked = 0

    def breach(name, line, what):
        breaches.append(f"{name}:{line}: {what}")

    for name in files():
        if is_text(name):
            with open(name, encoding="utf-8") as text:
                lines = text.read().split("\n")
            check_lines(name, lines, breach)
            if name.endswith((".c", ".h")):
                check_functions(name, lines, breach)
                check_includes(name, lines, breach)
                check_readers(name, lines, breach)
        elif name.endswith(".md"):
            with open(name, encoding="utf-8") as text:
                check_links(name, text.read(), breach)
        else:
            continue
        checked += 1
    for line in breaches:
        print(line)
    bad = len({line.split(":")[0] for line in breaches})
    print(f"{checked - bad} passed, {bad} failed, 0 skipped")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
