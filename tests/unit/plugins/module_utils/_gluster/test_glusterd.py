# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import errno
import socket
import struct
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import glusterd
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_glusterd import (
    FakeGlusterd,
    accepted,
    answering,
    denied,
    opaque,
    port,
    record,
    spec,
)

VOLFILE = (Path(__file__).resolve().parents[3] / "fixtures" / "volfiles" / "replica3.vol").read_text()


def ask(act, timeout=5.0, **how):
    with FakeGlusterd(act) as server:
        return glusterd.getspec(Server("127.0.0.1", server.port), "web", timeout, **how)


def failure(act, timeout=5.0, **how):
    """Step and outcome of a question that fails, and its detail."""
    with pytest.raises(glusterd.AskFailed) as failed:
        ask(act, timeout, **how)
    return failed.value.step, failed.value.outcome, failed.value.detail


# -- good answers -------------------------------------------------------------------------------------------------


def test_the_answer_has_the_bricks_the_peers_and_the_address():
    steps = []
    found = ask(answering(spec(VOLFILE, peers="gfs1:24007 gfs2:24008")), progress=steps.append)
    assert len(found.volfile.bricks) == 3
    assert (found.peers, found.address) == (("gfs1", "gfs2:24008"), "127.0.0.1")
    assert steps == [Step.RESOLVE, Step.CONNECT, Step.GETSPEC]


def test_the_call_is_what_a_real_glusterd_understands():
    with FakeGlusterd(answering(spec(VOLFILE))) as server:
        glusterd.getspec(Server("127.0.0.1", server.port), "vol", 5)
    call = server.calls[0]
    # The bytes of GLUSTER_FACTS' recorded call: RPC 2, program 14398633 version 2 procedure 2, no credentials, flags 1, key, dict.
    assert struct.unpack(">I", call[:4])[0] == 0x80000000 | len(call) - 4
    assert struct.unpack(">9I", call[8:44]) == (0, 2, 14398633, 2, 2, 0, 0, 0, 0)
    assert call[44:56] == struct.pack(">II", 1, 3) + b"vol\0"
    versions = struct.pack(">I", 2)
    versions += (
        struct.pack(">II", 14, 2) + b"min-op-version\x001\0" + struct.pack(">II", 14, 7) + b"max-op-version\x00999999\0"
    )
    assert call[56:] == opaque(versions)


def test_an_answer_in_many_fragments_and_pieces_is_whole():
    def act(scene):
        reply = accepted(scene.hear(), spec(VOLFILE), verifier=b"1234")
        for at in range(0, len(reply), 1000):
            piece = reply[at : at + 1000]
            scene.send(record(piece, len(piece) | (0x80000000 if at + 1000 >= len(reply) else 0)))

    assert len(ask(act).volfile.bricks) == 3


def test_an_ipv6_server_is_asked():
    with FakeGlusterd(answering(spec(VOLFILE)), host="::1") as server:
        assert glusterd.getspec(Server("::1", server.port), "web", 5).address == "::1"


# -- servers that are not there -----------------------------------------------------------------------------------


def nowhere(code):
    def resolve(host, number, **_):
        raise socket.gaierror(code, "Name or service not known")

    return resolve


def test_a_name_without_an_address_says_so():
    found = failure(answering(b""), resolve=nowhere(socket.EAI_NONAME))
    assert found == (Step.RESOLVE, Outcome.UNRESOLVED, "127.0.0.1: Name or service not known")


def test_a_name_that_cannot_be_encoded_is_a_failure_of_its_server_alone():
    def resolve(host, number, **_):
        raise UnicodeError("label too long")

    assert failure(answering(b""), resolve=resolve)[:2] == (Step.RESOLVE, Outcome.UNRESOLVED)


def test_a_closed_port_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    with pytest.raises(glusterd.AskFailed) as failed:
        glusterd.getspec(Server("127.0.0.1", number), "web", 5)
    assert (failed.value.step, failed.value.outcome) == (Step.CONNECT, Outcome.REFUSED)
    assert str(number) in failed.value.detail


def test_a_network_without_a_route_is_unreachable():
    with pytest.raises(glusterd.AskFailed) as failed:
        # A port on a broadcast address: the kernel refuses to go there, whatever the machine's routes are.
        glusterd.getspec(Server("255.255.255.255"), "web", 5)
    assert (failed.value.step, failed.value.outcome) == (Step.CONNECT, Outcome.UNREACHABLE)


def test_without_time_left_nothing_is_waited_for():
    assert failure(answering(spec(VOLFILE)), 0)[:2] == (Step.CONNECT, Outcome.TIMEOUT)


def several(*addresses):
    def resolve(host, number, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, number)) for address in addresses]

    return resolve


