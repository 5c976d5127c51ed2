# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Module, StateModule, TaskModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Plan, Repairs, Sets, Step, make_plan
from ansible_collections.whm.mail.plugins.module_utils._state.report import failed_items
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    InvalidInput,
    NotFound,
    Refused,
    UnknownOutcome,
    WhmError,
    stamped,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.tests.unit.plugins.builders import HOST, Script, batch, no, ok

HOLD = "hold_outgoing_email"


def read(client: Client, params: Any) -> dict[str, Any]:
    """Accounts that the server does not name do not exist."""
    held = {record["user"]: bool(record["held"]) for record in client.call("listaccts").records("acct")}
    return {user: {"hold": held[user]} if user in held else NotFound(f"no {user}") for user in params["users"]}


def plan(states: Any, params: Any) -> Plan:
    held = Sets({"hold": True})
    steps = [Step(Call(HOLD, {"user": user}), user, held) for user, state in states.items() if not state["hold"]]
    return make_plan(states, steps)


def summary(steps: Any, final: Any, errors: Any) -> dict[str, Any]:
    return {"count": len(steps)}


STATE = StateModule(items="accounts", key="user", options={}, read=read, plan=plan, summary=summary)


def accounts(**held: int) -> dict[str, Any]:
    return ok({"acct": [{"user": user, "held": value} for user, value in held.items()]})


def run(module: Module, script: Script, check_mode: bool = False, **params: Any) -> dict[str, Any]:
    opened: list[bool] = []

    @contextmanager
    def opener(given: Any, read_only: bool) -> Iterator[Client]:
        opened.append(read_only)
        yield Client(script, read_only, retries=0, sleep=lambda seconds: None)
        script.close()

    result = execute(module, params, check_mode, opener)
    assert len(opened) <= 1
    return result


def test_prediction_and_result_are_one() -> None:
    answers = [accounts(a=0, b=1), ok(), accounts(a=1, b=1)]
    predicting = Script(*answers)
    predicted = run(STATE, predicting, True, users=["b", "a"])
    script = Script(*answers)
    result = run(STATE, script, users=["b", "a"])
    assert result == predicted == {
        "changed": True,
        "accounts": [{"user": "b", "hold": True, "changed": False}, {"user": "a", "hold": True, "changed": True}],
        "diff": {"before": {"a": {"hold": False}}, "after": {"a": {"hold": True}}},
        "count": 1,
    }  # fmt: skip
    assert predicting.functions == ["listaccts"]
    assert script.functions == ["listaccts", HOLD, "listaccts"]


def test_nothing_to_do_is_one_read() -> None:
    script = Script(accounts(a=1))
    assert run(STATE, script, users=["a"])["changed"] is False
    assert script.functions == ["listaccts"]


def test_partial_failure_names_everybody() -> None:
    script = Script(accounts(a=0, b=0), batch(ok(), no("API failure: (XID abcdef) No.")), accounts(a=1, b=0))
    result = run(STATE, script, users=["a", "x", "b"])
    rows = result["accounts"]
    assert [(row["user"], row["changed"], "error" in row) for row in rows] == [("a", True, False), ("x", False, True), ("b", False, True)]  # fmt: skip
    assert result["changed"] is True
    assert result["diff"] == {"before": {"a": {"hold": False}}, "after": {"a": {"hold": True}}}
    assert result["progress"] == {"done": ["a"], "failed": ["x", "b"], "not_tried": []}
    assert result["msg"] == f"2 of 3 accounts failed on {HOST}: x (no x); b ({HOLD}: No). Changed: 1. Not tried: 0."
    assert result["error"] == rows[1]["error"]


def test_a_fatal_error_leaves_the_rest_untried_and_says_so() -> None:
    users = [f"u{number}" for number in range(150)]
    script = Script(accounts(**dict.fromkeys(users, 0)), Reply(403, b""))
    result = run(STATE, script, users=users)
    assert result["failed"]
    assert result["changed"] is False
    assert (len(result["progress"]["failed"]), len(result["progress"]["not_tried"])) == (100, 50)
    assert result["error"]["kind"] == "permission", "the login was accepted before"
    assert "and 95 more" in result["msg"]
    assert "Not tried: 50." in result["msg"]
    assert script.functions == ["listaccts", "batch"], "nothing is read back after a refused login"


