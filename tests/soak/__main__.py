# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The soak: mount, a random fault, heal, unmount, two hundred times; and nothing of it is left.

Prints the seed, so that a run can be had again: python -m tests.soak ROUNDS SEED.
"""

from __future__ import annotations

import random
import sys
import time

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually, from_environment, podman

PATH = "/srv/soak"
MOUNTED = {"path": PATH, "volume": "web", "servers": list(PEERS), "patience": 1}


class Soak:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.lab = from_environment()
        self.node = self.lab.node

    def use(self, **arguments):
        return self.lab.mount(**arguments)

    # -- faults: what is done to a mounted node or to the servers, and how that ends

    def client_killed(self):
        self.node.signal("KILL", f"glusterfs .*{PATH}$")

    def client_frozen(self):
        self.node.signal("STOP", f"glusterfs .*{PATH}$")

    def client_ended(self):
        self.node.signal("TERM", f"glusterfs .*{PATH}$")
        eventually(lambda: not self.node.pids(f"glusterfs .*{PATH}$"), 20, "the client has ended")

    def detached_lazily(self):
        self.node.run("umount", "--lazy", PATH)

    def glusterd_restarted(self):
        peer = self.lab.host(self.rng.choice(PEERS))
        # The unit takes six starts an hour and then refuses.
        peer.run("systemctl", "reset-failed", "glusterd")
        peer.run("systemctl", "restart", "glusterd")

    def brick_killed(self):
        peer = self.lab.host(self.rng.choice(PEERS))
        peer.signal("KILL", "glusterfsd .*/bricks/web")
        return lambda: self.lab.host("gfs1").run("gluster", "--mode=script", "volume", "start", "web", "force")

    def glusterd_stopped(self):
        peer = self.lab.host(self.rng.choice(PEERS))
        peer.run("systemctl", "stop", "glusterd")
        peer.run("systemctl", "reset-failed", "glusterd")
        return lambda: peer.run("systemctl", "start", "glusterd")

    def fault(self):
        return self.rng.choice(
            (
                self.client_killed,
                self.client_frozen,
                self.client_ended,
                self.detached_lazily,
                self.glusterd_restarted,
                self.brick_killed,
                self.glusterd_stopped,
            )
        )

    # -- one round

    def round(self):
        fault = self.fault()
        self.good(self.use(**MOUNTED), fault)
        undo = fault()
        self.good(self.use(**MOUNTED), fault)
        text = f"{self.rng.random()}"
        self.node.python("import sys; open(sys.argv[1], 'w').write(sys.argv[2])", f"{PATH}/soak", text)
        assert self.node.run("cat", f"{PATH}/soak") == text
        assert not self.use(**MOUNTED).values["changed"]
        if undo:
            undo()
        self.good(self.use(path=PATH, state="absent"), fault)
        eventually(self.lab.whole, 90, "all peers connected, all bricks up")
        return fault.__name__

    def good(self, result, fault):
        assert not result.failed, f"{fault.__name__}: {result.message}"

    def left(self):
        """What a round may leave on the node: mounts, processes, scopes, lines of fstab, directories, cgroups, runtime files but the locks."""
        # Other hosts' cgroups are seen here too where the machine has version 1 of them beside version 2.
        mine = podman("inspect", "--format", "{{.Id}}", self.node.container).stdout.strip()
        cgroups = self.node.run("find", "/sys/fs/cgroup", "-name", "glusterfs-*.scope").splitlines()
        return {
            "mounts": self.node.run("grep", "-c", "fuse", "/proc/mounts", check=False).strip(),
            "processes": self.node.run("pgrep", "-c", "glusterfs", check=False).strip(),
            "scopes": self.node.run("systemctl", "list-units", "--no-legend", "--all", "glusterfs-*.scope"),
            "cgroups": [path for path in cgroups if mine in path or "libpod-" not in path],
            "fstab": self.node.run("cat", "/etc/fstab"),
            "directories": self.node.run("ls", "/srv"),
            "locks": self.node.run("find", "/run/evenkeel.glusterfs", "-type", "f", check=False),
        }


def main():
    rounds = int(sys.argv[1]) if sys.argv[1:] else 200
    seed = int(sys.argv[2]) if sys.argv[2:] else random.randrange(1 << 32)
    print(f"{rounds} rounds, seed {seed}", flush=True)
    soak = Soak(seed)
    eventually(soak.lab.whole, 90, "all peers connected, all bricks up")
    soak.round()  # what is made once, such as the locks
    before = soak.left()
    counts = {}
    started = time.monotonic()
    for number in range(1, rounds + 1):
        name = soak.round()
        counts[name] = counts.get(name, 0) + 1
        if number % 20 == 0:
            print(f"{number} rounds in {time.monotonic() - started:.0f} s: {counts}", flush=True)
            after = soak.left()
            assert after == before, f"left over: {after}, and not {before}"


main()
