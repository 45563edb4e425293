# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a container's mount is on its host, and what the container may do there."""

from __future__ import annotations

import json

from ansible_collections.evenkeel.glusterfs.molecule.spc.bare import LOGS, NAMES, PATH, UNIT, Bare, logged, role
from ansible_collections.evenkeel.glusterfs.tests.lab import IMAGE, PEERS

SYS_ADMIN = 21
"""Its number in linux/capability.h."""


def test_the_host_has_no_package_of_glusterfs(bare):
    assert "gluster" not in bare.run("dpkg-query", "--show", "--showformat=${Package}\n")
    assert not bare.host.exists("/usr/sbin/glusterfs")


def test_the_image_has_less_than_200_mb_and_says_what_it_is(bare):
    (image,) = json.loads(bare.run("podman", "image", "inspect", IMAGE))
    print(f"image: {image['Size'] / 1e6:.0f} MB")
    assert image["Size"] < 200e6
    assert {"RUN", "INSTALL", "UNINSTALL", "org.opencontainers.image.title"} <= set(image["Labels"])
    files = bare.run(
        "podman", "run", "--rm", "--network=none", "--cgroupns=private", "--entrypoint=ls", IMAGE, "/usr/lib/ssl"
    )
    assert "glusterfs" not in files, "certificates come in by a mount"


def test_both_hosts_have_the_same_image(bare, first):
    identity = ["podman", "image", "inspect", "--format={{.Id}}", IMAGE]
    assert bare.run(*identity) == first.run(*identity)


def test_the_host_writes_and_reads(bare):
    bare.host.write(f"{PATH}/{bare.host.name}", "written on the host")
    assert bare.run("cat", f"{PATH}/{bare.host.name}") == "written on the host"
    assert bare.lab.host("gfs2").run("cat", f"/bricks/web/{bare.host.name}") == "written on the host"


def test_a_user_gets_at_files_by_a_group_of_theirs(bare):
    """The client asks /proc for the groups of who calls, and so must see the host's processes."""
    bare.run(
        "sh", "-c", f"echo for the group >{PATH}/grouped; chown root:4242 {PATH}/grouped; chmod 640 {PATH}/grouped"
    )
    code = f"import os; os.setgroups([4242]); os.setgid(1234); os.setuid(1234); print(open('{PATH}/grouped').read())"
    assert "for the group" in bare.host.python(code)


def test_the_container_has_one_capability_and_a_root_it_cannot_write(bare):
    assert bare.capabilities() == [[SYS_ADMIN], [SYS_ADMIN]]
    (container,) = json.loads(bare.run("podman", "inspect", bare.container()))
    assert not container["HostConfig"]["Privileged"]
    assert container["HostConfig"]["ReadonlyRootfs"]
    assert "NoNewPrivs:\t1" in bare.run("cat", f"/proc/{bare.status()['pid']}/status")


def test_others_can_order_after_the_mount(bare):
    assert bare.active(UNIT)
    assert UNIT in bare.show("remote-fs.target", "Wants").split()
    assert "remote-fs.target" in bare.show(UNIT, "Before").split()


def test_one_with_quadlet_uses_it(bare):
    source = bare.show(f"{bare.container()}.service", "SourcePath")
    assert source.endswith(".container") == bare.host.exists("/usr/libexec/podman/quadlet")


def test_a_second_run_changes_nothing_and_says_the_same(bare):
    path = "/srv/site1"
    again = bare.mount(path=path, subdir="site1", opts=["ro", logged(path)], order="random", timeout_total=40)
    assert (again.failed, again.values.get("changed")) == (False, False), again.values
    assert again.values["server"] in PEERS
    assert again.values["mount"]["via"] == "container"
    assert again.values["source"] == "gfs1,gfs2,gfs3:/web/site1"
    assert again.values["container"] == bare.container(path)


