# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.spamd import typed
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.plugins.modules import spamd_config
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.subjects.spamd_config import ALL
from ansible_collections.whm.mail.tests.unit.plugins.conftest import Runner
from hypothesis import given
from hypothesis import strategies as st

NONE: dict[str, Any] = dict.fromkeys(ALL)
# What tests.yml puts into the file.
FILE = {**NONE, "allowedips": ["127.0.0.1"], "maxchildren": 5, "pidfile": "/var/run/spamd.pid"}


@pytest.fixture
def run_cli(sim: Any, box: Any) -> Runner:
    return Runner(sim, box, "cli")


def conf(box: Any) -> dict[str, str]:
    found: dict[str, str] = box.state.areas["spamd"].conf
    return found


def restarts(box: Any) -> int:
    return int(box.state.areas["spamd"].restarts)


def plan(before: dict[str, Any], given_: dict[str, Any], transport: str = "cli", reset_others: bool = False) -> Any:
    return spamd_config.plan({"": before}, {"given": given_, "transport": transport, "reset_others": reset_others})


networks = st.lists(st.sampled_from(["127.0.0.1", "10.0.0.0/8"]), unique=True).map(sorted)
numbers = st.integers(1, 9)
options = st.fixed_dictionaries(
    {},
    optional={
        "allowedips": st.one_of(st.just([]), st.just(["127.0.0.1"]), st.just(["10.0.0.0/8", "127.0.0.1"])),
        "pidfile": st.sampled_from(["/var/run/a.pid", "/var/run/b.pid"]),
        **dict.fromkeys(("maxconnperchild", "maxchildren", "timeouttcp", "timeoutchild"), numbers),
    },
)


@given(options, options, st.booleans())
def test_plan_on_the_server(present: dict[str, Any], given_: dict[str, Any], reset_others: bool) -> None:
    before = {**spamd_config.UNSET, **present}
    original = {**before}
    loses = reset_others and before["allowedips"] and "allowedips" not in given_
    if loses and {**spamd_config.UNSET, **given_} != before:
        with pytest.raises(InvalidInput, match="every address could connect"):
            plan(before, given_, reset_others=reset_others)
        return
    found = plan(before, given_, reset_others=reset_others)
    assert before == original, "inputs are not mutated"
    kept = spamd_config.UNSET if reset_others else before
    assert found.after[""] == {**kept, **given_}, "what is not named stays, or goes"
    assert found.changed is (found.before != found.after)
    assert not plan(found.after[""], given_, reset_others=reset_others).steps, "it converges"
    for step in found.steps:
        sent = {name: str(value) for name, value in step.call.params.items()}
        assert typed(sent) == found.after[""], "the whole wanted set is sent"


@given(options)
def test_plan_from_afar_always_sends_everything(given_: dict[str, Any]) -> None:
    found = plan(NONE, given_, "https", reset_others=True)
    assert len(found.steps) == 1
    assert found.after[""] == {**spamd_config.UNSET, **given_}


def test_from_afar_every_run_writes(run_https: Any, box: Any) -> None:
    predicted = run_https("spamd_config", check_mode=True, **ALL)
    assert len(box.log) == 0
    result = run_https("spamd_config", **ALL)
    assert result == predicted
    assert result["changed"]
    assert result["options"] == ALL
    assert result["diff"] == {"before": NONE, "after": ALL}
    assert len(result["warnings"]) == 1
    assert "every time" in result["warnings"][0]
    assert conf(box) == {
        "nice": "10", "allowedips": "127.0.0.1,192.0.2.1", "maxconnperchild": "200", "maxchildren": "5",
        "pidfile": "/var/run/spamd.pid", "timeouttcp": "30", "timeoutchild": "300",
    }  # fmt: skip
    assert run_https("spamd_config", **ALL)["changed"]
    assert restarts(box) == 2
    assert box.log.functions() == ["save_spamd_config"] * 2


@pytest.mark.parametrize("name", list(ALL))
def test_from_afar_nothing_is_deleted_by_leaving_it_out(run_https: Any, box: Any, name: str) -> None:
    result = run_https("spamd_config", **{**ALL, name: None})
    assert result["error"]["kind"] == "invalid_input"
    assert result["msg"].startswith(f"{name} not given: over HTTPS WHM deletes")
    assert len(box.log) == 0


def test_from_afar_the_rest_is_reset_by_consent(run_https: Any, box: Any) -> None:
    result = run_https("spamd_config", allowedips=["127.0.0.1"], maxchildren=3, reset_others=True)
    assert conf(box) == {"nice": "10", "allowedips": "127.0.0.1", "maxchildren": "3"}
    assert result["options"] == {**NONE, "allowedips": ["127.0.0.1"], "maxchildren": 3}


@pytest.mark.parametrize("transport", ["https", "cli"])
def test_nobody_opens_spamd_by_leaving_allowedips_out(sim: Any, box: Any, transport: str) -> None:
    result = Runner(sim, box, transport)("spamd_config", maxchildren=3, reset_others=True)
    assert result["error"]["kind"] == "invalid_input"
    assert "every address could connect to spamd" in result["msg"]
    assert not box.log.writes()


@pytest.mark.parametrize("transport", ["https", "cli"])
def test_an_empty_list_opens_spamd_and_is_warned_of(sim: Any, box: Any, transport: str) -> None:
    result = Runner(sim, box, transport)("spamd_config", **{**ALL, "allowedips": []})
    assert result["options"]["allowedips"] == []
    assert "allowedips" not in conf(box)
    assert any("from every address" in text for text in result["warnings"])


