# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.registry import HANDLERS, Handler
from ansible_collections.whm.mail.tests.subjects.api import HOLD

SUSPEND = {"cpanel.user": "alice", "cpanel.module": "Email", "email": "info@alice.example.com"}


def uapi(function: str) -> dict[str, Any]:
    return {"function": "uapi_cpanel", "params": {**SUSPEND, "cpanel.function": function}}


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize("write", [False, True])
def test_a_read(run: Any, box: Any, check_mode: bool, write: bool) -> None:
    result = run("api", check_mode, function="gethostname", write=write)
    assert result["changed"] is False
    assert result["data"] == {"hostname": "whm1.example.com"}
    assert result["metadata"]["command"] == "gethostname"
    assert box.log.functions() == ["gethostname"]


def test_a_write(run: Any, box: Any) -> None:
    result = run("api", **HOLD, write=True)
    assert result["changed"] is True
    assert result["data"] is None
    assert result["metadata"]["result"] == 1
    assert box.state.accounts["alice"].hold
    assert run("api", **HOLD, write=True)["changed"] is True, "it does not know the state"


BATCH = {"function": "batch", "params": {"command": ["version", "hold_outgoing_email?user=alice"]}}


@pytest.mark.parametrize("options", [HOLD, uapi("suspend_login"), BATCH])
def test_a_write_in_check_mode_is_not_sent(run: Any, box: Any, options: dict[str, Any]) -> None:
    result = run("api", check_mode=True, **options, write=True)
    assert result == {"changed": True, "data": None, "metadata": {}}
    assert len(box.log) == 0


REFUSED = [
    HOLD,
    {"function": "frobnicate"},
    {"function": "batch"},
    {"function": "batch", "params": {"command": "hold_outgoing_email?user=alice"}},
    {"function": "batch", "params": {"command": ["version"], "command-0": "hold_outgoing_email?user=alice"}},
    {"function": "batch", "params": {"command": "uapi_cpanel?cpanel.function=suspend_login&cpanel.module=Email&cpanel.function=list_pops"}},
    uapi("suspend_login"),
    {"function": "uapi_cpanel"},
]  # fmt: skip


@pytest.mark.parametrize("options", REFUSED)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_may_write_needs_to_be_allowed(run_https: Any, box: Any, options: Any, check_mode: bool) -> None:
    result = run_https("api", check_mode, **options)
    assert result["error"]["kind"] == "invalid_input"
    assert f"{options['function']} writes, or is not known to be a read; set write: true" in result["msg"]
    assert len(box.log) == 0


def test_names_of_parameters_are_texts(run: Any) -> None:
    answer = run("api", function="accountsummary", params={"user": "alice", 1: "x"})
    assert answer["data"]["acct"][0]["user"] == "alice"
    result = run("api", function="version", params={1: "x", "1": "y"})
    assert "params: 1 is there twice, once as a text; leave one of them out." in result["msg"]


def test_carriers(run: Any, box: Any) -> None:
    pops = run("api", **uapi("list_pops"))
    assert pops["changed"] is False
    assert {row["email"] for row in pops["data"]["uapi"]["data"]} > {"info@alice.example.com"}
    many = run("api", function="batch", params={"command": ["version", "accountsummary?user=b%2Bx"]})
    assert [element["metadata"]["result"] for element in many["data"]["result"]] == [1, 0]
    assert run("api", **uapi("suspend_login"), write=True)["changed"] is True
    assert box.state.mailbox("info@alice.example.com").suspended_login


