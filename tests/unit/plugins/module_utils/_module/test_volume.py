# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import sys

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import (
    brick_files,
    remove_brick,
    unfinished,
    volume_arguments,
)
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.volume import Shape
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module.volume import ensure
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import (
    OK,
    FakeGluster,
    FakeHost,
    ended,
    recorded,
    refusal,
)

pytestmark = pytest.mark.usefixtures("version")

WEB = ["h1:/bricks/web", "h2:/bricks/web", "h3:/bricks/web"]
TWO = ["h1:/bricks/two", "h2:/bricks/two", "h3:/bricks/two"]
DIST = ["h1:/bricks/d1", "h2:/bricks/d2"]


def uuids():
    pairs = re.findall(r"<uuid>(.*?)</uuid>\s*<hostname>(.*?)</hostname>", recorded("pool-list-four"))
    return {("h1" if host == "localhost" else host): uuid for uuid, host in pairs}


def info(*bricks, shape=None, started=True, name="web", options=None, snapshots=0, transport=0):
    """The recorded volume with other bricks and another state. Its clients look for files everywhere, as after any move of files."""
    options = {"cluster.lookup-optimize": "off"} if options is None else options
    text = recorded("volume-info")
    shape = shape or Shape(3)
    known = uuids()
    listed = ""
    for brick in bricks:
        uuid = known[brick.split(":")[0]]
        listed += f'<brick uuid="{uuid}">{brick}<name>{brick}</name><hostUuid>{uuid}</hostUuid></brick>'
    values = {
        "name": name,
        "statusStr": "Started" if started else "Stopped",
        "snapshotCount": snapshots,
        "replicaCount": shape.replica,
        "arbiterCount": shape.arbiter,
        "disperseCount": shape.disperse,
        "redundancyCount": shape.redundancy,
        "transport": transport,
    }
    for tag, value in values.items():
        text, count = re.subn(rf"<{tag}>[^<]*</{tag}>", f"<{tag}>{value}</{tag}>", text, count=1)
        assert count
    rows = "".join(f"<option><name>{key}</name><value>{value}</value></option>" for key, value in options.items())
    text = re.sub(r"<options>.*</options>", f"<options>{rows}</options>", text, flags=re.DOTALL)
    return re.sub(r"<bricks>.*</bricks>", f"<bricks>{listed}</bricks>", text, flags=re.DOTALL)


def healed(*bricks, away=(), entries=0, split=0):
    """The recorded summary for other bricks. away: those that are not connected. entries: how many each one has to heal, split: of these in split-brain."""
    start, brick, end = re.match(
        r"(.*<bricks>)(.*?</brick>).*(</bricks>.*)", recorded("heal-summary-clean"), re.S
    ).groups()
    listed = ""
    for name in bricks:
        one = re.sub(r"<name>.*?</name>", f"<name>{name}</name>", brick)
        one = one.replace("OfEntries>0", f"OfEntries>{entries}").replace("InSplitBrain>0", f"InSplitBrain>{split}")
        if name in away:
            one = one.replace(">Connected<", ">Transport endpoint is not connected<")
            one = re.sub(r"<(\w*ntries\w*)>\d+<", r"<\1>-<", one)
        listed += one
    return start + listed + end


def status(*bricks, offline=(), name="web"):
    """The recorded status of other bricks."""
    text = recorded("volume-status")
    node = re.search(r"<node>\s*<hostname>h1</hostname>.*?</node>", text, re.DOTALL).group()
    listed = ""
    for brick in bricks:
        host, _colon, path = brick.partition(":")
        one = re.sub(r"<hostname>.*?</hostname>", f"<hostname>{host}</hostname>", node)
        one = re.sub(r"<path>.*?</path>", f"<path>{path}</path>", one)
        listed += one.replace("<status>1<", "<status>0<") if brick in offline else one
    text = re.sub(r"<node>.*</node>", listed, text, flags=re.DOTALL)
    return re.sub(r"<volName>.*?</volName>", f"<volName>{name}</volName>", text)


def moved(name):
    """How many files, as recorded."""
    return int(re.search(r"<aggregate>\s*<files>([1-9]\d*)<", recorded(name)).group(1))


def ask(gluster, *, name="web", state="present", check_mode=False, host=None, **changes):
    params = {
        "name": name,
        "state": state,
        "confirm": None,
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
        "timeout": 120.0,
        "timeout_heal": 3600.0,
        "timeout_migrate": 3600.0,
        **changes,
    }
    return ensure(volume_arguments.check(params), gluster.cli, host or FakeHost(), check_mode=check_mode)


def failed_rebalance():
    return recorded("tasks-rebalance").replace("<status>3<", "<status>4<").replace(">completed<", ">failed<")


def cluster(*volumes, **says):
    """A pool of four hosts whose volume information is ``volumes`` in turn. says: more answers, by words with _ for a blank."""
    return FakeGluster(
        {
            "volume info": list(volumes),
            "pool list": "pool-list-four",
            "volume set help-xml": "volume-set-help",
            "volume status web tasks": "tasks-none",
            "volume status dist tasks": "tasks-none",
            "volume heal web": OK,
            "volume status web shd": "volume-status",
            "volume status web clients": OK,
            "volume status web": "volume-status",
            "volume status dist": "volume-status",
            "volume set web user.evenkeel.unfinished *": OK,
            **says,
        }
    )


BEGIN = "volume set web user.evenkeel.unfinished"
END = f"{BEGIN} none"
"""The commands by which a run keeps what it has begun, and that it has come to an end."""


def refused(gluster, kind=ValueError, **wanted):
    """What is said where nothing is done."""
    with pytest.raises(kind) as caught:
        ask(gluster, **wanted)
    assert gluster.changed == [] or kind is ClusterError
    return str(caught.value)


# -- a volume that is not there


def test_a_volume_is_made_with_its_options_before_it_is_started():
    gluster = cluster(
        "volume-info-none",
        info(*WEB),
        **{
            "volume create *": "volume-create",
            "volume set web *": "volume-set",
            "volume start web": "volume-start",
            "volume status web": [status(*WEB, offline=WEB[2:]), status(*WEB)],
        },
    )
    options = {
        "network.ping-timeout": 10,
        "features.shard": True,
        "auth.allow": ["192.0.2.*", "h9"],
        "user.note": "a b",
    }
    result = ask(gluster, state="started", bricks=WEB, replica=3, options={**options, "auth.reject": None})
    assert gluster.changed == [
        "volume create web replica 3 h1:/bricks/web h2:/bricks/web h3:/bricks/web",
        "volume set web network.ping-timeout 10 features.shard on auth.allow '192.0.2.*,h9' user.note 'a b'",
        "volume start web",
    ]
    assert result.values["steps"] == [
        "create (replica 3)",
        "set network.ping-timeout 10",
        "set features.shard on",
        "set auth.allow 192.0.2.*,h9",
        "set user.note a b",
        "start",
    ]
    assert (result.changed, result.before) == (True, "")
    assert gluster.clock.now() > 0


@pytest.mark.parametrize(
    ("wanted", "command"),
    [
        ({}, "volume create web h1:/bricks/web h2:/bricks/web h3:/bricks/web"),
        ({"replica": 3, "arbiter": 1}, "volume create web replica 3 arbiter 1 "),
        ({"disperse": 3, "redundancy": 1}, "volume create web disperse 3 redundancy 1 "),
        ({"transport": "tcp", "replica": 3}, "volume create web replica 3 transport tcp "),
        ({"force": True}, "h3:/bricks/web force"),
    ],
)
def test_a_volume_is_made_in_each_shape_and_left_as_it_is(wanted, command):
    gluster = cluster("volume-info-none", info(*WEB, started=False), **{"volume create *": "volume-create"})
    assert ask(gluster, bricks=WEB, **wanted).changed
    (done,) = gluster.changed
    assert command in done


def test_a_brick_that_was_one_is_taken_at_creation_by_force_only():
    gluster = cluster("volume-info-none", **{"volume create *": "volume-create"})
    host = FakeHost(marked=["/bricks/web"])
    message = refused(gluster, bricks=WEB, replica=3, host=host)
    assert message.startswith("bricks: h1:/bricks/web has been a brick of another volume")
    assert "setfattr -x trusted.glusterfs.volume-id /bricks/web" in message
    assert ask(gluster, bricks=WEB, replica=3, host=host, force=True).changed


# -- a volume that is there


def test_a_volume_that_is_as_wanted_costs_one_command():
    gluster = cluster("volume-info-all")
    options = {
        "network.ping-timeout": 20,
        "auth.allow": ["10.*", "127.0.0.1"],
        "nfs.disable": True,
        "features.shard": None,
    }
    result = ask(gluster, state="started", replica=3, bricks=[WEB[2], WEB[0], WEB[1]], options=options)
    assert (result.changed, gluster.ran, gluster.changed) == (False, ["volume info"], [])
    assert (result.values["steps"], result.values["volume"]["name"]) == ([], "web")
    assert result.before == result.after


def test_a_volume_that_someone_stopped_stays_stopped():
    gluster = cluster(info(*WEB, started=False))
    assert not ask(gluster, bricks=WEB).changed
    assert not ask(gluster, state="stopped").changed


