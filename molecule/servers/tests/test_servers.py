# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers look like after converge.yml has run, twice, and once more in check mode."""

from __future__ import annotations

import socket

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.shared.hosts import PEERS, get, gluster

VOLUMES = {"copies": 3, "arbiter": 3, "wide": 6, "spread": 2}


@pytest.fixture(params=PEERS)
def host(request):
    return get(request.param)


@pytest.fixture(scope="module")
def first():
    return get("gfs1")


def test_bricks_lie_on_xfs_that_is_mounted_at_boot(host):
    assert host.mount_point("/bricks/disk").filesystem == "xfs"
    assert {"noatime", "inode64"} <= set(host.mount_point("/bricks/disk").options)
    (line,) = [line for line in host.file("/etc/fstab").content_string.splitlines() if "/bricks/disk" in line]
    assert "nofail" in line


def test_glusterd_runs_now_and_after_a_boot(host):
    assert host.service("glusterd").is_running
    assert host.service("glusterd").is_enabled


def test_every_server_sees_the_whole_pool(host):
    peers = gluster(host, "pool list").findall(".//peer")
    assert sorted(peer.findtext("connected") for peer in peers) == ["1"] * len(PEERS)


def test_every_brick_of_every_started_volume_is_online_on_a_port_that_the_firewall_passes(first):
    for name, bricks in VOLUMES.items():
        nodes = [
            node
            for node in gluster(first, f"volume status {name}").findall(".//node")
            if node.findtext("path", "").startswith("/bricks")
        ]
        assert [node.findtext("status") for node in nodes] == ["1"] * bricks, name
        assert all(49152 <= int(node.findtext("port")) <= 49407 for node in nodes)


def test_a_volume_that_shall_only_be_there_is_not_started(first):
    assert gluster(first, "volume info idle").findtext(".//statusStr") == "Created"


def test_options_have_their_values(first):
    options = {
        option.findtext("name"): option.findtext("value")
        for option in gluster(first, "volume info copies").iter("option")
    }
    assert options["network.ping-timeout"] == "10"
    assert options["features.shard"] == "on"


def test_the_firewall_passes_glusterfs_and_nothing_else(host):
    address = host.check_output("hostname -I").split()[0]
    with socket.create_connection((address, 24007), 5):
        pass
    host.run("systemd-run --unit=other python3 -m http.server 8080")
    # nftables drops here, firewalld rejects.
    with pytest.raises(OSError, match="timed out|No route to host"):
        socket.create_connection((address, 8080), 1)
    host.run("systemctl stop other")


def test_the_firewall_still_passes_it_after_its_rules_are_read_anew(host):
    if host.service("firewalld").is_running:
        host.check_output("firewall-cmd --reload")
        rules = host.check_output("firewall-cmd --list-rich-rules").splitlines()
        assert [rule for rule in rules if 'port="24007-24008"' in rule]
        assert [rule for rule in rules if 'port="49152-49407"' in rule]
        assert len(rules) == 2
    else:
        host.check_output("systemctl reload nftables")
        assert host.check_output("nft list chain inet filter input").count("GlusterFS") == 1


def test_both_firewalls_that_the_role_knows_are_run():
    assert {name: get(name).service("firewalld").is_running for name in PEERS} == {
        "gfs1": False,
        "gfs2": True,
        "gfs3": False,
    }


def test_bricks_outlive_glusterd(first):
    """A restart of glusterd, as an upgrade of its package brings, takes no brick from the clients."""
    bricks = first.check_output("pidof glusterfsd").split()
    assert bricks
    first.check_output("systemctl restart glusterd")
    assert first.check_output("pidof glusterfsd").split() == bricks
