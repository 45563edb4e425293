# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fstab file: changed wholly or not at all, one writer at a time."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import functools
import multiprocessing
import os
import resource
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Callable, Iterator

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.clock import Clock
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.fstab import (
    Entry,
    Fstab,
    FstabConflict,
    FstabError,
    drop,
    find,
    put,
)

ROOT_LINE = b"/dev/sda1 / ext4 errors=remount-ro 0 1\n"
TYPES = ("glusterfs",)
WEB = Entry("gfs1:/web", "/mnt/g", "glusterfs", ("_netdev",))
WEB_LINE = b"gfs1:/web /mnt/g glusterfs _netdev 0 0\n"


def put_web(content: bytes) -> bytes:
    return put(content, WEB, TYPES)


class FakeClock(Clock):
    """Time passes by sleeping only; ``then`` is called at each sleep."""

    def __init__(self, then: Callable[[], object] = lambda: None) -> None:
        self.time = 1000.0
        self.then = then

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds
        self.then()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    path = tmp_path / "etc" / "fstab"
    path.write_bytes(ROOT_LINE)
    return path


@pytest.fixture
def fstab(file: Path, tmp_path: Path) -> Fstab:
    return Fstab(str(file), lock=str(tmp_path / "run" / "fstab.lock"), clock=FakeClock())


def with_rename(fstab: Fstab, rename: Callable[[str, str], None]) -> Fstab:
    return Fstab(fstab.path, fstab.lock, clock=fstab.clock, rename=rename)


def files_beside(path: Path) -> list[str]:
    return sorted(entry.name for entry in path.parent.iterdir())


