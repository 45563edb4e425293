# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For the tests of every scenario: its hosts."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def lab():
    """The hosts of the scenario that molecule runs."""
    from ansible_collections.evenkeel.glusterfs.tests.lab import from_environment  # not there for unit tests on nodes

    return from_environment()
