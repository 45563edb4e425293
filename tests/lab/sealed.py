# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A server that speaks TLS alone, and hosts that do or do not."""

from __future__ import annotations

import contextlib

from .host import ROOT
from .lab import STRANGER
from .waiting import eventually, undone

VOLUME = "sealed"
CERTIFICATES = ROOT / "tests" / "unit" / "fixtures" / "tls"
SECURE_ACCESS = "/var/lib/glusterd/secure-access"


def with_certificate(host, name):
    """A host speaks TLS, with one of the certificates of the tests."""

    def put():
        host.run("mkdir", "-p", "/usr/lib/ssl", "/var/lib/glusterd")
        for kind, file in (("pem", f"{name}.pem"), ("key", f"{name}.key"), ("ca", "ca.pem")):
            host.write(f"/usr/lib/ssl/glusterfs.{kind}", (CERTIFICATES / file).read_text())
        host.run("touch", SECURE_ACCESS)

    def remove():
        host.run("rm", "-f", SECURE_ACCESS, *(f"/usr/lib/ssl/glusterfs.{kind}" for kind in ("pem", "key", "ca")))
        host.run("rmdir", "--ignore-fail-on-non-empty", "/var/lib/glusterd")

    return undone(put, remove)


@contextlib.contextmanager
def server(lab):
    """The server outside the pool has a volume, and TLS for all who want it."""
    host = lab.host(STRANGER)

    def restart():
        host.run("systemctl", "stop", "glusterd")
        host.start_glusterd()
        eventually(lambda: "State" not in host.run("gluster", "peer", "status"), 20, "glusterd answers")

    def gluster(*words):
        host.run("gluster", "--mode=script", "volume", *words)

    host.run("sh", "-ec", "mkdir -p /bricks; mount -t tmpfs tmpfs /bricks")
    try:
        with with_certificate(host, "server"):
            restart()
            gluster("create", VOLUME, f"{STRANGER}:/bricks/{VOLUME}")
            gluster("set", VOLUME, "client.ssl", "on", "server.ssl", "on")
            gluster("start", VOLUME)
            yield host
            gluster("stop", VOLUME)
            gluster("delete", VOLUME)
    finally:
        restart()
        host.run("umount", "/bricks")
