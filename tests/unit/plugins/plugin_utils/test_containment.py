# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is held, what the ledger's entries mean, and what may be released."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.times import duration
from ansible_collections.whm.mail.plugins.plugin_utils._containment.decide import decide, outliers, sentences
from ansible_collections.whm.mail.plugins.plugin_utils._containment.entries import (
    active,
    evidence,
    held,
    release,
    released,
    settled,
)
from ansible_collections.whm.mail.plugins.plugin_utils._containment.finish import finished
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.holds import (
    NOW,
    SINCE,
    Row,
    account,
    entry,
    found,
    settings,
)
from hypothesis import given
from hypothesis import strategies as st

LIMITS = {"recipients": 500, "failures": 200, "queue_share": 50, "queue_messages": 50}
NOBODY: dict[str, list[str]] = {"users": [], "owners": []}
STATUSES = ["planned", "held", "releasing", "released", "gone", "failed", "abandoned"]


def facts(*accounts: Row, recipients: Row | None = None, failed: Row | None = None, queue: Row | None = None) -> Row:
    return {
        "accounts": list(accounts),
        "recipients": [{"user": user, "count": count} for user, count in (recipients or {}).items()],
        "stats": {
            "accounts": [{"user": user, "failed": count, "deferred": 1} for user, count in (failed or {}).items()]
        },
        "queue": {"messages": [{"user": user} for user, count in (queue or {}).items() for _unused in range(count)]},
    }


@pytest.mark.parametrize(
    ("numbers", "why"),
    [
        ({}, []),
        ({"recipients": {"eve": 500}}, []),
        ({"recipients": {"eve": 501}}, ["501 recipients (limit 500)"]),
        ({"failed": {"eve": 199}}, []),
        ({"failed": {"eve": 200}}, ["201 failures (200 failed, 1 deferred; limit 200)"]),
        ({"queue": {"eve": 49, "bob": 1}}, []),
        ({"queue": {"eve": 50, "bob": 50}}, []),
        ({"queue": {"eve": 60, None: 40}}, ["60 % of the queue (60 messages; limit 50 %)"]),
        ({"recipients": {"bob": 501}}, []),
    ],
)
def test_an_account_is_an_outlier_above_any_limit(numbers: Row, why: list[str]) -> None:
    rows = outliers(facts(account("eve"), **numbers), LIMITS, NOBODY)["found"]
    assert [row["why"] for row in rows] == ([why] if why else [])


def test_a_limit_of_null_is_not_looked_at() -> None:
    limits = {**LIMITS, "recipients": None}
    assert outliers(facts(account("eve"), recipients={"eve": 9000}), limits, NOBODY)["found"] == []


@pytest.mark.parametrize("exempt", [{"users": ["eve"], "owners": []}, {"users": [], "owners": ["shop"]}])
def test_exempt_accounts_are_named_and_not_held(exempt: Row) -> None:
    said = outliers(facts(account("eve", "shop"), recipients={"eve": 9000}), LIMITS, exempt)
    assert (said["found"], [row["user"] for row in said["exempt"]]) == ([], ["eve"])


def test_what_the_server_did_not_give_is_said_and_does_not_sink_the_other_limits() -> None:
    read = facts(account("eve"), recipients={"eve": 9000})
    del read["queue"]
    read["unavailable"] = {"queue": {"reason": "the role is disabled."}}
    said = outliers(read, LIMITS, NOBODY)
    assert said["unread"] == [
        "containment_queue_share was not looked at, because the server did not give queue: the role is disabled."
    ]
    assert [row["user"] for row in said["found"]] == ["eve"]
    assert said["found"][0]["numbers"]["queued"] is None
    assert outliers(read, {**LIMITS, "queue_share": None}, NOBODY)["unread"] == []


@pytest.mark.parametrize("name", ["../../etc/passwd", "a b", "", "$(id)"])
def test_a_name_that_is_none_is_never_held(name: str) -> None:
    assert outliers(facts(account(name), recipients={name: 9000}), LIMITS, NOBODY)["found"] == []


@pytest.mark.parametrize(
    ("flags", "entries", "why"),
    [
        ({}, [], None),
        ({"hold": True}, [], "somebody else holds"),
        ({"outgoing_suspended": True}, [], "somebody else holds"),
        ({"hold": None}, [], "does not tell"),
        ({"hold": True}, [entry("eve")], "containment holds it already"),
        ({"hold": True}, [entry("eve", "released")], "somebody else holds"),
        ({}, [entry("eve", "released")], "it was released within the window"),
        ({}, [entry("eve", "gone")], "it was released within the window"),
        ({}, [entry("eve", "released", ended_at_epoch=SINCE - 1)], None),
        ({}, [entry("eve", "failed", ended_at_epoch=NOW - 1)], None),
        ({}, [entry("eve")], "it was released within the window"),  # by somebody else, which this run finds out
    ],
)
def test_who_is_held(flags: Row, entries: list[Row], why: str | None) -> None:
    said = decide(found(["eve"]), [account("eve", **flags)], entries, settings())
    assert [row["user"] for row in said["hold"]] == ([] if why else ["eve"])
    assert [why in row["why"] for row in said["left"]] == ([True] if why else [])