def test_a_failure_inside_uapi_is_a_failure(run: Any) -> None:
    options = uapi("suspend_login")
    options["params"]["email"] = "nosuch@alice.example.com"
    result = run("api", **options, write=True)
    assert result["failed"]
    assert result["error"]["kind"] == "refusal"


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"function": ""}, "an empty name is not the name of a WHM API 1 function"),
        ({"function": "../version"}, "../version is not the name"),
        ({"function": "version?x=y"}, "version?x=y is not the name"),
        ({"function": "Email::list_pops"}, "Email::list_pops is not the name"),
        ({"function": "version\n"}, "is not the name"),
        ({"function": "version", "params": {"a": {"b": 1}}}, "params: a is nested"),
        ({"function": "version", "params": {"a": [["b"]]}}, "params: a is nested"),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("api", **options, write=True)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_parameters_as_given(run: Any, box: Any) -> None:
    given = {
        "want": ["user", "domain"],
        "a": True,
        "b": False,
        "c": None,
        "d": 7,
        "e": "a+b&c=d%41 ü",
        "self": "x",
        "function": "y",
    }
    run("api", function="listaccts", params=given)
    assert sorted(box.log[0].params) == sorted(
        [("want", "user"), ("want", "domain"), ("a", "1"), ("b", "0"), ("d", "7"), ("e", "a+b&c=d%41 ü"), ("self", "x"), ("function", "y")]
    )  # fmt: skip


def test_a_refusal(run: Any) -> None:
    result = run("api", function="hold_outgoing_email", params={"user": "nosuch"}, write=True)
    assert result["failed"]
    assert result["changed"] is False
    assert result["error"]["reason"] == "You do not have a user named \u201cnosuch\u201d."


@pytest.mark.parametrize(
    "kind", ["reset_before", "reset_after", "close_after", "status_500_after", "empty", "truncated_json"]
)
def test_a_write_whose_answer_was_lost_is_not_repeated(run_https: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind, times=0))
    result = run_https("api", **HOLD, write=True)
    assert result["failed"]
    assert result["error"]["kind"] == "unknown_outcome"
    assert "whether the call was carried out is not known" in result["msg"]
    assert "Read the state before repeating the task." in result["msg"]
    assert len(box.log) == 1


def test_a_read_whose_answer_was_lost_is_repeated(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("reset_after", times=2))
    assert run_https("api", function="version")["data"] == {"version": "11.138.0.6"}
    assert len(box.log) == 3


def test_a_403_is_sent_once(run_https: Any, box: Any) -> None:
    box.faults.add(Fault("forbidden", times=0))
    assert run_https("api", function="version")["error"]["kind"] == "authentication"
    assert len(box.log) == 1


def test_an_unknown_function_is_said_to_be_unsupported(run: Any, box: Any) -> None:
    result = run("api", function="frobnicate", write=True)
    assert result["error"]["kind"] == "unsupported"
    assert len(box.log) == 1


def cpanel(function: str, version: int, user: str = "alice", module: str = "Email", **params: Any) -> dict[str, Any]:
    names = {"user": user, "module": module, "func": function, "apiversion": version}
    return {
        "function": "cpanel",
        "params": {**{f"cpanel_jsonapi_{key}": value for key, value in names.items()}, **params},
    }


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("enveloped", [False, True])
def test_a_user_that_is_none_is_refused_with_the_servers_words(
    run: Any, box: Any, version: int, enveloped: bool
) -> None:
    if enveloped:
        box.quirks.add("cpanel_enveloped")
    call = cpanel("list_pops", 3, "nosuch") if version == 3 else cpanel("stats", 2, "nosuch", "EmailTrack")
    result = run("api", **call)
    assert result["error"]["kind"] == "refusal"
    assert "You do not have a user" in result["msg"] if enveloped else "User parameter is invalid" in result["msg"]
    assert "There is no such cPanel account" in result["msg"] or enveloped


@pytest.mark.parametrize("enveloped", [False, True])
def test_what_failed_inside_cpanel_is_told(run: Any, box: Any, enveloped: bool) -> None:
    if enveloped:
        box.quirks.add("cpanel_enveloped")
    result = run("api", **cpanel("suspend_login", 3, email="nosuch@alice.example.com"), write=True)
    assert result["error"]["reason"] == "You do not have an email account named \u201cnosuch@alice.example.com\u201d."


@pytest.mark.parametrize("quirk", [None, "api2_status"])
def test_a_call_of_api_2_that_failed_with_event_result_1_is_a_failure(run: Any, box: Any, quirk: str | None) -> None:
    if quirk:
        box.quirks.add(quirk)
    box.patch({"emailtrack": {"fails": "the database is locked"}})
    result = run("api", **cpanel("stats", 2, module="EmailTrack"))
    assert result["failed"]
    assert result["error"]["reason"] == "Error from delivery reporter: the database is locked"


