# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules for servers against those of gluster.gluster 1.0.2: the same pool and volume, made in turns, on the same hosts in one run.

Prints a table, writes it to docs/benchmark-servers.md, and fails where a goal is missed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, ROOT, eventually, from_environment

ROUNDS = 3
BUNDLE = "ansible==9.13.0"
"""The last wheels that bundle gluster.gluster."""

CACHE = ROOT / ".cache" / "bench"
BRICK = "/bricks/bench"

FEW = {"network.ping-timeout": "10", "performance.quick-read": "off"}
MANY = {
    **FEW,
    "cluster.favorite-child-policy": "none",
    "cluster.heal-timeout": "60",
    "cluster.lookup-optimize": "on",
    "cluster.min-free-disk": "5%",
    "cluster.quorum-type": "auto",
    "cluster.self-heal-daemon": "on",
    "cluster.shd-max-threads": "2",
    "cluster.data-self-heal": "on",
    "cluster.metadata-self-heal": "on",
    "cluster.entry-self-heal": "on",
    "client.event-threads": "2",
    "server.event-threads": "2",
    "diagnostics.client-log-level": "WARNING",
    "features.shard": "off",
    "network.frame-timeout": "600",
    "performance.cache-size": "64MB",
    "performance.io-cache": "off",
    "performance.read-ahead": "off",
}


def ours(options):
    bricks = [f"{host}:{BRICK}" for host in PEERS]
    return [
        {"evenkeel.glusterfs.trusted_pool": {"hosts": list(PEERS)}},
        {
            "evenkeel.glusterfs.volume": {
                "name": "bench",
                "state": "started",
                "replica": len(PEERS),
                "bricks": bricks,
                "options": options,
            }
        },
    ]


def theirs(options):
    return [
        {"gluster.gluster.gluster_peer": {"state": "present", "nodes": list(PEERS)}},
        {
            "gluster.gluster.gluster_volume": {
                "name": "bench",
                "state": "present",
                "replicas": len(PEERS),
                "bricks": BRICK,
                "cluster": list(PEERS),
                "options": options,
            }
        },
    ]


def collection():
    """A folder with gluster.gluster, from the wheel that bundles it."""
    where = CACHE / "ansible_collections" / "gluster" / "gluster"
    if not where.exists():
        with tempfile.TemporaryDirectory() as folder:
            argv = [sys.executable, "-m", "pip", "download", "-qq", "--no-deps", "--dest", folder, BUNDLE]
            subprocess.run(argv, check=True, timeout=300)
            with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as wheel:
                names = [name for name in wheel.namelist() if name.startswith("ansible_collections/gluster/gluster/")]
                wheel.extractall(CACHE, names)
    assert json.loads((where / "MANIFEST.json").read_text())["collection_info"]["version"] == "1.0.2"
    return CACHE


_BARE = """
import json, subprocess, sys, time
begun = time.monotonic()
for words in json.loads(sys.argv[1]):
    # A host that was just added is not in the pool for a moment.
    for _again in range(100):
        if not subprocess.run(["gluster", "--mode=script", *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60).returncode:
            break
        time.sleep(0.05)
    else:
        sys.exit(f"{words} is refused")
print(time.monotonic() - begun)
"""


