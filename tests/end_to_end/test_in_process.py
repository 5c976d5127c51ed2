# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action plugin: where a task runs, which server it reaches, and that both ways return the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key

from .conftest import Play

HOLD = {"whm.mail.outgoing_mail": {"users": ["alice"], "hold": True}}


def task(name: str, module: str, options: dict[str, Any] | None = None, **keywords: Any) -> dict[str, Any]:
    return {"name": name, f"whm.mail.{module}": options or {}, **keywords}


def failing(name: str, module: str, options: dict[str, Any] | None = None, **keywords: Any) -> dict[str, Any]:
    return task(name, module, options, ignore_errors=True, **keywords)


BOTH_WAYS = [
    task("read all", "account_info"),
    task("alias", "account_info", {"user": "alice"}),
    task("comma list", "account_info", {"users": "alice,bob"}),
    task("server", "server_info"),
    task("predict", "outgoing_mail", {"users": ["alice", "bob"], "hold": True}, check_mode=True),
    task("hold", "outgoing_mail", {"users": ["alice", "bob"], "hold": "yes"}),
    task("again", "outgoing_mail", {"users": ["alice", "bob"], "hold": True}),
    task("release and repair", "outgoing_mail", {"user": "bob", "hold": False}),
    failing("partial", "outgoing_mail", {"users": ["nosuch", "carol"], "hold": True}),
    task("forward", "forward_destination", {"user": "root", "destinations": ["a@example.com"]}),
    task("forwards", "forward_destination", {"forwards": [{"user": "nobody", "destination": []}]}),
    task("forwards read", "forward_destination_info", {"users": ["root", "nobody"]}),
    failing("mailboxes", "mailbox_info", {"users": ["alice", "nosuch"]}),
    task("call", "api", {"function": "gethostname"}),
    failing("call that writes", "api", {"function": "hold_outgoing_email", "params": {"user": "alice"}}),
    task("call in check mode", "api", {"function": "modifyacct", "write": True}, check_mode=True),
    failing("unknown option", "outgoing_mail", {"users": ["alice"], "hold": True, "bogus": 1}),
    failing("missing option", "outgoing_mail", {"hold": True}),
    failing("wrong type", "outgoing_mail", {"users": ["alice"], "hold": "perhaps"}),
    failing("wrong choice", "account_info", {"transport": "pigeon"}),
    failing("exclusive options", "forward_destination", {"users": ["root"], "destinations": [], "forwards": []}),
    failing("required together", "forward_destination", {"users": ["root"]}),
    failing("required one of", "forward_destination"),
    failing("nested option", "forward_destination", {"forwards": [{"user": "root", "destinations": [], "x": 1}]}),
    failing("nested required", "forward_destination", {"forwards": [{"user": "root"}]}),
    failing("our own check", "outgoing_mail", {"users": ["root"], "hold": True}),
    failing("both names", "account_info", {"user": "alice", "users": ["bob"]}),
    failing("no token", "account_info", {"api_token": ""}),
    failing("bad token", "account_info", {"api_token": "ALICE-SECRET"}),
    failing("bad ca", "account_info", {"ca_path": "/nonexistent.pem"}),
    failing("port out of range", "account_info", {"api_port": 0}),
    task("loop", "account_info", {"user": "{{ item }}"}, loop=["alice", "bob"]),
    task("changed_when", "outgoing_mail", {"user": "dave", "hold": True}, changed_when=False),
    failing("failed_when", "account_info", failed_when=True),
    task("no_log", "account_info", {"user": "alice"}, no_log=True),
    task("delegated to localhost", "account_info", {"user": "alice"}, delegate_to="localhost"),
]
MISSING = {"ignore_missing": True}
FEW = {"domains": ["nowhere.example", "alice.example.com"], **MISSING}
WITH_LISTS = [
    task("missing accounts", "outgoing_mail", {"users": "nosuch,alice", "hold": True, **MISSING}),
    task("missing sessions", "mailbox_sessions", {"users": ["alice", "nosuch"], **MISSING}),
    task("missing forwards", "forward_destination", {"users": ["nosuch"], "destinations": [], "ignore_missing": "yes"}),
    task("missing domains", "dkim", FEW),
    task("missing keys", "dkim_key", {"keys": [{"domain": "nowhere.example", "private_key": pool_key(1)}], **MISSING}),
    task("missing records", "spf", {**FEW, "record": "v=spf1 mx -all"}),
    task("missing names", "mail_sni", FEW),
    task(
        "missing addresses",
        "mailbox_messages",
        {"addresses": ["nosuch@alice.example.com"], "mailbox": "INBOX", "query": "savedbefore 30d", **MISSING},
    ),
    task("nobody", "outgoing_mail", {"users": [], "hold": True, "api_token": ""}),
    task("nobody as a text", "outgoing_mail", {"users": "[]", "hold": "true"}),
    task("nobody as an empty text", "mailbox_sessions", {"users": ""}),
    task("some as a text", "outgoing_mail", {"users": '["alice", "bob"]', "hold": "true"}),
    task("rows as a text", "forward_destination", {"forwards": '[{"user": "root", "destinations": "a@b.example"}]'}),
    task("nothing read", "account_info", {"users": "[]"}),
    failing("not false", "outgoing_mail", {"users": ["nosuch"], "hold": True, "ignore_missing": "false"}),
]
# What the ordinary way adds by itself, and what carries times or paths.
ADDED = ("exception", "_ansible_delegated_vars", "_ansible_verbose_always", "_ansible_item_label")


