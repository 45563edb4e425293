# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image from its Containerfile, by podman build: once, and anew where what it is made from has changed."""

from __future__ import annotations

import json

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.spc.bare import NAMES, Bare, role
from ansible_collections.evenkeel.glusterfs.tests.lab import podman

BASE = "localhost/evenkeel-base:latest"
IMAGE = "localhost/evenkeel-glusterfs:built"
PATH = "/srv/built"


@pytest.fixture(scope="module")
def hosts(lab):
    return [Bare(lab, name) for name in NAMES]


@pytest.fixture(scope="module")
def base(hosts, tmp_path_factory):
    """In the place of a distribution's image, for which it would take its registry: the same from packages, on each host."""
    first, file = hosts[0], tmp_path_factory.mktemp("base") / "base.tar"
    first.run(
        *("unshare", "--mount", "mmdebstrap", "--quiet", "--variant=minbase"),
        *("bookworm", "/run/base.tar", "http://deb.debian.org/debian"),
        timeout=300,
    )
    podman("cp", f"{first.host.container}:/run/base.tar", file)
    first.run("rm", "/run/base.tar")
    for each in hosts:
        podman("cp", file, f"{each.host.container}:/root/base.tar")
        each.run("podman", "import", "--quiet", "/root/base.tar", BASE, timeout=120)
        each.run("rm", "/root/base.tar")
    file.unlink()
    yield BASE
    for each in hosts:
        each.run("podman", "rmi", "--ignore", "--force", BASE)


def build(*options, **variables):
    failed, changed, text = role(
        *options,
        **{"gluster_spc_image": IMAGE, "gluster_spc_image_from": "build", "gluster_spc_base": BASE, **variables},
    )
    assert not failed, text
    return changed


def identity(host):
    return host.run("podman", "image", "inspect", "--format={{.Id}}", IMAGE).strip()


def test_it_is_built_once_and_mounts_and_goes(first, base):
    assert build() > 0
    (image,) = json.loads(first.run("podman", "image", "inspect", IMAGE))
    print(f"image: {image['Size'] / 1e6:.0f} MB, its base: {_size(first, base) / 1e6:.0f} MB")
    assert image["Size"] < 200e6
    assert {"RUN", "INSTALL", "UNINSTALL", "org.opencontainers.image.title"} <= set(image["Labels"])
    assert build() == 0
    assert identity(first) == image["Id"].rpartition(":")[2]
    done = first.mount(path=PATH, image=IMAGE)
    assert not done.failed, done.values
    first.host.write(f"{PATH}/built", "through an image that was built")
    assert first.mount(path=PATH, state="absent").values["changed"]
    assert not first.traces(PATH)


def test_a_host_that_lacks_it_gets_it_whole_though_a_run_before_was_cut_off(hosts, base):
    first, other = hosts
    first.host.write("/var/lib/evenkeel.glusterfs/image.tar", "half of an image")
    assert build("--check", hosts="bare") > 0
    assert IMAGE not in other.run("podman", "images", "--format", "{{.Repository}}:{{.Tag}}").split()
    assert build(hosts="bare") > 0
    assert identity(other) == identity(first)
    assert build("--check", hosts="bare") == 0
    other.run("podman", "rmi", IMAGE)


def test_it_is_built_anew_when_what_it_is_made_from_has_changed(first, base):
    before = identity(first)
    other = "localhost/evenkeel-other:latest"
    first.run("podman", "tag", base, other)
    assert build(gluster_spc_base=other) > 0
    assert identity(first) != before
    first.run("podman", "rmi", other)
    first.run("podman", "rmi", "--force", IMAGE)


def test_each_host_builds_its_own_where_none_may_hand_it_to_another(hosts, base):
    assert build(hosts="bare", gluster_spc_builder="each") > 0
    made = [identity(each) for each in hosts]
    assert len(set(made)) == len(hosts), "an image that was handed on is the same image"
    assert build(hosts="bare", gluster_spc_builder="each") == 0
    assert [identity(each) for each in hosts] == made
    for each in hosts:
        each.run("podman", "rmi", "--force", IMAGE)


def _size(first, image):
    return json.loads(first.run("podman", "image", "inspect", image))[0]["Size"]
