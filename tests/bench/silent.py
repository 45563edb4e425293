# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a silent host costs those who write, measured on hosts of its own: ``lab/hosts bench 3000 python -m tests.bench.silent FILE WHAT...``.

WHAT is one or more of

- return: a mount is made while a host is silent, and writers go on through its return, with the act and without;
- heal: the first of these, until all is healed without being asked for;
- running:SECONDS: a host falls silent under running writers for so many seconds.

Each run is a line of JSON in FILE, of which ``python -m tests.bench.silent_pages`` makes the plot and the tables of docs/.
"""

from __future__ import annotations

import json
import re
import sys
import time

from ansible_collections.evenkeel.glusterfs.tests.bench.writers import LOCKS, WRITERS, lock_owner, writing, written
from ansible_collections.evenkeel.glusterfs.tests.faults import faults
from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually, from_environment
from ansible_collections.evenkeel.glusterfs.tests.lab.host import DOOR

PATH, OTHER = "/srv/silent", "/srv/other"
WITHHELD = ("setpriv", "--bounding-set=-net_admin", "env")
"""A command that starts the module without the capability that the act takes."""
FAULTS = {
    "host drops all packets": faults.silent_hosts("gfs1"),
    "host frozen": faults.frozen(faults.GLUSTERD, faults.BRICKS),
}
HEALED_SECONDS = 600

_ACT = """
import sys
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import client
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import tcp
(process,) = client.find(sys.argv[1])
entries = [entry for entry in tcp.of_process(process.pid) if entry.address == sys.argv[2]]
for entry in entries:
    tcp.destroy(entry)
print(len(entries))
"""


class Hosts:
    """Three servers and a node, with the volume ``web``."""

    def __init__(self):
        self.lab = from_environment()
        self.node = self.lab.node
        self.node.open_door()

    def mount(self, path=PATH, by=("env",)):
        given = {"path": path, "volume": "web", "servers": list(PEERS), "order": "listed", "fstab": "none"}
        done = self.lab.finish(self.lab.start("mount", by=by, **given))
        assert not done.failed, done.message
        return done

    def unmount(self):
        for path in (PATH, OTHER):
            gone = self.lab.mount(path=path, state="absent")
            assert not gone.failed, gone.message

    def whole(self):
        eventually(self.lab.whole, 120, "all peers connected, all bricks up")

    def act(self):
        """Destroy the client's connections to the first server by hand; how many there were."""
        address = self.node.run("getent", "ahostsv4", PEERS[0]).split()[0]
        return int(self.node.run("env", f"PYTHONPATH={DOOR}", "python3", "-c", _ACT, PATH, address))

    def to_heal(self):
        """Entries that wait to be healed, on all bricks."""
        text = self.lab.host("gfs2").run("gluster", "volume", "heal", "web", "info", timeout=120)
        return sum(map(int, re.findall(r"Number of entries: (\d+)", text)))

    def healed(self, since, by_itself=False):
        """Seconds until nothing waits to be healed any more. The self-heal daemon looks every ten minutes by itself, and when it is asked to."""

        def done():
            if not by_itself:  # refused while a server has just come back
                self.lab.host("gfs2").run("gluster", "volume", "heal", "web", check=False)
            return self.to_heal() == 0

        eventually(done, HEALED_SECONDS, "all is healed")
        return round(time.monotonic() - since, 1)

    def connected(self):
        """Whether the client is connected to all bricks."""
        rows = self.lab.use("mount_info", paths=[PATH]).values["mounts"]
        return all(brick["connected"] for brick in rows[0]["bricks"])


def told(host, began, names):
    """For each writer its longest stall, its errors, and, for the plot, each write as seconds since ``began`` and seconds that it took."""
    now = time.monotonic()
    rows = {}
    for name in names:
        writes = written(host, name, now)
        rows[name] = {
            "stall": round(max(write.seconds for write in writes), 2),
            "errors": sum(write.error > 0 for write in writes),
            "writes": [(round(write.begun - began, 2), round(write.seconds, 2)) for write in writes],
        }
    return rows


