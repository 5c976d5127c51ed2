# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of every module run against a server that has what they name, in check mode."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.tests.simulator import Simulator
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key
from ansible_collections.whm.mail.tests.subjects import ASK_A_SERVER, NO_SERVER

from .conftest import CHECKOUT, Play

MODULES = sorted(path.stem for path in (CHECKOUT / "plugins/modules").glob("[!_]*.py"))
MODULES = [name for name in MODULES if name not in NO_SERVER]

# What the examples speak of, beside what tests.yml has.
WORLD = {
    "accounts": {
        "alice": {
            "domain": "example.com",
            "addon_domains": ["example.org", "example.net"],
            "mailboxes": {"info": {"folders": {"INBOX": {"messages": 1, "vsize": 1}}}},
        },
    },
    "forwards": {"root": ["ops@example.org"], "nobody": ["root"]},
    "autoresponders": {"info@example.com": {"subject": "We are away"}},
}

VARIABLES = {
    "vault_dkim_private_key": pool_key(0),
    "mailbox_password": "correct horse battery 1",
    "customer_domains": ["example.com", "nosuch.example"],
    "customer_forwarders": [{"address": "info@example.com", "destinations": ["ann@example.net"]}],
}

FILES = {"exim.conf.j2": "primary_hostname = {{ inventory_hostname }}\n"}

# Tasks that are meant to fail: (module, name of the task).
MEANT_TO_FAIL: set[tuple[str, str]] = set()


@pytest.fixture(scope="module")
def examples() -> dict[str, list[dict[str, Any]]]:
    package = "ansible_collections.whm.mail.plugins.modules"
    return {name: yaml.safe_load(importlib.import_module(f"{package}.{name}").EXAMPLES) for name in MODULES}


def on_the_server(module: str, task: dict[str, Any]) -> dict[str, Any]:
    """A task for whmapi1 runs on the server itself, where the test is root already."""
    if (task.get(f"whm.mail.{module}") or {}).get("transport") != "cli":
        return task
    return {**task, "become": False, "connection": "elsewhere"}


def test_examples_run(
    play: Play, sim: Simulator, defaults: dict[str, Any], examples: dict[str, list[dict[str, Any]]]
) -> None:
    sim["whm1"].patch({"accounts": {"alice": None}})  # the one of tests.yml has other domains
    sim["whm1"].patch(WORLD)
    defaults["group/whm.mail.whm"]["whmapi1_path"] = str(sim.cli_dir("whm1") / "whmapi1")
    tasks = [
        {
            **on_the_server(module, task),
            "name": f"{module}: {task['name']}",
            "vars": {**VARIABLES, **task.get("vars", {})},
            "ignore_errors": True,
            "ignore_unreachable": True,
        }
        for module in MODULES
        for task in examples[module]
    ]
    played = play(tasks, "--check", "--diff", hosts="whm1", files=FILES)
    ended = [line for line in played.lines if line["outcome"] != "start"]
    assert [line["task"] for line in ended] == [task["name"] for task in tasks], "every task ran"
    failed = {line["task"]: line["result"].get("msg") for line in ended if line["outcome"] != "ok"}
    assert set(failed) == {": ".join(row) for row in MEANT_TO_FAIL}, failed
    assert sim["whm1"].log.writes() == []


def test_examples_of_the_controller_run(play: Play, sim: Simulator) -> None:
    tasks = [task for name in sorted(NO_SERVER - ASK_A_SERVER - {"mail_audit_report"}) for task in tasks_of(name)]
    played = play(tasks, "--check", hosts="whm1")
    assert played.code == 0, played.stdout
    assert {line["task"] for line in played.lines if line["outcome"] == "ok"} <= {task["name"] for task in tasks}
    assert len(sim["whm1"].log) == 0


def test_examples_of_an_audit_run(play: Play, sim: Simulator, tmp_path: Path) -> None:
    """They write in check mode, too, so that they need a store and a folder of their own."""
    tasks = [*tasks_of("mail_audit"), *tasks_of("mail_audit_report")]
    for task in tasks:
        if (
            "whm.mail.mail_audit" in task
        ):  # DNS does not answer about a domain of whm1, and one of the examples would fail for that
            task["whm.mail.mail_audit"] = {
                **(task["whm.mail.mail_audit"] or {}),
                "gather_subset": ["accounts", "forwards"],
            }
    text = json.dumps(tasks).replace("/srv/audits/mail", str(tmp_path / "audit"))
    played = play(
        json.loads(text),
        "--check",
        hosts="whm1",
        vars={"vault_store_url": str(tmp_path / "store")},
        env=store_in(tmp_path),
    )
    assert played.code == 0, played.stdout
    ran = [line["task"] for line in played.lines if line["outcome"] == "ok"]
    assert ran == [task["name"] for task in tasks if "ansible.builtin.fail" not in task]
    assert sim["whm1"].log.writes() == []


def test_examples_of_containment_run(play: Play, sim: Simulator, tmp_path: Path) -> None:
    tasks = [*tasks_of("containment"), *tasks_of("containment_release")]
    for task in tasks:
        task.get("whm.mail.containment", {}).update(recipients=0, since="24h", incident="2026-01-31")
    played = play(tasks, hosts="whm1", env=store_in(tmp_path))
    assert played.code == 0, played.stdout
    assert [line["task"] for line in played.lines if line["outcome"] == "ok"] == [task["name"] for task in tasks]


def tasks_of(name: str) -> list[dict[str, Any]]:
    module = importlib.import_module(f"ansible_collections.whm.mail.plugins.modules.{name}")
    tasks: list[dict[str, Any]] = yaml.safe_load(module.EXAMPLES)
    return tasks


def store_in(folder: Path) -> dict[str, str]:
    """The store of examples that name none."""
    return {"WHM_STORE": str(folder / "store.sqlite")}
