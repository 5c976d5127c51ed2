# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.expunge import state_of
from ansible_collections.whm.mail.plugins.module_utils._state.plan import readable
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import NotFound, TooManyChanges, Unsupported
from ansible_collections.whm.mail.plugins.modules import mailbox_messages
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.mailbox_messages import BY_GUID, DAVE, INFO, guid, old_server, options
from hypothesis import given
from hypothesis import strategies as st

ALICE_MAIN = "_mainaccount@alice.example.com"

BY_NAME = "expunge_mailbox_messages"


def box_(messages: int | None, by_name: bool = False, key: str = "g") -> dict[str, Any]:
    return {"guid": key, "messages": messages, "by_name": by_name}


def params(**options: Any) -> dict[str, Any]:
    return {"query": "savedbefore 30d", "max_messages": None, **options}


def sent(plan: Any) -> list[tuple[Any, ...]]:
    return [(step.call.function, *step.call.params.values()) for step in plan.steps]


PLANS = [
    ("nothing chosen", {}, params(), []),
    ("empty mailbox", {"a@e.x INBOX": box_(0)}, params(), []),
    ("by GUID", {"a@e.x INBOX": box_(3)}, params(), [(BY_GUID, "a@e.x", "g", "savedbefore 30d")]),
    ("by name", {"a@e.x INBOX.A b": box_(3, True)}, params(), [(BY_NAME, "a@e.x", "INBOX.A b", "savedbefore 30d")]),
    ("an address that failed", {"x@e.x": NotFound("no"), "a@e.x INBOX": box_(1)}, params(), [(BY_GUID, "a@e.x", "g", "savedbefore 30d")]),
    ("just as many as allowed", {"a@e.x A": box_(2), "a@e.x B": box_(1)}, params(max_messages=3),
     [(BY_GUID, "a@e.x", "g", "savedbefore 30d")] * 2),
]  # fmt: skip


@pytest.mark.parametrize(("current", "options", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], options: dict[str, Any], calls: list[Any]) -> None:
    plan = mailbox_messages.plan(readable(current), options)
    assert sent(plan) == calls
    assert plan.changed is bool(calls)
    assert (plan.before == plan.after) is not bool(calls)


def test_more_messages_than_expected_plan_nothing() -> None:
    with pytest.raises(TooManyChanges, match="3 messages are in the chosen mailboxes, max_messages allows 2"):
        mailbox_messages.plan({"a@e.x A": box_(2), "a@e.x B": box_(1)}, params(max_messages=2))


states = st.dictionaries(
    st.sampled_from([f"{name}@e.x {folder}" for name in "ab" for folder in ("INBOX", "INBOX.Sent", "INBOX.A b")]),
    st.integers(0, 3).map(box_),
)


@given(states, st.integers(0, 3))
def test_plan_properties(current: dict[str, Any], matching: int) -> None:
    original = copy.deepcopy(current)
    plan = mailbox_messages.plan(readable(current), params())
    assert current == original, "inputs are not mutated"
    assert all(
        plan.after[name] == {**state, "messages": None if state["messages"] else 0} for name, state in current.items()
    )

    server = copy.deepcopy(current)
    for step in plan.steps:
        server[step.item]["messages"] -= min(matching, server[step.item]["messages"])
    for step in plan.steps:
        fell = server[step.item]["messages"] < current[step.item]["messages"]
        assert step.shows_in(server) is fell, "it changed exactly where the number fell"
        assert step.stands_in(server), "that nothing matched is no failure"
        later = {**server, step.item: {**server[step.item], "messages": 99}}
        assert not step.shows_in(later)
        assert step.stands_in(later), "that mail came in is no failure"
    assert set(server) - {step.item for step in plan.steps} == {n for n, s in current.items() if not s["messages"]}
    if matching == 3:
        assert not mailbox_messages.plan(server, params()).steps, "it converges"


