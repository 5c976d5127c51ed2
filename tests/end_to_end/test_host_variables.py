# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to reach a server stands once, in variables of the host: each way of running takes it from there."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from .conftest import ANSIBLE_PLAYBOOK, CHECKOUT, Play, environment
from .test_guides import type_in
from .test_in_process import failing, task

BASTION = {"bastion": {"ansible_connection": "elsewhere"}}
ASYNC = {"async": 60, "poll": 1}


@pytest.fixture
def inventory(sim: Any) -> dict[str, Any]:
    """Each server with its own variables; what they need is templated, as from a vault file."""
    hosts = {
        name: {
            "ansible_host": box.host,
            "ansible_port": 1,
            "whm_api_port": str(box.port),
            "vault_token": box.token,
            "whm_api_token": "{{ vault_token }}",
        }
        for name, box in sim.boxes.items()
    }
    return {"whm_servers": {"hosts": hosts, "vars": {"whm_ca_path": str(sim.ca_path)}}}


@pytest.fixture
def defaults() -> dict[str, Any]:
    """No module_defaults."""
    return {}


WAYS: dict[str, dict[str, Any]] = {
    "in this process": {},
    "loop": {"loop": ["alice", "bob"]},
    "delegated to this machine": {"delegate_to": "localhost"},
    "delegated": {"delegate_to": "bastion"},
    "async": {**ASYNC, "delegate_to": "bastion"},
    "variables of the task": {"vars": {"whm_api_timeout": 30}},
}


def test_each_way_of_running_takes_them(play: Play, sim: Any) -> None:
    tasks = [task(name, "account_info", **keywords) for name, keywords in WAYS.items()]
    tasks.append({"name": "Role", "ansible.builtin.include_role": {"name": "whm.mail.policy"}})
    policy = {"policy_forwards": [{"user": "root", "destinations": ["team@example.com"]}]}
    played = play(tasks, "-vvv", extra_hosts=BASTION, vars=policy)
    assert played.code == 0, played.stdout
    for name in ("whm1", "whm2"):
        for way in WAYS:
            result = played.results(way, name)[0]
            rows = result["results"][0]["accounts"] if "results" in result else result["accounts"]
            assert [row["user"] for row in rows] == sorted(sim[name].state.accounts), way
        assert sim[name].state.localaliases["root"] == ["team@example.com"]
        assert sim[name].token not in played.stdout + played.stderr
        assert {entry.http_status for entry in sim[name].log} == {200}


@pytest.mark.parametrize("way", ["in this process", "delegated"])
def test_what_is_nearer_the_task_wins(play: Play, sim: Any, way: str) -> None:
    """Task, module_defaults, the host's variable, and only then the environment."""
    box = sim["whm1"]
    reseller = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    wrong = {"WHM_API_TOKEN": "WRONG", "WHM_PORT": "1", "WHM_USERNAME": "nobody", "WHM_CA_PATH": "/nonexistent"}
    keywords = WAYS[way]
    played = play(
        [
            task("variable", "account_info", **keywords),
            task("task", "account_info", reseller, **keywords),
            task("environment of the task", "account_info", environment=wrong, **keywords),
        ],
        hosts="whm1",
        env={**wrong, "WHM_USERNAME": ""},
        extra_hosts=BASTION,
        vars={"whm_api_username": "root"},
        module_defaults={"whm.mail.server_info": {"api_token": "OTHER"}},
    )
    assert played.code == 0, played.stdout
    assert [entry.caller for entry in box.log] == ["root", "reseller1", "root"]


def test_module_defaults_win(play: Play, sim: Any) -> None:
    played = play(
        [task("read", "account_info")],
        hosts="whm1",
        vars={"whm_api_timeout": 1, "whm_api_token": "WRONG"},
        module_defaults={"group/whm.mail.whm": {"api_token": sim["whm1"].token, "api_timeout": 31}},
    )
    assert played.code == 0, played.stdout


@pytest.mark.parametrize("way", ["in this process", "delegated"])
def test_a_password_of_the_task_is_not_beaten_by_a_token_that_it_does_not_give(play: Play, sim: Any, way: str) -> None:
    box = sim["whm1"]
    box.state.callers["root"].password = "Pass-word-1"
    played = play(
        [task("read", "account_info", {"api_password": "Pass-word-1"}, **WAYS[way])],
        hosts="whm1",
        extra_hosts=BASTION,
        vars={"whm_api_token": "WRONG"},
    )
    assert played.code == 0, played.stdout


def test_what_is_empty_is_not_given(play: Play, sim: Any) -> None:
    box = sim["whm1"]
    names = ["api_port", "api_username", "api_password", "validate_certs", "api_timeout", "transport", "ca_path"]
    nothings = ["", None, "{{ omit }}", "{{ unknown | default(omit) }}", "{{ '' }}"]
    played = play(
        [task("read", "account_info", vars={f"whm_{name}": nothing for name in names}) for nothing in nothings],
        hosts="whm1",
        env={"WHM_PORT": str(box.port), "WHM_CA_PATH": str(sim.ca_path)},
    )
    assert played.code == 0, played.stdout


def test_no_variable_sends_a_task_to_another_server(play: Play, sim: Any) -> None:
    played = play([task("read", "account_info")], vars={"whm_api_host": "203.0.113.1", "whm_host": "203.0.113.1"})
    assert played.code == 0, played.stdout
    assert [row["user"] for row in played.result("read", "whm2")["accounts"]] == sorted(sim["whm2"].state.accounts)


