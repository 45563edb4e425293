# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pool after gfs3 has died and replace.yml has put the stranger in its place."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab.inspected import gluster, inspected


@pytest.fixture(scope="module")
def first():
    return inspected("gfs1")


def test_the_dead_server_has_left_the_pool(first):
    assert sorted(peer.findtext("hostname") for peer in gluster(first, "pool list").iter("peer")) == [
        "gfs2",
        "localhost",
        "stranger",
    ]


@pytest.mark.parametrize("name", ["copies", "arbiter", "wide"])
def test_its_bricks_are_online_on_the_new_one_and_nothing_is_left_to_heal(first, name):
    bricks = list(gluster(first, f"volume heal {name} info summary").iter("brick"))
    assert not [brick for brick in bricks if brick.findtext("name").startswith("gfs3:")]
    assert [brick for brick in bricks if brick.findtext("name").startswith("stranger:")]
    assert {(brick.findtext("status"), brick.findtext("totalNumberOfEntries")) for brick in bricks} == {
        ("Connected", "0")
    }
