# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A file system of somebody who wishes nobody well; what an unprivileged user of a node can run there, with Python alone.

    python3 neighbour.py MOUNTPOINT silent|odd|endless OPTIONS

It mounts by fusermount with the OPTIONS (as root by mount(2) through fusermount too), prints "ready", and serves until it is killed:
silent: it answers the kernel's greeting and no question after it. odd: it looks like a GlusterFS mount whose graph is nonsense. endless: like one whose
graph has no end.
"""

from __future__ import annotations

import array
import errno
import os
import socket
import struct
import subprocess
import sys

FUSERMOUNT = ("fusermount3", "fusermount", "fusermount-glusterfs")
LOOKUP, GETATTR, STATFS, OPEN, READ, INIT, OPENDIR, READDIR = 1, 3, 17, 14, 15, 26, 27, 28
QUIET = (2, 25, 18, 29, 42)  # forget, flush, release, releasedir, batch forget
TREE = {
    1: {".meta": 2},
    2: {"graphs": 3},
    3: {"active": 4},
    4: {"volfile": 5, "web-client-0": 6},
    6: {"type": 7, "private": 8},
}
TEXT = {5: b"volume \x1b[31mweb\n\x00nonsense", 7: b"protocol/client\n", 8: b"connected = 1\n"}


def mount(path, options):
    """The descriptor of the connection that fusermount hands over."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    environ = {**os.environ, "_FUSE_COMMFD": str(theirs.fileno())}
    program = next(
        found for name in FUSERMOUNT for found in (f"/usr/bin/{name}", f"/bin/{name}") if os.path.exists(found)
    )
    subprocess.run(
        [program, "-o", options, "--", path], env=environ, pass_fds=[theirs.fileno()], check=True, timeout=30
    )
    _text, ancillary, _flags, _address = ours.recvmsg(1, socket.CMSG_SPACE(4))
    return array.array("i", ancillary[0][2])[0]


def attributes(node):
    directory = node in TREE
    size = 1 << 40 if node in TEXT else 0
    mode = 0o40755 if directory else 0o100444
    return struct.pack(
        "<QQQQQQIIIIIIIIII", node, size, 0, 0, 0, 0, 0, 0, 0, mode, 2 if directory else 1, 0, 0, 0, 4096, 0
    )


def answer(opcode, node, body, kind):
    """The answer to one question of the kernel; an errno where there is none."""
    if opcode == INIT:
        return struct.pack("<IIIIHHIIHHI", 7, 31, 0x20000, 0, 12, 9, 0x20000, 1, 32, 0, 0) + b"\0" * 28
    if opcode == LOOKUP:
        child = TREE.get(node, {}).get(body.rstrip(b"\0").decode("utf-8", "replace"))
        return struct.pack("<QQQQII", child, 0, 1, 1, 0, 0) + attributes(child) if child else errno.ENOENT
    if opcode == GETATTR:
        return struct.pack("<QII", 1, 0, 0) + attributes(node)
    if opcode == STATFS:
        return struct.pack("<QQQQQIIII", 9, 9, 9, 9, 9, 4096, 255, 4096, 0) + b"\0" * 24
    if opcode in (OPEN, OPENDIR):
        return struct.pack("<QII", 0, 1, 0)  # FOPEN_DIRECT_IO
    if opcode == READ:
        _handle, offset, size = struct.unpack_from("<QQI", body)
        return b"x" * size if kind == "endless" else TEXT.get(node, b"")[offset : offset + size]
    if opcode == READDIR:
        _handle, offset, size = struct.unpack_from("<QQI", body)
        return b"".join(fit(entries(node, offset, kind), size))
    return errno.ENOSYS


def entries(node, offset, kind):
    names = [*TREE.get(node, {}).items()]
    if kind == "endless" and node == 4:
        names = [(f"web-client-{number}", 6) for number in range(offset, offset + 100)]
        offset = 0
        first = int(names[0][0].rpartition("-")[2])
    else:
        first = 0
    rows = []
    for number, (name, child) in list(enumerate(names, first + 1))[offset:]:
        raw = name.encode()
        rows.append(struct.pack("<QQII", child, number, len(raw), 4) + raw + b"\0" * (-len(raw) % 8))
    return rows


def fit(rows, size):
    for row in rows:
        if len(row) > size:
            return
        size -= len(row)
        yield row


def serve(connection, kind):
    while True:
        try:
            request = os.read(connection, 1 << 18)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.EINTR, errno.EAGAIN):
                continue
            return
        _length, opcode, unique, node = struct.unpack_from("<IIQQ", request)
        if opcode in QUIET or (kind == "silent" and opcode != INIT):
            continue
        found = answer(opcode, node, request[40:], kind)
        code, content = (-found, b"") if isinstance(found, int) else (0, found)
        try:
            os.write(connection, struct.pack("<IiQ", 16 + len(content), code, unique) + content)
        except OSError:
            continue


def main(path, kind, options):
    connection = mount(path, options)
    print("ready", flush=True)
    serve(connection, kind)


if __name__ == "__main__":
    main(*sys.argv[1:])