def test_the_next_address_of_a_name_is_asked_when_the_first_refuses():
    found = ask(answering(spec(VOLFILE)), resolve=several("127.0.0.2", "127.0.0.1"))
    assert (found.address, found.addresses) == ("127.0.0.1", ("127.0.0.2", "127.0.0.1"))


def test_of_several_addresses_the_one_that_came_furthest_is_told():
    act = answering(spec("", result=-1, code=errno.ENOENT))
    assert failure(act, resolve=several("127.0.0.1", "127.0.0.2"))[1] is Outcome.NO_VOLUME


def test_an_address_of_a_family_that_this_host_lacks_ends_neither_the_question_nor_the_race():
    """As IPv6 where the kernel was booted without it, or in a unit with RestrictAddressFamilies."""
    lacking = (socket.AF_APPLETALK if socket.has_ipv6 else socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("fd00::1", 1))

    def resolve(host, number, **more):
        return [lacking, *several("127.0.0.1")(host, number, **more)]

    assert ask(answering(spec(VOLFILE)), resolve=resolve).address == "127.0.0.1"
    with pytest.raises(glusterd.AskFailed) as failed:
        glusterd.getspec(Server("gfs1"), "web", 5, resolve=lambda *_, **__: [lacking])
    assert (failed.value.step, failed.value.outcome) == (Step.CONNECT, Outcome.UNREACHABLE)
    assert failed.value.detail.startswith("fd00::1: ")


def test_a_frozen_first_address_leaves_time_for_the_second():
    with FakeGlusterd(lambda scene: scene.hang(), host="127.0.0.2") as frozen, FakeGlusterd(
        answering(spec(VOLFILE)), at=frozen.port
    ) as server:
        found = glusterd.getspec(Server("gfs", server.port), "web", 0.6, resolve=several("127.0.0.2", "127.0.0.1"))
    assert found.address == "127.0.0.1"


def test_many_dead_addresses_leave_time_for_the_last_one():
    """Each gets its share of the time, and not one after the other all of it."""
    hosts = ("127.0.0.3", "127.0.0.4", "127.0.0.5")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(FakeGlusterd(lambda scene: scene.hang(), host=hosts[0]))
        for host in hosts[1:]:
            stack.enter_context(FakeGlusterd(lambda scene: scene.hang(), host=host, at=first.port))
        stack.enter_context(FakeGlusterd(answering(spec(VOLFILE)), at=first.port))
        begun = time.monotonic()
        found = glusterd.getspec(Server("gfs", first.port), "web", 4, resolve=several(*hosts, "127.0.0.1"))
    assert found.address == "127.0.0.1"
    assert 2.9 < time.monotonic() - begun < 4


# -- servers that misbehave ---------------------------------------------------------------------------------------


def test_a_server_that_accepts_and_closes_is_closed():
    assert failure(lambda scene: None)[:2] == (Step.GETSPEC, Outcome.CLOSED)


def test_a_server_that_hears_and_closes_may_want_tls():
    assert failure(lambda scene: scene.hear()) == (
        Step.GETSPEC,
        Outcome.CLOSED,
        "127.0.0.1: the connection was accepted and then: closed; a server with TLS does so to a call without",
    )


def test_a_server_that_resets_is_closed():
    def act(scene):
        scene.hear()
        scene.reset()

    step, outcome, detail = failure(act)
    assert (step, outcome) == (Step.GETSPEC, Outcome.CLOSED)
    assert "accepted and then: Connection reset by peer; " in detail


def test_a_server_that_closes_in_the_middle_of_its_answer_is_closed():
    def act(scene):
        scene.send(record(accepted(scene.hear(), spec(VOLFILE)))[:100])

    assert failure(act)[:2] == (Step.GETSPEC, Outcome.CLOSED)


def test_a_frozen_server_is_given_up():
    frozen = failure(lambda scene: scene.hang(), 0.2)
    assert frozen == (Step.GETSPEC, Outcome.TIMEOUT, "127.0.0.1: connected, and then no whole answer in time")


def test_a_byte_now_and_then_does_not_extend_the_time():
    def act(scene):
        for byte in record(accepted(scene.hear(), spec(VOLFILE))):
            scene.send(bytes([byte]))
            if scene.ended.wait(0.02):
                return

    started = time.monotonic()
    assert failure(act, 0.3)[:2] == (Step.GETSPEC, Outcome.TIMEOUT)
    assert time.monotonic() - started < 2


