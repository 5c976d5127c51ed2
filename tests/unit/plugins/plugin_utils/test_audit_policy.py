# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Facts against a policy: met means no drift, each difference is exactly one finding, and its id never changes."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.expunge import by_name, mailbox_names
from ansible_collections.whm.mail.plugins.module_utils._mail.mailboxes import Contents
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import finding_id
from ansible_collections.whm.mail.plugins.plugin_utils._audit.policy import drift
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import account, auth, check, facts, mailbox
from hypothesis import example, given
from hypothesis import strategies as st

HELD = account("carla", hold=True)
TRIO = [account("alice"), account("bob"), HELD]

MET: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("no policy", {}, {}),
    ("held as wanted", {"accounts": TRIO}, {"outgoing_mail": [{"users": ["carla"], "hold": True}]}),
    (
        "exactly those",
        {"accounts": TRIO},
        {"outgoing_mail": [{"users": ["carla"], "hold": True, "exclusive": True, "max_changes": 9}]},
    ),
    ("nothing said", {"accounts": TRIO}, {"outgoing_mail": [{"users": ["carla"], "hold": None, "suspended": None}]}),
    (
        "the later entry counts",
        {"accounts": TRIO},
        {"outgoing_mail": [{"users": ["carla"], "hold": False}, {"users": ["carla"], "hold": True}]},
    ),
    (
        "in any order, domains in any case",
        {"forwards": [{"user": "root", "destinations": ["a@x.example", "b@x.example"]}]},
        {"forwards": [{"user": "root", "destinations": ["b@X.example", "a@x.example"]}]},
    ),
    ("DKIM is there", {}, {"dkim": [{"domains": ["Alice.Example."], "state": "present"}]}),
    (
        "DKIM is not there",
        {"auth": [auth("alice.example", dkim=check("missing", []))]},
        {"dkim": [{"domains": ["alice.example"], "state": "absent"}]},
    ),
    ("SPF that means the same", {}, {"spf": [{"domain": "alice.example", "record": "V=SPF1  mx a -all"}]}),
    ("DMARC with spaces", {}, {"dmarc": [{"domain": "alice.example", "record": "v=DMARC1;p=none"}]}),
    ("a valid Exim", {}, {"exim": {"state": "valid", "discard_edit": True}}),
]

DIFFERS: list[tuple[str, dict[str, Any], dict[str, Any], tuple[str, str, str]]] = [
    (
        "held",
        {"accounts": TRIO},
        {"outgoing_mail": [{"users": ["carla"], "hold": False}]},
        ("outgoing_mail", "carla", "hold"),
    ),
    (
        "not held",
        {"accounts": TRIO},
        {"outgoing_mail": [{"users": ["bob"], "hold": True}]},
        ("outgoing_mail", "bob", "hold"),
    ),
    (
        "not suspended",
        {"accounts": TRIO},
        {"outgoing_mail": [{"users": ["bob"], "suspended": True}]},
        ("outgoing_mail", "bob", "suspended"),
    ),
    (
        "held besides",
        {"accounts": TRIO},
        {"outgoing_mail": [{"users": [], "hold": True, "exclusive": True, "max_changes": 9}]},
        ("outgoing_mail", "carla", "hold"),
    ),
    (
        "no such account",
        {"accounts": TRIO},
        {"outgoing_mail": [{"users": ["dora"], "hold": True, "suspended": False}]},
        ("outgoing_mail", "dora", "account"),
    ),
    (
        "another destination",
        {},
        {"forwards": [{"user": "root", "destinations": ["team@example.com"]}]},
        ("forwards", "root", "destinations"),
    ),
    ("forwarded", {}, {"forwards": [{"user": "root", "destinations": []}]}, ("forwards", "root", "destinations")),
    (
        "DKIM mismatch",
        {"auth": [auth("alice.example", dkim=check("mismatch", name="default._domainkey.alice.example"))]},
        {"dkim": [{"domains": ["alice.example"], "state": "present"}]},
        ("dkim", "alice.example", "state"),
    ),
    (
        "DKIM is there",
        {},
        {"dkim": [{"domains": ["bob.example"], "state": "absent"}]},
        ("dkim", "bob.example", "state"),
    ),
    (
        "another SPF",
        {},
        {"spf": [{"domain": "bob.example", "record": "v=spf1 -all"}]},
        ("spf", "bob.example", "record"),
    ),
    (
        "two SPF records",
        {"auth": [auth("bob.example", spf=check("multiple", ["v=spf1 -all", "v=spf1 -all"]))]},
        {"spf": [{"domain": "bob.example", "record": "v=spf1 -all"}]},
        ("spf", "bob.example", "record"),
    ),
    (
        "another DMARC",
        {},
        {"dmarc": [{"domain": "bob.example", "record": "v=DMARC1; p=reject;"}]},
        ("dmarc", "bob.example", "record"),
    ),
    (
        "Exim is not valid",
        {"exim": {"valid": False, "message": "error in line 7"}},
        {"exim": {"state": "valid"}},
        ("exim", "configuration", "valid"),
    ),
]


