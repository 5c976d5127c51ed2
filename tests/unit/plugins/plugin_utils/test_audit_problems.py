# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Problems that need no policy, and what a policy takes out of their hands."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit.problems import findings
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import (
    account,
    auth,
    check,
    facts,
    message,
    ptr,
    queue,
)

ERROR = {"kind": "refusal", "function": "x", "reason": "no such thing.", "host": "h", "http_status": 200}
ZZ = {"country_code": "ZZ", "blocked": True}

CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("held", {"accounts": [account("bob", hold=True)]}, "info", "whm1/outgoing_mail/bob/hold"),
    ("suspended", {"accounts": [account("bob", outgoing_suspended=True)]}, "info", "whm1/outgoing_mail/bob/suspended"),
    ("root", {"forwards": [{"user": "root", "destinations": []}]}, "problem", "whm1/forwards/root/destinations"),
    ("dkim", {"auth": [auth("b.example", dkim=check("no_key"))]}, "problem", "whm1/dkim/b.example/state"),
    ("spf", {"auth": [auth("b.example", spf=check("missing", []))]}, "problem", "whm1/spf/b.example/record"),
    ("dmarc", {"auth": [auth("b.example", dmarc=check("missing", []))]}, "problem", "whm1/dmarc/b.example/record"),
    (
        "ptr",
        {"auth": [auth(f"{n}.example", ptr=ptr("missing")) for n in "abc"]},
        "problem",
        "whm1/ptr/192.0.2.10/record",
    ),
    ("frozen", {"queue": queue(message(frozen=True), message())}, "problem", "whm1/queue/messages/frozen"),
    ("old", {"queue": queue(message(90_000), message(100_000))}, "problem", "whm1/queue/messages/age"),
    ("exim", {"exim": {"valid": False, "message": "error"}}, "problem", "whm1/exim/configuration/valid"),
    ("no country", {"blocks": {"countries": [ZZ], "domains": []}}, "info", "whm1/blocks/ZZ/blocked"),
    ("an account", {"accounts": [{"user": "bob", "error": ERROR}]}, "problem", "whm1/subset/accounts bob/readable"),
    ("a domain", {"auth": [{"domain": "b.example", "error": ERROR}]}, "problem", "whm1/subset/auth b.example/readable"),
    (
        "an address",
        {"addresses": [{"user": "bob", "address": None, "error": ERROR}]},
        "problem",
        "whm1/subset/addresses bob/readable",
    ),
    ("a forward", {"forwards": [{"user": "root", "error": ERROR}]}, "problem", "whm1/subset/forwards root/readable"),
]


@pytest.mark.parametrize(("of", "severity", "identity"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_each_problem_is_one_finding(of: dict[str, Any], severity: str, identity: str) -> None:
    (finding,) = findings(facts(**of), "whm1", {}, 24)
    assert (finding["severity"], finding["id"]) == (severity, identity)
    assert finding["message"]


def test_a_server_where_all_is_well_has_none() -> None:
    assert findings(facts(), "whm1", {}, 24) == []


def test_no_facts_but_their_names_is_no_problem() -> None:
    nothing = facts(
        **dict.fromkeys(
            ["accounts", "forwards", "mailboxes", "addresses", "auth", "queue", "stats", "recipients", "exim", "server"]
        )
    )
    assert findings(nothing, "whm1", {}, 24) == []


def test_a_subset_that_the_server_did_not_give_is_one_finding() -> None:
    of = facts(auth=None) | {"unavailable": {"auth": ERROR}}
    (finding,) = findings(of, "whm1", {}, 24)
    assert finding["id"] == "whm1/subset/auth/readable"
    assert finding["message"] == "The server did not give DNS records of domains (subset auth): no such thing."


def test_a_ptr_record_is_said_once_for_all_domains_of_its_address() -> None:
    of = facts(auth=[auth(f"{n}.example", ptr=ptr("mismatch", "192.0.2.9")) for n in "abc"])
    (finding,) = findings(of, "whm1", {}, 24)
    assert "192.0.2.9" in finding["message"]
    assert finding["message"].endswith("It concerns 3 domains.")


def nameless(domain: str, name: str | None) -> dict[str, Any]:
    """A domain of which the server could not say by which address it sends."""
    part = {"ip_address": None, "validity": "error", "name": name, "records": [], "expected": None, "error": None}
    return auth(domain, ptr={**part, "addresses": [part]})


@pytest.mark.parametrize(
    ("rows", "places"),
    [
        ([nameless("b.example", None)], ["b.example"]),
        ([nameless("b.example", None), nameless("c.example", None)], ["b.example", "c.example"]),
        ([nameless("b.example", "2.0.192.in-addr.arpa")], ["2.0.192.in-addr.arpa"]),
    ],
)
def test_a_ptr_record_without_an_address_is_said_of_what_is_known(
    rows: list[dict[str, Any]], places: list[str]
) -> None:
    found = findings(facts(auth=rows), "whm1", {}, 24)
    assert [row["item"] for row in found] == places
    assert [row["message"] for row in found] == [
        f"PTR: DNS could not be asked about {place}; check its name servers." for place in places
    ]


@pytest.mark.parametrize(("hours", "count"), [(24, 1), (25, 0)])
def test_how_long_messages_may_wait_is_a_choice(hours: int, count: int) -> None:
    assert len(findings(facts(queue=queue(message(25 * 3600))), "whm1", {}, hours)) == count


def test_a_message_whose_age_is_not_known_is_neither_old_nor_young() -> None:
    of = facts(queue={"messages": [{"age": None, "frozen": False}], "summary": {"by_age": []}})
    assert [row["id"] for row in findings(of, "whm1", {}, 24)] == ["whm1/queue/messages/readable"]


POLICED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"accounts": [account("bob", hold=True)]}, {"outgoing_mail": [{"users": ["bob"], "hold": True}]}),
    ({"forwards": [{"user": "root", "destinations": []}]}, {"forwards": [{"user": "root", "destinations": []}]}),
    (
        {"auth": [auth("b.example", dkim=check("missing", []))]},
        {"dkim": [{"domains": ["b.example"], "state": "absent"}]},
    ),
]


