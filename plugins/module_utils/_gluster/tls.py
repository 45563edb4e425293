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
    import socket
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


class Secured(NamedTuple):
    """How this node speaks TLS, by which files.

    fault: what is wrong with them before anybody is asked, "" if nothing is known. over: whether that is for time alone, of which no server thinks otherwise.
    """

    context: ssl.SSLContext
    certificates: Certificates
    fault: str = ""
    over: bool = False

    def check_time(self) -> None:
        """Raises ValueError where a certificate has ended or is not valid yet: it leads to no mount."""
        if self.over:
            raise ValueError(f"TLS: {self.fault}")

    def wrap_socket(self, link: socket.socket) -> ssl.SSLSocket:
        return self.context.wrap_socket(link)

    def explain(self, error: Exception) -> str:
        """What a failure of TLS with a server means for the files of this node, by their paths."""
        why = (getattr(error, "verify_message", None) or getattr(error, "reason", None) or "").lower().replace("_", " ")
        if self.fault:
            return self.fault
        if getattr(error, "verify_code", 0):
            if any(word in why for word in _TIME):
                return f"the server's certificate: {why}; see the clocks of both hosts, and renew it"
            return f"the server's certificate is of none of the authorities in {self.certificates.ca}: {why}"
        if "alert" in why and any(word in why for word in ("unknown ca", "certificate", "bad cert", "access denied")):
            return f"the server refuses the certificate {self.certificates.certificate}: see its authority, and the clocks of both hosts"
        if not why:
            return (
                f"if the server speaks TLS, it may refuse the certificate {self.certificates.certificate}: see its authority, and the clocks of both "
                "hosts"
            )
        return ""


_TIME = ("expired", "not yet valid")


def here() -> Secured | None:
    """TLS as the clients of this host speak it, None if they do not. Raises ValueError where a file cannot be used."""
    return secured(find()) if enabled("auto") else None


def fault_here() -> str:
    """What is wrong with the files by which GlusterFS speaks TLS on this host, "" if it does not or nothing is known."""
    try:
        secure = here()
    except ValueError as error:
        return str(error)
    return f"TLS: {secure.fault}" if secure and secure.fault else ""


def secured(certificates: Certificates) -> Secured:
    """TLS by these files, with what is wrong with them. Raises ValueError: which file cannot be used, and why."""
    made = context(certificates)
    why = _rehearse(made, certificates)
    if not why:
        return Secured(made, certificates)
    over = any(word in why for word in _TIME)
    if over:
        fault = f"{certificates.certificate}, or an authority in {certificates.ca}: {why}; see the clock of this host, and renew it"
    else:
        fault = f"the certificate {certificates.certificate} is of none of the authorities in {certificates.ca}: {why}"
    return Secured(made, certificates, fault, over)


def _rehearse(client: ssl.SSLContext, certificates: Certificates) -> str:
    """What somebody who trusts the same authorities would have against this node's certificate, "" for nothing: a handshake of this process with itself."""
    import ssl

    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificates.certificate, certificates.key, _no_passphrase)
    server.load_verify_locations(certificates.ca)
    server.verify_mode = ssl.CERT_REQUIRED
    presenting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    presenting.check_hostname = False
    presenting.verify_mode = ssl.CERT_NONE
    presenting.load_cert_chain(certificates.certificate, certificates.key, _no_passphrase)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        presenting.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    )
    for _flight in range(4):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError as error:
                return str(error.verify_message).lower()
            except ssl.SSLError:
                return ""  # no word about the certificate
    return ""


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