def test_options_take_one_write_and_each_reset_one():
    wanted = {f"user.option-{number}": number for number in range(20)}
    gluster = cluster(
        info(*WEB, options={"auth.allow": "h9", "user.option-3": "3", "features.shard": "enable"}),
        **{"volume set web *": "volume-set", "volume reset web auth.allow": OK},
    )
    result = ask(gluster, options={**wanted, "auth.allow": None, "auth.reject": None, "features.shard": True})
    assert len(gluster.changed) == 2
    assert gluster.changed[0].count("user.option-") == 19
    assert gluster.changed[1] == "volume reset web auth.allow"
    assert "user.option-3" not in gluster.changed[0]
    assert "reset auth.allow" in result.values["steps"]


def test_an_option_that_no_list_names_is_taken_if_this_gluster_has_it():
    says = {"volume get web cluster.new-thing": "volume-get", "volume set web *": "volume-set"}
    gluster = cluster("volume-info-all", **says)
    assert ask(gluster, options={"cluster.new-thing": 1}).changed


def test_a_busy_glusterd_is_asked_again():
    gluster = cluster("volume-info-all", **{"volume set web *": ["busy", "busy", "volume-set"]})
    assert ask(gluster, options={"network.ping-timeout": 10}).changed
    assert (gluster.ran.count("volume set web network.ping-timeout 10"), len(gluster.changed)) == (3, 1)


def test_what_gluster_refuses_is_told_in_its_words():
    gluster = cluster("volume-info-all", **{"volume set web *": "volume-set-invalid"})
    with pytest.raises(ClusterError, match="gluster volume set web cluster.quorum-type junk: .*'junk' is not valid"):
        ask(gluster, options={"cluster.quorum-type": "junk"})


def test_a_run_that_another_one_overtakes_ends_where_both_want_to_be():
    """The same task on two members at once: what this one is about to do, the other one has done meanwhile."""
    gluster = cluster(
        "volume-info-none",
        info(*WEB, started=False),
        info(*WEB, started=False),
        info(*WEB),
        **{
            "volume create *": refusal("Volume web already exists"),
            "volume start web": refusal("volume start: web: failed: Volume web already started"),
        },
    )
    assert not ask(gluster, state="started", replica=3, bricks=WEB).changed
    assert [command.split()[1] for command in gluster.changed] == ["create", "start"]


@pytest.mark.parametrize("moment", ["before the heal is waited for", "while it is waited for"])
def test_a_replacement_that_another_run_is_quicker_with_ends_where_both_want_to_be(moment):
    new = [*WEB[:2], "h4:/bricks/web"]
    seen = 2 if moment == "while it is waited for" else 1
    gluster = cluster(
        *[info(*WEB)] * seen,
        info(*new),
        **{"volume heal web info summary": [healed(*WEB), healed(*new)]},
    )
    assert not ask(gluster, bricks=new).changed
    assert gluster.changed == []


def test_a_volume_that_another_run_deletes_meanwhile_is_told_of():
    gluster = cluster(
        info(*WEB),
        "volume-info-none",
        **{"volume heal web info summary": healed(*WEB), "volume create *": refusal("is already part of a volume")},
    )
    message = refused(gluster, ClusterError, bricks=[*WEB[:2], "h4:/bricks/web"])
    assert "is already part of a volume; the directory has been a brick before" in message


def test_what_gluster_refuses_for_another_reason_is_not_tried_again():
    gluster = cluster(info(*WEB, started=False), **{"volume start web": refusal("no")})
    with pytest.raises(ClusterError, match="volume start web: no"):
        ask(gluster, state="started")
    assert gluster.changed == ["volume start web"]


def test_a_volume_is_started_stopped_and_deleted():
    gluster = cluster(
        info(*WEB, started=False),
        info(*WEB),
        info(*WEB),
        "volume-info-none",
        **{
            "volume start web": "volume-start",
            "volume status web": status(*WEB),
            "volume stop web": OK,
            "volume delete web": OK,
        },
    )
    assert ask(gluster, state="started").values["volume"]["status"] == "started"
    assert ask(gluster, state="absent", confirm="web").values["volume"] is None
    assert gluster.changed == ["volume start web", "volume stop web", "volume delete web"]
    assert not ask(gluster, state="absent", confirm="web").changed


def test_a_running_volume_is_stopped():
    gluster = cluster(info(*WEB), info(*WEB, started=False), **{"volume stop web": OK})
    assert ask(gluster, state="stopped").values["steps"] == ["stop"]


def test_bricks_that_do_not_come_up_after_the_start_are_named():
    gluster = cluster(
        info(*WEB, started=False),
        **{"volume start web": "volume-start", "volume status web": status(*WEB, offline=WEB[1:2])},
    )
    message = refused(gluster, ClusterError, state="started")
    assert (
        message
        == "waited 120 s for the bricks of volume web to be online after its start: h2:/bricks/web is not online"
    )


# -- check mode


@pytest.mark.parametrize(
    ("real", "wanted", "steps"),
    [
        ([], {"bricks": WEB, "replica": 3, "state": "started"}, ["create (replica 3)", "start"]),
        (WEB, {"bricks": [*WEB, *TWO], "rebalance": True}, [f"add {' '.join(TWO)}", "rebalance"]),
        ([*WEB, *TWO], {"bricks": WEB}, [f"remove {' '.join(TWO)}"]),
        (WEB, {"bricks": [*WEB[:2], "h4:/bricks/web"]}, ["replace h3:/bricks/web by h4:/bricks/web"]),
        (WEB, {"bricks": WEB[:2], "replica": 2}, ["remove copies h3:/bricks/web (replica 2)"]),
        (WEB, {"options": {"auth.allow": "h9"}, "state": "stopped"}, ["stop", "set auth.allow h9"]),
        (WEB, {"state": "absent", "confirm": "web"}, ["stop", "delete"]),
    ],
)
def test_check_mode_foretells_and_touches_nothing(real, wanted, steps):
    gluster = cluster(
        info(*real) if real else "volume-info-none", **{"volume heal web info summary": healed(*(real or WEB))}
    )
    result = ask(gluster, check_mode=True, **wanted)
    assert (result.changed, result.values["steps"]) == (True, steps)
    assert (gluster.changed, result.values["commands"], gluster.clock.now()) == ([], [], 0)


def test_check_mode_shows_the_difference_of_wanted_and_real():
    gluster = cluster(
        info(*WEB, started=False, options={"auth.allow": "h9", "nfs.disable": "on"}),
        **{"volume heal web info summary": healed(*WEB)},
    )
    bricks = [*WEB, *TWO]
    result = ask(
        gluster, check_mode=True, bricks=bricks, options={"auth.allow": None, "features.shard": "on"}, state="started"
    )
    assert result.before.splitlines() == [
        "status: Stopped",
        "shape: replica 3",
        *(f"brick: {brick}" for brick in WEB),
        "auth.allow: h9",
        "nfs.disable: on",
    ]
    assert result.after.splitlines() == [
        "status: Started",
        "shape: replica 3",
        *(f"brick: {brick}" for brick in bricks),
        "cluster.lookup-optimize: off",
        "features.shard: on",
        "nfs.disable: on",
    ]


def test_the_difference_shows_a_new_volume_whole_and_a_deleted_one_gone():
    made = ask(cluster("volume-info-none"), check_mode=True, bricks=WEB, replica=3, options={"features.shard": True})
    assert made.after.splitlines() == [
        "status: Created",
        "shape: replica 3",
        *(f"brick: {brick}" for brick in WEB),
        "features.shard: on",
    ]
    assert ask(cluster(info(*WEB)), check_mode=True, state="absent", confirm="web").after == ""
    assert ask(cluster("volume-info-none"), check_mode=True, state="absent", confirm="web").after == ""
    assert ask(cluster(info(*WEB)), check_mode=True, state="stopped").after.startswith("status: Stopped\n")


# -- growing


def test_a_volume_grows_and_its_files_are_spread():
    gluster = cluster(
        info(*WEB),
        info(*WEB, *TWO),
        **{
            "volume add-brick *": "add-brick",
            "volume rebalance web start": "rebalance-start",
            "volume rebalance web status": ["rebalance-running", "rebalance-done"],
        },
    )
    result = ask(gluster, bricks=[*WEB, *TWO], rebalance=True)
    assert gluster.changed == [
        f"{BEGIN} rebalance:none",
        f"volume add-brick web {' '.join(TWO)}",
        "volume rebalance web start",
        END,
    ]
    assert result.values["migrated"]["rebalance"]["files"] == moved("rebalance-done")
    assert len(result.values["volume"]["bricks"]) == 6


@pytest.mark.parametrize(
    ("real", "wanted", "then"),
    [
        (WEB, {"bricks": [*WEB, *TWO]}, f"add-brick web {' '.join(TWO)}"),
        ([*WEB, *TWO], {"bricks": WEB}, f"remove-brick web {' '.join(TWO)} start"),
        ([*WEB, *TWO], {"rebalance": True}, "rebalance web start"),
    ],
)
def test_clients_look_for_files_everywhere_before_any_is_moved(real, wanted, then):
    gluster = cluster(
        info(*real, options={}),
        **{
            "volume set web cluster.lookup-optimize off": OK,
            "volume status web tasks": failed_rebalance(),
            f"volume {then}": refusal("enough is known"),
        },
    )
    refused(gluster, ClusterError, **wanted)
    assert gluster.changed == ["volume set web cluster.lookup-optimize off", f"volume {then}"]


