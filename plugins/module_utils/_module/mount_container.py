# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mount point that a container serves, as the mount module manages it: units of systemd take the place of the line in fstab.

No Ansible import: arguments come as values, the result is a value, errors are exceptions.
"""

from __future__ import annotations

from .._container import host, units
from .._container.mounter import ContainerMounter
from .._gluster import tls
from .._host import fstab, mountinfo
from .._mount import inspect, model
from .._mount.mount import mount
from .mount_arguments import WITH_SOURCE
from .mount_point import MountPoint, Result


def choose(point: MountPoint, places: host.Places | None = None) -> MountPoint:
    """The mount point by a container, where that is wanted, or where units of one are there that shall go; else ``point`` itself.

    Raises ValueError where the host shall mount beside such units, which mount too.
    """
    arguments = point.arguments
    contained = _ContainedMountPoint(point, places)
    if arguments.via != "container":
        there = contained.host.files_there()
        if not there:
            return point
        if arguments.state in WITH_SOURCE:
            raise ValueError(
                f"{arguments.path} is mounted by a container, whose units are there: {', '.join(sorted(there))}; "
                "take them away first, by state: absent, or leave it there by via: container"
            )
    return contained


class _ContainedMountPoint(MountPoint):
    """One run of the module on one mount point of a container."""

    def __init__(self, point: MountPoint, places: host.Places | None) -> None:
        super().__init__(point.arguments, point.node, point.check)
        arguments = self.arguments
        self.host = host.Host(
            arguments.path,
            self.node,
            image=arguments.image,
            lasting=arguments.fstab != "none",
            boot=arguments.boot,
            certificates=arguments.certificates if tls.spoken("auto") else None,
            places=places,
        )
        self.mounter = ContainerMounter(self.node, self.host)

    def standing(self) -> tuple[tuple[mountinfo.Mount, ...], str]:
        mounts, lines = super().standing()
        return mounts, lines + _told(self.host.files_there()).decode("utf-8", "replace")

    # -- states

    def mounted(self) -> Result:
        return self._mount(renew=False)

    def remounted(self) -> Result:
        return self._mount(renew=True)

    def present(self) -> Result:
        if self._lacks_image():
            return self._would()
        observed = inspect.inspect(self.arguments.path, self.node)
        return self.result(model.Report(observed, changed=False), self._write(self._files()))

    def absent(self) -> Result:
        report = self.unmount()
        written, line = self._forget()
        removed = not (self.check and report.observed.mounted) and self.remove_directory()
        return self._with_line(self.result(report._replace(changed=report.changed or removed), written), line)

    def absent_from_fstab(self) -> Result:
        written, line = self._forget()
        observed = inspect.inspect(self.arguments.path, self.node)
        return self._with_line(self.result(model.Report(observed, changed=False), written), line)

    # -- steps

    def _mount(self, *, renew: bool) -> Result:
        self._check_line()
        inspect.check_place(self.arguments.path, self.node)
        if self._lacks_image():
            return self._would()
        spec = self._spec()
        with mount(
            spec,
            self.node,
            mounter=self.mounter,
            check=self.check,
            renew=renew,
            refresh=self.arguments.remount,
        ) as report:
            written = self._write(self._files())
        return self.result(report, written)

    def _spec(self) -> model.MountSpec:
        spec = self.arguments.spec
        return spec._replace(source=units.source(spec))

    def _files(self) -> dict[str, str | None]:
        return self.host.files(self._spec())

    def _check_line(self) -> None:
        """Refuse to mount beside a line of fstab, which mounts by a client that this host has not."""
        units.check_path(self.arguments.path)
        update = self.file.preview(lambda content: content)
        if fstab.find(update.after, *self.arguments.paths):
            raise ValueError(
                f"{self.arguments.fstab_file} has a line for {self.arguments.path}, and a container is started by units of its own; "
                "remove the line first, by state: absent_from_fstab and via: host"
            )

    def _lacks_image(self) -> bool:
        """In check mode, whether the image is one that an earlier task would have put there."""
        if not self.check:
            return False
        try:
            self.host.identity()
        except model.MountError:
            return True
        return False

    def drop_line(self, content: bytes) -> bytes:
        """One of another type is somebody else's, and no obstacle: a container needs no line."""
        try:
            return super().drop_line(content)
        except fstab.FstabConflict:
            return content

    def _forget(self) -> tuple[fstab.Update, fstab.Update | None]:
        """Let the next boot make no mount: no units, nor a line of fstab, by which the host may have mounted before."""
        return self._write(self.host.no_files()), self.write(self.drop_line)

    def _with_line(self, result: Result, written: fstab.Update | None) -> Result:
        """The result where a line of fstab may have gone too."""
        if not written or not written.changed:
            return result
        return result._replace(
            changed=True, diff=[*result.diff, self.diff(self.arguments.fstab_file, *super().lines(written))]
        )

    def _would(self) -> Result:
        return self.result(model.Report(inspect.inspect(self.arguments.path, self.node), changed=True), None)

    def _write(self, files: dict[str, str | None]) -> fstab.Update:
        """Write or remove unit files; in check mode only say what that would be."""
        before = self.host.files_there()
        if not self.check:
            self.node.commit()
            self.host.write(files)
        after = {**before, **files}
        return fstab.Update(_told(before), _told(after))

    # -- result

    def lines(self, written: fstab.Update) -> tuple[str, str]:
        return written.before.decode("utf-8", "replace"), written.after.decode("utf-8", "replace")

    def line(self, text: str) -> str | None:
        return None

    def kept_in(self) -> str:
        return "units of systemd"

    def container(self) -> str | None:
        return self.host.name()


def _told(files: host.Files) -> bytes:
    """Unit files for a diff."""
    parts = [f"# {path}\n{text.rstrip()}\n" for path, text in sorted(files.items()) if text is not None]
    return "\n".join(parts).encode("utf-8", "surrogateescape")
