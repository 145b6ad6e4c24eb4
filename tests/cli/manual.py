#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Holds the manual page and the completion against --help, option by option and value by value:
what a command takes is in its section and its synopsis, under the same name and with the same
argument, and nothing else is."""
import argparse
import os
import re
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HELP_OPTION = re.compile(r"  (?:-(\w), )?--([a-z-]+)(?: ([A-Z]+))? ")
MANUAL_ITEM = re.compile(r"\.It Fl (?:(\w) , )?-([a-z-]+)(?: Ar ([a-z]+))?$", re.M)
SYNOPSIS_WORD = re.compile(r"\.(?:Op )?Fl (\S+)(?: Ar ([a-z]+))?$", re.M)


def help_of(lifeboat, *command):
    return subprocess.run([lifeboat, *command, "--help"], capture_output=True, text=True,
                          check=True).stdout


def options_of(text):
    """{long name: (letter, argument)}"""
    lines = text.split("\nOptions:\n")[1].split("\n\n")[0].split("\n")
    found = (HELP_OPTION.match(line + " ") for line in lines)
    options = {match[2]: (match[1], match[3]) for match in found if match}
    options.pop("help")
    return options


def values_of(text):
    """{long name: [value]}"""
    return {match[1]: re.findall(r"^  ([a-z0-9_-]+)", match[2], re.M) for match in re.finditer(
        r"\nValues of (?:-\w, )?--([a-z-]+):\n(.*?)\n\n", text, re.S)}


def section_of(manual, command):
    return re.search(rf"^\.Ss {command}$(.*?)^\.S[sh] ", manual, re.M | re.S)[1]


def synopsis_of(manual, command):
    """{letter or long name: argument}"""
    part = re.search(rf"^\.Cm {command}$(.*?)^\.(Nm|Sh)", manual, re.M | re.S)[1]
    found = {}
    for words, argument in SYNOPSIS_WORD.findall(part):
        names = [words[1:]] if words.startswith("-") else words
        found.update({name: argument for name in names})
    return found


def lower(argument):
    return (argument or "").lower()


def check_manual(manual, command, text):
    options = options_of(text)
    section = section_of(manual, command)
    told = {long: (letter or None, argument)
            for letter, long, argument in MANUAL_ITEM.findall(section)}
    synopsis = synopsis_of(manual, command)
    for name in sorted(set(told) - set(options)):
        yield f"--{name} is in the manual and not in --help"
    for name, (letter, argument) in options.items():
        if told.get(name) != (letter, lower(argument)):
            yield f"--{name}: the manual has {told.get(name)}"
        if synopsis.pop(letter or name, None) != lower(argument):
            yield f"--{name}: the synopsis of the manual has something else"
    for name in synopsis:
        yield f"{name} is in the synopsis and not in --help"
    for name, values in values_of(text).items():
        place = manual if command == "compare" else section
        missing = [value for value in values if not re.search(rf"\bCm {value}\b", place)]
        if missing:
            yield f"--{name}: the manual lacks {', '.join(missing)}"


def completed(lifeboat, *words):
    script = ('. packaging/lifeboat.bash; COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)); _lifeboat; '
              'printf "%s\\n" "${COMPREPLY[@]}"')
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.abspath(lifeboat), os.path.join(folder, "lifeboat"))
        path = folder + ":" + os.environ["PATH"]
        done = subprocess.run(["bash", "-c", script, "bash", "lifeboat", *words], cwd=TOP,
                              capture_output=True, text=True, env={**os.environ, "PATH": path})
    return done.stdout.split()


def check_completion(lifeboat, command, text):
    options = options_of(text)
    offered = set(completed(lifeboat, command, "--")) - {"--help"}
    if offered != {"--" + name for name in options}:
        yield f"the completion offers {sorted(offered)}"
    for name, values in values_of(text).items():
        for option in ("--" + name, f"-{options[name][0]}"):
            if not option.endswith("None") and completed(lifeboat, command, option, "") != values:
                yield f"the completion of {option} is not {values}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split(":", maxsplit=1)[0])
    parser.add_argument("--lifeboat", default="build/host/lifeboat")
    lifeboat = parser.parse_args().lifeboat
    with open(os.path.join(TOP, "man", "lifeboat.1"), encoding="utf-8") as file:
        manual = file.read()
    commands = re.findall(r"^  ([a-z]+) ", help_of(lifeboat), re.M)
    failed = 0
    for command in commands:
        text = help_of(lifeboat, command)
        problems = [*check_manual(manual, command, text),
                    *check_completion(lifeboat, command, text)]
        for problem in problems:
            print(f"FAIL {command}: {problem}")
        failed += bool(problems)
    print(f"{len(commands) - failed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not commands else 0


if __name__ == "__main__":
    sys.exit(main())
