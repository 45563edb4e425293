# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The life of a pool and its volumes, in the order of the tests: each one stands on those before it, and a client writes all the while."""

from __future__ import annotations

import pytest
import yaml

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually, podman

from .conftest import PATH
from .user import check_files, make_files, task

FOURTH = "stranger"
FILES = 1000

ONE = [f"{host}:/bricks/one" for host in PEERS]
TWO = [f"{host}:/bricks/two" for host in PEERS]

OPTIONS = yaml.safe_load("""
network.ping-timeout: 10
network.frame-timeout: 600
cluster.self-heal-daemon: on
cluster.data-self-heal: yes
cluster.metadata-self-heal: true
cluster.heal-timeout: 60
cluster.favorite-child-policy: none
cluster.quorum-type: auto
cluster.readdir-optimize: on
cluster.min-free-disk: 5%
cluster.shd-max-threads: 2
diagnostics.client-log-level: WARNING
features.shard: off
performance.cache-size: 64MB
performance.io-cache: off
performance.quick-read: false
performance.read-ahead: no
performance.write-behind: on
server.event-threads: 2
client.event-threads: 2
auth.allow: ['*']
user.note: made by a test
""")


def volume(lab, **arguments):
    """A task of the volume module that must end well."""
    done = task(lab, "volume", **{"name": "web", **arguments})
    assert not done.failed, done.message
    return done.values


def twice(lab, **arguments):
    """The same task in check mode, then twice: what the first one did. The check foretells it, the second one is no change."""
    foretold = volume(lab, check=True, **arguments)
    done = volume(lab, **arguments)
    assert (foretold["changed"], foretold["commands"]) == (True, [])
    assert foretold["steps"] == done["steps"]
    again = volume(lab, **arguments)
    assert (again["changed"], again["steps"], again["commands"], again["shown"].count("@@")) == (False, [], [], 0)
    return done


def refusal(lab, module="volume", **arguments):
    """What is said of bad input. Nothing has been changed then, in check mode neither."""
    before = lab.host("gfs1").run("gluster", "volume", "info")
    said = []
    for check in (True, False):
        done = task(lab, module, check=check, **arguments)
        assert done.failed, f"was not refused: {done.values}"
        assert done.values["commands"] == []
        said.append(done.message)
    assert said[0] == said[1]
    assert lab.host("gfs1").run("gluster", "volume", "info") == before
    return said[0]


def pool(lab, hosts, **arguments):
    done = task(lab, "trusted_pool", hosts=hosts, **arguments)
    assert not done.failed, done.message
    return done.values


def data_files(host, brick):
    """Files that a user has made on a brick, the pointers of DHT left out."""
    path = brick.partition(":")[2]
    listed = host.run(
        "find", path, "-path", f"{path}/.glusterfs", "-prune", "-o", "-type", "f", "-printf", "%m %s %P\\n"
    )
    return {line.split(" ", 2)[2] for line in listed.splitlines() if not line.startswith("1000 0 ")}


def kept(lab, brick):
    host = lab.host(brick.partition(":")[0])
    return {name for name in data_files(host, brick) if name.startswith("kept/")}


def test_three_hosts_become_a_pool_at_the_first_try(lab):
    assert pool(lab, list(PEERS), check=True)["commands"] == []
    first = pool(lab, list(PEERS))
    assert first["changed"]
    assert {peer["state"] for peer in first["peers"]} == {"Peer in Cluster"}
    again = pool(lab, list(PEERS), exclusive=True)
    assert (again["changed"], again["commands"]) == (False, [])
    # Ansible's way to run it on a second one: all then know the first one by its name.
    assert pool(lab, list(PEERS), on="gfs2")["changed"]
    assert pool(lab, list(PEERS))["unnamed"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"bricks": [*ONE, f"{PEERS[0]}:/bricks/x"], "replica": 3}, "bricks: 4 are not divided by replica 3"),
        ({"bricks": [f"{FOURTH}:/bricks/x"]}, f"bricks: {FOURTH}:/bricks/x: {FOURTH} is not in the pool"),
        ({"bricks": ONE, "replica": 3, "options": {"network.ping-timeuot": 9}}, "did you mean network.ping-timeout"),
        ({"bricks": ["gfs1:/bricks/x", "gfs1:/bricks/x/y"]}, "gfs1:/bricks/x, another one of bricks"),
        ({"state": "started"}, "the volume web is not there; name its bricks"),
        ({"state": "absent"}, "say so a second time by confirm: web"),
    ],
)
def test_bad_input_is_refused_and_nothing_is_touched(lab, arguments, told):
    assert told in refusal(lab, **{"name": "web", **arguments})