def test_a_planned_entry_says_everything() -> None:
    said = decide(found(["eve"]), [account("eve")], [], settings(until=NOW + 60))
    (row,) = said["hold"]
    assert said["write"] == [row]
    assert (row["id"], row["status"], row["complete"]) == (f"spring/whm1/eve/{NOW}", "planned", False)
    assert row["before"] == {"hold": False, "outgoing_suspended": False}
    assert (row["until_epoch"], row["by"], row["why"], row["numbers"]) == (
        NOW + 60,
        "ann",
        ["much"],
        {"recipients": 600},
    )


@pytest.mark.parametrize(
    ("most", "entries", "refused"),
    [
        (2, [], False),
        (1, [], True),
        (2, [entry("old")], True),
        (3, [entry("old")], False),
        (2, [entry("old", "released")], False),
        (0, [], True),
    ],
)
def test_too_many_are_refused(most: int, entries: list[Row], refused: bool) -> None:
    accounts = [account("eve"), account("bob"), account("old", hold=True)]
    said = decide(found(["eve", "bob"]), accounts, entries, settings(max=most))["refused"]
    assert bool(said) is refused
    assert not refused or f"containment_max allows {most} a server. Nothing was held." in said


def test_an_account_that_was_removed_counts_for_nothing() -> None:
    said = decide(found(["eve"]), [account("eve")], [entry("removed", complete=False)], settings(max=1))
    assert (said["refused"], said["finish"]) == (None, [])
    assert [row["user"] for row in said["hold"]] == ["eve"]


def test_nobody_to_hold_is_never_too_many() -> None:
    assert decide([], [account("old", hold=True)], [entry("old")], settings(max=0))["refused"] is None


@pytest.mark.parametrize(
    ("status", "flag", "wanted", "then"),
    [
        ("planned", True, True, "held"),
        ("planned", True, False, "held"),
        ("planned", False, True, "planned"),
        ("planned", False, False, "abandoned"),
        ("held", True, False, "held"),
        ("held", False, True, "gone"),
        ("releasing", True, False, "held"),
        ("releasing", False, False, "released"),
        *[(status, flag, True, status) for status in STATUSES[3:] for flag in (True, False)],
        *[(status, None, False, status) for status in STATUSES],
    ],
)
def test_what_a_killed_run_left_is_told_by_the_server(status: str, flag: bool | None, wanted: bool, then: str) -> None:
    row = entry("eve", status)
    now = settled(row, account("eve", hold=flag), NOW, wanted)
    assert now["status"] == then
    assert (now == row) is (then == status)


def test_an_account_that_the_caller_does_not_see_says_nothing() -> None:
    assert settled(entry("eve"), None, NOW) == entry("eve")


def test_a_planned_hold_is_completed_with_the_entry_that_there_is() -> None:
    row = entry("eve", "planned", incident="winter", action="suspend")
    said = decide(found(["eve"]), [account("eve")], [row], settings())
    assert (said["hold"], said["write"]) == ([row], [])


def test_a_hold_that_a_killed_run_left_is_finished() -> None:
    row = entry("eve", "planned")
    said = decide([], [account("eve", hold=True)], [row], settings())
    assert (said["hold"], [each["status"] for each in said["write"]]) == ([], ["held"])
    assert said["finish"] == said["write"]
    done = finished(said["finish"], {}, None)["entries"]
    assert decide([], [account("eve", hold=True)], done, settings())["finish"] == []


@pytest.mark.parametrize(
    ("row", "then"),
    [
        ({"hold": True}, "held"),
        ({"hold": False}, "planned"),
        ({"error": {"kind": "refusal", "reason": "no"}}, "failed"),
        ({"error": {"kind": "unknown_outcome", "reason": "lost"}}, "planned"),
        ({"error": {"kind": "not_tried", "reason": "later"}}, "failed"),
        (None, "planned"),
    ],
)
def test_only_what_was_read_back_is_held(row: Row | None, then: str) -> None:
    results = [] if row is None else [{"user": "eve", **row}]
    assert [each["status"] for each in held([entry("eve", "planned")], results, NOW)] == [then]


