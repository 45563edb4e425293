# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The units of systemd that run a container, which mounts, and keep its mount over a boot in the place of a line of fstab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Mapping

from .._container import units
from .._container.containers import Containers, Files, Places
from .._container.mounter import ContainerMounter
from .._gluster import tls
from .._host import fstab
from .._mount import model
from .fstab_line import FstabLine
from .mount_arguments import WITH_SOURCE, Arguments
from .mount_point import MountPoint, Text, Written

_WHERE = "units of systemd"


def choose(
    arguments: Arguments, line: FstabLine, node: model.Node, *, check: bool, places: Places | None = None
) -> MountPoint | None:
    """The mount point by a container, where that is wanted, or where units of one are there that shall go; else None.

    Raises ValueError where the host shall mount beside such units, which mount too.
    """
    containers = Containers(
        arguments.path,
        node,
        image=arguments.image,
        lasting=arguments.fstab != "none",
        boot=arguments.boot,
        certificates=arguments.certificates if tls.enabled("auto") else None,
        places=places,
    )
    if arguments.via != "container":
        existing = containers.files_there()
        if not existing:
            return None
        if arguments.state in WITH_SOURCE:
            raise ValueError(
                f"{arguments.path} is mounted by a container, whose units are there: {', '.join(sorted(existing))}; "
                "take them away first, by state: absent, or leave it there by via: container"
            )
    keeper = ContainerUnits(arguments, node, containers, line, check)
    return MountPoint(arguments, node, ContainerMounter(node, containers), keeper, check)


@dataclass(frozen=True)
class ContainerUnits:
    """The units of one mount point, see Keeper.

    line: of fstab, by which the host may have mounted before.
    """

    arguments: Arguments
    node: model.Node
    containers: Containers
    line: FstabLine
    check: bool

    def plan(self, state: str) -> model.MountSpec:
        """What the units shall mount."""
        if state != "present":
            self._refuse_line()
        spec = self.arguments.spec
        return spec._replace(source=units.source(spec))

    def lacks_image(self) -> bool:
        if not self.check:
            return False
        try:
            self.containers.identity()
        except model.MountError:
            return True
        return False

    def source(self, plan: model.MountSpec) -> str:
        return plan.source

    def write(self, plan: model.MountSpec | None) -> Written:
        return self._write(self.containers.files(plan)) if plan else self.unchanged()

    def plan_drop(self) -> None:
        """Units of others are left alone, and a line of another type is no obstacle."""

    def drop(self) -> Written:
        """No units, nor a line of fstab. One of another type is somebody else's: a container needs no line."""
        written = self._write(self.containers.no_files())
        try:
            line = self.line.drop()
        except fstab.FstabConflict:
            return written
        return Written(
            written.changed or line.changed,
            (*written.texts, *(line.texts if line.changed else ())),
            line.warnings,
        )

    def unchanged(self) -> Written:
        return Written(False, (Text(_WHERE),))

    def describe(self, written: Written) -> dict[str, str | None]:
        return {"fstab_line": None, "container": self.containers.name()}

    def standing(self) -> str:
        return self.line.standing() + _text(self.containers.files_there())

    def _refuse_line(self) -> None:
        """Refuse to mount beside a line of fstab, which mounts by a client that this host has not."""
        units.check_path(self.arguments.path)
        if self.line.lines():
            raise ValueError(
                f"{self.arguments.fstab_file} has a line for {self.arguments.path}, and a container is started by units of its own; "
                "remove the line first, by state: absent_from_fstab and via: host"
            )

    def _write(self, files: Mapping[str, str | None]) -> Written:
        """Write or remove unit files."""
        before = self.containers.files_there()
        if not self.check:
            self.node.run.commit()
            self.containers.write(files)
        texts = Text(_WHERE, _text(before), _text({**before, **files}))
        return Written(texts.before != texts.after, (texts,))


def _text(files: Files) -> str:
    """Unit files for a diff."""
    parts = [f"# {path}\n{text.rstrip()}\n" for path, text in sorted(files.items()) if text is not None]
    return "\n".join(parts).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