@pytest.mark.parametrize(("of", "policy"), [row[1:] for row in MET], ids=[row[0] for row in MET])
def test_a_policy_that_is_met_has_no_drift(of: dict[str, Any], policy: dict[str, Any]) -> None:
    assert drift(facts(**of), policy) == []


@pytest.mark.parametrize(("of", "policy", "where"), [row[1:] for row in DIFFERS], ids=[row[0] for row in DIFFERS])
def test_each_difference_is_exactly_one_finding(
    of: dict[str, Any], policy: dict[str, Any], where: tuple[str, str, str]
) -> None:
    (finding,) = drift(facts(**of), policy)
    assert (finding.resource, finding.item, finding.field) == where
    assert finding.severity == "drift"
    assert finding.expected != finding.found
    assert where[1].split("@")[0] in finding.message or where[0] == "exim"


UNKNOWN: list[tuple[str, dict[str, Any], dict[str, Any], tuple[str, str]]] = [
    (
        "the server does not tell",
        {"accounts": [account("bob", hold=None)]},
        {"outgoing_mail": [{"users": ["bob"], "hold": False}]},
        ("outgoing_mail", "bob"),
    ),
    (
        "an account of another reseller",
        {"all_accounts": False},
        {"outgoing_mail": [{"users": ["dora"], "hold": True, "suspended": False}]},
        ("outgoing_mail", "dora"),
    ),
    (
        "whether all accounts are shown is not known",
        {"all_accounts": None},
        {"outgoing_mail": [{"users": ["dora"], "hold": True}]},
        ("outgoing_mail", "dora"),
    ),
    ("not read", {}, {"forwards": [{"user": "nobody", "destinations": []}]}, ("forwards", "nobody")),
    (
        "one forward that was refused",
        {"forwards": [{"user": "root", "error": {"reason": "that user is not yours"}}]},
        {"forwards": [{"user": "root", "destinations": []}]},
        ("forwards", "root"),
    ),
    ("a domain of elsewhere", {}, {"dkim": [{"domains": ["x.example"]}]}, ("dkim", "x.example")),
    *(
        (
            f"DNS did not say whether DKIM is {state}",
            {"auth": [auth("alice.example", dkim=check("error", []))]},
            {"dkim": [{"domains": ["alice.example"], "state": state}]},
            ("dkim", "alice.example"),
        )
        for state in ("present", "absent")
    ),
    (
        "DNS did not say what SPF is",
        {"auth": [auth("bob.example", spf=check("error", []))]},
        {"spf": [{"domain": "bob.example", "record": "v=spf1 -all"}]},
        ("spf", "bob.example"),
    ),
    (
        "DMARC was not checked",
        {"auth": [auth("bob.example", dmarc=None)]},
        {"dmarc": [{"domain": "bob.example", "record": "v=DMARC1; p=none;"}]},
        ("dmarc", "bob.example"),
    ),
    ("Exim says neither", {"exim": {"valid": None}}, {"exim": {"state": "valid"}}, ("exim", "configuration")),
    (
        "an address that was refused",
        {"mailboxes": [], "addresses": [{"user": "a", "address": "a@x.example", "error": {"reason": "busy"}}]},
        {"mailbox_messages": [{"addresses": ["a@x.example"], "mailboxes": ["*"], "query": "ALL"}]},
        ("mailbox_messages", "a@x.example"),
    ),
    (
        "an account whose addresses were refused",
        {"mailboxes": [], "addresses": [{"user": "a", "address": None, "error": {"reason": "busy"}}]},
        {"mailbox_messages": [{"addresses": ["a@x.example"], "mailboxes": ["*"], "query": "ALL"}]},
        ("mailbox_messages", "a@x.example"),
    ),
    (
        "an address of another reseller",
        {"mailboxes": [], "all_accounts": False},
        {"mailbox_messages": [{"addresses": ["a@x.example"], "mailboxes": ["*"], "query": "ALL"}]},
        ("mailbox_messages", "a@x.example"),
    ),
]


