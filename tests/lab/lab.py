# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of a running scenario, and a module on one of them.

A module runs in the node itself, as Ansible would run it there, but without Ansible around it, which costs a second each time. That Ansible brings it
there is what molecule/default shows.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from .host import DOOR, Host

PEERS = ("gfs1", "gfs2", "gfs3")
STRANGER = "stranger"
NODE = "node1"
VOLUMES = ("web", "pages")
IMAGE = "localhost/evenkeel-glusterfs:latest"
"""What containers mount from, by the module's default."""
PATH = "/srv/fault"


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

    def task(self, hosts, module, /, *options, **arguments):
        """The command by which Ansible itself runs a module on hosts of the inventory."""
        argv = ["ansible", hosts, "--inventory", self.inventory, "--module-name", module, *options]
        # No arguments at all are no JSON to ansible.
        return argv + (["--args", json.dumps(arguments)] if arguments else [])

    def playbook(self, path, /, *options, **variables):
        """The command by which Ansible runs a playbook on the inventory."""
        argv = ["ansible-playbook", "--inventory", self.inventory, *options]
        return [*argv, *(["--extra-vars", json.dumps(variables)] if variables else []), str(path)]

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


def from_environment():
    """The scenario that molecule runs."""
    inventory = os.environ["EVENKEEL_INVENTORY"]
    return Lab(inventory, os.environ["EVENKEEL_PREFIX"])
