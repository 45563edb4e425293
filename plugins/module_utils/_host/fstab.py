# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""fstab(5): the line of one mount point is put or dropped, every other byte of the file stays as it is.

Above, without I/O: lines as bytes, entries as values, and what a line of type glusterfs says. Below: ``Fstab``, which changes the file itself, under a
lock and in one step.
"""

from __future__ import annotations

import contextlib
import errno
import operator
import os
import re
import stat
from dataclasses import dataclass, field
from typing import Callable, Iterator, NamedTuple, Sequence

from . import files, lock
from .clock import Clock

_LINE = re.compile(rb"[^\n]*\n|[^\n]+")
_FIELD = re.compile(rb"[^ \t]+")
_OCTAL = re.compile(rb"\\([0-3][0-7]{2})")
_SPECIAL = re.compile(rb"[ \t\n\\]|\A#")
_OPTION = re.compile(r'(?:"[^"]*"|[^,])+')


class FstabConflict(ValueError):
    """The mount point's line is of another file system type. The message names the line."""


class FstabError(Exception):
    """The file could not be changed. The message says which file, what happened, and that the file is untouched."""


class Entry(NamedTuple):
    """One mount: the six fields of a line, escapes decoded. Bytes that are not UTF-8 are surrogates.

    spec: source, as in ``gfs1:/web``. file: mount point. freq, passno: for dump and fsck.
    """

    spec: str
    file: str
    vfstype: str
    options: tuple[str, ...]
    freq: int = 0
    passno: int = 0


class Line(NamedTuple):
    """One line of the file.

    number: counted from 1. raw: all its bytes, the newline too. entry: None for a comment or a blank line.
    """

    number: int
    raw: bytes
    entry: Entry | None


Same = Callable[[Entry, Entry], bool]
"""same(old, new): whether the old line says already what the new one would."""


def parse(content: bytes) -> list[Line]:
    """Split a whole fstab into its lines; their raw bytes joined are ``content`` again."""
    return [Line(number, raw, _entry(raw)) for number, raw in enumerate(_LINE.findall(content), 1)]


def find(content: bytes, *paths: str) -> list[Line]:
    """The lines whose mount point is one of ``paths``, however it is spelled there; symbolic links are not resolved."""
    wanted = set(map(normal, paths))
    return [line for line in parse(content) if line.entry and normal(line.entry.file) in wanted]


def put(
    content: bytes, entry: Entry, types: Sequence[str], *, same: Same = operator.eq, others: Sequence[str] = ()
) -> bytes:
    """Add the line, or replace that of the same mount point in its place, with its indent, column gaps and trailing comment.

    types: file system types of the lines that may be replaced, the one to name in a message first; a line of any other is somebody else's.
    others: other paths of the same mount point, with symbolic links in them, that a line may have.
    A line that says the same is left byte for byte, but for a newline that it lacks at the end. Further lines of the mount point are removed.
    The line stands behind those of the mount points that it lies below, and before those that lie below it: ``mount -a`` goes from top to bottom.
    Raises FstabConflict where a line of the mount point is of none of ``types``.
    """
    ours = _ours(content, (entry.file, *others), types)
    kept = next((line for line in ours if line.entry and same(line.entry, entry)), next(iter(ours), None))
    raw = _rewritten(kept.raw if kept else b"", entry)
    if kept and kept.entry and same(kept.entry, entry):
        raw = kept.raw
    numbers = {line.number for line in ours}
    rest = [line for line in parse(content) if line.number not in numbers]
    place = _place(rest, sum(line.number < kept.number for line in rest) if kept else len(rest), entry.file)
    newline = b"\r\n" if content[: content.rfind(b"\n")].endswith(b"\r") else b"\n"
    before, after = (b"".join(line.raw for line in part) for part in (rest[:place], rest[place:]))
    return _ended(before, newline) + _ended(raw, newline) + after


def _ended(text: bytes, newline: bytes) -> bytes:
    """The text with a newline at its end, which the next one to add a line takes for granted."""
    return text if text.endswith(b"\n") or not text else text + newline


def _place(lines: Sequence[Line], index: int, path: str) -> int:
    """Where among the other lines that of ``path`` belongs: at ``index``, or as near to it as the order of the mounts allows."""
    files = [normal(line.entry.file) if line.entry else "" for line in lines]
    path = normal(path)
    first = max((number + 1 for number, file in enumerate(files) if is_below(path, file)), default=0)
    last = min((number for number, file in enumerate(files) if is_below(file, path)), default=len(lines))
    if first > last or first <= index <= last:  # the others may stand in no order that mounts
        return max(first, index)
    if index < first:
        return first
    # What is written above the line of a mount below this one belongs to that.
    while last > first and lines[last - 1].entry is None and lines[last - 1].raw.strip():
        last -= 1
    return last


