# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._host.plain import OBEYED, plain, plain_lines


def test_what_a_terminal_obeys_is_written_out():
    assert plain("/srv/\x1b[2Ja\rb\nc\u202ed\udcffe") == r"/srv/\x1b[2Ja\rb\nc\u202ed\udcffe"


def test_what_can_be_seen_stays_as_it_is():
    assert plain("/srv/größe 文 \\ 'x'") == "/srv/größe 文 \\ 'x'"


@given(st.text(st.characters()))
def test_no_text_comes_out_that_could_not_be_written_on_one_line(text):
    assert plain(text).isprintable()
    assert plain(text).encode().decode() == plain(text)


@given(st.text(st.characters()))
def test_a_message_keeps_its_lines_and_no_others(text):
    assert plain_lines(text).count("\n") == text.count("\n")
    assert plain_lines(text).replace("\n", "").isprintable()


def test_all_control_characters_and_marks_of_direction_are_those_that_no_name_may_have():
    every = [chr(number) for number in range(0x110000)]
    directions = ("LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI", "FSI", "PDI")
    for each in every:
        told = unicodedata.category(each) in ("Cc", "Zl", "Zp") or unicodedata.bidirectional(each) in directions
        assert bool(OBEYED.match(each)) == (told or each in "\u061c\u200e\u200f"), hex(ord(each))
