# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._gluster import volfile

VOLFILES = Path(__file__).resolve().parents[3] / "fixtures" / "volfiles"
"""As glusterd 10.3 writes them; running-snapshots is what a client shows in .meta, trusted has an invented password."""

REAL = {path.stem: path.read_text() for path in VOLFILES.glob("*.vol")}
SECRETS = ("11111111-2222-3333-4444-555555555555", "66666666-7777-8888-9999-000000000000")


def graph(top, clients=3):
    """A volfile of ``clients`` clients, x-client-0 and so on, and one translator, or more of them, above."""
    text = ""
    for number in range(clients):
        text += (
            f"volume x-client-{number}\ntype protocol/client\noption remote-host gfs{number}\n"
            "option remote-subvolume /b\nend-volume\n"
        )
    return text + top


def cluster(kind, *options, clients=3):
    names = " ".join(f"x-client-{number}" for number in range(clients))
    lines = "".join(f"option {option}\n" for option in options)
    return graph(f"volume x-0\ntype cluster/{kind}\n{lines}subvolumes {names}\nend-volume\n", clients)


def met(text, up, require="writable"):
    """Whether the requirement is met while the clients with the numbers ``up`` are connected."""
    found = volfile.parse(text)
    names = [brick.name for brick in found.bricks]
    return not found.missing({names[number] for number in up}, require)


# -- what is there -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "subvolumes"),
    [
        ("replica3", [("replicate", 3)]),
        ("trusted", [("replicate", 3)]),
        ("arbiter", [("replicate", 3)]),
        ("replica2", [("replicate", 2)]),
        ("thin", [("replicate", 2)]),
        ("disperse", [("disperse", 3)]),
        ("distrep", [("replicate", 3), ("replicate", 3)]),
        ("distribute", [("client", 1)] * 3),
        ("distribute-parallel", [("client", 1)] * 3),
        ("lone", [("client", 1)]),
        ("snapshots", [("replicate", 3)]),
        ("running-snapshots", [("replicate", 3)]),
        ("gfproxy", []),
    ],
)
def test_the_bricks_of_every_kind_of_volume_are_found(name, subvolumes):
    found = volfile.parse(REAL[name])
    assert [(subvolume.kind, len(subvolume.bricks)) for subvolume in found.subvolumes] == subvolumes


def test_every_real_volfile_is_tested():
    marks = test_the_bricks_of_every_kind_of_volume_are_found.pytestmark
    assert {case[0] for case in marks[0].args[1]} == set(REAL)


def test_a_brick_has_the_host_and_the_path_it_is_asked_for_and_the_name_the_client_knows_it_by():
    found = volfile.parse(REAL["distrep"])
    first, second = found.subvolumes
    assert (first.name, second.name) == ("distrep-replicate-0", "distrep-replicate-1")
    assert [(brick.host, brick.path, brick.name) for brick in second.bricks] == [
        ("gfs1", "/bricks/distrep2", "distrep-client-3"),
        ("gfs2", "/bricks/distrep2", "distrep-client-4"),
        ("gfs3", "/bricks/distrep2", "distrep-client-5"),
    ]
    assert found.bricks == first.bricks + second.bricks
    assert str(found.bricks[0]) == "gfs1:/bricks/distrep1"


def test_what_a_running_client_shows_has_the_bricks_that_the_server_described():
    assert volfile.parse(REAL["running-snapshots"]) == volfile.parse(REAL["snapshots"])


def test_bricks_are_in_the_order_in_which_the_replica_set_names_them():
    text = graph("volume x-0\ntype cluster/replicate\nsubvolumes x-client-1 x-client-0\nend-volume\n", 2)
    assert [brick.name for brick in volfile.parse(text).bricks] == ["x-client-1", "x-client-0"]


