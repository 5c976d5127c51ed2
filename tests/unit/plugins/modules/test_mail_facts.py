# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.modules import mail_facts
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.exim_engine import GOOD_CONFIG
from ansible_collections.whm.mail.tests.subjects.mail_facts import EVERYTHING
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by
from ansible_collections.whm.mail.tests.unit.plugins.gathered import ALL, facts

FORWARD = "get_user_email_forward_destination"
CHEAP = ["server", "accounts", "forwards", "queue"]

SEND = ["queue", "stats", "recipients", "auth", "exim"]
RECEIVE = ["forwards", "mailboxes"]


def reseller(box: Any) -> dict[str, str]:
    return {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}


def ageless(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if key != "age"} for row in messages]


@pytest.mark.parametrize("check_mode", [False, True])
def test_every_subset_is_what_its_info_module_returns(run: Any, box: Any, check_mode: bool) -> None:
    box.patch({"blocks": {"countries": ["ZZ", "AD"], "domains": ["spam.example"]}})
    found = facts(run("mail_facts", check_mode, **EVERYTHING))
    assert not box.log.writes()
    assert found["subsets"] == ALL
    assert found["unavailable"] == {}
    assert found["schema"] == 1
    assert found["server"] == run("server_info")["server"]
    assert found["accounts"] == run("account_info")["accounts"]
    assert found["forwards"] == run("forward_destination_info")["forwards"]
    boxes = run("mailbox_info", users=[account["user"] for account in found["accounts"]])
    assert (found["mailboxes"], found["addresses"]) == (boxes["mailboxes"], boxes["addresses"])
    assert by("domain", found["auth"]) == by("domain", run("email_auth_info")["domains"])
    mains = [account["domain"] for account in found["accounts"]]
    assert [row["domain"] for row in found["auth"]][: len(mains)] == mains
    queue = run("mail_queue_info")
    assert ageless(found["queue"]["messages"]) == ageless(queue["messages"])
    assert found["queue"]["summary"] == queue["summary"]
    assert found["stats"]["server"] == run("delivery_stats_info", since="0")["stats"][0]
    assert found["stats"]["accounts"] == run("delivery_stats_info", since="0", per="account")["stats"]
    assert found["recipients"] == run("recipient_count_info", since="0")["counts"]
    blocked = run("incoming_block_info")
    assert found["blocks"] == {"countries": blocked["countries"], "domains": blocked["domains"]}
    greylisting = run("greylisting_info")
    config, hosts, providers = (greylisting[key] for key in ("greylisting", "hosts", "providers"))
    assert found["greylisting"] == {"config": config, "hosts": hosts, "providers": providers}
    assert found["exim"] == {"valid": True, "message": None}


