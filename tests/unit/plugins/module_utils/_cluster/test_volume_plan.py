# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import (
    unfinished,
    volume_arguments,
    volume_plan,
)
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.rebalance import Earlier
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.volume import RUNNING, Brick, Shape, Volume
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.volume_steps import (
    AddBricks,
    AwaitRebalance,
    ClearUnfinished,
    Delete,
    Heal,
    Rebalance,
    RemoveBricks,
    ReplaceBrick,
    ResetBrick,
    Stop,
    after,
    describe,
)

WEB = ("h1:/b/web", "h2:/b/web", "h3:/b/web")
TWO = ("h1:/b/two", "h2:/b/two", "h3:/b/two")
NEW = (*WEB[:2], "h4:/b/web")
R3 = Shape(3)
EVERYWHERE = {"cluster.lookup-optimize": "off"}
"""What a volume has whose files have moved before."""


def bricks(names):
    return tuple(map(Brick.parse, names))


def existing(names=WEB, shape=R3, status="Started", **options):
    kind = "Replicate" if shape.replica > 1 else "Disperse" if shape.disperse else "Distribute"
    values = {**EVERYWHERE, **{name.replace("_", ".", 1).replace("_", "-"): value for name, value in options.items()}}
    return Volume("web", "", kind, status, bricks(names), shape, "tcp", values)


def plan(volume, *, offline=(), earlier=Earlier.ENDED, **wanted):
    params = {
        "name": "web",
        "state": "present",
        "confirm": "web",
        "bricks": None,
        "replica": None,
        "arbiter": None,
        "disperse": None,
        "redundancy": None,
        "transport": None,
        "options": {},
        "force": False,
        "rebalance": False,
        "reset": [],
        "disconnect_clients": False,
        "timeout": 1.0,
        "timeout_heal": 1.0,
        "timeout_migrate": 1.0,
        **wanted,
    }
    keys = frozenset(brick.key for brick in bricks(offline))
    return volume_plan.plan(volume_arguments.check(params), volume, keys, earlier)


OFF = {"cluster.self-heal-daemon": "off"}


@pytest.mark.parametrize(
    ("volume", "wanted", "order"),
    [
        pytest.param(
            None,
            {"state": "started", "bricks": WEB, "replica": 3, "options": {"auth.allow": "h9"}},
            ["create (replica 3)", "set auth.allow h9", "start"],
            id="a new volume is never served without its options",
        ),
        pytest.param(
            existing(status="Stopped", auth_allow="h9"),
            {"state": "started", "options": {"auth.allow": None, "user.a": 1}},
            ["set user.a 1", "reset auth.allow", "start"],
            id="nor is one that was stopped",
        ),
        pytest.param(
            existing(),
            {"state": "stopped", "options": {"storage.linux-aio": True, "user.a": 1}},
            ["stop", "set storage.linux-aio on", "set user.a 1"],
            id="what a started volume does not take is set after its stop",
        ),
        pytest.param(
            existing(status="Stopped"),
            {
                "state": "started",
                "bricks": [*WEB, *TWO],
                "rebalance": True,
                "options": {"user.a": 1, "storage.linux-aio": True},
            },
            ["set storage.linux-aio on", "start", f"add {' '.join(TWO)}", "rebalance", "set user.a 1"],
            id="bricks come after the start, other options after the bricks",
        ),
        pytest.param(
            existing(cluster_self_heal_daemon="off"),
            {"bricks": NEW, "options": {"cluster.self-heal-daemon": True, "user.a": 1}},
            ["set cluster.self-heal-daemon on", f"replace {WEB[2]} by {NEW[2]}", "set user.a 1"],
            id="the healers run before a brick is empty",
        ),
        pytest.param(
            existing(),
            {"bricks": NEW, "options": OFF},
            [f"replace {WEB[2]} by {NEW[2]}", "set cluster.self-heal-daemon off"],
            id="and are turned off after its heal",
        ),
        pytest.param(
            existing(),
            {"bricks": NEW, "state": "stopped", "options": {"user.a": 1}},
            [f"replace {WEB[2]} by {NEW[2]}", "stop", "set user.a 1"],
            id="bricks change before the stop",
        ),
        pytest.param(
            existing(),
            {"options": {"cluster.granular-entry-heal": True, "user.a": 1}},
            ["set user.a 1", "set cluster.granular-entry-heal on"],
            id="an option with a command of its own comes after those that are set together",
        ),
        pytest.param(
            existing(), {"state": "absent"}, ["stop", "delete"], id="a volume is stopped before it is deleted"
        ),
        pytest.param(existing(status="Created"), {"state": "absent"}, ["delete"], id="unless it is not started"),
    ],
)
def test_steps_stand_in_the_order_in_which_they_are_safe(volume, wanted, order):
    assert describe(plan(volume, **wanted)) == order


