# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tokens and passwords appear nowhere: whatever ansible-playbook prints, returns and leaves behind at -vvvv is searched."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.whm.mail.tests.simulator import Simulator

from .conftest import Play, Played

Task = dict[str, Any]

# One WHM user for each way in which credentials may be given, so that a leak tells where it comes from.
SECRETS = {
    "bytask": "TASKQ7Z1V9K3M5",
    "bydefaults": "DEFAULTSQ7Z1V9K3M5",
    "byenvironment": "ENVIRONMENTQ7Z1V9K3M5",
    "byvault": "VAULTQ7Z1V9K3M5",
    "bypassword": 'pass wörd/+=&%?"Q7Z1',
}
WRONG = "WRONGQ7Z1V9K3M5"
SPLIT = "SPLITQ7Z1V9 K3M5"
VAULT_PASSWORD = "VAULTPASSWORDQ7Z1"
INPUTS = ("play.yml", "inventory.yml", "vaulted.yml", "vault-password")


def forms(name: str, secret: str) -> set[str]:
    """A secret as it may come to light: plain, URI-encoded, in JSON, in JSON inside JSON, base64, as a header."""
    headers = [f"{name}:{secret}", f"whm {name}:{secret}"]
    encoded = [base64.b64encode(text.encode("utf-8")).decode("ascii") for text in (secret, *headers)]
    in_json = {json.dumps(secret, ensure_ascii=ascii_only)[1:-1] for ascii_only in (True, False)}
    found = {
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        *in_json,
        *(json.dumps(text)[1:-1] for text in in_json),
        repr(secret)[1:-1],
    }
    return found | set(encoded) | {text.rstrip("=") for text in encoded}


FORMS = {
    (name, form)
    for name, secret in {**SECRETS, "wrong": WRONG, "split": SPLIT, "vault password": VAULT_PASSWORD}.items()
    for form in forms(name, secret)
}


def leaks(texts: Mapping[str, str]) -> set[tuple[str, str]]:
    """(where, whose) for every secret found."""
    return {(where, name) for where, text in texts.items() for name, form in FORMS if form in text}


def everything(played: Played, folder: Path, sim: Simulator) -> dict[str, str]:
    """All that a run printed and returned, all files it left, and the URLs and command lines that the servers saw."""
    texts = {"stdout": played.stdout, "stderr": played.stderr, "results": json.dumps(played.lines, ensure_ascii=False)}
    texts["urls"] = "\n".join(entry.url for box in sim.boxes.values() for entry in box.log)
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in INPUTS:
            texts[f"file {path.name}"] = path.read_text(encoding="utf-8", errors="replace")
    return texts


def failing(name: str, module: str, options: Task, **keywords: Any) -> Task:
    """Last come three lines that are not secret: Ansible shows the lines before a task that fails."""
    return {"name": name, f"whm.mail.{module}": options, **keywords, "ignore_errors": True, "diff": True}


def one_way(name: str, given: Task, secret: str) -> list[Task]:
    """The same tasks for every way of giving credentials. `given` is what the task itself says, `secret` an expression."""
    wrong = {"api_username": name, "api_token": WRONG}
    return [
        failing(f"{name}: predict", "outgoing_mail", {**given, "users": [name], "hold": True}, check_mode=True),
        failing(f"{name}: change", "outgoing_mail", {**given, "users": [name], "hold": True}),
        failing(f"{name}: change back", "outgoing_mail", {**given, "users": [name], "hold": False}),
        failing(f"{name}: an answer with the secret in it", "account_info", {**given, "user": name}),
        failing(f"{name}: an error with the secret in it", "api", {**given, "function": "is_role_enabled", "params": {"role": secret}}),
        failing(f"{name}: refused", "account_info", {**given, **wrong}),
        failing(f"{name}: not a token", "account_info", {**given, "api_username": name, "api_token": SPLIT}),
        failing(f"{name}: unreachable", "account_info", {**given, "api_port": 1, "api_retries": 0}),
        failing(f"{name}: bad input", "outgoing_mail", {**given, "users": ["root"], "hold": True}),
        failing(f"{name}: bad type", "outgoing_mail", {**given, "users": [name], "hold": "perhaps"}),
        failing(f"{name}: by whmapi1", "account_info", {**given, "user": name, "transport": "cli"}),
        failing(f"{name}: change by whmapi1", "outgoing_mail", {**given, "users": [name], "hold": True, "transport": "cli"}),
    ]  # fmt: skip


OTHER_MODULES = [
    failing("other: server_info", "server_info", {}),
    failing("other: forward_destination", "forward_destination", {"user": "root", "destinations": ["a@example.com"]}),
    failing("other: forward_destination_info", "forward_destination_info", {}),
    failing("other: mailbox_info", "mailbox_info", {"users": ["alice", "nosuch"]}),
    failing("other: loop", "account_info", {"user": "{{ item }}"}, loop=["alice", "bydefaults"], register="whole"),
    {"name": "show", "ansible.builtin.debug": {"var": "whole"}},
]


