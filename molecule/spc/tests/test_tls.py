# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A container's client before a server that speaks TLS: with the certificate of its host, which no image holds."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import STRANGER
from ansible_collections.evenkeel.glusterfs.tests.lab.sealed import CERTIFICATES, VOLUME, server, with_certificate

PATH = "/srv/sealed"
SEALED = {"path": PATH, "volume": VOLUME, "servers": [STRANGER], "timeout_total": 15}


@pytest.fixture(scope="module")
def sealed(lab):
    with server(lab) as host:
        yield host


def test_a_host_with_a_certificate_mounts_and_comes_back_after_a_kill(bare, sealed):
    with with_certificate(bare.host, "node"):
        done = bare.mount(**SEALED)
        assert not done.failed, done.values
        bare.host.write(f"{PATH}/{bare.host.name}", "sealed")
        assert sealed.run("cat", f"/bricks/{VOLUME}/{bare.host.name}") == "sealed"
        assert not bare.mount(**SEALED).values["changed"]
        bare.run("kill", "-KILL", str(bare.status(PATH)["pid"]))
        assert not bare.mount(**SEALED).failed
        assert bare.run("cat", f"{PATH}/{bare.host.name}") == "sealed"
        assert bare.mount(path=PATH, state="absent").values["changed"]
    assert bare.traces(PATH) == []


def test_a_mount_that_outlives_its_container_has_the_certificates_of_a_secret(bare, sealed):
    """As a DaemonSet gets them: a folder that is mounted into the container. The host itself has none."""
    folder = "/run/certificates"
    bare.run("mkdir", "-p", "-m", "700", folder)
    for kind, file in (("pem", "node.pem"), ("key", "node.key"), ("ca", "ca.pem")):
        bare.host.write(f"{folder}/glusterfs.{kind}", (CERTIFICATES / file).read_text())
    with bare.outliving("/srv/secret", f"{STRANGER}:/{VOLUME}", "--tls=/tls", volumes=[f"{folder}:/tls:ro"]) as asker:
        bare.run("podman", "rm", "--force", "--time=2", asker)
        bare.host.write("/srv/secret/after", "sealed, and the container is gone")
        assert sealed.run("cat", f"/bricks/{VOLUME}/after") == "sealed, and the container is gone"
    bare.run("rm", "-r", folder)


def test_a_host_without_one_is_told_that_the_server_may_want_tls(bare, sealed):
    done = bare.mount(**SEALED)
    assert done.failed
    assert "TLS" in done.message
    assert bare.traces(PATH) == []
