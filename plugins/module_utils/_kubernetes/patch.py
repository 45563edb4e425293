# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The strategic merge patch of Kubernetes, as far as a migration needs it: to show what a patch will make of an object."""

from __future__ import annotations

import copy
from typing import Any, Mapping

_KEYS = {"volumes": "name", "containers": "name", "initContainers": "name", "volumeMounts": "mountPath"}
"""Lists that are merged entry by entry, and the field that tells the entries apart (``patchMergeKey`` in the API's types); others are replaced."""


def apply(value: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """``value`` with ``patch`` merged into it: mappings by name, a None takes away, the lists above by their key."""
    merged = copy.deepcopy(dict(value))
    for name, item in patch.items():
        if item is None:
            merged.pop(name, None)
        elif isinstance(item, Mapping):
            merged[name] = apply(merged.get(name) or {}, item)
        elif isinstance(item, list) and name in _KEYS:
            merged[name] = _entries(merged.get(name) or [], item, _KEYS[name])
        else:
            merged[name] = copy.deepcopy(item)
    return merged


def _entries(values: list[dict[str, Any]], patches: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    merged = list(values)
    for patch in patches:
        places = [place for place, value in enumerate(merged) if value.get(key) == patch[key]]
        if places:
            merged[places[0]] = apply(merged[places[0]], patch)
        else:
            merged.append(apply({}, patch))
    return merged
