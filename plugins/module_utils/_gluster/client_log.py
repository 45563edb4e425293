# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a client ended without a mount, from its exit code and from what it has written into its log."""

from __future__ import annotations

import os
import re
import stat
from typing import NamedTuple, Sequence

from .._host.plain import plain
from .._host.process import Completed
from .attempt import Outcome

_USAGE = 64  # EX_USAGE, by which argp ends
_LOG_LINE = re.compile(r"\[[^\]]+\] ([EWC]) (?:\[MSGID: \d+\] )?\[[^\]]*\] (?:\d+-)?(?P<translator>\S+): (?P<text>.*)")


_REMOTE_ERROR = re.compile(r"remote-error=([^}]*)")
_OF_THE_NODE = ("cannot open /dev/fuse", "Unable to create/delete temporary file")
"""Complaints about this node, which no other server and no later try can mend; the second is of /tmp, where the client puts the volume's description."""
_NOT_WRITTEN = "failed to fetch volume file"
"""All that it says where /tmp is full, though it has got the description; where it has not, a line before says so."""


class Log(NamedTuple):
    """The client's log from one moment on."""

    path: str
    offset: int

    @classmethod
    def mark(cls, path: str) -> Log:
        try:
            return cls(path, os.stat(path).st_size)
        except OSError:
            return cls(path, 0)

    def errors(self) -> list[str]:
        """The client's complaints since the mark, without dates and places in its source. Lines of a volfile, which may hold a password, are left out."""
        return [plain(match["text"].strip()) for match in self._complaints()]

    def complainers(self, words: str) -> frozenset[str]:
        """The translators that complained of something with these words in it since the mark."""
        return frozenset(match["translator"] for match in self._complaints() if words in match["text"])

    def _complaints(self) -> list[re.Match[str]]:
        try:
            # Whoever else can write there, as a container can, may have put a pipe there.
            with open(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC), "rb") as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    return []
                file.seek(self.offset)
                text = file.read(1 << 20).decode("utf-8", "backslashreplace")
        except OSError:
            return []
        return [match for match in map(_LOG_LINE.match, text.split("\n")) if match and match[1] in "EC"]


def judge(done: Completed, errors: Sequence[str]) -> tuple[Outcome, str]:
    """What the end of a client without a mount means, and the line of its output or log that says so.

    Exit codes (glusterfsd.c, measured on 10.3): 2 volume missing, 64 usage, 107 servers exhausted, 255 bad value of an option.
    """
    remote = [match[1].strip() for match in map(_REMOTE_ERROR.search, errors) if match]
    refused = [text for text in remote if "subdirectory" in text or "Authentication" in text]
    if refused:
        return Outcome.FATAL, refused[-1]
    mount = [text for text in errors if text.startswith("mount of ") and text.endswith("failed")]
    if mount:
        return Outcome.FATAL, f"the kernel refused the mount: {mount[-1]}"
    node = [text for text in errors if text.startswith(_OF_THE_NODE)]
    if node:
        return Outcome.FATAL, f"the client cannot run on this node: {node[-1]}"
    if done.rc in (_USAGE, 255):
        return Outcome.FATAL, plain(next(iter(done.stderr.strip().splitlines()), done.why()))
    if done.rc == 127:
        return Outcome.FATAL, f"{done.why()}; install the GlusterFS client (package glusterfs-client or glusterfs-fuse)"
    if done.rc == 2:
        return Outcome.NO_VOLUME, errors[-1] if errors else done.why()
    if len(errors) == 1 and errors[0].startswith(_NOT_WRITTEN):
        return Outcome.CLIENT_FAILED, f"{errors[0]}; the client keeps it in /tmp: see whether that is full"
    return Outcome.CLIENT_FAILED, (remote or errors or [done.why()])[-1]
