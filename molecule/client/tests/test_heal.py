# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mounts that die, hang or lack bricks under a service that writes, and what the timer makes of it."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.client.node import (
    BELOW,
    BELOW_UNIT,
    HEALING,
    ODD,
    ODD_UNIT,
    PATH,
    TIMER,
    UNIT,
)
from ansible_collections.evenkeel.glusterfs.tests.lab import eventually, undone
from ansible_collections.evenkeel.glusterfs.tests.lab.service import SERVICE

GLUSTERD = "^/usr/sbin/glusterd"
BRICK = "^/usr/sbin/glusterfsd .*--brick-name /bricks/web"
CLIENT = f"^/usr/sbin/glusterfs .*{PATH}$"
LOOK = 5.0
"""Seconds that a look at a mount takes at most."""
MORE = 8.0
"""Seconds for all around it, on a busy machine."""


def kill_client(node, path):
    """Kill it; a function that says whether another one serves the mount, well."""
    before = node.status(path)["pid"]
    node.host.run("kill", "-9", str(before))

    def healed():
        now = node.status(path)
        return now["state"] == "healthy" and now["pid"] != before

    return healed


@pytest.mark.parametrize(("path", "unit"), [(PATH, UNIT), (ODD, ODD_UNIT), (BELOW, BELOW_UNIT)])
def test_a_client_that_is_killed_is_replaced_under_a_service_that_writes(node, path, unit):
    eventually(lambda: node.active(SERVICE), 30, "the service runs")
    service = node.show(SERVICE, "MainPID")
    eventually(kill_client(node, path), 60, "the timer has healed it")
    assert node.home(path) == unit
    assert node.show(SERVICE, "MainPID") == service, "the service ran on"
    assert node.below() == [], "nothing was written below the mount point, by its guard"
    size = node.host.run("stat", "-c", "%s", f"{PATH}/app.log")
    eventually(lambda: node.host.run("stat", "-c", "%s", f"{PATH}/app.log") != size, 5, "the service writes again")


def test_a_mount_below_another_comes_back_with_it(node):
    eventually(kill_client(node, PATH), 60, "the upper one is healed")
    eventually(lambda: node.state(BELOW) == "healthy", 60, "so is the one below it")
    assert node.home(BELOW) == BELOW_UNIT


# -- states


def bricks(node, count, signal, volume="web"):
    for peer in node.peers[:count]:
        peer.signal(signal, f"^/usr/sbin/glusterfsd .*--brick-name /bricks/{volume}")


def force(node, volume="web"):
    node.lab.gluster("volume", "start", volume, "force")


@pytest.mark.parametrize(
    ("path", "volume", "count", "state", "code"),
    [
        (PATH, "web", 1, "degraded", 0),
        # Of the three copies one is left, and the client answers nothing without a quorum.
        (PATH, "web", 2, "dead", 1),
        (PATH, "web", 3, "dead", 1),
        # No copies: a third of the files is away.
        (BELOW, "pages", 1, "read-only", 0),
    ],
)
def test_bricks_that_are_down_are_told_and_the_client_that_reaches_them_later_is_not_replaced(
    node, path, volume, count, state, code
):
    before = node.status(path)["pid"]
    with undone(lambda: bricks(node, count, "KILL", volume), lambda: force(node, volume)):
        eventually(lambda: node.state(path) == state, 30, f"the mount reads {state}")
        row = node.status(path)
        if state != "dead":
            assert [brick["connected"] for brick in row["bricks"]].count(False) == count
            assert row["server"] in ("gfs1", "gfs2", "gfs3")
        assert node.try_out(f"gluster-failover status {path}")[0] == code
        mounts = node.lab.use("mount_info", paths=[path]).values["mounts"]
        assert [mount["state"] for mount in mounts] == [state]
        if state == "dead":
            code, text, _seconds = node.try_out(f"gluster-failover heal {path}")
            assert (code, "no server serves it now, so it is left as it is" in text) == (1, True), text
            code, text, _seconds = node.try_out(f"gluster-failover why {path}")
            assert (code, "bricks: bricks down" in text) == (1, True), text
    eventually(lambda: node.state(path) == "healthy", 60, "all bricks are connected again")
    assert node.status(path)["pid"] == before, "who has files open there keeps them"


