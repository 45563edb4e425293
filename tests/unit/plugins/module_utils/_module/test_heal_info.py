# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import heal_info
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import OK, FakeGluster

pytestmark = pytest.mark.usefixtures("version")

HEAL = {
    "volume heal web info summary": "heal-summary-split",
    "volume heal web info": "heal-info-split",
    "volume heal web info split-brain": "heal-split-brain",
}


def test_healing_is_reported_with_each_split_brain_once_and_by_its_path():
    result = heal_info.ask(FakeGluster(HEAL).cli, "web", entries=True)
    assert (result["healed"], result["split_brain"], result["disconnected"]) == (False, 6, [])
    assert sorted(entry["path"] for entry in result["split_brain_entries"]) == ["/", "/sb"]
    assert {entry["path"] for entry in result["bricks"][0]["entries"]} >= {"/", None}


def test_healing_is_counted_by_a_single_command():
    gluster = FakeGluster({"volume heal web info summary": "heal-summary-clean"})
    result = heal_info.ask(gluster.cli, "web", entries=False)
    assert (result["healed"], result["total"], gluster.ran) == (True, 0, ["volume heal web info summary"])


def test_healing_is_waited_for_and_called_for_where_that_is_asked():
    split = "heal-summary-split"
    gluster = FakeGluster(
        {
            "volume heal web info summary": ["heal-summary-down", "heal-summary-down", "heal-summary-clean"],
            "volume heal web": OK,
        }
    )
    assert heal_info.ask(gluster.cli, "web", entries=False, wait=20)["healed"]
    assert gluster.ran.count("volume heal web") == 1
    never = FakeGluster({"volume heal web info summary": split, "volume heal web": OK})
    assert not heal_info.ask(never.cli, "web", entries=False, wait=20)["healed"]
    with pytest.raises(ValueError, match="wait -1"):
        heal_info.ask(never.cli, "web", entries=False, wait=-1)


def test_a_volume_with_a_brick_down_is_not_healed():
    gluster = FakeGluster({"volume heal web info summary": "heal-summary-down"})
    result = heal_info.ask(gluster.cli, "web", entries=False)
    assert (result["healed"], result["disconnected"], result["bricks"][2]["total"]) == (False, ["h3:/bricks/web"], None)


def test_a_volume_that_is_not_started_is_an_error_with_the_words_of_gluster():
    with pytest.raises(ClusterError, match="Not able to fetch volfile from glusterd; start the volume"):
        heal_info.ask(FakeGluster({"*": "heal-info-stopped"}).cli, "web", entries=False)
