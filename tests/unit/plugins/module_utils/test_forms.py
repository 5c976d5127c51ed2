# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values in forms that nobody expects: each is understood, an error, or a warning that names the field. Never null in silence."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import account_items, list_accounts, summaries
from ansible_collections.whm.mail.plugins.module_utils._mail.deliveries import Wanted, search
from ansible_collections.whm.mail.plugins.module_utils._mail.forwards import read_forwards, users_of
from ansible_collections.whm.mail.plugins.module_utils._mail.mailboxes import addresses_of
from ansible_collections.whm.mail.plugins.module_utils._mail.queue import read_queue, select, summarise
from ansible_collections.whm.mail.plugins.module_utils._mail.recipients import counts_of, counts_of_senders
from ansible_collections.whm.mail.plugins.module_utils._mail.server import NAMES, server_item
from ansible_collections.whm.mail.plugins.module_utils._mail.times import Window
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, ok, scripted

NOW = 1_800_000_000.0


def account(**fields: Any) -> tuple[dict[str, Any], list[str]]:
    client, _script, _pauses = scripted()
    (item,) = account_items(client, {"alice": fields})
    return item, client.warnings


ACCOUNT = [
    # field as sent, key of the item, value, whether a warning names the field
    ("outgoing_mail_hold", "1", "hold", True, False),
    ("outgoing_mail_hold", "yes", "hold", None, True),
    ("outgoing_mail_suspended", "", "outgoing_suspended", None, True),
    ("suspended", None, "suspended", None, False),
    ("max_email_per_hour", "unlimited", "max_email_per_hour", "unlimited", False),
    ("max_email_per_hour", "Unlimited", "max_email_per_hour", "unlimited", False),
    ("max_email_per_hour", "500.00", "max_email_per_hour", 500, False),
    ("max_email_per_hour", "*unknown*", "max_email_per_hour", None, False),
    ("max_email_per_hour", "500/h", "max_email_per_hour", None, True),
    ("max_emailacct_quota", "1024.5", "max_mailbox_quota", 1024.5, False),
    ("plan", {"name": "x"}, "plan", None, True),
    ("plan", "*unknown*", "plan", None, False),
    ("plan", "", "plan", None, False),
    ("email", ["a@b.example", "c@d.example"], "contact_emails", ["a@b.example", "c@d.example"], False),
    ("email", "a@b.example, c@d.example", "contact_emails", ["a@b.example", "c@d.example"], False),
    ("email", None, "contact_emails", [], False),
]


@pytest.mark.parametrize(("field", "value", "key", "found", "warned"), ACCOUNT)
def test_fields_of_an_account(field: str, value: Any, key: str, found: Any, warned: bool) -> None:
    item, warnings = account(**{field: value})
    assert item[key] == found
    assert [field in text for text in warnings] == [True] * warned


@pytest.mark.parametrize("acct", ["x", [1], {"a": 1, "b": 2}.values, 7.5])
def test_accounts_that_are_none_are_no_empty_server(acct: Any) -> None:
    found = list(acct()) if callable(acct) else acct
    client, _script, _pauses = scripted(ok({"acct": found}), ok({"accounts": []}))
    for _time in range(2):
        with pytest.raises(UnexpectedAnswer):
            list_accounts(client, ["user"])


def test_accounts_by_name_are_accounts() -> None:
    client, _script, _pauses = scripted(ok({"acct": {"a": {"user": "a"}, "b": {"user": "b"}}}))
    assert sorted(list_accounts(client, ["user"])) == ["a", "b"]


@pytest.mark.parametrize("acct", ["x", 7, ["x"]])
def test_a_summary_that_is_none_does_not_say_that_there_is_no_account(acct: Any) -> None:
    client, _script, _pauses = scripted(ok({"acct": acct}))
    assert isinstance(summaries(client, "user", ["alice"])["alice"], UnexpectedAnswer)


POPS = [
    (["info@a.example"], ["_mainaccount@a.example", "info@a.example"]),
    ("", ["_mainaccount@a.example"]),
    (None, ["_mainaccount@a.example"]),
    ("info@a.example", ["_mainaccount@a.example", "info@a.example"]),
    ({"info@a.example": 1}, None),
    ([{"email": "info@a.example"}], None),
    (3, None),
]


@pytest.mark.parametrize(("pops", "addresses"), POPS)
def test_addresses_in_every_form(pops: Any, addresses: list[str] | None) -> None:
    client, _script, _pauses = scripted(batch(ok({"acct": [{"user": "a", "domain": "a.example"}]}), ok({"pops": pops})))
    found = addresses_of(client, ["a"])["a"]
    if addresses is None:
        assert isinstance(found, UnexpectedAnswer)
    else:
        assert [item.address for item in found] == addresses  # type: ignore[union-attr]


