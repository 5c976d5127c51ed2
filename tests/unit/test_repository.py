# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Promises that span several files of the checkout, where one is easily changed without the other."""

from __future__ import annotations

import os
import re
import subprocess
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.tests.subjects import ASK_A_SERVER, NO_SERVER

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins/modules").glob("[!_]*.py"))
CONTROLLER = NO_SERVER
MODULES = [name for name in MODULES if name not in CONTROLLER]

# Before ansible-core 2.17, sanity demanded two lines of boilerplate that Python 2 needed.
OLD_BOILERPLATE = re.compile(r"\S+ (future-import|metaclass)-boilerplate(\s+#.*)?")


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_action_group_names_every_module_and_nothing_else() -> None:
    assert load("meta/runtime.yml")["action_groups"]["whm"] == sorted({*MODULES, *ASK_A_SERVER})


def test_no_sanity_test_is_ignored() -> None:
    for path in (ROOT / "tests/sanity").glob("ignore-*.txt"):
        lines = path.read_text(encoding="utf-8").splitlines()
        if path.name == "ignore-2.16.txt":
            lines = [line for line in lines if not OLD_BOILERPLATE.fullmatch(line)]
        assert lines == [], path.name


def test_execution_environments_get_the_run_time_requirements_and_not_ansible_itself() -> None:
    named = load("meta/execution-environment.yml")["dependencies"]["python"]
    lines = (ROOT / named).read_text(encoding="utf-8").splitlines()
    wanted = {re.split(r"[<>=~!]", line)[0] for line in lines if line and not line.startswith("#")}
    assert wanted == {"requests", "SQLAlchemy", "psycopg[binary]"}


def test_every_developer_requirement_has_an_exact_version() -> None:
    lines = (ROOT / "requirements-dev.txt").read_text(encoding="utf-8").splitlines()
    loose = [line for line in lines if line and not line.startswith("#") and not re.fullmatch(r"[\w.-]+==[\w.]+", line)]
    assert loose == []


@pytest.mark.parametrize(
    "left_behind",
    [
        ".venv/bin/python",
        ".ansible/logs/units.log",
        ".git/config",
        "tests/unit/__pycache__/a.pyc",
        "tests/output/junit",
    ],
)
def test_what_tools_leave_behind_is_not_packed(left_behind: str) -> None:
    patterns = load("galaxy.yml")["build_ignore"]
    parents = [left_behind, *(str(parent) for parent in Path(left_behind).parents if str(parent) != ".")]
    assert any(fnmatch(parent, pattern) for parent in parents for pattern in patterns)


def test_the_simulator_is_packed() -> None:
    patterns = load("galaxy.yml")["build_ignore"]
    names = ["tests/simulator", "tests/simulator/core.py", "tests/simulator/states/demo.yml"]
    assert not [name for name in names for pattern in patterns if fnmatch(name, pattern)]


def test_every_integration_target_starts_the_simulator() -> None:
    targets = [path for path in (ROOT / "tests/integration/targets").iterdir() if not path.name.startswith("setup_")]
    for target in targets:
        if target.name in CONTROLLER - ASK_A_SERVER:
            continue  # it calls no server
        assert "setup_whm_simulator" in load(f"{target.relative_to(ROOT)}/meta/main.yml")["dependencies"], target.name


def test_every_module_has_an_integration_target() -> None:
    targets = {path.name for path in (ROOT / "tests/integration/targets").iterdir()}
    # ansible-test would take a target that is called as a role of the collection for that role.
    assert sorted({*MODULES, *CONTROLLER, "containment_hold"} - {"containment"} - targets) == []


@pytest.mark.parametrize("section", ["Content", "Privileges"])
def test_the_readme_names_every_module(section: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    first_cells = " ".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    assert sorted({*MODULES, *ASK_A_SERVER} - {"api"} - set(re.findall(r"`(\w+)`", first_cells))) == []


def _make(*arguments: str) -> str:
    """What make prints when somebody calls it, who is no make himself: `make test` runs these tests, and one below another talks more."""
    environment = {
        name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    }
    return subprocess.run(
        ["make", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout


@pytest.mark.parametrize("verb", ["demo", "test", "docs", "integration-modules", "roles"])
def test_make_hands_every_verb_to_dev_py(verb: str) -> None:
    """Those that are called like a folder of the checkout among them."""
    assert _make("-n", verb).strip() == f"python3 dev.py {verb}"


def test_help_says_what_each_verb_and_part_does() -> None:
    said = _make("help")
    parts = re.findall(
        r'^    "([a-z-]+)": [a-z_]+,$', (ROOT / "devtools/parts.py").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert len(parts) > 10
    for name in [
        *parts,
        "demo",
        "simulator",
        "test",
        "test-engines",
        "bench",
        "matrix",
        "fuzz",
        "lint",
        "setup",
        "format",
        "clean",
    ]:
        assert re.search(rf"^  {name} +\S", said, re.MULTILINE), name
