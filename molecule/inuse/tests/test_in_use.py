# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each way to use a mount, while each thing is done to it: nothing acknowledged is lost, or it is refused by name and nothing has changed."""

from __future__ import annotations

import contextlib

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.inuse.users import FOLDER, PATH, USERS, Using
from ansible_collections.evenkeel.glusterfs.tests.lab import DOOR, PEERS, eventually, undone

PROGRAM = "/usr/sbin/glusterfsd"
CLIENT = f"^/usr/sbin/glusterfs .*{PATH}$"
OPERATIONS = {
    "unmounted": {"state": "unmounted"},
    "absent": {"state": "absent"},
    "remounted": {"state": "remounted"},
    "other options": {"remount": True, "opts": ["attribute-timeout=5"]},
    # The role's remount after an upgrade of the package has replaced the client's program.
    "upgrade": {"remount": True},
}
SEEN = [user for user in USERS if not user.unseen]
UNSEEN = [user for user in USERS if user.unseen]


def by_name(user):
    return user.name


def upgrade(node):
    """A new file in the place of the client's program, as a package brings it."""
    node.run("sh", "-c", f"cp -p {PROGRAM} {PROGRAM}.new && mv {PROGRAM}.new {PROGRAM}")


def unharmed(using):
    using.goes_on()
    assert using.errors() == []
    eventually(lambda: using.missing() == set(), 20, f"all that was acknowledged is on the volume: {using.missing()}")


@pytest.mark.parametrize("user", SEEN, ids=by_name)
def test_a_mount_in_use_is_refused_by_name_and_nothing_changes(node, witness, user):
    upgrade(node)
    with Using(user, node.host, witness) as using:
        before = node.seen()
        for operation, arguments in OPERATIONS.items():
            for check in (True, False):
                done = node.module(check=check, **arguments)
                assert (done.failed, "is in use by" in done.message) == (True, True), (operation, check, done)
                assert user.named in done.message, (operation, check)
                assert node.seen() == before, (operation, check)
        node.run("gluster-failover", "heal")
        node.run("gluster-failover", "heal", PATH)
        assert node.seen() == before
        unharmed(using)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("user", UNSEEN, ids=by_name)
def test_a_client_that_is_needed_by_who_cannot_be_named_is_left_alive(node, witness, user, operation):
    """Or it is refused, where somebody is seen just then."""
    upgrade(node)
    with Using(user, node.host, witness) as using:
        before = node.seen()
        node.module(check=True, **OPERATIONS[operation])
        assert node.seen() == before
        done = node.module(**OPERATIONS[operation])
        if done.failed:
            assert user.named in done.message, done
            assert node.seen() == before
        else:
            (warning,) = [text for text in node.warned(done) if "was left alive" in text]
            assert PATH in warning
        unharmed(using)


# -- where nothing else can be done


COVER = ["x-failover.cover"]


@pytest.mark.parametrize("opts", [[], COVER], ids=["in its place", "on top of it"])
@pytest.mark.parametrize("name", ["file", "bind", "namespace", "runc", "loop"])
def test_who_loses_a_mount_that_hangs_for_good_is_named_and_has_lost_nothing_that_was_acknowledged(
    node, witness, name, opts
):
    """A client that has frozen. Its patience is over at once here."""
    node.mount(opts=opts)
    (user,) = [user for user in USERS if user.name == name]
    with Using(user, node.host, witness) as using:
        before = node.host.pids(CLIENT)
        node.host.signal("STOP", CLIENT)
        done = node.module(opts=opts)
        assert (done.failed, done.values.get("healed")) == (False, True), done
        (warning,) = [text for text in node.warned(done) if "was taken away from" in text]
        assert warning.startswith(f"{PATH} gave no answer")
        assert user.named in warning
        assert set(node.host.pids(CLIENT)).isdisjoint(before)
        eventually(
            lambda: using.missing() == set(), 20, f"all that was acknowledged is on the volume: {using.missing()}"
        )
    assert not node.module(state="unmounted").failed
    assert node.host.pids(CLIENT) == []


@contextlib.contextmanager
def cut_off(host, group):
    """What processes of this group send by TCP is refused."""
    host.in_network("nft", "add table inet cut")
    try:
        host.in_network("nft", "add chain inet cut output { type filter hook output priority 0; }")
        host.in_network("nft", f"add rule inet cut output meta skgid {group} meta l4proto tcp reject with tcp reset")
        yield
    finally:
        host.in_network("nft", "delete table inet cut")


def test_who_uses_a_mount_that_has_lost_its_bricks_keeps_its_client_below_the_one_that_covers_it(node, witness):
    """Another client reaches them, and this one may again: then the bind goes on, and nothing was lost."""
    group = 4711
    node.mount(opts=COVER)
    (pid,) = node.host.pids(CLIENT)
    argv = node.run("cat", f"/proc/{pid}/cmdline").split("\0")[:-1]
    assert not node.module(state="unmounted").failed
    node.run("setpriv", f"--regid={group}", "--clear-groups", *argv)
    (pid,) = node.host.pids(CLIENT)
    (user,) = [user for user in USERS if user.name == "bind"]
    with Using(user, node.host, witness) as using:
        with cut_off(node.host, group):
            eventually(lambda: node.host.status(PATH)["state"] == "dead", 30, "it reaches no brick")
            done = node.module(opts=COVER)
            assert (done.failed, done.values.get("healed")) == (False, True), done
            (warning,) = [text for text in node.warned(done) if "stays below the new one" in text]
            assert f"its client (process {pid}) with it" in warning
            assert done.values["mount"]["state"] == node.host.status(PATH)["state"] == "healthy"
            assert pid in node.host.pids(CLIENT)
        using.goes_on()
        eventually(
            lambda: using.missing() == set(), 20, f"all that was acknowledged is on the volume: {using.missing()}"
        )
    assert not node.module(state="unmounted").failed
    assert node.host.pids(CLIENT) == []


