# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what a cluster has of the in-tree volumes to what it gets in their place: mounts, volumes, claims, and what does not fit through."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from typing import Any, Iterable, Mapping, NamedTuple, Sequence

from .._gluster import validate
from .._mount import model
from . import in_tree_source as sources
from . import workloads
from .in_tree_source import Source
from .objects import Key, Object, Objects, annotations_of, bare, labels_of
from .workloads import Workload

PLUGIN = "kubernetes.io/glusterfs"
"""Name of the in-tree plug-in, as provisioner of a StorageClass and in annotations."""

FORMS = ("hostpath", "hostpath-parent", "local")
"""What a pod gets: the mount point, the directory above it, the mount point on named nodes. See role gluster_kubernetes."""

LEAF = "data"
"""The mount point's own name. The directory above it belongs to the volume alone."""

COVER = model.COVER
"""Mount option: a mount that has died is covered by the new one, which containers then see that have bound the mount point itself."""

_MODES = ("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany")

_CLASS = "volume.beta.kubernetes.io/storage-class"
_OPTIONS = "volume.beta.kubernetes.io/mount-options"
_ACTING = (
    "pv.kubernetes.io/provisioned-by",
    "pv.kubernetes.io/migrated-to",
    "volume.kubernetes.io/storage-provisioner",
    "volume.beta.kubernetes.io/storage-provisioner",
    "volume.kubernetes.io/selected-node",
    _CLASS,
    _OPTIONS,
)
"""Annotations by which controllers act, and which no longer hold: the first one makes Kubernetes look for the old plug-in to delete a volume."""


@dataclass(frozen=True)
class Settings:
    """The user's choices. See check()."""

    root: str = "/var/lib/evenkeel.glusterfs/volumes"
    form: str = "hostpath"
    servers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    capacity: str = "1Gi"
    propagation: bool = True
    node_affinity: Mapping[str, Any] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    at_once: int = 1
    ready: bool = True


def check(params: Mapping[str, Any]) -> Settings:
    """Check the settings. Raises ValueError: which value, which rule it breaks, what to write instead.

    root: directory on the nodes for the mounts. form: one of FORMS. servers: for an Endpoints object, as namespace/name, the servers to use in place of
    what it says. only: names of the volumes to migrate, all if empty. capacity: of volumes that were inline and had none. propagation: whether containers
    are to see a mount that is made anew. node_affinity: for the form local. hosts: nodes that get the mounts, by the names that the cluster has for them.
    at_once: how many groups of workloads may stand still at the same time. ready: whether the pods of one have to be ready before the next one is stopped.
    """
    unknown = sorted(set(params) - set(Settings.__dataclass_fields__))
    if unknown:
        raise ValueError(f"{unknown[0]} is no setting; there are {', '.join(Settings.__dataclass_fields__)}")
    default = Settings()
    root = validate.check_path(params.get("root", default.root), "root", default.root)
    if "tmp" in root.split("/"):
        raise ValueError(
            f"root {root!r}: Kubernetes deletes what a hostPath volume shows below a tmp directory if its policy is Delete; name another one"
        )
    form = params.get("form", default.form)
    if form not in FORMS:
        raise ValueError(f"form {form!r}: must be one of {', '.join(FORMS)}")
    affinity = params.get("node_affinity") or {}
    if form == "local" and not affinity:
        raise ValueError(
            "form 'local' needs node_affinity, the nodes that have the mounts, as in spec.nodeAffinity of a PersistentVolume"
        )
    at_once = params.get("at_once", default.at_once)
    if not isinstance(at_once, int) or at_once < 1:
        raise ValueError(f"at_once {at_once!r}: must be a whole number from 1")
    return Settings(
        root=root,
        form=form,
        servers={name: _servers(name, servers) for name, servers in (params.get("servers") or {}).items()},
        only=frozenset(params.get("only") or ()),
        capacity=str(params.get("capacity", default.capacity)),
        propagation=bool(params.get("propagation", default.propagation)),
        node_affinity=affinity,
        hosts=frozenset(params.get("hosts") or ()),
        at_once=at_once,
        ready=bool(params.get("ready", default.ready)),
    )


