# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a server does not have: skipped and named where ignore_missing says so, an error everywhere else, and never guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key
from ansible_collections.whm.mail.tests.unit.plugins.conftest import load_module


@dataclass(frozen=True)
class Case:
    """A module, how its items are named, two that the server has (the first is a change) and two that it has not."""

    module: str
    options: Callable[[list[str]], dict[str, Any]]
    there: tuple[str, str]
    gone: tuple[str, str]
    items: str
    key: str
    refused: bool = (
        True  # whether what is missing is an error otherwise; of a record that is not there nothing is asked
    )


ACCOUNTS = (("alice", "bob"), ("zoe", "nosuch"))
DOMAINS = (("bob.example.com", "alice.example.com"), ("zoe.example.com", "nowhere.example"))
SPF = "v=spf1 mx -all"
CASES = [
    Case("outgoing_mail", lambda names: {"users": names, "hold": True}, *ACCOUNTS, "accounts", "user"),
    Case("outgoing_mail", lambda names: {"users": names, "hold": False}, ("bob", "alice"), ACCOUNTS[1], "accounts", "user"),
    Case("forward_destination", lambda names: {"users": names, "destinations": ["a@b.example"]},
         ("root", "bob"), ACCOUNTS[1], "forwards", "user"),
    Case("forward_destination", lambda names: {"forwards": [{"user": name, "destinations": ["x@y.example"]} for name in names]},
         *ACCOUNTS, "forwards", "user"),
    Case("mail_configuration_repair", lambda names: {"users": names}, *ACCOUNTS, "accounts", "user"),
    Case("mail_limit", lambda names: {"users": names, "max_email_per_hour": 200}, *ACCOUNTS, "accounts", "user"),
    Case("mailbox_sessions", lambda names: {"users": names}, *ACCOUNTS, "accounts", "user"),
    Case("mailbox_messages", lambda names: {"addresses": names, "mailboxes": ["INBOX"], "query": "savedbefore 30d"},
         ("dave@dave.example.org", "_mainaccount@alice.example.com"), ("nosuch@dave.example.org", "info@nowhere.example"),
         "mailboxes", "address"),
    Case("dkim", lambda names: {"domains": names}, *DOMAINS, "domains", "domain"),
    Case("dkim", lambda names: {"domains": names, "state": "absent"}, ("alice.example.com", "bob.example.com"), DOMAINS[1],
         "domains", "domain", refused=False),
    Case("dkim_key", lambda names: {"keys": [{"domain": name, "private_key": pool_key(11)} for name in names]}, *DOMAINS,
         "keys", "domain"),
    Case("spf", lambda names: {"domains": names, "record": SPF}, *DOMAINS, "domains", "domain"),
    Case("spf", lambda names: {"records": [{"domain": name, "record": SPF} for name in names]}, *DOMAINS, "domains", "domain"),
    Case("manual_mx", lambda names: {"domains": names, "mx_host": "mail.example.net"}, *DOMAINS, "redirects", "domain", refused=False),
    Case("manual_mx", lambda names: {"domains": names, "state": "absent"}, *DOMAINS, "redirects", "domain", refused=False),
    Case("manual_mx", lambda names: {"redirects": [{"domain": name, "mx_host": "192.0.2.25"} for name in names]}, *DOMAINS,
         "redirects", "domain", refused=False),
    Case("email_autoresponder", lambda names: {"autoresponders": [{"address": name, "subject": "Away", "body": "x"} for name in names]},
         ("info@alice.example.com", "bob@bob.example.com"), ("info@zoe.example.com", "info@nowhere.example"), "autoresponders", "address"),
    Case("email_routing", lambda names: {"domains": names, "routing": "remote"}, *DOMAINS, "domains", "domain"),
    Case("mail_sni", lambda names: {"domains": names}, *DOMAINS, "domains", "domain"),
]  # fmt: skip
IDS = [f"{number}-{case.module}" for number, case in enumerate(CASES)]
every = pytest.mark.parametrize("case", CASES, ids=IDS)


