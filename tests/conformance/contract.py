# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract: what public documentation says about each function, out of whm-mail.openapi.yaml."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator

FILE = Path(__file__).with_name("whm-mail.openapi.yaml")
UAPI_FILE = Path(__file__).with_name("uapi-mail.openapi.yaml")

Pairs = Sequence[tuple[str, str]]


def _loaded(file: Path) -> dict[str, Any]:
    return dict(yaml.load(file.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)))  # noqa: S506 (safe)


@dataclass(frozen=True)
class Parameter:
    """One parameter of a function. `forms`: how it may be repeated; nothing when it may not."""

    name: str
    required: bool
    placeholder: bool
    sensitive: bool
    forms: tuple[str, ...]
    schema: Mapping[str, Any]

    def complaint(self, value: str) -> str | None:
        """What is wrong with a value as it is sent."""
        schema = self.schema.get("items", self.schema) if self.forms else self.schema
        allowed = [str(item) for item in schema.get("enum", [])]
        if allowed and value not in allowed:
            return f"{self.name}={value} is none of {', '.join(allowed)}"
        if schema.get("type") == "integer" and not re.fullmatch(r"-?\d+", value):
            return f"{self.name}={value} is no integer"
        return None


@dataclass(frozen=True)
class Facts:
    """One function as documented."""

    name: str
    readonly: bool
    since: str | None
    roles: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    partial: bool
    schema: Mapping[str, Any]

    @property
    def repeats(self) -> dict[str, tuple[str, ...]]:
        return {name: parameter.forms for name, parameter in self.parameters.items() if parameter.forms}

    def complaints(self, pairs: Pairs) -> list[str]:
        """What the documentation does not cover in a request's parameters."""
        found = [complaint for name, value in pairs for complaint in self._about(name, value)]
        sent = [name for name, _value in pairs]
        for name, parameter in self.parameters.items():
            numbered = [other for other in sent if re.fullmatch(rf"{re.escape(name)}-\d+", other)]
            if parameter.required and not parameter.placeholder and name not in sent and not numbered:
                found.append(f"{name} is required")
            if sent.count(name) > 1 and "duplicate" not in parameter.forms:
                found.append(f"{name} may not stand more than once")
            if numbered and parameter.forms and "indexed" not in parameter.forms:
                found.append(f"{name} may not be numbered")
        return found

    def _about(self, name: str, value: str) -> Iterator[str]:
        if name.startswith("api."):
            return  # output controls work on every function that returns a list
        parameter = self.parameters.get(name)
        base = re.sub(r"-\d+\Z", "", name)
        if parameter is None and base in self.parameters and self.parameters[base].forms:
            parameter = self.parameters[base]
        if parameter is None:
            if not (self.partial or self._is_open_for(name)):
                yield f"{name} is not documented"
            return
        complaint = parameter.complaint(value)
        if complaint:
            yield complaint

    def _is_open_for(self, name: str) -> bool:
        """`MXCHECK-*` stands for a family, a placeholder without a star for anything (the inner call's own parameters)."""
        open_names = [parameter.name for parameter in self.parameters.values() if parameter.placeholder]
        return (
            any("*" not in pattern or fnmatchcase(name, pattern) for pattern in open_names)
            or self.name == "uapi_cpanel"
        )

    def deviations(self, body: Any) -> list[str]:
        """Where an answer differs from its schema: `path: what`, with a star for the number of a list's element."""
        return sorted({_describe(error) for error in OAS30Validator(self.schema).iter_errors(body)})


def _describe(error: Any) -> str:
    path = ".".join("*" if isinstance(step, int) else str(step) for step in error.absolute_path) or "answer"
    if error.validator == "type":
        return f"{path}: {type(error.instance).__name__} where {error.validator_value} is documented"
    if error.validator == "additionalProperties":
        extra = sorted(set(error.instance) - set(error.schema["properties"]))
        return f"{path}: {', '.join(extra)} not documented"
    return f"{path}: {error.validator}: {error.message}"


@functools.cache
def document() -> dict[str, Any]:
    return _loaded(FILE)


@functools.cache
def contract() -> dict[str, Facts]:
    """Every function of WHM API 1 by name."""
    return {path.strip("/"): _facts(path.strip("/"), methods["get"]) for path, methods in document()["paths"].items()}


@functools.cache
def uapi_contract() -> dict[str, Mapping[str, Any]]:
    """UAPI functions of mail by Module::function, each as its operation."""
    paths = _loaded(UAPI_FILE)["paths"]
    return {path.strip("/"): methods["get"] for path, methods in paths.items()}


@functools.cache
def cpanel_candidates() -> dict[str, Mapping[str, Any]]:
    """UAPI and cPanel API 2 calls by Module::function. API 2 calls say nothing of access: all of them are statistics."""
    doc = document()
    api2 = [{"readonly": True, **call} for call in doc["x-cpanel-api2-candidates"]]
    return {f"{call['module']}::{call['function']}": call for call in [*doc["x-uapi-candidates"], *api2]}


def _facts(name: str, operation: Mapping[str, Any]) -> Facts:
    parameters = [_parameter(_resolve(item)) for item in operation["parameters"]]
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    return Facts(
        name=name,
        readonly=operation["x-readonly"],
        since=operation["x-since"],
        roles=tuple(operation["x-roles"]),
        parameters={item.name: item for item in parameters if not item.name.startswith("api.")},
        partial=bool(operation.get("x-partial-params")),
        schema=_closed(_resolve(schema)),
    )


def _parameter(item: Mapping[str, Any]) -> Parameter:
    return Parameter(
        name=item["name"],
        required=bool(item.get("required")),
        placeholder=bool(item.get("x-placeholder-name")),
        sensitive=bool(item.get("x-sensitive")),
        forms=tuple(item.get("x-repeat-forms", ())),
        schema=item.get("schema", {}),
    )


def _resolve(node: Any) -> Any:
    """The node with every $ref replaced by what it points to."""
    if isinstance(node, list):
        return [_resolve(item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target: Any = document()
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        return _resolve(target)
    return _merged({key: _resolve(value) for key, value in node.items()})


def _merged(node: dict[str, Any]) -> dict[str, Any]:
    """The parts of an allOf as one object: closed one by one, each would forbid what the others document."""
    merged: dict[str, Any] = {}
    for part in node.get("allOf", ()):
        merged = {**merged, **part, "properties": {**merged.get("properties", {}), **part.get("properties", {})}}
    return {**merged, **{key: value for key, value in node.items() if key != "allOf"}}


def _closed(schema: Any) -> Any:
    """Objects whose keys are documented may have no others; the schema alone would let anything pass."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) if key not in ("example", "enum") else value for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict) and schema["properties"] and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed
