# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import os
import sys

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import brick_files
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.volume import Brick
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import process
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import FakeGluster, ended, recorded

H2 = Brick("h2", "/bricks/d2")


SHOWN = ended(0, "")
"""What is listed in the root of a brick once its client is there."""


DOES = {brick_files._LIST: "list", brick_files._COMPARE: "compare"}
"""What a child does, by the code that it runs."""


class Node:
    """Runs what looks at bricks. answers: what is listed, in turn. compared: what the comparison prints. paths: the mount points."""

    def __init__(self, *answers, mount=0, volfile=None, told=""):
        self.answers = list(answers)
        self.told = told
        self.mount = mount
        self.volfile = recorded("dist", "vol") if volfile is None else volfile
        self.ran = []
        self.paths = []
        self.given = ""
        self.gluster = FakeGluster({})
        self.gluster.cli.run = self

    def __call__(self, argv, timeout):
        assert timeout > 0
        self.ran.append(DOES.get(argv[4], argv[0]) if argv[0] == sys.executable else os.path.basename(argv[0]))
        if argv[0] == "gluster":
            return ended(0 if self.volfile else 1, self.volfile, "" if self.volfile else "no")
        if argv[0] == "glusterfs":
            assert os.stat(argv[2]).st_mode & 0o777 <= 0o644
            assert os.stat(os.path.dirname(argv[2])).st_mode & 0o777 == 0o700
            with open(argv[2]) as file:
                self.given = file.read()
            self.paths.append(argv[-1])
            return ended(self.mount, "", "fuse: no device")
        if self.ran[-1] == "list":
            return self.answers.pop(0)
        if self.ran[-1] == "compare":
            self.compared = tuple(argv[5:])
            return ended(0, self.told)
        return ended()

    def files(self, brick=H2):
        return brick_files.files(self.gluster.cli, "dist", brick)


def test_the_client_of_one_brick_is_found_in_the_volfile():
    block = brick_files.client_of(recorded("dist", "vol"), H2)
    assert block.startswith("volume dist-client-1\n")
    assert block.endswith("end-volume\n")
    assert "remote-host h2" in block


def test_a_brick_that_the_volfile_does_not_know_is_an_error():
    with pytest.raises(ClusterError, match="has no client for the brick h2:/nope"):
        brick_files.client_of(recorded("dist", "vol"), Brick("h2", "/nope"))


def test_files_left_on_a_brick_are_named_and_nothing_of_the_look_is_left():
    node = Node(SHOWN, ended(0, "/d/a b\0/c\nd\0"))
    assert node.files() == ["/c\nd", "/d/a b"]
    assert node.ran == ["gluster", "glusterfs", "list", "list", "umount"]
    assert node.given == brick_files.client_of(recorded("dist", "vol"), H2)
    assert not os.path.exists(os.path.dirname(node.paths[0]))


def test_a_brick_without_files_is_told_from_one_that_is_not_mounted():
    assert Node(SHOWN, ended(0, "")).files() == []
    node = Node(ended(0, "/not mounted\0"), ended(1, "", "Transport endpoint is not connected"), SHOWN, ended(0, ""))
    assert node.files() == []
    assert node.ran.count("list") == 4


def test_a_brick_that_is_lost_while_it_is_looked_at_is_an_error_and_not_empty():
    with pytest.raises(ClusterError, match="to be read: Transport endpoint is not connected"):
        Node(SHOWN, *[ended(1, "", "Transport endpoint is not connected")] * 100).files()
    with pytest.raises(ClusterError, match="to be read: its client shows nothing"):
        Node(SHOWN, *[ended(0, "/not mounted\0")] * 100).files()


def test_a_file_that_a_client_removes_while_it_is_looked_at_is_no_error():
    node = Node(SHOWN, ended(1, "/left\0", "/late: No such file or directory"), ended(0, "/left\0"))
    assert node.files() == ["/left"]


def test_a_look_that_is_interrupted_leaves_no_mount():
    node = Node()

    def interrupted(argv, timeout):
        if argv[4:5] == (brick_files._LIST,):
            raise KeyboardInterrupt
        return node(argv, timeout)

    node.gluster.cli.run = interrupted
    with pytest.raises(KeyboardInterrupt):
        node.files()
    assert node.ran == ["gluster", "glusterfs", "umount"]
    assert not os.path.exists(os.path.dirname(node.paths[0]))


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
ARRIVED = brick_files.File(4711, 0o100644, 6816, 0, 100, 1795985423, [("user.DOSATTRIB", b"0x20")])
ON_ITS_WAY = ARRIVED._replace(mode=0o103644)