@pytest.mark.parametrize(
    ("gather_subset", "expected"),
    [
        (None, CHEAP),
        (["all"], ALL),
        (["queue"], ["queue"]),
        (["exim", "accounts", "exim"], ["accounts", "exim"]),
        (["!mailboxes", "!auth"], [name for name in ALL if name not in ("mailboxes", "auth")]),
        (["all", "!exim"], ALL[:-1]),
        (["queue", "stats", "! stats"], ["queue"]),
    ],
)
def test_the_subsets_that_are_meant(run_https: Any, gather_subset: Any, expected: list[str]) -> None:
    assert facts(run_https("mail_facts", gather_subset=gather_subset))["subsets"] == expected


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"gather_subset": ["mail"]}, "gather_subset: mail is not a subset; there are server, accounts, forwards"),
        ({"gather_subset": ["!hardware"]}, "gather_subset: !hardware is not a subset"),
        ({"gather_subset": ["!all"]}, "gather_subset: !all is not a subset"),
        ({"gather_subset": [""]}, "gather_subset: an empty value is not a subset"),
        ({"gather_subset": []}, "gather_subset: no subset is left to gather; name at least one"),
        ({"gather_subset": ["queue", "!queue"]}, "gather_subset: no subset is left to gather"),
        ({"since": "last week"}, "since: last week is not a time"),
        ({"since": "1h", "until": "1d"}, "is not before until"),
        ({"forward_users": ["alice@example.org"]}, "forward_users: alice@example.org"),
        ({"domains": ["alice"]}, "domains: alice is not a domain such as example.com."),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("mail_facts", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert "\n" not in result["msg"]
    assert "ansible_facts" not in result
    assert len(box.log) == 0


@pytest.mark.parametrize(
    ("gather_subset", "requests"),
    [
        (["!mailboxes"], 13),
        (["accounts", "forwards", "queue", "server"], 3),
        (["accounts", "queue", "stats", "recipients", "blocks", "server"], 1),
        (["accounts"], 1),
        (["auth"], 5),
        (["domains"], 6),
        (["exim"], 2),
    ],
)
def test_requests_for_200_accounts(run: Any, box: Any, gather_subset: list[str], requests: int) -> None:
    box.patch({"generate": {"accounts": 192, "prefix": "user"}})
    assert len(box.state.accounts) == 200
    found = facts(run("mail_facts", gather_subset=gather_subset, since="0"))
    assert found["unavailable"] == {}
    # Over HTTPS one call shows first that the login is good, where several functions are to be asked.
    several = gather_subset not in (["exim"], ["domains"])
    assert len(box.log) == requests + (several and run.transport == "https")
    for name, rows in (("accounts", 200), ("forwards", 201), ("auth", 201), ("domains", 201)):
        assert name not in found or len(found[name]) == rows


def test_mailboxes_travel_in_batches_of_100(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 192, "prefix": "user", "mailboxes": 1}})
    found = facts(run_https("mail_facts", gather_subset=["mailboxes"]))
    addresses = len(found["addresses"])
    assert addresses > 392
    sizes = [len(entry.commands) for entry in box.log]
    assert sizes == [0, 100, 100, *sizes[3:]]
    assert sorted(sizes[3:]) == sorted([100] * (addresses // 100) + [addresses % 100])


def test_a_smaller_batch_size_is_kept_to(run_https: Any, box: Any) -> None:
    plain = facts(run_https("mail_facts", **EVERYTHING))
    box.log.clear()
    found = facts(run_https("mail_facts", api_batch_size=3, **EVERYTHING))
    assert max(len(entry.commands) for entry in box.log) == 3
    for name in ("server", "accounts", "forwards", "mailboxes", "addresses", "auth", "stats", "recipients", "exim"):
        assert found[name] == plain[name]


@pytest.mark.parametrize(
    "quirk",
    ["string_results", "string_numbers", "translated", "version_legacy", "batch_drops", "batch_stops", "exim_flat"],
)
def test_servers_that_differ_read_the_same(run_https: Any, box: Any, quirk: str) -> None:
    plain = facts(run_https("mail_facts", **EVERYTHING))
    box.quirks.add(quirk)
    found = facts(run_https("mail_facts", **EVERYTHING))
    for name in set(ALL) - {"queue"}:
        assert found[name] == plain[name]
    assert ageless(found["queue"]["messages"]) == ageless(plain["queue"]["messages"])


@pytest.mark.parametrize(
    ("function", "subsets"),
    [
        ("listaccts", ["accounts", "mailboxes", "auth"]),
        ("get_domain_info", ["domains"]),
        ("servicestatus", ["services"]),
        ("api_token_list", ["tokens"]),
        ("list_users", ["forwards"]),
        (FORWARD, ["forwards"]),
        ("list_pops_for", ["mailboxes"]),
        ("fetch_mail_queue", ["queue"]),
        ("emailtrack_stats", ["stats"]),
        ("emailtrack_user_stats", ["stats"]),
        ("get_unique_sender_recipient_count_per_user", ["recipients"]),
        ("list_blocked_incoming_email_countries", ["blocks"]),
        ("list_blocked_incoming_email_domains", ["blocks"]),
        ("read_cpgreylist_trusted_hosts", ["greylisting"]),
        ("validate_current_dkims", ["auth"]),
        ("validate_current_installed_exim_config", ["exim"]),
    ],
)
def test_a_function_that_the_server_does_not_have(run: Any, box: Any, function: str, subsets: list[str]) -> None:
    box.patch({"missing_functions": [function]})
    found = facts(run("mail_facts", **EVERYTHING))
    assert sorted(found["unavailable"]) == sorted(subsets)
    assert found["subsets"] == [name for name in ALL if name not in subsets]
    for error in found["unavailable"].values():
        assert (error["kind"], error["function"]) == ("unsupported", function)
        assert "Unknown app" in error["reason"]
        assert set(error) == {"kind", "function", "reason", "host", "http_status"}
    assert not box.log.writes()


@pytest.mark.parametrize("without", [{"missing_functions": [FORWARD]}, {"disabled_roles": ["MailReceive"]}])
def test_what_the_server_does_not_offer_is_not_asked_for_again(run_https: Any, box: Any, without: Any) -> None:
    """Not one of the batches of the forwards is sent: root's own, which goes ahead, has told it all."""
    box.patch({"generate": {"accounts": 492, "prefix": "user"}, **without})
    found = facts(run_https("mail_facts", gather_subset=["forwards"]))
    assert set(found["unavailable"]) == {"forwards"}
    assert max(len(entry.commands) for entry in box.log) <= 2


@pytest.mark.parametrize(("role", "subsets"), [("MailSend", SEND), ("MailReceive", RECEIVE)])
def test_a_role_that_is_off(run: Any, box: Any, role: str, subsets: list[str]) -> None:
    box.patch({"disabled_roles": [role]})
    found = facts(run("mail_facts", **EVERYTHING))
    assert sorted(found["unavailable"]) == sorted(subsets)
    assert {error["kind"] for error in found["unavailable"].values()} == {"unsupported"}
    assert all(role in error["reason"] for error in found["unavailable"].values())
    assert found["server"]["roles"][role] is False


def test_a_server_without_the_dmarc_check(run: Any, box: Any) -> None:
    plain = facts(run("mail_facts", gather_subset=["auth"]))
    box.patch({"missing_functions": ["validate_current_dmarcs"]})
    result = run("mail_facts", gather_subset=["auth"])
    found = facts(result)
    assert found["unavailable"] == {}
    assert [row["dmarc"] for row in found["auth"]] == [None] * len(plain["auth"])
    assert [row["dkim"] for row in found["auth"]] == [row["dkim"] for row in plain["auth"]]
    (warning,) = result["warnings"]
    assert "DMARC was not checked: Unknown app" in warning


def test_an_old_server_gives_part_of_itself(run: Any, box: Any) -> None:
    box.patch({"missing_functions": ["is_role_enabled", "gethostname"]})
    found = facts(run("mail_facts"))
    assert found["unavailable"] == {}
    assert found["server"]["hostname"] is None
    assert "Unknown app" in found["server"]["unavailable"]["gethostname"]


def test_a_token_without_privileges(run_https: Any, box: Any) -> None:
    login = {"api_username": "nobody1", "api_token": box.state.callers["nobody1"].token}
    found = facts(run_https("mail_facts", **EVERYTHING, **login))
    assert set(found["unavailable"]) == {"accounts", "forwards", "mailboxes", "auth", "services"}
    kinds = {name: error["kind"] for name, error in found["unavailable"].items() if name != "services"}
    assert set(kinds.values()) == {"permission"}
    assert found["unavailable"]["accounts"]["reason"] == "Permission denied"


def test_a_reseller_sees_its_own(run_https: Any, box: Any) -> None:
    found = facts(run_https("mail_facts", **EVERYTHING, **reseller(box)))
    assert set(found["unavailable"]) == {"services"}, "only root may ask"
    assert {row["owner"] for row in found["domains"]} == {"reseller1"}
    assert [row["user"] for row in found["accounts"]] == ["carol", "reseller1"]
    assert [row["user"] for row in found["forwards"]] == ["carol", "reseller1"]
    assert [row["domain"] for row in found["auth"]] == ["carol.example.net", "reseller.example.net"]
    assert {row["user"] for row in found["addresses"]} == {"carol", "reseller1"}
    assert [row["user"] for row in found["stats"]["accounts"]] == ["carol"]


def test_further_domains(run: Any, box: Any) -> None:
    rows = facts(run("mail_facts", gather_subset=["auth"], domains=["Alice-Shop.example.", "bo.example.com"]))["auth"]
    assert [row["domain"] for row in rows] == [
        *(box.state.accounts[user].domain for user in sorted(box.state.accounts)),
        "alice-shop.example",
    ]
    assert rows[-1]["dkim"]["validity"] == "weak_key"
    further = facts(run("mail_facts", gather_subset=["auth"], domains=["whm1.example.com"]))["auth"]
    assert [row["domain"] for row in further] == [*(row["domain"] for row in rows), "whm1.example.com"]


def test_forwards_of_further_users(run: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 192, "prefix": "user"}})
    found = facts(run("mail_facts", gather_subset=["forwards"], forward_users=["nobody", "bob", "cpanel", "ghost"]))
    rows = by("user", found["forwards"])
    assert list(rows) == sorted(rows)
    assert len(rows) == 1 + 200 + 3
    assert rows["nobody"] == {"user": "nobody", "destinations": ["root"]}
    assert rows["cpanel"] == {"user": "cpanel", "destinations": []}
    assert "error" in rows["ghost"]
    assert rows["ghost"]["missing"]
    proofs = [entry for entry in box.log if entry.function in ("myprivs", "accountsummary")]
    assert len(box.log) == 3 + len(proofs)


