# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""fstab as bytes: one line put or dropped, nothing else touched."""

from __future__ import annotations

import operator

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.fstab_entry import (
    GLUSTER_TYPES,
    same,
)
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import fstab
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.fstab import (
    Entry,
    FstabConflict,
    Same,
    find,
    parse,
)

WEB = Entry("gfs1:/web", "/mnt/g", "glusterfs", ("_netdev", "nofail"))
WEB_LINE = b"gfs1:/web /mnt/g glusterfs _netdev,nofail 0 0"

PIECES = [
    b"\n",
    b"\r\n",
    b"\r",
    b" ",
    b"\t",
    b"#",
    b"\\040",
    b"\\134",
    b"\xff",
    "ü".encode(),
    b"\x00",
    b"\x0b",
    b"\x85",
    b"0",
    b"none",
    b"/mnt/g",
    b"/mnt/h",
]
PIECES += [
    b"glusterfs",
    b"ext4",
    b"gfs1:/web",
    b"# note",
    b"\n" + WEB_LINE,
    b"\n/dev/sda1 / ext4 errors=remount-ro 0 1\n",
    b",",
    b'"',
]
contents = st.one_of(st.binary(max_size=80), st.lists(st.sampled_from(PIECES), max_size=14).map(b"".join))
fields = st.binary(min_size=1, max_size=12).map(
    lambda raw: raw.replace(b"\x00", b"x").decode("utf-8", "surrogateescape")
)
options = st.lists(st.text("abc=-_.\\# ü\t", min_size=1, max_size=6), min_size=1, max_size=4).map(tuple)


def put(content: bytes, entry: Entry, same: Same = operator.eq) -> bytes:
    return fstab.put(content, entry, GLUSTER_TYPES, same=same)


def drop(content: bytes, *paths: str) -> bytes:
    return fstab.drop(content, paths, GLUSTER_TYPES)


class TestEveryByteThatIsNotOursIsKept:
    @given(contents)
    def test_the_lines_joined_are_the_file(self, content: bytes) -> None:
        assert b"".join(line.raw for line in parse(content)) == content

    @given(contents)
    @example(b"# no newline at the end")
    @example(b"ends in a carriage return\r")
    @example(b"dos\r\n")
    @example(b"dos\r\nwithout newline")
    @example(b"\n\n")
    def test_a_line_added_and_dropped_gives_the_same_bytes_and_a_newline_where_there_was_none(
        self, content: bytes
    ) -> None:
        assume(not find(content, "/mnt/g"))
        again = drop(put(content, WEB), "/mnt/g")
        assert again.startswith(content)
        assert again[len(content) :] in ((b"",) if content.endswith(b"\n") or not content else (b"", b"\n", b"\r\n"))

    @given(contents)
    def test_the_other_lines_stay_in_their_order(self, content: bytes) -> None:
        others = [line.raw.rstrip(b"\r\n") for line in parse(content) if line not in find(content, "/mnt/g")]
        try:
            new = put(content, WEB)
        except FstabConflict:
            return
        ours = find(new, "/mnt/g")
        assert len(ours) == 1
        assert [line.raw.rstrip(b"\r\n") for line in parse(new) if line not in ours] == others

    @given(contents)
    def test_putting_twice_is_putting_once(self, content: bytes) -> None:
        try:
            once = put(content, WEB)
        except FstabConflict:
            return
        assert put(once, WEB) == once
        assert [line.entry for line in find(once, "/mnt/g")] == [WEB]

    @given(contents)
    def test_our_line_ends_in_a_newline_and_so_does_the_one_before_it(self, content: bytes) -> None:
        """Else the next one who adds a line by echo and >> would merge two."""
        try:
            lines = parse(put(content, WEB))
        except FstabConflict:
            return
        (ours,) = find(put(content, WEB), "/mnt/g")
        assert all(line.raw.endswith(b"\n") for line in lines[: ours.number])

    def test_dropping_what_is_not_there_changes_nothing(self) -> None:
        assert drop(b"# only this\r\n\xff", "/mnt/g") == b"# only this\r\n\xff"

    def test_the_first_line_of_an_empty_file_ends_in_a_newline(self) -> None:
        assert put(b"", WEB) == WEB_LINE + b"\n"

    def test_a_file_of_dos_lines_gets_a_dos_line(self) -> None:
        assert put(b"# a\r\n", WEB) == b"# a\r\n" + WEB_LINE + b"\r\n"

    def test_a_last_line_without_newline_is_not_joined_to_the_new_one(self) -> None:
        assert put(b"/dev/sda1 / ext4 defaults 0 1", WEB) == b"/dev/sda1 / ext4 defaults 0 1\n" + WEB_LINE + b"\n"

    def test_one_line_of_a_thousand_is_replaced_in_its_place(self) -> None:
        lines = [b"gfs1:/v%d\t/mnt/%d\tglusterfs  defaults 0 0 # %d\n" % (n, n, n) for n in range(1000)]
        entry = Entry("gfs2:/new", "/mnt/500", "glusterfs", ("ro",))
        expected = lines[:500] + [b"gfs2:/new\t/mnt/500\tglusterfs  ro 0 0 # 500\n"] + lines[501:]
        assert put(b"".join(lines), entry) == b"".join(expected)


