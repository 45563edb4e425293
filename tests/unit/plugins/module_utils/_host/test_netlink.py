# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import struct

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import netlink


def message(kind, content, flags=0):
    length = 16 + len(content)
    return struct.pack("=IHHII", length, kind, flags, 1, 0) + content + bytes(-length % 4)


def test_the_end_of_a_list_and_a_change_meanwhile_are_seen():
    part = netlink.parse(message(20, b"one", flags=0x12) + message(20, b"two") + message(3, bytes(4)))
    assert part == (((20, b"one"), (20, b"two")), True, True)


def test_an_acknowledgement_is_no_error():
    assert netlink.parse(message(2, bytes(20))).messages == ()


def test_an_error_and_nonsense_are_no_empty_list():
    with pytest.raises(PermissionError):
        netlink.parse(message(2, struct.pack("=i", -errno.EPERM)))
    for nonsense in (struct.pack("=IHHII", 400, 20, 0, 1, 0), struct.pack("=IHHII", 3, 20, 0, 1, 0)):
        with pytest.raises(OSError, match="makes no sense"):
            netlink.parse(nonsense)