def test_the_log_of_a_mount_is_rotated_under_its_client(bare):
    log = f"{LOGS}/srv-web.log"
    assert bare.run("cat", log), "its client logs there"
    bare.run("sh", "-c", f"echo old >> {log}")
    bare.run("logrotate", "--force", "/etc/logrotate.d/evenkeel-glusterfs-spc")
    assert "old" in bare.run("cat", f"{log}.1").splitlines()
    assert "old" not in bare.run("cat", log).splitlines()


def test_a_mount_below_a_private_one_is_seen_by_the_host(bare):
    """The host would see nothing of what a container mounts below a private mount."""
    path = "/srv/private/deep"
    bare.run("sh", "-c", "mkdir -p /srv/private; mount -t tmpfs tmpfs /srv/private; mount --make-private /srv/private")
    try:
        made = bare.mount(path=path)
        assert not made.failed, made.message
        assert made.values["mount"]["state"] == "healthy"
        assert bare.host.exists(f"{path}/site1")
        assert not bare.mount(path=path, state="absent").failed
        assert bare.traces(path) == []
    finally:
        bare.run("umount", "-l", "/srv/private")
        bare.run("rmdir", "/srv/private")


def test_a_mount_below_another_one_is_made_after_it_and_unmounted_before_it(first):
    """Named first where it is mounted, and last where it is unmounted."""
    outer, inner = "/srv/nested", "/srv/nested/below"
    given = {"gluster_spc_image_from": "bootstrap", "gluster_client_servers": list(PEERS)}
    failed, _changed, text = role(
        **given, gluster_client_mounts=[{"path": path, "volume": "web"} for path in (inner, outer)]
    )
    assert not failed, text
    assert [first.status(path)["state"] for path in (outer, inner)] == ["healthy", "healthy"]
    failed, _changed, text = role(
        **given, gluster_client_mounts=[{"path": path, "state": "absent"} for path in (outer, inner)]
    )
    assert not failed, text
    assert first.traces(outer) + first.traces(inner) == []


def test_each_host_asks_the_servers_in_an_order_of_its_own(lab):
    path = "/srv/spread"
    given = {"hosts": "bare", "gluster_spc_image_from": "bootstrap", "gluster_client_servers": list(PEERS)}
    given["gluster_client_group"] = "bare"
    failed, _changed, text = role(**given, gluster_client_mounts=[{"path": path, "volume": "web"}])
    assert not failed, text
    sources = [Bare(lab, name).run("findmnt", "--noheadings", "--output=SOURCE", path) for name in NAMES]
    assert len({source.partition(",")[0] for source in sources}) == len(NAMES), sources
    failed, changed, text = role(**given, gluster_client_mounts=[{"path": path, "volume": "web"}])
    assert (failed, changed) == (False, 0), text
    failed, _changed, text = role(**given, gluster_client_mounts=[{"path": path, "state": "absent"}])
    assert not failed, text


def test_other_options_of_a_mount_wait_until_the_role_may_mount_anew(first):
    path = "/srv/anew"
    given = {"gluster_spc_image_from": "bootstrap", "gluster_client_servers": list(PEERS)}
    for opts, remount, mounted in (([], False, "rw"), (["ro"], False, "rw"), (["ro"], True, "ro")):
        failed, _changed, text = role(
            **given,
            gluster_client_remount=remount,
            gluster_client_mounts=[{"path": path, "volume": "web", "opts": opts}],
        )
        assert not failed, text
        options = first.run("findmnt", "--noheadings", "--output=OPTIONS", path).strip().split(",")
        assert mounted in options, text
    failed, _changed, text = role(**given, gluster_client_mounts=[{"path": path, "state": "absent"}])
    assert not failed, text


def test_the_image_is_not_taken_from_mounts(first):
    failed, changed, text = role(gluster_spc_state="absent")
    assert (failed, changed) == (True, 0), text
    assert f"The container {first.container()} uses the image, for {PATH}" in " ".join(text.split())
    assert [first.status(path)["state"] for path in (PATH, "/srv/site1")] == ["healthy", "healthy"]