@pytest.mark.parametrize("value", [True, "enable", None])
def test_clients_that_look_in_one_place_only_are_refused_where_files_move(value):
    options = {"cluster.lookup-optimize": value}
    gluster = cluster(info(*WEB))
    assert "clients lose sight of files" in refused(gluster, bricks=[*WEB, *TWO], options=options)
    assert gluster.changed == []


def test_files_that_a_rebalance_could_not_move_are_counted():
    failed = recorded("rebalance-done").replace("<failures>0", "<failures>3", 1)
    says = {"volume add-brick *": "add-brick", "volume rebalance web start": "rebalance-start"}
    gluster = cluster(info(*WEB), **says, **{"volume rebalance web status": failed})
    assert ask(gluster, bricks=[*WEB, *TWO], rebalance=True).values["migrated"]["rebalance"]["failures"] == 3


def test_a_rebalance_that_fails_is_an_error_that_names_its_log():
    failed = recorded("rebalance-done").replace("<status>3<", "<status>4<", 1).replace(">completed<", ">failed<", 1)
    says = {"volume add-brick *": "add-brick", "volume rebalance web start": "rebalance-start"}
    gluster = cluster(info(*WEB), **says, **{"volume rebalance web status": failed})
    message = refused(gluster, ClusterError, bricks=[*WEB, *TWO], rebalance=True)
    assert message.startswith("the rebalance of volume web ended early: ")
    assert "/var/log/glusterfs/web-rebalance.log" in message


def test_a_rebalance_of_an_earlier_run_is_waited_for_and_no_change():
    gluster = cluster(
        info(*WEB, *TWO),
        **{
            "volume status web tasks": "tasks-rebalance-running",
            "volume rebalance web status": ["rebalance-running", "rebalance-done"],
        },
    )
    result = ask(gluster, bricks=[*WEB, *TWO], rebalance=True)
    assert (result.changed, gluster.changed) == (False, [])
    assert result.values["migrated"]["rebalance"]["files"] == moved("rebalance-done")


def test_a_rebalance_that_failed_in_an_earlier_run_is_begun_again():
    gluster = cluster(
        info(*WEB, *TWO),
        **{
            "volume status web tasks": failed_rebalance(),
            "volume rebalance web start": "rebalance-start",
            "volume rebalance web status": "rebalance-done",
        },
    )
    assert ask(gluster, bricks=[*WEB, *TWO], rebalance=True).values["steps"] == ["rebalance"]


def test_a_rebalance_that_is_done_is_not_begun_again():
    gluster = cluster(info(*WEB, *TWO), **{"volume status web tasks": "tasks-rebalance"})
    assert not ask(gluster, bricks=[*WEB, *TWO], rebalance=True).changed
    assert not ask(cluster(info(*WEB, *TWO)), bricks=[*WEB, *TWO], rebalance=True).changed


def test_a_volume_that_is_not_started_grows_too():
    gluster = cluster(info(*WEB, started=False), info(*WEB, *TWO), **{"volume add-brick *": "add-brick"})
    assert ask(gluster, bricks=[*WEB, *TWO]).changed


# -- shrinking


class FakeBricks:
    """Answers like FakeGluster, and for what looks at the files of a brick.

    files: the files of the brick, at the looks in turn where it is a tuple. migrated: names of those that have arrived on a brick which stays.
    shown: whether the brick that was mounted last has been seen to show anything.
    """

    migrated = ()

    def __init__(self, gluster, files="", volfile=""):
        self.gluster = gluster
        self.files = list(files) if isinstance(files, tuple) else [files]
        self.volfile = volfile or recorded("dist", suffix="vol")
        self.looked = 0
        gluster.cli.run = self

    def __call__(self, argv, timeout):
        if argv[0] == "gluster" and "getspec" in argv:
            return ended(stdout=self.volfile)
        if argv[0] == "glusterfs":
            self.shown = False
        if argv[0] == sys.executable and argv[4] == brick_files._LIST and not self.shown:
            self.shown = True
            return ended()
        if argv[0] == sys.executable and argv[4] == brick_files._LIST:
            self.looked += 1
            return ended(stdout=self.files.pop(0) if len(self.files) > 1 else self.files[0])
        if argv[0] == sys.executable:
            old, new = ((1, mode, 5, 0, 0, 0, []) for mode in (0o103644, 0o100644))
            return ended(stdout="".join(f"{(path, old, new, path[1:] in self.migrated)!r}\n" for path in argv[7:]))
        return self.gluster(argv, timeout) if argv[0] == "gluster" else ended()


def shrinking(*, files="", **says):
    gluster = cluster(
        info(*DIST, shape=Shape(), name="dist"),
        info(*DIST[:1], shape=Shape(), name="dist"),
        **{
            "volume remove-brick dist h2:/bricks/d2 start": "remove-start",
            "volume remove-brick dist h2:/bricks/d2 status": ["remove-running", "remove-done"],
            "volume remove-brick dist h2:/bricks/d2 commit": "remove-commit",
            "volume remove-brick dist h2:/bricks/d2 stop": OK,
            **says,
        },
    )
    return gluster, FakeBricks(gluster, files)


def test_a_volume_shrinks_by_migration_and_never_by_force():
    gluster, fake = shrinking()
    result = ask(gluster, name="dist", bricks=DIST[:1])
    assert gluster.changed == [f"volume remove-brick dist h2:/bricks/d2 {word}" for word in ("start", "commit")]
    assert (result.values["migrated"]["remove"]["files"], fake.looked) == (moved("remove-done"), 1)


def test_a_removal_of_an_earlier_run_is_gone_on_with():
    gluster, _fake = shrinking(**{"volume status dist tasks": "tasks-remove-running"})
    assert ask(gluster, name="dist", bricks=DIST[:1]).changed
    assert gluster.changed == ["volume remove-brick dist h2:/bricks/d2 commit"]


@pytest.mark.parametrize(
    ("number", "state"),
    [(4, "failed"), (2, "stopped"), (0, "not started")],
    ids=["the migration died", "stopped on some hosts only", "its host is away"],
)
def test_a_removal_of_an_earlier_run_that_came_to_nothing_is_no_bar_to_another_one(number, state):
    task = recorded("tasks-remove").replace("<status>3<", f"<status>{number}<").replace(">completed<", f">{state}<")
    barred = refusal(
        "An earlier remove-brick task exists for volume dist. Either commit it or stop it before starting a new task."
    )
    gluster, _fake = shrinking(
        **{
            "volume status dist tasks": task,
            "volume remove-brick dist h2:/bricks/d2 start": lambda: (
                "remove-start" if "stop" in gluster.ran[-2] else barred
            ),
        }
    )
    assert ask(gluster, name="dist", bricks=DIST[:1]).changed
    assert gluster.changed == removal("stop", "start", "commit")


def done(**counts):
    text = recorded("remove-done")
    for tag, value in counts.items():
        text = text.replace(f"<{tag}>0<", f"<{tag}>{value}<", 1)
    return text


@pytest.mark.parametrize(
    ("end", "files", "message"),
    [
        (
            done(failures=2),
            "/a\0/b\0",
            "ended with 2 failed, 0 skipped; still there: 'h2:/bricks/d2/a', 'h2:/bricks/d2/b'",
        ),
        (done, "/late\0", "ended with 0 failed, 0 skipped; still there: 'h2:/bricks/d2/late'"),
        (done, "".join(f"/{number:02}\0" for number in range(25)), "'h2:/bricks/d2/19', and 5 more"),
        (
            done().replace("<status>3<", "<status>4<").replace(">completed<", ">failed<"),
            "",
            "; h2 failed; see /var/log",
        ),
    ],
)
def test_files_that_are_not_migrated_are_named_and_the_bricks_stay(end, files, message):
    gluster, _fake = shrinking(files=files, **{"volume remove-brick dist h2:/bricks/d2 status": end})
    answer = refused(gluster, ClusterError, name="dist", bricks=DIST[:1])
    assert answer.startswith("h2:/bricks/d2 stay in volume dist: the migration ended with")
    assert message in answer
    assert gluster.changed[-1].endswith("stop")
    assert not any(command.endswith(("commit", "force")) for command in gluster.changed)


def test_a_file_that_a_brick_which_stays_has_too_holds_up_nothing():
    """A server lost power when it was as good as migrated: clients see the new one, and gluster has nothing to migrate."""
    gluster, fake = shrinking(files="/late\0/later\0")
    fake.migrated = ("late", "later")
    assert ask(gluster, name="dist", bricks=DIST[:1]).changed
    assert gluster.changed == removal("start", "commit")


def test_of_the_files_left_only_those_are_named_that_no_other_brick_has():
    gluster, fake = shrinking(files="/late\0/later\0")
    fake.migrated = ("later",)
    assert "still there: 'h2:/bricks/d2/late'; see" in refused(gluster, ClusterError, name="dist", bricks=DIST[:1])


def test_where_many_files_are_left_none_is_compared():
    names = [f"{number}" for number in range(remove_brick.MOST_COMPARED + 1)]
    gluster, fake = shrinking(files="".join(f"/{name}\0" for name in names))
    fake.migrated = names
    assert "and 81 more" in refused(gluster, ClusterError, name="dist", bricks=DIST[:1])


def removal(*words):
    return [f"volume remove-brick dist h2:/bricks/d2 {word}" for word in words]