def rows(result: dict[str, Any]) -> list[tuple[Any, ...]]:
    keys = ("address", "mailbox", "before", "after", "changed")
    return [tuple(row[key] for key in keys) for row in result["mailboxes"]]


def test_expunge_then_again(run: Any, box: Any) -> None:
    predicted = run("mailbox_messages", True, **options())
    assert not box.log.writes()
    assert predicted["changed"] is True
    assert rows(predicted) == [(DAVE, "INBOX", 6, None, True)]
    assert predicted["diff"] == {
        "before": {f"{DAVE} INBOX": {"messages": 6}},
        "after": {f"{DAVE} INBOX": {"messages": None}},
    }
    result = run("mailbox_messages", **options())
    assert result == {
        "changed": True,
        "mailboxes": [
            {"address": DAVE, "mailbox": "INBOX", "guid": guid("INBOX"), "before": 6, "after": 3, "changed": True}
        ],
        "diff": {"before": {f"{DAVE} INBOX": {"messages": 6}}, "after": {f"{DAVE} INBOX": {"messages": 3}}},
        "missing": [],
    }
    again = run("mailbox_messages", **options())
    assert again["changed"] is False
    assert rows(again) == [(DAVE, "INBOX", 3, 3, False)]
    assert again["diff"] == {"before": {}, "after": {}}


def test_emptied_mailboxes_are_left_alone(run: Any, box: Any) -> None:
    assert rows(run("mailbox_messages", **options(query="ALL", allow_all=True))) == [(DAVE, "INBOX", 6, 0, True)]
    box.log.clear()
    assert rows(run("mailbox_messages", **options(query="ALL", allow_all=True))) == [(DAVE, "INBOX", 0, 0, False)]
    assert not box.log.writes()
    assert len(box.log) == 1


CHOICES = [
    # mailboxes, names chosen at dave's address
    (["INBOX"], ["INBOX"]),
    (["inbox", "Inbox.Trash"], ["INBOX", "INBOX.Trash"]),
    (["INBOX.*"], ["INBOX.Empty", "INBOX.Trash", "INBOX.What*", "INBOX.Whatever"]),
    (["INBOX.What*"], ["INBOX.What*", "INBOX.Whatever"]),
    (["INBOX.?????"], ["INBOX.Empty", "INBOX.Trash", "INBOX.What*"]),
    (["*"], ["INBOX", "INBOX.Empty", "INBOX.Trash", "INBOX.What*", "INBOX.Whatever"]),
    (["INBOX.[TW]*"], []),
    (["INBOX.trash*"], []),
    (["*trash", "*.Trash", "INBOX.Trash"], ["INBOX.Trash"]),
]


@pytest.mark.parametrize(("mailboxes", "names"), CHOICES)
def test_mailboxes_by_name(run_https: Any, box: Any, mailboxes: list[str], names: list[str]) -> None:
    result = run_https("mailbox_messages", **options(mailboxes=mailboxes, query="ALL", allow_all=True))
    assert "failed" not in result
    assert [row["mailbox"] for row in result["mailboxes"]] == names
    folders = box.state.mailbox(DAVE).folders
    untouched = {"INBOX": 6, "INBOX.Empty": 0, "INBOX.Trash": 2, "INBOX.What*": 2, "INBOX.Whatever": 1}
    assert {name: folders[name].messages for name in folders} == {**untouched, **dict.fromkeys(names, 0)}


def test_a_mailbox_with_a_star_in_its_name_is_one_mailbox_by_guid(run: Any, box: Any) -> None:
    """WHM would take the name for a pattern."""
    result = run("mailbox_messages", addresses=[DAVE], guid=guid("INBOX.What*").upper(), query="ALL", allow_all=True)
    assert rows(result) == [(DAVE, "INBOX.What*", 2, 0, True)]
    assert box.state.mailbox(DAVE).folders["INBOX.Whatever"].messages == 1


