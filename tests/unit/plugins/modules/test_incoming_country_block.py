# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.countries import ASSIGNED, country_codes, is_country
from ansible_collections.whm.mail.plugins.module_utils._state.foresee import foresee
from ansible_collections.whm.mail.plugins.module_utils._state.plan import readable
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.plugins.modules import incoming_country_block
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.incoming_blocks import DEFAULTS

FREE, BLOCKED = {"blocked": False}, {"blocked": True}


def params(countries: list[str], **options: Any) -> dict[str, Any]:
    return {**DEFAULTS, "countries": countries, **options}


def sent(plan: Any) -> list[str]:
    return [f"{step.call.function.partition('_')[0]} {step.item}" for step in plan.steps]


PLANS = [
    # name, present state, options, calls
    ("nothing to do", {"AD": BLOCKED}, params(["AD"]), []),
    ("block", {"AD": FREE, "DE": BLOCKED}, params(["AD", "DE"]), ["block AD"]),
    ("unblock", {"AD": FREE, "DE": BLOCKED}, params(["AD", "DE"], state="absent"), ["unblock DE"]),
    (
        "exclusive blocks first",
        {"AD": BLOCKED, "DE": FREE, "FR": BLOCKED},
        params(["AD", "DE"], exclusive=True, max_changes=9),
        ["block DE", "unblock FR"],
    ),
    ("exclusive with none", {"FR": BLOCKED}, params([], exclusive=True, max_changes=9), ["unblock FR"]),
    ("what could not be told is left out", {"UK": InvalidInput("no"), "AD": FREE}, params(["UK", "AD"]), ["block AD"]),
]


@pytest.mark.parametrize(("current", "options", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], options: dict[str, Any], calls: list[str]) -> None:
    plan = incoming_country_block.MODULE.plan(readable(current), options)
    assert sent(plan) == calls
    assert plan.changed is bool(calls)
    assert (plan.before == plan.after) is not bool(calls)


def test_the_table_of_codes() -> None:
    assert len(ASSIGNED) == 249
    assert all(len(code) == 2 and code.isupper() for code in ASSIGNED)
    assert {"NO", "GB", "TW", "SS"} < ASSIGNED
    assert not {"UK", "EU", "XK", "AA", "AN", "ZZ"} & ASSIGNED
    assert is_country("ZZ")


def test_codes_are_the_same_in_capitals_or_not() -> None:
    assert country_codes("countries", ["de", " DE ", "no", "ZZ"]) == ["DE", "NO", "ZZ"]


INVALID = [
    (params(["Germany"]), "countries: GERMANY is not the code of a country, two letters such as DE"),
    (params([""]), "countries: an empty value is not the code of a country"),
    (params(["D1"]), "countries: D1 is not the code"),
    (params(["ÄÖ"]), "is not the code of a country"),
    (params([False]), "NO without quotes is false in YAML; write 'NO' for Norway"),
    (params(["AD"], exclusive=True), "exclusive: true needs max_changes, the most countries"),
    (params(["AD"], max_changes=-1), "max_changes: -1 is less than nothing"),
    (params(["AD"], exclusive=True, max_changes=1, state="absent"), "state: absent does not go with it"),
]