def test_a_foreign_domain_does_not_sink_the_others(run_https: Any, box: Any) -> None:
    """The server refuses all domains of a call because of one; it is found by halves, in a handful of requests."""
    box.patch({"generate": {"accounts": 150, "prefix": "user"}})
    for account in box.state.accounts.values():
        account.owner = "reseller1"
    box.state.accounts["bob"].owner = "root"
    foreign = "bob.example.com"
    found = facts(run_https("mail_facts", gather_subset=["auth"], domains=[foreign], **reseller(box)))
    rows = by("domain", found["auth"])
    assert len(rows) == len(box.state.accounts) + 1 > 150
    assert "does not control" in rows[foreign]["error"]["reason"]
    assert [rows[foreign][name] for name in ("dkim", "spf", "ptr", "dmarc")] == [None] * 4
    assert all("error" not in row and row["dkim"] for name, row in rows.items() if name != foreign)
    assert len(box.log) <= 1 + 3 + 8


def test_only_foreign_domains_are_no_facts(run_https: Any, box: Any) -> None:
    box.state.accounts["carol"].owner = box.state.accounts["reseller1"].owner = "root"
    box.state.accounts.pop("reseller1")
    found = facts(run_https("mail_facts", gather_subset=["auth"], domains=["bob.example.com"], **reseller(box)))
    assert found["unavailable"]["auth"]["reason"].endswith("does not control the \u201cbob.example.com\u201d domain.")


