# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A new image under users of a mount, and a mount that outlives the container that asked for it."""

from __future__ import annotations

import json
import time

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.spc.bare import NAMES, PATH, Bare, logged, release
from ansible_collections.evenkeel.glusterfs.tests.faults import faults
from ansible_collections.evenkeel.glusterfs.tests.lab import IMAGE, PEERS, eventually
from ansible_collections.evenkeel.glusterfs.tests.lab.programs import ACKS, ERRORS, OPENED, WRITER, opener

NEWER = "localhost/evenkeel-glusterfs:newer"


def opens(bare, path, do, rate=4000):
    """What became of opens at this rate while something was done: their number, those that failed, seconds of the longest wait, what a held file read."""
    bare.run("rm", "-f", OPENED)
    with bare.host.in_background(opener(path, rate)) as user:
        began = time.monotonic()
        do()
        seconds = time.monotonic() - began
        bare.run("kill", "-TERM", user.pid)
        eventually(lambda: bare.host.exists(OPENED), 30, "the user of the mount has told")
        told = json.loads(bare.run("cat", OPENED))
        print(
            f"{told['count']} opens in {seconds:.1f} s, {len(told['failed'])} failed, longest wait {told['longest'] * 1000:.0f} ms"
        )
        return told


def test_a_new_image_takes_over_without_a_failed_open(bare):
    before = bare.container()
    bare.derive(NEWER, "LABEL newer=1")
    try:
        told = opens(bare, PATH, lambda: upgrade(bare, NEWER))
        assert told["held"] == "kept open", "a file that is open stays readable"
        if release() >= (6, 5):
            assert told["failed"] == []
        after = bare.container_of(NEWER)
        assert after != before
        eventually(
            lambda: before not in bare.run("podman", "ps", "--all", "--format", "{{.Names}}"),
            30,
            "the old container ends with its last open file",
        )
        assert bare.container() == after
        assert bare.status()["state"] == "healthy"
    finally:
        back = upgrade(bare, IMAGE)
        assert not back.failed, back.message
        eventually(
            lambda: len(bare.run("podman", "ps", "--quiet", "--filter", "name=^gluster-srv-web").split()) == 1,
            30,
            "one container is left",
        )
        bare.run("podman", "rmi", NEWER)


def upgrade(bare, image):
    done = bare.mount(path=PATH, order="random", timeout_total=40, image=image, opts=[logged(PATH)])
    assert not done.failed, done.message
    assert done.values["changed"]
    return done


@pytest.mark.parametrize(
    ("argv", "named"),
    [
        (("sh", "-c", 'mount --bind /srv/used /mnt && exec "$@"', "sh", "python3", "-c", WRITER, "/mnt/blocks"), "a bind at /mnt"),
        (
            ("unshare", "--mount", "--propagation=private", "python3", "-c", WRITER, "/srv/used/blocks"),
            "in a mount namespace of its own, at /srv/used",
        ),
    ],
    ids=["bind", "namespace"],
)  # fmt: skip
def test_a_container_serves_on_who_uses_its_mount_elsewhere(bare, argv, named):
    """Neither an unmount nor a new image takes the client away from under him, nor the unmount of what the new image has mounted."""
    path = "/srv/used"
    arguments = {"path": path, "fstab": "none", "timeout_total": 40, "patience": 0}
    made = bare.mount(**arguments)
    assert not made.failed, made.message
    old = bare.container(path)
    bare.derive(NEWER, "LABEL newer=2")
    bare.run("sh", "-c", f"rm -rf {ACKS} {ERRORS} {path}/blocks; mkdir -p /run/user")

    def acknowledged():
        return bare.run("cat", ACKS, check=False).splitlines()

    def unharmed():
        before = len(acknowledged())
        eventually(lambda: len(acknowledged()) > before + 5, 30, "it goes on")
        assert bare.run("cat", ERRORS) == ""

    try:
        with bare.host.in_background(f"print('ready', flush=True)\nos.execvp({argv[0]!r}, {list(argv)!r})"):
            unharmed()
            for check in (True, False):
                for change in (
                    {"state": "unmounted"},
                    {"state": "absent"},
                    {"state": "remounted"},
                    {"remount": True, "opts": ["acl"]},
                ):
                    refused = bare.mount(check=check, **{**arguments, **change})
                    assert (refused.failed, named in refused.message) == (True, True), (check, change, refused)
                    assert bare.container(path) == old
            unharmed()
            taken = bare.mount(**arguments, image=NEWER)
            assert (taken.failed, named in str(taken.values["warnings"])) == (False, True), taken
            unharmed()
            gone = bare.mount(**{**arguments, "state": "unmounted"})
            assert not gone.failed, gone.message
            unharmed()
            assert bare.container(path) == old, "the new one is gone"
        bare.run("umount", "/mnt", check=False)
        eventually(
            lambda: old not in bare.run("podman", "ps", "--format", "{{.Names}}"), 30, "it ends with its last user"
        )
        assert not bare.mount(**arguments).failed
        missing = set(acknowledged()) - set(bare.run("cat", f"{path}/blocks").splitlines())
        assert missing == set(), "all that was acknowledged is on the volume"
    finally:
        bare.run("umount", "/mnt", check=False)
        assert not bare.mount(**{**arguments, "state": "absent"}).failed
        bare.run("podman", "rmi", "--force", NEWER)
    assert bare.traces(path) == []


def test_a_mount_outlives_the_container_that_asked_for_it(bare):
    path = "/srv/outlive"
    with bare.outliving(path, f"{','.join(PEERS)}:/web") as asker:
        told = opens(bare, path, lambda: bare.run("podman", "rm", "--force", "--time=2", asker), rate=500)
        assert told["failed"] == []
        assert bare.status(path)["state"] == "healthy"
        bare.host.write(f"{path}/after", "the container is gone")


def test_a_mount_by_a_service_of_the_host_does_not_wait_for_a_silent_host(first, lab):
    """So that one by a DaemonSet does not either."""
    source, states = f"{','.join(PEERS)}:/web", ("healthy", "degraded")
    frozen = faults.frozen(faults.GLUSTERD)(lab)
    with frozen, first.outliving("/srv/outlive", source, "-o", "order=listed", states=states):
        log = first.run("journalctl", "--unit=gluster-srv-outlive.*", "--output=cat")
        assert "the client was disconnected from gfs1:/bricks/web and connects again by itself" in log


def test_by_a_container_it_takes_at_most_a_second_and_a_half_more(lab):
    """Healthy and with the first server frozen, in turns with the client of a host that has it."""
    bare, path, most = Bare(lab, NAMES[0]), "/srv/cost", 1.5
    seconds = {}
    for name, fault, rounds in (("healthy", faults.no_fault, 5), ("frozen", faults.frozen(faults.GLUSTERD), 5)):
        with fault(lab):
            for _round in range(rounds):
                for via, host in (("host", "node1"), ("container", bare.host.name)):
                    arguments = {
                        "path": path,
                        "volume": "web",
                        "servers": list(PEERS),
                        "order": "listed",
                        "via": via,
                        "fstab": "none",
                    }
                    made = lab.use("mount", node=host, **arguments)
                    assert not made.failed, made.message
                    seconds.setdefault((name, via), []).append(made.seconds)
                    assert not lab.use("mount", node=host, path=path, state="absent", via=via).failed
    best = {key: min(values) for key, values in seconds.items()}
    print({f"{name} via {via}": [round(each, 2) for each in values] for (name, via), values in seconds.items()})
    for name in ("healthy", "frozen"):
        assert best[name, "container"] - best[name, "host"] < most