def is_below(path: str, other: str) -> bool:
    """Whether ``path`` lies below ``other``, both mount points; "none" and the like are none."""
    return other.startswith("/") and path != other and path.startswith(other.rstrip("/") + "/")


def drop(content: bytes, paths: Sequence[str], types: Sequence[str]) -> bytes:
    """Remove the lines of the mount point, which has all of ``paths``. Raises FstabConflict where one of them is of none of ``types``."""
    numbers = {line.number for line in _ours(content, paths, types)}
    return b"".join(line.raw for line in parse(content) if line.number not in numbers)


def _ours(content: bytes, paths: Sequence[str], types: Sequence[str]) -> list[Line]:
    lines = find(content, *paths)
    for line in lines:
        old = line.entry
        if old and old.vfstype not in types:
            # Source and options stay out of the message: they can hold a password, as those of cifs and curlftpfs do.
            raise FstabConflict(
                f"line {line.number} of the fstab mounts type {old.vfstype or '(none given)'} at {old.file}; only a line of type "
                f"{types[0]} is replaced or removed: take that line out first if it is not wanted any more"
            )
    return lines


def _fields(raw: bytes) -> list[tuple[int, int]]:
    """Where the fields of a line are, up to six, read as libmount does: a carriage return at the end is none of them.

    From the fifth field on a ``#`` starts a comment. (After four or five fields getmntent(3) takes it so too; libmount drops such a line.)
    """
    end = len(raw.rstrip(b"\n"))
    end -= raw[:end].endswith(b"\r")
    spans: list[tuple[int, int]] = []
    for match in _FIELD.finditer(raw, 0, end):
        if len(spans) == 6 or (match.group().startswith(b"#") and len(spans) in (0, 4, 5)):
            break
        spans.append(match.span())
    return spans


def _entry(raw: bytes) -> Entry | None:
    fields = [_decoded(raw[start:end]) for start, end in _fields(raw)]
    if not fields:
        return None
    spec, file, vfstype, options, freq, passno = fields + [""] * (6 - len(fields))
    return Entry(spec, file, vfstype, split_options(options), _number(freq), _number(passno))


def split_options(text: str) -> tuple[str, ...]:
    """The options of a line, or of mount's -o: a comma between quotation marks, as in a label of SELinux, parts none."""
    return tuple(_OPTION.findall(text))


def _rewritten(raw: bytes, entry: Entry) -> bytes:
    """The line with its fields exchanged for those of ``entry``; what lies before, between and behind them stays."""
    options = ",".join(entry.options) or "defaults"
    fields = [entry.spec, entry.file, entry.vfstype, options, str(entry.freq), str(entry.passno)]
    spans = _fields(raw)
    new, position = b"", 0
    for index, text in enumerate(fields):
        gap = b" " if index else b""
        if index < len(spans):
            gap = raw[position : spans[index][0]]
            position = spans[index][1]
        new += gap + _encoded(text)
    return new + raw[position:]


def _decoded(raw: bytes) -> str:
    return _OCTAL.sub(lambda match: bytes([int(match[1], 8)]), raw).decode("utf-8", "surrogateescape")


def _encoded(text: str) -> bytes:
    """Escape what would end the field or the line. A ``#`` is escaped at the start only: getmntent(3) of glibc does not read ``\\043``."""
    return _SPECIAL.sub(lambda match: b"\\%03o" % match[0][0], text.encode("utf-8", "surrogateescape"))


def _number(text: str) -> int:
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else 0


def normal(path: str) -> str:
    """One spelling of an absolute path: no empty and no ``.`` part. ``..`` stays, since what it means depends on symbolic links."""
    if not path.startswith("/"):
        return path  # "none", "swap": no mount point
    return "/" + "/".join(part for part in path.split("/") if part not in ("", "."))


# What a line of type glusterfs says. The rules are those of the script mount.glusterfs, which reads it (GlusterFS 10.3, 11.1).


# The file itself.

PATH = "/etc/fstab"


def lock_in(directory: str) -> str:
    """The lock file in a directory of locks."""
    return f"{directory}/fstab.lock"


LOCK = lock_in(lock.DIRECTORY)
"""Where writers wait for each other.

There is no lock of fstab to join: libmount locks its own tables in /run only, and neither mount(8) nor systemd nor ansible.posix.mount locks. The file
itself cannot be the lock, since each change puts another in its place. In /run only root can make or open the lock, so no user can hold it (as in
/run/lock, which Debian leaves open to all, or by flock of the readable /etc); and it is there when /etc is read-only.
"""

_TRIES = 5
"""How often a change starts anew because a program that knows nothing of the lock has changed the file meanwhile."""

_OF_THE_CONTENT = frozenset({"security.ima", "security.evm"})
"""Extended attributes that vouch for the old bytes; carried over they would make the new ones unreadable."""

_NOT_HERE = frozenset({errno.ENOTSUP, errno.EPERM, errno.EACCES, errno.ENODATA})