def test_guids_are_found_at_the_address_that_owns_them(run_https: Any, box: Any) -> None:
    wanted = [guid("INBOX", INFO), "0" * 32, guid("INBOX", "alice"), guid("INBOX.Trash")]
    result = run_https("mailbox_messages", addresses=[ALICE_MAIN, INFO, DAVE], guids=wanted, query="SEEN")
    assert [(row["address"], row["mailbox"]) for row in result["mailboxes"]] == [
        (INFO, "INBOX"), (None, None), (ALICE_MAIN, "INBOX"), (DAVE, "INBOX.Trash")
    ]  # fmt: skip
    assert [row["guid"] for row in result["mailboxes"]] == wanted
    assert result["mailboxes"][1]["error"]["kind"] == "not_found"
    assert result["progress"]["failed"] == ["0" * 32]


def test_other_addresses_mailboxes_must_be_named(run: Any, box: Any) -> None:
    """The own mailbox of an account shows them too."""
    everything = {"addresses": [ALICE_MAIN], "query": "ALL", "allow_all": True}
    result = run("mailbox_messages", mailboxes=["*", "INBOX.info@*"], **everything)
    assert rows(result) == [(ALICE_MAIN, "INBOX", 4, 0, True), (ALICE_MAIN, "INBOX.Drafts", 5, 0, True)]
    assert box.state.mailbox(INFO).folders["INBOX"].messages == 42
    result = run("mailbox_messages", mailboxes=["inbox.info@alice_example_com.Sent"], **everything)
    assert rows(result) == [(ALICE_MAIN, "INBOX.info@alice_example_com.Sent", 1, 0, True)]
    assert box.state.mailbox(INFO).folders["INBOX"].messages == 42
    only = run("mailbox_messages", guids=[guid("INBOX", INFO)], **everything)
    assert rows(only) == [(ALICE_MAIN, "INBOX.info@alice_example_com", 42, 0, True)]


def test_a_mailbox_that_is_chosen_twice_is_processed_once(run: Any, box: Any) -> None:
    names = ["INBOX.info@alice_example_com", "INBOX"]
    result = run("mailbox_messages", True, addresses=[INFO, ALICE_MAIN, INFO], mailboxes=names, query="SEEN")
    assert [(row["address"], row["mailbox"]) for row in result["mailboxes"] if "error" not in row] == [
        (INFO, "INBOX"), (ALICE_MAIN, "INBOX")
    ]  # fmt: skip
    failed = [row for row in result["mailboxes"] if "error" in row]
    assert [(row["address"], row["mailbox"]) for row in failed] == [(INFO, "INBOX.info@alice_example_com")]


INVALID = [
    (options(query="ALL"), "ALL matches every message"),
    (options(query=""), "query is empty"),
    (options(query="SEEN OR FLAGGED"), "put parentheses"),
    (options(addresses=["dave"]), "dave is not an address"),
    (options(mailboxes=[" "]), "is not the name of a mailbox"),
    (options(mailboxes=["INBOX\n"]), "is not the name of a mailbox"),
    (options(query="a\nb"), "query contains a line break"),
    (options(mailboxes=None, guids=["abc"]), "abc is not a GUID"),
    (options(mailboxes=None, guids=[""]), "an empty value is not a GUID"),
    (options(max_messages=-1), "max_messages: -1 is less than nothing"),
]


@pytest.mark.parametrize(("given_", "text"), INVALID, ids=[row[1] for row in INVALID])
@pytest.mark.parametrize("check_mode", [False, True])
def test_bad_input_sends_nothing(run_https: Any, box: Any, given_: dict[str, Any], text: str, check_mode: bool) -> None:
    result = run_https("mailbox_messages", check_mode, **given_)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


@pytest.mark.parametrize("check_mode", [False, True])
def test_max_messages(run: Any, box: Any, check_mode: bool) -> None:
    result = run("mailbox_messages", check_mode, **options(mailboxes=["*"], max_messages=10))
    assert result["error"]["kind"] == "too_many_changes"
    assert "11 messages are in the chosen mailboxes, max_messages allows 10; nothing was expunged" in result["msg"]
    assert not box.log.writes()
    assert run("mailbox_messages", check_mode, **options(mailboxes=["*"], max_messages=11))["changed"]


