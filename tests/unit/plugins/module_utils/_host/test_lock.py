# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import subprocess
import sys

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import lock
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeClock


def test_a_second_run_waits_and_then_gives_up_with_a_word(tmp_path):
    path, clock = f"{tmp_path}/locks/a.lock", FakeClock()
    with lock.hold(path, 1, clock), pytest.raises(lock.LockTimeout, match="for 2 s"), lock.hold(path, 2, clock):
        pass
    assert 2 <= clock.now() < 2.2


def test_a_lock_is_free_again_after_an_error(tmp_path):
    path = f"{tmp_path}/a.lock"
    with pytest.raises(KeyError), lock.hold(path, 1, FakeClock()):
        raise KeyError
    with lock.hold(path, 0, FakeClock()):
        pass


def test_a_process_started_meanwhile_does_not_keep_the_lock(tmp_path):
    path = f"{tmp_path}/a.lock"
    with lock.hold(path, 1, FakeClock()):
        child = subprocess.Popen(
            [sys.executable, "-c", "input(1)"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, close_fds=False
        )
        assert child.stdout.read(1) == b"1"
    with lock.hold(path, 0, FakeClock()):
        pass
    child.communicate(b"\n", timeout=30)
    assert child.returncode == 0


def test_a_lock_file_that_is_a_link_is_not_followed(tmp_path):
    (tmp_path / "a.lock").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"), lock.hold(f"{tmp_path}/a.lock", 0, FakeClock()):
        pass
