# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A mount by a container on a host with AppArmor and a kernel that cannot put one mount beneath another (before 6.5)."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import IMAGE, eventually
from ansible_collections.evenkeel.glusterfs.tests.lab.programs import OPENED, opener

HERE = Path(__file__).resolve().parent.parent
PATH = "/srv/web"
UNIT = "srv-web.mount"
NEWER = "localhost/evenkeel-glusterfs:newer"
PROFILE = "/etc/apparmor.d/gluster-spc"


def mount(bare, path=PATH, **arguments):
    given = {"path": path, "volume": "web", "servers": ["thin1", "thin2"], "via": "container", **arguments}
    return bare.module("evenkeel.glusterfs.mount", **given)


def container(bare, path=PATH):
    (name,) = re.findall(
        rf"gluster-{path.strip('/').replace('/', '-')}\.\w+", bare.run("podman ps --format '{{.Names}}'")
    )
    return name


def confined(bare, path=PATH):
    return bare.run(f"cat /proc/{bare.status(path)['pid']}/attr/current")


def test_the_client_is_confined_and_the_host_sees_its_mount(bare):
    assert bare.run("cat /sys/module/apparmor/parameters/enabled") == "Y"
    assert confined(bare) == "gluster-spc (enforce)"
    bare.run(f"echo confined > {PATH}/confined")
    assert bare.run(f"cat {PATH}/confined") == "confined"


@pytest.mark.parametrize(
    "words",
    ["mount -t tmpfs none /var/tmp", "mount -t proc none /var/tmp", "mount --bind / /var/tmp", "mount -o remount,rw /"],
)
def test_a_container_that_is_broken_into_mounts_nothing_else(bare, words):
    """What CAP_SYS_ADMIN alone would let it do."""
    bare.run(f"podman exec {container(bare)} {words} 2>&1 && exit 1 || exit 0")


@pytest.mark.parametrize("loaded", ["at boot", "by nobody"])
def test_the_profile_is_there_before_the_mount_at_boot(bare, loaded):
    if loaded == "by nobody":
        bare.run("systemctl disable apparmor")
    try:
        bare.reboot()
    finally:
        bare.run("systemctl enable apparmor")
    eventually(lambda: bare.status(PATH)["state"] == "healthy", 120, "mounted at boot")
    assert confined(bare) == "gluster-spc (enforce)"
    assert bare.run(f"systemctl is-active {UNIT}") == "active"


def test_a_host_without_the_profile_mounts_without_it(bare):
    """One that was set up without the role: what podman gives to containers by itself would forbid the mount."""
    bare.run(f"apparmor_parser --remove {PROFILE}")
    try:
        done, values = mount(bare, "/srv/plain")
        assert done, values
        assert confined(bare, "/srv/plain") == "unconfined"
        done, values = mount(bare, "/srv/plain", state="absent")
        assert done, values
    finally:
        bare.run(f"apparmor_parser --replace {PROFILE}")


def test_a_new_image_takes_over_with_a_gap_and_nothing_is_left_of_the_old_one(bare):
    bare.run(f"mkdir -p /run/derive; printf 'FROM {IMAGE}\\nLABEL newer=1\\n' > /run/derive/Containerfile")
    bare.run(f"podman build --quiet --format=docker --tag={NEWER} /run/derive", timeout=300)
    old = container(bare)
    code = shlex.quote(opener(PATH, 200))
    bare.run(f"systemd-run --unit=opens python3 -u -c {code}")
    eventually(lambda: "ready" in bare.run("journalctl --unit=opens --output=cat"), 30, "files are opened")
    done, values = mount(bare, image=NEWER)
    assert done, values
    bare.run("systemctl kill --signal=TERM opens")
    eventually(lambda: bare.run(f"ls {OPENED}", check=False), 30, "the user of the mount has told")
    told = json.loads(bare.run(f"cat {OPENED}"))
    print(f"{told['count']} opens, {len(told['failed'])} failed, longest wait {told['longest'] * 1000:.0f} ms")
    assert told["held"] == "kept open"
    assert told["longest"] < 5
    assert container(bare) != old
    assert bare.status(PATH)["state"] == "healthy"
    eventually(
        lambda: old not in bare.run("podman ps --all --format '{{.Names}}'"), 60, "the old one ends with its last file"
    )
    done, values = mount(bare, image=IMAGE)
    assert done, values
    assert container(bare) == old
    bare.run(f"podman rmi {NEWER}")


def test_with_the_role_the_profile_goes(bare):
    argv = ["ansible-playbook", f"--inventory={HERE}/inventory/hosts.yml", str(HERE / "remove.yml")]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "gluster-spc" not in bare.run("cat /sys/kernel/security/apparmor/profiles; ls /etc/apparmor.d")
    assert bare.run("podman ps --all --quiet; podman images --quiet; ls -d /srv/web", check=False) == ""