def comparable(result: Any) -> Any:
    if isinstance(result, dict):
        return {key: comparable(value) for key, value in result.items() if key not in ADDED and value not in ([], None)}
    return [comparable(item) for item in result] if isinstance(result, list) else result


@pytest.mark.parametrize("tasks", [BOTH_WAYS, WITH_LISTS], ids=["all", "lists"])
def test_both_ways_return_the_same(
    play: Play, sim: Any, collections_path: Path, without_action_plugin: Path, tasks: list[dict[str, Any]]
) -> None:
    options = {"hosts": "whm1", "vars": {"ansible_connection": "local"}}
    here = play(tasks, "--diff", "-vvv", collections=collections_path, **options)
    state = flags(sim)
    sim["whm1"].reset()
    there = play(
        tasks,
        "--diff",
        "-vvv",
        collections=without_action_plugin,
        **options,
        module_defaults={"group/whm.mail.whm": {**DEFAULTS(sim), "api_host": sim["whm1"].host}},
    )
    assert [line["task"] for line in here.lines] == [line["task"] for line in there.lines]
    for one, other in zip(here.lines, there.lines, strict=True):
        if one["outcome"] != "start":
            assert comparable(one["result"]) == comparable(other["result"]), one["task"]
            assert one["outcome"] == other["outcome"], one["task"]
    assert flags(sim) == state
    assert "runs in this process" in here.stdout
    assert "AnsiballZ" not in here.stdout
    assert "AnsiballZ" in there.stdout


def flags(sim: Any) -> dict[str, Any]:
    state = sim["whm1"].state
    return {"hold": sorted(state.hold_list), "accounts": {name: bool(a.hold) for name, a in state.accounts.items()}}


def DEFAULTS(sim: Any) -> dict[str, Any]:  # noqa: N802
    box = sim["whm1"]
    return {"api_port": box.port, "api_token": box.token, "ca_path": str(sim.ca_path)}


def test_hosts_without_ssh_are_reached_by_their_own_address(play: Play, sim: Any) -> None:
    """No connection, no delegation; and a variable of the environment sends nobody elsewhere."""
    played = play([task("read", "account_info")], env={"WHM_HOST": "203.0.113.1", "WHM_API_TOKEN": "wrong"})
    assert played.code == 0, played.stdout
    assert [a["user"] for a in played.result("read", "whm2")["accounts"]] == sorted(sim["whm2"].state.accounts)
    assert [a["user"] for a in played.result("read", "whm1")["accounts"]] == sorted(sim["whm1"].state.accounts)


