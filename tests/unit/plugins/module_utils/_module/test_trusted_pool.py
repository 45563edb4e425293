# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import pool, pool_arguments
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import trusted_pool
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import FakeGluster, FakeResolver, ended, recorded

pytestmark = pytest.mark.usefixtures("version")

NAMES = FakeResolver(
    table={
        "10.89.1.18": "10.89.1.18",
        "h1": "10.89.1.18",
        "10.89.1.19": "10.89.1.19",
        "h2": "10.89.1.19",
        "h3": "10.89.1.20",
        "h4": "10.89.1.21",
        "h5": "10.89.1.22",
    }
)
UUIDS = {"h1": "33e46030-c74c-4c62-adab-c8fac291572f", "h2": "0591b2bd-41e6-4fc2-8aae-1e80003beae9"}
NEW = "dc480527-d864-4970-b9f3-5a0d6d276ec9"
"""Of h4."""
SILENT = ended(rc=1, stdout="Connection failed. Please check if gluster daemon is operational.")
SEEN = {"pool list": "pool-list", "h2: pool list": "pool-list-h2", "h3: pool list": "pool-list-h3"}


def alone(uuid=UUIDS["h1"]):
    """What a host of this UUID says that is in no pool."""
    return re.sub(r"<uuid>[^<]*</uuid>", f"<uuid>{uuid}</uuid>", recorded("pool-list-alone"))


def seen_by(host, seen):
    """What a member says of a pool, of which h1 says ``seen``."""
    seen = seen.replace("<hostname>localhost</hostname>", "<hostname>h1</hostname>")
    hostnames = rf"<hostname>{host}</hostname>\s*<hostnames>.*?</hostnames>"
    return re.sub(hostnames, "<hostname>localhost</hostname>", seen, flags=re.DOTALL)


def down(host, seen):
    return re.sub(rf"(<hostname>{host}</hostname>.*?)<connected>1", r"\1<connected>0", seen, count=1, flags=re.DOTALL)


def ask(gluster, hosts, *, check_mode=False, names=NAMES, **changes):
    values = {"hosts": hosts, "state": "present", "exclusive": False, "force": False, "timeout": 30.0, **changes}
    return trusted_pool.ensure(pool_arguments.check(values), gluster.cli, names, check_mode=check_mode)


def without(peer, name="pool-list"):
    """A recorded list without one of its peers."""
    return re.sub(
        rf"<peer>\s*<uuid>[^<]*</uuid>\s*<hostname>{peer}</hostname>.*?</peer>", "", recorded(name), flags=re.DOTALL
    )


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"hosts": []}, "hosts is empty; name at least one"),
        ({"hosts": ["gfs1:24007x"]}, "the port must be a number"),
        ({"hosts": ["h1"], "state": "absent", "exclusive": True}, "exclusive goes with state: present"),
        ({"hosts": ["h1"], "timeout": 0.0}, "timeout 0: must be a number of seconds"),
        (
            {"hosts": ["h2", "h3"], "exclusive": True},
            "does not name the host this runs on, which exclusive: true would remove",
        ),
        ({"hosts": ["h1"], "state": "absent"}, "'h1' is the host this runs on, which cannot detach itself"),
    ],
)
def test_bad_input_is_refused_before_anything_is_touched(bad, message):
    gluster = FakeGluster(SEEN)
    with pytest.raises(ValueError, match=re.escape(message)):
        ask(gluster, **bad)
    assert gluster.changed == []


def test_a_pool_is_read_with_all_names_of_its_members():
    gluster = FakeGluster(
        {"pool list": recorded("pool-list-h2").replace("</hostnames>", "<hostname>h1</hostname></hostnames>", 1)}
    )
    first, second, local = pool.read(gluster.cli).peers
    assert first.names == ("10.89.1.18", "h1")
    assert (second.names, second.ready, second.state_text) == (("h3",), True, "Peer in Cluster")
    assert (local.local, local.ready) == (True, True)