def returning(hosts, fault, act, by_itself, silent_seconds=20.0, after_seconds=60.0):
    """A mount while a host is silent, a writer from then on, and the host's return under it.

    act: whether the module has the capability for it. by_itself: whether what is to be healed is waited for, and not asked for.
    """
    hosts.whole()
    names = ("append and fsync", "create and rename")
    with FAULTS[fault](hosts.lab):
        began = time.monotonic()
        made = hosts.mount(by=("env",) if act else WITHHELD)
        mounted = time.monotonic() - began
        stack = writing(hosts.node, PATH, names)
        stack.__enter__()
        time.sleep(silent_seconds)
    try:
        returned = time.monotonic() - began
        eventually(hosts.connected, 120, "the client is on all bricks again")
        connected = time.monotonic() - began
        time.sleep(max(0.0, returned + after_seconds - (time.monotonic() - began)))
        rows = told(hosts.node, began, names)
    finally:
        stack.__exit__(None, None, None)
    ended = time.monotonic()
    waiting, healed = hosts.to_heal(), hosts.healed(ended, by_itself)
    hosts.unmount()
    return {
        "kind": "return",
        "fault": fault,
        "act": act,
        "mounted": round(mounted, 2),
        "module": round(made.seconds, 2),
        "returned": round(returned, 2),
        "connected": round(connected, 2),
        "attempts": made.values["attempts"],
        "writers": rows,
        "waiting": waiting,
        "healed": healed,
        "by_itself": by_itself,
    }


def running(hosts, seconds, ping_timeout, act_after):
    """A host falls silent under running writers, for so many seconds. act_after: after how many the act is done by hand, None for never."""
    hosts.whole()
    hosts.lab.gluster("volume", "set", "web", "network.ping-timeout", str(ping_timeout))
    try:
        hosts.mount()
        hosts.mount(OTHER)
        with writing(hosts.node, PATH):
            time.sleep(5)
            acted = 0
            with FAULTS["host drops all packets"](hosts.lab):
                began = time.monotonic()
                if act_after is not None:
                    time.sleep(act_after)
                    acted = hosts.act()
                time.sleep(max(0.0, began + seconds - time.monotonic()))
            ended = time.monotonic()

            def goes_on():
                now = time.monotonic()
                return all(written(hosts.node, name, now)[-1].begun > ended for name in WRITERS)

            eventually(goes_on, 150, "all writers go on")
            eventually(hosts.connected, 150, "the client is on all bricks again")
            connected = time.monotonic() - ended
            time.sleep(5)
            rows = told(hosts.node, began, WRITERS)
            owners = {name: lock_owner(hosts.node, OTHER, name) for name in LOCKS}
        since = time.monotonic()
        waiting, healed = hosts.to_heal(), hosts.healed(since)
    finally:
        hosts.lab.gluster("volume", "reset", "web", "network.ping-timeout")
        hosts.unmount()
    for row in rows.values():
        del row["writes"]
    return {
        "kind": "running",
        "seconds": seconds,
        "ping_timeout": ping_timeout,
        "act_after": act_after,
        "acted": acted,
        "connected": round(connected, 1),
        "writers": rows,
        "locks": owners,
        "waiting": waiting,
        "healed": healed,
    }


METHODS = ((42, None), (10, None), (5, None), (3, None), (42, 5.0))


def runs(what):
    """Those of a WHAT: "return", "heal", or "running" with the seconds of the fault behind it."""
    kind, _sign, seconds = what.partition(":")
    if kind == "return":
        return [(returning, fault, act, False) for fault in FAULTS for act in (True, False)]
    if kind == "heal":
        return [(returning, next(iter(FAULTS)), True, True)]
    return [(running, int(seconds), *method) for method in METHODS]


def main():
    file, wanted = sys.argv[1], sys.argv[2:] or ["return", "running:8", "running:16", "running:60"]
    hosts = Hosts()
    for what in wanted:
        for run, *arguments in runs(what):
            row = run(hosts, *arguments)
            with open(file, "a", encoding="utf-8") as lines:
                lines.write(json.dumps(row) + "\n")
            stalls = {name: (entry["stall"], entry["errors"]) for name, entry in row["writers"].items()}
            print(what, *arguments, stalls, row.get("locks", ""), row["waiting"], row["healed"], flush=True)


if __name__ == "__main__":
    main()
