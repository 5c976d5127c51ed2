# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions that use the store take and return what their documentation says, and tell no secret."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible_collections.whm.mail.plugins.doc_fragments.connection import ModuleDocFragment as Connection
from ansible_collections.whm.mail.plugins.doc_fragments.store import ModuleDocFragment as StoreFragment
from ansible_collections.whm.mail.plugins.plugin_utils._controller.role_options import AUDIT, CONTAINMENT, RELEASE
from ansible_collections.whm.mail.tests.simulator import Simulator
from ansible_collections.whm.mail.tests.subjects import ASK_A_SERVER

from ..test_conventions import as_documented, document
from .conftest import Act

NAMES = ["containment", "containment_ledger", "containment_release", "mail_audit", "mail_audit_report"]
STANDARD = {"changed", "failed", "msg", "warnings"}
WANTED = {"forwards": [{"user": "root", "destinations": ["team@example.com"]}]}


@pytest.fixture(autouse=True)
def scratch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path / "scratch"))
    monkeypatch.delenv("WHM_STORE", raising=False)


@pytest.fixture
def connection(sim: Simulator) -> dict[str, Any]:
    box = sim["whm1"]
    return {"api_host": box.host, "api_port": box.port, "api_token": box.token, "ca_path": str(sim.ca_path)}


def spec(name: str) -> dict[str, Any]:
    found: dict[str, Any] = importlib.import_module(f"ansible_collections.whm.mail.plugins.action.{name}").SPEC
    return found


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_says_what_the_action_takes(name: str) -> None:
    shared = yaml.safe_load(StoreFragment.DOCUMENTATION)["options"]
    documented = {**shared, **document(name, "DOCUMENTATION")["options"]}
    assert {key: as_documented(option) for key, option in documented.items()} == {
        key: as_documented(option) for key, option in spec(name).items()
    }
    fragments = document(name, "DOCUMENTATION")["extends_documentation_fragment"]
    assert "whm.mail.store" in fragments
    assert ("whm.mail.connection" in fragments) is (name in ASK_A_SERVER)
    assert not set(yaml.safe_load(Connection.DOCUMENTATION)["options"]) & set(spec(name))


ROLES = {
    "mail_audit": (AUDIT, "audit_"),
    "mail_audit_report": (AUDIT, "audit_"),
    "containment": (CONTAINMENT, "containment_"),
    "containment_release": (RELEASE, "containment_"),
}


@pytest.mark.parametrize("name", ROLES)
def test_what_a_module_takes_its_role_takes_with_the_same_default(name: str) -> None:
    options, prefix = ROLES[name]
    others = {"policy", "store", "by", "mode", "incident", "earlier", "role_variables"}
    for key, option in spec(name).items():
        if key not in others:
            assert options[prefix + key].get("default") == option.get("default"), key


