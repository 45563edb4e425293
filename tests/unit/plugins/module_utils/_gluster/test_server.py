# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gfs1", "GFS1."),
        ("gfs1:24007", "gfs1"),
        ("fd00:0:0:0::1", "[fd00::1]"),
        ("[FD00::1]:24007", "fd00::1"),
        ("gfs1.example.net.", "gfs1.example.net"),
    ],
)
def test_one_server_in_two_spellings_is_one_server(one, other):
    assert Server.parse(one) == Server.parse(other)


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("gfs1", "gfs1", 24007),
        ("gfs_1:24008", "gfs_1", 24008),
        ("192.0.2.1:1", "192.0.2.1", 1),
        ("fd00::1", "fd00::1", 24007),
        ("[fd00::1]:65535", "fd00::1", 65535),
    ],
)
def test_host_and_port_are_told_apart(text, host, port):
    server = Server.parse(text)
    assert (server.host, server.port) == (host, port)
    assert Server.parse(str(server)) == server


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "host name"),
        ("a,b", "entry of its own"),
        ("a b", "host name"),
        ("-a", "host name"),
        ("a..b", "host name"),
        ("gfs1\n", "host name"),
        ("x" * 64, "up to 63"),
        (".".join(["x" * 63] * 4), "host name"),
        ("gfs1:", "port"),
        ("gfs1:0", "port"),
        ("gfs1:65536", "port"),
        ("gfs1:x", "port"),
        ("[fd00::1]x", "port"),
        ("gfs1:/web", "port"),
        ("fe80::1%eth0", "link-local.*fd00:6::1"),
        ("[fe80::1%2]:24007", "link-local"),
        ("FE80::1", "link-local"),
        ("fd00::1%eth0", "link-local"),
    ],
)
def test_what_is_no_server_is_refused_with_the_rule(text, rule):
    with pytest.raises(ValueError, match=rule):
        Server.parse(text)
