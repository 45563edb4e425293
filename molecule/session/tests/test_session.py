# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients that have lost their servers, under every change that a volume may go through meanwhile, and clients that have not."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.session.conftest import GLUSTERD, IDLE, USED
from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually, undone

MINUTE = 60.0
TWO = ("gfs1", "gfs2", "gfs1")
"""Hosts of three bricks that are added or taken away while the third server is away."""
OPENS = f"""
import os, time
opened, failed = 0, []
print("ready", flush=True)
while not os.path.exists("/run/enough"):
    try:
        os.close(os.open("{IDLE}/.", os.O_RDONLY))
        opened += 1
    except OSError as error:
        failed.append(error.errno)
    time.sleep(0.001)
print(opened, failed, flush=True)
"""


def shown(row):
    return sorted(f"{brick['host']}:{brick['path']}" for brick in row["bricks"])


def on_every_brick(pool, path, volume):
    row = pool.status(path)
    return (
        shown(row) == volume.bricks()
        and all(brick["connected"] for brick in row["bricks"])
        and row["state"] == "healthy"
    )


# -- the volume changes while nobody tells the client


@contextlib.contextmanager
def grow(pool, volume):
    with pool.stopped():
        bricks = pool.bricks(volume.name, 3, TWO)
        pool.lab.gluster("volume", "add-brick", volume.name, *bricks, "force")
        yield


@contextlib.contextmanager
def shrink(pool, volume):
    with pool.stopped(in_turn=True):
        command = ("volume", "remove-brick", volume.name, *volume.of_set(1))
        pool.lab.gluster(*command, "start")
        eventually(lambda: "in progress" not in pool.lab.gluster(*command, "status"), 60, "its files have moved")
        pool.lab.gluster(*command, "commit")
        yield


@contextlib.contextmanager
def replace_brick(pool, volume):
    with pool.stopped(in_turn=True):
        pool.hand_over(volume, "gfs2", "gfs2")
        yield


@contextlib.contextmanager
def replace_member(pool, volume):
    with pool.stopped(), pool.replaced(volume):
        yield


@pytest.mark.parametrize(
    ("change", "volume"),
    [(grow, ()), (shrink, TWO), (replace_brick, ()), (replace_member, ())],
    indirect=["volume"],
    ids=["grow", "shrink", "replace_brick", "replace_member"],
)
def test_a_client_that_has_lost_all_servers_is_seen_and_brought_back_unless_somebody_uses_it(pool, volume, change):
    with change(pool, volume):
        if pool.deaf and change is grow:
            asked = pool.lab.start("mount_info", paths=[IDLE])
            rows = [*pool.statuses(IDLE, USED), pool.lab.finish(asked).values["mounts"][0]]
            assert [(row["state"], row["stale"]["reason"]) for row in rows] == [("stale", "disconnected")] * 3
        begun = time.monotonic()
        with pool.node.in_background(OPENS) as opener:
            code, text, _seconds = pool.heal()
            pool.node.run("touch", "/run/enough")
            try:
                opened, _blank, failed = opener.process.stdout.readline().partition(" ")
            finally:
                pool.node.run("rm", "/run/enough")
        print(f"\n{text}{opened} opens under it, failed: {failed}")
        eventually(
            lambda: pool.status(IDLE)["state"] != "stale" and shown(pool.status(IDLE)) == volume.bricks(), MINUTE, text
        )
        assert time.monotonic() - begun < MINUTE
        assert (int(opened) > 100, failed.strip()) == (True, "[]")
        assert pool.clients(USED) == [str(volume.before[USED]["pid"])], "what is in use is not taken away"
        if pool.deaf:
            assert (code, f"{USED}: stale: " in text, f"({volume.user})" in text) == (1, True, True), text
            assert f"{IDLE}: was stale" in text
        pool.node.run("kill", "-9", volume.user)
        code, text, _seconds = pool.heal()
        assert code == 0, text
        assert pool.status(USED)["state"] != "stale", "who has ended holds it up no more"
    # The server that was away may have started its brick anew, at another port.
    eventually(lambda: pool.heal() and on_every_brick(pool, IDLE, volume), MINUTE, "the idle one is on every brick")
    eventually(lambda: pool.heal() and on_every_brick(pool, USED, volume), MINUTE, "so is the other")
    assert [len(pool.clients(path)) for path in (IDLE, USED)] == [1, 1], "no client is left behind"


