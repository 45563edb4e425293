# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The systemd units of a mount that is made in a container: one that runs the container, and the .mount unit that others order after.

The container's unit is written for Quadlet (podman 4.4 and newer) or as the service that Quadlet would make of it.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple, Sequence

from .._gluster import client
from .._helper import exit_codes, node_files
from .._host import lock, mountinfo
from .._host.systemd import mount_unit
from .._mount import helper_entry, model
from . import container_names

MARK = "# Made by evenkeel.glusterfs.mount (via: container); changes are overwritten."
REPORTS = f"{lock.DIRECTORY}/containers"
"""A folder for each container, in which it reports what came of its mount."""
REPORT = "report.json"

START_MORE_SECONDS = 30
STOP_SECONDS = 60

"""What the module mount_helper puts on a host."""

CAPABILITY = "SYS_ADMIN"
"""All that it takes to mount."""

PROFILE = "gluster-spc"
"""The AppArmor profile that the role gluster_spc loads: it allows this capability no mounts but the client's."""
PROFILE_FILE = f"/etc/apparmor.d/{PROFILE}"
UNCONFINED = "unconfined"
"""The profile of a host that has not loaded ours; podman's own forbids every mount."""

_GROUP_SECTION = "[X-Failover]"
"""systemd passes over sections of this kind (systemd.unit(5))."""

_SAFE = re.compile(r"[A-Za-z0-9_@+=,.:/-]+\Z")
_UNFIT = re.compile(r"[:,\x00-\x1f]")


class Plan(NamedTuple):
    """A mount by a container.

    image: identity of the image, 64 hexadecimal digits. boot: whether it is mounted at boot. binds: files of the host that the client reads, with
    their places in the image. apparmor: the container's AppArmor profile, "" where that is not in force.
    """

    spec: model.MountSpec
    image: str
    boot: bool = True
    binds: tuple[tuple[str, str], ...] = ()
    apparmor: str = ""

    @property
    def name(self) -> str:
        return container_names.of(self.spec.path, self.image)

    @property
    def folder(self) -> str:
        """The host's folder that the mount point lies in."""
        return os.path.dirname(self.spec.path)

    @property
    def report(self) -> str:
        return f"{REPORTS}/{self.name}/{REPORT}"


def check_path(path: str) -> None:
    """Raises ValueError for a path that no container can be given, or no unit stand for."""
    if _UNFIT.search(path):
        raise ValueError(
            f"path {path!r}: a path with a colon or a comma cannot be given to a container; choose another mount point"
        )
    mount_unit(path)


def arguments(spec: model.MountSpec) -> tuple[str, ...]:
    """The arguments of the entry point: what a line of fstab would say. Servers that are asked in a random order stand sorted, so that the same is the same."""
    servers = spec.servers if spec.order == "listed" else tuple(sorted(spec.servers))
    line = helper_entry.entry(spec, boot=True, servers=servers)
    options = [option for option in line.options if not option.startswith(("_netdev", "nofail", "x-"))]
    given = ["-o", ",".join(options)] if options else []
    return ("mount", f"--report=/report/{REPORT}", *given, "--", line.spec, line.file)


def source(spec: model.MountSpec) -> str:
    """The source that the mount shows."""
    return arguments(spec)[-2]


def volumes(plan: Plan) -> list[str]:
    """What of the host the container sees."""
    shared = f"{plan.folder}:{container_names.ROOT}{plan.folder.rstrip('/')}:rshared"
    files = [f"{outside}:{inside}:ro" for outside, inside in plan.binds]
    return [shared, f"{client.LOG_DIRECTORY}:{client.LOG_DIRECTORY}", f"{REPORTS}/{plan.name}:/report", *files]


def quadlet(plan: Plan) -> str:
    """The text of the .container file."""
    more = ["--pid=host", "--cgroupns=private", f"--tmpfs={client.STAGING}", f"--stop-timeout={STOP_SECONDS // 2}"]
    if plan.apparmor:
        more.append(f"--security-opt=apparmor={plan.apparmor}")
    return _text(
        _unit_section(plan),
        [
            "[Container]",
            f"ContainerName={plan.name}",
            f"Image={plan.image}",
            f"Exec={_line(arguments(plan.spec))}",
            "Notify=yes",
            "Network=host",
            "DropCapability=all",
            f"AddCapability={CAPABILITY}",
            "AddDevice=/dev/fuse",
            "NoNewPrivileges=true",
            "ReadOnly=true",
            "SecurityLabelDisable=true",
            *(f"Volume={_line([volume])}" for volume in volumes(plan)),
            f"PodmanArgs={' '.join(more)}",
        ],
        _service_section(plan),
    )


