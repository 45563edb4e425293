# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records what a real gluster says, into tests/unit/fixtures/xml: `lab/hosts record 1200 python -m tests.record`, with EVENKEEL_DEBIAN for another release.

Hosts, their UUIDs and addresses are given the names that the recordings of every version have, so that one test reads them all.
"""

from __future__ import annotations

import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.etree import ElementTree

from ansible_collections.evenkeel.glusterfs.tests.lab import eventually, from_environment

FIXTURES = Path(__file__).resolve().parents[1] / "unit" / "fixtures" / "xml"
HOSTS = {"gfs1": "h1", "gfs2": "h2", "gfs3": "h3", "stranger": "h4", "node1": "h5"}
UUIDS = {
    "gfs1": "33e46030-c74c-4c62-adab-c8fac291572f",
    "gfs2": "0591b2bd-41e6-4fc2-8aae-1e80003beae9",
    "gfs3": "75b934f3-8a69-47f9-9550-4598927beed9",
    "stranger": "dc480527-d864-4970-b9f3-5a0d6d276ec9",
}
ADDRESSES = {"gfs1": "10.89.1.18", "gfs2": "10.89.1.19", "gfs3": "10.89.1.20", "node1": "10.89.1.21"}
OPTIONS = (
    "cluster.quorum-type",
    "performance.cache-size",
    "network.ping-timeout",
    "auth.allow",
    "auth.reject",
    "performance.quick-read",
    "features.shard",
)
"""Those of the documented ones that are kept: the whole list is long, and the GPL's."""

MOUNT = "/mnt/recorded"


