# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What servers say about volumes, as this node sees them: every server asked for every volume, all at once."""

from __future__ import annotations

import functools
from typing import Any, Mapping, NamedTuple

from .._gluster import bricks, glusterd, volfile
from .._gluster.attempt import Outcome, Step
from .._gluster.network import Network
from .._gluster.server import Server
from .._gluster.validate import check_servers, check_volume

_ANSWERED = (Outcome.OK, Outcome.NO_VOLUME, Outcome.DENIED)
"""Outcomes that only a glusterd can bring about."""


class Question(NamedTuple):
    """Which servers are asked about which volumes. timeout: seconds for each answer."""

    servers: tuple[Server, ...]
    volumes: tuple[str, ...]
    bricks: bool
    timeout: float


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


def _ask_servers(question: Question, network: Network) -> dict[tuple[Server, str], dict[str, Any]]:
    """What each server says about each volume, by (server, volume)."""
    tasks = network.tasks()
    started = tasks.now()
    steps = {(server, volume): Step.RESOLVE for server in question.servers for volume in question.volumes}
    for server, volume in steps:
        progress = functools.partial(steps.__setitem__, (server, volume))
        call = functools.partial(network.getspec, server, volume, question.timeout, progress=progress)
        tasks.start((server, volume), call)
    answers: dict[tuple[Server, str], dict[str, Any]] = {}
    while len(answers) < len(steps):
        done = tasks.wait(started + question.timeout - tasks.now())
        if done is None:
            break
        answers[done[0]] = _answer(done[1], tasks.now() - started)
    for asked, step in steps.items():
        if asked not in answers:
            late = glusterd.AskFailed(step, Outcome.TIMEOUT, f"no answer within {question.timeout:g} s")
            answers[asked] = _answer(late, tasks.now() - started)
    return answers


def _answer(result: Any, seconds: float) -> dict[str, Any]:
    """Describe one answer. Raises what is neither an answer nor AskFailed."""
    common = {"milliseconds": round(seconds * 1000, 1), "peers": [], "graph": None, "address": None, "detail": ""}
    if isinstance(result, glusterd.AskFailed):
        return {**common, "served": False, "outcome": result.outcome, "step": result.step, "detail": result.detail}
    if isinstance(result, BaseException):
        raise result
    served = {"graph": result.volfile, "peers": list(result.peers), "address": result.address}
    return {**common, **served, "served": True, "outcome": Outcome.OK, "step": Step.GETSPEC}


def _ask_bricks(graph: volfile.Volfile, question: Question, network: Network) -> list[dict[str, Any]]:
    """The state of each brick of one volume."""
    checked = bricks.check_bricks(
        graph,
        "all",
        portmap=network.brick_port,
        ping=network.ping_brick,
        timeout=question.timeout,
        tasks=network.tasks(),
    )
    return [
        {"host": entry.brick.host, "path": entry.brick.path, "state": entry.state.value, "detail": entry.detail}
        for entry in checked.states
    ]
