# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a controller refuses: the rules of AWX for credential types, surveys, schedules and projects.

Read in the source of AWX as of October 2024 (``awx/main/fields.py``, ``awx/main/models/mixins.py``, ``awx/api/views``,
``awx/api/serializers.py``, ``awx/main/utils/ansible.py``), because its server cannot be installed here. Each function returns
sentences, none where all is well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import SecurityError, TemplateSyntaxError, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment

IDENTIFIER = re.compile(r"[a-zA-Z_]+[a-zA-Z0-9_]*\Z")
FIELD_KEYS = {
    "id",
    "label",
    "type",
    "format",
    "choices",
    "help_text",
    "multiline",
    "secret",
    "ask_at_runtime",
    "default",
}
OF_STRINGS = {"choices", "multiline", "format", "secret"}
FILE_KEY = re.compile(r"template(\.[a-zA-Z_]+[a-zA-Z0-9_]*)?\Z")
BLOCKED = {
    *("VIRTUAL_ENV", "PATH", "PYTHONPATH", "JOB_ID", "INVENTORY_ID", "INVENTORY_SOURCE_ID", "INVENTORY_UPDATE_ID"),
    *("AD_HOC_COMMAND_ID", "REST_API_URL", "REST_API_TOKEN", "MAX_EVENT_RES", "CALLBACK_QUEUE", "CALLBACK_CONNECTION"),
    *("CACHE", "JOB_CALLBACK_DEBUG", "INVENTORY_HOSTVARS", "AWX_HOST", "PROJECT_REVISION", "SUPERVISOR_CONFIG_PATH"),
}
ANSWER_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("text", "textarea", "password", "multiplechoice", "multiselect"), str),
    "integer": int,
    "float": (float, int),
}
PLAYBOOK_LINE = re.compile(r"\s*?-?\s*?(hosts|(ansible\.builtin\.)?(include|import_playbook)):")


# Credential types -------------------------------------------------------------------------------------------------------------


def credential_type(inputs: Mapping[str, Any], injectors: Mapping[str, Any]) -> list[str]:
    """What a controller has against a credential type."""
    return [*_inputs(inputs), *_injectors(injectors, [field.get("id", "") for field in inputs.get("fields", [])])]


def _inputs(inputs: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"inputs have no {key}" for key in set(inputs) - {"fields", "required"})
    fields = inputs.get("fields", [])
    ids = [field.get("id") for field in fields]
    if len(set(ids)) < len(ids):
        yield "field IDs must be unique"
    yield from (f"{name} is required, but no field" for name in inputs.get("required", []) if name not in ids)
    for field in fields:
        yield from (f"{field.get('id')}: {problem}" for problem in _field(field))


def _field(field: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"no key {key}" for key in set(field) - FIELD_KEYS)
    yield from (f"{key} is missing" for key in ("id", "label") if key not in field)
    if not IDENTIFIER.match(str(field.get("id"))) or field.get("id") == "tower":
        yield "not a name that can be used"
    kind = field.get("type", "string")
    if kind not in ("string", "boolean"):
        yield f"no type {kind}"
    if kind == "boolean":
        yield from (f"{key} not allowed for boolean" for key in OF_STRINGS & set(field))
    if field.get("format", "url") not in ("ssh_private_key", "url"):
        yield f"no format {field['format']}"
    if "default" in field and not isinstance(field["default"], bool if kind == "boolean" else str):
        yield f"the default is not a {kind}"


def _injectors(injectors: Mapping[str, Any], fields: Iterable[str]) -> Iterator[str]:
    yield from (f"no injector {key}" for key in set(injectors) - {"file", "env", "extra_vars"})
    files = list(injectors.get("file", {}))
    yield from (f"{key} is no name of a file" for key in files if not FILE_KEY.match(key))
    if "template" in files and len(files) > 1:
        yield "must use multi-file syntax when injecting multiple files"
    for name, value in injectors.get("env", {}).items():
        if not IDENTIFIER.match(name) or name.startswith("ANSIBLE_") or name in BLOCKED:
            yield f"environment variable {name} is not allowed"
        if not str(value).isascii():
            yield f"the value of {name} is not ASCII"
    known = {**dict.fromkeys(fields, "EXAMPLE"), "tower": SimpleNamespace(filename=_filename(files))}
    for kind, templates in injectors.items():
        yield from (f"{kind}: {key} {problem}" for key, text in templates.items() for problem in _template(text, known))


def _filename(files: Iterable[str]) -> Any:
    if "template" in files:
        return "EXAMPLE_FILENAME"
    return SimpleNamespace(**{name.partition(".")[2]: "EXAMPLE_FILENAME" for name in files})


