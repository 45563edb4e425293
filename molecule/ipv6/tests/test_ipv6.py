# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mounts on a network without IPv4. A restart of a container is a boot for all that systemd does."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually

PATH = "/srv/six"
WAYS = ("names", "addresses", "addresses with ports", "addresses of servers that are not there before the last")


@pytest.fixture
def addresses(lab):
    """The address of each server."""
    return [lab.node.run("getent", "ahostsv6", name).split()[0] for name in PEERS]


@pytest.fixture(params=WAYS)
def servers(request, addresses):
    return {
        "names": list(PEERS),
        "addresses": addresses,
        "addresses with ports": [f"[{address}]:24007" for address in addresses],
        WAYS[3]: ["fd00:6:e7e1::dead", addresses[0]],
    }[request.param]


@pytest.fixture
def node(lab):
    yield lab.node
    gone = lab.mount(path=PATH, state="absent")
    assert not gone.failed, gone.message


def source(node, path=PATH):
    return node.run(
        "findmnt", "--noheadings", "--output", "SOURCE", "--types", "fuse.glusterfs", path, check=False
    ).strip()


def test_no_host_has_an_address_of_ipv4(lab):
    for name in (*PEERS, "node1", "node2"):
        assert "eth0" in lab.host(name).run("ip", "-6", "-brief", "address")
        assert "eth0" not in lab.host(name).run("ip", "-4", "-brief", "address")


@pytest.mark.parametrize("volume", ["web", "pages"])
@pytest.mark.parametrize("fstab", ["native", "failover", "none"])
def test_servers_are_mounted_by_names_and_by_addresses(lab, node, servers, volume, fstab):
    wanted = {"path": PATH, "volume": volume, "servers": servers, "fstab": fstab, "timeout_total": 30}
    first = lab.mount(**wanted)
    assert not first.failed, first.message
    assert (first.values["changed"], first.values["mount"]["state"]) == (True, "healthy")
    assert first.values["server"] in [server.replace("[", "").replace("]:24007", "") for server in servers]
    again = lab.mount(**wanted)
    assert not again.failed, again.message
    assert again.values["changed"] is False
    node.write(f"{PATH}/file", "by IPv6")
    assert node.run("cat", f"{PATH}/file") == "by IPv6"


@pytest.mark.parametrize("fstab", ["native", "failover"])
def test_the_line_in_fstab_mounts_by_itself(lab, node, servers, fstab):
    wanted = {"path": PATH, "volume": "web", "servers": servers, "fstab": fstab, "timeout_total": 30}
    first = lab.mount(**wanted)
    assert not first.failed, first.message
    node.run("umount", PATH)
    assert not source(node)
    node.run("mount", PATH)
    assert source(node)
    node.run("ls", PATH)
    assert not lab.mount(**wanted).values["changed"]


def test_a_server_that_is_frozen_is_passed_over(lab, node):
    """On a volume of copies: where its brick is, which a volume without any cannot do without, only that server could tell."""
    frozen, *others = PEERS
    lab.host(frozen).signal("STOP", "/glusterd -p")
    try:
        done = lab.mount(path=PATH, volume="web", servers=list(PEERS), order="listed", fstab="none")
        assert not done.failed, done.message
        assert done.values["server"] in others
    finally:
        lab.host(frozen).signal("CONT", "/glusterd -p")


def test_a_name_that_has_an_address_of_ipv4_too_is_mounted_by_the_one_that_answers(lab, node, addresses):
    hosts = node.run("cat", "/etc/hosts")
    # Nobody has the first one, and no way leads there.
    node.write("/etc/hosts", f"{hosts}\n192.0.2.1 both\n{addresses[1]} both\n")
    try:
        done = lab.mount(path=PATH, volume="web", servers=["both"], fstab="native", timeout_total=30)
        assert not done.failed, done.message
        assert done.values["server"] == "both"
        assert "transport.address-family=inet6" in done.values["fstab_line"]
        node.run("umount", PATH)
        node.run("mount", PATH)
        assert source(node) == "both:/web"
    finally:
        node.write("/etc/hosts", hosts)


def test_a_mount_is_told_by_the_server_that_it_has(lab, node, addresses):
    for servers, name in ((list(PEERS), PEERS[1]), (addresses, addresses[1])):
        lab.mount(path=PATH, state="unmounted")
        done = lab.mount(path=PATH, volume="web", servers=servers, order="listed", prefer=[servers[1]], fstab="none")
        assert not done.failed, done.message
        (told,) = [mount for mount in lab.use("mount_info").values["mounts"] if mount["path"] == PATH]
        assert (told["server"], told["state"]) == (name, "healthy")


def test_servers_and_bricks_are_asked_by_ipv6(lab, addresses):
    asked = lab.use("server_info", servers=list(PEERS), volumes=["web", "pages"])
    assert not asked.failed, asked.message
    for server, address in zip(asked.values["servers"], addresses):
        assert (server["reachable"], server["address"]) == (True, address)
        for volume in ("web", "pages"):
            assert [brick["state"] for brick in server["volumes"][volume]["bricks"]] == ["up"] * 3


def test_a_client_that_dies_is_mounted_again(lab):
    node = lab.host("node2")
    before = node.status("/srv/web")["pid"]
    node.run("kill", "-9", str(before))
    node.run("gluster-failover", "heal", timeout=150)
    node.run("ls", "/srv/web")
    told = node.status("/srv/web")
    assert (told["pid"] != before, told["state"]) == (True, "healthy")


def test_a_boot_mounts(lab):
    node = lab.host("node2")
    done = lab.mount(node="node2", path=PATH, volume="pages", servers=list(PEERS), fstab="native")
    assert not done.failed, done.message
    try:
        node.restart()
        for path in ("/srv/web", PATH):
            eventually(lambda path=path: source(node, path), 60, f"{path} is mounted")
            node.run("ls", path)
    finally:
        # In a container systemd does not share the root, and a service with a mount namespace of its own keeps what was mounted when it started.
        node.run("systemctl", "stop", "systemd-logind")
        gone = lab.mount(node="node2", path=PATH, state="absent")
        assert not gone.failed, gone.message
