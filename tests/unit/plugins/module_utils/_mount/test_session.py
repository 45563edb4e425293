# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Clients that answer and do not hear from their servers what becomes of the volume."""

from __future__ import annotations

import os
import threading

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import volfile
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.glusterd import AskFailed, Spec
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import inspect, session, survey
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount.state import Reason, Stale, State
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import Later
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import (
    HOSTS,
    NO_VOLUME,
    REFUSED,
    SILENT,
    FakeMachine,
    graph,
)

ARGV = ("/usr/sbin/glusterfs", *(f"--volfile-server={name}" for name in HOSTS), "--volfile-id=web")
OTHER = graph().replace("remote-host gfs3", "remote-host gfs4")
NONE = "head\n"


@pytest.fixture
def machine(tmp_path):
    made = FakeMachine(tmp_path)
    os.mkdir(made.path)
    made.mounted = made.add_gluster((*ARGV, made.path))
    return made


def tcp(machine, text):
    (machine.proc.path / str(machine.mounted.pid) / "net" / "tcp").write_text(text)


def seen(machine):
    (row,) = survey.inspect_all([machine.path], machine.node)
    return row.observed


def told(observed):
    return (observed.state.value, observed.stale and observed.stale.reason.value)


def test_a_client_that_is_well_costs_its_servers_one_question_and_no_wait(machine):
    assert told(seen(machine)) == ("healthy", None)
    assert len(machine.asked) == 1
    assert machine.clock.now() < 1


def test_where_one_server_is_down_a_client_that_is_well_waits_for_it_no_more_than_before(machine):
    machine.says = {"gfs1": Later(0.002, spec(peers=("gfs2",))), "gfs3": SILENT}
    assert told(seen(machine)) == ("healthy", None)
    assert (len(machine.asked), machine.clock.now() < 1) == (1, True)


def test_a_client_without_a_connection_is_stale_where_a_server_answers(machine):
    tcp(machine, NONE)
    machine.says["gfs1"] = REFUSED
    observed = seen(machine)
    assert (told(observed), observed.answers, observed.mounted) == (("stale", "disconnected"), True, True)
    assert observed.stale.detail == "its client has no connection to any glusterd, though gfs2, gfs3 answer"
    assert observed.as_result()["stale"] == {"reason": "disconnected", "detail": observed.stale.detail}


@pytest.mark.parametrize("says", [REFUSED, SILENT, NO_VOLUME])
def test_servers_that_are_silent_are_no_fault_of_the_client(machine, says):
    tcp(machine, NONE)
    machine.says = dict.fromkeys(HOSTS, says)
    assert told(seen(machine)) == ("healthy", None)
    assert machine.clock.now() < 2 * session.ASK_SECONDS


def test_a_client_on_its_way_to_the_next_server_is_well(machine):
    tcp(machine, NONE)
    machine.at(session.LASTS_SECONDS + 4, lambda: tcp(machine, machine._tcp("10.0.0.2")))
    assert told(seen(machine)) == ("healthy", None)


def test_a_server_that_is_frozen_under_its_connection_makes_the_client_stale(machine):
    machine.says["gfs1"] = SILENT
    observed = seen(machine)
    assert told(observed) == ("stale", "silent")
    assert (
        observed.stale.detail
        == "its client is connected to the glusterd of 10.0.0.1, which does not answer, though gfs2, gfs3 answer"
    )


def test_of_one_whose_server_is_frozen_those_are_named_that_answer_and_come_later_in_its_list(machine):
    machine.says.update(gfs1=SILENT, gfs2=REFUSED)
    stale = seen(machine).stale
    assert (stale.address, stale.others) == ("10.0.0.1", ("gfs3",))


def test_a_client_at_the_end_of_its_list_has_nowhere_to_go(machine):
    tcp(machine, machine._tcp("10.0.0.3"))
    machine.says["gfs3"] = SILENT
    observed = seen(machine)
    assert (told(observed), observed.stale.others) == (("stale", "silent"), ())


def test_where_names_do_not_resolve_it_is_not_known_where_in_its_list_a_client_is(machine):
    machine.says["gfs1"] = SILENT
    machine.change(resolve=lambda _host, _port: SILENT)
    assert seen(machine).stale.others == ()


def test_a_server_that_does_not_have_the_volume_any_more_is_no_connection(machine):
    machine.says["gfs1"] = NO_VOLUME
    assert told(seen(machine)) == ("stale", "disconnected")


