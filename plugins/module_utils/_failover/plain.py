# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of others as it may stand in a message: what a terminal would obey, or not show, is written out."""

from __future__ import annotations


def plain(text: str) -> str:
    r"""``text`` on one line, with all that is no visible character (str.isprintable: control characters, marks of direction, bytes that are no text)
    as an escape, ``\x1b`` for one."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)