def test_the_inventory_name_is_the_address_where_there_is_no_other(play: Play, sim: Any) -> None:
    played = play(
        [task("read", "account_info")],
        hosts="127.0.0.2",
        extra_hosts={"127.0.0.2": {"whm_port": sim["whm1"].port, "whm_token": sim["whm1"].token}},
        env={"WHM_HOST": "203.0.113.1"},
    )
    # The simulator listens on 127.0.0.1 only: being refused there shows where the call went.
    assert "127.0.0.2" in played.result("read")["msg"]
    assert "203.0.113.1" not in played.stdout


@pytest.mark.parametrize("known", [True, False])
def test_localhost_means_the_server_of_the_environment(play: Play, sim: Any, known: bool) -> None:
    box = sim["whm1"]
    env = {"WHM_PORT": str(box.port), "WHM_API_TOKEN": box.token, "WHM_CA_PATH": str(sim.ca_path)}
    played = play(
        [task("read", "account_info")],
        hosts="localhost",
        module_defaults={},
        env={**env, "WHM_HOST": box.host} if known else env,
    )
    if known:
        assert played.code == 0, played.stdout
        assert played.result("read")["accounts"]
    else:
        assert "api_host is missing" in played.result("read")["msg"]
        assert len(box.log) == 0


def test_defaults_reach_the_modules_they_are_for(play: Play, sim: Any, defaults: dict[str, Any]) -> None:
    """Group, then one module's own, then the task's; and one module's defaults stay with it."""
    reseller = {"api_username": "reseller1", "api_token": sim["whm1"].state.callers["reseller1"].token}
    root = {"api_username": "root", "api_token": sim["whm1"].token}
    played = play(
        [
            task("group", "forward_destination_info", {"users": ["root"]}),
            task("module", "account_info"),
            task("task", "account_info", root),
        ],
        hosts="whm1",
        module_defaults={**defaults, "whm.mail.account_info": reseller},
    )
    assert played.code == 0, played.stdout
    callers = [entry.caller for entry in sim["whm1"].log]
    assert callers == ["root", "reseller1", "root"]


@pytest.mark.parametrize(
    "keywords",
    [{"strategy": "free"}, {"serial": 1}, {"throttle": 1}, {"strategy": "host_pinned"}],
    ids=lambda keywords: next(iter(keywords)) + str(next(iter(keywords.values()))),
)
def test_no_credential_or_connection_serves_another_host(play: Play, sim: Any, keywords: dict[str, Any]) -> None:
    tasks = [
        task(
            "read",
            "account_info",
            {"users": "{{ item }}"},
            loop=[["alice"], ["zoe"], ["bob"]],
            loop_control={"label": "x"},
        ),
        task("once", "server_info", run_once=True),
        task("more", "account_info"),
    ]
    played = play(tasks, "--forks", "10", **keywords)
    assert played.code == 0, played.stdout
    for name in ("whm1", "whm2"):
        assert {entry.http_status for entry in sim[name].log} == {200}
    loops = [entry.connection for entry in sim["whm1"].log if entry.function == "accountsummary"]
    assert len(loops) == 3
    assert len(set(loops)) == 1, "the items of a loop share their worker's connection"
    shared = set(sim["whm1"].log.connections()) & set(sim["whm2"].log.connections())
    assert not shared


def test_elsewhere_a_task_is_an_ordinary_module(play: Play, sim: Any) -> None:
    bastion = {"bastion": {"ansible_connection": "elsewhere"}}
    played = play(
        [
            task("delegated", "account_info", {"user": "alice"}, delegate_to="bastion"),
            task("async", "account_info", {"user": "alice"}, delegate_to="bastion", **{"async": 30, "poll": 1}),
        ],
        "-vvv",
        hosts="whm1",
        extra_hosts=bastion,
        env={"WHM_HOST": "203.0.113.1"},
    )
    assert played.code == 0, played.stdout
    assert played.result("delegated")["accounts"][0]["user"] == "alice"
    assert played.result("async")["accounts"][0]["user"] == "alice"
    assert "runs as a module on bastion" in played.stdout
    assert "because it is async" in played.stdout
    assert "runs in this process" not in played.stdout