@pytest.mark.parametrize(("most", "refused"), [(None, False), (2, False), (1, True), (0, True)])
@pytest.mark.parametrize("check_mode", [True, False])
def test_max_changes(most: int | None, refused: bool, check_mode: bool) -> None:
    script = Script(accounts(a=0, b=0), batch(ok(), ok()), accounts(a=1, b=1))
    result = run(STATE, script, check_mode, users=["a", "b"], max_changes=most)
    assert bool(result.get("failed")) is refused
    if refused:
        assert result["error"]["kind"] == "too_many_changes"
        assert f"2 items would change (a, b), max_changes allows {most}; nothing was changed. Check" in result["msg"]
        assert script.functions == ["listaccts"]


@pytest.mark.parametrize("check_mode", [True, False])
def test_errors_of_items_name_the_server(check_mode: bool) -> None:
    result = run(STATE, Script(accounts(a=1)), check_mode, users=["a", "x"])
    assert result["accounts"][1]["error"] == result["error"] == {
        "kind": "not_found", "function": None, "reason": "no x", "host": HOST, "http_status": None}  # fmt: skip


def test_errors_of_items_name_the_server_also_when_they_come_up_later() -> None:
    result = run(STATE, Script(accounts(a=0), ok(), accounts()), users=["a"])
    assert (result["error"]["kind"], result["error"]["host"]) == ("not_found", HOST)


def test_an_error_that_reading_back_raises_names_the_server() -> None:
    reads = iter([{"a": {"hold": False}}])

    def once(client: Client, params: Any) -> dict[str, Any]:
        for states in reads:
            return states
        raise NotFound("no a")

    result = run(replace(STATE, read=once), Script(ok()), users=["a"])
    assert (result["error"]["reason"], result["error"]["host"]) == ("no a", HOST)


def test_nothing_is_planned_without_the_items_that_are_needed() -> None:
    def no_plan(states: Any, params: Any) -> Plan:
        raise AssertionError

    strict = replace(STATE, plan=no_plan, needed=lambda params: ["x"])
    result = run(strict, Script(accounts(a=0)), users=["a", "x"])
    assert result["error"]["kind"] == "not_found"
    assert "accounts" not in result


def test_repairs_do_not_count_as_changes() -> None:
    def repair(current: Any, params: Any) -> Plan:
        return make_plan(current, [*plan(current, params).steps, Step(Call(HOLD, {"user": "b"}), "b", Repairs())])

    script = Script(accounts(a=0, b=1), batch(ok(), ok()), accounts(a=1, b=1))
    result = run(replace(STATE, plan=repair), script, users=["a", "b"], max_changes=1)
    assert [row["changed"] for row in result["accounts"]] == [True, False]
    assert result["count"] == 2


def test_what_is_incidental_is_shown_and_stay_out_of_the_diff() -> None:
    def facts(client: Client, params: Any) -> dict[str, Any]:
        return {user: {**state, "seen": state["hold"]} for user, state in read(client, params).items()}

    script = Script(accounts(a=0), ok(), accounts(a=1))
    result = run(replace(STATE, read=facts, incidental=("seen",)), script, users=["a"])
    assert result["accounts"] == [{"user": "a", "hold": True, "seen": True, "changed": True}]
    assert result["diff"] == {"before": {"a": {"hold": False}}, "after": {"a": {"hold": True}}}


def test_an_item_of_which_a_first_step_worked_is_changed() -> None:
    """Its second step failed, but its state is no longer what it was."""

    def steps(current: Any, params: Any) -> Plan:
        second = Step(Call("suspend_outgoing_email", {"user": "a"}), "a", Sets({"hold": None}))
        return make_plan(current, [Step(Call(HOLD, {"user": "a"}), "a"), second])

    script = Script(accounts(a=0), batch(ok(), no("No.")), accounts(a=1))
    result = run(replace(STATE, plan=steps), script, users=["a"])
    assert result["failed"]
    assert result["changed"] is True
    assert result["accounts"][0]["changed"] is True
    assert result["accounts"][0]["error"]["kind"] == "refusal"
    assert result["diff"] == {"before": {"a": {"hold": False}}, "after": {"a": {"hold": True}}}


