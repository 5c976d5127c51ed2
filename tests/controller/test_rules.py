# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller kit keeps the rules of a controller, and the rules are strict enough to see when it does not."""

from __future__ import annotations

import copy
import re
from typing import Any

import pytest
import yaml

from . import rules
from .kit import CHECKOUT, CREDENTIAL_TYPE, PROJECT, SCHEDULES, TEMPLATES, WORKFLOW

TEXT = {"question_name": "What?", "variable": "what", "type": "text", "required": False}
PICK = {**TEXT, "type": "multiplechoice", "choices": ["a", "b"]}


def test_the_credential_type_keeps_the_rules() -> None:
    assert rules.credential_type(CREDENTIAL_TYPE["inputs"], CREDENTIAL_TYPE["injectors"]) == []


def test_what_is_secret_is_marked_as_secret() -> None:
    fields = {field["id"]: field.get("secret", False) for field in CREDENTIAL_TYPE["inputs"]["fields"]}
    assert fields == {"host": False, "username": False, "token": True, "tokens": True, "ca": False, "store": True}


def test_fields_name_their_type_because_a_controller_would_add_it() -> None:
    """It would then differ from what the playbook wants, which would never be content."""
    assert all("type" in field for field in CREDENTIAL_TYPE["inputs"]["fields"])


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_surveys_keep_the_rules(name: str) -> None:
    survey = TEMPLATES[name]["survey"]
    assert rules.survey(survey) == []
    assert rules.answers(survey, {}) == [], "schedules and workflows answer nothing"


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_playbooks_are_offered_by_a_controller(name: str) -> None:
    assert rules.lists_as_playbook((PROJECT / TEMPLATES[name]["playbook"]).read_text(encoding="utf-8"))


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule["key"])
def test_schedules_keep_the_rules(schedule: dict[str, Any]) -> None:
    assert rules.rrule(schedule["rrule"]) == []
    assert rules.answers(TEMPLATES[schedule["template"]]["survey"], schedule["answers"]) == []


def test_the_workflow_enforces_nothing_without_an_approval() -> None:
    nodes = {node["identifier"]: node for node in WORKFLOW["nodes"]}
    assert {name: node.get("next", []) for name, node in nodes.items()} == {
        "audit": ["approval"],
        "approval": ["enforce"],
        "enforce": [],
    }
    assert "approval" in nodes["approval"]
    for node in nodes.values():
        if "template" in node:
            assert rules.answers(TEMPLATES[node["template"]]["survey"], node.get("answers", {})) == []


def test_an_audit_is_a_check_and_every_change_can_be_one() -> None:
    assert TEMPLATES["WHM audit"]["job_type"] == "check"
    assert all(row["ask_job_type_on_launch"] for name, row in TEMPLATES.items() if name != "WHM audit")


def test_the_project_asks_for_the_version_of_the_kit_and_no_other() -> None:
    built = yaml.safe_load((CHECKOUT / "galaxy.yml").read_text(encoding="utf-8"))
    (asked,) = yaml.safe_load((PROJECT / "collections/requirements.yml").read_text(encoding="utf-8"))["collections"]
    assert (asked["type"], asked["version"]) == ("git", built["version"])
    assert asked["name"] == f"{built['repository']}.git"
    page = (CHECKOUT / "docs/awx.md").read_text(encoding="utf-8")
    assert set(re.findall(r"(?:whm\.mail\.git,|whm-mail:)(\d[\w.]*)", page)) == {built["version"]}


def test_everything_is_yaml_that_others_can_read() -> None:
    for path in PROJECT.rglob("*.yml"):
        assert yaml.safe_load(path.read_text(encoding="utf-8")), path