@pytest.mark.parametrize(
    ("row", "then"),
    [
        ({"hold": False}, "released"),
        ({"hold": True}, "releasing"),
        ({"error": {"kind": "refusal"}}, "held"),
        ({"error": {"kind": "server_error"}}, "releasing"),
    ],
)
def test_only_what_was_read_back_is_released(row: Row, then: str) -> None:
    assert [each["status"] for each in released([entry("eve", "releasing")], [{"user": "eve", **row}], NOW)] == [then]


def test_a_suspension_is_told_by_its_own_flag() -> None:
    row = entry("eve", "planned", action="suspend")
    assert held([row], [{"user": "eve", "hold": True, "suspended": False}], NOW) == [row]
    assert settled(row, account("eve", hold=True), NOW)["status"] == "abandoned"


def choose(entries: list[Row], *accounts: Row, **selection: Any) -> Row:
    return release(entries, accounts, {"now": NOW, "by": "bea", **selection})


@pytest.mark.parametrize(
    ("selection", "users"),
    [
        ({"users": ["eve"]}, ["eve"]),
        ({"users": ["eve", "zoe"]}, ["eve", "zoe"]),
        ({"incident": "spring"}, ["eve", "zoe"]),
        ({"incident": "winter"}, ["old"]),
        ({"expired": True}, ["zoe"]),
        ({}, []),
    ],
)
def test_released_by_name_incident_or_expiry(selection: Row, users: list[str]) -> None:
    entries = [
        entry("eve", until_epoch=NOW + 1),
        entry("zoe", until_epoch=NOW),
        entry("old", incident="winter"),
        entry("ann", "released", until_epoch=NOW - 1),
    ]
    accounts = [account(user, hold=True) for user in ("eve", "zoe", "old", "ann")]
    said = choose(entries, *accounts, **selection)
    assert [row["user"] for row in said["release"]] == users
    assert said["write"] == said["release"]
    assert {(row["status"], row["ended_by"]) for row in said["release"]} <= {("releasing", "bea")}


@pytest.mark.parametrize("status", STATUSES[3:])
def test_a_hold_that_is_not_ours_is_not_released(status: str) -> None:
    said = choose([entry("eve", status)], account("eve", hold=True), users=["eve"], incident="spring", expired=True)
    assert (said["release"], said["write"]) == ([], [])


def test_a_hold_that_somebody_ended_is_written_down_and_not_ours_from_then_on() -> None:
    first = choose([entry("eve")], account("eve"), users=["eve"])
    assert (first["release"], [row["status"] for row in first["write"]]) == ([], ["gone"])
    assert first["left"] == [{"user": "eve", "why": "it is not held any more"}]
    again = choose(first["write"], account("eve", hold=True), users=["eve"])
    assert (again["release"], again["write"]) == ([], [])


GONE = (
    "the server does not show it to this caller: it was removed, or belongs to another reseller; it counts for nothing"
)


def test_an_account_that_is_not_shown_is_left_alone_and_named() -> None:
    said = choose([entry("eve")], users=["eve"])
    assert said == {
        "write": [],
        "release": [],
        "left": [{"user": "eve", "why": GONE}],
        "unread": [],
    }


FLAGS = st.sampled_from([True, False, None])
ENTRIES = st.lists(
    st.builds(entry, st.sampled_from("abcd"), st.sampled_from(STATUSES), complete=st.booleans()),
    unique_by=lambda row: row["user"],
)


@given(st.lists(st.sampled_from("abcd"), unique=True), st.dictionaries(st.sampled_from("abcd"), FLAGS), ENTRIES)
def test_whoever_is_held_is_written_down_first_and_a_second_run_changes_nothing(
    users: list[str], flags: dict[str, bool | None], entries: list[Row]
) -> None:
    accounts = [account(user, hold=flags.get(user, False)) for user in "abcd"]
    given_before = copy.deepcopy((accounts, entries))
    said = decide(found(users), accounts, entries, settings())
    assert (accounts, entries) == given_before
    ledger = {row["id"]: row for row in [*entries, *said["write"]]}
    for row in said["hold"]:
        assert ledger[row["id"]]["status"] == "planned"
        assert flags.get(row["user"]) in (False, None)
        assert row["user"] in users
    results = [{"user": row["user"], "hold": True} for row in said["hold"]]
    ledger.update({row["id"]: row for row in held(said["hold"], results, NOW)})
    now_held = [row for row in ledger.values() if row["status"] == "held"]
    ledger.update({row["id"]: row for row in finished(now_held, {}, None)["entries"]})
    for row in accounts:
        row["hold"] = True if row["user"] in {each["user"] for each in said["hold"]} else row["hold"]
    again = decide(found(users), accounts, list(ledger.values()), settings(now=NOW + 60))
    assert (again["hold"], again["write"], again["finish"]) == ([], [], [])


