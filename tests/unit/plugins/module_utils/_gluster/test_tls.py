# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS with a fake glusterd. The keys in fixtures/tls belong to nothing else: an authority, a server and a node of it, and a stranger;
and another authority (times-ca) with certificates that are good now, have ended, or are for a later time."""

from __future__ import annotations

import shutil
import ssl
from pathlib import Path

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import glusterd, tls
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.attempt import Outcome, Step
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import tls_arguments
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_glusterd import FakeGlusterd, answering, spec

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"
FILES = FIXTURES / "tls"
ANSWER = answering(spec((FIXTURES / "volfiles" / "replica3.vol").read_text()))


def files(name, ca="ca"):
    return tls.Certificates(f"{FILES}/{name}.pem", f"{FILES}/{name}.key", f"{FILES}/{ca}.pem")


def served(name="server", newest=None):
    """ANSWER through TLS, with the certificate ``name``, for clients of the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(f"{FILES}/ca.pem")
    context.load_cert_chain(f"{FILES}/{name}.pem", f"{FILES}/{name}.key")
    if newest:
        context.minimum_version = context.maximum_version = newest

    def act(scene):
        scene.link.settimeout(5)
        try:
            scene.link = context.wrap_socket(scene.link, server_side=True)
        except ssl.SSLError:
            return
        with scene.link:
            ANSWER(scene)

    return act


def ask(act, context):
    with FakeGlusterd(act) as server:
        return glusterd.getspec(Server("127.0.0.1", server.port), "web", 5, secure=context)


def failure(act, context):
    with pytest.raises(glusterd.AskFailed) as failed:
        ask(act, context)
    assert failed.value.step is Step.GETSPEC
    assert "TLS" in failed.value.detail
    return failed.value.outcome


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_a_server_of_the_same_authority_answers(version):
    assert len(ask(served(newest=version), tls.secured(files("node"))).volfile.bricks) == 3


def test_a_server_is_believed_for_its_authority_and_not_for_its_name():
    """As GlusterFS does: it shows the certificate of a node here, and is asked by an address."""
    assert len(ask(served("node"), tls.secured(files("node"))).volfile.bricks) == 3


def test_a_server_of_another_authority_is_not_believed():
    assert failure(served("stranger"), tls.secured(files("node"))) is Outcome.TLS


def test_a_node_of_another_authority_is_turned_away_and_told_so():
    assert failure(served(), tls.secured(files("stranger"))) is Outcome.TLS


def test_a_server_without_tls_is_told_apart():
    assert failure(ANSWER, tls.secured(files("node"))) in (Outcome.TLS,)


def test_a_server_with_tls_is_named_as_a_reason_where_it_hangs_up_on_a_plain_call():
    assert failure(served(), None) is Outcome.CLOSED


@pytest.mark.parametrize("act", [served(), ANSWER], ids=["TLS", "plain"])
def test_a_brick_is_up_whether_it_speaks_tls_or_not(act):
    with FakeGlusterd(act) as server:
        assert glusterd.ping_brick("127.0.0.1", server.port, 5, secure=tls.secured(files("node"))) is None