def test_files_that_a_client_removed_during_the_migration_take_another_pass():
    says = {"volume remove-brick dist h2:/bricks/d2 status": [done(failures=2, skipped=1), done(skipped=1), done()]}
    gluster, fake = shrinking(**says)
    result = ask(gluster, name="dist", bricks=DIST[:1])
    assert gluster.changed == removal("start", "stop", "start", "stop", "start", "commit")
    counts = result.values["migrated"]["remove"]
    assert (counts["failures"], counts["skipped"], counts["files"]) == (2, 2, 3 * moved("remove-done"))
    assert fake.looked == 3


def test_a_migration_that_never_ends_without_a_failure_is_given_up():
    gluster, _fake = shrinking(**{"volume remove-brick dist h2:/bricks/d2 status": done(failures=2)})
    message = refused(gluster, ClusterError, name="dist", bricks=DIST[:1])
    assert "h2:/bricks/d2 stay in volume dist: no file is left on them, but each of 20 passes" in message
    assert "2 failed, 0 skipped" in message
    assert gluster.changed == removal("start", "stop") * 20


def test_a_removal_of_an_earlier_run_that_ended_with_failures_is_begun_again():
    gluster, _fake = shrinking(
        **{
            "volume status dist tasks": "tasks-remove",
            "volume remove-brick dist h2:/bricks/d2 status": [done(failures=2), done()],
        }
    )
    assert ask(gluster, name="dist", bricks=DIST[:1]).changed
    assert gluster.changed == removal("stop", "start", "commit")


@pytest.mark.parametrize(
    ("end", "files"),
    [
        (lambda: done().replace("<status>3<", "<status>4<").replace(">completed<", ">failed<"), ""),
        (done, ("/left\0", "")),
    ],
    ids=["the host that did it lost power", "files were left"],
)
def test_a_removal_of_an_earlier_run_that_came_to_nothing_is_done_again(end, files):
    gluster, _fake = shrinking(
        files=files,
        **{
            "volume status dist tasks": "tasks-remove",
            "volume remove-brick dist h2:/bricks/d2 status": [end(), done()],
        },
    )
    assert ask(gluster, name="dist", bricks=DIST[:1]).changed
    assert gluster.changed == removal("stop", "start", "commit")


def test_a_migration_that_takes_too_long_goes_on_and_nothing_is_committed():
    gluster, _fake = shrinking(**{"volume remove-brick dist h2:/bricks/d2 status": "remove-running"})
    message = refused(gluster, ClusterError, name="dist", bricks=DIST[:1], timeout_migrate=30.0)
    assert message.startswith("waited 30 s for the files of h2:/bricks/d2 to be migrated: h2 in progress, ")
    assert message.endswith("it goes on, and the next run waits for it again")
    assert gluster.changed == ["volume remove-brick dist h2:/bricks/d2 start"]


def test_the_arbiter_of_a_removed_subvolume_is_not_looked_at():
    shape = Shape(3, 1)
    gluster = cluster(
        info(*WEB, *TWO, shape=shape),
        info(*WEB, shape=shape),
        **{"volume remove-brick *": ["remove-start", "remove-done"]},
    )
    client = recorded("dist", suffix="vol").replace("/bricks/d2", "/bricks/two")
    fake = FakeBricks(gluster, volfile=client + client.replace("remote-host h2", "remote-host h1"))
    assert ask(gluster, bricks=WEB).changed
    assert fake.looked == 2


# -- copies


def test_copies_are_added_and_healed_before_the_run_ends():
    new = [*WEB[:2], "h4:/bricks/web"]
    gluster = cluster(
        info(*WEB[:2], shape=Shape(2)),
        info(*new),
        **{
            "volume heal web info summary": [healed(*WEB[:2]), healed(*new, entries=4), healed(*new)],
            "volume add-brick *": "add-brick",
        },
    )
    result = ask(gluster, bricks=new, replica=3)
    assert gluster.changed == [f"{BEGIN} {new[2]}", f"volume add-brick web replica 3 {new[2]}", END]
    assert "volume heal web" in gluster.ran
    assert result.values["volume"]["replica"] == 3


def test_an_arbiter_is_added_and_force_is_handed_on():
    gluster = cluster(
        info(*WEB[:2], shape=Shape(2)),
        info(*WEB, shape=Shape(3, 1)),
        **{"volume heal web info summary": healed(*WEB), "volume add-brick *": "add-brick"},
    )
    ask(gluster, bricks=WEB, replica=3, arbiter=1, force=True)
    assert gluster.changed[1:-1] == ["volume add-brick web replica 3 arbiter 1 h3:/bricks/web force"]


def test_copies_are_removed_once_all_are_healed():
    gluster = cluster(
        info(*WEB),
        info(*WEB),
        info(*WEB[:2], shape=Shape(2)),
        **{"volume heal web info summary": healed(*WEB), "volume remove-brick *": "remove-commit"},
    )
    result = ask(gluster, bricks=WEB[:2], replica=2)
    assert gluster.changed == ["volume remove-brick web replica 2 h3:/bricks/web force"]
    assert result.values["volume"]["replica"] == 2


def test_options_are_held_against_what_gluster_sets_when_the_shape_changes():
    gluster = cluster(
        info(*WEB[:2], shape=Shape(2)),
        info(*WEB, options={"performance.quick-read": "off"}),
        **{
            "volume heal web info summary": healed(*WEB),
            "volume add-brick *": "add-brick",
            "volume set web *": "volume-set",
        },
    )
    ask(gluster, bricks=WEB, replica=3, options={"performance.quick-read": True})
    assert gluster.changed[2:] == ["volume set web performance.quick-read on", END]


# -- replacing, resetting


def test_a_brick_of_a_host_that_is_down_is_replaced_and_the_new_one_healed():
    new = [*WEB[:2], "h4:/bricks/web"]
    dead = re.sub(
        r"(<hostname>h3</hostname>.*?)<connected>1", r"\1<connected>0", recorded("pool-list-four"), flags=re.DOTALL
    )
    gluster = cluster(
        info(*WEB),
        info(*new),
        **{
            "pool list": dead,
            "volume heal web info summary": [
                healed(*WEB, away=WEB[2:], entries=5),
                healed(*new, entries=5),
                healed(*new),
            ],
            "volume replace-brick *": OK,
        },
    )
    assert ask(gluster, bricks=new).values["steps"] == ["replace h3:/bricks/web by h4:/bricks/web"]
    assert gluster.changed == [
        f"{BEGIN} {new[2]}",
        "volume replace-brick web h3:/bricks/web h4:/bricks/web commit force",
        END,
    ]


@pytest.mark.parametrize("full", [OK, [refusal("not up yet"), OK]])
def test_a_dispersed_brick_is_not_taken_for_healed_before_its_root_is(full):
    """Until the self-heal daemon comes to it, the volume says that nothing is to be healed."""
    shape = Shape(disperse=3, redundancy=1)
    new = [*WEB[:2], "h4:/bricks/web"]
    gluster = cluster(
        info(*WEB, shape=shape),
        info(*WEB, shape=shape),
        info(*new, shape=shape),
        **{
            "volume heal web full": full,
            "volume heal web info summary": [healed(*WEB), healed(*WEB), healed(*new, entries=3), healed(*new)],
            "volume replace-brick *": OK,
        },
    )
    volfile = "".join(
        f"volume web-client-{host}\n  type protocol/client\n  option remote-host {host}\n  option remote-subvolume /bricks/web\nend-volume\n"
        for host in ("h1", "h2", "h4")
    )
    node = FakeBricks(gluster, files=("/kept\0", "", "/kept\0", "/kept\0"), volfile=volfile)
    assert ask(gluster, bricks=new, state="started").changed
    assert node.looked == 4
    assert gluster.ran.count("volume heal web full") == (1 if full == OK else 2)
    assert gluster.ran.index("volume heal web full") > gluster.ran.index(
        f"volume replace-brick web {WEB[2]} {new[2]} commit force"
    )


def test_two_offline_bricks_of_a_subvolume_are_both_replaced_before_a_heal_is_waited_for():
    """Nothing heals wholly while one is away. One that lives is replaced after them, since it gives its data to them."""
    real = ["h1:/bricks/web", "h3:/bricks/two", "h3:/bricks/three", "h2:/bricks/web"]
    shape = Shape(disperse=4, redundancy=1)
    wanted = ["h1:/bricks/new", "h4:/bricks/two", "h4:/bricks/three", "h2:/bricks/web"]
    gluster = cluster(
        info(*real, shape=shape),
        info(real[0], *wanted[1:], shape=shape),
        info(real[0], *wanted[1:], shape=shape),
        info(*wanted, shape=shape),
        **{
            "volume heal web full": OK,
            "volume heal web info summary": [
                healed(*real, away=real[1:3], entries=1),
                healed(real[0], *wanted[1:]),
                healed(real[0], *wanted[1:]),
                healed(*wanted),
            ],
            "volume replace-brick *": OK,
        },
    )
    volfile = "".join(
        f"volume x\n  type protocol/client\n  option remote-host {brick.split(':')[0]}\n  option remote-subvolume {brick.split(':')[1]}\nend-volume\n"
        for brick in {*real, *wanted}
    )
    FakeBricks(gluster, files="/kept\0", volfile=volfile)
    done = ask(gluster, bricks=wanted)
    assert [line.split()[1::2] for line in done.values["steps"]] == [
        command.split()[3:5] for command in gluster.changed if "replace-brick" in command
    ]
    assert [command.split()[3:5] for command in gluster.changed if "replace-brick" in command] == [
        ["h3:/bricks/two", "h4:/bricks/two"],
        ["h3:/bricks/three", "h4:/bricks/three"],
        ["h1:/bricks/web", "h1:/bricks/new"],
    ]
    looks = [number for number, ran in enumerate(gluster.ran) if ran == "volume heal web info summary"]
    replaced = [number for number, ran in enumerate(gluster.ran) if ran.startswith("volume replace-brick")]
    assert looks[0] < replaced[0] < replaced[1] < looks[1] < looks[2] < replaced[2] < looks[3]


