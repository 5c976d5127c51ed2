# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.delivery_stats import (
    COUNTS,
    all_accounts,
    named_accounts,
    whole_server,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer
from ansible_collections.whm.mail.plugins.modules import delivery_stats_info
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, no, ok, scripted
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by

API2, LIST, TOTAL = "EmailTrack::stats", "emailtrack_user_stats", "emailtrack_stats"
# sent, succeeded, failed, deferred, defer_fails, in_progress, total_size
ALL = (17, 14, 2, 1, 3, 1, 29250)
ALICE = (14, 12, 1, 1, 2, 1, 25944)
ALICE_LISTED = (14, 12, 1, 1, 2, None, 25944)
BOB_LISTED = (1, 0, 1, 0, 1, None, 1653)
NOTHING = (0,) * 7


def counts(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in COUNTS)


@pytest.mark.parametrize("options", [{}, {"per": "server"}])
@pytest.mark.parametrize("check_mode", [False, True])
def test_the_server_as_a_whole(run: Any, box: Any, options: dict[str, Any], check_mode: bool) -> None:
    result = run("delivery_stats_info", check_mode, since="0", **options)
    (row,) = result["stats"]
    assert counts(row) == ALL
    assert (row["user"], row["owner"], row["reached_max_emails"], row["source"]) == (None, None, None, TOTAL)
    assert result["changed"] is False
    assert not box.log.writes()


def test_every_account(run: Any, box: Any) -> None:
    rows = run("delivery_stats_info", per="account", since="0")["stats"]
    assert [row["user"] for row in rows] == ["alice", "bob", "carol"]
    assert counts(rows[0]) == ALICE_LISTED
    assert [row["reached_max_emails"] for row in rows] == [True, False, False]
    assert [row["reached_max_defer_fails"] for row in rows] == [False] * 3
    assert (rows[2]["owner"], rows[2]["domain"], rows[2]["primary_domain"]) == ("reseller1", *["carol.example.net"] * 2)
    assert box.log.functions() == [LIST]


def test_named_accounts_in_their_order(run: Any, box: Any) -> None:
    result = run("delivery_stats_info", users=["bob", "dave", "alice", "bob"], since="0")
    assert [(row["user"], row["source"]) for row in result["stats"]] == [("bob", LIST), ("dave", API2), ("alice", LIST)]
    assert [counts(row) for row in result["stats"]] == [BOB_LISTED, NOTHING, ALICE_LISTED]
    assert result["stats"][1]["domain"] is None
    assert "failed" not in result
    assert not box.log.writes()


def test_the_window_counts(run: Any) -> None:
    (hour,) = run("delivery_stats_info", user="alice", since="1h")["stats"]
    assert counts(hour)[:3] in ((4, 3, 1), (3, 3, 0)), "the failure is an hour old"
    (day,) = run("delivery_stats_info")["stats"]
    assert day["sent"] == 8
    (past,) = run("delivery_stats_info", user="alice", since="4h", until="95m")["stats"]
    assert counts(past) == NOTHING


def test_nobody_is_nobody(run_https: Any, box: Any) -> None:
    assert run_https("delivery_stats_info", users=[])["stats"] == []
    assert len(box.log) == 0


def test_an_empty_database_counts_nothing(run: Any, box: Any) -> None:
    box.patch({"emailtrack": {"clear": True}})
    assert counts(run("delivery_stats_info")["stats"][0]) == NOTHING
    assert counts(run("delivery_stats_info", user="alice")["stats"][0]) == NOTHING
    assert run("delivery_stats_info", per="account")["stats"] == []


