# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The document of a fleet, and what changed since an earlier one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit.compare import NotAnAudit, compare, parse
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import server, without_facts
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import (
    account,
    audit,
    audited,
    auth,
    check,
    facts,
    lost,
    message,
    queue,
)
from jsonschema import Draft202012Validator

SCHEMA = json.loads((Path(__file__).resolve().parents[4] / "docs/audit.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)

DOCUMENTS = {
    "nobody": audit,
    "one": lambda: audit(audited("whm1", facts())),
    "lost": lambda: audit(lost("whm1"), server("whm2", "whm2", None, []), policy_given=False),
    "story": samples.story,
    "hostile": samples.hostile,
    "fleet": lambda: samples.fleet(4, 30),
    "without facts": lambda: without_facts(samples.story()),
}


def valid(document: Any) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(json.loads(json.dumps(document)))]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_documents_are_as_the_schema_says(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert valid(DOCUMENTS[name]()) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda audit: audit.update(schema=2),
        lambda audit: audit.pop("summary"),
        lambda audit: audit["servers"][0].pop("status"),
        lambda audit: audit["servers"][0].pop("figures"),
        lambda audit: audit["servers"][0]["drift"][0].update(severity="bad"),
        lambda audit: audit["servers"][0]["drift"][0].update(id="no slashes"),
        lambda audit: audit["servers"][-1].pop("error"),
        lambda audit: audit["compared_with"]["gone"][0].pop("server"),
    ],
)
def test_the_schema_refuses_what_is_no_audit(spoil: Any) -> None:
    document = json.loads(json.dumps(samples.story()))
    spoil(document)
    assert valid(document)


def test_the_schema_knows_every_resource() -> None:
    from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SUBSET_OF

    assert set(SCHEMA["$defs"]["finding"]["properties"]["resource"]["enum"]) == set(SUBSET_OF)


@pytest.mark.parametrize(
    ("gathered", "status", "kind"),
    [
        (None, "failed", "not_tried"),
        ({"failed": True, "msg": "no route", "error": {"kind": "connection"}}, "unreachable", "connection"),
        ({"unreachable": True, "msg": "no SSH"}, "unreachable", "connection"),
        ({"failed": True, "msg": "refused", "error": {"kind": "authentication"}}, "failed", "authentication"),
        ({"failed": True, "msg": "a missing library"}, "failed", "error"),
    ],
)
def test_a_server_that_could_not_be_read_is_there_with_the_reason(gathered: Any, status: str, kind: str) -> None:
    row = server("whm1", "192.0.2.1", gathered, [])
    assert (row["name"], row["status"], row["error"]["kind"]) == ("whm1", status, kind)
    assert row["error"]["reason"]
    assert audit(row)["summary"]["servers"] == {
        "total": 1,
        "ok": 0,
        "partial": 0,
        "failed": 0,
        "unreachable": 0,
        status: 1,
    }


def test_a_server_that_refused_a_subset_is_read_in_part() -> None:
    of = facts(auth=None) | {"unavailable": {"auth": {"kind": "permission", "reason": "no"}}}
    of["subsets"].append("auth")
    row = audited("whm1", of)
    assert row["status"] == "partial"
    assert "auth" not in row["gathered"]
    assert "auth" not in row["figures"]


def test_an_account_counts_for_all_that_stops_it() -> None:
    rows = [
        account("a"),
        account("b", hold=True),
        account("c", hold=True, outgoing_suspended=True),
        account("d", suspended=True, hold=True),
        account("e", hold=None, suspended=True),
        account("f", hold=None),
        {"user": "g", "error": {"kind": "refusal"}},
    ]
    fleet = audit(audited("whm1", facts(accounts=rows)), audited("whm2", facts(accounts=rows[:2])))
    found = fleet["servers"][0]["figures"]["accounts"]
    numbers = {"total": 7, "sending": 1, "not_known": 2, "held": 3, "outgoing_suspended": 1, "suspended": 2}
    assert {key: found[key] for key in numbers} == numbers
    assert [row["user"] for row in found["stopped"]] == ["b", "c", "d", "e"]
    assert found["stopped"][2]["hold"] is found["stopped"][2]["suspended"] is True
    numbers = {"total": 9, "sending": 2, "not_known": 2, "held": 4, "outgoing_suspended": 1, "suspended": 2}
    assert fleet["summary"]["accounts"] == numbers


