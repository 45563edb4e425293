# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions to the kernel and its answers by netlink(7): a list of messages, or the acknowledgement of an order."""

from __future__ import annotations

import os
import socket
import struct
from typing import NamedTuple

ROUTE, SOCK_DIAG = 0, 4
"""NETLINK_ROUTE, NETLINK_SOCK_DIAG; Python's socket module has them on Linux only."""

_SECONDS = 5.0
"""The kernel answers within milliseconds; a wait has a limit all the same."""
_DATAGRAM = 1 << 16
_HEADER = struct.Struct("=IHHII")
_ATTRIBUTE = struct.Struct("=HH")
_ERROR, _DONE = 2, 3
_REQUEST, _ACK, _DUMP = 0x1, 0x4, 0x300
"""NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP."""
_CHANGED = 0x10
"""NLM_F_DUMP_INTR: what is listed changed while it was listed."""


class Part(NamedTuple):
    """One datagram of an answer. messages: kind and content of each. done: whether it is the last one. changed: whether the list may lack one."""

    messages: tuple[tuple[int, bytes], ...]
    done: bool
    changed: bool


class Listing(NamedTuple):
    """A whole list. changed: whether it may lack one, since what is listed changed meanwhile."""

    messages: tuple[tuple[int, bytes], ...]
    changed: bool


def listing(protocol: int, kind: int, question: bytes) -> Listing:
    """What the kernel lists. Raises OSError where it does not."""
    messages: list[tuple[int, bytes]] = []
    changed = False
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol) as endpoint:
        endpoint.settimeout(_SECONDS)
        endpoint.sendall(_message(kind, _REQUEST | _DUMP, question))
        while True:
            part = parse(endpoint.recv(_DATAGRAM))
            messages += part.messages
            changed = changed or part.changed
            if part.done:
                return Listing(tuple(messages), changed)


def order(protocol: int, kind: int, content: bytes) -> None:
    """Have the kernel do something. Raises OSError with its reason where it does not."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, protocol) as endpoint:
        endpoint.settimeout(_SECONDS)
        endpoint.sendall(_message(kind, _REQUEST | _ACK, content))
        parse(endpoint.recv(_DATAGRAM))


def _message(kind: int, flags: int, content: bytes) -> bytes:
    return _HEADER.pack(_HEADER.size + len(content), kind, flags, 1, 0) + content


def parse(datagram: bytes) -> Part:
    """Read the messages of a datagram. Raises OSError where they tell of an error, or make no sense."""
    messages, done, changed = [], False, False
    at = 0
    while at + _HEADER.size <= len(datagram):
        length, kind, flags, _sequence, _port = _HEADER.unpack_from(datagram, at)
        if length < _HEADER.size or at + length > len(datagram):
            raise OSError("the kernel's answer by netlink makes no sense")
        content = datagram[at + _HEADER.size : at + length]
        if kind == _ERROR:
            code = -struct.unpack_from("=i", content)[0]
            if code:
                raise OSError(code, os.strerror(code))
        elif kind != _DONE:
            messages.append((kind, content))
        done = done or kind == _DONE
        changed = changed or bool(flags & _CHANGED)
        at += aligned(length)
    return Part(tuple(messages), done, changed)


def attributes(content: bytes) -> dict[int, bytes]:
    """The attributes at the end of a message, by kind."""
    values = {}
    at = 0
    while at + _ATTRIBUTE.size <= len(content):
        length, kind = _ATTRIBUTE.unpack_from(content, at)
        if length < _ATTRIBUTE.size:
            break
        values[kind] = content[at + _ATTRIBUTE.size : at + length]
        at += aligned(length)
    return values


def aligned(length: int) -> int:
    """``length`` bytes with what fills them up to the next message or attribute."""
    return (length + 3) & ~3
