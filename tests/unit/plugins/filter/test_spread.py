# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections import Counter

import pytest
from ansible.errors import AnsibleFilterError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evenkeel.glusterfs.plugins.filter.spread import FilterModule, arrange, spread

NAMES = st.text(min_size=1, max_size=8)
SERVERS = st.lists(NAMES, min_size=1, max_size=7, unique=True).map(tuple)
HOSTS = st.lists(NAMES, min_size=1, max_size=60, unique=True).map(tuple)


def even(counts, servers):
    numbers = [counts[server] for server in servers]
    return not numbers or max(numbers) - min(numbers) <= 1


@given(SERVERS, HOSTS)
def test_every_host_gets_every_server_once(servers, hosts):
    orders = arrange(servers, hosts)
    assert set(orders) == set(hosts)
    assert all(sorted(order) == sorted(servers) for order in orders.values())


@given(SERVERS, HOSTS)
def test_every_server_has_its_share_of_hosts_give_or_take_one(servers, hosts):
    assert even(Counter(order[0] for order in arrange(servers, hosts).values()), servers)


@given(SERVERS, HOSTS)
def test_whichever_server_is_lost_its_hosts_and_all_hosts_are_even_on_the_others(servers, hosts):
    orders = arrange(servers, hosts)
    for lost in servers:
        left = [server for server in servers if server != lost]
        heirs = Counter(order[1] for order in orders.values() if left and order[0] == lost)
        rest = Counter(order[0] for order in orders.values() if order[0] != lost)
        assert even(heirs, left)
        assert even(heirs + rest, left)


@given(SERVERS, HOSTS, NAMES)
def test_a_host_that_is_added_moves_at_most_one_other_for_each_server(servers, hosts, new):
    before, after = arrange(servers, hosts), arrange(servers, tuple({*hosts, new}))
    moved = [host for host in hosts if before[host][0] != after[host][0]]
    assert len(moved) <= len(servers)


@given(SERVERS, HOSTS, st.randoms())
def test_the_order_in_which_names_are_listed_moves_nobody(servers, hosts, rng):
    shuffled = tuple(rng.sample(servers, len(servers))), tuple(rng.sample(hosts, len(hosts)))
    assert arrange(*shuffled) == arrange(servers, hosts)


def test_the_order_is_the_same_on_every_controller_for_ever():
    hosts = [f"node{number}" for number in range(1, 7)]
    servers = ["gfs1", "gfs2", "gfs3"]
    orders = {host: " ".join(spread(servers, host, hosts)) for host in hosts}
    assert orders == {
        "node1": "gfs3 gfs1 gfs2",
        "node2": "gfs1 gfs3 gfs2",
        "node3": "gfs3 gfs2 gfs1",
        "node4": "gfs1 gfs2 gfs3",
        "node5": "gfs2 gfs3 gfs1",
        "node6": "gfs2 gfs1 gfs3",
    }


def test_a_thousand_hosts_are_arranged_once_for_all_of_them():
    hosts = [f"node{number}" for number in range(1000)]
    servers = [f"gfs{number}" for number in range(10)]
    arrange.cache_clear()
    assert Counter(spread(servers, host, hosts)[0] for host in hosts) == dict.fromkeys(servers, 100)
    assert arrange.cache_info().misses == 1


@pytest.mark.parametrize(
    ("servers", "host", "hosts", "told"),
    [
        ("gfs1", "a", ["a"], "servers is 'gfs1'; it must be a list"),
        ([], "a", ["a"], r"servers is \[\]; it must be a list"),
        (["gfs1"], "a", "a", "hosts is 'a'; it must be a list"),
        (["gfs1", "gfs1"], "a", ["a"], "servers has 'gfs1' more than once"),
        (["gfs1"], "a", ["b", "b"], "hosts has 'b' more than once"),
        (["gfs1"], "a", ["b", "c"], "host 'a' is not one of the 2 hosts"),
    ],
)
def test_bad_input_is_refused_with_the_rule(servers, host, hosts, told):
    with pytest.raises(AnsibleFilterError, match=told):
        spread(servers, host, hosts)


def test_ansible_finds_the_filter():
    assert FilterModule().filters() == {"spread": spread}
