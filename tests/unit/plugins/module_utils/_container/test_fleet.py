# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a DaemonSet asks of ``gluster-spc outlive``: an order of each node's own, and certificates of a Secret."""

from __future__ import annotations

import os

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._container import entrypoint, host_service
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import model


def outliving(tmp_path, *words):
    argv = ["outlive", f"--store={tmp_path}/store", *words, "gfs1,gfs2,gfs3:/web/sub", "/srv/web"]
    return host_service.Outliving(entrypoint.parser().parse_args(argv), "abc", model.Node.here())


def test_a_node_has_always_the_same_order_and_keeps_it(tmp_path):
    words = outliving(tmp_path, "--node=node1").words
    assert words == outliving(tmp_path, "--node=node1").words
    source = words[-2]
    assert sorted(source.partition(":")[0].split(",")) == ["gfs1", "gfs2", "gfs3"]
    assert source.endswith(":/web/sub")
    assert "order=listed" in words


def test_an_order_that_somebody_has_listed_is_not_changed(tmp_path):
    words = outliving(tmp_path, "--node=node1", "-o", "order=listed").words
    assert words[-2] == "gfs1,gfs2,gfs3:/web/sub"


@pytest.fixture
def secret(tmp_path):
    folder = tmp_path / "secret"
    folder.mkdir()
    for name in ("pem", "key", "ca"):
        (folder / f"glusterfs.{name}").write_text(f"the {name}")
    return folder


def test_certificates_are_kept_on_the_host_for_its_root_alone_and_renewed(tmp_path, secret):
    kept = tmp_path / "store/tls"
    host_service.keep_certificates(str(secret), str(kept))
    assert (kept / "glusterfs.key").read_text() == "the key"
    assert {oct(os.stat(path).st_mode & 0o777) for path in kept.iterdir()} == {"0o600"}
    assert oct(os.stat(kept).st_mode & 0o777) == "0o700"
    before = os.stat(kept / "glusterfs.pem").st_ino
    (secret / "glusterfs.key").write_text("another key")
    host_service.keep_certificates(str(secret), str(kept))
    assert (kept / "glusterfs.key").read_text() == "another key"
    assert os.stat(kept / "glusterfs.pem").st_ino == before, "what is the same is not written again"
    assert sorted(path.name for path in kept.iterdir()) == ["glusterfs.ca", "glusterfs.key", "glusterfs.pem"]


def test_a_secret_that_lacks_a_file_is_told_by_its_name(tmp_path, secret):
    (secret / "glusterfs.ca").unlink()
    with pytest.raises(OSError, match=r"glusterfs\.ca"):
        host_service.keep_certificates(str(secret), str(tmp_path / "kept"))


def test_the_service_gets_the_folder_of_certificates_only_where_tls_is_asked_for(tmp_path):
    assert outliving(tmp_path).tls == ""
    assert outliving(tmp_path, "--tls=/tls").tls == f"{tmp_path}/store/tls"
