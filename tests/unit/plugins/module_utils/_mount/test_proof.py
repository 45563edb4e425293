# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import errno
import gc
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.process import Completed, child, run
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.stuck import Stuck
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._mount import proof
from ansible_collections.evenkeel.glusterfs.tests.unit.fakes import FakeProc

VOLFILE = (Path(__file__).resolve().parents[3] / "fixtures" / "volfiles" / "replica3.vol").read_text()
PATH = "/srv/web"
TIMEOUT = 30.0
GRAPH = [VOLFILE, ["replica3-client-0", "replica3-client-2"]]


MOUNT = 7
REACHED = ("reach", 0, MOUNT)


def answers(*steps, rc=0, stderr="", reached=REACHED, left=0):
    """A run whose child answers these steps, each (step, errno, answer), after it has reached the mount where it looks at one."""

    def child(argv, timeout):
        first = [reached] if argv[-2] == "mount" and reached else []
        lines = "".join(ascii(step) + "\n" for step in [*first, *steps])
        return Completed(tuple(argv), rc, lines, stderr, timeout if rc is None else 0.02, left)

    return child


def mounted(directory, *, volfile=VOLFILE, private=("connected = 1", "connected = 0", "connected = 1")):
    """Lay the files of a mount's .meta into a directory."""
    active = directory / ".meta" / "graphs" / "active"
    for number, text in enumerate(private):
        folder = active / f"replica3-client-{number}"
        folder.mkdir(parents=True)
        (folder / "type").write_text("protocol/client\n")
        (folder / "private").write_text(f"fd.0.remote_fd = 0\n{text}\ntotal_bytes_read = 9\n")
    (active / "replica3-dht").mkdir()
    (active / "volfile").write_text(volfile)
    return str(directory)


# -- a look at a mount


def test_a_living_mount_answers():
    look = proof.check_mount("/proc", TIMEOUT, run)  # its root has the inode number of a FUSE mount's
    assert look.answers
    assert look.why() == "the mount answers"
    assert look.volfile is None, "it is no Gluster volume"


def test_a_directory_with_nothing_mounted_is_no_proof(tmp_path):
    look = proof.check_mount(str(tmp_path), TIMEOUT, run)
    assert not look.answers
    assert look.why() == f"inode {tmp_path.stat().st_ino} is not the root of a mount"


def test_a_path_that_is_gone_is_no_proof(tmp_path):
    look = proof.check_mount(f"{tmp_path}/gone", TIMEOUT, run)
    assert (look.answers, look.errno) == (False, errno.ENOENT)


def test_the_mounts_own_graph_says_which_bricks_are_connected(tmp_path):
    look = proof.check_mount(mounted(tmp_path), TIMEOUT, run)
    assert [brick.host for brick in look.volfile.bricks] == ["gfs1", "gfs2", "gfs3"]
    assert look.up == {"replica3-client-0", "replica3-client-2"}


def test_a_volfile_that_is_not_utf8_is_read_all_the_same(tmp_path):
    path = mounted(tmp_path)
    with open(f"{path}/.meta/graphs/active/volfile", "ab") as file:
        file.write(b"# gr\xf6\xdfe\n")
    assert len(proof.check_mount(path, TIMEOUT, run).volfile.bricks) == 3


def test_a_brick_that_was_connected_once_does_not_count(tmp_path):
    look = proof.check_mount(mounted(tmp_path, private=["connected = 10", "was connected = 1"]), TIMEOUT, run)
    assert look.up == frozenset()


def test_a_mount_point_with_a_blank_a_quote_and_bytes_that_are_no_text_is_looked_at(tmp_path):
    directory = tmp_path / "it's a \udcff \u00fc"
    directory.mkdir()
    assert proof.check_mount(mounted(directory), TIMEOUT, run).up


def test_a_name_that_is_no_text_in_the_volume_does_not_break_the_proof(tmp_path):
    (tmp_path / "\udcff").touch()
    assert not proof.check_mount(str(tmp_path), TIMEOUT, run).errno


def test_the_graph_of_a_volume_of_thousands_of_bricks_is_read(tmp_path):
    bricks = "".join(
        f"volume big-client-{number}\n    type protocol/client\n    option remote-host gfs{number}\n"
        f"    option remote-subvolume /bricks/big\n" + "    option send-gids true\n" * 20 + "end-volume\n"
        for number in range(2500)
    )
    look = proof.check_mount(mounted(tmp_path, volfile=bricks), TIMEOUT, run)
    assert len(look.volfile.bricks) == 2500