@pytest.mark.parametrize(("options", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(
    run_https: Any, box: Any, options: dict[str, Any], text: str
) -> None:
    result = run_https("incoming_country_block", **options)
    assert result["failed"]
    assert text in result["msg"]
    assert result["error"]["kind"] == "invalid_input"
    assert len(box.log) == 0


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_code_that_nobody_knows_stops_all_before_anything_is_written(run: Any, box: Any, check_mode: bool) -> None:
    result = run("incoming_country_block", check_mode, countries=["DE", "UK"])
    assert result["error"]["kind"] == "invalid_input"
    assert "UK is not a code that ISO 3166-1 has assigned" in result["msg"]
    assert "GB" in result["msg"]
    assert not box.log.writes()
    assert box.state.areas["blocks"]["countries"] == []


def test_a_code_that_the_server_lists_is_one_that_it_knows(run: Any, box: Any) -> None:
    box.patch({"blocks": {"countries": ["XK"]}})
    assert run("incoming_country_block", countries=["XK"])["changed"] is False
    assert run("incoming_country_block", countries=["XK"], state="absent")["changed"] is True
    assert run("incoming_country_block", countries=["XK"], state="absent")["changed"] is False, "idempotent"
    assert box.state.areas["blocks"]["countries"] == []


def test_block_then_again(run: Any, box: Any) -> None:
    box.patch({"blocks": {"countries": ["AD"]}})
    predicted = run("incoming_country_block", check_mode=True, countries=["de", "AD", "FR"])
    assert not box.log.writes()
    result = run("incoming_country_block", countries=["de", "AD", "FR"])
    assert result == predicted
    assert result == {
        "changed": True,
        "countries": [
            {"country_code": "DE", "blocked": True, "changed": True},
            {"country_code": "AD", "blocked": True, "changed": False},
            {"country_code": "FR", "blocked": True, "changed": True},
        ],
        "diff": {"before": {"DE": FREE, "FR": FREE}, "after": {"DE": BLOCKED, "FR": BLOCKED}},
    }
    assert box.state.areas["blocks"]["countries"] == ["AD", "DE", "FR"]
    box.log.clear()
    assert run("incoming_country_block", countries=["de", "AD", "FR"])["changed"] is False
    assert not box.log.writes()


def test_exclusive(run: Any, box: Any) -> None:
    box.patch({"blocks": {"countries": ["FR", "AD", "US"]}})
    options: dict[str, Any] = {"countries": ["DE", "AD"], "exclusive": True}
    refused = run("incoming_country_block", **options, max_changes=2)
    assert refused["error"]["kind"] == "too_many_changes"
    assert "3 items would change (DE, FR, US), max_changes allows 2" in refused["msg"]
    assert not box.log.writes()
    predicted = run("incoming_country_block", check_mode=True, **options, max_changes=3)
    result = run("incoming_country_block", **options, max_changes=3)
    assert result == predicted
    assert [(row["country_code"], row["blocked"], row["changed"]) for row in result["countries"]] == [
        ("DE", True, True),
        ("AD", True, False),
        ("FR", False, True),
        ("US", False, True),
    ]
    assert sorted(box.state.areas["blocks"]["countries"]) == ["AD", "DE"]
    assert run("incoming_country_block", **options, max_changes=3)["changed"] is False


def test_nothing_is_nothing_to_do(run: Any, box: Any) -> None:
    box.patch({"blocks": {"countries": ["FR"]}})
    result = run("incoming_country_block", countries=[])
    assert result == {"changed": False, "countries": [], "diff": {"before": {}, "after": {}}}
    assert len(box.log) == 0
    assert run("incoming_country_block", countries=[], exclusive=True, max_changes=1)["changed"]
    assert box.state.areas["blocks"]["countries"] == []


def test_blocking_what_has_no_country_is_warned_of_once(run: Any, box: Any) -> None:
    (warning,) = run("incoming_country_block", check_mode=True, countries=["ZZ", "DE"])["warnings"]
    assert "ZZ is blocked now" in warning
    assert "NAT" in warning
    assert run("incoming_country_block", countries=["ZZ", "DE"])["warnings"] == [warning]
    assert "warnings" not in run("incoming_country_block", countries=["ZZ", "DE"])
    assert "warnings" not in run("incoming_country_block", countries=["ZZ"], state="absent")


@pytest.mark.parametrize("quirk", ["string_numbers", "translated", "half_a_list"])
def test_one_that_the_server_refuses_does_not_stop_the_others(run: Any, box: Any, quirk: str) -> None:
    """The list is refused as a whole, done or not; then each is tried alone."""
    box.patch({"blocks": {"refused": ["FR"]}})
    box.quirks.add(quirk)
    result = run("incoming_country_block", countries=["DE", "FR", "US"])
    assert result["failed"]
    assert result["changed"]
    assert [row["changed"] for row in result["countries"]] == [True, False, True]
    assert result["countries"][1]["blocked"] is False
    assert result["countries"][1]["error"]["function"] == "block_incoming_email_from_country"
    assert result["progress"] == {"done": ["DE", "US"], "failed": ["FR"], "not_tried": []}
    assert box.state.areas["blocks"]["countries"] == ["DE", "US"]


def test_one_flag_says_nothing_of_a_single_country(run: Any, box: Any) -> None:
    """The answer says that something was changed; the list that is read back says what."""
    box.quirks.add("silent_noop", users=["FR"])
    result = run("incoming_country_block", countries=["DE", "FR"])
    assert result["countries"][0] == {"country_code": "DE", "blocked": True, "changed": True}
    assert result["countries"][1]["error"]["kind"] == "not_effective"
    assert result["countries"][1]["changed"] is False


def test_somebody_else_blocks_it_meanwhile(run_https: Any, box: Any) -> None:
    """The flag is 0 then, and the country is as wanted all the same."""
    asked: list[str] = []

    def before(caller: str, function: str, args: Any) -> None:
        asked.append(function)
        if len(asked) == 2:
            box.patch({"blocks": {"countries": ["DE"]}})

    box.before = before
    result = run_https("incoming_country_block", countries=["DE"])
    assert "failed" not in result
    assert result["countries"][0]["blocked"] is True


def test_all_countries_in_few_requests(run_https: Any, box: Any) -> None:
    codes = sorted(ASSIGNED)
    result = run_https("incoming_country_block", countries=codes)
    assert sum(row["changed"] for row in result["countries"]) == 249
    calls = [entry.function for entry in box.log]
    assert calls == [
        "list_blocked_incoming_email_countries",
        *["block_incoming_email_from_country"] * 3,
        "list_blocked_incoming_email_countries",
    ]


def test_blocking_and_unblocking_travel_together(run_https: Any, box: Any) -> None:
    box.patch({"blocks": {"countries": ["FR", "US"]}})
    run_https("incoming_country_block", countries=["DE", "AD"], exclusive=True, max_changes=9)
    (request,) = box.log.writes()
    assert [(one["function"], len(one["params"])) for one in request.commands] == [
        ("block_incoming_email_from_country", 2),
        ("unblock_incoming_email_from_country", 2),
    ]


def test_a_lost_answer_is_settled_by_the_list(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("reset_after", function="block_incoming_email_from_country"))
    result = run_https("incoming_country_block", countries=["DE", "FR"])
    assert "failed" not in result
    assert [row["changed"] for row in result["countries"]] == [True, True]
    assert len(box.log.writes()) == 1


def test_a_server_that_is_too_old(run: Any, box: Any) -> None:
    box.patch({"missing_functions": ["block_incoming_email_from_country"]})
    result = run("incoming_country_block", countries=["DE", "FR"])
    assert {row["error"]["kind"] for row in result["countries"]} == {"unsupported"}
    assert len(box.log.writes()) == 1, "a function that is missing is not tried once more"


FACTS = {"blocks": {"countries": [{"country_code": "AD", "blocked": True}], "domains": []}}


def test_facts_tell_what_would_change() -> None:
    seen = foresee(
        incoming_country_block.MODULE, FACTS, [{"countries": ["de"]}, {"countries": ["AD"], "state": "absent"}]
    )
    assert (seen.before, seen.after) == ({"AD": BLOCKED, "DE": FREE}, {"AD": FREE, "DE": BLOCKED})
    seen = foresee(incoming_country_block.MODULE, FACTS, [{"countries": ["DE"], "exclusive": True, "max_changes": 9}])
    assert seen.after == {"AD": FREE, "DE": BLOCKED}


def test_a_policy_with_a_code_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidInput, match="UK is not a code"):
        foresee(incoming_country_block.MODULE, FACTS, [{"countries": ["DE", "UK"]}])
