# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One host of the lab: run something in it, break its network, end its processes, boot it."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .waiting import eventually

ROOT = Path(__file__).resolve().parents[2]

DOOR = "/opt/door"
"""Where the collection and Ansible's own module_utils lie in a node."""


def podman(*arguments, check=True, timeout=60):
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0 or not check, f"podman {' '.join(arguments)}: {done.stderr}"
    return done


@dataclass
class Host:
    """One container of the scenario. name: its short name, as the other hosts know it."""

    name: str
    container: str
    opened: bool = False

    def open_door(self):
        """Put what a module needs into it, once."""
        if self.opened:
            return
        ours = f"{DOOR}/ansible_collections/evenkeel/glusterfs"
        self.run("mkdir", "-p", ours, f"{DOOR}/ansible")
        self.copy(ROOT, ["plugins"], ours)
        ansible = os.path.dirname(importlib.util.find_spec("ansible").origin)
        self.copy(ansible, ["release.py", "module_utils", "_internal/__init__.py"], f"{DOOR}/ansible")
        # Ansible sends an empty one too; without one, module_utils do not find out where they lie.
        self.run("touch", f"{DOOR}/ansible/__init__.py")
        self.opened = True

    def copy(self, base, names, folder):
        """Copy files and folders below ``base`` into a folder of it."""
        argv = ["tar", "--create", "--directory", base, "--exclude", "__pycache__", *names]
        archive = subprocess.run(argv, capture_output=True, check=True, timeout=60).stdout
        self.extract(archive, folder)

    def extract(self, archive, folder):
        """Unpack the bytes of an archive of tar's into a folder of it."""
        done = self.feed(archive, "tar", "--extract", "--directory", folder)
        assert done.returncode == 0, done.stderr

    def feed(self, content, *argv, timeout=60):
        """Run a command in it that reads this content, text or bytes; the process as it ended, its output of the same kind."""
        argv = ["podman", "exec", "--interactive", self.container, *argv]
        as_text = isinstance(content, str)
        return subprocess.run(argv, input=content, capture_output=True, text=as_text, timeout=timeout, check=False)

    def run(self, *argv, check=True, timeout=60):
        """Run a command in it; its output."""
        return podman("exec", self.container, *argv, check=check, timeout=timeout).stdout

    def write(self, path, text):
        """Write a file of it as it is, which may be one that podman has mounted there."""
        self.python("import sys; open(sys.argv[1], 'w').write(sys.argv[2])", path, text)

    def python(self, code, *arguments):
        return self.run("python3", "-c", code, *arguments)

    def in_background(self, code):
        """Start Python code in it, wait for its first line of output, and say how to end it: its process id, as a context manager's."""
        return Background(self, code)

    def in_network(self, *argv):
        """Run a command of this machine in the network namespace of the container, which needs no more capabilities for it."""
        pid = podman("inspect", "--format", "{{.State.Pid}}", self.container).stdout.strip()
        done = subprocess.run(
            ["nsenter", "--target", pid, "--net", *argv], capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, f"{' '.join(argv)}: {done.stderr}"
        return done.stdout

    def pids(self, pattern):
        """Numbers of its processes whose command line matches."""
        return self.run("pgrep", "-f", pattern, check=False).split()

    def signal(self, name, pattern):
        """Send a signal to its processes that match; there must be one."""
        self.run("pkill", f"-{name}", "-f", pattern)

    def restart(self):
        """Restart it, and wait until systemd has started all that belongs to a boot."""
        podman("restart", "--time", "2", self.container)
        self.run("systemctl", "is-system-running", "--wait", check=False, timeout=150)

    def boot(self, grace):
        """Restart it, with so many seconds for its services to end; wait until systemd has nothing to start any more but what waits for a mount."""
        podman("stop", "--time", str(grace), self.container, check=False)
        podman("start", self.container)
        eventually(lambda: self.active("multi-user.target"), 120, "the boot ends")

    def active(self, unit):
        return self.run("systemctl", "is-active", unit, check=False).strip() == "active"

    def show(self, unit, name):
        """A property of a unit."""
        return self.run("systemctl", "show", f"--property={name}", "--value", unit).strip()

    def statuses(self, *paths):
        """What gluster-failover tells of its mounts, of all without ``paths``."""
        return json.loads(self.run("gluster-failover", "status", "--json", *paths, check=False, timeout=120))

    def status(self, path):
        (row,) = self.statuses(path)
        return row

    def below(self, path):
        """What lies in the bare directory below a mount."""
        look = f"mkdir -p /run/root && mount --bind / /run/root && ls -A /run/root{path}; umount /run/root"
        return self.run("sh", "-c", look).split()

    def timed(self, *argv, timeout=200):
        """The exit code of a command in it, its output, and the seconds that it took."""
        begun = time.monotonic()
        done = podman("exec", self.container, *argv, check=False, timeout=timeout)
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, time.monotonic() - begun

    def start_glusterd(self):
        """systemd starts nothing that was started five times within ten seconds, unless told to forget that."""
        self.run("systemctl", "reset-failed", "glusterd", check=False)
        self.run("systemctl", "start", "glusterd")

    def exists(self, path):
        return podman("exec", self.container, "test", "-e", path, check=False).returncode == 0


class Background:
    """Python code that runs in a host until the context ends. pid: its number there."""

    def __init__(self, host, code):
        self.host = host
        self.code = code

    def __enter__(self):
        self.process = subprocess.Popen(
            [
                "podman",
                "exec",
                self.host.container,
                "python3",
                "-u",
                "-c",
                f"import os\nprint(os.getpid())\n{self.code}",
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = self.process.stdout.readline().strip()
        ready = self.process.stdout.readline()
        assert ready == "ready\n", ready
        return self

    def __exit__(self, *_error):
        self.host.run("kill", "-9", self.pid, check=False)
        self.process.communicate(timeout=30)
