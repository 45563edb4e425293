# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which names mean this host."""

from __future__ import annotations

import socket


class Names:
    """The resolver of this host. A name that does not resolve has no addresses, which is no error here: gluster says so better."""

    def addresses(self, host: str) -> frozenset[str]:
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)
        except (OSError, UnicodeError):
            return frozenset()
        return frozenset(str(entry[4][0]) for entry in found)

    def is_local(self, host: str) -> bool:
        """Whether ``host`` means this host: a socket can be bound to its address. glusterd decides in the same way."""
        return host == "localhost" or any(_bindable(address) for address in self.addresses(host))

    def is_own(self, address: str) -> bool:
        """Whether this host reaches ``address`` by itself, as it does its own and loopback. Where net.ipv4.ip_nonlocal_bind is set any can be bound to."""
        with socket.socket(_family(address), socket.SOCK_DGRAM) as endpoint:
            try:
                # Nothing is sent.
                endpoint.connect((address, 9))
            except OSError:
                return False
            return bool(endpoint.getsockname()[0] == address)


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _bindable(address: str) -> bool:
    with socket.socket(_family(address), socket.SOCK_DGRAM) as endpoint:
        try:
            endpoint.bind((address, 0))
        except OSError:
            return False
    return True
