# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import written

REQUEST = {
    "signature_valid": True,
    "subject_ordered": [["commonName", "gfs1"]],
    "subject_alt_name": ["DNS:gfs1"],
    "extensions_by_oid": {"2.5.29.17": {"critical": False, "value": ""}},
}
CONSTRAINTS = {"2.5.29.19": {"critical": True, "value": "MAMBAf8="}}


@pytest.mark.parametrize(
    ("differs", "signed"),
    [
        ({}, True),
        ({"extensions_by_oid": {**REQUEST["extensions_by_oid"], **CONSTRAINTS}}, False),
        ({"extensions_by_oid": {}, "subject_alt_name": None}, False),
        ({"subject_ordered": [["commonName", "gfs2"]]}, False),
        ({"subject_ordered": [["organizationName", "x"], ["commonName", "gfs1"]]}, False),
        ({"subject_alt_name": ["DNS:gfs1", "DNS:gfs2"]}, False),
        ({"subject_alt_name": ["IP:192.0.2.1"]}, False),
        ({"signature_valid": False}, False),
    ],
)
def test_the_authority_signs_nothing_but_a_key_for_the_name_in_the_inventory(differs, signed):
    path = "roles/gluster_tls/tasks/sign_request.yml"
    refuse = written.task(path, "Refuse to sign more than a key for the name in the inventory")
    known = {"inventory_hostname": "gfs1", "gluster_tls_request_info": {**REQUEST, **differs}}
    assert written.holds(refuse["ansible.builtin.assert"], "that", **known) == signed


@pytest.mark.parametrize(
    ("known", "wanted"),
    [
        ({"gluster_tls_ca_stat": {"stat": {"exists": False}}}, ["CA:TRUE", "pathlen:0"]),
        (
            {
                "gluster_tls_ca_stat": {"stat": {"exists": True}},
                "gluster_tls_ca_info": {"basic_constraints": ["CA:TRUE"]},
            },
            ["CA:TRUE"],
        ),
    ],
    ids=["a new one", "one of before"],
)
def test_an_authority_signs_no_authorities_and_one_of_before_is_not_made_anew(known, wanted):
    say = written.task("roles/gluster_tls/tasks/create_authority.yml", "Create a request for its certificate")
    assert written.value(say["community.crypto.openssl_csr_pipe"], "basic_constraints", **known) == wanted
