# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import socket
import struct

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import interfaces

LOCAL, ADDRESS, LABEL = 2, 1, 3


def message(kind, body, flags=0):
    length = 16 + len(body)
    return struct.pack("=IHHII", length, kind, flags, 1, 0) + body + bytes(-length % 4)


def address(family, *attributes, flags=0):
    body = struct.pack("=BBBBI", family, 24, 0, 0, 2)
    for kind, value in attributes:
        body += struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
    return message(20, body, flags)


def ip(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def test_the_addresses_of_the_kernel_are_read():
    assert "127.0.0.1" in interfaces.addresses()


def test_a_link_of_two_ends_gives_this_ones_address():
    link = address(socket.AF_INET, (ADDRESS, ip("192.0.2.2")), (LOCAL, ip("192.0.2.1")), (LABEL, b"tun0\0"))
    plain = address(socket.AF_INET6, (ADDRESS, ip("fe80::1")))
    assert interfaces.parse(link + plain) == ({"192.0.2.1", "fe80::1"}, False, False)


def test_the_end_and_a_change_meanwhile_are_seen():
    changed = address(socket.AF_INET, (LOCAL, ip("192.0.2.1")), flags=0x12)
    assert interfaces.parse(changed + message(3, bytes(4))) == ({"192.0.2.1"}, True, True)


def test_what_is_no_address_of_a_host_is_passed_over():
    assert (
        interfaces.parse(address(17, (ADDRESS, bytes(6))) + address(socket.AF_INET, (ADDRESS, b""))).addresses == set()
    )


def test_an_error_and_nonsense_are_no_empty_list():
    with pytest.raises(OSError, match="does not list") as caught:
        interfaces.parse(message(2, struct.pack("=i", -errno.EPERM)))
    assert caught.value.errno == errno.EPERM
    for nonsense in (struct.pack("=IHHII", 400, 20, 0, 1, 0), struct.pack("=IHHII", 3, 20, 0, 1, 0)):
        with pytest.raises(OSError, match="makes no sense"):
            interfaces.parse(nonsense)
