# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The manifests that role gluster_kubernetes makes, by its own templates and defaults, without a play."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import lookup_loader
from ansible.template import Templar

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.volumes import complete

ROLE = Path(__file__).parents[2] / "roles" / "gluster_kubernetes"


_rendered: dict[str, str] = {}


def manifests(volumes: list[dict[str, Any]], **variables: Any) -> list[dict[str, Any]]:
    """The objects that the role makes of ``gluster_kubernetes_volumes``; no StorageClass unless ``variables`` say one."""
    asked = json.dumps([volumes, variables])
    if asked not in _rendered:
        _rendered[asked] = _render(volumes, variables)
    return [entry for entry in yaml.safe_load_all(_rendered[asked]) if entry]


def _render(volumes: list[dict[str, Any]], variables: dict[str, Any]) -> str:
    loader = DataLoader()
    known: dict[str, Any] = {"playbook_dir": "/playbooks"}
    for name in ("defaults", "vars"):
        known.update(loader.load_from_file(str(ROLE / name / "main.yml"), trusted_as_template=True))
    known.update({"gluster_kubernetes_storage_class": "", **variables, "gluster_kubernetes_volumes": volumes})
    # The filter that the role calls is not to be had without Ansible's loader of collections; what it calls is.
    known["gluster_kubernetes_complete"] = complete(
        volumes,
        known["gluster_kubernetes_storage_class"],
        known["gluster_kubernetes_gates"],
        known["gluster_kubernetes_spc_servers"] if known["gluster_kubernetes_spc"] else None,
    )
    known["ansible_search_path"] = [str(ROLE)]
    lookup = lookup_loader.get("template", loader=loader, templar=Templar(loader=loader, variables=known))
    return str(lookup.run(["manifests.yml.j2"], variables=known)[0] or "")
