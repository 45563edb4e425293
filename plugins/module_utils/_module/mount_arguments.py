# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of the module mount, checked before anything is touched."""

from __future__ import annotations

from typing import Any, Mapping, NamedTuple, Sequence

from .._gluster import options as mount_options
from .._gluster import tls, validate
from .._host import immutable as guard
from .._host import ownership
from .._mount import model
from . import tls_arguments

WITH_SOURCE = ("mounted", "present", "remounted")
"""States that need to know what shall be mounted."""

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "path": {"type": "path", "required": True},
    "volume": {"type": "str"},
    "subdir": {"type": "str"},
    "subdir_create": {"type": "bool", "default": False},
    "subdir_owner": {"type": "str"},
    "subdir_group": {"type": "str"},
    "subdir_mode": {"type": "raw"},
    "servers": {"type": "list", "elements": "str"},
    "order": {"type": "str", "choices": ["random", "listed"], "default": "random"},
    "prefer": {"type": "list", "elements": "str"},
    "opts": {"type": "list", "elements": "str"},
    "state": {
        "type": "str",
        "choices": ["mounted", "present", "unmounted", "absent", "absent_from_fstab", "remounted"],
        "default": "mounted",
    },
    "remount": {"type": "bool", "default": False},
    "fstab": {"type": "str", "choices": ["native", "failover", "none"], "default": "native"},
    "fstab_file": {"type": "path", "default": "/etc/fstab"},
    "boot": {"type": "bool", "default": True},
    "require": {"type": "str", "choices": ["writable", "all", "any"], "default": "writable"},
    "timeout_probe": {"type": "float", "default": 3},
    "timeout_try": {"type": "float", "default": 30},
    "timeout_total": {"type": "float", "default": 120},
    "patience": {"type": "float", "default": 90},
    "guard": {"type": "bool", "default": True},
    "via": {"type": "str", "choices": ["host", "container"], "default": "host"},
    "image": {"type": "str", "default": "localhost/evenkeel-glusterfs:latest"},
    **tls_arguments.ARGUMENTS,
}
"""The arguments as Ansible takes them."""


class Arguments(NamedTuple):
    """The module's arguments, checked. source, servers and the rest of the mount are None and empty in states that only take away.

    paths: all that the mount point is called, ``path`` and, with symbolic links in it, what was given; a line in fstab may have either.
    """

    path: str
    paths: tuple[str, ...]
    state: str
    fstab: str
    fstab_file: str
    boot: bool
    remount: bool
    spec: model.MountSpec
    via: str = "host"
    image: str = ""
    certificates: tls.Certificates | None = None


def check(params: Mapping[str, Any]) -> Arguments:
    """Check the module's arguments, all of them before anything is touched.

    Raises ValueError: which value, which rule it breaks, what to write instead.
    """
    state = params["state"]
    path = validate.check_path(params["path"])
    if state == "present" and params["fstab"] == "none":
        raise ValueError(
            "state: present writes the line in fstab and nothing else, which fstab: none forbids; drop one of them"
        )
    needed = state in WITH_SOURCE
    servers = validate.check_servers(params["servers"] or [], "servers")
    prefer = validate.check_servers(params["prefer"] or [], "prefer")
    if needed and not servers:
        raise ValueError(
            "servers is empty; name at least one server of the trusted pool, as in servers: [gfs1, gfs2, gfs3]"
        )
    strangers = [str(server) for server in prefer if server not in servers]
    if needed and strangers:
        raise ValueError(
            f"prefer names {', '.join(strangers)}, which servers does not; prefer may only name some of servers"
        )
    options = _options(params["opts"] or [])
    new_subdir = _new_subdir(params) if needed else None
    return Arguments(
        path=path,
        paths=(path,),
        state=state,
        fstab=params["fstab"],
        fstab_file=validate.check_path(params["fstab_file"], "fstab_file", "/etc/fstab"),
        boot=params["boot"],
        remount=params["remount"],
        via=params["via"],
        image=params["image"],
        certificates=_certificates(params) if params["via"] == "container" else None,
        spec=model.MountSpec(
            path=path,
            volume=validate.check_volume(params["volume"]) if needed else "",
            subdir=validate.check_subdir(params["subdir"] or "") if needed else "",
            new_subdir=new_subdir,
            servers=servers,
            source="",
            options=options,
            order=params["order"],
            prefer=prefer,
            require=params["require"],
            guard=params["guard"],
            cover=model.COVER in options.given,
            seal=guard.SEAL in options.given,
            patience=validate.check_patience(params["patience"]),
            **validate.check_limits(params),
        ),
    )


_OWNERSHIP = ("subdir_owner", "subdir_group", "subdir_mode")


def _new_subdir(params: Mapping[str, Any]) -> model.NewDirectory | None:
    """What the subdirectory becomes where it is to be made; None where it is not."""
    if not params.get("subdir_create"):
        said = [name for name in _OWNERSHIP if params.get(name) is not None]
        if said:
            raise ValueError(f"{said[0]}: it is for a subdir that is made; write subdir_create: true beside it")
        return None
    if not validate.check_subdir(params["subdir"] or ""):
        raise ValueError("subdir_create: true, but there is no subdir to make; name one, as in subdir: sites/one")
    if params["via"] == "container":
        raise ValueError(
            "subdir_create: true needs the host's client, which via: container goes without; make the directory on another node, or write subdir_create: false"
        )
    owner = ownership.user(params["subdir_owner"] or "0", "subdir_owner")
    group = ownership.group(params["subdir_group"] or "0", "subdir_group")
    return model.NewDirectory(
        owner, group, ownership.mode("0755" if params["subdir_mode"] is None else params["subdir_mode"], "subdir_mode")
    )


def _certificates(params: Mapping[str, Any]) -> tls.Certificates:
    """The files that a container's client gets, where it speaks TLS."""
    return tls.find(params["tls_certificate"] or "", params["tls_key"] or "", params["tls_ca"] or "")


def _options(opts: Sequence[str]) -> mount_options.Options:
    options = mount_options.parse(opts)
    for name in ("auto", "noauto"):
        if name in options.given:
            raise ValueError(f"option {name!r} is refused: say it by boot: {'true' if name == 'auto' else 'false'}")
    return options
