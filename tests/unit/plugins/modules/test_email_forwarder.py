# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.email_forwarders import normal_destination, of_accounts
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Lists
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, WhmError
from ansible_collections.whm.mail.plugins.modules import email_forwarder
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.handlers_email_forwarders import FORWARDERS
from ansible_collections.whm.mail.tests.subjects.common import RESELLER

INFO, GONE, NEW, ALL = (
    "info@alice.example.com",
    "gone@alice.example.com",
    "new@alice.example.com",
    "all@bob.example.com",
)
OPS, ANN = "ops@example.org", "ann@example.org"
PROGRAM = "|/home/alice/bin/sort.pl"
FAILS = ":fail: Gone since May"


def kept(box: Any, address: str) -> list[str]:
    return list(box.state.areas[FORWARDERS].get(address, []))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        (" Ops@EXAMPLE.org ", "Ops@example.org"),
        ('":fail: No Such User Here"', ":fail: No Such User Here"),
        (":fail:No Such User Here", ":fail: No Such User Here"),
        (":fail:", ":fail:"),
        ('":fail: write to Ann@EXAMPLE.org"', ":fail: write to Ann@EXAMPLE.org"),
        ('"|/home/alice/bin/Sort.pl --to A@B.example"', "|/home/alice/bin/Sort.pl --to A@B.example"),
        (":blackhole:", ":blackhole:"),
        ("Alice", "Alice"),
        ('"', '"'),
        ('""', ""),
    ],
)
def test_two_spellings_are_one_destination(text: str, normal: str) -> None:
    assert normal_destination(text) == normal
    assert normal_destination(normal) == normal


def state(*destinations: str) -> dict[str, Any]:
    listed: dict[str, list[tuple[str, str]]] = {}
    for text in destinations:
        listed.setdefault(normal_destination(text), []).append((NEW, text))
    return {"user": "alice", "destinations": sorted(listed), "listed": listed}


def sent(step: Any) -> str:
    names = ("cpanel.function", "fwdopt", "fwdemail", "fwdsystem", "failmsgs", "pipefwd", "forwarder")
    return " ".join(step.call.params[name] for name in names if name in step.call.params)


