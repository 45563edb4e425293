# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the benchmark does to its hosts: mount in each of the ways compared, storm the servers, take CPU away, count."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually, from_environment, podman, undone

PATH = "/srv/bench"
NODES = ("node1", "node2")
TURN = 1000000
"""Microseconds, the longest that the kernel takes."""

CODE = "/opt/bench"
OURS = "evenkeel.glusterfs.mount"
POSIX = "ansible.posix.mount"
OURS_MANY = "evenkeel.glusterfs.mounts"


@dataclass(frozen=True)
class Task:
    seconds: float
    failed: bool
    out: str


class Bench:
    """The hosts of the scenario, with the collection's code on the nodes."""

    def __init__(self):
        self.lab = from_environment()
        archive = subprocess.run(["git", "archive", "HEAD", "plugins"], capture_output=True, check=True).stdout
        storm = os.path.join(os.path.dirname(__file__), "storm.py")
        for name in NODES:
            host = self.lab.host(name)
            folder = f"{CODE}/ansible_collections/evenkeel/glusterfs"
            host.run("mkdir", "-p", folder)
            host.extract(archive, folder)
            podman("cp", storm, f"{host.container}:{CODE}/storm.py")
        self.whole()

    @property
    def node(self):
        return self.lab.node

    def whole(self):
        eventually(self.lab.whole, 90, "all peers connected, all bricks up")

    def version(self):
        return self.node.run("glusterfs", "--version").splitlines()[0]

    # -- one task

    def task(self, module, arguments, cut=180.0):
        argv = self.lab.task("node1", module, **arguments)
        started = time.monotonic()
        process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
        )
        try:
            out, _none = process.communicate(timeout=cut)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            process.communicate(timeout=30)
            return Task(cut, True, "cut")
        return Task(time.monotonic() - started, process.returncode != 0, out)

    def empty_task(self):
        """Seconds that Ansible takes for a task that does nothing on the node."""
        done = self.task("ansible.builtin.ping", {"data": "pong"})
        assert not done.failed, done.out
        return done.seconds

    def one(self, module, arguments, cut=180.0):
        """Run a task once, and put the node back."""
        done = self.task(module, arguments, cut)
        self.unmount()
        return done

    def ours_task(self, servers, volume="web"):
        return OURS, {"path": PATH, "volume": volume, "servers": list(servers), "order": "listed"}

    def posix_task(self, servers):
        options = f"_netdev,nofail,backup-volfile-servers={':'.join(servers[1:])}"
        return POSIX, {
            "path": PATH,
            "src": f"{servers[0]}:/web",
            "fstype": "glusterfs",
            "opts": options,
            "state": "mounted",
        }

    def again(self, module, arguments):
        """Seconds of a run with nothing to do."""
        done = self.task(module, arguments)
        assert '"changed": false' in done.out, done.out
        return done.seconds

    def play(self, module, arguments, paths, changed=1):
        """Seconds of a play with this task on both nodes, once for each path. changed: how many tasks of a node must have changed something."""
        task = {module: {**arguments, "path": "{{ item }}"}, "loop": paths}
        play = [{"hosts": "nodes", "gather_facts": False, "tasks": [task]}]
        argv = self.lab.playbook("/dev/stdin")
        started = time.monotonic()
        done = subprocess.run(argv, input=json.dumps(play), capture_output=True, text=True, timeout=600, check=False)
        seconds = time.monotonic() - started
        assert done.stdout.count(f"changed={changed} ") == len(NODES), done.stdout + done.stderr
        return seconds

    def tasks(self, *tasks, changed=0):
        """Seconds of a play with these tasks on the first node. changed: how many of them must have changed something, None if any may."""
        play = [{"hosts": "node1", "gather_facts": False, "tasks": list(tasks)}]
        started = time.monotonic()
        argv = self.lab.playbook("/dev/stdin")
        done = subprocess.run(argv, input=json.dumps(play), capture_output=True, text=True, timeout=600, check=False)
        seconds = time.monotonic() - started
        assert changed is None or f"changed={changed} " in done.stdout, done.stdout + done.stderr
        assert "failed=0 " in done.stdout, done.stdout + done.stderr
        return seconds

    def ours_many(self, servers, paths, state="mounted"):
        """A task that brings all of these paths to a state."""
        entries = [{"path": path} for path in paths]
        return {
            OURS_MANY: {"volume": "web", "servers": list(servers), "order": "listed", "state": state, "mounts": entries}
        }

    def on_node(self, *argv):
        """Seconds of a command of the node, without Ansible, and what it said."""
        code = (
            "import subprocess, sys, time; started = time.monotonic();"
            "done = subprocess.run(sys.argv[1:], capture_output=True, text=True, timeout=120);"
            "print(time.monotonic() - started); print(done.stdout)"
        )
        seconds, _newline, said = self.node.python(code, *argv).partition("\n")
        return float(seconds), said

    def direct(self, server):
        """Seconds of `mount -t glusterfs` of one server, on the node itself."""
        code = (
            "import subprocess, sys, time; started = time.monotonic();"
            "subprocess.run(['mount', '-t', 'glusterfs', sys.argv[1], sys.argv[2]], check=True, timeout=120);"
            "print(time.monotonic() - started)"
        )
        self.node.run("mkdir", "-p", PATH)
        seconds = float(self.node.python(code, f"{server}:/web", PATH))
        self.unmount()
        return seconds

    def unmount(self):
        """Put the node back, whatever an alternative has left there."""
        for pid in self.node.pids(f"mount.*glusterfs.*{PATH}|glusterfs .*{PATH}$"):
            self.node.run("kill", "-9", pid, check=False)
        while f" {PATH} " in self.node.run("cat", "/proc/mounts"):
            self.node.run("umount", "--lazy", PATH)
        self.node.run("sed", "--in-place", f"\\#{PATH}#d", "/etc/fstab")
        self.node.run("chattr", "-i", PATH, check=False)
        self.node.run("rm", "-df", PATH, check=False)

    # -- many mounts

    def storm(self, count, servers, order="random"):
        """``count`` mounts at once, by the engine, spread over the nodes; how each ended."""
        processes = []
        nodes = NODES[: min(count, len(NODES))]
        for number, name in enumerate(nodes):
            paths = [f"{PATH}-{index}" for index in range(number, count, len(nodes))]
            given = json.dumps({"paths": paths, "servers": list(servers), "order": order, "volume": "web"})
            argv = [
                "podman",
                "exec",
                "--env",
                f"PYTHONPATH={CODE}",
                self.lab.host(name).container,
                "python3",
                f"{CODE}/storm.py",
                given,
            ]
            processes.append(subprocess.Popen(argv, stdout=subprocess.PIPE, text=True))
        ended = [json.loads(line) for process in processes for line in process.communicate(timeout=300)[0].splitlines()]
        assert len(ended) == count, ended
        if count == 1:
            self.unmount_all()
        return ended

    def unmount_all(self):
        for name in NODES:
            host = self.lab.host(name)
            mounts = [line.split()[1] for line in host.run("cat", "/proc/mounts").splitlines() if f" {PATH}-" in line]
            if mounts:
                host.run("umount", *mounts, timeout=120)
                eventually(lambda host=host: not host.pids(f"glusterfs .*{PATH}-"), 30, "the clients have ended")

    def connections(self):
        """Management connections of the nodes on each server."""
        addresses = {
            podman("exec", self.lab.host(name).container, "hostname", "-I").stdout.split()[0] for name in NODES
        }
        found = []
        for name in PEERS:
            lines = self.lab.host(name).run("ss", "-Htn", "state", "established", "sport", "=", ":24007").splitlines()
            peers = [line.split()[-1].rpartition(":")[0].rpartition(":")[2].strip("[]") for line in lines]
            found.append(sum(peer in addresses for peer in peers))
        return found

    # -- servers

    @contextmanager
    def cpus(self, quota):
        """Each server has ``quota`` of a CPU, in turns of a second, and other work that wants all of it."""

        def give(share):
            for name in PEERS:
                given = [f"--cpu-period={TURN}", f"--cpu-quota={round(share * TURN)}"]
                podman("update", *given, self.lab.host(name).container)

        with ExitStack() as work:
            for name in PEERS:
                work.enter_context(self.lab.host(name).in_background("print('ready')\nwhile True: pass"))
            give(quota)
            work.callback(give, os.cpu_count())
            yield

    def silenced(self, network):
        """Packets of the node to ``network`` are dropped without a word."""
        rules = (
            "add table inet bench",
            "add chain inet bench output { type filter hook output priority 0 ; }",
            f"add rule inet bench output ip daddr {network} drop",
        )
        return undone(
            lambda: [self.node.in_network("nft", rule) for rule in rules],
            lambda: self.node.in_network("nft", "delete table inet bench"),
        )