@pytest.mark.parametrize("answer", [ok({"pop": []}), ok({})])
def test_addresses_that_are_not_there_are_an_error(answer: Any) -> None:
    client, _script, _pauses = scripted(batch(ok({"acct": [{"user": "a", "domain": "a.example"}]}), answer))
    assert isinstance(addresses_of(client, ["a"])["a"], UnexpectedAnswer)


def test_the_own_mailbox_is_not_left_out_in_silence() -> None:
    client, _script, _pauses = scripted(batch(ok({"acct": [{"user": "a", "domain": "*unknown*"}]}), ok({"pops": []})))
    assert isinstance(addresses_of(client, ["a"])["a"], UnexpectedAnswer)


FORWARDS = [
    ("", []), ([], []), (None, None), ("a@b.example", ["a@b.example"]), ("c@d.example,a@b.example", ["a@b.example", "c@d.example"]),
    (["|/bin/x a,b"], ["|/bin/x a,b"]), ("|/bin/x a,b", ["|/bin/x a,b"]), ({"0": "a@b.example"}, None), ([{"x": 1}], None), (7, None),
]  # fmt: skip


@pytest.mark.parametrize(("forward_to", "destinations"), FORWARDS)
def test_forwards_in_every_form(forward_to: Any, destinations: list[str] | None) -> None:
    client, _script, _pauses = scripted(ok({"forward_to": forward_to}))
    state = read_forwards(client, ["a"])["a"]
    assert isinstance(state, UnexpectedAnswer) if destinations is None else state == {"destinations": destinations}


@pytest.mark.parametrize("data", [None, {}, {"users": None}, {"users": {"a": 1}}, {"users": [1]}])
def test_users_that_are_none_are_not_nobody(data: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        users_of(Answer(data))


def test_a_message_of_which_it_is_not_known_whether_it_is_frozen() -> None:
    rows = [
        {"msgid": "1UotX3-00000002HX0-00Lr", "frozen": "perhaps", "size": "1.5K", "time": "soon"},
        {"frozen": 1},
        {"frozen": None},
    ]
    client, _script, _pauses = scripted(ok({"records": rows}))
    messages = read_queue(client, NOW)
    found = {row["msgid"]: row for row in messages}["1UotX3-00000002HX0-00Lr"]
    assert (found["frozen"], found["size"], found["time"]) == (None, None, None)
    assert sorted(row["frozen"] for row in messages if row is not found) == [False, True]
    assert [text.split(" ")[2] for text in client.warnings] == ["frozen", "size", "time"]
    assert summarise(messages, messages)["frozen"] == 1
    assert found not in select(messages, None, None, False, None)
    assert found not in select(messages, None, None, True, None)


@pytest.mark.parametrize("data", [{"payload": "x"}, {"rows": []}, {"payload": [7]}])
def test_counts_that_are_none_are_not_nobody(data: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        counts_of(Answer(data))
    client, _script, _pauses = scripted(ok(data))
    assert counts_of_senders(client, ["a"], {})[0]["error"].kind == "unexpected_answer"


def test_deliveries_name_what_they_do_not_understand() -> None:
    record = {"type": "success", "user": "a", "sendunixtime": "1799999990", "size": "1653", "spamscore": "5,5", "actionunixtime": "never",
              "transport_is_remote": "maybe", "host": "unknown", "ip": None}  # fmt: skip
    client, _script, _pauses = scripted(ok({"records": [record]}))
    (row,) = search(client, Wanted(Window(1, int(NOW)))).deliveries
    assert (row["size"], row["spam_score"], row["attempted_at"], row["remote"], row["host"]) == (
        1653,
        None,
        None,
        None,
        None,
    )
    assert [text.split(" ")[2] for text in client.warnings] == ["actionunixtime", "spamscore", "transport_is_remote"]


def test_what_a_server_does_not_say_of_itself_is_named() -> None:
    answers = {"version": {"version": 11.138}, "gethostname": {}, "applist": {"app": ["version"]},
               "myprivs": {"privileges": [{"all": "1", "edit-mx": "", "mailcheck": 0, "stats": "sure"}]},
               "is_role_enabled DNS": {"enabled": "1"}, "is_role_enabled MailSend": {"enabled": "on"}}  # fmt: skip
    client, _script, _pauses = scripted()
    item = server_item(client, [Answer(answers.get(name)) for name in NAMES])
    assert item["privileges"] == {"all": True, "edit-mx": False, "mailcheck": False, "stats": None}
    assert (item["roles"]["DNS"], item["roles"]["MailSend"], item["roles"]["SpamFilter"]) == (True, None, None)
    assert item["unavailable"] == {
        "gethostname": "the answer has no hostname",
        "is_role_enabled MailReceive": "the answer has no enabled",
        "is_role_enabled SpamFilter": "the answer has no enabled",
        "get_default_dmarc_record": "the answer holds no record",
    }
    assert item["default_dmarc"] is None
    assert len(client.warnings) == 2
    assert "enabled" in client.warnings[0]
    assert "stats" in client.warnings[1]
