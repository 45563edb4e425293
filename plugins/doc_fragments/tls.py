# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the TLS options."""

from __future__ import annotations


class ModuleDocFragment:
    """Options of the modules that ask servers."""

    DOCUMENTATION = r"""
options:
  tls:
    description:
      - Whether servers are asked through TLS, version 1.2 or newer, with this node's certificate, and their certificates verified.
      - V(auto) does as the GlusterFS client does, which speaks TLS to glusterd where C(/var/lib/glusterd/secure-access) exists.
      - The host name in a certificate is not verified. The GlusterFS client does not either.
    type: str
    choices: [auto, 'true', 'false']
    default: auto
  tls_certificate:
    description:
      - This node's certificate for O(tls). By default C(glusterfs.pem) in OpenSSL's directory, C(/usr/lib/ssl), C(/etc/ssl) or C(/etc/pki/tls).
      - The GlusterFS client itself always takes the files from there.
    type: path
  tls_key:
    description: The key to O(tls_certificate). By default C(glusterfs.key) beside it.
    type: path
  tls_ca:
    description: The certificates that servers are verified by. By default C(glusterfs.ca) in the same place.
    type: path
"""