def _servers(name: str, servers: Any) -> tuple[str, ...]:
    if name.count("/") != 1:
        raise ValueError(
            f"servers: {name!r} must be the namespace and the name of an Endpoints object, as in default/glusterfs-cluster"
        )
    if not isinstance(servers, (list, tuple)) or not servers:
        raise ValueError(f"servers of {name}: {servers!r} must be a list that is not empty, as in [gfs1, gfs2]")
    return tuple(
        str(server) for server in validate.check_servers([str(server) for server in servers], f"servers of {name}")
    )


class Note(NamedTuple):
    """What a person should know of an object."""

    about: str
    text: str


class Unsupported(NamedTuple):
    """What cannot be carried over: which object, why, and what to do about it."""

    about: str
    reason: str
    instead: str


@dataclass(frozen=True)
class Volume:
    """One volume to carry over.

    legacy, claim_object: the PersistentVolume and its claim as they were, bare; None where there was none, as with an inline source.
    claim: the claim that the volume is kept for.
    """

    name: str
    source: Source
    servers: tuple[str, ...]
    opts: tuple[str, ...]
    read_only: bool
    legacy: Object | None
    claim: Key | None
    claim_object: Object | None

    @property
    def key(self) -> Key:
        return Key("PersistentVolume", "", self.name)

    @property
    def has_claim(self) -> bool:
        """Whether there is a claim to be made. One that a volume is kept for need not be there."""
        return self.claim is not None and (self.claim_object is not None or self.legacy is None)


@dataclass(frozen=True)
class Group:
    """Volumes and workloads that hang together, so that they stand still together."""

    volumes: tuple[Volume, ...]
    workloads: tuple[Workload, ...]

    @property
    def claims(self) -> frozenset[Key]:
        return frozenset(volume.claim for volume in self.volumes if volume.claim)


@dataclass(frozen=True)
class Plan:
    """The whole. record: the originals, bare, with all that a plan is made of. unused: what nobody needs once all is done."""

    settings: Settings
    groups: tuple[Group, ...]
    notes: tuple[Note, ...]
    unsupported: tuple[Unsupported, ...]
    record: tuple[Object, ...]
    unused: tuple[Key, ...]

    @property
    def volumes(self) -> tuple[Volume, ...]:
        return tuple(volume for group in self.groups for volume in group.volumes)

    def mounts(self) -> list[dict[str, Any]]:
        """The mounts that every node needs: entries of gluster_client_mounts."""
        return [
            {
                "path": mount_path(volume, self.settings),
                "volume": volume.source.volume,
                "subdir": volume.source.subdir,
                "servers": list(volume.servers),
                "opts": [*volume.opts, *((COVER,) if self.settings.form == "hostpath" else ())],
            }
            for volume in self.volumes
        ]

    def entries(self) -> list[dict[str, Any]]:
        """The volumes and claims: entries of gluster_kubernetes_volumes."""
        return [_entry(volume, self.settings) for volume in self.volumes]

    def converted(self, workload: Workload, entry: Object) -> Object:
        """``entry``, the workload as it is now, with the template that fits the new volumes."""
        named = {
            volume.source: volume
            for volume in self.volumes
            if volume.legacy is None and _namespace(volume) == workload.key.namespace
        }
        claims = {
            inline.volume: (named[inline.source].claim.name, inline.source.read_only)  # type: ignore[union-attr]
            for inline in workload.inline
            if inline.source in named
        }
        mine = {
            volume.claim.name
            for volume in self.volumes
            if volume.claim and volume.claim.namespace == workload.key.namespace
        }
        return workloads.converted(entry, claims, mine if self.settings.propagation else frozenset())


def _namespace(volume: Volume) -> str:
    return volume.claim.namespace if volume.claim else ""


def mount_path(volume: Volume, settings: Settings) -> str:
    return f"{settings.root}/{volume.name}/{LEAF}"