def test_bad_input_opens_no_connection() -> None:
    def check(params: Any) -> Any:
        raise InvalidInput("users is empty.")

    script = Script()
    result = run(replace(STATE, check=check), script, users=[])
    assert result == {"changed": False, "failed": True, "msg": "users is empty.", "error": {
        "kind": "invalid_input", "function": None, "reason": "users is empty.", "host": None, "http_status": None}}  # fmt: skip
    assert not script.closed


def test_a_connection_that_cannot_be_opened_is_an_error_like_any_other() -> None:
    def opener(params: Any, read_only: bool) -> Any:
        raise InvalidInput("api_host is missing.")

    assert execute(STATE, {"users": ["a"]}, False, opener)["msg"] == "api_host is missing."


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_whole_read_that_fails(check_mode: bool) -> None:
    result = run(STATE, Script(no("Access denied")), check_mode, users=["a"])
    assert result["error"] == {"kind": "permission", "function": "listaccts", "reason": "Access denied", "host": HOST, "http_status": 200}  # fmt: skip
    assert result["changed"] is False


def test_other_exceptions_are_bugs_and_show() -> None:
    with pytest.raises(AssertionError, match="one request too many"):
        run(STATE, Script(), users=["a"])


def writing_read(client: Client, params: Any) -> dict[str, Any]:
    client.call(HOLD, user="a")
    return {"a": {"hold": True}}


def writing_act(client: Client, params: Any, check_mode: bool) -> dict[str, Any]:
    client.batch([Call("listaccts"), Call(HOLD, {"user": "a"})])
    return {"changed": True}


BUGGY: list[tuple[str, Module, bool]] = [
    ("a state module that writes while it reads, in check mode", replace(STATE, read=writing_read), True),
    ("an info module that writes", InfoModule(read=writing_read, options={}), False),
    ("an info module that writes, in check mode", InfoModule(read=writing_read, options={}), True),
    ("an action that ignores check mode", TaskModule(act=writing_act, writes=lambda params: True, options={}), True),
    ("an action that says it does not write", TaskModule(act=writing_act, writes=lambda params: False, options={}), False),
]  # fmt: skip


@pytest.mark.parametrize(("module", "check_mode"), [row[1:] for row in BUGGY], ids=[row[0] for row in BUGGY])
def test_a_module_with_a_bug_cannot_write(module: Module, check_mode: bool) -> None:
    script = Script()
    result = run(module, script, check_mode, users=["a"])
    assert result["failed"]
    assert result["error"]["kind"] == "read_only"
    assert not script.sent


def test_an_action_that_writes_may() -> None:
    script = Script(batch(ok(), ok()))
    module = TaskModule(act=writing_act, writes=lambda params: True, options={})
    assert run(module, script) == {"changed": True}


def rows(*errors: WhmError | None) -> Any:
    def read(client: Client, params: Any) -> dict[str, Any]:
        items = [{"address": f"a{at}" if at else None, "user": "u", "n": at} for at in range(len(errors))]
        return {"boxes": [{**row, "error": exc} if exc else row for row, exc in zip(items, errors, strict=True)]}

    return InfoModule(items="boxes", key=("address", "user"), options={}, read=read)


def test_an_info_module_without_errors() -> None:
    result = run(rows(None, None), Script())
    assert result == {"changed": False, "boxes": [{"address": None, "user": "u", "n": 0}, {"address": "a1", "user": "u", "n": 1}]}  # fmt: skip


def test_an_info_module_with_failed_items_returns_the_others() -> None:
    result = run(rows(Refused("No", "f"), None, NotFound("gone")), Script())
    assert result["failed"]
    assert result["changed"] is False
    assert [row.get("error", {}).get("kind") for row in result["boxes"]] == ["refusal", None, "not_found"]
    assert result["boxes"][1] == {"address": "a1", "user": "u", "n": 1}
    assert result["msg"] == f"2 of 3 boxes failed on {HOST}: u (f: No); a2 (gone)."
    assert result["error"]["kind"] == "refusal"
    assert [row["error"]["host"] for row in result["boxes"] if "error" in row] == [HOST, HOST]
    assert result["error"]["host"] == HOST


