# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mount that outlives the container that asked for it: what is asked of the host, and what is copied there."""

from __future__ import annotations

import os
import threading

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._container import entrypoint, host_service
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._helper import exit_codes
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import signals
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.process import Completed
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import model
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeClock

VERSION = "0123456789abcdef" * 4
UNIT = "gluster-srv-web.01234567.service"


class HostSystemd:
    """The host as the container reaches it by nsenter. fails: words of commands that fail. active: whether the service runs."""

    def __init__(self):
        self.clock = FakeClock()
        self.active = False
        self.mounted = False
        self.fails = []
        self.ran = []
        self.node = model.Node.here(clock=self.clock, run=self.run, systemd=False)

    def run(self, argv, timeout):
        assert timeout > 0
        words = list(argv)[list(argv).index("--") + 1 :] if "--" in argv else list(argv)
        self.ran.append(words)
        failed = any(word in words for word in self.fails)
        if words[:2] == ["systemctl", "is-active"]:
            failed = not self.active
        elif words[0] == "mountpoint":
            failed = not self.mounted
        elif words[0] == "systemd-run" and not failed:
            self.active = True
        return Completed(
            tuple(argv),
            int(failed),
            "the log of the unit\n" if words[0] == "journalctl" else "",
            "no" if failed else "",
            0.01,
        )

    def did(self, *words):
        return [ran for ran in self.ran if ran[: len(words)] == list(words)]


@pytest.fixture
def host():
    return HostSystemd()


@pytest.fixture
def store(tmp_path):
    (tmp_path / "store" / VERSION).mkdir(parents=True)
    return str(tmp_path / "store")


def arguments(store, *words):
    return entrypoint.parser().parse_args(
        ["outlive", f"--store={store}", *words, "-o", "timeout-total=40", "gfs1:/web", "/srv/web"]
    )


def outliving(host, store, *words):
    return host_service.Outliving(arguments(store, *words), VERSION, host.node)


def test_the_host_runs_the_mount_from_the_copy(host, store):
    outliving(host, store, "--jitter=5").ensure()
    (ran,) = host.did("systemd-run")
    assert f"--unit={UNIT}" in ran
    assert "--property=Type=notify" in ran
    assert "--property=TimeoutStartSec=75" in ran
    assert ran[-10:] == [
        "gluster-spc",
        f"{store}/{VERSION}",
        "/srv",
        "",
        "--jitter=5",
        "-o",
        "timeout-total=40",
        "--",
        "gfs1:/web",
        "/srv/web",
    ]
    assert host.did("mount", "--bind")
    assert host.did("mount", "--make-private")


def test_one_that_runs_is_left_alone(host, store):
    host.active = True
    outliving(host, store).ensure()
    assert host.did("systemd-run") == []


def test_the_copy_is_made_a_mount_of_its_own_once(host, store):
    host.mounted = True
    outliving(host, store).ensure()
    assert host.did("mount", "--bind") == []


def test_without_the_hosts_processes_it_says_what_it_takes(host, store):
    host.fails = ["--version"]
    with pytest.raises(model.MountError, match="privileged container with the host's process namespace"):
        outliving(host, store).ensure()


def test_a_service_that_fails_is_told_with_its_log_and_leaves_nothing_that_tries_on(host, store):
    host.fails = ["systemd-run"]
    with pytest.raises(model.MountError, match="could not be mounted by(.|\n)*the log of the unit"):
        outliving(host, store).ensure()
    assert host.ran[-1] == ["systemctl", "stop", UNIT]


def test_a_copy_that_cannot_be_a_mount_is_an_error(host, store):
    host.fails = ["--bind"]
    with pytest.raises(model.MountError, match="cannot be made a mount of its own"):
        outliving(host, store).ensure()


@pytest.fixture
def image(tmp_path):
    root = tmp_path / "image"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "hosts").write_text("of the container")
    (root / "link").symlink_to("/nowhere")
    return str(root)


def test_the_copy_has_the_image_and_what_the_service_mounts_on(image, tmp_path):
    root = tmp_path / "store" / "copy"
    host_service.copy(str(root), model.Node.here().host, image)
    assert os.readlink(root / "link") == "/nowhere"
    assert (root / "etc/hosts").read_text() == ""
    assert (root / "host").is_dir()
    assert os.listdir(tmp_path / "store") == ["copy"]
    host_service.copy(str(root), model.Node.here().host, "/nowhere")


def test_what_is_mounted_in_the_container_is_left_out(host, tmp_path):
    """As the store itself is, which would be copied into itself without end."""
    with pytest.raises(FileNotFoundError):
        host_service.copy(str(tmp_path / "copy"), host.node.host)
    (ran,) = host.node.run.commands
    assert "--one-file-system" in ran


def test_half_a_copy_is_not_taken_for_one(tmp_path):
    with pytest.raises(model.MountError, match="could not be copied"):
        host_service.copy(str(tmp_path / "store" / "copy"), model.Node.here().host, str(tmp_path / "nothing"))
    assert os.listdir(tmp_path / "store") == []


def test_another_container_that_was_faster_is_no_error(image, tmp_path, monkeypatch):
    root = tmp_path / "store" / "copy"

    def faster(*_words):
        root.mkdir()
        raise OSError(39, "Directory not empty")

    monkeypatch.setattr(os, "rename", faster)
    host_service.copy(str(root), model.Node.here().host, image)
    assert os.listdir(tmp_path / "store") == ["copy"]


@pytest.fixture
def version(monkeypatch):
    monkeypatch.setattr(host_service, "version", lambda: VERSION)


def test_once_is_enough_where_that_is_asked(host, store, version):
    said = []
    assert host_service.run(arguments(store, "--once"), host.node, said.append) == 0
    assert said == [f"/srv/web is mounted by {UNIT} of the host"]


def test_it_stays_and_has_the_mount_made_again(host, store, version):
    said, ended, sleep = [], threading.Event(), host.clock.sleep

    def slept(seconds):
        sleep(seconds)
        if len(host.did("systemd-run")) == 1:
            host.active, host.fails = False, ["systemd-run"]
        elif host.fails:
            host.fails = []
        else:
            ended.set()

    host.clock.sleep = slept
    assert host_service.run(arguments(store), host.node, said.append, ended) == 0
    assert len(host.did("systemd-run")) == 3
    assert any("could not be mounted" in line for line in said)


def test_asked_to_end_it_leaves_the_mount(host, store, version):
    def interrupted(_seconds):
        raise signals.Interrupted("SIGTERM")

    host.clock.sleep = interrupted
    assert host_service.run(arguments(store), host.node, lambda _line: None) == 0
    assert host.did("systemctl", "stop") == [["systemctl", "stop", UNIT]], "before the start, and not after"


def test_the_image_says_which_one_it_is(tmp_path):
    (tmp_path / "version").write_text(f"{VERSION}\n")
    assert host_service.version(str(tmp_path / "version")) == VERSION


def test_the_entry_point_knows_the_command(host, store, version):
    said = []
    argv = ["outlive", f"--store={store}", "--once", "gfs1:/web", "/srv/web"]
    assert entrypoint.main(argv, entrypoint.Machine(host.node), said.append) == exit_codes.OK