@given(ENTRIES, st.dictionaries(st.sampled_from("abcd"), FLAGS), st.booleans())
def test_a_release_takes_only_what_the_ledger_says_we_hold_and_the_server_shows_as_held(
    entries: list[Row], flags: dict[str, bool | None], expired: bool
) -> None:
    accounts = [account(user, hold=flag) for user, flag in flags.items()]
    said = choose(entries, *accounts, users=list("abcd"), expired=expired)
    status = {row["user"]: row for row in entries}
    for row in said["release"]:
        assert active(status[row["user"]])
        assert flags[row["user"]] is not False


def test_sentences() -> None:
    said = decide(found(["eve", "bob"]), [account("eve"), account("bob", hold=True)], [], settings())
    assert sentences(said, [{"user": "ann", "why": ["much"]}], True) == [
        "eve would be held: much.",
        "bob is above a limit and left alone: somebody else holds or suspended it already.",
        "ann is exempt: much.",
    ]
    assert sentences(said, [], False)[0] == "eve is being held: much."


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("30m", 1800), (" 24h ", 86400), ("7d", 604800), ("1w", 604800)]
)
def test_durations(text: str, seconds: int) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-1h", "1 month", "3600", "1.5h"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="no duration such as 90m"):
        duration(text)


def test_evidence_is_of_one_account_only() -> None:
    rows = [{"user": "eve", "n": 1}, {"user": "bob", "n": 2}, {"user": None, "n": 3}]
    kept = evidence(entry("eve"), {"deliveries": rows, "truncated": True}, rows)
    assert (kept["deliveries"], kept["queue"], kept["deliveries_truncated"]) == (rows[:1], rows[:1], True)
    assert kept["entry"]["id"] == entry("eve")["id"]


def test_evidence_without_deliveries_says_why_and_keeps_the_queue() -> None:
    failed = {"failed": True, "msg": "no.", "error": {"reason": "the function is missing"}}
    kept = evidence(entry("eve"), failed, [{"user": "eve"}])
    assert (kept["deliveries"], kept["deliveries_error"]) == (None, "the function is missing")
    assert kept["queue"] == [{"user": "eve"}]


@pytest.mark.parametrize("name", ["nobody", "root", "-remote-", "-system-", "mailnull", "somebody", None])
@pytest.mark.parametrize("kind", ["recipients", "failed", "queue"])
def test_who_is_above_a_limit_and_no_account_is_named(name: str | None, kind: str) -> None:
    said = outliers(facts(account("eve"), **{kind: {name: 900}}), LIMITS, NOBODY)
    assert (said["found"], [row["user"] for row in said["beyond"]]) == ([], [name])
    assert said["beyond"][0]["name"] == (name or "no account")
    decision = decide([], [account("eve")], [], settings())
    (sentence,) = sentences(decision, [], False, said["beyond"])
    assert sentence.startswith(f"{name or 'no account'} is above a limit and cannot be held: ")
    exempt = {"users": [name], "owners": []}
    assert outliers(facts(account("eve"), **{kind: {name: 900}}), LIMITS, exempt)["beyond"] == [] or name is None
    assert outliers(facts(account("eve"), **{kind: {name: 10}}), LIMITS, NOBODY)["beyond"] == [] or kind == "queue"


def test_an_account_that_cannot_be_read_leaves_the_others_to_be_released() -> None:
    accounts = [{"user": "eve", "error": {"kind": "refusal", "reason": "busy."}}, account("bob", hold=True)]
    said = release([entry("eve"), entry("bob")], accounts, {"users": ["eve", "bob"], "now": NOW, "by": "ann"})
    assert [row["user"] for row in said["release"]] == ["bob"]
    assert said["left"] == [{"user": "eve", "why": "whether it is held could not be read (busy)"}]
    assert said["unread"] == ["eve could not be released: whether it is held could not be read (busy)."]


def test_root_is_not_held_though_a_server_may_list_it() -> None:
    said = outliers(facts(account("root"), recipients={"root": 900}), LIMITS, NOBODY)
    assert (said["found"], [row["user"] for row in said["beyond"]]) == ([], ["root"])


def test_a_list_that_was_cut_short_is_said() -> None:
    read = facts(account("eve"), failed={"eve": 900})
    read["stats"]["truncated"] = True
    said = outliers(read, LIMITS, NOBODY)
    assert [row["user"] for row in said["found"]] == ["eve"]
    assert said["unread"] == [
        "containment_failures was looked at only in part, because the server cut its stats short."
    ]
