# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes a plot and tables of the runs that tests/bench/silent.py has measured.

``python -m tests.bench.silent_pages FILE docs/silent-hosts.svg`` writes the plot and prints the tables.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from xml.sax.saxutils import escape

WIDTH, LEFT, RIGHT, ROW, TOP, BOTTOM = 920, 210, 20, 46, 34, 40
STYLE = "font-family: sans-serif; font-size: 12px; fill: #444"


def plot(rows):
    """Each run as a line of time: when the host was silent, how long the mount took, and each write as a stroke where it ended."""
    most = max(row["returned"] + 62 for row in rows)
    height = TOP + ROW * len(rows) + BOTTOM

    def x(seconds):
        return round(LEFT + seconds / most * (WIDTH - LEFT - RIGHT), 1)

    def text(place, y, words, anchor="start"):
        return f'<text x="{place}" y="{y}" text-anchor="{anchor}" style="{STYLE}">{escape(words)}</text>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        text(LEFT, 20, "a host is silent (red), the mount is made (blue), each stroke is a write that has ended"),
    ]
    for number, row in enumerate(rows):
        y = TOP + ROW * number
        how = "disconnected from it" if row["act"] else "without that"
        parts += [text(8, y + 16, row["fault"]), text(8, y + 31, how)]
        parts.append(
            f'<rect x="{x(0)}" y="{y + 4}" width="{x(row["returned"]) - x(0)}" height="{ROW - 10}" fill="#f8d7da"/>'
        )
        parts.append(f'<rect x="{x(0)}" y="{y + 8}" width="{x(row["mounted"]) - x(0)}" height="10" fill="#3b6fb6"/>')
        ends = (begun + seconds for begun, seconds in row["writers"]["append and fsync"]["writes"])
        strokes = "".join(f"M{x(end)} {y + 22}v10" for end in ends if end <= most)
        parts.append(f'<path d="{strokes}" stroke="#2e7d32" stroke-width="0.6" fill="none"/>')
        parts.append(text(x(row["mounted"]) + 4, y + 17, f"{row['mounted']:.1f} s"))
        again = x(row["connected"])
        parts.append(f'<path d="M{again} {y + 4}v{ROW - 10}" stroke="#555" stroke-dasharray="2 2"/>')
        parts.append(text(again + 3, y + 17, "on all bricks again"))
    axis = TOP + ROW * len(rows) + 6
    for seconds in range(0, int(most) + 1, 10):
        parts.append(f'<path d="M{x(seconds)} {axis - 4}v5" stroke="#444"/>')
        parts.append(text(x(seconds), axis + 14, str(seconds), "middle"))
    parts.append(text(LEFT, axis + 29, "seconds since the host fell silent"))
    return "\n".join([*parts, "</svg>", ""])


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def returns(rows):
    head = (
        "one of three hosts",
        "the new client is",
        "task (s)",
        "of which from the client's start to the proof (s)",
        "longest stall: append and fsync (s)",
        "create and rename (s)",
        "errors",
        "on all bricks after the return (s)",
        "to heal after the run",
    )
    return table(
        head,
        [
            (
                row["fault"],
                "disconnected from it" if row["act"] else "not",
                f"{row['module']:.1f}",
                f"{row['attempts'][-1]['seconds']:.1f}",
                *(f"{entry['stall']:.1f}" for entry in row["writers"].values()),
                sum(entry["errors"] for entry in row["writers"].values()),
                f"{row['connected'] - row['returned']:.1f}",
                row["waiting"],
            )
            for row in rows
        ],
    )


def under_way(rows):
    names = list(rows[0]["writers"])
    head = ("silent for (s)", "what is done", *names, "errors", "locks afterwards", "to heal", "healed after (s)")
    lines = []
    for row in rows:
        acted = row["act_after"] is not None
        done = f"the act after {row['act_after']:g} s" if acted else f"ping-timeout {row['ping_timeout']}"
        stalls = [f"{row['writers'][name]['stall']:.1f}" for name in names]
        errors = sum(row["writers"][name]["errors"] for name in names)
        locks = ", ".join(f"{name} {owner}" for name, owner in row["locks"].items())
        lines.append((row["seconds"], done, *stalls, errors, locks, row["waiting"], f"{row['healed']:.0f}"))
    return table(head, lines)


def main():
    file, picture = sys.argv[1:3]
    rows = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines()]
    kinds = {kind: [row for row in rows if row["kind"] == kind] for kind in ("return", "running")}
    if kinds["return"]:
        Path(picture).write_text(plot(kinds["return"]), encoding="utf-8")
        print(returns(kinds["return"]), end="\n\n")
    if kinds["running"]:
        print(under_way(kinds["running"]))


if __name__ == "__main__":
    main()