def names(result: dict[str, Any], case: Case) -> list[str]:
    return [row[case.key] for row in result[case.items]]


@pytest.mark.parametrize("case", [case for case in CASES if case.refused], ids=lambda case: case.module)
def test_it_is_an_error_unless_the_task_says_otherwise(run_https: Any, case: Case) -> None:
    result = run_https(case.module, **case.options([case.there[0], case.gone[0]]))
    assert result["failed"]
    assert result["missing"] == []
    (failed,) = [row for row in result[case.items] if "error" in row]
    assert failed[case.key] == case.gone[0]


@every
@pytest.mark.parametrize("check_mode", [False, True])
def test_the_rest_is_done_as_if_it_had_not_been_named(run: Any, box: Any, case: Case, check_mode: bool) -> None:
    mixed = [case.gone[1], case.there[1], case.gone[0], case.there[0]]
    plain = run(case.module, check_mode, **case.options([case.there[1], case.there[0]]))
    assert not plain.get("failed"), plain
    assert plain["missing"] == []
    wanted = [(entry.function, entry.params) for entry in box.log if entry.writes]
    box.reset()
    result = run(case.module, check_mode, ignore_missing=True, **case.options(mixed))
    assert result == {**plain, "missing": [case.gone[1], case.gone[0]]}
    assert [(entry.function, entry.params) for entry in box.log if entry.writes] == wanted
    assert bool(wanted) is not check_mode or case.module == "mail_sni"


@every
@pytest.mark.parametrize("check_mode", [False, True])
def test_where_all_is_missing_nothing_is_done(run: Any, box: Any, case: Case, check_mode: bool) -> None:
    result = run(case.module, check_mode, ignore_missing=True, **case.options(list(case.gone)))
    assert not result.get("failed"), result
    assert result["missing"] == list(case.gone)
    assert result["changed"] is False
    assert result[case.items] == []
    assert result["diff"] == {"before": {}, "after": {}}
    assert box.log.writes() == []


@every
@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("ignore", [False, True])
def test_an_empty_list_sends_nothing(case: Case, check_mode: bool, ignore: bool) -> None:
    """Not even a client is made: there is nobody to open one."""
    module = load_module(case.module)
    defaults = {name: option.get("default") for name, option in module.options.items()}
    result = execute(module, {**defaults, **case.options([]), "ignore_missing": ignore}, check_mode, opener=None)  # type: ignore[arg-type]
    assert not result.get("failed"), result
    assert result["changed"] is False
    assert result["missing"] == []
    assert result[case.items] == []
    assert result["diff"] == {"before": {}, "after": {}}


@every
def test_what_a_reseller_may_not_see_is_not_missing(run_https: Any, box: Any, case: Case) -> None:
    """carol is the reseller's; of bob and of nobody it is told the same."""
    there, foreign = (
        ("carol", "bob")
        if "@" not in case.gone[0] and "." not in case.gone[0]
        else ("carol.example.net", "bob.example.com")
    )
    if "@" in case.gone[0]:
        there, foreign = "carol@carol.example.net", "bob@bob.example.com"
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https(case.module, ignore_missing=True, **case.options([there, foreign, case.gone[1]]), **login)
    assert result["failed"]
    assert result["missing"] == []
    assert [row[case.key] for row in result[case.items] if "error" in row] == [foreign, case.gone[1]]
    assert not any("error" in row for row in result[case.items] if row[case.key] == there)
    assert any("whether" in text and "not known" in text for text in result["warnings"])


TROUBLES = [
    Fault("forbidden", function="accountsummary", times=0),
    Fault("status_503", function="accountsummary", times=0),
    Fault("login_page", function="accountsummary", times=0),
    Fault("truncated_json", function="accountsummary", times=0),
    Fault("forbidden", function="myprivs", times=0),
    Fault("empty", function="myprivs", times=0),
]


