# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project is made of, and what its code never does."""

from __future__ import annotations

import ast
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sorted(
    path
    for folder in ("plugins", "tests", "devtools", "docs", "extensions", "roles")
    for path in (ROOT / folder).rglob("*.py")
    if not {".venv", ".ansible", "output"} & set(path.relative_to(ROOT).parts)
)


@pytest.fixture
def supply(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(ROOT))
    return importlib.import_module("devtools.supply")


def packages(path: Path) -> dict[str, str]:
    """Package, as indexes spell it, to version."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = [re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==([\w.]+)", line) for line in lines]
    return {re.sub(r"[-_.]+", "-", match[1]).lower(): match[2] for match in found if match}


def test_the_lock_holds_every_requirement_at_its_version() -> None:
    wanted, locked = packages(ROOT / "requirements-dev.txt"), packages(ROOT / "requirements-dev.lock")
    differing = {name: (version, locked.get(name)) for name, version in wanted.items() if locked.get(name) != version}
    assert not differing, "run `make lock-dependencies`"
    assert len(locked) > 2 * len(wanted)


def test_everything_in_the_lock_has_an_exact_version_and_hashes() -> None:
    text = (ROOT / "requirements-dev.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    shape = re.compile(r"[\w.-]+(\[[\w,-]+\])?==[\w.]+( ; [^\\\n]+)?( \\\n    --hash=sha256:[0-9a-f]{64})+")
    assert not [entry.splitlines()[0] for entry in entries if not shape.fullmatch(entry)]
    names = {
        re.split(r"\[|==", entry)[0] for entry in entries
    }  # one may be there twice, for several versions of Python
    assert names == set(packages(ROOT / "requirements-dev.lock"))


def test_the_environment_is_made_from_the_lock_and_nothing_else() -> None:
    text = (ROOT / "devtools/environment.py").read_text(encoding="utf-8")
    assert '"--no-deps", "--require-hashes", "-r", str(lock)]' in text
    assert text.count('"install"') == 1


def document(**vulnerable: list[str]) -> dict[str, Any]:
    """As pip-audit writes it; a package without an entry here was skipped."""
    known = [
        {"name": name, "version": "1", "vulns": [{"id": each} for each in ids]} for name, ids in vulnerable.items()
    ]
    skipped = {"name": "skipped", "skip_reason": "Dependency not found on PyPI and could not be audited: skipped (1)"}
    return {"dependencies": [*known, skipped], "fixes": []}


@pytest.mark.parametrize(
    ("documents", "code", "sentence"),
    [
        ([document(a=[], b=[], skipped=[])], 0, "3 of 3 packages were audited, 0 are vulnerable."),
        ([document(a=[], b=["CVE-1", "CVE-2"])], 1, "VULNERABLE: b 1 (CVE-1, CVE-2)"),
        ([document(a=[], b=[])], 2, "NOT AUDITED: skipped"),
        ([document(), document()], 2, "NOTHING IS KNOWN"),
        ([], 2, "0 of 3 packages were audited"),
        ([document(a=[]), document(b=[], skipped=[])], 0, "3 of 3"),
    ],
)
def test_an_audit_that_asked_about_nothing_is_not_good_news(
    supply: Any, documents: list[dict[str, Any]], code: int, sentence: str
) -> None:
    found, text = supply.verdict([supply.judge(each) for each in documents], {"a", "b", "skipped"})
    assert (found, sentence in text) == (code, True), text


def test_the_lock_is_read_as_it_is_written(supply: Any) -> None:
    assert (
        supply.locked(supply.LOCK).items() >= {"requests": packages(ROOT / "requirements-dev.txt")["requests"]}.items()
    )
    assert len(supply.locked(supply.LOCK)) == len(packages(ROOT / "requirements-dev.lock"))
    assert not [name for name in supply.locked(supply.LOCK) if "[" in name]  # pip refuses constraints with extras


def settings() -> dict[str, Any]:
    ruff: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["ruff"]["lint"]
    return ruff


def test_security_rules_are_on_for_all_code() -> None:
    assert "S" in settings()["select"]
    assert not [rule for rule in settings()["ignore"] if re.fullmatch(r"S\d*", rule)]
    assert not [pattern for pattern in settings()["per-file-ignores"] if pattern.startswith("plugins")]


def test_every_exception_from_a_security_rule_has_its_reason() -> None:
    configuration = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    assert not [line for line in configuration if re.search(r'"S\d{3}"', line) and not re.search(r"\]?,?\s+# \w", line)]
    marked = re.compile(r"# noqa: [A-Z0-9, ]*\bS\d{3}\b[^(]*(\(\w[^)]+\))?")
    for path in [ROOT / "dev.py", *PYTHON]:
        for line in path.read_text(encoding="utf-8").splitlines():
            match = marked.search(line)
            assert not match or match[1], f"{path}: {line}"


# Looked for here too, because a linter can be told to look away.
FORBIDDEN_CALLS = {
    "eval", "exec", "os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "tempfile.mktemp",
    "yaml.unsafe_load", "yaml.full_load", "yaml.unsafe_load_all", "yaml.full_load_all",
}  # fmt: skip
FORBIDDEN_IMPORTS = {"pickle", "marshal", "shelve", "dill", "telnetlib", "ftplib"}


def offences(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _bad_call(node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            module = node.module if isinstance(node, ast.ImportFrom) else None
            names = {(module or alias.name).partition(".")[0] for alias in node.names}
            yield from sorted(names & FORBIDDEN_IMPORTS)


def _bad_call(node: ast.Call) -> Iterator[str]:
    name = ast.unparse(node.func)
    if name in FORBIDDEN_CALLS:
        yield name
    if any(each.arg == "shell" and ast.unparse(each.value) != "False" for each in node.keywords):
        yield "shell="
    if name in ("yaml.load", "yaml.load_all"):
        loaders = [ast.unparse(each.value) for each in node.keywords if each.arg == "Loader"]
        if not loaders or "SafeLoader" not in loaders[0]:
            yield name


@pytest.mark.parametrize(
    "code",
    [
        "eval('1')", "exec(text)", "subprocess.run('ls', shell=True)", "run(x, shell=how)", "os.system('ls')", "import pickle",
        "from marshal import loads", "yaml.load(text)", "yaml.load(text, Loader=yaml.Loader)", "yaml.unsafe_load(text)",
        "tempfile.mktemp()",
    ],
)  # fmt: skip
def test_the_search_would_find_it(code: str) -> None:
    assert list(offences(ast.parse(code)))


def test_no_shell_no_code_from_texts_no_unsafe_yaml() -> None:
    found = {path: list(offences(ast.parse(path.read_text(encoding="utf-8")))) for path in [ROOT / "dev.py", *PYTHON]}
    assert {str(path.relative_to(ROOT)): what for path, what in found.items() if what} == {}
    assert len(found) > 200


def test_only_the_transport_of_the_plugins_starts_programs() -> None:
    starters = {
        path.name for path in (ROOT / "plugins").rglob("*.py") if "subprocess" in path.read_text(encoding="utf-8")
    }
    assert starters == {"whmapi1.py"}
