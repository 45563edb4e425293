# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import heal, healers
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import Refused
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.volume import Brick, Shape
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import OK, FakeGluster, recorded, refusal

BRICKS = [Brick("h1", "/bricks/web"), Brick("h2", "/bricks/web"), Brick("h3", "/bricks/web")]
OFF = refusal("Self-heal-daemon is disabled. Heal will not be triggered on volume web")
GONE = refusal("Staging failed on h3. Error: Self-heal daemon is not running. Check self-heal daemon log file.")


def waiting():
    return recorded("heal-summary-clean").replace("<totalNumberOfEntries>0", "<totalNumberOfEntries>4", 1)


def options(**values):
    rows = "".join(f"<option><name>{name}</name><value>{value}</value></option>" for name, value in values.items())
    return re.sub(r"<options>.*?</options>", f"<options>{rows}</options>", recorded("volume-info-all"), flags=re.DOTALL)


def daemons(*, away=()):
    """The recorded status of the daemons. away: the hosts on which none runs, as gluster on h1 names them."""

    def node(match):
        text = match.group()
        host = re.search("<path>(.*?)</path>", text).group(1)
        return text.replace("<status>1<", "<status>0<") if "Self-heal" in text and host in away else text

    return re.sub(r"<node>.*?</node>", node, recorded("volume-status"), flags=re.DOTALL)


@pytest.mark.parametrize("value", ["off", "0", "no", "False", "disable"])
def test_daemons_that_are_turned_off_are_seen_in_any_spelling(value):
    assert f"cluster.self-heal-daemon is {value}" in healers.off(Shape(3), {"cluster.self-heal-daemon": value})
    message = healers.off(Shape(disperse=3, redundancy=1), {"cluster.disperse-self-heal-daemon": value})
    assert f"cluster.disperse-self-heal-daemon is {value}" in message


@pytest.mark.parametrize("value", ["on", "1", "yes", "TRUE", "enable"])
def test_daemons_that_are_turned_on_are_left_to_their_work(value):
    assert healers.off(Shape(3), {"cluster.self-heal-daemon": value}) == ""
    assert healers.off(Shape(3), {"cluster.data-self-heal": "off"}) == ""


def test_a_host_without_a_daemon_is_named_and_one_that_is_away_is_not():
    gluster = FakeGluster(
        {"volume info": "volume-info-all", "volume status web shd": daemons(away=["h3", "localhost"])}
    )
    bricks = heal.volumes.read(gluster.cli)["web"].bricks
    assert healers.idle(gluster.cli, "web", bricks).startswith(
        "no self-heal daemon runs on h1, h3; restarting glusterd"
    )
    assert healers.idle(gluster.cli, "web", bricks[1:2]) == ""
    assert healers.idle(FakeGluster({"*": OFF}).cli, "web", bricks) == ""


def test_a_heal_is_not_waited_for_where_the_daemons_are_turned_off():
    gluster = FakeGluster(
        {
            "volume heal web info summary": waiting(),
            "volume heal web": OFF,
            "volume info": options(**{"cluster.self-heal-daemon": "no"}),
        }
    )
    with pytest.raises(Refused, match=r"web cannot heal after a test: its option cluster\.self-heal-daemon is no,"):
        heal.wait(gluster.cli, "web", BRICKS, 3600, "after a test")
    assert gluster.clock.now() == 0


def test_a_daemon_that_does_not_come_back_ends_the_wait_for_a_heal_with_its_host():
    says = {
        "volume heal web info summary": waiting(),
        "volume heal web": GONE,
        "volume info": "volume-info-all",
        "volume status web shd": daemons(away=["h3"]),
    }
    gluster = FakeGluster(says)
    with pytest.raises(Refused, match="cannot heal after a test: no self-heal daemon runs on h3; restarting glusterd"):
        heal.wait(gluster.cli, "web", BRICKS, 3600, "after a test")
    assert healers.AWAY_SECONDS <= gluster.clock.now() <= 2 * healers.AWAY_SECONDS


def test_a_daemon_that_comes_back_is_waited_for():
    says = {
        "volume heal web info summary": [waiting()] * 40 + ["heal-summary-clean"],
        "volume heal web": [GONE, OK, GONE, OK],
        "volume info": "volume-info-all",
        "volume status web shd": daemons(away=["h3"]),
    }
    heal.wait(FakeGluster(says).cli, "web", BRICKS, 3600, "after a test")
