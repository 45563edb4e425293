# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Subdirectories that a brick does not find."""

from __future__ import annotations

import errno
import os

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.process import run
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import model, subdir
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import FakeMachine, exits, mounts, report_of

REFUSAL = 'SETVOLUME on remote-host failed [{remote-error=subdirectory for mount "/a/b" is not found}, {errno=2}]'


@pytest.fixture
def machine(tmp_path):
    return FakeMachine(tmp_path)


def refuse(machine, times):
    """A brick ends each client of the subdirectory, and none of the root."""
    machine.starts = [each for _time in range(times) for each in (refused, mounts if _time == 0 else None) if each]


def refused(machine, argv, timeout):
    assert "--subdir-mount=/a/b" in argv
    return exits(0, log=REFUSAL, by="web-client-2")(machine, argv, timeout)


def mount(machine, **changes):
    log = f"log-file={machine.parent.parent}/client.log"
    return report_of(machine.spec([log], subdir="a/b", **changes), machine.node)


def test_a_subdirectory_that_one_brick_lacks_is_mounted_as_soon_as_that_is_healed(machine):
    machine.subdirs["a/b"] = 0
    refuse(machine, 5)
    report = mount(machine)
    tries = [attempt for attempt in report.attempts if attempt.outcome is Outcome.CLIENT_FAILED]
    assert {attempt.detail for attempt in tries} == {
        "gfs3:/bricks/web lacks a/b, which the volume has, until it is healed"
    }
    assert (len(tries), report.changed, report.observed.subdir) == (5, True, "a/b")
    roots = [argv for argv in machine.started() if "--subdir-mount=/a/b" not in argv]
    assert len(roots) == 1, "one look at the volume's root is enough"


def test_one_that_is_not_healed_in_time_is_told_with_the_brick_that_lacks_it(machine):
    machine.subdirs["a/b"] = 0
    refuse(machine, 500)
    with pytest.raises(model.MountError, match="gfs3:/bricks/web lacks a/b") as caught:
        mount(machine, timeout_total=20)
    assert "timeout_total is 20 s" in str(caught.value)
    assert 16 <= machine.clock.now() <= 22
    assert machine.left() == []


@pytest.mark.parametrize(("code", "told"), [(errno.ENOENT, "is not found"), (errno.ENOTDIR, "a/b is no directory")])
def test_one_that_the_volume_does_not_have_fails_at_once(machine, code, told):
    machine.subdirs["a/b"] = code
    refuse(machine, 5)
    with pytest.raises(model.MountError, match=told):
        mount(machine)
    assert machine.clock.now() < 1
    assert (machine.left(), machine.mounts) == ([], [])
    assert not os.path.lexists(os.path.dirname(machine.node.host.lock_directory) + subdir.ROOTS), (
        "nor is the folder of roots left"
    )


def test_one_of_which_the_root_tells_nothing_is_tried_again_and_looked_at_again(machine):
    machine.starts = [refused, mounts, refused, mounts, mounts]
    machine.subdirs["a/b"] = errno.EACCES
    report = mount(machine)
    details = [attempt.detail for attempt in report.attempts if attempt.outcome is Outcome.CLIENT_FAILED]
    assert len(details) == 2
    assert all("by gfs3:/bricks/web, and whether the volume has it could not be told" in detail for detail in details)
    assert report.observed.state.value == "healthy"


OWNED = model.NewDirectory(33, 34, 0o750)


def test_a_subdirectory_that_the_volume_does_not_have_is_made_where_that_is_wanted(machine):
    machine.starts = [refused, mounts, mounts]
    report = mount(machine, new_subdir=OWNED)
    assert machine.made_subdirs == [("a/b", "33", "34", str(0o750))]
    assert (report.changed, report.subdir_made, report.observed.subdir) == (True, True, "a/b")
    made, proven = [attempt for attempt in report.attempts if attempt.step in (Step.START, Step.PROVE)]
    assert (made.outcome, made.detail) == (Outcome.SUBDIR_MADE, "the volume had no a/b, so it was made")
    assert (proven.outcome, proven.server) == (Outcome.OK, made.server), "the same server is tried again at once"
    assert not os.path.lexists(os.path.dirname(machine.node.host.lock_directory) + subdir.ROOTS)


def test_one_that_is_there_is_not_made(machine):
    report = mount(machine, new_subdir=OWNED)
    assert (machine.made_subdirs, report.subdir_made) == ([], False)


