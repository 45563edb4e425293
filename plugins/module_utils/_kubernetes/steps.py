# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is to be done next: from the plan and from what the cluster has at this moment, and from nothing else.

So a run that was cut off anywhere is simply run again. The way back is the same with old and new exchanged.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import AbstractSet, Any, Callable, Iterable, Iterator, Mapping, NamedTuple

from . import patch as patches
from . import workloads
from .objects import PROTECTION, VERSIONS, WORKLOADS, Key, Object, Objects, bare, key_of
from .plan import Group, Plan, Volume
from .workloads import Workload

MOST_ROUNDS = 1000
"""Rounds of a preview, which ends long before."""

RETAIN = "retain"
STOP = "stop"
REMOVE_CLAIMS = "remove claims"
REMOVE_VOLUMES = "remove volumes"
MAKE_VOLUMES = "make volumes"
RELEASE = "release volumes"
MAKE_CLAIMS = "make claims"
TEMPLATES = "templates"
START = "start"
POLICY = "policy"


class Stopped(Exception):
    """Nothing more may be done before a person has looked. The text says at what, and what to do."""


@dataclass(frozen=True)
class Step:
    """One change of one object.

    phase: what is being done at this point of the migration. verb: patch, delete or create.
    body: the patch (a strategic merge patch), or the object to create. uid: of the object to delete, so that no other one of its name is.
    undo: how to take it back.
    """

    phase: str
    verb: str
    key: Key
    undo: str
    body: Object | None = None
    uid: str = ""

    @property
    def name(self) -> str:
        return f"{self.phase}: {self.verb} {self.key}"

    def definition(self) -> Object:
        """The object as module kubernetes.core.k8s takes it."""
        body = copy.deepcopy(self.body or {})
        meta = {"name": self.key.name, **({"namespace": self.key.namespace} if self.key.namespace else {})}
        return {
            "apiVersion": VERSIONS[self.key.kind],
            "kind": self.key.kind,
            **body,
            "metadata": {**meta, **body.get("metadata", {})},
        }


class Wait(NamedTuple):
    """What the cluster has to do before anything else can be done. kind: of the objects to look at meanwhile."""

    kind: str
    text: str


@dataclass(frozen=True)
class Advance:
    """What comes next: steps that may be taken now, in any order; or things to wait for; or neither, and all is done."""

    steps: tuple[Step, ...] = ()
    waits: tuple[Wait, ...] = ()

    @property
    def finished(self) -> bool:
        return not self.steps and not self.waits


def retain_first(plan: Plan, now: Objects, *, rollback: bool = False) -> tuple[Step, ...]:
    """The steps by which the policy of every volume that could be lost with its claim becomes Retain. Nothing else is done while there are any.

    On the way forward these are all in-tree volumes, of this plan or not, and the new ones; on the way back the new ones.
    """
    steps = []
    for key, entry in sorted(now.items()):
        if key.kind != "PersistentVolume" or not _must_be_retained(plan, key, entry, rollback):
            continue
        policy = entry["spec"].get("persistentVolumeReclaimPolicy")
        if policy != "Retain":
            body = {"spec": {"persistentVolumeReclaimPolicy": "Retain"}}
            undo = f"the policy was {policy}; the rollback sets it again, last of all"
            steps.append(Step(RETAIN, "patch", key, undo, body))
    return tuple(steps)


def _must_be_retained(plan: Plan, key: Key, entry: Object, rollback: bool) -> bool:
    if "glusterfs" in entry["spec"]:
        return not rollback
    return any(volume.key == key for volume in plan.volumes)


def advance(
    plan: Plan, targets: Objects, now: Objects, *, rollback: bool = False, taken: AbstractSet[str] = frozenset()
) -> Advance:
    """What comes next.

    targets: the new volumes and claims. now: what the cluster has. taken: names of the steps of this run, none of which may be due a second time.
    Raises Stopped.
    """
    following = _advance(plan, targets, now, rollback)
    for step in following.steps:
        if step.name in taken:
            raise Stopped(_AGAIN.get(step.phase, _UNDONE).format(key=step.key, phase=step.phase))
    return following


_UNDONE = (
    "{key}: the step '{phase}' was done, and something has undone it since: an operator, an autoscaler, a tool that applies manifests. "
    "Stop that one, and run this again"
)
_AGAIN = {
    RETAIN: "{key}: was patched to the policy Retain, and reads otherwise again. Nothing is touched before what sets it back is found and stopped"
}


