# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a client that is started from here would live."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import cgroup as home


@pytest.mark.parametrize(
    ("cgroup", "unit", "scope"),
    [
        ("0::/system.slice/srv-web.mount\n", "srv-web.mount", False),
        ("0::/libpod/system.slice/srv-web.mount\n", "srv-web.mount", False),
        ("0::/system.slice/gluster-failover-heal.service\n", "gluster-failover-heal.service", True),
        ("3:cpu:/a\n1:name=systemd:/system.slice/srv-web.mount\n0::/\n", "srv-web.mount", False),
        ("0::/user.slice/session-1.scope\n", "session-1.scope", True),
        ("", "", True),
    ],
)
def test_a_client_gets_a_scope_unless_it_starts_in_the_unit_of_its_mount(tmp_path, cgroup, unit, scope):
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text(cgroup)
    assert home.unit(str(tmp_path)) == unit
    assert home.needs_scope(True, str(tmp_path)) is scope
    assert not home.needs_scope(False, str(tmp_path)), "without systemd there are no scopes"


def test_without_cgroups_there_is_no_unit(tmp_path):
    assert home.unit(str(tmp_path)) == ""
