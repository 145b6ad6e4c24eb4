# SPDX-License-Identifier: MIT
"""The tables of protocol/drill.h, for tests that are not in C: names, and who owes which proof."""
import os
import re

HEADER = os.path.join(os.path.dirname(__file__), "../../protocol/drill.h")


def table(name):
    """The rows of LB_DRILL_<name>_TABLE, each as its list of columns."""
    with open(HEADER, encoding="utf-8") as file:
        text = re.sub(r"/\*.*?\*/|\\\n", "", file.read(), flags=re.S)
    body = re.search(rf"#define LB_DRILL_{name}_TABLE\(X\)(.*)", text).group(1)
    return [[column.strip().strip('"') for column in re.findall(r'\s*("[^"]*"|[^,]+),?', row)]
            for row in re.findall(r'\bX\(((?:[^()"]|"[^"]*")*)\)', body)]


STAGES = [row[1] for row in table("STAGE")]
FAULTS = {row[1]: {"cpus": int(row[2]), "end": row[4]} for row in table("FAULT")}
PROOFS = {row[0]: row[1] for row in table("PROOF")}


def owed(arch, crashes="REFERENCE", captures="REFERENCE", device="UNLIMITED", fault="panic",
         policy="QUARANTINE"):
    """The names of the proofs that belong to such a drill."""
    setting = (arch.upper(), crashes, captures, device, policy, FAULTS[fault]["end"])
    return {PROOFS[row[0]] for row in table("DUTY")
            if all(column in ("ANY", value) for column, value in zip(row[2:], setting))}