def test_what_does_not_exist_fails_and_the_rest_is_returned(run: Any) -> None:
    result = run("delivery_stats_info", users=["nosuch", "alice"], since="0")
    assert result["failed"]
    bad, good = result["stats"]
    assert set(bad) == {"user", "error"}
    assert bad["error"] == result["error"]
    assert bad["error"]["kind"] == "not_found"
    assert bad["error"]["reason"] == "there is no account nosuch"
    assert counts(good) == ALICE_LISTED
    assert "1 of 2 stats failed" in result["msg"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ({"cpanelresult": {"data": {"reason": "User parameter is invalid or was not supplied", "result": "0"}, "type": "text",
                           "error": "User parameter is invalid or was not supplied"}}, "there is no account a"),
        (no("API failure: (XID ab3def) You do not have a user named \u201ca\u201d."), "there is no account a"),
        ({"cpanelresult": {"data": [{"status": 0, "statusmsg": "locked"}], "event": {"result": 1}}}, "locked"),
        ({"cpanelresult": {"data": [{"SENDCOUNT": "many"}], "event": {"result": 1}}}, "SENDCOUNT is no number but 'many'"),
    ],
)  # fmt: skip
def test_an_account_that_cannot_be_counted(body: Any, reason: str) -> None:
    client, _script, _pauses = scripted(
        batch(ok({"records": []}), ok({"records": []})), batch(body, no("x")), read_only=True
    )
    rows = named_accounts(client, {}, ["a", "b"])
    assert rows[0]["error"].reason == reason
    assert rows[1]["error"].reason == "x"


REACHED = [
    ("0", False),
    (0, False),
    (1, True),
    ("1", True),
    ("150/150", True),
    ("7/9 (78%)", True),
    (None, None),
    ("what", None),
    ("3/150", None),
]


@pytest.mark.parametrize(("value", "reached"), REACHED)
def test_a_limit_in_every_form(value: Any, reached: bool | None) -> None:
    """What is not understood is told, so that null is never taken for fine."""
    record = {"USER": "a", "DOMAIN": "a.example", "SENDCOUNT": 3, "REACHED_MAXEMAILS": value, "REACHED_MAXDEFERFAIL": 0}
    client, _script, _pauses = scripted(ok({"records": [record]}), read_only=True)
    (row,) = all_accounts(client, {})
    assert (row["reached_max_emails"], row["reached_max_defer_fails"]) == (reached, False)
    named = [text for text in client.warnings if "REACHED_MAXEMAILS came in a form that is not known" in text]
    assert len(named) == (reached is None and value is not None)


def test_one_account_whose_counts_cannot_be_read_does_not_hide_the_others() -> None:
    records = [
        {"USER": "a", "DOMAIN": "a.example", "FAILCOUNT": "1,5"},
        {"USER": "b", "DOMAIN": "b.example", "FAILCOUNT": "3"},
    ]
    client, _script, _pauses = scripted(ok({"records": records}), read_only=True)
    rows = all_accounts(client, {})
    assert rows[0]["error"].reason == "FAILCOUNT is no number but '1,5'"
    assert rows[1]["failed"] == 3


@pytest.mark.parametrize(
    "quirk", ["reference_types", "cpanel_enveloped", "string_numbers", "string_results", "translated", "batch_drops"]
)
def test_servers_that_differ_read_the_same(run_https: Any, box: Any, quirk: str) -> None:
    options = {"users": ["alice", "dave", "erin"], "since": "0"}
    plain = run_https("delivery_stats_info", **options)
    box.quirks.add(quirk)
    assert run_https("delivery_stats_info", **options)["stats"] == plain["stats"]


def test_a_server_without_the_list(run: Any, box: Any) -> None:
    box.patch({"missing_functions": [LIST]})
    rows = run("delivery_stats_info", users=["alice", "dave"], since="0")["stats"]
    assert [(row["user"], row["source"]) for row in rows] == [("alice", API2), ("dave", API2)]
    assert counts(rows[0]) == ALICE, "API 2 also counts what is in progress"
    result = run("delivery_stats_info", per="account")
    assert result["error"]["kind"] == "unsupported"
    assert LIST in result["msg"]


def test_the_role_is_named_when_it_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["MailSend"]})
    for options in ({}, {"per": "account"}, {"users": ["alice", "bob"]}):
        result = run("delivery_stats_info", **options)
        assert result["error"]["kind"] == "unsupported"
        assert "MailSend" in result["msg"]


def test_a_reseller_counts_its_own(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token, "since": "0"}
    assert run_https("delivery_stats_info", **login)["stats"][0]["sent"] == 1
    assert [row["user"] for row in run_https("delivery_stats_info", per="account", **login)["stats"]] == ["carol"]
    result = run_https("delivery_stats_info", users=["alice", "carol"], **login)
    assert ["error" in row for row in result["stats"]] == [True, False]
    assert result["stats"][0]["error"]["kind"] == "permission"