def test_what_does_not_exist_fails_by_itself(run: Any, box: Any) -> None:
    addresses = ["x@nowhere.example", DAVE, "nobody@dave.example.org"]
    result = run("mailbox_messages", addresses=addresses, mailboxes=["INBOX.Trash", "INBOX.Nope"], query="SEEN")
    assert [(row["address"], row["mailbox"], row["changed"], "error" in row) for row in result["mailboxes"]] == [
        ("x@nowhere.example", None, False, True),
        (DAVE, "INBOX.Trash", True, False),
        (DAVE, "INBOX.Nope", False, True),
        ("nobody@dave.example.org", None, False, True),
    ]
    assert result["changed"]
    assert result["progress"] == {
        "done": [f"{DAVE} INBOX.Trash"],
        "failed": ["x@nowhere.example", f"{DAVE} INBOX.Nope", "nobody@dave.example.org"],
        "not_tried": [],
    }
    assert "It has INBOX, INBOX.Empty, INBOX.Trash" in result["msg"]
    assert {tuple(sorted(row)) for row in result["mailboxes"] if "error" not in row} == {
        ("address", "after", "before", "changed", "guid", "mailbox")
    }


def test_200_addresses_good_failing_unknown_and_foreign(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 150, "prefix": "user", "owner": "reseller1", "mailboxes": 1, "messages": 6}})
    box.quirks.add("doveadm_errors", users=["user7", "user77"])
    addresses = [f"box1@user{number}.example.com" for number in range(1, 151)]
    addresses[10:10] = [f"x{number}@nowhere.example" for number in range(25)]
    addresses += [f"x{number}@alice.example.com" for number in range(24)] + [INFO]
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    given_ = {"addresses": addresses, "mailboxes": ["inbox"], "query": "savedbefore 26w", "api_batch_size": 60, **login}
    result = run_https("mailbox_messages", **given_)
    assert [row["address"] for row in result["mailboxes"]] == addresses
    assert len(box.log.writes()) <= -(-200 // 60)
    failed = {row["address"] for row in result["mailboxes"] if "error" in row}
    half = {"box1@user7.example.com", "box1@user77.example.com"}
    assert failed == {name for name in addresses if "user" not in name} | half
    for row in result["mailboxes"]:
        assert row["changed"] is ("user" in row["address"])
        assert (row["before"], row["after"]) == (
            (None, None) if "user" not in row["address"] else (6, 4 if row["address"] in half else 2)
        )
    assert box.state.mailbox(INFO).folders["INBOX"].messages == 42


def test_doveadms_complaints_are_errors_although_the_call_is_ok(run: Any, box: Any) -> None:
    box.quirks.add("doveadm_errors")
    result = run("mailbox_messages", **options(query="ALL", allow_all=True))
    assert rows(result) == [(DAVE, "INBOX", 6, 3, True)], "what was expunged all the same shows"
    assert result["changed"]
    assert "Syncing mailbox failed" in result["mailboxes"][0]["error"]["reason"]
    assert result["progress"] == {"done": [], "failed": [f"{DAVE} INBOX"], "not_tried": []}


def test_too_many_messages_are_refused_with_the_server(run_https: Any, box: Any) -> None:
    result = run_https("mailbox_messages", **options(query="ALL", allow_all=True, max_messages=1))
    assert result["error"]["kind"] == "too_many_changes"
    assert result["error"]["host"] == f"{box.host}:{box.port}"
    assert f"{box.host}:{box.port}: " in result["msg"]


def test_a_query_that_only_the_server_sees_through_fails_by_itself(run_https: Any, box: Any) -> None:
    result = run_https("mailbox_messages", **options(query="OLDER 99999999999999999999"))
    assert result["mailboxes"][0]["error"]["kind"] == "refusal"
    assert "Invalid search interval parameter" in result["msg"]
    assert rows(result) == [(DAVE, "INBOX", 6, 6, False)]


LOST = ["reset_after", "close_after", "status_500_after", "status_503_after", "empty", "truncated_json"]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("mailboxes", [["INBOX"], ["INBOX*"]], ids=["single", "batch"])
def test_a_lost_answer_is_settled_by_the_numbers(run_https: Any, box: Any, kind: str, mailboxes: list[str]) -> None:
    box.faults.add(Fault(kind, function=BY_GUID))
    result = run_https("mailbox_messages", **options(mailboxes=mailboxes, query="ALL", allow_all=True))
    assert "failed" not in result
    assert all(row["after"] == 0 for row in result["mailboxes"])
    assert len(box.log.writes()) == 1, "not sent twice"


@pytest.mark.parametrize("kind", ["reset_before", "status_500_before", "reset_after"])
def test_where_the_numbers_do_not_tell_the_outcome_is_unknown(run_https: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind, function=BY_GUID))
    result = run_https("mailbox_messages", **options(query="SUBJECT nothing-like-it"))
    assert result["error"]["kind"] == "unknown_outcome"
    assert rows(result) == [(DAVE, "INBOX", 6, 6, False)]
    assert len(box.log.writes()) == 1, "never sent again blindly"