def test_one_refused_item_stays_in_its_subset(run: Any, box: Any) -> None:
    box.state.accounts["bo"].fields["domain"] = "<script>alert(1)</script>"
    found = facts(run("mail_facts", gather_subset=["accounts", "auth", "mailboxes"]))
    assert by("user", found["accounts"])["bo"]["domain"] == "<script>alert(1)</script>"
    assert len(found["auth"]) == len(box.state.accounts) + 2, (
        "with alice's other domain, and what get_domain_info says of bo"
    )
    broken = [row for row in found["addresses"] if "error" in row]
    assert [row["address"] for row in broken] == ["_mainaccount@<script>alert(1)</script>"]
    assert broken[0]["error"]["kind"] == "refusal"


def test_names_that_mean_something_elsewhere_are_only_names(run: Any, box: Any) -> None:
    hostile = "{{ lookup('pipe', 'id') }}<b>\u202e\n"
    box.state.accounts["alice"].fields.update(plan=hostile)
    box.patch({"exim": {"queue": [{"age": 10, "sender": "a@alice.example.com", "recipients": [hostile]}]}})
    found = facts(run("mail_facts"))
    assert by("user", found["accounts"])["alice"]["plan"] == hostile
    assert [row["recipients"] for row in found["queue"]["messages"]] == [[hostile]]


def test_a_configuration_that_is_not_valid(run: Any, box: Any) -> None:
    box.patch({"exim": {"config": GOOD_CONFIG.replace("primary_hostname =", "primary hostname")}})
    exim = facts(run("mail_facts", gather_subset=["exim"]))["exim"]
    assert exim == {key: run("exim_config_info")[key] for key in ("valid", "message")}
    assert exim["valid"] is False


def test_a_server_without_accounts(run: Any, box: Any) -> None:
    box.patch({"accounts": dict.fromkeys(list(box.state.accounts)), "emailtrack": {"clear": True}})
    found = facts(run("mail_facts", **EVERYTHING))
    assert found["unavailable"] == {}
    assert (found["accounts"], found["auth"], found["mailboxes"], found["addresses"]) == ([], [], [], [])
    assert [row["user"] for row in found["forwards"]] == ["root"]


def test_thousands_of_senders_come_in_pages(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 2500, "prefix": "user"}})
    events = [{"user": f"user{number}", "age": "1h"} for number in range(1, 2501)]
    box.patch({"emailtrack": {"clear": True, "events": events}})
    assert len(facts(run_https("mail_facts", gather_subset=["stats"]))["stats"]["accounts"]) == 2500
    assert len(box.log) == 3 + (box.log[0].function == "myprivs")