# The rules themselves ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"inputs": {"dependencies": {}}}, "inputs have no dependencies"),
        ({"field": {"placeholder": "x"}}, "no key placeholder"),
        ({"field": {"id": "tower"}}, "not a name"),
        ({"field": {"id": "9lives"}}, "not a name"),
        ({"field": {"id": "token"}}, "unique"),
        ({"field": {"type": "integer"}}, "no type integer"),
        ({"field": {"type": "boolean", "secret": True}}, "secret not allowed"),
        ({"field": {"default": 5}}, "default is not a string"),
        ({"env": {"ANSIBLE_HOST_KEY_CHECKING": "no"}}, "ANSIBLE_HOST_KEY_CHECKING is not allowed"),
        ({"env": {"PATH": "/tmp"}}, "PATH is not allowed"),
        ({"env": {"9X": "x"}}, "9X is not allowed"),
        ({"env": {"WHM_X": "\u00fc"}}, "not ASCII"),
        ({"env": {"WHM_X": "{{ nothing }}"}}, "undefined field"),
        ({"env": {"WHM_X": "{{ tower.filename.other }}"}}, "undefined field"),
        ({"env": {"WHM_X": "{{ token"}}, "not a template"),
        ({"env": {"WHM_X": "{{ token.__class__.__mro__ }}"}}, "unsafe"),
        ({"file": {"template": "x"}}, "multi-file"),
        ({"file": {"other": "x"}}, "no name of a file"),
        ({"injectors": {"vars": {}}}, "no injector vars"),
    ],
)
def test_a_bad_credential_type_is_seen(change: dict[str, Any], problem: str) -> None:
    bad = copy.deepcopy(dict(CREDENTIAL_TYPE))
    bad["inputs"].update(change.get("inputs", {}))
    bad["inputs"]["fields"][0].update(change.get("field", {}))
    bad["injectors"].update(change.get("injectors", {}))
    for kind in ("env", "file"):
        bad["injectors"][kind].update(change.get(kind, {}))
    assert problem in "; ".join(rules.credential_type(bad["inputs"], bad["injectors"]))


@pytest.mark.parametrize(
    ("question", "problem"),
    [
        ({"variable": 1}, "variable is no text"),
        ({**TEXT, "required": "no"}, "neither true nor false"),
        ({**TEXT, "type": "list"}, "no type list"),
        ({**TEXT, "default": 5}, "the default is no text"),
        ({**TEXT, "type": "integer", "default": "5"}, "the default is no integer"),
        ({**TEXT, "min": "2"}, "min is no integer"),
        ({**TEXT, "type": "multiselect"}, "no choices"),
        ({**PICK, "default": "c"}, "no choice"),
        ({**PICK, "default": "a\nb"}, "more than one default"),
    ],
)
def test_a_bad_question_is_seen(question: dict[str, Any], problem: str) -> None:
    assert problem in "; ".join(rules.survey({"name": "", "description": "", "spec": [question]}))


def test_a_bad_survey_is_seen() -> None:
    assert rules.survey({"name": "", "spec": []}) == ["description is no text", "there are no questions"]
    assert rules.survey({"name": "", "description": "", "spec": [TEXT, TEXT]}) == ["a variable is asked for twice"]


@pytest.mark.parametrize(
    ("question", "value", "problem"),
    [
        ({**TEXT, "min": 1}, "", "too small"),
        ({**TEXT, "max": 2}, "abc", "too large"),
        (TEXT, 5, "type text"),
        ({**TEXT, "type": "integer"}, "5", "type integer"),
        (PICK, "c", "not one of the choices"),
        ({**PICK, "type": "multiselect"}, "a", "a list"),
    ],
)
def test_a_bad_answer_is_seen(question: dict[str, Any], value: Any, problem: str) -> None:
    assert problem in "; ".join(rules.answers({"spec": [question]}, {"what": value}))


def test_what_is_not_asked_for_is_refused() -> None:
    assert rules.answers({"spec": [{**TEXT, "required": True}]}, {"other": 1}) == [
        "other is not asked for",
        "what is missing",
    ]


def test_answers_come_before_defaults_before_the_variables_of_the_template() -> None:
    spec = {
        "spec": [
            {**TEXT, "default": "survey"},
            {**TEXT, "variable": "list", "type": "multiselect", "choices": [], "default": ""},
        ]
    }
    assert rules.launch_variables({"what": "template", "more": 1}, spec, {}) == {"what": "survey", "more": 1}
    assert rules.launch_variables({"what": "template"}, spec, {"what": "answer"}) == {"what": "answer"}


@pytest.mark.parametrize(
    "text",
    [
        "RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART:20260101T030000Z RRULE:FREQ=DAILY",
        "DTSTART:20260101T030000 RRULE:FREQ=DAILY;INTERVAL=1",
        "DTSTART:20260101T030000Z RRULE:FREQ=SECONDLY;INTERVAL=1",
    ],
)
def test_bad_times_are_seen(text: str) -> None:
    assert rules.rrule(text)


def test_a_file_of_variables_is_no_playbook() -> None:
    assert not rules.lists_as_playbook("---\nwhm_api_token: secret\n")
