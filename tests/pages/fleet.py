# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts that the page docs/first-hour.md speaks of, under names, in a network and of releases that another seed draws anew."""

from __future__ import annotations

import os
import random
from typing import NamedTuple

SERVERS = ("gfs1", "gfs2", "gfs3", "gfs4")
CLIENTS = ("web1", "web2", "web3")
PAGE_DOMAIN = "example.com"
PAGE_NETWORK = "192.0.2.0/24"
CONTROLLER = "controller"
RELEASES = (12, 13, 14)
"""Of Debian."""
_WORDS = ("ark", "bay-2", "c3po", "dune", "elm", "fjord", "gulf0", "heath", "isle", "jetty", "kelp", "lagoon")
_DOMAINS = ("lan", "lab.example.net", "r2.dc-1.internal", "storage.a-rather-long-domain.example.org")


class Machine(NamedTuple):
    """A host. page: what the page calls it, without its domain. name: what it is called. debian: its release."""

    page: str
    name: str
    debian: int


class Fleet(NamedTuple):
    """seed: what it was drawn with. network: its addresses."""

    seed: str
    network: str
    machines: tuple[Machine, ...]

    def machine(self, page: str) -> Machine:
        return next(machine for machine in self.machines if machine.page == page)

    def translated(self, text: str) -> str:
        """A text of the page about these hosts."""
        for machine in self.machines:
            text = text.replace(f"{machine.page}.{PAGE_DOMAIN}", machine.name)
        return text.replace(PAGE_NETWORK, self.network)


def draw(seed: str) -> Fleet:
    """One client of each release; servers of one release of GlusterFS, which is Debian 12's, or that of 13 and 14, whose servers get on with each other."""
    luck = random.Random(seed)
    words = luck.sample(_WORDS, len(SERVERS) + len(CLIENTS))
    domains = luck.sample(_DOMAINS, 2)
    # A name that ends as another one does, and one that begins so.
    words[1] = f"old-{words[0]}"
    words[3] = f"{words[2]}1"
    generation = luck.choice(((12,), (13, 14)))
    releases = [luck.choice(generation) for _server in SERVERS]
    clients = luck.sample(RELEASES, len(CLIENTS))
    names = [
        f"{word}.{domain}" for word, domain in zip(words, [domains[0]] * len(SERVERS) + [domains[1]] * len(CLIENTS))
    ]
    machines = map(Machine, (*SERVERS, *CLIENTS), names, (*releases, *clients))
    network = f"10.{luck.randrange(100, 200)}.{luck.randrange(256)}.0/24"
    return Fleet(seed, network, (*machines, Machine(CONTROLLER, f"{CONTROLLER}.{domains[1]}", 13)))


def from_environment() -> Fleet:
    """The fleet of the seed in EVENKEEL_SEED."""
    return draw(os.environ["EVENKEEL_SEED"])
