# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module says of itself: check mode, diff mode, idempotence, platform."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation that modules share."""

    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and says what would change without changing it.
  diff_mode:
    description: Returns what has changed, or would change in C(check_mode), when in diff mode.
  idempotent:
    description: When run twice in a row with the same arguments, the second run changes nothing.
  platform:
    description: The systems on which it runs.
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    support: full
    details:
      - It changes nothing.
  diff_mode:
    support: N/A
    details:
      - It changes nothing.
  idempotent:
    support: full
    details:
      - It changes nothing.
  platform:
    support: full
    platforms: posix
    details:
      - Linux.
"""

    MOUNTING = r"""
options: {}
attributes:
  idempotent:
    support: partial
    details:
      - O(state=remounted) mounts anew each time. All other states are idempotent.
  platform:
    support: full
    platforms: posix
    details:
      - Linux with FUSE.
requirements:
  - The GlusterFS client, C(/usr/sbin/glusterfs), version 6 or newer. Packages C(glusterfs-client) (Debian) or C(glusterfs-fuse) (EL).
  - Root, or the capability C(CAP_SYS_ADMIN) and access to C(/dev/fuse).
"""
