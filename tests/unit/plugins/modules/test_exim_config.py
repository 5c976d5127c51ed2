# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.modules import exim_config
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.exim_config import break_for_good, break_it
from hypothesis import given
from hypothesis import strategies as st

MESSAGE = 'Exim configuration error in line 2 of /etc/exim.conf:\n  main option "primary" unknown'
REPAIR, DISCARD = "exim_configuration_check", "remove_in_progress_exim_config_edit"


def writes(box: Any) -> list[str]:
    return [
        name for entry in box.log.writes() for name in ([c["function"] for c in entry.commands] or [entry.function])
    ]


verdicts = st.fixed_dictionaries(
    {"valid": st.booleans(), "message": st.none(), "line": st.none(), "edit_discarded": st.just(False)}
)


@given(verdicts, st.booleans())
def test_plan(state: dict[str, Any], discard: bool) -> None:
    original = dict(state)
    plan = exim_config.plan({"": state}, {"discard_edit": discard, "state": "valid"})
    assert [step.call.function for step in plan.steps] == [DISCARD] * discard + [REPAIR] * (not state["valid"])
    assert (plan.before == plan.after) is not plan.changed
    assert plan.after[""] == {**state, "valid": True, "edit_discarded": discard}
    assert state == original, "inputs are not mutated"
    assert not exim_config.plan({"": {**plan.after[""]}}, {"discard_edit": False}).steps, "it converges"


def test_a_valid_configuration_is_left_alone(run: Any, box: Any) -> None:
    result = run("exim_config")
    assert result == {
        "changed": False, "valid": True, "message": None, "line": None, "edit_discarded": False,
        "diff": {"before": {}, "after": {}},
    }  # fmt: skip
    assert not box.log.writes()


def test_a_repair_and_again(run: Any, box: Any) -> None:
    break_it(box)
    predicted = run("exim_config", check_mode=True)
    assert not box.log.writes()
    assert (predicted["message"], predicted["line"]) == (MESSAGE, 2)
    result = run("exim_config")
    assert (result["message"], result["line"]) == (None, None)
    facts = {"message": None, "line": None}
    assert {**result, **facts} == {**predicted, **facts}
    assert result["changed"]
    assert result["valid"]
    assert result["diff"] == {"before": {"valid": False}, "after": {"valid": True}}
    assert box.state.areas["exim"].edit, "an edit stays unless it is to be discarded"
    assert writes(box) == [REPAIR]
    box.log.clear()
    assert not run("exim_config")["changed"]
    assert not box.log.writes()


def test_discarding_an_edit_acts_every_time(run: Any, box: Any) -> None:
    break_it(box)
    predicted = run("exim_config", check_mode=True, discard_edit=True)
    assert not box.log.writes()
    result = run("exim_config", discard_edit=True)
    assert result["diff"] == predicted["diff"]
    assert result["diff"]["after"] == {"edit_discarded": True, "valid": True}
    assert not box.state.areas["exim"].edit
    assert writes(box) == [DISCARD, REPAIR], "the edit first"
    assert len(box.log.writes()) == 1
    again = run("exim_config", discard_edit=True)
    assert again["changed"]
    assert again["diff"] == {"before": {"edit_discarded": False}, "after": {"edit_discarded": True}}


@pytest.mark.parametrize("quirks", [[], ["exim_failure_is_1"], ["translated"], ["translated", "exim_failure_is_1"]])
def test_a_repair_that_fails_is_a_failure_whatever_the_result_says(run: Any, box: Any, quirks: list[str]) -> None:
    box.quirks.update(quirks)
    break_for_good(box)
    result = run("exim_config")
    assert result["failed"]
    assert not result["changed"]
    assert result["error"]["kind"] == "refusal"
    assert result["error"]["function"] == REPAIR
    assert (result["valid"], result["message"], result["line"]) == (False, MESSAGE, 2)
    if "exim_failure_is_1" in quirks:
        assert result["error"]["reason"] == "Merge <b>it</b> yourself."


def test_a_server_that_says_ok_and_does_nothing_is_an_error(run: Any, box: Any) -> None:
    break_it(box)
    box.quirks.add("silent_noop")
    result = run("exim_config")
    assert result["error"]["kind"] == "not_effective"
    assert "Exim Configuration Manager" in result["msg"]
    assert result["valid"] is False


def test_an_effect_that_comes_late_is_waited_for(run_https: Any, box: Any) -> None:
    break_it(box)
    box.quirks.add("late_effect", seconds=0.4)
    run_https.patient = True
    result = run_https("exim_config")
    assert "failed" not in result
    assert result["valid"]
    assert len(box.log.writes()) == 1


LOST = ["reset_after", "close_after", "status_500_after", "empty", "truncated_json"]


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_is_settled_by_the_state(run_https: Any, box: Any, kind: str) -> None:
    break_it(box)
    box.faults.add(Fault(kind, function=REPAIR))
    result = run_https("exim_config")
    assert "failed" not in result
    assert result["changed"]
    assert writes(box) == [REPAIR], "not sent twice"


def test_a_repair_that_may_have_been_made_is_not_sent_again(run_https: Any, box: Any) -> None:
    break_it(box)
    box.faults.add(Fault("reset_before", function=REPAIR))
    result = run_https("exim_config")
    assert result["error"]["kind"] == "unknown_outcome"
    assert writes(box) == [REPAIR]


def test_a_check_that_fails_repairs_nothing(run: Any, box: Any) -> None:
    break_it(box)
    box.patch({"missing_functions": ["validate_current_installed_exim_config", "validate_exim_configuration_syntax"]})
    result = run("exim_config")
    assert result["error"]["kind"] == "unsupported"
    assert not box.log.writes()


def test_the_role_is_named_when_it_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["MailSend"]})
    result = run("exim_config")
    assert result["error"]["kind"] == "unsupported"
    assert "MailSend" in result["msg"]
