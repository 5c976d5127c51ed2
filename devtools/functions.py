# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes ``docs/functions.md``: every function of the catalogue with its modules, what reads it back, and how we know.

``python3 -m devtools.functions``. What a module calls is what its documentation says, which a test holds against what is sent.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.whm.mail.plugins.module_utils._whm.rows import CPANEL, WHM_API_1

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/functions.md"

#: Why no module of its own calls a function. The module ``api`` reaches each of them.
REASONS = {
    "modifyacct": "`massmodifyacct` sets the same for many accounts",
    "listmxs": "the MX records of a zone are DNS and no mail setting",
    "savemxs": "described as adding a record, with nothing that removes one: it cannot converge",
    "Email::list_pops": "`Email::list_pops_with_disk` and `list_pops_for` tell more",
    "Email::terminate_mailbox_sessions": "`terminate_cpuser_mailbox_sessions` does the same",
    "EmailTrack::search": "`emailtrack_search` tells the same",
    "EmailTrack::trace": "asks where a message would go, and tells no state",
}

_HEAD = """# Every function, its module, and what reads it back

Made by `python3 -m devtools.functions` from the catalogue, the documentation of the modules and the contract. *Reads back* is what tells
afterwards whether a change had its effect. *Engine* is the real program that was asked, as
[how we know](https://github.com/whm-mail/whm.mail/blob/main/docs/how-we-know.md) says in full.

| function | since | modules | reads back | engine |
| --- | --- | --- | --- | --- |
"""


def page() -> str:
    known = engines()
    uses = modules()
    contract = yaml.safe_load((ROOT / "tests/conformance/whm-mail.openapi.yaml").read_text(encoding="utf-8"))
    lines = [_row(name, uses, contract, known) for name in [*WHM_API_1, *CPANEL]]
    return _HEAD + "".join(lines)


def _row(name: str, uses: dict[str, list[str]], contract: dict[str, Any], known: dict[str, str]) -> str:
    row = WHM_API_1.get(name) or CPANEL[name]
    operation = contract["paths"].get(f"/{name}", {}).get("get", {})
    called = ", ".join(f"`{module}`" for module in uses.get(name, [])) or REASONS.get(name, "")
    back = _reads_back(operation.get("x-state-read-by", "")) if row.writes else "it reads"
    return f"| `{name}` | {row.since or ''} | {called} | {back} | {known.get(name, 'no')} |\n"


def _reads_back(text: str) -> str:
    names = re.findall(r"[A-Za-z]+::[a-z_]+|[a-z]+(?:_[a-z]+)+|listaccts|accountsummary", text)
    named = [name for name in names if name in WHM_API_1 or name in CPANEL]
    return ", ".join(f"`{name}`" for name in dict.fromkeys(named)) or "nothing"


def modules() -> dict[str, list[str]]:
    """Function to the modules whose documentation names it."""
    found: dict[str, list[str]] = {}
    for file in sorted((ROOT / "plugins/modules").glob("*.py")):
        for function in _named(file):
            found.setdefault(function, []).append(file.stem)
    return found


def _named(file: Path) -> Iterator[str]:
    """The functions in the note of a module that begins with Reads or Writes."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    (text,) = (
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION"
    )
    for note in yaml.safe_load(text).get("notes", []):
        if re.match(r"(Reads|Writes)", note):
            names = re.findall(r"C\(([A-Za-z0-9_:]+)\)", note)
            yield from (name for name in dict.fromkeys(names) if name in WHM_API_1 or name in CPANEL)


def engines() -> dict[str, str]:
    """Function to the real programs that were asked about it."""
    _before, _heading, table = (
        (ROOT / "docs/how-we-know.md").read_text(encoding="utf-8").partition("\n## Function by function\n")
    )
    found = {}
    for line in (line for line in table.splitlines() if line.startswith("| `")):
        cells = line.split("|")
        if len(cells) < 6:
            continue
        asked = cells[4].strip().partition(":")[0]
        for name in re.findall(r"`([A-Za-z_0-9:]+)`", cells[1]):
            found[name] = asked
    return found


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
