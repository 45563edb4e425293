# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os

import pytest

from ansible_collections.evenkeel.glusterfs.tests.pages import fleet
from ansible_collections.evenkeel.glusterfs.tests.pages.newcomer import Newcomer


@pytest.fixture(scope="session")
def newcomer():
    """Who follows the page, from its beginning to its end."""
    drawn = fleet.from_environment()
    print("\n".join([f"EVENKEEL_SEED={drawn.seed}", drawn.network, *map(str, drawn.machines)]))
    return Newcomer(drawn, os.environ["EVENKEEL_PREFIX"])
