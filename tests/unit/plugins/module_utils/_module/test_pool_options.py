# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import pool_options
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import OK, FakeGluster, recorded

pytestmark = pytest.mark.usefixtures("version")

RATIO = "cluster.server-quorum-ratio"
LOG = "cluster.daemon-log-level"
VERSION = "cluster.op-version"


def options(**changes):
    """The recorded options, where the quorum's ratio alone was set, to 60. changes: other values, by the name's last part with _ for a hyphen."""
    text = recorded("volume-get-all")
    for name, value in changes.items():
        option = f"<Option>cluster.{name.replace('_', '-')}</Option>"
        start, found, rest = text.partition(option)
        assert found
        before, _old, after = rest.partition("<Value>")
        text = f"{start}{found}{before}<Value>{value}<{after.split('<', 1)[1]}"
    return text


def ask(gluster, wanted, *, check_mode=False):
    return pool_options.ensure(wanted, gluster.cli, check_mode=check_mode)


def gluster_with(*answers, **says):
    return FakeGluster(
        {
            "pool list": "pool-list",
            "volume get all all": list(answers),
            "volume set all *": OK,
            "volume reset all *": OK,
            **says,
        }
    )


def test_options_that_are_as_wanted_are_no_change():
    gluster = gluster_with(options())
    result = ask(gluster, {RATIO: 60, "cluster.brick-multiplex": False, LOG: None, VERSION: "max"})
    assert (result.changed, gluster.changed) == (False, [])
    assert result.after[RATIO] == "60"
    assert result.after["cluster.brick-multiplex"] == "disable"


def test_each_option_gets_a_command_and_the_op_version_the_first():
    gluster = gluster_with(
        options(max_op_version=130000),
        options(daemon_log_level="WARNING", server_quorum_ratio="51 (DEFAULT)", op_version=130000),
    )
    result = ask(gluster, {LOG: "WARNING", RATIO: None, VERSION: "max"})
    assert result.changed
    assert gluster.changed == [
        f"volume set all {VERSION} 130000",
        f"volume set all {LOG} WARNING",
        f"volume reset all {RATIO}",
    ]
    assert (result.before[RATIO], result.after[RATIO]) == ("60", "51")


def test_check_mode_foretells_and_touches_nothing():
    gluster = gluster_with(options(op_version=90000, max_op_version=130000))
    result = ask(gluster, {VERSION: "max", LOG: "DEBUG"}, check_mode=True)
    assert (result.changed, gluster.changed) == (True, [])
    assert (result.after[VERSION], result.after[LOG]) == ("130000", "DEBUG")


@pytest.mark.parametrize(
    ("wanted", "message"),
    [({LOG: "WARNING"}, f"{LOG} is INFO"), ({RATIO: None}, f"{RATIO} is 60")],
)
def test_a_success_that_gluster_only_reports_is_an_error(wanted, message):
    with pytest.raises(ClusterError, match=f"gluster reported success, and {message}"):
        ask(gluster_with(options()), wanted)


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"cluster.server-quorum-rato": 1}, "has no option of this name; write cluster.server-quorum-ratio"),
        ({"network.ping-timeout": 1}, "or give it to a volume"),
        ({"cluster.max-op-version": 1}, "follows from the versions of the members"),
        ({VERSION: None}, "None is no version; write max, or a number such as 120000"),
        ({VERSION: "11.1"}, "'11.1' is no version"),
        ({VERSION: 70000}, "70000 is lower than 100000, the present one"),
        ({VERSION: 130000}, "130000 is higher than 120000, the most that all members know"),
        ({RATIO: {}}, "is a mapping"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_set(wanted, message):
    gluster = gluster_with(options(op_version=100000, max_op_version=120000))
    with pytest.raises(ValueError, match="option ") as caught:
        ask(gluster, wanted)
    assert message in str(caught.value)
    assert gluster.changed == []


def test_an_answer_of_another_form_is_an_error():
    with pytest.raises(ClusterError, match="no cluster.op-version"):
        ask(gluster_with(OK), {})
