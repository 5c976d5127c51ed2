# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Told, Verdict
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.modules import manual_mx
from ansible_collections.whm.mail.tests.simulator import Fault

ALICE, BOB = "alice.example.com", "bob.example.com"
HOST, OLD = "mail.example.net", "old.example.org"
SET, UNSET = "set_manual_mx_redirects", "unset_manual_mx_redirects"

PLANS = [
    # domain to host, expected calls
    ({}, []),
    ({ALICE: HOST}, [(SET, {"domain": ALICE, "mx_host": HOST})]),
    ({ALICE: None}, [(UNSET, {"domain": ALICE})]),
    ({ALICE: HOST, BOB: OLD}, [(SET, {"domain": ALICE, "mx_host": HOST}), (SET, {"domain": BOB, "mx_host": OLD})]),
]  # fmt: skip


@pytest.mark.parametrize(("hosts", "calls"), PLANS)
def test_plan_asks_for_every_domain(hosts: dict[str, Any], calls: list[Any]) -> None:
    """Each domain once: none may be left out, because nobody knows what it has."""
    plan = manual_mx.plan(manual_mx.read(None, {"hosts": hosts}), {"hosts": hosts})  # type: ignore[arg-type, dict-item]
    assert [(step.call.function, dict(step.call.params)) for step in plan.steps] == calls
    assert all(isinstance(step.effect, Told) for step in plan.steps)
    assert plan.after == {domain: {"mx_host": host} for domain, host in hosts.items()}


SAYS = Verdict(remarks=(f"the answer does not tell where the mail of {ALICE} went before, so it counts as changed",))
ANSWERS = [
    ({ALICE: HOST}, Verdict(former={"mx_host": HOST})),
    ({ALICE: "Mail.Example.NET."}, Verdict(former={"mx_host": HOST})),
    ({"ALICE.example.com": None}, Verdict(former={"mx_host": None})),
    ({ALICE: ""}, Verdict(former={"mx_host": None})),
    ({ALICE: "2001:DB8::0:1"}, Verdict(former={"mx_host": "2001:db8::1"})),
    ({ALICE: 0}, SAYS),
    ({ALICE: [HOST]}, SAYS),
    ({BOB: HOST}, SAYS),
    ({}, SAYS),
    ([], SAYS),
    (None, SAYS),
    ("?", SAYS),
]


@pytest.mark.parametrize(("payload", "verdict"), ANSWERS, ids=str)
def test_the_answer_tells_what_was_there(payload: Any, verdict: Verdict) -> None:
    assert manual_mx.verdict(ALICE, Answer({"payload": payload})) == verdict


def redirects(box: Any) -> dict[str, str]:
    found: dict[str, str] = box.state.areas["manual_mx"]
    return found


def test_the_answer_decides_what_was_changed(run: Any, box: Any) -> None:
    box.patch({"manual_mx": {ALICE: HOST, BOB: OLD}})
    options = {"domains": [ALICE, BOB, "Elsewhere.example."], "mx_host": "Mail.Example.NET."}
    result = run("manual_mx", **options)
    assert result == {
        "changed": True,
        "redirects": [
            {"domain": ALICE, "mx_host": HOST, "previous": HOST, "changed": False},
            {"domain": BOB, "mx_host": HOST, "previous": OLD, "changed": True},
            {"domain": "elsewhere.example", "mx_host": HOST, "previous": None, "changed": True},
        ],
        "diff": {
            "before": {BOB: {"mx_host": OLD}, "elsewhere.example": {"mx_host": None}},
            "after": {BOB: {"mx_host": HOST}, "elsewhere.example": {"mx_host": HOST}},
        },
        "missing": [],
    }
    assert redirects(box) == dict.fromkeys((ALICE, BOB, "elsewhere.example"), HOST)
    assert len(box.log) == 1, "three domains in one request, and nothing is read"
    again = run("manual_mx", **options)
    assert again["changed"] is False
    assert [row["previous"] for row in again["redirects"]] == [HOST] * 3
    assert again["diff"] == {"before": {}, "after": {}}


def test_a_redirect_is_removed_once(run: Any, box: Any) -> None:
    box.patch({"manual_mx": {ALICE: OLD}})
    options = {"domains": [ALICE, BOB], "state": "absent"}
    result = run("manual_mx", **options)
    assert result["redirects"] == [
        {"domain": ALICE, "mx_host": None, "previous": OLD, "changed": True},
        {"domain": BOB, "mx_host": None, "previous": None, "changed": False},
    ]
    assert result["diff"] == {"before": {ALICE: {"mx_host": OLD}}, "after": {ALICE: {"mx_host": None}}}
    assert redirects(box) == {}
    assert run("manual_mx", **options)["changed"] is False


@pytest.mark.parametrize("options", [{"mx_host": HOST}, {"state": "absent"}], ids=str)
def test_check_mode_says_that_it_does_not_know(run: Any, box: Any, options: dict[str, Any]) -> None:
    box.patch({"manual_mx": {ALICE: HOST}})
    result = run("manual_mx", True, domains=[ALICE, BOB], **options)
    host = options.get("mx_host")
    assert result["redirects"] == [{"domain": domain, "mx_host": host, "changed": True} for domain in (ALICE, BOB)]
    assert result["diff"] == {
        "before": {key: {"mx_host": "not known"} for key in (ALICE, BOB)},
        "after": {key: {"mx_host": host} for key in (ALICE, BOB)},
    }
    (warning,) = result["warnings"]
    assert "no function tells which of the 2 items in question are as wanted already" in warning
    assert len(box.log) == 0