def test_on_the_server_it_converges(run_cli: Any, box: Any) -> None:
    predicted = run_cli("spamd_config", check_mode=True, maxchildren=7)
    assert len(box.log) == 0
    result = run_cli("spamd_config", maxchildren=7)
    assert result == predicted
    assert result == {
        "changed": True,
        "options": {**FILE, "maxchildren": 7},
        "diff": {"before": {"maxchildren": 5}, "after": {"maxchildren": 7}},
    }
    assert conf(box) == {"nice": "10", "allowedips": "127.0.0.1", "maxchildren": "7", "pidfile": "/var/run/spamd.pid"}
    again = run_cli("spamd_config", maxchildren=7)
    assert again == {**result, "changed": False, "diff": {"before": {}, "after": {}}}
    assert restarts(box) == 1
    assert len(box.log.writes()) == 1


def test_on_the_server_the_order_of_addresses_does_not_count(run_cli: Any, box: Any) -> None:
    box.patch({"spamd": {"allowedips": "192.0.2.1, 127.0.0.1"}})
    assert not run_cli("spamd_config", allowedips=["127.0.0.1", "192.0.2.1"])["changed"]
    assert restarts(box) == 0


def test_on_the_server_without_a_file(run_cli: Any, box: Any) -> None:
    box.patch({"spamd": {}})
    result = run_cli("spamd_config", timeouttcp=60, allowedips=["127.0.0.1"])
    assert result["diff"]["before"] == {"allowedips": [], "timeouttcp": None}
    assert conf(box) == {"allowedips": "127.0.0.1", "timeouttcp": "60"}


def test_on_the_server_others_are_reset_by_consent(run_cli: Any, box: Any) -> None:
    result = run_cli("spamd_config", allowedips=["127.0.0.1"], reset_others=True)
    assert result["diff"] == {
        "before": {"maxchildren": 5, "pidfile": "/var/run/spamd.pid"},
        "after": {"maxchildren": None, "pidfile": None},
    }
    assert conf(box) == {"allowedips": "127.0.0.1", "nice": "10"}
    assert not run_cli("spamd_config", allowedips=["127.0.0.1"], reset_others=True)["changed"]


@pytest.mark.parametrize(
    ("line", "text"), [({"maxconnperchild": "x"}, "maxconnperchild: x"), ({"timeouttcp": "0"}, "timeouttcp: 0")]
)
def test_on_the_server_what_cannot_be_kept_is_said_before_anything_is_sent(
    run_cli: Any, box: Any, line: dict[str, str], text: str
) -> None:
    box.patch({"spamd": {"allowedips": "127.0.0.1", **line}})
    result = run_cli("spamd_config", maxchildren=7)
    assert f"In /etc/cpspamd.conf, {text}" in result["msg"]
    assert len(box.log) == 0
    (name,) = line
    assert run_cli("spamd_config", **{"maxchildren": 7, name: 9})["changed"], "naming it is the remedy"


def test_on_the_server_a_change_without_effect_is_an_error(run_cli: Any, box: Any) -> None:
    box.quirks.add("silent_noop")
    result = run_cli("spamd_config", maxchildren=7)
    assert result["error"]["kind"] == "not_effective"
    assert result["options"] == FILE
    assert not result["changed"]


def test_on_the_server_a_lost_answer_is_settled_by_the_file(run_cli: Any, box: Any) -> None:
    box.faults.add(Fault("killed", function="save_spamd_config"))
    result = run_cli("spamd_config", maxchildren=7)
    assert "failed" not in result
    assert result["changed"]
    assert restarts(box) == 1


def test_from_afar_a_lost_answer_is_sent_again(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("reset_after", function="save_spamd_config"))
    assert run_https("spamd_config", **ALL)["changed"]
    assert restarts(box) == 2


def test_a_value_that_the_server_refuses(run: Any, box: Any) -> None:
    result = run("spamd_config", **{**ALL, "pidfile": "/nowhere/spamd.pid"})
    assert result["error"]["kind"] == "refusal"
    assert "/nowhere/spamd.pid" in result["msg"]
    assert not result["changed"]
    assert restarts(box) == 0


INVALID = [
    ({}, "No option of spamd is given"),
    ({"reset_others": True}, "No option of spamd is given"),
    ({**ALL, "allowedips": ["10.0.0.1"]}, "allowedips: 127.0.0.1 is missing"),
    ({**ALL, "allowedips": ["127.0.0.1", "localhost"]}, "allowedips: localhost is not an address"),
    ({**ALL, "maxchildren": 0}, "maxchildren: 0 cannot be set"),
    ({**ALL, "timeoutchild": -5}, "timeoutchild: -5 is not a positive"),
    ({**ALL, "pidfile": "spamd.pid"}, "pidfile: spamd.pid is not the absolute path"),
]


@pytest.mark.parametrize(("options", "text"), INVALID, ids=[row[1] for row in INVALID])
def test_bad_input_is_refused_before_anything_is_sent(run: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run("spamd_config", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_the_file_must_be_readable(run_cli: Any, box: Any) -> None:
    file = Path(f"{box.root}/etc/cpspamd.conf")
    file.unlink()
    file.mkdir()
    try:
        result = run_cli("spamd_config", maxchildren=7)
    finally:
        file.rmdir()
    assert result["error"]["kind"] == "connection"
    assert "become: true" in result["msg"]
    assert len(box.log) == 0


def test_the_role_is_named_when_it_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["SpamFilter"]})
    result = run("spamd_config", **ALL)
    assert result["error"]["kind"] == "unsupported"
    assert "SpamFilter" in result["msg"]
