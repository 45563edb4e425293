# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each module for servers as Ansible runs it, on what real glusterds said: in check mode, for real, and once more."""

from __future__ import annotations

import ast
import os
import re
import signal
from pathlib import Path

import pytest
import yaml

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._cluster import options
from ansible_collections.evenkeel.glusterfs.tests.unit import fake_gluster
from ansible_collections.evenkeel.glusterfs.tests.unit.fake_gluster import OK, FakeGluster, ended, recorded, refusal

MODULES = Path(__file__).resolve().parents[4] / "plugins" / "modules"
HOSTS = ["h1", "h2", "h3"]
WEB = [f"{host}:/bricks/web" for host in HOSTS]
RATIO = "cluster.server-quorum-ratio"


@pytest.fixture(params=fake_gluster.VERSIONS, autouse=True)
def version(request):
    """Every test reads what each version of GlusterFS said."""
    fake_gluster.version = request.param


def twice(run, module, arguments, gluster):
    """The answer of the real run. Check mode foretells it and touches nothing; the run after it has nothing to do."""
    foretold = run(module, gluster, arguments, check=True)
    assert (foretold.get("failed"), foretold["changed"], foretold["commands"]) == (None, True, [])
    done = run(module, gluster, arguments)
    assert (done.get("failed"), done["changed"]) == (None, True)
    assert foretold["diff"]["before"] == done["diff"]["before"] != done["diff"]["after"]
    again = run(module, gluster, arguments)
    assert (again.get("failed"), again["changed"], again["commands"]) == (None, False, [])
    assert again["diff"]["before"] == again["diff"]["after"]
    return done


def test_a_pool_is_made_once_as_check_mode_foretells(run):
    alone = recorded("pool-list-alone")
    uuid = re.search(r"<uuid>(.*?)</uuid>\s*<hostname>localhost", recorded("pool-list")).group(1)
    alone = re.sub(r"<uuid>.*?</uuid>", f"<uuid>{uuid}</uuid>", alone)
    gluster = FakeGluster(
        {
            "pool list": [alone, alone, "pool-list"],
            "h2: pool list": "pool-list-h2",
            "h3: pool list": "pool-list-h3",
            "peer probe *": "peer-probe",
        }
    )
    done = twice(run, "trusted_pool", {"hosts": HOSTS}, gluster)
    assert [peer["state"] for peer in done["peers"]] == ["Peer in Cluster"] * 3


def test_a_volume_is_made_once_as_check_mode_foretells(run):
    started = re.sub(r"<statusStr>.*?<", "<statusStr>Started<", recorded("volume-info"))
    gluster = FakeGluster(
        {
            "volume info": ["volume-info-none", "volume-info-none", started],
            "pool list": "pool-list-four",
            "volume create *": "volume-create",
            "volume start web": "volume-start",
            "volume status web": "volume-status",
        }
    )
    arguments = {"name": "web", "state": "started", "replica": 3, "bricks": WEB, "options": {}}
    assert twice(run, "volume", arguments, gluster)["volume"]["status"] == "started"


def test_options_of_the_pool_are_set_once_as_check_mode_foretells(run):
    before = recorded("volume-get-all")
    after = re.sub(rf"(<Option>{RATIO}</Option>\s*<Value>)[^<]*", r"\g<1>77", before)
    gluster = FakeGluster(
        {"pool list": "pool-list", "volume get all all": [before, before, after], "volume set all *": OK}
    )
    assert twice(run, "pool_options", {"options": {RATIO: 77}}, gluster)["options"][RATIO] == "77"


@pytest.mark.parametrize(
    ("module", "arguments", "says"),
    [
        ("volume_info", {}, {"volume info": "volume-info", "volume status all detail": "volume-status-detail"}),
        ("volume_info", {"name": "web", "status": False}, {"volume info": "volume-info"}),
        ("heal_info", {"name": "web"}, {"volume heal web info summary": "heal-summary-clean"}),
        (
            "heal_info",
            {"name": "web", "entries": True},
            {
                "volume heal web info summary": "heal-summary-split",
                "volume heal web info": "heal-info-split",
                "volume heal web info split-brain": "heal-split-brain",
            },
        ),
    ],
)
def test_what_only_asks_changes_nothing_and_answers_alike_each_time(run, module, arguments, says):
    answers = [run(module, FakeGluster(says), arguments, check=check) for check in (True, False, False)]
    assert answers[0] == answers[1] == answers[2]
    assert (answers[0].get("failed"), answers[0]["changed"]) == (None, False)


@pytest.mark.parametrize(
    ("module", "arguments", "message"),
    [
        ("trusted_pool", {"hosts": []}, "hosts is empty"),
        ("volume", {"name": "web", "state": "absent"}, "confirm: web"),
        ("pool_options", {"options": {"quorum": 1}}, "write the whole name"),
        ("volume_info", {"name": "a b"}, "a volume's name has letters"),
        ("heal_info", {"name": "a b"}, "a volume's name has letters"),
    ],
)
def test_bad_input_fails_the_task_before_the_cluster_is_asked(run, module, arguments, message):
    for check in (True, False):
        gluster = FakeGluster({})
        answer = run(module, gluster, arguments, check=check)
        assert answer["failed"]
        assert message in answer["msg"]
        assert gluster.ran == []


