# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark: the mount module against its alternatives, on the hosts of molecule/failover, all in one run.

Prints tables and bars, writes them to docs/benchmark.md, and fails where a goal is missed.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from contextlib import nullcontext
from pathlib import Path

from ansible_collections.evenkeel.glusterfs.tests.bench.hosts import NODES, OURS, PATH, POSIX, Bench
from ansible_collections.evenkeel.glusterfs.tests.faults.faults import FAULTS
from ansible_collections.evenkeel.glusterfs.tests.lab import PEERS

CUT = 60.0
"""Seconds after which an alternative is given up."""

FIRST_SERVER = (
    "nothing is wrong",
    "connection refused",
    "host drops all packets",
    "no ARP answer",
    "glusterd frozen",
    "accepts, then closes",
    "answers garbage",
    "stale peer does not know the volume",
)
"""The faults of the first server alone, by their names in the table of faults."""


class Page:
    """What is printed, and kept."""

    def __init__(self):
        self.lines = []
        self.missed = []

    def say(self, *lines):
        for line in lines:
            print(line, flush=True)
            self.lines.append(line)

    def table(self, head, rows):
        self.say("", "| " + " | ".join(head) + " |", "|" + "---|" * len(head))
        self.say(*("| " + " | ".join(map(str, row)) + " |" for row in rows), "")

    def bars(self, rows, most=50):
        """Horizontal bars: (label, seconds) each, to one scale."""
        top = max(value for _label, value in rows) or 1
        width = max(len(label) for label, _value in rows)
        self.say("```text")
        self.say(*(f"{label:{width}} {'█' * max(1, round(value / top * most))} {value:.1f} s" for label, value in rows))
        self.say("```")

    def goal(self, what, reached):
        self.say(f"- {'reached' if reached else 'MISSED'}: {what}")
        if not reached:
            self.missed.append(what)


def seconds(value, cut=CUT):
    return f"over {cut:.0f}" if value >= cut else f"{value:.2f}"


def first_server_faults(bench, page, rounds=5):
    """The quickest of some rounds each, in turns, since what else the machine does only ever adds; one round where a mount takes seconds."""
    rows, bars, reached = [], [], []
    for fault in (fault for fault in FAULTS if fault.name in FIRST_SERVER):
        backups = [server for server in PEERS if server != fault.servers[0]]
        empty, direct, ours, theirs = [], [], [], []
        with fault.make(bench.lab):
            for _round in range(rounds):
                empty.append(bench.empty_task())
                direct.append(bench.direct("gfs2"))
                ours.append(bench.one(*bench.ours_task(fault.servers)))
                if max(run.seconds for run in ours) < CUT / 10 or not theirs:
                    theirs.append(bench.one(*bench.posix_task((fault.servers[0], *backups)), cut=CUT))
                if max(direct) > CUT / 10:
                    break
        bench.whole()
        best = min(run.seconds for run in ours)
        other = min(run.seconds for run in theirs)
        goal = 1.1 * min(direct) + 0.5 + min(empty)
        failed = any(run.failed for run in ours)
        reached.append((fault.name, best <= goal and not failed))
        rows.append(
            (
                fault.name,
                f"{best:.2f}{' failed' if failed else ''}",
                f"{seconds(other)}{' failed' if theirs[0].failed else ''}",
                f"{min(direct):.2f}",
                f"{min(empty):.2f}",
                f"{goal:.2f}",
            )
        )
        bars += [(f"{fault.name}: ours", best), (f"{fault.name}: ansible.posix", other)]
    page.say("## The first server fails", "")
    page.say(
        f"Seconds of one task with `ansible`, the best of {rounds}. `ansible.posix.mount` has the other servers as `backup-volfile-servers`.",
        "The direct mount is `mount -t glusterfs` of a good server in the same state, without Ansible; the empty task is a ping.",
    )
    head = ("first server", "evenkeel.glusterfs.mount", "ansible.posix.mount", "direct mount", "empty task", "goal")
    page.table(head, rows)
    page.bars(bars)
    for name, good in reached:
        page.goal(f"{name}: at most 1.1 x the direct mount + 0.5 s + an empty task", good)


