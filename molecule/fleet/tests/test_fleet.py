# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which server each of twelve nodes is connected to, counted on the servers."""

from __future__ import annotations

import json
from collections import Counter

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually, podman

NODES = [f"node{number}" for number in range(1, 13)]


def connections(lab, peers):
    """By server, the nodes that have a connection to its glusterd."""
    addresses = {}
    for name in NODES:
        networks = json.loads(podman("inspect", lab.host(name).container).stdout)[0]["NetworkSettings"]["Networks"]
        addresses[next(iter(networks.values()))["IPAddress"]] = name
    found = {}
    for peer in peers:
        lines = lab.host(peer).run("ss", "-Htn", "state", "established", "sport = 24007").splitlines()
        others = Counter(line.split()[3].rpartition(":")[0].removeprefix("[::ffff:").rstrip("]") for line in lines)
        found[peer] = {addresses[address]: count for address, count in others.items() if address in addresses}
    return found


def counted(lab, peers):
    return {peer: sum(nodes.values()) for peer, nodes in connections(lab, peers).items()}


def test_each_server_has_its_share_of_the_nodes_and_after_one_died_the_others_share_them(lab):
    # Beside its management connection a client asks each brick's host for the brick's port, on a connection that ends with the answer.
    eventually(lambda: counted(lab, PEERS) == dict.fromkeys(PEERS, 4), 60, "four management connections on each server")
    print(f"\nmanagement connections: {counted(lab, PEERS)}")
    dead, *left = PEERS
    before = connections(lab, PEERS)
    podman("kill", lab.host(dead).container)
    eventually(lambda: sum(counted(lab, left).values()) == len(NODES), 120, "all nodes have found another server")
    after = counted(lab, left)
    print(f"management connections after {dead} died: {after}")
    assert max(after.values()) <= 6
    now = connections(lab, left)
    assert all(set(before[peer]) <= set(now[peer]) for peer in left), "nobody left a server that lives"
    for name in NODES:
        (row,) = json.loads(lab.host(name).run("gluster-failover", "status", "--json"))
        assert (name, row["state"]) == (name, "degraded")