def test_a_mount_that_hangs_is_given_up_and_says_where():
    look = proof.check_mount(PATH, 5.0, answers(("statvfs", 0, 100), ("stat", 0, 1), rc=None))
    assert (look.hung, look.answers) == ("entry", False)
    assert look.why() == "entry on the mount gives no answer"


def test_a_mount_that_hangs_at_once_has_said_nothing():
    look = proof.check_mount(PATH, 5.0, answers(rc=None))
    assert (look.hung, look.inode) == ("statvfs", None)


def test_the_look_gets_its_time_limit_and_needs_no_path_nor_site_packages():
    seen = []

    def child(argv, timeout):
        seen.append((argv[:3], timeout))
        return answers(rc=None)(argv, timeout)

    proof.check_mount(PATH, 5.0, child)
    assert seen == [((sys.executable, "-I", "-S"), 5.0)]


def test_a_dead_mount_is_told_by_its_error_even_where_stat_answers_from_the_cache():
    dead = errno.ENOTCONN
    look = proof.check_mount(
        PATH, 5.0, answers(("statvfs", dead, None), ("stat", 0, 1), ("entry", dead, None), ("graph", dead, None))
    )
    assert (look.answers, look.errno) == (False, dead)
    assert look.why() == "the mount answers ENOTCONN: Transport endpoint is not connected"


def test_a_private_root_under_root_squash_is_a_healthy_mount():
    look = proof.check_mount(
        PATH, 5.0, answers(("statvfs", 0, 9), ("stat", 0, 1), ("entry", errno.EACCES, None), ("graph", 0, GRAPH))
    )
    assert look.answers
    assert len(look.up) == 2


def test_an_unknown_error_number_is_still_a_message():
    look = proof.check_mount(
        PATH, 5.0, answers(("statvfs", 9999, None), ("stat", 0, 1), ("entry", 0, None), ("graph", 0, None))
    )
    assert look.why().startswith("the mount answers ?")


def test_a_mount_that_does_not_show_its_graph_is_not_dead():
    look = proof.check_mount(
        PATH, 5.0, answers(("statvfs", 0, 9), ("stat", 0, 1), ("entry", 0, None), ("graph", errno.ENOENT, None))
    )
    assert (look.answers, look.volfile, look.up) == (True, None, frozenset())


def test_an_answer_that_was_cut_short_is_an_error_and_shows_nothing_of_the_volfile():
    """As where the file system of temporary files is full. A volfile may have a password in it."""

    def child(argv, timeout):
        stdout = (
            "('reach', 0, 7)\n('statvfs', 0, 9)\n('stat', 0, 1)\n('entry', 0, 'a')\n('graph', 0, ['option password s3cr"
        )
        return Completed(tuple(argv), 1, stdout, "OSError: [Errno 28] No space left on device\n", 0.02)

    with pytest.raises(OSError, match="looking at /srv/web failed: OSError: .* No space left") as raised:
        proof.check_mount(PATH, 5.0, child)
    assert "s3cr" not in str(raised.value)


def test_a_look_that_could_not_be_made_is_not_taken_for_a_hung_mount():
    with pytest.raises(OSError, match="looking at /srv/web failed: MemoryError"):
        proof.check_mount(PATH, 5.0, answers(("statvfs", 0, 9), rc=1, stderr="Traceback\nMemoryError\n"))


# -- a look at a place to mount on


def test_a_directory_can_be_mounted_on(tmp_path):
    assert proof.place(str(tmp_path), TIMEOUT, run) == proof.Place(str(tmp_path), "directory", False)


