# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Asking a Gluster server three things: a volume's description (GETSPEC), the port of a brick (portmap), and whether a brick answers (PING).

These are calls of ONC RPC (RFC 5531) over TCP with the record marking of its section 11, data in XDR (RFC 4506). Programs, procedures and structures are
those of GlusterFS (rpc/rpc-lib/src/protocol-common.h, rpc/xdr/src/glusterfs3-xdr.x, portmap-xdr.x), the same from 3.12 to 11. No privilege is needed.
"""

from __future__ import annotations

import errno
import re
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable, Mapping, NamedTuple, Sequence, TypeVar

from .._host.clock import CLOCK, Clock
from .attempt import Outcome, Step
from .server import GLUSTERD_PORT, Server
from .volfile import Volfile, parse

if TYPE_CHECKING:
    from . import tls

Progress = Callable[[Step], None]
"""progress(step): told at the beginning of each step, so that whoever gives a call up knows where it hung."""

Answer = TypeVar("Answer")

Resolve = Callable[..., Sequence[Any]]
"""socket.getaddrinfo or what stands for it."""

MOST_BYTES = 16 << 20
"""Bound on a reply: a volfile has about 1 KiB a brick."""

_HANDSHAKE = (14398633, 2)
_GETSPEC = 2
_PORTMAP = (34123456, 1)
_PORTBYBRICK = 1
_BRICK = (123451501, 1)
_PING = 2

_OWN_PORT = f":{GLUSTERD_PORT}"

_XID = 0x6B65656C
"""One call is made on a connection, so that any other transaction id in the reply is not for us."""
_CALL, _REPLY = 0, 1
_RPC_VERSION = 2
_LAST_FRAGMENT = 0x80000000


def _ignore(_step: Step) -> None:
    """A progress that nobody watches."""


class AskFailed(Exception):
    """A question was not answered, or not as hoped.

    step: how far it came. outcome: how it ended. detail: one line for a person, without secrets.
    """

    def __init__(self, step: Step, outcome: Outcome, detail: str) -> None:
        super().__init__(f"{step.value}: {outcome.value}: {detail}")
        self.step = step
        self.outcome = outcome
        self.detail = detail


class Spec(NamedTuple):
    """A server's answer to GETSPEC.

    volfile: what the volume consists of.
    peers: other hosts with bricks of the volume that the server considers connected; empty where it does not say.
    address: the IP address that answered. addresses: all that the server's name resolved to, in that order.
    """

    volfile: Volfile
    peers: tuple[str, ...]
    address: str
    addresses: tuple[str, ...] = ()


def getspec(
    server: Server,
    volume: str,
    timeout: float,
    *,
    progress: Progress = _ignore,
    resolve: Resolve = socket.getaddrinfo,
    clock: Clock = CLOCK,
    secure: tls.Secured | None = None,
) -> Spec:
    """Ask ``server`` for the description of ``volume``, within ``timeout`` seconds; only the resolution of its name has no limit of its own.

    A stopped volume is described like a started one. Raises AskFailed.
    """
    line = _Line(server.host, server.port, Step.GETSPEC, clock.now() + timeout, clock, progress, resolve, secure)
    call = (*_HANDSHAKE, _GETSPEC, _encode_getspec(volume))
    return line.ask(call, lambda reply, address, addresses: _spec(reply, volume, address, addresses))


def brick_port(
    server: Server,
    path: str,
    timeout: float,
    *,
    progress: Progress = _ignore,
    resolve: Resolve = socket.getaddrinfo,
    clock: Clock = CLOCK,
    secure: tls.Secured | None = None,
) -> int | None:
    """Ask the glusterd on a brick's own host for the TCP port of the brick ``path``; None if no brick process has signed in. Raises AskFailed."""
    line = _Line(server.host, server.port, Step.BRICKS, clock.now() + timeout, clock, progress, resolve, secure)
    return line.ask((*_PORTMAP, _PORTBYBRICK, _opaque(path.encode())), lambda reply, *_address: _port(reply))


