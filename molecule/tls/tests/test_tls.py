# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers and nodes after converge.yml, and again after renew.yml."""

from __future__ import annotations

import subprocess

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, from_environment
from ansible_collections.evenkeel.glusterfs.tests.lab.inspected import inspected

SSL = "/usr/lib/ssl"


@pytest.mark.parametrize("name", PEERS)
def test_a_key_is_for_root_alone_and_glusterd_speaks_tls_with_a_certificate_of_the_authority(name):
    host = inspected(name)
    assert host.file(f"{SSL}/glusterfs.key").mode == 0o600
    said = host.check_output(
        f"openssl s_client -connect {name}:24007 -CAfile {SSL}/glusterfs.ca -verify_return_error "
        f"-cert {SSL}/glusterfs.pem -key {SSL}/glusterfs.key </dev/null 2>&1"
    )
    assert "Verify return code: 0 (ok)" in said


@pytest.mark.parametrize("name", PEERS)
def test_what_glusterd_and_bricks_show_is_the_certificate_that_lies_there(name):
    host = inspected(name)
    wanted = host.check_output(f"openssl x509 -noout -serial -in {SSL}/glusterfs.pem")
    status = host.check_output(f"gluster --mode=script --xml volume status web {name}:/bricks/web")
    port = status.split("<path>/bricks/web</path>")[1].split("<port>")[1].split("<")[0]
    for where in (24007, port):
        shown = host.check_output(
            f"openssl s_client -connect {name}:{where} -cert {SSL}/glusterfs.pem -key {SSL}/glusterfs.key </dev/null 2>/dev/null"
            " | openssl x509 -noout -serial"
        )
        assert shown == wanted


def test_a_node_with_a_certificate_reads_and_writes():
    node = inspected("node1")
    assert node.mount_point("/srv/web").filesystem == "fuse.glusterfs"
    node.check_output("sh -c 'echo sealed >/srv/web/probe'")
    assert node.file("/srv/web/probe").content_string == "sealed\n"


def test_a_node_without_one_is_told_of_tls_and_mounts_nothing():
    said = mount("node2")
    assert "FAILED" in said
    assert "TLS" in said
    assert not inspected("node2").mount_point("/srv/web").exists


def mount(name):
    arguments = {"path": "/srv/web", "volume": "web", "servers": list(PEERS), "fstab": "none", "timeout_total": 5}
    argv = from_environment().task(name, "evenkeel.glusterfs.mount", **arguments)
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False).stdout
