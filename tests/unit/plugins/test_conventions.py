# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every module: its documentation says what its options are, and what it returns.

A new module needs a place in the action group, a test file, and a file in tests/subjects; what is missing is said here.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.doc_fragments.connection import ModuleDocFragment
from ansible_collections.whm.mail.plugins.doc_fragments.missing import ModuleDocFragment as Missing
from ansible_collections.whm.mail.plugins.module_utils._state.connection import ENVIRONMENT, connection_spec
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, StateModule
from ansible_collections.whm.mail.plugins.module_utils._whm import errors
from ansible_collections.whm.mail.tests.subjects import (
    ASK_A_SERVER,
    FOLDER,
    NO_SERVER,
    SUBJECTS,
    lacking,
    module_names,
    situations,
)
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[3]
FILES = {path.stem: path for path in sorted((ROOT / "plugins" / "modules").glob("*.py"))}
NAMES = module_names()
STANDARD = {"changed", "failed", "msg", "diff", "warnings", "exception"}
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,), "int": (int,), "float": (int, float), "bool": (bool,), "list": (list,), "dict": (dict,), "raw": (object,),
}  # fmt: skip


def module(name: str) -> Any:
    return importlib.import_module(f"ansible_collections.whm.mail.plugins.modules.{name}")


def documents(name: str) -> dict[str, str]:
    """The texts as Ansible's tools read them: literals, without running the module."""
    found = {}
    for node in ast.parse(FILES[name].read_text(encoding="utf-8")).body:
        if (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Constant)
            and isinstance(node.targets[0], ast.Name)
        ):
            found[node.targets[0].id] = node.value.value
    return found


def document(name: str, which: str) -> Any:
    return yaml.safe_load(documents(name)[which])


def as_documented(option: Mapping[str, Any]) -> dict[str, Any]:
    """What of an option's specification the documentation must say too, in the documentation's words."""
    said: dict[str, Any] = {"type": option.get("type", "str"), "required": bool(option.get("required"))}
    for key in ("default", "choices", "elements", "aliases"):
        if option.get(key) is not None:
            said[key] = list(option[key]) if key in ("choices", "aliases") else option[key]
    inner = option.get("options") or option.get("suboptions")
    if inner:
        said["options"] = {name: as_documented(each) for name, each in inner.items()}
    return said


@pytest.mark.parametrize("name", NAMES)
def test_documents_are_literals(name: str) -> None:
    found = documents(name)
    assert {"DOCUMENTATION", "EXAMPLES", "RETURN"} <= set(found)
    assert document(name, "DOCUMENTATION")["module"] == name
    assert callable(module(name).main)
    assert module(name).MODULE


@pytest.mark.parametrize("name", NAMES)
def test_documented_options_are_the_options(name: str) -> None:
    said = document(name, "DOCUMENTATION")
    documented = said.get("options") or {}
    if "whm.mail.missing" in said["extends_documentation_fragment"]:
        documented = {**documented, **yaml.safe_load(Missing.DOCUMENTATION)["options"]}
    assert {key: as_documented(option) for key, option in documented.items()} == {
        key: as_documented(option) for key, option in module(name).MODULE.options.items()
    }


# What accounts, domains and addresses are called: as identity of an item, and as an option of a task or of one of its rows.
NAMED = {"user", "users", "domain", "domains", "address", "addresses"}
# Whose domains are no server's own: no server can lack one.
OF_THE_WORLD = {"incoming_domain_block"}


def option_names(options: Mapping[str, Any]) -> set[str]:
    inner = [option_names(option["options"]) for option in options.values() if "options" in option]
    return set(options).union(*inner)


@pytest.mark.parametrize("name", NAMES)
def test_state_modules_with_names_can_ignore_what_is_missing(name: str) -> None:
    """Every state module whose items are accounts, domains or addresses, and no other."""
    tested = module(name).MODULE
    is_named = isinstance(tested, StateModule) and bool(NAMED & {tested.key, *option_names(tested.options)})
    is_named = is_named and name not in OF_THE_WORLD
    subjects = getattr(tested, "subjects", None)
    assert is_named is bool(subjects and subjects.absent), "subjects=Subjects(…) in its StateModule"
    assert is_named is ("ignore_missing" in tested.options)
    assert is_named is ("whm.mail.missing" in document(name, "DOCUMENTATION")["extends_documentation_fragment"])
    assert is_named is ("missing" in document(name, "RETURN"))
    given = [task[f"whm.mail.{name}"] or {} for task in document(name, "EXAMPLES") if f"whm.mail.{name}" in task]
    assert is_named is any("ignore_missing" in options for options in given), "an example"