@pytest.mark.parametrize(("of", "policy", "where"), [row[1:] for row in UNKNOWN], ids=[row[0] for row in UNKNOWN])
def test_what_is_not_known_is_neither_met_nor_drift(
    of: dict[str, Any], policy: dict[str, Any], where: tuple[str, str]
) -> None:
    """The id differs from that of a difference, so that no earlier difference passes for still open, or for gone."""
    (finding,) = drift(facts(**of), policy)
    assert (finding.resource, finding.item, finding.field) == (*where, "readable")
    assert (finding.severity, finding.found) == ("problem", None)
    assert " not " in finding.message


@pytest.mark.parametrize(
    ("resource", "wanted"),
    [
        ("outgoing_mail", [{"users": ["bob"], "hold": True}]),
        ("forwards", [{"user": "root", "destinations": []}]),
        ("dkim", [{"domains": ["x.example"]}]),
        ("spf", [{"domain": "x.example", "record": "v=spf1 -all"}]),
        ("dmarc", [{"domain": "x.example", "record": "v=DMARC1;p=none"}]),
        ("exim", {"state": "valid"}),
        ("mailbox_messages", [{"addresses": ["a@x.example"], "mailboxes": ["*"], "query": "savedbefore 90d"}]),
    ],
)
def test_what_was_not_read_counts_as_not_checked_and_not_as_met(resource: str, wanted: Any) -> None:
    nothing = facts(accounts=None, forwards=None, auth=None, exim=None, mailboxes=None)
    (finding,) = drift(nothing, {resource: wanted})
    assert (finding.resource, finding.item, finding.field) == (resource, "*", "readable")
    assert finding.severity == "problem"
    assert "it was not gathered" in finding.message


def test_the_reason_why_a_subset_is_missing_is_said() -> None:
    of = facts(auth=None) | {"unavailable": {"auth": {"kind": "permission", "reason": "the token may not."}}}
    (finding,) = drift(of, {"dkim": [{"domains": ["x.example"]}]})
    assert (
        finding.message
        == "What policy_dkim wants could not be checked, for want of DNS records of domains (subset auth): the token may not."
    )


def test_options_of_spamd_are_reported_as_not_readable() -> None:
    (finding,) = drift(facts(), {"spamd": {"maxchildren": 5}})
    assert (finding.severity, finding.expected) == ("info", {"maxchildren": 5})


@pytest.mark.parametrize(
    ("patterns", "messages"),
    [
        (["INBOX.Trash*"], 5),
        (["inbox"], 9),
        (["*"], 14),
        (["INBOX.?rash"], 5),
        (["INBOX.[T]rash"], None),
        (["Trash"], None),
        (["inbox.*"], 5),
        (["inbox*"], None),
        (["inbo?"], None),
        ([" INBOX "], None),
    ],
)
def test_how_many_messages_an_expunge_could_concern(patterns: list[str], messages: int | None) -> None:
    boxes = [
        mailbox("a@x.example", "INBOX.Trash", 5),
        mailbox("a@x.example", "INBOX", 9),
        mailbox("b@x.example", "INBOX", 1),
    ]
    entry = {"addresses": ["a@X.example"], "mailboxes": patterns, "query": "savedbefore 90d"}
    found = drift(facts(mailboxes=boxes), {"mailbox_messages": [entry]})
    assert [row.found for row in found] == ([] if messages is None else [messages])
    assert all(row.severity == "info" for row in found)