def _advance(plan: Plan, targets: Objects, now: Objects, rollback: bool) -> Advance:
    unretained = retain_first(plan, now, rollback=rollback)
    if unretained:
        return Advance(unretained)
    steps: list[Step] = []
    waits: list[Wait] = []
    busy = 0
    for group in reversed(plan.groups) if rollback else plan.groups:
        following = GroupMigration(plan, group, targets, now, rollback).advance()
        steps += following.steps
        waits += following.waits
        busy += not following.finished
        if busy == plan.settings.at_once:
            break
    if not busy and rollback:
        steps += _policies(plan, now)
    return Advance(tuple(steps), tuple(waits))


def _policies(plan: Plan, now: Objects) -> Iterator[Step]:
    """The policies as they were, of volumes that are in-tree ones again or still. A new volume never gets one back."""
    for entry in plan.record:
        key = key_of(entry)
        if key.kind != "PersistentVolume" or "glusterfs" not in now.get(key, {}).get("spec", {}):
            continue
        policy = entry["spec"].get("persistentVolumeReclaimPolicy", "Retain")
        if now[key]["spec"].get("persistentVolumeReclaimPolicy") != policy:
            body = {"spec": {"persistentVolumeReclaimPolicy": policy}}
            yield Step(POLICY, "patch", key, "patch it to Retain", body)


