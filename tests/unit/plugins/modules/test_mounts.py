# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module mounts as Ansible runs it: what it refuses, and what it answers where there is nothing to do."""

from __future__ import annotations

import json

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.evenkeel.glusterfs.plugins.modules import mounts


@pytest.fixture
def run(capsys, tmp_path):
    """run(check=False, **arguments): its answer."""

    def one(*, check=False, **arguments):
        given = {"fstab_file": str(tmp_path / "fstab"), **arguments, "_ansible_check_mode": check}
        with patch_module_args({**given, "_ansible_diff": True}), pytest.raises(SystemExit):
            mounts.main()
        return json.loads(capsys.readouterr().out)

    return one


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"mounts": [], "exclusive": True}, "exclusive: true takes away what carries the same group"),
        ({"mounts": [{"path": "/srv/web", "volumes": "web"}]}, "Unsupported parameters"),
        ({"mounts": [{"volume": "web"}]}, "missing required arguments: path"),
        ({"mounts": [{"path": "/srv/web", "state": "there"}]}, "value of state must be one of"),
        ({"mounts": [{"path": "/srv/web"}]}, "mounts[0] (/srv/web): volume and servers is missing"),
    ],
)
def test_bad_input_fails_the_task_before_anything_is_touched(run, arguments, told, check):
    answer = run(check=check, **arguments)
    assert answer["failed"]
    assert told in answer["msg"]
    assert not answer.get("changed")


def test_a_network_that_cannot_be_asked_as_wanted_is_refused(run):
    """In check mode an earlier task would have put the certificates there."""
    wanted = {"volume": "v", "servers": ["s"], "tls": "true", "mounts": [{"path": "/srv/a"}, {"path": "/srv/b"}]}
    assert "tls: true, but the client on this node would speak without TLS" in run(**wanted)["msg"]


def test_an_empty_list_of_a_group_that_nothing_carries_changes_nothing(run):
    answer = run(mounts=[], group="of-this-test", exclusive=True)
    assert (answer.get("failed"), answer["changed"], answer["removed"], answer["diff"]) == (None, False, [], [])
