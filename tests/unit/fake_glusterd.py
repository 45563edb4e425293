# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server on the loopback that answers as glusterd does, or as it should not.

What it sends is written here byte by byte from the protocol's description, and shares no code with the engine.
"""

from __future__ import annotations

import socket
import struct
import threading

XID_AT = slice(4, 8)


def record(message, mark=None):
    return struct.pack(">I", 0x80000000 | len(message) if mark is None else mark) + message


def accepted(call, results, *, xid=None, status=0, verifier=b""):
    """An RPC reply to ``call`` that was accepted."""
    head = (xid or call[XID_AT]) + struct.pack(">III", 1, 0, 0) + struct.pack(">I", len(verifier)) + verifier
    return head + struct.pack(">I", status) + results


def denied(call, reason=1):
    """An RPC reply to ``call`` that was denied: 1 for the authentication, 0 for the version of RPC."""
    return call[XID_AT] + struct.pack(">IIIII", 1, 1, reason, 1, 0)


def opaque(data):
    return struct.pack(">I", len(data)) + data + b"\0" * (-len(data) % 4)


def spec(text, *, code=0, result=None, peers=None):
    """The results of GETSPEC."""
    extra = b""
    if peers is not None:
        key, value = b"cluster.brick-vol-servers", peers.encode() + b"\0"
        extra = struct.pack(">III", 1, len(key), len(value)) + key + b"\0" + value
    return struct.pack(">ii", len(text) if result is None else result, code) + opaque(text.encode()) + opaque(extra)


def port(number, result=0):
    """The results of the portmap."""
    return struct.pack(">4i", result, 0, 0, number)


class Scene:
    """One connection as seen by the server. ``call`` is the call with its record mark."""

    def __init__(self, link, client, ended):
        self.link = link
        self.client = client  # its address and port
        self.ended = ended
        self.call = b""

    def hear(self):
        """Read the call."""
        length = struct.unpack(">I", self._read(4))[0] & 0x7FFFFFFF
        self.call = struct.pack(">I", 0x80000000 | length) + self._read(length)
        return self.call

    def send(self, data):
        self.link.sendall(data)

    def hang(self):
        """Do nothing until the test is over or the other side has gone."""
        while not self.ended.is_set():
            try:
                if not self.link.recv(4096):
                    return
            except socket.timeout:
                continue

    def reset(self):
        """Close with RST instead of FIN."""
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _read(self, length):
        data = b""
        while len(data) < length:
            piece = self.link.recv(length - len(data))
            if not piece:
                raise ConnectionError
            data += piece
        return data


class FakeGlusterd:
    """Plays ``act(scene)`` for each connection. ``calls`` are the calls it heard."""

    def __init__(self, act, host="127.0.0.1", at=0):
        self.act = act
        self.calls = []
        self._ended = threading.Event()
        self._listener = socket.create_server((host, at), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._listener.settimeout(0.02)
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join(10)
        self._listener.close()

    def _accept(self):
        while not self._ended.is_set():
            try:
                link, client = self._listener.accept()
            except socket.timeout:
                continue
            self._threads.append(threading.Thread(target=self._play, args=(link, client)))
            self._threads[-1].start()

    def _play(self, link, client):
        link.settimeout(0.02)
        scene = Scene(link, client, self._ended)
        with link:
            try:
                self.act(scene)
            except OSError:
                pass  # the other side has gone
            finally:
                if scene.call:
                    self.calls.append(scene.call)


def answering(results):
    """An act: hear the call and answer it."""

    def act(scene):
        scene.send(record(accepted(scene.hear(), results)))

    return act
