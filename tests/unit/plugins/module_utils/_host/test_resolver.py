# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.resolver import AddressesUnknown, Resolver


def names(table, own=("10.0.0.1", "fe80::1"), hostname="gfs1"):
    """A resolver that answers from a table, on a host with these addresses."""

    def resolve(host, _port, **_type):
        if host not in table:
            raise OSError("no such name")
        return [(0, 0, 0, "", (address, 0)) for address in table[host]]

    return Resolver(resolve, lambda: own, lambda: hostname)


def test_this_host_is_known_by_its_own_addresses_and_by_localhost():
    assert Resolver().is_local("127.0.0.1")
    assert Resolver().is_local("::1")
    assert Resolver().is_local("localhost")


def test_another_hosts_address_is_not_this_host():
    # An address for documentation, RFC 5737: no host has it.
    assert not Resolver().is_local("198.51.100.1")
    assert not Resolver().is_local("2001:db8::1")


def test_an_address_of_this_host_is_told_from_that_of_another_one():
    assert Resolver().is_own("127.0.0.1")
    assert not Resolver().is_own("198.51.100.1")
    assert not Resolver().is_own("2001:db8::1")


def test_a_name_that_cannot_be_resolved_has_no_addresses():
    assert Resolver().addresses("a..b") == frozenset()
    assert not Resolver().is_local("a..b")


def test_an_address_means_itself():
    assert Resolver().addresses("192.0.2.1") == {"192.0.2.1"}


@pytest.mark.parametrize(
    ("address", "is_local"),
    [
        ("10.0.0.1", True),
        ("10.0.0.2", False),
        ("127.0.1.1", True),
        ("::ffff:10.0.0.1", True),
        ("::ffff:10.0.0.2", False),
        ("fe80::1%eth0", True),
        ("fe80::2%eth0", False),
    ],
)
def test_a_name_is_local_where_an_interface_has_its_address(address, is_local):
    """As getifaddrs(3) and loopback say, and not whether a socket could be bound to it."""
    assert names({"gfs1": [address]}).is_local("gfs1") is is_local
    assert names({"gfs1": ["10.9.9.9", address]}).is_local("gfs1") is is_local


def test_each_name_and_the_interfaces_are_asked_for_once():
    asked = []
    one = Resolver(
        lambda host, _port, **_type: asked.append(host) or [(0, 0, 0, "", ("10.0.0.1", 0))],
        lambda: asked.append("interfaces") or ["10.0.0.1"],
    )
    assert [one.is_local(host) for host in ("a", "b", "a")] == [True] * 3
    assert asked == ["a", "interfaces", "b"]


def test_a_kernel_that_does_not_tell_its_addresses_ends_the_run():
    def refuse():
        raise OSError("no netlink here")

    with pytest.raises(AddressesUnknown, match="which addresses this host has cannot be found out: no netlink here"):
        Resolver(interfaces=refuse).is_own("10.0.0.1")


@pytest.mark.parametrize(
    ("host", "hostname", "is_own"),
    [
        ("gfs1", "gfs1", True),
        ("GFS1", "gfs1.example.com", True),
        ("gfs1.example.com", "gfs1.example.com", True),
        ("gfs1.example.org", "gfs1", False),
        ("gfs2", "gfs1", False),
    ],
)
def test_a_host_knows_the_name_that_it_calls_itself_by(host, hostname, is_own):
    assert names({}, hostname=hostname).is_hostname(host) is is_own
