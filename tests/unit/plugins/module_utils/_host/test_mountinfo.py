# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.mountinfo import (
    Mount,
    Source,
    at,
    holding,
    parse,
    parse_source,
)

# A client of 10.3 on a path with a blank, systemd's autofs below a mount, an overlay with shared propagation.
REAL = r"""
488 460 0:62 / / rw,relatime shared:1 master:2 - overlay overlay rw,lowerdir=/a:/b
650 488 0:118 / /mnt/w rw,relatime - fuse.glusterfs h1,h2:/web rw,user_id=0,group_id=0,default_permissions,allow_other
651 488 0:119 / /mnt/sp\040ace rw,relatime - fuse.glusterfs h1:web/site1/deep rw,user_id=0,group_id=0
700 488 0:40 / /srv/auto rw,relatime shared:9 - autofs systemd-1 rw,fd=30
701 700 0:120 / /srv/auto rw,relatime shared:10 - fuse.glusterfs h2:/web rw,user_id=0
""".lstrip()


def test_a_mount_point_with_a_blank_is_recognised():
    assert at(parse(REAL), "/mnt/sp ace").source == "h1:web/site1/deep"


def test_optional_fields_do_not_shift_the_others():
    root = parse(REAL)[0]
    assert (root.path, root.fstype, root.options) == ("/", "overlay", ("rw", "relatime"))


def test_who_sees_what_is_mounted_below_is_read():
    assert [mount.peers for mount in parse(REAL)] == ["1", "", "", "9", "10"]
    assert [mount.shared for mount in parse(REAL)] == [True, False, False, True, True]


def test_a_bind_of_a_directory_is_told_from_a_mount_of_the_whole():
    line = (
        r"7 1 0:118 /my\040app /var/www rw shared:3 master:2 propagate_from:1 - fuse.glusterfs h1:/web rw,user_id=0"
        + "\n"
    )
    (bind,) = parse(line)
    assert (bind.root, bind.device, bind.peers, bind.master, bind.data) == (
        "/my app", "0:118", "3", "2", "rw,user_id=0",
    )  # fmt: skip
    assert {mount.root for mount in parse(REAL)} == {"/"}
    assert [mount.master for mount in parse(REAL)] == ["2", "", "", "", ""]


def test_of_stacked_mounts_the_one_on_top_is_seen():
    assert at(parse(REAL), "/srv/auto").fstype == "fuse.glusterfs"


def test_on_top_is_told_by_parents_and_not_by_the_order_of_lines():
    below, above = Mount(9, 1, "0:1", "/m", (), "x", "below"), Mount(10, 9, "0:2", "/m", (), "x", "above")
    assert at([above, below], "/m").source == "above"


def test_nothing_is_seen_where_nothing_is_mounted():
    assert at(parse(REAL), "/mnt") is None


@pytest.mark.parametrize(
    ("path", "holder"), [("/mnt/w/sub/dir", "/mnt/w"), ("/mnt/w2", "/"), ("/mnt/w", "/mnt/w"), ("/", "/")]
)
def test_the_mount_that_holds_a_path_up_is_named(path, holder):
    assert holding(parse(REAL), path).path == holder


def test_a_line_that_cannot_be_read_is_named_and_takes_no_other_along():
    broken = ["650 488 0:118 / /mnt/w rw fuse.glusterfs h1:/web rw", "x y 0:1 / /mnt rw - tmpfs t rw", "\r"]
    unread = []
    assert parse("\n".join([*broken, REAL]), unread.append) == parse(REAL)
    assert unread == broken


@pytest.mark.parametrize("odd", ["\r", "\x0b", "\x1c", "\x85", "\u2028", "\x1b[31m", "\udcff", " - ", " "])
def test_only_a_newline_ends_a_line_whatever_a_mount_is_called(odd):
    escaped = odd.replace(" ", r"\040")
    line = f"1 0 0:1 / /m{escaped}x rw - fuse.glusterfs gfs{escaped}1:/web rw\n"
    first, *others = parse(line + REAL)
    assert (first.path, first.source, tuple(others)) == (f"/m{odd}x", f"gfs{odd}1:/web", parse(REAL))


def test_what_a_user_has_mounted_is_no_glusterfs_whatever_it_calls_itself():
    line = "1 0 0:1 / /home/u/fs rw - fuse.glusterfs gfs1:/web rw,user_id={},group_id=0"
    of_root, of_user = (parse(line.format(user))[0] for user in (0, 1000))
    assert (of_root.gluster, of_user.gluster) == (True, False)
    assert of_user.describe() == "fuse.glusterfs from gfs1:/web of user 1000"


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("gfs1:/web", Source("gfs1", "web", "")),
        ("gfs1,gfs2:24008:/web/a/b", Source("gfs1,gfs2:24008", "web", "a/b")),
        ("gfs1:web/site1", Source("gfs1", "web", "site1")),
        ("fd00::1:/web", Source("fd00::1", "web", "")),
        ("tmpfs", None),
        ("gfs1:", None),
        (":/web", None),
    ],
)
def test_volume_and_subdirectory_are_read_from_a_source(text, source):
    assert parse_source(text) == source


@pytest.mark.parametrize("text", ["gfs1:/web/a:b//c/", "gfs1:web/a:b/c", "fd00::1,gfs2:/web/a:b/./c"])
def test_a_subdirectory_with_a_colon_or_empty_parts_is_told_from_the_volume(text):
    assert parse_source(text)[1:] == ("web", "a:b/c")


def escape(path):
    return "".join(f"\\{ord(char):03o}" if char in " \t\n\\" else char for char in path)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters=" \t\\")))
def test_every_mount_point_the_kernel_can_escape_comes_back(name):
    line = f"1 0 0:1 / /{escape(name)} rw - fuse.glusterfs s:/v rw"
    assert [mount.path for mount in parse(line)] == ["/" + name]
