# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tests need to know of each module, in one file for each: ``outgoing_mail.py`` here is about the module outgoing_mail.

Such a file has one ``SUBJECT``; what it may hold, and what each part is for, stands in ``kinds.py``. The faults, the properties,
the conformance tests and the conventions find it by its name. ``common.py`` and ``chance.py`` are what several files share.
:func:`lacking` says what a module still needs.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Module, StateModule, TaskModule
from ansible_collections.whm.mail.tests.simulator import Fault

from .kinds import Properties, Scenario, Situation, Subject, load

FOLDER = Path(__file__).parent
_MODULES = FOLDER.parents[1] / "plugins/modules"

#: Documentation of action plugins that call no server: they have no code in the modules' folder.
NO_SERVER = {
    "containment",
    "containment_ledger",
    "containment_release",
    "mail_audit",
    "mail_audit_report",
    "role_variables",
}

#: Those of them that run modules on the server of their task, and so take the connection options.
ASK_A_SERVER = {"containment", "containment_release", "mail_audit"}


def module_names() -> list[str]:
    """All modules that call a server, whatever they are called."""
    return sorted({path.stem for path in _MODULES.glob("[!_]*.py")} - NO_SERVER)


def _subject(name: str) -> Subject:
    return importlib.import_module(f"{__name__}.{name}").SUBJECT  # type: ignore[no-any-return]


#: Module to all that is known of it.
SUBJECTS = {name: _subject(name) for name in module_names() if (FOLDER / f"{name}.py").is_file()}

SCENARIOS: list[Scenario] = [scenario for subject in SUBJECTS.values() for scenario in subject.scenarios]
PROPERTIES: dict[str, Properties] = {
    name: subject.properties for name, subject in SUBJECTS.items() if subject.properties
}


def _forbid(box: Any) -> None:
    box.faults.add(Fault("forbidden", times=0))


def situations(name: str) -> list[Situation]:
    """Those in which a module returns all that it documents, and a server that refuses the login."""
    found = SUBJECTS[name].situations
    return [*found, Situation({**found[0].options, "api_retries": 0}, True, _forbid)]


#: Part of a subject to what it is, in words for somebody who has just written a module.
_PARTS = {
    "situations": "tasks that together return every documented key",
    "scenarios": "a Scenario with something to do for each item, for the faults, for interference and for check mode",
    "opposites": "two option sets that undo each other, or in `without` the reason why there are none",
    "properties": "Properties with random tasks and where their effect is seen, or in `without` the reason why there are none",
    "check_mode": "option sets that check mode is tried with",
}


def needed(module: Module) -> list[str]:
    """The parts that a module of this kind needs."""
    if isinstance(module, InfoModule):
        return ["situations"]
    if isinstance(module, StateModule):
        return ["situations", "scenarios", "opposites", "properties"]
    assert isinstance(module, TaskModule)
    return ["situations", "check_mode", "properties"]


def lacking(name: str, module: Module, subject: Subject | None) -> Iterator[str]:
    """What is still to be said of a module: one sentence for each part."""
    parts = needed(module)
    if subject is None:
        listed = "; ".join(f"{part}: {_PARTS[part]}" for part in parts)
        yield f"The module {name} has no tests/subjects/{name}.py: it needs a SUBJECT with {listed}."
        return
    for part in parts:
        if not getattr(subject, part) and part not in subject.without:
            yield f"tests/subjects/{name}.py has no {part}: the module needs {_PARTS[part]}."
    for part in subject.without:
        if part not in parts or getattr(subject, part):
            yield f"tests/subjects/{name}.py says why there are no {part}: the module has them, or needs none."
    named = {each.module for each in (*subject.scenarios, subject.properties) if each}
    for other in sorted(named - {name}):
        yield f"tests/subjects/{name}.py names the module {other}: what is said of that one belongs into its own file."
    titles = [scenario.title for scenario in subject.scenarios]
    if titles and (titles.count("") != 1 or len(set(titles)) != len(titles)):
        yield f"The scenarios in tests/subjects/{name}.py need titles that tell them apart: one has none, each other one its own."


__all__ = [
    "FOLDER", "NO_SERVER", "PROPERTIES", "SCENARIOS", "SUBJECTS", "Properties", "Scenario", "Situation", "Subject", "lacking", "load",
    "module_names", "needed", "situations",
]  # fmt: skip
