# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
import socket

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import cli
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster.cli import ClusterError, Refused
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import OK, FakeGluster, ended, refusal
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeClock


def refused(answer, *words):
    gluster = FakeGluster({"*": answer})
    with pytest.raises(ClusterError) as caught:
        gluster.cli.read(*(words or ("volume", "info")))
    return str(caught.value)


def test_gluster_is_run_as_a_script_with_a_time_limit_that_ends_before_the_process():
    gluster = FakeGluster({"*": OK})
    gluster.cli.write("volume", "start", "web")
    ((argv, timeout),) = gluster.argv
    assert argv == ["gluster", "--mode=script", "--xml", "--timeout=120", "volume", "start", "web"]
    assert timeout == 130


def test_only_commands_that_change_something_are_remembered_and_can_be_pasted_into_a_shell():
    gluster = FakeGluster({"*": OK})
    gluster.cli.read("volume", "info")
    gluster.cli.write("volume", "set", "web", "user.note", "a b")
    assert gluster.cli.commands == ["gluster --mode=script --xml volume set web user.note 'a b'"]


def test_another_host_is_asked_where_one_is_named():
    gluster = FakeGluster({"h2: pool list": "pool-list-h2"})
    assert gluster.cli.read("pool", "list", host="h2").findtext("opRet") == "0"
    with pytest.raises(ClusterError, match=r"^gluster pool list on h2: refused without a word \(exit status 1\)$"):
        FakeGluster({"*": ended(1)}).cli.read("pool", "list", host="h2")


@pytest.mark.parametrize(
    ("families", "by_ipv6"),
    [((socket.AF_INET,), False), ((socket.AF_INET6,), True), ((socket.AF_INET6, socket.AF_INET), False), ((), False)],
)
def test_a_host_of_ipv6_alone_is_asked_by_ipv6(families, by_ipv6):
    gluster = FakeGluster({"h2: pool list": "pool-list-h2"})
    gluster.families = families
    gluster.cli.read("pool", "list", host="h2")
    ((argv, _timeout),) = gluster.argv
    assert ("--inet6" in argv) is by_ipv6


def test_a_refusal_that_exits_0_is_an_error_with_the_words_of_gluster_and_what_to_do():
    message = refused("peer-probe-unreachable", "peer", "probe", "h9")
    assert message.startswith(
        "gluster peer probe h9: Probe returned with Transport endpoint is not connected; see that the name resolves"
    )


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (
            ended(1, "", "Connection failed. Please check if gluster daemon is operational.\n"),
            "start glusterd on this host",
        ),
        (
            ended(127, "", "gluster: No such file or directory"),
            "install the server of GlusterFS, package glusterfs-server",
        ),
        (ended(None), "gluster did not end within 1.0 s; glusterd is alive but hangs"),
        (ended(1, "Usage:\nvolume reset\n"), "Usage: volume reset"),
        (ended(1, "<cliOutput><opRet>-1</opRet><opErrno>5</opErrno></cliOutput>"), "failed without a word (errno 5)"),
        (ended(1, "<cliOutput><opRet>-1</opRet><output>no\n  way</output></cliOutput>"), "volume info: no way"),
        ("peer-probe-other-cluster", "detach it from its other pool first"),
    ],
)
def test_each_way_of_failing_says_what_to_do(answer, message):
    assert message in refused(answer)


def test_a_busy_cluster_is_tried_again_until_it_is_free():
    gluster = FakeGluster({"*": ["busy", "busy", OK]})
    gluster.cli.write("volume", "set", "web", "network.ping-timeout", "30")
    assert len(gluster.ran) == 3
    assert gluster.clock.now() == 0.5 + 1
    assert len(gluster.cli.commands) == 1


def test_a_cluster_that_stays_busy_is_given_up_after_a_while():
    gluster = FakeGluster({"*": "busy"})
    with pytest.raises(
        ClusterError, match=re.escape("Please try again after some time.; tried again for 60 s; see what else")
    ):
        gluster.cli.write("volume", "set", "web", "network.ping-timeout", "30")
    assert 50 < gluster.clock.now() <= 60


