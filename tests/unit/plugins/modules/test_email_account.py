# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.modules import email_account
from ansible_collections.whm.mail.plugins.modules.email_account import ANOTHER, AS_GIVEN
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.common import RESELLER
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by

NEW, INFO, SALES, BOB = (
    "new@alice.example.com",
    "info@alice.example.com",
    "sales+eu@alice.example.com",
    "bob@bob.example.com",
)
SHOP = "orders@alice-shop.example"
PASSWORD, OTHER = "correct horse battery 1", "another horse battery 2"


def box_of(box: Any, address: str) -> Any:
    return next(
        (account.mailboxes[address] for account in box.state.accounts.values() if address in account.mailboxes), None
    )


def state(**fields: Any) -> dict[str, Any]:
    flags = dict.fromkeys(("login_suspended", "incoming_suspended", "outgoing_suspended", "outgoing_held"), False)
    box = {"user": "alice", "state": "present", "quota": 1024, "used": 0, "held_messages": 0, **flags, "ceiling": None}
    return {**box, **fields}


ABSENT = {"user": "alice", **email_account.ABSENT, "ceiling": None}

PLANS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any], list[str]]] = [
    # name, present state, wanted, further options, functions
    ("nothing wanted", state(), {}, {}, []),
    ("made", ABSENT, {"password": PASSWORD}, {}, ["add_pop"]),
    ("made with a hash", ABSENT, {"password_hash": "$6$x"}, {}, ["add_pop"]),
    ("made and held", ABSENT, {"password": PASSWORD, "outgoing_held": True}, {}, ["add_pop", "hold_outgoing"]),
    ("made, with nothing restricted", ABSENT, {"password": PASSWORD, "login_suspended": False}, {}, ["add_pop"]),
    ("the same quota", state(quota=7), {"quota": 7}, {}, []),
    ("another quota", state(quota=7), {"quota": 8}, {}, ["edit_pop_quota"]),
    ("no limit any more", state(quota=7), {"quota": 0}, {}, ["edit_pop_quota"]),
    ("login", state(), {"login_suspended": True}, {}, ["suspend_login"]),
    ("login again", state(login_suspended=True), {"login_suspended": False}, {}, ["unsuspend_login"]),
    ("incoming", state(), {"incoming_suspended": True}, {}, ["suspend_incoming"]),
    ("outgoing", state(outgoing_suspended=True), {"outgoing_suspended": False}, {}, ["unsuspend_outgoing"]),
    ("held", state(outgoing_held=True), {"outgoing_held": False}, {}, ["release_outgoing"]),
    ("held and its messages", state(outgoing_held=True, held_messages=3), {"outgoing_held": False},
     {"delete_held_messages": True, "allow_data_loss": True}, ["delete_held_messages", "release_outgoing"]),
    ("no messages to delete", state(), {}, {"delete_held_messages": True, "allow_data_loss": True}, []),
    ("a password that exists stays", state(), {"password": PASSWORD}, {}, []),
    ("another password", state(password=ANOTHER), {"password": PASSWORD}, {"update_password": "always"}, ["passwd_pop"]),
    ("the same password", state(password=AS_GIVEN), {"password": PASSWORD}, {"update_password": "always"}, []),
    ("a hash is for new ones", state(), {"password_hash": "$6$x"}, {"update_password": "always"}, []),
    ("gone", ABSENT, {}, {"state": "absent"}, []),
    ("to go", state(), {}, {"state": "absent"}, ["delete_pop"]),
    ("to go with its mail", state(used=5), {}, {"state": "absent", "allow_data_loss": True}, ["delete_pop"]),
]  # fmt: skip


def options(**given: Any) -> dict[str, Any]:
    defaults = {
        "state": "present",
        "update_password": "on_create",
        "allow_data_loss": False,
        "delete_held_messages": False,
    }
    return {**defaults, **given}


@pytest.mark.parametrize(
    ("current", "wanted", "more", "functions"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS]
)
def test_plan(current: dict[str, Any], wanted: dict[str, Any], more: dict[str, Any], functions: list[str]) -> None:
    plan = email_account.plan({NEW: current}, {"wanted": {NEW: wanted}, **options(**more)})
    assert [step.call.params["cpanel.function"] for step in plan.steps] == functions
    assert {step.call.params["cpanel.user"] for step in plan.steps} <= {"alice"}
    assert PASSWORD not in repr(plan)
    assert plan.changed is bool(functions)


