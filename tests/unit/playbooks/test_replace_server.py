# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written


@pytest.mark.parametrize(
    ("host", "asked"),
    [("gfs3", True), ("gfs4", True), ("gfs2", False), ("gfs33", False), ("old-gfs3", False), ("a.gfs3", False)],
    ids=[
        "to be replaced",
        "replaced by a run that did not see it healed",
        "neither",
        "a name that begins so",
        "a name that ends so",
        "a name of another domain",
    ],
)
def test_a_rerun_waits_for_what_is_replaced_and_not_healed_before_the_dead_host_leaves(host, asked):
    task = written.task("playbooks/replace_server.yml", "Replace the bricks, volume by volume")
    volume = {"name": "web", "bricks": [{"brick": f"{name}:/bricks/web", "host": name} for name in ("gfs1", host)]}
    found = written.value(
        task, "loop", gluster_dead="gfs3", gluster_new="gfs4", replace_server_seen={"volumes": {"web": volume}}
    )
    assert found == ([volume] if asked else [])