class Recorder:
    def __init__(self, lab):
        self.lab = lab
        self.first = lab.host("gfs1")
        version = re.search(r"glusterfs (\d+\.\d+)", self.first.run("gluster", "--version")).group(1)
        self.folder = FIXTURES / version
        self.folder.mkdir(parents=True, exist_ok=True)
        self.real = {}

    def fresh(self):
        """Every glusterd alone, without volumes, its files gone."""
        for name in HOSTS:
            host = self.lab.host(name)
            host.run(
                "sh",
                "-c",
                "umount -l /mnt/recorded; pkill -KILL gluster; rm -rf /var/lib/glusterd/vols /var/lib/glusterd/peers /bricks/*",
                check=False,
            )
            host.run("glusterd")
        for name in UUIDS:
            eventually(lambda name=name: "<uuid>" in self.ask(name, "pool", "list"), 30, "glusterd is up")
            self.real[name] = re.search(r"<uuid>(.*?)</uuid>", self.ask(name, "pool", "list")).group(1)

    def ask(self, name, *words):
        return self.lab.host(name).run("gluster", "--mode=script", "--xml", *words, check=False, timeout=150)

    def neutral(self, text):
        for name, uuid in self.real.items():
            text = text.replace(uuid, UUIDS[name])
        for name, address in ADDRESSES.items():
            text = text.replace(self.address(name), address)
        for name, known in HOSTS.items():
            text = text.replace(name, known)
        return text

    def address(self, name):
        return self.lab.host(name).run("hostname", "--ip-address").split()[0]

    def keep(self, fixture, text):
        (self.folder / fixture).write_text(self.neutral(text))

    def record(self, fixture, *words, on="gfs1"):
        text = self.ask(on, *words)
        ElementTree.fromstring(text)
        self.keep(f"{fixture}.xml", text)
        return text

    def do(self, *words):
        text = self.ask("gfs1", *words)
        assert "<opRet>0<" in text, f"{words}: {text}"
        return text

    def connected(self, count):
        eventually(
            lambda: (
                self.ask("gfs1", "pool", "list").count("<connected>1") == count
                and self.ask("gfs1", "pool", "list").count("Peer in Cluster") == count - 1
            ),
            60,
            "the pool is whole",
        )

    def pool(self):
        self.record("pool-list-alone", "pool", "list")
        self.lab.host("stranger").run("gluster", "peer", "probe", "node1")
        self.record("peer-probe-other-cluster", "peer", "probe", "stranger")
        self.lab.host("stranger").run("gluster", "--mode=script", "peer", "detach", "node1")
        self.record("peer-probe", "peer", "probe", "gfs2")
        self.connected(2)
        self.do("peer", "probe", "gfs3")
        self.connected(3)
        self.record("peer-probe-known", "peer", "probe", "gfs2")
        self.record("peer-probe-unreachable", "peer", "probe", "h9")
        self.record("peer-detach-unknown", "peer", "detach", "stranger")
        self.record("pool-list", "pool", "list")
        self.record("pool-list-h2", "pool", "list", on="gfs2")
        self.record("pool-list-h3", "pool", "list", on="gfs3")
        self.record("volume-info-none", "volume", "info")
        self.do("peer", "probe", "stranger")
        self.connected(4)
        self.record("pool-list-four", "pool", "list")
        self.record("peer-detach", "peer", "detach", "stranger")
        self.do("peer", "probe", "stranger")
        self.connected(4)
        self.lab.host("stranger").signal("KILL", "glusterd")
        eventually(lambda: self.ask("gfs1", "pool", "list").count("<connected>1") == 3, 90, "the fourth is away")
        self.record("peer-detach-down", "peer", "detach", "stranger", "force")

    def volumes(self):
        bricks = [f"{name}:/bricks/web" for name in ("gfs1", "gfs2", "gfs3")]
        self.record("volume-create", "volume", "create", "web", "replica", "3", *bricks)
        self.do("volume", "set", "web", "network.ping-timeout", "32")
        self.record("volume-info", "volume", "info")
        self.record("volume-create-not-peer", "volume", "create", "other", "h9:/bricks/x")
        self.record("volume-create-taken", "volume", "create", "other", "gfs1:/bricks/web/x")
        self.record("peer-detach-bricks", "peer", "detach", "gfs2")
        self.record("volume-status-stopped", "volume", "status", "web")
        self.record("heal-info-stopped", "volume", "heal", "web", "info")
        self.record(
            "volume-set",
            "volume",
            "set",
            "web",
            "user.note",
            "a b",
            "auth.allow",
            "10.*,127.0.0.1",
            "network.ping-timeout",
            "20",
        )
        self.record("volume-info-created", "volume", "info")
        self.record("volume-set-invalid", "volume", "set", "web", "cluster.quorum-type", "junk")
        self.record("volume-set-unknown", "volume", "set", "web", "performance.foo", "1")
        self.do("volume", "set", "all", "cluster.server-quorum-ratio", "60")
        self.record("volume-get-all", "volume", "get", "all", "all")
        self.do("volume", "reset", "all", "cluster.server-quorum-ratio")
        self.record("volume-get", "volume", "get", "web", "features.shard")
        self.record("volume-get-unknown", "volume", "get", "web", "cluster.nonsense")
        self.record("volume-start", "volume", "start", "web")
        self.record("tasks-none", "volume", "status", "web", "tasks")
        self.record("volume-status", "volume", "status", "web")
        self.record("volume-status-detail", "volume", "status", "web", "detail")
        self.mount("web")
        self.record("volume-status-clients", "volume", "status", "web", "clients")
        self.lab.node.run("umount", MOUNT)
        help_text = ElementTree.fromstring(self.ask("gfs1", "volume", "set", "help-xml"))
        for option in list(help_text):
            if option.findtext("name") not in OPTIONS:
                help_text.remove(option)
        self.keep(
            "volume-set-help.xml",
            '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
            + ElementTree.tostring(help_text, encoding="unicode")
            + "\n",
        )
        self.busy()

    def busy(self):
        """Two at once, until one is refused."""
        same = ("volume", "set", "web", "network.ping-timeout", "20")
        with ThreadPoolExecutor() as threads:
            for _try in range(50):
                said = list(threads.map(lambda _one: self.ask("gfs1", *same), range(3)))
                refused = [text for text in said if "ransaction" in text]
                if refused:
                    self.keep("busy.xml", refused[0])
                    return
        raise AssertionError("glusterd was never busy")

    def migrations(self):
        self.do(
            "volume",
            "create",
            "arb",
            "replica",
            "3",
            "arbiter",
            "1",
            *(f"{name}:/bricks/arb" for name in ("gfs1", "gfs2", "gfs3")),
        )
        self.do(
            "volume",
            "create",
            "disp",
            "disperse",
            "3",
            "redundancy",
            "1",
            *(f"{name}:/bricks/disp" for name in ("gfs1", "gfs2", "gfs3")),
        )
        self.do("volume", "create", "dist", "gfs1:/bricks/d1")
        self.do("volume", "start", "dist")
        self.mount("dist")
        node = self.lab.node
        node.python(f"for n in range(400): open(f'{MOUNT}/{{n}}', 'w').write('x' * (n % 16))")
        self.record("add-brick", "volume", "add-brick", "dist", "gfs2:/bricks/d2")
        self.record("volume-info-all", "volume", "info")
        self.record("rebalance-start", "volume", "rebalance", "dist", "start")
        self.follow("rebalance", "rebalance", ("volume", "rebalance", "dist", "status"))
        self.keep("dist.vol", self.first.run("gluster", "--mode=script", "system::", "getspec", "dist"))
        text = (self.folder / "dist.vol").read_text()
        text = re.sub(r"option password \S+", "option password secret", text)
        (self.folder / "dist.vol").write_text(re.sub(r"option username \S+", "option username web", text))
        remove = ("volume", "remove-brick", "dist", "gfs2:/bricks/d2")
        self.record("remove-start", *remove, "start")
        self.follow("remove", "remove", (*remove, "status"))
        self.record("remove-commit", *remove, "commit")
        node.run("umount", "-l", MOUNT)

    def follow(self, fixture, tasks, status):
        for suffix in ("running", "done"):
            wanted = "in progress" if suffix == "running" else "completed"
            for _try in range(600):
                text = self.ask("gfs1", *status)
                task = self.ask("gfs1", "volume", "status", "dist", "tasks")
                aggregate = text.partition("<aggregate>")[2]
                if wanted in aggregate or "completed" in aggregate:
                    break
            else:
                raise AssertionError(text)
            if wanted not in text:
                print(f"{fixture}-{suffix} went by too fast", file=sys.stderr)
                continue
            self.keep(f"{fixture}-{suffix}.xml", text)
            name = f"tasks-{tasks}-running" if suffix == "running" else f"tasks-{tasks}"
            self.keep(f"{name}.xml", task)

    def mount(self, volume):
        self.lab.node.run("mkdir", "-p", MOUNT)
        self.lab.node.run(
            "glusterfs",
            "--volfile-server=gfs1",
            f"--volfile-id={volume}",
            "--entry-timeout=0",
            "--attribute-timeout=0",
            MOUNT,
        )
        eventually(lambda: MOUNT in self.lab.node.run("cat", "/proc/mounts"), 20, "mounted")

    def heals(self):
        for name, value in {
            "cluster.quorum-type": "none",
            "cluster.self-heal-daemon": "off",
            "cluster.data-self-heal": "off",
            "cluster.metadata-self-heal": "off",
            "cluster.entry-self-heal": "off",
        }.items():
            self.do("volume", "set", "web", name, value)
        self.do("volume", "set", "web", "auth.allow", "*")
        self.mount("web")
        node = self.lab.node
        node.python(
            f"import os; os.mkdir('{MOUNT}/d'); open('{MOUNT}/sb', 'w').write('1'); open('{MOUNT}/gone', 'w').write('1')"
        )
        self.do("volume", "heal", "web", "info")
        self.record("heal-summary-clean", "volume", "heal", "web", "info", "summary")
        self.kill("gfs3")
        node.python(
            f"import os; os.mkdir('{MOUNT}/dir2'); open('{MOUNT}/dir2/y', 'w').write('1'); open('{MOUNT}/new', 'w').write('1')\n"
            f"open('{MOUNT}/d/\u00fc <a>&b', 'w').write('1'); open('{MOUNT}/gone', 'w').write('2')"
        )
        time.sleep(2)
        self.record("volume-status-down", "volume", "status", "web")
        self.record("heal-info-down", "volume", "heal", "web", "info")
        self.record("heal-summary-down", "volume", "heal", "web", "info", "summary")
        node.python(f"open('{MOUNT}/sb', 'w').write('without the third')")
        self.all_up()
        self.kill("gfs1")
        self.kill("gfs2")
        node.python(f"open('{MOUNT}/sb', 'w').write('the third alone'); open('{MOUNT}/third', 'w').write('1')")
        node.run("umount", "-l", MOUNT)
        self.all_up()
        time.sleep(3)
        self.record("heal-info-split", "volume", "heal", "web", "info")
        self.record("heal-summary-split", "volume", "heal", "web", "info", "summary")
        self.record("heal-split-brain", "volume", "heal", "web", "info", "split-brain")

    def kill(self, name):
        self.lab.host(name).signal("KILL", "glusterfsd.*bricks-web")
        time.sleep(3)

    def all_up(self):
        self.do("volume", "start", "web", "force")
        eventually(
            lambda: (
                len(
                    re.findall(
                        r"<path>/bricks/web</path>.*?<status>1<", self.ask("gfs1", "volume", "status", "web"), re.DOTALL
                    )
                )
                == 3
            ),
            60,
            "bricks up",
        )
        # The client comes back every three seconds.
        time.sleep(6)

    def down(self):
        self.lab.host("gfs3").signal("KILL", "glusterd( |$)")
        eventually(lambda: self.ask("gfs1", "pool", "list").count("<connected>1") == 2, 90, "the third is away")
        self.record("pool-list-h3-down", "pool", "list")


def main():
    recorder = Recorder(from_environment())
    recorder.fresh()
    recorder.pool()
    recorder.volumes()
    recorder.migrations()
    recorder.heals()
    recorder.down()
    print(f"recorded in {recorder.folder}: {len(list(recorder.folder.iterdir()))} files")


main()
