# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The folders are the architecture: imports only point down, and never in a circle."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
PREFIX = "ansible_collections.whm.mail.plugins."

#: From the top down: whoever stands higher may import what stands lower. What stands in one row does not know each other.
LAYERS = [
    ("action", "filter"),
    ("plugin_utils._audit", "plugin_utils._containment"),
    ("plugin_utils._store",),
    ("plugin_utils._controller",),
    ("modules", "doc_fragments"),
    ("module_utils._mail",),
    ("module_utils._state",),
    ("module_utils._whm",),
]
LEVEL = {layer: level for level, row in enumerate(LAYERS) for layer in row}

#: What a layer never imports from elsewhere.
NEVER = {
    "module_utils._whm": ("ansible",),
    "module_utils._mail": ("ansible", "requests", "urllib3"),
    "module_utils._state": ("requests", "urllib3"),
    "modules": ("ansible", "requests", "urllib3"),
}
#: The one place where a module's own process meets Ansible.
ENTRY = PLUGINS / "module_utils/_state/entry.py"

FILES = sorted(path for path in PLUGINS.rglob("*.py") if path.read_text(encoding="utf-8").strip())


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(PLUGINS).with_suffix("").parts).removesuffix(".__init__")


def layer_of(module: str) -> str:
    return next((layer for layer in LEVEL if module == layer or module.startswith(layer + ".")), "")


def imports(path: Path) -> Iterator[str]:
    """What a file imports, wherever in it that stands; of our own files in full, so that packages resolve to files."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path} imports by a relative name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(path: Path) -> set[str]:
    """Our own files that a file imports."""
    known = {name_of(each) for each in FILES}
    found = set()
    for name in (each.removeprefix(PREFIX) for each in imports(path)):
        found |= {each for each in (name, name.rpartition(".")[0]) if each in known}
    return found - {name_of(path)}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_imports_point_down(path: Path) -> None:
    mine = layer_of(name_of(path))
    assert mine, "a file belongs to a layer"
    for other in own_imports(path):
        theirs = layer_of(other)
        assert theirs == mine or LEVEL[theirs] > LEVEL[mine], f"{name_of(path)} imports {other}"


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_layer_does_not_know_what_is_not_its_business(path: Path) -> None:
    never = NEVER.get(layer_of(name_of(path)), ())
    roots = {name.partition(".")[0] for name in imports(path)}
    assert path == ENTRY or not roots & set(never)


def test_there_are_no_circles() -> None:
    tuple(TopologicalSorter({name_of(path): own_imports(path) for path in FILES}).static_order())


def test_the_engine_names_no_function_of_whm() -> None:
    """Nor does it know what an item is called: both are for the modules to say."""
    known = set()
    for node in ast.walk(ast.parse((PLUGINS / "module_utils/_whm/rows.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            known.add(node.args[0].value)
    assert {"listaccts", "hold_outgoing_email"} <= known
    for path in (PLUGINS / "module_utils/_state").glob("*.py"):
        texts = {node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)}
        assert not texts & known, path
