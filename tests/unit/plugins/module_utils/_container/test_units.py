# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The units of a container's mount, as text."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._container import units
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import options
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import helper_entry, model

IMAGE = "0123456789abcdef" * 4


def plan(path="/srv/web", *, opts=(), order="random", subdir="", servers=("gfs2", "gfs1"), **more):
    spec = model.MountSpec(
        path, "web", subdir, tuple(map(Server.parse, servers)), "", options.parse(opts), order=order, guard=True
    )
    return units.Plan(spec, IMAGE, **more)


def lines(text):
    return text.splitlines()


def test_the_container_mounts_what_a_line_of_fstab_would():
    made = plan(opts=["ro"], order="listed", subdir="a b", servers=("gfs2:24008", "gfs1"))
    words = units.arguments(made.spec)
    assert words[:2] == ("mount", "--report=/report/report.json")
    asked = helper_entry.parse(words[-2], words[-1], [words[words.index("-o") + 1]])
    assert asked.spec._replace(source="") == made.spec


def test_the_order_in_which_random_servers_are_listed_changes_nothing():
    assert units.service(plan(servers=("gfs1", "gfs2"))) == units.service(plan(servers=("gfs2", "gfs1")))
    assert units.service(plan(servers=("gfs1", "gfs2"), order="listed")) != units.service(plan(order="listed"))


def test_no_options_are_no_argument():
    assert "-o" not in units.arguments(plan().spec)


@pytest.mark.parametrize("text", [units.quadlet(plan()), units.service(plan())])
def test_the_container_gets_one_capability_and_no_more(text):
    assert "privileged" not in text
    assert text.count("SYS_ADMIN") == 1
    assert "cap-drop=all" in text or "DropCapability=all" in text
    assert "read-only" in text or "ReadOnly=true" in text
    assert "no-new-privileges" in text or "NoNewPrivileges=true" in text
    assert "apparmor" not in text


@pytest.mark.parametrize("render", [units.quadlet, units.service])
def test_apparmor_is_told_where_the_host_has_it(render):
    assert "--security-opt=apparmor=unconfined" in render(plan(apparmor="unconfined"))


@pytest.mark.parametrize("render", [units.quadlet, units.service])
def test_our_profile_is_loaded_before_a_container_that_needs_it(render):
    before = "ExecStartPre=-/sbin/apparmor_parser --replace /etc/apparmor.d/gluster-spc"
    assert before in lines(render(plan(apparmor="gluster-spc")))
    assert "ExecStartPre" not in render(plan(apparmor="unconfined"))


@pytest.mark.parametrize("render", [units.quadlet, units.service])
def test_certificates_come_in_by_a_mount_that_cannot_be_written(render):
    assert "/etc/ssl/glusterfs.pem:/usr/lib/ssl/glusterfs.pem:ro" in render(
        plan(binds=(("/etc/ssl/glusterfs.pem", "/usr/lib/ssl/glusterfs.pem"),))
    )


@pytest.mark.parametrize("render", [units.quadlet, units.service])
def test_what_systemd_would_expand_is_taken_as_it_stands(render):
    text = render(plan('/srv/100%/a "b" $c'))
    assert '"/srv/100%%/a \\"b\\" $$c"' in text


def test_a_mount_on_the_root_file_system_is_given_the_root():
    assert "/:/host:rshared" in units.volumes(plan("/data"))


def test_the_mount_unit_waits_for_the_container_and_is_not_restarted_with_it():
    text = lines(units.mount(plan()))
    assert "After=gluster-srv-web.01234567.service" in text
    assert "Wants=gluster-srv-web.01234567.service" in text
    assert not [line for line in text if line.startswith(("Requires=", "BindsTo="))]
    assert "Before=remote-fs.target" in text
    assert "Where=/srv/web" in text


def test_systemd_waits_longer_than_the_mount_may_take():
    limit = next(line for line in lines(units.service(plan())) if line.startswith("TimeoutStartSec="))
    assert int(limit.partition("=")[2]) > plan().spec.timeout_total


@pytest.mark.parametrize("path", ["/srv/a:b", "/srv/a,b", "/" + "x" * 300])
def test_a_path_that_no_container_can_be_given_is_refused(path):
    with pytest.raises(ValueError, match="path "):
        units.check_path(path)


def test_an_ordinary_path_is_not_refused():
    units.check_path("/srv/web")
