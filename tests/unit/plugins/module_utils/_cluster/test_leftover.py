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


class Node:
    """Runs what looks at a brick. answers: what find says, in turn. seen: the volfile that the client got, and the mount points."""

    def __init__(self, *answers, mount=0, volfile=None):
        self.answers = list(answers)
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
    node = Node(ended(0, "/d/a b\0/c\nd\0"))
    assert node.files() == ["/c\nd", "/d/a b"]
    assert node.ran == ["gluster", "glusterfs", "find", "umount"]
    assert node.given == leftover.client_of(recorded("dist", "vol"), H2)
    assert not os.path.exists(os.path.dirname(node.paths[0]))


def test_a_brick_without_files_is_told_from_one_that_is_not_mounted():
    assert Node(ended(0, "")).files() == []
    node = Node(ended(0, "/not mounted\0"), ended(1, "", "Transport endpoint is not connected"), ended(0, ""))
    assert node.files() == []
    assert node.ran.count("find") == 3


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
