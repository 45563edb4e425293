# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The containers of a running scenario, seen from the tests: run something in a host, break its network, use the module as a user does."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field

PEERS = ("gfs1", "gfs2", "gfs3")
STRANGER = "stranger"
NODE = "node1"
VOLUMES = ("web", "pages")


def podman(*arguments, check=True, timeout=60):
    done = subprocess.run(["podman", *arguments], capture_output=True, text=True, timeout=timeout, check=False)
    assert done.returncode == 0 or not check, f"podman {' '.join(arguments)}: {done.stderr}"
    return done


@dataclass(frozen=True)
class Host:
    """One container of the scenario. name: its short name, as the other hosts know it."""

    name: str
    container: str

    def run(self, *argv, check=True, timeout=60):
        """Run a command in it; its output."""
        return podman("exec", self.container, *argv, check=check, timeout=timeout).stdout

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
        pids = self.pids(pattern)
        assert pids, f"{self.name} has no process {pattern}"
        self.run("kill", f"-{name}", *pids)

    def restart(self):
        """Restart it, and wait until systemd has started all that belongs to a boot."""
        podman("restart", "--time", "2", self.container)
        self.run("systemctl", "is-system-running", "--wait", check=False, timeout=150)

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
    """What the module answered, whether it failed, and how long Ansible took for it (seconds)."""

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

    def whole(self):
        """Whether all peers see each other and all bricks of all started volumes are up: the state that each test begins with."""
        peer = self.host(PEERS[0])
        connected = [self.host(name).run("gluster", "peer", "status").count("(Connected)") for name in PEERS]
        bricks = peer.run("gluster", "--xml", "volume", "status", check=False)
        up = re.findall(r"<path>/bricks/.*?<status>(.)</status>", bricks, re.DOTALL)
        return connected == [len(PEERS) - 1] * len(PEERS) and up == ["1"] * len(PEERS) * len(VOLUMES)

    def start(self, module, node=NODE, check=False, **arguments):
        """Start the module by ansible as a user would; finish() gives its result."""
        argv = ["ansible", node, "--inventory", self.inventory, "--module-name", f"evenkeel.glusterfs.{module}"]
        argv += ["--args", json.dumps(arguments), *(["--check", "--diff"] if check else [])]
        environment = {**os.environ, "ANSIBLE_CALLBACK_RESULT_FORMAT": "json", "ANSIBLE_FORCE_COLOR": "0"}
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
        return process, time.monotonic()

    def finish(self, started, timeout=180):
        process, begun = started
        out, err = process.communicate(timeout=timeout)
        seconds = time.monotonic() - begun
        _diff, arrow, result = out.partition(" => ")
        assert arrow, f"ansible said no result: {out}{err}"
        return Result(json.loads(result), process.returncode != 0, seconds)

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
