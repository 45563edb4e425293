# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``kubernetes_volumes``, a thin door to _kubernetes/volumes.py. See kubernetes_volumes.yml for users."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.volumes import complete


def kubernetes_volumes(
    entries: Any, storage_class: str, gates: str, servers: list[str] | None = None
) -> list[dict[str, Any]]:
    """Raises AnsibleFilterError."""
    try:
        return complete(entries, storage_class, gates, servers)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from error


class FilterModule:
    """The filters of this file, as Ansible looks for them."""

    def filters(self) -> dict[str, Any]:
        return {"kubernetes_volumes": kubernetes_volumes}