@pytest.mark.parametrize(
    ("volume", "wanted", "status", "shape", "names", "options"),
    [
        (None, {"bricks": WEB, "replica": 3}, "Created", Shape(3), WEB, {}),
        (None, {"bricks": WEB, "replica": 3, "state": "started"}, "Started", Shape(3), WEB, {}),
        (
            existing(WEB[:2], Shape(2)),
            {"bricks": WEB, "replica": 3, "arbiter": 1},
            "Started",
            Shape(3, 1),
            WEB,
            EVERYWHERE,
        ),
        (
            existing([*WEB[:2], *TWO[:2]], Shape(2)),
            {"bricks": [*WEB, *TWO], "replica": 3},
            "Started",
            Shape(3),
            [*WEB, *TWO],
            EVERYWHERE,
        ),
        (existing(), {"bricks": WEB[:2], "replica": 2}, "Started", Shape(2), WEB[:2], EVERYWHERE),
        (existing(), {"bricks": [*reversed(NEW)]}, "Started", Shape(3), NEW, EVERYWHERE),
        (existing([*WEB, *TWO]), {"bricks": TWO}, "Started", Shape(3), TWO, EVERYWHERE),
        (
            existing(),
            {"state": "stopped", "options": {"user.a": 1}},
            "Stopped",
            Shape(3),
            WEB,
            {**EVERYWHERE, "user.a": "1"},
        ),
        (existing(user_a="1"), {"options": {"user.a": None}}, "Started", Shape(3), WEB, EVERYWHERE),
        (
            existing(),
            {"options": {"cluster.granular-entry-heal": True}},
            "Started",
            Shape(3),
            WEB,
            {**EVERYWHERE, "cluster.granular-entry-heal": "on"},
        ),
    ],
)
def test_the_steps_make_the_volume_the_wanted_one(volume, wanted, status, shape, names, options):
    made = after(volume, plan(volume, **wanted))
    assert (made.status, made.shape, made.bricks, made.options) == (status, shape, bricks(names), options)


def test_a_deleted_volume_is_none():
    assert after(existing(), plan(existing(), state="absent")) is None


def cut_off(*words, names=WEB, shape=R3):
    """A volume on which a run was cut off."""
    volume = existing(names, shape)
    return volume._replace(options={**volume.options, unfinished.OPTION: " ".join(words)})


def test_a_rebalance_that_goes_on_is_waited_for_and_is_no_change():
    steps = plan(existing([*WEB, *TWO]), earlier=Earlier.AWAITED, rebalance=True)
    assert steps == (AwaitRebalance("web"),)
    assert describe(steps) == []


def test_a_rebalance_that_goes_on_is_waited_for_before_the_volume_is_stopped_for_good():
    steps = plan(existing([*WEB, *TWO]), earlier=Earlier.AWAITED, rebalance=True, state="absent")
    assert steps == (AwaitRebalance("web"), Stop("web"), Delete("web"))


