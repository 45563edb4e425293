# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containers that die, hosts that boot, and administrators who take a mount away."""

from __future__ import annotations

import time

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.spc.bare import PATH, UNIT, logged
from ansible_collections.evenkeel.glusterfs.tests.lab import eventually, undone
from ansible_collections.evenkeel.glusterfs.tests.lab.service import SERVICE


def healed(bare, service):
    eventually(lambda: bare.status()["state"] == "healthy", 60, "the mount is healed")
    assert bare.show(SERVICE, "MainPID") == service, "the service ran on"
    assert bare.below() == [], "nothing was written below the mount point, by its guard"
    log = f"{PATH}/{bare.host.name}.log"
    size = bare.run("stat", "-c", "%s", log)
    eventually(lambda: bare.run("stat", "-c", "%s", log) != size, 10, "the service writes again")


@pytest.mark.parametrize("what", ["container", "client"])
def test_one_that_is_killed_is_replaced_under_a_service_that_writes(what, bare):
    eventually(lambda: bare.active(SERVICE), 30, "the service runs")
    service = bare.show(SERVICE, "MainPID")
    before = bare.status()["pid"]
    started = time.monotonic()
    if what == "container":
        bare.run("podman", "kill", "--signal=KILL", bare.container())
    else:
        bare.run("kill", "-9", str(before))
    eventually(lambda: bare.status()["pid"] not in (None, before), 60, "another client serves the mount")
    healed(bare, service)
    print(f"{what} killed: healthy {time.monotonic() - started:.1f} s later")


@pytest.mark.parametrize("signal", ["KILL", "STOP"])
def test_the_module_puts_right_at_once_what_its_container_may_not_have_noticed_yet(signal, bare):
    path = "/srv/ailing"
    assert not bare.mount(path=path).failed
    bare.run("kill", f"-{signal}", str(bare.status(path)["pid"]))
    healed = bare.mount(path=path, patience=0)
    assert not healed.failed, healed.message
    # systemd may have been the quicker one, where there was something to notice.
    assert healed.values["healed"] or signal == "KILL"
    assert bare.status(path)["state"] == "healthy"
    assert not bare.mount(path=path, state="absent").failed
    assert bare.traces(path) == []


def test_a_dead_mount_of_a_subdirectory_is_known_and_replaced(bare):
    path = "/srv/site1"
    before = bare.status(path)["pid"]
    bare.run("kill", "-9", str(before))
    eventually(lambda: bare.status(path)["state"] == "healthy", 60, "the mount is healed")
    assert bare.status(path)["pid"] != before


def test_the_mount_and_a_service_that_needs_it_are_there_after_a_boot(bare):
    bare.boot()
    eventually(lambda: bare.active(UNIT), 90, "it is mounted")
    eventually(lambda: bare.active(SERVICE), 30, "the service that needs it runs")
    assert bare.status()["state"] == "healthy"
    up, service = (int(bare.show(unit, "ActiveEnterTimestampMonotonic")) for unit in (UNIT, SERVICE))
    assert up <= service
    assert bare.below() == []


def test_a_boot_without_servers_ends_and_the_mount_comes_when_they_are_back(bare, lab):
    peers = [lab.host(name) for name in ("gfs1", "gfs2", "gfs3")]
    with undone(
        lambda: [peer.signal("STOP", "^/usr/sbin/glusterd") for peer in peers],
        lambda: [peer.signal("CONT", "^/usr/sbin/glusterd") for peer in peers],
    ):
        bare.boot()
        assert not bare.active(UNIT)
        assert not bare.active(SERVICE)
    eventually(lambda: bare.active(UNIT), 60, "it is mounted after the servers came back")
    eventually(lambda: bare.active(SERVICE), 15, "the service that had waited for it runs")


def test_what_an_administrator_unmounts_stays_unmounted_until_it_is_asked_for(bare):
    path = "/srv/site1"
    bare.run("umount", path)
    eventually(
        lambda: not bare.run("sh", "-c", "podman ps --quiet --filter name=^gluster-srv-site1").strip(),
        20,
        "its container ends",
    )
    time.sleep(4)  # longer than a failed one would wait to be started again
    assert bare.status(path)["state"] == "absent"
    bare.run("systemctl", "start", "srv-site1.mount")
    assert bare.status(path)["state"] == "healthy"
    bare.run("systemctl", "stop", "srv-site1.mount")
    assert bare.status(path)["state"] == "absent"
    again = bare.mount(path=path, subdir="site1", opts=["ro", logged(path)], order="random", timeout_total=40)
    assert (again.failed, again.values.get("changed")) == (False, True), again.message
    assert bare.status(path)["state"] == "healthy"