def test_an_audit_and_its_report_return_what_they_document(
    act: Act, sim: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    folder = {"folder": str(tmp_path / "audit")}
    whm1 = {"inventory_hostname": "whm1", "ansible_play_hosts_all": ["whm1"]}
    done = act("mail_audit", variables=whm1, policy=WANTED, **folder, **connection)
    (drift,) = [row for row in done["findings"] if row["severity"] == "drift"]
    assert (drift["resource"], drift["item"], drift["expected"], drift["actual"]) == (
        "forwards",
        "root",
        ["team@example.com"],
        ["ops@example.org"],
    )
    lost = act("mail_audit", variables={"inventory_hostname": "whm9"}, **folder, **{**connection, "api_port": 1})
    assert (lost["status"], lost["error"]["kind"], lost.get("failed")) == ("unreachable", "connection", None)
    assert lost["warnings"][0].startswith("whm9 could not be read: ")
    assert (set(done) | set(lost)) - STANDARD == set(document("mail_audit", "RETURN"))
    assert sim["whm1"].log.writes() == []
    made = act("mail_audit_report", variables=whm1, formats=["json", "openmetrics"], **folder)
    assert set(made) - STANDARD == set(document("mail_audit_report", "RETURN"))
    assert (made["written"], made["summary"]["findings"]["drift"], made["changed"]) == (True, 1, False)
    audit = json.loads((tmp_path / "audit/audit.json").read_text(encoding="utf-8"))
    assert audit["run"]["policy"]["forwards"] == [{**WANTED["forwards"][0]}]
    assert "whm_mail_accounts{" in (tmp_path / "audit/audit.prom").read_text(encoding="utf-8")


def test_containment_and_release_return_what_they_document(
    act: Act, sim: Simulator, connection: dict[str, Any], tmp_path: Path
) -> None:
    whm1 = {"variables": {"inventory_hostname": "whm1"}, "folder": str(tmp_path / "ledger")}
    wanted = {"since": "24h", "recipients": 0, "criteria": "recipients", "incident": "spring", **whm1, **connection}
    foretold = act("containment", check_mode=True, **wanted)
    assert (not (tmp_path / "ledger").exists(), foretold["changed"]) == (True, True)
    sim["whm1"].patch({"quirks": [{"name": "silent_noop", "functions": ["hold_outgoing_email"], "users": ["carol"]}]})
    done = act("containment", **wanted)
    assert ([row["user"] for row in done["held"]], [row["user"] for row in done["not_held"]]) == (["alice"], ["carol"])
    refused = act("containment", **{**wanted, "api_port": 1, "api_retries": 0})
    assert (set(done) | set(refused)) - STANDARD == set(document("containment", "RETURN"))
    said = set(document("containment", "RETURN")["held"]["contains"])
    assert said | {"until_epoch", "error"} == {key for row in done["held"] + done["not_held"] for key in row}
    lines = act("containment_ledger", include_history=True, include_evidence=True, user="alice", **whm1)
    assert set(lines) - STANDARD == set(document("containment_ledger", "RETURN"))
    (line,) = lines["entries"]
    assert [row["status"] for row in line["history"]] == ["planned", "held", "held"]
    assert {row["user"] for row in line["evidence"]["deliveries"]} == {"alice"}
    freed = act("containment_release", release_incident="spring", **whm1, **connection)
    assert [row["user"] for row in freed["released"]] == ["alice"]
    assert set(freed) - STANDARD == set(document("containment_release", "RETURN")) - {"error"}
    again = act("containment_release", release_users="alice", **whm1, **connection)
    assert (again["changed"], again["released"]) == (False, [])


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("mail_audit", {"policy": {"forward": []}}, "policy: forward is not known; what is known is "),
        ("mail_audit", {"policy": {"dkim": [{"state": "present"}]}}, "policy_dkim, entry 1: domains is missing"),
        ("mail_audit", {"since": "yesterday"}, "yesterday"),
        ("mail_audit", {"gather_subset": ["acounts"]}, "acounts"),
        ("mail_audit", {"queue_hours": -1}, "queue_hours: -1 is below 0"),
        ("mail_audit_report", {"mode": "rw"}, "mode: rw is no mode"),
        ("mail_audit_report", {"keep_days": -1}, "keep_days: -1 is below 0"),
        ("containment", {"hold_for": "tomorrow"}, "tomorrow"),
        ("containment", {"criteria": []}, "criteria is empty"),
        ("containment", {"incident": "../x"}, "incident: ../x cannot name an incident"),
        ("containment", {"keep_days": -1}, "below 0"),
        ("containment_release", {}, "Give exactly one of release_users, release_incident and release_expired"),
        ("containment_release", {"release_users": ["bob"]}, "has no line about bob"),
    ],
)
def test_bad_input_is_refused_before_a_server_is_asked(
    act: Act, sim: Simulator, connection: dict[str, Any], tmp_path: Path, name: str, options: dict[str, Any], words: str
) -> None:
    sim["whm1"].log.clear()
    given = {**(connection if name in ASK_A_SERVER else {}), "folder": str(tmp_path / "store"), **options}
    done = act(name, variables={"inventory_hostname": "whm1"}, **given)
    assert done["failed"]
    assert words in done["msg"]
    assert sim["whm1"].log.entries() == []
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("way", ["option", "variable", "environment"])
def test_a_store_that_cannot_be_reached_is_said_before_a_server_is_asked_and_its_password_is_not(
    act: Act,
    sim: Simulator,
    connection: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    way: str,
) -> None:
    sim["whm1"].log.clear()
    url = "postgresql://ann:s3cret-w%6Frd@127.0.0.1:1/mail"
    given = {**(connection if name in ASK_A_SERVER else {}), "folder": str(tmp_path / "store")}
    given |= {"release_expired": True} if name == "containment_release" else {}
    given |= {"store": url} if way == "option" else {}
    variables = {"inventory_hostname": "whm1", **({"whm_store": url} if way == "variable" else {})}
    if way == "environment":
        monkeypatch.setenv("WHM_STORE", url)
    done = act(name, variables=variables, **given)
    assert done["failed"]
    assert done["msg"].startswith("The store postgresql://ann@127.0.0.1:1/mail cannot be used: ")
    assert "s3cret" not in json.dumps(done)
    assert sim["whm1"].log.entries() == []


def test_a_store_that_is_dead_is_met_once_and_who_tries_again_tries(act: Act, tmp_path: Path) -> None:
    """The tasks of other hosts believe it; a retry for the same host does not."""
    broken = tmp_path / "broken.sqlite"
    broken.write_text("no database " * 99, encoding="utf-8")
    given = {"folder": str(tmp_path), "store": str(broken)}
    first = act("containment_ledger", variables={"inventory_hostname": "whm1"}, **given)
    broken.unlink()
    other = act("containment_ledger", variables={"inventory_hostname": "whm2"}, **given)
    assert (other["failed"], other["msg"]) == (True, first["msg"])
    again = act("containment_ledger", variables={"inventory_hostname": "whm1"}, **given)
    assert again["entries"] == []
    assert again["warnings"] == [
        f"There is no store {broken}; if somebody was ever held, whm_store or the folder is another one."
    ]


@pytest.mark.parametrize(
    ("options", "variables", "title"),
    [
        ({}, {"audit_title": 12}, "12"),
        ({"title": "Mine"}, {"audit_title": "Theirs", "audit_formats": "html"}, "Mine"),
        ({}, {"audit_title": ""}, "Mail audit"),
    ],
)
def test_options_come_from_the_variables_of_the_role_unless_the_task_gives_them(
    act: Act, tmp_path: Path, options: dict[str, Any], variables: dict[str, Any], title: str
) -> None:
    host = {"inventory_hostname": "whm1", "ansible_play_hosts_all": ["whm1"], "audit_folder": str(tmp_path / "a")}
    made = act("mail_audit_report", variables={**host, **variables}, role_variables=True, **options)
    page = (tmp_path / "a/audit.html").read_text(encoding="utf-8")
    assert f"<title>{title}" in page
    assert made["files"][-1] == str(tmp_path / "a/audit.html")


def test_variables_of_the_role_that_cannot_be_meant_are_named_as_they_are_called(act: Act, tmp_path: Path) -> None:
    host = {
        "inventory_hostname": "whm1",
        "audit_folder": str(tmp_path / "a"),
        "audit_keep_days": "-3",
        "audit_compare": "so",
    }
    done = act("mail_audit_report", variables=host, role_variables=True)
    assert done["msg"].startswith(
        "audit_compare: so is neither true nor false; write one of these. audit_keep_days: -3 is below 0"
    )
    assert not (tmp_path / "a").exists()