def test_a_pool_that_is_as_wanted_is_no_change_and_every_member_has_been_asked():
    gluster = FakeGluster(SEEN)
    result = ask(gluster, ["h1", "h2", "h3"], exclusive=True)
    assert (result.changed, gluster.changed) == (False, [])
    assert gluster.ran[0] == "pool list"
    assert sorted(gluster.ran[1:]) == ["h2: pool list", "h3: pool list"]
    assert [peer["host"] for peer in result.values["peers"]] == ["h2", "h3", "localhost"]


def test_hosts_are_probed_one_after_the_other_each_waited_for():
    seen = [alone(), without("h3"), "pool-list"]
    connecting = (
        recorded("pool-list")
        .replace("<connected>1", "<connected>0", 1)
        .replace("Peer in Cluster", "Accepted peer request", 1)
    )
    gluster = FakeGluster({**SEEN, "pool list": [seen[0], connecting, *seen[1:]], "peer probe *": "peer-probe"})
    result = ask(gluster, ["h1", "h2", "h3"])
    assert result.changed
    assert result.values["commands"] == [f"gluster --mode=script --xml peer probe {host}" for host in ("h2", "h3")]
    assert gluster.ran[0] == "pool list"
    assert sorted(gluster.ran[1:3]) == ["h2: pool list", "h3: pool list"]
    assert gluster.ran[3:6] == ["peer probe h2", "pool list", "pool list"]
    assert (result.before, result.after) == (["localhost"], ["h2", "h3", "localhost"])


def test_a_run_that_another_one_overtakes_ends_well():
    """The same task on two hosts at once: what one of them is refused, the other one has done."""
    says = {**SEEN, "peer probe *": "peer-probe-other-cluster", "peer detach *": "peer-detach-unknown"}
    joining = FakeGluster({**says, "pool list": [without("h3"), without("h3"), "pool-list"]})
    assert ask(joining, ["h1", "h2", "h3"]).changed
    leaving = FakeGluster({**says, "pool list": ["pool-list-four", "pool-list"], "volume info": "volume-info-none"})
    assert ask(leaving, ["h4"], state="absent").changed


def test_a_host_of_another_cluster_is_told_in_the_words_of_gluster():
    gluster = FakeGluster({**SEEN, "pool list": without("h3"), "peer probe *": "peer-probe-other-cluster"})
    with pytest.raises(ClusterError, match="already part of another cluster.*; detach it from its other pool first"):
        ask(gluster, ["h1", "h2", "h3"])
    assert gluster.clock.now() < 15


def test_the_first_host_that_others_know_by_address_only_is_told():
    result = ask(FakeGluster(SEEN), ["h1", "h2", "h3"])
    assert result.values["unnamed"] == [
        {"peer": "h2", "host": "h1", "known_as": "10.89.1.18"},
        {"peer": "h3", "host": "h1", "known_as": "10.89.1.18"},
    ]


def test_a_member_that_is_not_seen_by_another_one_is_waited_for():
    gluster = FakeGluster({**SEEN, "h3: pool list": [without("h2", "pool-list-h3"), "pool-list-h3"]})
    assert not ask(gluster, ["h1", "h2", "h3"]).changed
    assert gluster.clock.now() > 0


@pytest.mark.parametrize(
    ("host", "answer", "message"),
    [
        ("h3: pool list", lambda: without("h2", "pool-list-h3"), "h3 does not know h2"),
        ("h3: pool list", lambda: recorded("pool-list-h3").replace("<connected>1", "<connected>0", 1), "on h3, "),
        ("h3: pool list", lambda: seen_by("h3", recorded("pool-list-four")), "h3 still knows h4"),
        ("h3: pool list", "peer-detach-unknown", "gluster pool list on h3: h4 is not part of cluster"),
        ("pool list", "pool-list-h3-down", "h3 is disconnected, 'Peer in Cluster'"),
    ],
)
def test_a_pool_that_does_not_agree_ends_with_who_sees_what(host, answer, message):
    gluster = FakeGluster({**SEEN, host: answer})
    with pytest.raises(ClusterError) as caught:
        ask(gluster, ["h1", "h2", "h3"])
    assert str(caught.value).startswith("waited 30 s for all members to see the same pool: ")
    assert message in str(caught.value)


