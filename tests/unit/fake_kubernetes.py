# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Kubernetes cluster in memory, as far as volumes and those who use them go: an API server, and controllers that work when tick() lets them.

It loses data where a real one would: the claim of a volume of policy Delete goes while the old plug-in is there, or that of a hostPath volume of policy
Recycle. Claims and volumes stay while they are protected; pods take a tick to end.
"""

from __future__ import annotations

import builtins
import copy
from typing import Any, Callable, Dict, Tuple

Object = Dict[str, Any]
Id = Tuple[str, str, str]  # kind, namespace, name

_PODS_OF = ("ReplicaSet", "ReplicationController", "StatefulSet", "DaemonSet", "Job")
_PROTECTED = {
    "PersistentVolume": "kubernetes.io/pv-protection",
    "PersistentVolumeClaim": "kubernetes.io/pvc-protection",
}
_DEFAULTS: dict[str, Object] = {
    **dict.fromkeys(("Deployment", "ReplicaSet", "ReplicationController", "StatefulSet"), {"replicas": 1}),
    **dict.fromkeys(("CronJob", "Job"), {"suspend": False}),
}
_MERGED = {"volumes": "name", "containers": "name", "initContainers": "name", "volumeMounts": "mountPath"}


class ApiError(Exception):
    """What the API server answers in place of doing it. code: the HTTP status."""

    def __init__(self, code: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.code, self.reason = code, reason


class FakeCluster:
    """objects: by kind, namespace, name. lost: GlusterFS volumes whose files the cluster has deleted.

    plugin: whether it still has the in-tree plug-in, as before 1.26. refuse: asked before each change, raises ApiError to refuse it.
    """

    def __init__(
        self, objects: builtins.list[Object], *, plugin: bool = True, nodes: tuple[dict[str, str], ...] = ({},)
    ) -> None:
        self.objects: dict[Id, Object] = {}
        self.plugin = plugin
        self.nodes = nodes
        self.lost: list[str] = []
        self.changes: list[str] = []
        self.refuse: Callable[[str, Id, Object], None] = lambda verb, key, body: None
        self._count = 0
        for entry in objects:
            self._store(copy.deepcopy(entry))
        self._adopt()
        self.tick()

    # The API.

    def list(self) -> builtins.list[Object]:
        return [copy.deepcopy(entry) for _key, entry in sorted(self.objects.items())]

    def get(self, kind: str, namespace: str, name: str) -> Object:
        try:
            return copy.deepcopy(self.objects[kind, namespace, name])
        except KeyError:
            raise ApiError(404, "NotFound", f"{kind} {namespace}/{name} not found") from None

    def create(self, entry: Object) -> Object:
        key = _id(entry)
        self._asked("create", key, entry)
        if key in self.objects:
            raise ApiError(409, "AlreadyExists", f"{key} already exists")
        for name in ("uid", "resourceVersion"):
            if entry["metadata"].get(name):
                raise ApiError(400, "BadRequest", f"{name} must not be set on objects to be created")
        self._store(copy.deepcopy(entry))
        return self.get(*key)

    def patch(self, kind: str, namespace: str, name: str, body: Object) -> Object:
        """A strategic merge patch."""
        self._asked("patch", (kind, namespace, name), body)
        before = self.get(kind, namespace, name)
        after = _merged(before, body)
        if kind == "Job" and before["spec"].get("template") != after["spec"].get("template"):
            raise ApiError(422, "Invalid", f"Job {name}: spec.template: field is immutable")
        if kind == "PersistentVolume" and any(
            before["spec"].get(key) != after["spec"].get(key) for key in ("glusterfs", "hostPath", "local")
        ):
            raise ApiError(
                422, "Invalid", f"PersistentVolume {name}: spec.persistentvolumesource is immutable after creation"
            )
        for volume in (
            _template(after).get("volumes") or [] if kind in (*_PODS_OF, "Deployment", "CronJob", "Pod") else []
        ):
            if len(set(volume) - {"name"}) != 1:
                raise ApiError(
                    422,
                    "Invalid",
                    f"{kind} {name}: volume {volume['name']} must have one source, has {sorted(set(volume) - {'name'})}",
                )
        if after.get("spec") != before.get("spec"):
            after["metadata"]["generation"] = before["metadata"].get("generation", 1) + 1
        self.objects[kind, namespace, name] = after
        self._touch(after)
        return self.get(kind, namespace, name)

    def delete(self, kind: str, namespace: str, name: str, uid: str = "") -> None:
        key = (kind, namespace, name)
        self._asked("delete", key, {})
        entry = self.objects.get(key)
        if entry is None:
            raise ApiError(404, "NotFound", f"{key} not found")
        if uid and entry["metadata"]["uid"] != uid:
            raise ApiError(
                409,
                "Conflict",
                f"the UID in the precondition ({uid}) does not match the UID in record ({entry['metadata']['uid']})",
            )
        if entry["metadata"].get("finalizers") or kind == "Pod":
            entry["metadata"].setdefault("deletionTimestamp", "2026-01-01T00:00:00Z")
            self._touch(entry)
        else:
            del self.objects[key]

    def _asked(self, verb: str, key: Id, body: Object) -> None:
        self.refuse(verb, key, body)
        self.changes.append(f"{verb} {key[0]} {key[1] + '/' if key[1] else ''}{key[2]}")

    def _store(self, entry: Object) -> None:
        self._count += 1
        meta = entry["metadata"]
        meta["uid"] = f"00000000-0000-0000-0000-{self._count:012d}"
        meta["creationTimestamp"] = "2026-01-01T00:00:00Z"
        meta.setdefault("generation", 1)
        if entry["kind"] in _PROTECTED:
            finalizers = [name for name in meta.get("finalizers") or [] if name != _PROTECTED[entry["kind"]]]
            meta["finalizers"] = [_PROTECTED[entry["kind"]], *finalizers]
        for name, value in _DEFAULTS.get(entry["kind"], {}).items():
            entry["spec"].setdefault(name, value)
        self.objects[_id(entry)] = entry
        self._touch(entry)

    def _touch(self, entry: Object) -> None:
        self._count += 1
        entry["metadata"]["resourceVersion"] = str(self._count)

    # The controllers.

    def _adopt(self) -> None:
        """References by uid in what was read hold in this cluster, too."""
        for key, entry in list(self.objects.items()):
            claim = entry.get("spec", {}).get("claimRef") if key[0] == "PersistentVolume" else None
            if claim and claim.get("uid"):
                other = self.objects.get(("PersistentVolumeClaim", claim["namespace"], claim["name"]))
                claim["uid"] = other["metadata"]["uid"] if other else "gone"
            for owner in entry["metadata"].get("ownerReferences") or []:
                other = self.objects.get((owner["kind"], key[1], owner["name"]))
                owner["uid"] = other["metadata"]["uid"] if other else owner["uid"]

    def tick(self) -> None:
        """Let every controller work once."""
        self._end_pods()
        for key in sorted(self.objects):
            if key[0] == "Deployment":
                self._replica_set(key)
        for key in sorted(self.objects):
            if key[0] in _PODS_OF:
                self._pods(key)
        self._protect()
        self._bind()
        self._reclaim()

    def settle(self) -> None:
        for _round in range(5):
            self.tick()

    def _end_pods(self) -> None:
        for key, entry in list(self.objects.items()):
            if key[0] == "Pod" and entry["metadata"].get("deletionTimestamp"):
                del self.objects[key]
            elif key[0] == "Pod":
                entry.setdefault("status", {}).setdefault("phase", "Running")

    def _owned(self, key: Id, kind: str) -> builtins.list[Id]:
        return [
            other
            for other, entry in sorted(self.objects.items())
            if other[0] == kind
            and other[1] == key[1]
            and any(
                (owner["kind"], owner["name"]) == (key[0], key[2])
                for owner in entry["metadata"].get("ownerReferences") or []
            )
        ]

    def _own(self, key: Id) -> builtins.list[Object]:
        return [
            {
                "apiVersion": "x",
                "kind": key[0],
                "name": key[2],
                "uid": self.objects[key]["metadata"]["uid"],
                "controller": True,
            }
        ]

    def _replica_set(self, key: Id) -> None:
        entry = self.objects[key]
        sets = self._owned(key, "ReplicaSet")
        current = [
            other
            for other in sets
            if self.objects[other]["spec"]["template"]["spec"] == entry["spec"]["template"]["spec"]
        ]
        if not current:
            name = f"{key[2]}-{self._count}"
            spec = {"replicas": 0, "template": copy.deepcopy(entry["spec"]["template"])}
            meta = {"name": name, "namespace": key[1], "ownerReferences": self._own(key)}
            self._store({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": meta, "spec": spec})
            current = [("ReplicaSet", key[1], name)]
        for other in [*sets, *current]:
            self.objects[other]["spec"]["replicas"] = entry["spec"].get("replicas", 1) if other == current[0] else 0
        entry["status"] = {
            "observedGeneration": entry["metadata"]["generation"],
            "readyReplicas": sum(
                self.objects[other].get("status", {}).get("readyReplicas", 0)
                for other in self._owned(key, "ReplicaSet")
            ),
        }

    def _pods(self, key: Id) -> None:
        entry = self.objects[key]
        if key[0] == "DaemonSet":
            selector = entry["spec"]["template"]["spec"].get("nodeSelector") or {}
            wanted = sum(all(node.get(name) == value for name, value in selector.items()) for node in self.nodes)
        elif key[0] == "Job":
            ended = any(
                each["type"] in ("Complete", "Failed") for each in entry.get("status", {}).get("conditions", [])
            )
            wanted = 0 if entry["spec"].get("suspend") or ended else 1
        else:
            wanted = entry["spec"].get("replicas", 1)
        pods = [
            other for other in self._owned(key, "Pod") if not self.objects[other]["metadata"].get("deletionTimestamp")
        ]
        running = [
            other for other in pods if self.objects[other].get("status", {}).get("phase") not in ("Succeeded", "Failed")
        ]
        for other in running[wanted:]:
            self.objects[other]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        for _number in range(wanted - len(running)):
            spec = copy.deepcopy(entry["spec"]["template"]["spec"])
            self._count += 1
            name = f"{key[2]}-{self._count}"
            for claim in entry["spec"].get("volumeClaimTemplates") or []:
                volume = {
                    "name": claim["metadata"]["name"],
                    "persistentVolumeClaim": {"claimName": f"{claim['metadata']['name']}-{key[2]}-0"},
                }
                spec.setdefault("volumes", []).append(volume)
            meta = {"name": name, "namespace": key[1], "ownerReferences": self._own(key)}
            self._store(
                {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": spec, "status": {"phase": "Pending"}}
            )
        ready = 0
        for other in self._owned(key, "Pod"):
            pod = self.objects[other]
            if pod["status"]["phase"] == "Pending" and self._startable(pod):
                pod["status"]["phase"] = "Running"
            ready += pod["status"]["phase"] == "Running" and not pod["metadata"].get("deletionTimestamp")
        entry["status"] = {
            **entry.get("status", {}),
            "observedGeneration": entry["metadata"]["generation"],
            "readyReplicas": ready,
        }
        if key[0] == "DaemonSet":
            entry["status"].update(desiredNumberScheduled=wanted, numberReady=ready)

    def _startable(self, pod: Object) -> bool:
        """Whether all volumes of a pod can be mounted."""
        for volume in pod["spec"].get("volumes") or []:
            if "glusterfs" in volume and not self.plugin:
                return False
            claim = volume.get("persistentVolumeClaim")
            if claim:
                found = self.objects.get(("PersistentVolumeClaim", pod["metadata"]["namespace"], claim["claimName"]))
                if not found or found.get("status", {}).get("phase") != "Bound":
                    return False
                source = self.objects.get(("PersistentVolume", "", found["spec"]["volumeName"]), {}).get("spec", {})
                if "glusterfs" in source and not self.plugin:
                    return False
        return True

    def _protect(self) -> None:
        for key, entry in list(self.objects.items()):
            if key[0] not in _PROTECTED or not entry["metadata"].get("deletionTimestamp"):
                continue
            if not self._used(key, entry):
                entry["metadata"]["finalizers"] = [
                    name for name in entry["metadata"]["finalizers"] if name != _PROTECTED[key[0]]
                ]
            if not entry["metadata"]["finalizers"]:
                del self.objects[key]

    def _used(self, key: Id, entry: Object) -> bool:
        if key[0] == "PersistentVolume":
            return bool(entry.get("status", {}).get("phase") == "Bound")
        pods = [
            pod
            for other, pod in self.objects.items()
            if other[:2] == ("Pod", key[1]) and pod.get("status", {}).get("phase") not in ("Succeeded", "Failed")
        ]
        return any(
            (volume.get("persistentVolumeClaim") or {}).get("claimName") == key[2]
            for pod in pods
            for volume in pod["spec"].get("volumes") or []
        )

    def _bind(self) -> None:
        for key, entry in sorted(self.objects.items()):
            if key[0] != "PersistentVolumeClaim":
                continue
            volume = self.objects.get(("PersistentVolume", "", entry["spec"].get("volumeName", "")))
            bound = entry.get("status", {}).get("phase") == "Bound"
            reference: Object | None = volume["spec"].get("claimRef") if volume else None
            mine = not reference or (reference["namespace"], reference["name"]) == key[1:]
            same = not reference or reference.get("uid", entry["metadata"]["uid"]) == entry["metadata"]["uid"]
            if volume is None:
                entry["status"] = {"phase": "Lost" if bound else entry.get("status", {}).get("phase", "Pending")}
            elif mine and same and entry.get("status", {}).get("phase") != "Lost":
                volume["spec"]["claimRef"] = {
                    "apiVersion": "v1",
                    "kind": "PersistentVolumeClaim",
                    "namespace": key[1],
                    "name": key[2],
                    "uid": entry["metadata"]["uid"],
                }
                volume["status"] = {"phase": "Bound"}
                entry["status"] = {"phase": "Bound"}
            else:
                entry["status"] = {"phase": "Lost" if bound else "Pending"}

    def _reclaim(self) -> None:
        for key, entry in sorted(self.objects.items()):
            reference = entry["spec"].get("claimRef") if key[0] == "PersistentVolume" else None
            if not reference or not reference.get("uid"):
                if key[0] == "PersistentVolume":
                    entry["status"] = {"phase": "Available"}
                continue
            claim = self.objects.get(("PersistentVolumeClaim", reference["namespace"], reference["name"]))
            if claim and claim["metadata"]["uid"] == reference["uid"]:
                continue
            policy, source = entry["spec"].get("persistentVolumeReclaimPolicy"), entry["spec"]
            entry["status"] = {"phase": "Released"}
            if policy == "Delete" and "glusterfs" in source and self.plugin:
                self.lost.append(source["glusterfs"]["path"])
                entry["metadata"]["finalizers"] = []
                del self.objects[key]
            elif policy == "Recycle" and "hostPath" in source:
                self.lost.append(source["hostPath"]["path"])
            elif policy != "Retain":
                entry["status"] = {"phase": "Failed", "message": "no volume plugin matched"}


def _id(entry: Object) -> Id:
    return (entry["kind"], entry["metadata"].get("namespace") or "", entry["metadata"]["name"])


def _template(entry: Object) -> Object:
    spec: Object = entry.get("spec") or {}
    if entry["kind"] == "Pod":
        return spec
    spec = spec.get("jobTemplate", {}).get("spec", spec)
    return dict((spec.get("template") or {}).get("spec") or {})


def _merged(value: Any, patch: Any) -> Any:
    """The strategic merge of the API, written apart from the engine's, which it tests."""
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    found = copy.deepcopy(value) if isinstance(value, dict) else {}
    for name, item in patch.items():
        if item is None:
            found.pop(name, None)
        elif isinstance(item, list) and name in _MERGED:
            by = {each[_MERGED[name]]: each for each in found.get(name) or []}
            for each in item:
                by[each[_MERGED[name]]] = _merged(by.get(each[_MERGED[name]], {}), each)
            found[name] = list(by.values())
        else:
            found[name] = _merged(found.get(name), item)
    return found