def test_a_batch_of_which_some_matched(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("reset_after", function=BY_GUID))
    result = run_https(
        "mailbox_messages", **options(mailboxes=["INBOX", "INBOX.Trash", "INBOX.Whatever"], query="savedbefore 50d")
    )
    assert [row["changed"] for row in result["mailboxes"]] == [True, True, False]
    assert [row.get("error", {}).get("kind") for row in result["mailboxes"]] == [None, None, "unknown_outcome"]
    assert result["progress"]["done"] == [f"{DAVE} INBOX", f"{DAVE} INBOX.Trash"]


def test_when_the_server_goes_away_the_numbers_are_null(run_https: Any, box: Any) -> None:
    """Nobody knows what is there now, and nothing pretends to."""
    box.faults.add(Fault("reset_after", function=BY_GUID))
    box.faults.add(Fault("status_500_before", function="get_mailbox_status_list", times=0, after=1))
    result = run_https(
        "mailbox_messages", **options(mailboxes=["INBOX", "INBOX.Trash"], api_batch_size=1, api_retries=1)
    )
    assert rows(result) == [(DAVE, "INBOX", 6, None, True), (DAVE, "INBOX.Trash", 2, 2, False)]
    assert [row["error"]["kind"] for row in result["mailboxes"]] == ["unknown_outcome", "not_tried"]


def test_a_confirmed_expunge_whose_numbers_cannot_be_read(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("status_500_before", function="get_mailbox_status_list", times=0, after=1))
    result = run_https("mailbox_messages", **options(api_retries=0))
    assert rows(result) == [(DAVE, "INBOX", 6, None, True)]
    assert result["error"]["kind"] == "unknown_outcome"


def test_a_mailbox_that_is_gone_afterwards(run_https: Any, box: Any) -> None:
    """Somebody deleted it meanwhile: no number of messages is made up."""
    original = box.execute

    def execute(caller: Any, function: str, args: Any, *, legacy: bool) -> Any:
        outcome = original(caller, function, args, legacy=legacy)
        if function == BY_GUID:
            del box.state.mailbox(DAVE).folders["INBOX.Trash"]
        return outcome

    box.execute = execute
    try:
        result = run_https("mailbox_messages", **options(mailboxes=["INBOX.Tra*"], query="SEEN"))
    finally:
        del box.execute
    assert rows(result) == [(DAVE, "INBOX.Trash", 2, None, True)]
    assert result["error"]["kind"] == "unknown_outcome"