def compare(old, new, equal=True, path="/d/a b"):
    node = Node(SHOWN, SHOWN, told=ascii((path, tuple(old), tuple(new), equal)) + "\n")
    return node, brick_files.already_migrated(node.gluster.cli, "dist", H2, H1, [path], 60)


def test_a_file_that_has_arrived_on_a_brick_that_stays_is_no_loss():
    node, migrated = compare(ON_ITS_WAY, ARRIVED)
    assert migrated == {"/d/a b"}
    assert node.compared == (*node.paths, "/d/a b")
    assert node.ran.count("umount") == 2
    assert not any(os.path.exists(os.path.dirname(path)) for path in node.paths)


def test_a_file_with_set_user_id_arrives_with_it():
    assert compare(ARRIVED._replace(mode=0o107755), ARRIVED._replace(mode=0o104755))[1]
    assert not compare(ARRIVED._replace(mode=0o107755), ARRIVED._replace(mode=0o100755))[1]


@pytest.mark.parametrize(
    ("old", "new", "equal"),
    [
        pytest.param(ON_ITS_WAY, ARRIVED, False, id="other bytes"),
        pytest.param(ARRIVED, ARRIVED, True, id="not on its way"),
        pytest.param(ON_ITS_WAY, ARRIVED._replace(inode=4712), True, id="another file of that name"),
        pytest.param(ON_ITS_WAY, ARRIVED._replace(mode=0o101000), True, id="a pointer"),
        pytest.param(ON_ITS_WAY, ARRIVED._replace(mode=0o103644), True, id="not whole yet"),
        pytest.param(ON_ITS_WAY, ARRIVED._replace(mode=0o100600), True, id="other mode"),
        pytest.param(ON_ITS_WAY, ARRIVED._replace(size=6815), True, id="shorter"),
        pytest.param(ON_ITS_WAY, ARRIVED._replace(gid=0), True, id="other group"),
        pytest.param(ON_ITS_WAY, ARRIVED._replace(mtime=1795985424), True, id="other time"),
        pytest.param(ON_ITS_WAY, ARRIVED._replace(more=[]), True, id="without its attributes"),
        pytest.param(ON_ITS_WAY._replace(mode=0o123777), ARRIVED._replace(mode=0o120777), True, id="no file"),
    ],
)
def test_a_file_that_has_not_wholly_arrived_counts_as_not_there(old, new, equal):
    assert compare(old, new, equal)[1] == frozenset()


def test_a_name_that_may_stand_for_another_one_is_not_compared():
    node, migrated = compare(ON_ITS_WAY, ARRIVED, path="/not\\xfftext")
    assert node.compared[2:] == ()


def test_what_is_compared_are_the_files_themselves(tmp_path):
    for folder, name, text in (
        ("here", "same", "text"),
        ("there", "same", "text"),
        ("here", "other", "text"),
        ("there", "other", "test"),
        ("here", "alone", "text"),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(text)
    os.chmod(tmp_path / "here" / "same", 0o3640)
    places = (str(tmp_path / "here"), str(tmp_path / "there"))
    done = process.run(
        (sys.executable, "-I", "-S", "-c", brick_files._COMPARE, *places, "/same", "/other", "/alone"), 30
    )
    told = [ast.literal_eval(line) for line in done.stdout.splitlines()]
    assert [(path, equal) for path, _old, _new, equal in told] == [("/same", True), ("/other", False)]
    old = brick_files.File(*told[0][1])
    assert (old.mode, old.size, old.uid) == (0o103640, 4, os.getuid())
    assert old.inode == os.stat(tmp_path / "here" / "same").st_ino


def listed(folder, which):
    done = process.run((sys.executable, "-I", "-S", "-c", brick_files._LIST, str(folder), which), 30)
    return done, sorted(done.stdout.split("\0")[:-1])


def test_what_is_listed_are_files_however_deep_and_no_directories(tmp_path):
    (tmp_path / "d" / "e").mkdir(parents=True)
    for name in ("a\nb", "d/c", "d/e/\udcff"):
        (tmp_path / name).write_text("")
    (tmp_path / "link").symlink_to("d")
    (tmp_path / "sticky").write_text("")
    os.chmod(tmp_path / "sticky", 0o1000)
    assert listed(tmp_path, "files")[1] == ["/a\nb", "/d/c", "/d/e/\\xff", "/link", "/sticky"]
    assert listed(tmp_path, "names")[1] == ["/a\nb", "/d", "/link", "/sticky"]


def test_a_folder_that_cannot_be_listed_is_named(tmp_path):
    done, _names = listed(tmp_path / "gone", "files")
    assert done.rc == 1
    assert done.why() == f"{tmp_path}/gone: No such file or directory"