def test_the_domain_is_always_named() -> None:
    """Without it these functions take the account's main one."""
    for current, more in ((ABSENT, {}), (state(quota=7, password=ANOTHER), {}), (state(), {"state": "absent"})):
        wanted = {"password": PASSWORD, "quota": 8}
        plan = email_account.plan({SHOP: current}, {"wanted": {SHOP: wanted}, **options(**more)})
        named = [
            step.call.params
            for step in plan.steps
            if step.call.params["cpanel.function"] in ("add_pop", "delete_pop", "passwd_pop", "edit_pop_quota")
        ]
        assert named
        assert {(params["email"], params["domain"]) for params in named} == {("orders", "alice-shop.example")}


def test_made_then_again_then_changed_then_gone(run: Any, box: Any) -> None:
    given = {"email_accounts": [
        {"address": "New@Alice.example.com", "password": PASSWORD, "quota": 5},
        {"address": SHOP.replace("orders", "more"), "password": PASSWORD, "quota": 0, "outgoing_held": True},
    ]}  # fmt: skip
    predicted = run("email_account", check_mode=True, **given)
    assert not box.log.writes()
    done = run("email_account", **given)
    assert "failed" not in done, done
    assert done["email_accounts"] == predicted["email_accounts"]
    assert done["email_accounts"][0] == {
        "address": NEW, "user": "alice", "state": "present", "quota": 5, "used": 0, "held_messages": 0, "login_suspended": False,
        "incoming_suspended": False, "outgoing_suspended": False, "outgoing_held": False, "changed": True,
    }  # fmt: skip
    assert done["email_accounts"][1]["outgoing_held"] is True
    assert (box_of(box, NEW).quota, box_of(box, NEW).password) == (5 * 2**20, PASSWORD)
    again = run("email_account", **given)
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    changed = run("email_account", addresses=[NEW], quota=6, login_suspended=True)
    assert changed["diff"] == {
        "before": {NEW: {"login_suspended": False, "quota": 5}}, "after": {NEW: {"login_suspended": True, "quota": 6}},
    }  # fmt: skip
    gone = run("email_account", addresses=[NEW], state="absent")
    assert [(row["state"], row["changed"]) for row in gone["email_accounts"]] == [("absent", True)]
    assert box_of(box, NEW) is None
    assert run("email_account", addresses=[NEW], state="absent")["changed"] is False


def test_passwords(run: Any, box: Any) -> None:
    box.patch({"accounts": {"alice": {"mailboxes": {"info": {"password": OTHER}}}}})
    assert run("email_account", address=INFO, password=PASSWORD)["changed"] is False
    assert box_of(box, INFO).password == OTHER
    done = run("email_account", address=INFO, password=PASSWORD, update_password="always")
    assert done["changed"] is True
    assert done["diff"] == {"before": {INFO: {"password": ANOTHER}}, "after": {INFO: {"password": AS_GIVEN}}}
    assert "password" not in done["email_accounts"][0]
    assert box_of(box, INFO).password == PASSWORD
    assert run("email_account", address=INFO, password=PASSWORD, update_password="always")["changed"] is False
    assert PASSWORD not in str(done)


def test_a_weak_password_gives_the_servers_reason(run: Any, box: Any) -> None:
    result = run(
        "email_account",
        email_accounts=[
            {"address": NEW, "password": "abcdef"},
            {"address": "b@alice.example.com", "password": PASSWORD},
        ],
    )
    assert "too weak and would be too easy to guess" in result["msg"]
    assert result["progress"] == {"done": ["b@alice.example.com"], "failed": [NEW], "not_tried": []}
    assert box_of(box, NEW) is None


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"addresses": [NEW]}, f"{NEW} does not exist yet, and no password is given"),
    ({"addresses": [INFO], "state": "absent"}, f"{INFO} holds 90266 bytes; set allow_data_loss: true"),
    ({"addresses": [SALES], "state": "absent"}, "3 held messages; set allow_data_loss: true"),
    (
        {"addresses": [INFO], "quota": 600},
        "quota: 600 MiB for info@alice.example.com is more than 500 MiB, the most that its account alice allows",
    ),
    ({"addresses": [INFO], "quota": 0}, "quota: unlimited for info@alice.example.com is more than 500 MiB"),
]


@pytest.mark.parametrize(("given", "text"), REFUSED)
@pytest.mark.parametrize("check_mode", [False, True])
def test_nothing_is_changed_where_one_mailbox_may_not_be(
    run: Any, box: Any, given: dict[str, Any], text: str, check_mode: bool
) -> None:
    box.patch({"accounts": {"alice": {"max_emailacct_quota": 500, "mailboxes": {"info": {"quota": 100 * 2**20}}}}})
    result = run("email_account", check_mode, **given)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert not box.log.writes()