def test_a_mount_point_behind_a_symbolic_link_is_where_the_link_leads(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert proof.place(f"{tmp_path}/link/web", TIMEOUT, run) == proof.Place(f"{tmp_path}/real/web", "missing", False)


def test_links_are_followed_as_the_kernel_does(tmp_path):
    os.makedirs(tmp_path / "a" / "b \udcff")
    (tmp_path / "absolute").symlink_to(tmp_path / "a")
    (tmp_path / "a" / "up").symlink_to("../absolute/./b \udcff")
    (tmp_path / "two").symlink_to("absolute/up/..")
    (tmp_path / "dangling").symlink_to("nowhere/at/all")
    for path in ("absolute/up/web", "two/up", "two/../two", "dangling/web", "a//up/../up", "../.."):
        assert proof.place(f"{tmp_path}/{path}", TIMEOUT, run).real == os.path.realpath(tmp_path / path), path


def test_links_in_a_circle_lead_nowhere(tmp_path):
    (tmp_path / "circle").symlink_to("circle")
    place = proof.place(f"{tmp_path}/circle", TIMEOUT, run)
    assert (place.real, place.kind) == (f"{tmp_path}/circle", "other")


def test_a_file_is_no_directory(tmp_path):
    (tmp_path / "file").touch()
    assert proof.place(f"{tmp_path}/file", TIMEOUT, run).kind == "other"


def test_a_directory_that_is_to_be_made_in_a_brick_is_told():
    place = proof.place("/b/web", 5.0, answers(("real", 0, "/b/web"), ("kind", errno.ENOENT, None), ("brick", 0, True)))
    assert place == proof.Place("/b/web", "missing", True)


def test_a_file_system_without_extended_attributes_has_no_bricks():
    place = proof.place(PATH, 5.0, answers(("real", 0, PATH), ("kind", 0, "directory"), ("brick", errno.ENOTSUP, None)))
    assert place == proof.Place(PATH, "directory", False)


def test_a_place_below_a_hung_mount_is_given_up():
    assert proof.place(PATH, 5.0, answers(rc=None)) == proof.Place("", "hung", False)


def test_where_a_hung_mount_is_can_be_known_all_the_same():
    assert proof.place("/data/web", 5.0, answers(("real", 0, PATH), rc=None)) == proof.Place(PATH, "hung", False)


def test_a_link_that_is_the_mount_point_itself_is_told(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for path, is_link in (("link", True), ("link/web", False), ("link/../real", False), ("real", False)):
        assert proof.place(f"{tmp_path}/{path}", TIMEOUT, run)[3:] == ("", is_link)


@pytest.mark.parametrize(("mode", "refused"), [(0o777, True), (0o775, True), (0o1777, False), (0o755, False)])
def test_a_link_in_a_folder_that_others_write_to_is_told(tmp_path, mode, refused):
    (tmp_path / "real").mkdir()
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(mode)
    (folder / "link").symlink_to("../real")
    assert proof.place(f"{folder}/link/web", TIMEOUT, run).link == (f"{folder}/link" if refused else "")
    (tmp_path / "root").symlink_to("shared")
    assert proof.place(f"{tmp_path}/root/link/web", TIMEOUT, run).link == (f"{folder}/link" if refused else "")


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder to somebody else")
def test_a_link_in_a_folder_of_somebody_else_is_told(tmp_path):
    (tmp_path / "real").mkdir()
    folder = tmp_path / "users"
    folder.mkdir()
    (folder / "link").symlink_to("../real")
    os.chown(folder, 1000, 1000)
    assert proof.place(f"{folder}/link/web", TIMEOUT, run).link == f"{folder}/link"


# -- a look that was given up


LOOKS = ("/usr/bin/python3", "-I", "-S", "-c", proof._CHILD, "mount", PATH)


@pytest.fixture
def stuck(tmp_path):
    return Stuck(f"{tmp_path}/run", FakeProc(tmp_path / "proc").root)


@pytest.fixture
def proc(stuck):
    """Processes of the machine, two of which look like our child; 4711 is it."""
    proc = FakeProc.__new__(FakeProc)
    proc.path = Path(stuck.proc)
    for pid in (4711, 4712):
        proc.add(pid, LOOKS, started=pid)
    return proc


def seen(stuck, mount=MOUNT, reached=REACHED, left=0, rc=0):
    """What a look says, and whether it has started a child."""
    begun = []

    def child(argv, timeout):
        begun.append(argv)
        steps = () if rc is None else (("statvfs", 0, 1), ("stat", 0, 1), ("entry", 0, None), ("graph", 2, None))
        return answers(*steps, rc=rc, reached=reached, left=left)(argv, timeout)

    return proof.check_mount(PATH, TIMEOUT, child, stuck, mount).why(), bool(begun)


GIVEN_UP = {"rc": None, "left": 4711}
HANGS = "statvfs on the mount gives no answer"
ANSWERS = "the mount answers"


def test_a_mount_that_hangs_for_hours_gets_no_heap_of_processes(stuck, proc):
    assert seen(stuck, **GIVEN_UP) == (HANGS, True)
    assert seen(stuck) == (HANGS, False)
    assert seen(Stuck(*stuck)) == (HANGS, False), "a later run, or another program, knows it too"
    proc.remove(4711)
    assert seen(stuck) == (ANSWERS, True)
    assert os.listdir(stuck.directory) == []


def test_a_process_that_looks_like_our_child_says_nothing_of_a_mount(stuck, proc):
    assert seen(stuck) == (ANSWERS, True)


def test_a_later_process_with_the_number_of_our_child_says_nothing_of_a_mount(stuck, proc):
    seen(stuck, **GIVEN_UP)
    proc.remove(4711)
    proc.add(4711, LOOKS, started=4799)
    assert seen(stuck) == (ANSWERS, True)


def test_a_child_of_an_earlier_boot_says_nothing_of_a_mount(stuck, proc):
    seen(stuck, **GIVEN_UP)
    (proc.path / "sys" / "kernel" / "random").mkdir(parents=True)
    (proc.path / "sys" / "kernel" / "random" / "boot_id").write_text("another\n")
    assert seen(stuck) == (ANSWERS, True)


def test_a_child_that_hangs_on_a_mount_that_is_gone_says_nothing_of_the_one_that_took_its_place(stuck, proc):
    seen(stuck, **GIVEN_UP)
    assert seen(stuck, mount=8, reached=("reach", 0, 8)) == (ANSWERS, True)
    assert seen(stuck, mount=8) == (ANSWERS, True)


def test_what_hangs_on_the_way_to_a_mount_is_told_from_the_mount(stuck, proc):
    way = "reach on the mount gives no answer"
    assert seen(stuck, reached=None, **GIVEN_UP) == (way, True)
    assert seen(stuck) == (way, False)


def test_a_child_that_the_time_limit_has_ended_leaves_no_note(stuck, proc):
    assert seen(stuck, rc=None) == (HANGS, True)
    assert not os.path.exists(stuck.directory)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"4711 4711 7", b"4711 x 7 -\n", b"9" * 5000, b"1 2 3 4 5\n"])
