# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A volume as glusterd describes it: bricks, shape, options, state, tasks."""

from __future__ import annotations

import re
from typing import Any, Mapping, NamedTuple, Sequence

from .._gluster.validate import VOLUME
from . import cli as commands
from .cli import Cli, ClusterError, Element

_TRANSPORTS = {0: "tcp", 1: "rdma", 2: "tcp,rdma"}
"""GlusterFS's gf_transport_type."""

RUNNING = (1, "in progress")
COMPLETED = (3, "completed")
FAILED = (4, "failed")
"""Three of glusterd's gf_defrag_status_t, the states of a rebalance and of a removal."""


class Brick(NamedTuple):
    """A brick. uuid: of its host, empty where it is not known yet. key: two bricks are the same one if their keys are."""

    host: str
    path: str
    uuid: str = ""

    @classmethod
    def parse(cls, text: str) -> Brick:
        """Read ``host:/path`` as gluster prints it. Raises ValueError."""
        host, colon, path = text.partition(":/")
        if not colon or not host:
            raise ValueError(f"brick {text!r}: must be a host and an absolute path, as in gfs1:/bricks/one/data")
        return cls(host, "/" + path)

    @property
    def key(self) -> tuple[str, str]:
        return self.host.lower(), self.path

    def __str__(self) -> str:
        return f"{self.host}:{self.path}"


class Shape(NamedTuple):
    """How bricks form subvolumes: ``replica`` copies, of which the last ``arbiter`` ones hold names only, or ``disperse`` fragments, of which
    ``redundancy`` may be lost. Without either, each brick is a subvolume.
    """

    replica: int = 1
    arbiter: int = 0
    disperse: int = 0
    redundancy: int = 0

    @property
    def size(self) -> int:
        """Bricks in a subvolume."""
        return self.disperse or self.replica

    @property
    def heals(self) -> bool:
        """Whether a brick can be made from the other ones of its subvolume."""
        return self.size > 1

    def __str__(self) -> str:
        if self.disperse:
            return f"disperse {self.disperse} redundancy {self.redundancy}"
        return f"replica {self.replica}" + (f" arbiter {self.arbiter}" if self.arbiter else "")


class Volume(NamedTuple):
    """status: Created, Started or Stopped, in the words of glusterd. options: those that are set, some by glusterd itself at creation.

    thin_arbiter: the brick that decides between two copies. It is no brick of the volume, and no XML tells it; see store.py.
    """

    name: str
    uuid: str
    kind: str
    status: str
    bricks: tuple[Brick, ...]
    shape: Shape
    transport: str
    options: Mapping[str, str]
    snapshots: int = 0
    thin_arbiter: Brick | None = None

    @property
    def started(self) -> bool:
        return self.status == "Started"

    @property
    def subvolumes(self) -> tuple[tuple[Brick, ...], ...]:
        return groups(self.bricks, self.shape.size)


def groups(bricks: Sequence[Brick], size: int) -> tuple[tuple[Brick, ...], ...]:
    return tuple(tuple(bricks[start : start + size]) for start in range(0, len(bricks), size))


def parse(root: Element) -> dict[str, Volume]:
    """Parse the answer to ``volume info``, by name."""
    listed = (_volume(element) for element in root.iterfind("volInfo/volumes/volume"))
    return {volume.name: volume for volume in listed}


def _volume(element: Element) -> Volume:
    transport = commands.number(element, "transport")
    return Volume(
        name=commands.text(element, "name"),
        uuid=commands.text(element, "id"),
        kind=commands.text(element, "typeStr"),
        status=commands.text(element, "statusStr"),
        bricks=tuple(_brick(brick) for brick in element.iterfind("bricks/brick")),
        shape=Shape(
            replica=max(1, commands.number(element, "replicaCount")),
            arbiter=commands.number(element, "arbiterCount", 0),
            disperse=commands.number(element, "disperseCount"),
            redundancy=commands.number(element, "redundancyCount"),
        ),
        transport=_TRANSPORTS.get(transport, str(transport)),
        options={
            commands.text(option, "name"): (option.findtext("value") or "")
            for option in element.iterfind("options/option")
        },
        snapshots=commands.number(element, "snapshotCount", 0),
    )