def _entry(volume: Volume, settings: Settings) -> dict[str, Any]:
    old = volume.legacy or {"metadata": {}, "spec": {}}
    spec = old["spec"]
    entry: dict[str, Any] = {
        "name": volume.name,
        "path": mount_path(volume, settings),
        "form": settings.form,
        "capacity": str(spec.get("capacity", {}).get("storage", settings.capacity)),
        "access_modes": list(spec.get("accessModes") or ["ReadOnlyMany" if volume.read_only else "ReadWriteMany"]),
        "storage_class": _storage_class(old),
        "labels": labels_of(old),
        "annotations": _passive(old),
    }
    affinity = settings.node_affinity if settings.form == "local" else spec.get("nodeAffinity")
    if affinity:
        entry["node_affinity"] = affinity
    if volume.claim:
        entry["claim"] = {"name": volume.claim.name, "namespace": volume.claim.namespace}
        if volume.claim_object:
            claim = volume.claim_object
            entry["claim"].update(
                labels=labels_of(claim),
                annotations=_passive(claim),
                access_modes=list(claim["spec"].get("accessModes") or entry["access_modes"]),
                capacity=str(claim["spec"].get("resources", {}).get("requests", {}).get("storage", entry["capacity"])),
            )
    return entry


def _storage_class(entry: Mapping[str, Any]) -> str:
    return str(annotations_of(entry).get(_CLASS) or entry["spec"].get("storageClassName") or "")


def _passive(entry: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in annotations_of(entry).items() if name not in _ACTING}


def make(objects: Objects, settings: Settings) -> Plan:
    """Plan the migration of all in-tree volumes among ``objects``. Raises ValueError for a broken one."""
    return _Planner(objects, settings).plan()


