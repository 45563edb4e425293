# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's side of a mount that is made in a container: its units, its start, its end, and what it reported."""

from __future__ import annotations

import os
from typing import Mapping, NamedTuple, Sequence

from .._gluster import client, tls
from .._gluster.attempt import Attempt
from .._host import files, mountinfo, systemd
from .._mount import in_use, model
from . import container_names, start_report, units

IMAGE = "localhost/evenkeel-glusterfs:latest"
"""What the role gluster_spc builds."""

QUADLET_GENERATORS = (
    "/usr/lib/systemd/system-generators/podman-system-generator",
    "/lib/systemd/system-generators/podman-system-generator",
)

_IMAGE_TLS = ("/usr/lib/ssl", "/etc/ssl")
"""Where the client of the image, which is Debian's, may look for certificates: up to Debian 12, and from Debian 13 on."""

_APPARMOR = "/sys/module/apparmor/parameters/enabled"
_PROFILES = "/sys/kernel/security/apparmor/profiles"
_ASK_SECONDS = 20.0
_MORE_SECONDS = 15.0
_RELOAD_SECONDS = 60.0
_NOTICE_SECONDS = 4.0
_RUNNING = ("activating", "active", "reloading")
"""States of a service that runs, or tries to: one that waits to be started again reads activating."""


class Places:
    """Where units lie. root: "" but in tests."""

    def __init__(self, root: str = "") -> None:
        self.root = root
        self.units, self.until_boot = (root + folder for folder in systemd.UNIT_FOLDERS)
        self.quadlets = f"{root}/etc/containers/systemd"

    @property
    def folders(self) -> tuple[str, ...]:
        return (self.units, self.quadlets, self.until_boot)

    def has_quadlet(self) -> bool:
        return any(os.path.exists(self.root + path) for path in QUADLET_GENERATORS)


Files = Mapping[str, "str | None"]
"""Path of each file to its text; None where there shall be none. A text that begins with / is the target of a symbolic link."""


class Started(NamedTuple):
    """How the start of a container ended: attempts as it reported them; why there is no mount, "" if there is one."""

    attempts: tuple[Attempt, ...]
    why: str = ""


