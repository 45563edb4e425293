# Copyright (c) 2026 The evenkeel.glusterfs authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import traceback

import pytest
import yaml

from ansible_collections.evenkeel.glusterfs.plugins.filter.kubernetes_failure import kubernetes_failure
from ansible_collections.evenkeel.glusterfs.plugins.module_utils._kubernetes import failure

HELD = "SECRET-XYZ"
POD = {
    "kind": "Pod",
    "metadata": {"name": "nginx", "namespace": "web"},
    "spec": {
        "containers": [
            {
                "name": "server",
                "env": [{"name": "MODE", "value": "web"}, {"name": "PASSWORD", "value": HELD}],
                "args": ["--token=abc def", 'first "line"\nsecond line'],
            }
        ]
    },
}
OBJECTS = [[POD]]


def status(message, code=422, reason="Invalid", **details):
    return json.dumps({"kind": "Status", "code": code, "reason": reason, "message": message, "details": details})


def step(answer, name="stop: patch Deployment web/nginx"):
    item = {"failed": True, "msg": f"Failed to patch object: {answer}", "item": {"name": name, "definition": POD}}
    return {"failed": True, "msg": "One or more items failed", "results": [{"item": {"name": "other"}}, item]}


TEMPLATE = (
    f'spec.template: Invalid value: core.PodTemplateSpec{{Env: {{Name:"P", Value:"{HELD}"}}}}: field is immutable'
)
CAUSE = {"field": "spec.template", "reason": "FieldValueInvalid", "message": TEMPLATE.partition(": ")[2]}


@pytest.mark.parametrize("quote", [lambda text: text, lambda text: repr(f"{text}\n".encode())], ids=["text", "bytes"])
def test_of_a_template_that_is_refused_the_field_is_named_and_nothing_of_it_shown(quote):
    answer = quote(status(f'Job.batch "nginx" is invalid: {TEMPLATE}', causes=[CAUSE]))
    told = "stop: patch Deployment web/nginx: Failed to patch object: Invalid (422): spec.template: FieldValueInvalid (field is immutable)"
    assert failure.text(step(answer), []) == told


def test_what_is_quoted_without_causes_is_not_shown_either():
    said = failure.text(step(status(TEMPLATE)), [])
    assert said.endswith("Invalid (422): spec.template: Invalid value")


def test_parts_of_a_manifest_that_cannot_be_read_are_not_shown():
    message = f'v1.EnvVar.Value: ReadString: expects ", error found in #10 byte of ...|"value":5}}]|..., bigger context ...|{HELD}|...'
    said = failure.text(step(status(message, 400, "BadRequest")), [])
    assert "BadRequest (400): v1.EnvVar.Value: ReadString" in said
    assert "XYZ" not in said


@pytest.mark.parametrize(
    ("quoted", "shown"),
    [
        (f"value {HELD} denied", "value *** denied"),
        ("argument '--token=abc def' denied", "argument '***' denied"),
        (r"argument first \"line\"\nsecond line", "first"),
    ],
)
def test_what_others_quote_of_an_environment_or_arguments_is_hidden(quoted, shown):
    said = failure.text(step(status(f'admission webhook "policy" denied the request: {quoted}', 403)), OBJECTS)
    assert 'admission webhook "policy" denied the request' in said
    assert HELD not in said
    assert "--token" not in said
    assert "second line" not in said
    if "***" in shown:
        assert shown in said


def test_what_kubectl_has_applied_is_hidden_and_its_words_are_not():
    applied = {"metadata": {"annotations": {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(POD)}}}
    said = failure.text({"msg": f"the kind Pod, its env and metadata: {HELD}"}, [[applied]])
    assert said == "the kind Pod, its env and metadata: ***"


def test_what_names_an_object_is_shown_though_a_variable_holds_it_too():
    assert failure.text({"msg": "Pod web/nginx"}, OBJECTS) == "Pod web/nginx"


def test_lines_of_a_file_that_is_no_yaml_are_not_shown():
    with pytest.raises(yaml.YAMLError) as error:
        yaml.load(f"kind: Pod\nenv:\n - value: {HELD}\n   }}{HELD}: [\n", yaml.SafeLoader)
    assert HELD in str(error.value)
    said = failure.text({"msg": str(error.value)}, [])
    assert HELD not in said
    assert "line 4, column 4" in said


def test_items_that_fail_of_the_same_are_told_together():
    items = [{"failed": True, "item": name, "msg": reason} for name, reason in (("a", "x"), ("b", "y"), ("c", "x"))]
    assert failure.text({"results": items}, []) == "a, c: x; b: y"


@pytest.mark.parametrize("quote", [str, lambda text: repr(f"{text}\n".encode())], ids=["text", "bytes"])
def test_of_a_query_that_is_refused_the_answer_is_told_alone(quote):
    body = quote(status('pods is forbidden: User "x" cannot list resource "pods"', 403, "Forbidden"))
    headers = "HTTP response headers: HTTPHeaderDict({'Date': 'today'})"
    said = (
        f"403\nReason: Forbidden\n{headers}\nHTTP response body: {body}\nOriginal traceback: \n  File x\n  {{'a': 1}}"
    )
    told = 'Forbidden (403): pods is forbidden: User "x" cannot list resource "pods"'
    assert failure.text({"msg": said}, []) == f"403\nReason: Forbidden\nHTTP response body: {told}"


def test_of_a_traceback_the_exception_is_told():
    said = ""
    try:
        yaml.load("a: b: c", yaml.SafeLoader)
    except yaml.YAMLError:
        said = failure.text({"msg": "", "exception": traceback.format_exc()}, [])
    assert said.startswith("yaml.scanner.ScannerError: mapping values are not allowed here")
    assert said.endswith("line 1, column 5")
    assert failure.text({"exception": "(traceback unavailable)"}, []) == "(traceback unavailable)"


def test_an_answer_of_a_proxy_is_shown_within_a_limit():
    said = failure.text({"msg": "x" * 100_000}, [])
    assert len(said) < failure.MOST + 10
    assert "no status" in failure.text(step('{"a": b}'), [])


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ({"msg": "After 3 s still waiting."}, "After 3 s still waiting."),
        ({}, "failed without a message"),
        ({"results": [{"failed": True, "item": "Pod", "msg": "Forbidden"}]}, "Pod: Forbidden"),
        ({"results": [{"failed": True, "item": POD, "msg": "no"}]}, "an item without a name: no"),
    ],
)
def test_a_failure_is_told_in_its_own_words_and_items_by_name(result, said):
    assert failure.text(result, OBJECTS) == said
    assert kubernetes_failure(result, *OBJECTS) == said
