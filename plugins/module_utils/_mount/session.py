# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a client still hears from its servers what becomes of its volume and of the bricks.

What becomes of the volume it hears by its management connection alone. Up to GlusterFS 11.1 a client that has come to the end of its list of servers stays
with the last one, whichever others come back (glusterfs issue 4166), and a glusterd that is frozen keeps the connection for 1800 s. Such a client answers,
and its bricks are connected; but it never learns of a brick that was added or replaced, and what it makes is missing there.

Where a brick listens it hears from the glusterd of the brick's host. A client of GlusterFS 11.0 and 11.1 that is refused at that port tries it for ever and
does not ask again (glusterfs issue 4274: client_rpc_notify resets another copy of the port than the connection's). A glusterd that was away while the
volume grew starts its bricks again, at other ports, and names the old ones for some seconds before (measured on 11.1). Such a client misses what is written
to that brick by others, and lets it miss what it writes itself.

What a healthy client does not do for long is no verdict: when its server ends it takes 3 s to come to the next one (measured on 10.3), and a volume that
grows reaches the servers and their clients one after the other. So a doubt becomes a verdict only once it has lasted for LASTS_SECONDS.
"""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any, Callable, FrozenSet, Iterable, NamedTuple, Sequence, Tuple

from .._gluster import bricks, client
from .._gluster.attempt import Outcome, Step
from .._gluster.glusterd import AskFailed, Spec
from .._gluster.server import GLUSTERD_PORT, Server
from .._gluster.volfile import Subvolume, Volfile
from .model import Node
from .resolve import addresses_of, resolved
from .state import Observed, Reason, Stale, State

LASTS_SECONDS = 8.0
"""How long a doubt must last: two servers that end one after the other cost a client 6 s (measured on 10.3)."""
ASK_SECONDS = 2.0
"""How long a server gets to answer, which takes 1.5 to 3 ms."""
_AGAIN_SECONDS = 2.0
_MOST_ASKED = 16
_MOST_NAMED = 4

Mapper = Callable[[Callable[[Observed], Any], Sequence[Observed]], Iterable[Any]]
"""The function map, or one that does the same side by side."""

_Bricks = FrozenSet[Tuple[str, FrozenSet[Tuple[str, str]]]]


class Answer(NamedTuple):
    """What a server said to GETSPEC. outcome: OK, or why ``spec`` is None."""

    server: Server
    outcome: Outcome
    spec: Spec | None = None


def judge(
    lives: Sequence[Observed],
    again: Callable[[str], Observed],
    node: Node,
    *,
    servers: Sequence[Server] = (),
    mapper: Mapper = map,
) -> tuple[Observed, ...]:
    """These mounts, those with the state STALE whose client has been so for LASTS_SECONDS. Where none is in doubt, nothing is waited for but answers.

    again(path): what is there now. servers: some to ask besides those that a client was started with and those that have its bricks.
    """
    judged = list(lives)
    doubtful = list(range(len(judged)))
    since: dict[int, tuple[Reason, float]] = {}
    while doubtful:
        began = node.host.clock.now()
        looks = mapper(
            lambda observed: (node.host.clock.now(), doubt(observed, servers, node)), [judged[n] for n in doubtful]
        )
        still = []
        for number, (now, stale) in zip(doubtful, looks):
            reason, first = since.setdefault(number, (stale.reason, now)) if stale else (None, now)
            if stale is None or stale.reason is not reason:  # whatever changes in between is on its way
                continue
            if now - first >= LASTS_SECONDS:
                judged[number] = judged[number]._replace(state=State.STALE, stale=stale)
            else:
                still.append(number)
        doubtful = still
        if doubtful:
            node.host.clock.sleep(max(0.0, began + _AGAIN_SECONDS - node.host.clock.now()))
            for number, observed in zip(
                doubtful, mapper(lambda observed: again(observed.path), [judged[n] for n in doubtful])
            ):
                judged[number] = observed
    return tuple(judged)


def doubt(observed: Observed, servers: Sequence[Server], node: Node) -> Stale | None:
    """Why the client of this mount seems to hear nothing of its servers at this moment; None where it does, or where no server answers either."""
    process = observed.client
    if not observed.answers or process is None or not process.volume:
        return None
    port = next((server.port for server in process.servers), GLUSTERD_PORT)
    address = client.connected_to(process, port, node.host.proc, node.host.unheard)
    ours = observed.look.volfile if observed.look else None
    own = ask((Server(address, port),), process.volume, node)[0] if address else None
    if own and own.spec and _same(ours, own.spec.volfile) and _sees_most(own.spec):
        return _left_brick(
            observed, own.spec, node
        )  # the one question before was all that a client which is well costs
    hosts = [Server(brick.host, port) for brick in (ours.bricks if ours else ())]
    known = tuple(dict.fromkeys((*process.servers, *servers, *hosts)))[:_MOST_ASKED]
    answers = ask(known, process.volume, node)
    stale = verdict(ours, address, own, answers)
    if stale is None or stale.reason is not Reason.SILENT or address is None:
        return stale
    return stale._replace(address=address, others=later(process.servers, address, answers, node))


def later(listed: Sequence[Server], address: str, answers: Sequence[Answer], node: Node) -> tuple[str, ...]:
    """Those of a client's list that answer and come after the server with ``address``, as far as names resolve within NAMES_SECONDS."""
    places = {server: number for number, server in enumerate(listed)}
    current = [places[server] for server, found in resolved(listed, node) if address in addresses_of(found)]
    if not current:
        return ()
    serving = (answer for answer in answers if answer.spec and answer.spec.address != address)
    return tuple(str(answer.server) for answer in serving if places.get(answer.server, -1) > max(current))


def verdict(ours: Volfile | None, address: str | None, own: Answer | None, answers: Sequence[Answer]) -> Stale | None:
    """What these answers say of a client.

    ours: its graph, None where it shows none. address: where its management connection goes to, and ``own`` what is answered there; None where it has
    none. answers: of all servers that are known, which may be the same ones under several names.
    """
    serving = {
        answer.spec.address: answer
        for answer in answers
        if answer.spec and answer.spec.address != address and _related(ours, answer.spec.volfile)
    }
    if not serving:
        return None
    others = ", ".join(sorted(str(answer.server) for answer in serving.values())[:_MOST_NAMED])
    others += " answers" if len(serving) == 1 else " answer"
    if own is None:
        return Stale(Reason.DISCONNECTED, f"its client has no connection to any glusterd, though {others}")
    if own.outcome is Outcome.NO_VOLUME:
        return Stale(
            Reason.DISCONNECTED, f"its client is connected to {address}, which has no such volume, though {others}"
        )
    if own.outcome is Outcome.TIMEOUT:
        return Stale(
            Reason.SILENT,
            f"its client is connected to the glusterd of {address}, which does not answer, though {others}",
        )
    specs = [answer.spec for answer in (own, *serving.values()) if answer.spec and _sees_most(answer.spec)]
    return _outvoted(ours, specs)


def _left_brick(observed: Observed, spec: Spec, node: Node) -> Stale | None:
    """Whether there are bricks that answer this node and are not connected, nor under way to be.

    Those are asked whose hosts the server sees, and its own, which it does not name: one that is away would cost ASK_SECONDS each time.
    """
    if observed.client is None or observed.look is None or observed.look.volfile is None:
        return None
    unseen = {brick.host for brick in spec.volfile.bricks} - set(spec.peers)
    silent = unseen if len(unseen) > 1 else set()
    lost = [
        brick
        for brick in observed.look.volfile.bricks
        if brick.name not in observed.look.up and brick.host not in silent
    ]
    if not lost:
        return None
    ports = {GLUSTERD_PORT}

    def portmap(server: Server, path: str, timeout: float) -> int | None:
        port = node.network.brick_port(server, path, timeout)
        ports.update({port} if port else ())
        return port

    states = bricks.check_bricks(
        Volfile(tuple(Subvolume(brick.name, "client", (brick,)) for brick in lost)),
        "all",
        portmap=portmap,
        ping=node.network.ping_brick,
        timeout=ASK_SECONDS,
        tasks=node.network.tasks(),
    )
    answering = [(brick.host, brick.path) for brick, state, _detail in states.states if state is bricks.State.UP]
    if not answering or client.knocks(observed.client, ports, node.host.proc):
        return None
    answer = "answers" if len(answering) == 1 else "answer"
    return Stale(Reason.BRICK, f"its client {_named('does not come back to', answering)}, which {answer}")


def _outvoted(ours: Volfile | None, specs: Sequence[Spec]) -> Stale | None:
    """Whether more than half of the servers describe a volume of other bricks than the client has.

    A server that has missed a change is as sure of itself as any other. So only those have a voice that are connected to most of the volume's servers,
    which such a one is not while it misses changes, and the majority of them decides. Of two that differ nobody knows which is right.
    """
    if ours is None or not ours.bricks:  # through a gfproxy
        return None
    counts = Counter(_bricks(spec.volfile) for spec in specs)
    wanted, count = max(counts.items(), key=lambda entry: entry[1], default=(_bricks(ours), 0))
    if wanted == _bricks(ours) or 2 * count <= len(specs):
        return None
    own, described = ({brick for _kind, part in graph for brick in part} for graph in (_bricks(ours), wanted))
    parts = [_named("lacks", described - own), _named("still has", own - described)]
    how = " and ".join(filter(None, parts)) or "groups the bricks otherwise"
    return Stale(Reason.GRAPH, f"its client {how}, as {count} of {len(specs)} servers describe the volume")


def _bricks(graph: Volfile) -> _Bricks:
    """What of two graphs is compared: the kind of each subvolume and its bricks.

    Not the options of translators. A running client shows them as it has them by now: what a server wrote, changed by its command line and by itself
    ("transport-type tcp" becomes "socket"). One that hears from its servers takes over a new option at once, and one that does not is seen without.
    """
    return frozenset(
        (part.kind, frozenset((brick.host, brick.path) for brick in part.bricks)) for part in graph.subvolumes
    )


def _related(ours: Volfile | None, asked: Volfile) -> bool:
    """Whether two graphs have a brick in common. A volume of the same name in another cluster has none."""
    if ours is None or not ours.bricks:
        return True
    own, described = ({(brick.host, brick.path) for brick in graph.bricks} for graph in (ours, asked))
    return bool(own & described)


def _same(ours: Volfile | None, asked: Volfile) -> bool:
    return ours is None or not ours.bricks or _bricks(ours) == _bricks(asked)


def _sees_most(spec: Spec) -> bool:
    """Whether a server is one of a majority of the hosts with bricks that are connected to each other; it is not among those that it tells of."""
    return 2 * (len(spec.peers) + 1) > len({brick.host for brick in spec.volfile.bricks})


def _named(verb: str, bricks: Iterable[tuple[str, str]]) -> str:
    names = sorted(f"{host}:{path}" for host, path in bricks)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return f"{verb} {', '.join(names[:_MOST_NAMED])}{more}" if names else ""


def ask(servers: Sequence[Server], volume: str, node: Node) -> tuple[Answer, ...]:
    """What each of ``servers`` says of the volume, asked all at once, within ASK_SECONDS."""
    tasks = node.network.tasks()
    for server in servers:
        tasks.start(server, functools.partial(node.network.getspec, server, volume, ASK_SECONDS, progress=_ignore))
    over = tasks.now() + ASK_SECONDS
    answers: dict[Server, Answer] = {}
    while len(answers) < len(servers):
        done = tasks.wait(over - tasks.now())
        if done is None:
            break
        server, result = done
        if isinstance(result, AskFailed):
            answers[server] = Answer(server, result.outcome)
        elif isinstance(result, BaseException):
            raise result
        else:
            answers[server] = Answer(server, Outcome.OK, result)
    return tuple(answers.get(server, Answer(server, Outcome.TIMEOUT)) for server in servers)


def _ignore(_step: Step) -> None:
    """Nobody watches."""
