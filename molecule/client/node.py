# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A node with the role's mounts: its boots, its clients, and a service that writes."""

from __future__ import annotations

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually, service

PATH, UNIT = "/srv/web", "srv-web.mount"
BELOW, BELOW_UNIT = "/srv/web/below", "srv-web-below.mount"
ODD, ODD_UNIT = "/srv/my größe", r"srv-my\x20gr\xc3\xb6\xc3\x9fe.mount"
NATIVE, NATIVE_UNIT = "/srv/native", "srv-native.mount"
DIRECT, DIRECT_UNIT = "/srv/direct", "srv-direct.mount"
TIMER, HEALING = "gluster-failover-heal.timer", "gluster-failover-heal.service"


class Node:
    """node1 of the lab. first: the server that it asks first; peers: all of them."""

    def __init__(self, lab):
        self.lab = lab
        self.host = lab.node
        self.active, self.show = self.host.active, self.host.show
        self.first = lab.host(self.host.run("findmnt", "--fstab", "-no", "SOURCE", PATH).partition(",")[0])
        self.peers = [lab.host(name) for name in PEERS]

    def install_service(self):
        service.install(self.host, PATH, "app.log")

    def remove_service(self):
        service.remove(self.host)

    def boot(self):
        self.host.boot(20)

    def seconds_after_network(self, unit):
        """When a unit came to the state that it is in, in seconds after the network was online."""
        online = int(self.show("network-online.target", "ActiveEnterTimestampMonotonic"))
        return (int(self.show(unit, "StateChangeTimestampMonotonic")) - online) / 1e6

    def status(self, path=PATH):
        return self.host.status(path)

    def state(self, path=PATH):
        return self.status(path)["state"]

    def home(self, path=PATH):
        """The unit that the client of the mount lives in."""
        pid = self.status(path)["pid"]
        return self.host.run("cat", f"/proc/{pid}/cgroup").splitlines()[-1].rpartition("/")[2]

    def well(self):
        """Whether all of the role's mounts are."""
        rows = self.host.statuses()
        return len(rows) == 4 and all(row["state"] == "healthy" for row in rows)

    def below(self):
        return self.host.below(PATH)

    def try_out(self, command):
        """The exit code of a shell command in it, its output, and the seconds that it took."""
        return self.host.timed("sh", "-c", f"{command} 2>&1")

    def rounds(self, number):
        """Let the timer's service run so many times from now on."""
        for _round in range(number):
            begun = self.show(HEALING, "InactiveEnterTimestampMonotonic")
            eventually(
                lambda begun=begun: self.show(HEALING, "InactiveEnterTimestampMonotonic") != begun,
                90,
                "the timer heals",
            )