def test_a_brick_below_a_mount_point_that_is_not_mounted_is_refused(lab):
    host = lab.host("gfs1")
    host.run("sh", "-c", "echo '/dev/nothing /bricks/disk xfs nofail 0 0' >> /etc/fstab")
    told = refusal(lab, name="web", bricks=["gfs1:/bricks/disk/web"])
    assert "gfs1:/bricks/disk/web lies below /bricks/disk, which fstab mounts and where nothing is mounted" in told
    host.run("sed", "-i", "/nothing/d", "/etc/fstab")


def test_a_volume_is_made_with_twenty_options_in_three_commands(lab):
    done = twice(lab, state="started", replica=3, bricks=ONE, options=OPTIONS)
    assert [command.split()[4] for command in done["commands"]] == ["create", "set", "start"]
    assert "+network.ping-timeout: 10" in done["shown"]
    assert done["volume"]["options"]["performance.quick-read"] == "off"
    found = task(lab, "volume_info", name="web").values["volumes"]["web"]
    assert [brick["online"] for brick in found["bricks"]] == [True] * 3
    assert not volume(lab, state="present", bricks=ONE, options=OPTIONS)["changed"]


def test_an_option_is_reset_by_null(lab):
    done = twice(lab, options={"performance.cache-size": None, "performance.read-ahead": True})
    assert "-performance.cache-size: 64MB" in done["shown"]
    assert "performance.cache-size" not in done["volume"]["options"]


def test_options_of_the_pool_are_set_each_and_reset(lab):
    ratio, log = "cluster.server-quorum-ratio", "cluster.daemon-log-level"
    for options, values in (
        ({ratio: 60, log: "WARNING"}, {ratio: "60", log: "WARNING"}),
        ({ratio: None, log: None}, {ratio: "51", log: "INFO"}),
    ):
        foretold = task(lab, "pool_options", check=True, options=options).values
        assert (foretold["changed"], foretold["commands"]) == (True, [])
        done = task(lab, "pool_options", options=options).values
        assert len(done["commands"]) == 2
        assert {name: done["options"][name] for name in values} == values
        assert not task(lab, "pool_options", on="gfs2", options=options).values["changed"]
    assert "or give it to a volume" in refusal(lab, "pool_options", options={"network.ping-timeout": 9})


def test_two_volumes_do_not_get_one_brick(lab):
    assert "gfs1:/bricks/one, a brick of volume web" in refusal(lab, name="other", bricks=["gfs1:/bricks/one/sub"])
    assert "gfs2:/bricks/one, a brick of volume web" in refusal(lab, name="other", bricks=["gfs2:/bricks"])


def test_a_stopped_volume_is_not_started_unasked(lab):
    assert twice(lab, state="stopped")["volume"]["status"] == "stopped"
    assert volume(lab, bricks=ONE)["volume"]["status"] == "stopped"
    assert twice(lab, state="started")["volume"]["status"] == "started"


def test_a_client_begins_to_write(lab, writer):
    done = task(lab, "mount", on="node1", path=PATH, volume="web", servers=list(PEERS), fstab="none")
    assert not done.failed, done.message
    make_files(lab.node, f"{PATH}/kept", FILES)
    writer.start()


def test_a_volume_grows_and_its_files_are_spread(lab):
    done = twice(lab, bricks=[*ONE, *TWO], rebalance=True)
    assert done["volume"]["options"]["cluster.lookup-optimize"] == "off"
    assert done["migrated"]["rebalance"]["files"] > FILES / 4
    assert len(kept(lab, TWO[0])) > FILES / 4
    assert check_files(lab.node) == FILES


def test_a_volume_shrinks_and_keeps_every_file(lab):
    done = twice(lab, bricks=ONE)
    assert not any("force" in command for command in done["commands"])
    assert done["migrated"]["remove"]["files"] > FILES / 4
    assert [data_files(lab.host(host), brick) for host, brick in zip(PEERS, TWO)] == [set()] * 3
    assert check_files(lab.node) == FILES


def test_a_brick_of_another_volume_is_refused(lab):
    told = refusal(lab, name="web", bricks=[*ONE, *TWO])
    assert "gfs1:/bricks/two has been a brick of another volume" in told