class TestFields:
    @given(fields, fields, fields, options, st.integers(0, 9), st.integers(0, 9))
    def test_whatever_is_written_reads_the_same(
        self, spec: str, file: str, vfstype: str, opts: tuple[str, ...], freq: int, passno: int
    ) -> None:
        entry = Entry(spec, file, vfstype, opts, freq, passno)
        assert parse(put(b"", entry))[0].entry == entry

    @pytest.mark.parametrize(
        ("raw", "expected"),
        [
            (b"a /b glusterfs ro 1 2", Entry("a", "/b", "glusterfs", ("ro",), 1, 2)),
            (b"a /b glusterfs ro 1 2\r\n", Entry("a", "/b", "glusterfs", ("ro",), 1, 2)),
            (b"a /b glusterfs ro 1", Entry("a", "/b", "glusterfs", ("ro",), 1, 0)),
            (b"a /b glusterfs ro", Entry("a", "/b", "glusterfs", ("ro",))),
            (b"a /b glusterfs\r\n", Entry("a", "/b", "glusterfs", ())),
            (b"a /b", Entry("a", "/b", "", ())),
            (b"a", Entry("a", "", "", ())),
            (b"\t a\t/b  glusterfs ro", Entry("a", "/b", "glusterfs", ("ro",))),
            (b"a /b glusterfs ro # 1 2", Entry("a", "/b", "glusterfs", ("ro",))),
            (b"a /b glusterfs ro 1 #2", Entry("a", "/b", "glusterfs", ("ro",), 1, 0)),
            (b"a /b glusterfs ro x y z", Entry("a", "/b", "glusterfs", ("ro",))),
            (b"a#1 /b#2 glusterfs ro 0 0", Entry("a#1", "/b#2", "glusterfs", ("ro",))),
            (rb"a\043 /b\040c\011d\134e\303\274 glusterfs ro 0 0", Entry("a#", "/b c\td\\eü", "glusterfs", ("ro",))),
            (rb"a\08 /b\9 glusterfs r\ 0 0", Entry("a\\08", "/b\\9", "glusterfs", ("r\\",))),
            (b"a\x0bb /c\x85 glusterfs ro 0 0", Entry("a\x0bb", "/c\udc85", "glusterfs", ("ro",))),
            (b'a /b cifs x="1,2",y,,z 0 0', Entry("a", "/b", "cifs", ('x="1,2"', "y", "z"))),
            (b"# a /b glusterfs", None),
            (b"  \t# x", None),
            (b" \t\r\n", None),
        ],
    )
    def test_a_line_says_what_libmount_reads_in_it(self, raw: bytes, expected: Entry | None) -> None:
        assert [line.entry for line in parse(raw)] == [expected]

    def test_a_hash_is_escaped_only_where_it_would_begin_a_comment(self) -> None:
        """getmntent(3) of glibc, by which older systemd reads fstab, does not know \\043."""
        assert put(b"", Entry("#a#b", "/m#", "glusterfs", ("ro",))) == b"\\043a#b /m# glusterfs ro 0 0\n"

    def test_white_space_and_backslash_are_escaped(self) -> None:
        line = put(b"", Entry("a b", "/\t\n\\", "glusterfs", ("ro",)))
        assert line == rb"a\040b /\011\012\134 glusterfs ro 0 0" + b"\n"

    def test_no_options_are_written_as_defaults(self) -> None:
        assert put(b"", Entry("a", "/b", "glusterfs", ())) == b"a /b glusterfs defaults 0 0\n"

    def test_lines_are_counted_from_one(self) -> None:
        assert [line.number for line in parse(b"# a\n\nb")] == [1, 2, 3]


