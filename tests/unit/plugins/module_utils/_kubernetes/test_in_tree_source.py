# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes.in_tree_source import (
    Addresses,
    Options,
    Source,
    addresses,
    convert,
    parse,
)

WHERE = "PersistentVolume web: spec"
GOOD = {"endpoints": "gluster", "path": "web"}


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (
            "gluster:web",
            "PersistentVolume web: spec.glusterfs is 'gluster:web': must be a mapping with endpoints and path",
        ),
        (
            {"path": "web"},
            "spec.glusterfs.endpoints is None: must be the name of an Endpoints object, as in glusterfs-cluster",
        ),
        ({**GOOD, "endpoints": ""}, "spec.glusterfs.endpoints is ''"),
        (
            {"endpoints": "gluster"},
            "spec.glusterfs.path is None: must be a volume and, after a slash, a directory of it, as in web/sites",
        ),
        ({**GOOD, "path": "//"}, "spec.glusterfs.path is '//'"),
        (
            {**GOOD, "path": "web/../etc"},
            "spec.glusterfs.path is 'web/../etc': subdir '../etc': '..' and control characters are not allowed",
        ),
        ({**GOOD, "path": "-web"}, "spec.glusterfs.path is '-web': volume '-web': a volume's name has letters"),
        ({**GOOD, "readOnly": "true"}, "spec.glusterfs.readOnly is 'true': must be true or false, without quotes"),
        (
            {**GOOD, "endpointsNamespace": ""},
            "spec.glusterfs.endpointsNamespace is '': must be a namespace, and the plug-in refused an empty one; name it, or leave the field out",
        ),
        (
            {**GOOD, "server": "gfs1"},
            "spec.glusterfs.server: is no field of this source, which has endpoints, path, readOnly; take it out",
        ),
    ],
)
def test_a_broken_source_is_refused(value, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parse(value, WHERE, persistent=True)


def test_only_a_persistent_volume_names_a_namespace_for_its_endpoints():
    with pytest.raises(ValueError, match="endpointsNamespace: is no field of this source"):
        parse({**GOOD, "endpointsNamespace": "other"}, "Pod a/b: volume c", persistent=False)
    found = parse({**GOOD, "endpointsNamespace": "other"}, WHERE, persistent=True)
    assert found == Source("gluster", "other", "web", "", read_only=False)


@pytest.mark.parametrize(
    ("path", "volume", "subdir"),
    [("web", "web", ""), ("/web/", "web", ""), ("web/a/b", "web", "a/b"), ("/web//a/./b/", "web", "a/b")],
)
def test_a_path_means_the_directory_that_it_did(path, volume, subdir):
    found = parse({**GOOD, "path": path}, WHERE, persistent=False)
    assert (found.volume, found.subdir) == (volume, subdir)
    assert found.path == "/".join(part for part in (volume, subdir) if part)


def test_each_server_is_named_once_and_an_address_that_is_none_is_refused():
    subsets = [
        {
            "addresses": [{"ip": "192.0.2.2"}, {"ip": "192.0.2.1", "hostname": "gfs1"}],
            "notReadyAddresses": [{"ip": "192.0.2.3"}, {"ip": "192.0.2.2"}],
        },
        {"addresses": [{"ip": "2001:DB8:0::1"}, {"ip": "192.0.2.1"}]},
    ]
    assert addresses({"subsets": subsets}, "here") == Addresses(
        ("192.0.2.2", "192.0.2.1", "2001:db8::1"), ("192.0.2.3",)
    )
    assert addresses({}, "here") == Addresses((), ())
    for broken in ({"ip": "gfs 1"}, {"hostname": "gfs1"}, {"ip": None}):
        with pytest.raises(ValueError, match=r"Endpoints a/b: subsets\[0\].addresses has ip"):
            addresses({"subsets": [{"addresses": [broken]}]}, "Endpoints a/b")


def test_mount_options_that_are_dropped_are_told_with_the_reason():
    given = [
        "log-level=ERROR,direct-io-mode=disable",
        "backup-volfile-servers=gfs2:gfs3",
        "backupvolfile-server=gfs2",
        "log-file=/x",
        "auto_unmount",
        "",
        "nope",
    ]
    found = convert(given)
    assert found == Options(("log-level=ERROR", "direct-io-mode=disable"), ("gfs2", "gfs3"), found.dropped)
    assert [name for name, _why in found.dropped] == ["log-file=/x", "auto_unmount", "nope"]
    assert all(why for _name, why in found.dropped)
    with pytest.raises(ValueError, match="contradict each other"):
        convert(["ro", "rw"])
    with pytest.raises(ValueError, match="mount option 'backup-volfile-servers=a b'"):
        convert(["backup-volfile-servers=a b"])
