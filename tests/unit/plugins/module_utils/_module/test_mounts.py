# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module mounts without Ansible, on a machine that is not there: the list as a whole. What becomes of each mount is in test_mount.py."""

from __future__ import annotations

import re

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._container import units
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import options, server
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.strand import GivenUp
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module import group, mounts, mounts_arguments
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._module.mounts_result import Ended
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeStrands
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import FakeMachine, exits
from ansible_collections.evenkeel.glusterfs.tests.unit.machine import mounts as mounts_well

ROOT_LINE = "/dev/sda1 / ext4 errors=remount-ro 0 1\n"


def params(entries, **outside):
    """The module's arguments as Ansible hands them over: defaults outside, null in the entries."""
    values = {name: rule.get("default") for name, rule in mounts_arguments.ARGUMENTS.items()}
    nothing = dict.fromkeys(mounts_arguments.ENTRY)
    assert set(outside) <= set(values)
    values.update({"servers": ["gfs1", "gfs2", "gfs3"], "volume": "web", "order": "listed", "guard": False}, **outside)
    values["mounts"] = [{**nothing, **entry} for entry in entries]
    return values


class Node:
    """A FakeMachine with an fstab of its own, and the module run on both."""

    def __init__(self, tmp_path):
        self.machine = FakeMachine(tmp_path)
        self.top = str(self.machine.parent)
        self.fstab = tmp_path / "fstab"
        self.fstab.write_text(ROOT_LINE)
        self.strands = FakeStrands(self.machine.clock)
        self.networks = []

    def module(self, entries, *, check=False, **outside):
        """entries: paths below ``top``, or mappings with such a path."""
        entries = [entry if isinstance(entry, dict) else {"path": entry} for entry in entries]
        entries = [{**entry, "path": f"{self.top}/{entry['path']}"} for entry in entries]
        self.strands.order.clear()
        wanted = mounts_arguments.check(params(entries, **{"fstab_file": str(self.fstab), **outside}))
        run = mounts.Mounts(wanted, self.machine.node, self.strands, self.network, check)
        return run.ensure()

    def network(self, arguments):
        self.networks.append(arguments["tls"])
        return self.machine.node.network

    def mounted(self):
        return [entry.path[len(self.top) + 1 :] for entry in self.machine.mounts]

    def lines(self):
        """The mount points in fstab, and the group of each."""
        lines = [line.split() for line in self.fstab.read_text().splitlines()[1:]]
        return {line[1][len(self.top) + 1 :]: line[3].partition("x-failover.group=")[2] for line in lines}


@pytest.fixture
def node(tmp_path):
    return Node(tmp_path)


# -- arguments


@pytest.mark.parametrize(
    ("entries", "outside", "told"),
    [
        ([{"path": "/srv/web"}, {"path": "srv"}], {}, "mounts[1] (srv): path 'srv': must be absolute, as in /srv/web"),
        ([{"path": "/srv/a", "volume": "a b"}], {}, "mounts[0] (/srv/a): volume 'a b': a volume's name has letters"),
        ([{"path": "/srv/web"}], {"volume": None}, "mounts[0] (/srv/web): volume is missing; say it in the entry, or"),
        ([{"path": "/srv/web"}], {"servers": [], "volume": ""}, "volume and servers is missing"),
        ([{"path": "/srv/web"}, {"path": "/srv//web/"}], {}, "/srv/web and /srv/web are one mount point; keep one"),
        (
            [{"path": "/srv/web", "state": "unmounted"}, {"path": "/srv/web/a"}],
            {},
            "/srv/web/a lies below /srv/web, which shall not be mounted and may be by its line in fstab; write state: absent",
        ),
        (
            [{"path": "/srv/a"}, {"path": "/srv/b"}],
            {"opts": ["log-file=/var/log/x.log"]},
            "/srv/a and /srv/b have one log-file, by which it could not be told which of them failed; name one for each",
        ),
        (
            [],
            {"exclusive": True},
            "exclusive: true takes away what carries the same group and is not listed, and no group",
        ),
        ([], {"group": ""}, "group '': must have 1 to 64 letters, digits, hyphens, underscores and dots"),
        ([], {"group": "a,b"}, "group 'a,b': must have"),
        ([], {"group": "-a"}, "group '-a': must have"),
        (
            [{"path": "/srv/web", "opts": ["ro, x-failover.group=b"]}],
            {"group": "a"},
            "option x-failover.group is refused: say it by group, which is that of all entries",
        ),
        ([], {"timeout_total": -1.0}, "timeout_total -1: must be a number of seconds above 0"),
        ([], {"fstab_file": "fstab"}, "fstab_file 'fstab': must be absolute"),
    ],
)
def test_bad_input_is_named_with_its_entry_and_the_rule_it_breaks(entries, outside, told):
    with pytest.raises(ValueError, match=re.escape(told)):
        mounts_arguments.check(params(entries, **outside))