class Containers:
    """The containers of one mount point, and their units.

    lasting: whether the units outlast a boot; else they lie in /run.
    """

    def __init__(
        self,
        path: str,
        node: model.Node,
        *,
        image: str = IMAGE,
        lasting: bool = True,
        boot: bool = True,
        certificates: tls.Certificates | None = None,
        places: Places | None = None,
    ) -> None:
        self.path = path
        self.node = node
        self.image = image
        self.lasting = lasting
        self.boot = boot
        self.certificates = certificates
        self.places = places or Places()
        self._identity = ""

    # -- what the mounter asks, see mounter.py

    def check(self) -> None:
        """Raises MountError where no container can be started here: no runtime, no image."""
        self.identity()
        self.share()

    def identity(self) -> str:
        """The image's identity, which its name stands for at this moment. Raises MountError where it is not there, or nothing that could run it."""
        if self.node.host.program("podman") is None:
            raise model.MountError(
                "via: container needs podman, which is not on this host; install it, or use the role gluster_spc"
            )
        if not self.node.host.systemd:
            raise model.MountError("via: container needs systemd, which does not run on this host")
        if not self._identity:
            argv = ("podman", "image", "inspect", "--format={{.Id}}", self.image)
            done = self.node.host.run(argv, _ASK_SECONDS)
            if not done.ok:
                raise model.MountError(
                    f"image {self.image} is not on this host: {done.why()}; put it there by the role gluster_spc, which builds or pulls it"
                )
            self._identity = done.stdout.strip().rpartition(":")[2]
        return self._identity

    def share(self) -> None:
        """Make the mount that the path lies on shared, if it is private: the host would not see what a container mounts there. Raises MountError."""
        holder = mountinfo.holding(self.node.host.mounts(), os.path.dirname(self.path))
        if holder is None or holder.shared:
            return
        done = self.node.host.do(("mount", "--make-shared", holder.path), _ASK_SECONDS)
        if not done.ok:
            raise model.MountError(
                f"{holder.path} is mounted privately and cannot be made shared: {done.why()}; the host would not see the mount"
            )

    def outdated(self) -> bool:
        """Whether another image than the wanted one serves the mount, or none does."""
        name = container_names.of(self.path, self.identity())
        return not self.node.host.run(("systemctl", "is-active", "--quiet", f"{name}.service"), _ASK_SECONDS).ok

    def name(self) -> str | None:
        """The container that the units of the path run, None where there are none."""
        stems = (os.path.basename(path).rpartition(".") for path in self.files_there())
        return next((stem for stem, _dot, kind in stems if kind in ("service", "container")), None)

    def runs(self) -> bool:
        """Whether a container of this path runs or tries to."""
        return bool(self._services(_RUNNING))

    def start(self, spec: model.MountSpec, timeout: float) -> Started:
        """Have the mount made within ``timeout`` seconds, by a new container where one runs that does not serve it any more.

        What did not lead to a mount is taken away again.
        """
        plan = self.plan(spec)
        before = self.files_there()
        running = self._services(_RUNNING)
        old = [name for name in running if name != f"{plan.name}.service"]
        start_report.discard(self.places.root + plan.report)
        try:
            # The units of the old container stay until the new one has taken over.
            new = {path: text for path, text in self.files(spec).items() if text is not None}
            self.write({**before, **new})
            stale = f"{plan.name}.service" in running and self._serves_still(f"{plan.name}.service")
            if (
                stale
                and mountinfo.at(self.node.host.mounts(), self.path) is None
                and f"{plan.name}.service" in self._needed()
            ):
                self.write({**self.no_files(), **before})
                return Started(
                    (),
                    f"{plan.name} serves somebody still who uses the file system that was mounted at {self.path} before; it ends with the last of them",
                )
            done = self.node.host.do(
                ("systemctl", "restart" if stale else "start", f"{plan.name}.service"),
                timeout + stale * units.STOP_SECONDS + units.START_MORE_SECONDS + _MORE_SECONDS,
            )
            report = start_report.read(self.places.root + plan.report)
            # A container that systemd was starting again by itself may have reported before this run threw the old report away.
            if done.ok and not report.failed:
                self.write(self.files(spec))
                for name in old:
                    # It has no unit any more. One that still serves open files ends by itself; one that only tries, does not.
                    if name not in self._services(("active",)):
                        self.node.host.do(("systemctl", "stop", name), units.STOP_SECONDS + _MORE_SECONDS)
                return Started(report.attempts)
        except BaseException:
            self._take_back(plan, before, running)
            raise
        self._take_back(plan, before, running)
        why = report.message or f"the container {plan.name} did not start: {done.why()}"
        return Started(
            report.attempts, f"{why}\n(journalctl -u {plan.name} tells every try)" if not report.readable else why
        )

    def _serves_still(self, name: str) -> bool:
        """Whether a container goes on as if its mount were well, given the time in which it should notice that its client is gone, or the mount.

        systemd takes one that has not noticed for started. One that has leaves a dead mount there until another is proven, and nobody writes below it.
        """
        over = self.node.host.clock.now() + _NOTICE_SECONDS
        while name in self._services(("active",)):
            if self.node.host.clock.now() >= over:
                return True
            self.node.host.clock.sleep(_NOTICE_SECONDS / 20)
        return False

    def end(self) -> None:
        """End what runs of this path, but for what serves somebody still, and let nothing start it again."""
        kept = self._needed()
        for name in self._services(()):
            if name in kept:
                continue
            self.node.host.do(("systemctl", "stop", name), units.STOP_SECONDS + _MORE_SECONDS)
            self.node.host.run(("systemctl", "reset-failed", name), _ASK_SECONDS)

    def _needed(self) -> frozenset[str]:
        """The services whose client serves somebody still, though its mount has gone: by an open file or a mount elsewhere. They end with the last of them.

        As long as the kernel lists the client's connection, or does not tell, that is so. Others have ended when their time is over.
        """
        contained = [process for process in client.find(self.path, self.node.host.proc) if process.contained]
        client.gone(contained, _NOTICE_SECONDS, self.node.host.clock, self.node.host.proc)
        listed = self.node.host.connections().inodes
        alive = [process for process in contained if client.alive(process, self.node.host.proc)]
        serving = [process for process in alive if not process.connection or not listed or process.connection in listed]
        if not serving:
            return frozenset()
        homes = " ".join(_read(f"{self.node.host.proc}/{process.pid}/cgroup") or "" for process in serving)
        argv = ("podman", "ps", "--no-trunc", "--format={{.Names}} {{.ID}}")
        rows = [line.split() for line in self.node.host.run(argv, _ASK_SECONDS).stdout.splitlines()]
        return frozenset(f"{row[0]}.service" for row in rows if len(row) == 2 and row[1] in homes)

    def _take_back(self, plan: units.Plan, before: Files, running: Sequence[str]) -> None:
        """Undo a start that led to no mount: what ran before still runs, and what tried before tries on."""
        name = f"{plan.name}.service"
        self.node.host.do(("systemctl", "stop", name), units.STOP_SECONDS + _MORE_SECONDS)
        self.node.host.run(("systemctl", "reset-failed", name), _ASK_SECONDS)
        self.write({**self.no_files(), **before})
        if name in running:
            self.node.host.do(("systemctl", "start", "--no-block", name), _ASK_SECONDS)

    def _services(self, states: Sequence[str]) -> tuple[str, ...]:
        """The services of this path's containers that systemd has loaded, in one of ``states``, in any if that is empty."""
        argv = (
            "systemctl",
            "list-units",
            "--all",
            "--plain",
            "--no-legend",
            "--full",
            f"{container_names.base(self.path)}.*.service",
        )
        rows = [line.split() for line in self.node.host.run(argv, _ASK_SECONDS).lines()]
        loaded = [row for row in rows if len(row) > 2 and container_names.is_of(row[0][: -len(".service")], self.path)]
        return tuple(row[0] for row in loaded if not states or row[2] in states)

    # -- units

    def plan(self, spec: model.MountSpec) -> units.Plan:
        binds: list[tuple[str, str]] = []
        if self.certificates:
            files = zip(("pem", "key", "ca"), self.certificates)
            binds = [(file, f"{folder}/glusterfs.{kind}") for kind, file in files for folder in _IMAGE_TLS]
            binds.append((tls.SECURE_ACCESS, tls.SECURE_ACCESS))
        return units.Plan(spec, self.identity(), self.boot, tuple(binds), _apparmor(self.places.root))

    def files(self, spec: model.MountSpec) -> dict[str, str | None]:
        """All unit files of the path as they shall be, and None for those that shall not."""
        plan = self.plan(spec)
        self.check_place()
        mount = systemd.mount_unit(self.path)
        wants = self._wants(mount)
        files: dict[str, str | None] = dict.fromkeys(self.files_there())
        if not self.lasting:
            files[f"{self.places.until_boot}/{plan.name}.service"] = units.service(plan)
            files[f"{self.places.until_boot}/{mount}"] = units.mount(plan)
            return files
        if self.places.has_quadlet():
            files[f"{self.places.quadlets}/{plan.name}.container"] = units.quadlet(plan)
        else:
            files[f"{self.places.units}/{plan.name}.service"] = units.service(plan)
        files[f"{self.places.units}/{mount}"] = units.mount(plan)
        files[wants] = f"{self.places.units[len(self.places.root) :]}/{mount}" if self.boot else None
        return files

    def no_files(self) -> dict[str, str | None]:
        """What ``write`` takes to remove all unit files of the path."""
        return dict.fromkeys(self.files_there())

    def files_there(self) -> dict[str, str | None]:
        """The unit files of the path that are there and ours."""
        existing: dict[str, str | None] = {
            path: text for path, text in self._named_so().items() if text.startswith(units.MARK)
        }
        mount = systemd.unit_of(self.path)
        if mount and os.path.islink(self._wants(mount)):
            unit_file = f"{self.places.units}/{mount}"
            if unit_file in existing or not os.path.lexists(unit_file):
                existing[self._wants(mount)] = os.readlink(self._wants(mount))
        return existing

    def check_place(self) -> None:
        """Raises ValueError where one of the path's unit files is somebody else's."""
        for path, text in self._named_so().items():
            if not text.startswith(units.MARK):
                raise ValueError(f"{path} was not made by this module and would be in the way; remove it first")

    def _named_so(self) -> dict[str, str]:
        """The files that have the names of the path's units, whoever has made them, and their texts."""
        mount = systemd.unit_of(self.path)
        existing = {}
        for folder in self.places.folders if mount else ():
            for name in sorted(in_use.listed(folder)):
                stem, _dot, kind = name.rpartition(".")
                if name == mount or (kind in ("service", "container") and container_names.is_of(stem, self.path)):
                    existing[f"{folder}/{name}"] = _read(f"{folder}/{name}") or ""
        return existing

    def _wants(self, mount: str) -> str:
        """The link by which the mount is made at boot."""
        return f"{self.places.units}/remote-fs.target.wants/{mount}"

    def write(self, files: Files) -> bool:
        """Write and remove unit files, and let systemd see it; whether anything was changed. Raises OSError."""
        changed = {path: text for path, text in files.items() if _read(path) != text}
        for path, text in changed.items():
            if text is None:
                os.unlink(path)
            else:
                _write(path, text)
        if changed and self.node.host.systemd:
            # Waited for: a unit that Quadlet makes is not found before.
            done = self.node.host.do(("systemctl", "daemon-reload"), _RELOAD_SECONDS)
            if not done.ok:
                raise model.MountError(f"systemd has not read its units again: {done.why()}")
        return bool(changed)


def of(path: str, node: model.Node, places: Places | None = None) -> Containers | None:
    """The host's side of ``path`` if units of it are there, whoever asks."""
    containers = Containers(path, node, places=places)
    return containers if containers.files_there() else None


def _apparmor(root: str) -> str:
    """Which AppArmor profile a container gets here, "" where AppArmor is not in force."""
    if (_read(root + _APPARMOR) or "").strip() != "Y":
        return ""
    loaded = [line.partition(" (")[0] for line in (_read(root + _PROFILES) or "").split("\n")]
    return units.PROFILE if units.PROFILE in loaded else units.UNCONFINED


def _read(path: str) -> str | None:
    """The text of a file, the target of a symbolic link, None where there is neither."""
    try:
        return os.readlink(path)
    except OSError:
        return files.text_at(path)


def _write(path: str, text: str) -> None:
    """In one step, so that systemd finds the old file or the new one."""
    os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
    if text.startswith("/"):
        files.replace_link(path, text)
    else:
        files.replace(path, text.encode("utf-8", "surrogateescape"), new=files.new_of(path))