def test_an_expunge_by_guid_looks_at_that_mailbox() -> None:
    box = {**mailbox("a@x.example", "INBOX", 4), "guid": "ab" * 16}
    entry = {"addresses": ["a@x.example"], "guids": ["AB" * 16], "query": "ALL"}
    assert [row.found for row in drift(facts(mailboxes=[box]), {"mailbox_messages": [entry]})] == [4]


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [({"mailboxes": [" "]}, "is not the name of a mailbox"), ({"guids": ["12"]}, "guids: 12 is not a GUID")],
)
def test_an_expunge_that_the_module_would_refuse_is_a_problem_and_sinks_no_other(
    wrong: dict[str, Any], reason: str
) -> None:
    right = {"addresses": ["a@x.example"], "mailboxes": ["INBOX"], "query": "ALL"}
    entries = [{"addresses": ["b@x.example"], "query": "ALL", **wrong}, right]
    problem, info = drift(facts(mailboxes=[mailbox("a@x.example", "INBOX", 9)]), {"mailbox_messages": entries})
    assert (problem.severity, problem.item, problem.field) == ("problem", "b@x.example", "ALL")
    assert problem.message.startswith("How many messages of b@x.example the policy concerns is not known. ")
    assert reason in problem.message
    assert (info.severity, info.found) == ("info", 9)


def mailbox_messages_takes(pattern: str, names: list[str]) -> set[str]:
    boxes: Any = tuple({"mailbox": name, "guid": "", "messages": 1, "vsize": 1} for name in names)
    chosen = by_name("a@x.example", Contents(boxes), mailbox_names([pattern]))
    return {name for _address, name, box in chosen if isinstance(box, dict)}


LETTERS = st.text(st.sampled_from("INBOXinbox.*?[a "), min_size=1).filter(str.strip)


@given(LETTERS, st.lists(LETTERS.map(str.strip), unique=True))
@example("inbox*", ["INBOX", "INBOX.Sent"])
@example("Inbox.*", ["INBOX", "INBOX.a"])
def test_the_audit_takes_the_mailboxes_that_mailbox_messages_takes(pattern: str, names: list[str]) -> None:
    entry = {"addresses": ["a@x.example"], "mailboxes": [pattern], "query": "ALL"}
    boxes = [mailbox("a@x.example", name, 1) for name in names]
    found = drift(facts(mailboxes=boxes), {"mailbox_messages": [entry]})
    assert sum(row.found for row in found) == len(mailbox_messages_takes(pattern, names))


@pytest.mark.parametrize("published", ["v=dmarc1; p=reject", "p=reject; v=DMARC1"])
def test_a_record_that_is_none_is_not_the_wanted_one_and_the_server_has_its_say(published: str) -> None:
    row = auth("b.example", dmarc=check("malformed", [published])) | {"problems": ["DMARC: the record cannot be read."]}
    (finding,) = drift(facts(auth=[row]), {"dmarc": [{"domain": "b.example", "record": "v=DMARC1; p=reject"}]})
    assert (finding.severity, finding.found) == ("drift", [published])
    assert finding.message.endswith("The server's verdict on what is there: DMARC: the record cannot be read.")


NAMES = st.sampled_from(["alice", "bob", "carla", "dora", "emil"])
STATES = st.dictionaries(NAMES, st.tuples(st.booleans(), st.booleans()), min_size=1)


def accounts(states: dict[str, tuple[bool, bool]]) -> dict[str, Any]:
    return facts(accounts=[account(user, hold=hold, outgoing_suspended=stop) for user, (hold, stop) in states.items()])


