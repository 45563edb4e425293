# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mount point as the module mount manages it: the engine's mount and the line of fstab, kept in step."""

from __future__ import annotations

import contextlib
import functools
import os
from typing import Any, NamedTuple, Sequence

from .._gluster import client, client_address, fstab_entry
from .._gluster import options as mount_options
from .._gluster.server import Server
from .._host import fstab, mountinfo, systemd, walk
from .._host.plain import plain_lines
from .._mount import helper_entry, inspect, model, order, unmount
from .._mount.host_client import HostClient
from .._mount.mount import mount
from .mount_arguments import Arguments

_STOP_SECONDS = 30.0


class Result(NamedTuple):
    """What the module returns; ``diff`` has the state and our line of fstab before and after."""

    changed: bool
    values: dict[str, Any]
    warnings: list[str]
    diff: list[dict[str, str]]


class MountPoint:
    """One run of the module on one mount point."""

    def __init__(self, arguments: Arguments, node: model.Node, check: bool) -> None:
        self.arguments = arguments
        self.node = node
        self.check = check
        self.file = fstab.Fstab(arguments.fstab_file, f"{node.lock_directory}/fstab.lock", clock=node.clock)
        self.warnings: list[str] = []
        self.families: dict[int, str] = {}
        self.mounter: model.Mounter = HostClient(node)

    def standing(self) -> tuple[tuple[mountinfo.Mount, ...], str]:
        """What is mounted here, and what mounts it at boot: all that a run leaves changed."""
        mounts = tuple(mount for mount in self.node.mounts() if mount.path == self.arguments.path)
        with contextlib.suppress(fstab.FstabError):
            return mounts, _lines(self.file.preview(lambda content: content).after, self.arguments.paths)
        return mounts, ""

    # -- states

    def mounted(self) -> Result:
        self.check_helper()
        line = self.plan_line() if self.arguments.fstab != "none" else None
        inspect.check_place(self.arguments.path, self.node)
        spec = self.arguments.spec._replace(source=self.source(line))
        with mount(spec, self.node, check=self.check, refresh=self.arguments.remount) as report:
            written = self.write(line)
        return self.result(report, written)

    def remounted(self) -> Result:
        inspect.check_place(self.arguments.path, self.node)
        spec = self.arguments.spec._replace(source=self.source(None))
        with mount(spec, self.node, check=self.check, renew=True) as report:
            pass
        return self.result(report, None)

    def present(self) -> Result:
        self.check_helper()
        return self.result(
            model.Report(inspect.inspect(self.arguments.path, self.node), changed=False), self.write(self.plan_line())
        )

    def unmounted(self) -> Result:
        return self.result(self.unmount(), None)

    def absent(self) -> Result:
        self.file.preview(self.drop_line)
        report = self.unmount()
        written = self.write(self.drop_line)
        removed = not (self.check and report.observed.mounted) and self.remove_directory()
        return self.result(report._replace(changed=report.changed or removed), written)

    def absent_from_fstab(self) -> Result:
        written = self.write(self.drop_line)
        return self.result(model.Report(inspect.inspect(self.arguments.path, self.node), changed=False), written)

    # -- steps

    def check_helper(self) -> None:
        """Refuse a line that nothing on this node could read. In check mode the helper may be one that an earlier task would have put there."""
        if (
            self.arguments.fstab == "failover"
            and not self.check
            and not self.node.program(f"mount.{helper_entry.TYPE}")
        ):
            raise ValueError(
                f"fstab: failover needs mount.{helper_entry.TYPE}, which is not on this node; "
                "put it there by the module mount_helper or the role gluster_client"
            )

    def unmount(self) -> model.Report:
        spec = self.arguments.spec
        patience = min(spec.patience, spec.timeout_total - spec.timeout_try)
        return unmount.unmount(
            spec.path, self.node, timeout=spec.timeout_total, patience=patience, check=self.check, mounter=self.mounter
        )

    def remove_directory(self) -> bool:
        """Remove the mount point if it is empty; whether it is or would be removed. What lies in it is never touched.

        The kernel unmounts what another mount namespace has mounted on a directory that is removed (rmdir(2), d_invalidate), whoever uses it there.
        """
        path = self.arguments.path
        if not self.end_automount():
            return self.check
        if client.find(path, self.node.proc):
            self.warnings.append(
                f"{path} was not removed: a client of it lives on for another mount namespace, from whose users it would be taken with the directory"
            )
            return False
        try:
            empty = not os.listdir(path)
            if empty and not self.check:
                self.node.clear_guard(path)
                walk.remove(path)
        except (FileNotFoundError, NotADirectoryError):
            return False
        except OSError as error:
            if not self.check:
                self.warnings.append(f"{path} was not removed: {error.strerror}")
            return self.check
        if not empty:
            self.warnings.append(f"{path} was not removed: it is not empty")
        return empty

    def end_automount(self) -> bool:
        """End what mounts on the first access, which looking into the directory would be; whether nothing is mounted there any more."""
        there = mountinfo.at(self.node.mounts(), self.arguments.path)
        unit = systemd.unit_of(self.arguments.path)
        if there and there.fstype == mountinfo.AUTOFS and unit and not self.check:
            self.node.do(("systemctl", "stop", systemd.automount_of(unit)), _STOP_SECONDS)
            there = mountinfo.at(self.node.mounts(), self.arguments.path)
        if there and not self.check:
            self.warnings.append(f"{self.arguments.path} was not removed: {there.describe()} is mounted there")
        return there is None

    def plan_line(self) -> fstab.Change:
        """The change that puts our line in fstab. Raises what would forbid it, before anything is touched."""
        spec = self.arguments.spec
        servers = order.arrange(spec.servers, order=spec.order, prefer=spec.prefer, rng=self.node.rng)
        change = self.failover_line() if self.arguments.fstab == "failover" else self.native_line(servers)
        self.file.preview(change)
        return change

    def failover_line(self) -> fstab.Change:
        entry = helper_entry.entry(self.arguments.spec, boot=self.arguments.boot)
        return functools.partial(
            fstab.put, entry=entry, types=fstab_entry.GLUSTER_TYPES, same=helper_entry.same, others=self.arguments.paths
        )

    def native_line(self, servers: Sequence[Server]) -> fstab.Change:
        """A line for mount.glusterfs, which has to be told how to come to its servers: in the way of the client that is there when the line is written."""
        spec = self.arguments.spec
        asked = client_address.asked_family(spec.options.flags)
        expected = asked or self.family_in_use() or inspect.family(servers, self.node)
        release = client_address.release(client.executable(), servers, self.node.run)

        def change(content: bytes) -> bytes:
            entry = fstab_entry.native_entry(
                servers,
                spec.volume,
                spec.subdir,
                self.arguments.path,
                (*mount_options.safe(spec.options.given), *spec.options.given),
                boot=self.arguments.boot,
                family=asked or self.family_in_use() or expected,
                release=release,
            )
            return fstab.put(
                content, entry, fstab_entry.GLUSTER_TYPES, same=fstab_entry.same, others=self.arguments.paths
            )

        return change

    def family_in_use(self) -> str:
        """By which family of addresses the client that is there asks its servers, "" where there is none: what came to them now comes to them at boot.

        Processes are looked through for it only once, and again when this run has changed something.
        """
        done = len(self.node.commands)
        if done not in self.families:
            self.families[done] = self._family_in_use()
        return self.families[done]

    def _family_in_use(self) -> str:
        mount = mountinfo.at(self.node.mounts(), self.arguments.path)
        running = client.find(self.arguments.path, self.node.proc) if mount else ()
        process = client.serving(running, mount.device) if mount else None
        if process is None or process.contained:
            return ""
        return client_address.asked_family(process.argv) or client_address.INET

    def drop_line(self, content: bytes) -> bytes:
        """The change that takes our line out of fstab."""
        return fstab.drop(content, self.arguments.paths, fstab_entry.GLUSTER_TYPES)

    def source(self, line: fstab.Change | None) -> str:
        """The source to show in mountinfo: that of the line in fstab, so that mount -a recognises the mount; without one of this volume, all servers."""
        spec = self.arguments.spec
        update = self.file.preview(line or (lambda content: content))
        for found in fstab.find(update.after, *self.arguments.paths):
            if found.entry and found.entry.vfstype in fstab_entry.GLUSTER_TYPES:
                source = mountinfo.parse_source(found.entry.spec)
                if source and (source.volume, source.subdir) == (spec.volume, spec.subdir):
                    return found.entry.spec
        below = f"/{spec.subdir}" if spec.subdir else ""
        return f"{','.join(map(str, spec.servers))}:/{spec.volume}{below}"

    def write(self, change: fstab.Change | None) -> fstab.Update | None:
        """Carry out a change of fstab and let systemd see it; in check mode only say what it would be."""
        if change is None:
            return None
        if not self.check:
            self.node.commit()
        update = self.file.preview(change) if self.check else self.file.update(change)
        if update.changed and not self.check and self.node.systemd:
            done = systemd.daemon_reload(self.node.do)
            if not done.ok:
                self.warnings.append(f"systemd has not read {self.arguments.fstab_file} again: {done.why()}")
        return update

    # -- what is told of a line in fstab; of units, where a container mounts

    def lines(self, written: fstab.Update) -> tuple[str, str]:
        before, after = (_lines(content, self.arguments.paths) for content in (written.before, written.after))
        return before, after

    def line(self, text: str) -> str | None:
        return text.strip() or None

    def kept_in(self) -> str:
        return self.arguments.fstab_file

    def container(self) -> str | None:
        """The name of the container that mounts; None where the host does."""
        return None

    # -- result

    def result(self, report: model.Report, written: fstab.Update | None) -> Result:
        if report.differs and not report.changed:
            self.warnings.append(
                f"{self.arguments.path} stays mounted with other options ({', '.join(report.differs)}); state: remounted or remount: true carries them out"
            )
        lines = self.lines(written) if written else ("", "")
        guard = report.guard or self.node.read_guard(self.arguments.path)
        return Result(
            changed=report.changed or bool(written and written.changed),
            values={
                # No key "path" here: AnsibleModule.exit_json calls stat(2) on that, which never returns from a hung mount.
                "server": report.server,
                "source": report.observed.mount.source if report.observed.mount else None,
                "healed": report.healed,
                "guard": "immutable" if guard.immutable else "none",
                "guard_reason": guard.reason,
                "options_differ": list(report.differs),
                "attempts": [attempt.as_result() for attempt in report.attempts],
                "commands": list(self.node.commands),
                "mount": {"path": self.arguments.path, **report.observed.as_result()},
                "fstab_line": self.line(lines[1]),
                "container": self.container(),
            },
            warnings=[plain_lines(text) for text in (*report.warnings, *self.warnings, *sorted(self.node.unread))],
            diff=[self.diff(self.kept_in(), *lines)],
        )

    def diff(self, where: str, before: str, after: str) -> dict[str, str]:
        return {"before_header": where, "after_header": where, "before": before, "after": after}


def _lines(content: bytes, paths: Sequence[str]) -> str:
    return b"".join(line.raw for line in fstab.find(content, *paths)).decode("utf-8", "replace")
