# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Servers that fail, and mistakes: the mount comes from another server, or there is a clear error and nothing is left."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.spc.bare import PATH
from ansible_collections.evenkeel.glusterfs.tests.faults import faults
from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, STRANGER, undone

FAULT = "/srv/fault"
SECONDS = 3.0
"""What such a row may take more than a mount with nothing wrong, as on a host (tests/faults)."""

ROWS = {
    "refused": (faults.glusterd_stopped, "refused"),
    "dropped": (faults.drops(("input", "drop"), ("output", "drop")), "cut off"),
    "frozen": (faults.frozen(faults.GLUSTERD), "cut off"),
}


@pytest.fixture(scope="module")
def unhindered(bare):
    """Seconds of a container's mount with nothing wrong: what this machine, which may be busy, takes for it by itself."""
    made = bare.mount(path=FAULT)
    assert not made.failed, made.message
    assert not bare.mount(path=FAULT, state="absent").failed
    return made.seconds


@pytest.mark.parametrize("name", ROWS)
def test_it_mounts_though_the_first_server_is(name, bare, lab, unhindered):
    make, outcome = ROWS[name]
    with make(lab):
        made = bare.mount(path=FAULT)
        print(f"{name}: {made.seconds:.2f} s, {made.values.get('server')}")
        assert not made.failed, made.message
        assert made.values["server"] in PEERS[1:]
        assert made.outcomes(PEERS[0])[-1] == outcome
        assert "cannot be given up" not in str(made.values["attempts"]), "the host does what the container may not"
        gone = bare.mount(path=FAULT, state="absent")
        assert not gone.failed, gone.message
    assert bare.traces(FAULT) == []
    assert made.seconds < SECONDS + 1.1 * unhindered


def test_it_mounts_though_the_first_server_closes_each_connection(bare, lab):
    with faults.impostor("connection.close()")(lab):
        made = bare.mount(path=FAULT, servers=[STRANGER, *PEERS])
        assert not made.failed, made.message
        assert made.outcomes(STRANGER)[-1] == "closed"
        assert not bare.mount(path=FAULT, state="absent").failed
    assert bare.traces(FAULT) == []


def refused(bare, *texts, before=(), **arguments):
    failed = bare.mount(path=FAULT, timeout_total=10, **arguments)
    assert failed.failed
    for text in texts:
        assert text in failed.message
    assert bare.traces(FAULT) == list(before)
    return failed


def test_a_volume_that_nobody_has_is_an_error_that_names_every_server(bare):
    failed = refused(bare, "no server has a volume nowhere", volume="nowhere")
    assert [failed.outcomes(peer) for peer in PEERS] == [["no volume"]] * 3


def test_a_missing_subdirectory_is_an_error(bare):
    refused(bare, "subdirectory", subdir="no/such/directory")


def test_without_podman_it_says_what_to_install(bare):
    with undone(
        lambda: bare.run("mv", "/usr/bin/podman", "/usr/bin/podman.away"),
        lambda: bare.run("mv", "/usr/bin/podman.away", "/usr/bin/podman"),
    ):
        failed = bare.mount(path=FAULT)
    assert failed.failed
    assert "needs podman" in failed.message
    assert bare.traces(FAULT) == []


def test_without_the_image_it_says_where_it_comes_from(bare):
    refused(bare, "localhost/elsewhere:1 is not on this host", "gluster_spc", image="localhost/elsewhere:1")


def test_something_else_at_the_mount_point_is_left_alone(bare):
    bare.run("sh", "-c", f"mkdir {FAULT}; mount -t tmpfs -o size=64k mine {FAULT}")
    try:
        before = bare.traces(FAULT)
        refused(bare, "something else is mounted there: tmpfs from mine", before=before)
    finally:
        bare.run("umount", FAULT)
        bare.run("rmdir", FAULT)


def test_what_the_hosts_own_client_has_mounted_is_left_alone(lab):
    """node1 has the client; that it has no podman comes second."""
    own = {"path": FAULT, "volume": "web", "servers": list(PEERS), "fstab": "none"}
    assert not lab.mount(**own).failed
    lab.node.write("/usr/local/sbin/podman", f"#!/bin/sh\necho sha256:{'a' * 64}\n")
    lab.node.run("chmod", "755", "/usr/local/sbin/podman")
    try:
        failed = lab.mount(**own, via="container")
        assert failed.failed
        assert "is mounted by a client of this host" in failed.message
        assert not lab.mount(**own).values["changed"]
    finally:
        lab.node.run("rm", "/usr/local/sbin/podman")
        assert not lab.mount(path=FAULT, state="absent").failed


def test_a_mount_in_use_is_not_taken_away(bare):
    with bare.host.in_background(f"import time\nheld = open('{PATH}/held', 'w')\nprint('ready')\ntime.sleep(60)\n"):
        failed = bare.mount(path=PATH, state="unmounted")
        assert failed.failed
        assert "in use by" in failed.message
    assert bare.status()["state"] == "healthy"


def test_a_line_of_fstab_is_not_mounted_beside(bare):
    with undone(
        lambda: bare.run("sh", "-c", f"echo gfs1:/web {FAULT} glusterfs noauto 0 0 >>/etc/fstab"),
        lambda: bare.run("sed", "-i", f"\\|{FAULT}|d", "/etc/fstab"),
    ):
        failed = bare.mount(path=FAULT)
    assert failed.failed
    assert "has a line for /srv/fault" in failed.message
    assert bare.traces(FAULT) == []


def test_an_image_that_is_no_such_image_is_an_error_and_nothing_is_left(bare):
    bare.derive("localhost/broken:1", 'ENTRYPOINT ["/bin/false"]')
    try:
        refused(bare, "did not start", image="localhost/broken:1")
    finally:
        bare.run("podman", "rmi", "localhost/broken:1")
