# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from .user import Writer

PATH = "/srv/web"


@pytest.fixture(scope="session")
def writer(lab):
    """The client that writes from the volume's first hour to its last."""
    writer = Writer(lab.node, PATH)
    yield writer
    writer.kill()
