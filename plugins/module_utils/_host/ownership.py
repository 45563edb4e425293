# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users, groups and modes as a person writes them."""

from __future__ import annotations

import re
from typing import Any, Callable

_MOST = 2**32 - 2
"""The highest number of a user or a group; the one above means nobody to chown(2)."""


def _uid(name: str) -> int:
    import pwd  # for a name alone

    return pwd.getpwnam(name).pw_uid


def _gid(name: str) -> int:
    import grp

    return grp.getgrnam(name).gr_gid


def user(text: str, what: str, number_of: Callable[[str], int] = _uid) -> int:
    """The number of a user of this host, given by it or by name. what: the name of the value. Raises ValueError."""
    return _number(text, what, "user", number_of)


def group(text: str, what: str, number_of: Callable[[str], int] = _gid) -> int:
    """The number of a group of this host, given by it or by name. Raises ValueError."""
    return _number(text, what, "group", number_of)


def _number(text: str, what: str, kind: str, number_of: Callable[[str], int]) -> int:
    if re.fullmatch(r"[0-9]{1,10}", text) and int(text) <= _MOST:
        return int(text)
    try:
        return number_of(text)
    except (KeyError, ValueError) as error:
        raise ValueError(f"{what} {text!r}: no {kind} of this host; write one that it has, or a number") from error


def mode(text: Any, what: str) -> int:
    """A mode, given as text in octal digits. A number is refused: YAML has read 0750 as 488 by then. Raises ValueError."""
    if not isinstance(text, str) or not re.fullmatch(r"0?[0-7]{3,4}", text):
        raise ValueError(f"{what} {text!r}: must be a mode in octal digits and quotes, as in '0750'")
    return int(text, 8)