def test_a_replacement_waits_for_its_own_subvolume_only():
    two = ["h1:/bricks/two", "h2:/bricks/two", "h4:/bricks/two"]
    gluster = cluster(
        info(*WEB, *TWO),
        info(*WEB, *TWO),
        info(*WEB, *two),
        **{
            "volume heal web info summary": [
                healed(*WEB, *TWO),
                healed(*WEB, *TWO),
                healed(*WEB, *two, away=WEB[2:]),
            ],
            "volume replace-brick *": OK,
        },
    )
    assert ask(gluster, bricks=[*WEB, *two]).changed


def test_a_brick_that_lives_is_not_replaced_before_the_others_have_what_it_alone_has():
    """What was written while the others were away is on it alone."""
    new = [WEB[0], "h4:/bricks/web"]
    gluster = cluster(
        info(*WEB[:2], shape=Shape(2)),
        info(*WEB[:2], shape=Shape(2)),
        info(*new, shape=Shape(2)),
        **{
            "volume heal web info summary": [
                healed(*WEB[:2], entries=7),
                healed(*WEB[:2], entries=2),
                healed(*WEB[:2]),
                healed(*new),
            ],
            "volume replace-brick *": OK,
        },
    )
    assert ask(gluster, bricks=new).changed
    replaced = next(number for number, ran in enumerate(gluster.ran) if ran.startswith("volume replace-brick"))
    assert gluster.ran[:replaced].count("volume heal web info summary") == 3
    never = cluster(info(*WEB[:2], shape=Shape(2)), **{"volume heal web info summary": healed(*WEB[:2], entries=7)})
    with pytest.raises(ClusterError, match="to be healed before replace h2:/bricks/web by h4:/bricks/web"):
        ask(never, bricks=new, timeout_heal=60)
    assert never.changed == []


def cut_off(*bricks, words, shape=None, started=True):
    """A volume on which a run was cut off."""
    options = {"cluster.lookup-optimize": "off", unfinished.OPTION: words}
    return info(*bricks, options=options, shape=shape, started=started)


def test_what_a_run_that_was_cut_off_did_not_see_healed_the_next_one_waits_for():
    shape = Shape(disperse=3, redundancy=1)
    gluster = cluster(
        cut_off(*WEB, words=f"{WEB[1]} {WEB[2]}", shape=shape),
        **{
            "volume heal web full": OK,
            "volume heal web info summary": [healed(*WEB, entries=5), healed(*WEB)],
        },
    )
    volfile = "".join(
        f"volume x\n  type protocol/client\n  option remote-host {host}\n  option remote-subvolume /bricks/web\nend-volume\n"
        for host in ("h1", "h2", "h3")
    )
    FakeBricks(gluster, files="/kept\0", volfile=volfile)
    foretold = ask(gluster, bricks=WEB, check_mode=True)
    assert (foretold.changed, gluster.changed) == (True, [])
    done = ask(gluster, bricks=WEB)
    assert done.values["steps"] == foretold.values["steps"] == ["heal h2:/bricks/web h3:/bricks/web"]
    assert gluster.ran.count("volume heal web info summary") == 2
    assert gluster.changed == [END]


@pytest.mark.parametrize(
    ("real", "wanted"),
    [
        (cut_off(*WEB, words="none"), {"bricks": WEB}),
        (cut_off(*WEB, words="h4:/bricks/gone"), {"bricks": WEB}),
        (cut_off(*WEB, words=WEB[2]), {}),
        (cut_off(*WEB, words=WEB[2], started=False), {"bricks": WEB}),
        (cut_off(*WEB, *TWO, words="rebalance"), {"bricks": [*WEB, *TWO]}),
    ],
    ids=["ended", "never came", "not about bricks", "stopped", "no rebalance wanted any more"],
)
def test_a_run_that_was_cut_off_is_no_business_of_one_that_does_not_ask_for_it(real, wanted):
    assert not ask(cluster(real), **wanted).changed


def test_a_brick_that_died_before_it_was_healed_is_replaced_and_not_waited_for():
    new = [*WEB[:2], "h4:/bricks/web"]
    gluster = cluster(
        cut_off(*WEB, words=WEB[2]),
        cut_off(*new, words=WEB[2]),
        **{
            "volume heal web info summary": [healed(*WEB, away=WEB[2:], entries=5), healed(*new)],
            "volume replace-brick *": OK,
        },
    )
    assert ask(gluster, bricks=new).changed
    assert gluster.changed[1:] == ["volume replace-brick web h3:/bricks/web h4:/bricks/web commit force", END]


@pytest.mark.parametrize("tasks", ["tasks-none", "tasks-rebalance"])
def test_a_rebalance_that_a_run_was_cut_off_before_is_begun_by_the_next_one(tasks):
    """The one that gluster tells of may be from before the volume grew."""
    gluster = cluster(
        cut_off(*WEB, *TWO, words="rebalance"),
        **{
            "volume status web tasks": tasks,
            "volume rebalance web start": "rebalance-start",
            "volume rebalance web status": "rebalance-done",
        },
    )
    assert ask(gluster, bricks=[*WEB, *TWO], rebalance=True).values["steps"] == ["rebalance"]
    assert gluster.changed == ["volume rebalance web start", END]


@pytest.mark.parametrize(
    ("summary", "message"),
    [
        ({"away": WEB[1:]}, "h2:/bricks/web is not connected"),
        ({"entries": 4, "split": 3}, "h1:/bricks/web has 3 entries in split-brain"),
    ],
)
def test_a_brick_is_not_replaced_where_the_others_cannot_give_its_data(summary, message):
    gluster = cluster(info(*WEB), **{"volume heal web info summary": healed(*WEB, **summary)})
    answer = refused(gluster, bricks=[*WEB[:2], "h4:/bricks/web"])
    assert "the volume web is not whole, so no brick of it is changed" in answer
    assert message in answer


def test_copies_are_not_changed_while_something_is_to_be_healed():
    gluster = cluster(info(*WEB), **{"volume heal web info summary": healed(*WEB, entries=2)})
    assert "h1:/bricks/web has 2 entries to heal" in refused(gluster, bricks=WEB[:2], replica=2)


def test_a_brick_on_a_new_disk_is_reset_only_while_it_is_offline():
    gluster = cluster(
        info(*WEB),
        **{
            "volume status web": status(*WEB, offline=WEB[2:]),
            "volume heal web info summary": [healed(*WEB, away=WEB[2:]), healed(*WEB)],
            "volume reset-brick *": OK,
        },
    )
    assert ask(gluster, reset=WEB[1:]).values["steps"] == ["reset h3:/bricks/web"]
    assert gluster.changed[1:-1] == [
        "volume reset-brick web h3:/bricks/web start",
        "volume reset-brick web h3:/bricks/web h3:/bricks/web commit",
    ]
    assert not ask(cluster(info(*WEB), **{"volume status web": status(*WEB)}), reset=WEB).changed
    assert not ask(cluster(info(*WEB, started=False)), reset=WEB).changed


def test_a_brick_that_has_its_data_still_is_not_reset():
    gluster = cluster(
        info(*WEB),
        **{
            "volume status web": status(*WEB, offline=WEB[:1]),
            "volume heal web info summary": healed(*WEB, away=WEB[:1]),
        },
    )
    message = refused(gluster, reset=WEB[:1], host=FakeHost(marked=["/bricks/web"]))
    assert message.startswith(
        "reset: h1:/bricks/web has its data still, and only its process is not running; bring it up"
    )
    message = refused(gluster, reset=WEB[:1], host=FakeHost(fstab=b"/dev/x /bricks xfs defaults 0 0\n"))
    assert "h1:/bricks/web lies below /bricks, which fstab mounts and where nothing is mounted" in message


def test_a_brick_on_another_host_that_has_its_data_still_is_refused_by_gluster():
    answer = (
        "Pre Validation failed on h3. Brick not available.It may be containing or be contained by an existing brick."
    )
    gluster = cluster(
        info(*WEB),
        **{
            "volume status web": status(*WEB, offline=WEB[2:]),
            "volume heal web info summary": healed(*WEB, away=WEB[2:]),
            "volume reset-brick web h3:/bricks/web start": OK,
            "volume reset-brick *": refusal(answer),
        },
    )
    with pytest.raises(ClusterError, match="bring it up by `gluster volume start NAME force`"):
        ask(gluster, reset=WEB[2:])


# -- names


def test_a_brick_under_another_name_of_its_host_is_the_same_brick():
    host = FakeHost(own=("h1", "this.example"), table={"second.example": "192.0.2.2", "h2": "192.0.2.2"})
    gluster = cluster(info(*WEB))
    bricks = ["this.example:/bricks/web", "second.example:/bricks/web", "H3:/bricks/web/"]
    assert not ask(gluster, bricks=bricks, replica=3, host=host).changed
    message = refused(gluster, bricks=[*bricks, "h1:/bricks/web"], replica=2, host=host)
    assert message == "bricks: h1:/bricks/web is h1:/bricks/web by another name; name each brick once"


