# SPDX-License-Identifier: MIT
"""machine: starts the reference kernel in QEMU, reads its serial line, talks to its monitor, and
never leaves a QEMU behind."""

import json
import os
import queue
import socket
import subprocess
import tempfile
import threading
import time

BUILD = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))),
                     "build")
KERNEL = {"x86_64": "x86_64/lifeboat-kernel.elf", "arm64": "arm64/lifeboat-kernel.img"}
CAPTURE = {"x86_64": "x86_64/lifeboat-kernel.bzimage", "arm64": "arm64/lifeboat-kernel.img"}


def command(arch, memory="512M", cpus=1, cmdline="mode=unit", machine=None, cpu="max", extra=(),
            shared=None, kernel=None, initrd=None):
    """The QEMU command line. Memory is never reserved on the host, so 64G of it costs nothing."""
    backend = ("memory-backend-ram" if shared is None else
               f"memory-backend-file,share=on,mem-path={shared}")
    line = ["-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
            "-serial", "stdio", "-cpu", cpu, "-smp", str(cpus), "-m", memory,
            "-object", f"{backend},size={memory},id=ram,reserve=off",
            "-kernel", kernel or os.path.join(BUILD, KERNEL[arch]),
            "-initrd", initrd or os.path.join(BUILD, CAPTURE[arch]), "-append", cmdline]
    if arch == "x86_64":
        return ["qemu-system-x86_64", "-M", (machine or "q35") + ",memory-backend=ram",
                "-device", "isa-debug-exit,iobase=0xf4,iosize=4", *line, *extra]
    return ["qemu-system-aarch64", "-M",
            (machine or "virt,gic-version=3") + ",memory-backend=ram",
            "-semihosting-config", "enable=on,target=native", *line, *extra]


class Machine:
    """A running QEMU. Use it in a with statement: leaving it ends the process."""

    def __init__(self, arch, timeout=60, **options):
        self.deadline = time.monotonic() + timeout
        self.folder = tempfile.TemporaryDirectory(prefix="lifeboat-qemu-")
        self.monitor_path = os.path.join(self.folder.name, "monitor")
        self.debugger_path = os.path.join(self.folder.name, "debugger")
        extra = list(options.pop("extra", ()))
        extra += ["-qmp", f"unix:{self.monitor_path},server=on,wait=off",
                  "-gdb", f"unix:{self.debugger_path},server=on,wait=off"]
        self.process = subprocess.Popen(command(arch, extra=extra, **options),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self.lines = []
        self.queue = queue.Queue()
        self.monitor = None
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.monitor:
            self.monitor.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    def _read(self):
        for line in self.process.stdout:
            self.queue.put(line.decode(errors="replace").rstrip("\r\n"))
        self.queue.put(None)

    def next_line(self):
        """The next line; None at the end of the output; TimeoutError when time is up."""
        try:
            line = self.queue.get(timeout=max(0.01, self.deadline - time.monotonic()))
        except queue.Empty:
            stage = [text for text in self.lines if text.startswith("stage: ")]
            raise TimeoutError(f"no end in time, last {stage[-1] if stage else 'before boot'}")
        if line is not None:
            self.lines.append(line)
        return line

    def read_until(self, prefix):
        """Reads up to the line that begins with prefix. False if the output ends before it."""
        while (line := self.next_line()) is not None:
            if line.startswith(prefix):
                return True
        return False

    def finish(self):
        """Reads everything; the exit status."""
        while self.next_line() is not None:
            pass
        return self.process.wait(timeout=10)

    def go_on(self):
        """The byte that ends a pause."""
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def wait_for_monitor(self):
        """Until QEMU answers: from then on guest memory holds what it has loaded."""
        while True:
            try:
                self.ask("info status")
                return
            except (FileNotFoundError, ConnectionRefusedError):
                if time.monotonic() > self.deadline or self.process.poll() is not None:
                    raise TimeoutError("QEMU did not start") from None
                time.sleep(0.01)

    def ask(self, text):
        """A command of the human monitor, over QMP; its answer."""
        if not self.monitor:
            link = socket.socket(socket.AF_UNIX)
            link.connect(self.monitor_path)
            self.monitor = link.makefile("rw")
            link.close()
            self.monitor.readline()
            self._execute("qmp_capabilities", {})
        return self._execute("human-monitor-command", {"command-line": text})

    def _execute(self, name, arguments):
        self.monitor.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.monitor.flush()
        while True:
            answer = json.loads(self.monitor.readline())
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise RuntimeError(answer["error"]["desc"])
