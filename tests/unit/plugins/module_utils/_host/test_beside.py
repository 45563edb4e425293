# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done beside something else ends with it."""

from __future__ import annotations

import threading

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.beside import beside


def waits(over):
    while not over():
        threading.Event().wait(0.001)
    return "done"


def test_it_ends_with_what_it_is_done_beside():
    with beside(waits) as watched:
        assert not watched.done()
    assert watched.result() == "done"


def test_it_ends_where_that_fails():
    with pytest.raises(ZeroDivisionError), beside(waits) as watched:
        raise ZeroDivisionError
    assert watched.result() == "done"


def test_what_it_raises_is_raised_where_its_result_is_asked_for():
    with beside(lambda _over: 1 / 0) as watched:
        pass
    with pytest.raises(ZeroDivisionError):
        watched.result()