def test_a_rebalance_that_is_begun_anew_is_waited_for_once():
    three = [f"h{number}:/b/three" for number in (1, 2, 3)]
    steps = plan(existing([*WEB, *TWO]), earlier=Earlier.AWAITED, rebalance=True, bricks=[*WEB, *TWO, *three])
    assert [type(one) for one in steps] == [AddBricks, Rebalance, ClearUnfinished]


def test_what_is_unfinished_is_forgotten_only_when_its_end_was_seen():
    volume = cut_off("rebalance:1", names=[*WEB, *TWO])
    assert plan(volume, earlier=Earlier.AWAITED, rebalance=True) == (AwaitRebalance("web"), ClearUnfinished("web"))
    assert [type(one) for one in plan(volume, earlier=Earlier.LOST, rebalance=True)] == [Rebalance, ClearUnfinished]
    assert plan(volume) == ()


def test_a_rebalance_waits_for_bricks_that_alone_have_their_files():
    for shape, waits in ((Shape(), True), (Shape(3), False)):
        steps = plan(existing(WEB, shape), bricks=[*WEB, *TWO], rebalance=True)
        assert [one.online_first for one in steps if isinstance(one, Rebalance)] == [waits]


def arranged(volume, steps, *offline):
    keys = frozenset(brick.key for brick in bricks(offline))
    return [
        one for one in volume_plan.arranged(steps, volume, keys) if isinstance(one, (Heal, ReplaceBrick, ResetBrick))
    ]


def test_bricks_that_are_offline_are_made_anew_before_others_and_healed_when_none_is_away():
    wanted = ["h4:/b/one", "h4:/b/two", "h4:/b/three", "h4:/b/web"]
    volume = existing([*WEB, wanted[3]], Shape(disperse=4, redundancy=1))
    one, two, three = arranged(volume, plan(volume, bricks=wanted), *WEB[1:])
    assert [str(step.old) for step in (one, two, three)] == [WEB[1], WEB[2], WEB[0]]
    assert [step.online for step in (one, two, three)] == [False, False, True]
    assert [step.unhealed for step in (one, two, three)] == [(), bricks(wanted[1:3]), bricks(wanted[:1])]


def test_a_brick_that_is_away_in_another_subvolume_holds_up_no_heal():
    names = [*WEB, *TWO]
    volume = existing(names)
    new = [*NEW, "h4:/b/two", *TWO[1:]]
    first, second = arranged(volume, plan(volume, bricks=new), TWO[0])
    assert (str(first.old), first.unhealed) == (TWO[0], bricks([new[3]]))
    assert (str(second.old), second.unhealed) == (WEB[2], bricks([new[2]]))


def test_what_an_earlier_run_left_unhealed_is_waited_for_with_what_comes_in_its_subvolume():
    volume = cut_off(WEB[1], TWO[1], names=[*WEB, *TWO])
    heal, replaced = arranged(volume, plan(volume, bricks=[*NEW, *TWO]), WEB[2])
    assert (heal.bricks, heal.unhealed) == (bricks([WEB[1], TWO[1]]), (bricks([TWO[1]]),))
    assert replaced.unhealed == bricks([WEB[1], NEW[2]])


def test_a_brick_that_waits_to_be_healed_and_is_lost_is_not_waited_for():
    volume = cut_off(WEB[2])
    heal, replaced = arranged(volume, plan(volume, bricks=NEW), WEB[2])
    assert (heal.unhealed, replaced.unhealed) == ((), bricks([NEW[2]]))


def test_steps_can_be_arranged_again_once_more_is_known():
    volume = existing(WEB)
    steps = plan(volume, reset=[WEB[2]], offline=[WEB[2]], force=True)
    assert steps[0] == ResetBrick("web", *bricks([WEB[2]]), True, bricks([WEB[2]]))
    assert volume_plan.arranged(steps, volume) == steps
    shrunk = plan(existing([*WEB, *TWO]), bricks=WEB)
    assert shrunk[0].earlier is None
    assert volume_plan.arranged(shrunk, volume, removal=RUNNING)[0] == RemoveBricks(
        "web", bricks(TWO), Shape(3), RUNNING
    )
