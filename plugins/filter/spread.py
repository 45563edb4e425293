# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``spread``: every host its own order of the servers, evenly in sum. See spread.yml for users."""

from __future__ import annotations

import functools
import hashlib
from collections import Counter
from typing import Any, Sequence

from ansible.errors import AnsibleFilterError


def spread(servers: Any, host: Any, hosts: Any) -> list[str]:
    """The order of ``servers`` for ``host``, one of ``hosts``. Raises AnsibleFilterError."""
    named = {"servers": _names(servers, "servers"), "hosts": _names(hosts, "hosts")}
    for what, names in named.items():
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise AnsibleFilterError(f"spread: {what} has {twice[0]!r} more than once; name each once")
    if str(host) not in named["hosts"]:
        raise AnsibleFilterError(
            f"spread: host {str(host)!r} is not one of the {len(hosts)} hosts to spread over; name a group that it is in, as in groups['gluster_clients']"
        )
    return list(arrange(tuple(named["servers"]), tuple(sorted(named["hosts"])))[str(host)])


def _names(value: Any, what: str) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise AnsibleFilterError(f"spread: {what} is {value!r}; it must be a list of names that is not empty")
    return [str(name) for name in value]


@functools.lru_cache(maxsize=8)
def arrange(servers: tuple[str, ...], hosts: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """The order of ``servers`` for each of ``hosts``; which order either of them comes in plays no part.

    Each server may be the first choice of as many hosts as its share. One host after the other, in the order of a hash of their names, takes the server
    that it likes best, by a hash of both names, among those that have not yet got their share. So a host that is added displaces at most one host of
    each server: it takes a place, whoever would have had the last place there takes another one, and a server that is full stays full.
    The second choices are made in the same way among the hosts with the same first choice, and so on.
    """
    likes = {host: sorted(servers, key=lambda server: _hash(host, server)) for host in hosts}
    return _choose(sorted(servers, key=_hash), sorted(hosts, key=_hash), likes, Counter())


def _choose(
    servers: Sequence[str], hosts: Sequence[str], likes: dict[str, list[str]], load: Counter[str]
) -> dict[str, tuple[str, ...]]:
    """The order of ``servers``, all that are left, for each of ``hosts``. load: the hosts that each has anyway; places beyond an even share are its with
    the fewest."""
    share, beyond = divmod(len(hosts), len(servers))
    favoured = sorted(servers, key=lambda server: load[server])[:beyond]
    free = {server: share + (server in favoured) for server in servers}
    chosen: dict[str, list[str]] = {server: [] for server in servers}
    for host in hosts:
        server = next(server for server in likes[host] if free.get(server))
        free[server] -= 1
        chosen[server].append(host)
    orders = {}
    now = load + Counter({server: len(group) for server, group in chosen.items()})
    for server, group in chosen.items():
        others = [other for other in servers if other != server]
        rest = _choose(others, group, likes, now) if others and group else {}
        orders.update({host: (server, *rest.get(host, ())) for host in group})
    return orders


def _hash(*names: str) -> bytes:
    return hashlib.sha256("\0".join(names).encode("utf-8", "surrogatepass")).digest()


class FilterModule:
    """The filters of this file, as Ansible looks for them."""

    def filters(self) -> dict[str, Any]:
        return {"spread": spread}
