# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS of the connection to glusterd, as the client on this node would speak it.

The client turns it on where the file SECURE_ACCESS exists, whatever it is told, and takes its certificates from OpenSSL's directory. The probe must do
the same, or it would find servers that the client cannot use.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import ssl

SECURE_ACCESS = "/var/lib/glusterd/secure-access"
"""The client speaks TLS to glusterd if this file exists (SECURE_ACCESS_FILE in glusterfs.h)."""

DIRECTORIES = ("/usr/lib/ssl", "/etc/ssl", "/etc/pki/tls")
"""OpenSSL's directory by distribution, from which a client was built to take glusterfs.pem, .key and .ca."""


class Certificates(NamedTuple):
    """The files of this node: its certificate, the key to it, and the authorities that servers' certificates are verified by."""

    certificate: str
    key: str
    ca: str


def find(
    certificate: str = "", key: str = "", ca: str = "", directories: tuple[str, ...] = DIRECTORIES
) -> Certificates:
    """The files that are given, and for each that is not given the one in the distribution's directory: the first that has a glusterfs.pem."""
    existing = (folder for folder in directories if os.path.exists(f"{folder}/glusterfs.pem"))
    base = f"{next(existing, directories[0])}/glusterfs"
    return Certificates(certificate or f"{base}.pem", key or f"{base}.key", ca or f"{base}.ca")


def enabled(mode: str, secure_access: str = SECURE_ACCESS) -> bool:
    """Whether ``mode`` means TLS on this node; auto is what the client does."""
    return mode == "true" or (mode == "auto" and os.path.exists(secure_access))


def check(mode: str, secure_access: str = SECURE_ACCESS) -> None:
    """Raises ValueError where the client on this node would not do as ``mode`` says."""
    if mode == "true" and not os.path.exists(secure_access):
        raise ValueError(
            f"tls: true, but the client on this node would speak without TLS: there is no {secure_access}; create that file or write tls: auto"
        )
    if mode == "false" and os.path.exists(secure_access):
        raise ValueError(
            f"tls: false, but the client on this node speaks TLS: there is a {secure_access}; remove that file or write tls: auto"
        )


def context(certificates: Certificates) -> ssl.SSLContext:
    """TLS 1.2 or newer, servers verified by the authorities, not by name. Raises ValueError: which file cannot be used, and why."""
    import ssl  # 10 ms, which nodes without TLS need not spend

    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    try:
        made.load_verify_locations(certificates.ca)
    except OSError as error:
        raise ValueError(f"TLS: the authorities in {certificates.ca} cannot be used: {_why(error)}") from error
    try:
        made.load_cert_chain(certificates.certificate, certificates.key, _no_passphrase)
    except OSError as error:
        files = f"the certificate {certificates.certificate} with the key {certificates.key}"
        raise ValueError(f"TLS: {files} cannot be used: {_why(error)}") from error
    return made


def _no_passphrase() -> str:
    """Without this OpenSSL would ask for one on the terminal, and wait."""
    raise ValueError("TLS: the key of this node has a passphrase, which GlusterFS cannot enter; store it without")


def _why(error: OSError) -> str:
    return getattr(error, "reason", None) or error.strerror or str(error)
