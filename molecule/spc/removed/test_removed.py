# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is left of the role after state: absent."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.spc.bare import LOGS, NAMES, Bare


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_ours_is_left(lab, name):
    host = Bare(lab, name)
    assert host.traces("/srv/web") + host.traces("/srv/site1") == []
    assert "evenkeel-glusterfs" not in host.run("podman", "images", "--all", "--format", "{{.Repository}}")
    assert not host.host.exists(LOGS)
    assert host.run("podman", "ps", "--all", "--quiet") == ""
    assert "gluster" not in host.run("systemctl", "list-units", "--all", "--no-legend")
    places = (
        *("/etc/systemd/system", "/etc/containers/systemd", "/etc/logrotate.d"),
        *("/usr/local/sbin", "/usr/local/lib", "/var/lib", "/srv"),
    )
    assert [
        f"{place}/{file}"
        for place in places
        if host.host.exists(place)
        for file in host.run("ls", place).split()
        if "gluster" in file or "evenkeel" in file
    ] == []
