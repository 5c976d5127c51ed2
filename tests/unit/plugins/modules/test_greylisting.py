# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer
from ansible_collections.whm.mail.plugins.modules import greylisting
from ansible_collections.whm.mail.tests.subjects.greylisting import NEW, NUMBERS, SOME
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, ok, scripted

CONFIG: dict[str, Any] = {
    "enabled": False, "exim_enabled": True, "child_timeout_secs": 5, "initial_block_time_mins": 10, "max_child_procs": 5,
    "must_try_time_mins": 240, "purge_interval_mins": 60, "record_exp_time_mins": 4320, "spf_bypass": True, NEW: True,
}  # fmt: skip
SETTINGS = {name: CONFIG[name] for name in (*NUMBERS, "spf_bypass")}


def params(**given: Any) -> dict[str, Any]:
    return greylisting.check({**dict.fromkeys(greylisting.OPTIONS), **given})


PLANS = [
    # name, present settings, options, calls
    ("nothing to do", CONFIG, params(enabled=False, spf_bypass=True), []),
    ("on", CONFIG, params(enabled=True), [("enable_cpgreylist", {})]),
    ("off", {**CONFIG, "enabled": True}, params(enabled=False), [("disable_cpgreylist", {})]),
    (
        "one setting, and the others as they are",
        CONFIG,
        params(spf_bypass=False),
        [("save_cpgreylist_config", {**SETTINGS, "spf_bypass": False})],
    ),
    (
        "what the server does not tell, or would not take, stays out",
        {**CONFIG, "max_child_procs": None, "record_exp_time_mins": 99999, "purge_interval_mins": 0},
        params(initial_block_time_mins=5),
        [(
            "save_cpgreylist_config",
            {"child_timeout_secs": 5, "initial_block_time_mins": 5, "must_try_time_mins": 240, "spf_bypass": True},
        )],
    ),
    (
        "providers that come later",
        CONFIG,
        params(**{NEW: False}),
        [("cpgreylist_save_common_mail_providers_config", {NEW: False})],
    ),
    (
        "everything, the switch at the end",
        CONFIG,
        params(**SOME),
        [
            ("save_cpgreylist_config", {**SETTINGS, "initial_block_time_mins": 5, "spf_bypass": False}),
            ("cpgreylist_save_common_mail_providers_config", {NEW: False}),
            ("enable_cpgreylist", {}),
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("before", "options", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(before: dict[str, Any], options: dict[str, Any], calls: list[Any]) -> None:
    made = greylisting.plan({"": before}, options)
    assert [(step.call.function, step.call.params) for step in made.steps] == calls
    assert made.after[""] == {**before, **{name: value for name, value in options.items() if value is not None}}
    assert not greylisting.plan(made.after, options).steps


def test_it_converges(run: Any, box: Any) -> None:
    greylist = box.state.areas["greylisting"]
    predicted = run("greylisting", check_mode=True, **SOME)
    assert not box.log.writes()
    result = run("greylisting", **SOME)
    assert result == predicted
    assert result == {
        "changed": True,
        "greylisting": {**CONFIG, **SOME},
        "diff": {"before": {name: CONFIG[name] for name in SOME}, "after": SOME},
    }
    assert (greylist.enabled, greylist.new_providers) == (True, False)
    assert greylist.config["initial_block_time_mins"] == 5
    box.log.clear()
    again = run("greylisting", **SOME)
    assert again == {**result, "changed": False, "diff": {"before": {}, "after": {}}}
    assert len(box.log) == 1, "one request reads all of it"
    assert not box.log.writes()


def test_a_change_takes_three_requests(run_https: Any, box: Any) -> None:
    run_https("greylisting", **SOME)
    assert len(box.log) == 3


@pytest.mark.parametrize("quirk", ["greylist_full_setter", "string_numbers", "string_results"])
def test_the_other_settings_stay_on_servers_that_differ(run: Any, box: Any, quirk: str) -> None:
    box.patch({"greylisting": {"config": {"max_child_procs": 9, "spf_bypass": 0}}})
    box.quirks.add(quirk)
    result = run("greylisting", initial_block_time_mins=5)
    expected = {**CONFIG, "max_child_procs": 9, "spf_bypass": False, "initial_block_time_mins": 5}
    assert result["greylisting"] == expected
    assert box.state.areas["greylisting"].config["max_child_procs"] == 9
    assert box.state.areas["greylisting"].config["spf_bypass"] == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "No option of greylisting is given: say what to set."),
        (
            {"initial_block_time_mins": 241},
            "initial_block_time_mins: 241 is out of bounds; give a whole number from 1 to 240.",
        ),
        ({"must_try_time_mins": 0}, "must_try_time_mins: 0 is out of bounds; give a whole number from 1 to 1440."),
        ({"record_exp_time_mins": 43201}, "from 1 to 43200."),
        ({"max_child_procs": -1}, "max_child_procs: -1 is out of bounds; give a whole number from 1."),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], says: str) -> None:
    result = run_https("greylisting", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert says in result["msg"]
    assert len(box.log) == 0


def test_the_highest_values_are_taken(run_https: Any) -> None:
    result = run_https("greylisting", initial_block_time_mins=240, must_try_time_mins=1440, record_exp_time_mins=43200)
    assert "failed" not in result


def test_a_new_sender_must_be_able_to_come_back(run_https: Any) -> None:
    result = run_https("greylisting", must_try_time_mins=10)
    (warning,) = result["warnings"]
    assert warning.startswith("must_try_time_mins (10) is not longer than initial_block_time_mins (10)")


def test_what_is_wanted_must_be_told() -> None:
    config = ok({"cpgreylist_config": {"spf_bypass": "perhaps"}})
    answers = batch(ok({"is_enabled": 1}), config, ok({NEW: 1, "common_mail_providers": {}}))
    client, _script, _pauses = scripted(answers)
    found = greylisting.read(client, params(spf_bypass=True))[""]
    assert isinstance(found, UnexpectedAnswer)
    assert "does not tell spf_bypass" in found.reason
    assert any("spf_bypass came in a form that is not known" in text for text in client.warnings)
    client, _script, _pauses = scripted(answers)
    state = greylisting.read(client, params(enabled=True))[""]
    assert (state["enabled"], state["spf_bypass"]) == (True, None)


def test_what_was_as_wanted_and_is_not_any_more_is_noticed(run_https: Any, box: Any) -> None:
    """Only the switch is asked for; somebody else changes a setting meanwhile."""
    asked: list[str] = []

    def before(caller: str, function: str, args: Any) -> None:
        asked.append(function)
        if len(asked) == 2:
            box.patch({"greylisting": {"config": {"spf_bypass": 0}}})

    box.before = before
    result = run_https("greylisting", enabled=True, spf_bypass=True)
    box.before = lambda *given: None
    assert asked[1] == "enable_cpgreylist"
    assert result["error"]["kind"] == "not_effective"
    assert "found enabled: True, spf_bypass: False" in result["msg"]


def test_a_server_without_the_function(run: Any, box: Any) -> None:
    box.patch({"missing_functions": ["load_cpgreylist_config"]})
    assert run("greylisting", enabled=True)["error"]["kind"] == "unsupported"


def test_facts_tell_the_same(run_https: Any) -> None:
    facts = run_https("mail_facts", gather_subset=["greylisting"])["ansible_facts"]["whm_mail"]
    assert greylisting.from_facts(facts, params(enabled=True)) == {"": CONFIG}