def silent_hosts(bench, page, rounds=5):
    """Hosts that say nothing at all, first of those listed, by volumes of each kind: against a direct mount while all is well."""
    direct = min(bench.direct("gfs2") for _round in range(rounds))
    rows, reached = [], []
    for fault in (fault for fault in FAULTS if fault.cut_off):
        with fault.make(bench.lab):
            ran = [
                bench.one(*bench.ours_task(fault.servers, fault.arguments.get("volume", "web")))
                for _round in range(rounds)
            ]
            empty = min(bench.empty_task() for _round in range(rounds))
        bench.whole()
        best = min(run.seconds for run in ran)
        goal = 1.1 * direct + 1.5 + empty
        reached.append((fault.name, best <= goal and not any(run.failed for run in ran)))
        rows.append((fault.name, f"{best:.2f}", f"{empty:.2f}", f"{goal:.2f}"))
    page.say("", "## Silent hosts", "")
    page.say(
        f"Seconds of one task with `ansible`, the best of {rounds}, while a host, the first one listed, says nothing at all. A direct mount of a good server",
        f"takes {direct:.2f} s while all is well.",
    )
    page.table(("silent", OURS, "empty task", "goal"), rows)
    for name, good in reached:
        page.goal(f"{name}: at most 1.1 x a healthy direct mount + 1.5 s + an empty task", good)


