# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is left of the role after state: absent."""

from __future__ import annotations

import pytest

PLACES = (
    "/sbin/mount.glusterfs_failover",
    "/usr/local/sbin/gluster-failover",
    "/usr/local/lib/evenkeel.glusterfs",
    "/etc/systemd/system/gluster-failover-heal.timer",
    "/etc/systemd/system/gluster-failover-heal.service",
    "/etc/logrotate.d/evenkeel-glusterfs-client",
    "/var/log/glusterfs/client",
    "/srv/web",
    "/srv/site1",
    "/srv/my größe",
)


@pytest.mark.parametrize("name", ["node1", "node2"])
def test_nothing_of_ours_is_left(lab, name):
    host = lab.host(name)
    assert [place for place in PLACES if host.exists(place)] == []
    assert "glusterfs_failover" not in host.run("cat", "/etc/fstab")
    assert host.pids("^/usr/sbin/glusterfs ") == []
    assert host.pids("gluster-failover") == []
    assert "gluster-failover" not in host.run("systemctl", "list-units", "--all", "--no-legend")
    assert [
        name for name in host.run("ls", "/etc", "/srv", "/usr/local/lib", "/sbin").split() if "evenkeel" in name
    ] == []