def test_the_module_brings_one_back_and_check_mode_foresees_it(pool, volume):
    with pool.stopped():
        arguments = {
            "volume": volume.name,
            "servers": list(PEERS),
            "order": "listed",
            "fstab": "failover",
            "timeout_total": 60,
        }
        foreseen = pool.lab.finish(pool.lab.start("mount", check=True, path=IDLE, **arguments))
        done, kept = [pool.lab.start("mount", path=path, **arguments) for path in (IDLE, USED)]
        done, kept = pool.lab.finish(done), pool.lab.finish(kept)
        assert (foreseen.failed, done.failed, kept.failed) == (False, False, False), (
            foreseen.message,
            done.message,
            kept.message,
        )
        assert foreseen.values["changed"] is done.values["changed"] is done.values["healed"] is pool.deaf
        assert done.values["mount"]["state"] != "stale"
        assert (kept.values["changed"], kept.values["mount"]["pid"]) == (False, volume.before[USED]["pid"])
        if pool.deaf:
            assert kept.values["mount"]["state"] == "stale"
            assert f"({volume.user})" in " ".join(map(str, kept.values["warnings"]))


def test_a_frozen_glusterd_under_the_connection_is_seen_and_left_also_under_a_user(pool, volume):
    """The client loses that connection and goes on to another server, with all that is open there."""
    first = pool.lab.host(pool.status(IDLE)["server"])
    with undone(lambda: first.signal("STOP", GLUSTERD), lambda: first.signal("CONT", GLUSTERD)):
        row = pool.status(IDLE)
        assert (row["state"], row["stale"]["reason"]) == ("stale", "silent")
        begun = time.monotonic()
        code, text, _seconds = pool.heal()
        assert (code, "is connected to another one now" in text) == (0, True), text
        assert time.monotonic() - begun < MINUTE
        for path in (IDLE, USED):
            row = pool.status(path)
            assert (row["state"] != "stale", row["server"] != first.name) == (True, True), text
            assert row["pid"] == volume.before[path]["pid"], "its client is the one that it was"
    eventually(lambda: on_every_brick(pool, IDLE, volume), MINUTE, "it is on every brick")
    eventually(lambda: on_every_brick(pool, USED, volume), MINUTE, "so is the other")


def test_a_client_that_was_told_the_port_that_a_brick_once_had_comes_back_to_it(pool, volume):
    """What a glusterd does for some seconds that was away while the volume changed: it names a port at which its brick does not listen any more."""
    third = pool.peers[2]
    brick = next(brick for brick in volume.bricks() if brick.startswith("gfs3:")).partition(":")[2]
    (pid,) = third.pids(f"glusterfsd .*--brick-name {brick} ")
    port = third.run("sh", "-c", f"tr '\\0' '\\n' </proc/{pid}/cmdline | grep -A1 -x -e --brick-port | tail -1").strip()
    with walled(third, f"tcp dport {port} reject with tcp reset"):
        pool.node.run("touch", f"{IDLE}/written", f"{USED}/written")
        eventually(lambda: not on_every_brick(pool, IDLE, volume), 20, "the connection is cut off")
        time.sleep(4)  # a client asks for the port every 3 s
        third.run("kill", "-9", pid)
        pool.lab.gluster("volume", "start", volume.name, "force")
    if pool.keeps_ports:
        rows = pool.statuses(IDLE, USED)
        assert [(row["state"], row["stale"]["reason"]) for row in rows] == [("stale", "brick")] * 2
        code, text, _seconds = pool.heal()
        assert (code, f"{USED}: stale: " in text, f"({volume.user})" in text) == (1, True, True), text
        pool.node.run("kill", "-9", volume.user)
        code, text, _seconds = pool.heal()
        assert code == 0, text
    for path in (IDLE, USED):
        eventually(lambda path=path: on_every_brick(pool, path, volume), MINUTE, f"{path} is on every brick")