def test_all_that_is_wrong_is_told_at_once():
    entries = [{"path": "a"}, {"path": "/srv/web", "volume": "-"}, {"path": "/srv/good"}]
    with pytest.raises(ValueError, match="must be absolute") as error:
        mounts_arguments.check(params(entries, exclusive=True))
    assert len(str(error.value).split("\n")) == 3


def test_an_entry_takes_from_outside_what_it_does_not_say():
    outside = {"opts": ["ro"], "timeout_total": 60.0, "boot": False, "group": "one"}
    entries = [
        {"path": "/srv/a"},
        {"path": "/srv/b", "volume": "b", "servers": ["gfs9"], "opts": [], "boot": True, "timeout_total": 9.0},
    ]
    wanted = mounts_arguments.check(params(entries, **outside))
    a, b = (entry.arguments for entry in wanted.entries)
    assert (a.spec.volume, a.boot, a.spec.timeout_total) == ("web", False, 60)
    assert (b.spec.volume, b.boot, b.spec.timeout_total) == ("b", True, 9)
    assert b.spec.servers == (server.Server("gfs9"),)
    assert (a.spec.options.given, b.spec.options.given) == (("ro", "x-failover.group=one"), ("x-failover.group=one",))


def test_every_argument_of_the_module_mount_is_one_of_an_entry_without_a_default():
    assert not [name for name, rule in mounts_arguments.ENTRY.items() if "default" in rule]
    assert set(mounts_arguments.ENTRY) - {"path"} <= set(mounts_arguments.ARGUMENTS)


# -- the list as a whole


def test_all_are_mounted_and_a_second_run_has_nothing_to_do(node):
    entries = ["a", {"path": "b", "volume": "web"}, {"path": "none", "fstab": "none"}]
    foretold = node.module(entries, check=True, group="one")
    assert (foretold.changed, node.mounted()) == (True, [])
    done = node.module(entries, group="one")
    assert (done.changed, done.failed, node.mounted()) == (True, (), ["a", "b", "none"])
    assert node.lines() == {"a": "one", "b": "one"}
    assert [entry["mount"]["state"] for entry in done.as_result()["mounts"]] == ["healthy"] * 3
    assert foretold.diff == done.diff
    assert len(done.diff) == 2
    again = node.module(entries, group="one")
    assert (again.changed, again.diff, again.warnings) == (False, [], ())


def test_what_lies_on_another_mount_comes_after_it_whatever_the_order_of_the_list(node):
    node.module(["web/a/b", "x", "web/a", "web"])
    order = [key[len(node.top) + 1 :] for key in node.strands.order[4:]]
    assert order.index("web") < order.index("web/a") < order.index("web/a/b")
    assert node.mounted() == order


def test_one_that_fails_holds_up_no_other_and_the_message_has_a_line_for_it(node):
    node.machine.starts = [mounts_well, exits(107)] + [exits(107)] * 99
    done = node.module(["a", {"path": "b", "timeout_total": 5.0}, {"path": "b/on-it"}], timeout_try=1.0)
    assert node.mounted() == ["a"]
    assert [ended.path[len(node.top) + 1 :] for ended in done.failed] == ["b", "b/on-it"]
    first, second = done.message().split("\n")
    assert first.startswith(f"{node.top}/b: volume web could not be mounted on {node.top}/b in ")
    assert "gfs1: " in first
    assert "gfs3: " in first
    assert second == f"{node.top}/b/on-it was not tried, since {node.top}/b, which it lies on, is not mounted"
    result = done.as_result()["mounts"]
    assert [entry["failed"] for entry in result] == [False, True, True]
    assert result[1]["attempts"]
    assert result[1]["mount"] == {"path": f"{node.top}/b"}
    assert not done.interrupted


def test_what_shall_be_gone_goes_first_the_deepest_first(node):
    node.module(["old", "old/deep"])
    done = node.module([{"path": "old", "state": "absent"}, {"path": "old/deep", "state": "unmounted"}, "new"])
    assert node.strands.order[3:] == [f"{node.top}/{name}" for name in ("old/deep", "old", "new")]
    assert node.mounted() == ["new"]
    assert not done.failed


def test_a_mount_may_take_the_place_of_parts_of_one_that_goes(node):
    node.module(["web"])
    assert not node.module([{"path": "web", "state": "absent"}, "web/a"]).failed
    assert node.mounted() == ["web/a"]