class _Planner:
    """What is gathered on the way through the objects."""

    def __init__(self, objects: Objects, settings: Settings) -> None:
        self.objects = objects
        self.settings = settings
        self.notes: list[Note] = []
        self.unsupported: list[Unsupported] = []
        self.used: dict[Key, None] = {}

    def plan(self) -> Plan:
        legacy = {
            key: entry
            for key, entry in sorted(self.objects.items())
            if key.kind == "PersistentVolume" and "glusterfs" in entry["spec"]
        }
        for name in sorted(self.settings.only - {key.name for key in legacy}):
            raise ValueError(
                f"only: {name!r} is no PersistentVolume with the in-tree source; there are {', '.join(key.name for key in legacy) or 'none'}"
            )
        volumes = [volume for key, entry in legacy.items() for volume in self._persistent(key, entry)]
        volumes = [volume for volume in volumes if not self.settings.only or volume.name in self.settings.only]
        users = [replace(user, object=bare(user.object)) for user in workloads.find(self.objects)]
        # One that is asked for by name is a trial: inline sources wait for the whole.
        volumes += [] if self.settings.only else self._inline(users)
        claims = {volume.claim for volume in volumes}
        users = [user for user in users if user.inline and not self.settings.only or _claims(user) & claims]
        self._about_workloads(users, claims)
        users = [user if not user.untouchable else replace(user, inline=()) for user in users]
        self._about_cluster()
        groups = _groups(volumes, users)
        recorded = [*legacy, *self.used, *(user.key for user in users)]
        recorded += [volume.claim for volume in volumes if volume.claim_object and volume.claim]
        return Plan(
            settings=self.settings,
            groups=groups,
            notes=tuple(self.notes),
            unsupported=tuple(self.unsupported),
            record=tuple(bare(self.objects[key]) for key in dict.fromkeys(recorded)),
            unused=tuple(self.used),
        )

    def _note(self, about: Any, text: str) -> None:
        self.notes.append(Note(str(about), text))

    def _unsupported(self, about: Any, reason: str, instead: str) -> None:
        self.unsupported.append(Unsupported(str(about), reason, instead))

    def _persistent(self, key: Key, entry: Object) -> Iterable[Volume]:
        spec = entry["spec"]
        source = sources.parse(spec["glusterfs"], f"{key}: spec", persistent=True)
        _check_size(key, spec)
        self._about_policy(key, entry)
        claim, claim_object = self._claim(key, spec.get("claimRef"))
        reason = self._unfit(claim, claim_object, spec)
        servers = () if reason else self._servers(key, source, claim.namespace if claim else "")
        given = list(spec.get("mountOptions") or []) + annotations_of(entry).get(_OPTIONS, "").split(",")
        options = sources.Options((), (), ())
        try:
            options = sources.convert(given)
        except ValueError as error:
            instead = "mend spec.mountOptions, or make the volume anew by role gluster_kubernetes"
            reason = reason or (f"its mount options: {error}", instead)
        if reason:
            self._unsupported(key, *reason)
        if reason or not servers:
            return
        for option, why in options.dropped:
            self._note(key, f"mount option {option} is not carried over: {why}")
        read_only = source.read_only or "ro" in options.opts
        if source.read_only:
            self._note(
                key,
                "readOnly: the plug-in ignored this field of a PersistentVolume; now it holds, and whoever wrote all the same gets EROFS",
            )
        self._about_volume(key, entry, claim, claim_object)
        yield Volume(
            name=key.name,
            source=source,
            servers=tuple(dict.fromkeys(servers + options.servers)),
            opts=_opts(options.opts, read_only),
            read_only=read_only,
            legacy=bare(entry),
            claim=claim,
            claim_object=claim_object and bare(claim_object),
        )

    def _unfit(self, claim: Key | None, claim_object: Object | None, spec: Mapping[str, Any]) -> tuple[str, str] | None:
        """Why a volume cannot be carried over at all, and what to do instead."""
        if spec.get("volumeMode", "Filesystem") != "Filesystem":
            return (
                f"volumeMode is {spec['volumeMode']}, and GlusterFS gives a file system",
                "make a new volume of mode Filesystem",
            )
        owners = claim_object["metadata"].get("ownerReferences") or [] if claim_object else []
        if any(owner["kind"] == "Pod" for owner in owners):
            return (
                f"its {claim} belongs to a pod, and goes with it",
                "nothing: its data stay, since the policy is Retain, until you delete them",
            )
        return None

    def _claim(self, key: Key, reference: Any) -> tuple[Key | None, Object | None]:
        """The claim that a volume is kept for, and the object if it is there and means this volume."""
        if not reference:
            return None, None
        claim = Key("PersistentVolumeClaim", reference.get("namespace") or "", reference.get("name") or "")
        if not claim.namespace or not claim.name:
            raise ValueError(f"{key}: spec.claimRef has no namespace or no name; give what kubectl get -o yaml writes")
        entry = self.objects.get(claim)
        return claim, entry if entry and entry["spec"].get("volumeName", key.name) == key.name else None

    def _servers(self, about: Key, source: Source, namespace: str) -> tuple[str, ...]:
        """The servers of a source used in ``namespace``; none, and a word about it, where they are not known."""
        where = source.namespace or namespace
        if not where:
            namespaces = sorted(
                key.namespace for key in self.objects if key.kind == "Endpoints" and key.name == source.endpoints
            )
            if len(namespaces) != 1:
                self._unsupported(
                    about,
                    f"it has no claim and no endpointsNamespace, and Endpoints {source.endpoints} is in {len(namespaces)} namespaces",
                    "name the namespace by spec.glusterfs.endpointsNamespace, or delete the volume if nobody needs it",
                )
                return ()
            where = namespaces[0]
        key = Key("Endpoints", where, source.endpoints)
        for also in (key, Key("Service", where, source.endpoints)):
            if also in self.objects:
                self.used[also] = None
        named = f"{where}/{source.endpoints}"
        if named in self.settings.servers:
            return self.settings.servers[named]
        addresses = sources.addresses(self.objects[key], str(key)) if key in self.objects else sources.Addresses((), ())
        if addresses.not_ready:
            self._note(
                about,
                f"{key} says that {', '.join(addresses.not_ready)} is not ready; it is tried like the others, since a mount is proven anyway",
            )
        if not addresses.ready + addresses.not_ready:
            why = "has no addresses" if key in self.objects else "is not there"
            self._unsupported(
                about, f"{key}, which names its servers, {why}", f"say them by servers, as in {{{named}: [gfs1, gfs2]}}"
            )
        return addresses.ready + addresses.not_ready

    def _about_policy(self, key: Key, entry: Object) -> None:
        policy = entry["spec"].get("persistentVolumeReclaimPolicy", "Retain")
        if policy != "Retain":
            danger = _POLICIES.get(policy, "what that does to data is not known")
            self._note(key, f"its policy is {policy} and becomes Retain, for good: {danger}")

    def _about_volume(self, key: Key, entry: Object, claim: Key | None, claim_object: Object | None) -> None:
        meta = entry["metadata"]
        if claim and not claim_object:
            gone = "has moved on to another volume" if claim in self.objects else "is gone"
            self._note(
                key,
                f"its {claim} {gone}; the new volume is kept for a claim of that name, so that nobody else gets its data",
            )
        marks = annotations_of(entry)
        if marks.get("pv.kubernetes.io/provisioned-by") == PLUGIN or "gluster.kubernetes.io/heketi-volume-id" in marks:
            text = "heketi made it and will not be told of anything any more; delete the volume there, by its id in the annotations, when nobody needs it"
            self._note(key, text)
        custom = bare(entry)["metadata"].get("finalizers")
        if custom:
            self._note(
                key,
                f"the finalizers {', '.join(custom)} are not carried over, and it is not gone before their controllers have taken them away",
            )
        if meta.get("ownerReferences"):
            self._note(key, "its ownerReferences are not carried over")
        if claim is None:
            self._note(key, "it has no claim, and neither has the new one: whoever claims it gets its data, as before")
        if claim_object:
            spec = claim_object["spec"]
            for name in ("selector", "dataSource", "dataSourceRef"):
                if spec.get(name):
                    self._note(claim, f"{name} is not carried over: it counts only until a claim has its volume")
            if claim_object["metadata"].get("ownerReferences"):
                self._note(
                    claim, "its ownerReferences are not carried over; a StatefulSet that wants them sets them again"
                )

    def _inline(self, users: Sequence[Workload]) -> list[Volume]:
        volumes: dict[tuple[str, Source], Volume] = {}
        for user in users:
            for inline in user.inline:
                place = (user.key.namespace, inline.source)
                if place in volumes:
                    continue
                servers = self._servers(user.key, inline.source, user.key.namespace)
                if not servers:
                    continue
                slug = _slug(inline.source)
                volumes[place] = Volume(
                    name=f"gluster-{user.key.namespace}-{slug}",
                    source=inline.source,
                    servers=servers,
                    opts=_opts((), inline.source.read_only),
                    read_only=inline.source.read_only,
                    legacy=None,
                    claim=Key("PersistentVolumeClaim", user.key.namespace, f"gluster-{slug}"),
                    claim_object=None,
                )
        return [volume for _place, volume in sorted(volumes.items(), key=lambda item: item[1].name)]

    def _about_workloads(self, users: Sequence[Workload], claims: Any) -> None:
        for user in users:
            if user.by_hand:
                self._note(user.key, f"has to be stopped and started by hand: {user.by_hand}")
            if user.inline and user.untouchable:
                why = (
                    "its template belongs to another one" if user.by_hand else "the template of a Job cannot be changed"
                )
                self._unsupported(
                    user.key,
                    f"{why}, and names the in-tree source itself",
                    "write the claim of the new volume there in its place",
                )
            mine = {claim.name for claim in _claims(user) & claims}
            inlined = {inline.volume for inline in user.inline}
            for place in workloads.places(user.object, workloads.volume_names(user.object, mine) | inlined):
                self._note(user.key, self._about_place(user, place))
            old = workloads.keeps_old_template(user.object)
            if old and not user.untouchable:
                self._note(user.key, f"{old}, so that pods may come up with the old template")
            if (
                self.settings.form == "local"
                and (workloads.template(user.object).get("securityContext") or {}).get("fsGroup") is not None
            ):
                self._note(
                    user.key,
                    "fsGroup: with a local volume the kubelet changes the group of every file of it, which the in-tree plug-in never did",
                )

    def _about_place(self, user: Workload, place: workloads.Place) -> str:
        """What becomes of one place where a container sees a volume."""
        where = f"{place.path} of container {place.container}"
        moves = self.settings.form == "hostpath-parent"
        to = f"{place.path.rstrip('/')}/{LEAF}"
        content = (
            f"the content moves to {to}, which the application has to know"
            if moves
            else "the content stays where it is"
        )
        follows = place.follows or (self.settings.propagation and not user.untouchable)
        if follows and not place.part and self.settings.form != "local":
            return f"{where}: {content}. When the node's mount has died, the new one is seen there"
        why = " (subPath)" if place.part else ""
        return f"{where}: {content}. When the node's mount has died, the new one is not seen before the pod is made anew{why}"

    def _about_cluster(self) -> None:
        for key, entry in sorted(self.objects.items()):
            if key.kind == "StorageClass" and entry.get("provisioner") == PLUGIN:
                self._unsupported(
                    key,
                    "it makes volumes by heketi through the plug-in, which Kubernetes 1.26 and newer have not; claims of it wait for ever",
                    "make volumes by module volume and PersistentVolumes by role gluster_kubernetes",
                )
            if key.kind == "Node" and self.settings.hosts and key.name not in self.settings.hosts:
                self._note(
                    key,
                    "is none of the hosts that get the mounts, so pods that land there do not start; add it, or keep them away by a node selector",
                )
            if key.kind == "PersistentVolumeClaim" and self._lost(entry):
                self._unsupported(
                    key,
                    f"its volume {entry['spec']['volumeName']} was not read",
                    "its data are where they were; make the volume anew by role gluster_kubernetes",
                )

    def _lost(self, entry: Object) -> bool:
        volume = entry["spec"].get("volumeName")
        made = annotations_of(entry).get("volume.beta.kubernetes.io/storage-provisioner") or annotations_of(entry).get(
            "volume.kubernetes.io/storage-provisioner"
        )
        return bool(volume) and made == PLUGIN and Key("PersistentVolume", "", volume) not in self.objects


