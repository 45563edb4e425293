# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Objects of Kubernetes as they were read: found by kind, namespace and name, and freed of what the API server writes into them."""

from __future__ import annotations

import copy
import datetime
from typing import Any, Dict, Iterable, Mapping, NamedTuple

Object = Dict[str, Any]

WORKLOADS = ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "CronJob", "Job", "Pod")
"""The kinds that have pods, owners before what they own."""

VERSIONS = {
    "PersistentVolume": "v1",
    "PersistentVolumeClaim": "v1",
    "Endpoints": "v1",
    "Service": "v1",
    "StorageClass": "storage.k8s.io/v1",
    "Node": "v1",
    "Deployment": "apps/v1",
    "StatefulSet": "apps/v1",
    "DaemonSet": "apps/v1",
    "ReplicaSet": "apps/v1",
    "ReplicationController": "v1",
    "CronJob": "batch/v1",
    "Job": "batch/v1",
    "Pod": "v1",
}
"""The kinds that a migration reads, and the version of the API in which it asks for them; all others are passed over."""

_WITHOUT_NAMESPACE = ("PersistentVolume", "StorageClass", "Node")

_SERVER_WRITES = (
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "selfLink",
    "managedFields",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
)

_CONTROLLER_WRITES = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "deployment.kubernetes.io/revision",
    "pv.kubernetes.io/bind-completed",
    "pv.kubernetes.io/bound-by-controller",
)
"""Annotations that say how the object came to be as it is. With the last two a claim counts as bound already, and a volume made anew for it as lost."""

PROTECTION = ("kubernetes.io/pv-protection", "kubernetes.io/pvc-protection")
"""Finalizers of Kubernetes itself: a claim stays until no pod uses it, a volume until no claim does."""


class Key(NamedTuple):
    """What names an object. namespace: empty for a kind that has none."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


Objects = Dict[Key, Object]


def read(entries: Iterable[Any]) -> Objects:
    """The objects of ``entries``, lists of the API unpacked, kinds that no migration needs left out.

    Raises ValueError: which entry, which rule it breaks, what to write instead.
    """
    objects: Objects = {}
    for number, entry in enumerate(_unpacked(entries), 1):
        key = _key(entry, f"object {number}")
        if key is None:
            continue
        if key in objects and bare(objects[key]) != bare(entry):
            raise ValueError(f"{key} was read twice with different content; give one reading of it, from one cluster")
        objects[key] = entry
    return objects


def _unpacked(entries: Iterable[Any]) -> Iterable[Any]:
    for entry in entries:
        if isinstance(entry, Mapping) and str(entry.get("kind", "")).endswith("List") and "items" in entry:
            for item in entry["items"] or []:
                # Within a typed list the API leaves kind and version of its items out.
                kind = str(entry["kind"])[: -len("List")]
                yield {"kind": kind, **item} if kind and isinstance(item, Mapping) else item
        elif entry is not None:
            yield entry


def _key(entry: Any, where: str) -> Key | None:
    if not isinstance(entry, Mapping):
        raise ValueError(
            f"{where} is {_type(entry)}: must be an object of Kubernetes; give what kubectl get -o yaml writes"
        )
    kind = entry.get("kind")
    if not isinstance(kind, str) or not kind:
        raise ValueError(f"{where} has no kind; give what kubectl get -o yaml writes")
    if kind not in VERSIONS:
        return None
    meta = entry.get("metadata")
    name = meta.get("name") if isinstance(meta, Mapping) else None
    if not isinstance(name, str) or not name:
        raise ValueError(f"{where}, a {kind}, has no metadata.name; give what kubectl get -o yaml writes")
    namespace = "" if kind in _WITHOUT_NAMESPACE else meta.get("namespace")  # type: ignore[union-attr]
    if not isinstance(namespace, str) or (not namespace and kind not in _WITHOUT_NAMESPACE):
        raise ValueError(
            f"{kind} {name} has no metadata.namespace, which volumes and claims are found by; write it, as in namespace: default"
        )
    for part in ("spec", "status"):
        if not isinstance(entry.get(part, {}), Mapping):
            raise ValueError(
                f"{kind} {name}: {part} is {_type(entry[part])}: must be a mapping; give what kubectl get -o yaml writes"
            )
    return Key(kind, namespace, name)


def _type(value: Any) -> str:
    """What a value is, without its contents, which may be secret."""
    return f"of type {type(value).__name__}"


def key_of(entry: Mapping[str, Any]) -> Key:
    """The key of an object that read() has let through, or that this package made."""
    return Key(entry["kind"], entry["metadata"].get("namespace") or "", entry["metadata"]["name"])


def plain(value: Any) -> Any:
    """``value`` in the types of JSON themselves, whatever kinds of mapping, list, text and number it is made of. A time becomes its text."""
    if isinstance(value, Mapping):
        return {str.__str__(str(name)): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if value is None or isinstance(value, bool):
        return value
    kind = next((json_type for json_type in (str, int, float) if isinstance(value, json_type)), None)
    return kind(value) if kind in (int, float) else str.__str__(str(value))


def annotations_of(entry: Mapping[str, Any]) -> dict[str, str]:
    return dict(entry["metadata"].get("annotations") or {})


def labels_of(entry: Mapping[str, Any]) -> dict[str, str]:
    return dict(entry["metadata"].get("labels") or {})


def bare(entry: Mapping[str, Any]) -> Object:
    """The object as somebody could have written it: without status, and without what the API server and the controllers write.

    A volume keeps the name of its claim, not the claim's uid: with it, it would be nobody's once the claim is made anew.
    """
    stripped: Object = copy.deepcopy({name: value for name, value in entry.items() if name != "status"})
    stripped.setdefault("apiVersion", VERSIONS[stripped["kind"]])
    meta = stripped["metadata"]
    for name in _SERVER_WRITES:
        meta.pop(name, None)
    _replace(
        meta,
        "annotations",
        {name: value for name, value in annotations_of(entry).items() if name not in _CONTROLLER_WRITES},
    )
    _replace(meta, "finalizers", [name for name in meta.get("finalizers") or [] if name not in PROTECTION])
    if stripped["kind"] in ("PersistentVolume", "PersistentVolumeClaim"):
        meta.pop("ownerReferences", None)
    claim = stripped.get("spec", {}).get("claimRef")
    if claim:
        stripped["spec"]["claimRef"] = {
            name: claim[name] for name in ("apiVersion", "kind", "namespace", "name") if name in claim
        }
    return stripped


def _replace(where: dict[str, Any], name: str, value: Any) -> None:
    where.pop(name, None)
    if value:
        where[name] = value
