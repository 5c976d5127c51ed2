# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was not read is neither absent nor fine: the server is read in part, and what an earlier audit found there is not gone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit.compare import compare
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import (
    account,
    audit,
    audited,
    auth,
    check,
    facts,
    mailbox,
    message,
    ptr,
    queue,
)

ERROR = {"kind": "refusal", "function": "x", "reason": "not today", "host": "h", "http_status": 200}
UNASKED = check("error", [], error="SERVFAIL")
NOBODY_READS = [{"user": "root", "destinations": []}]
GUARDED: dict[str, Any] = {"mailbox_messages": [{"addresses": ["a@x.example"], "mailboxes": ["*"], "query": "ALL"}]}

# name, facts of the earlier audit, the finding that it had, facts in which that could not be read, policy of both
HIDDEN: list[tuple[str, dict[str, Any], str, dict[str, Any], dict[str, Any]]] = [
    (
        "a forward that was refused",
        {"forwards": NOBODY_READS},
        "forwards/root/destinations",
        {"forwards": [{"user": "root", "error": ERROR}, {"user": "alice", "destinations": []}]},
        {},
    ),
    (
        "a forward that was not asked for",
        {"forwards": NOBODY_READS},
        "forwards/root/destinations",
        {"forwards": [{"user": "alice", "error": ERROR}]},
        {},
    ),
    (
        "a forward of the policy",
        {"forwards": [{"user": "nobody", "destinations": ["x@x.example"]}]},
        "forwards/nobody/destinations",
        {"forwards": [{"user": "nobody", "error": ERROR}]},
        {"forwards": [{"user": "nobody", "destinations": ["root"]}]},
    ),
    *(
        (
            f"{name} of one domain was refused",
            {"auth": [auth("b.example", **{name: check("missing", [])})]},
            f"{name}/b.example/{'state' if name == 'dkim' else 'record'}",
            {"auth": [{**auth("b.example", **{name: None}), "error": ERROR}]},
            {},
        )
        for name in ("dkim", "spf", "dmarc")
    ),
    *(
        (
            f"{name} was not checked at all",
            {"auth": [auth("b.example", **{name: check("missing", [])})]},
            f"{name}/b.example/{'state' if name == 'dkim' else 'record'}",
            {"auth": [auth("b.example", **{name: None})]},
            {},
        )
        for name in ("dkim", "spf", "dmarc")
    ),
    *(
        (
            f"DNS could not be asked about {name}",
            {"auth": [auth("b.example", **{name: check("mismatch", [])})]},
            f"{name}/b.example/{'state' if name == 'dkim' else 'record'}",
            {"auth": [auth("b.example", **{name: UNASKED})]},
            {},
        )
        for name in ("dkim", "spf", "dmarc")
    ),
    (
        "DNS could not be asked about DKIM of the policy",
        {"auth": [auth("b.example", dkim=check("mismatch", ["x"]))]},
        "dkim/b.example/state",
        {"auth": [auth("b.example", dkim=UNASKED)]},
        {"dkim": [{"domains": ["b.example"]}]},
    ),
    (
        "DNS could not be asked about SPF of the policy",
        {"auth": [auth("b.example", spf=check("valid", ["v=spf1 ?all"]))]},
        "spf/b.example/record",
        {"auth": [auth("b.example", spf=UNASKED)]},
        {"spf": [{"domain": "b.example", "record": "v=spf1 -all"}]},
    ),
    (
        "DNS could not be asked about an address",
        {"auth": [auth("b.example", ptr=ptr("missing"))]},
        "ptr/192.0.2.10/record",
        {"auth": [auth("b.example", ptr=ptr("error"))]},
        {},
    ),
    (
        "PTR of one domain was refused",
        {"auth": [auth("b.example", ptr=ptr("missing", "192.0.2.9")), auth("c.example")]},
        "ptr/192.0.2.9/record",
        {"auth": [{**auth("b.example", ptr=None), "error": ERROR}, auth("c.example")]},
        {},
    ),
    (
        "a flag that is not told",
        {"accounts": [account("bob", hold=True), account("ann")]},
        "outgoing_mail/bob/hold",
        {"accounts": [account("bob", hold=None), account("ann")]},
        {},
    ),
    (
        "a flag that is not told of anybody, against a policy",
        {"accounts": [account("bob", outgoing_suspended=True)]},
        "outgoing_mail/bob/suspended",
        {"accounts": [account("bob", outgoing_suspended=None)]},
        {"outgoing_mail": [{"users": ["bob"], "suspended": False}]},
    ),
    (
        "the age of a message",
        {"queue": queue(message(90_000))},
        "queue/messages/age",
        {"queue": {"messages": [{"age": None, "frozen": False}], "summary": {"by_age": []}}},
        {},
    ),
    (
        "whether Exim is valid",
        {"exim": {"valid": False, "message": None}},
        "exim/configuration/valid",
        {"exim": {"valid": None, "message": None}},
        {},
    ),
    (
        "an address that was refused",
        {"mailboxes": [mailbox("a@x.example")]},
        "mailbox_messages/a@x.example/ALL",
        {"mailboxes": [], "addresses": [{"user": "x", "address": "a@x.example", "error": ERROR}]},
        GUARDED,
    ),
    (
        "addresses of an account that could not be listed",
        {"mailboxes": [mailbox("a@x.example")]},
        "mailbox_messages/a@x.example/ALL",
        {"mailboxes": [], "addresses": [{"user": "x", "address": None, "error": ERROR}]},
        GUARDED,
    ),
    (
        "an account that this login is not shown",
        {"accounts": [account("bob", hold=True)]},
        "outgoing_mail/bob/hold",
        {"accounts": [], "all_accounts": False},
        {"outgoing_mail": [{"users": ["bob"], "hold": False}]},
    ),
]


