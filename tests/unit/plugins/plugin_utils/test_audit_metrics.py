# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The metrics: what Prometheus reads is what the audit says, whatever servers are called; what nobody told is not there."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import STATUSES, without_facts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SEVERITIES, SUBSET_OF
from ansible_collections.whm.mail.plugins.plugin_utils._audit.metrics import as_openmetrics
from ansible_collections.whm.mail.tests import promtool
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import (
    NOW,
    account,
    audit,
    audited,
    facts,
    lost,
    message,
    queue,
)
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

# Names of servers come from the inventory: mostly plain, but nothing keeps quotes and backslashes out of them.
NAMES = st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from('\\"\n\r{}#=, \x00\x85\u2028')), min_size=1)


def series(document: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Name without its prefix and labels to number, as Prometheus' own parser reads them; each once."""
    read = [
        ((sample.name.removeprefix("whm_mail_"), frozenset(sample.labels.items())), sample.value)
        for family in text_string_to_metric_families(as_openmetrics(document))
        for sample in family.samples
    ]
    assert len(dict(read)) == len(read)
    return dict(read)


def told(document: Any, name: str, **labels: str) -> float | None:
    return series(document).get((name, frozenset(labels.items())))


def states(**flags: Any) -> dict[str, float | None]:
    document = audit(audited("whm1", facts(accounts=[account("alice"), account("bob", **flags), account("carla")])))
    names = ("total", "held", "outgoing_suspended", "suspended")
    return {name: told(document, "accounts", server="whm1", state=name) for name in names}


def test_a_fleet_is_told_as_the_document_sums_it_up() -> None:
    document = samples.story()
    found, summary = series(document), document["summary"]

    def total(name: str, **labels: str) -> float:
        return sum(number for (each, own), number in found.items() if each == name and own >= set(labels.items()))

    assert {name: total("findings", severity=name) for name in SEVERITIES} == summary["findings"]
    assert {name: total("server_status", status=name) for name in STATUSES} == {
        name: summary["servers"][name] for name in STATUSES
    }
    for name in ("total", "held", "outgoing_suspended", "suspended"):
        assert total("accounts", state=name) == summary["accounts"][name]
    assert total("queue_messages") == summary["queue"]["messages"]
    assert total("queue_frozen_messages") == summary["queue"]["frozen"]
    assert found["servers_unread", frozenset()] == 1
    assert found["audit_timestamp_seconds", frozenset()] == NOW


def test_facts_are_not_needed() -> None:
    assert as_openmetrics(without_facts(samples.story())) == as_openmetrics(samples.story())


def test_a_server_without_findings_has_a_zero_for_each_so_that_alerts_resolve() -> None:
    found = series(audit(audited("whm1", facts())))
    zeros = {labels for (name, labels), number in found.items() if name == "findings" and number == 0}
    assert len(zeros) == len(SEVERITIES) * len(SUBSET_OF)


def test_of_an_unread_server_only_its_status_is_told() -> None:
    found = {key: number for key, number in series(audit(lost("whm1"))).items() if key[1]}
    assert {name for name, _labels in found} == {"server_status"}
    assert [dict(labels)["status"] for (_name, labels), number in found.items() if number == 1] == ["unreachable"]


def test_no_server_is_no_reason_for_an_empty_file() -> None:
    assert series(audit()) == {("audit_timestamp_seconds", frozenset()): NOW, ("servers_unread", frozenset()): 0}


def test_what_was_not_read_is_absent_and_not_0() -> None:
    refused = {"queue": {"kind": "permission", "function": "fetch_mail_queue", "reason": "the token may not call it"}}
    document = audit(audited("whm1", facts(queue=None, auth=None) | {"unavailable": refused}))
    found = series(document)
    assert {name for name, _labels in found} >= {"accounts", "findings"}
    assert not {name for name, _labels in found} & {"queue_messages", "queue_frozen_messages"}
    findings = {dict(labels)["resource"] for (name, labels), _number in found.items() if name == "findings"}
    unread = {name for name, subset in SUBSET_OF.items() if subset in ("queue", "auth")}
    assert findings == set(SUBSET_OF) - unread
    assert told(document, "findings", server="whm1", resource="subset", severity="problem") == 1


@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        ({}, {"total": 3, "held": 0, "outgoing_suspended": 0, "suspended": 0}),
        ({"hold": True}, {"total": 3, "held": 1, "outgoing_suspended": 0, "suspended": 0}),
        (
            {"hold": True, "outgoing_suspended": None},
            {"total": 3, "held": 1, "outgoing_suspended": None, "suspended": 0},
        ),
        ({"suspended": None}, {"total": 3, "held": None, "outgoing_suspended": None, "suspended": None}),
    ],
)
def test_that_no_account_is_stopped_is_only_said_where_each_was_told(flags: Any, expected: Any) -> None:
    assert states(**flags) == expected