def test_one_that_a_brick_lacks_until_it_is_healed_is_not_made(machine):
    machine.subdirs["a/b"] = 0
    refuse(machine, 2)
    report = mount(machine, new_subdir=OWNED)
    assert (machine.made_subdirs, report.subdir_made) == ([], False)


def test_its_root_is_mounted_to_be_written_to_though_the_mount_itself_is_read_only(machine):
    machine.starts = [refused, mounts, mounts]
    log = f"log-file={machine.parent.parent}/client.log"
    report = report_of(machine.spec([log, "ro"], subdir="a/b", new_subdir=OWNED), machine.node)
    read_only = ["--read-only" in argv for argv in machine.started()]
    assert (report.subdir_made, read_only) == (True, [True, False, True])


def test_one_that_cannot_be_made_now_is_tried_again_and_one_that_never_can_ends_the_run(machine):
    machine.starts = [refused, mounts, refused, mounts, mounts]
    machine.makes = [errno.ENOTCONN]
    assert mount(machine, new_subdir=OWNED).subdir_made
    machine.starts = [refused, mounts]
    machine.subdirs.clear()
    machine.makes = [errno.EACCES]
    with pytest.raises(model.MountError, match="a/b could not be made in the volume: Permission denied"):
        report_of(
            machine.spec([f"log-file={machine.parent.parent}/client.log"], subdir="a/b", new_subdir=OWNED),
            machine.node,
            renew=True,
        )


def test_a_directory_is_made_with_owner_and_mode_and_those_on_the_way_are_roots(tmp_path):
    (tmp_path / "is").mkdir(mode=0o700)
    own = model.NewDirectory(os.getuid(), os.getgid(), 0o2750)
    assert subdir.make(str(tmp_path), "is/on/way", own, 20, run) == subdir.InRoot(subdir.Kind.DIRECTORY, made=True)
    modes = [(tmp_path / name).stat().st_mode & 0o7777 for name in ("is", "is/on", "is/on/way")]
    assert modes == [0o700, 0o755, 0o2750]
    other = model.NewDirectory(os.getuid(), os.getgid(), 0o777)
    assert subdir.make(str(tmp_path), "is/on/way", other, 20, run) == subdir.InRoot(subdir.Kind.DIRECTORY)
    assert (tmp_path / "is/on/way").stat().st_mode & 0o7777 == 0o2750, "what is there stays as it is"


def test_a_name_that_comes_twice_on_the_way_is_made_for_each_place(tmp_path):
    own = model.NewDirectory(os.getuid(), os.getgid(), 0o750)
    assert subdir.make(str(tmp_path), "x/y/x", own, 20, run).made
    assert [(tmp_path / name).stat().st_mode & 0o7777 for name in ("x", "x/y", "x/y/x")] == [0o755, 0o755, 0o750]


def test_a_directory_that_does_not_get_its_owner_is_not_there_for_the_next_try(tmp_path, monkeypatch):
    lost = f"import errno, os\ndef lost(*_words):\n    raise OSError(errno.ENOTCONN, 'lost')\nos.fchown = lost\n{subdir._MAKE}"
    monkeypatch.setattr(subdir, "_MAKE", lost)
    found = subdir.make(str(tmp_path), "new", model.NewDirectory(os.getuid(), os.getgid(), 0o750), 20, run)
    assert (found.kind, found.made, list(tmp_path.iterdir())) == (subdir.Kind.UNKNOWN, False, [])


@pytest.mark.parametrize("name", ["link", "link/new", "a/link/new", "file/new"])
def test_no_directory_is_made_over_a_link_or_a_file(tmp_path, name):
    outside = tmp_path / "outside"
    outside.mkdir()
    root = tmp_path / "root"
    (root / "a").mkdir(parents=True)
    (root / "link").symlink_to(outside)
    (root / "a" / "link").symlink_to("../..")
    (root / "file").write_text("")
    found = subdir.make(str(root), name, model.NewDirectory(), 20, run)
    assert (found.kind, found.made) == (subdir.Kind.MISSING, False)
    assert f"{name} could not be made in the volume: " in found.why
    assert list(outside.iterdir()) == []


def test_the_look_follows_no_link_that_lies_in_the_volume(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "file").write_text("")
    (tmp_path / "link").symlink_to("/")
    names = ("a/b", "a/file", "a/none", "link", "link/etc")
    found = [subdir.kind_of(str(tmp_path), name, 20, run) for name in names]
    other = subdir.Kind.OTHER
    assert found == [subdir.Kind.DIRECTORY, other, subdir.Kind.MISSING, other, other]
    assert subdir.kind_of(str(tmp_path / "gone"), "a", 20, run) is subdir.Kind.UNKNOWN