def test_a_brick_that_wants_tls_is_not_taken_for_up_without():
    with FakeGlusterd(served()) as server, pytest.raises(glusterd.AskFailed):
        glusterd.ping_brick("127.0.0.1", server.port, 5)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        (tls.Certificates("/nowhere.pem", f"{FILES}/node.key", f"{FILES}/ca.pem"), "/nowhere.pem"),
        (tls.Certificates(f"{FILES}/node.pem", f"{FILES}/server.key", f"{FILES}/ca.pem"), "KEY_VALUES_MISMATCH"),
        (tls.Certificates(f"{FILES}/node.pem", f"{FILES}/node.key", "/nowhere.ca"), "/nowhere.ca.*No such file"),
        (tls.Certificates(f"{FILES}/node.pem", f"{FILES}/node.key", f"{FILES}/node.key"), "authorities in .*node.key"),
        (tls.Certificates(f"{FILES}/node.pem", f"{FILES}/locked.key", f"{FILES}/ca.pem"), "passphrase"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(given, named):
    with pytest.raises(ValueError, match=f"TLS: .*{named}"):
        tls.context(given)


def test_the_files_are_those_of_the_distribution_unless_given(tmp_path):
    debian, el = tmp_path / "debian", tmp_path / "el"
    el.mkdir()
    (el / "glusterfs.pem").touch()
    found = tls.find(key="/mine.key", directories=(str(debian), str(el)))
    assert found == tls.Certificates(f"{el}/glusterfs.pem", "/mine.key", f"{el}/glusterfs.ca")
    assert tls.find(directories=(str(debian),)).certificate == f"{debian}/glusterfs.pem"


def test_auto_does_as_the_client_on_this_node(tmp_path):
    there, missing = tmp_path / "secure-access", str(tmp_path / "missing")
    there.touch()
    assert [tls.enabled("auto", str(there)), tls.enabled("auto", missing)] == [True, False]
    assert [tls.enabled("true", missing), tls.enabled("false", str(there))] == [True, False]
    for mode, file in (("auto", missing), ("auto", str(there)), ("true", str(there)), ("false", missing)):
        tls.check(mode, file)


def test_what_the_client_would_not_do_is_refused_with_the_file_that_decides(tmp_path):
    with pytest.raises(ValueError, match="tls: true.*create that file"):
        tls.check("true", str(tmp_path / "missing"))
    with pytest.raises(ValueError, match="tls: false.*remove that file"):
        tls.check("false", str(tmp_path))


def test_the_modules_arguments_become_a_context(tmp_path):
    for name in ("pem", "key"):
        shutil.copy(FILES / f"node.{name}", tmp_path / f"my.{name}")
    given = {
        "tls_certificate": f"{tmp_path}/my.pem",
        "tls_key": f"{tmp_path}/my.key",
        "tls_ca": f"{FILES}/ca.pem",
    }
    assert tls_arguments.context({"tls": "false", **given}) is None
    assert len(ask(served(), tls_arguments.context({"tls": "true", **given})).volfile.bricks) == 3


# -- what is wrong with the files of this node, by their paths


@pytest.mark.parametrize(("name", "word"), [("ended", "expired"), ("early", "not yet valid")])
def test_a_certificate_of_another_time_is_named_before_any_server_is_asked(name, word, tmp_path):
    secured = tls.secured(files(name, "times-ca"))
    assert secured.over
    assert f"{FILES}/{name}.pem" in secured.fault
    assert word in secured.fault
    assert "see the clock of this host" in secured.fault


def test_a_certificate_that_is_good_has_no_fault():
    assert tls.secured(files("now", "times-ca"))[2:] == ("", False)
    assert tls.secured(files("node"))[2:] == ("", False)


def test_a_certificate_of_another_authority_than_the_node_trusts_is_told_when_a_server_refuses_it():
    secured = tls.secured(files("stranger"))
    assert not secured.over, "a server may trust that authority all the same"
    with pytest.raises(glusterd.AskFailed) as failed:
        ask(served(), secured)
    assert (
        f"the certificate {FILES}/stranger.pem is of none of the authorities in {FILES}/ca.pem" in failed.value.detail
    )


def test_a_server_of_another_authority_is_told_with_the_file_of_ours():
    with pytest.raises(glusterd.AskFailed) as failed:
        ask(served("stranger"), tls.secured(files("node")))
    assert f"the server's certificate is of none of the authorities in {FILES}/ca.pem" in failed.value.detail


@pytest.mark.parametrize("name", ["ended", "early"])
def test_a_server_whose_certificate_is_of_another_time_is_told_as_such(name):
    with pytest.raises(glusterd.AskFailed) as failed:
        ask(served(name), tls.secured(files("now", "times-ca")))
    assert "the server's certificate: certificate " in failed.value.detail
    assert "see the clocks of both hosts" in failed.value.detail


def test_a_server_that_refuses_ours_is_told_with_its_file():
    with pytest.raises(glusterd.AskFailed) as failed:
        ask(served(), tls.secured(files("now", "times-ca"))._replace(context=lenient("now")))
    assert f"{FILES}/now.pem" in failed.value.detail
    assert "see its authority, and the clocks of both hosts" in failed.value.detail


def lenient(name):
    """What shows this certificate, and believes anybody."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.load_cert_chain(f"{FILES}/{name}.pem", f"{FILES}/{name}.key")
    return context


def test_a_mount_with_a_certificate_of_another_time_fails_at_once(monkeypatch):
    given = {
        "tls_certificate": f"{FILES}/ended.pem",
        "tls_key": f"{FILES}/ended.key",
        "tls_ca": f"{FILES}/times-ca.pem",
    }
    monkeypatch.setattr(tls, "check", lambda mode: None)
    with pytest.raises(
        ValueError, match=r"TLS: .*/ended.pem, or an authority in .*/times-ca.pem: certificate has expired"
    ):
        tls_arguments.network({"tls": "true", "state": "mounted", **given}, check=False)