def test_no_host_is_added_while_a_wanted_member_is_down():
    gluster = FakeGluster({**SEEN, "pool list": "pool-list-h3-down", "h4: pool list": alone(NEW)})
    with pytest.raises(ClusterError, match="before a host is added: h3 is disconnected"):
        ask(gluster, ["h1", "h2", "h3", "h4"])
    assert gluster.changed == []


def test_a_probed_host_that_does_not_come_up_is_named():
    gluster = FakeGluster({**SEEN, "peer probe h4": "peer-probe", "h4: pool list": alone(NEW)})
    with pytest.raises(
        ClusterError,
        match="waited 30 s for h4 to be connected and 'Peer in Cluster' after its probe: h4 is not in the pool",
    ):
        ask(gluster, ["h4"])


def test_a_dead_member_that_is_not_wanted_does_not_hold_up_a_new_one():
    four = recorded("pool-list-four")
    dead = down("h3", four)
    gluster = FakeGluster(
        {
            **SEEN,
            "pool list": ["pool-list-h3-down", "pool-list-h3-down", dead],
            "peer probe h4": "peer-probe",
            "h2: pool list": ["pool-list-h2", seen_by("h2", dead)],
            "h4: pool list": [alone(NEW), seen_by("h4", dead)],
        }
    )
    assert ask(gluster, ["h1", "h2", "h4"]).changed


def test_a_member_named_by_another_name_is_made_known_by_it_and_not_detached():
    renamed = recorded("pool-list").replace("</hostnames>", "<hostname>10.89.1.19</hostname></hostnames>", 1)
    gluster = FakeGluster(
        {
            **SEEN,
            "10.89.1.19: pool list": "pool-list-h2",
            "pool list": ["pool-list", "pool-list", renamed],
            "peer probe 10.89.1.19": "peer-probe-known",
        }
    )
    ask(gluster, ["h1", "10.89.1.19", "h3"], exclusive=True)
    assert gluster.changed == ["peer probe 10.89.1.19"]


def test_a_host_that_is_no_longer_wanted_is_detached():
    gluster = FakeGluster(
        {
            **SEEN,
            "pool list": ["pool-list-four", "pool-list-four", "pool-list"],
            "volume info": "volume-info",
            "peer detach h4": "peer-detach",
        }
    )
    result = ask(gluster, ["h1", "h2", "h3"], exclusive=True)
    assert gluster.changed == ["peer detach h4"]
    assert result.after == ["h2", "h3", "localhost"]


def test_a_host_with_bricks_is_never_detached():
    gluster = FakeGluster({**SEEN, "volume info": "volume-info"})
    with pytest.raises(
        ValueError, match=re.escape("h3 holds bricks of volume web (h3:/bricks/web) and stays in the pool")
    ):
        ask(gluster, ["h1", "h2"], exclusive=True, force=True)
    assert gluster.changed == []


def test_a_host_that_is_down_is_detached_by_an_explicit_word_only():
    says = {
        **SEEN,
        "pool list": ["pool-list-h3-down", without("h3")],
        "h2: pool list": without("h3", "pool-list-h2"),
        "volume info": "volume-info-none",
    }
    with pytest.raises(ValueError, match="h3 is down and would not learn that it is detached"):
        ask(FakeGluster(says), ["h3"], state="absent")
    gluster = FakeGluster({**says, "peer detach h3 force": "peer-detach"})
    assert ask(gluster, ["h3"], state="absent", force=True).changed


def test_a_host_that_is_no_member_is_absent_already():
    gluster = FakeGluster(SEEN)
    assert not ask(gluster, ["h4"], state="absent").changed
    assert gluster.changed == []