def test_nothing_is_mounted_on_what_should_be_gone_and_stays(node):
    node.module(["web"])
    node.machine.add_user(4711, "writer", f"{node.top}/web")
    done = node.module([{"path": "web", "state": "absent"}, "web/a", "b"])
    assert node.mounted() == ["web", "b"]
    assert done.message().split("\n")[1] == (
        f"{node.top}/web/a was not tried, since {node.top}/web, which it lies on, should be gone first"
    )


def test_two_paths_of_one_place_are_refused_before_anything_is_touched(node):
    (node.machine.parent / "a").mkdir()
    (node.machine.parent / "link").symlink_to(node.machine.parent / "a")
    with pytest.raises(ValueError, match=f"{node.top}/a and {node.top}/link .a link to {node.top}/a. are one mount"):
        node.module(["a", "link"])
    assert node.mounted() == []


def test_where_a_path_leads_cannot_be_found_out_the_others_are_mounted(node):
    node.machine.add_mount(path=f"{node.top}/hung", answers="hung", fstype="nfs4", source="nas:/x")
    done = node.module(["hung/a", "b"])
    assert node.mounted() == ["hung", "b"]
    assert "lies on a mount that gives no answer" in done.message()


def test_the_certificates_of_each_entry_are_its_own(node):
    node.module(["a", {"path": "b", "tls": "false"}])
    assert node.networks == ["auto", "false"]


def test_when_the_process_is_asked_to_end_nothing_more_is_begun(node):
    node.strands.asked = "SIGTERM"
    done = node.module(["a", "b"])
    assert done.interrupted
    assert done.message().split("\n") == [
        f"{node.top}/{name}: interrupted by SIGTERM; what had been begun is undone" for name in "ab"
    ]
    assert node.mounted() == []


def test_one_that_is_given_up_is_told_as_such():
    ended = Ended("/srv/web", error=GivenUp("its time was over"))
    assert ended.line() == "/srv/web: it has not ended long after its time was over, and was left alone"


def test_an_error_of_the_code_is_none_of_a_mount(node):
    node.machine.starts = [lambda *_args: 1 / 0]
    with pytest.raises(ZeroDivisionError):
        node.module(["a"])


# -- exclusive


def test_a_line_is_taken_out_of_the_file_that_it_is_in(node, tmp_path):
    other = tmp_path / "other"
    other.write_text(ROOT_LINE)
    elsewhere = {"fstab_file": str(other)}
    node.module([{"path": "kept", **elsewhere}, {"path": "gone", **elsewhere}], group="one")
    done = node.module([{"path": "kept", **elsewhere}], group="one", exclusive=True)
    assert (done.changed, node.mounted()) == (True, ["kept"])
    assert "/gone " not in other.read_text()


def test_exclusive_takes_away_what_carries_the_group_and_is_not_listed_and_nothing_else(node):
    node.module(["kept", "old", "old/deep", {"path": "none", "fstab": "none"}], group="one")
    node.module(["others", {"path": "others-none", "fstab": "none"}], group="two")
    node.module(["nobodys"])
    before = node.fstab.read_text()
    foretold = node.module(["kept"], group="one", exclusive=True, check=True)
    assert node.fstab.read_text() == before
    assert len(node.mounted()) == 7
    done = node.module(["kept"], group="one", exclusive=True)
    assert sorted(node.mounted()) == ["kept", "nobodys", "others", "others-none"]
    assert sorted(node.lines()) == ["kept", "nobodys", "others"]
    gone = [f"{node.top}/{name}" for name in ("none", "old", "old/deep")]
    assert sorted(done.as_result()["removed"]) == sorted(foretold.as_result()["removed"]) == gone
    assert done.warnings == (f"GlusterFS mounts that are in nobody's list: {node.top}/nobodys",)
    assert any(part["before"] == "mounted\n" and not part["after"] for part in foretold.diff), "what has no line, too"
    assert not node.module(["kept"], group="one", exclusive=True).changed


def test_an_empty_list_takes_away_all_of_its_group(node):
    node.module(["a", "b"], group="one")
    assert node.module([], group="one", exclusive=True).changed
    assert (node.mounted(), node.lines()) == ([], {})


def test_the_guard_stays_on_the_bare_directory_of_what_is_taken_away(node):
    node.module(["a"], group="one", guard=True)
    node.module([], group="one", exclusive=True)
    assert node.machine.guarded == {f"{node.top}/a"}
    assert (node.machine.parent / "a").is_dir()


def test_one_in_use_is_named_and_stays_with_its_line(node):
    node.module(["busy", "idle"], group="one")
    node.machine.add_user(4711, "writer", f"{node.top}/busy")
    done = node.module([], group="one", exclusive=True)
    assert (node.mounted(), list(node.lines())) == (["busy"], ["busy"])
    assert not done.failed
    assert "is in use by writer (4711) and stays mounted" in done.as_result()["kept"][0]["msg"]
    assert f"no longer listed: {node.top}/busy is in use by writer" in done.warnings[0]