def tasks(connection: Task) -> list[Task]:
    by_vault = {"api_username": "byvault", "api_token": "{{ vaulted }}"}
    by_defaults = {**connection, "api_username": "bydefaults", "api_token": SECRETS["bydefaults"]}
    # The empty token keeps out the one of the environment, which would win over a password.
    by_password = {"api_username": "bypassword", "api_token": "", "api_password": SECRETS["bypassword"]}
    return [
        *one_way("bytask", {"api_username": "bytask", "api_token": SECRETS["bytask"]}, SECRETS["bytask"]),
        *one_way("bypassword", by_password, SECRETS["bypassword"]),
        *one_way("byvault", by_vault, "{{ vaulted }}"),
        *one_way("byenvironment", {}, "{{ lookup('ansible.builtin.env', 'WHM_API_TOKEN') }}"),
        {
            "name": "Credentials by module_defaults",
            "module_defaults": {"group/whm.mail.whm": by_defaults},
            "block": [*one_way("bydefaults", {}, SECRETS["bydefaults"]), *OTHER_MODULES],
        },
    ]


@pytest.fixture
def connection(sim: Simulator) -> Task:
    """Everything but credentials and port; the port comes from the environment."""
    whmapi1 = sim.cli_dir("whm1") / "whmapi1"
    return {"api_host": sim["whm1"].host, "ca_path": str(sim.ca_path), "whmapi1_path": str(whmapi1)}


@pytest.fixture
def secretive(sim: Simulator, play: Play, connection: Task, tmp_path: Path) -> Callable[..., Played]:
    """Runs tasks on whm1, whose callers have these secrets, and each of whose plans is named like one of them."""
    box = sim["whm1"]
    callers = {
        name: {"token": secret, "privileges": ["all"]} for name, secret in SECRETS.items() if name != "bypassword"
    }
    callers["bypassword"] = {"password": SECRETS["bypassword"], "privileges": ["all"]}
    accounts = {
        name: {"domain": f"{name}.example.com", "plan": f"plan of {secret}"} for name, secret in SECRETS.items()
    }
    box.patch({"callers": callers, "accounts": accounts})
    box.quirks.add("no_lockout")
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    (tmp_path / "vaulted.yml").write_bytes(vault.encrypt(json.dumps({"vaulted": SECRETS["byvault"]})))
    (tmp_path / "vault-password").write_text(VAULT_PASSWORD, encoding="utf-8")

    def run(wanted: list[Task], **options: Any) -> Played:
        env = {"WHM_USERNAME": "byenvironment", "WHM_API_TOKEN": SECRETS["byenvironment"], "WHM_PORT": str(box.port)}
        return play(
            wanted,
            "-vvvv",
            "--diff",
            "--vault-password-file",
            str(tmp_path / "vault-password"),
            hosts="whm1",
            env={**env, "ANSIBLE_LOG_PATH": str(tmp_path / "log")},
            vars={"ansible_connection": "local"},
            vars_files=[str(tmp_path / "vaulted.yml")],
            module_defaults={"group/whm.mail.whm": connection},
            **options,
        )

    return run


@pytest.mark.parametrize("way", ["in process", "ordinary modules"])
def test_no_secret_comes_to_light(
    way: str,
    secretive: Any,
    connection: Task,
    sim: Simulator,
    tmp_path: Path,
    without_action_plugin: Path,
    collections_path: Path,
) -> None:
    collections = collections_path if way == "in process" else without_action_plugin
    played = secretive(tasks(connection), collections=collections)
    assert leaks(everything(played, tmp_path, sim)) == set()
    assert_what_was_meant_to_happen_did(played)
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in played.stdout, "the options were printed, without the secrets"


def assert_what_was_meant_to_happen_did(played: Played) -> None:
    """Nothing is proved by tasks that failed for another reason."""
    for name in SECRETS:
        found = {
            line["task"].partition(": ")[2]: line["result"]
            for line in played.lines
            if line["task"].startswith(f"{name}: ") and "result" in line
        }
        assert len(found) == 12, name
        assert found["predict"]["changed"]
        assert found["predict"]["diff"] == found["change"]["diff"]
        assert found["change"]["changed"]
        assert found["an answer with the secret in it"]["accounts"][0]["plan"].startswith("plan of *"), found
        assert "is not a valid role" in found["an error with the secret in it"]["msg"]
        assert found["refused"]["error"]["http_status"] == 403
        assert "contains a space" in found["not a token"]["msg"]
        assert "connection was refused" in found["unreachable"]["msg"]
        assert "root is a system user" in found["bad input"]["msg"]
        assert "perhaps" in found["bad type"]["msg"]
        assert found["by whmapi1"]["accounts"]
        assert found["change by whmapi1"]["changed"]


def test_the_search_would_find_a_leak(secretive: Any, sim: Simulator, tmp_path: Path) -> None:
    left = tmp_path / "left"
    planted = [
        {"name": "print it", "ansible.builtin.debug": {"msg": "{{ vaulted | b64encode }}"}},
        {"name": "leave it", "ansible.builtin.copy": {"dest": str(left), "content": "{{ password | urlencode }}", "mode": "0600"}},
        {"name": "tell it", "whm.mail.account_info": {"domain": "{{ vaulted | lower }}.example.com"}},
    ]  # fmt: skip
    planted[1]["vars"] = {"password": SECRETS["bypassword"]}
    found = leaks(everything(secretive(planted), tmp_path, sim))
    assert {("stdout", "byvault"), ("results", "byvault"), ("file log", "byvault")} <= found
    assert ("file left", "bypassword") in found


@pytest.mark.parametrize(("name", "form"), sorted(FORMS))
def test_the_search_knows_every_form(name: str, form: str) -> None:
    assert ("here", name) in leaks({"here": f"before{form}after"})
