# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Legacy manifests and what becomes of them: fixtures/kubernetes/legacy/NAME.yaml gives fixtures/kubernetes/expected/NAME.yaml.

To write what a changed engine gives into these files, and then to read every line of the difference:

    EVENKEEL_WRITE_EXPECTED=yes pytest tests/unit/plugins/filter/test_kubernetes_migration.py
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.evenkeel.glusterfs.plugins.filter.kubernetes_migration import kubernetes_migration
from ansible_collections.evenkeel.glusterfs.tests.unit import kubernetes_role

FIXTURES = Path(__file__).parents[2] / "fixtures" / "kubernetes"
NAMES = sorted(path.stem for path in (FIXTURES / "legacy").glob("*.yaml"))

SETTINGS: dict[str, dict[str, Any]] = {
    "endpoints-missing": {"servers": {"apps/named": ["gfs1.example", "gfs2.example"]}},
    "local-form": {
        "form": "local",
        "hosts": ["node1"],
        "node_affinity": {
            "required": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "gluster", "operator": "Exists"}]}]}
        },
    },
    "parent-form": {"form": "hostpath-parent"},
}


def legacy(name: str) -> list[Any]:
    return list(yaml.safe_load_all((FIXTURES / "legacy" / f"{name}.yaml").read_text()))


def result(name: str) -> dict[str, Any]:
    """What is expected of a migration, as far as a user sees it."""
    settings = SETTINGS.get(name, {})
    first = kubernetes_migration(legacy(name), settings)
    targets = kubernetes_role.manifests(first["volumes"])
    found = kubernetes_migration(legacy(name), settings, targets=targets, files=True)
    made = found["files"]["plan.md"].splitlines()
    start = made.index("## Steps, in this order") + 2
    return {
        "mounts": found["mounts"],
        "manifests": [
            entry
            for path in ("volumes", "workloads")
            for entry in yaml.safe_load_all(found["files"][f"manifests/{path}.yaml"])
        ],
        "steps": [
            line.partition(". ")[2].partition(". Undo")[0]
            for line in made[start : made.index("", start)]
            if line != "Nothing."
        ],
        "unsupported": [f"{row['about']}: {row['reason']}. Instead: {row['instead']}." for row in found["unsupported"]],
        "notes": [f"{note['about']}: {note['text']}." for note in found["notes"]],
    }


class _Indented(yaml.SafeDumper):
    """Lists further to the right than what they belong to, as everywhere in this repository."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


@pytest.mark.parametrize("name", NAMES)
def test_a_legacy_manifest_becomes_what_is_expected(name: str) -> None:
    path = FIXTURES / "expected" / f"{name}.yaml"
    found = result(name)
    if os.environ.get("EVENKEEL_WRITE_EXPECTED"):
        path.write_text("---\n" + yaml.dump(found, Dumper=_Indented, sort_keys=False, width=120))
    assert found == yaml.safe_load(path.read_text())