def test_what_is_listed_by_a_link_is_not_taken_away(node):
    node.module(["a"], group="one")
    (node.machine.parent / "data").symlink_to(node.machine.parent)
    assert not node.module(["data/a"], group="one", exclusive=True).changed
    assert node.mounted() == ["a"]


def test_what_lies_where_others_mount_is_left_alone(node, monkeypatch):
    node.module(["kubelet/a", "b"], group="one")
    node.machine.add_gluster(("/usr/sbin/glusterfs", "--volfile-server=gfs1", f"{node.top}/kubelet/other"))
    monkeypatch.setattr(mounts, "SPARED", (f"{node.top}/kubelet",))
    done = node.module([], group="one", exclusive=True)
    assert node.mounted() == ["kubelet/a", "kubelet/other"]
    assert done.in_no_list == ()


def test_a_mount_of_somebody_elses_container_is_left_alone(node):
    node.module([{"path": "a", "state": "present"}], group="one")
    path = f"{node.top}/a"
    argv = ("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=web", f"/mounts{path}")
    entry = node.machine.add_mount(path=path, pid=4711)
    node.machine.proc.add(4711, argv, connection=entry.id, namespace="mnt:[7]")
    done = node.module([], group="one", exclusive=True)
    assert node.mounted() == ["a"]
    assert "is mounted by a container of somebody else's (process 4711) and left alone" in done.warnings[0]


def test_a_mount_that_somebody_else_made_in_the_place_of_one_without_a_line_is_not_taken_for_it(node):
    node.module([{"path": "a", "fstab": "none"}], group="one")
    node.module([{"path": "a", "state": "unmounted"}])
    node.machine.add_gluster(("/usr/sbin/glusterfs", "--volfile-server=gfs1", "--volfile-id=web", f"{node.top}/a"))
    done = node.module([], group="one", exclusive=True)
    assert node.mounted() == ["a"]
    assert done.in_no_list == (f"{node.top}/a",)


def test_one_without_a_line_that_has_died_still_carries_its_group(node):
    node.module([{"path": "a", "fstab": "none"}], group="one")
    node.machine.client_dies(node.machine.top(f"{node.top}/a"))
    node.module([], group="one", exclusive=True)
    assert node.mounted() == []


def test_a_list_takes_over_what_was_mounted_without_a_line(node):
    node.module([{"path": "a", "fstab": "none"}])
    assert node.module([{"path": "a", "fstab": "none"}], group="one", check=True).changed
    assert node.module([{"path": "a", "fstab": "none"}], group="one").changed
    assert not node.module([{"path": "a", "fstab": "none"}], group="one").changed
    assert node.module([{"path": "a", "fstab": "none"}], group="two").changed
    assert group.owners((), node.machine.node.host, ()) == {f"{node.top}/a": group.Owner("two")}


def test_a_bind_of_a_listed_mount_is_none_of_its_own(node):
    node.module(["a"], group="one")
    node.machine.bind(node.machine.mounts[0], f"{node.top}/bound")
    assert node.module(["a"], group="one").in_no_list == ()


def test_notes_that_are_none_are_passed_over(node):
    node.module([{"path": "a", "fstab": "none"}], group="one")
    folder = node.machine.node.host.lock_directory
    for name, text in (("x", ""), ("y", "one\n/srv/y\n"), ("z", "one 1 x 3\n/srv/z\n")):
        with open(f"{folder}/{name}.group", "w", encoding="ascii") as file:
            file.write(text)
    assert list(group.owners((), node.machine.node.host, ())) == [f"{node.top}/a"]


# -- containers


def test_the_mount_unit_of_a_container_carries_the_group(tmp_path, node):
    given = options.parse(["x-failover.group=one%"])
    plan = units.Plan(
        node.machine.spec(path="/srv/a b%").__class__(
            **{**node.machine.spec()._asdict(), "path": "/srv/a b%", "options": given}
        ),
        "0" * 64,
    )
    text = units.mount(plan)
    assert units.group_of(text) == ("/srv/a b%", "one%")
    assert units.group_of(units.mount(plan._replace(spec=node.machine.spec()))) is None
    assert units.group_of(text.replace(units.MARK, "# Mine")) is None
    (tmp_path / "a.mount").write_text(text)
    (tmp_path / "b.service").write_text(text)
    owners = group.owners((), node.machine.node.host, (str(tmp_path), "/nowhere"))
    assert owners == {"/srv/a b%": group.Owner("one%")}