def test_figures_of_domains_senders_and_queue() -> None:
    of = facts(
        auth=[auth("a.example"), auth("b.example", dkim=check("missing"), dmarc=None)],
        queue=queue(message(10), message(90_000, True)),
        recipients=[
            {"user": "a", "sender": None, "count": 1},
            {"user": "b", "sender": None, "count": 9},
            {"user": "x", "error": {}},
        ],
    )
    found = audited("whm1", of)["figures"]
    assert found["auth"]["dkim"] == {"missing": 1, "valid": 1}
    assert found["auth"]["dmarc"] == {"not_checked": 1, "valid": 1}
    assert (found["queue"]["messages"], found["queue"]["frozen"]) == (2, 1)
    assert [row["user"] for row in found["top_senders"]] == ["b", "a"]


def test_servers_stand_by_name_and_totals_add_up() -> None:
    found = audit(audited("b", facts(accounts=[account("x", hold=True)])), audited("a", facts()))
    assert [row["name"] for row in found["servers"]] == ["a", "b"]
    assert found["summary"]["accounts"] == {
        "total": 3,
        "sending": 2,
        "not_known": 0,
        "held": 1,
        "outgoing_suspended": 0,
        "suspended": 0,
    }
    assert found["summary"]["findings"] == {"drift": 0, "problem": 0, "info": 1}


def test_new_open_and_gone() -> None:
    was = audit(audited("a", facts(accounts=[account("x", hold=True), account("y", hold=True)])))
    now = audit(audited("a", facts(accounts=[account("y", hold=True), account("z", hold=True)])))
    found = compare(now, was)
    assert found["new"] == ["a/outgoing_mail/z/hold"]
    assert found["open"] == ["a/outgoing_mail/y/hold"]
    assert [(row["server"], row["id"]) for row in found["gone"]] == [("a", "a/outgoing_mail/x/hold")]
    assert found["unknown"] == []


def test_the_same_again_is_nothing_new() -> None:
    found = compare(samples.fleet(4, 20), samples.fleet(4, 20))
    assert (found["new"], found["gone"], found["unknown"], found["changed"]) == ([], [], [], [])
    assert found["open"]


@pytest.mark.parametrize(
    "now",
    [
        audit(lost("a")),
        audit(audited("b", facts())),
        audit(audited("a", facts(exim=None))),
        audit(audited("a", facts(exim=None) | {"unavailable": {"exim": {"kind": "permission", "reason": "no"}}})),
    ],
    ids=["lost", "not asked", "not gathered", "refused"],
)
def test_a_finding_is_not_gone_because_nobody_could_look(now: Any) -> None:
    found = compare(now, audit(audited("a", facts(exim={"valid": False, "message": None}))))
    assert found["gone"] == []
    assert [row["id"] for row in found["unknown"]] == ["a/exim/configuration/valid"]


def test_a_subset_that_is_given_again_is_gone_from_the_findings() -> None:
    was = audit(audited("a", facts(auth=None) | {"unavailable": {"auth": {"kind": "permission", "reason": "no"}}}))
    assert [row["item"] for row in compare(audit(audited("a", facts())), was)["gone"]] == ["auth"]


def test_states_that_changed_and_servers_that_came_and_went() -> None:
    was = audit(audited("a", facts(accounts=[account("x")])), audited("old", facts()))
    now = audit(
        audited("a", facts(accounts=[account("x", hold=True)], auth=[auth("alice.example", spf=check("missing"))])),
        lost("new"),
    )
    found = compare(now, was)
    assert [(row["resource"], row["item"], row["field"], row["before"], row["after"]) for row in found["changed"]] == [
        ("accounts", "x", "hold", False, True),
        ("spf", "alice.example", "validity", "valid", "missing"),
    ]
    assert (found["servers_added"], found["servers_removed"]) == (["new"], ["old"])


def test_a_server_that_was_lost_meanwhile_changed_its_state() -> None:
    (row,) = compare(audit(lost("a")), audit(audited("a", facts())))["changed"]
    assert (row["field"], row["before"], row["after"]) == ("status", "ok", "unreachable")


def test_without_facts_findings_can_still_be_compared() -> None:
    was = without_facts(audit(audited("a", facts(accounts=[account("x", hold=True)]))))
    found = compare(audit(audited("a", facts())), was)
    assert len(found["gone"]) == 1
    assert found["changed"] == []


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"servers": {}, "schema": 1}', '{"servers": [], "schema": 99}'])
def test_what_is_no_audit_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(NotAnAudit, match=r"earlier"):
        parse(text)
