# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers and a node after given.yml has given one of the servers a certificate."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, from_environment
from ansible_collections.evenkeel.glusterfs.tests.lab.inspected import inspected

SSL = "/usr/lib/ssl"
SCENARIO = Path(__file__).resolve().parents[1]
GIVEN = Path(os.environ["MOLECULE_EPHEMERAL_DIRECTORY"]) / "given"


def test_the_certificate_that_is_given_is_the_one_that_glusterd_shows():
    host = inspected("gfs1")
    assert host.file(f"{SSL}/glusterfs.pem").content_string == (GIVEN / "gfs1.pem").read_text()
    assert host.file(f"{SSL}/glusterfs.key").content_string == (GIVEN / "gfs1.key").read_text()
    assert host.file(f"{SSL}/glusterfs.key").mode == 0o600
    shown = host.check_output(
        f"openssl s_client -connect gfs1:24007 -cert {SSL}/glusterfs.pem -key {SSL}/glusterfs.key </dev/null 2>/dev/null"
        " | openssl x509 -noout -serial"
    )
    assert shown == host.check_output(f"openssl x509 -noout -serial -in {SSL}/glusterfs.pem")


@pytest.mark.parametrize("name", PEERS)
def test_all_that_runs_has_read_the_certificate_that_lies_there(name):
    """On gfs2 a run was cut off before it restarted anything, on gfs3 nothing but glusterd was restarted."""
    written, *begun = (
        inspected(name)
        .check_output(f"stat --format %.9Y {SSL}/glusterfs.pem /run/glusterd.pid /run/gluster/vols/web/*.pid")
        .split()
    )
    assert len(begun) == 2
    assert all(float(moment) > float(written) for moment in begun)


def test_the_others_keep_theirs_and_all_are_a_pool():
    assert inspected("gfs2").file(f"{SSL}/glusterfs.pem").content_string != (GIVEN / "gfs1.pem").read_text()
    for name in PEERS:
        said = inspected(name).check_output("gluster --mode=script --xml pool list")
        assert said.count("<connected>1</connected>") == len(PEERS)


def test_a_node_still_reads_and_writes():
    node = inspected("node1")
    node.check_output("sh -c 'echo given >/srv/web/given'")
    assert node.file("/srv/web/given").content_string == "given\n"


def test_where_one_server_cannot_be_restarted_none_gets_another_certificate():
    """It is the first server that finds so, and has to tell the others."""
    inspected("gfs2").check_output(f"touch {SSL}/glusterfs.pem")
    host = inspected("gfs3")
    host.check_output("sh -c 'kill $(cat /run/gluster/vols/web/*.pid)'")
    playbook = SCENARIO / "converge.yml"
    argv = from_environment().playbook(playbook, "--limit=peers", gluster_server_timeout_heal=5)
    try:
        said = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False).stdout
    finally:
        host.check_output("gluster --mode=script volume start web force")
    assert "Restart servers that do not trust it yet" in said
    assert "Have the authority sign a certificate" not in said, said