def test_a_token_in_a_vault(play: Play, sim: Any, tmp_path: Path) -> None:
    box = sim["whm1"]
    secret = VaultLib([("default", VaultSecret(b"open"))]).encrypt(box.token).decode()
    lines = "\n".join(f"  {line}" for line in secret.splitlines())
    (tmp_path / "password").write_text("open", encoding="utf-8")
    for variable in ("whm_api_token", "vault_token"):
        played = play(
            [task(way, "account_info", **WAYS[way]) for way in ("in this process", "delegated", "async")],
            f"--vault-password-file={tmp_path / 'password'}",
            "-vvv",
            hosts="whm1",
            extra_hosts=BASTION,
            vars_files=["secrets.yml"],
            files={"secrets.yml": f"{variable}: !vault |\n{lines}\n"},
        )
        assert played.code == 0, played.stdout
        assert box.token not in played.stdout + played.stderr


def test_a_variable_that_cannot_be_used_says_so(play: Play, sim: Any) -> None:
    played = play(
        [
            failing("undefined", "account_info", vars={"whm_api_token": "{{ nowhere }}"}),
            failing("no number", "account_info", vars={"whm_api_port": "ninety"}),
            failing("no bool", "account_info", vars={"whm_validate_certs": "perhaps"}),
        ],
        hosts="whm1",
    )
    assert "nowhere" in played.result("undefined")["msg"]
    assert "api_port" in played.result("no number")["msg"]
    assert "validate_certs" in played.result("no bool")["msg"]
    assert len(sim["whm1"].log) == 0


def test_whmapi1_gets_no_credentials(play: Play, sim: Any) -> None:
    """The variable chooses the transport too; what only HTTPS needs is not even looked at."""
    path = str(sim.cli_dir("whm1") / "whmapi1")
    chosen = {
        "whm_transport": "cli",
        "whm_whmapi1_path": path,
        "whm_api_token": "{{ nowhere }}",
        "whm_ca_path": "{{ no }}",
    }
    played = play([task("read", "account_info")], "-vvv", hosts="whm1", connection="elsewhere", vars=chosen)
    assert played.code == 0, played.stdout
    assert {entry.transport for entry in sim["whm1"].log} == {"cli"}


def test_the_playbooks_need_nothing_else(play: Play) -> None:
    """Neither module_defaults nor a fixed group."""
    for path in sorted((CHECKOUT / "playbooks").glob("*.yml")):
        for each in yaml.safe_load(path.read_text(encoding="utf-8")):
            assert "module_defaults" not in each, path
            assert each.get("hosts", "{{ whm_hosts").startswith("{{ whm_hosts"), path


@pytest.mark.parametrize(("given", "reached"), [([], ["whm1", "whm2"]), (["-e", "whm_hosts=some:!whm1"], ["whm2"])])
def test_the_playbooks_run_for_the_hosts_that_are_named(
    sim: Any, inventory: dict[str, Any], tmp_path: Path, given: list[str], reached: list[str]
) -> None:
    groups = {**inventory, "some": {"hosts": {"whm1": None, "whm2": None}}}
    (tmp_path / "inventory.yml").write_text(json.dumps(groups), encoding="utf-8")
    forwards = json.dumps({"policy_forwards": [{"user": "root", "destinations": ["team@example.com"]}]})
    type_in(tmp_path, ["-i", "inventory.yml", "whm.mail.enforce", "-e", forwards, *given], {})
    assert [name for name, box in sim.boxes.items() if len(box.log)] == reached


@pytest.mark.parametrize("name", ["audit", "enforce", "contain", "release"])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["-e", "whm_hosts=nobody"], "matches nobody, so nothing was done"),
        (["--limit", "elsewhere"], "matches whm_servers within --limit elsewhere, so nothing was done"),
    ],
)
def test_a_playbook_for_no_hosts_fails_with_a_sentence(
    sim: Any, inventory: dict[str, Any], tmp_path: Path, name: str, given: list[str], words: str
) -> None:
    groups = {**inventory, "nobody": {"hosts": {}}, "others": {"hosts": {"elsewhere": None}}}
    (tmp_path / "inventory.yml").write_text(json.dumps(groups), encoding="utf-8")
    argv = [str(ANSIBLE_PLAYBOOK), "-i", "inventory.yml", f"whm.mail.{name}", *given]
    done = subprocess.run(argv, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert words in " ".join((done.stdout + done.stderr).split())
    assert not any(len(box.log) for box in sim.boxes.values())


@pytest.mark.parametrize("name", ["enforce", "contain", "audit"])
def test_a_playbook_that_reaches_no_server_fails(tmp_path: Path, name: str) -> None:
    dead = {"whm_servers": {"hosts": {"whm9": {"ansible_host": "127.0.0.1", "whm_api_port": 1, "whm_api_token": "x"}}}}
    (tmp_path / "inventory.yml").write_text(json.dumps(dead), encoding="utf-8")
    forwards = json.dumps({"policy_forwards": [{"user": "root", "destinations": []}], "whm_api_retries": 0})
    argv = [str(ANSIBLE_PLAYBOOK), "-i", "inventory.yml", f"whm.mail.{name}", "-e", forwards]
    done = subprocess.run(argv, env=environment(tmp_path), cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0


@pytest.mark.parametrize("option", ["--syntax-check", "--list-tasks", "--list-hosts", "--list-tags"])
def test_a_playbook_can_be_looked_at_without_hosts(tmp_path: Path, option: str) -> None:
    type_in(tmp_path, [option, "whm.mail.demo"], {})