def nothing_to_do(bench, page, rounds=10, mounts=10):
    """One mount in a run of its own, and a play of many in turns; the best of them, since what else the machine does only ever adds."""
    tasks = {OURS: bench.ours_task(PEERS), POSIX: bench.posix_task(PEERS)}
    alone, each = {}, {}
    for name, task in tasks.items():
        bench.task(*task)
        alone[name] = min(bench.again(*task) for _round in range(rounds))
        bench.unmount()
    empty = min(bench.empty_task() for _round in range(rounds))
    look = {"ansible.builtin.command": {"argv": ["timeout", "5", "stat", "--file-system", PATH]}, "changed_when": False}
    plays = {OURS: [{OURS: tasks[OURS][1]}], POSIX: [{POSIX: tasks[POSIX][1]}, look]}
    looking = {}
    for name, play in plays.items():
        bench.task(*tasks[name])
        looking[name] = min(bench.tasks(*play) for _round in range(rounds))
        bench.unmount()
    paths = {name: [f"{PATH}-{name}-{number}" for number in range(mounts)] for name in tasks}
    for name, task in tasks.items():
        bench.play(*task, paths[name])
    for _round in range(rounds // 2):
        for name, task in tasks.items():
            each[name] = min(each.get(name, CUT), bench.play(*task, paths[name], changed=0) / mounts)
    for name, (module, _arguments) in tasks.items():
        bench.play(module, {"state": "absent"}, paths[name])
    page.say("", "## Nothing to do", "")
    page.say(
        "Seconds of a second run, the best of some: one mount by `ansible`, and a loop over many by `ansible-playbook`, divided by their number.",
        "In each run Ansible first puts the module and all that it imports together, once for all nodes and mounts. ansible.posix.mount reads fstab and the",
        "mount table, which costs no more than a task that does nothing; evenkeel.glusterfs.mount also looks at the mount, through a child process, and asks",
        "a server whether it is the same cluster's.",
    )
    head = ("second run", "one mount", f"each of {mounts} on {len(NODES)} nodes")
    rows = [(name, f"{alone[name]:.2f}", f"{each[name]:.2f}") for name in tasks]
    looked = (f"{POSIX}, then a command that looks at the mount within 5 s", f"{looking[POSIX]:.2f}", "")
    page.table(head, [*rows, looked, ("an empty task", f"{empty:.2f}", "")])
    page.say(f"The row with a command is a play of two tasks; one of ours alone takes {looking[OURS]:.2f} s as a play.")
    page.goal(
        "one mount: at most 1.25 x ansible.posix.mount, which looks at nothing", alone[OURS] <= 1.25 * alone[POSIX]
    )


def many_mounts(bench, page, count=10, rounds=5):
    """Ten mounts in one task: made while a server drops all packets, and with nothing to do; the best of some rounds."""
    paths = [f"{PATH}-{number}" for number in range(count)]
    one, many = bench.ours_many(PEERS, paths[:1]), bench.ours_many(PEERS, paths)
    fault = next(fault for fault in FAULTS if fault.name == "host drops all packets")
    seconds = {1: CUT, count: CUT}
    with fault.make(bench.lab):
        for _round in range(rounds):
            for number, task in ((1, one), (count, many)):
                seconds[number] = min(seconds[number], bench.tasks(task, changed=1))
                bench.tasks(bench.ours_many(PEERS, paths[:number], "absent"), changed=1)
    bench.whole()
    empty, ours, theirs = CUT, CUT, CUT
    ping = {"ansible.builtin.ping": {}}
    _module, arguments = bench.posix_task(PEERS)
    loop = {POSIX: {**arguments, "path": "{{ item }}"}, "loop": [f"{path}-posix" for path in paths]}
    bench.tasks(many, changed=1)
    bench.tasks(loop, changed=1)
    for _round in range(rounds):
        empty = min(empty, bench.tasks(ping))
        ours = min(ours, bench.tasks(many))
        theirs = min(theirs, bench.tasks(loop))
    bench.tasks({**loop, POSIX: {**loop[POSIX], "state": "absent"}}, changed=1)
    bench.tasks(bench.ours_many(PEERS, paths, "absent"), changed=1)
    page.say("", f"## {count} mounts of one node", "")
    page.say(f"Seconds of a play with one task on one node, the best of {rounds}; `ansible.posix.mount` in a loop.", "")
    page.table(
        ("play", "seconds"),
        [
            ("one mount made while the first server drops all packets", f"{seconds[1]:.2f}"),
            (f"{count} mounts made by evenkeel.glusterfs.mounts meanwhile", f"{seconds[count]:.2f}"),
            ("an empty task", f"{empty:.2f}"),
            (f"{count} mounts with nothing to do, evenkeel.glusterfs.mounts", f"{ours:.2f}"),
            (f"{count} mounts with nothing to do, a loop of ansible.posix.mount", f"{theirs:.2f}"),
        ],
    )
    page.goal(f"{count} mounts while a server drops all: at most 1.5 x one", seconds[count] <= 1.5 * seconds[1])
    page.goal(f"{count} mounts with nothing to do: at most an empty task + 0.5 s", ours <= empty + 0.5)
    page.goal(f"{count} mounts with nothing to do: at most 0.35 x the loop", ours <= 0.35 * theirs)


def looks(bench, page, count=50, hung=10, rounds=3):
    """How long it takes to be told how many mounts are, of which some hang; the best of some rounds."""
    paths = [f"{PATH}-{number}" for number in range(count)]
    bench.tasks({"evenkeel.glusterfs.mount_helper": {}}, bench.ours_many(PEERS, paths), changed=None)
    info = {"evenkeel.glusterfs.mount_info": {}}
    for path in paths[:hung]:
        bench.node.signal("STOP", f"glusterfs .*{path}$")
    try:
        told = min(bench.tasks(info) for _round in range(rounds))
        status, said = min(bench.on_node("gluster-failover", "status") for _round in range(rounds))
        assert (said.count("  hung  "), said.count("  healthy  ")) == (hung, count - hung), said
    finally:
        bench.node.signal("CONT", f"glusterfs .*{PATH}-")
    bench.tasks(bench.ours_many(PEERS, paths, "absent"), changed=1)
    page.say("", f"## {count} mounts, of which {hung} hang", "")
    rows = [("a play with mount_info", f"{told:.2f}"), ("gluster-failover status", f"{status:.2f}")]
    page.table(("told by", f"seconds, the best of {rounds}"), rows)
    page.goal("status and mount_info: at most 7 s", max(told, status) <= 7)


def many_servers(bench, page):
    rows, constant, found = [], [], []
    silent = [f"10.255.255.{number}" for number in range(1, 100)]
    for count in (1, 10, 100):
        healthy = bench.storm(1, ["gfs1", *silent[: count - 1]], order="listed")[0]
        with bench.silenced("10.255.255.0/24"):
            last = bench.storm(1, [*silent[: count - 1], "gfs1"], order="listed")[0]
        constant.append(healthy["getspecs"])
        found.append(not last["error"] and last["seconds"] < 3.5)
        rows.append(
            (count, healthy["getspecs"], f"{healthy['seconds']:.2f}", last["getspecs"], f"{last['seconds']:.2f}")
        )
    page.say("", "## Many servers", "")
    page.table(
        ("servers listed", "probes, first healthy", "seconds", "probes, all silent but the last", "seconds"), rows
    )
    page.goal("one probe while the first server is healthy, however many are listed", constant == [1, 1, 1])
    page.goal("the one living server of a hundred is found and mounted within 3.5 s", all(found))


def overload(bench, page, clients=40):
    rows = []
    for quota in (None, 0.1, 0.05, 0.03):
        with bench.cpus(quota) if quota else nullcontext():
            ended = bench.storm(clients, PEERS)
        bench.unmount_all()
        answers = [seconds for entry in ended for seconds in entry["answers"]]
        rows.append(
            (
                f"{quota:g}" if quota else "all",
                f"{statistics.median(answers):.3f}",
                f"{statistics.mean(entry['getspecs'] for entry in ended):.2f}",
                sum(bool(entry["error"]) for entry in ended),
                f"{max(entry['seconds'] for entry in ended):.1f}",
            )
        )
    page.say("", f"## Overload: {clients} clients at once, servers short of CPU", "")
    page.table(
        ("CPUs a busy server", "answer to GETSPEC, median s", "probes a mount", "mounts failed", "slowest mount, s"),
        rows,
    )
    # Not at each quota: the scheduler bundles what a starved server does, and its median may fall again with less CPU.
    page.goal("with one of the quotas answers take over 250 ms", any(float(row[1]) > 0.25 for row in rows[1:]))
    page.goal("at most 2 probes a mount in the mean", all(float(row[2]) <= 2 for row in rows))
    page.goal("no mount fails", not any(row[3] for row in rows))


def spread(bench, page, clients=30):
    rows = []
    for order in ("random", "listed"):
        ended = bench.storm(clients, PEERS, order=order)
        rows.append((order, "all well", bench.connections()))
        assert not any(entry["error"] for entry in ended), ended
        bench.unmount_all()
    gfs1 = bench.lab.host("gfs1")
    gfs1.run("systemctl", "stop", "glusterd")
    try:
        for order in ("random", "listed"):
            bench.storm(clients, PEERS, order=order)
            rows.append((order, "gfs1 lost", bench.connections()))
            bench.unmount_all()
    finally:
        gfs1.run("systemctl", "start", "glusterd")
    bench.whole()
    page.say(
        "", f"## Spread: {clients} clients, 3 servers", "", "Management connections, counted on the servers by `ss`."
    )
    page.table(("order", "state", *PEERS), [(order, state, *counts) for order, state, counts in rows])
    page.goal("random: the busiest of three has at most 1.8 times the mean", max(rows[0][2]) <= 1.8 * clients / 3)
    page.goal("random, one lost: each of the other two has a quarter or more", min(rows[2][2][1:]) >= clients / 4)


SECTIONS = (
    first_server_faults,
    silent_hosts,
    nothing_to_do,
    many_mounts,
    looks,
    many_servers,
    overload,
    spread,
)


def machine():
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        "?",
    )
    return f"{os.cpu_count()} x {model}, Linux {platform.release().partition('-')[0]}"


def main():
    page = Page()
    wanted = sys.argv[1:] or [section.__name__ for section in SECTIONS]
    bench = Bench()
    page.say(
        "# Benchmark",
        "",
        "The last run of `make bench`: real GlusterFS servers and nodes in containers, all on one machine.",
    )
    page.say("", f"{time.strftime('%Y-%m-%d')}, {machine()}, {bench.version()}.", "")
    for section in SECTIONS:
        if section.__name__ in wanted:
            section(bench, page)
    if len(wanted) == len(SECTIONS):
        Path("docs/benchmark.md").write_text("\n".join(page.lines) + "\n", encoding="utf-8")
    if page.missed:
        sys.exit("\nmissed:\n  " + "\n  ".join(page.missed))


main()
