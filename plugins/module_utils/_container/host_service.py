# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mount that outlives the container that asked for it: its client runs in a service of the host, from a copy of the image.

The container copies its own root file system to the host, once for each image, and lets the host's systemd run the same entry point in it. That takes a
privileged container with the host's process namespace (``nsenter`` reaches the host by it) and the host's folder STORE at its own path.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import threading
from typing import Callable, Sequence

from .._host import files, signals
from .._host.process import program
from .._mount import helper_entry, model, order
from .._mount.host import Host
from . import container_names

STORE = "/var/lib/evenkeel.glusterfs/spc"
VERSION = "/etc/gluster-spc"
"""A file of the image that says which one it is, as hexadecimal digits: the digest of what it was made from."""

_COPY_SECONDS = 300.0
_ASK_SECONDS = 10.0
_MORE_SECONDS = 30.0
_CHECK_SECONDS = 10.0

_MOUNT_POINTS = ("dev", "host", "mounts", "proc", "run", "sys", "tmp")
"""Folders of the copy that the service mounts on."""

_SERVICE = r"""
set -eu
root=$1 folder=$2 tls=$3
shift 3
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
for name in run tmp mounts host; do
    mount -t tmpfs -o mode=755 tmpfs "$root/$name"
done
mkdir -p /var/log/glusterfs "$root/var/log/glusterfs" "$root/host$folder" "$root/run/systemd"
mount --bind /var/log/glusterfs "$root/var/log/glusterfs"
mount --rbind "$folder" "$root/host$folder"
touch "$root/run/systemd/notify"
mount --bind /run/systemd/notify "$root/run/systemd/notify"
for name in hosts resolv.conf; do
    if [ -e "/etc/$name" ]; then
        cat "/etc/$name" >"$root/run/$name"
        mount --bind "$root/run/$name" "$root/etc/$name"
    fi
done
mkdir -p "$root/var/lib/glusterd" "$root/usr/lib/ssl" "$root/etc/ssl"
mount -t tmpfs -o mode=700 tmpfs "$root/var/lib/glusterd"
if [ -n "$tls" ]; then
    for name in pem key ca; do
        for folder in usr/lib/ssl etc/ssl; do
            touch "$root/$folder/glusterfs.$name"
            mount --bind "$tls/glusterfs.$name" "$root/$folder/glusterfs.$name"
        done
    done
    touch "$root/var/lib/glusterd/secure-access"
fi
exec chroot "$root" /usr/local/bin/gluster-spc mount "$@"
"""
"""What the service runs on the host, in a mount namespace of its own, in which the copy is a private mount: what is mounted in the copy stays there, and
what is mounted on the host's folder, of which it has a bind, is seen by the host."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store",
        default=STORE,
        metavar="FOLDER",
        help="folder of the host for copies of the image, seen here at the same path (default: %(default)s)",
    )
    parser.add_argument(
        "--node",
        default="",
        metavar="NAME",
        help="ask the servers in an order of the node with this name, always the same, unless an option says another",
    )
    parser.add_argument(
        "--tls",
        default="",
        metavar="FOLDER",
        help="speak TLS with the files glusterfs.pem, .key and .ca of this folder, of which the host keeps a copy in the store",
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="end when it is mounted; without it, stay and see to it that the service runs",
    )


def on_host(*argv: str) -> tuple[str, ...]:
    """``argv`` run in the namespaces of the host's first process."""
    nsenter = program("nsenter") or "nsenter"
    return (nsenter, "--target=1", "--mount", "--uts", "--ipc", "--net", "--", *argv)


def service(unit: str, root: str, path: str, tls: str, arguments: Sequence[str], seconds: float) -> tuple[str, ...]:
    """The command that has the host's systemd run the mount, and ends when it is proven or has failed. tls: folder of certificates, "" for none."""
    return on_host(
        "systemd-run",
        f"--unit={unit}",
        "--quiet",
        "--collect",
        f"--description=GlusterFS client of {path}",
        "--property=Type=notify",
        "--property=NotifyAccess=all",
        "--property=Restart=on-failure",
        "--property=RestartSec=2",
        f"--property=TimeoutStartSec={seconds:.0f}",
        "--",
        "unshare",
        "--mount",
        "--propagation=unchanged",
        "--",
        "sh",
        "-c",
        _SERVICE,
        "gluster-spc",
        root,
        os.path.dirname(path) or "/",
        tls,
        *arguments,
    )


def copy(root: str, host: Host, source: str = "/") -> None:
    """Copy the image that this container runs to the host, unless it is there; one that is there is whole. Raises MountError, OSError.

    What is mounted in the container, by the host or by podman, is no part of the image and left out.
    """
    if os.path.isdir(root):
        return
    new = f"{root}.new.{os.getpid()}"
    shutil.rmtree(new, ignore_errors=True)
    os.makedirs(os.path.dirname(root), mode=0o755, exist_ok=True)
    try:
        cp = program("cp") or "cp"
        done = host.do((cp, "--archive", "--one-file-system", "--no-target-directory", source, new), _COPY_SECONDS)
        if not done.ok:
            raise model.MountError(f"the image could not be copied to {root} of the host: {done.why()}")
        for name in _MOUNT_POINTS:
            os.makedirs(f"{new}/{name}", mode=0o755, exist_ok=True)
        for name in ("hosts", "resolv.conf"):
            with open(f"{new}/etc/{name}", "wb"):
                pass
        os.rename(new, root)
    except (model.MountError, OSError):
        if not os.path.isdir(root):  # else another container was faster
            raise
    finally:
        shutil.rmtree(new, ignore_errors=True)


