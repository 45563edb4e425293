# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The systemd of a FakeMachine: units with properties, of which those of mounts are started by the helper."""

from __future__ import annotations

import os

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper import mount_helper
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.systemd import mount_unit
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import FakeMachine


class SystemdMachine(FakeMachine):
    """Where systemctl is.

    units: properties by unit; one that is not there is not known. late: looks at the mount's unit for which it reads active after it was detached.
    line: what fstab says, source and options.
    """

    def __init__(self, tmp_path, **more):
        super().__init__(tmp_path, systemd=True, **more)
        self.unit = mount_unit(self.path)
        self.units = {
            self.unit: {"RequiredBy": ""},
            "multi-user.target": {"ActiveState": "active"},
        }
        self.late = 0
        self.deadly = ""
        self.line = ("gfs1,gfs2,gfs3:/web", "_netdev,nofail,order=listed")
        self.started_units = []
        self.said = []

    def service(self, name, needs="", **properties):
        """A service that needs the mount, or another unit, or None; enabled, and never started since boot, unless said otherwise."""
        if needs == "":
            self.units[self.unit]["RequiredBy"] += f" {name}"
        self.units[name] = {
            "ActiveState": "inactive",
            "WantedBy": "multi-user.target",
            "ConditionTimestampMonotonic": "0",
            **properties,
        }

    def dies_at(self, program):
        """The next run of ``program`` that changes something ends this process, as a power cut would."""
        self.deadly = program

    def run(self, argv, timeout, clock=None):
        if argv[0] == self.deadly and argv[1] != "show":
            self.deadly = ""
            raise KeyboardInterrupt
        if argv[0] != "systemctl":
            return super().run(argv, timeout)
        unit = argv[-1]
        if argv[1] == "show":
            shown = {"LoadState": "loaded", **self.units[unit]} if unit in self.units else {"LoadState": "not-found"}
            if unit == self.unit:
                shown["ActiveState"] = self._mount_state()
            return self.ended(argv, 0, "".join(f"{name}={value}\n" for name, value in shown.items()))
        self.ran.append(tuple(argv))
        self.started_units += argv[argv.index("--") + 1 :]
        return self._mount(argv) if unit == self.unit else self.ended(argv, 0)

    def _mount_state(self):
        if self.late:
            self.late -= 1
            return "active"
        return "active" if self.top(self.path) else "inactive"

    def _mount(self, argv):
        systemd = self.node.host.systemd
        self.change(systemd=False)
        source, opts = self.line
        code = mount_helper.main([source, self.path, "-o", opts], self.node, self.said.append, 0)
        self.change(systemd=systemd)
        return self.ended(argv, 1 if code else 0, stderr="Job failed.\n" if code else "")

    def fstab(self, folder, opts=None):
        """Write an fstab with the line; its path."""
        path = os.path.join(folder, "fstab")
        with open(path, "w", encoding="utf-8") as file:
            file.write(
                f"/dev/sda1 / ext4 defaults 0 1\n{self.line[0]} {self.path} glusterfs_failover {opts or self.line[1]} 0 0\n"
            )
        return path