@given(STATES)
def test_a_policy_made_from_the_facts_is_met(states: dict[str, tuple[bool, bool]]) -> None:
    policy = {
        "outgoing_mail": [{"users": [user], "hold": hold, "suspended": stop} for user, (hold, stop) in states.items()]
    }
    assert drift(accounts(states), policy) == []


@given(STATES, STATES)
def test_there_are_as_many_findings_as_differences(
    is_now: dict[str, tuple[bool, bool]], wanted: dict[str, tuple[bool, bool]]
) -> None:
    policy = {
        "outgoing_mail": [{"users": [user], "hold": hold, "suspended": stop} for user, (hold, stop) in wanted.items()]
    }
    of = accounts(is_now)
    before = copy.deepcopy((of, policy))
    found = drift(of, policy)
    differences = {
        (user, option)
        for user, values in wanted.items()
        if user in is_now
        for option, now, want in zip(("hold", "suspended"), is_now[user], values, strict=True)
        if now != want
    }
    absent = {(user, "account") for user in wanted if user not in is_now}
    assert sorted((row.item, row.field) for row in found) == sorted(differences | absent)
    assert (of, policy) == before


@given(STATES, st.sets(NAMES))
def test_exclusive_means_these_and_no_others(states: dict[str, tuple[bool, bool]], named: set[str]) -> None:
    policy = {"outgoing_mail": [{"users": sorted(named), "hold": True, "exclusive": True, "max_changes": 9}]}
    held = {user for user, (hold, _stop) in states.items() if hold}
    missing = (
        named - states.keys()
    )  # then the module refuses the task: a misspelt name would release the account that was meant
    assert {row.item for row in drift(accounts(states), policy)} == (missing or held ^ named)


@pytest.mark.parametrize("entry", [{"users": ["bob"]}, {"users": [], "exclusive": True, "max_changes": 9}])
@pytest.mark.parametrize(("unknown", "word"), [("hold", "held"), ("outgoing_suspended", "suspended")])
def test_a_flag_that_is_not_told_hides_the_account_whichever_the_policy_speaks_of(
    entry: dict[str, Any], unknown: str, word: str
) -> None:
    """The module needs both to change one: what it could not do is not passed over in silence."""
    known = {"hold": True, "outgoing_suspended": False, unknown: None}
    found = drift(facts(accounts=[account("bob", **known)]), {"outgoing_mail": [{**entry, "hold": True}]})
    assert [(row.item, row.field, row.severity) for row in found] == [("bob", "readable", "problem")]
    assert f"does not tell whether outgoing mail of bob is {word}" in found[0].message


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ({"outgoing_mail": [{"users": ["root"], "hold": True}]}, "root is a system user"),
        ({"outgoing_mail": [{"users": ["bob"], "hold": True, "exclusive": True}]}, "exclusive: true needs max_changes"),
        ({"spf": [{"domain": "alice.example", "record": "-all"}]}, "does not begin with v=spf1"),
        ({"dkim": [{"domains": ["alice"], "state": "present"}]}, "alice is not a domain"),
    ],
)
def test_what_the_module_would_refuse_is_a_problem_of_the_policy(policy: dict[str, Any], words: str) -> None:
    (found,) = drift(facts(accounts=TRIO), policy)
    assert (found.item, found.field, found.severity) == ("*", "policy", "problem")
    assert found.message.startswith("What policy_")
    assert words in found.message


@given(st.lists(st.text(min_size=1), min_size=4, max_size=4), st.lists(st.text(min_size=1), min_size=4, max_size=4))
def test_ids_are_the_same_for_the_same_and_differ_for_others(one: list[str], other: list[str]) -> None:
    first, second = finding_id(*one), finding_id(*other)
    assert first == finding_id(*one)
    assert first.count("/") == 3
    printable = [[part.encode("utf-8", "replace") for part in parts] for parts in (one, other)]
    assert (first == second) == (printable[0] == printable[1])