@pytest.mark.parametrize("call", [uapi("list_pops"), cpanel("list_pops", 3)])
def test_what_uapi_says_beside_its_verdict_are_warnings(run: Any, box: Any, call: dict[str, Any]) -> None:
    box.quirks.add("uapi_talks")
    texts = ["A warning about list_pops.", "It has two lines.", "A message about list_pops."]
    for options in (call, {"function": "batch", "params": {"command": ["version", command(call)]}}):
        result = run("api", **options)
        assert not result.get("failed")
        assert len(result["warnings"]) == 3
        assert all(any(part in warning for warning in result["warnings"]) for part in texts)


def command(call: dict[str, Any]) -> str:
    return "{}?{}".format(call["function"], "&".join(f"{key}={value}" for key, value in call["params"].items()))


def test_commands_of_a_batch_that_failed_are_named(run: Any) -> None:
    good, bad = "version", "accountsummary?user=nosuch"
    some = run("api", function="batch", params={"command": [good, bad]})
    assert not some.get("failed")
    assert any("command 2 (accountsummary) failed: Account does not exist." in text for text in some["warnings"])
    none = run("api", function="batch", params={"command": [bad, bad]})
    assert none["failed"]
    assert "command 1 (accountsummary) failed: Account does not exist." in none["msg"]


SPF = {"domain": ["alice.example.com", "bob.example.com"], "record": ["v=spf1 -all", "v=spf1 nonsense:"]}


def test_rows_that_say_no_are_told_although_the_function_says_yes(run: Any) -> None:
    """install_spf_records answers 1 whatever happens, and installs what it can."""
    mixed = run("api", function="install_spf_records", params=SPF, write=True)
    assert not mixed.get("failed")
    assert len(mixed["warnings"]) == 1
    bad = {name: values[1] for name, values in SPF.items()}
    alone = run("api", function="install_spf_records", params=bad, write=True)
    assert alone["failed"]
    assert alone["error"]["kind"] == "refusal"
    assert alone["error"]["reason"] in mixed["warnings"][0]


KEYS = {"function": "fetch_dkim_private_keys", "params": {"domain": "alice.example.com"}}


def test_secrets_in_an_answer_are_masked_unless_they_are_wanted(run: Any) -> None:
    shown = run("api", **KEYS)
    assert shown["data"]["payload"][0] == {"domain": "alice.example.com", "pem": "********"}
    assert "PRIVATE KEY" not in str(shown)
    assert any("1 value that looks like a secret is masked" in text for text in shown["warnings"])
    wanted = run("api", **KEYS, include_secrets=True)
    assert "PRIVATE KEY" in wanted["data"]["payload"][0]["pem"]
    assert "warnings" not in wanted
    inside = run(
        "api", function="batch", params={"command": ["version", "fetch_dkim_private_keys?domain=alice.example.com"]}
    )
    assert "PRIVATE KEY" not in str(inside)


def test_a_password_that_a_service_is_configured_with_is_masked(run: Any, box: Any) -> None:
    def service(ctx: Any, params: Any) -> dict[str, Any]:
        return {"service": "x", "config": {"port": "25", "password": "geheim1"}}

    HANDLERS["get_service_config"] = Handler("get_service_config", service)
    try:
        result = run("api", function="get_service_config", params={"service": "x"})
    finally:
        del HANDLERS["get_service_config"]
    assert result["data"] == {"service": "x", "config": {"port": "25", "password": "********"}}
    assert result["changed"] is False


@pytest.mark.parametrize("function", ["getdomainowner", "get_domain_info", "servicestatus", "get_tweaksetting"])
def test_functions_that_only_read_need_no_permission_to_write(run_https: Any, box: Any, function: str) -> None:
    result = run_https("api", function=function, params={"domain": "alice.example.com"})
    assert result.get("error", {}).get("kind") != "invalid_input"
    assert box.log.functions() == [function]