@dataclass(frozen=True)
class GroupMigration:
    """One group on its way from old to new; on the way back old is what the migration has made, and new what there was before."""

    plan: Plan
    group: Group
    targets: Objects
    now: Objects
    rollback: bool

    def advance(self) -> Advance:
        """The first of these stages that has anything to do or to wait for."""
        if self._arrived():
            return _first(lambda: (self._start(), ()), lambda: ((), self._unready()))
        again = "make it again from the rollback folder"
        return _first(
            lambda: (self._stop(), ()),
            lambda: ((), self._pods()),
            lambda: self._remove(REMOVE_CLAIMS, self._old_claims(), again),
            lambda: self._remove(REMOVE_VOLUMES, self._old_volumes(), f"{again}; its data are untouched"),
            lambda: (self._make_volumes(), ()),
            lambda: (self._release(), ()),
            lambda: (self._make_claims(), ()),
            lambda: ((), self._unbound()),
            lambda: (self._templates(), ()),
        )

    def _arrived(self) -> bool:
        stages = (
            self._old_claims(),
            self._old_volumes(),
            self._make_volumes(),
            self._release(),
            self._make_claims(),
            self._unbound(),
            self._templates(),
        )
        return not any(list(stage) for stage in stages)

    # Volumes and claims: which of the two the cluster has.

    def _new(self, volume: Volume) -> Object | None:
        return volume.legacy if self.rollback else self.targets[volume.key]

    def _old(self, volume: Volume) -> Object | None:
        return self.targets[volume.key] if self.rollback else volume.legacy

    def _new_claim(self, volume: Volume) -> Object | None:
        if not volume.has_claim or volume.claim is None:
            return None
        return volume.claim_object if self.rollback else self.targets[volume.claim]

    def _is_new(self, volume: Volume) -> bool:
        """Whether the new volume is there. Raises Stopped where one is there that is neither."""
        current, new, old = self.now.get(volume.key), self._new(volume), self._old(volume)
        if current is None:
            return False
        if new is not None and _shows(current) == _shows(new):
            return True
        if old is not None and _shows(current) == _shows(old):
            return False
        raise Stopped(
            f"{volume.key} shows {_shows(current)}, which is neither what it was nor what it becomes, {_shows(self.targets[volume.key])}. "
            "If a run before this one had another form or root, name that one again; else see who made it"
        )

    def _claim(self, volume: Volume) -> Object | None:
        """The claim that is there. Raises Stopped where it is another volume's."""
        claim = self.now.get(volume.claim) if volume.claim and volume.has_claim else None
        if claim is not None and claim["spec"].get("volumeName", volume.name) != volume.name:
            raise Stopped(
                f"{volume.claim}: somebody has made a claim of this name for {claim['spec']['volumeName']}, where the one for {volume.key} belongs; "
                "stop who made it, delete that claim, and run this again"
            )
        return claim

    def _old_claims(self) -> Iterator[Key]:
        for volume in self.group.volumes:
            claim = self._claim(volume)
            lost = claim is not None and claim.get("status", {}).get("phase") == "Lost"
            if claim is not None and volume.claim and (lost or not self._is_new(volume)):
                yield volume.claim

    def _old_volumes(self) -> Iterator[Key]:
        return (volume.key for volume in self.group.volumes if volume.key in self.now and not self._is_new(volume))

    def _remove(self, phase: str, keys: Iterable[Key], undo: str) -> tuple[list[Step], list[Wait]]:
        steps, waits = [], []
        for key in keys:
            meta = self.now[key]["metadata"]
            if meta.get("deletionTimestamp"):
                until = (
                    " and ".join(_held(name) for name in meta.get("finalizers") or []) or "the API server has done so"
                )
                waits.append(Wait(key.kind, f"{key} is being deleted, and stays until {until}"))
            else:
                steps.append(Step(phase, "delete", key, undo, uid=meta.get("uid", "")))
        return steps, waits

    def _make_volumes(self) -> Iterator[Step]:
        for volume in self.group.volumes:
            new = self._new(volume)
            if new is not None and volume.key not in self.now:
                yield Step(MAKE_VOLUMES, "create", volume.key, "delete it; its policy is Retain", _retained(new))

    def _release(self) -> Iterator[Step]:
        """A volume that is right but still bound to a claim that is gone: it would take no other one of that name."""
        for volume in self.group.volumes:
            claim = self._claim(volume)
            bound = self.now.get(volume.key, {}).get("spec", {}).get("claimRef", {}).get("uid")
            if volume.has_claim and bound and bound != (claim or {}).get("metadata", {}).get("uid"):
                body = {"spec": {"claimRef": {"uid": None, "resourceVersion": None}}}
                yield Step(RELEASE, "patch", volume.key, "nothing: that claim is gone", body)

    def _make_claims(self) -> Iterator[Step]:
        for volume in self.group.volumes:
            new = self._new_claim(volume)
            if new is not None and volume.claim and self._claim(volume) is None:
                yield Step(MAKE_CLAIMS, "create", volume.claim, "delete it; the volume's policy is Retain", new)

    def _unbound(self) -> Iterator[Wait]:
        for volume in self.group.volumes:
            claim = self._claim(volume)
            phase = (claim or {}).get("status", {}).get("phase")
            if claim is not None and self._is_new(volume) and phase != "Bound":
                yield Wait(
                    "PersistentVolumeClaim", f"{volume.claim} is {phase or 'new'}, not yet Bound to {volume.key}"
                )

    # Workloads.

    def _controlled(self) -> Iterator[tuple[Workload, Object]]:
        """The workloads that this migration stops and starts, as they are now. One that was deleted since is left alone."""
        for user in self.group.workloads:
            if not user.by_hand and user.key in self.now:
                yield user, self.now[user.key]

    def _stop(self) -> Iterator[Step]:
        for user, entry in self._controlled():
            if user.key.kind == "Pod":
                if not workloads.ended(entry) and not entry["metadata"].get("deletionTimestamp"):
                    undo = "make it again from the rollback folder"
                    yield Step(STOP, "delete", user.key, undo, uid=entry["metadata"].get("uid", ""))
            elif workloads.runs(entry):
                undo = f"its annotation {workloads.STOPPED} says what it was"
                yield Step(STOP, "patch", user.key, undo, workloads.stop(entry))

    def _pods(self) -> Iterator[Wait]:
        """The pods that still hold a volume of this group: by claim, whoever made them, or inline, if they are of a workload of the group."""
        mine = {user.key: user for user in self.group.workloads}
        for pod in workloads.find({key: entry for key, entry in self.now.items() if key.kind == "Pod"}):
            user = mine.get(workloads.top(pod.object, self.now))
            claims = {Key("PersistentVolumeClaim", pod.key.namespace, name) for name in pod.claims}
            if claims & self.group.claims or (user and user.inline and pod.inline):
                owner = workloads.owner(pod.object)
                of = f" of {owner['kind']} {owner['name']}" if owner else ""
                ending = ", and is ending" if pod.object["metadata"].get("deletionTimestamp") else ""
                how = f"; {user.by_hand}" if user and user.by_hand else ""
                yield Wait("Pod", f"{pod.key}{of} still uses the volume{ending}{how}")

    def _templates(self) -> Iterator[Step]:
        for user, entry in self._controlled():
            if user.untouchable or user.key.kind == "Pod":
                continue
            wanted = user.object if self.rollback else self.plan.converted(user, entry)
            change = workloads.difference(entry, wanted)
            if change:
                yield Step(TEMPLATES, "patch", user.key, "the rollback sets the template's volumes again", change)

    def _start(self) -> Iterator[Step]:
        for user, entry in self._controlled():
            change = workloads.start(entry)
            if change:
                yield Step(START, "patch", user.key, "scale it to 0", change)
        for user in self.group.workloads:
            if user.key.kind == "Pod" and user.key not in self.now and not user.by_hand:
                wanted = user.object if self.rollback else self.plan.converted(user, user.object)
                yield Step(START, "create", user.key, "delete it", workloads.unscheduled(wanted))

    def _unready(self) -> Iterator[Wait]:
        """The workloads whose pods have not come up. On the way back they need not: where the plug-in is gone, they cannot."""
        for user, entry in self._controlled() if self.plan.settings.ready and not self.rollback else ():
            missing = workloads.missing(entry)
            if missing:
                yield Wait(user.key.kind, f"{user.key}: {missing}")


