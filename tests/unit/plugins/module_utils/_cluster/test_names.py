# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.names import Names


def test_this_host_is_known_by_its_own_addresses_and_by_localhost():
    assert Names().is_local("127.0.0.1")
    assert Names().is_local("localhost")


def test_another_hosts_address_is_not_this_host():
    # An address for documentation, RFC 5737: no host has it.
    assert not Names().is_local("192.0.2.1")
    assert not Names().is_local("2001:db8::1")


def test_an_address_of_this_host_is_told_from_that_of_another_one():
    assert Names().is_own("127.0.0.1")
    assert not Names().is_own("192.0.2.1")
    assert not Names().is_own("2001:db8::1")


def test_a_name_that_cannot_be_resolved_has_no_addresses():
    assert Names().addresses("a..b") == frozenset()
    assert not Names().is_local("a..b")


def test_an_address_means_itself():
    assert Names().addresses("192.0.2.1") == {"192.0.2.1"}
