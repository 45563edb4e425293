# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Volumes of role gluster_kubernetes: what a user says of them, checked, with nothing left out."""

from __future__ import annotations

import os.path
import re
from collections import Counter
from typing import Any, Mapping, Sequence

from .._host.immutable import SEAL
from .._mount import model

PARENT, LOCAL = "hostpath-parent", "local"

_DEFAULTS: Mapping[str, Any] = {
    "form": PARENT,
    "gate": True,
    "read_only": False,
    "labels": {},
    "annotations": {},
    "claim": {},
    "node_affinity": {},
    "volume": "",
    "subdir": "",
    "servers": [],
    "opts": [],
}
_CLAIM_DEFAULTS: Mapping[str, Any] = {"namespace": "default", "labels": {}, "annotations": {}}

_NAME = re.compile(r"[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?", re.ASCII)
_QUANTITY = re.compile(r"[0-9]+(\.[0-9]+)?([kMGTPE]|[KMGTPE]i)?", re.ASCII)
_TRUE = ("true", "yes", "on", "1", "y", "t")
_FALSE = ("false", "no", "off", "0", "n", "f")
_MOUNTED = ".meta"
"""A directory that every live GlusterFS mount shows in its root, and nothing else does; it can be looked up and is not listed."""


def complete(
    entries: Sequence[Mapping[str, Any]], storage_class: str, gates: str, servers: Sequence[str] | None = None
) -> list[dict[str, Any]]:
    """The entries of gluster_kubernetes_volumes, each with all of its fields and these:

    node_path: the path of the PersistentVolume on the nodes. gate: what the symbolic link there leads to, "" where there is none.
    content: the volume's content below the directory that a pod gets, "" where it is that directory.
    source, options: what the DaemonSet mounts at its path, as in fstab, where there is one.

    storage_class: of entries that name none. gates: the directory of the links. servers: of entries that name none, None where there is no DaemonSet.
    Raises ValueError: which value, which rule it breaks, what to write instead.
    """
    volumes = [_complete(entry, storage_class, gates) for entry in entries]
    _once("this name", [volume["name"] for volume in volumes])
    claims = [volume["claim"] for volume in volumes if volume["claim"]]
    _once("this claim (namespace/name)", [f"{claim['namespace']}/{claim['name']}" for claim in claims])
    for volume in volumes:
        _check(volume, {other["path"] for other in volumes} - {volume["path"]})
    if servers is not None:
        _mount(volumes, servers)
    return volumes


def _complete(entry: Mapping[str, Any], storage_class: str, gates: str) -> dict[str, Any]:
    given = {name: value for name, value in entry.items() if value is not None}
    volume = {**_DEFAULTS, "storage_class": storage_class, **given}
    for name in ("gate", "read_only"):
        volume[name] = _boolean(volume[name], f"{volume['name']}: {name}")
    volume.setdefault("access_modes", ["ReadOnlyMany" if volume["read_only"] else "ReadWriteMany"])
    parent = volume["form"] == PARENT
    path = volume["path"] = os.path.normpath(volume["path"]) if ".." not in volume["path"] else volume["path"]
    gated = volume["gate"]
    volume["gate"] = f"{path}/{_MOUNTED}/..{'/..' if parent else ''}" if gated else ""
    volume["node_path"] = f"{gates}/{volume['name']}" if gated else os.path.dirname(path) if parent else path
    volume["content"] = os.path.basename(path) if parent else ""
    if volume["claim"]:
        claim = {**_CLAIM_DEFAULTS, "capacity": volume["capacity"], "access_modes": volume["access_modes"]}
        volume["claim"] = {**claim, **{name: value for name, value in volume["claim"].items() if value is not None}}
    return volume


def _boolean(value: Any, where: str) -> bool:
    """What Ansible calls a boolean, which comes as text from the command line. Raises ValueError."""
    word = str(value).lower()
    if word not in _TRUE + _FALSE:
        raise ValueError(f"{where}: {value}: not a boolean; write true or false")
    return word in _TRUE