def test_a_brick_that_is_silent_for_a_while_costs_nobody_the_open_files(node, lab):
    """I/O stalls until the client gives the brick up, network.ping-timeout and about half a minute later: longer than a look takes, shorter than patience."""
    before = node.status()["pid"]
    lab.gluster("volume", "set", "web", "network.ping-timeout", "8")
    try:
        with undone(lambda: bricks(node, 1, "STOP"), lambda: bricks(node, 1, "CONT")):
            eventually(lambda: node.state() == "hung", 10, "I/O stalls")
            node.rounds(1)
            eventually(lambda: node.state() == "degraded", 90, "the client has given the brick up")
            assert node.status()["pid"] == before
    finally:
        lab.gluster("volume", "reset", "web", "network.ping-timeout")
    eventually(lambda: node.state() == "healthy", 60, "the brick is connected again")
    assert node.status()["pid"] == before


def test_a_client_that_never_answers_again_is_replaced(node):
    service = node.show(SERVICE, "MainPID")
    node.host.signal("STOP", CLIENT)
    code, text, seconds = node.try_out(f"gluster-failover status {PATH}")
    assert (code, "  hung  " in text, seconds < LOOK + MORE) == (1, True, True), (text, seconds)
    _code, text, seconds = node.try_out(f"gluster-failover why {PATH}")
    assert ("now: hung" in text, seconds < LOOK + MORE) == (True, True), (text, seconds)
    told = node.lab.use("mount_info")
    assert {mount["path"]: mount["state"] for mount in told.values["mounts"]}[PATH] == "hung"
    assert told.seconds < LOOK + MORE
    eventually(lambda: node.state() == "healthy", 150, "the timer has replaced the client")
    assert node.home() == UNIT
    assert node.show(SERVICE, "MainPID") == service


def test_ten_looks_at_mounts_that_hang_leave_no_heap_of_processes(node, lab):
    """The bricks are silent for longer than usual, network.ping-timeout being off, and so are the servers: nobody could serve another mount."""
    lab.gluster("volume", "set", "web", "network.ping-timeout", "0")
    before = node.status()["pid"]
    node.host.run("systemctl", "stop", TIMER)
    try:
        with undone(
            lambda: [peer.signal("STOP", pattern) for peer in node.peers for pattern in (BRICK, GLUSTERD)],
            lambda: [peer.signal("CONT", pattern) for peer in node.peers for pattern in (BRICK, GLUSTERD)],
        ):
            eventually(lambda: node.state() == "hung", 20, "I/O hangs")
            counts = []
            for _run in range(10):
                code, text, seconds = node.try_out("systemctl start gluster-failover-heal.service")
                assert (code, seconds < 40) == (1, True), (text, seconds)
                counts.append(len(node.host.pids("^/usr/bin/python3 .* mount /srv/")))
            print(f"\nprocesses that look at it after each of ten runs: {counts}")
            assert 0 < counts[0] == max(counts)
        eventually(lambda: node.host.pids("^/usr/bin/python3 .* mount /srv/") == [], 60, "none is left")
        assert node.status()["pid"] == before
    finally:
        lab.gluster("volume", "reset", "web", "network.ping-timeout")
        node.host.run("systemctl", "start", TIMER)


# -- what somebody does meanwhile


@pytest.mark.parametrize("how", ["umount /srv/site1", "systemctl stop srv-site1.mount", "module"])
def test_what_an_administrator_takes_away_is_not_put_back_under_his_hands(node, how):
    if how == "module":
        assert node.lab.mount(path="/srv/site1", state="unmounted").values["changed"]
    else:
        assert node.try_out(how)[0] == 0
    node.rounds(2)
    assert node.state("/srv/site1") == "absent"
    code, text, _seconds = node.try_out("gluster-failover heal")
    assert (code, "somebody has unmounted it" in text) == (1, True), text
    assert node.try_out("mount /srv/site1")[0] == 0
    assert node.state("/srv/site1") == "healthy"