@contextlib.contextmanager
def room_for(size: int) -> Iterator[None]:
    """No file can grow beyond ``size`` bytes: a write fails half-way, as it does on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class TestAChange:
    def test_is_written_and_reported(self, fstab: Fstab, file: Path) -> None:
        update = fstab.update(put_web)
        assert (update.before, update.after, update.changed) == (ROOT_LINE, ROOT_LINE + WEB_LINE, True)
        assert file.read_bytes() == ROOT_LINE + WEB_LINE
        assert files_beside(file) == ["fstab"]

    def test_that_changes_nothing_writes_nothing(self, fstab: Fstab, file: Path) -> None:
        fstab.update(put_web)
        before = file.stat()
        update = fstab.update(put_web)
        assert not update.changed
        assert (file.stat().st_ino, file.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)

    def test_in_check_mode_leaves_no_trace(self, fstab: Fstab, file: Path, tmp_path: Path) -> None:
        update = fstab.preview(put_web)
        assert (update.after, update.changed) == (ROOT_LINE + WEB_LINE, True)
        assert file.read_bytes() == ROOT_LINE
        assert not (tmp_path / "run").exists()

    def test_keeps_mode_owner_and_extended_attributes(self, fstab: Fstab, file: Path) -> None:
        owner = (12, 34) if os.geteuid() == 0 else (os.getuid(), os.getgid())
        os.chown(file, *owner)
        file.chmod(0o640)
        os.setxattr(file, "user.evenkeel", b"kept")
        fstab.update(put_web)
        seen = file.stat()
        assert (seen.st_mode & 0o7777, seen.st_uid, seen.st_gid) == (0o640, *owner)
        assert os.getxattr(file, "user.evenkeel") == b"kept"

    def test_is_complete_before_it_takes_the_files_place(self, fstab: Fstab, file: Path) -> None:
        seen: list[tuple[bytes, int]] = []

        def rename(new: str, old: str) -> None:
            seen.append((Path(new).read_bytes(), Path(new).stat().st_mode & 0o777))
            os.replace(new, old)

        file.chmod(0o604)
        with_rename(fstab, rename).update(put_web)
        assert seen == [(ROOT_LINE + WEB_LINE, 0o604)]

    def test_is_seen_whole_by_a_reader_that_opened_the_old_file(self, fstab: Fstab, file: Path) -> None:
        with file.open("rb") as reader:
            fstab.update(put_web)
            assert reader.read() == ROOT_LINE

    def test_of_a_thousand_lines(self, fstab: Fstab, file: Path) -> None:
        lines = [b"gfs1:/v%d /mnt/%d glusterfs _netdev 0 0 # \xff %d\n" % (n, n, n) for n in range(1000)]
        file.write_bytes(b"".join(lines))
        fstab.update(lambda content: put(drop(content, ["/mnt/7"], TYPES), WEB, TYPES))
        assert file.read_bytes() == b"".join(lines[:7] + lines[8:]) + WEB_LINE


class TestAMissingFile:
    def test_is_made_for_a_first_line(self, fstab: Fstab, file: Path) -> None:
        file.unlink()
        assert fstab.update(put_web).before == b""
        assert file.read_bytes() == WEB_LINE
        assert file.stat().st_mode & 0o7777 == 0o644

    def test_is_not_made_for_nothing(self, fstab: Fstab, file: Path) -> None:
        file.unlink()
        assert not fstab.update(lambda content: drop(content, ["/mnt/g"], TYPES)).changed
        assert files_beside(file) == []


class TestASymbolicLink:
    def test_stays_and_its_target_is_changed(self, fstab: Fstab, file: Path, tmp_path: Path) -> None:
        real = tmp_path / "data" / "table"
        real.parent.mkdir()
        file.rename(real)
        file.symlink_to("../data/table")
        fstab.update(put_web)
        assert os.readlink(file) == "../data/table"
        assert real.read_bytes() == ROOT_LINE + WEB_LINE
        assert (files_beside(file), files_beside(real)) == (["fstab"], ["table"])

    def test_whose_target_is_missing_stays_and_the_target_is_made(
        self, fstab: Fstab, file: Path, tmp_path: Path
    ) -> None:
        file.unlink()
        file.symlink_to(tmp_path / "table")
        fstab.update(put_web)
        assert file.is_symlink()
        assert (tmp_path / "table").read_bytes() == WEB_LINE

    def test_names_its_target_when_that_cannot_be_changed(self, fstab: Fstab, file: Path, tmp_path: Path) -> None:
        file.unlink()
        file.symlink_to(tmp_path / "missing" / "table")
        with pytest.raises(FstabError, match=f"{file} .a link to {tmp_path}/missing/table.*the file is untouched"):
            fstab.update(put_web)

    def test_that_leads_to_itself_is_an_error(self, fstab: Fstab, file: Path) -> None:
        file.unlink()
        file.symlink_to(file)
        with pytest.raises(FstabError, match="cannot read it: Too many levels of symbolic links"):
            fstab.update(put_web)


class TestAFailure:
    """Leaves the file as it was, no temporary file and no lock."""

    def test_of_a_full_disk(self, fstab: Fstab, file: Path) -> None:
        content = ROOT_LINE * 1000
        file.write_bytes(content)
        with room_for(10_000), pytest.raises(
            FstabError, match=f"{file}: cannot replace it: File too large; the file is untouched"
        ):
            fstab.update(put_web)
        assert file.read_bytes() == content
        assert files_beside(file) == ["fstab"]
        assert fstab.update(put_web).changed

    def test_of_a_directory_that_takes_no_file(self, tmp_path: Path) -> None:
        """/proc refuses even root."""
        fstab = Fstab("/proc/fstab", lock=str(tmp_path / "lock"))
        with pytest.raises(FstabError, match="^/proc/fstab: cannot replace it: .*; the file is untouched$"):
            fstab.update(put_web)

    def test_of_a_file_that_a_container_engine_has_bound(self, fstab: Fstab, file: Path) -> None:
        def busy(new: str, old: str) -> None:
            raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), old)

        with pytest.raises(FstabError, match="it is a mount point itself .* the file is untouched"):
            with_rename(fstab, busy).update(put_web)
        assert file.read_bytes() == ROOT_LINE
        assert files_beside(file) == ["fstab"]

    def test_by_interruption(self, fstab: Fstab, file: Path) -> None:
        def interrupted(_new: str, _old: str) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            with_rename(fstab, interrupted).update(put_web)
        assert file.read_bytes() == ROOT_LINE
        assert files_beside(file) == ["fstab"]
        assert fstab.update(put_web).changed

    def test_by_a_kill_is_cleared_away_by_the_next_run(self, fstab: Fstab, file: Path) -> None:
        left: list[str] = []

        def killed(new: str, _old: str) -> None:
            left.append(new)
            os.link(new, new + ".copy")  # what a process leaves that has no chance to clean up
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            with_rename(fstab, killed).update(put_web)
        os.rename(left[0] + ".copy", left[0])
        fstab.update(put_web)
        assert file.read_bytes() == ROOT_LINE + WEB_LINE
        assert files_beside(file) == ["fstab"]

    def test_of_the_change_itself_is_passed_on(self, fstab: Fstab, file: Path) -> None:
        file.write_bytes(b"/dev/sdb /mnt/g xfs defaults 0 0\n")
        for change in (fstab.update, fstab.preview):
            with pytest.raises(FstabConflict):
                change(put_web)
        assert file.read_bytes() == b"/dev/sdb /mnt/g xfs defaults 0 0\n"

    @pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
    def test_of_something_that_is_no_file(self, fstab: Fstab, file: Path, make: Callable[[Path], None]) -> None:
        """A FIFO would block its reader for ever."""
        file.unlink()
        make(file)
        with pytest.raises(FstabError, match="not a regular file|Is a directory"):
            fstab.update(put_web)

    def test_a_device_is_never_replaced(self, tmp_path: Path) -> None:
        """Renaming over a link to /dev/null would take /dev/null away from the whole machine."""
        link = tmp_path / "fstab"
        link.symlink_to("/dev/null")
        with pytest.raises(FstabError, match="not a regular file"):
            Fstab(str(link), lock=str(tmp_path / "lock")).update(put_web)
        assert Path("/dev/null").is_char_device()


class TestOtherWriters:
    def test_a_line_that_a_program_without_the_lock_adds_meanwhile_is_kept(self, fstab: Fstab, file: Path) -> None:
        calls: list[bytes] = []

        def change(content: bytes) -> bytes:
            calls.append(content)
            if len(calls) == 1:
                file.write_bytes(ROOT_LINE + b"# theirs\n")
            return put_web(content)

        update = fstab.update(change)
        assert calls == [ROOT_LINE, ROOT_LINE + b"# theirs\n"]
        assert update.before == calls[1]
        assert file.read_bytes() == ROOT_LINE + b"# theirs\n" + WEB_LINE
        assert files_beside(file) == ["fstab"]

    @pytest.mark.parametrize("replace", [True, False])
    def test_a_file_that_appears_or_vanishes_meanwhile_is_seen(self, fstab: Fstab, file: Path, replace: bool) -> None:
        calls: list[bytes] = []
        if replace:
            file.unlink()

        def change(content: bytes) -> bytes:
            calls.append(content)
            if len(calls) == 1:
                file.write_bytes(ROOT_LINE) if replace else file.unlink()
            return put_web(content)

        fstab.update(change)
        assert file.read_bytes() == (ROOT_LINE if replace else b"") + WEB_LINE

    def test_a_file_that_never_rests_is_an_error_and_no_endless_loop(self, fstab: Fstab, file: Path) -> None:
        def change(content: bytes) -> bytes:
            file.write_bytes(content + b"# again\n")
            return put_web(content)

        with pytest.raises(FstabError, match="another program changes it all the time"):
            fstab.update(change)
        assert not find(file.read_bytes(), "/mnt/g")
        assert files_beside(file) == ["fstab"]


class TestLock:
    def test_held_for_too_long_is_an_error_that_names_it(self, fstab: Fstab, file: Path, tmp_path: Path) -> None:
        clock = FakeClock()
        started = clock.now()
        waiting = Fstab(fstab.path, fstab.lock, timeout=7, clock=clock)
        with self.held(fstab.lock), pytest.raises(
            FstabError, match=f"{file}: .*{fstab.lock} for 7 s.*the file is untouched"
        ):
            waiting.update(put_web)
        assert 7 <= clock.now() - started < 8
        assert file.read_bytes() == ROOT_LINE

    def test_let_go_in_time_is_waited_for(self, fstab: Fstab, file: Path) -> None:
        with contextlib.ExitStack() as stack:
            stack.enter_context(self.held(fstab.lock))
            waiting = Fstab(fstab.path, fstab.lock, clock=FakeClock(then=stack.close))
            assert waiting.update(put_web).changed

    def test_that_cannot_be_made_is_an_error_that_names_it(self, fstab: Fstab, file: Path) -> None:
        with pytest.raises(FstabError, match=f"{file}: cannot use the lock /proc/x/lock: .*the file is untouched"):
            Fstab(str(file), lock="/proc/x/lock").update(put_web)

    def test_of_twenty_writers_at_once_none_loses_its_line(self, file: Path, tmp_path: Path) -> None:
        context = multiprocessing.get_context("fork")
        start = context.Barrier(20)
        writers = [
            context.Process(target=_write, args=(str(file), str(tmp_path / "lock"), start, number))
            for number in range(20)
        ]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(60)
        assert [writer.exitcode for writer in writers] == [0] * 20
        content = file.read_bytes()
        assert content.startswith(ROOT_LINE)
        assert sorted(content[len(ROOT_LINE) :].splitlines()) == sorted(
            b"gfs1:/web /mnt/%d glusterfs ro 0 0" % n for n in range(20)
        )

    @staticmethod
    @contextlib.contextmanager
    def held(path: str) -> Iterator[None]:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as holder:
            fcntl.flock(holder, fcntl.LOCK_EX)
            yield


def _write(path: str, lock: str, start: Barrier, number: int) -> None:
    start.wait(30)
    entry = Entry("gfs1:/web", f"/mnt/{number}", "glusterfs", ("ro",))
    Fstab(path, lock).update(functools.partial(put, entry=entry, types=TYPES))