LOST = ["reset_after", "status_500_after", "empty", "truncated_json"]


@pytest.mark.parametrize("kind", LOST)
@pytest.mark.parametrize("domains", [[ALICE], [ALICE, BOB]], ids=["single", "batch"])
def test_the_second_answer_does_not_pass_for_the_first(run_https: Any, box: Any, kind: str, domains: list[str]) -> None:
    """The call was carried out, its answer was lost, and the next one says that it was so already."""
    box.faults.add(Fault(kind, function=SET))
    result = run_https("manual_mx", domains=domains, mx_host=HOST)
    assert "failed" not in result
    assert result["redirects"] == [{"domain": domain, "mx_host": HOST, "changed": True} for domain in domains]
    assert len(box.log.writes()) == 2


def test_a_second_answer_that_tells_another_host_tells_that_the_first_call_never_came(run_https: Any, box: Any) -> None:
    box.patch({"manual_mx": {ALICE: OLD}})
    box.faults.add(Fault("reset_before", function=SET))
    result = run_https("manual_mx", domain=ALICE, mx_host=HOST)
    assert result["redirects"] == [{"domain": ALICE, "mx_host": HOST, "previous": OLD, "changed": True}]


def test_a_lost_answer_to_a_removal(run_https: Any, box: Any) -> None:
    box.patch({"manual_mx": {ALICE: OLD}})
    box.faults.add(Fault("reset_after", function=UNSET))
    result = run_https("manual_mx", domain=ALICE, state="absent")
    assert result["redirects"] == [{"domain": ALICE, "mx_host": None, "changed": True}]


def test_a_domain_that_the_server_refuses_fails_by_itself(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("manual_mx", domains=[ALICE, "carol.example.net"], mx_host=HOST, **login)
    alice, carol = result["redirects"]
    assert alice["error"]["kind"] == "permission"
    assert (alice["mx_host"], alice["changed"], "previous" in alice) == (None, False, False)
    assert carol == {"domain": "carol.example.net", "mx_host": HOST, "previous": None, "changed": True}
    assert result["progress"] == {"done": ["carol.example.net"], "failed": [ALICE], "not_tried": []}


def test_only_the_server_that_has_the_domain_redirects_it(run_https: Any, box: Any) -> None:
    result = run_https("manual_mx", domains=["elsewhere.example", ALICE], mx_host=HOST, ignore_missing=True)
    assert result["missing"] == ["elsewhere.example"]
    assert redirects(box) == {ALICE: HOST}


def test_domains_with_hosts_of_their_own(run_https: Any, box: Any) -> None:
    rows = [{"domain": ALICE, "mx_host": "192.0.2.25"}, {"domain": BOB, "mx_host": "2001:DB8:0::1"}]
    result = run_https("manual_mx", redirects=rows)
    assert [row["mx_host"] for row in result["redirects"]] == ["192.0.2.25", "2001:db8::1"]
    assert redirects(box) == {ALICE: "192.0.2.25", BOB: "2001:db8::1"}


@pytest.mark.parametrize("function", [SET, UNSET])
def test_an_old_server_is_named(run: Any, box: Any, function: str) -> None:
    box.patch({"missing_functions": [function]})
    options = {"mx_host": HOST} if function == SET else {"state": "absent"}
    result = run("manual_mx", domains=[ALICE, BOB], **options)
    assert result["error"]["kind"] == "unsupported"
    assert function in result["msg"]


def test_a_thousand_domains_take_a_request_for_each_hundred(run_https: Any, box: Any) -> None:
    domains = [f"d{number}.example" for number in range(1000)]
    result = run_https("manual_mx", domains=domains, mx_host=HOST)
    assert [row["domain"] for row in result["redirects"] if row["changed"]] == domains
    assert len(box.log) == 10


BAD = [
    ({"domains": [ALICE]}, "mx_host is missing: say where the mail of domains goes, or give state: absent"),
    ({"domains": [ALICE], "mx_host": HOST, "state": "absent"}, "mx_host: state: absent takes domains alone"),
    ({"redirects": [{"domain": ALICE, "mx_host": HOST}], "state": "absent"}, "redirects: state: absent takes domains alone"),
    ({"domains": ["alice"], "mx_host": HOST}, "domains: alice is not a domain"),
    ({"redirects": [{"domain": ALICE, "mx_host": HOST}, {"domain": ALICE.upper(), "mx_host": OLD}]},
     f"redirects: {ALICE} stands twice with different hosts"),
    *[({"domains": [ALICE], "mx_host": host}, f"mx_host: {shown} is neither a host name")
      for host, shown in (("mail", "mail"), ("", "an empty value"), ("192.0.2.256", "192.0.2.256"), ("a b.example", "a b.example"),
                          ("1.2", "1.2"), ("info@b.example", "info@b.example"), ("mail.example.net:25", "mail.example.net:25"))],
]  # fmt: skip


@pytest.mark.parametrize(("options", "text"), BAD)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("manual_mx", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0