def test_an_error_that_names_a_server_keeps_it() -> None:
    assert stamped(Refused("No"), HOST).host == HOST
    assert stamped(Refused("No", host="other"), HOST).host == "other"
    assert stamped(Refused("No"), None).host is None


@pytest.mark.parametrize("fails", [False, True])
def test_warnings_are_returned_in_success_and_failure(fails: bool) -> None:
    def read(client: Client, params: Any) -> dict[str, Any]:
        client.call("listaccts")
        if fails:
            client.call("version")
        return {"warnings": ["own"]}

    result = run(InfoModule(read=read, options={}), Script(ok({}, warnings=["odd"]), no("No.")))
    assert result["warnings"] == ([f"{HOST}: odd"] if fails else ["own", f"{HOST}: odd"])
    assert bool(result.get("failed")) is fails


@pytest.mark.parametrize(("count", "text"), [(1, "1 of 9 things failed on h: i0 (No)."), (5, "i4 (No)."), (7, "i4 (No); and 2 more.")])  # fmt: skip
def test_a_message_names_some_and_counts_the_rest(count: int, text: str) -> None:
    errors = {f"i{number}": Refused("No.") for number in range(count)}
    result = failed_items("things", 9, errors, "h")
    assert result["msg"].endswith(text)
    assert result["failed"] is True


def test_a_message_names_first_what_is_not_known() -> None:
    errors: dict[str, WhmError] = {f"i{number}": Refused("No.") for number in range(9)}
    result = failed_items("things", 10, {**errors, "j": UnknownOutcome("who knows")}, "h")
    assert result["msg"].startswith("10 of 10 things failed on h: j (who knows); i0 (No); ")
    assert result["error"]["kind"] == "refusal", "what failed first is still what failed first"


def test_somebody_else_changes_an_item_of_which_nothing_was_asked() -> None:
    """Bob and carol were held already. When alice is, bob is not any more and carol does not exist."""
    script = Script(*[accounts(alice=0, bob=1, carol=1), ok(), *[accounts(alice=1, bob=0)] * 5])
    result = run(STATE, script, users=["alice", "bob", "carol"])
    rows = {row["user"]: row for row in result["accounts"]}
    assert (rows["alice"]["changed"], "error" in rows["alice"]) == (True, False)
    assert (rows["bob"]["error"]["kind"], rows["bob"]["changed"], rows["bob"]["hold"]) == (
        "not_effective",
        False,
        False,
    )
    assert "somebody else changed it during the task (wanted hold: True, found hold: False)" in result["msg"]
    assert rows["carol"]["error"]["kind"] == "not_found"
    assert result["progress"] == {"done": ["alice"], "failed": ["bob", "carol"], "not_tried": []}
    assert result["diff"] == {"before": {"alice": {"hold": False}}, "after": {"alice": {"hold": True}}}


def test_an_item_that_is_listed_no_more_is_what_was_asked_for() -> None:
    """The module reads a list of those that are there: of one that was taken off it the list says nothing."""

    def listed(client: Client, params: Any) -> dict[str, Any]:
        return {record["user"]: {"hold": True} for record in client.call("listaccts").records("acct")}

    def release(states: Any, params: Any) -> Plan:
        steps = [
            Step(Call("release_outgoing_email", {"user": user}), user, Sets({"hold": False}))
            for user, state in states.items()
            if state["hold"]
        ]
        return make_plan(states, steps)

    module = replace(STATE, read=listed, plan=release, summary=lambda steps, final, errors: {})
    script = Script(accounts(a=1, b=1), batch(ok(), ok()), ok({"acct": []}))
    result = run(replace(module, unlisted={"hold": False}), script)
    assert result["accounts"] == [{"user": user, "hold": False, "changed": True} for user in "ab"]
    script = Script(accounts(a=1), ok(), *[ok({"acct": []})] * 5)
    assert "failed" in run(module, script), "else nobody knows what became of it"
