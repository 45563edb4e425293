# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The containers of a running scenario, seen from the tests: run something in a host, break its network, use a module there.

A module runs in the node itself, as Ansible would run it there, but without Ansible around it, which costs a second each time. That Ansible brings it
there is what molecule/default shows.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ("gfs1", "gfs2", "gfs3")
STRANGER = "stranger"
NODE = "node1"
VOLUMES = ("web", "pages")
PATH = "/srv/fault"

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
        argv = ["podman", "exec", "--interactive", self.container, "tar", "--extract", "--directory", folder]
        subprocess.run(argv, input=archive, check=True, timeout=60)

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
        return _Background(self, code)

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

    def start_glusterd(self):
        """systemd starts nothing that was started five times within ten seconds, unless told to forget that."""
        self.run("systemctl", "reset-failed", "glusterd", check=False)
        self.run("systemctl", "start", "glusterd")

    def exists(self, path):
        return podman("exec", self.container, "test", "-e", path, check=False).returncode == 0


class _Background:
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


@dataclass(frozen=True)
class Result:
    """What the module answered, whether it failed, and how long it took (seconds)."""

    values: dict
    failed: bool
    seconds: float

    @property
    def message(self):
        return self.values.get("msg", "")

    def outcomes(self, server):
        return [attempt["outcome"] for attempt in self.values["attempts"] if attempt["server"] == server]


@dataclass
class Lab:
    """A running scenario. inventory: of Ansible. prefix: of its containers' names."""

    inventory: str
    prefix: str
    hosts: dict = field(default_factory=dict)

    def host(self, name):
        return self.hosts.setdefault(name, Host(name, f"{self.prefix}{name}"))

    @property
    def node(self):
        return self.host(NODE)

    def gluster(self, *words):
        """A command of gluster's, on the first peer."""
        return self.host(PEERS[0]).run("gluster", "--mode=script", *words)

    def whole(self):
        """Whether all peers see each other and all bricks of all started volumes are up: the state that each test begins with."""
        peer = self.host(PEERS[0])
        with ThreadPoolExecutor() as pool:
            bricks = pool.submit(peer.run, "gluster", "--xml", "volume", "status", check=False)
            status = list(pool.map(lambda name: self.host(name).run("gluster", "peer", "status"), PEERS))
        connected = [text.count("(Connected)") for text in status]
        up = re.findall(r"<path>/bricks/.*?<status>(.)</status>", bricks.result(), re.DOTALL)
        return connected == [len(PEERS) - 1] * len(PEERS) and up == ["1"] * len(PEERS) * len(VOLUMES)

    def start(self, module, node=NODE, check=False, by=("env",), **arguments):
        """Start the module in the node; finish() gives its result. by: the command that starts Python there, up to what it takes of the environment."""
        host = self.host(node)
        host.open_door()
        argv = ["podman", "exec", host.container, *by, f"PYTHONPATH={DOOR}", "/usr/bin/python3", "-m"]
        argv += [f"ansible_collections.evenkeel.glusterfs.plugins.modules.{module}"]
        argv += [
            json.dumps({"ANSIBLE_MODULE_ARGS": {**arguments, "_ansible_check_mode": check, "_ansible_diff": check}})
        ]
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        return process, time.monotonic()

    def finish(self, started, timeout=180):
        """The result; of a run that was killed there is none, and None."""
        process, begun = started
        out, err = process.communicate(timeout=timeout)
        seconds = time.monotonic() - begun
        if not out.strip():
            assert process.returncode > 128, f"no result, but {process.returncode}: {err}"
            return None
        values = json.loads(out)
        return Result(values, values.get("failed", False), seconds)

    def use(self, module, **arguments):
        return self.finish(self.start(module, **arguments))

    def mount(self, **arguments):
        return self.use("mount", **arguments)


def eventually(condition, seconds, what):
    """Wait until ``condition()`` holds. Fails with ``what`` when time is over."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


@contextmanager
def undone(do, undo):
    """Do something to the lab for a while."""
    do()
    try:
        yield
    finally:
        undo()


def from_environment():
    """The scenario that molecule runs."""
    inventory = os.environ["EVENKEEL_INVENTORY"]
    return Lab(inventory, os.environ["EVENKEEL_PREFIX"])
