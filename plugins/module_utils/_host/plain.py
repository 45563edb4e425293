# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text of others as it may stand in a message: what a terminal would obey, or not show, is written out."""

from __future__ import annotations

import re

OBEYED = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that no name may have: control characters, ends of lines and paragraphs, marks of direction (Unicode, Bidi_Control)."""


def plain(text: str) -> str:
    r"""``text`` on one line. What is no visible character (see str.isprintable: OBEYED, characters that take no room, bytes that are no text) is escaped, as in
    ``\x1b``."""
    if text.isprintable():
        return text
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
        for character in text
    )


def plain_lines(message: str) -> str:
    """The same for a message of several lines, which stay lines. Text of others within it goes through ``plain`` before, since it may have ends of lines."""
    return "\n".join(map(plain, message.split("\n")))
