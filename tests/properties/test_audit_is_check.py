# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit calls drift is what the module says in check mode: the same items, fields and values, for any server and any wish."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.foresee import foresee
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.modules import mail_facts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.policy import drift
from ansible_collections.whm.mail.plugins.plugin_utils._audit.rules import RULES
from ansible_collections.whm.mail.tests.subjects import PROPERTIES, SUBJECTS
from hypothesis import assume, given
from hypothesis import strategies as st

from .profiles import cases, count
from .test_plans import DIALECTS
from .world import MODULES, Server

#: Module to the part of a policy that it carries out, and to the field that a finding names where the module's diff has several.
POLICIES = {
    "outgoing_mail": ("outgoing_mail", None),
    "forward_destination": ("forwards", None),
    "dkim": ("dkim", "state"),
    "spf": ("spf", None),
    "dmarc": ("dmarc", "records"),
    "exim_config": ("exim", None),
    **{part.name: (variable, None) for variable, rule in RULES.items() for part in rule.parts},
}
#: A finding keeps the name of its field, because its id must not change.
FIELDS = {("spf", "records"): "record", ("dmarc", "records"): "record"}

#: How the only thing of its kind is called in a finding.
ONLY = {
    "exim_config": "configuration",
    **{part.name: rule.item for rule in RULES.values() for part in rule.parts if not part.module.key},
}

SUBSETS = sorted({"accounts", "forwards", "auth", "exim", *(rule.subset for rule in RULES.values())})

Changes = dict[tuple[str, str], tuple[Any, Any]]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Server:
    return Server(tmp_path_factory.mktemp("server"))


def test_every_module_that_facts_can_serve_is_here() -> None:
    served = {name for name, module in MODULES.items() if isinstance(module, StateModule) and module.from_facts}
    assert served == set(POLICIES)


def facts_of(server: Server, domains: list[str], users: list[str]) -> dict[str, Any]:
    options = {"gather_subset": SUBSETS, "domains": domains, "forward_users": users}
    params = server.params(mail_facts.MODULE, options)
    facts: dict[str, Any] = execute(mail_facts.MODULE, params, False, server._opener(()))["ansible_facts"]["whm_mail"]
    assert not facts["unavailable"], facts["unavailable"]
    return facts


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Changes:
    return {
        (item, name): (before[item][name], value) for item, fields in after.items() for name, value in fields.items()
    }


def entries(name: str, options: Mapping[str, Any]) -> Any:
    """The task as entries of a policy."""
    value = SUBJECTS[name].value
    if value is not None:
        return value(options)
    if name == "exim_config":
        return {"state": "valid"}
    if name == "forward_destination":
        return options.get("forwards") or [
            {"user": user, "destinations": options["destinations"]} for user in options["users"]
        ]
    if name in ("spf", "dmarc"):
        return options.get("records") or [
            {"domain": domain, "record": options["record"]} for domain in options["domains"]
        ]
    return [options]


def named(name: str, options: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """The domains and the users of a task, which facts must be asked for by name."""
    rows = entries(name, options) if name in ("spf", "dmarc", "forward_destination") else []
    domains = [*options.get("domains", []), *[row["domain"] for row in rows if "domain" in row]]
    return domains if name in ("spf", "dmarc", "dkim") else [], [row["user"] for row in rows if "user" in row]


@pytest.mark.parametrize("name", sorted(POLICIES))
@cases(quick=60, long=600)
@given(data=st.data())
def test_drift_is_what_check_mode_says(server: Server, name: str, data: st.DataObject) -> None:
    count()
    subject, module = PROPERTIES[name], MODULES[name]
    assert isinstance(module, StateModule)
    options = {**data.draw(subject.tasks, "options"), "ignore_missing": False}
    assume(name != "dmarc" or options.get("state") != "absent")  # a policy does not speak of it
    if "ignore_missing" not in module.options:
        del options["ignore_missing"]
    server.prepare(data.draw(subject.changes, "state"), {"quirks": data.draw(st.sampled_from(DIALECTS))})
    said = server.run(name, options, check_mode=True).result
    assume((said.get("error") or {}).get("kind") not in ("invalid_input", "too_many_changes"))
    shown = said.get("diff") or {"before": {}, "after": {}}
    if not module.key:  # the only thing of its kind has no name in the result
        shown = {side: {"": fields} if fields else {} for side, fields in shown.items()}
    facts = facts_of(server, *named(name, options))
    seen = foresee(module, facts, [options])
    expected = {key: values for key, values in changes(**shown).items() if key[1] != "edit_discarded"}
    found = {key: values for key, values in changes(seen.before, seen.after).items() if key[1] != "edit_discarded"}
    assert found == expected

    resource, field = POLICIES[name]
    drifted = [
        each
        for each in drift(facts, {resource: entries(name, options)})
        if each.severity == "drift" and each.field != "account"
    ]
    told = {(each.item, each.field): (each.found, each.expected) for each in drifted}
    assert len(told) == len(drifted)
    items = {ONLY.get(name, item): item for item, _field in expected}
    wanted = {
        (item, FIELDS.get((name, key), key)): expected[mine, key]
        for item, mine in items.items()
        for key in {each for other, each in expected if other == mine}
        if field in (None, key)
    }
    assert told == wanted
    assert {item for item, _field in told} == set(items), "no item is left out"