@pytest.mark.parametrize("size", [100, 30])
def test_requests_for_200_accounts(run_https: Any, box: Any, size: int) -> None:
    box.patch({"generate": {"accounts": 150, "prefix": "user"}})
    users = [f"user{number}" for number in range(1, 151)]
    mixed = [*users[:75], "nosuch", "alice", *(f"gone{number}" for number in range(46)), "bob", "carol", *users[75:]]
    result = run_https("delivery_stats_info", users=mixed, since="0", api_batch_size=size)
    assert [row["user"] for row in result["stats"]] == mixed
    assert len(mixed) == 200
    failed = [row["user"] for row in result["stats"] if "error" in row]
    assert failed == [user for user in mixed if user.startswith(("nosuch", "gone"))]
    assert len(box.log) == 1 + math.ceil(197 / size)
    rows = by("user", result["stats"])
    assert counts(rows["user7"]) == NOTHING
    assert counts(rows["alice"]) == ALICE_LISTED


def test_few_accounts_are_filtered_by_the_server(run_https: Any, box: Any) -> None:
    run_https("delivery_stats_info", user="alice", since="0")
    (entry,) = box.log
    assert dict(entry.params)["api.filter.f0.arg0"] == "alice"


def test_thousands_of_accounts_come_in_pages(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 2500, "prefix": "user"}})
    events = [{"user": f"user{number}", "age": "1h"} for number in range(1, 2501)]
    box.patch({"emailtrack": {"clear": True, "events": events}})
    rows = run_https("delivery_stats_info", per="account")["stats"]
    assert len(rows) == 2500
    assert len({row["user"] for row in rows}) == 2500
    assert box.log.functions() == [LIST] * 3


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"users": ["alice"], "per": "server"}, "users does not go with per: server"),
        ({"since": "last week"}, "since: last week is not a time"),
        ({"since": "1h", "until": "1d"}, "is not before until"),
        ({"users": ["alice.example.com"]}, "users: alice.example.com is a domain"),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("delivery_stats_info", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_the_clock_can_be_set() -> None:
    params = {"users": None, "since": "1h", "until": "30m", "per": None}
    found = delivery_stats_info.check(params, lambda: 1_800_000_000)
    assert (found["window"].since, found["window"].end, found["per"]) == (1_799_996_400, 1_799_998_200, "server")


def test_lost_answers_are_asked_again(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("status_503", times=2))
    assert counts(run_https("delivery_stats_info", since="0")["stats"][0]) == ALL


@pytest.mark.parametrize("data", [None, {}, {"records": []}, {"records": [None]}, {"records": "x"}])
def test_an_answer_without_a_record_is_none(data: Any) -> None:
    client, _script, _pauses = scripted(ok(data), read_only=True)
    with pytest.raises(UnexpectedAnswer, match="holds no record"):
        whole_server(client, {})


def test_api_2_answers_of_other_shapes() -> None:
    listing = ok({"records": []})
    one = {
        "cpanelresult": {
            "apiversion": 2,
            "data": [{"SENDCOUNT": "3", "FAILCOUNT": None, "TOTALSIZE": "many"}],
            "event": {"result": 1},
        }
    }
    empty = {"cpanelresult": {"apiversion": 2, "data": [], "event": {"result": 1}}}
    bad = {
        "cpanelresult": {
            "apiversion": 2,
            "data": [],
            "error": "Error from delivery reporter: x",
            "event": {"result": 0},
        }
    }
    client, script, _pauses = scripted(
        batch(listing, listing, listing, listing), batch(one, empty, bad, no("x")), read_only=True
    )
    rows = named_accounts(client, {"starttime": 5}, ["a", "b", "c", "d"])
    assert (rows[0]["sent"], rows[0]["failed"], rows[0]["total_size"], rows[0]["in_progress"]) == (3, 0, None, None)
    assert client.warnings == [
        f"{client.host}: EmailTrack::stats: TOTALSIZE came in a form that is not known, many; null stands for it."
    ]
    assert [row["error"].kind for row in rows[1:]] == ["unexpected_answer", "refusal", "refusal"]
    assert "starttime" in script.sent[1][1][0][1]