# -- bad input


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"name": "a b"}, "a volume's name has letters"),
        ({"state": "absent"}, "state: absent deletes the volume web; say so a second time by confirm: web"),
        ({"state": "absent", "confirm": "wbe"}, "say so a second time by confirm: web"),
        ({"replica": 0}, "replica 0: must be 1 or more"),
        ({"replica": 2, "arbiter": 1}, "write replica: 3, arbiter: 1"),
        ({"replica": 3, "disperse": 3, "redundancy": 1}, "a volume has one of them"),
        ({"redundancy": 1}, "redundancy 1: goes with disperse"),
        ({"disperse": 4, "redundancy": 2}, "needs redundancy, at least 1 and less than half of it"),
        ({"bricks": ["fd00:6::1:/b"]}, "'fd00:6::1:/b': from GlusterFS 11 on a brick's process cuts an address"),
        ({"bricks": ["[fd00:6::1]:/b"]}, "name its host"),
        ({"bricks": ["h1"]}, "'h1': must be a host and an absolute path"),
        ({"bricks": ["h1:/"]}, "name a directory below the root"),
        ({"bricks": ["h1:/a/../b"]}, "without '..'"),
        ({"bricks": ["h1:/a,h2:/a"]}, "write each brick as an entry of its own"),
        ({"bricks": ["h1:/a", "h1://a/"]}, "'h1://a/' is named twice"),
        ({"bricks": ["h1:24008:/a"]}, "gluster takes no port"),
        ({"timeout_heal": 0.0}, "timeout_heal 0: must be a number of seconds"),
        ({"options": {"ping-timeout": 1}}, "write the whole name, with the part before the dot"),
    ],
)
def test_bad_arguments_are_refused_before_the_cluster_is_asked(bad, message):
    gluster = FakeGluster({})
    assert message in refused(gluster, **bad)
    assert gluster.ran == []


FOUR = [*WEB, "h4:/bricks/web"]
DOWN = "pool-list-h3-down"


