# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import leftover
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.volume import Brick
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import FakeGluster, ended, recorded

H2 = Brick("h2", "/bricks/d2")


SHOWN = ended(0, "")
"""What find says of a file below the mount point once the brick's client is there."""


class Node:
    """Runs what looks at bricks. answers: what find says, in turn. equal: whether cmp finds files equal. paths: the mount points."""

    def __init__(self, *answers, mount=0, volfile=None, equal=True):
        self.answers = list(answers)
        self.equal = equal
        self.mount = mount
        self.volfile = recorded("dist", "vol") if volfile is None else volfile
        self.ran = []
        self.paths = []
        self.given = ""
        self.gluster = FakeGluster({})
        self.gluster.cli.run = self

    def __call__(self, argv, timeout):
        assert timeout > 0
        self.ran.append(argv[0])
        if argv[0] == "gluster":
            return ended(0 if self.volfile else 1, self.volfile, "" if self.volfile else "no")
        if argv[0] == "glusterfs":
            assert os.stat(argv[2]).st_mode & 0o777 <= 0o644
            assert os.stat(os.path.dirname(argv[2])).st_mode & 0o777 == 0o700
            with open(argv[2]) as file:
                self.given = file.read()
            self.paths.append(argv[-1])
            return ended(self.mount, "", "fuse: no device")
        if argv[0] == "find":
            return self.answers.pop(0)
        if argv[0] == "cmp":
            self.compared = argv[-2:]
            return ended(0 if self.equal else 1)
        return ended()

    def files(self, brick=H2):
        return leftover.files(self.gluster.cli, "dist", brick)


def test_the_client_of_one_brick_is_found_in_the_volfile():
    block = leftover.client_of(recorded("dist", "vol"), H2)
    assert block.startswith("volume dist-client-1\n")
    assert block.endswith("end-volume\n")
    assert "remote-host h2" in block


def test_a_brick_that_the_volfile_does_not_know_is_an_error():
    with pytest.raises(ClusterError, match="has no client for the brick h2:/nope"):
        leftover.client_of(recorded("dist", "vol"), Brick("h2", "/nope"))


def test_files_left_on_a_brick_are_named_and_nothing_of_the_look_is_left():
    node = Node(SHOWN, ended(0, "/d/a b\0/c\nd\0"))
    assert node.files() == ["/c\nd", "/d/a b"]
    assert node.ran == ["gluster", "glusterfs", "find", "find", "umount"]
    assert node.given == leftover.client_of(recorded("dist", "vol"), H2)
    assert not os.path.exists(os.path.dirname(node.paths[0]))


def test_a_brick_without_files_is_told_from_one_that_is_not_mounted():
    assert Node(SHOWN, ended(0, "")).files() == []
    node = Node(ended(0, "/not mounted\0"), ended(1, "", "Transport endpoint is not connected"), SHOWN, ended(0, ""))
    assert node.files() == []
    assert node.ran.count("find") == 4


def test_a_brick_that_is_lost_while_it_is_looked_at_is_an_error_and_not_empty():
    with pytest.raises(ClusterError, match="Transport endpoint is not connected"):
        Node(SHOWN, ended(1, "", "Transport endpoint is not connected")).files()


def test_a_brick_that_never_shows_its_files_is_an_error():
    node = Node(*[ended(0, "/not mounted\0")] * 100)
    with pytest.raises(ClusterError, match="for the brick h2:/bricks/d2 to show its files: its client shows nothing"):
        node.files()
    assert node.ran[-1] == "umount"


def test_a_host_without_fuse_is_told():
    with pytest.raises(
        ClusterError,
        match="cannot look at the files of the brick h2:/bricks/d2: fuse: no device; see that this host has /dev/fuse",
    ):
        Node(mount=1).files()


def test_a_volfile_that_is_not_given_is_an_error():
    with pytest.raises(ClusterError, match="gluster system:: getspec dist: no"):
        Node(volfile="").files()


H1 = Brick("h1", "/bricks/d1")
ON_ITS_WAY = ended(0, "6816 0:100 3644")
WHOLE = ended(0, "6816 0:100 644")


def twins(*told, equal=True):
    node = Node(SHOWN, SHOWN, *told, equal=equal)
    return node, leftover.twins(node.gluster.cli, "dist", H2, H1, ["/d/a b"])


def test_a_file_that_is_on_a_brick_that_stays_too_is_no_loss():
    node, found = twins(ON_ITS_WAY, WHOLE)
    assert found == {"/d/a b"}
    assert node.compared == [f"{path}/d/a b" for path in node.paths]
    assert node.ran.count("umount") == 2
    assert not any(os.path.exists(os.path.dirname(path)) for path in node.paths)


@pytest.mark.parametrize(
    ("told", "equal"),
    [
        pytest.param((ON_ITS_WAY, WHOLE), False, id="other bytes"),
        pytest.param((ON_ITS_WAY, ended(1, "")), True, id="not there"),
        pytest.param((ON_ITS_WAY, ended(0, "")), True, id="no file"),
        pytest.param((ON_ITS_WAY, ended(0, "6816 0:100 1000")), True, id="a pointer"),
        pytest.param((ON_ITS_WAY, ended(0, "6816 0:100 1644")), True, id="not whole yet"),
        pytest.param((ON_ITS_WAY, ended(0, "6815 0:100 644")), True, id="shorter"),
        pytest.param((ON_ITS_WAY, ended(0, "6816 0:0 644")), True, id="other group"),
        pytest.param((ON_ITS_WAY, ended(0, "6816 0:100 600")), True, id="other mode"),
        pytest.param((ended(1, ""), WHOLE), True, id="gone meanwhile"),
    ],
)
def test_a_file_that_another_brick_has_otherwise_counts_as_not_there(told, equal):
    assert twins(*told, equal=equal)[1] == frozenset()