def test_the_window(run_https: Any) -> None:
    result = run_https("mail_facts", gather_subset=["stats", "recipients"], since="1h")
    assert result["window"]["until_epoch"] - result["window"]["since_epoch"] == 3600
    hour = facts(result)
    day = facts(run_https("mail_facts", gather_subset=["stats", "recipients"]))
    assert 0 < hour["stats"]["server"]["sent"] < day["stats"]["server"]["sent"]
    assert sum(row["count"] for row in hour["recipients"]) < sum(row["count"] for row in day["recipients"])


def test_the_clock_can_be_set() -> None:
    params = mail_facts.check(
        {"gather_subset": ["queue"], "since": "1h", "until": "30m", "domains": [], "forward_users": []},
        lambda: 1_800_000_000,
    )
    assert (params["window"].since, params["window"].end) == (1_799_996_400, 1_799_998_200)


@pytest.mark.parametrize("gather_subset", [["all"], ["queue"]])
@pytest.mark.parametrize(
    ("fault", "kind", "requests"),
    [("forbidden", "authentication", 1), ("redirect_307", "configuration", 1), ("login_page", "unexpected_answer", 2)],
)
def test_a_server_that_cannot_be_used_fails(
    run_https: Any, box: Any, fault: str, kind: str, requests: int, gather_subset: list[str]
) -> None:
    box.faults.add(Fault(fault, times=0))
    result = run_https("mail_facts", gather_subset=gather_subset)
    assert result["failed"]
    assert result["error"]["kind"] == kind
    assert "ansible_facts" not in result
    assert len(box.log) == requests


@pytest.mark.parametrize("fault", ["reset_before", "close_after", "status_503_after", "retry_after"])
def test_a_lost_answer_is_asked_for_again(run_https: Any, box: Any, fault: str) -> None:
    box.faults.add(Fault(fault))
    assert facts(run_https("mail_facts", **EVERYTHING))["unavailable"] == {}
    assert len(run_https.slept) == 1


@pytest.mark.parametrize(
    ("function", "fault", "subsets"),
    [
        ("fetch_mail_queue", "truncated_json", ["queue"]),
        ("emailtrack_stats", "status_500_before", ["stats"]),
        ("list_pops_for", "empty", ["mailboxes"]),
        ("validate_current_spfs", "disk_full", ["auth"]),
        ("validate_current_installed_exim_config", "status_500_before", ["exim"]),
    ],
)
def test_a_function_that_breaks_the_answer(
    run_https: Any, box: Any, function: str, fault: str, subsets: list[str]
) -> None:
    """What cannot be read in a whole batch is looked for in its halves, like a refusal."""
    box.faults.add(Fault(fault, function=function, times=0))
    found = facts(run_https("mail_facts", **EVERYTHING, api_retries=0))
    if function == "validate_current_spfs":  # one check of four: the others are there
        assert found["unavailable"] == {}
        assert {row["error"]["function"] for row in found["auth"]} == {function}
        assert all(row["dkim"] and row["spf"] is None for row in found["auth"])
    else:
        assert list(found["unavailable"]) == subsets
        assert found["unavailable"][subsets[0]]["function"] == function


@pytest.mark.parametrize(
    ("function", "subset"), [("validate_current_spfs", "auth"), ("validate_current_installed_exim_config", "exim")]
)
def test_what_takes_too_long_is_unavailable(run_https: Any, box: Any, function: str, subset: str) -> None:
    box.faults.add(Fault("stall_before", function=function, times=0, seconds=600))
    found = facts(run_https("mail_facts", **EVERYTHING, api_retries=0, api_timeout=8))
    assert list(found["unavailable"]) == [subset]
    assert found["unavailable"][subset]["kind"] == "connection"
    assert "api_timeout" in found["unavailable"][subset]["reason"]


@pytest.mark.parametrize("function", ["fetch_mail_queue", "list_pops_for"])
def test_a_connection_that_breaks_fails(run_https: Any, box: Any, function: str) -> None:
    box.faults.add(Fault("reset_before", function=function, times=0))
    result = run_https("mail_facts", **EVERYTHING, api_retries=0)
    assert result["error"]["kind"] == "connection"
    assert "ansible_facts" not in result


def test_no_secret_in_facts_and_errors(run_https: Any, box: Any) -> None:
    box.patch({"missing_functions": ["fetch_mail_queue"]})
    box.state.callers["root"].token = "SECRETQ7Z1"
    for options in (EVERYTHING, {"api_port": box.plain_port or 1, "api_retries": 0}):
        assert "SECRETQ7Z1" not in json.dumps(run_https("mail_facts", **options))