def test_a_note_that_cannot_be_read_is_as_good_as_none(stuck, proc, content):
    seen(stuck, **GIVEN_UP)
    (note,) = os.listdir(stuck.directory)
    Path(stuck.directory, note).write_bytes(content)
    assert seen(stuck) == (ANSWERS, True)


def test_a_pipe_or_a_link_in_the_place_of_a_note_is_not_followed_nor_waited_for(stuck, proc):
    seen(stuck, **GIVEN_UP)
    (note,) = os.listdir(stuck.directory)
    path = Path(stuck.directory, note)
    copy = path.rename(f"{path}.copy")
    path.symlink_to(copy)
    assert seen(stuck) == (ANSWERS, True)
    os.mkfifo(path)
    assert seen(stuck) == (ANSWERS, True)


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        ('hasattr(libc, "statx")', "False"),
        ("import ctypes", "raise ImportError"),
        ("libc.syscall(", "(lambda *_: -1)("),
    ],
    ids=["Linux 5.2", "a Python without ctypes", "Linux 4.18"],
)
def test_an_older_node_is_looked_at_all_the_same(known, missing):
    assert known in proof._CHILD
    older = run(child(proof._CHILD.replace(known, missing), "mount", "/proc"), TIMEOUT)
    assert older.lines()[:4] == run(child(proof._CHILD, "mount", "/proc"), TIMEOUT).lines()[:4]


def test_a_real_mount_is_looked_at_by_its_own_id():
    with open("/proc/self/mountinfo", "rb") as file:
        ids = {line.split()[4]: int(line.split()[0]) for line in file}
    assert proof.check_mount("/proc", TIMEOUT, run).mount == ids[b"/proc"]


# -- a look at what is odd


def odd_mount(tmp_path, *, entries=None, **files):
    """A mount whose .meta holds these files in the place of what a client shows."""
    path = mounted(tmp_path)
    for name, content in files.items():
        (tmp_path / ".meta" / "graphs" / "active" / name).write_bytes(content)
    return path


@pytest.mark.parametrize(
    "content",
    [b"\x00\xff\x1b[31m nonsense", b"", b"volume a\nend-volume\n", b"x" * (17 << 20), b"\x00" * (10 << 20)],
    ids=["nonsense", "empty", "no type", "endless", "long when it is written out"],
)
def test_a_mount_whose_graph_is_none_answers_and_says_so(tmp_path, content):
    look = proof.check_mount(odd_mount(tmp_path, volfile=content), TIMEOUT, run)
    assert (look.volfile, look.errno, look.hung) == (None, 0, "")
    assert "graph" in look.odd
    assert len(look.odd) < 200