def test_mail_goes_with_a_mailbox_when_that_is_allowed(run: Any, box: Any) -> None:
    result = run("email_account", addresses=[SALES], state="absent", allow_data_loss=True)
    assert result["changed"] is True
    assert box_of(box, SALES) is None
    assert SALES not in box.state.hold_list


def test_held_messages_are_deleted_before_they_are_released(run: Any, box: Any) -> None:
    result = run(
        "email_account", addresses=[SALES], outgoing_held=False, delete_held_messages=True, allow_data_loss=True
    )
    assert (result["email_accounts"][0]["held_messages"], result["email_accounts"][0]["outgoing_held"]) == (0, False)


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"addresses": ["info"]}, "addresses: info is not an address"),
    (
        {"email_accounts": [{"address": NEW, "password": "a", "password_hash": "b"}]},
        f"{NEW} has a password and a password_hash",
    ),
    ({"addresses": [NEW], "password": ""}, f"the password of {NEW} is empty"),
    ({"addresses": [NEW], "quota": -1}, f"quota: -1 of {NEW} is no number of MiB"),
    ({"addresses": [NEW], "delete_held_messages": True}, "set allow_data_loss: true as well"),
    (
        {"email_accounts": [{"address": NEW, "quota": 1}, {"address": NEW.upper(), "quota": 2}]},
        "stands twice with different options",
    ),
]


@pytest.mark.parametrize(("given", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(
    run_https: Any, box: Any, given: dict[str, Any], text: str
) -> None:
    result = run_https("email_account", **given)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_hundreds_of_mailboxes_of_many_accounts_cost_a_handful_of_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 50, "prefix": "user"}})
    rows = [
        {"address": f"box{number}@user{number % 50 + 1}.example.com", "password": PASSWORD, "quota": 10}
        for number in range(200)
    ]
    box.log.clear()
    done = run_https("email_account", email_accounts=rows)
    assert {row["changed"] for row in done["email_accounts"]} == {True}
    assert len(box.log.writes()) == 2
    assert len(box.log) <= 12
    box.log.clear()
    assert run_https("email_account", email_accounts=rows)["changed"] is False
    assert len(box.log) <= 2 + math.ceil(200 / 100) + 1


def test_one_that_fails_does_not_stop_the_others(run: Any, box: Any) -> None:
    rows = [{"address": address, "password": PASSWORD} for address in (NEW, "x@nosuch.example", "y@bob.example.com")]
    result = run("email_account", email_accounts=rows)
    assert result["progress"] == {"done": [NEW, "y@bob.example.com"], "failed": ["x@nosuch.example"], "not_tried": []}
    left_out = run("email_account", email_accounts=rows, ignore_missing=True)
    assert ("failed" not in left_out, left_out["missing"]) == (True, ["x@nosuch.example"])


@pytest.mark.parametrize("kind", ["reset_after", "close_after", "status_500_after", "empty", "truncated_json"])
@pytest.mark.parametrize("addresses", [[NEW], [NEW, "c@alice.example.com"]])
def test_a_lost_answer_is_settled_by_looking(run_https: Any, box: Any, kind: str, addresses: list[str]) -> None:
    """A second add_pop would fail with "already exists"."""
    box.faults.add(Fault(kind, function="add_pop"))
    box.faults.add(Fault(kind, function="Email::add_pop"))
    result = run_https("email_account", addresses=addresses, password=PASSWORD)
    assert "failed" not in result, result
    assert all(row["changed"] for row in result["email_accounts"])
    assert len(box.log.writes()) == 1


def test_a_reseller_manages_its_own(run_https: Any, box: Any) -> None:
    rows = [{"address": address, "password": PASSWORD} for address in ("x@carol.example.net", NEW)]
    result = run_https("email_account", email_accounts=rows, **RESELLER)
    assert result["progress"] == {"done": ["x@carol.example.net"], "failed": [NEW], "not_tried": []}


def test_a_mailbox_of_an_addon_domain_is_its_own(run: Any, box: Any) -> None:
    done = run("email_account", address="info@alice-shop.example", password=PASSWORD)
    assert by("address", done["email_accounts"])["info@alice-shop.example"]["user"] == "alice"
    assert box_of(box, INFO).password == ""