def _brick(element: Element) -> Brick:
    brick = Brick.parse(commands.text(element, "name"))
    return Brick(brick.host, brick.path, commands.text(element, "hostUuid"))


def read(cli: Cli) -> dict[str, Volume]:
    """All volumes of the pool by name. One command tells which volume a brick belongs to, too."""
    return parse(cli.read("volume", "info"))


class BrickStatus(NamedTuple):
    """online: whether its process runs. port, pid: None where it does not. The sizes are in bytes, None where they were not asked for.

    clients: addresses of the hosts whose clients are connected, sorted, each once; empty where they were not asked for.
    """

    host: str
    path: str
    online: bool
    port: int | None
    pid: int | None
    bytes_free: int | None = None
    bytes_total: int | None = None
    inodes_free: int | None = None
    inodes_total: int | None = None
    clients: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        return self.host.lower(), self.path


def parse_status(root: Element) -> dict[str, tuple[BrickStatus, ...]]:
    """Parse the answer to ``volume status``, by volume. Daemons, which it lists like bricks, are left out: their path is no path."""
    return {
        commands.text(volume, "volName"): tuple(
            _status(node) for node in volume.iterfind("node") if (node.findtext("path") or "").startswith("/")
        )
        for volume in root.iterfind("volStatus/volumes/volume")
    }


def _status(node: Element) -> BrickStatus:
    online = commands.text(node, "status") == "1"
    return BrickStatus(
        host=commands.text(node, "hostname"),
        path=commands.text(node, "path"),
        online=online,
        port=_known(node, "port") if online else None,
        pid=_known(node, "pid") if online else None,
        bytes_free=_known(node, "sizeFree"),
        bytes_total=_known(node, "sizeTotal"),
        inodes_free=_known(node, "inodesFree"),
        inodes_total=_known(node, "inodesTotal"),
        clients=tuple(
            sorted(
                {client_address(commands.text(client, "hostname")) for client in node.iterfind("clientsStatus/client")}
            )
        ),
    )


def client_address(client: str) -> str:
    """The address of a client without its port. An IPv4 address comes as one mapped into IPv6 where the brick listens by IPv6."""
    address = client.rpartition(":")[0]
    return re.sub(r"^::ffff:(?=[0-9]+\.)", "", address)


def parse_clients(root: Element) -> dict[str, dict[tuple[str, str], tuple[str, ...]]]:
    """Parse the answer to ``volume status NAME clients``: addresses of the hosts whose clients each online brick has, by volume and brick."""
    return {
        volume: {brick.key: brick.clients for brick in bricks if brick.online}
        for volume, bricks in parse_status(root).items()
    }


def _known(node: Element, path: str) -> int | None:
    value = commands.number(node, path, -1)
    return None if value < 0 else value


class Task(NamedTuple):
    """A rebalance or a removal that glusterd has begun. status: RUNNING, COMPLETED, FAILED or another state. bricks: those to be removed."""

    kind: str
    uuid: str
    status: tuple[int, str]
    bricks: tuple[Brick, ...] = ()

    @property
    def removes(self) -> bool:
        return self.kind == "Remove brick"


def parse_tasks(root: Element) -> tuple[Task, ...]:
    """Parse the answer to ``volume status NAME tasks``."""
    return tuple(
        Task(
            kind=commands.text(task, "type"),
            uuid=commands.text(task, "id"),
            status=(commands.number(task, "status"), commands.text(task, "statusStr")),
            bricks=tuple(Brick.parse(brick.text or "") for brick in task.iterfind("params/brick")),
        )
        for task in root.iterfind("volStatus/volumes/volume/tasks/task")
    )


class Progress(NamedTuple):
    """How far a rebalance or a removal has come, summed up over all hosts. running, failed: hosts that go on, or ended early, each with its state."""

    files: int
    bytes: int
    failures: int
    skipped: int
    running: tuple[str, ...]
    failed: tuple[str, ...]

    @property
    def done(self) -> bool:
        return not self.running

    def describe(self) -> dict[str, int]:
        return {"files": self.files, "bytes": self.bytes, "failures": self.failures, "skipped": self.skipped}


