# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of type glusterfs_failover: what is written comes back, and what cannot be meant is refused by name."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import options
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster.server import Server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import fstab
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import helper_entry, model

SERVERS = tuple(map(Server, ("gfs1", "gfs2", "gfs3")))


def spec(opts=(), **changes):
    values = {"path": "/srv/web", "volume": "web", "subdir": "", "servers": SERVERS, "source": "", "guard": True}
    return model.MountSpec(**{**values, "options": options.parse(opts), **changes})


def line(opts="_netdev,nofail", source="gfs1,gfs2,gfs3:/web"):
    return helper_entry.Entry(source, "/srv/web", helper_entry.TYPE, tuple(opts.split(",")))


def parse(opts="defaults", source="gfs1:/web", **more):
    return helper_entry.parse(source, "/srv/web", [opts], **more)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"subdir": "sites/one"},
        {"order": "listed", "require": "all"},
        {"prefer": (Server("gfs2"), Server("gfs3"))},
        {"guard": False, "timeout_probe": 1.5, "timeout_try": 20.0, "timeout_total": 300.0},
        {"servers": (Server("gfs1", 24008), Server("::1", 24008), Server("::2"))},
        {"options": options.parse(["ro", "log-level=DEBUG", "x-systemd.requires=a.service"])},
    ],
)
def test_what_is_written_in_fstab_is_what_the_helper_mounts(changes):
    asked = spec(**changes)
    read = helper_entry.of(helper_entry.entry(asked, boot=True))
    assert read.boot
    assert read.spec.options.flags == asked.options.flags
    assert read.spec._replace(source="", options=asked.options) == asked


def test_a_line_has_all_servers_and_leaves_systemd_more_time_than_the_failover_takes():
    entry = helper_entry.entry(spec(["ro"]), boot=True)
    assert entry.spec == "gfs1,gfs2,gfs3:/web"
    assert entry.options == ("_netdev", "nofail", "x-systemd.mount-timeout=150", "ro")


def test_a_limit_of_the_users_replaces_ours():
    entry = helper_entry.entry(spec(["x-systemd.mount-timeout=900"]), boot=False)
    assert entry.options == ("_netdev", "nofail", "noauto", "x-systemd.mount-timeout=900")
    assert not helper_entry.of(entry).boot


def test_the_line_may_list_the_servers_in_another_order():
    assert helper_entry.entry(spec(), boot=True, servers=SERVERS[::-1]).spec == "gfs3,gfs2,gfs1:/web"


def test_what_mount_and_systemd_keep_for_themselves_is_passed_over():
    asked = parse("rw,defaults,_netdev,nofail,noauto,user,comment=x,x-systemd.automount,X-mount.mkdir")
    assert asked.spec.options.flags == ()
    assert (asked.boot, asked.automount) == (False, True)


@pytest.mark.parametrize(
    ("opts", "told"),
    [
        ("bogus", "option 'bogus' is not one that mount.glusterfs knows"),
        ("backup-volfile-servers=gfs2", "option 'backup-volfile-servers' is refused: say it by the servers"),
        ("order=any", "option order=any: must be one of random, listed, as in order=listed"),
        ("require=most", "option require=most: must be one of writable, all, any"),
        (
            "timeout-total=soon",
            "option timeout-total=soon: the value must be a number of seconds, as in timeout-total=",
        ),
        ("timeout-try=0", "timeout_try 0: must be a number of seconds above 0"),
        ("timeout_total=30", "option 'timeout_total' is not one that"),
        ("prefer=gfs9", "option prefer=gfs9: is not one of the servers in gfs1:/web"),
    ],
)
def test_an_option_that_cannot_be_meant_is_refused_by_name(opts, told):
    with pytest.raises(ValueError, match="option|timeout") as caught:
        parse(opts)
    assert told in str(caught.value)


@pytest.mark.parametrize("source", ["gfs1", "gfs1:web", ":/web", "gfs1:/", "gfs1,,gfs2:/web", "gfs1:/we b"])
def test_a_source_that_is_none_is_refused(source):
    with pytest.raises(ValueError, match="source|volume|server"):
        parse(source=source)


def test_a_comma_inside_quotes_belongs_to_the_value_on_the_way_to_the_helper_and_back():
    quoted = 'context="system_u:object_r:fusefs_t:s0:c1,c2"'
    asked = parse(f"rw,{quoted},order=listed").spec
    assert asked.options.given == ("rw", quoted)
    assert asked.order == "listed"
    content = fstab.put(b"", helper_entry.entry(asked, boot=True), ["glusterfs_failover"])
    (line,) = fstab.parse(content)
    assert quoted in line.entry.options
    assert helper_entry.of(line.entry).spec.options.flags == asked.options.flags


def test_a_snapshot_is_refused_with_what_to_do_instead():
    with pytest.raises(ValueError, match=r"'snaps/s1/web'.*gluster snapshot clone.*features.uss"):
        parse(source="gfs1:/snaps/s1/web")
    assert parse(source="gfs1:/snaps/s1").spec.subdir == "s1"


def test_sloppy_passes_over_what_nobody_knows():
    assert parse("bogus,ro", sloppy=True).spec.options.flags == ("--read-only",)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        (line(), line("nofail,_netdev,defaults"), True),
        (line(), line(source="gfs3,gfs2,gfs1:/web"), True),
        (line("order=listed"), line("order=listed", "gfs3,gfs2,gfs1:/web"), False),
        (line(), line("_netdev,nofail,ro"), False),
        (line(), line(source="gfs1,gfs2:/web"), False),
        (line(), line(source="gfs1,gfs2,gfs3:/web/sub"), False),
        (line("bogus"), line(), False),
        (line()._replace(vfstype="glusterfs"), line(), False),
    ],
)
def test_a_line_is_rewritten_only_where_it_would_mount_something_else(old, new, same):
    assert helper_entry.same(old, new) is same
