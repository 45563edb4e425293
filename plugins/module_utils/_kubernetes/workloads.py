# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has pods: which volumes it uses, how it is stopped and started again, what its template becomes."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass
from typing import AbstractSet, Any, Callable, Iterator, Mapping, NamedTuple

from .in_tree_source import Source, parse
from .objects import WORKLOADS, Key, Object, Objects, annotations_of, key_of

STOPPED = "evenkeel.glusterfs/stopped"
"""Annotation of a workload that this migration has stopped: what to set again, in the words of _STOPS. So it is known who stopped it, and from what."""

_NOWHERE = {STOPPED: "true"}
"""Node selector that no node meets: it takes a DaemonSet's pods away, whatever its update strategy."""

_TEMPLATES = {"Pod": ("spec",), "CronJob": ("spec", "jobTemplate", "spec", "template", "spec")}
_ENDED = ("Succeeded", "Failed")


@dataclass(frozen=True)
class Inline:
    """A volume of a template that is of the in-tree source itself, without a claim. volume: its name in the template."""

    volume: str
    source: Source


@dataclass(frozen=True)
class Workload:
    """A workload that is nobody's but its user's.

    claims: the claims of its namespace that its pods use. by_hand: why this migration cannot stop it, empty if it can.
    """

    key: Key
    object: Object
    claims: frozenset[str]
    inline: tuple[Inline, ...]
    by_hand: str = ""

    @property
    def untouchable(self) -> bool:
        """Whether this migration cannot change its template: it is another one's, or can never be changed."""
        return bool(self.by_hand) or self.key.kind == "Job"


def find(objects: Objects) -> list[Workload]:
    """The workloads among ``objects`` that have or may have pods. What another one of them owns is that one's: a pod its ReplicaSet's.

    Raises ValueError for a broken source in a template.
    """
    workloads = []
    for kind in WORKLOADS:
        for key, entry in sorted(objects.items()):
            if key.kind != kind or ended(entry):
                continue
            owned = owner(entry)
            if owned and owned["kind"] in WORKLOADS and Key(owned["kind"], key.namespace, owned["name"]) in objects:
                continue
            workloads.append(
                Workload(key, entry, _claims(entry, key, objects), _inline(entry, key), _by_hand(entry, owned))
            )
    return workloads


def ended(entry: Mapping[str, Any]) -> bool:
    """Whether it is a pod or a job that has ended, and so holds no volume any more."""
    status = entry.get("status") or {}
    if entry["kind"] == "Pod":
        return status.get("phase") in _ENDED
    conditions = status.get("conditions") or []
    return entry["kind"] == "Job" and any(
        condition.get("type") in ("Complete", "Failed") and condition.get("status") == "True"
        for condition in conditions
    )


