# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers say about volumes, as this node sees them: every server asked for every volume, all at once."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Callable, Mapping

from ._failover import bricks, glusterd, probe, volfile
from ._failover.report import Outcome, Step
from ._failover.server import Server
from ._mount_point import check_servers, check_volume

_ANSWERED = (Outcome.OK, Outcome.NO_VOLUME, Outcome.DENIED)
"""Outcomes that only a glusterd can bring about."""


@dataclass(frozen=True)
class Question:
    """Which servers are asked about which volumes. timeout: seconds for each answer."""

    servers: tuple[Server, ...]
    volumes: tuple[str, ...]
    bricks: bool
    timeout: float


@dataclass(frozen=True)
class Network:
    """What the answers come through; tests replace it."""

    tasks: Callable[[], probe.Tasks] = probe.Threads
    getspec: Callable[..., glusterd.Spec] = glusterd.getspec
    brick_port: Callable[..., int | None] = glusterd.brick_port
    ping_brick: Callable[..., None] = glusterd.ping_brick


def check(params: Mapping[str, Any]) -> Question:
    """Check the module's arguments. Raises ValueError: which value, which rule, what to write instead."""
    servers = check_servers(params["servers"], "servers")
    if not servers:
        raise ValueError("servers is empty; name at least one, as in servers: [gfs1, gfs2]")
    if not params["volumes"]:
        raise ValueError("volumes is empty; name at least one, as in volumes: [web]")
    if not 0 < params["timeout"] <= 3600:
        raise ValueError(f"timeout {params['timeout']:g}: must be a number of seconds above 0 and up to 3600")
    volumes = tuple(dict.fromkeys(check_volume(volume) for volume in params["volumes"]))
    return Question(servers, volumes, params["bricks"], params["timeout"])


def ask(question: Question, network: Network) -> list[dict[str, Any]]:
    """Ask, wait for at most ``timeout`` for the servers and once more for the bricks, and describe the answers for the module's result."""
    answers = _ask_servers(question, network)
    graphs = {volume: answer["graph"] for (_server, volume), answer in answers.items() if answer["graph"]}
    states = {volume: _ask_bricks(graph, question, network) for volume, graph in graphs.items() if question.bricks}
    result = []
    for server in question.servers:
        volumes = {volume: dict(answers[server, volume]) for volume in question.volumes}
        for volume, answer in volumes.items():
            served = answer.pop("graph") is not None
            answer["bricks"] = states.get(volume, []) if served else []
        addresses = [answer.pop("address") for answer in volumes.values()]
        result.append(
            {
                "server": str(server),
                "reachable": any(answer["outcome"] in _ANSWERED for answer in volumes.values()),
                "address": next(filter(None, addresses), None),
                "volumes": {
                    volume: {**answer, "outcome": answer["outcome"].value, "step": answer["step"].value}
                    for volume, answer in volumes.items()
                },
            }
        )
    return result