def service(plan: Plan) -> str:
    """The text of the .service file, for a podman that has no Quadlet."""
    podman = "/usr/bin/podman"
    run = [
        podman,
        "run",
        f"--name={plan.name}",
        "--replace",
        "--rm",
        "--detach",
        "--sdnotify=container",
        "--network=host",
        "--pid=host",
        "--cgroupns=private",
        "--cap-drop=all",
        f"--cap-add={CAPABILITY}",
        "--device=/dev/fuse",
        "--read-only",
        "--security-opt=label=disable",
        "--security-opt=no-new-privileges",
        *([f"--security-opt=apparmor={plan.apparmor}"] if plan.apparmor else []),
        f"--tmpfs={client.STAGING}",
        f"--stop-timeout={STOP_SECONDS // 2}",
        *(f"--volume={volume}" for volume in volumes(plan)),
        plan.image,
        *arguments(plan.spec),
    ]
    return _text(
        _unit_section(plan),
        [
            *_service_section(plan),
            "Environment=PODMAN_SYSTEMD_UNIT=%n",
            "Type=notify",
            "NotifyAccess=all",
            "KillMode=mixed",
            "SyslogIdentifier=%N",
            f"ExecStart={_line(run)}",
            # One that has ended by itself meanwhile is no failure.
            f"ExecStop=-{podman} stop --ignore {plan.name}",
            f"ExecStopPost=-{podman} rm --force --ignore {plan.name}",
        ],
    )


def mount(plan: Plan) -> str:
    """The text of the .mount unit. systemd starts it when the container says that the mount is there, and so has nothing to mount itself.

    It wants the container's unit and does not require it: a container that is started again must not restart what uses the mount.
    """
    group = plan.spec.options.value(model.GROUP)
    return _text(
        [
            MARK,
            "[Unit]",
            f"Description={_escaped(f'GlusterFS volume at {plan.spec.path}')}",
            f"Wants={plan.name}.service",
            f"After={plan.name}.service",
            "Before=remote-fs.target",
        ],
        [
            "[Mount]",
            f"What={_escaped(source(plan.spec))}",
            f"Where={_escaped(plan.spec.path)}",
            f"Type={mountinfo.GLUSTERFS}",
            "Options=_netdev",
        ],
        ["[Install]", "WantedBy=remote-fs.target"],
        *([[_GROUP_SECTION, f"Group={_escaped(group)}"]] if group else []),
    )


def group_of(text: str) -> tuple[str, str] | None:
    """The mount point of a .mount unit of ours, and the group that it is of; None for one of somebody else's, or of no group."""
    lines = text.split("\n")
    if not text.startswith(MARK) or _GROUP_SECTION not in lines:
        return None
    values = dict(line.partition("=")[::2] for line in lines)
    where, group = values.get("Where", ""), values.get("Group", "")
    return (where.replace("%%", "%"), group.replace("%%", "%")) if where and group else None


def _unit_section(plan: Plan) -> list[str]:
    return [
        MARK,
        "[Unit]",
        f"Description={_escaped(f'GlusterFS client of {plan.spec.path}')}",
        "Wants=network-online.target",
        "After=network-online.target",
        f"RequiresMountsFor={_line([plan.folder])}",
        # A client that dies is started again however often that happens.
        "StartLimitIntervalSec=0",
    ]


def _service_section(plan: Plan) -> list[str]:
    # Where nobody has loaded it at this boot: podman starts no container with a profile that is not there.
    load = [f"ExecStartPre=-/sbin/apparmor_parser --replace {PROFILE_FILE}"] if plan.apparmor == PROFILE else []
    return [
        "[Service]",
        *load,
        # A mount that an administrator takes away stays away: the container ends with 0 then.
        "Restart=on-failure",
        "RestartSec=2",
        f"RestartPreventExitStatus={exit_codes.WRONG}",
        f"TimeoutStartSec={int(plan.spec.timeout_total) + START_MORE_SECONDS}",
        f"TimeoutStopSec={STOP_SECONDS}",
        f"RuntimeDirectory={REPORTS[len('/run/') :]}/{plan.name}",
        "RuntimeDirectoryPreserve=yes",
        f"LogsDirectory={os.path.basename(client.LOG_DIRECTORY)}",
        # What could not start at boot, since the mount came too late. Not there, it is no error.
        f"ExecStartPost=-{node_files.COMMAND} wake {_line([plan.spec.path])}",
    ]


def _text(*sections: Sequence[str]) -> str:
    return "\n\n".join("\n".join(section) for section in sections) + "\n"


def _escaped(value: str) -> str:
    """A value of a unit file, with systemd's specifiers taken literally."""
    return value.replace("%", "%%")


def _line(words: Sequence[str]) -> str:
    """A command line of a unit file: systemd.service(5), "Command lines"."""
    return " ".join(_escaped(word if _SAFE.match(word) else _quoted(word)) for word in words)


def _quoted(word: str) -> str:
    inner = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{inner}"'
