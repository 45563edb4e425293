# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused before anything is touched, since it would fail half-way or do harm: the same in check mode, and nothing has changed.

On the hosts that the tests before leave: a pool of which no volume is needed.
"""

from __future__ import annotations

import uuid

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import eventually

from .user import task

HOSTS = ("gfs1", "gfs2", "stranger")
FIRST = "gfs1"


def gluster(lab, *words, check=True):
    return lab.host(FIRST).run("gluster", "--mode=script", *words, check=check, timeout=150)


def volume(lab, name, **arguments):
    done = task(lab, "volume", name=name, **arguments)
    assert not done.failed, done.message
    return done.values


def refusal(lab, name, **arguments):
    """What is said, in check mode too; the volume is as before."""
    before = gluster(lab, "volume", "info", name, check=False)
    said = []
    for check in (True, False):
        done = task(lab, "volume", check=check, name=name, **arguments)
        assert done.failed, f"was not refused: {done.values}"
        assert done.values["commands"] == []
        said.append(done.message)
    assert said[0] == said[1]
    assert gluster(lab, "volume", "info", name, check=False) == before
    return said[0]


@pytest.fixture
def name(lab):
    """Of a volume for one test, which is deleted in the end."""
    name = f"refused-{uuid.uuid4().hex[:8]}"
    yield name
    volume(lab, name, state="absent", confirm=name)


def bricks_of(name, hosts=HOSTS, folder="/bricks"):
    return [f"{host}:{folder}/{name}" for host in hosts]


def test_a_volume_with_a_thin_arbiter_keeps_its_bricks(lab, name):
    *pair, third = bricks_of(name)
    thin = f"stranger:/bricks/{name}-thin"
    gluster(lab, "volume", "create", name, "replica", "2", "thin-arbiter", "1", *pair, thin)
    told = task(lab, "volume_info", name=name, status=False).values["volumes"][name]
    assert (told["thin_arbiter"], told["replica"]) == (thin, 2)
    assert f"has a thin arbiter, {thin}" in refusal(lab, name, replica=3, bricks=[*pair, third])
    assert f"has a thin arbiter, {thin}" in refusal(lab, name, replica=3, arbiter=1, bricks=[*pair, third])
    assert f"has a thin arbiter, {thin}" in refusal(lab, name, bricks=[pair[0], third])
    assert not volume(lab, name, replica=2, bricks=pair)["changed"]


def test_nothing_is_replaced_that_nobody_would_heal(lab, name):
    bricks = bricks_of(name)
    new = [*bricks[:2], f"{bricks[2]}-new"]
    volume(lab, name, state="started", replica=3, bricks=bricks, options={"cluster.self-heal-daemon": False})
    assert "its option cluster.self-heal-daemon is off" in refusal(lab, name, bricks=new)
    volume(lab, name, options={"cluster.self-heal-daemon": None})
    eventually(lambda: task(lab, "heal_info", name=name).values["healed"], 30, "the volume is whole")
    lab.host("gfs2").signal("KILL", "volfile-id shd/")
    assert "no self-heal daemon runs on gfs2; restarting glusterd there starts it" in refusal(lab, name, bricks=new)
    gluster(lab, "volume", "start", name, "force")
    assert volume(lab, name, bricks=new)["steps"] == [f"replace {bricks[2]} by {new[2]}"]


def test_options_are_refused_before_a_volume_is_made_and_one_bad_value_takes_no_other_along(lab, name):
    wanted = {"state": "started", "replica": 3, "bricks": bricks_of(name)}
    good = {"network.ping-timeout": 20, "features.shard": True, "nfs.disable": True}
    for option, told in {
        "features.quota": "gluster volume quota",
        "features.bitrot": "gluster volume bitrot",
        "features.scrub-freq": "gluster volume bitrot",
        "cluster.disperse-self-heal-daemon": "only a dispersed volume has it",
    }.items():
        assert told in refusal(lab, name, options={**good, option: True}, **wanted)
    done = task(lab, "volume", name=name, options={**good, "cluster.quorum-type": "junk"}, **wanted)
    assert done.failed
    assert "cluster.quorum-type" in done.message
    there = task(lab, "volume_info", name=name, status=False).values["volumes"][name]
    assert (there["status"], there["options"]["network.ping-timeout"]) == ("started", "20")
    granular = {**good, "cluster.granular-entry-heal": False}
    assert volume(lab, name, options=granular, **wanted)["steps"] == ["set cluster.granular-entry-heal off"]
    assert not volume(lab, name, options=granular, **wanted)["changed"]
    assert "write state: stopped" in refusal(lab, name, options={"storage.linux-aio": True})
    volume(lab, name, state="stopped", options={"storage.linux-aio": True})
    assert volume(lab, name, state="started", options={"storage.linux-aio": False})["changed"]


def test_force_holds_for_bricks_that_are_added_and_without_it_nothing_is_set(lab, name):
    for host in HOSTS:
        lab.host(host).run("mkdir", "-p", "/root/bricks")
    one, two = (bricks_of(f"{name}-{number}", HOSTS[:2], "/root/bricks") for number in (1, 2))
    volume(lab, name, state="started", bricks=one, force=True)
    assert "lies in the root file system" in refusal(lab, name, bricks=[*one, *two])
    assert len(volume(lab, name, bricks=[*one, *two], force=True)["volume"]["bricks"]) == 4


def test_a_volume_is_not_stopped_that_cannot_be_deleted(lab, name):
    volume(lab, name, state="started", bricks=bricks_of(name, HOSTS[:1]))
    away = lab.host("gfs2")
    away.run("systemctl", "stop", "glusterd")
    try:
        eventually(lambda: "Disconnected" in gluster(lab, "pool", "list"), 30, "a peer is away")
        assert f"the volume {name} is not stopped" in refusal(lab, name, state="absent", confirm=name)
    finally:
        away.start_glusterd()
        eventually(lambda: "Disconnected" not in gluster(lab, "pool", "list"), 60, "the peer is back")
