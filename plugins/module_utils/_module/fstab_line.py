# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The line of fstab that keeps a mount over a boot."""

from __future__ import annotations

import contextlib
import functools
from typing import NamedTuple, Sequence

from .._gluster import client, client_address, fstab_entry
from .._gluster import options as mount_options
from .._host import fstab, mountinfo, systemd
from .._mount import helper_entry, inspect, model, select
from .._mount.host import Host
from .mount_arguments import Arguments
from .mount_point import Text, Written


class FstabLine(NamedTuple):
    """The line of one mount point, see Keeper."""

    arguments: Arguments
    node: model.Node
    check: bool

    @property
    def file(self) -> fstab.Fstab:
        return fstab.Fstab(
            self.arguments.fstab_file, fstab.lock_in(self.node.host.lock_directory), clock=self.node.host.clock
        )

    def plan(self, state: str) -> fstab.Change | None:
        """The change that puts our line in fstab."""
        if state == "remounted" or self.arguments.fstab == "none":
            return None
        self._check_helper()
        change = self._failover_line() if self.arguments.fstab == "failover" else self._native_line()
        self.file.preview(change)
        return change

    def lacks_image(self) -> bool:
        return False

    def source(self, plan: fstab.Change | None) -> str:
        """The source to show in mountinfo: that of the line in fstab, so that mount -a recognises the mount; without one of this volume, all servers."""
        spec = self.arguments.spec
        update = self.file.preview(plan or _unchanged)
        for line in fstab.find(update.after, *self.arguments.paths):
            if line.entry and line.entry.vfstype in fstab_entry.GLUSTER_TYPES:
                source = mountinfo.parse_source(line.entry.spec)
                if source and (source.volume, source.subdir) == (spec.volume, spec.subdir):
                    return line.entry.spec
        return f"{','.join(map(str, spec.servers))}:/{spec.volume_path}"

    def write(self, plan: fstab.Change | None) -> Written:
        """Carry out a change of fstab and let systemd see it."""
        if plan is None:
            return self.unchanged()
        if not self.check:
            self.node.run.commit()
        update = self.file.preview(plan) if self.check else self.file.update(plan)
        warnings = []
        if update.changed and not self.check and self.node.host.systemd:
            done = systemd.daemon_reload(self.node.host.do)
            if not done.ok:
                warnings.append(f"systemd has not read {self.arguments.fstab_file} again: {done.why()}")
        before, after = (_lines(content, self.arguments.paths) for content in (update.before, update.after))
        return Written(update.changed, (Text(self.arguments.fstab_file, before, after),), tuple(warnings))

    def plan_drop(self) -> None:
        self.file.preview(self._drop)

    def drop(self) -> Written:
        return self.write(self._drop)

    def unchanged(self) -> Written:
        return Written(False, (Text(self.arguments.fstab_file),))

    def describe(self, written: Written) -> dict[str, str | None]:
        return {"fstab_line": written.texts[0].after.strip() or None, "container": None}

    def standing(self) -> str:
        with contextlib.suppress(fstab.FstabError):
            return _lines(self.file.preview(_unchanged).after, self.arguments.paths)
        return ""

    def lines(self) -> Sequence[fstab.Line]:
        """The lines of the mount point, whoever has written them."""
        return fstab.find(self.file.preview(_unchanged).after, *self.arguments.paths)

    # -- the changes

    def _check_helper(self) -> None:
        """Refuse a line that nothing on this node could read. In check mode the helper may be one that an earlier task would have put there."""
        if (
            self.arguments.fstab == "failover"
            and not self.check
            and not self.node.host.program(f"mount.{helper_entry.TYPE}")
        ):
            raise ValueError(
                f"fstab: failover needs mount.{helper_entry.TYPE}, which is not on this node; "
                "put it there by the module mount_helper or the role gluster_client"
            )

    def _failover_line(self) -> fstab.Change:
        entry = helper_entry.entry(self.arguments.spec, boot=self.arguments.boot)
        return functools.partial(
            fstab.put, entry=entry, types=fstab_entry.GLUSTER_TYPES, same=helper_entry.same, others=self.arguments.paths
        )

    def _native_line(self) -> fstab.Change:
        """A line for mount.glusterfs, which has to be told how to come to its servers: in the way of the client that is there when the line is written."""
        spec, node = self.arguments.spec, self.node
        servers = select.arrange(spec, node.host)

        @functools.lru_cache(maxsize=None)
        def family_in_use(_commands: int) -> str:
            """Processes are looked through only once, and again when this run has changed something."""
            return _family_in_use(self.arguments.path, node.host)

        asked = client_address.asked_family(spec.options.flags)
        expected = asked or family_in_use(len(node.run.commands)) or inspect.family(servers, node)
        client_release = client_address.release(client.executable(), servers, node.host.run)

        def change(content: bytes) -> bytes:
            entry = fstab_entry.native_entry(
                servers,
                spec.volume,
                spec.subdir,
                self.arguments.path,
                (*mount_options.safe(spec.options.given), *spec.options.given),
                boot=self.arguments.boot,
                family=asked or family_in_use(len(node.run.commands)) or expected,
                release=client_release,
            )
            return fstab.put(
                content, entry, fstab_entry.GLUSTER_TYPES, same=fstab_entry.same, others=self.arguments.paths
            )

        return change

    def _drop(self, content: bytes) -> bytes:
        """The change that takes our line out of fstab."""
        return fstab.drop(content, self.arguments.paths, fstab_entry.GLUSTER_TYPES)


def _unchanged(content: bytes) -> bytes:
    return content


def _lines(content: bytes, paths: Sequence[str]) -> str:
    return b"".join(line.raw for line in fstab.find(content, *paths)).decode("utf-8", "replace")


def _family_in_use(path: str, host: Host) -> str:
    """By which family of addresses the client that is there asks its servers, "" where there is none: what came to them now comes to them at boot."""
    mount = mountinfo.at(host.mounts(), path)
    running = client.find(path, host.proc) if mount else ()
    process = client.serving(running, mount.device) if mount else None
    if process is None or process.contained:
        return ""
    return client_address.asked_family(process.argv) or client_address.INET
