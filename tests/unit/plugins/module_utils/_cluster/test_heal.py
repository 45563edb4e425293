# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import heal
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError, Refused
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.volume import Brick
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import (
    OK,
    FakeGluster,
    ended,
    recorded,
    refusal,
)

BRICKS = [Brick(host, "/bricks/web") for host in ("h1", "h2", "h3")]


def parsed(name):
    return heal.parse(FakeGluster({"*": name}).cli.read("volume", "heal", "web", "info"))


def test_entries_are_read_in_any_form():
    by_path, by_gfid = sorted(
        (brick.entries[1] for brick in parsed("heal-split-brain")[1:]), key=lambda one: not one.path
    )
    assert by_path == heal.Entry(by_gfid.gfid, "/sb")
    assert by_gfid.path is None
    assert re.fullmatch(r"[0-9a-f-]{36}", by_gfid.gfid)


def test_names_with_signs_of_xml_and_other_alphabets_are_read():
    paths = [entry.path for brick in parsed("heal-info-down") for entry in brick.entries]
    assert "/d/ü <a>&b" in paths


def test_a_gfid_of_an_entry_below_a_directory_is_read():
    text, count = re.subn(r' gfid="[^"]*">&lt;gfid:(.*?)&gt;', r">&lt;gfid:\1/x&gt;", recorded("heal-split-brain"))
    assert count
    entries = {entry for brick in parsed(text) for entry in brick.entries}
    assert any(entry.path is None and re.fullmatch(r"[0-9a-f-]{36}", entry.gfid) for entry in entries)


def test_a_brick_that_is_down_has_no_counts_and_is_never_whole():
    down = parsed("heal-summary-down")[2]
    assert (down.connected, down.total, down.split_brain) == (False, None, None)
    message = heal.lacks(parsed("heal-summary-down"), BRICKS[2:])
    assert "h3:/bricks/web is not connected (Failed to process entries completely." in message


def test_what_keeps_bricks_from_being_whole_is_told():
    assert heal.lacks(parsed("heal-summary-clean"), BRICKS) == ""
    message = heal.lacks(parsed("heal-summary-split"), BRICKS)
    assert re.match(r"h1:/bricks/web has [78] entries to heal, 2 of them in split-brain; h2", message)
    assert heal.lacks([], BRICKS[:1]) == "h1:/bricks/web is not reported"


def test_a_heal_is_called_for_and_waited_for():
    waiting = recorded("heal-summary-clean").replace("<totalNumberOfEntries>0", "<totalNumberOfEntries>4", 1)
    gluster = FakeGluster(
        {
            "volume heal web": [refusal("bricks which are down"), OK],
            "volume info": "volume-info-all",
            "volume status web shd": "volume-status",
            "volume heal web info summary": [waiting] * 12 + ["heal-summary-clean"],
        }
    )
    heal.wait(gluster.cli, "web", BRICKS, 60, "after a test")
    assert gluster.ran.count("volume heal web") >= 2
    assert gluster.clock.now() / 10 >= gluster.ran.count("volume heal web") - 1


def test_a_heal_that_takes_too_long_is_an_error_that_says_what_is_left():
    gluster = FakeGluster({"volume heal web": OK, "*": "heal-summary-down"})
    with pytest.raises(
        ClusterError,
        match="waited 60 s for volume web to be healed after a test: h1:/bricks/web has [67] entries to heal;",
    ):
        heal.wait(gluster.cli, "web", BRICKS, 60, "after a test")


def test_a_split_brain_is_not_waited_for():
    gluster = FakeGluster({"volume heal web": OK, "*": "heal-summary-split"})
    with pytest.raises(ClusterError, match="volume web cannot heal after a test: .* in split-brain"):
        heal.wait(gluster.cli, "web", BRICKS, 60, "after a test")
    assert gluster.clock.now() == 0


def test_only_a_count_of_entries_in_split_brain_ends_the_wait_for_it():
    answer = refusal("gfid:1 is not in split-brain")
    gluster = FakeGluster(
        {
            "volume heal web info summary": [answer, "heal-summary-clean"],
            "volume info": "volume-info-all",
            "volume heal web": OK,
        }
    )
    heal.wait(gluster.cli, "web", BRICKS, 60, "after a test")
    assert gluster.ran.count("volume heal web info summary") == 2


def test_a_look_that_is_cut_off_or_refused_does_not_end_the_wait():
    down = ended(rc=1, stderr="Connection failed. Please check if gluster daemon is operational.")
    gluster = FakeGluster(
        {
            "volume heal web info summary": [ended(rc=None), down, "heal-info-stopped", "heal-summary-clean"],
            "volume info": [down, "volume-info-all"],
            "volume heal web": down,
            "volume status web shd": down,
        }
    )
    heal.wait(gluster.cli, "web", BRICKS, 60, "after a test")
    assert gluster.ran.count("volume heal web info summary") == 4


def test_a_refusal_that_stays_is_told_when_the_wait_is_over():
    gluster = FakeGluster({"volume info": "volume-info-all", "*": refusal("Lookup failed")})
    with pytest.raises(ClusterError, match="waited 60 s for volume web to be healed after a test: .*: Lookup failed"):
        heal.wait(gluster.cli, "web", BRICKS, 60, "after a test")
    assert gluster.clock.now() == 60


@pytest.mark.parametrize(
    ("info", "message"),
    [
        ("volume-info-none", "it is not there"),
        (lambda: recorded("volume-info-all").replace(">Started<", ">Stopped<"), "it is not started"),
    ],
)
def test_the_heal_of_a_volume_that_another_one_took_away_is_not_waited_for(info, message):
    gluster = FakeGluster({"volume heal web info summary": "heal-info-stopped", "volume info": info})
    with pytest.raises(Refused, match=f"volume web cannot heal after a test: {message}"):
        heal.wait(gluster.cli, "web", BRICKS, 60, "after a test")
    assert gluster.clock.now() == 0


def test_the_heal_of_a_brick_that_another_run_has_replaced_is_not_waited_for():
    gluster = FakeGluster({"volume heal web info summary": "heal-summary-clean", "volume info": "volume-info-all"})
    with pytest.raises(Refused, match="cannot heal after a test: h4:/bricks/web is no brick of it any more$"):
        heal.wait(gluster.cli, "web", [*BRICKS, Brick("h4", "/bricks/web")], 60, "after a test")
    assert gluster.clock.now() == 0


@pytest.mark.parametrize(("seconds", "look"), [(3600, 1800), (20, 120)])
def test_a_summary_of_many_entries_is_given_longer_than_other_commands(seconds, look):
    gluster = FakeGluster({"*": "heal-summary-clean"})
    heal.wait(gluster.cli, "web", BRICKS, seconds, "after a test")
    assert (f"--timeout={look}" in gluster.argv[0][0], gluster.argv[0][1]) == (True, look + 10)
