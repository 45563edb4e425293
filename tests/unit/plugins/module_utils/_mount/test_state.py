# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import volfile
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.client import Client
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.mountinfo import Mount
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.proof import ROOT_INODE, Look
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.state import State, classify

PATH = "/srv/web"
VOLFILES = Path(__file__).resolve().parents[3] / "fixtures" / "volfiles"
REPLICA3 = volfile.parse((VOLFILES / "replica3.vol").read_text())
CLIENT = Client(10, 100, ("/usr/sbin/glusterfs", "--volfile-id=/web", "--subdir-mount=/sites/one", PATH))


def entry(fstype="fuse.glusterfs", source="gfs1:/old/a/b"):
    return Mount(40, 1, "0:40", PATH, ("rw",), fstype, source)


def look(*up, hung="", code=0, inode=ROOT_INODE, graph=REPLICA3):
    names = frozenset(f"replica3-client-{number}" for number in up)
    return Look(hung=hung, errno=code, inode=inode, volfile=graph, up=names)


@pytest.mark.parametrize(
    ("found", "state", "answers"),
    [
        (look(0, 1, 2), State.HEALTHY, True),
        (look(0, 2), State.DEGRADED, True),
        (look(1), State.READ_ONLY, True),
        (look(), State.READ_ONLY, True),
        (look(graph=None), State.HEALTHY, True),
        (look(hung="stat", inode=None, graph=None), State.HUNG, False),
        (look(0, 1, 2, hung="graph"), State.HUNG, False),
        (look(code=errno.ENOTCONN, graph=None), State.DEAD, False),
        (look(inode=2, graph=None), State.DEAD, False),
        (look(inode=None, graph=None), State.DEAD, False),
    ],
    ids=[
        "all bricks",
        "one of three bricks lost",
        "two of three bricks lost",
        "all bricks lost and still an answer",
        "no graph shown",
        "no answer",
        "no answer about the graph",
        "client gone",
        "the directory below",
        "stat failed",
    ],
)
def test_a_mount_is_judged_by_what_it_answers(found, state, answers):
    observed = classify(PATH, entry(), CLIENT, found)
    assert (observed.state, observed.answers, observed.mounted) == (state, answers, True)


@pytest.mark.parametrize("mount", [None, entry("autofs", "systemd-1")], ids=["nothing", "systemd's automount trigger"])
def test_where_nothing_is_mounted_something_can_be_mounted(mount):
    observed = classify(PATH, mount, None, None)
    assert (observed.state, observed.answers, observed.mounted, observed.volume, observed.subdir) == (
        State.ABSENT,
        False,
        False,
        "",
        "",
    )


def test_another_file_system_is_nothing_of_ours_to_unmount():
    observed = classify(PATH, entry("ext4", "/dev/sda1"), None, None)
    assert (observed.state, observed.answers, observed.mounted) == (State.FOREIGN, False, False)
    assert observed.mount.describe() == "ext4 from /dev/sda1"


def test_the_volume_is_what_the_client_serves_whatever_the_source_says():
    observed = classify(PATH, entry(), CLIENT, look(0, 1, 2))
    assert (observed.volume, observed.subdir) == ("web", "sites/one")


def test_the_volume_of_a_mount_whose_client_is_gone_is_told_by_its_source():
    observed = classify(PATH, entry(), None, look(code=errno.ENOTCONN, graph=None))
    assert (observed.volume, observed.subdir) == ("old", "a/b")


def test_a_source_that_names_no_volume_is_no_crash():
    observed = classify(PATH, entry(source="renamed"), None, look(code=errno.ENOTCONN, graph=None))
    assert (observed.volume, observed.subdir) == ("", "")
