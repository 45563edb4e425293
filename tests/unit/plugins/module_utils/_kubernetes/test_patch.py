# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes import patch

POD = {"containers": [{"name": "a", "image": "x", "volumeMounts": [{"mountPath": "/d", "name": "v"}]}, {"name": "b"}]}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, POD),
        (
            {"containers": [{"name": "b", "image": "y"}]},
            {"containers": [POD["containers"][0], {"name": "b", "image": "y"}]},
        ),
        (
            {
                "containers": [
                    {
                        "name": "a",
                        "volumeMounts": [
                            {"mountPath": "/d", "mountPropagation": "None"},
                            {"mountPath": "/e", "name": "w"},
                        ],
                    }
                ]
            },
            {
                "containers": [
                    {
                        "name": "a",
                        "image": "x",
                        "volumeMounts": [
                            {"mountPath": "/d", "name": "v", "mountPropagation": "None"},
                            {"mountPath": "/e", "name": "w"},
                        ],
                    },
                    {"name": "b"},
                ]
            },
        ),
        ({"containers": None, "replicas": 0}, {"replicas": 0}),
        ({"metadata": {"annotations": {"a": "b", "c": None}}}, {**POD, "metadata": {"annotations": {"a": "b"}}}),
        ({"args": ["x"], "volumes": [{"name": "n"}]}, {**POD, "args": ["x"], "volumes": [{"name": "n"}]}),
    ],
)
def test_a_patch_shows_what_the_api_would_make_of_it(change, expected):
    assert patch.apply(POD, change) == expected


def test_a_patch_leaves_what_it_is_applied_to_as_it_is():
    before = {"metadata": {"labels": {"a": "b"}}, "volumes": [{"name": "v", "glusterfs": {}}]}
    after = patch.apply(
        before, {"metadata": {"labels": {"a": None}}, "volumes": [{"name": "v", "glusterfs": None, "hostPath": {}}]}
    )
    assert after == {"metadata": {"labels": {}}, "volumes": [{"name": "v", "hostPath": {}}]}
    assert before == {"metadata": {"labels": {"a": "b"}}, "volumes": [{"name": "v", "glusterfs": {}}]}