@pytest.mark.parametrize(("of", "policy"), POLICED)
def test_what_the_policy_wants_is_no_problem(of: dict[str, Any], policy: dict[str, Any]) -> None:
    assert len(findings(facts(**of), "whm1", {}, 24)) == 1
    assert findings(facts(**of), "whm1", policy, 24) == []


@pytest.mark.parametrize(
    ("name", "key", "validity", "record"),
    [
        ("spf", "record", "mismatch", "v=spf1 -all"),
        ("spf", "record", "multiple", "v=spf1 -all"),
        ("dmarc", "record", "malformed", "v=DMARC1; p=reject"),
        ("dmarc", "record", "spf_error", "v=DMARC1; p=reject"),
    ],
)
def test_a_record_that_is_as_wanted_does_not_hide_the_servers_verdict(
    name: str, key: str, validity: str, record: str
) -> None:
    of = facts(auth=[auth("b.example", **{name: check(validity, [record])})])
    (finding,) = findings(of, "whm1", {name: [{"domain": "b.example", key: record}]}, 24)
    assert (finding["resource"], finding["severity"], finding["found"]) == (name, "problem", validity)


def test_what_differs_from_the_policy_is_not_said_again_as_a_problem() -> None:
    of = facts(auth=[auth("b.example", dkim=check("missing", []))], exim={"valid": False, "message": "error"})
    policy = {"dkim": [{"domains": ["b.example"]}], "exim": {"state": "valid"}}
    assert [row["severity"] for row in findings(of, "whm1", policy, 24)] == ["drift", "drift"]


def test_the_most_severe_come_first_and_no_id_twice() -> None:
    rows = [account("bob", hold=True), account("ann", hold=True)]
    of = facts(accounts=rows, auth=[auth("b.example", spf=check("missing", []), dkim=check("missing", []))])
    found = findings(of, "whm1", {"outgoing_mail": [{"users": ["ann"], "hold": False}]}, 24)
    assert [row["severity"] for row in found] == ["drift", "problem", "problem", "info"]
    assert len({row["id"] for row in found}) == len(found)


@pytest.mark.parametrize(
    ("entries", "severities"),
    [
        ([{"countries": ["zz"]}], []),
        ([{"countries": ["ZZ"], "state": "absent"}], ["drift"]),
        ([{"countries": ["ZZ"], "exclusive": True, "max_changes": 9}], []),
        ([{"countries": [], "exclusive": True, "max_changes": 9}], ["drift"]),
        ([{"domains": ["spam.example"], "state": "absent"}], ["info"]),
    ],
)
def test_what_has_no_country_is_no_remark_where_the_policy_speaks_of_it(
    entries: list[dict[str, Any]], severities: list[str]
) -> None:
    found = findings(facts(blocks={"countries": [ZZ], "domains": []}), "whm1", {"blocks": entries}, 24)
    assert [each["severity"] for each in found] == severities
