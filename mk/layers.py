# SPDX-License-Identifier: MIT
"""The layers of the tree (docs/ARCHITECTURE.md): who may use whom, for tidy.py (by includes) and
arrows.py (by symbols). A folder belongs to the longest entry that it lies in."""

# folder -> the folders, or single modules, below it that it may use besides itself. The headers in
# include/lifeboat are the core's.
LAYERS = {
    "core": set(),
    "policy/linux": {"core", "policy/reservation", "policy/given_place"},
    "policy": {"core", "policy/linux"},
    "image": {"core"},
    "protocol": {"core"},
    "purgatory": {"core", "protocol"},
    "kernel": {"core", "policy", "image", "protocol", "purgatory", "tests/harness"},
    "machine": {"core", "capture"},
    "capture": {"core", "image"},
    "plan/boot": {"core", "machine", "policy"},
    "plan": {"core", "plan/boot", "capture", "machine", "policy", "image"},
    "lab/guest": {"core", "protocol", "lab"},
    "lab": {"core", "protocol", "purgatory/purgatory.h", "machine", "plan", "image", "purgatory"},
    "render": {"core", "protocol", "plan", "capture", "machine", "policy", "lab"},
    "cli": {"core", "protocol", "render", "lab", "plan", "capture", "machine", "policy",
            "image"},
}


def layer_of(name):
    """The layer that a file or folder lies in; None: none."""
    if name.startswith("include/lifeboat"):
        return "core"
    while name:
        if name in LAYERS:
            return name
        name = name.rpartition("/")[0]
    return None


def lies_in(name, folder):
    return name == folder or name.startswith(folder + "/")


def allowed(source, target):
    """May a file use another? Folders within one layer (kernel/x86_64) are free to."""
    own, other = layer_of(source), layer_of(target)
    target = target.removesuffix(".h")
    if own is None or own == other:
        return True
    if other is None:
        return not target.startswith(("tests/", "fuzz/", "bench/")) or \
            any(lies_in(target, folder) for folder in LAYERS[own])
    return any(lies_in(target, folder) or folder == other for folder in LAYERS[own])
