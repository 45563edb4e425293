# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TCP connections listed and destroyed, of this very process."""

from __future__ import annotations

import contextlib
import os
import socket

import pytest

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host import tcp

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the kernel destroys connections for CAP_NET_ADMIN only")


@contextlib.contextmanager
def connected(address="127.0.0.1"):
    """Two connections to a server of this process, and the port that they go to."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.create_server((address, 0), family=family) as server:
        port = server.getsockname()[1]
        with socket.create_connection((address, port), 2) as one, socket.create_connection((address, port), 2) as two:
            yield one, two, port


def ours(port):
    return [entry for entry in tcp.of_process(os.getpid()) if entry.port == port]


def inode(link):
    return os.fstat(link.fileno()).st_ino


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_one_connection_is_destroyed_and_its_neighbour_to_the_same_port_lives_on(address):
    with connected(address) as (one, two, port):
        (wanted,) = [entry for entry in ours(port) if entry.inode == inode(one)]
        assert (wanted.address, wanted.port, wanted.state) == (address, port, tcp.ESTABLISHED)
        assert wanted.descriptor == one.fileno()
        tcp.destroy(wanted)
        with pytest.raises(ConnectionAbortedError):
            one.recv(1)
        assert [entry.inode for entry in ours(port)] == [inode(two)]
        two.sendall(b"still there")


def test_a_connection_that_is_gone_by_now_takes_no_other_with_it():
    with connected() as (one, two, port):
        (wanted,) = [entry for entry in ours(port) if entry.inode == inode(one)]
        tcp.destroy(wanted)
        with pytest.raises(FileNotFoundError):
            tcp.destroy(wanted)
        two.sendall(b"still there")


def test_a_connection_by_which_nothing_has_come_is_told_from_one_that_has_an_answer():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port), 2) as link:
            end, _address = server.accept()
            with end:
                assert tcp.unheard(port) == {inode(link)}
                end.sendall(b"answer")
                assert link.recv(6) == b"answer"
                assert not tcp.unheard(port)
                assert [entry.received for entry in ours(port)] == [6]


def test_connections_of_another_process_are_not_ours():
    with connected() as (_one, _two, port):
        assert not [entry for entry in tcp.of_process(os.getppid()) if entry.port == port]
        assert len(tcp.connections(port)) == 2


def test_an_address_of_ipv4_by_a_socket_of_ipv6_is_one_of_ipv4():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_INET6) as link:
        port = server.getsockname()[1]
        link.connect(("::ffff:127.0.0.1", port))
        (entry,) = ours(port)
        assert entry.address == "127.0.0.1"
        tcp.destroy(entry)