def test_a_client_that_froze_is_left_alive_for_who_cannot_be_seen(node):
    """A mount namespace that a file alone keeps: nobody is to be found, but the kernel has the connection still."""
    (user,) = UNSEEN
    node.run("sh", "-c", f"mkdir -p {FOLDER} && echo seed >{FOLDER}/seed")
    node.run("sh", "-c", user.before)
    try:
        (old,) = node.host.pids(CLIENT)
        node.host.signal("STOP", CLIENT)
        done = node.module()
        assert (done.failed, done.values.get("healed")) == (False, True), done
        (warning,) = [text for text in node.warned(done) if "was left alive" in text]
        assert f"(process {old})" in warning
        node.run("kill", "-CONT", old)
        assert node.run("nsenter", "--mount=/run/kept/ns", "cat", f"{FOLDER}/seed") == "seed\n"
    finally:
        node.run("sh", "-c", user.after)
    eventually(lambda: old not in node.host.pids(CLIENT), 20, "it ends with the last of them")


def test_a_client_that_waits_for_its_bricks_is_not_killed_by_an_unmount_and_ends_by_itself(node, lab):
    """Our own look hangs there with it, so that the kernel cannot tell whether somebody uses it."""
    (old,) = node.host.pids(CLIENT)
    bricks = "^/usr/sbin/glusterfsd .*--brick-name /bricks/web"
    peers = [lab.host(name) for name in PEERS]
    with undone(
        lambda: [peer.signal("STOP", bricks) for peer in peers], lambda: [peer.signal("CONT", bricks) for peer in peers]
    ):
        done = node.module(state="unmounted")
        assert (done.failed, done.values["changed"]) == (False, True), done
        (warning,) = node.warned(done)
        assert f"(process {old}) was left alive, since it owes an answer" in warning
        assert done.seconds < 15
        assert node.host.pids(CLIENT) == [old]
    eventually(lambda: node.host.pids(CLIENT) == [], 60, "it ends by itself")


# -- what is no use


@pytest.mark.parametrize(
    "argv",
    [
        ("unshare", "--mount", "--propagation=slave", "sleep", "60"),
        ("systemd-run", "--quiet", "--wait", "--collect", "--property=PrivateTmp=yes", "sleep", "60"),
        ("unshare", "--mount", "--propagation=shared", "sleep", "60"),
    ],
    ids=["slave", "PrivateTmp", "shared"],
)
def test_a_copy_that_an_unmount_takes_away_by_itself_is_no_use(node, argv):
    with node.host.in_background(f"print('ready', flush=True)\nos.execvp({argv[0]!r}, {list(argv)!r})"):
        eventually(lambda: node.host.pids("^sleep 60|^/usr/bin/sleep 60"), 20, "it runs")
        pid = node.host.pids("^sleep 60|^/usr/bin/sleep 60")[0]
        there = f"grep -c ' {PATH} ' /proc/{pid}/mountinfo"
        assert node.run("sh", "-c", there) == "1\n"
        done = node.module(state="remounted")
        assert (done.failed, node.warned(done)) == (False, []), done
        assert len(node.host.pids(CLIENT)) == 1
        assert node.run("sh", "-c", there) == "1\n", "it sees the new one"
        done = node.module(state="unmounted")
        assert (done.failed, node.host.pids(CLIENT)) == (False, []), done
    node.run("pkill", "sleep", check=False)


UNMOUNTED_UNDER_LOOKS = '''
import ctypes, errno, os, subprocess, sys, time
path, rounds = sys.argv[1].encode(), int(sys.argv[2])
look = """import sys
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.process import run
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import proof
while True:
    proof.check_mount(sys.argv[1], 5, run)"""
libc = ctypes.CDLL(None, use_errno=True)
os.makedirs(path, exist_ok=True)
mount = lambda: libc.mount(b"none", path, b"tmpfs", 0, None)
assert mount() == 0
lookers = [subprocess.Popen([sys.executable, "-c", look, path]) for _ in range(2)]
time.sleep(1)
busy = 0
for _round in range(rounds):
    time.sleep(0.002)
    if libc.umount2(path, 0) == 0:
        assert mount() == 0
    else:
        assert ctypes.get_errno() == errno.EBUSY
        busy += 1
running = [looker.poll() for looker in lookers]
for looker in lookers:
    looker.kill()
    looker.wait()
libc.umount2(path, 2)
print(busy, running)
'''


def test_a_look_holds_a_mount_for_no_longer_than_a_system_call_takes(node):
    """Of 5,000 unmounts under looks without a pause two were refused; it was one of six as long as a look kept the mount open while it had no copy yet."""
    node.host.open_door()
    argv = ["env", f"PYTHONPATH={DOOR}", "python3", "-c", UNMOUNTED_UNDER_LOOKS, "/run/looked", "2000"]
    busy, _space, running = node.run(*argv, timeout=120).partition(" ")
    assert running == "[None, None]\n"
    assert int(busy) <= 10


def test_looks_at_a_mount_do_not_make_it_busy(node):
    """Whoever unmounts it by hand meanwhile."""
    look = f"while True: subprocess.run(['gluster-failover', 'status', {PATH!r}], stdout=subprocess.DEVNULL)"
    with node.host.in_background(f"import subprocess\nprint('ready', flush=True)\n{look}"):
        for _round in range(15):
            node.run("umount", PATH)
            node.run("mount", PATH)
