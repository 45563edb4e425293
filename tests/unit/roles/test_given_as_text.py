# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables that are given as text, as by ``-e NAME=false`` or from an inventory in INI: a role gets them as they are, since Ansible only looks whether they
could be what its specification says. So an expression converts each, and what is handed to a module as it is, the module converts."""

from __future__ import annotations

import warnings
from typing import Any, Iterator, NamedTuple

import jinja2
import pytest
from jinja2 import nodes

from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes import volumes
from ansible_collections.evenkeel.glusterfs.tests.unit import written

SPECS = {path: written.variables(path)["argument_specs"] for path in written.paths("roles/*/meta/argument_specs.yml")}
CONDITIONS = ("when", "that", "failed_when", "changed_when", "until")
CONVERSIONS = {"bool": {"bool"}, "int": {"int", "float"}, "float": {"int", "float"}}
FILES = written.paths(
    "roles/*/tasks/**/*.yml",
    "roles/*/handlers/*.yml",
    "roles/*/vars/*.yml",
    "roles/*/defaults/*.yml",
    "roles/*/templates/*",
    "playbooks/*.yml",
)
SAID_IN_PLAYBOOKS = {"gluster_upgrade_without_copies": "bool", "gluster_upgrade_op_version": "bool"}


def _options() -> Iterator[tuple[str, str]]:
    """Each option that is no text, with its type; one of a list's entry as ``item.NAME``, which is how tasks have it."""
    for specs in SPECS.values():
        for entry in specs.values():
            for name, option in entry["options"].items():
                yield name, option["type"]
                for inner, said in option.get("options", {}).items():
                    yield f"item.{inner}", said["type"]


TYPES = {name: kind for name, kind in _options() if kind in CONVERSIONS} | SAID_IN_PLAYBOOKS


class Use(NamedTuple):
    """Where an expression uses such a variable: ``right`` if text does no harm there."""

    name: str
    right: bool


def _texts(value: Any, *, condition: bool = False) -> Iterator[str]:
    """The templates in a value of YAML. One that is a condition stands there without its braces."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _texts(inner, condition=key in CONDITIONS)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner, condition=condition)
    elif isinstance(value, str) and condition:
        yield f"{{% if {value} %}}{{% endif %}}"
    elif isinstance(value, str) and ("{{" in value or "{%" in value):
        yield value


def _name(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
        return f"{node.node.name}.{node.attr}"
    return ""


def uses(text: str) -> Iterator[Use]:
    """Each use of a variable of TYPES in a template."""
    with warnings.catch_warnings():
        # Of patterns with a backslash, which Ansible takes as they are.
        warnings.simplefilter("ignore", DeprecationWarning)
        tree = jinja2.Environment(autoescape=True).parse(text)
    parents = {id(child): node for node in tree.find_all(nodes.Node) for child in node.iter_child_nodes()}
    parents.update({id(child): tree for child in tree.iter_child_nodes()})
    for node in tree.find_all((nodes.Name, nodes.Getattr)):
        name = _name(node)
        kind = TYPES.get(name)
        if kind is None:
            continue
        outer = parents[id(node)]
        while isinstance(outer, nodes.Filter) and outer.name == "default" and outer.node is node:
            node, outer = outer, parents[id(outer)]
        yield Use(name, _is_right(node, outer, kind, tree))


def _is_right(node: nodes.Node, outer: nodes.Node, kind: str, tree: nodes.Template) -> bool:
    if isinstance(outer, nodes.Filter) and outer.node is node and outer.name in CONVERSIONS[kind]:
        return True
    if isinstance(outer, nodes.Test):
        return outer.name in ("defined", "undefined")
    if isinstance(outer, nodes.Output):
        return kind != "bool" or (len(tree.body) == 1 and len(outer.nodes) == 1)
    return isinstance(outer, nodes.Concat) and kind != "bool"


def _found() -> Iterator[tuple[str, str, Use]]:
    for path in FILES:
        texts = (
            [(written.ROOT / path).read_text(encoding="utf-8")] if "/templates/" in path else _texts(written.load(path))
        )
        for text in texts:
            for use in uses(text):
                yield path, text, use


def test_a_boolean_or_a_number_given_as_text_means_what_ansible_calls_one_wherever_a_role_or_a_playbook_uses_it():
    assert [(path, text) for path, text, use in _found() if not use.right] == []


def test_the_uses_are_found():
    used = {use.name for _path, _text, use in _found()}
    assert len(TYPES) >= 40
    # That of a volume of Kubernetes is read by the filter kubernetes_volumes; a mount is handed to the module mounts with all that is said of it.
    handed_on = {"boot", "guard", "subdir_create", "timeout_probe", "timeout_total", "timeout_try"}
    assert set(TYPES) - used == {"item.read_only", *(f"item.{name}" for name in handed_on)}


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("{% if gluster_client_heal %}{% endif %}", False),
        ("{% if gluster_client_heal | bool %}{% endif %}", True),
        ("{% if not gluster_client_heal | default(true) %}{% endif %}", False),
        ("{% if not gluster_client_heal | default(true) | bool %}{% endif %}", True),
        ("{{ gluster_client_heal }}", True),
        ("a: {{ gluster_client_heal }}", False),
        ("{{ item.force | default(false) }}", True),
        ("{{ 'yes' if item.force else 'no' }}", False),
        ("{{ gluster_server_timeout_heal / 5 }}", False),
        ("{{ gluster_server_timeout_heal | float / 5 }}", True),
        ("after {{ gluster_server_timeout_heal }} s", True),
        ("{{ '49152-' ~ gluster_server_max_port }}", True),
    ],
)
def test_what_counts_as_a_use_that_text_does_no_harm_to(text, right):
    assert [use.right for use in uses(text)] == [right]


VOLUME = {"name": "web", "path": "/srv/gluster/web/data", "capacity": "10Gi"}


@pytest.mark.parametrize("false", ["false", "False", "no", "off", "0", "n", "f", 0, False])
@pytest.mark.parametrize("true", ["true", "yes", "On", "1", "y", "t", 1, True])
def test_a_volume_of_kubernetes_takes_every_boolean_of_ansible(false, true):
    (volume,) = volumes.complete([{**VOLUME, "gate": false, "read_only": true}], "", "/gates")
    assert (volume["gate"], volume["read_only"], volume["access_modes"]) == ("", True, ["ReadOnlyMany"])


def test_what_is_no_boolean_of_a_volume_is_refused():
    with pytest.raises(ValueError, match="web: gate: perhaps: not a boolean; write true or false"):
        volumes.complete([{**VOLUME, "gate": "perhaps"}], "", "/gates")
