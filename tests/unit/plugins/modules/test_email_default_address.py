# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.email_default_addresses import default_address, of_accounts
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError
from ansible_collections.whm.mail.plugins.modules import email_default_address
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.handlers_email_forwarders import DEFAULTS, NO_PERSON
from ansible_collections.whm.mail.tests.subjects.common import ALICE, BOB, RESELLER, WEAK

SHOP, CAROL = WEAK, "carol.example.net"
OPS = "ops@example.org"
THERE = "No Such User Here"


def row(action: str, destination: str | None = None, message: str | None = None) -> dict[str, Any]:
    return {"user": "alice", "action": action, "destination": destination, "message": message}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("alice", row("account")),
        ('":fail: No Such User Here"', row("fail", message=THERE)),
        (":fail: No Such User Here", row("fail", message=THERE)),
        (":fail:", row("fail", message="")),
        (":blackhole:", row("blackhole")),
        ("Ops@EXAMPLE.org", row("forward", "Ops@example.org")),
        ("|/home/alice/bin/x.pl", row("other", "|/home/alice/bin/x.pl")),
        ('"|/home/alice/bin/x.pl -a"', row("other", "|/home/alice/bin/x.pl -a")),
        ("bob", row("other", "bob")),
        ("a@b.example,c@d.example", row("other", "a@b.example,c@d.example")),
    ],
)
def test_what_the_servers_text_means(value: str, expected: dict[str, Any]) -> None:
    assert default_address("alice", value) == expected


PLANS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, Any] | None]] = [
    # name, present state, options, what is sent
    ("to the account", row("account"), {"action": "account"}, None),
    ("to the account again", row("forward", OPS), {"action": "account"}, {"fwdopt": "fwd", "fwdemail": "alice"}),
    ("forwarded", row("account"), {"action": "forward", "destination": OPS}, {"fwdopt": "fwd", "fwdemail": OPS}),
    ("forwarded so already", row("forward", OPS), {"action": "forward", "destination": OPS}, None),
    ("refused", row("account"), {"action": "fail"}, {"fwdopt": "fail"}),
    ("refused, its text stays", row("fail", message=THERE), {"action": "fail"}, None),
    ("another text", row("fail", message=THERE), {"action": "fail", "message": "Gone"}, {"fwdopt": "fail", "failmsgs": "Gone"}),
    ("the same text", row("fail", message="Gone"), {"action": "fail", "message": "Gone"}, None),
    ("dropped", row("other", "|x"), {"action": "blackhole"}, {"fwdopt": "blackhole"}),
    ("dropped already", row("blackhole"), {"action": "blackhole"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("current", "given", "sent"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], given: dict[str, Any], sent: dict[str, Any] | None) -> None:
    """The domain is always named: without it the account's main one would be changed."""
    plan = email_default_address.plan({SHOP: current}, {"destination": None, "message": None, **given})
    calls = [
        {name: value for name, value in step.call.params.items() if not name.startswith("cpanel.")}
        for step in plan.steps
    ]
    assert calls == ([] if sent is None else [{"domain": SHOP, **sent}])
    assert plan.after[SHOP]["action"] == given["action"]


def test_set_then_again_then_otherwise(run: Any, box: Any) -> None:
    given = {"domains": [ALICE, BOB, CAROL], "action": "fail", "fail_message": "Not here"}
    predicted = run("email_default_address", check_mode=True, **given)
    assert not box.log.writes()
    done = run("email_default_address", **given)
    assert "failed" not in done, done
    assert (done["domains"], done["diff"]) == (predicted["domains"], predicted["diff"])
    assert done["domains"][0] == {
        "domain": ALICE, "user": "alice", "action": "fail", "destination": None, "message": "Not here", "changed": True,
    }  # fmt: skip
    assert done["diff"]["before"][CAROL] == {
        "action": "other",
        "destination": "|/home/carol/bin/any.pl",
        "message": None,
    }
    assert box.state.areas[DEFAULTS][ALICE] == '":fail: Not here"'
    assert box.state.areas[DEFAULTS][SHOP] == f'":fail: {THERE}"'
    again = run("email_default_address", **given)
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    to_ops = {"domain": ALICE, "action": "forward", "destination": "ops@EXAMPLE.org"}
    assert run("email_default_address", **to_ops)["domains"][0]["destination"] == OPS
    assert run("email_default_address", **to_ops)["changed"] is False
    back = run("email_default_address", domains=[ALICE, BOB], action="account")
    assert [row["action"] for row in back["domains"]] == ["account", "account"]
    assert (box.state.areas[DEFAULTS][ALICE], box.state.areas[DEFAULTS][BOB]) == ("alice", "bob")


def test_without_a_message_the_servers_text_stays_or_is_taken(run: Any, box: Any) -> None:
    foretold = run("email_default_address", check_mode=True, domains=[SHOP, ALICE], action="fail")
    assert [row["message"] for row in foretold["domains"]] == [THERE, None]
    done = run("email_default_address", domains=[SHOP, ALICE], action="fail")
    assert [(row["message"], row["changed"]) for row in done["domains"]] == [(THERE, False), (NO_PERSON, True)]
    assert run("email_default_address", domains=[SHOP, ALICE], action="fail")["changed"] is False


def test_message_is_understood_though_no_option_may_be_called_so(run: Any, box: Any) -> None:
    done = run("email_default_address", domains=[ALICE], action="fail", message="Gone")
    assert done["domains"][0]["message"] == "Gone"
    both = run("email_default_address", domains=[ALICE], action="fail", message="Gone", fail_message="Left")
    assert both["domains"][0]["message"] == "Left"


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"domains": ["alice"], "action": "fail"}, "domains: alice is not a domain"),
    ({"domains": [ALICE], "action": "forward"}, "destination is missing; give the address"),
    ({"domains": [ALICE], "action": "fail", "destination": OPS}, "destination is not used by action: fail"),
    ({"domains": [ALICE], "action": "forward", "destination": "alice"}, "destination: alice is not an address"),
    ({"domains": [ALICE], "action": "account", "fail_message": "x"}, "fail_message is not used by action: account"),
    ({"domains": [ALICE], "action": "fail", "fail_message": " "}, "fail_message is empty; give a text"),
    ({"domains": [ALICE], "action": "fail", "fail_message": 'the "boss"'}, "has a quotation mark"),
    ({"domains": [ALICE], "action": "fail", "fail_message": "a\nb"}, "has several lines"),
]


