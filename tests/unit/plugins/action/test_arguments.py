# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the action makes of a task's arguments: the same wherever the module runs."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.module_utils.common import json as ansible_json
from ansible_collections.whm.mail.plugins.module_utils._state.connection import ENVIRONMENT
from ansible_collections.whm.mail.plugins.plugin_utils._controller.arguments import as_module_sees, task_environment
from ansible_collections.whm.mail.plugins.plugin_utils._controller.connection_options import completed
from hypothesis import given, settings
from hypothesis import strategies as st


class Text(str):
    """As Ansible marks texts that it has read or that are unsafe."""


class Number(int):
    pass


def through_json(value: Any) -> Any:
    """How this version of ansible-core hands arguments to an ordinary module."""
    if hasattr(ansible_json, "get_module_encoder"):
        import ansible.template  # noqa: F401 (without it the encoders are not registered)

        encoder = ansible_json.get_module_encoder("legacy", ansible_json.Direction.CONTROLLER_TO_MODULE)
        return json.loads(json.dumps(value, cls=encoder))
    return json.loads(json.dumps(value, cls=ansible_json.AnsibleJSONEncoder, vault_to_text=True))


texts = st.text(st.characters(codec="utf-8"), max_size=5)
keys = st.one_of(texts, st.integers(), st.booleans(), st.none())
scalars = st.one_of(
    texts, st.integers(), st.booleans(), st.none(), st.floats(allow_nan=False), st.dates(), st.datetimes()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=12,
)


def exactly(value: Any) -> Any:
    """A value with the types of all that is in it."""
    if isinstance(value, dict):
        return {key: exactly(item) for key, item in value.items()}
    return [exactly(item) for item in value] if isinstance(value, list) else (type(value), value)


@settings(deadline=None)
@given(values)
def test_arguments_are_as_they_come_out_of_json(value: Any) -> None:
    try:
        found: Any = as_module_sees(value)
    except AnsibleActionFail as exc:
        found = exc
    if isinstance(found, AnsibleActionFail):
        assert "is there twice" in str(found), "JSON would drop one of them without a word"
        return
    assert exactly(found) == exactly(through_json(value))


def test_marked_texts_and_numbers_become_plain_at_every_depth() -> None:
    marked = {Text("a"): [Text("b"), {Text("c"): (Number(1), Text("d"))}], "e": {Text("f")}}
    found = as_module_sees(marked)
    assert exactly(found) == exactly({"a": ["b", {"c": [1, "d"]}], "e": ["f"]})
    assert {type(key) for key in found} == {str}


def test_plain_lists_cost_a_look() -> None:
    users = ["alice", "bob"]
    assert all(one is other for one, other in zip(as_module_sees(users), users, strict=True))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"params": {1: "a", "1": "b"}}, "params: 1 is there twice"),
        ({"params": {"key": b"x"}}, "params is of type bytes"),
        ({"params": {(1, 2): "x"}}, "params has a key of type tuple"),
        ({"params": {datetime.date(2026, 1, 2): "x"}}, "params has a key of type date"),
        ({"users": [object()]}, "users is of type object"),
    ],
)
def test_what_no_module_can_be_given_is_named(value: Any, words: str) -> None:
    with pytest.raises(AnsibleActionFail, match=words):
        as_module_sees(value)


@pytest.mark.parametrize("layers", [None, [], [None, {}], [{"A": "1"}, {"A": Text("2"), "B": 3}], {"A": 2, "B": 3}])
def test_the_last_layer_of_an_environment_counts(layers: Any) -> None:
    assert task_environment(layers) == ({"A": "2", "B": "3"} if layers and any(layers) else {})


def arguments(args: dict[str, Any], environment: Any = (), **variables: Any) -> dict[str, Any]:
    of_the_task = task_environment(list(environment))
    return completed(args, {"inventory_hostname": "localhost", **variables}, lambda value: value, of_the_task)


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ENVIRONMENT.values():
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(("option", "variable"), ENVIRONMENT.items())
def test_what_comes_first_counts(monkeypatch: pytest.MonkeyPatch, option: str, variable: str) -> None:
    """What it gives is what runs here, and what is handed to an ordinary module."""
    assert option not in arguments({})
    monkeypatch.setenv(variable, "controller")
    assert arguments({})[option] == "controller"
    for layers in ([{variable: "task"}], [{variable: "play"}, {variable: "task"}]):
        assert arguments({}, layers)[option] == "task"
    assert arguments({}, [{variable: " "}])[option] == "controller"
    if option != "api_host":
        assert arguments({}, [{variable: "task"}], **{f"whm_{option}": "host"})[option] == "host"
    for nothing in ("", "  ", None):
        assert arguments({option: nothing}, [{variable: "task"}])[option] == "task"
    everything = {f"whm_{option}": "host"} if option != "api_host" else {}
    assert arguments({option: "option"}, [{variable: "task"}], **everything)[option] == "option"
    assert option not in arguments({"transport": "cli"}, [{variable: "task"}])


@pytest.mark.parametrize("given", [{}, {"api_host": ""}])
def test_no_environment_leads_a_host_elsewhere(monkeypatch: pytest.MonkeyPatch, given: dict[str, Any]) -> None:
    monkeypatch.setenv("WHM_HOST", "stray")
    found = arguments(given, [{"WHM_HOST": "stray"}], inventory_hostname="whm1", ansible_host="192.0.2.1")
    assert found["api_host"] == "192.0.2.1"


def test_a_password_of_the_task_is_not_beaten_by_a_token_from_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHM_API_TOKEN", "T")
    assert "api_token" not in arguments({"api_password": "P"})
    assert "api_token" not in arguments({}, [{"WHM_PASSWORD": "P"}])
    assert arguments({}, [{"WHM_PASSWORD": "P"}])["api_password"] == "P"