@pytest.mark.parametrize(
    "says", [REFUSED, AskFailed(Step.GETSPEC, Outcome.CLOSED, "closed"), AskFailed(Step.GETSPEC, Outcome.TLS, "no TLS")]
)
def test_a_server_that_does_not_talk_to_this_node_is_no_reason(machine, says):
    machine.says["gfs1"] = says
    assert told(seen(machine)) == ("healthy", None)


def test_a_client_with_other_bricks_than_its_servers_say_is_stale(machine):
    machine.graph = OTHER
    observed = seen(machine)
    assert told(observed) == ("stale", "graph")
    assert observed.stale.detail == (
        "its client lacks gfs4:/bricks/web and still has gfs3:/bricks/web, as 3 of 3 servers describe the volume"
    )


def test_a_client_that_takes_over_the_new_bricks_within_a_moment_is_well(machine):
    machine.graph = OTHER
    machine.at(session.LASTS_SECONDS + 4, lambda: setattr(machine.mounted, "volfile", OTHER))
    assert told(seen(machine)) == ("healthy", None)


def test_a_doubt_that_is_another_one_later_is_none(machine):
    tcp(machine, NONE)
    machine.graph = OTHER
    machine.at(session.LASTS_SECONDS + 4, lambda: tcp(machine, machine._tcp("10.0.0.2")))
    assert told(seen(machine)) == ("healthy", None)


@pytest.mark.parametrize("connected", ["10.0.0.1", "10.0.0.3"])
def test_one_server_that_missed_a_change_makes_no_client_stale_that_has_it(machine, connected):
    machine.graphs["gfs3"] = OTHER
    tcp(machine, machine._tcp(connected))
    assert told(seen(machine)) == ("healthy", None)


def test_a_client_of_the_one_server_that_missed_a_change_is_stale(machine):
    machine.graphs = {"gfs1": OTHER, "gfs2": OTHER}
    machine.says["gfs3"] = spec(peers=(), address="10.0.0.3")
    tcp(machine, machine._tcp("10.0.0.3"))
    assert told(seen(machine)) == ("stale", "graph")


def test_several_mounts_in_doubt_are_waited_for_together(machine):
    tcp(machine, NONE)
    other = str(machine.parent / "other")
    os.mkdir(other)
    machine.add_gluster((*ARGV, other))
    (first, second) = survey.inspect_all([machine.path, other], machine.node)
    assert [told(first.observed), told(second.observed)] == [("stale", "disconnected"), ("healthy", None)]
    assert machine.clock.now() < session.LASTS_SECONDS + 4


def test_a_doubt_that_was_seen_once_is_no_verdict_however_long_all_looks_took(machine):
    """There are many mounts, and a server is silent."""
    tcp(machine, NONE)

    def slowly(look, lives):
        looks = [look(observed) for observed in lives]
        machine.clock.sleep(30)
        tcp(machine, machine._tcp("10.0.0.2"))
        return looks

    observed = inspect.inspect(machine.path, machine.node.host)
    judged = session.judge(
        (observed, observed), lambda path: inspect.inspect(path, machine.node.host), machine.node, mapper=slowly
    )
    assert [told(each) for each in judged] == [("healthy", None)] * 2


def test_the_servers_of_many_clients_are_asked_at_the_same_time(machine):
    """One that is silent takes two seconds for each."""
    all_of_them = threading.Barrier(20, timeout=20)
    getspec = machine.node.network.getspec

    def together(*question, **more):
        all_of_them.wait()
        return getspec(*question, **more)

    machine.change(getspec=together)
    assert [told(each.observed) for each in survey.inspect_all([machine.path] * 20, machine.node)] == [
        ("healthy", None)
    ] * 20


def test_servers_of_a_volume_of_the_same_name_in_another_cluster_say_nothing_of_the_client(machine):
    machine.graph = graph().replace("remote-host gfs", "remote-host far")
    tcp(machine, NONE)
    assert told(seen(machine)) == ("healthy", None)


# -- a brick that it does not come back to


def lose(machine, *hosts):
    """The client is not connected to the bricks of these hosts."""
    machine.mounted.unconnected = frozenset(hosts)


def test_a_client_that_does_not_come_back_to_a_brick_that_answers_is_stale(machine):
    lose(machine, "gfs3")
    observed = seen(machine)
    assert told(observed) == ("stale", "brick")
    assert observed.stale.detail == "its client does not come back to gfs3:/bricks/web, which answers"


def test_a_brick_of_the_server_that_the_client_is_connected_to_is_asked_too(machine):
    lose(machine, "gfs1")
    assert told(seen(machine)) == ("stale", "brick")


def test_a_client_that_comes_back_to_a_brick_within_a_moment_is_well(machine):
    lose(machine, "gfs3")
    machine.at(session.LASTS_SECONDS - 1, lambda: lose(machine))
    assert told(seen(machine)) == ("healthy", None)


