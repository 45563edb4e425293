# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The in-tree volume source ``glusterfs``: what its fields mean, which servers stand behind it, which mount gives the same.

Fields: GlusterfsVolumeSource (in a pod) and GlusterfsPersistentVolumeSource (in a PersistentVolume) of core/v1. What became of them:
``pkg/volume/glusterfs/glusterfs.go`` of Kubernetes 1.25, the last release that had the plug-in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Mapping, Sequence

from .._gluster import options, validate
from .._gluster.server import Server

_FIELDS = ("endpoints", "path", "readOnly")


@dataclass(frozen=True)
class Source:
    """One source, read.

    endpoints: name of the Endpoints object. namespace: its namespace if the source says it, else empty: the namespace of the pod.
    subdir: directory of the volume, empty for its root.
    """

    endpoints: str
    namespace: str
    volume: str
    subdir: str
    read_only: bool

    @property
    def path(self) -> str:
        return f"{self.volume}/{self.subdir}" if self.subdir else self.volume


def parse(value: Any, where: str, *, persistent: bool) -> Source:
    """Read the source of a PersistentVolume, or of a pod's volume. Raises ValueError: which value, which rule, what to write instead."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{where}.glusterfs is {value!r}: must be a mapping with endpoints and path")
    for name in value:
        if name not in _FIELDS and not (persistent and name == "endpointsNamespace"):
            raise ValueError(
                f"{where}.glusterfs.{name}: is no field of this source, which has {', '.join(_FIELDS)}; take it out"
            )
    endpoints, path, read_only = value.get("endpoints"), value.get("path"), value.get("readOnly", False)
    namespace = value.get("endpointsNamespace")
    if not isinstance(endpoints, str) or not endpoints:
        raise ValueError(
            f"{where}.glusterfs.endpoints is {endpoints!r}: must be the name of an Endpoints object, as in glusterfs-cluster"
        )
    if not isinstance(path, str) or not path.strip("/"):
        raise ValueError(
            f"{where}.glusterfs.path is {path!r}: must be a volume and, after a slash, a directory of it, as in web/sites"
        )
    if namespace is not None and (not isinstance(namespace, str) or not namespace):
        raise ValueError(
            f"{where}.glusterfs.endpointsNamespace is {namespace!r}: must be a namespace, and the plug-in refused an empty one; name it, or leave the field out"
        )
    if not isinstance(read_only, bool):
        raise ValueError(f"{where}.glusterfs.readOnly is {read_only!r}: must be true or false, without quotes")
    volume, _slash, subdir = path.strip("/").partition("/")
    try:
        return Source(
            endpoints, namespace or "", validate.check_volume(volume), validate.check_subdir(subdir), read_only
        )
    except ValueError as error:
        raise ValueError(f"{where}.glusterfs.path is {path!r}: {error}") from error


@dataclass(frozen=True)
class Addresses:
    """The servers of an Endpoints object, in its order, each once. The plug-in used the ready ones only."""

    ready: tuple[str, ...]
    not_ready: tuple[str, ...]


def addresses(endpoints: Mapping[str, Any], where: str) -> Addresses:
    """Read an Endpoints object. Its hostnames are labels, not names to resolve, so the addresses count. Raises ValueError."""
    listed: dict[str, list[str]] = {"addresses": [], "notReadyAddresses": []}
    for number, subset in enumerate(endpoints.get("subsets") or []):
        for field, servers in listed.items():
            for address in subset.get(field) or []:
                servers.append(_server(address.get("ip"), f"{where}: subsets[{number}].{field}"))
    ready = tuple(dict.fromkeys(listed["addresses"]))
    return Addresses(
        ready, tuple(server for server in dict.fromkeys(listed["notReadyAddresses"]) if server not in ready)
    )


def _server(text: Any, where: str) -> str:
    try:
        return str(Server.parse(str(text or "")))
    except ValueError as error:
        raise ValueError(f"{where} has ip {text!r}: {error}") from error


@dataclass(frozen=True)
class Options:
    """Mount options of a PersistentVolume for the node's mount.

    opts: those that go on. servers: those that some of them named. dropped: the others, and why.
    """

    opts: tuple[str, ...]
    servers: tuple[str, ...]
    dropped: tuple[tuple[str, str], ...]


def convert(given: Sequence[str]) -> Options:
    """Sort mount options of the plug-in into those for the node's mount. Raises ValueError where two of them contradict each other."""
    kept: list[str] = []
    servers: list[str] = []
    dropped: list[tuple[str, str]] = []
    for option in (part.strip() for entry in given for part in str(entry).split(",") if part.strip()):
        name, _equals, value = option.partition("=")
        if name in ("backup-volfile-servers", "backupvolfile-server"):
            servers += [_server(part, f"mount option {option!r}") for part in value.split(":") if part]
        elif name == "log-file":
            dropped.append((option, "each mount of a node has a log file of its own, in gluster_client_log_directory"))
        else:
            try:
                kept += options.parse([option]).given
            except ValueError as error:
                dropped.append((option, str(error)))
    opts = options.parse(kept).given
    return Options(opts, tuple(dict.fromkeys(servers)), tuple(dropped))
