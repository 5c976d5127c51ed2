# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""role_variables takes what the roles document, and the roles document what Ansible's own validation lets through."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.action.role_variables import SPEC
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_options import ROLES

from ..test_conventions import as_documented, document
from .conftest import Act

ROOT = Path(__file__).resolve().parents[4]
STANDARD = {"changed", "failed", "msg"}


def documented(role: str, entry: str) -> dict[str, Any]:
    text = (ROOT / f"roles/{role}/meta/argument_specs.yml").read_text(encoding="utf-8")
    options: dict[str, Any] = yaml.safe_load(text)["argument_specs"][entry]["options"]
    return options


def test_every_entry_point_is_known() -> None:
    files = ROOT.glob("roles/*/meta/argument_specs.yml")
    specs = {file.parts[-3]: yaml.safe_load(file.read_text(encoding="utf-8"))["argument_specs"] for file in files}
    assert {(role, entry) for role, entries in specs.items() for entry in entries} == set(ROLES)


def test_the_documentation_says_what_the_action_takes_and_returns(act: Act) -> None:
    options = document("role_variables", "DOCUMENTATION")["options"]
    assert {name: as_documented(option) for name, option in options.items()} == {
        name: as_documented(option) for name, option in SPEC.items()
    }
    assert set(act("role_variables", role="audit")) - STANDARD == set(document("role_variables", "RETURN"))


@pytest.mark.parametrize(("role", "entry"), ROLES)
def test_the_role_documents_its_variables(role: str, entry: str) -> None:
    options, said = ROLES[role, entry], documented(role, entry)
    # The store may be a URL with a password, which no result shall show: the actions that use it read it themselves.
    assert set(said) - {"whm_store"} == set(options)
    for name, option in options.items():
        kind = option["type"]
        # Ansible's own validation comes first, and would refuse texts: it gets nothing to validate.
        assert said[name]["type"] in ({"str", "path"} if kind == "str" else {"raw"}), name
        assert not {"choices", "elements", "required"} & set(said[name]), name
        words = " ".join(said[name]["description"])
        assert words.startswith(
            {"list": "List of ", "dict": "Dictionary.", "bool": "Boolean.", "int": "Whole number.", "str": ""}[kind]
        )
        assert [choice for choice in option.get("choices", []) if f"V({choice})" not in words] == [], name
        assert dict(inner(said[name].get("options", {}))) == dict(inner(option.get("options", {}))), name


def inner(options: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, option in options.items():
        # The specification of a role cannot have aliases: the description names them.
        yield name, {key: value for key, value in as_documented(option).items() if key not in ("default", "aliases")}


@pytest.mark.parametrize(("role", "entry"), ROLES)
def test_the_defaults_of_the_role_are_those_of_its_documentation(role: str, entry: str, act: Act) -> None:
    defaults = yaml.safe_load((ROOT / f"roles/{role}/defaults/main.yml").read_text(encoding="utf-8"))
    for name, option in ROLES[role, entry].items():
        default = defaults.get(name)
        if name in defaults and "{{" not in str(default):
            assert default == option.get("default"), name
        if "default" in documented(role, entry)[name]:
            assert documented(role, entry)[name]["default"] == option["default"], name


def test_it_returns_the_variables_without_their_prefix(act: Act) -> None:
    result = act("role_variables", role="audit")
    assert result["variables"]["fail_on"] == []
    assert result["policy"]["forwards"] == []
    assert act("role_variables", role="policy")["variables"] == {}
    assert "release_users" in act("role_variables", role="containment", entry_point="release")["variables"]


def test_an_entry_point_that_is_not_there(act: Act) -> None:
    assert (
        act("role_variables", role="audit", entry_point="release")["msg"]
        == "The role audit has no entry point release."
    )
