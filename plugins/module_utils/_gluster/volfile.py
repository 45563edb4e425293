# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The volfile of a client: which bricks a volume has, and how many of them each subvolume needs.

A volfile describes a graph of translators, each defined after those below it, one statement a line (libglusterfs/src/graph-print.c writes it so).
It may hold a user name and a password. Of a translator's options only those named in _OPTIONS are ever kept, and errors quote nothing but line numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Collection, NamedTuple, Sequence

from .._host.plain import OBEYED

MOST_CHARACTERS = 16 << 20
"""Bound on a volfile, which has about 1 KiB a brick."""

REQUIRE = ("writable", "all", "any")

_CLIENT = "protocol/client"
_REPLICATE = ("cluster/replicate", "cluster/afr")  # one library, two names; so is disperse
_DISPERSE = ("cluster/disperse", "cluster/ec")
_OPTIONS = ("remote-host", "remote-subvolume", "quorum-type", "quorum-count", "thin-arbiter", "redundancy")


class Brick(NamedTuple):
    """A brick, and the name of the client translator that connects to it, as in web-client-0."""

    host: str
    path: str
    name: str

    def __str__(self) -> str:
        return f"{self.host}:{self.path}"


class Subvolume(NamedTuple):
    """Bricks that hold the same files: a replica set, a disperse set, or a brick that stands alone in a distribute volume.

    kind: replicate, disperse or client.
    to_write, to_read: how many of the bricks are needed for that. A replica set without quorum to write refuses to be read too (afr-read-txn.c).
    first_breaks_tie: whether half of the bricks, if the first is among them, suffice.
    """

    name: str
    kind: str
    bricks: tuple[Brick, ...]
    to_write: int = 1
    to_read: int = 1
    first_breaks_tie: bool = False

    def has(self, count: int, up: Collection[str]) -> bool:
        """Whether ``count`` of its bricks, or the half that breaks the tie, are among the bricks named in ``up``."""
        connected = sum(brick.name in up for brick in self.bricks)
        tie = self.first_breaks_tie and 2 * connected == len(self.bricks)
        return connected >= count or (tie and self.bricks[0].name in up)

    def complete(self, up: Collection[str]) -> bool:
        return all(brick.name in up for brick in self.bricks)

    def writable(self, up: Collection[str]) -> bool:
        return self.has(self.to_write, up)

    def readable(self, up: Collection[str]) -> bool:
        return self.has(self.to_read, up)


class Volfile(NamedTuple):
    """What a volume consists of. A graph that reaches its bricks through a gfproxy has no subvolumes."""

    subvolumes: tuple[Subvolume, ...]

    @property
    def bricks(self) -> tuple[Brick, ...]:
        """The bricks that hold data; a thin arbiter is none of them."""
        return tuple(brick for subvolume in self.subvolumes for brick in subvolume.bricks)

    def missing(self, up: Collection[str], require: str) -> tuple[Subvolume, ...]:
        """The subvolumes that keep a volume from meeting ``require``, one of REQUIRE, while the bricks named in ``up`` are connected.

        writable: every subvolume can be written. all: every brick is connected. any: at least one subvolume can be read; files are spread over
        all subvolumes, so that the others take their share of them away.
        """
        if require not in REQUIRE:
            raise ValueError(f"require: {require!r} is none of {', '.join(REQUIRE)}")
        if require == "any":
            return () if any(part.readable(up) for part in self.subvolumes) else self.subvolumes
        met = Subvolume.complete if require == "all" else Subvolume.writable
        return tuple(part for part in self.subvolumes if not met(part, up))


def parse(text: str) -> Volfile:
    """Read a volfile, as a server serves it or as a client shows it. Raises ValueError for a text that is none; no part of it is in the message."""
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"no volfile: it has {len(text)} characters, more than {MOST_CHARACTERS}")
    translators = _read(text)
    if not any(translator.type == _CLIENT for translator in translators):
        raise ValueError("no volfile: it has no client translator")
    return _volfile(translators)


@dataclass
class _Translator:
    name: str
    type: str = ""
    options: dict[str, str] = field(default_factory=dict)
    children: list[str] = field(default_factory=list)


def _read(text: str) -> list[_Translator]:
    """The translators in the order of their definition."""
    done: dict[str, _Translator] = {}
    current: _Translator | None = None
    number = 0
    for number, line in enumerate(text.split("\n"), 1):
        key, *words = re.split(r"[ \t\r]+", line.strip(" \t\r"))
        if not key or key.startswith("#"):
            continue
        if key == "volume" and len(words) == 1 and words[0] not in done and current is None:
            if OBEYED.search(words[0]):
                raise ValueError(
                    f"no volfile: line {number} has a name with control characters or marks of direction in it"
                )
            current = _Translator(words[0])
        elif key == "type" and len(words) == 1 and current and not current.type:
            current.type = words[0]
        elif key == "option" and words and current:
            if words[0] in _OPTIONS:
                current.options[words[0]] = " ".join(words[1:])
        elif key == "subvolumes" and words and current and all(word in done for word in words):
            current.children += words
        elif key == "end-volume" and not words and current and current.type:
            done[current.name] = current
            current = None
        else:
            raise ValueError(f"no volfile: line {number} cannot stand where it does")
    if current:
        raise ValueError(f"no volfile: it ends at line {number} inside a translator")
    return list(done.values())


def _volfile(translators: Sequence[_Translator]) -> Volfile:
    """Go up the graph: a cluster translator takes the bricks below it, and those that none takes stand alone."""
    subvolumes: list[Subvolume] = []
    untaken: dict[str, list[Brick]] = {}
    for translator in translators:
        bricks = [brick for child in translator.children for brick in untaken.pop(child, [])]
        if translator.type == _CLIENT:
            bricks = _brick(translator)
        elif translator.type in _REPLICATE:
            subvolumes.append(_replicate(translator, bricks))
            bricks = []
        elif translator.type in _DISPERSE:
            subvolumes.append(_disperse(translator, bricks))
            bricks = []
        untaken[translator.name] = bricks
    alone = (brick for bricks in untaken.values() for brick in bricks)
    subvolumes += [Subvolume(brick.name, "client", (brick,)) for brick in alone]
    return Volfile(tuple(subvolumes))


def _brick(client: _Translator) -> list[Brick]:
    """The brick of a client; none for one of the snapshot daemon or of a gfproxy, whose remote subvolume is a name and no path.

    What glusterd writes for those has no host, but the running client fills in the volfile server.
    """
    host, path = client.options.get("remote-host", ""), client.options.get("remote-subvolume", "")
    if OBEYED.search(host + path):
        raise ValueError("no volfile: it has a brick whose name has control characters or marks of direction in it")
    return [Brick(host, path, client.name)] if host and path.startswith("/") else []


def _replicate(translator: _Translator, bricks: Sequence[Brick]) -> Subvolume:
    """A replica set with its quorum (fix_quorum_options in afr.c, afr_has_quorum in afr-transaction.c). An arbiter counts like the others.

    A thin arbiter is the last child and no brick. It is taken for connected, and then one of the two bricks suffices (afr_ta_has_quorum).
    """
    if translator.options.get("thin-arbiter"):
        bricks = bricks[:-1]
    if not bricks:
        raise ValueError("no volfile: it has a replica set without bricks")
    quorum = translator.options.get("quorum-type", "auto" if len(bricks) > 2 else "none")
    if quorum not in ("none", "auto", "fixed"):
        raise ValueError("no volfile: it has a quorum-type that is none")
    auto = quorum == "auto"
    count = {"none": 0, "auto": len(bricks) // 2 + 1, "fixed": _number(translator, "quorum-count")}[quorum]
    return Subvolume(
        translator.name,
        "replicate",
        tuple(bricks),
        to_write=max(1, count),
        to_read=max(1, count),
        first_breaks_tie=auto,
    )


def _disperse(translator: _Translator, bricks: Sequence[Brick]) -> Subvolume:
    """A disperse set (ec_parse_options in ec.c); disperse.quorum-count may ask for more bricks to write (ec_child_select in ec-common.c)."""
    redundancy = _number(translator, "redundancy")
    fragments = len(bricks) - redundancy
    if not 1 <= redundancy < fragments:
        raise ValueError(
            "no volfile: it has a disperse set whose redundancy is not 1 or more and less than half of its bricks"
        )
    to_write = max(fragments, _number(translator, "quorum-count"))
    return Subvolume(translator.name, "disperse", tuple(bricks), to_write=to_write, to_read=fragments)


def _number(translator: _Translator, option: str) -> int:
    value = translator.options.get(option, "0")
    if not re.fullmatch(r"[0-9]{1,9}", value):
        raise ValueError(f"no volfile: {option} is no number")
    return int(value)
