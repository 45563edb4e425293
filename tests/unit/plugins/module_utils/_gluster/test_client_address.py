# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import client_address
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.process import Completed


@pytest.mark.parametrize(
    ("answered", "addresses", "told"),
    [
        ("192.0.2.1", ("192.0.2.1", "192.0.2.2"), "gfs1"),
        ("192.0.2.1", ("2001:db8::1", "192.0.2.1"), "gfs1"),
        ("192.0.2.2", ("192.0.2.1", "192.0.2.2"), "192.0.2.2"),
        ("2001:db8::1", ("2001:db8::1", "192.0.2.1"), "gfs1"),
        ("2001:db8::1", ("192.0.2.1", "2001:db8::1"), "gfs1"),
        ("2001:db8::2", ("192.0.2.1", "2001:db8::1", "2001:db8::2"), "2001:db8::2"),
        ("2001:db8::1", ("2001:db8::1",), "gfs1"),
        ("192.0.2.1", (), "gfs1"),
    ],
)
def test_the_client_comes_to_the_address_that_answered_whatever_it_makes_of_the_name(answered, addresses, told):
    assert client_address.client_address(Server("gfs1", 24008), answered, addresses) == Server(told, 24008)


def test_a_family_that_the_options_ask_for_keeps_the_name_whatever_answered():
    addresses = ("192.0.2.1", "2001:db8::1")
    assert client_address.client_address(Server("gfs1"), "192.0.2.1", addresses, "inet6") == Server("gfs1")
    assert client_address.client_address(Server("gfs1"), "2001:db8::1", addresses, "inet6") == Server("gfs1")


@pytest.mark.parametrize("host", ["gfs1", "gfs1.example.org", "192.0.2.1", "fd00:6::1", "::1", "2001:db8:1:2:3:4:5:6"])
@pytest.mark.parametrize("port", [24007, 8007])
@pytest.mark.parametrize("release", [9, 10, 11, 12])
def test_what_is_spelled_for_a_client_is_read_back(host, port, release):
    assert client_address.read(client_address.spell(host, port, release), port) == host


@pytest.mark.parametrize(
    ("said", "release"),
    [
        ("glusterfs 10.3\nRepository revision", 10),
        ("glusterfs 11.2\n", 11),
        ("glusterfs 9.2", 9),
        ("", 11),
        ("what", 11),
    ],
)
def test_the_release_is_what_the_client_says_of_itself_and_a_new_one_where_it_says_nothing(said, release):
    def run(argv, timeout):
        assert argv == ("/usr/sbin/glusterfs", "--version")
        return Completed(argv, 0, said, "", 0.01)

    servers = (Server("gfs1"), Server("fd00:6::1"))
    assert client_address.release("/usr/sbin/glusterfs", servers, run) == release


def test_the_client_is_not_asked_for_its_release_where_that_plays_no_part():
    def run(argv, timeout):
        raise AssertionError(argv)

    client_address.release("/usr/sbin/glusterfs", (Server("gfs1"), Server("192.0.2.1")), run)


@pytest.mark.parametrize(
    ("servers", "addresses", "family"),
    [
        (("gfs1", "gfs2"), ("192.0.2.1",), "inet"),
        (("gfs1", "gfs2"), ("fd00:6::1",), "inet6"),
        (("gfs1", "gfs2"), ("fd00:6::1", "192.0.2.1"), "inet"),
        (("gfs1", "gfs2"), (), "inet"),
        (("fd00:6::1", "gfs2"), ("fd00:6::1",), "inet6"),
        (("fd00:6::1", "192.0.2.2"), ("fd00:6::1", "192.0.2.2"), "inet"),
    ],
)
def test_servers_are_asked_by_ipv6_where_none_has_an_address_of_ipv4(servers, addresses, family):
    assert client_address.family_of(tuple(map(Server, servers)), addresses) == family