def _mount(volumes: Sequence[dict[str, Any]], servers: Sequence[str]) -> None:
    """Say what the DaemonSet mounts for each volume, and see that it is one thing at each path."""
    at: dict[str, dict[str, Any]] = {}
    sealed = {volume["path"] for volume in volumes if volume["form"] == PARENT}
    for volume in volumes:
        inside = "/".join(part for part in (volume["volume"], volume["subdir"]) if part)
        volume["source"] = f"{','.join(volume['servers'] or servers)}:/{inside}"
        cover = [] if volume["form"] == LOCAL else [model.COVER]
        cover += [SEAL] if volume["path"] in sealed else []
        only_read = ["ro"] if volume["read_only"] else []
        volume["options"] = ",".join(dict.fromkeys([*volume["opts"], *cover, *only_read]))
        first = at.setdefault(volume["path"], volume)
        if any(volume[name] != first[name] for name in ("source", "options")):
            raise ValueError(
                f"{first['name']} and {volume['name']}: both have path {volume['path']}, where the DaemonSet would mount {first['source']} with options "
                f"'{first['options']}' for one and {volume['source']} with options '{volume['options']}' for the other; say the same volume, subdir, servers, "
                "opts, read_only and form of both, or give each a path of its own"
            )


def _once(what: str, names: Sequence[str]) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"{twice[0]}: two entries of gluster_kubernetes_volumes have {what}; give each its own")


def _check(volume: Mapping[str, Any], others: set[str]) -> None:
    name, path, claim = volume["name"], volume["path"], volume["claim"]
    for part in (name, *((claim["namespace"], claim["name"]) if claim else ())):
        if not _NAME.fullmatch(part):
            raise ValueError(
                f"{part}: not a name that Kubernetes takes; write lower-case letters, digits, - and . only, with a letter or digit first and last, "
                "at most 253 of them"
            )
    parent = os.path.dirname(path)
    if not path.startswith("/") or path.startswith("//") or path == "/" or ".." in path.split("/"):
        raise ValueError(f"{name}: path {path}: write an absolute path without .., such as /srv/gluster/{name}/data")
    if volume["form"] == PARENT:
        seen = sorted(other for other in others if other.startswith(parent.rstrip("/") + "/"))
        if parent == "/" or seen:
            raise ValueError(
                f"{name}: path {path}: with form {PARENT}, pods see all of {parent}{' with ' + ', '.join(seen) if seen else ''}; mount each volume in a "
                f"directory of its own, such as /srv/gluster/{name}/data"
            )
    for size in (volume["capacity"], *([claim["capacity"]] if claim else [])):
        if not _QUANTITY.fullmatch(size):
            raise ValueError(
                f"{name}: capacity {size}: not a quantity of Kubernetes; write a number and a unit, such as 10Gi"
            )
    if volume["read_only"] and volume["access_modes"] != ["ReadOnlyMany"]:
        raise ValueError(
            f"{name}: read_only together with access_modes {', '.join(volume['access_modes'])}; leave access_modes out"
        )
    if claim and not set(claim["access_modes"]) <= set(volume["access_modes"]):
        raise ValueError(
            f"{name}: its claim asks for access_modes {', '.join(claim['access_modes'])}, the volume has "
            f"{', '.join(volume['access_modes'])}; ask for some of those"
        )
    if volume["form"] == LOCAL and not volume["node_affinity"].get("required", {}).get("nodeSelectorTerms"):
        raise ValueError(
            f"{name}: form {LOCAL} without node_affinity.required.nodeSelectorTerms, which Kubernetes demands of a local volume; name the nodes that have "
            "the mount, by label kubernetes.io/hostname for one"
        )
    for texts in (volume["labels"], volume["annotations"], *((claim["labels"], claim["annotations"]) if claim else ())):
        for key, value in texts.items():
            if not isinstance(value, str):
                raise ValueError(f"{name}: {key}: {value}: a label or annotation must be text; put it in quotes")
