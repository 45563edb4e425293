# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import socket
import struct

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import interfaces

LOCAL, ADDRESS, LABEL = 2, 1, 3


def address(family, *attributes):
    body = struct.pack("=BBBBI", family, 24, 0, 0, 2)
    for kind, value in attributes:
        body += struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
    return 20, body


def ip(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def test_the_addresses_of_the_kernel_are_read():
    assert "127.0.0.1" in interfaces.addresses()


def test_a_link_of_two_ends_gives_this_ones_address():
    link = address(socket.AF_INET, (ADDRESS, ip("192.0.2.2")), (LOCAL, ip("192.0.2.1")), (LABEL, b"tun0\0"))
    plain = address(socket.AF_INET6, (ADDRESS, ip("fe80::1")))
    assert interfaces.read([link, plain]) == {"192.0.2.1", "fe80::1"}


def test_what_is_no_address_of_a_host_is_passed_over():
    assert not interfaces.read([address(17, (ADDRESS, bytes(6))), address(socket.AF_INET, (ADDRESS, b"")), (16, b"")])
