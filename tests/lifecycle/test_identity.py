# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is who in a pool, whatever names, addresses and copied files say; and who does not answer. Before the pool of test_lifecycle.py is made."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS, eventually, undone

GLUSTERD = "/var/lib/glusterd"


@pytest.fixture(autouse=True)
def hosts(lab):
    """Hosts of no pool, each with a UUID of its own, which glusterd makes when it is asked for it."""

    def fresh(name):
        host = lab.host(name)
        host.run("systemctl", "stop", "glusterd")
        host.run("sh", "-c", f"rm -rf {GLUSTERD}/peers/* {GLUSTERD}/vols/* {GLUSTERD}/glusterd.info /bricks/*")
        start(host)

    with ThreadPoolExecutor() as threads:
        list(threads.map(fresh, PEERS))
        yield
        list(threads.map(fresh, PEERS))


def start(host):
    host.start_glusterd()
    eventually(lambda: "localhost" in host.run("gluster", "pool", "list", check=False), 30, "glusterd answers")


def task(lab, module, on="gfs1", **arguments):
    return lab.use(module, node=on, **arguments)


def pool(lab, **arguments):
    return task(lab, "trusted_pool", **{"hosts": list(PEERS), **arguments})


def members(lab):
    return set(re.findall(r"^\S+\s+(\S+)\s+Connected", lab.gluster("pool", "list"), re.MULTILINE))


def address(host):
    return host.run("hostname", "-i").split()[0]


@contextmanager
def hosts_file(host, change):
    """/etc/hosts of a host as ``change`` makes it of its text."""
    before = host.run("cat", "/etc/hosts")
    with undone(lambda: host.write("/etc/hosts", change(before)), lambda: host.write("/etc/hosts", before)):
        yield


@contextmanager
def everywhere_bindable(lab):
    """What hosts have that run keepalived: sockets bind to addresses of others."""

    def set_to(value):
        for name in PEERS:
            lab.host(name).in_network("sysctl", "--quiet", "--write", f"net.ipv4.ip_nonlocal_bind={value}")

    with undone(lambda: set_to(1), lambda: set_to(0)):
        yield


def test_a_pool_is_made_and_kept_where_sockets_bind_to_addresses_of_others(lab):
    aliases = "".join(f"{address(lab.host(name))} alias-{name}\n" for name in PEERS)
    with everywhere_bindable(lab), hosts_file(lab.host("gfs1"), lambda text: text + aliases):
        made = pool(lab)
        assert made.values["changed"], made.message
        assert members(lab) == {"localhost", "gfs2", "gfs3"}
        kept = pool(lab, hosts=[f"alias-{name}" for name in PEERS], exclusive=True)
        assert not kept.failed, kept.message
        assert not any("detach" in command for command in kept.values["commands"])
        assert members(lab) == {"localhost", "gfs2", "gfs3"}


def test_a_copied_machine_is_named_with_its_original_and_nothing_is_touched(lab):
    info = f"{GLUSTERD}/glusterd.info"
    copy = lab.host("gfs3")
    copy.run("systemctl", "stop", "glusterd")
    copy.write(info, lab.host("gfs2").run("cat", info))
    start(copy)
    for check in (True, False):
        refused = pool(lab, check=check)
        assert refused.failed
        assert "'gfs2' (" in refused.message
        assert "'gfs3' (" in refused.message
        assert f"rm {info}" in refused.message
    assert members(lab) == {"localhost"}
    assert not pool(lab, hosts=["gfs1", "gfs2"]).failed
    later = pool(lab, hosts=["gfs3"])
    assert "is that of the member gfs2, and does not know the pool: it is a copy of that host" in later.message
    copy.run("systemctl", "stop", "glusterd")
    copy.run("rm", info)
    start(copy)
    assert not pool(lab).failed, "what the message advises"
    assert members(lab) == {"localhost", "gfs2", "gfs3"}


def test_a_server_whose_own_name_is_elsewhere_is_told_the_address_at_once(lab):
    def moved(text):
        return "".join(line for line in text.splitlines(True) if "gfs1" not in line) + "10.99.99.99 gfs1\n"

    with hosts_file(lab.host("gfs1"), moved):
        refused = pool(lab)
        assert "'gfs1' is this host's own name and resolves to 10.99.99.99 here" in refused.message
        assert refused.seconds < 20
    assert members(lab) == {"localhost"}


def test_a_member_that_looks_for_another_one_at_an_address_of_before_is_told_at_once(lab):
    first, second = lab.host("gfs1"), lab.host("gfs2")
    assert not pool(lab).failed
    assert not pool(lab, on="gfs2").failed
    before = address(first).rsplit(".", 1)[0] + ".250"
    second.run("systemctl", "stop", "glusterd")
    second.run("sh", "-c", f"sed -i 's/^hostname1={address(first)}$/hostname1={before}/' {GLUSTERD}/peers/*")
    start(second)
    eventually(lambda: "Disconnected" in second.run("gluster", "pool", "list"), 60, "gfs2 has lost gfs1")
    told = pool(lab).message
    assert f"it looks for gfs1 at {before}, which gfs1 does not resolve to; on gfs2: systemctl stop glusterd" in told
    second.run("systemctl", "stop", "glusterd")
    second.run("sh", "-c", f"sed -i 's/^hostname1={before}$/hostname1=gfs1/' {GLUSTERD}/peers/*")
    start(second)
    assert not pool(lab).failed, "what the message advises"


def test_a_member_that_hangs_is_named_before_a_volume_waits_for_it(lab):
    assert not pool(lab).failed
    bricks = [f"{name}:/bricks/web" for name in PEERS]
    made = task(lab, "volume", name="web", state="started", replica=3, bricks=bricks)
    assert not made.failed, made.message
    frozen = lab.host("gfs3")
    more = [*bricks, *(f"{name}:/bricks/more" for name in PEERS)]
    with undone(lambda: frozen.signal("STOP", "sbin/glusterd"), lambda: frozen.signal("CONT", "sbin/glusterd")):
        for check in (True, False):
            refused = task(lab, "volume", name="web", bricks=more, check=check)
            assert "gfs3 counts as connected and gives no answer, asked twice for 5 s" in refused.message
            assert refused.seconds < 60
            assert refused.values["commands"] == []
        refused = task(lab, "pool_options", options={"cluster.server-quorum-ratio": 60})
        assert "gfs3 counts as connected" in refused.message
    eventually(
        lambda: not task(lab, "volume", name="web", bricks=more).failed, 90, "it answers again, and the volume grows"
    )
    assert not task(lab, "volume", name="web", state="absent", confirm="web").failed


def test_a_failure_after_a_change_says_changed_and_what_was_done(lab):
    done = task(lab, "volume", name="web", state="started", bricks=["gfs1:/bricks/web", "gfs1:/nowhere/at/all/web"])
    assert (done.failed, done.values["changed"]) == (True, False)
    assert [command.split()[4] for command in done.values["commands"]] == ["create"]
    brick = "gfs1:/bricks/web2"
    done = task(lab, "volume", name="web", state="started", bricks=[brick], options={"server.allow-insecure": "maybe"})
    assert (done.failed, done.values["changed"]) == (True, True)
    assert done.values["commands"][0].endswith(f"volume create web {brick}")
    assert not task(lab, "volume", name="web", state="absent", confirm="web").failed