class TestMountPoint:
    @pytest.mark.parametrize("spelling", ["/mnt/g", "/mnt/g/", "/mnt//g", "//mnt/g", "/mnt/./g", "/mnt/g/."])
    def test_two_spellings_of_a_mount_point_are_one(self, spelling: str) -> None:
        content = f"gfs1:/web {spelling} glusterfs ro 0 0\n".encode()
        assert [line.number for line in find(content, "/mnt/g")] == [1]
        assert [line.number for line in find(b"gfs1:/web /mnt/g glusterfs", spelling)] == [1]
        assert drop(content, "/mnt/g") == b""

    @pytest.mark.parametrize("other", ["/mnt/g2", "/mnt", "/mnt/g/sub", "/mnt/x/../g", "mnt/g", "none", "/mnt/G"])
    def test_another_mount_point_is_not_taken_for_ours(self, other: str) -> None:
        assert find(f"x {other} glusterfs ro 0 0\n".encode(), "/mnt/g") == []

    def test_escaped_and_unicode_mount_points_are_found(self) -> None:
        assert len(find(rb"x /mnt/a\040b glusterfs" + b"\n" + "x /mnt/ü glusterfs".encode(), "/mnt/a b")) == 1
        assert len(find("x /mnt/ü glusterfs".encode(), "/mnt/ü")) == 1

    def test_a_commented_line_is_no_line(self) -> None:
        assert find(b"#gfs1:/web /mnt/g glusterfs ro 0 0\n", "/mnt/g") == []


class TestReplacing:
    def test_indent_gaps_and_trailing_comment_stay(self) -> None:
        old = b"# top\n  old:/v\t/mnt/g/ \t glusterfs ro 1  2\t# Anna's\r\nend"
        assert put(old, WEB) == b"# top\n  gfs1:/web\t/mnt/g \t glusterfs _netdev,nofail 0  0\t# Anna's\r\nend"

    def test_a_short_line_with_a_comment_gets_all_its_fields_before_the_comment(self) -> None:
        assert put(b"old:/v /mnt/g glusterfs ro # why\n", WEB) == WEB_LINE + b" # why\n"

    def test_a_line_that_says_the_same_is_left_as_it_is_written(self) -> None:
        content = b"gfs1:/web\t/mnt//g glusterfs  nofail,_netdev\t# kept\n"
        assert put(content, WEB) != content
        assert put(content, WEB, same) == content

    def test_duplicates_are_removed_and_the_first_is_replaced(self) -> None:
        content = b"a:/b /mnt/g glusterfs ro 0 0\n# x\nc:/d /mnt/g/ glusterfs ro 0 0\n"
        assert put(content, WEB) == WEB_LINE + b"\n# x\n"

    def test_of_duplicates_the_one_that_is_right_is_kept(self) -> None:
        content = b"a:/b /mnt/g glusterfs ro 0 0\n# x\n" + WEB_LINE + b"   # right"
        assert put(content, WEB) == b"# x\n" + WEB_LINE + b"   # right\n"

    def test_a_duplicate_at_the_end_of_a_file_without_newline_goes_too(self) -> None:
        assert put(WEB_LINE + b"\nc:/d /mnt/g glusterfs", WEB) == WEB_LINE + b"\n"

    def test_an_empty_line_before_a_duplicate_at_the_end_stays(self) -> None:
        assert put(WEB_LINE + b"\n\nc:/d /mnt/g glusterfs", WEB) == WEB_LINE + b"\n\n"

    def test_all_duplicates_are_dropped(self) -> None:
        assert drop(b"a:/b /mnt/g glusterfs\n# x\nc:/d /mnt/g/ fuse.glusterfs ro\n", "/mnt/g") == b"# x\n"

    @pytest.mark.parametrize("vfstype", ["glusterfs", "fuse.glusterfs", "glusterfs_failover"])
    def test_every_gluster_type_is_ours(self, vfstype: str) -> None:
        assert put(f"a:/b /mnt/g {vfstype} ro 0 0".encode(), WEB) == WEB_LINE + b"\n"