@every
@pytest.mark.parametrize("fault", TROUBLES, ids=lambda fault: f"{fault.kind}-{fault.function}")
def test_trouble_is_not_absence(run_https: Any, box: Any, case: Case, fault: Fault) -> None:
    box.faults.add(fault)
    result = run_https(case.module, ignore_missing=True, api_retries=0, **case.options([*case.there, *case.gone]))
    assert result["failed"]
    assert not result.get("missing")
    assert box.log.writes() == []


@every
@pytest.mark.parametrize("function", ["myprivs", "gethostname"])
def test_a_server_that_lacks_a_function_is_not_guessed_about(
    run_https: Any, box: Any, case: Case, function: str
) -> None:
    box.patch({"missing_functions": [function]})
    result = run_https(case.module, ignore_missing=True, **case.options(list(case.gone)))
    by_domain = case.key == "domain" or case.module.startswith("email_")
    if function == "gethostname" and not by_domain:
        assert result["missing"] == list(case.gone), "its own name is no account and no address"
    else:
        assert not result.get("missing")
        assert bool(result.get("failed")) is case.refused


@pytest.mark.parametrize("case", [case for case in CASES if case.key == "domain"], ids=lambda case: case.module)
def test_the_servers_own_name_is_not_missing(run_https: Any, box: Any, case: Case) -> None:
    """No account owns it, and root may sign with it all the same."""
    result = run_https(case.module, True, ignore_missing=True, **case.options(["whm1.example.com", case.gone[0]]))
    assert result["missing"] == [case.gone[0]]


def test_more_accounts_than_are_asked_for_by_name(run: Any, box: Any) -> None:
    box.patch({"accounts": {f"user{number}": {"domain": f"user{number}.example"} for number in range(30)}})
    wanted = [f"user{number}" for number in range(60)]
    result = run("outgoing_mail", users=wanted, hold=True, ignore_missing=True)
    assert not result.get("failed"), result
    assert result["missing"] == wanted[30:]
    assert len([account for account in box.state.accounts.values() if account.hold]) == 32


EXCLUSIVE = {"hold": True, "exclusive": True, "ignore_missing": True}


def test_exclusive_holds_what_there_is_and_releases_the_rest(run: Any, box: Any) -> None:
    result = run("outgoing_mail", users=["nosuch", "alice"], max_changes=5, **EXCLUSIVE)
    assert not result.get("failed"), result
    assert result["missing"] == ["nosuch"]
    held = sorted(name for name, account in box.state.accounts.items() if account.hold)
    assert held == ["alice"]


def test_exclusive_where_all_is_missing_means_that_nobody_is_held(run: Any, box: Any) -> None:
    """As documented: as if they had not been named. max_changes bounds what a misspelt list can release."""
    refused = run("outgoing_mail", users=["nosuch"], max_changes=1, **EXCLUSIVE)
    assert refused["error"]["kind"] == "too_many_changes"
    assert box.log.writes() == []
    result = run("outgoing_mail", users=["nosuch"], max_changes=2, **EXCLUSIVE)
    assert not result.get("failed"), result
    assert not [name for name, account in box.state.accounts.items() if account.hold]


def test_a_rebuild_is_asked_for_without_domains(run: Any, box: Any) -> None:
    result = run("mail_sni", domains=["nowhere.example"], rebuild=True, ignore_missing=True)
    assert result["rebuilt"]
    assert result["missing"] == ["nowhere.example"]
    assert [entry.function for entry in box.log.writes()] == ["rebuild_mail_sni_config"]


def test_mailboxes_that_an_address_lacks_are_errors_still(run: Any) -> None:
    asked = {"addresses": ["dave@dave.example.org"], "query": "savedbefore 30d", "ignore_missing": True}
    result = run("mailbox_messages", mailboxes=["INBOX.Nowhere"], **asked)
    assert result["failed"]
    assert result["missing"] == []


@pytest.mark.parametrize("chosen", [{"mailboxes": []}, {"guids": []}])
def test_of_no_mailbox_nothing_is_asked(run: Any, box: Any, chosen: dict[str, Any]) -> None:
    result = run("mailbox_messages", addresses=["dave@dave.example.org"], query="savedbefore 30d", **chosen)
    assert result["mailboxes"] == []
    assert len(box.log) == 0


