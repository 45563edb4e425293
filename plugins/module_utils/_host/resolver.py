# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names mean this host."""

from __future__ import annotations

import ipaddress
import socket
from typing import Any, Callable, Collection, Sequence

from . import interfaces


class AddressesUnknown(Exception):
    """Which addresses this host has cannot be found out. The message says why."""


class Resolver:
    """The resolver of this host, each name asked for once. A name that does not resolve has no addresses, which is no error here.

    resolve, interfaces, hostname: what stands for socket.getaddrinfo, interfaces.addresses and socket.gethostname in a test.
    """

    def __init__(
        self,
        resolve: Callable[..., Sequence[Any]] = socket.getaddrinfo,
        interfaces: Callable[[], Collection[str]] = interfaces.addresses,
        hostname: Callable[[], str] = socket.gethostname,
    ) -> None:
        self._resolve = resolve
        self._interfaces = interfaces
        self._hostname = hostname
        self._resolved: dict[str, frozenset[str]] = {}
        self._own: frozenset[str] | None = None

    def addresses(self, host: str) -> frozenset[str]:
        """The IP addresses of a name, or of an address; without zones, and those of IPv4 as such."""
        if host not in self._resolved:
            try:
                entries = self._resolve(host, None, type=socket.SOCK_DGRAM)
            except (OSError, UnicodeError):
                entries = ()
            self._resolved[host] = frozenset(_plain(str(entry[4][0])) for entry in entries)
        return self._resolved[host]

    def is_local(self, host: str) -> bool:
        """Whether ``host`` means this host: one of its addresses is this host's. glusterd decides in the same way (gf_is_local_addr)."""
        return host == "localhost" or any(self.is_own(address) for address in self.addresses(host))

    def is_own(self, address: str) -> bool:
        """Whether an interface of this host has ``address``, or it is loopback. Raises AddressesUnknown where that cannot be found out."""
        address = _plain(address)
        if self._own is None:
            try:
                self._own = frozenset(map(_plain, self._interfaces()))
            except OSError as error:
                raise AddressesUnknown(f"which addresses this host has cannot be found out: {error}") from error
        return address in self._own or ipaddress.ip_address(address).is_loopback

    def is_hostname(self, host: str) -> bool:
        """Whether ``host`` is what this host calls itself, wholly or without its domain."""
        own = self._hostname().lower()
        return host.lower() in (own, own.partition(".")[0])


def _plain(address: str) -> str:
    """Without a zone, as in fe80::1%eth0; an IPv4 address that is written as one of IPv6 as such."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return str(mapped or parsed)