def test_credentials_of_the_environment_go_along(play: Play, sim: Any, defaults: dict[str, Any]) -> None:
    del defaults["group/whm.mail.whm"]["api_token"]
    played = play(
        [task("delegated", "account_info", {"user": "alice"}, delegate_to="bastion")],
        hosts="whm1",
        extra_hosts={"bastion": {"ansible_connection": "elsewhere"}},
        env={"WHM_API_TOKEN": sim["whm1"].token},
    )
    assert played.code == 0, played.stdout


def test_cli_runs_on_the_server_itself(play: Play, sim: Any) -> None:
    path = str(sim.cli_dir("whm1") / "whmapi1")
    played = play(
        [task("hold", "outgoing_mail", {"users": ["alice"], "hold": True, "transport": "cli", "whmapi1_path": path})],
        "-vvv",
        hosts="whm1",
        connection="elsewhere",
    )
    assert played.code == 0, played.stdout
    assert "transport: cli" in played.stdout
    assert sim["whm1"].state.accounts["alice"].hold
    assert {entry.transport for entry in sim["whm1"].log} == {"cli"}


def test_the_environment_of_the_task_counts(play: Play, sim: Any, defaults: dict[str, Any]) -> None:
    del defaults["group/whm.mail.whm"]["api_token"]
    played = play(
        [task("read", "account_info", {"user": "alice"}, environment={"WHM_API_TOKEN": "{{ whm_token }}"})],
        hosts="whm1",
    )
    assert played.code == 0, played.stdout


HERE_AND_THERE = [{}, {"async": 60, "poll": 1}]
WAYS = pytest.mark.parametrize("way", HERE_AND_THERE, ids=["in process", "async"])


@WAYS
def test_the_environment_of_the_task_beats_that_of_the_controller(
    play: Play, sim: Any, defaults: dict[str, Any], way: dict[str, Any]
) -> None:
    """Each variable that stands in for an option, and what else a connection depends on."""
    box = sim["whm1"]
    good = {
        "WHM_HOST": box.host,
        "WHM_PORT": str(box.port),
        "WHM_USERNAME": "reseller1",
        "WHM_API_TOKEN": box.state.callers["reseller1"].token,
        "WHM_CA_PATH": "~/ca.pem",
        "HOME": str(Path(sim.ca_path).parent),
        "HTTPS_PROXY": "",
        "NO_PROXY": "127.0.0.1",
    }
    bad = {
        "WHM_HOST": "203.0.113.1",
        "WHM_PORT": "1",
        "WHM_USERNAME": "root",
        "WHM_API_TOKEN": "WRONG",
        "WHM_CA_PATH": "/nonexistent.pem",
        "HTTPS_PROXY": "ftp://nonsense",
    }
    assert Path(sim.ca_path).name == "ca.pem"
    played = play(
        [task("read", "server_info", environment=good, **way)],
        hosts="localhost",
        connection="local",
        module_defaults={},
        # of a localhost that no inventory names, Ansible takes the path of its own Python, and cannot run it where there is a space in it
        vars={"ansible_python_interpreter": "{{ lookup('ansible.builtin.env', 'ANSIBLE_PYTHON_INTERPRETER') }}"},
        env=bad,
    )
    assert played.code == 0, played.stdout
    assert {entry.caller for entry in box.log} == {"reseller1"}


@WAYS
def test_the_password_of_the_task_beats_a_token_of_the_environment(
    play: Play, sim: Any, defaults: dict[str, Any], way: dict[str, Any]
) -> None:
    box = sim["whm1"]
    del defaults["group/whm.mail.whm"]["api_token"]
    played = play(
        [
            task("option", "account_info", {"user": "alice", "api_password": box.password}, **way),
            task("environment", "account_info", {"user": "alice"}, environment={"WHM_PASSWORD": box.password}, **way),
        ],
        hosts="whm1",
        connection="local",
        env={"WHM_API_TOKEN": "WRONG"},
    )
    assert played.code == 0, played.stdout