@pytest.mark.parametrize("name", NAMES)
def test_info_modules_with_lists_of_names_say_what_an_empty_one_is(name: str) -> None:
    """Never all. The lists of mail_facts are none of what is read: they add to it."""
    tested = module(name).MODULE
    if isinstance(tested, InfoModule) and name != "mail_facts":
        lists = {key for key, option in tested.options.items() if option["type"] == "list" and "choices" not in option}
        assert lists == {key for group in tested.lists for key in group}
        assert bool(lists) is bool(tested.empty)


def test_documented_connection_options_are_the_options() -> None:
    documented = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    spec = connection_spec()
    assert {key: as_documented(option) for key, option in documented.items()} == {
        key: as_documented(option) for key, option in spec.items()
    }
    for key, option in documented.items():
        text = " ".join(option["description"])
        variables = re.findall(r"environment variable E\((\w+)\) is used", text)
        assert variables == ([ENVIRONMENT[key]] if key in ENVIRONMENT else []), key
        of_the_host = re.findall(r"the host's variable C\((\w+)\)", text)
        assert of_the_host == ([] if key == "api_host" else [f"whm_{key}"]), key


@pytest.mark.parametrize("name", NAMES)
def test_attributes_fit_the_kind_of_module(name: str) -> None:
    said = document(name, "DOCUMENTATION")
    fragments = said["extends_documentation_fragment"]
    assert {"whm.mail.attributes", "whm.mail.connection"} <= set(fragments)
    is_info = isinstance(module(name).MODULE, InfoModule)
    assert ("whm.mail.attributes.info" in fragments) is is_info
    assert is_info or {"check_mode", "diff_mode", "idempotent"} <= set(said["attributes"])


@pytest.mark.parametrize("name", NAMES)
def test_examples_use_options_that_exist(name: str) -> None:
    option_sets = [module(name).MODULE.options, connection_spec()]
    known = {key for options in option_sets for key in options}
    known |= {alias for options in option_sets for option in options.values() for alias in option.get("aliases", [])}
    tasks = [task for task in document(name, "EXAMPLES") if f"whm.mail.{name}" in task]
    assert tasks
    for task in tasks:
        assert set(task[f"whm.mail.{name}"] or {}) <= known
        assert task["name"][0].isupper()


def test_every_module_is_in_the_action_group() -> None:
    runtime = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert runtime["action_groups"]["whm"] == sorted([*NAMES, *ASK_A_SERVER])
    routed = {name: route["action_plugin"] for name, route in runtime["plugin_routing"]["modules"].items()}
    assert routed == {**dict.fromkeys(NAMES, "whm.mail.api"), **{name: f"whm.mail.{name}" for name in ASK_A_SERVER}}


@pytest.mark.parametrize("name", NAMES)
def test_every_module_has_a_test_file(name: str) -> None:
    assert (ROOT / "tests" / "unit" / "plugins" / "modules" / f"test_{name}.py").is_file()


@pytest.mark.parametrize("name", NAMES)
def test_tests_are_told_all_that_they_need_to_know_of_a_module(name: str) -> None:
    missing = list(lacking(name, module(name).MODULE, SUBJECTS.get(name)))
    assert not missing, "\n".join(missing)


def test_every_subject_is_a_module() -> None:
    written = {path.stem for path in FOLDER.glob("*.py") if "\nSUBJECT = " in path.read_text(encoding="utf-8")}
    assert written == set(SUBJECTS), "a file of tests/subjects is called as its module is"


@pytest.mark.parametrize("name", sorted(NO_SERVER))
def test_documentation_of_actions_is_no_module(name: str) -> None:
    assert not hasattr(module(name), "MODULE"), f"{name} calls a server after all"


