# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trusted_pool module: the pool made the wanted one, and what is reported of it."""

from __future__ import annotations

from typing import Any, NamedTuple

from .._cluster import identity
from .._cluster.cli import Cli, ClusterError
from .._cluster.pool import Pool, ask, describe, read
from .._cluster.pool_apply import PoolChange
from .._cluster.pool_arguments import Arguments
from .._cluster.pool_plan import brick_owners, check_detach, plan
from .._host.resolver import Resolver

_STARTING_SECONDS = 10.0
"""How long a host to be added is asked again where its glusterd does not answer: it may be starting."""


class Result(NamedTuple):
    """What the module reports."""

    changed: bool
    values: dict[str, Any]
    before: list[str]
    after: list[str]


def ensure(wanted: Arguments, cli: Cli, resolver: Resolver, *, check_mode: bool) -> Result:
    """Make the pool the wanted one.

    Raises ValueError before anything is touched, ClusterError where gluster refuses or a wait is over.
    """
    pool = read(cli)
    answers = _ask_wanted(wanted, pool, cli, resolver, check_mode=check_mode) if wanted.state == "present" else {}
    identities = {host: answer.identity for host, answer in answers.items() if isinstance(answer, Pool)}
    uuids = identity.recognise(wanted.hosts, pool.peers, identities, resolver)
    todo = plan(wanted, pool, uuids)
    if todo.detach:
        check_detach(todo.detach, brick_owners(cli.read("volume", "info")), force=wanted.force)
    before = _names(pool)
    if check_mode:
        leaving = {peer.names[0] for peer in todo.detach}
        joining = [host for host in todo.probe if not pool.member(uuids.get(host, ""))]
        after = sorted({*before, *joining} - leaving)
        return Result(todo.changes, _values(pool, cli), before, after)
    change = PoolChange(wanted, cli, resolver, uuids, pool, answers)
    if todo.probe:
        # A pool in which a member is down would not learn of the new one.
        change.until_joined([host for host in wanted.hosts if host not in todo.probe], "before a host is added")
    for host in todo.probe:
        change.probe(host)
        change.until_joined([host], "after its probe")
    for peer in todo.detach:
        change.detach(peer)
    pool = change.until_agreed({peer.uuid for peer in todo.detach})
    values = {**_values(pool, cli), "unnamed": change.unnamed, "by_address": change.by_address}
    return Result(todo.changes, values, before, _names(pool))


def _ask_wanted(
    wanted: Arguments, pool: Pool, cli: Cli, resolver: Resolver, *, check_mode: bool
) -> dict[str, Pool | ClusterError]:
    """What the other wanted hosts answer. A host to be added is asked again for _STARTING_SECONDS.

    Raises ValueError where a host to be added does not answer and has no address, ClusterError where it has one. In check mode it need not answer: an
    earlier task would have started its glusterd.
    """
    others = [host for host in wanted.hosts if not resolver.is_local(host)]
    for host in others:
        identity.check_own_name(host, resolver)
    answers = ask(cli, others)
    over = cli.clock.now() + _STARTING_SECONDS
    while True:
        silent = [host for host in others if not isinstance(answers[host], Pool) and not pool.find(host, resolver)]
        for host in silent:
            if not resolver.addresses(host):
                raise ValueError(
                    f"hosts: {host!r} is no member and has no address here; write a name that resolves on every host of the pool, or mend /etc/hosts or "
                    f"the DNS; {answers[host]}"
                )
        if not silent or check_mode:
            return answers
        if cli.clock.now() >= over:
            why = "; ".join(
                f"{host} ({', '.join(sorted(resolver.addresses(host)))}): {answers[host]}" for host in silent
            )
            raise ClusterError(f"nothing was changed, since hosts that are to be added give no answer: {why}")
        cli.clock.sleep(1.0)
        answers.update(ask(cli, silent))


def _names(pool: Pool) -> list[str]:
    return sorted(peer.names[0] for peer in pool.peers)


def _values(pool: Pool, cli: Cli) -> dict[str, Any]:
    peers = [describe(peer) for peer in pool.peers]
    return {"peers": peers, "unnamed": [], "by_address": [], "commands": list(cli.commands)}