def test_mail_that_comes_in_meanwhile_is_no_error(run_https: Any, box: Any) -> None:
    original = box.execute

    def execute(caller: Any, function: str, args: Any, *, legacy: bool) -> Any:
        outcome = original(caller, function, args, legacy=legacy)
        if function == BY_GUID:
            box.state.mailbox(DAVE).folders["INBOX"].messages += 9
        return outcome

    box.execute = execute
    try:
        result = run_https("mailbox_messages", **options(query="FLAGGED"))
    finally:
        del box.execute
    assert rows(result) == [(DAVE, "INBOX", 6, 14, False)]
    assert "failed" not in result


def test_a_403_is_sent_once(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("forbidden", function=BY_GUID, times=0))
    result = run_https("mailbox_messages", **options(mailboxes=["INBOX", "INBOX.Trash"], api_batch_size=1))
    assert result["error"]["kind"] == "permission"
    assert len(box.log.writes()) == 1
    assert [row["error"]["kind"] for row in result["mailboxes"]] == ["permission", "not_tried"]
    assert [row["changed"] for row in result["mailboxes"]] == [False, False]


@pytest.mark.parametrize("name", ["INBOX.100%", "INBOX.What*", "INBOX.What?"])
def test_names_that_doveadm_takes_for_patterns_are_not_sent_as_names(name: str) -> None:
    mailbox: Any = {"mailbox": name, "guid": "g", "messages": 1}
    assert isinstance(state_of(mailbox, True), Unsupported)
    assert state_of(mailbox, False) == box_(1)


def test_old_servers_are_asked_by_exact_name(run: Any, box: Any) -> None:
    old_server(box)
    result = run("mailbox_messages", **options(mailboxes=["INBOX*"], query="ALL", allow_all=True))
    assert rows(result) == [
        (DAVE, "INBOX", 6, 0, True),
        (DAVE, "INBOX.Empty", 0, 0, False),
        (DAVE, "INBOX.Trash", 2, 0, True),
        (DAVE, "INBOX.What*", None, None, False),
        (DAVE, "INBOX.Whatever", 1, 0, True),
    ]
    assert result["mailboxes"][3]["error"]["kind"] == "unsupported"
    assert "wildcards" in result["msg"]
    assert box.state.mailbox(DAVE).folders["INBOX.What*"].messages == 2


def test_a_server_without_the_function_is_named(run: Any, box: Any) -> None:
    box.patch({"missing_functions": [BY_GUID]})
    result = run("mailbox_messages", **options())
    assert result["error"]["kind"] == "unsupported"
    assert BY_GUID in result["msg"]


def test_the_role_is_named_when_it_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["MailReceive"]})
    result = run("mailbox_messages", **options())
    assert result["error"]["kind"] == "unsupported"
    assert "MailReceive" in result["msg"]


@pytest.mark.parametrize("quirk", ["string_results", "string_numbers", "translated"])
def test_servers_that_differ(run_https: Any, box: Any, quirk: str) -> None:
    box.quirks.add(quirk)
    assert rows(run_https("mailbox_messages", **options())) == [(DAVE, "INBOX", 6, 3, True)]
    assert run_https("mailbox_messages", **options(addresses=["x@dave.example.org"]))["failed"]


@pytest.mark.parametrize("quirk", ["batch_drops", "batch_stops"])
def test_a_batch_with_missing_results_is_settled(run_https: Any, box: Any, quirk: str) -> None:
    box.quirks.add(quirk)
    result = run_https("mailbox_messages", **options(mailboxes=["*"], query="ALL", allow_all=True))
    left = {row["mailbox"]: row["after"] for row in result["mailboxes"]}
    for row in result["mailboxes"]:
        assert row["changed"] is (left[row["mailbox"]] < row["before"])
        assert ("error" in row) is (left[row["mailbox"]] > 0), "what was not done is an error"


def test_a_silent_noop_cannot_be_told_from_a_query_that_matches_nothing(run_https: Any, box: Any) -> None:
    box.quirks.add("silent_noop")
    assert rows(run_https("mailbox_messages", **options())) == [(DAVE, "INBOX", 6, 6, False)]
