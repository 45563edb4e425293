# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a task failed, in a text without the contents of manifests, which carry what containers have in their environment.

An API server quotes what it refuses: a whole pod template, where the template of a Job cannot be changed (Error of
k8s.io/apimachinery/pkg/util/validation/field), and parts of a manifest that it cannot read (jsoniter). Others, as admission webhooks, quote what they like.
"""

from __future__ import annotations

import ast
import json
import re
from typing import Any, Iterable, Iterator, Mapping

HIDDEN = "***"
MOST = 2000
"""Characters of one reason; an answer of a proxy may be a page."""

_SHORTEST = 4
_BYTES = re.compile(r"""b(?P<quote>['"])\{.*\}(?:\\n)?(?P=quote)""", re.DOTALL)
_BODY = re.compile(r'\{\s*".*\}', re.DOTALL)
_AROUND = re.compile(r"HTTP response headers: [^\n]*\n|\s*Original traceback:.*", re.DOTALL)
"""What the lookup kubernetes.core.k8s says around an answer."""
_QUOTED = re.compile(r"\b(Invalid|Unsupported|Duplicate) value: .*", re.DOTALL)
_UNREADABLE = re.compile(r"error found in #.*", re.DOTALL)
_EXCERPT = re.compile(r"(line \d+, column \d+):\n[^\n]*\n *\^")
"""What PyYAML without libyaml adds to where it cannot read on."""
_IMMUTABLE = "field is immutable"
_ESCAPED = re.compile(r"""[\x00-\x1f"'\\<>&]+""")
"""What JSON, Go and Python write in another way than it is; between such characters a value is found wherever it is quoted."""


def text(result: Mapping[str, Any], objects: Iterable[Any]) -> str:
    """What a failed task says, each of its items by name. objects: those whose contents it must not show, in lists of any depth."""
    failed = [item for item in result.get("results") or [] if isinstance(item, Mapping) and item.get("failed")]
    names: dict[str, list[str]] = {}
    for item in failed:
        names.setdefault(_reason(item), []).append(_name(item.get("item")))
    shown = "; ".join(f"{', '.join(those)}: {reason}" for reason, those in names.items()) or _reason(result)
    for value in sorted(_contents(objects), key=len, reverse=True):
        shown = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", HIDDEN, shown)
    return shown


def _name(item: Any) -> str:
    """A step's name, or the text that an item is. Never the contents of one."""
    name = item.get("name") if isinstance(item, Mapping) else item
    return name if isinstance(name, str) else "an item without a name"


def _reason(result: Mapping[str, Any]) -> str:
    reason = str(result.get("msg") or _end(str(result.get("exception") or "")) or "failed without a message")
    reason = _BYTES.sub(lambda match: _decoded(match[0]), _AROUND.sub("", _EXCERPT.sub(r"\1", reason)))
    reason = _BODY.sub(lambda match: _answer(match[0]), reason)
    reason = _UNREADABLE.sub("it cannot be read", _QUOTED.sub(r"\1 value", reason)).strip()
    return reason if len(reason) <= MOST else f"{reason[:MOST]}..."


def _end(traceback: str) -> str:
    """The exception that a traceback ends with. ansible-core 2.17 gives nothing else where a filter of its own fails."""
    lines = traceback.strip().splitlines()
    last = max((number for number, line in enumerate(lines) if line.startswith('  File "')), default=-1)
    rest = lines[last + 1 :]
    while rest and last >= 0 and rest[0].startswith("    "):
        del rest[0]
    return "\n".join(rest)


def _decoded(body: str) -> str:
    """What bytes say that Python has written down."""
    try:
        return str(ast.literal_eval(body).decode(errors="replace"))
    except (ValueError, SyntaxError):
        return ""


def _answer(body: str) -> str:
    """The answer of an API server: status, reason, and its message, of which it names the fields where it quotes them."""
    try:
        status = json.loads(body)
        fields = [cause for cause in (status.get("details") or {}).get("causes") or [] if cause.get("field")]
        details = ", ".join(_field(cause) for cause in fields) or str(status.get("message") or "")
        return f"{status.get('reason')} ({status.get('code')}): {details}"
    except (ValueError, AttributeError, TypeError):
        return "an answer that is no status of an API server"


def _field(cause: Mapping[str, Any]) -> str:
    message = str(cause.get("message") or "")
    ending = f" ({_IMMUTABLE})" if message.endswith(_IMMUTABLE) else ""
    return f"{cause['field']}: {cause.get('reason')}{ending}"


def _contents(objects: Iterable[Any]) -> set[str]:
    """The pieces of what containers get to know, and of annotations, but for what names something.

    Pieces of fewer characters would hide words of the sentence around them.
    """
    texts: set[str] = set()
    names: set[str] = set()
    for inner in _mappings(objects):
        names.update(str(inner.get(key)) for key in ("kind", "name", "namespace"))
        for entry in inner.get("env") or ():
            texts.update(_texts(entry.get("value") if isinstance(entry, Mapping) else entry))
        for key in ("command", "args", "annotations"):
            texts.update(_texts(inner.get(key)))
    pieces = {piece.strip() for value in texts if _manifest(value) is None for piece in _ESCAPED.split(value)}
    return {piece for piece in pieces - names if len(piece) >= _SHORTEST}


def _manifest(value: Any) -> Any:
    """The object that a text is in JSON, as kubectl keeps what it has applied in an annotation."""
    try:
        return json.loads(value) if isinstance(value, str) and value.lstrip().startswith("{") else None
    except ValueError:
        return None


def _mappings(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, str):
        value = _manifest(value)
    if isinstance(value, Mapping):
        yield value
        value = value.values()
    elif not isinstance(value, (list, tuple)):
        return
    for inner in value:
        yield from _mappings(inner)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from _texts(inner)
