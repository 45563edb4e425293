# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What unit tests put in place of the machine: a clock that jumps, commands that answer from a table."""

from __future__ import annotations

import shutil


class FakeClock:
    """A clock that sleeping moves on."""

    def __init__(self):
        self.time = 0.0

    def now(self):
        return self.time

    def sleep(self, seconds):
        assert seconds >= 0
        self.time += max(seconds, 0.001)


class FakeProc:
    """A /proc with the processes that a test adds."""

    def __init__(self, path):
        self.path = path
        self.root = str(path)
        (path / "self" / "ns").mkdir(parents=True)
        (path / "self" / "ns" / "mnt").symlink_to("mnt:[1]")

    def add(
        self, pid, argv, *, started=100, namespace="mnt:[1]", state="S", connection=None, sockets=(), tcp="\n", tcp6="\n"
    ):
        folder = self.path / str(pid)
        for name in ("ns", "fd", "fdinfo", "net"):
            (folder / name).mkdir(parents=True)
        (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in argv))
        (folder / "stat").write_text(f"{pid} (glusterfs (x)) {state} " + "0 " * 18 + f"{started} 0 0\n")
        (folder / "ns" / "mnt").symlink_to(namespace)
        (folder / "net" / "tcp").write_text(tcp)
        (folder / "net" / "tcp6").write_text(tcp6)
        for number, inode in enumerate(sockets):
            (folder / "fd" / str(number)).symlink_to(f"socket:[{inode}]")
        (folder / "fd" / "90").symlink_to("/dev/fuse")
        (folder / "fdinfo" / "90").write_text("pos:\t0\n" + (f"fuse_connection:\t{connection}\n" if connection else ""))

    def remove(self, pid):
        shutil.rmtree(self.path / str(pid))