def test_any_other_refusal_is_not_tried_again():
    gluster = FakeGluster({"*": refusal("option : performance.foo does not exist")})
    with pytest.raises(ClusterError):
        gluster.cli.write("volume", "set", "web", "performance.foo", "1")
    assert len(gluster.ran) == 1


def test_a_lock_that_another_peer_holds_is_waited_for():
    gluster = FakeGluster({"*": [refusal("Locking failed on h2. Please check log file for details."), OK]})
    gluster.cli.write("volume", "start", "web")
    assert len(gluster.ran) == 2


def test_the_documentation_of_options_has_no_code_of_success_and_is_read_nevertheless():
    assert FakeGluster({"*": "<options><option/></options>"}).cli.read("volume", "set", "help-xml").tag == "options"


def test_a_wait_ends_when_all_is_there():
    clock = FakeClock()
    cli.wait(clock, 10, "the end", lambda: "" if clock.now() > 3 else "not yet")
    assert 3 < clock.now() < 6


def test_a_wait_that_is_over_says_how_long_for_what_and_what_was_missing():
    clock = FakeClock()
    with pytest.raises(ClusterError, match=r"^waited 10 s for the end: h3 is away$"):
        cli.wait(clock, 10, "the end", lambda: "h3 is away")
    assert clock.now() == pytest.approx(10)


def test_an_answer_of_an_unknown_form_is_an_error_and_no_crash():
    root = FakeGluster({"*": "pool-list"}).cli.read("pool", "list")
    with pytest.raises(ClusterError, match="no bricks in <cliOutput>; this version of GlusterFS is not known"):
        cli.text(root, "bricks")
    with pytest.raises(ClusterError, match="no number opErrstr in <cliOutput>"):
        cli.number(root, "opErrstr")
    assert cli.number(root, "opErrstr", 7) == 7


@pytest.mark.parametrize(
    ("host", "message"),
    [("gfs1:24008", "gluster takes no port; write the host alone, as in gfs1"), ("a b", "a host name has")],
)
def test_a_host_that_gluster_cannot_take_is_refused(host, message):
    with pytest.raises(ValueError, match=message):
        cli.check_host(host, "hosts")


@pytest.mark.parametrize("seconds", [0, -1, 700000, float("nan")])
def test_a_time_limit_that_is_none_is_refused(seconds):
    with pytest.raises(ValueError, match="must be a number of seconds above 0"):
        cli.check_seconds("timeout", seconds)


def test_a_look_that_takes_long_is_not_repeated_at_once():
    clock = FakeClock()
    looks = []

    def look():
        looks.append(clock.now())
        clock.sleep(40)
        return "not yet" if len(looks) < 3 else ""

    cli.wait(clock, 1000, "the end", look)
    assert looks == [0, 80, 160]


def test_a_look_that_is_refused_is_repeated_within_a_limit():
    clock = FakeClock()
    answers = iter([Refused("brick op 'Rebalance' failed"), "not yet", Refused("brick op 'Rebalance' failed"), ""])

    def missing():
        answer = next(answers)
        if isinstance(answer, Refused):
            raise answer
        return answer

    cli.wait(clock, 3600, "a test", missing)

    def refused():
        raise Refused("volume web does not exist")

    begun = clock.now()
    with pytest.raises(Refused, match="does not exist"):
        cli.wait(clock, 3600, "a test", refused)
    assert cli.REFUSED_SECONDS <= clock.now() - begun < cli.REFUSED_SECONDS + 10


def test_what_cannot_come_is_not_waited_for():
    clock = FakeClock()

    def missing():
        raise cli.Hopeless("turned off")

    with pytest.raises(Refused, match="turned off"):
        cli.wait(clock, 3600, "a test", missing)
    assert clock.now() == 0


def test_a_command_that_prints_no_xml_is_believed_by_its_exit_status():
    gluster = FakeGluster(
        {"*": ended(stdout="Launching heal operation to perform index self heal has been successful")}
    )
    gluster.cli.read("volume", "heal", "web")
    assert "has been successful" in refused(ended(stdout="has been successful"), "volume", "heal", "web", "info")
    assert "Self-heal-daemon is disabled" in refused(
        ended(rc=1, stderr="Self-heal-daemon is disabled"), "volume", "heal", "web"
    )