def test_check_mode_touches_nothing_and_says_what_would_be():
    gluster = FakeGluster(
        {
            "pool list": "pool-list-four",
            "h2: pool list": "pool-list-h2",
            "h5: pool list": SILENT,
            "volume info": "volume-info-none",
        }
    )
    result = ask(gluster, ["h1", "h2", "h5"], exclusive=True, check_mode=True)
    assert (result.changed, gluster.changed) == (True, [])
    assert (result.before, result.after) == (["h2", "h3", "h4", "localhost"], ["h2", "h5", "localhost"])


def clone(host, other):
    """Where ``other`` says the UUID of ``host``, and does not know the pool."""
    return {f"{other}: pool list": alone(UUIDS[host])}


@pytest.mark.parametrize("exclusive", [True, False])
@pytest.mark.parametrize("check_mode", [True, False])
def test_two_hosts_of_one_uuid_are_both_named_and_nothing_is_touched(exclusive, check_mode):
    gluster = FakeGluster({"pool list": alone(), **clone("h2", "h2"), **clone("h2", "h3")})
    with pytest.raises(ValueError, match=re.escape("'h2' (10.89.1.19) and 'h3' (10.89.1.20) say that")) as caught:
        ask(gluster, ["h1", "h2", "h3"], exclusive=exclusive, check_mode=check_mode)
    assert UUIDS["h2"] in str(caught.value)
    assert "rm /var/lib/glusterd/glusterd.info" in str(caught.value)
    assert gluster.changed == []


def test_a_copy_of_a_member_that_comes_later_is_no_other_name_of_it():
    gluster = FakeGluster({**SEEN, **clone("h2", "h4")})
    with pytest.raises(ValueError, match="UUID of|is that of the member h2, and does not know the pool: it is a copy"):
        ask(gluster, ["h4"])
    assert gluster.changed == []


def test_a_copy_of_the_host_it_runs_on_is_named():
    gluster = FakeGluster({**SEEN, **clone("h1", "h4")})
    with pytest.raises(ValueError, match=re.escape("'h4' (10.89.1.21) says that its UUID is 33e46030")):
        ask(gluster, ["h1", "h4"])


def test_a_member_that_was_installed_anew_is_told_from_the_one_that_it_was():
    gluster = FakeGluster({**SEEN, "h2: pool list": alone(NEW)})
    for exclusive in (True, False):
        with pytest.raises(ValueError, match="the pool knows h2 by 0591b2bd.*: it was installed anew"):
            ask(gluster, ["h1", "h2", "h3"], exclusive=exclusive)
    assert gluster.changed == []


def test_another_network_of_a_member_is_another_name_of_it():
    renamed = recorded("pool-list").replace("</hostnames>", "<hostname>fast2</hostname></hostnames>", 1)
    gluster = FakeGluster(
        {
            **SEEN,
            "fast2: pool list": "pool-list-h2",
            "pool list": ["pool-list", renamed],
            "peer probe fast2": "peer-probe-known",
        }
    )
    names = FakeResolver(table={**NAMES.table, "fast2": "10.90.0.19"})
    assert ask(gluster, ["fast2"], names=names).changed


def test_a_member_is_kept_by_what_it_says_of_itself_and_not_by_its_name():
    """Names that mean nothing here, nor anything that the pool knows, are those of members all the same."""
    known = recorded("pool-list").replace("</hostnames>", "<hostname>a2</hostname></hostnames>", 1)
    known = re.sub(r"(<hostname>h3</hostname>\s*)</hostnames>", r"\1<hostname>a3</hostname></hostnames>", known)
    gluster = FakeGluster(
        {
            "pool list": ["pool-list", "pool-list", known],
            "a2: pool list": "pool-list-h2",
            "a3: pool list": "pool-list-h3",
            "peer probe *": "peer-probe-known",
        }
    )
    names = FakeResolver(table={**NAMES.table, "a2": "10.90.0.19", "a3": "10.90.0.20"})
    ask(gluster, ["h1", "a2", "a3"], names=names, exclusive=True)
    assert gluster.changed == ["peer probe a2", "peer probe a3"]