PLANS: list[tuple[str, dict[str, Any], list[str] | None, dict[str, Any], list[str]]] = [
    # name, present state, wanted, further options, calls
    ("as wanted", state(OPS), [OPS], {}, []),
    ("another spelling", state("ops@EXAMPLE.org"), [OPS], {}, []),
    ("nothing wanted", state(OPS), [], {}, []),
    ("one is added, others stay", state(OPS, PROGRAM), [ANN, OPS], {}, [f"add_forwarder fwd {ANN}"]),
    ("each form", state(), [":blackhole:", ":fail: Gone, for good", "alice", "|bin/x -a"], {},
     ["add_forwarder blackhole", "add_forwarder fail Gone, for good", "add_forwarder system alice", "add_forwarder pipe bin/x -a"]),
    ("exactly", state(OPS, PROGRAM), [ANN], {"exclusive": True},
     [f"add_forwarder fwd {ANN}", f"delete_forwarder {OPS}", f"delete_forwarder {PROGRAM}"]),
    ("exactly, and it is so", state('":fail: Gone"', PROGRAM), [":fail: Gone", PROGRAM], {"exclusive": True}, []),
    ("as it is listed", state('":fail: Gone"', "a@B.example"), [OPS], {"exclusive": True},
     [f"add_forwarder fwd {OPS}", 'delete_forwarder ":fail: Gone"', "delete_forwarder a@B.example"]),
    ("what cannot be added is kept", state("/dev/null"), ["/dev/null"], {"exclusive": True}, []),
    ("all go", state(OPS, PROGRAM), None, {"state": "absent"}, [f"delete_forwarder {OPS}", f"delete_forwarder {PROGRAM}"]),
    ("only these go", state(OPS, PROGRAM), [ANN, OPS], {"state": "absent"}, [f"delete_forwarder {OPS}"]),
    ("none of none go", state(OPS), [], {"state": "absent"}, []),
    ("both spellings go", state("a@B.example", "a@b.example"), None, {"state": "absent"},
     ["delete_forwarder a@B.example", "delete_forwarder a@b.example"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("current", "wanted", "more", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS]
)
def test_plan(current: dict[str, Any], wanted: list[str] | None, more: dict[str, Any], calls: list[str]) -> None:
    plan = email_forwarder.plan(
        {NEW: current}, {"wanted": {NEW: wanted}, "state": "present", "exclusive": False, **more}
    )
    assert [sent(step) for step in plan.steps] == calls
    assert {step.call.params["cpanel.user"] for step in plan.steps} <= {"alice"}
    after = plan.after[NEW]["destinations"]
    if more.get("state") == "absent":
        assert not set(after) & set(current["destinations"] if wanted is None else wanted)
    else:
        assert after == wanted if more.get("exclusive") else set(after) >= set(wanted or ())


def test_what_no_function_adds_is_refused_before_anything_is_sent() -> None:
    params = {"wanted": {NEW: ["/dev/null"]}, "state": "present", "exclusive": False}
    with pytest.raises(
        InvalidInput, match=r"no function adds /dev/null of new@alice\.example\.com; what can be added is"
    ):
        email_forwarder.plan({NEW: state()}, params)


def test_an_effect_on_a_list_says_nothing_of_its_other_values() -> None:
    effect = Lists("x", gets=("a",), loses=("b",))
    assert [effect.shows_in({"x": value}) for value in (["a"], ["a", "c"], ["a", "b"], ["c"], None)] == [
        True, True, False, False, False,
    ]  # fmt: skip
    assert effect.laid_over({"x": ["c", "b"]}) == {"x": ["a", "c"]}
    assert effect.laid_over({"x": None}) == {"x": None}
    assert effect.fields == {"x": "with a, without b"}


def test_added_then_again_then_exact_then_gone(run: Any, box: Any) -> None:
    given = {"forwarders": [
        {"address": "New@Alice.Example.com", "destinations": ["Ann@EXAMPLE.org", ":fail: Not here", ":blackhole:", "alice"]},
        {"address": INFO, "destinations": ["ops@EXAMPLE.org", ANN]},
        {"address": ALL, "destinations": ["carol@example.net"]},
    ]}  # fmt: skip
    predicted = run("email_forwarder", check_mode=True, **given)
    assert not box.log.writes()
    done = run("email_forwarder", **given)
    assert "failed" not in done, done
    assert (done["forwarders"], done["diff"]) == (predicted["forwarders"], predicted["diff"])
    assert done["forwarders"] == [
        {"address": NEW, "user": "alice", "destinations": [":blackhole:", ":fail: Not here", "Ann@example.org", "alice"], "changed": True},
        {"address": INFO, "user": "alice", "destinations": [ANN, OPS, PROGRAM], "changed": True},
        {"address": ALL, "user": "bob", "destinations": ["bob@example.org", "carol@example.net"], "changed": False},
    ]  # fmt: skip
    assert done["diff"]["before"] == {NEW: {"destinations": []}, INFO: {"destinations": [OPS, PROGRAM]}}
    assert kept(box, INFO) == [OPS, PROGRAM, ANN]
    again = run("email_forwarder", **given)
    assert (again["changed"], again["diff"]) == (False, {"before": {}, "after": {}})
    exact = run("email_forwarder", addresses=[NEW, INFO], destinations=[ANN], exclusive=True)
    assert [row["destinations"] for row in exact["forwarders"]] == [[ANN], [ANN]]
    assert (kept(box, NEW), kept(box, INFO)) == ([ANN], [ANN])
    assert run("email_forwarder", addresses=[NEW, INFO], destinations=[ANN], exclusive=True)["changed"] is False
    gone = run("email_forwarder", addresses=[NEW, INFO], state="absent")
    assert [(row["destinations"], row["changed"]) for row in gone["forwarders"]] == [([], True), ([], True)]
    assert kept(box, ALL) == ["bob@example.org", "carol@EXAMPLE.net"]
    assert run("email_forwarder", address=NEW, state="absent")["changed"] is False


def test_pipes_and_refusals_are_kept_as_they_are(run: Any, box: Any) -> None:
    box.patch(
        {FORWARDERS: {GONE: ['":fail: Gone since May"', '"|/home/alice/bin/x.pl -a, b"', "/home/alice/mail.txt"]}}
    )
    before = kept(box, GONE)
    result = run("email_forwarder", address=GONE, destination=FAILS)
    assert (result["changed"], kept(box, GONE)) == (False, before)
    every = [FAILS, "|/home/alice/bin/x.pl -a, b", "/home/alice/mail.txt"]
    result = run("email_forwarder", address=GONE, destinations=every, exclusive=True)
    assert (result["changed"], kept(box, GONE)) == (False, before)
    run("email_forwarder", address=GONE, destinations=every[1:], state="absent")
    assert kept(box, GONE) == before[:1]


def test_a_program_that_is_stored_in_another_form_is_told(run: Any, box: Any) -> None:
    result = run("email_forwarder", address=NEW, destination="|bin/x.pl")
    assert result["error"]["kind"] == "not_effective"
    assert "wanted destinations: with |bin/x.pl, found destinations: ['|/home/alice/bin/x.pl']" in result["msg"]
    assert "Look whether the server has it in another form" in result["msg"]
    assert result["changed"] is True
    assert run("email_forwarder", address=NEW, destination="|/home/alice/bin/x.pl")["changed"] is False


INVALID: list[tuple[dict[str, Any], str]] = [
    ({"addresses": ["info"], "destinations": [ANN]}, "addresses: info is not an address"),
    ({"addresses": [NEW]}, f"destinations of {NEW} are missing"),
    ({"addresses": [NEW], "destinations": [], "exclusive": True}, "use state: absent for that"),
    ({"addresses": [NEW], "state": "absent", "exclusive": True}, "does not go with state: absent"),
    ({"addresses": [NEW], "destinations": [""]}, f"one of {NEW} is empty; a destination is an address"),
    ({"addresses": [NEW], "destinations": ["a@b.example\nc"]}, "has several lines"),
    ({"addresses": [NEW], "destinations": ["a@b.example, c@d.example"]}, "give each as an item of the list"),
    ({"addresses": [NEW], "destinations": ["a b"]}, f"a b of {NEW} cannot be a destination"),
    ({"addresses": [NEW], "destinations": ["|"]}, f"| of {NEW} cannot be a destination"),
    ({"addresses": [NEW], "destinations": [":fail:"]}, f":fail: of {NEW} has no text"),
    (
        {"forwarders": [{"address": NEW, "destinations": [ANN]}, {"address": NEW.upper(), "destinations": [OPS]}]},
        "stands twice with different destinations",
    ),
]


@pytest.mark.parametrize(("given", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(
    run_https: Any, box: Any, given: dict[str, Any], text: str
) -> None:
    result = run_https("email_forwarder", **given)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_hundreds_of_forwarders_of_many_accounts_cost_a_handful_of_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 50, "prefix": "user"}})
    rows = [
        {"address": f"box{number}@user{number % 50 + 1}.example.com", "destinations": [ANN, OPS]}
        for number in range(200)
    ]
    box.log.clear()
    done = run_https("email_forwarder", forwarders=rows)
    assert {row["changed"] for row in done["forwarders"]} == {True}
    assert len(box.log.writes()) <= 4
    box.log.clear()
    assert run_https("email_forwarder", forwarders=rows)["changed"] is False
    assert len(box.log) <= 1 + math.ceil(50 / 100) + 1


def test_one_that_fails_does_not_stop_the_others(run: Any, box: Any) -> None:
    rows = [
        {"address": NEW, "destinations": ["nosuchuser", ANN]},
        {"address": "x@nosuch.example", "destinations": [ANN]},
        {"address": ALL, "destinations": [ANN]},
    ]
    result = run("email_forwarder", forwarders=rows)
    assert result["progress"] == {"done": [ALL], "failed": [NEW, "x@nosuch.example"], "not_tried": []} or result["progress"] == {
        "done": [ALL], "failed": ["x@nosuch.example", NEW], "not_tried": [],
    }  # fmt: skip
    half = result["forwarders"][0]
    assert (half["changed"], half["destinations"]) == (True, [ANN])
    assert "neither an address nor a user" in half["error"]["reason"]


@pytest.mark.parametrize("kind", ["reset_after", "close_after", "status_500_after", "empty", "truncated_json"])
@pytest.mark.parametrize("quirk", [True, False])
def test_a_lost_answer_is_settled_by_looking(run_https: Any, box: Any, kind: str, quirk: bool) -> None:
    """Also where a server refuses to take away what is gone."""
    if quirk:
        box.quirks.add("forwarder_gone_refused")
    box.faults.add(Fault(kind, function="Email::delete_forwarder"))
    box.faults.add(Fault(kind, function="delete_forwarder"))
    result = run_https("email_forwarder", addresses=[INFO, ALL], destinations=[ANN], exclusive=True)
    assert "failed" not in result, result
    assert (kept(box, INFO), kept(box, ALL)) == ([ANN], [ANN])


@pytest.mark.parametrize("quirk", ["batch_stops", "batch_drops"])
def test_half_a_batch_is_completed(run: Any, box: Any, quirk: str) -> None:
    """What is sent again may be done already, and a server may refuse to take away what is gone."""
    box.quirks.update(["forwarder_gone_refused", quirk])
    result = run("email_forwarder", addresses=[INFO, ALL], destinations=[ANN, "x@example.org"], exclusive=True)
    assert "failed" not in result, result
    assert (kept(box, INFO), kept(box, ALL)) == ([ANN, "x@example.org"], [ANN, "x@example.org"])
    assert run("email_forwarder", addresses=[INFO, ALL], state="absent")["changed"] is True
    assert (kept(box, INFO), kept(box, ALL)) == ([], [])


def test_what_is_gone_already_is_no_failure(run: Any, box: Any) -> None:
    """Somebody else took it away between the look and the call."""
    answer = {"uapi": {"status": 0, "errors": ["There is no such forwarder."], "data": None}}
    step = email_forwarder.plan(
        {INFO: state(OPS)}, {"wanted": {INFO: None}, "state": "absent", "exclusive": False}
    ).steps[0]
    assert step.verdict is not None
    assert step.verdict(answer).doubt == "There is no such forwarder."
    assert step.verdict({"uapi": {"status": 1, "errors": None, "data": None}}).doubt == ""


def test_a_row_that_is_not_understood_is_an_error_and_no_empty_list(run_https: Any, box: Any, monkeypatch: Any) -> None:
    from ansible_collections.whm.mail.tests.simulator import handlers_email_forwarders as handlers

    monkeypatch.setattr(handlers, "_row", lambda address, destination: {"dest": address, "forward": None})
    result = run_https("email_forwarder", address=INFO, state="absent")
    assert result["error"]["kind"] == "unexpected_answer"
    assert "rows without address and destination" in result["msg"]
    assert not box.log.writes()


def test_a_reseller_manages_its_own(run_https: Any, box: Any) -> None:
    result = run_https("email_forwarder", addresses=["x@carol.example.net", NEW], destinations=[ANN], **RESELLER)
    assert result["progress"] == {"done": ["x@carol.example.net"], "failed": [NEW], "not_tried": []}


def test_all_forwarders_of_accounts(run_https: Any, box: Any) -> None:
    box.patch({FORWARDERS: {"x@alice-shop.example": ["alice"], "none@bob.example.com": []}})
    found: dict[str, Any] = {}

    def read(client: Any, params: Any) -> dict[str, Any]:
        found.update(of_accounts(client, ["bob", "alice", "nosuch"]))
        return {}

    run_https.run(InfoModule(read=read, options={}))
    assert isinstance(found["nosuch"], WhmError)
    assert found["bob"] == [{"address": ALL, "user": "bob", "destinations": ["bob@example.org", "carol@example.net"]}]
    assert found["alice"] == [
        {"address": GONE, "user": "alice", "destinations": [FAILS]},
        {"address": INFO, "user": "alice", "destinations": [OPS, PROGRAM]},
        {"address": "x@alice-shop.example", "user": "alice", "destinations": ["alice"]},
    ]
