# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Gluster server as a user names it: host and glusterd port."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple

GLUSTERD_PORT = 24007
"""Port of glusterd's management and portmap service (GlusterFS ``GF_DEFAULT_BASE_PORT``)."""

_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\Z")


class Server(NamedTuple):
    """One glusterd, in canonical spelling, so that two spellings of it compare equal.

    host: lower case without a trailing dot; an IP address in its shortest form, without brackets.
    port: TCP port of glusterd, 1 to 65535.
    """

    host: str
    port: int = GLUSTERD_PORT

    @classmethod
    def parse(cls, text: str) -> Server:
        """Read ``host``, ``host:port``, ``[v6]``, ``[v6]:port`` or a bare IPv6 address.

        Raises ValueError, which names the value, the rule it breaks and what to write instead.
        """
        host, port = _split(text)
        if not 1 <= port <= 65535:
            raise ValueError(f"server {text!r}: the port must be a number from 1 to 65535, as in gfs1:24007")
        if ":" in host and ("%" in host or host.lower().startswith("fe80:")):
            raise ValueError(
                f"server {text!r}: a link-local address means another host on each network; "
                "write the server's name or an address that is the same everywhere, as in fd00:6::1"
            )
        try:
            return cls(ipaddress.ip_address(host).compressed, port)
        except ValueError:
            pass
        name = host[:-1] if host.endswith(".") else host
        if not name or len(name) > 253 or not all(_LABEL.match(label) for label in name.split(".")):
            raise ValueError(
                f"server {text!r}: a host name has labels of letters, digits, hyphens and underscores, each of up to "
                "63 characters, separated by dots; write each server as an entry of its own, as in [gfs1, gfs2:24007]"
            )
        return cls(name.lower(), port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host and self.port != GLUSTERD_PORT else self.host
        return host if self.port == GLUSTERD_PORT else f"{host}:{self.port}"


def is_address(text: str) -> bool:
    """Whether it is an IP address, of either family, and no name."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _split(text: str) -> tuple[str, int]:
    """Split into host and port; the port is 0 where what stands there is no number."""
    if text.startswith("["):
        host, _bracket, rest = text[1:].partition("]")
        if not rest:
            return host, GLUSTERD_PORT
    else:
        if text.count(":") != 1:
            return text, GLUSTERD_PORT
        host, rest = text.split(":")
        rest = ":" + rest
    return host, int(rest[1:]) if re.fullmatch(r":[0-9]{1,5}", rest) else 0
