# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The text format of Prometheus, version 0.0.4, as node_exporter's textfile collector reads it."""

from __future__ import annotations

from typing import Mapping, NamedTuple, Sequence, Union

from .._host.plain import plain

Number = Union[int, float]


class Sample(NamedTuple):
    """One value and its labels, whose names are ours and whose values may be anybody's."""

    value: Number
    labels: Mapping[str, str] = {}


class Metric(NamedTuple):
    """A family of series. kind: gauge or counter. help: one line."""

    name: str
    kind: str
    help: str
    samples: Sequence[Sample]


def text(metrics: Sequence[Metric]) -> str:
    """The file, "" for no samples. Of two samples with the same labels the first one stays: one series that comes twice costs the whole file."""
    lines: list[str] = []
    for metric in metrics:
        series: dict[str, Number] = {}
        for sample in metric.samples:
            series.setdefault(_labels(sample.labels), sample.value)
        if series:
            lines += [f"# HELP {metric.name} {metric.help}", f"# TYPE {metric.name} {metric.kind}"]
            lines += [f"{metric.name}{labels} {_number(value)}" for labels, value in series.items()]
    return "".join(f"{line}\n" for line in lines)


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    """Ends of lines, and bytes that are no text, are written out by ``plain``."""
    return plain(value).replace("\\", "\\\\").replace('"', '\\"')


def _number(value: Number) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6f}"
