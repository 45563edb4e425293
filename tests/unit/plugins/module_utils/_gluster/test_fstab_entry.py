# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The line of fstab that mounts by mount.glusterfs, and when two of them say the same."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import fstab_entry
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.fstab_entry import (
    GLUSTER_TYPES,
    native_entry,
    same,
)
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import fstab
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.fstab import Entry, Same, find

WEB = Entry("gfs1:/web", "/mnt/g", "glusterfs", ("_netdev", "nofail"))


def servers(*names: str) -> list[Server]:
    return [Server.parse(name) for name in names]


def web(
    *names: str,
    opts: tuple[str, ...] = (),
    subdir: str = "",
    boot: bool = True,
    family: str = "inet",
    release: int = 10,
) -> Entry:
    return native_entry(servers(*names), "web", subdir, "/mnt/g", opts, boot=boot, family=family, release=release)


def put(content: bytes, entry: Entry, same: Same) -> bytes:
    return fstab.put(content, entry, GLUSTER_TYPES, same=same)


class TestNativeEntry:
    def test_the_first_server_is_the_source_and_the_others_are_its_backups(self) -> None:
        assert web("gfs1", "gfs2", "gfs3") == Entry(
            "gfs1:/web",
            "/mnt/g",
            "glusterfs",
            ("_netdev", "nofail", "x-systemd.mount-timeout=120", "backup-volfile-servers=gfs2:gfs3"),
        )

    def test_one_server_has_no_backups(self) -> None:
        assert web("gfs1").options == ("_netdev", "nofail", "x-systemd.mount-timeout=120")

    def test_a_line_that_is_not_for_boot_has_noauto(self) -> None:
        assert "noauto" in web("gfs1", boot=False).options
        assert "noauto" not in web("gfs1").options

    @pytest.mark.parametrize(
        ("subdir", "spec"),
        [
            ("", "gfs1:/web"),
            ("/", "gfs1:/web"),
            ("a", "gfs1:/web/a"),
            ("/a//b/", "gfs1:/web/a/b"),
            ("ü", "gfs1:/web/ü"),
        ],
    )
    def test_a_subdirectory_is_part_of_the_source(self, subdir: str, spec: str) -> None:
        assert web("gfs1", subdir=subdir).spec == spec

    def test_the_mount_point_is_written_in_its_plain_spelling(self) -> None:
        assert native_entry(servers("gfs1"), "web", "", "/mnt//g/", (), boot=True).file == "/mnt/g"

    def test_ipv6_has_brackets_among_the_backups_only(self) -> None:
        """So mount.glusterfs reads it: its sed for the source knows no brackets, its awk for the backups splits at colons."""
        entry = web("fd00::1", "fd00::2", "gfs3", family="inet6")
        assert entry.spec == "fd00::1:/web"
        assert "backup-volfile-servers=[fd00::2]:gfs3" in entry.options

    def test_from_release_11_on_a_port_stands_behind_an_address_of_ipv6(self) -> None:
        """Else the client cuts it at its last colon; up to release 10 it takes the port for a part of the address."""
        entry = web("fd00::1", "fd00::2", "gfs3", family="inet6", release=11)
        assert entry.spec == "fd00::1:24007:/web"
        assert "backup-volfile-servers=[fd00::2:24007]:gfs3" in entry.options
        assert web("gfs1", "192.0.2.2", release=11) == web("gfs1", "192.0.2.2", release=10)

    def test_servers_of_ipv6_alone_are_asked_by_ipv6(self) -> None:
        option = "xlator-option=transport.address-family=inet6"
        assert option in web("gfs1", "gfs2", family="inet6").options
        assert web("gfs1", opts=(option,), family="inet6").options.count(option) == 1
        assert not any("address-family" in each for each in web("gfs1", "gfs2").options)

    def test_an_option_that_leaves_no_room_for_the_family_is_refused(self) -> None:
        with pytest.raises(ValueError, match="'xlator-option=\\*.x=1'.*addresses of IPv6 alone.*fstab: failover"):
            web("gfs1", opts=("xlator-option=*.x=1",), family="inet6")

    def test_a_port_that_all_servers_share_is_an_option(self) -> None:
        entry = web("gfs1:24010", "[fd00::2]:24010", family="inet6")
        assert entry.spec == "gfs1:/web"
        assert {"backup-volfile-servers=[fd00::2]", "server-port=24010"} < set(entry.options)

    def test_the_users_options_come_last_and_replace_ours_of_the_same_name(self) -> None:
        entry = web("gfs1", opts=("noatime", "x-systemd.mount-timeout=300", "_netdev"))
        assert entry.options == ("nofail", "noatime", "x-systemd.mount-timeout=300", "_netdev")

    @pytest.mark.parametrize(
        ("arguments", "why"),
        [
            ({"servers": []}, "at least one server"),
            ({"servers": servers("gfs1", "gfs2:24010")}, "different ports .gfs1 24007, gfs2 24010.*one server-port"),
            ({"servers": servers("gfs1", "a" * 60 + ".example")}, "more than 63 characters"),
            ({"path": "/mnt/a b"}, "path '/mnt/a b': .*white space"),
            ({"path": "/mnt/a*"}, "path"),
            ({"path": "/mnt/a\\b"}, "path"),
            ({"subdir": "a:b"}, "subdir 'a:b'"),
            ({"subdir": "a\u00a0b"}, "subdir"),
            ({"subdir": "a[b"}, "subdir"),
            ({"opts": ["xlator-option=a=b", "xlator-option=c=d"]}, "keeps the last one only"),
            ({"opts": ['context="a:c1,c2"']}, "splits its options at every comma.*fstab: failover"),
        ],
    )
    def test_what_mount_glusterfs_would_misread_is_refused_with_the_reason(
        self, arguments: dict[str, object], why: str
    ) -> None:
        given_arguments = {"servers": servers("gfs1"), "volume": "web", "subdir": "", "path": "/mnt/g", "opts": ()}
        with pytest.raises(ValueError, match=why):
            native_entry(**{**given_arguments, **arguments}, boot=True)  # type: ignore[arg-type]

    def test_a_host_name_of_63_characters_is_allowed(self) -> None:
        host = "a" * 55 + ".example"
        assert web(host).spec == f"{host}:/web"


