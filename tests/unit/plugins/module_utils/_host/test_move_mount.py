# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Moving a mount to its place: what the kernel is asked, and what its answers mean."""

from __future__ import annotations

import errno

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import move_mount


def refusing(code):
    def mover(_source, _target, _flags):
        raise OSError(code, "refused")

    return mover


def test_beneath_is_asked_of_the_kernel():
    asked = []
    assert move_mount.beneath("/mounts/web", "/host/web", lambda *words: asked.append(words))
    assert asked == [("/mounts/web", "/host/web", 0x200)]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
def test_an_old_kernel_is_no_error(code):
    assert not move_mount.beneath("/mounts/web", "/host/web", refusing(code))


def test_any_other_answer_is_one():
    with pytest.raises(PermissionError):
        move_mount.beneath("/mounts/web", "/host/web", refusing(errno.EPERM))


def test_the_system_call_says_why_it_did_not_move(tmp_path):
    with pytest.raises(OSError, match=r"No such file|not permitted|Invalid|not implemented"):
        move_mount.move(str(tmp_path / "nothing"), str(tmp_path))