def _first(*stages: Callable[[], tuple[Iterable[Step], Iterable[Wait]]]) -> Advance:
    for stage in stages:
        steps, waits = stage()
        following = Advance(tuple(steps), tuple(waits))
        if not following.finished:
            return following
    return Advance()


_SOURCES = ("glusterfs", "hostPath", "local")


def _shows(entry: Mapping[str, Any]) -> str:
    """What a volume shows, in words; fields that are not said are the same as empty ones."""
    fields = []
    for name in _SOURCES:
        for field, value in sorted((entry["spec"].get(name) or {}).items()):
            if value:
                fields.append(f"{name}.{field}={value}")
    return " ".join(fields) or "another kind of volume"


def _retained(entry: Object) -> Object:
    return patches.apply(entry, {"spec": {"persistentVolumeReclaimPolicy": "Retain"}})


def _held(finalizer: str) -> str:
    if finalizer == PROTECTION[0]:
        return f"no claim is bound to it ({finalizer})"
    if finalizer == PROTECTION[1]:
        return f"no pod uses it ({finalizer})"
    return f"the controller behind the finalizer {finalizer} has let it go, which is never done here by force"


@dataclass(frozen=True)
class Preview:
    """All that is to come if nothing goes wrong. rounds: how often one has to look what comes next."""

    timeline: tuple[Step | Wait, ...]
    rounds: int


def preview(plan: Plan, targets: Objects, now: Objects, *, rollback: bool = False) -> Preview:
    """All steps in their order, and between them what is waited for. Changes nothing. Raises Stopped."""
    now = copy.deepcopy(now)
    timeline: list[Step | Wait] = []
    for rounds in range(MOST_ROUNDS):
        following = advance(plan, targets, now, rollback=rollback)
        if following.finished:
            return Preview(tuple(timeline), rounds)
        timeline += following.steps
        for step in following.steps:
            _take(step, now)
        if not following.steps:
            timeline += following.waits
            _settle(plan, now)
    raise Stopped(f"no end of steps is in sight after {MOST_ROUNDS} rounds, at: {timeline[-1]}")


def _take(step: Step, now: Objects) -> None:
    if step.verb == "create":
        now[step.key] = bare(step.body or {})
    elif step.verb == "delete":
        held = {"PersistentVolume": PROTECTION[:1], "PersistentVolumeClaim": PROTECTION[1:]}.get(step.key.kind, ())
        now[step.key]["metadata"].update(deletionTimestamp="now", finalizers=list(held))
    else:
        now[step.key] = patches.apply(now[step.key], {**(step.body or {}), "status": None})


def _settle(plan: Plan, now: Objects) -> None:
    """What a cluster and its people do meanwhile: pods end or come up, what is deleted goes, claims are bound."""
    stopped_here = {user.key for group in plan.groups for user in group.workloads if not user.by_hand}
    for key, entry in list(now.items()):
        if (key.kind == "Pod" and key not in stopped_here) or entry["metadata"].get("deletionTimestamp"):
            del now[key]
        elif key.kind == "PersistentVolumeClaim":
            entry["status"] = {"phase": "Bound"}
        elif key.kind in WORKLOADS:
            seen = entry["metadata"].get("generation", 0)
            entry["status"] = {"observedGeneration": seen, "readyReplicas": entry["spec"].get("replicas", 1)}
