# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node with a healthy mount, and a user of it, mallory, who can do what every user of a desktop or a login node can: FUSE and namespaces."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path

from ansible_collections.evenkeel.glusterfs.tests.lab import eventually

USER = "mallory"
HOME = f"/home/{USER}"
PATH = "/srv/web"
NEIGHBOUR = "/opt/neighbour.py"

_PREPARE = f"""
id {USER} 2>/dev/null || useradd --create-home {USER}
chmod 0666 /dev/fuse
chmod u+s /usr/bin/fusermount-glusterfs
"""
"""The distribution's fusermount has the same source as fuse's own, and is as harmless with the bit that lets users mount."""


class Node:
    """node1 of the lab."""

    def __init__(self, lab):
        self.lab = lab
        self.host = lab.node

    def prepare(self):
        self.host.run("sh", "-ec", _PREPARE)
        self.host.write(NEIGHBOUR, Path(__file__).with_name("neighbour.py").read_text())
        for done in (
            self.lab.use("mount_helper"),
            self.lab.mount(path=PATH, volume="web", servers=["gfs1", "gfs2", "gfs3"], fstab="failover"),
        ):
            assert not done.failed, done.message

    def rows(self, *paths):
        """What gluster-failover status says, by path."""
        return {row["path"]: row for row in self.host.statuses(*paths)}

    def row(self, path=PATH):
        return self.rows(path)[path]

    def heal(self, *paths, patience="3"):
        """A run of healing: its exit code and what it says."""
        code, output, _seconds = self.host.timed("gluster-failover", "heal", "--patience", patience, *paths)
        return code, output

    @contextmanager
    def running(self, *argv, user=USER, ready=True):
        """A process of a user of the node, which goes when the block ends, dead or alive; its number."""
        code = (
            "import os, pwd, sys\n"
            "user = pwd.getpwnam(sys.argv[1])\n"
            "out = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)\n"
            "os.initgroups(user.pw_name, user.pw_gid); os.setgid(user.pw_gid); os.setuid(user.pw_uid)\n"
            "if os.fork(): os._exit(0)\n"
            "os.setsid()\n"
            "os.dup2(os.open('/dev/null', os.O_RDONLY), 0); os.dup2(out, 1); os.dup2(out, 2)\n"
            "print(os.getpid(), flush=True)\n"
            "os.execv(sys.argv[3], sys.argv[4:])\n"
        )
        self.number = getattr(self, "number", 0) + 1
        log = f"/run/running.{self.number}"
        program = argv[0]
        if isinstance(program, tuple):  # one that calls itself otherwise
            program, called = program
            argv = (called, *argv[1:])
        self.host.python(code, user, log, program, *argv)

        def lines():
            return self.host.run("cat", log, check=False).splitlines()

        eventually(lambda: len(lines()) > ready, 10, f"{argv} is ready")
        pid = lines()[0]
        try:
            yield pid
        finally:
            self.host.run("kill", "-9", pid, check=False)

    def as_user(self, *argv):
        """Run a command as the user."""
        self.host.run("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *argv)

    @contextmanager
    def neighbour(self, path, kind, options, user=USER):
        """A file system of a user of the node, mounted by fusermount at ``path``."""
        self.host.run("install", "-d", "-o", user, path)
        try:
            with self.running("/usr/bin/python3", NEIGHBOUR, path, kind, options, user=user) as pid:
                yield pid
        finally:
            self.host.run("umount", "-l", path, check=False)