def parse_progress(root: Element) -> Progress:
    """Parse the answer to ``volume rebalance NAME status`` and to ``volume remove-brick NAME BRICK... status``."""
    task = root.find("volRebalance") if root.find("volRebalance") is not None else root.find("volRemoveBrick")
    if task is None:
        raise ClusterError(
            "gluster's answer tells of no rebalance and no removal; this version of GlusterFS is not known"
        )
    nodes = [
        (commands.text(node, "nodeName"), commands.number(node, "status"), commands.text(node, "statusStr"), node)
        for node in task.iterfind("node")
    ]

    def total(path: str) -> int:
        return sum(commands.number(node, path, 0) for _name, _status, _state, node in nodes)

    running = [f"{name} {state}" for name, status, state, _node in nodes if status == RUNNING[0]]
    whole = commands.number(task, "aggregate/status", 0)
    if not running and whole in (0, RUNNING[0]):
        running = ["the hosts have not all begun"]
    return Progress(
        files=total("files"),
        bytes=total("size"),
        failures=total("failures"),
        skipped=total("skipped"),
        running=tuple(running),
        # A host that has nothing to do tells "not started".
        failed=tuple(
            f"{name} {state}" for name, status, state, _node in nodes if status not in (0, RUNNING[0], COMPLETED[0])
        ),
    )


def known_options(root: Element) -> frozenset[str]:
    """Parse the answer to ``volume set help-xml``: the options that are documented."""
    return frozenset(commands.text(option, "name") for option in root.iter("option"))


def has_option(root: Element) -> bool:
    """Parse the answer to ``volume get NAME OPTION``: whether it has an option at all."""
    return root.find("volGetopts/Opt") is not None


def describe(
    volume: Volume,
    status: Mapping[tuple[str, str], BrickStatus] | None = None,
    clients: Mapping[tuple[str, str], Sequence[str]] | None = None,
    missing: Mapping[tuple[str, str], Sequence[str]] | None = None,
) -> dict[str, Any]:
    """A volume for a module's result. status, clients, missing clients: of its bricks, by key; None where it was not asked for."""
    size = volume.shape.size
    return {
        "name": volume.name,
        "id": volume.uuid,
        "type": volume.kind,
        "status": volume.status.lower(),
        "replica": volume.shape.replica,
        "arbiter": volume.shape.arbiter,
        "disperse": volume.shape.disperse,
        "redundancy": volume.shape.redundancy,
        "thin_arbiter": str(volume.thin_arbiter) if volume.thin_arbiter else None,
        "transport": volume.transport,
        "snapshots": volume.snapshots,
        "options": dict(volume.options),
        "bricks": [
            {
                "brick": str(brick),
                "host": brick.host,
                "path": brick.path,
                "host_uuid": brick.uuid,
                "subvolume": number // size,
                "arbiter": bool(volume.shape.arbiter) and number % size >= size - volume.shape.arbiter,
                **(_describe_status(status.get(brick.key)) if status is not None else {}),
                **{
                    name: list(known[brick.key]) if brick.key in known else None
                    for name, known in (("clients", clients), ("missing_clients", missing))
                    if known is not None
                },
            }
            for number, brick in enumerate(volume.bricks)
        ],
    }


def _describe_status(status: BrickStatus | None) -> dict[str, Any]:
    names = ("online", "port", "pid", "bytes_free", "bytes_total", "inodes_free", "inodes_total")
    return {name: getattr(status, name, False if name == "online" else None) for name in names}


def check_name(name: str) -> str:
    """Raises ValueError: a volume's name."""
    if not VOLUME.match(name) or name.lower() in ("all", "volume"):
        raise ValueError(
            f"name {name!r}: a volume's name has letters, digits, hyphens and underscores, does not begin with a hyphen and is not 'all' or 'volume', as in web"
        )
    return name
