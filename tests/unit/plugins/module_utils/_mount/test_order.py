# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.order import ORDERS, arrange, of_node

A, B, C, D, E = SERVERS = [Server.parse(name) for name in ("gfs1", "gfs2", "gfs3", "gfs4", "gfs5")]


def test_listed_keeps_the_order_given_and_a_server_spelt_twice_counts_once():
    twice = [B, A, Server.parse("GFS2."), C]
    assert arrange(twice, order="listed", prefer=[], rng=random.Random()) == (B, A, C)


def test_preferred_servers_come_first_in_either_order():
    assert arrange(SERVERS, order="listed", prefer=[D, B], rng=random.Random()) == (D, B, A, C, E)
    for seed in range(20):
        assert set(arrange(SERVERS, order="random", prefer=[D, B], rng=random.Random(seed))[:2]) == {B, D}


def test_every_server_gets_its_share_of_first_places_and_of_a_dead_ones_clients():
    rng = random.Random(1)
    orders = [arrange(SERVERS, order="random", prefer=[], rng=rng) for _round in range(5000)]
    first = Counter(order[0] for order in orders)
    assert all(900 < first[server] < 1100 for server in SERVERS)
    # In a ring B would get all of A's clients.
    heirs = Counter(order[1] for order in orders if order[0] == A)
    assert all(200 < heirs[server] < 300 for server in (B, C, D, E))


@given(st.lists(st.sampled_from(SERVERS), min_size=1), st.data(), st.sampled_from(ORDERS))
def test_no_server_is_lost_or_tried_twice(servers, data, order):
    prefer = data.draw(st.lists(st.sampled_from(servers)))
    found = arrange(servers, order=order, prefer=prefer, rng=random.Random(0))
    assert sorted(found) == sorted(set(servers))
    assert set(found[: len(set(prefer))]) == set(prefer)


def test_a_preferred_server_that_is_not_listed_is_refused_by_name():
    with pytest.raises(ValueError, match="gfs9"):
        arrange(SERVERS, order="random", prefer=[Server.parse("gfs9")], rng=random.Random())


def test_another_order_is_refused():
    with pytest.raises(ValueError, match="'ring'.*random, listed"):
        arrange(SERVERS, order="ring", prefer=[], rng=random.Random())


def test_nodes_that_know_only_their_names_spread_over_the_servers_and_over_those_that_are_left():
    nodes = [f"node{number}" for number in range(600)]
    orders = [of_node(SERVERS, node) for node in nodes]
    first = Counter(order[0] for order in orders)
    assert all(90 < count < 150 for count in first.values())
    after_a_loss = Counter(order[1] for order in orders if order[0] == SERVERS[0])
    assert set(after_a_loss) == set(SERVERS[1:])
    assert max(after_a_loss.values()) < 2.5 * min(after_a_loss.values())
