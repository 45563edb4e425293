# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written


@pytest.mark.parametrize(
    ("missing", "goes_on"),
    [([[], []], True), ([[], None], True), ([[], ["192.0.2.31"]], False)],
    ids=["all have come", "not of a brick that this host does not know of", "one has not"],
)
def test_no_server_is_touched_before_every_client_has_come_to_every_brick(missing, goes_on):
    wait = written.task(
        "roles/gluster_server/tasks/healthy.yml",
        "Wait until every client has come to every brick that this host knows of",
    )
    bricks = [{"missing_clients": clients} for clients in missing]
    seen = {"changed": False, "volumes": {"web": {"bricks": bricks}, "other": {"bricks": []}}}
    assert written.holds(wait, "until", gluster_server_reached=seen) == goes_on