class Update(NamedTuple):
    """What a change of the file was, or would be: its bytes before and after."""

    before: bytes
    after: bytes

    @property
    def changed(self) -> bool:
        return self.before != self.after


Change = Callable[[bytes], bytes]
"""change(content): the new content. Called again where the file has changed meanwhile."""


class _Seen(NamedTuple):
    """The file as it was read. status: None where there was none."""

    content: bytes
    status: os.stat_result | None
    attributes: dict[str, bytes]

    def hand_over(self, handle: int) -> None:
        """Give the new file owner, mode and extended attributes (SELinux context, ACL) of this one; mode 0644 where there was none."""
        if not self.status:
            os.fchmod(handle, 0o644)
            return
        os.fchown(handle, self.status.st_uid, self.status.st_gid)
        os.fchmod(handle, stat.S_IMODE(self.status.st_mode))
        for name, value in self.attributes.items():
            with _where_possible():
                os.setxattr(handle, name, value)

    def still_at(self, path: str) -> bool:
        """Whether the file has been neither replaced nor written since."""
        try:
            now: os.stat_result | None = os.stat(path)
        except FileNotFoundError:
            now = None
        return _version(now) == _version(self.status)


@dataclass(frozen=True)
class Fstab:
    """The fstab file, changed by one writer at a time, wholly or not at all.

    path: a symbolic link stays, its target is changed. lock: file that writers lock. timeout: seconds to wait for the lock.
    rename: puts the new file in the place of the old one.
    """

    path: str = PATH
    lock: str = LOCK
    timeout: float = 30.0
    clock: Clock = field(default_factory=Clock)
    rename: files.Rename = os.replace

    def preview(self, change: Change) -> Update:
        """What ``update`` would do. Writes and locks nothing. Raises FstabError where the file cannot be read, and what ``change`` raises."""
        before = self._read().content
        return Update(before, change(before))

    def update(self, change: Change) -> Update:
        """Change the file. It is written only where ``change`` gives other bytes, and made (mode 0644) only where it gives any.

        Raises FstabError, and what ``change`` raises; the file is untouched then.
        """
        with self._locked():
            for _try in range(_TRIES):
                seen = self._read()
                after = change(seen.content)
                if after == seen.content or self._replaced(seen, after):
                    return Update(seen.content, after)
        raise FstabError(f"{self.path}: another program changes it all the time; the file is as that program left it")

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with contextlib.ExitStack() as held:
            try:
                with self._untouched(f"use the lock {self.lock}"):
                    held.enter_context(lock.hold(self.lock, self.timeout, self.clock))
            except lock.LockTimeout as error:
                raise FstabError(f"{self.path}: {error} (fuser names it); the file is untouched") from error
            yield

    def _read(self) -> _Seen:
        with self._untouched("read it"):
            try:
                with open(self._target(), "rb", opener=_open_at_once) as file:
                    status = os.fstat(file.fileno())
                    if not stat.S_ISREG(status.st_mode):
                        raise FstabError(f"{self.path}: not a regular file; it is untouched")
                    return _Seen(file.read(), status, _attributes(file.fileno()))
            except FileNotFoundError:
                return _Seen(b"", None, {})

    def _replaced(self, seen: _Seen, content: bytes) -> bool:
        """Put a new file in the place of the one that was seen; False where another is there by now."""
        target = self._target()
        with self._untouched("replace it"):
            return files.replace(
                target,
                content,
                new=files.new_of(target),
                prepare=seen.hand_over,
                still_wanted=lambda: seen.still_at(target),
                rename=self.rename,
            )

    def _target(self) -> str:
        return os.path.realpath(self.path)

    @contextlib.contextmanager
    def _untouched(self, doing: str) -> Iterator[None]:
        """Turn an error of the system into the one that callers know."""
        try:
            yield
        except OSError as error:
            target = self._target()
            where = self.path if target == os.path.abspath(self.path) else f"{self.path} (a link to {target})"
            why = str(error.strerror)
            if error.errno == errno.EBUSY:
                # Writing into it in place could leave half a file behind, and half an fstab may not boot.
                why = "it is a mount point itself (a container engine binds it so) and cannot be exchanged in one step: change it where it comes from"
            raise FstabError(f"{where}: cannot {doing}: {why}; the file is untouched") from error


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for the other end, where the path is that of a FIFO."""
    return os.open(path, flags | os.O_NONBLOCK)


def _version(status: os.stat_result | None) -> tuple[int, ...]:
    return (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns) if status else ()


def _attributes(handle: int) -> dict[str, bytes]:
    attributes: dict[str, bytes] = {}
    with _where_possible():
        for name in os.listxattr(handle):
            if name not in _OF_THE_CONTENT:
                with _where_possible():
                    attributes[name] = os.getxattr(handle, name)
    return attributes


@contextlib.contextmanager
def _where_possible() -> Iterator[None]:
    """Pass over an extended attribute that this file system does not know or this process may not touch."""
    try:
        yield
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