NO_QUORUM = refusal("Quorum not met. Volume operation not allowed.")


def test_a_failure_after_a_change_tells_what_was_done(run):
    gluster = FakeGluster(
        {
            "volume info": ["volume-info-none", "volume-info-created"],
            "pool list": "pool-list-four",
            "volume create *": "volume-create",
            "volume start web": NO_QUORUM,
        }
    )
    answer = run("volume", gluster, {"name": "web", "state": "started", "replica": 3, "bricks": WEB})
    assert (answer["failed"], answer["changed"]) == (True, True)
    assert answer["commands"][0].endswith("volume create web replica 3 " + " ".join(WEB))


def test_a_refusal_of_the_first_command_is_no_change(run):
    gluster = FakeGluster(
        {"pool list": "pool-list", "volume get all all": "volume-get-all", "volume set all *": NO_QUORUM}
    )
    answer = run("pool_options", gluster, {"options": {RATIO: 77}})
    assert (answer["failed"], answer["changed"], len(answer["commands"])) == (True, False, 1)


@pytest.mark.parametrize(
    "end", [refusal("Commit failed on h2. Please check log file for details."), ended(1, "Error : Request timed out")]
)
def test_a_command_of_which_nobody_knows_how_far_it_came_counts_as_a_change(run, end):
    gluster = FakeGluster({"pool list": "pool-list", "volume get all all": "volume-get-all", "volume set all *": end})
    answer = run("pool_options", gluster, {"options": {RATIO: 77}})
    assert (answer["failed"], answer["changed"]) == (True, True)


def test_a_run_that_is_asked_to_end_tells_what_it_has_done(run):
    def interrupt():
        os.kill(os.getpid(), signal.SIGTERM)
        return OK

    gluster = FakeGluster(
        {"pool list": "pool-list", "volume get all all": "volume-get-all", "volume set all *": interrupt}
    )
    answer = run("pool_options", gluster, {"options": {RATIO: 77}})
    assert answer["msg"] == "interrupted by SIGTERM; run the task again, which goes on from there"
    assert (answer["failed"], answer["changed"], len(answer["commands"])) == (True, True, 1)


@pytest.mark.parametrize("check", [True, False])
@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("volume", {"name": "web", "state": "started", "replica": 3, "bricks": WEB}),
        ("volume", {"name": "web", "state": "absent", "confirm": "web"}),
        ("volume", {"name": "web", "options": {"network.ping-timeout": 9}}),
        ("pool_options", {"options": {RATIO: 77}}),
    ],
)
def test_a_member_that_hangs_is_named_before_a_change_waits_for_it(run, module, arguments, check):
    there = "volume-info-none" if "bricks" in arguments else "volume-info"
    gluster = FakeGluster({"volume info": there, "volume get all all": "volume-get-all", "pool list": "pool-list"})
    gluster.silent = {"h3"}
    answer = run(module, gluster, arguments, check=check)
    assert "h3 counts as connected and gives no answer, asked twice for 5 s" in answer["msg"]
    assert (answer["failed"], answer["changed"], answer["commands"]) == (True, False, [])
    assert gluster.asked == ["h2", "h3", "h3"]


def test_a_member_that_hangs_during_a_change_is_named_with_the_refusal(run):
    def freeze():
        gluster.silent = {"h3"}
        return ended(1, "Error : Request timed out")

    says = {"volume get all all": "volume-get-all", "volume set all *": freeze, "pool list": "pool-list"}
    gluster = FakeGluster(says)
    answer = run("pool_options", gluster, {"options": {RATIO: 77}})
    assert "Request timed out; " in answer["msg"]
    assert "h3 counts as connected" in answer["msg"]


@pytest.mark.parametrize("value", [51, None])
def test_an_option_of_the_whole_pool_given_to_a_volume_names_the_module_that_sets_it(run, value):
    answer = run("volume", FakeGluster({}), {"name": "web", "options": {RATIO: value}})
    assert answer["msg"].startswith(f"option '{RATIO}': holds for the whole pool and not for a volume; set it by")
    assert "evenkeel.glusterfs.pool_options" in answer["msg"]


def test_all_options_of_the_whole_pool_are_known():
    assert set(re.findall(r"<Option>(.*?)</Option>", recorded("volume-get-all"))) <= options.POOL


@pytest.mark.parametrize("path", sorted(MODULES.glob("[!_]*.py")), ids=lambda path: path.stem)
def test_a_list_or_a_dictionary_can_be_given_as_null(path):
    """ansible-core refuses null where such an option has a default (sanity sees to it that the documentation has the same ones)."""
    documentation = ast.literal_eval(
        re.search(r'^DOCUMENTATION = (r""".*?""")', path.read_text(), re.DOTALL | re.MULTILINE)[1]
    )
    options = yaml.safe_load(documentation).get("options", {})
    assert [
        name for name, option in options.items() if option["type"] in ("list", "dict") and "default" in option
    ] == []