class TestSame:
    WANTED = web("gfs1", "gfs2", "gfs3", opts=("noatime",), subdir="a/b")

    @given(st.randoms(use_true_random=False))
    def test_the_order_of_servers_and_options_is_no_change(self, chance: random.Random) -> None:
        names = chance.sample(["gfs1", "gfs2", "fd00::3"], 3)
        for release in (10, 11):
            old = web(*names, opts=("noatime", "ro"), family="inet6", release=release)
            old = Entry(old.spec, old.file, old.vfstype, tuple(chance.sample(old.options, len(old.options))), 1, 2)
            now = web("gfs1", "gfs2", "fd00::3", opts=("ro", "noatime"), family="inet6", release=release)
            assert same(old, now)

    def test_a_line_in_the_spelling_of_another_release_is_replaced(self) -> None:
        ten, eleven = (web("fd00::1", "gfs2", family="inet6", release=release) for release in (10, 11))
        assert not same(old=ten, new=eleven)
        assert not same(old=eleven, new=ten)

    @pytest.mark.parametrize(
        "line",
        [
            b"GFS3:/web/a/b /mnt/g/ glusterfs noatime,_netdev,nofail,x-systemd.mount-timeout=120,backup-volfile-servers=gfs1:gfs2",
            b"gfs2,gfs1,gfs3:/web/a/b /mnt/g glusterfs noatime,_netdev,nofail,x-systemd.mount-timeout=120 0 2",
            b"gfs2,gfs1:web/a/b/ /mnt/g glusterfs defaults,noatime,_netdev,nofail,x-systemd.mount-timeout=120,backupvolfile-server=gfs3",
            b"gfs1:/web//a/b /mnt/g glusterfs noatime,_netdev,nofail,x-systemd.mount-timeout=120,server-port=24007,"
            b"backup-volfile-servers=gfs3:gfs2,backupvolfile-server=ignored",
        ],
    )
    def test_another_way_to_write_the_same_is_left_alone(self, line: bytes) -> None:
        assert put(line + b"\n", self.WANTED, same) == line + b"\n"

    @pytest.mark.parametrize(
        "line",
        [
            # another volume, subdirectory, type, set of servers, port, option
            b"gfs1:/www/a/b /mnt/g glusterfs {}",
            b"gfs1:/web/a /mnt/g glusterfs {}",
            b"gfs1:/web /mnt/g glusterfs {}",
            b"gfs1:/web/a/b /mnt/g fuse.glusterfs {}",
            b"gfs4:/web/a/b /mnt/g glusterfs {}",
            b"gfs1,gfs4:/web/a/b /mnt/g glusterfs {}",
            b"gfs1:/web/a/b /mnt/g glusterfs {},server-port=24010",
            b"gfs1:/web/a/b /mnt/g glusterfs {},ro",
            b"gfs1:/web/a/b /mnt/g glusterfs {},noauto",
            b"gfs1:/web/a/b /mnt/g glusterfs defaults",
            # what mount.glusterfs misreads is put right
            b"[gfs1]:/web/a/b /mnt/g glusterfs {}",
            b"gfs1:24007:/web/a/b /mnt/g glusterfs {}",
            b"gfs1:/web/a/b /mnt/g glusterfs {},server-port=x",
            b"gfs1,/:/web/a/b /mnt/g glusterfs {}",
            b"web /mnt/g glusterfs {}",
        ],
    )
    def test_a_line_that_says_something_else_is_replaced(self, line: bytes) -> None:
        opts = b"_netdev,nofail,x-systemd.mount-timeout=120,noatime,backup-volfile-servers=gfs2:gfs3"
        assert (
            put(b"gfs1:/web/a/b /mnt/g glusterfs " + opts, self.WANTED, same)
            == b"gfs1:/web/a/b /mnt/g glusterfs " + opts + b"\n"
        )
        new = put(line.replace(b"{}", opts), self.WANTED, same).rstrip(b"\n")
        assert [found.entry for found in find(new, "/mnt/g")] == [self.WANTED]

    def test_another_mount_point_is_another_line(self) -> None:
        assert not same(Entry("gfs1:/web", "/mnt/h", "glusterfs", WEB.options), WEB)

    def test_bare_ipv6_among_the_backups_is_put_right(self) -> None:
        """mount.glusterfs splits fd00::2 at its colons."""
        wanted = web("gfs1", "fd00::2", family="inet6")
        broken = tuple(option.replace("[fd00::2]", "fd00::2") for option in wanted.options)
        assert not same(Entry(wanted.spec, wanted.file, wanted.vfstype, broken), wanted)


def test_the_time_limit_for_systemd_is_longer_than_a_failover() -> None:
    """A first server that drops everything costs 88 s at boot; systemd's 90 s start when the unit starts."""
    assert int(fstab_entry.MOUNT_TIMEOUT.partition("=")[2]) >= 120