def test_what_a_new_module_lacks_is_said_in_sentences() -> None:
    """One for a file that is not there, and one for each part that is not in it."""
    spf, subject = module("spf").MODULE, SUBJECTS["spf"]
    (sentence,) = lacking("spf", spf, None)
    assert sentence.startswith(
        "The module spf has no tests/subjects/spf.py: it needs a SUBJECT with situations: tasks that"
    )
    assert list(lacking("spf", spf, replace(subject, situations=(), opposites=()))) == [
        "tests/subjects/spf.py has no situations: the module needs tasks that together return every documented key.",
        "tests/subjects/spf.py has no opposites: the module needs two option sets that undo each other, or in `without` the "
        "reason why there are none.",
    ]
    assert (
        list(lacking("spf", spf, replace(subject, opposites=(), without={"opposites": "it is a one-way street"}))) == []
    )
    assert len(list(lacking("dkim", spf, replace(subject, without={"check_mode": "it has none"})))) == 2


@dataclass
class Comparison:
    """Returned against documented keys, recursively; remembers which were seen."""

    seen: set[str] = field(default_factory=set)

    def compare(self, returned: Mapping[str, Any], documented: Mapping[str, Any], path: str = "") -> None:
        for key, value in returned.items():
            place = f"{path}{key}"
            assert key in documented, f"{place} is returned and not documented"
            self.seen.add(place)
            said = documented[key]
            if value is not None:
                assert isinstance(value, TYPES[said["type"]]), f"{place} is {type(value).__name__}, not {said['type']}"
                assert isinstance(value, bool) <= (said["type"] in ("bool", "raw")), f"{place} is a boolean"
            for row in value if isinstance(value, list) else [value]:
                if "contains" in said and isinstance(row, Mapping):
                    self.compare(row, said["contains"], f"{place}.")
                elif isinstance(value, list) and said.get("elements"):
                    assert isinstance(row, TYPES[said["elements"]]), f"an element of {place}"


def paths(documented: Mapping[str, Any], path: str = "") -> Iterator[str]:
    for key, said in documented.items():
        yield f"{path}{key}"
        yield from paths(said.get("contains", {}), f"{path}{key}.")


@pytest.mark.parametrize("name", NAMES)
def test_documented_results_are_the_results(run_https: Any, box: Any, name: str) -> None:
    documented = document(name, "RETURN")
    comparison = Comparison()
    for situation in situations(name):
        box.reset()
        situation.prepare(box)
        result = run_https(name, situation.check_mode, **situation.options)
        assert bool(result.get("failed")) is situation.fails, result
        own = {key: value for key, value in result.items() if key not in STANDARD}
        comparison.compare(own, documented)
        for key, said in documented.items():
            if said["returned"] == "success":
                assert (key in own) is not situation.fails, f"{key}, {situation}"
            elif said["returned"] == "on failure":
                assert (key in own) is situation.fails, f"{key}, {situation}"
    never = set(paths(documented)) - comparison.seen
    assert not never, "documented and never returned"


@pytest.mark.parametrize("name", NAMES)
def test_results_are_described(name: str) -> None:
    def check(documented: Mapping[str, Any], top: bool) -> None:
        for key, said in documented.items():
            assert said["description"], key
            assert said["type"] in TYPES, key
            assert ("returned" in said) is top, key
            assert "contains" in said or "sample" in said, key
            assert said["type"] != "list" or "elements" in said, key
            check(said.get("contains", {}), False)

    check(document(name, "RETURN"), True)


@pytest.mark.parametrize("name", NAMES)
def test_samples_have_the_documented_shape(name: str) -> None:
    for key, said in document(name, "RETURN").items():
        if "sample" in said:
            Comparison().compare({key: said["sample"]}, {key: said})


def test_the_guide_names_every_kind_of_error() -> None:
    kinds = {error.kind for error in vars(errors).values() if isinstance(error, type) and issubclass(error, Exception)}
    guide = (ROOT / "docs/when-things-go-wrong.md").read_text(encoding="utf-8")
    table = guide.partition("## Kinds of errors")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in table.splitlines() if "|" in line)))
    assert named == kinds - {errors.WhmError.kind}


def test_no_test_has_a_deadline_that_a_busy_machine_breaks() -> None:
    """Neither here nor under ansible-test, whatever the test asks for itself."""
    assert settings().deadline is None
    assert HealthCheck.too_slow in settings().suppress_health_check
    assert settings(max_examples=5).deadline is None