def test_translators_between_a_replica_set_and_its_bricks_do_not_hide_them():
    text = graph(
        "volume between\ntype performance/readdir-ahead\nsubvolumes x-client-0\nend-volume\n"
        "volume x-0\ntype cluster/replicate\nsubvolumes between x-client-1\nend-volume\n",
        2,
    )
    (subvolume,) = volfile.parse(text).subvolumes
    assert [brick.name for brick in subvolume.bricks] == ["x-client-0", "x-client-1"]


# -- how many are needed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "enough", "short"),
    [
        (REAL["replica3"], [(0, 1), (1, 2), (0, 1, 2)], [(), (0,), (2,)]),
        (REAL["arbiter"], [(0, 1), (1, 2)], [(), (0,), (2,)]),
        (REAL["replica2"], [(0,), (1,)], [()]),
        (REAL["thin"], [(0,), (1,)], [()]),
        (REAL["disperse"], [(0, 1), (1, 2)], [(), (0,)]),
        (REAL["distribute"], [(0, 1, 2)], [(), (0, 1), (1, 2)]),
        (REAL["distrep"], [(0, 1, 3, 5)], [(), (0, 1, 2), (0, 1, 2, 3)]),
        (cluster("replicate", "quorum-type none"), [(2,)], [()]),
        (cluster("replicate", "quorum-type none", "quorum-count 2"), [(2,)], [()]),
        (cluster("replicate", "quorum-type auto", clients=2), [(0,), (0, 1)], [(), (1,)]),
        (cluster("replicate", clients=4), [(0, 3), (1, 2, 3)], [(0,), (1, 2), (2, 3)]),
        (cluster("replicate", "quorum-type fixed", "quorum-count 3"), [(0, 1, 2)], [(0, 1)]),
        (cluster("replicate", "quorum-type fixed", "quorum-count 1"), [(1,)], [()]),
        (cluster("replicate", "quorum-type fixed"), [(1,)], [()]),
        (cluster("replicate", "quorum-count 3"), [(1, 2)], [(1,)]),
        (cluster("disperse", "redundancy 2", clients=6), [(0, 1, 2, 3)], [(0, 1, 2)]),
        (cluster("disperse", "redundancy 1", "quorum-count 3"), [(0, 1, 2)], [(0, 1)]),
        (cluster("afr"), [(0, 1)], [(0,)]),
        (cluster("ec", "redundancy 1"), [(0, 1)], [(0,)]),
    ],
)
def test_a_volume_counts_as_writable_with_the_bricks_that_the_client_itself_asks_for(text, enough, short):
    assert [up for up in enough if not met(text, up)] == []
    assert [up for up in short if met(text, up)] == []


@pytest.mark.parametrize(
    ("text", "enough", "short"),
    [
        (REAL["replica3"], [(1, 2)], [(2,)]),
        (REAL["disperse"], [(0, 1)], [(0,)]),
        (cluster("disperse", "redundancy 1", "quorum-count 3"), [(0, 1)], [(0,)]),
        (REAL["distribute"], [(1,)], [()]),
        (REAL["distrep"], [(0, 1), (4, 5)], [(2, 3), (1,)]),
    ],
)
def test_any_asks_for_one_subvolume_that_can_be_read(text, enough, short):
    assert [up for up in enough if not met(text, up, "any")] == []
    assert [up for up in short if met(text, up, "any")] == []


def test_all_asks_for_every_brick_but_not_for_the_thin_arbiter():
    assert met(REAL["replica3"], (0, 1, 2), "all")
    assert not met(REAL["replica3"], (0, 1), "all")
    assert met(REAL["thin"], (0, 1), "all")
    assert not met(REAL["thin"], (0,), "all")


def test_the_subvolume_that_falls_short_is_named():
    found = volfile.parse(REAL["distrep"])
    up = {brick.name for brick in found.subvolumes[0].bricks}
    assert [subvolume.name for subvolume in found.missing(up, "writable")] == ["distrep-replicate-1"]


def test_a_misspelt_requirement_is_not_taken_for_another():
    with pytest.raises(ValueError, match="writeable"):
        volfile.parse(REAL["lone"]).missing((), "writeable")


# -- what is no volfile --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n# only a comment\n",
        "<html></html>\n",
        "volume x\ntype debug/io-stats\nend-volume\n",
        "volume x\ntype protocol/client\n",
        "volume x\nend-volume\n",
        "volume\ntype protocol/client\nend-volume\n",
        "volume x\ntype protocol/client\nvolume y\ntype protocol/client\nend-volume\n",
        "volume x\ntype protocol/client\nend-volume\nend-volume\n",
        "volume x\ntype protocol/client\nend-volume x\n",
        "volume x\ntype protocol/client\ntype cluster/replicate\nend-volume\n",
        "type protocol/client\n",
        "option remote-host gfs1\n",
        "volume x\ntype protocol/client\noption\nend-volume\n",
        "volume x\ntype protocol/client\nsubvolumes x\nend-volume\n",
        "volume x\ntype protocol/client\nsubvolumes\nend-volume\n",
        "volume x\ntype protocol/client\nwhat\nend-volume\n",
        graph("volume x-client-0\ntype protocol/client\nend-volume\n"),
        graph("volume x-0\ntype cluster/replicate\nsubvolumes x-client-9\nend-volume\n"),
        graph("volume x-0\ntype cluster/replicate\nend-volume\n"),
        cluster("replicate", "thin-arbiter gfs0:/b", clients=1),
        cluster("replicate", "quorum-type some"),
        cluster("replicate", "quorum-type fixed", "quorum-count two"),
        cluster("replicate", "quorum-type fixed", "quorum-count -1"),
        cluster("disperse"),
        cluster("disperse", "redundancy 2"),
        cluster("disperse", "redundancy ²"),
        "#" * (volfile.MOST_CHARACTERS + 1),
    ],
)
def test_what_is_no_volfile_is_refused(text):
    with pytest.raises(ValueError, match="^no volfile: "):
        volfile.parse(text)


def test_comments_blank_lines_and_line_ends_of_windows_are_no_harm():
    text = "# made by hand\n\n" + REAL["replica3"].replace("\n", "\r\n").replace("    ", "\t")
    assert volfile.parse(text) == volfile.parse(REAL["replica3"])


def test_a_graph_that_names_its_translators_again_and_again_takes_no_time():
    text = graph("", 1)
    below = "x-client-0"
    for number in range(100):
        text += f"volume v{number}\ntype debug/trace\nsubvolumes {below} {below}\nend-volume\n"
        below = f"v{number}"
    assert [brick.name for brick in volfile.parse(text).bricks] == ["x-client-0"]


PIECES = st.sampled_from(["", "\n", "volume x\n", "end-volume\n", "type cluster/replicate\n", "subvolumes ", "\0", "#"])


@st.composite
def damaged(draw, texts):
    """A real volfile of which pieces were cut out, doubled, or replaced, and lines put elsewhere."""
    text = draw(st.sampled_from(texts))
    for _time in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(len(text), start + 300)))
        text = text[:start] + draw(PIECES | st.just(text[start:end] * 2) | st.text(max_size=9)) + text[end:]
    if draw(st.booleans()):
        lines = text.split("\n")
        where = st.integers(0, len(lines) - 1)
        lines.insert(draw(where), lines.pop(draw(where)))
        text = "\n".join(lines)
    return text


@given(damaged(sorted(REAL.values())) | st.text())
def test_a_damaged_volfile_is_read_or_refused_and_nothing_else(text):
    with contextlib.suppress(ValueError):
        found = volfile.parse(text)
        everything = {brick.name for brick in found.bricks}
        assert not found.missing(everything, "all")
        assert not found.missing(everything, "any")


@given(damaged([REAL["trusted"]]) | st.just(REAL["trusted"]))
def test_the_password_is_neither_kept_nor_told(text):
    try:
        told = repr(volfile.parse(text))
    except ValueError as error:
        told = repr(error) + str(error)
    assert not [secret for secret in SECRETS if secret in told]