class Servers:
    """The first three servers of the lab, each alone at the start of a round."""

    def __init__(self):
        self.lab = from_environment()
        self.environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": f"{os.environ['ANSIBLE_COLLECTIONS_PATH']}:{collection()}",
            "ANSIBLE_DEPRECATION_WARNINGS": "0",
        }

    def fresh(self):
        for name in PEERS:
            self.lab.host(name).run(
                "sh",
                "-c",
                "systemctl stop glusterd; pkill -KILL gluster; rm -rf /var/lib/glusterd/vols /var/lib/glusterd/peers /bricks/*;"
                "systemctl start glusterd || glusterd",
            )
        for name in PEERS:
            pool = self.lab.host(name)
            eventually(
                lambda pool=pool: "localhost" in pool.run("gluster", "pool", "list", check=False), 30, "glusterd"
            )

    def play(self, tasks):
        """Seconds of a play of these tasks, and what it changed. What fails is run again, as its user would have to, in the same time."""
        play = [{"hosts": "gfs1", "gather_facts": False, "tasks": tasks}]
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(play, file)
            file.flush()
            argv = self.lab.playbook(file.name)
            begun = time.monotonic()
            attempts, done = 0, None
            while not done or done.returncode:
                attempts += 1
                done = subprocess.run(
                    argv, capture_output=True, text=True, env=self.environment, timeout=300, check=False
                )
                assert done.returncode == 0 or attempts < 5, done.stdout + done.stderr
        changed = int(re.search(r"changed=(\d+)", done.stdout).group(1))
        return time.monotonic() - begun, changed, attempts

    def measure(self, tasks):
        """Seconds to converge, seconds of a second run, how often it had to be run to converge."""
        self.fresh()
        converge, _changed, attempts = self.play(tasks)
        info = self.lab.host("gfs1").run("gluster", "volume", "info", "bench")
        assert "Status: Started" in info, info
        assert "1 x 3 = 3" in info, info
        again, changed, _attempts = self.play(tasks)
        assert changed == 0, "the second run changed something"
        return converge, again, attempts

    def least(self, options):
        """Seconds that no module can save: two empty tasks, and to converge the commands that change something, as few as gluster takes, with no look."""
        self.fresh()
        name = "bench"
        commands = [["peer", "probe", host] for host in PEERS[1:]]
        commands.append(["volume", "create", name, "replica", str(len(PEERS)), *(f"{host}:{BRICK}" for host in PEERS)])
        commands.append(["volume", "set", name, *(word for option in options.items() for word in option)])
        commands.append(["volume", "start", name])
        bare = float(self.lab.host("gfs1").python(_BARE, json.dumps(commands)))
        empty, _changed, _attempts = self.play([{"ansible.builtin.ping": {}}] * 2)
        return empty + bare, empty


def main():
    servers = Servers()
    lines, missed = [], False

    def say(line):
        print(line, flush=True)
        lines.append(line)

    version = servers.lab.host("gfs1").run("gluster", "--version").splitlines()[0]
    say("# Benchmark: servers\n")
    say(
        f"The last run of `make bench-servers`, {time.strftime('%Y-%m-%d')}: a pool of three and a volume with three copies, {version}, by one play "
        f"with two tasks, started anew {ROUNDS} times, in turns. Seconds, the best of them, since what else the machine does only ever adds.\n"
    )
    say("| | evenkeel.glusterfs | gluster.gluster 1.0.2 | ratio | goal | least |\n|---|---|---|---|---|---|")
    for options in (FEW, MANY):
        rounds = [
            (servers.measure(ours(options)), servers.measure(theirs(options)), servers.least(options))
            for _round in range(ROUNDS)
        ]
        for number, what, goal in ((0, "converge", 0.8), (1, "second run", 1.0)):
            mine, other, least = (min(one[side][number] for one in rounds) for side in range(3))
            say(
                f"| {what}, {len(options)} options | {mine:.2f} | {other:.2f} | {mine / other:.2f} | {goal} | {least / other:.2f} |"
            )
            missed |= mine / other > goal
        repeats = [max(one[side][2] for one in rounds) for side in (0, 1)]
        print(f"runs until it converged, at most: ours {repeats[0]}, theirs {repeats[1]}", flush=True)
    say(
        "\ngluster.gluster sets each option by a command of its own, and looks at less: these modules wait until each peer sees the same pool and bricks "
        "are up, and see before they begin that all hosts are members and connected and that the options exist. The column least is the share of its time "
        "that no module can save: two empty tasks of Ansible, and to converge the commands that change something."
    )
    (ROOT / "docs" / "benchmark-servers.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sys.exit(1 if missed else 0)


main()