def test_a_fourth_host_joins_while_a_client_writes(lab):
    assert pool(lab, [*PEERS, FOURTH])["changed"]
    assert not pool(lab, [*PEERS, FOURTH], exclusive=True)["changed"]
    told = refusal(lab, "trusted_pool", hosts=[FOURTH, "gfs1"], exclusive=True)
    assert "gfs2 holds bricks of volume web (gfs2:/bricks/one) and stays in the pool" in told


def test_a_copy_is_added_and_whole_when_the_task_ends_and_removed_again(lab):
    four = [*ONE, f"{FOURTH}:/bricks/four"]
    assert twice(lab, bricks=four, replica=4)["volume"]["replica"] == 4
    assert len(kept(lab, four[3])) == FILES
    assert twice(lab, bricks=ONE, replica=3)["volume"]["replica"] == 3
    assert check_files(lab.node) == FILES


def test_a_brick_is_replaced_and_whole_when_the_task_ends(lab):
    new = "gfs2:/bricks/new"
    twice(lab, bricks=[ONE[0], new, ONE[2]])
    assert len(kept(lab, new)) == FILES
    assert task(lab, "heal_info", name="web", entries=True).values["split_brain"] == 0


def test_a_brick_on_an_empty_disk_is_made_anew(lab):
    host = lab.host("gfs2")
    host.signal("KILL", "glusterfsd.*bricks-new")
    host.run("rm", "-r", "/bricks/new")
    host.run("mkdir", "/bricks/new")
    twice(lab, reset=["gfs2:/bricks/new"])
    assert len(kept(lab, "gfs2:/bricks/new")) == FILES
    assert check_files(lab.node) == FILES


def test_a_dead_server_is_replaced(lab):
    podman("kill", lab.host("gfs3").container)
    eventually(
        lambda: "Disconnected" in lab.host("gfs1").run("gluster", "peer", "status"),
        60,
        "the pool notices that gfs3 is dead",
    )
    told = refusal(lab, name="other", bricks=["gfs1:/bricks/other"])
    assert "the pool is not whole, so no brick is added: gfs3 is disconnected" in told
    bricks = [ONE[0], "gfs2:/bricks/new", f"{FOURTH}:/bricks/moved"]
    done = twice(lab, bricks=bricks)
    assert done["steps"] == [f"replace {ONE[2]} by {bricks[2]}"]
    assert len(kept(lab, bricks[2])) == FILES
    hosts = ["gfs1", "gfs2", FOURTH]
    assert "gfs3 is down and would not learn that it is detached" in refusal(
        lab, "trusted_pool", hosts=hosts, exclusive=True
    )
    assert pool(lab, hosts, exclusive=True, force=True)["changed"]
    assert not pool(lab, hosts, exclusive=True)["changed"]
    assert check_files(lab.node) == FILES


def test_the_client_saw_no_error_and_lost_no_byte(lab, writer):
    report = writer.stop()
    print(report)
    assert (report["errors"], report["lost"]) == ([], [])
    assert report["rounds"] > 100
    gone = task(lab, "mount", on="node1", path=PATH, state="unmounted", fstab="none")
    assert not gone.failed, gone.message
    # Another client, which has nothing cached.
    task(lab, "mount", on="node1", path=PATH, volume="web", servers=["gfs1", FOURTH], fstab="none")
    assert check_files(lab.node) == FILES
    assert not task(lab, "mount", on="node1", path=PATH, state="absent").failed


def test_a_dispersed_brick_is_replaced_and_whole_when_the_task_ends(lab):
    bricks = ["gfs1:/bricks/disp", "gfs2:/bricks/disp", f"{FOURTH}:/bricks/disp"]
    shape = {"name": "disp", "disperse": 3, "redundancy": 1, "state": "started"}
    twice(lab, bricks=bricks, **shape)
    task(lab, "mount", on="node1", path=PATH, volume="disp", servers=["gfs1"], fstab="none")
    make_files(lab.node, f"{PATH}/kept", 100)
    twice(lab, bricks=[bricks[0], "gfs2:/bricks/disp-new", bricks[2]], **shape)
    # The file that is empty, and 99 others.
    assert len(kept(lab, "gfs2:/bricks/disp-new")) == 100
    assert check_files(lab.node) == 100
    assert not task(lab, "mount", on="node1", path=PATH, state="absent").failed


def test_a_volume_is_deleted_by_a_second_word_only(lab):
    assert "confirm: disp" in refusal(lab, name="disp", state="absent")
    for name in ("disp", "web"):
        assert twice(lab, name=name, state="absent", confirm=name)["volume"] is None
    told = task(lab, "volume_info")
    assert not told.failed, told.message
    assert told.values["volumes"] == {}