@WAYS
def test_what_is_blank_is_not_given(play: Play, sim: Any, defaults: dict[str, Any], way: dict[str, Any]) -> None:
    blank = dict.fromkeys(
        ["api_host", "api_username", "api_timeout", "transport", "whmapi1_path", "validate_certs"], ""
    )
    blank |= {"api_port": " ", "api_token": "", "ca_path": ""}
    box = sim["whm1"]
    env = {"WHM_PORT": str(box.port), "WHM_API_TOKEN": box.token, "WHM_CA_PATH": str(sim.ca_path)}
    empty = {"WHM_USERNAME": "", "WHM_VALIDATE_CERTS": " "}
    played = play(
        [
            task(
                "read",
                "account_info",
                {"user": "alice", **blank},
                environment={"WHM_PORT": "", "WHM_API_TOKEN": ""},
                **way,
            )
        ],
        hosts="whm1",
        connection="local",
        module_defaults={},
        env={**env, **empty},
    )
    assert played.code == 0, played.stdout
    assert played.result("read")["accounts"][0]["user"] == "alice"


@WAYS
def test_inline_vaults_dates_and_keys_that_are_numbers(
    play: Play, sim: Any, defaults: dict[str, Any], tmp_path: Path, way: dict[str, Any]
) -> None:
    """Arguments that have not been through JSON look in this process as they do in an ordinary module's."""
    box = sim["whm1"]
    vault = VaultLib([("default", VaultSecret(b"opensesame"))])
    hidden = {text: vault.encrypt(text).decode() for text in (box.token, "alice", "gethostname")}
    password = tmp_path / "password"
    password.write_text("opensesame", encoding="utf-8")
    defaults["group/whm.mail.whm"]["api_token"] = box.token
    tasks = [
        task("nested", "account_info", {"users": ["alice"]}, **way),
        task("text", "api", {"function": "gethostname", "params": {1: "alice", "when": "{{ when }}"}}, **way),
    ]
    played = play(
        tasks, f"--vault-password-file={password}", hosts="whm1", connection="local", vaulted=hidden,
        vars={"when": "2026-01-02"},
    )  # fmt: skip
    assert played.code == 0, played.stdout
    assert played.result("nested")["accounts"][0]["user"] == "alice"
    assert box.log[-1].params == [("1", "alice"), ("when", "2026-01-02")]
    assert box.token not in played.stdout


def test_a_timeout_ends_the_task(play: Play, sim: Any) -> None:
    sim["whm1"].faults.add(Fault("stall_before", seconds=30))
    played = play([failing("slow", "account_info", timeout=1), task("next", "account_info")], hosts="whm1")
    assert played.code == 0, played.stdout
    assert [line["outcome"] for line in played.lines if line["task"] == "slow"] == ["start", "failed"]
    assert played.result("next")["accounts"]


@pytest.mark.parametrize("loop", [[1], [1, 2]])
def test_a_timeout_waits_for_no_request_that_flies_beside_others(play: Play, sim: Any, loop: list[int]) -> None:
    """They are held for longer than the whole play may take: who waits for them fails."""
    box = sim["whm1"]
    box.patch({"generate": {"accounts": 40, "prefix": "user"}})
    box.faults.add(Fault("stall_before", function="list_pops_for", times=0, after=2, seconds=600))
    users = [f"user{number}" for number in range(1, 41)]
    options = {"users": users, "api_batch_size": 5, "api_concurrency": 4, "api_timeout": 900}
    played = play(
        [failing("slow", "mailbox_info", options, timeout=5, loop=loop), task("next", "server_info")], hosts="whm1"
    )
    assert played.code == 0, played.stdout
    assert played.result("next")["server"]
    stalled = [entry for entry in box.log if entry.fault == "stall_before"]
    assert len(stalled) <= 4 * len(loop), "nothing was begun after it"


def test_everything_is_imported_before_the_workers_are_forked(play: Play) -> None:
    played = play([HOLD], hosts="whm1")
    imported = next(line["imported"] for line in played.lines if line["outcome"] == "start")
    for name in ("action.api", "module_utils._state.runner", "module_utils._whm.https"):
        assert f"ansible_collections.whm.mail.plugins.{name}" in imported