class TestOrder:
    """``mount -a`` mounts from top to bottom."""

    CHILD = b"/dev/sdb /mnt/g/data ext4 defaults 0 2\n"
    PARENT = b"/dev/sdc /mnt ext4 defaults 0 2\n"
    OTHER = b"/dev/sdd /mnt/gg ext4 defaults 0 2\n"
    OURS = WEB_LINE + b"\n"

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ([CHILD], [OURS, CHILD]),
            ([OTHER, CHILD], [OTHER, OURS, CHILD]),
            ([PARENT], [PARENT, OURS]),
            ([PARENT, CHILD, OTHER], [PARENT, OURS, CHILD, OTHER]),
            ([b"# the data\n", CHILD], [OURS, b"# the data\n", CHILD]),
            ([PARENT, b"\n", b"# the data\n", CHILD], [PARENT, b"\n", OURS, b"# the data\n", CHILD]),
            # one that is there already, in its place or not
            ([CHILD, OURS], [OURS, CHILD]),
            ([OURS, PARENT], [PARENT, OURS]),
            ([b"old:/v /mnt/g glusterfs ro\n", PARENT], [PARENT, OURS]),
            ([b"# ours\n", OURS, CHILD], [b"# ours\n", OURS, CHILD]),
            ([OURS, OTHER, CHILD], [OURS, OTHER, CHILD]),
            # others in no order that mounts: nothing can be done for the child
            ([CHILD, PARENT], [CHILD, PARENT, OURS]),
            ([CHILD, PARENT, OTHER, OURS], [CHILD, PARENT, OTHER, OURS]),
            # the root directory is above all, a swap above none
            ([b"/dev/sda2 none swap sw 0 0\n", b"/dev/sda1 / ext4 defaults 0 1\n"], None),
        ],
    )
    def test_our_line_stands_where_its_mount_comes_after_its_parents_and_before_its_children(
        self, before: list[bytes], after: list[bytes] | None
    ) -> None:
        once = put(b"".join(before), WEB)
        assert once == b"".join(after or [*before, self.OURS])
        assert put(once, WEB) == once

    def test_a_child_without_newline_at_the_end_of_the_file_keeps_its_bytes(self) -> None:
        assert put(self.CHILD[:-1], WEB) == self.OURS + self.CHILD[:-1]

    @given(st.permutations([CHILD, PARENT, OTHER, b"# x\n", b"\n", b"/dev/sde /mnt/g/data/deep xfs ro 0 0\n"]))
    def test_others_keep_their_order_and_ours_comes_after_its_parent(self, lines: list[bytes]) -> None:
        new = [line.raw for line in parse(put(b"".join(lines), WEB))]
        assert [line for line in new if line != self.OURS] == lines
        assert new.index(self.PARENT) < new.index(self.OURS)
        children = [line for line in lines if b"/mnt/g/" in line]
        if lines.index(self.PARENT) < min(map(lines.index, children)):
            assert new.index(self.OURS) < min(map(new.index, children))


class TestForeignLines:
    @pytest.mark.parametrize("vfstype", ["ext4", "nfs", "none", "cifs", "auto"])
    def test_another_file_system_at_the_mount_point_is_never_replaced_or_removed(self, vfstype: str) -> None:
        content = f"# x\n//nas/x /mnt/g/ {vfstype} bind,password=secret 0 0\n".encode() + WEB_LINE
        for change in (lambda: put(content, WEB), lambda: drop(content, "/mnt/g")):
            with pytest.raises(FstabConflict, match=f"line 2 .*type {vfstype} at /mnt/g/") as caught:
                change()
            assert "secret" not in str(caught.value)

    def test_a_line_without_a_type_is_never_replaced(self) -> None:
        with pytest.raises(FstabConflict, match="line 1 .*none given"):
            put(b"gfs1:/web /mnt/g\n", WEB)

    def test_swap_and_none_are_no_mount_points(self) -> None:
        content = b"/swapfile none swap sw 0 0\n/dev/sdb swap swap sw 0 0\n"
        assert put(content, WEB) == content + WEB_LINE + b"\n"