@pytest.mark.parametrize(
    ("frozen", "expected"), [([False], 0), ([False, True], 1), ([False, None], None), ([True, None], 1), ([], 0)]
)
def test_that_no_message_is_frozen_is_only_said_where_each_was_told(frozen: list[Any], expected: float | None) -> None:
    document = audit(audited("whm1", facts(queue=queue(*({**message(), "frozen": each} for each in frozen)))))
    assert told(document, "queue_frozen_messages", server="whm1") == expected
    assert told(document, "queue_messages", server="whm1") == len(frozen)


def test_a_number_that_is_null_in_a_document_is_absent() -> None:
    document = audit(audited("whm1", facts()))
    document["servers"][0]["figures"]["accounts"]["held"] = None
    document["servers"][0]["figures"]["queue"]["messages"] = None
    names = {(name, dict(labels).get("state")) for name, labels in series(document)}
    assert ("accounts", "total") in names
    assert not names & {("accounts", "held"), ("queue_messages", None)}


@given(st.lists(NAMES, unique=True, max_size=4))
def test_whatever_servers_are_called_their_names_are_read_back(names: list[str]) -> None:
    document = audit(*(audited(name, facts()) if place % 2 else lost(name) for place, name in enumerate(names)))
    found = {dict(labels)["server"]: number for (_name, labels), number in series(document).items() if labels}
    assert sorted(found) == sorted(names)


def test_a_backslash_a_quote_and_a_new_line_are_escaped() -> None:
    assert '{server="a\\\\n\\"b\\"\\nc"} 0\n' in as_openmetrics(audit(audited('a\\n"b"\nc', facts())))


def test_names_that_no_file_can_hold_do_not_cost_the_other_metrics() -> None:
    document = audit(audited("half \ud800", facts()), audited("half \ud801", facts()))
    as_openmetrics(document).encode("utf-8")
    assert told(document, "queue_messages", server="half ?") == 0


def test_nothing_stands_there_that_the_older_format_does_not_know() -> None:
    """The textfile collector speaks 0.0.4 only, and refuses times of samples."""
    line = re.compile(r'# (HELP \w+ [^"\\]+|TYPE \w+ gauge)|\w+(\{(\w+="[^"\\]*",?)+\})? \d+')
    text = as_openmetrics(samples.story())
    assert text.endswith("\n")
    assert not [each for each in text.splitlines() if not line.fullmatch(each)]


def test_each_metric_stands_in_one_piece_under_its_help() -> None:
    text = as_openmetrics(samples.story())
    names = re.findall(r"^# HELP (\w+)", text, re.MULTILINE)
    found = [re.match(r"(?:# \w+ )?(\w+)", each) for each in text.splitlines()]
    assert list(dict.fromkeys(each[1] for each in found if each)) == names == sorted(set(names), key=names.index)
    assert all(name.startswith("whm_mail_") for name in names)
    assert "time() minus" in text


@pytest.mark.parametrize("name", ["nobody", "story", "hostile", "lost", "fleet"])
def test_promtool_finds_nothing_to_complain_about(promtool_is_here: None, name: str) -> None:
    made: dict[str, Callable[[], Any]] = {
        "nobody": audit,
        "story": samples.story,
        "hostile": samples.hostile,
        "lost": lambda: audit(lost('\\"\n')),
        "fleet": lambda: samples.fleet(3, 20),
    }
    assert promtool.complaints(as_openmetrics(made[name]())) == ""


def test_promtool_would_complain(promtool_is_here: None) -> None:
    text = as_openmetrics(samples.story())
    assert promtool.complaints(text.replace("_findings", "_findings_total"))
    assert promtool.complaints(text + 'whm_mail_findings{server="a\nb"} 1\n')
    assert promtool.complaints(re.sub(r"# HELP.*\n", "", text))