def test_the_whole_pool_is_not_taken_from_names_that_are_fewer_hosts():
    names = FakeResolver(own=("h1", "a1", "b1"), table=NAMES.table)
    gluster = FakeGluster({**SEEN, "volume info": "volume-info-none"})
    with pytest.raises(ValueError, match="h1, a1, b1 are 3 names of fewer hosts"):
        ask(gluster, ["h1", "a1", "b1"], names=names, exclusive=True)
    assert gluster.changed == []


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_host_whose_own_name_is_at_an_address_of_no_interface_is_told_so_at_once(check_mode):
    names = FakeResolver(own=(), table={**NAMES.table, "h1": "10.99.0.1"})
    gluster = FakeGluster(SEEN)
    with pytest.raises(ValueError, match=re.escape("'h1' is this host's own name and resolves to 10.99.0.1 here")):
        ask(gluster, ["h1", "h2", "h3"], names=names, check_mode=check_mode)
    assert (gluster.ran, gluster.clock.now()) == (["pool list"], 0)


def test_a_host_that_gives_no_answer_is_named_with_its_address_before_anything_is_touched():
    gluster = FakeGluster({**SEEN, "h4: pool list": SILENT})
    with pytest.raises(ClusterError, match=re.escape("h4 (10.89.1.21): gluster pool list on h4: Connection failed")):
        ask(gluster, ["h1", "h2", "h3", "h4"])
    assert gluster.changed == []
    assert gluster.clock.now() < 15


def test_a_name_without_an_address_is_refused():
    gluster = FakeGluster({**SEEN, "typo: pool list": SILENT})
    for check_mode in (True, False):
        with pytest.raises(ValueError, match="'typo' is no member and has no address here"):
            ask(gluster, ["h1", "typo"], check_mode=check_mode)


def test_a_glusterd_that_starts_is_waited_for():
    four = recorded("pool-list-four")
    gluster = FakeGluster(
        {
            "pool list": ["pool-list", "pool-list", four],
            "h4: pool list": [SILENT, SILENT, alone(NEW), seen_by("h4", four)],
            "peer probe h4": "peer-probe",
        }
    )
    assert ask(gluster, ["h1", "h4"]).changed


def test_a_member_that_looks_for_this_host_at_an_address_that_it_has_not_is_told_at_once():
    names = FakeResolver(table={**NAMES.table, "h1": "10.89.1.99"})
    lost = {f"h{number}: pool list": down("10.89.1.18", recorded(f"pool-list-h{number}")) for number in (2, 3)}
    gluster = FakeGluster({"pool list": "pool-list", **lost})
    with pytest.raises(ClusterError, match=re.escape("it looks for h1 at 10.89.1.18, which h1 does not resolve to")):
        ask(gluster, ["h1", "h2", "h3"], names=names)
    assert gluster.clock.now() == 0


def test_a_member_that_is_known_by_an_address_first_is_told_although_its_name_is_known_too():
    named = recorded("pool-list-h2").replace("</hostnames>", "<hostname>h1</hostname></hostnames>", 1)
    result = ask(FakeGluster({**SEEN, "h2: pool list": named}), ["h1", "h2", "h3"])
    assert result.values["by_address"] == [{"peer": "h2", "host": "h1", "known_as": "10.89.1.18"}]
    assert [known["peer"] for known in result.values["unnamed"]] == ["h3"]


def test_a_pool_that_does_not_agree_after_a_removal_is_told_of_where_some_hosts_were_no_members():
    lost = down("10.89.1.18", recorded("pool-list-h3"))
    gluster = FakeGluster({**SEEN, "h3: pool list": lost})
    with pytest.raises(ClusterError, match="on h3, 10.89.1.18 is disconnected"):
        ask(gluster, ["h9"], state="absent")
