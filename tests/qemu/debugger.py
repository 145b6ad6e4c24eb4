# SPDX-License-Identifier: MIT
"""debugger: as much of gdb's remote protocol as it takes to stop a machine somewhere and to make it
go wrong there (QEMU 7.2, gdbstub.c)."""

import socket

PC = {"x86_64": 16, "arm64": 32}  # numbers of registers in QEMU's target descriptions


class Debugger:
    """Connecting stops the machine."""

    def __init__(self, path, seconds=60):
        self.link = socket.socket(socket.AF_UNIX)
        self.link.settimeout(seconds)
        self.link.connect(path)
        # QEMU lets single registers be written by those alone who know their numbers.
        self.ask("qXfer:features:read:target.xml:0,ffb")

    def close(self):
        self.link.close()

    def _byte(self):
        byte = self.link.recv(1)
        if not byte:
            raise ConnectionError("QEMU's debugger is gone")
        return byte

    def send(self, text):
        self.link.sendall(f"${text}#{sum(text.encode()) % 256:02x}".encode())

    def answer(self):
        while self._byte() != b"$":
            pass
        text = b""
        while (byte := self._byte()) != b"#":
            text += byte
        self._byte(), self._byte()
        self.link.sendall(b"+")
        return text.decode(errors="replace")

    def ask(self, text):
        """The answer; that the machine stopped, which connecting does, is none."""
        self.send(text)
        while (answer := self.answer())[:1] in ("T", "S"):
            pass
        return answer

    def must(self, text):
        if (answer := self.ask(text)) != "OK":
            raise RuntimeError(f"QEMU's debugger answers {text} with {answer!r}")

    def go_on(self):
        self.send("c")

    def stopped(self):
        """Waits until the machine stops."""
        while self.answer()[:1] not in ("T", "S"):
            pass

    def stop_at(self, kind, address, size, start):
        """Lets it run until kind (1: an instruction, 3: a read) happens at a virtual address; what
        start() does may let it come there."""
        self.must(f"Z{kind},{address:x},{size}")
        self.go_on()
        start()
        self.stopped()
        self.must(f"z{kind},{address:x},{size}")

    def pc(self, arch):
        return int.from_bytes(bytes.fromhex(self.ask(f"p{PC[arch]:x}")), "little")

    def set_pc(self, arch, address):
        self.must(f"P{PC[arch]:x}={address.to_bytes(8, 'little').hex()}")

    def write(self, address, data):
        self.must(f"M{address:x},{len(data):x}:{data.hex()}")
