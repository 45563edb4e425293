# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What becomes of a mount point, as a table."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import options
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.client import STAGING, Client
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.mountinfo import parse
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.decide import (
    Exchange,
    Keep,
    Overmount,
    Reconnect,
    Replace,
    decide,
    refuse_others,
)
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.model import MountError, MountSpec
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.state import Observed, Reason, Stale, State

PATH = "/srv/web"
SPEC = MountSpec(PATH, "web", "", (Server("gfs1"),), "gfs1:/web", options.parse(()))
STALE = Stale(Reason.SILENT, "its client hears nothing")


def observed(state, *, outdated=False, contained=False, volume="web", subdir=""):
    """A mount in this state, by a client of this volume."""
    if state is State.ABSENT:
        return Observed(state, PATH)
    fstype, source = ("ext4", "/dev/sda1") if state is State.FOREIGN else ("fuse.glusterfs", "gfs1:/web")
    (mount,) = parse(f"21 1 0:21 / {PATH} rw shared:9 - {fstype} {source} rw\n")
    place = (STAGING if contained else "") + PATH
    below = [f"--subdir-mount=/{subdir}"] if subdir else []
    argv = ("/usr/sbin/glusterfs", "--volfile-server=gfs1", f"--volfile-id=/{volume}", *below, place)
    lives = state not in (State.FOREIGN, State.BIND)
    client = Client(7, 7, argv, "21", contained, outdated) if lives else None
    return Observed(state, PATH, mount, client, stale=STALE if state is State.STALE else None)


ANSWER = (State.HEALTHY, State.DEGRADED, State.READ_ONLY)
BROKEN = (State.DEAD, State.HUNG)


def decided(mount, *, cover=False, differs=False, outdated=False, renew=False, refresh=False, contained=False):
    return decide(
        SPEC._replace(cover=cover),
        mount,
        differs=differs,
        outdated=outdated,
        renew=renew,
        refresh=refresh,
        contained=contained,
    )


@pytest.mark.parametrize("state", ANSWER)
@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        ({}, Keep()),
        ({"cover": True}, Keep()),
        ({"differs": True}, Keep()),
        ({"refresh": True}, Keep()),
        ({"refresh": True, "differs": True}, Replace(spares_users=True)),
        ({"renew": True}, Replace(spares_users=True)),
        ({"contained": True}, Keep()),
        ({"contained": True, "outdated": True}, Replace(spares_users=False)),
        ({"contained": True, "renew": True}, Replace(spares_users=True)),
    ],
)
def test_a_mount_that_answers_stays_unless_another_one_is_asked_for(state, facts, decision):
    assert decided(observed(state, contained=facts.get("contained", False)), **facts) == decision


@pytest.mark.parametrize(("refresh", "decision"), [(False, Keep()), (True, Replace(spares_users=True))])
def test_a_client_whose_program_was_replaced_goes_where_that_is_asked_for(refresh, decision):
    assert decided(observed(State.HEALTHY, outdated=True), refresh=refresh) == decision


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        ({}, Exchange()),
        ({"refresh": True}, Exchange()),
        ({"cover": True}, Exchange()),
        ({"refresh": True, "differs": True}, Replace(spares_users=True)),
        ({"renew": True}, Replace(spares_users=True)),
        ({"contained": True}, Keep()),
        ({"contained": True, "refresh": True}, Replace(spares_users=True)),
    ],
)
def test_a_stale_mount_is_exchanged_and_a_containers_stays_until_that_is_asked_for(facts, decision):
    assert decided(observed(State.STALE, contained=facts.get("contained", False)), **facts) == decision


@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        ({}, Reconnect()),
        ({"refresh": True}, Reconnect()),
        ({"contained": True}, Reconnect()),
        ({"contained": True, "refresh": True}, Reconnect()),
        ({"refresh": True, "differs": True}, Replace(spares_users=True)),
        ({"renew": True}, Replace(spares_users=True)),
        ({"contained": True, "outdated": True}, Replace(spares_users=False)),
    ],
)
def test_a_client_that_can_go_on_to_another_server_keeps_its_mount(facts, decision):
    mount = observed(State.STALE, contained=facts.get("contained", False))
    assert decided(mount._replace(stale=STALE._replace(others=("gfs2",))), **facts) == decision


@pytest.mark.parametrize("state", BROKEN)
@pytest.mark.parametrize(
    ("facts", "decision"),
    [
        ({}, Replace(spares_users=False)),
        ({"renew": True}, Replace(spares_users=False)),
        ({"cover": True}, Overmount()),
        ({"cover": True, "renew": True}, Overmount()),
        ({"cover": True, "contained": True}, Replace(spares_users=False)),
    ],
)
def test_a_broken_mount_is_replaced_or_covered(state, facts, decision):
    assert decided(observed(state, contained=facts.get("contained", False)), **facts) == decision


@pytest.mark.parametrize("facts", [{}, {"cover": True}, {"renew": True}, {"refresh": True}, {"contained": True}])
def test_where_nothing_is_mounted_a_mount_is_made(facts):
    assert decided(observed(State.ABSENT), **facts) == Replace(spares_users=False)


@pytest.mark.parametrize(
    ("mount", "contained", "why"),
    [
        (observed(State.FOREIGN), False, "something else is mounted there: ext4 .*; unmount it first"),
        (
            observed(State.BIND),
            False,
            "something else is mounted there: a bind of a directory of gfs1:/web; unmount it first",
        ),
        (observed(State.HEALTHY, volume="other"), False, "volume other, not web; unmount it first"),
        (observed(State.HEALTHY, subdir="a/b"), False, "volume web/a/b, not web; unmount it first"),
        (observed(State.HEALTHY), True, r"mounted by a client of this host \(process 7\).*via: host"),
        (observed(State.HEALTHY, contained=True), False, r"mounted by a container \(process 7\).*via: container"),
    ],
)
def test_something_else_that_is_mounted_is_refused(mount, contained, why):
    with pytest.raises(MountError, match=f"^{PATH}.*{why}$"):
        refuse_others(SPEC, mount, contained=contained)


@pytest.mark.parametrize("state", [State.ABSENT, *ANSWER, *BROKEN, State.STALE])
@pytest.mark.parametrize("contained", [False, True])
def test_the_volume_that_is_wanted_is_not_refused(state, contained):
    refuse_others(SPEC, observed(state, contained=contained), contained=contained)
