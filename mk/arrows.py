#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Which file calls which, by the symbols of the built objects: arrows point down only, and never
in a circle. tidy.py holds the same rules against what is included; this sees calls that no include
shows. Takes build folders (build/host, build/x86_64, ...); prints breaches and totals."""
import os
import subprocess
import sys

from layers import allowed, layer_of

# Circles that a decision record defends, each as its sorted list of files.
DEFENDED = []
# What a program brings to whatever is linked into it: the compiler's calls, and where asserts go.
BROUGHT = {"memcpy", "memmove", "memset", "memcmp", "lb_assert_failed"}


def objects(folder):
    for path, _, names in os.walk(folder):
        for name in names:
            source = os.path.relpath(os.path.join(path, name), folder)[:-2]
            # Entry points in assembly jump up into what they start: no arrow of a reader's.
            if name.endswith(".o") and os.path.exists(source + ".c"):
                yield os.path.join(path, name), source


def symbols(path):
    """(defined, needed) global names of an object."""
    defined, needed = set(), set()
    done = subprocess.run(["llvm-nm", "-g", path], capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        kind, name = line.split()[-2:]
        (needed if kind in "Uw" else defined).add(name)
    return defined, needed


def graph_of(folder):
    """source -> {source: a symbol that it takes from there}"""
    found = {source: symbols(path) for path, source in objects(folder)
             if layer_of(source) is not None}
    owner = {}
    for source, (defined, _) in found.items():
        for name in defined:
            owner.setdefault(name, source)
    return {source: {owner[name]: name for name in sorted(needed - BROUGHT) if name in owner}
            for source, (_, needed) in found.items()}


def circles(graph):
    """Strongly connected components of more than one file (Tarjan)."""
    index, low, stack, found = {}, {}, [], []

    def visit(file):
        index[file] = low[file] = len(index)
        stack.append(file)
        for other in graph[file]:
            if other not in index:
                visit(other)
                low[file] = min(low[file], low[other])
            elif other in stack:
                low[file] = min(low[file], index[other])
        if low[file] == index[file]:
            circle = stack[stack.index(file):]
            del stack[stack.index(file):]
            if len(circle) > 1:
                found.append(sorted(circle))

    for file in sorted(graph):
        if file not in index:
            visit(file)
    return found


def main():
    sys.setrecursionlimit(10000)
    breaches = []
    files = set()
    for folder in sys.argv[1:]:
        graph = graph_of(folder)
        files |= set(graph)
        for source, others in sorted(graph.items()):
            for other, name in others.items():
                if not allowed(source, other):
                    breaches.append(f"{source} calls up: {name} of {other}")
        for circle in circles(graph):
            if circle not in DEFENDED:
                breaches.append("a circle: " + ", ".join(circle))
                for file in circle:
                    for other, name in graph[file].items():
                        if other in circle:
                            breaches.append(f"  {file} -> {other}: {name}")
    for line in dict.fromkeys(breaches):
        print(line)
    print(f"{len(files) - bool(breaches)} passed, {int(bool(breaches))} failed, 0 skipped")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