_POLICIES = {
    "Delete": "with the plug-in, the claim's end is the end of the data; without it the volume ends as Failed",
    "Recycle": "on a hostPath volume it means that a pod deletes all files, as soon as the claim is gone",
}


def _check_size(key: Key, spec: Mapping[str, Any]) -> None:
    capacity = spec.get("capacity")
    if not isinstance(capacity, Mapping) or not capacity.get("storage"):
        raise ValueError(f"{key}: spec.capacity.storage is missing; write its size, as in 10Gi")
    modes = spec.get("accessModes")
    if not isinstance(modes, list) or not modes or not all(mode in _MODES for mode in modes):
        raise ValueError(
            f"{key}: spec.accessModes is {modes!r}: must be a list of {', '.join(_MODES)}, which is what the plug-in knew"
        )


def _opts(opts: Sequence[str], read_only: bool) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("ro", *opts))) if read_only else tuple(opts)


def _slug(source: Source) -> str:
    """A name for an inline source, which names none: legible, and not the same for two that differ."""
    text = re.sub(r"[^a-z0-9]+", "-", source.path.lower()).strip("-")[:40].rstrip("-")
    digest = hashlib.sha256(repr(source).encode()).hexdigest()[:6]
    return f"{text}-{digest}" if text else digest


def _claims(user: Workload) -> frozenset[Key]:
    return frozenset(Key("PersistentVolumeClaim", user.key.namespace, name) for name in user.claims)


def _groups(volumes: Sequence[Volume], users: Sequence[Workload]) -> tuple[Group, ...]:
    """Volumes and workloads, grouped by who uses what; in the order of the volumes."""
    home: dict[Any, Any] = {}

    def top(item: Any) -> Any:
        while home.get(item, item) != item:
            item = home[item]
        return item

    named: dict[Any, Key] = {volume.claim: volume.key for volume in volumes if volume.claim}
    named.update(
        {
            (volume.claim.namespace, volume.source): volume.key
            for volume in volumes
            if volume.legacy is None and volume.claim
        }
    )
    for user in users:
        used = [*sorted(_claims(user)), *((user.key.namespace, inline.source) for inline in user.inline)]
        for item in used:
            if item in named:
                home[top(named[item])] = top(user.key)
    members: dict[Any, tuple[list[Volume], list[Workload]]] = {}
    for volume in volumes:
        members.setdefault(top(volume.key), ([], []))[0].append(volume)
    for user in users:
        if top(user.key) in members:
            members[top(user.key)][1].append(user)
    return tuple(Group(tuple(mine), tuple(theirs)) for mine, theirs in members.values())