@pytest.mark.parametrize(("given", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(
    run_https: Any, box: Any, given: dict[str, Any], text: str
) -> None:
    result = run_https("email_default_address", **given)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_domains_of_many_accounts_cost_a_handful_of_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 150, "prefix": "user"}})
    domains = [f"user{number}.example.com" for number in range(1, 151)]
    box.log.clear()
    done = run_https("email_default_address", domains=domains, action="fail")
    assert {row["changed"] for row in done["domains"]} == {True}
    assert len(box.log.writes()) == 2
    box.log.clear()
    assert run_https("email_default_address", domains=domains, action="fail")["changed"] is False
    assert len(box.log) <= 2 * math.ceil(150 / 100) + 1


def test_one_that_fails_does_not_stop_the_others(run: Any, box: Any) -> None:
    result = run("email_default_address", domains=[ALICE, "nosuch.example", BOB], action="blackhole")
    assert result["progress"] == {"done": [ALICE, BOB], "failed": ["nosuch.example"], "not_tried": []}
    left_out = run("email_default_address", domains=[ALICE, "nosuch.example"], action="blackhole", ignore_missing=True)
    assert ("failed" not in left_out, left_out["missing"]) == (True, ["nosuch.example"])


def test_a_domain_that_the_answer_leaves_out_is_an_error(run_https: Any, box: Any, monkeypatch: Any) -> None:
    """Shown as if nothing was known of it, and nothing is written."""
    monkeypatch.setattr(type(box.state.accounts["alice"]), "domains", property(lambda account: [account.domain]))
    result = run_https("email_default_address", domains=[SHOP], action="fail")
    assert result["error"]["kind"] == "unexpected_answer"
    assert f"the answer about alice does not mention {SHOP}" in result["msg"]
    assert not box.log.writes()


@pytest.mark.parametrize("kind", ["reset_after", "close_after", "status_500_after", "empty", "truncated_json"])
def test_a_lost_answer_is_settled_by_looking(run_https: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind, function="Email::set_default_address"))
    result = run_https("email_default_address", domains=[ALICE], action="fail")
    assert "failed" not in result, result
    assert result["domains"][0]["message"] == NO_PERSON


def test_a_reseller_manages_its_own(run_https: Any, box: Any) -> None:
    result = run_https("email_default_address", domains=[CAROL, ALICE], action="fail", **RESELLER)
    assert result["progress"] == {"done": [CAROL], "failed": [ALICE], "not_tried": []}


def test_all_default_addresses_of_accounts(run_https: Any) -> None:
    found: dict[str, Any] = {}

    def read(client: Any, params: Any) -> dict[str, Any]:
        found.update(of_accounts(client, ["alice", "nosuch"]))
        return {}

    run_https.run(InfoModule(read=read, options={}))
    assert isinstance(found["nosuch"], WhmError)
    assert found["alice"] == [
        {"domain": SHOP, **row("fail", message=THERE)},
        {"domain": ALICE, **row("account")},
    ]
