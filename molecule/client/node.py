# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node with the role's mounts: its boots, its clients, and a service that writes."""

from __future__ import annotations

import json
import time

from ansible_collections.evenkeel.glusterfs.tests.faults.lab import PEERS, eventually, podman

PATH, UNIT = "/srv/web", "srv-web.mount"
BELOW, BELOW_UNIT = "/srv/web/below", "srv-web-below.mount"
ODD, ODD_UNIT = "/srv/my größe", r"srv-my\x20gr\xc3\xb6\xc3\x9fe.mount"
NATIVE, NATIVE_UNIT = "/srv/native", "srv-native.mount"
DIRECT, DIRECT_UNIT = "/srv/direct", "srv-direct.mount"
SERVICE = "app.service"
TIMER, HEALING = "gluster-failover-heal.timer", "gluster-failover-heal.service"

_SERVICE = f"""\
[Unit]
RequiresMountsFor={PATH}
[Service]
ExecStart=/bin/sh -c 'while sleep 0.2; do date >> {PATH}/app.log; done'
[Install]
WantedBy=multi-user.target
"""


class Node:
    """node1 of the lab. first: the server that it asks first; peers: all of them."""

    def __init__(self, lab):
        self.lab = lab
        self.host = lab.node
        self.first = lab.host(self.host.run("findmnt", "--fstab", "-no", "SOURCE", PATH).partition(",")[0])
        self.peers = [lab.host(name) for name in PEERS]

    def install_service(self):
        self.host.write(f"/etc/systemd/system/{SERVICE}", _SERVICE)
        self.host.run("systemctl", "daemon-reload")
        self.host.run("systemctl", "enable", "--now", SERVICE)

    def remove_service(self):
        self.host.run("systemctl", "disable", "--now", SERVICE)
        self.host.run("rm", f"/etc/systemd/system/{SERVICE}")
        self.host.run("systemctl", "daemon-reload")

    def boot(self):
        """Restart it, and wait until systemd has nothing to start any more but what waits for a mount."""
        podman("stop", "--time", "20", self.host.container, check=False)
        podman("start", self.host.container)
        eventually(lambda: self.active("multi-user.target"), 90, "the boot ends")

    def active(self, unit):
        return self.host.run("systemctl", "is-active", unit, check=False).strip() == "active"

    def show(self, unit, name):
        return self.host.run("systemctl", "show", f"--property={name}", "--value", unit).strip()

    def seconds_after_network(self, unit):
        """When a unit came to the state that it is in, in seconds after the network was online."""
        online = int(self.show("network-online.target", "ActiveEnterTimestampMonotonic"))
        return (int(self.show(unit, "StateChangeTimestampMonotonic")) - online) / 1e6

    def status(self, path=PATH):
        (row,) = json.loads(self.host.run("gluster-failover", "status", "--json", path, check=False))
        return row

    def state(self, path=PATH):
        return self.status(path)["state"]

    def home(self, path=PATH):
        """The unit that the client of the mount lives in."""
        pid = self.status(path)["pid"]
        return self.host.run("cat", f"/proc/{pid}/cgroup").splitlines()[-1].rpartition("/")[2]

    def well(self):
        """Whether all of the role's mounts are."""
        rows = json.loads(self.host.run("gluster-failover", "status", "--json", check=False))
        return len(rows) == 4 and all(row["state"] == "healthy" for row in rows)

    def below(self):
        """What lies in the bare directory below the mount."""
        look = f"mkdir -p /run/root && mount --bind / /run/root && ls -A /run/root{PATH}; umount /run/root"
        return self.host.run("sh", "-c", look).split()

    def try_out(self, command):
        """The exit code of a shell command in it, its output, and the seconds that it took."""
        started = time.monotonic()
        done = podman("exec", self.host.container, "sh", "-c", f"{command} 2>&1", check=False, timeout=200)
        return done.returncode, done.stdout, time.monotonic() - started

    def rounds(self, number):
        """Let the timer's service run so many times from now on."""
        for _round in range(number):
            begun = self.show(HEALING, "InactiveEnterTimestampMonotonic")
            eventually(
                lambda begun=begun: self.show(HEALING, "InactiveEnterTimestampMonotonic") != begun,
                90,
                "the timer heals",
            )
