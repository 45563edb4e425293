# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The TLS arguments of the modules that ask servers, see doc_fragments/tls.py."""

from __future__ import annotations

import contextlib
from typing import Any, Mapping

from .._gluster import tls
from .._gluster.network import Network

ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "tls": {"type": "str", "choices": ["auto", "true", "false"], "default": "auto"},
    "tls_certificate": {"type": "path"},
    "tls_key": {"type": "path", "no_log": False},
    "tls_ca": {"type": "path"},
}


def context(params: Mapping[str, Any]) -> tls.Secured | None:
    """What the servers are to be asked through, None for no TLS. Raises ValueError where a file cannot be used."""
    if not tls.enabled(params["tls"]):
        return None
    certificate, key, ca = (params[name] or "" for name in ("tls_certificate", "tls_key", "tls_ca"))
    return tls.secured(tls.find(certificate, key, ca))


def network(params: Mapping[str, Any], *, check: bool) -> Network:
    """The way to the servers of a mount, which only a state that mounts asks. Raises ValueError where a certificate cannot be used."""
    if params["state"] not in ("mounted", "remounted"):
        return Network()
    if not check:
        tls.check(params["tls"])
        secure = context(params)
        if secure:
            secure.check_time()
        return Network.secured(secure)
    with contextlib.suppress(ValueError):  # an earlier task would have put the certificates there
        return Network.secured(context(params))
    return Network()