@pytest.mark.parametrize(
    ("volume", "wanted", "message"),
    [
        (None, {}, "the volume web is not there; name its bricks"),
        (None, {"bricks": WEB, "reset": WEB}, "reset: the volume web is not there; drop reset"),
        (
            None,
            {"bricks": FOUR, "replica": 3},
            "bricks: 4 are not divided by replica 3, which needs 3 for each subvolume; name 3 or 6",
        ),
        (None, {"bricks": WEB[:2], "replica": 3}, "which needs 3 for each subvolume; name 3 or 3"),
        (
            None,
            {"bricks": ["h9:/b"]},
            "bricks: h9:/b: h9 is not in the pool, which has h2, h3, h4, localhost; add it with",
        ),
        (
            None,
            {"bricks": ["h1:/b/web", "h1:/b/web/x"]},
            "h1:/b/web/x is, holds or lies in h1:/b/web, another one of bricks",
        ),
        (None, {"bricks": WEB, "options": {"network.ping-timeuot": 1}}, "did you mean network.ping-timeout"),
        (None, {"bricks": WEB, "options": {"nothing.like-it": 1}}, "GlusterFS has no option of this name"),
        ({}, {"transport": "rdma"}, "transport rdma: the volume has tcp, and GlusterFS sets that at creation"),
        ({}, {"replica": 2}, "the volume is replica 3 and shall be replica 2; name all its bricks too"),
        ({}, {"bricks": FOUR}, "bricks: 4 are not divided by replica 3"),
        ({}, {"reset": ["h4:/bricks/web"]}, "reset: h4:/bricks/web is no brick of the volume"),
        ({"shape": Shape()}, {"reset": WEB[:1]}, "the volume has no copies to make a brick from"),
        (
            {"shape": Shape(disperse=3, redundancy=1)},
            {"replica": 3, "bricks": WEB},
            "replica 3: the volume is disperse 3 redundancy 1",
        ),
        ({"started": False}, {"bricks": FOUR[:2] + FOUR[3:]}, "the volume is not started, which it must be to replace"),
        ({"snapshots": 2}, {"state": "absent", "confirm": "web"}, "the volume web has 2 snapshots; delete them first"),
        ({}, {"options": {"cluster.nonsense": 1}}, "GlusterFS has no option of this name"),
        (
            {"options": {"user.a": "1"}},
            {"options": {"user.a": None}},
            "resets an option of the user's own only with all",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_touched(volume, wanted, message):
    gluster = cluster(
        "volume-info-none" if volume is None else info(*WEB, **volume),
        **{"volume status web": status(*WEB), "volume get web cluster.nonsense": "volume-get-unknown"},
    )
    assert message in refused(gluster, **wanted)


def test_a_brick_of_another_volume_is_refused():
    gluster = cluster("volume-info-all")
    message = refused(gluster, name="new", bricks=["h2:/bricks/web/sub", "h1:/bricks/new"])
    assert message == (
        "bricks: h2:/bricks/web/sub is, holds or lies in h2:/bricks/web, a brick of volume web; name another directory"
    )


def test_a_pool_with_a_peer_down_takes_no_brick():
    gluster = cluster(info(*WEB), **{"pool list": DOWN})
    message = refused(gluster, bricks=[*WEB, *TWO])
    assert message.startswith("the pool is not whole, so no brick is added: h3 is disconnected, 'Peer in Cluster'")


def test_a_brick_below_a_mount_point_that_is_not_mounted_is_refused():
    host = FakeHost(fstab=b"/dev/sdb /bricks xfs defaults 0 0\n")
    message = refused(cluster("volume-info-none"), bricks=WEB, replica=3, host=host)
    assert message.startswith(
        "bricks: h1:/bricks/web lies below /bricks, which fstab mounts and where nothing is mounted"
    )


def test_a_directory_with_files_is_no_place_for_a_copy():
    """They are in the way of the heal, which then never ends."""
    host = FakeHost(filled=["/bricks/mine"])
    gluster = cluster(info(*WEB))
    assert "h1:/bricks/mine has files in it" in refused(gluster, bricks=["h1:/bricks/mine", *WEB[1:]], host=host)
    made = cluster("volume-info-none", info("h1:/bricks/mine", shape=Shape(1)), **{"volume create *": "volume-create"})
    assert ask(made, bricks=["h1:/bricks/mine"], host=host).changed


def test_a_brick_that_was_one_is_never_added_to_a_volume():
    host = FakeHost(marked=["/bricks/two"])
    message = refused(cluster(info(*WEB)), bricks=[*WEB, *TWO], force=True, host=host)
    assert message.startswith("bricks: h1:/bricks/two has been a brick")


def test_a_task_that_is_in_the_way_is_named_with_how_to_end_it():
    gluster = cluster(
        info("h1:/bricks/d1", "h2:/bricks/d2", "h3:/bricks/d3", shape=Shape(), name="dist"),
        **{"volume status dist tasks": "tasks-remove"},
    )
    message = refused(gluster, name="dist", bricks=DIST)
    assert "the volume dist is removing h2:/bricks/d2 (completed), which this task does not ask for" in message
    assert message.endswith("gluster volume remove-brick dist h2:/bricks/d2 stop")
    gluster = cluster(
        info(*DIST, shape=Shape(), name="dist"), **{"volume status dist tasks": "tasks-rebalance-running"}
    )
    assert "the volume dist has a rebalance in progress; wait until" in refused(gluster, name="dist", bricks=DIST[:1])
    gluster, _fake = shrinking(**{"volume status dist tasks": "tasks-rebalance"})
    assert ask(gluster, name="dist", bricks=DIST[:1]).changed


def test_a_refusal_half_way_tells_what_was_run():
    gluster = cluster("volume-info-none", **{"volume create *": refusal("Host h2 is not in 'Peer in Cluster' state")})
    message = refused(gluster, ClusterError, bricks=WEB, replica=3)
    assert "add the host to the pool first, with evenkeel.glusterfs.trusted_pool" in message
    assert gluster.changed == ["volume create web replica 3 h1:/bricks/web h2:/bricks/web h3:/bricks/web"]


# -- options that gluster takes in another way, or not at all


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"features.quota": True}, "gluster volume quota web enable"),
        ({"features.inode-quota": "off"}, "gluster volume quota web disable"),
        ({"features.bitrot": "enable"}, "gluster volume bitrot web enable"),
        ({"features.scrub": "pause"}, "gluster volume bitrot web scrub pause"),
        ({"features.quota-deem-statfs": True}, "it needs features.quota; enable quota first"),
        ({"cluster.disperse-self-heal-daemon": True}, "only a dispersed volume has it, and this one is replica 3"),
        ({"cluster.lock-migration": True}, "only a volume without copies"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("exists", [True, False])
def test_an_option_that_gluster_would_refuse_is_refused_before_a_volume_is_made(options, message, check_mode, exists):
    gluster = cluster("volume-info-all" if exists else "volume-info-none", **{"volume get web *": "volume-get"})
    wanted = {"network.ping-timeout": 10, **options}
    answer = refused(gluster, bricks=WEB, replica=3, state="started", options=wanted, check_mode=check_mode)
    assert answer.startswith(f"option '{next(iter(options))}': ")
    assert message in answer


def test_what_has_a_command_of_its_own_is_not_reset_in_vain():
    gluster = cluster(info(*WEB, options={"features.bitrot": "on"}))
    assert "gluster volume bitrot web enable, or disable" in refused(gluster, options={"features.bitrot": None})


@pytest.mark.parametrize(("value", "how"), [(True, "enable"), (False, "disable")])
def test_granular_entry_heal_of_a_started_volume_is_set_by_its_own_command(value, how):
    gluster = cluster(
        info(*WEB, options={}),
        **{
            "volume set web network.ping-timeout 10": OK,
            "volume get web *": "volume-get",
            f"volume heal web granular-entry-heal {how}": ended(
                stdout="Enable granular entry heal has been successful"
            ),
        },
    )
    assert ask(gluster, options={"cluster.granular-entry-heal": value, "network.ping-timeout": 10}).changed
    assert gluster.changed == [
        "volume set web network.ping-timeout 10",
        f"volume heal web granular-entry-heal {how}",
    ]


def test_one_option_that_gluster_refuses_takes_no_other_along_and_the_volume_is_started():
    wanted = {"network.ping-timeout": 10, "cluster.quorum-type": "junk", "features.shard": True}
    gluster = cluster(
        "volume-info-none",
        **{
            "volume create *": "volume-create",
            "volume set web network.ping-timeout 10 cluster.quorum-type junk features.shard on": "volume-set-invalid",
            "volume set web cluster.quorum-type junk": "volume-set-invalid",
            "volume set web *": "volume-set",
            "volume start web": "volume-start",
            "volume status web": status(*WEB),
        },
    )
    message = refused(gluster, ClusterError, bricks=WEB, replica=3, state="started", options=wanted)
    assert message.startswith("the volume web is as wanted but for options that gluster refused: ")
    assert "cluster.quorum-type junk" in message
    assert gluster.changed[2:] == [
        "volume set web network.ping-timeout 10",
        "volume set web cluster.quorum-type junk",
        "volume set web features.shard on",
        "volume start web",
    ]


def test_an_option_of_a_volume_that_is_not_started_is_set_before_its_start_and_after_its_stop():
    values = {"storage.linux-aio": True}
    says = {
        "volume get web *": "volume-get",
        "volume set web storage.linux-aio on": OK,
        "volume start web": OK,
        "volume stop web": OK,
        "volume status web": status(*WEB),
    }
    assert "write state: stopped" in refused(cluster(info(*WEB), **says), options=values)
    gluster = cluster(info(*WEB, started=False), **says)
    ask(gluster, state="started", options=values)
    assert gluster.changed == ["volume set web storage.linux-aio on", "volume start web"]
    gluster = cluster(info(*WEB), **says)
    ask(gluster, state="stopped", options=values)
    assert gluster.changed == ["volume stop web", "volume set web storage.linux-aio on"]


@pytest.mark.parametrize("release", ["10.3", "11.1", "11.2"])
@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.parametrize("value", [True, None])
def test_nfs_stays_disabled_by_no_command(release, exists, value):
    gluster = cluster(
        info(*WEB, options={"nfs.disable": "on"}) if exists else "volume-info-none",
        **{"": ended(stdout=f"glusterfs {release}\n"), "volume create *": "volume-create"},
    )
    ask(gluster, bricks=WEB, replica=3, options={"nfs.disable": value})
    assert [command for command in gluster.changed if "nfs" in command] == []


@pytest.mark.parametrize("exists", [True, False])
def test_the_nfs_server_that_a_release_has_no_more_is_refused_before_anything_is_touched(exists):
    says = {"": ended(stdout="glusterfs 11.1\nRepository revision: ..."), "volume create *": "volume-create"}
    gluster = cluster(info(*WEB) if exists else "volume-info-none", **says)
    message = refused(gluster, bricks=WEB, replica=3, options={"nfs.disable": False})
    assert message.startswith("option 'nfs.disable': GlusterFS has it no more from release 11 on")


def test_the_nfs_server_of_a_release_that_has_it_is_turned_on():
    says = {"": ended(stdout="glusterfs 10.3\n"), "volume set web nfs.disable off": OK}
    gluster = cluster(info(*WEB, options={"nfs.disable": "on"}), **says)
    assert ask(gluster, options={"nfs.disable": False}).changed


def test_a_gluster_that_tells_no_release_is_an_error():
    gluster = cluster("volume-info-none", **{"": ended(rc=127)})
    assert "gluster --version" in refused(gluster, ClusterError, bricks=WEB, replica=3, options={"nfs.disable": False})


# -- what is refused before anything is set


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize("started", [True, False])
def test_a_volume_is_not_stopped_that_cannot_be_deleted_since_a_peer_is_down(check_mode, started):
    gluster = cluster(info(*WEB, started=started), **{"pool list": "pool-list-h3-down"})
    message = refused(gluster, state="absent", confirm="web", check_mode=check_mode)
    assert message.startswith("the pool is not whole, so the volume web is not stopped")
    assert "h3 is disconnected" in message


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_volume_that_clients_use_is_deleted_only_where_that_is_said(check_mode):
    def used():
        answers = {"volume status web clients": "volume-status-clients", "volume stop web": OK, "volume delete web": OK}
        return cluster(info(*WEB), info(*WEB), "volume-info-none", **answers)

    gluster = used()
    message = refused(gluster, state="absent", confirm="web", check_mode=check_mode)
    assert message.startswith("the volume web is in use by clients on 10.")
    assert "which would lose it; nothing was changed" in message
    assert gluster.changed == []
    gluster = used()
    done = ask(gluster, state="absent", confirm="web", disconnect_clients=True, check_mode=check_mode)
    assert (done.changed, gluster.changed) == (
        True,
        [] if check_mode else ["volume stop web", "volume delete web"],
    )


def test_a_volume_that_is_not_there_is_absent_whoever_is_down():
    assert not ask(cluster("volume-info-none"), state="absent", confirm="web").changed


@pytest.mark.parametrize("real", ["volume-info-none", None])
@pytest.mark.parametrize("check_mode", [True, False])
def test_bricks_in_the_root_file_system_are_refused_before_anything_is_set_and_taken_by_force(real, check_mode):
    old = [] if real else WEB
    wanted = {"bricks": [*old, *TWO], "replica": 3, "host": FakeHost(on_root=["/bricks/two"])}
    says = {"volume create *": OK, "volume add-brick *": "add-brick", "volume set web cluster.lookup-optimize off": OK}
    gluster = cluster(real or info(*WEB, options={}), **says)
    message = refused(gluster, check_mode=check_mode, **wanted)
    assert message == "bricks: h1:/bricks/two lies in the root file system, or say force: true if it is meant"
    done = ask(gluster, check_mode=check_mode, force=True, **wanted)
    assert done.changed
    assert check_mode or gluster.changed[-1].endswith("force")


@pytest.mark.parametrize("check_mode", [True, False])
def test_two_bricks_of_a_subvolume_on_one_host_are_refused_before_anything_is_set(check_mode):
    two = ["h1:/bricks/two", "h2:/bricks/two", "h1:/bricks/three"]
    gluster = cluster(info(*WEB, options={}))
    message = refused(gluster, bricks=[*WEB, *two], check_mode=check_mode)
    assert "h1:/bricks/two and h1:/bricks/three are on the same host" in message
    gluster = cluster("volume-info-none", **{"volume create *": OK})
    assert "are on the same host" in refused(gluster, bricks=two, replica=3, check_mode=check_mode)
    assert ask(gluster, bricks=two, replica=3, force=True, check_mode=check_mode).changed
    assert ask(gluster, bricks=two, check_mode=check_mode).changed


# -- a rebalance is begun once


def rebalance_begun(before, *bricks):
    return info(*bricks, options={"cluster.lookup-optimize": "off", "user.evenkeel.unfinished": f"rebalance:{before}"})


def test_a_rebalance_that_was_begun_and_is_done_is_not_begun_a_second_time():
    gluster = cluster(
        rebalance_begun("none", *WEB, *TWO),
        **{"volume status web tasks": "tasks-rebalance", "volume rebalance web status": "rebalance-done"},
    )
    assert not ask(gluster, bricks=[*WEB, *TWO], rebalance=True).changed
    assert gluster.changed == [END]


def test_a_rebalance_of_before_the_new_bricks_is_not_taken_for_theirs():
    before = re.search("<id>(.*?)</id>", recorded("tasks-rebalance")).group(1)
    gluster = cluster(
        rebalance_begun(before, *WEB, *TWO),
        **{
            "volume status web tasks": "tasks-rebalance",
            "volume rebalance web start": "rebalance-start",
            "volume rebalance web status": "rebalance-done",
        },
    )
    ask(gluster, bricks=[*WEB, *TWO], rebalance=True)
    assert gluster.changed == ["volume rebalance web start", END]


def test_a_rebalance_that_another_run_has_begun_in_that_moment_is_waited_for():
    says = {
        "volume add-brick *": "add-brick",
        "volume status web tasks": [*["tasks-none"] * 3, "tasks-rebalance-running"],
        "volume rebalance web start": refusal("Rebalance on web is already started"),
        "volume rebalance web status": "rebalance-done",
    }
    gluster = cluster(info(*WEB), info(*WEB, *TWO), **says)
    assert ask(gluster, bricks=[*WEB, *TWO], rebalance=True).changed
    assert gluster.changed.count("volume rebalance web start") == 1


def test_a_look_at_a_rebalance_that_is_refused_as_it_ends_is_repeated():
    gone = refusal("brick op 'Rebalance' failed")
    says = {
        "volume add-brick *": "add-brick",
        "volume rebalance web start": "rebalance-start",
        "volume rebalance web status": ["rebalance-running", gone, "rebalance-done"],
    }
    gluster = cluster(info(*WEB), info(*WEB, *TWO), **says)
    assert ask(gluster, bricks=[*WEB, *TWO], rebalance=True).changed
    assert gluster.changed.count("volume rebalance web start") == 1


def test_a_rebalance_whose_daemon_never_answers_is_an_error_that_says_what_brings_it_back():
    says = {
        "volume add-brick *": "add-brick",
        "volume rebalance web start": "rebalance-start",
        "volume rebalance web status": refusal("brick op 'Rebalance' failed"),
    }
    says["volume status web tasks"] = [*["tasks-none"] * 3, "tasks-rebalance-running"]
    gluster = cluster(info(*WEB), rebalance_begun("none", *WEB, *TWO), **says)
    message = refused(gluster, ClusterError, bricks=[*WEB, *TWO], rebalance=True)
    assert "restarting glusterd on its host brings it back" in message
    assert gluster.changed.count("volume rebalance web start") == 1


def test_files_do_not_move_before_all_bricks_are_back_that_alone_have_them():
    says = {
        "volume add-brick *": "add-brick",
        "volume rebalance dist start": "rebalance-start",
        "volume rebalance dist status": "rebalance-done",
        "volume set dist *": OK,
        "volume status dist": [status(*DIST, offline=DIST[1:], name="dist"), status(*DIST, name="dist")],
    }
    three = [*DIST, "h3:/bricks/d3"]
    real = [info(*bricks, shape=Shape(), name="dist") for bricks in (DIST, three)]
    gluster = cluster(*real, **says)
    assert ask(gluster, name="dist", bricks=three, rebalance=True).changed
    ran = gluster.ran
    assert ran.count("volume status dist") == 2
    assert ran.index("volume rebalance dist start") > ran.index("volume status dist") + 1


# -- a heal of very many entries


def test_an_offline_brick_is_replaced_although_it_takes_long_to_count_what_waits():
    new = [*WEB[:2], "h4:/bricks/web"]
    gluster = cluster(
        info(*WEB),
        info(*new),
        **{
            "volume replace-brick *": OK,
            "volume heal web info summary": [healed(*WEB, away=WEB[2:], entries=9_000_000), healed(*new)],
        },
    )
    assert ask(gluster, bricks=new, timeout_heal=7200.0).changed
    looks = [timeout for argv, timeout in gluster.argv if argv[-1] == "summary"]
    assert looks[0] > 3000


# -- a heal that cannot come

NEW = [*WEB[:2], "h4:/bricks/web"]


@pytest.mark.parametrize("value", ["off", "0", "no", "False", "disable"])
@pytest.mark.parametrize(
    "wanted",
    [
        {"bricks": NEW},
        {"bricks": [*WEB, "h4:/bricks/web"], "replica": 4},
        {"reset": WEB[2:]},
    ],
)
def test_nothing_is_made_anew_that_no_self_heal_daemon_would_heal(value, wanted):
    gluster = cluster(
        info(*WEB, options={"cluster.self-heal-daemon": value}),
        **{"volume status web": status(*WEB, offline=WEB[2:])},
    )
    message = refused(gluster, **wanted)
    assert f"its option cluster.self-heal-daemon is {value}" in message


def test_a_dispersed_brick_is_not_made_anew_where_its_own_option_turns_the_daemons_off():
    values = {"cluster.disperse-self-heal-daemon": "disable"}
    gluster = cluster(info(*WEB, shape=Shape(disperse=3, redundancy=1), options=values))
    assert "its option cluster.disperse-self-heal-daemon is disable" in refused(gluster, bricks=NEW)


def test_a_brick_is_not_replaced_while_the_daemon_of_another_one_does_not_run():
    text = recorded("volume-status")
    daemon = re.search(
        r"<node>\s*<hostname>Self-heal Daemon</hostname>\s*<path>h2</path>.*?</node>", text, re.S
    ).group()
    gluster = cluster(
        info(*WEB), **{"volume status web shd": text.replace(daemon, daemon.replace("<status>1<", "<status>0<"))}
    )
    assert "no self-heal daemon runs on h2; restarting glusterd there starts it" in refused(gluster, bricks=NEW)


@pytest.mark.parametrize(("value", "command"), [(True, "on"), (None, "on"), ("1", "1")])
def test_daemons_that_the_same_task_turns_on_are_on_before_the_brick_is_replaced(value, command):
    off = {"cluster.self-heal-daemon": "off"}
    gluster = cluster(
        info(*WEB, options=off),
        info(*WEB, options={"cluster.self-heal-daemon": command}),
        info(*NEW, options={"cluster.self-heal-daemon": command}),
        **{
            "volume set web cluster.self-heal-daemon *": OK,
            "volume reset web cluster.self-heal-daemon": OK,
            "volume replace-brick *": OK,
            "volume heal web info summary": [healed(*WEB), healed(*WEB), healed(*NEW)],
        },
    )
    assert ask(gluster, bricks=NEW, options={"cluster.self-heal-daemon": value}).changed
    assert gluster.changed[0] == f"volume set web cluster.self-heal-daemon {command}"
    assert "volume replace-brick web h3:/bricks/web h4:/bricks/web commit force" in gluster.changed


def test_daemons_that_the_same_task_turns_off_heal_the_new_brick_first():
    gluster = cluster(
        info(*WEB),
        info(*WEB),
        info(*NEW),
        **{
            "volume set web cluster.self-heal-daemon *": OK,
            "volume get web *": "volume-get",
            "volume replace-brick *": OK,
            "volume heal web info summary": [healed(*WEB), healed(*WEB), healed(*NEW)],
        },
    )
    ask(gluster, bricks=NEW, options={"cluster.self-heal-daemon": False})
    off, replaced = (
        gluster.changed.index(command)
        for command in (
            "volume set web cluster.self-heal-daemon off",
            "volume replace-brick web h3:/bricks/web h4:/bricks/web commit force",
        )
    )
    assert off > replaced


# -- what a volume's kind does not bear

PAIR = ["h1:/bricks/web", "h2:/bricks/web"]
THIN = {
    "vols/web/info": "thin_arbiter_count=1\nta-brick-0=h3:-bricks-thin\n",
    "vols/web/bricks/h3:-bricks-thin": "hostname=h3\npath=/bricks/thin\n",
}


@pytest.mark.parametrize(
    ("bricks", "wanted", "step"),
    [
        ([*PAIR, "h3:/bricks/web"], {"replica": 3}, "not done: become replica 3;"),
        ([*PAIR, "h3:/bricks/web"], {"replica": 3, "arbiter": 1}, "not done: become replica 3 arbiter 1;"),
        (None, {"replica": 3, "arbiter": 1}, "not done: become replica 3 arbiter 1;"),
        (PAIR[:1], {"replica": 1}, "not done: become replica 1;"),
        ([*PAIR, "h1:/bricks/two", "h2:/bricks/two"], {}, "add h1:/bricks/two h2:/bricks/two"),
        ([PAIR[0], "h4:/bricks/web"], {}, "replace h2:/bricks/web by h4:/bricks/web"),
    ],
)
def test_a_volume_with_a_thin_arbiter_keeps_its_bricks(bricks, wanted, step):
    host = FakeHost(files=THIN)
    message = refused(cluster(info(*PAIR, shape=Shape(2))), bricks=bricks, host=host, **wanted)
    assert "has a thin arbiter, h3:/bricks/thin" in message
    assert step in message
    message_in_check_mode = refused(
        cluster(info(*PAIR, shape=Shape(2))), bricks=bricks, host=host, check_mode=True, **wanted
    )
    assert message == message_in_check_mode


def test_a_volume_with_a_thin_arbiter_is_told_and_managed_otherwise():
    gluster = cluster(info(*PAIR, shape=Shape(2)), **{"volume set web *": "volume-set"})
    result = ask(
        gluster,
        bricks=PAIR,
        replica=2,
        options={"network.ping-timeout": 10},
        host=FakeHost(files=THIN),
        state="started",
    )
    assert result.values["volume"]["thin_arbiter"] == "h3:/bricks/thin"
    assert gluster.changed == ["volume set web network.ping-timeout 10"]


def test_no_brick_lies_in_a_thin_arbiter_of_another_volume():
    gluster = cluster(info(*PAIR, shape=Shape(2)))
    message = refused(
        gluster, name="other", bricks=["h1:/bricks/o", "h3:/bricks/thin/o"], replica=2, host=FakeHost(files=THIN)
    )
    assert "lies in h3:/bricks/thin, the thin arbiter of volume web" in message


def test_the_bricks_of_a_type_that_is_not_known_are_not_changed():
    tier = info(*WEB).replace("<typeStr>Replicate<", "<typeStr>Tier<")
    message = refused(cluster(tier), bricks=[*WEB[:2], "h4:/bricks/web"])
    assert "is of type Tier" in message


def test_a_brick_on_a_host_whose_own_name_is_at_an_address_of_no_interface_is_refused_with_the_address():
    host = FakeHost(own=(), table={"h1": "10.99.0.1"})
    message = refused(cluster("volume-info-none"), bricks=WEB, replica=3, host=host)
    assert message.startswith("bricks: 'h1' is this host's own name and resolves to 10.99.0.1 here")