def _template(text: str, known: Mapping[str, Any]) -> Iterator[str]:
    try:
        ImmutableSandboxedEnvironment(undefined=StrictUndefined).from_string(text).render(known)
    except UndefinedError as exc:
        yield f"uses an undefined field ({exc})"
    except SecurityError as exc:
        yield f"is unsafe ({exc})"
    except TemplateSyntaxError as exc:
        yield f"is not a template ({exc})"


# Surveys ----------------------------------------------------------------------------------------------------------------------


def survey(spec: Mapping[str, Any]) -> list[str]:
    """What a controller has against a survey."""
    problems = [f"{key} is no text" for key in ("name", "description") if not isinstance(spec.get(key), str)]
    questions = spec.get("spec")
    if not isinstance(questions, list) or not questions:
        return [*problems, "there are no questions"]
    names = [question.get("variable") for question in questions]
    if len(set(names)) < len(names):
        problems.append("a variable is asked for twice")
    return problems + [
        f"{question.get('variable')}: {problem}" for question in questions for problem in _question(question)
    ]


def _question(question: Mapping[str, Any]) -> Iterator[str]:
    for key in ("type", "question_name", "variable"):
        if not isinstance(question.get(key), str):
            yield f"{key} is no text"
    if not isinstance(question.get("required"), bool):
        yield "required is neither true nor false"
    kind = question.get("type")
    if kind not in ANSWER_TYPES:
        yield f"no type {kind}"
        return
    default = question.get("default", "")
    if default != "" and not isinstance(default, ANSWER_TYPES[kind]):
        yield f"the default is no {kind}"
    for key in ("min", "max"):
        if question.get(key) is not None and not isinstance(question[key], int):
            yield f"{key} is no integer"
    if kind in ("multiplechoice", "multiselect"):
        yield from _choices(question, str(default).splitlines())


def _choices(question: Mapping[str, Any], defaults: list[str]) -> Iterator[str]:
    if "choices" not in question:
        yield "there are no choices"
    if question["type"] == "multiplechoice" and len(defaults) > 1:
        yield "more than one default"
    yield from (f"the default {item} is no choice" for item in defaults if item not in question.get("choices", []))


def answers(spec: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """What a controller has against these answers to a survey, at launch, in a schedule or in a workflow."""
    questions = {question["variable"]: question for question in spec["spec"]}
    problems = [f"{name} is not asked for" for name in given if name not in questions]
    problems += [f"{name} is missing" for name, row in questions.items() if row["required"] and name not in given]
    return problems + [
        f"{name}: {problem}"
        for name, value in given.items()
        if name in questions
        for problem in _answer(questions[name], value)
    ]


def _answer(question: Mapping[str, Any], value: Any) -> Iterator[str]:
    kind, low, high = question["type"], question.get("min"), question.get("max")
    if kind in ("multiselect", "multiplechoice"):
        chosen = value if kind == "multiselect" else [value]
        if not isinstance(chosen, list):
            yield "expected to be a list"
        elif not set(chosen) <= set(question["choices"]):
            yield "not one of the choices"
        return
    if not isinstance(value, ANSWER_TYPES[kind]) or isinstance(value, bool):
        yield f"expected to be of type {kind}"
        return
    size = len(value) if isinstance(value, str) else value
    if low is not None and size < low:
        yield "too small"
    if high is not None and size > high:
        yield "too large"


def launch_variables(
    extra_vars: Mapping[str, Any], spec: Mapping[str, Any], given: Mapping[str, Any]
) -> dict[str, Any]:
    """The extra variables of a job: those of the template, over them what the survey has as defaults, over them the answers."""
    defaults = {row["variable"]: row["default"] for row in spec["spec"] if row.get("default") is not None}
    fit = {name: value for name, value in defaults.items() if not answers({"spec": _asked(spec, name)}, {name: value})}
    return {**extra_vars, **fit, **given}


def _asked(spec: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    return [row for row in spec["spec"] if row["variable"] == name]


# Schedules and projects -------------------------------------------------------------------------------------------------------


def rrule(text: str) -> list[str]:
    """What a controller has against the times of a schedule."""
    starts, rules = re.findall(r"DTSTART(?:;[^:]+)?:\d+T\d+Z?", text), re.findall(r"RRULE:\S*", text)
    problems = ["exactly one DTSTART is needed"] * (len(starts) != 1)
    if re.search(r"DTSTART:\d+T\d+ ", text):
        problems.append("DTSTART has no time zone")
    problems += ["a rule is needed"] * (not rules)
    problems += [f"{word} is not allowed" for word in ("EXDATE:", "RDATE:") if word in text]
    problems += [f"INTERVAL is needed in {rule}" for rule in rules if "INTERVAL" not in rule]
    return problems + [f"SECONDLY in {rule}" for rule in rules if "SECONDLY" in rule]


def lists_as_playbook(text: str) -> bool:
    """Whether a controller offers a file of a project as a playbook; it looks at lines and not at YAML."""
    return any(PLAYBOOK_LINE.match(line) for line in text.splitlines())
