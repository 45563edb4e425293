# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import options


@pytest.mark.parametrize(
    ("given", "flags"),
    [
        ([], ()),
        (["ro"], ("--read-only",)),
        (["rw", "_netdev", "nofail", "defaults"], ()),
        (["x-systemd.requires=net.service", "x-anything"], ()),
        (["log-level=warning", "log-file=/var/log/w.log"], ("--log-level=WARNING", "--log-file=/var/log/w.log")),
        (["attribute-timeout=0.5,entry-timeout=1"], ("--attribute-timeout=0.5", "--entry-timeout=1")),
        (["fopen-keep-cache"], ("--fopen-keep-cache",)),
        (["fopen-keep-cache=false"], ("--fopen-keep-cache=false",)),
        (["root-squash=no"], ("--no-root-squash",)),
        (["no-root-squash=yes"], ("--no-root-squash",)),
        (["root-squash=yes"], ()),
        (["halo-max-latency=5"], ("--xlator-option=*replicate*.halo-max-latency=5",)),
        (["noexec", "acl", "nosuid"], ("--acl", "--fuse-mountopts=noexec,nosuid")),
        (["context=system_u:object_r:t:s0"], ("--fuse-mountopts=context=system_u:object_r:t:s0",)),
        (["xlator-option=a=1", "xlator-option=b=2"], ("--xlator-option=a=1", "--xlator-option=b=2")),
        (["transport=tcp,ro"], ("--read-only",)),
        (["volfile-check=on"], ("--volfile-check",)),
        (["fuse-setlk-handle-interrupt=off"], ("--fuse-setlk-handle-interrupt=off",)),
        (["fuse-handle-copy_file_range=true"], ("--fuse-handle-copy_file_range=true",)),
        (["inode-table-size=131072"], ("--inode-table-size=131072",)),
    ],
)
def test_an_option_reaches_the_client_as_mount_glusterfs_would_hand_it_over(given, flags):
    assert options.parse(given).flags == flags


def test_a_comma_separated_string_and_a_list_mean_the_same():
    assert options.parse(["ro,acl, noexec"]) == options.parse(["ro", "acl", "noexec"])


def test_fstab_gets_the_options_as_they_were_written():
    assert options.parse(["ro", "log-level=error"]).given == ("ro", "log-level=error")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("relatime", "unknown FUSE option"),
        ("strictatime", "unknown FUSE option"),
        ("nodiratime", "unknown FUSE option"),
        ("lazytime", "unknown FUSE option"),
        ("mem-accounting", "always fails"),
        ("user", "only root"),
        ("users", "only root"),
        ("retry=3", "timeout_total"),
        ("timeo=3", "timeout_try"),
        ("remount", "state: remounted"),
        ("auto_unmount", "local directory"),
        ("backup-volfile-servers=a:b", "by the servers"),
        ("backupvolfile-server=a", "by the servers"),
        ("server-port=24008", "gfs1:24008"),
        ("fetch-attempts=3", "no effect"),
        ("subdir-mount=a", "by the subdir"),
        ("fuse-mountopts=relatime", "write the flags themselves"),
        ("sync", "ignores it"),
        ("bogus", "not one that mount.glusterfs knows"),
        ("bogus=1", "not one that mount.glusterfs knows"),
        ("ro=1", "takes no value"),
        ("log-file", "needs a value"),
        ("log-file=", "needs a value"),
        ("log-file=w.log", "absolute path"),
        ("log-level=LOUD", "one of NONE"),
        ("attribute-timeout=abc", "must be a number"),
        ("ac l", "white space"),
        ("acl\x07", "control characters"),
        ("ro,rw", "contradict"),
        ("exec,noexec", "contradict"),
        ("log-level=INFO,log-level=ERROR", "given twice"),
        ("transport=rdma", "only TCP"),
        ("volfile-check=no", "any value turns volfile-check on"),
        ('context="a:b', "not closed"),
        ("context=system_u:object_r:t:s0:c1,c2", 'c2.*double quotes, as in context="...:c1,c2"'),
    ],
)
def test_an_option_that_would_fail_or_lie_is_refused_with_the_reason(given, message):
    with pytest.raises(ValueError, match=message) as caught:
        options.parse([given])
    assert given.partition("=")[0].split(",")[0][:3] in str(caught.value)


QUOTED = 'context="system_u:object_r:fusefs_t:s0:c1,c2"'


@pytest.mark.parametrize(
    "given", [[QUOTED, "ro"], [f"{QUOTED},ro"], [f"ro,{QUOTED}"], ["ro", f" {QUOTED}"], QUOTED.split(",") + ["ro"]]
)
def test_a_comma_inside_quotes_belongs_to_the_value(given):
    parsed = options.parse(given)
    assert set(parsed.given) == {QUOTED, "ro"}
    assert parsed.flags == ("--read-only", f"--fuse-mountopts={QUOTED}")


def test_what_the_client_does_anyway_is_not_written_into_fstab_for_the_volume_would_get_another_name_there():
    assert options.parse(["transport=tcp", "ro"]).given == ("ro",)


def test_the_same_option_written_twice_counts_once():
    assert options.parse(["ro", "ro"]).flags == ("--read-only",)


def test_the_log_file_can_be_asked_for():
    parsed = options.parse(["log-file=/l", "ro"])
    assert (parsed.value("log-file"), parsed.value("log-level"), parsed.value("ro")) == ("/l", None, "")
