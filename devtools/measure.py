# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How big the inside is: ``python3 -m devtools.measure [commit]``, the same figures for every commit.

Code lines are lines that hold a token of code: no comments, no docstrings, no blank ones.
"""

from __future__ import annotations

import ast
import io
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

#: Client and engine, by the names that the files have had.
CORE = {
    "client": (
        "errors",
        "functions",
        "catalogue",
        "rows",
        "reads",
        "transport",
        "https",
        "whmapi1",
        "envelope",
        "printed",
        "client",
    )
    + ("call", "convert", "trouble", "proxy", "denial", "secrets", "masking", "isolate"),
    "engine": (
        "plan",
        "apply",
        "look",
        "judge",
        "runner",
        "report",
        "foresee",
        "kinds",
        "module",
        "entry",
        "connection",
        "subjects",
        "given",
    ),
}
#: Tables of data: they grow with the functions of WHM and not with the code.
DATA = ("rows", "reads")
_NO_CODE = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING}


def code_lines(text: str) -> int:
    """Lines of a file that hold code."""
    prose: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            prose.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in _NO_CODE and token.type != tokenize.ENDMARKER:
            lines.update(range(token.start[0], token.end[0] + 1))
    return len(lines - prose)


def sources(commit: str) -> Iterator[tuple[str, str]]:
    """Path and text of every Python file below plugins; of the working tree where no commit is named."""
    if not commit:
        for path in sorted((ROOT / "plugins").rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        return
    for path in _git("ls-tree", "-r", "--name-only", commit, "plugins/").splitlines():
        if path.endswith(".py"):
            yield path, _git("show", f"{commit}:{path}")


def _git(*argv: str) -> str:
    return subprocess.run(["git", *argv], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def main(commit: str = "") -> None:
    sizes = {path: code_lines(text) for path, text in sources(commit)}
    shared = {path: size for path, size in sizes.items() if "/module_utils/" in path}
    total = 0
    for layer, names in CORE.items():
        mine = {path: size for path, size in shared.items() if _name(path) in names and "/_mail/" not in path}
        counted = {path: size for path, size in mine.items() if _name(path) not in DATA}
        total += sum(counted.values())
        print(f"{layer}: {sum(counted.values())} code lines in {len(counted)} files")
        for path, size in sorted(mine.items(), key=lambda pair: -pair[1]):
            print(f"  {size:5} {path}" + ("" if path in counted else " (data, not counted)"))
    largest = max(sizes, key=lambda path: sizes[path])
    print(f"client and engine: {total} code lines")
    print(f"plugins: {sum(sizes.values())} code lines; the largest file: {largest}, {sizes[largest]}")


def _name(path: str) -> str:
    return Path(path).stem.lstrip("_")


if __name__ == "__main__":
    main(*sys.argv[1:2])
