#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Guests that are broken in one way after the other, for real, while they run: a Debian kernel in
QEMU is set up as a distribution's kdump service would, its capture kernel is loaded with kexec(8),
and `lifeboat check` in it finds what was broken, and nothing besides (tests/check/broken.json).
Breakages that take a boot of their own have one; on arm64 what the guest shows is checked from
outside, because there is no lifeboat for it to run."""

import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile

import linux_guest

CHECK = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "check")
sys.path.append(CHECK)
from expected import differences, report  # noqa: E402

TABLE = os.path.join(CHECK, "broken.json")
PROGRAMS = {"program": "/bin/sh", **{f"bin/{name}": path for name, path in (
    ("kexec", "/usr/sbin/kexec"), *((name, f"/bin/{name}") for name in (
        "cat", "chmod", "cp", "ln", "mkdir", "mount", "rm", "sleep", "touch", "umount")))}}
FOLDERS = ("boot", "dev", "etc/sysctl.d", "etc/sysconfig", "etc/default", "run/systemd/units",
           "tmp", "usr/sbin", "var/crash", "var/lib/kdump", "var/lib/lifeboat")
# Each set-up begins with all of it, whatever the one before has done to it.
HEALTHY = """
healthy() {
	rm -rf /etc/default/kdump-tools /etc/sysctl.d/* /var/crash/* /run/systemd/units/*
	for name in panic panic_on_oops unknown_nmi_panic hung_task_panic softlockup_panic \
			hardlockup_panic; do
		set_to 1 $name
	done
	cat >/etc/sysconfig/kdump <<-END
		KDUMP_COMMANDLINE_REMOVE="hugepages hugepagesz slub_debug quiet log_buf_len swiotlb"
		KDUMP_COMMANDLINE_APPEND="irqpoll nr_cpus=1 reset_devices numa=off"
		KEXEC_ARGS="-s"
	END
	echo "path /var/crash" >/etc/kdump.conf
	echo "makedumpfile: version 1.7.3 (released on 29 Apr 2023)" >/usr/sbin/makedumpfile
	printf 'lifeboat drill-record 1\\noutcome captured\\n' >/var/lib/lifeboat/drill
	cp /capture $kernel
	cp /initrd-good $initrd
	touch -d 2001-01-01 /etc/kdump.conf /etc/sysconfig/kdump
	[ "$never_load" ] || [ "$(cat /sys/kernel/kexec_crash_loaded)" = 1 ] || load
}
set_to() { [ ! -e /proc/sys/kernel/$2 ] || echo $1 >/proc/sys/kernel/$2; }
load() { kexec -p -s --initrd=$initrd --command-line="nr_cpus=1" $kernel; }
unload() { kexec -p -u; }
ask_host() { echo "host: $*"; read -r answer; }
check() {
	echo; echo "set-up: $1"
	/bin/lifeboat check --json
	status=$?
	echo; echo "status: $status"
}
"""
BEGIN = """
PATH=/bin
mount -t devtmpfs devtmpfs /dev
exec </dev/console
mkdir -p FOLDERS
release=$(cat /proc/sys/kernel/osrelease)
kernel=/boot/vmlinuz-$release
initrd=/boot/initramfs-${release}kdump.img
never_load=NEVER_LOAD
"""
END = "sleep 1; echo o >/proc/sysrq-trigger; sleep 60\n"


def script_of(boot):
    """What the guest's shell runs: set up, broken and checked, one after the other."""
    begin = BEGIN.replace("FOLDERS", " ".join(f"/{name}" for name in FOLDERS))
    lines = [HEALTHY, begin.replace("NEVER_LOAD", "" if boot.get("load", True) else "yes")]
    for setup in boot["setups"]:
        lines += [] if setup.get("goes_on") else ["healthy\n"]
        lines.append("\n".join(setup["break"]) + f"\ncheck '{setup['name']}'\n")
        lines.append("\n".join(setup.get("mend", ())) + "\n")
    return "".join(lines) + END


def initrd_files(release, leave_out=()):
    """What a capture initrd is known by; the bytes do not matter."""
    names = ["usr/bin/ssh", "usr/sbin/makedumpfile", "usr/sbin/mount.nfs"]
    names += [f"usr/lib/modules/{release}/kernel/{name}.ko"
              for name in ("fs/nfs/nfs", "fs/nfs/nfsv4", "fs/ext4/ext4")]
    return [name for name in names if os.path.basename(name) not in leave_out]


def write_initrd(path, names):
    with open(path, "wb") as archive:
        for name in names:
            archive.write(linux_guest.entry(name, 0o100755, name.encode()))
        archive.write(linux_guest.entry("TRAILER!!!", 0, b""))
    return path


def write_unsigned(path, kernel):
    """The same image without its certificate table (PE/COFF, data directory 4)."""
    with open(kernel, "rb") as file:
        image = bytearray(file.read())
    directory = struct.unpack_from("<I", image, 0x3C)[0] + 24 + 112 + 8 * 4
    image[directory:directory + 8] = bytes(8)
    with open(path, "wb") as file:
        file.write(image)
    return path


def files_for(boot, lifeboat, folder):
    files = {}
    for name, path in {**PROGRAMS, "bin/lifeboat": lifeboat}.items():
        files.update(linux_guest.files_of(path, name))
    release = linux_guest.release_of(boot["arch"])
    for name, leave_out in (("good", ()), ("no-nfs", ("nfs.ko",)), ("no-ssh", ("ssh",)),
                            ("no-makedumpfile", ("makedumpfile",))):
        files[f"initrd-{name}"] = write_initrd(os.path.join(folder, name),
                                               initrd_files(release, leave_out))
    files["initrd-other"] = write_initrd(os.path.join(folder, "other"),
                                         initrd_files("6.1.0-1-amd64"))
    files["capture"] = linux_guest.kernel_of(boot["arch"])
    files["unsigned"] = write_unsigned(os.path.join(folder, "unsigned"), files["capture"])
    files["script"] = os.path.join(folder, "script")
    with open(files["script"], "w", encoding="utf-8") as file:
        file.write(script_of(boot))
    return files


def answers(guest):
    """Set-up and answer, as the guest's shell goes through them. Lines for the host are done."""
    name, text = None, None
    while (line := guest.next_line()) is not None:
        if line.startswith("host: "):
            guest.ask(line[len("host: "):])
            guest.go_on()
        elif line.startswith("set-up: "):
            name, text = line[len("set-up: "):], []
        elif line.startswith("status: ") and text is not None:
            try:
                yield name, json.loads("".join(text))
            except ValueError:
                yield name, None
            text = None
        elif text is not None:
            text.append(line)


def run_inside(boot, lifeboat, folder):
    """Set-up and answer of a guest that checks itself."""
    append = f"{boot['append']} quiet panic=0 lifeboat.run=/script"
    with linux_guest.Guest(boot["arch"], folder, append=append, timeout=1800,
                           files=files_for(boot, lifeboat, folder),
                           **boot.get("options", {})) as guest:
        guest.wait()
        yield from answers(guest)


def run_outside(boot, lifeboat, folder):
    """Set-up and answer of a guest that shows itself."""
    with linux_guest.Guest(boot["arch"], folder, append=boot["append"], timeout=240,
                           **boot.get("options", {})) as guest:
        guest.wait()
        root = guest.write_root(os.path.join(folder, "root"))
    done = subprocess.run([lifeboat, "check", "--json", root], capture_output=True, check=False)
    yield boot["setups"][0]["name"], json.loads(done.stdout) if done.stdout else None


def judge(boot, lifeboat):
    """What is wrong with each set-up."""
    told, end = {}, "no answer"
    with tempfile.TemporaryDirectory(prefix="lifeboat-broken-") as folder:
        run = run_inside if boot["arch"] == "x86_64" else run_outside
        try:
            for name, answer in run(boot, lifeboat, folder):
                told[name] = answer
        except (RuntimeError, TimeoutError) as problem:
            end = f"no answer: {problem}"
    for setup in boot["setups"]:
        answer = told.get(setup["name"])
        problems = list(differences(answer, {}, setup.get("finds", {}))) if answer else [end]
        print(f"{boot['name']}: {setup['name']}", flush=True)
        yield setup["name"], problems


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lifeboat", default="build/host/lifeboat")
    parser.add_argument("--filter", default="", help="only boots whose name has this")
    options = parser.parse_args()
    with open(TABLE, encoding="utf-8") as file:
        boots = json.load(file)["boots"]
    return report(result for boot in boots if options.filter in boot["name"]
                  for result in judge(boot, options.lifeboat))


if __name__ == "__main__":
    sys.exit(main())
