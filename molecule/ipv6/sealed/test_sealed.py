# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers and nodes on a network without IPv4, after seal.yml has given them TLS."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually

PATH = "/srv/sealed"


@pytest.fixture
def addresses(lab):
    """The address of each server."""
    return [lab.node.run("getent", "ahostsv6", name).split()[0] for name in PEERS]


@pytest.fixture(params=["names", "addresses"])
def servers(request, addresses):
    return list(PEERS) if request.param == "names" else addresses


def mounted(node, path):
    return node.run("findmnt", "--noheadings", "--types", "fuse.glusterfs", path, check=False)


def test_nobody_without_a_certificate_is_heard(lab, addresses):
    for address in addresses:
        said = lab.node.run("sh", "-c", f"openssl s_client -connect [{address}]:24007 </dev/null 2>&1", check=False)
        assert "BEGIN CERTIFICATE" in said, "it speaks TLS"
    asked = lab.use("server_info", servers=list(PEERS), volumes=["web"], tls="false")
    assert [server["reachable"] for server in asked.values["servers"]] == [False] * 3


def test_servers_and_bricks_are_asked_by_tls(lab):
    asked = lab.use("server_info", servers=list(PEERS), volumes=["web", "pages"])
    assert not asked.failed, asked.message
    for server in asked.values["servers"]:
        for volume in ("web", "pages"):
            assert [brick["state"] for brick in server["volumes"][volume]["bricks"]] == ["up"] * 3


@pytest.mark.parametrize("fstab", ["native", "failover"])
def test_servers_are_mounted_by_names_and_by_addresses(lab, servers, fstab):
    wanted = {"path": PATH, "volume": "web", "servers": servers, "fstab": fstab, "timeout_total": 30}
    try:
        first = lab.mount(**wanted)
        assert not first.failed, first.message
        assert (first.values["mount"]["state"], first.values["server"] in servers) == ("healthy", True)
        assert lab.mount(**wanted).values["changed"] is False
        lab.node.write(f"{PATH}/file", "by IPv6 and TLS")
        lab.node.run("umount", PATH)
        lab.node.run("mount", PATH)
        assert lab.node.run("cat", f"{PATH}/file") == "by IPv6 and TLS"
    finally:
        assert not lab.mount(path=PATH, state="absent").failed


def test_a_server_that_is_frozen_is_passed_over(lab):
    frozen, *others = PEERS
    lab.host(frozen).signal("STOP", "/glusterd -p")
    try:
        done = lab.mount(path=PATH, volume="web", servers=list(PEERS), order="listed", fstab="none")
        assert not done.failed, done.message
        assert done.values["server"] in others
    finally:
        lab.host(frozen).signal("CONT", "/glusterd -p")
        assert not lab.mount(path=PATH, state="absent").failed


def test_a_client_that_dies_is_mounted_again_and_a_boot_mounts(lab):
    node = lab.host("node2")
    before = node.status("/srv/web")["pid"]
    node.run("kill", "-9", str(before))
    node.run("gluster-failover", "heal", timeout=150)
    assert node.status("/srv/web")["pid"] != before
    assert node.status("/srv/web")["state"] == "healthy"
    node.restart()
    eventually(lambda: mounted(node, "/srv/web"), 60, "it is mounted")
    assert node.status("/srv/web")["state"] == "healthy"
