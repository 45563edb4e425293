# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the client is told where its servers are: by which family of addresses, and how an address of IPv6 is spelled for its release.

A client asks all of its servers by one family: IPv4, unless an option says otherwise (rpc_transport_inet_options_build). Up to GlusterFS 10 it takes what
stands behind ``--volfile-server=`` for a host; from 11 on it cuts that at the last colon and takes the rest for a port (gf_set_volfile_server_common), so
that an address of IPv6 is cut short unless a port stands behind it. No release knows brackets. Measured on 10.3, 11.1 and 11.2.
"""

from __future__ import annotations

import re
from typing import Iterable, Sequence

from .._host.process import Run
from . import release as releases
from .server import Server, is_address

INET, INET6 = "inet", "inet6"

FAMILY_OPTION = "transport.address-family"
_FAMILY_FLAG = f"--xlator-option={FAMILY_OPTION}="

_WITH_PORT = 11
"""First release that wants a port behind an address of IPv6, and the one taken for granted where the client does not tell."""


def family(address: str) -> str:
    """The family of an IP address; "" for a name."""
    if ":" in address:
        return INET6
    return INET if re.fullmatch(r"[0-9.]+", address) else ""


def joined(words: Iterable[str]) -> tuple[str, ...]:
    """A client's arguments with each option of a translator as one word: mount.glusterfs of GlusterFS 11 hands it over as two."""
    arguments: list[str] = []
    for word in words:
        if arguments and arguments[-1] == "--xlator-option":
            arguments[-1] += f"={word}"
        else:
            arguments.append(word)
    return tuple(arguments)


def asked_family(flags: Iterable[str]) -> str:
    """The family that a client's arguments ask for; "" where they leave it to the client."""
    return next((flag[len(_FAMILY_FLAG) :] for flag in flags if flag.startswith(_FAMILY_FLAG)), "")


def family_flags(flags: Iterable[str]) -> frozenset[str]:
    """The arguments of a client that set the family by which it asks its servers."""
    return frozenset(flag for flag in flags if flag.startswith(_FAMILY_FLAG))


def ask_by(family: str, flags: Iterable[str]) -> list[str]:
    """The flags to add to a client's ``flags`` so that it asks by ``family``."""
    return [f"{_FAMILY_FLAG}{INET6}"] if family == INET6 and not asked_family(flags) else []


def client_address(server: Server, address: str, addresses: Sequence[str], asked: str = "") -> Server:
    """``server`` as the client has to be given it, so that it connects to ``address``, which has answered: by its name where that leads there, else by address.

    addresses: all addresses of the name, in order. The client takes the first one of its family, waits 42 s for it, and tries no other (gf_resolve_ip6).
    asked: the family that the options set, which the client keeps to whatever has answered; "" for that of ``address``.
    """
    if asked and family(address) != asked:
        return server
    first = next((candidate for candidate in addresses if family(candidate) == family(address)), "")
    return server if address == first or not addresses else server._replace(host=address)


def of_family(servers: Sequence[Server], family_asked: str) -> tuple[Server, ...]:
    """The first server, and of the others those that a client of this family can connect to: names, and addresses of the family."""
    first, *others = servers
    return (first, *(server for server in others if family(server.host) in ("", family_asked)))


def spell(host: str, port: int, release: int) -> str:
    """``host`` as a client of this release reads it."""
    return f"{host}:{port}" if family(host) == INET6 and release >= _WITH_PORT else host


def read(text: str, port: int) -> str:
    """The host in what ``spell`` has written."""
    host, colon, rest = text.rpartition(":")
    return host if colon and rest == str(port) and family(host) == INET6 and is_address(host) else text


def release(program: str, servers: Iterable[Server], run: Run) -> int:
    """The main number of the client's release, as in 10. The program is asked only where one of ``servers`` is spelled by release."""
    if not any(family(server.host) == INET6 for server in servers):
        return _WITH_PORT
    version = releases.parse(run((program, "--version"), releases.VERSION_SECONDS).stdout)
    return version[0] if version else _WITH_PORT


def family_of(servers: Sequence[Server], addresses: Iterable[str]) -> str:
    """The family by which a client reaches any of ``servers`` if no option sets one: IPv4 where any of them has such an address.

    addresses: those of the servers' names.
    """
    families = {family(server.host) for server in servers} | {family(address) for address in addresses}
    return INET6 if INET6 in families and INET not in families else INET
