#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds "Where would I add ..." of docs/ARCHITECTURE.md against the tree: each list names the files
that take part today, no more and no fewer. And what is added shows where people look: every finding
in docs/findings.md, every proof in docs/drill.md and among the mutants, every command in its
manual."""
import glob
import re
import subprocess
import sys

PRODUCT = ("core/", "include/", "policy/", "image/", "machine/", "capture/", "plan/",
           "lab/", "render/", "cli/", "kernel/", "purgatory/", "protocol/")


def read(name):
    with open(name, encoding="utf-8", errors="replace") as file:
        return file.read()


def tracked():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], capture_output=True,
                            text=True, check=True).stdout.split("\n")
    return [name for name in listed if name]


def that_say(files, pattern):
    return {name for name in files if re.search(pattern, read(name))}


def lists_of(text):
    """heading -> the files in the first column of the table below it"""
    found = {}
    for part in text.split("\n### ")[1:]:
        heading, _, body = part.partition("\n")
        body = body.split("\n## ")[0]
        found[heading] = {name for row in re.findall(r"^\| (`.*?) \|", body, re.M)
                          for name in re.findall(r"`([^`]+)`", row)}
    return found


def words_of_table(text):
    return re.findall(r"^\| `([a-z0-9-]+)`", text, re.M)


def names_in(name, pattern):
    return re.findall(pattern, read(name), re.M)


def main():
    files = tracked()
    code = [name for name in files if name.startswith(PRODUCT) and name.endswith((".c", ".h"))]
    breaches = []
    checked = 0

    def expect(what, holds):
        nonlocal checked
        checked += 1
        if not holds:
            breaches.append(what)

    def same(what, told, there):
        for name in sorted(told - there):
            expect(f"{what}: {name} is named and takes no part", False)
        for name in sorted(there - told):
            expect(f"{what}: {name} takes part and is not named", False)
        expect(what, told == there)

    lists = lists_of(read("docs/ARCHITECTURE.md"))
    where = "docs/ARCHITECTURE.md: "
    same(where + "an architecture", lists.get("an architecture", set()),
         that_say(code, r"\bLB_ARCH_RISCV64\b") | {name for name in code if "riscv64" in name})
    same(where + "a log line", lists.get("a log line", set()),
         that_say(code, r"\nstatic const struct log_rule .*\[\] = \{") |
         {name for name in glob.glob("machine/*.h")
          if f'"{name}"' in read("machine/machine.h") and "struct lb_" in read(name)} |
         {"tests/host/test_machine_log_rows.c"})
    same(where + "a finding", lists.get("a finding", set()),
         that_say([name for name in code if name.endswith(".c")],
                  r"\bNO_LOW_MEMORY\b|\[LB_EFFECT_CUT_OFF\] = ") |
         {"plan/finding_list.h", "docs/findings.md"})
    same(where + "a proof", lists.get("a proof", set()),
         that_say(code + ["docs/drill.md"] + glob.glob("tests/mutants/*.mutants"),
                  r"CLAIMS_SUMMED|claims-summed"))
    same(where + "a command", lists.get("a command", set()),
         that_say(code + ["man/lifeboat.1", "docs/json.md"],
                  r"lb_command_compare|lifeboat compare|\.Ss compare\n"))

    documented = words_of_table(read("docs/findings.md"))
    findings = names_in("plan/finding_list.c", r'^\t\[[A-Z_]+\] = \{"([a-z-]+)", LB_') + \
        names_in("policy/linux/effective.c", r'^\t\t\[LB_EFFECT_[A-Z_]+\] = "([a-z-]+)"')
    same("docs/findings.md", set(documented) - {"id"}, set(findings))
    expect("docs/findings.md: a finding stands twice", len(documented) == len(set(documented)))
    same(where + "a check", lists.get("a check", set()),
         that_say(code + ["tests/host/test_plan_check.c", "tests/check/setups.json"],
                  r"\bcheck_maxcpus\b|\"maxcpus\", LB_CHECK|maxcpus in the capture") |
         {"docs/findings.md"})
    told = re.findall(r"^### `([a-z-]+)` \((error|warning|info)\)$", read("docs/findings.md"), re.M)
    checks = re.findall(r'^\t\{"([a-z-]+)", LB_([A-Z]+), check_', read("plan/check/table.c"), re.M)
    same("docs/findings.md, checks", {" ".join(pair) for pair in told},
         {f"{name} {level.lower()}" for name, level in checks})
    expect("docs/findings.md: a check stands twice", len(told) == len(set(told)))
    table = read("protocol/drill.h").split("#define LB_DRILL_PROOF_TABLE(X)")[1].split("\n\n")[0]
    mutants = "\n".join(read(name) for name in glob.glob("tests/mutants/*.mutants"))
    caught = set(" ".join(re.findall(r"^proof: (.*)$", mutants, re.M)).split())
    drill = read("docs/drill.md")
    for proof in re.findall(r'X\([A-Z0-9_]+,\s*\\?\s*"([a-z0-9-]+)"', table):
        expect(f"docs/drill.md: nothing about `{proof}`", f"`{proof}`" in drill)
        expect(f"tests/mutants: no mutant is to be caught by {proof}", proof in caught)
    names = set(re.findall(r"^mutant: (.*)$", mutants, re.M))
    for row in re.findall(r"^\|.*\|(.*)\|$", read("docs/mutants.md").split("## Defects")[1], re.M):
        for name in re.findall(r"`([a-z0-9_-]+)`", row):
            expect(f"docs/mutants.md: there is no mutant {name}", name in names)
    for command in names_in("cli/main.c", r"^\t&lb_command_([a-z]+),"):
        expect(f"cli/cmd_{command}.c: there is no such file", f"cli/cmd_{command}.c" in files)
        for name, pattern in (("man/lifeboat.1", rf"(?m)^\.Ss {command}$"),
                              ("docs/json.md", rf"lifeboat {command}")):
            expect(f"{name}: nothing about `lifeboat {command}`", re.search(pattern, read(name)))
    for line in breaches:
        print(line)
    print(f"{checked - len(breaches)} passed, {len(breaches)} failed, 0 skipped")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
