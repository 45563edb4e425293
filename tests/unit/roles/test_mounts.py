# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The mounts of the roles gluster_client and gluster_spc."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written


@pytest.mark.parametrize("role", ["gluster_client", "gluster_spc"])
@pytest.mark.parametrize(
    ("opts", "wanted"),
    [
        ([], ["log-file=/logs/srv-a%20b.log"]),
        (["ro"], ["ro", "log-file=/logs/srv-a%20b.log"]),
        (["log-file=/my.log", "ro"], ["log-file=/my.log", "ro"]),
        (["ro,log-file=/my.log"], ["ro,log-file=/my.log"]),
    ],
)
def test_a_log_file_that_the_user_names_is_the_only_one(role, opts, wanted):
    task = written.task(f"roles/{role}/tasks/mounts.yml", "Mount what is wanted")
    known = {**task["vars"], f"{role}_log_directory": "/logs", "item": {"path": "/srv/a b", "opts": opts}}
    assert written.value(task["evenkeel.glusterfs.mount"], "opts", **known) == wanted
