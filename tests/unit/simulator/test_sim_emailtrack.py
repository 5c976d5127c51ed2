# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mail tracking: what it keeps back, and how it wants to be asked (BEHAVIOUR E)."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator import loading

from . import conftest

NOW = int(conftest.NOW)

ALL = {"success": 1, "failure": 1, "defer": 1, "inprogress": 1}


def records(ask, **params):
    return ask("emailtrack_search", params)["data"]["records"]


def types(found):
    return [record["type"] for record in found]


def track(server, **seed):
    from ansible_collections.whm.mail.tests.simulator.loading import patch

    patch(server, {"emailtrack": seed})


def test_a_bare_search_is_empty(ask):
    body = ask("emailtrack_search")
    assert body["data"] == {"records": []}
    assert body["metadata"]["result"] == 1


@pytest.mark.parametrize(
    ("switch", "expected"),
    [
        ("success", {"success", "filtered", "archive"}),
        ("failure", {"failure", "rejected"}),
        ("defer", {"defer"}),
        ("inprogress", {"inprogress"}),
    ],
)
def test_each_switch_brings_its_types(ask, switch, expected):
    assert set(types(records(ask, **{switch: 1}))) == expected
    assert records(ask, **{switch: 0}) == []
    assert records(ask, **{switch: "true"}) == [], "the words are not understood"


def test_newest_first_with_unknowns_and_numbers(ask):
    found = records(ask, **ALL)
    sent = [record["sendunixtime"] for record in found]
    assert sent == sorted(sent, reverse=True)
    assert found[0]["type"] == "inprogress"
    assert found[0]["sendunixtime"] == NOW - 600
    assert found[0]["actionunixtime"] == NOW - 598
    assert found[0]["host"] is None
    (odd,) = [record for record in found if record["user"] == "unknown"]
    assert (odd["size"], odd["senderip"], odd["senderauth"]) == ("unknown", None, "")


def test_in_progress_looks_two_hours_back(ask):
    assert [record["recipient"] for record in records(ask, inprogress=1)] == ["slow@example.org"]
    assert ask("emailtrack_search", {"inprogress": 1}, now=NOW + 7000)["data"]["records"] == []


def test_events_keep_their_time_while_the_clock_goes_on(ask):
    before = records(ask, success=1)
    assert ask("emailtrack_search", {"success": 1}, now=NOW + 500)["data"]["records"] == before


@pytest.mark.parametrize("kind", ["remote", "local"])
def test_a_delivery_type_leaves_failures_out(ask, kind):
    found = records(ask, deliverytype=kind, **ALL)
    assert not {"failure", "rejected", "defer"} & set(types(found))
    assert found
    assert len(records(ask, deliverytype="all", **ALL)) == len(records(ask, **ALL))


def test_the_cap_is_250_unless_asked_and_never_above_5000(ask, server):
    track(server, clear=True, generate={"user": "alice", "count": 6000, "types": ["success", "failure"]})
    assert len(records(ask, success=1)) == 250
    assert len(records(ask, success=1, failure=1)) == 500, "it counts for each type"
    assert len(records(ask, success=1, max_results_by_type=7)) == 7
    body = ask("emailtrack_search", {"success": 1, "failure": 1, "max_results_by_type": 9999})
    assert len(body["data"]["records"]) == 6000
    assert body["metadata"]["overflowed"] == 1
    track(server, generate={"user": "alice", "count": 3000})
    body = ask("emailtrack_search", {"success": 1, "max_results_by_type": 9999})
    assert len(body["data"]["records"]) == 5000
    assert body["metadata"]["overflowed"] == 0, "5000 do not exceed 5000"


@pytest.mark.parametrize(("pushdown", "expected"), [(True, 100), (False, 0)])
def test_filters_before_and_after_the_cap(ask, server, pushdown, expected):
    rules = [{"user": "bob", "count": 100, "age": "2d"}, {"user": "alice", "count": 6000, "every": 1}]
    track(server, clear=True, pushdown=pushdown, generate=rules)
    only_bob = {
        "api.filter.enable": 1,
        "api.filter.verbose": 1,
        "api.filter.a.field": "user",
        "api.filter.a.arg0": "bob",
    }
    body = ask("emailtrack_search", {"success": 1, "max_results_by_type": 5000, **only_bob})
    assert len(body["data"]["records"]) == expected
    assert body["metadata"]["filter"]["filtered"] == (100 if pushdown else 5000)