def reply_of(make):
    """An act that hears the call and sends make(call)."""

    def act(scene):
        scene.send(make(scene.hear()))
        scene.hang()

    return act


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda call: b"HTTP/1.1 400 Bad Request\r\n\r\n", id="http"),
        pytest.param(lambda call: record(b"", 0xFFFFFFFF), id="record of 2 GiB"),
        pytest.param(lambda call: record(b"", 0x7FFFFFFF), id="fragment of 2 GiB"),
        pytest.param(lambda call: record(b"", 0) * 3, id="empty fragments"),
        pytest.param(lambda call: record(b""), id="empty record"),
        pytest.param(lambda call: record(accepted(call, spec(VOLFILE), xid=b"\0\0\0\7")), id="foreign xid"),
        pytest.param(lambda call: call, id="our own call"),
        pytest.param(lambda call: record(accepted(call, spec(VOLFILE))[:-100]), id="truncated"),
        pytest.param(lambda call: record(accepted(call, spec(""))), id="empty volfile"),
        pytest.param(lambda call: record(accepted(call, spec("volume x\n"))), id="no volfile"),
        pytest.param(lambda call: record(accepted(call, spec(VOLFILE, result=len(VOLFILE) + 1))), id="too short"),
        pytest.param(lambda call: record(accepted(call, struct.pack(">iiI", 1, 0, 1 << 31))), id="string of 2 GiB"),
    ],
)
def test_what_is_no_answer_is_garbage(make):
    assert failure(reply_of(make))[:2] == (Step.GETSPEC, Outcome.GARBAGE)


@pytest.mark.parametrize("code", [errno.ENOENT, errno.ENOMEM])
def test_a_server_without_the_volume_says_so(code):
    step, outcome, detail = failure(answering(spec("", result=-1, code=code)))
    assert (step, outcome) == (Step.GETSPEC, Outcome.NO_VOLUME)
    assert "no volume web" in detail


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (denied, "set rpc-auth-allow-insecure on"),
        (lambda call: denied(call, 0), "version of RPC"),
        (lambda call: accepted(call, b"", status=1), "does not accept the call: program"),
        (lambda call: accepted(call, b"", status=2), "does not accept the call: version of the program"),
        (lambda call: accepted(call, b"", status=3), "does not accept the call: procedure"),
        (lambda call: accepted(call, b"", status=4), "does not accept the call: arguments"),
        (lambda call: accepted(call, b"", status=5), "system error"),
        (lambda call: accepted(call, spec("", result=-1, code=errno.EPERM)), "EPERM"),
        (lambda call: accepted(call, spec("", result=-1, code=987654)), "987654"),
    ],
)
def test_a_refusal_is_told_as_one(make, word):
    step, outcome, detail = failure(reply_of(lambda call: record(make(call))))
    assert (step, outcome) == (Step.GETSPEC, Outcome.DENIED)
    assert word in detail


def test_a_password_in_a_damaged_volfile_is_not_told():
    broken = VOLFILE.replace("end-volume", "option password s3cret\nend-volume oops", 1)
    assert "s3cret" not in failure(answering(spec(broken)))[2]


# -- bricks -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "found"), [(port(49152), 49152), (port(0), None), (port(-1, -1), None), (port(65536), None)]
)
def test_the_port_of_a_brick_is_what_its_glusterd_says(results, found):
    with FakeGlusterd(answering(results)) as server:
        assert glusterd.brick_port(Server("127.0.0.1", server.port), "/bricks/web", 5) == found
    assert struct.unpack(">III", server.calls[0][16:28]) == (34123456, 1, 1)
    assert server.calls[0].endswith(struct.pack(">I", 11) + b"/bricks/web\0")


def test_a_living_brick_answers():
    with FakeGlusterd(answering(b"")) as server:
        assert glusterd.ping_brick("127.0.0.1", server.port, 5) is None
    assert struct.unpack(">III", server.calls[0][16:28]) == (123451501, 1, 2)


def test_a_frozen_brick_is_found_out():
    with FakeGlusterd(lambda scene: scene.hang()) as server, pytest.raises(glusterd.AskFailed) as failed:
        glusterd.ping_brick("127.0.0.1", server.port, 0.2)
    assert (failed.value.step, failed.value.outcome) == (Step.BRICKS, Outcome.TIMEOUT)


# -- bytes --------------------------------------------------------------------------------------------------------


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0")),
        st.text(st.characters(codec="utf-8", exclude_characters="\0")),
    )
)
def test_a_dict_is_read_as_it_was_written(values):
    assert glusterd.decode_dict(glusterd.encode_dict(values)) == values


@given(st.binary())
def test_any_bytes_are_an_answer_or_garbage(data):
    for read in (glusterd.decode_reply, glusterd.decode_dict):
        with contextlib.suppress(ValueError):
            read(data)


@given(st.binary(max_size=64), st.integers(0, 400))
def test_a_damaged_reply_is_an_answer_or_a_failure_and_nothing_else(bytes_, at):
    call = glusterd.encode_call(1, 2, 3, b"")
    whole = accepted(call, spec(VOLFILE, peers="gfs1"))
    damaged = whole[:at] + bytes_ + whole[at + len(bytes_) :]
    with contextlib.suppress(ValueError, glusterd.AskFailed, glusterd._Denied):
        glusterd._spec(glusterd.decode_reply(damaged), "web", "192.0.2.1", ())
