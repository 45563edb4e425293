# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``server_faults``: what is wrong with the variables of role gluster_server. See server_faults.yml for users."""

from __future__ import annotations

from typing import Any, Callable, Mapping

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.server_variables import faults


def server_faults(variables: Mapping[str, Any]) -> list[str]:
    """See server_faults.yml."""
    return faults(variables)


class FilterModule:
    """The filters of this file, as Ansible looks for them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"server_faults": server_faults}
