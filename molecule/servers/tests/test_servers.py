# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers look like after converge.yml has run, twice, and once more in check mode."""

from __future__ import annotations

import itertools
import json
import re
import socket
import subprocess

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, from_environment
from ansible_collections.evenkeel.glusterfs.tests.lab.inspected import gluster, inspected

SOURCES = {"ipv4": ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], "ipv6": ["fd00::/8"]}
PORTS = ("24007-24008", "49152-49407")
VOLUMES = {"copies": 3, "arbiter": 3, "wide": 6, "spread": 2}


@pytest.fixture(params=PEERS)
def host(request):
    return inspected(request.param)


@pytest.fixture(scope="module")
def first():
    return inspected("gfs1")


def test_bricks_lie_on_xfs_that_is_mounted_at_boot(host):
    assert host.mount_point("/bricks/disk").filesystem == "xfs"
    assert {"noatime", "inode64"} <= set(host.mount_point("/bricks/disk").options)
    (line,) = [line for line in host.file("/etc/fstab").content_string.splitlines() if "/bricks/disk" in line]
    assert "nofail" in line
    assert line.startswith("UUID="), "a name like /dev/sdb is another disk's after a boot"


def test_glusterd_runs_now_and_after_a_boot(host):
    assert host.service("glusterd").is_running
    assert host.service("glusterd").is_enabled


def test_every_server_sees_the_whole_pool(host):
    peers = gluster(host, "pool list").findall(".//peer")
    assert sorted(peer.findtext("connected") for peer in peers) == ["1"] * len(PEERS)


def test_every_server_comes_back_to_its_peers_by_name(host):
    first = host.check_output("grep -h ^hostname1= /var/lib/glusterd/peers/*").split()
    assert sorted(first) == [f"hostname1={peer}" for peer in PEERS if peer != host.check_output("hostname")]


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
        assert sorted(rules) == sorted(
            f'rule family="{family}" source address="{source}" port port="{ports}" protocol="tcp" accept'
            for family, sources in SOURCES.items()
            for source in sources
            for ports in PORTS
        )
    else:
        host.check_output("systemctl reload nftables")
        chain = host.check_output("nft list chain inet filter input")
        passed = re.findall(r'(?:(ip6? saddr \S+) )?tcp dport .* comment "GlusterFS"', chain)
        expected = {f"ip saddr {source}" for source in SOURCES["ipv4"]} | {"ip6 saddr fd00::/8"}
        assert sorted(passed) == ([""] if host.check_output("hostname") == "gfs1" else sorted(expected))


def role(hosts, tasks, **variables):
    """The command that runs a file of tasks of the role."""
    options = f"--extra-vars={json.dumps(variables)}"
    name = "evenkeel.glusterfs.gluster_server"
    return from_environment().task(hosts, "ansible.builtin.include_role", options, name=name, tasks_from=tasks)


def test_rules_that_nft_would_refuse_at_the_next_boot_are_not_put_in_place():
    argv = role("gfs3", "open_nftables", gluster_server_firewall_sources=["fd00::/8", "10.0.0.0/99"])
    said = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False).stdout
    assert "Prefix length 99 is invalid" in said, said
    inspected("gfs3").check_output("nft -c -f /etc/nftables.conf")


def test_both_firewalls_that_the_role_knows_are_run():
    assert {name: inspected(name).service("firewalld").is_running for name in PEERS} == {
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


# -- settings of glusterd that change

VOLFILE = "/etc/glusterfs/glusterd.vol"
LIMIT = "/run/systemd/system/glusterd.service.d/limit.conf"
WATCH = """
import os, sys, time

def runs(pid):
    try:
        return b"/bricks/disk/copies" in open(f"/proc/{pid}/cmdline", "rb").read().split(b"\\0")
    except OSError:
        return False

while True:
    if not any(runs(pid) for pid in os.listdir("/proc") if pid.isdigit()):
        print(time.monotonic(), flush=True)
    time.sleep(0.1)
"""
"""Tells each moment in which the brick does not run. All hosts have the same monotonic clock."""


@pytest.fixture
def server_quorum(first):
    first.check_output("gluster --mode=script volume set copies cluster.server-quorum-type server")
    yield
    first.check_output("gluster --mode=script volume reset copies cluster.server-quorum-type")


@pytest.fixture
def volfiles():
    """They get their content and their age back."""
    hosts = [inspected(name) for name in PEERS]
    for host in hosts:
        host.check_output(f"cp -p {VOLFILE} {VOLFILE}.before")
    yield
    for host in hosts:
        host.check_output(f"mv {VOLFILE}.before {VOLFILE}")


@pytest.fixture
def limited():
    """A server whose unit was started as often as systemd allows."""
    host = inspected("gfs2")
    host.check_output(
        f"mkdir -p $(dirname {LIMIT}) && printf '[Unit]\\nStartLimitBurst=1\\n' >{LIMIT} && systemctl daemon-reload"
    )
    assert host.run("systemctl restart glusterd && systemctl restart glusterd").rc, "another start is refused"
    host.check_output("systemctl reset-failed glusterd && systemctl start glusterd")
    yield host
    host.check_output(f"rm {LIMIT} && systemctl daemon-reload")


def test_settings_that_change_restart_one_server_at_a_time_and_never_cost_the_bricks_of_two(
    server_quorum, volfiles, limited
):
    """Where two servers are away at once, the third one ends its bricks for want of a quorum."""

    def begun(name):
        return int(inspected(name).check_output("systemctl show --value -p ActiveEnterTimestampMonotonic glusterd"))

    before = {name: begun(name) for name in PEERS}
    for name in PEERS:
        inspected(name).check_output(
            "systemd-run --unit=watch --property=StandardOutput=file:/run/watched python3 -c %s", WATCH
        )
    argv = role("peers", "configure_glusterd", gluster_server_max_port=49406, gluster_server_timeout_heal=120)
    done = subprocess.run(argv, capture_output=True, text=True, timeout=400, check=False)
    for name in PEERS:
        inspected(name).check_output("systemctl stop watch")
    assert done.returncode == 0, done.stdout[-3000:]
    assert all(begun(name) > before[name] for name in PEERS), "all of them were restarted"
    away = {
        name: {round(float(time)) for time in inspected(name).check_output("cat /run/watched").split()}
        for name in PEERS
    }
    assert [pair for pair in itertools.combinations(PEERS, 2) if away[pair[0]] & away[pair[1]]] == []