def test_the_window(ask, server):
    window = {"starttime": NOW - 3600, "endtime": NOW - 1800}
    assert types(records(ask, **ALL, **window)) == ["success", "success", "filtered", "failure"]
    assert len(records(ask, **ALL, startdate=NOW - 3600, enddate=NOW - 1800)) == 4
    track(server, times=False)
    assert len(records(ask, **ALL, **window)) == len(records(ask, **ALL))


def test_chunk_says_only_three_things(ask):
    metadata = ask("emailtrack_search", {**ALL, "api.chunk.enable": 1, "api.chunk.verbose": 1, "api.chunk.size": 5})[
        "metadata"
    ]
    assert metadata["chunk"] == {"start": 1, "size": 5, "records": 18}


def test_messages_of_successes_are_translated(ask, server):
    assert records(ask, success=1)[0]["message"] == "Accepted"
    server.quirks.add("translated")
    found = records(ask, success=1, failure=1)
    assert found[0]["message"] != "Accepted"
    assert "550 5.1.1 No such user" in [record["message"] for record in found]


def test_resellers_see_their_own(ask):
    found = ask("emailtrack_search", ALL, caller="reseller1")["data"]["records"]
    assert {record["user"] for record in found} == {"carol"}
    body = ask("emailtrack_stats", {"user": "alice"}, caller="reseller1")
    assert body["metadata"]["reason"] == "Access Denied to Account alice"
    assert "data" not in body
    assert ask("emailtrack_stats", {}, caller="reseller1")["data"]["records"][0]["SENDCOUNT"] == 1


def test_a_broken_database(ask, server):
    track(server, fails="the database is locked")
    for function in ("emailtrack_search", "emailtrack_stats", "emailtrack_user_stats"):
        body = ask(function)
        assert body["metadata"]["reason"] == "Error from delivery reporter: the database is locked"
        assert "data" not in body


def test_counts(ask):
    (alice,) = ask("emailtrack_stats", {"user": "alice"})["data"]["records"]
    assert alice == {
        "SENDCOUNT": 14,
        "SUCCESSCOUNT": 12,
        "FAILCOUNT": 1,
        "DEFERCOUNT": 1,
        "DEFERFAILCOUNT": 2,
        "INPROGRESSCOUNT": 1,
        "TOTALSIZE": 25944,
    }
    (short,) = ask("emailtrack_stats", {"user": "alice", "nosize": 1, "nosuccess": 1})["data"]["records"]
    assert set(alice) - set(short) == {"TOTALSIZE", "SUCCESSCOUNT"}
    (hour,) = ask("emailtrack_stats", {"user": "alice", "starttime": NOW - 3600})["data"]["records"]
    assert hour["SENDCOUNT"] == 4


def test_an_empty_database_counts_null(ask, server):
    track(server, clear=True)
    assert set(ask("emailtrack_stats")["data"]["records"][0].values()) == {None}
    assert ask("emailtrack_user_stats")["data"] == {"records": []}


def test_counts_by_user(ask):
    rows = {row["USER"]: row for row in ask("emailtrack_user_stats")["data"]["records"]}
    assert set(rows) == {"alice", "bob", "carol"}
    assert (rows["alice"]["REACHED_MAXEMAILS"], rows["alice"]["REACHED_MAXDEFERFAIL"]) == ("14/14", 0)
    assert rows["carol"]["OWNER"] == "reseller1"
    assert "INPROGRESSCOUNT" not in rows["alice"]
    found = ask("emailtrack_user_stats", {"sender": "info@alice.example.com"})["data"]["records"]
    assert [(row["USER"], row["SENDCOUNT"]) for row in found] == [("alice", 3)]


def test_limits_that_were_reached_are_told_by_how_far(ask, server):
    track(server, reached={"alice": ["MAXEMAILS", "MAXDEFERFAIL"]})
    loading.patch(server, {"accounts": {"alice": {"max_email_per_hour": 150}}})
    body = ask("emailtrack_user_stats")
    rows = {row["USER"]: row for row in body["data"]["records"]}
    assert (rows["alice"]["REACHED_MAXEMAILS"], rows["alice"]["REACHED_MAXDEFERFAIL"]) == ("150/150", "2/2 (100%)")
    assert (rows["bob"]["REACHED_MAXEMAILS"], rows["bob"]["REACHED_MAXDEFERFAIL"]) == (0, 0)
    assert (body["metadata"]["__chunked"], body["metadata"]["overflowed"]) == (1, 0)
    server.quirks.add("reference_types")
    rows = {row["USER"]: row for row in ask("emailtrack_user_stats")["data"]["records"]}
    assert (rows["alice"]["REACHED_MAXEMAILS"], rows["alice"]["REACHED_MAXDEFERFAIL"]) == (1, 1)