def test_a_file_of_a_brick_that_has_no_end_is_not_read_to_it(tmp_path):
    path = mounted(tmp_path, private=("connected = 1\n" + "x" * (1 << 20),))
    assert "no end" in proof.check_mount(path, TIMEOUT, run).odd


@pytest.mark.parametrize(
    "line",
    ["(", "1", "()", "('graph', 0", "__import__('os')", "[" * 3000 + "]" * 3000, "'\\ud800", "\x00", "9" * 6000],
)
def test_an_answer_that_is_none_is_no_answer(line):
    look = proof.check_mount(PATH, 5.0, odd_answers(line))
    assert look.hung == "stat"


def odd_answers(line):
    return lambda argv, timeout: Completed(tuple(argv), None, f"{REACHED!r}\n('statvfs', 0, 9)\n{line}\n", "", timeout)


@pytest.mark.parametrize("name", ["\x1b[2J", "\u202egfs", "gfs\x85", "a\x0bb"])
def test_a_graph_with_names_that_a_terminal_obeys_is_none(tmp_path, name):
    for old in ("gfs1", "/bricks", "volume replica3-client-0"):
        text = VOLFILE.replace(old, old + name)
        assert text != VOLFILE
        folder = tmp_path / old.replace("/", "").replace(" ", "")
        folder.mkdir()
        look = proof.check_mount(mounted(folder, volfile=text), TIMEOUT, run)
        assert "control characters" in look.odd, old
        assert name not in look.odd


def test_looks_at_many_mounts_do_not_take_each_other_s_time():
    """Each starts an interpreter. All at once, on a machine that is busy, none would answer in time, and healthy mounts would read as hung."""
    at_once, most, change = [0], [0], threading.Lock()

    def run(argv, timeout):
        with change:
            at_once[0] += 1
            most[0] = max(most[0], at_once[0])
        time.sleep(0.01)
        with change:
            at_once[0] -= 1
        return Completed(
            tuple(argv), 0, ascii(("real", 0, "/")) + "\n" + "('kind', 0, 'directory')\n('brick', 0, False)\n", "", 0.0
        )

    with ThreadPoolExecutor(50) as pool:
        list(pool.map(lambda number: proof.place(f"/srv/{number}", 5, run), range(50)))
    assert 1 < most[0] <= proof.AT_ONCE


def test_looks_that_hang_hold_up_no_others(monkeypatch):
    """One that hangs takes no processor: after a moment it does not count any more as one of those at once."""
    monkeypatch.setattr(proof, "TURN_SECONDS", 0.01)
    over, answered = threading.Event(), []

    def run(argv, timeout):
        hangs = "/hung" in argv[-1]
        if hangs:
            over.wait(10)
        else:
            answered.append(argv[-1])
            if len(answered) == 20:
                over.set()
        return Completed(tuple(argv), None if hangs else 0, "", "", 0.0)

    with ThreadPoolExecutor(30) as pool:
        hung = [pool.submit(proof.place, f"/hung/{number}", 5, run) for number in range(proof.AT_ONCE + 2)]
        for number in range(20):
            pool.submit(proof.place, f"/srv/{number}", 5, run)
        assert over.wait(10)
        assert {look.result(10).kind for look in hung} == {"hung"}


def test_answers_that_come_in_two_threads_at_once_are_both_read():
    """Python 3.11 counts how deep a literal is nested for all threads together, and ends with SystemError where one is interrupted within."""
    line = ascii(("graph", 0, [("a", 1, (2, 3))] * 200))
    begun = threading.Event()

    class Slow:
        def __del__(self):
            begun.set()
            time.sleep(0.005)

    def interrupted():
        for _time in range(4):
            garbage = Slow()
            garbage.itself = garbage
            del garbage
            assert proof._answer(line)
        return True

    def other():
        begun.wait(5)
        return all(proof._answer(line) for _time in range(15))

    threshold = gc.get_threshold()
    gc.set_threshold(10)
    try:
        with ThreadPoolExecutor(2) as threads:
            done = [threads.submit(one) for one in (interrupted, other)]
            assert all(one.result() for one in done)
    finally:
        gc.set_threshold(*threshold)