def test_no_client_is_stale_where_no_server_answers(pool, volume):
    with pool.stopped(back=()):
        for path in (IDLE, USED):
            begun = time.monotonic()
            assert pool.status(path)["state"] == "healthy"
            assert time.monotonic() - begun < 10
        code, text, _seconds = pool.heal()
        assert (code, text) == (0, "")
        assert [pool.status(path)["pid"] for path in (IDLE, USED)] == [
            volume.before[path]["pid"] for path in (IDLE, USED)
        ]


# -- clients that are well


KINDS = {
    "distribute": ((), 3),
    "arbiter": (("replica", "3", "arbiter", "1"), 3),
    "disperse": (("disperse", "3", "redundancy", "1"), 3),
}


@pytest.fixture
def every_kind(pool):
    """A mount of a volume of each kind, all of them well; their paths."""
    eventually(pool.whole, 60, "the pool is whole")
    names = {kind: pool.make(*arguments) for kind, arguments in KINDS.items()}
    paths = {f"/srv/{name}": name for name in names.values()}
    for path, name in paths.items():
        pool.mount(path, name, opts=["xlator-option=*-md-cache.md-cache-timeout=5", "direct-io-mode=enable"])
    yield paths
    for path, name in paths.items():
        pool.gone(path)
        pool.delete(name)


def told_while(pool, paths, act):
    """Every state that is told of the mounts while ``act()`` runs, and once more behind it."""
    told, over = set(), threading.Event()

    def look():
        while not over.is_set():
            told.update((path, pool.status(path)["state"]) for path in paths)

    looker = threading.Thread(target=look)
    looker.start()
    try:
        act()
    finally:
        over.set()
        looker.join(60)
    return {state for _path, state in told}


@contextlib.contextmanager
def walled(host, *rules):
    """Rules of nft for what comes to the host, and, where they say daddr, for what leaves it, for a while."""
    host.in_network("nft", "add table inet wall")
    try:
        for way in ("input", "output"):
            host.in_network("nft", f"add chain inet wall {way} {{ type filter hook {way} priority 0; }}")
        for rule in rules:
            host.in_network("nft", f"add rule inet wall {'output' if 'daddr' in rule else 'input'} {rule}")
        yield
    finally:
        host.in_network("nft", "delete table inet wall")


def test_no_client_that_is_well_is_called_stale(pool, every_kind):
    pids = {path: pool.status(path)["pid"] for path in every_kind}

    def servers_restart():
        for peer in pool.peers:
            peer.run("systemctl", "reset-failed", "glusterd", check=False)
            peer.run("systemctl", "restart", "glusterd")
            time.sleep(6)

    def options_change():
        for size in ("48MB", "64MB"):
            for name in every_kind.values():
                pool.lab.gluster("volume", "set", name, "performance.cache-size", size, "network.ping-timeout", "42")

    def volumes_grow():
        for name, (_kind, (_words, count)) in zip(every_kind.values(), KINDS.items()):
            pool.lab.gluster("volume", "add-brick", name, *pool.bricks(name, count), "force")

    def one_misses_a_change():
        """A server that no client has asked is away while the first volume grows, and comes back behind a wall.

        A client of that very server would rightly be called stale: up to 11.1 it never asks another one of its list again (glusterfs issue 4166).
        """
        asked = {pool.status(path)["server"] for path in every_kind}
        away = next(peer for peer in reversed(pool.peers) if peer.name not in asked)
        others = [peer.name for peer in pool.peers if peer is not away]
        name = next(iter(every_kind.values()))
        away.run("systemctl", "stop", "glusterd")
        bricks = pool.bricks(name, 2, others)
        pool.lab.host(others[0]).run("gluster", "--mode=script", "volume", "add-brick", name, *bricks, "force")
        addresses = [pool.node.run("getent", "hosts", host).split()[0] for host in others]
        rules = [f"ip {end} {address} tcp dport 24007 drop" for address in addresses for end in ("saddr", "daddr")]
        with walled(away, *rules):
            away.start_glusterd()
            time.sleep(15)
        eventually(pool.whole, 60, "the pool is whole again")

    for act in (servers_restart, options_change, volumes_grow, one_misses_a_change):
        told = told_while(pool, every_kind, act)
        assert "stale" not in told, f"{act.__name__}: {told}"
        code, text, _seconds = pool.heal()
        assert (code, text) == (0, ""), act.__name__
    assert {path: pool.status(path)["pid"] for path in every_kind} == pids, "no client was replaced"