def owner(entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The object that controls this one, as its ownerReferences say."""
    return next(
        (reference for reference in entry["metadata"].get("ownerReferences") or [] if reference.get("controller")), None
    )


def top(entry: Mapping[str, Any], objects: Objects) -> Key:
    """What controls an object in the end, as far as it is among ``objects``: of a pod, its Deployment by way of its ReplicaSet."""
    key, owned = key_of(entry), owner(entry)
    above = Key(owned["kind"], key.namespace, owned["name"]) if owned else key
    return top(objects[above], objects) if above in objects and above != key else key


def _by_hand(entry: Mapping[str, Any], owned: Mapping[str, Any] | None) -> str:
    if "kubernetes.io/config.mirror" in annotations_of(entry):
        return f"it is a static pod of node {entry['spec'].get('nodeName', '')}; move its manifest out of the kubelet's folder and back in"
    if owned and owned["kind"] in WORKLOADS:
        return f"{owned['kind']} {owned['name']}, which owns it, was not read; scale that one to 0 and back"
    if owned:
        return f"{owned['kind']} {owned['name']} owns it and would start it again; scale it to 0 and back by that one"
    return ""


def _path(kind: str) -> tuple[str, ...]:
    return _TEMPLATES.get(kind, ("spec", "template", "spec"))


def template(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """The part of a workload that describes a pod."""
    part: Any = entry
    for name in _path(entry["kind"]):
        part = part.get(name) or {}
    return part  # type: ignore[no-any-return]


def _volumes(entry: Mapping[str, Any]) -> list[Object]:
    return list(template(entry).get("volumes") or [])


def claims_of(entry: Mapping[str, Any]) -> frozenset[str]:
    """The claims that a template names."""
    return frozenset(
        volume["persistentVolumeClaim"]["claimName"]
        for volume in _volumes(entry)
        if volume.get("persistentVolumeClaim")
    )


def claim_templates(entry: Mapping[str, Any]) -> list[Object]:
    """The templates of claims of a StatefulSet."""
    return list(entry.get("spec", {}).get("volumeClaimTemplates") or [])


def _claims(entry: Mapping[str, Any], key: Key, objects: Objects) -> frozenset[str]:
    existing = {
        other.name for other in objects if other.kind == "PersistentVolumeClaim" and other.namespace == key.namespace
    }
    made = {name for name in existing for claim in claim_templates(entry) if _made(entry, claim, {name})}
    return claims_of(entry) | made


def _inline(entry: Mapping[str, Any], key: Key) -> tuple[Inline, ...]:
    return tuple(
        Inline(
            str(volume.get("name")), parse(volume["glusterfs"], f"{key}: volume {volume.get('name')}", persistent=False)
        )
        for volume in _volumes(entry)
        if volume.get("glusterfs") is not None
    )


@dataclass(frozen=True)
class _Stop:
    """How one kind is stopped. was: what to remember of it, None where it does not run. stop: the patch of its spec. start: the one back."""

    was: Callable[[Mapping[str, Any]], str | None]
    stop: dict[str, Any]
    start: Callable[[str], dict[str, Any]]


def _replicas(spec: Mapping[str, Any]) -> str | None:
    count = spec.get("replicas", 1)
    return str(count) if count else None


_SCALED = _Stop(_replicas, {"replicas": 0}, lambda was: {"replicas": int(was)})
_SUSPENDED = _Stop(
    lambda spec: None if spec.get("suspend") else "false", {"suspend": True}, lambda was: {"suspend": False}
)
_SENT_AWAY = _Stop(
    lambda spec: None if STOPPED in (spec["template"]["spec"].get("nodeSelector") or {}) else "everywhere",
    {"template": {"spec": {"nodeSelector": _NOWHERE}}},
    lambda was: {"template": {"spec": {"nodeSelector": dict.fromkeys(_NOWHERE)}}},
)
_STOPS = {"CronJob": _SUSPENDED, "Job": _SUSPENDED, "DaemonSet": _SENT_AWAY}


def runs(entry: Mapping[str, Any]) -> bool:
    """Whether a workload asks for pods."""
    return entry["kind"] == "Pod" or _STOPS.get(entry["kind"], _SCALED).was(entry["spec"]) is not None


def stop(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The patch that stops a workload that runs(), and remembers what it was. One that has been stopped before keeps what is remembered."""
    how = _STOPS.get(entry["kind"], _SCALED)
    was = annotations_of(entry).get(STOPPED) or how.was(entry["spec"])
    return {"metadata": {"annotations": {STOPPED: was}}, "spec": how.stop}


def start(entry: Mapping[str, Any]) -> dict[str, Any] | None:
    """The patch that starts what stop() has stopped, None for a workload that somebody else has stopped, or nobody."""
    was = annotations_of(entry).get(STOPPED)
    if was is None:
        return None
    spec = {} if runs(entry) else _STOPS.get(entry["kind"], _SCALED).start(was)
    return {"metadata": {"annotations": {STOPPED: None}}, "spec": spec}


def missing(entry: Mapping[str, Any]) -> str:
    """What a workload lacks of the pods that it asks for; empty if nothing, or if its kind does not say."""
    status = entry.get("status") or {}
    if entry["kind"] in ("CronJob", "Job", "Pod"):
        return ""
    if status.get("observedGeneration", 0) < entry["metadata"].get("generation", 0):
        return "its controller has not seen the change yet"
    if entry["kind"] == "DaemonSet":
        wanted, ready = status.get("desiredNumberScheduled", 0), status.get("numberReady", 0)
    else:
        wanted, ready = entry["spec"].get("replicas", 1), status.get("readyReplicas", 0)
    return f"{ready} of {wanted} pods are ready" if ready < wanted else ""


def keeps_old_template(entry: Mapping[str, Any]) -> str:
    """Why pods of a workload may not follow a change of its template; empty if they do."""
    spec = entry["spec"]
    if entry["kind"] == "Deployment" and spec.get("paused"):
        return "it is paused"
    partition = ((spec.get("updateStrategy") or {}).get("rollingUpdate") or {}).get("partition")
    return (
        f"updateStrategy.rollingUpdate.partition is {partition}" if entry["kind"] == "StatefulSet" and partition else ""
    )


def unscheduled(entry: Object) -> Object:
    """A pod for the scheduler to place anew."""
    pod = copy.deepcopy(entry)
    pod["spec"].pop("nodeName", None)
    return pod


def converted(entry: Object, claims: Mapping[str, tuple[str, bool]], propagated: AbstractSet[str]) -> Object:
    """The workload with a template that gives its volumes what they need.

    claims: for the name of a volume of the template that is inline, the claim to use instead, and whether only to read.
    propagated: the claims whose mounts the containers are to see when they are made anew.
    """
    changed = copy.deepcopy(entry)
    through = set()
    for volume in _volumes(changed):
        if volume.get("glusterfs") is not None and volume["name"] in claims:
            name, read_only = claims[volume["name"]]
            del volume["glusterfs"]
            volume["persistentVolumeClaim"] = {"claimName": name, **({"readOnly": True} if read_only else {})}
        if (volume.get("persistentVolumeClaim") or {}).get("claimName") in propagated:
            through.add(volume["name"])
    through |= {claim["metadata"]["name"] for claim in claim_templates(changed) if _made(changed, claim, propagated)}
    for _kind, container in _containers(changed):
        for mount in container.get("volumeMounts") or []:
            if mount["name"] in through and mount.get("mountPropagation", "None") == "None":
                mount["mountPropagation"] = "HostToContainer"
    return changed


def difference(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> Object:
    """The patch that gives the template of ``now`` the volumes and the propagation of ``wanted`` and touches nothing else; empty if they agree."""
    before = {volume["name"]: volume for volume in _volumes(wanted)}
    volumes = []
    for volume in _volumes(now):
        other = before.get(volume["name"], volume)
        if ("glusterfs" in volume) != ("glusterfs" in other):
            volumes.append({**dict.fromkeys(set(volume) - set(other)), **other})
    mounts: dict[tuple[str, str], list[Object]] = {}
    before = {(container["name"], mount["mountPath"]): mount for _kind, container, mount in _mounts(wanted)}
    for kind, container, mount in _mounts(now):
        other = before.get((container["name"], mount["mountPath"]), mount)
        if mount.get("mountPropagation") != other.get("mountPropagation"):
            change = {
                "mountPath": mount["mountPath"],
                "name": mount["name"],
                "mountPropagation": other.get("mountPropagation"),
            }
            mounts.setdefault((kind, container["name"]), []).append(change)
    patch: Object = {"volumes": volumes} if volumes else {}
    for (kind, name), changes in mounts.items():
        patch.setdefault(kind, []).append({"name": name, "volumeMounts": changes})
    for name in reversed(_path(now["kind"])) if patch else ():
        patch = {name: patch}
    return patch


def _containers(entry: Mapping[str, Any]) -> Iterator[tuple[str, Object]]:
    for kind in ("initContainers", "containers"):
        for container in template(entry).get(kind) or []:
            yield kind, container


def _mounts(entry: Mapping[str, Any]) -> Iterator[tuple[str, Object, Object]]:
    for kind, container in _containers(entry):
        for mount in container.get("volumeMounts") or []:
            yield kind, container, mount


class Place(NamedTuple):
    """Where a container sees a volume. part: whether it is a directory of it only (subPath). follows: whether it sees a mount that is made anew."""

    container: str
    path: str
    part: bool
    follows: bool


def places(entry: Mapping[str, Any], names: AbstractSet[str]) -> list[Place]:
    """Where the containers of a workload see those volumes of its template that have these names."""
    return [
        Place(
            container["name"],
            mount["mountPath"],
            part=bool(mount.get("subPath") or mount.get("subPathExpr")),
            follows=mount.get("mountPropagation") in ("HostToContainer", "Bidirectional"),
        )
        for _kind, container, mount in _mounts(entry)
        if mount["name"] in names
    ]


def volume_names(entry: Mapping[str, Any], claims: AbstractSet[str]) -> frozenset[str]:
    """The names that a template has for volumes that are these claims."""
    names = {
        volume["name"]
        for volume in _volumes(entry)
        if (volume.get("persistentVolumeClaim") or {}).get("claimName") in claims
    }
    return frozenset(
        names | {claim["metadata"]["name"] for claim in claim_templates(entry) if _made(entry, claim, claims)}
    )


def _made(entry: Mapping[str, Any], claim: Mapping[str, Any], names: AbstractSet[str]) -> bool:
    """Whether one of the claims is made from this template of a StatefulSet."""
    pattern = re.compile(re.escape(f"{claim['metadata']['name']}-{entry['metadata']['name']}") + r"-\d+\Z")
    return any(pattern.match(name) for name in names)