def test_rows_of_no_account(ask, server):
    events = [
        {"user": "-remote-", "sender": "x@elsewhere.example", "recipients": ["a@b.example", "c@b.example"]},
        {"user": "root"},
    ]
    track(server, events=events)
    rows = {row["USER"]: row for row in ask("emailtrack_user_stats")["data"]["records"]}
    assert (rows["-remote-"]["DOMAIN"], rows["-remote-"]["OWNER"]) == ("", "root")
    assert rows["-remote-"]["SUCCESSCOUNT"] > rows["-remote-"]["SENDCOUNT"]
    assert (rows["root"]["DOMAIN"], rows["root"]["PRIMARY_DOMAIN"]) == ("-system-", "")
    mine = {row["USER"] for row in ask("emailtrack_user_stats", caller="reseller1")["data"]["records"]}
    assert not mine & {"root", "-remote-"}


def test_no_cap_at_all(ask, server):
    track(server, generate={"user": "alice", "count": 6000})
    call = {"success": 1, "max_results_by_type": 0}
    assert len(ask("emailtrack_search", call)["data"]["records"]) > 6000
    assert len(ask("emailtrack_search", {"success": 1})["data"]["records"]) == 250


def test_api_2_says_it_in_strings(ask, server):
    call = {"cpanel_jsonapi_user": "alice", "cpanel_jsonapi_module": "EmailTrack", "cpanel_jsonapi_apiversion": 2}
    result = ask("cpanel", {**call, "cpanel_jsonapi_func": "stats"})["cpanelresult"]
    assert result["data"][0]["SENDCOUNT"] == "14"
    result = ask("cpanel", {**call, "cpanel_jsonapi_func": "search", "success": 1})["cpanelresult"]
    assert {row["user"] for row in result["data"]} == {"alice"}
    assert result["data"][0]["size"] == "1653"
    assert ask("cpanel", {**call, "cpanel_jsonapi_func": "trace"})["cpanelresult"]["event"]["result"] == 0
    server.disabled_roles.add("MailSend")
    assert "MailSend" in ask("cpanel", {**call, "cpanel_jsonapi_func": "stats"})["cpanelresult"]["error"]


TIMES = {"start_time": 1, "end_time": NOW}


def test_recipients(ask):
    senders = ask("get_unique_recipient_count_per_sender_for_user", {"user": "alice", **TIMES})["data"]["payload"]
    assert {row["sender"]: row["unique_recipient_count"] for row in senders} == {
        "info@alice.example.com": 3,
        "Info@Alice.Example.com": 1,
        "sales+eu@alice.example.com": 1,
        "news@alice.example.com": 3,
    }
    users = ask("get_unique_sender_recipient_count_per_user", TIMES)["data"]["payload"]
    assert {row["user"]: row["unique_sender_recipient_count"] for row in users}["alice"] == 8


@pytest.mark.parametrize(
    ("params", "text"),
    [
        ({"user": "alice", "start_time": 1}, "Provide the \u201cend_time\u201d parameter"),
        ({"user": "alice", "start_time": "", "end_time": 1}, "may not be empty"),
        ({"user": "alice", "start_time": "24h", "end_time": 1}, "is not a valid"),
        ({"user": "nosuch", **TIMES}, "You do not have a user named \u201cnosuch\u201d."),
    ],
)
def test_recipients_need_times(ask, params, text):
    assert text in ask("get_unique_recipient_count_per_sender_for_user", params)["metadata"]["reason"]


def test_messages_come_and_go_between_the_pages(ask, server):
    track(server, arrivals=2)
    first, second = records(ask, **ALL), records(ask, **ALL)
    assert len(second) == len(first) + 2
    track(server, arrivals=0, departures=3)
    assert len(records(ask, **ALL)) == len(second) - 3


@pytest.mark.parametrize("seed", [{"eventz": []}, {"events": [{"usr": "a"}]}, {"generate": {"cont": 1}}])
def test_typos_in_seeds_are_refused(server, seed):
    with pytest.raises(ValueError, match="unknown keys"):
        track(server, **seed)


def test_an_age_that_is_none(server):
    with pytest.raises(ValueError, match="is no age"):
        track(server, events=[{"age": "soon"}])
