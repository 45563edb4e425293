# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filter ``kubernetes_failure``, a thin door to _kubernetes/failure.py. See kubernetes_failure.yml for users."""

from __future__ import annotations

from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes import failure
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.objects import plain


def kubernetes_failure(result: Any, *objects: Any) -> Any:
    """The text, which is no template whatever an API server has put into it. Raises AnsibleFilterError."""
    wanted = plain(result)
    if not isinstance(wanted, dict):
        raise AnsibleFilterError(
            f"kubernetes_failure: its input is of type {type(result).__name__}; give the result of a task"
        )
    return wrap_var(failure.text(wanted, plain(list(objects))))


class FilterModule:
    """The filters of this file, as Ansible looks for them."""

    def filters(self) -> dict[str, Any]:
        return {"kubernetes_failure": kubernetes_failure}
