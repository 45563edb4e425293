# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The image from a registry: by its digest, and not otherwise. The registry is a small one, on the host itself."""

from __future__ import annotations

import pytest

from ansible_collections.evenkeel.glusterfs.molecule.spc.bare import role
from ansible_collections.evenkeel.glusterfs.tests.lab import IMAGE

NAME = "localhost:5000/evenkeel-glusterfs"

REGISTRY = """
import hashlib, http.server, json, os
folder = "/run/registry"
manifest = open(f"{folder}/manifest.json", "rb").read()

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        kind, name = self.path.split("/")[-2:]
        if kind == "manifests":
            body, media = manifest, json.loads(manifest)["mediaType"]
        elif kind == "blobs":
            body, media = open(f"{folder}/{name.partition(':')[2]}", "rb").read(), "application/octet-stream"
        else:
            body, media = b"{}", "application/json"
        self.send_response(200)
        self.send_header("Content-Type", media)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, *_words):
        pass

server = http.server.ThreadingHTTPServer(("127.0.0.1", 5000), Handler)
print("ready")
server.serve_forever()
"""


@pytest.fixture(scope="module")
def digest(first):
    """Of the image in the registry, while it serves."""
    first.run("mkdir", "-p", "/run/registry")
    first.run("podman", "push", "--quiet", "--format=v2s2", IMAGE, "dir:/run/registry", timeout=180)
    with first.host.in_background(REGISTRY):
        found = first.run("sha256sum", "/run/registry/manifest.json").split()[0]
        yield found
        first.run("podman", "rmi", "--force", "--ignore", f"{NAME}@sha256:{found}")
    first.run("rm", "-r", "/run/registry")


def pull(image):
    """Run the role; whether it failed, and what it said."""
    failed, _changed, text = role(gluster_spc_image=image, gluster_spc_image_from="pull", gluster_spc_pull_tls=False)
    return failed, text


def there(first, image):
    return "0" in first.run("sh", "-c", f"podman image exists {image}; echo $?")


def test_by_its_digest_it_is_the_image_that_was_meant(first, digest):
    image = f"{NAME}@sha256:{digest}"
    failed, text = pull(image)
    assert not failed, text
    assert there(first, image)


def test_another_image_than_was_meant_is_refused_and_not_kept(first, digest):
    image = f"{NAME}@sha256:{'0' * 64}"
    failed, text = pull(image)
    assert failed
    assert "digest" in text
    assert not there(first, image)


def test_one_without_a_digest_is_refused(first):
    failed, text = pull(f"{NAME}:latest")
    assert failed
    assert "must end with its digest" in text
