# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.tests.unit import fake_gluster


@pytest.fixture(params=fake_gluster.VERSIONS)
def version(request):
    """The test reads what each version of GlusterFS said."""
    fake_gluster.version = request.param
    return request.param