def test_healing_and_ansible_at_work_on_the_same_mount_make_one_mount(node, lab):
    """The first server is silent, so the module's mount takes ten seconds; the timer's command comes in between."""
    kill_client(node, PATH)
    with undone(lambda: node.first.signal("STOP", GLUSTERD), lambda: node.first.signal("CONT", GLUSTERD)):
        done = []
        arguments = {"path": PATH, "volume": "web", "servers": ["gfs1", "gfs2", "gfs3"], "fstab": "none"}
        run = threading.Thread(target=lambda: done.append(lab.mount(**arguments)))
        run.start()
        eventually(lambda: node.host.pids(CLIENT), 20, "the module has begun")
        code, text, _seconds = node.try_out(f"gluster-failover heal {PATH}")
        assert (code, "another run is at work" in text) == (1, True) or code == 0, text
        run.join(60)
    assert not done[0].failed, done[0].message
    assert len(node.host.pids(CLIENT)) == 1
    eventually(node.well, 90, "what is mounted below it, and went with the old one, is mounted again")


def test_the_file_of_the_helper_is_exchanged_under_mounts_and_under_a_run_of_it(node):
    """A run that has begun goes on with the code that it began with, and no mount notices."""
    before = [node.status(path)["pid"] for path in (PATH, ODD)]
    with undone(lambda: node.host.signal("STOP", CLIENT), lambda: node.host.signal("CONT", CLIENT)):
        results = []
        run = threading.Thread(target=lambda: results.append(node.try_out(f"gluster-failover status {PATH} '{ODD}'")))
        run.start()
        eventually(lambda: node.host.pids("mount /srv/web$"), 20, "it looks at the mount that hangs")
        done = node.lab.use("mount_helper", python="/usr/bin/../bin/python3")
        assert done.values["changed"]
        run.join(60)
    (code, text, _seconds) = results[0]
    assert (code, "hung" in text, "healthy" in text, "Traceback" in text) == (1, True, True, False), text
    assert node.lab.use("mount_helper").values["changed"]
    assert [node.status(path)["pid"] for path in (PATH, ODD)] == before


# -- log files


def test_a_log_file_is_rotated_under_a_client_that_keeps_it_open(node):
    log = "/var/log/glusterfs/client/srv-web.log"
    eventually(kill_client(node, PATH), 60, "a client that logs where its line in fstab says")
    node.host.run("sh", "-c", f"head -c 3000000 /dev/zero | tr '\\0' x >> {log}; echo >> {log}; echo old >> {log}")
    node.host.run("logrotate", "--force", "/etc/logrotate.d/evenkeel-glusterfs-client")
    assert node.host.run("tail", "-n", "1", f"{log}.1") == "old\n"
    with undone(lambda: bricks(node, 1, "KILL"), lambda: force(node)):
        eventually(lambda: "disconnected" in node.host.run("cat", log), 30, "the client logs into the new file")
    size, blocks = map(int, node.host.run("stat", "-c", "%s %b", log).split())
    assert size < 1000000, "it began at the start of the file"
    assert "\0" not in node.host.run("cat", log)
    names = node.host.run("ls", "/var/log/glusterfs/client")
    assert "srv-my%20gr%C3%B6%C3%9Fe.log" in names


def test_a_full_disk_under_the_log_files_keeps_no_mount_from_coming_back(node):
    """The clients of the mounts that are there have their files open on the disk below."""
    directory = "/var/log/glusterfs/client"
    node.host.run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", directory)
    try:
        node.try_out(f"head -c 100000 /dev/zero > {directory}/full")
        eventually(kill_client(node, PATH), 60, "it is healed")
        assert node.home() == UNIT
    finally:
        node.host.run("umount", "-l", directory)


# -- the timer


def test_nodes_do_not_look_all_at_once(node):
    assert node.show(TIMER, "RandomizedDelayUSec") == "5s"


def failed(node):
    """Whether what watches the node's units sees it."""
    return HEALING in node.host.run("systemctl", "--failed", "--plain", "--no-legend")


def test_whoever_watches_units_sees_a_mount_that_should_be_there_and_is_not(node, lab):
    assert not failed(node)
    with undone(lambda: bricks(node, 3, "KILL"), lambda: force(node)):
        eventually(lambda: failed(node), 180, "the unit that heals has failed")
    eventually(lambda: not failed(node), 180, "it has not, with all mounts well again")


def test_the_journal_is_silent_while_all_is_well(node):
    eventually(node.well, 90, "all mounts are well")
    node.rounds(1)
    cursor = node.host.run("journalctl", "--lines", "0", "--show-cursor").split("cursor: ")[-1].strip()
    node.rounds(2)
    assert (
        node.host.run("journalctl", "--output", "cat", "--after-cursor", cursor, "--unit", HEALING, "--unit", TIMER)
        == ""
    )