def keep_certificates(source: str, kept: str) -> None:
    """Copy the certificates of the folder ``source`` to ``kept`` on the host, each in one step, if they differ. Raises OSError."""
    os.makedirs(kept, mode=0o700, exist_ok=True)
    for name in (f"glusterfs.{suffix}" for suffix in ("pem", "key", "ca")):
        wanted = files.read_text(f"{source}/{name}")
        if files.text_at(f"{kept}/{name}") != wanted:
            files.replace(f"{kept}/{name}", wanted.encode("utf-8", "surrogateescape"), mode=0o600)


class Outliving:
    """The mount of one path by a service of the host."""

    def __init__(self, arguments: argparse.Namespace, version: str, node: model.Node) -> None:
        self.asked = helper_entry.parse(arguments.source, arguments.path, arguments.options)
        self.path = self.asked.spec.path
        self.node = node
        store = arguments.store.rstrip("/")
        self.root = f"{store}/{version}"
        self.certificates = arguments.tls
        self.tls = f"{store}/tls" if arguments.tls else ""
        self.unit = f"{container_names.of(self.path, version)}.service"
        options = [word for given in arguments.options for word in ("-o", given)]
        source = arguments.source
        if arguments.node and self.asked.spec.order != "listed":
            mine = ",".join(map(str, order.of_node(self.asked.spec.servers, arguments.node)))
            source = mine + source[source.index(":/") :]
            options += ["-o", "order=listed"]
        self.words = [f"--jitter={arguments.jitter:g}", *options, "--", source, self.path]
        self.seconds = self.asked.spec.timeout_total + arguments.jitter + _MORE_SECONDS

    def active(self) -> bool:
        return self.node.host.run(on_host("systemctl", "is-active", "--quiet", self.unit), _ASK_SECONDS).ok

    def ensure(self) -> None:
        """Have the service run. Raises MountError, OSError."""
        if self.active():
            return
        self._check()
        if self.tls:
            keep_certificates(self.certificates, self.tls)
        copy(self.root, self.node.host)
        self._private()
        # One that tries again after a failure is in the way of its own name.
        self.node.host.run(on_host("systemctl", "stop", self.unit), self.seconds)
        done = self.node.host.do(
            service(self.unit, self.root, self.path, self.tls, self.words, self.seconds), self.seconds + _MORE_SECONDS
        )
        if not done.ok:
            journal = self.node.host.run(
                on_host("journalctl", "--unit", self.unit, "--lines=5", "--output=cat", "--no-pager"), _ASK_SECONDS
            )
            self.node.host.run(on_host("systemctl", "stop", self.unit), self.seconds)
            raise model.MountError(
                f"{self.path} could not be mounted by {self.unit}: {done.why()}\n{journal.stdout.strip()}"
            )

    def _check(self) -> None:
        done = self.node.host.run(on_host("systemctl", "--version"), _ASK_SECONDS)
        if not done.ok:
            raise model.MountError(
                f"the host's systemd cannot be reached: {done.why()}; outliving takes a privileged container with the host's process namespace"
            )

    def _private(self) -> None:
        """The copy as a private mount of the host, so that what the service mounts in it is seen by nobody else."""
        if not self.node.host.run(on_host("mountpoint", "--quiet", self.root), _ASK_SECONDS).ok:
            self._mount("--bind", self.root, self.root)
        self._mount("--make-private", self.root)

    def _mount(self, *words: str) -> None:
        done = self.node.host.do(on_host("mount", *words), _ASK_SECONDS)
        if not done.ok:
            raise model.MountError(f"{self.root} cannot be made a mount of its own on the host: {done.why()}")


def version(file: str = VERSION) -> str:
    """Which image this is. Raises OSError where the file is not there, since this is not a container of the image then."""
    return files.read_text(file).strip()


def run(
    arguments: argparse.Namespace, node: model.Node, say: Callable[[str], None], ended: threading.Event | None = None
) -> int:
    """Have the mount made by the host; the exit code. Without ``--once`` stay, and have it made again when its service has ended for good."""
    outliving = Outliving(arguments, version(), node)
    with contextlib.suppress(signals.Interrupted), signals.rollback_on_signal():
        outliving.ensure()
        say(f"{outliving.path} is mounted by {outliving.unit} of the host")
        while not arguments.once and not (ended and ended.is_set()):
            node.host.clock.sleep(_CHECK_SECONDS)
            try:
                outliving.ensure()
            except model.MountError as error:
                say(str(error))
    return 0