OMITTED = [
    ("forward_destination", {"users": None, "destinations": []}),
    ("forward_destination", {"forwards": None}),
    ("spf", {"records": None}),
    ("spf", {"domains": None, "record": SPF}),
    ("mail_sni", {}),
    ("mailbox_messages", {"addresses": ["a@b.example"], "mailboxes": None, "query": "savedbefore 30d"}),
]


@pytest.mark.parametrize(("name", "options"), OMITTED)
def test_a_list_that_is_not_given_is_an_error(name: str, options: dict[str, Any]) -> None:
    """Null is not empty."""
    module = load_module(name)
    given = {key: option.get("default") for key, option in module.options.items()}
    result = execute(module, {**given, **options}, False, opener=None)  # type: ignore[arg-type]
    assert result["failed"]
    assert "missing" in result["msg"]


INFO = {
    "account_info": [{"users": []}, {"domains": []}, {"users": [], "domains": []}],
    "forward_destination_info": [{"users": []}],
    "mailbox_info": [{"users": []}, {"addresses": []}],
    "dkim_key_info": [{"domains": []}],
    "email_auth_info": [{"domains": []}],
    "mail_sni_info": [{"domains": []}],
    "delivery_info": [{"users": []}, {"senders": []}, {"recipients": []}, {"users": ["alice"], "senders": []}],
    "delivery_stats_info": [{"users": []}],
    "mail_queue_info": [{"users": []}, {"senders": []}, {"users": [], "senders": ["a@b.example"]}],
    "recipient_count_info": [{"users": []}],
}


SOMETHING = {"users": "dave", "domains": "dave.example.org"} | dict.fromkeys(
    ["addresses", "senders", "recipients"], "dave@dave.example.org"
)


@pytest.mark.parametrize(("name", "options"), [(name, options) for name, rows in INFO.items() for options in rows])
def test_an_empty_list_reads_nothing_and_never_all(run: Any, box: Any, name: str, options: dict[str, Any]) -> None:
    result = run(name, **options)
    assert not result.get("failed"), result
    assert len(box.log) == 0
    assert result[load_module(name).items] == []
    full = run(name, **{key: [SOMETHING[key]] for key in options})
    assert set(full) - {"warnings", "failed", "msg", "error"} == set(result)


def test_accounts_or_domains(run: Any) -> None:
    """One list that is empty takes nothing away from the other."""
    assert [row["user"] for row in run("account_info", users=[], domains=["bob.example.com"])["accounts"]] == ["bob"]


TEXTS = [
    ("alice,bob", ["alice", "bob"]),
    ("alice, bob", ["alice", "bob"]),
    ('["alice", "bob"]', ["alice", "bob"]),
    ("['alice']", ["alice"]),
    ("bob", ["bob"]),
    ("[]", []),
    ("", []),
    (" ", []),
]


@pytest.mark.parametrize(("text", "wanted"), TEXTS)
@pytest.mark.parametrize("name", ["users", "user"])
def test_texts_mean_what_they_say(run: Any, text: str, wanted: list[str], name: str) -> None:
    result = run("outgoing_mail", hold="true", ignore_missing="false", **{name: text})
    assert not result.get("failed"), result
    assert [row["user"] for row in result["accounts"]] == wanted


@pytest.mark.parametrize("text", ["false", "no", "0", "False"])
def test_false_is_false(run: Any, text: str) -> None:
    assert run("outgoing_mail", users=["nosuch"], hold=True, ignore_missing=text)["failed"]
    assert not run("outgoing_mail", users=["nosuch"], hold=True, ignore_missing="yes").get("failed")


def test_lists_of_dictionaries_that_are_texts(run: Any) -> None:
    rows = '[{"user": "root", "destinations": "a@b.example,c@d.example"}, {"user": "nobody", "destinations": ""}]'
    result = run("forward_destination", forwards=rows)
    assert [row["destinations"] for row in result["forwards"]] == [["a@b.example", "c@d.example"], []]
    assert run("forward_destination", forwards="[]")["forwards"] == []
