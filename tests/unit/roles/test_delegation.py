# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom tasks are delegated to. Ansible templates that before it looks at the task's condition."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

POOL = "roles/gluster_server/tasks/create_pool.yml"


@pytest.mark.parametrize(
    ("hosts", "second", "runs"),
    [(["gfs1", "gfs2", "gfs3"], "gfs2", True), (["gfs1"], "gfs1", False)],
    ids=["a pool", "one host, or a limit of one"],
)
def test_a_play_of_one_host_has_nobody_to_delegate_to_and_goes_on(hosts, second, runs):
    task = written.task(POOL, "Tell the other servers the name of the first host")
    known = {"ansible_play_hosts": hosts, "inventory_hostname": hosts[0]}
    assert written.value(task, "delegate_to", **known) == second
    assert written.holds(task, "when", **known) == runs