@pytest.mark.parametrize(("port", "state"), [("BF68", "stale"), ("C000", "degraded"), ("5DC7", "degraded")])
def test_a_client_that_knocks_at_the_right_port_is_on_its_way_and_at_another_one_is_not(machine, port, state):
    """After its host was away, the kernel takes up to a minute to try again."""
    lose(machine, "gfs3")
    table = machine._tcp("10.0.0.1")
    line = next(line for line in table.splitlines() if " 01 " in line)
    fields = line.split()
    fields[2:4] = [f"0300000A:{port}", "02"]
    tcp(machine, table + " ".join(fields) + "\n")
    assert told(seen(machine))[0] == state


def test_a_brick_that_is_down_makes_no_client_stale_and_costs_no_wait(machine):
    lose(machine, "gfs3")
    machine.down = {"gfs3"}
    assert told(seen(machine)) == ("degraded", None)
    assert machine.clock.now() < 1


def test_a_brick_that_does_not_answer_makes_no_client_stale(machine):
    def frozen(_host, _port, _timeout):
        raise AskFailed(Step.BRICKS, Outcome.TIMEOUT, "no answer")

    lose(machine, "gfs3")
    machine.change(ping_brick=frozen)
    assert told(seen(machine)) == ("degraded", None)


def test_a_brick_whose_host_no_server_sees_is_not_asked(machine):
    """It would be waited for each time."""
    lose(machine, "gfs3")
    machine.says["gfs1"] = Later(0.002, spec(peers=("gfs2",)))
    machine.change(brick_port=None)
    assert told(seen(machine)) == ("degraded", None)
    assert machine.clock.now() < 1


# -- what the answers mean


def spec(text=None, peers=("gfs2", "gfs3"), address="10.0.0.1"):
    return Spec(volfile.parse(text or graph()), peers, address)


def answer(host, number, text=None, peers=("a", "b")):
    return session.Answer(Server(host), Outcome.OK, spec(text, peers, f"10.0.0.{number}"))


def reason(own, *answers, ours=None):
    stale = session.verdict(volfile.parse(ours or graph()), "10.0.0.1", own, answers)
    return stale and stale.reason


def test_a_server_with_two_names_has_one_voice():
    own, other = answer("gfs1", 1), answer("gfs2", 2, OTHER)
    assert reason(own, other, answer("storage2", 2, OTHER)) is None
    assert reason(own, other, answer("gfs3", 3, OTHER)) is Reason.GRAPH


def test_a_server_that_sees_no_majority_of_the_others_has_no_voice():
    lonely = answer("gfs2", 2, OTHER, peers=())
    assert reason(answer("gfs1", 1, peers=()), lonely, answer("gfs3", 3, OTHER, peers=())) is None


def test_of_two_servers_that_differ_nobody_knows_which_is_right():
    assert reason(answer("gfs1", 1), answer("gfs2", 2, OTHER)) is None


def test_bricks_in_another_order_are_the_same_volume():
    turned = "\n".join(line for line in graph().splitlines()).replace(
        "subvolumes web-client-0 web-client-1 web-client-2", "subvolumes web-client-2 web-client-0 web-client-1"
    )
    assert turned != graph().rstrip("\n")
    assert reason(answer("gfs1", 1, turned), answer("gfs2", 2, turned), answer("gfs3", 3, turned)) is None


def test_the_same_bricks_in_other_groups_are_another_volume():
    ours = graph("distrep")
    first, second = volfile.parse(ours).subvolumes
    mixed = first.bricks[:2] + second.bricks[2:], second.bricks[:2] + first.bricks[2:]
    swapped = volfile.Volfile((first._replace(bricks=mixed[0]), second._replace(bricks=mixed[1])))
    answers = [
        session.Answer(Server(f"gfs{n}"), Outcome.OK, Spec(swapped, ("a", "b"), f"10.0.0.{n}")) for n in (1, 2, 3)
    ]
    stale = session.verdict(volfile.parse(ours), "10.0.0.1", answers[0], answers)
    assert stale == Stale(Reason.GRAPH, "its client groups the bricks otherwise, as 3 of 3 servers describe the volume")


def test_a_mount_whose_look_shows_no_graph_is_judged_by_its_connection_alone(machine):
    machine.mounted.volfile = ""
    machine.graph = OTHER
    assert told(seen(machine)) == (State.HEALTHY.value, None)
    tcp(machine, NONE)
    assert told(seen(machine)) == (State.STALE.value, "disconnected")
