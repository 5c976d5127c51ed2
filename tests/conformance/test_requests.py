# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that the modules send, against the contract, the catalogue and the modules' own documentation."""

from __future__ import annotations

import importlib
import re

import pytest
import yaml
from ansible_collections.whm.mail.plugins.module_utils._whm import catalogue as _functions
from ansible_collections.whm.mail.tests.conformance.contract import contract
from ansible_collections.whm.mail.tests.conformance.sent import Sent
from ansible_collections.whm.mail.tests.simulator.registry import HANDLERS
from ansible_collections.whm.mail.tests.subjects import SUBJECTS, module_names

# Parameters that no page names: (function, parameter) -> why they are sent all the same.
_TIMES = "described for 11.120: brings the window to the database, before the cap; the filter beside it is documented"
UNDOCUMENTED = {("emailtrack_search", "starttime"): _TIMES, ("emailtrack_search", "endtime"): _TIMES}

MODULES = module_names()

# Sends whatever it is told to.
ANYTHING = "api"


def declared(module: str) -> tuple[set[str], set[str]]:
    """The functions that the module's notes say it reads and writes with."""
    source = importlib.import_module(f"ansible_collections.whm.mail.plugins.modules.{module}").DOCUMENTATION
    text = " ".join(yaml.safe_load(source).get("notes", []))
    reads, writes = re.search(r"Reads: (.*?)(?=Writes: |\Z)", text), re.search(r"Writes: (.*)", text)
    # A sentence that does not begin with Reads or Writes may name accounts and quirks in the same type.
    known = set(_functions.WHM_API_1) | set(_functions.CPANEL)

    def names(found: re.Match[str] | None) -> set[str]:
        listed = re.findall(r"C\((\w+)\)", re.split(r"\. (?=[A-Z])", found.group(1))[0]) if found else []
        assert set(listed) <= known, f"{module} declares what the catalogue does not hold"
        return set(listed)

    return names(reads), names(writes)


def test_every_module_has_situations() -> None:
    assert set(SUBJECTS) == set(MODULES)
    assert [name for name, subject in SUBJECTS.items() if not (subject.sends or subject.situations)] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_sends_only_what_is_documented(module: str, sent: list[Sent]) -> None:
    mine = [item for item in sent if item.module == module]
    assert mine
    for item in mine:
        assert item.function in contract(), item.function
        params = [pair for pair in item.params if (item.function, pair[0]) not in UNDOCUMENTED]
        assert contract()[item.function].complaints(params) == [], (item.function, item.params)


def test_a_repeated_parameter_is_sent_in_the_form_of_the_catalogue(sent: list[Sent]) -> None:
    batches = [item for item in sent if item.function == "batch"]
    assert batches
    for item in batches:
        assert {name for name, _value in item.params} == {"command"}


def test_requests_are_posts_without_a_query(sent: list[Sent]) -> None:
    wire = [item.entry for item in sent if item.entry.transport != "cli"]
    assert wire
    assert {(entry.method, entry.url.partition("?")[2]) for entry in wire} == {("POST", "")}
    assert all(entry.url == f"/json-api/{entry.function}" for entry in wire)


def test_both_transports_send_the_same(sent: list[Sent]) -> None:
    def over(transport: str) -> list[tuple[str, str, tuple[tuple[str, str], ...]]]:
        return [
            (item.module, item.function, item.params)
            for item in sent
            if item.entry.transport == transport and any(item.situation is own for own in SUBJECTS[item.module].sends)
        ]

    # Over HTTPS there is a login, of which mail_facts shows first that it is good.
    cli, https = ([call for call in over(way) if call[:2] != ("mail_facts", "myprivs")] for way in ("cli", "https"))
    assert cli
    assert cli == https


def test_nothing_is_written_in_check_mode_or_by_a_module_that_only_reads(sent: list[Sent]) -> None:
    for item in sent:
        harmless = item.situation.check_mode or item.module.endswith("_info")
        assert not (harmless and item.entry.writes), (item.module, item.function)
        if item.function in ("batch", "cpanel", "uapi_cpanel"):
            continue
        assert not (harmless and _functions.lookup(item.function).writes), (item.module, item.function)


@pytest.mark.parametrize("module", [name for name in MODULES if name != ANYTHING])
def test_a_module_declares_the_functions_that_it_calls(module: str, sent: list[Sent]) -> None:
    """Also the walk: what is declared is in the catalogue, has a handler, and is called in some situation."""
    reads, writes = declared(module)
    assert reads | writes, "its notes name what it calls"
    for name in reads:  # what cpanel and uapi_cpanel do is decided by what they carry
        assert _functions.WHM_API_1[name].access in (_functions.READ, _functions.INNER), name
    for name in writes:
        assert _functions.WHM_API_1[name].writes, name
    assert not (module.endswith("_info") and writes)
    called = {item.function for item in sent if item.module == module} - {"batch"}
    assert called == reads | writes
    assert called <= set(HANDLERS)
