# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All states of the module, one after the other on one mount point."""

from __future__ import annotations

from ansible_collections.evenkeel.glusterfs.tests.lab import eventually

PATH = "/srv/states"

WALK = (
    ("present", {"fstab"}),
    ("mounted", {"fstab", "mounted", "directory"}),
    ("remounted", {"fstab", "mounted", "directory"}),
    ("unmounted", {"fstab", "directory"}),
    ("mounted", {"fstab", "mounted", "directory"}),
    ("absent_from_fstab", {"mounted", "directory"}),
    ("absent", set()),
)
"""A state, and what the node has of the mount after it."""


def look(node):
    """What the node has of the mount, and the client that serves it."""
    mounts = [line.split()[1] for line in node.check_output("cat /proc/mounts").splitlines()]
    has = {
        "fstab": PATH in node.file("/etc/fstab").content_string,
        "mounted": PATH in mounts,
        "directory": node.file(PATH).exists,
    }
    clients = [process.pid for process in node.process.filter(comm="glusterfs") if process.args.endswith(f" {PATH}")]
    assert len(clients) == mounts.count(PATH)
    return {name for name, there in has.items() if there}, clients


def test_each_state_does_what_it_says_once_and_check_mode_foretells_it(lab, nodes):
    node = nodes["node1"]
    lab.mount(path=PATH, state="absent")
    for state, wanted in WALK:
        arguments = {"path": PATH, "volume": "web", "servers": ["gfs1", "gfs2", "gfs3"], "state": state}
        before = look(node)
        foretold = lab.mount(check=True, **arguments)
        assert (state, foretold.failed, look(node)) == (state, False, before), foretold.values
        done = lab.mount(**arguments)
        assert (state, foretold.values["changed"], done.values["changed"]) == (state, True, True), done.values
        assert (state, look(node)[0]) == (state, wanted)
        if state == "remounted":
            assert look(node)[1] != before[1]
        else:
            assert (state, lab.mount(**arguments).values["changed"]) == (state, False)


def test_fstab_mounts_it_at_boot(lab, nodes):
    """A restart of the container is a boot for all that systemd does."""
    lab.host("node2").restart()
    node = nodes["node2"]
    # The line has nofail: the boot does not wait for the mount.
    eventually(
        lambda: node.run("systemctl is-active srv-web.mount").stdout.strip() == "active", 60, "/srv/web is mounted"
    )
    assert node.check_output("cat /srv/web/a") == "for all"
    assert not lab.mount(node="node2", path="/srv/web", volume="web", servers=["gfs1", "gfs2", "gfs3"]).values[
        "changed"
    ]