@pytest.mark.parametrize(
    ("before", "identity", "now", "policy"), [row[1:] for row in HIDDEN], ids=[row[0] for row in HIDDEN]
)
def test_what_was_not_read_is_not_known_any_more_and_the_server_is_read_in_part(
    before: dict[str, Any], identity: str, now: dict[str, Any], policy: dict[str, Any]
) -> None:
    earlier, later = (audit(audited("whm1", facts(**of), policy)) for of in (before, now))
    assert f"whm1/{identity}" in [row["id"] for row in earlier["servers"][0]["drift"]]
    found = compare(later, json.loads(json.dumps(earlier)))
    assert found["gone"] == []
    assert f"whm1/{identity}" in [row["id"] for row in found["unknown"]]
    assert f"whm1/{identity}" not in found["open"]
    (server,) = later["servers"]
    assert server["status"] == "partial"
    assert any(row["field"] == "readable" and row["severity"] == "problem" for row in server["drift"])
    assert later["summary"]["findings"]["drift"] == 0
    states = [row for row in found["changed"] if row["resource"] != "server"]
    assert states == [], "what is not known did not change"


@pytest.mark.parametrize(
    ("before", "identity", "now", "policy"), [row[1:] for row in HIDDEN], ids=[row[0] for row in HIDDEN]
)
def test_what_is_read_again_is_known_again(
    before: dict[str, Any], identity: str, now: dict[str, Any], policy: dict[str, Any]
) -> None:
    hidden, again = (audit(audited("whm1", facts(**of), policy)) for of in (now, before))
    found = compare(again, json.loads(json.dumps(hidden)))
    readable = {row["id"] for row in hidden["servers"][0]["drift"] if row["field"] == "readable"}
    assert f"whm1/{identity}" in found["new"]
    assert readable <= {row["id"] for row in [*found["gone"], *found["unknown"]]}, "and no readable one is still open"


@pytest.mark.parametrize(
    ("of", "finding", "hidden", "policy"), [row[1:] for row in HIDDEN], ids=[row[0] for row in HIDDEN]
)
def test_what_was_found_before_it_could_not_be_read_is_not_new_again(
    of: dict[str, Any], finding: str, hidden: dict[str, Any], policy: dict[str, Any]
) -> None:
    """However many nights it could not be read."""
    first, bad = (audit(audited("whm1", facts(**each), policy)) for each in (of, hidden))
    second = {**bad, "compared_with": compare(bad, json.loads(json.dumps(first)))}
    third = {**bad, "compared_with": compare(bad, json.loads(json.dumps(second)))}
    found = compare(first, json.loads(json.dumps(third)))
    assert f"whm1/{finding}" in found["open"]
    assert f"whm1/{finding}" not in found["new"]


def test_an_account_that_is_gone_is_gone_where_all_are_shown() -> None:
    was = audit(audited("whm1", facts(accounts=[account("bob", hold=True)])))
    assert len(compare(audit(audited("whm1", facts(accounts=[]))), was)["gone"]) == 1
    assert len(compare(audit(audited("whm1", facts(accounts=[], all_accounts=False))), was)["unknown"]) == 1


def test_an_address_whose_ptr_is_mended_is_gone_although_another_was_not_asked() -> None:
    was = audit(audited("whm1", facts(auth=[auth("b.example", ptr=ptr("missing", "192.0.2.9"))])))
    now = [auth("b.example", ptr=ptr("valid", "192.0.2.9")), auth("c.example", ptr=ptr("error", "192.0.2.8"))]
    assert len(compare(audit(audited("whm1", facts(auth=now))), was)["gone"]) == 1


@pytest.mark.parametrize(
    ("of", "spot"),
    [
        ({"accounts": [{"user": "bob", "error": ERROR}]}, ("accounts", "bob", "*")),
        ({"recipients": [{"user": "bob", "sender": None, "error": ERROR}]}, ("recipients", "bob", "*")),
        ({"stats": {"server": {}, "accounts": [{"user": "bob", "error": ERROR}]}}, ("stats", "bob", "*")),
        ({"stats": {"server": {}, "accounts": [], "truncated": True}}, ("stats", "accounts", "*")),
        ({"server": {"version": "11", "unavailable": {"applist": "no"}}}, ("server", "applist", "*")),
        ({"auth": [auth("b.example", dmarc=None), auth("c.example", dmarc=None)]}, ("auth", "*", "dmarc")),
        ({"auth": [auth("b.example", dmarc=None), auth("c.example")]}, ("auth", "b.example", "dmarc")),
        ({"accounts": [account("a", hold=None), account("b", hold=None)]}, ("accounts", "*", "hold")),
    ],
)
def test_what_is_not_read_is_named_once(of: dict[str, Any], spot: tuple[str, str, str]) -> None:
    server = audited("whm1", facts(**of))
    assert [(row["subset"], row["item"], row["field"]) for row in server["unread"]] == [spot]
    assert server["status"] == "partial"
    assert len(server["drift"]) == 1


def test_what_was_not_to_be_gathered_is_nothing_that_could_not_be_read() -> None:
    server = audited("whm1", facts(mailboxes=None, addresses=None), GUARDED)
    assert (server["status"], server["unread"]) == ("ok", [])
    assert [row["id"] for row in server["drift"]] == ["whm1/mailbox_messages/*/readable"]
