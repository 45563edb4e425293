# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role gluster_client takes away with gluster_client_state: absent: all that it has made, also what has gone off its list."""

from __future__ import annotations

import base64

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

REMOVE = "roles/gluster_client/tasks/remove.yml"
FSTAB = r"""# gfs1:/no /srv/comment glusterfs_failover _netdev 0 0
UUID=1 / ext4 defaults 0 1
gfs1:/web  /srv/web	glusterfs_failover  _netdev,nofail 0 0
  gfs1,gfs2:/web/a /srv/a\040b\134c glusterfs_failover defaults 0 0
gfs1:/web /srv/native glusterfs _netdev 0 0
gfs1:/web /srv/ours glusterfs_failover _netdev,x-failover.group=gluster_client 0 0
gfs1:/web /srv/theirs glusterfs_failover _netdev,x-failover.group=gluster_client2,nofail 0 0
"""
UNIT = (
    "# Made by evenkeel.glusterfs.mount (via: container); changes are overwritten.\n[Mount]\nWhat=x\nWhere=/srv/50%%\n"
)


def encoded(text):
    return base64.b64encode(text.encode()).decode()


def known_of(mounts=(), fstab=FSTAB, units=()):
    return {
        **written.variables("roles/gluster_client/vars/main.yml"),
        "gluster_client_mounts": [{"path": path} for path in mounts],
        "gluster_client_mount_group": "gluster_client",
        "gluster_client_fstab": {"content": encoded(fstab)} if fstab is not None else {"failed": True},
        "gluster_client_unit_texts": {"results": [{"content": encoded(unit)} for unit in units]},
    }


def made(*words, **more):
    known = known_of(*words, **more)
    return written.value(known, "gluster_client_made", **known)


def test_what_has_gone_off_the_list_is_taken_away_by_its_line_or_its_unit():
    assert made(["/srv/web", "/srv/new"], units=[UNIT]) == [
        "/srv/web",
        "/srv/new",
        r"/srv/a b\c",
        "/srv/ours",
        "/srv/50%",
    ]
    assert made(["/srv/web"], fstab=None) == ["/srv/web"]
    assert made() == ["/srv/web", r"/srv/a b\c", "/srv/ours"], "nothing that others mount"


@pytest.mark.parametrize(("path", "looked_at"), [("/srv/web", False), ("/srv/web/below", True), ("/srv/web2", True)])
def test_a_mount_that_another_one_lies_on_is_looked_at_when_that_is_gone(path, looked_at):
    task = written.task(REMOVE, "Look whether a mount is in use")
    assert (
        written.holds(task, "when", item=path, gluster_client_made=["/srv/web", "/srv/web/below", "/srv/web2"])
        is looked_at
    )


def test_nothing_is_taken_away_while_a_mount_is_in_use():
    task = written.task(REMOVE, "Refuse to stop half-way")
    results = [{"changed": True}, {"skipped": True}, {"msg": "/srv/web is in use by process 7", "failed": False}]
    known = {"gluster_client_uses": {"results": results}}
    known.update(task["vars"])
    assert written.holds(task["ansible.builtin.assert"], "that", **known) is False
    assert "/srv/web is in use by process 7" in written.value(task["ansible.builtin.assert"], "fail_msg", **known)
    known["gluster_client_uses"] = {"results": results[:2]}
    assert written.holds(task["ansible.builtin.assert"], "that", **known) is True


@pytest.mark.parametrize(("fstab", "others"), [(FSTAB, True), (FSTAB.replace("client2", "client"), False)])
def test_what_another_groups_mount_needs_stays_and_heals_it(fstab, others):
    known = known_of(fstab=fstab)
    ours = written.task(REMOVE, "Remove what nobody else's mounts need")
    theirs = written.task(REMOVE, "Go on healing the mounts of others")
    assert [task["name"] for task in ours["block"]] == [
        "Stop writing metrics",
        "Remove the mount helper",
        "Remove the log files and their rotation",
    ]
    assert theirs["ansible.builtin.include_tasks"] == "heal.yml"
    assert (written.holds(ours, "when", **known), written.holds(theirs, "when", **known)) == (not others, others)


def test_the_timer_goes_on_where_something_stays():
    (block,) = [task for task in written.load(REMOVE) if "block" in task]
    assert [task.get("ansible.builtin.include_tasks") for task in block["rescue"]] == ["heal.yml", "metrics.yml", None]
    assert block["block"][0]["ansible.builtin.include_tasks"] == "stop_healing.yml"
