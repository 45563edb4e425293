# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module against a server that speaks TLS, and a node that does or does not."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PATH, PEERS, STRANGER
from ansible_collections.evenkeel.glusterfs.tests.lab.sealed import VOLUME, server, with_certificate
from ansible_collections.evenkeel.glusterfs.tests.lab.traces import traces

SEALED = {"path": PATH, "volume": VOLUME, "servers": [STRANGER], "fstab": "none", "timeout_total": 4}


@pytest.fixture(scope="module")
def sealed(lab):
    with server(lab) as host:
        yield host


@pytest.mark.long
def test_a_node_with_tls_mounts_from_a_server_with_tls(lab, sealed):
    with with_certificate(lab.node, "node"):
        result = lab.mount(**SEALED)
        assert not result.failed, result.message
        assert result.values["server"] == STRANGER
        lab.node.write(f"{PATH}/probe", "sealed")
        assert lab.node.run("cat", f"{PATH}/probe") == "sealed"
        assert not lab.mount(**SEALED).values["changed"]


@pytest.mark.long
def test_a_node_without_tls_is_told_that_the_server_may_want_it(lab, sealed):
    result = lab.mount(**SEALED)
    assert result.failed
    assert "TLS" in result.message
    assert traces(lab.node) == []


def test_a_node_with_tls_is_told_that_the_servers_have_none(lab):
    with with_certificate(lab.node, "node"):
        result = lab.mount(**{**SEALED, "volume": "web", "servers": list(PEERS)})
    assert result.failed
    assert result.message.count("no TLS with this server") == len(PEERS)
    assert traces(lab.node) == []


@pytest.mark.long
def test_a_certificate_of_another_authority_is_refused(lab, sealed):
    with with_certificate(lab.node, "stranger"):
        result = lab.mount(**SEALED)
    assert result.failed
    assert "TLS" in result.message
    assert traces(lab.node) == []


def test_what_the_client_would_not_do_is_refused_before_any_server_is_asked(lab):
    result = lab.mount(**{**SEALED, "tls": "true"})
    assert "there is no /var/lib/glusterd/secure-access" in result.message
    with with_certificate(lab.node, "node"):
        result = lab.mount(**{**SEALED, "tls": "false"})
        assert "there is a /var/lib/glusterd/secure-access" in result.message