def ping_brick(
    host: str,
    port: int,
    timeout: float,
    *,
    progress: Progress = _ignore,
    resolve: Resolve = socket.getaddrinfo,
    clock: Clock = CLOCK,
    secure: tls.Secured | None = None,
) -> None:
    """See whether the brick process on this port answers; a frozen one still accepts connections. Raises AskFailed.

    secure: what to speak to a brick that hangs up on plain words. glusterd may speak TLS and bricks not: the volume's option server.ssl decides.
    """
    over = clock.now() + timeout

    def ping(context: tls.Secured | None) -> None:
        line = _Line(host, port, Step.BRICKS, over, clock, progress, resolve, context)
        line.ask((*_BRICK, _PING, b""), lambda *_reply: None)

    try:
        ping(None)
    except AskFailed as error:
        if not secure or error.outcome in (Outcome.REFUSED, Outcome.UNREACHABLE, Outcome.TIMEOUT):
            raise
        ping(secure)


# -- replies: bytes to values -------------------------------------------------------------------------------------


class _Garbage(ValueError):
    """The bytes are no answer to the call."""


class _Denied(Exception):
    """The call was understood and refused."""


class _Xdr:
    """Reads XDR from the front. Raises _Garbage where bytes are missing."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, length: int) -> bytes:
        if length > len(self.data) - self.at:
            raise _Garbage(f"{length} bytes announced, {len(self.data) - self.at} there")
        self.at += length
        return self.data[self.at - length : self.at]

    def unsigned(self) -> int:
        return int.from_bytes(self.take(4), "big")

    def signed(self) -> int:
        return int.from_bytes(self.take(4), "big", signed=True)

    def opaque(self) -> bytes:
        length = self.unsigned()
        data = self.take(length)
        self.take(-length % 4)
        return data


def _opaque(data: bytes) -> bytes:
    """Variable-length opaque data or string, padded to four bytes."""
    return struct.pack(">I", len(data)) + data + bytes(-len(data) % 4)


def encode_call(program: int, version: int, procedure: int, arguments: bytes) -> bytes:
    """An RPC call with empty credentials, in one record."""
    call = struct.pack(">10I", _XID, _CALL, _RPC_VERSION, program, version, procedure, 0, 0, 0, 0) + arguments
    return struct.pack(">I", _LAST_FRAGMENT | len(call)) + call


def decode_reply(reply: bytes) -> _Xdr:
    """The results in an RPC reply. Raises _Garbage or _Denied."""
    xdr = _Xdr(reply)
    if (xdr.unsigned(), xdr.unsigned()) != (_XID, _REPLY):
        raise _Garbage("it is no reply to this call")
    if xdr.unsigned():
        if xdr.unsigned():
            # The client calls from such a port too, so it is of no use to call from another one.
            raise _Denied("it refuses calls from ports above 1023; set rpc-auth-allow-insecure on in its glusterd.vol")
        raise _Denied("it refuses the call: version of RPC")
    xdr.unsigned()  # flavor of the verifier
    xdr.opaque()
    status = xdr.unsigned()
    if status:
        why = {1: "program", 2: "version of the program", 3: "procedure", 4: "arguments"}.get(status, "system error")
        raise _Denied(f"it does not accept the call: {why}")
    return xdr


def encode_dict(values: Mapping[str, str]) -> bytes:
    """A GlusterFS dict (dict_serialize): count, then lengths, key with NUL, value with NUL, nothing padded."""
    data = struct.pack(">I", len(values))
    for key, value in values.items():
        name, content = key.encode(), value.encode() + b"\0"
        data += struct.pack(">II", len(name), len(content)) + name + b"\0" + content
    return data


def decode_dict(data: bytes) -> dict[str, str]:
    """Read what encode_dict writes; bytes that are no UTF-8 escaped. Raises _Garbage."""
    xdr = _Xdr(data)
    values = {}
    for _number in range(xdr.unsigned() if data else 0):
        length, size = xdr.unsigned(), xdr.unsigned()
        name = xdr.take(length + 1)[:-1].decode("utf-8", "backslashreplace")
        values[name] = xdr.take(size).rstrip(b"\0").decode("utf-8", "backslashreplace")
    return values


def _encode_getspec(volume: str) -> bytes:
    # The range of op-versions is required: without it the answer is errno 95. Every server is in this one.
    versions = encode_dict({"min-op-version": "1", "max-op-version": "999999"})
    return struct.pack(">I", 1) + _opaque(volume.encode()) + _opaque(versions)


def _spec(reply: _Xdr, volume: str, address: str, addresses: tuple[str, ...]) -> Spec:
    result, code = reply.signed(), reply.signed()
    text, extra = reply.opaque(), reply.opaque()
    if result < 0:
        # ENOENT; ENOMEM from a glusterd 11 that has no peers.
        if code in (errno.ENOENT, errno.ENOMEM):
            raise AskFailed(Step.GETSPEC, Outcome.NO_VOLUME, f"it has no volume {volume}")
        raise _Denied(f"it refuses volume {volume}: {errno.errorcode.get(code, code)}")
    if len(text) < result:
        raise _Garbage(f"{result} bytes of description announced, {len(text)} there")
    try:
        volfile = parse(text.rstrip(b"\0").decode())
    except ValueError as error:
        raise _Garbage(f"its description of volume {volume} makes no sense: {error}") from None
    peers = decode_dict(extra).get("cluster.brick-vol-servers", "").split()
    hosts = tuple(peer[: -len(_OWN_PORT)] if peer.endswith(_OWN_PORT) else peer for peer in peers)
    return Spec(volfile, hosts, address, addresses)


def _port(reply: _Xdr) -> int | None:
    result, _code, _status, port = (reply.signed() for _field in range(4))
    return port if result >= 0 and 0 < port < 65536 else None


# -- the line -----------------------------------------------------------------------------------------------------


class _Address(NamedTuple):
    """A socket address and its family, as resolved."""

    family: int
    address: Any

    @property
    def ip(self) -> str:
        return str(self.address[0])


@dataclass(frozen=True)
class _Line:
    """The way to one host and port: names resolved, addresses tried, deadline kept."""

    host: str
    port: int
    asking: Step
    deadline: float
    clock: Clock
    progress: Progress
    resolve: Resolve
    secure: tls.Secured | None

    def ask(self, call: tuple[int, int, int, bytes], read: Callable[[_Xdr, str, tuple[str, ...]], Answer]) -> Answer:
        """Make the call at one address after the other until one answers well; each gets an equal share of the time that is left.

        read(reply, address, addresses): what the reply says, which came from this one of these IP addresses.
        Raises AskFailed: the one of the address that came furthest.
        """
        addresses = self.addresses()
        ips = tuple(address.ip for address in addresses)
        failures = []
        for number, address in enumerate(addresses):
            now = self.clock.now()
            until = now + max(0.0, self.deadline - now) / (len(addresses) - number)
            try:
                return self.ask_address(address, encode_call(*call), lambda reply, ip: read(reply, ip, ips), until)
            except AskFailed as failure:
                failures.append(failure)
        steps = list(Step)
        raise max(failures, key=lambda failure: steps.index(failure.step))

    def addresses(self) -> list[_Address]:
        self.progress(Step.RESOLVE)
        try:
            entries = self.resolve(self.host, self.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            why = error.strerror if isinstance(error, OSError) else "no host name"
            raise AskFailed(Step.RESOLVE, Outcome.UNRESOLVED, f"{self.host}: {why}") from error
        return list(dict.fromkeys(_Address(entry[0], entry[4]) for entry in entries))

    def ask_address(self, where: _Address, call: bytes, read: Callable[[_Xdr, str], Answer], until: float) -> Answer:
        """Make the call at one address. Raises AskFailed."""
        ip = where.ip
        self.progress(Step.CONNECT)
        with self.endpoint(where) as link:
            self.connect(link, where, until)
            self.progress(self.asking)
            try:
                with self.encrypt(link, until) as line:
                    self.arm_timeout(line, until)
                    line.sendall(call)
                    return read(decode_reply(self.record(line, until)), ip)
            except socket.timeout:
                raise AskFailed(
                    self.asking, Outcome.TIMEOUT, f"{ip}: connected, and then no whole answer in time"
                ) from None
            except (EOFError, OSError) as error:
                raise self.broken(ip, error) from error
            except _Garbage as error:
                raise AskFailed(self.asking, Outcome.GARBAGE, f"{ip}: {error}") from error
            except _Denied as error:
                raise AskFailed(self.asking, Outcome.DENIED, f"{ip}: {error}") from error

    def broken(self, ip: str, error: Exception) -> AskFailed:
        """What it means that a connection, once accepted, did not hold."""
        why = getattr(error, "reason", None) or getattr(error, "strerror", None) or "closed"
        why = re.sub(r" \(_ssl\.c:[0-9]+\)", "", why)
        if self.secure is None:
            hint = "; a server with TLS does so to a call without"
            return AskFailed(self.asking, Outcome.CLOSED, f"{ip}: the connection was accepted and then: {why}{hint}")
        hint = self.secure.explain(error)
        return AskFailed(self.asking, Outcome.TLS, f"{ip}: no TLS with this server: {why}{'; ' if hint else ''}{hint}")

    def encrypt(self, link: socket.socket, until: float) -> socket.socket:
        """The connection, inside TLS if that is wanted. Names are not verified: GlusterFS does not either, and its certificates have any."""
        if self.secure is None:
            return link
        self.arm_timeout(link, until)
        return self.secure.wrap_socket(link)

    def endpoint(self, where: _Address) -> socket.socket:
        """A socket of the address's family, which this host, or what it runs in, need not have. Raises AskFailed."""
        try:
            return socket.socket(where.family, socket.SOCK_STREAM)
        except OSError as error:
            raise AskFailed(Step.CONNECT, Outcome.UNREACHABLE, f"{where.ip}: {error.strerror}") from error

    def connect(self, link: socket.socket, where: _Address, until: float) -> None:
        ip = where.ip
        try:
            self.arm_timeout(link, until)
            link.connect(where.address)
        except socket.timeout:
            raise AskFailed(Step.CONNECT, Outcome.TIMEOUT, f"{ip}: the connection is not accepted") from None
        except ConnectionRefusedError as error:
            raise AskFailed(Step.CONNECT, Outcome.REFUSED, f"{ip}: nothing listens on port {self.port}") from error
        except OSError as error:
            # A host without an answer to ARP, no route, a firewall's ICMP; ETIMEDOUT where the kernel gave up first.
            outcome = Outcome.TIMEOUT if error.errno == errno.ETIMEDOUT else Outcome.UNREACHABLE
            raise AskFailed(Step.CONNECT, outcome, f"{ip}: {error.strerror}") from error

    def arm_timeout(self, link: socket.socket, until: float) -> None:
        """Let the next operation take as long as there is time. Raises socket.timeout if there is none."""
        left = until - self.clock.now()
        if left <= 0:
            raise socket.timeout
        link.settimeout(left)

    def record(self, link: socket.socket, until: float) -> bytes:
        """Read one record, in however many fragments and pieces it comes. Raises EOFError, _Garbage."""
        record = bytearray()
        last = False
        while not last:
            mark = int.from_bytes(self.receive(link, 4, until), "big")
            last, length = bool(mark & _LAST_FRAGMENT), mark & ~_LAST_FRAGMENT
            if len(record) + length > MOST_BYTES or (not length and not last):
                raise _Garbage(f"a reply of {len(record) + length} bytes")
            record += self.receive(link, length, until)
        return bytes(record)

    def receive(self, link: socket.socket, length: int, until: float) -> bytearray:
        data = bytearray()
        while len(data) < length:
            self.arm_timeout(link, until)
            piece = link.recv(min(length - len(data), 1 << 16))
            if not piece:
                raise EOFError
            data += piece
        return data
