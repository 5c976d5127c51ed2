# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""extensions/awx/controller.yml, run with the modules of awx.awx against a double of a controller."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import BIN, clean_environment, run
from .double import TOKEN, Controller, serving
from .kit import CHECKOUT, CREDENTIAL_TYPE, KIT, SCHEDULES, TEMPLATES, WORKFLOW

SECRETS = {"token": "TOKENQ7Z1V9", "tokens": "whm1.example.com: TOKENSQ7Z1V9"}
PASSWORD = "STOREQ7Z1V9"
STORE = f"postgresql://whm:{PASSWORD}@db.example.com/whm_mail"
SETTINGS = {
    "whm_awx_project_url": "https://git.example.com/ops/whm.git",
    "whm_awx_image": "registry.example.com/whm-mail:0.1.0",
    "whm_awx_credential": {"username": "root", **SECRETS, "ca": "-----BEGIN CERTIFICATE-----"},
    "whm_awx_store": STORE,
    "whm_awx_audit_slices": 4,
    "whm_awx_notifications": ["Mail to the team"],
    "whm_awx_approver_teams": ["Postmasters"],
    "whm_awx_approver_users": ["ann"],
}

EVERYTHING = {
    "credential_types": ["WHM"],
    "credentials": ["WHM"],
    "execution_environments": ["WHM"],
    "projects": ["WHM"],
    "inventories": ["WHM servers"],
    "inventory_sources": ["Project"],
    "job_templates": sorted(TEMPLATES),
    "workflow_job_templates": [WORKFLOW["name"]],
    "workflow_job_template_nodes": sorted(node["identifier"] for node in WORKFLOW["nodes"]),
    "workflow_approval_templates": [node["approval"]["name"] for node in WORKFLOW["nodes"] if "approval" in node],
    "schedules": sorted(schedule["name"] for schedule in SCHEDULES),
}


class Kit:
    """Runs of the playbook; each says what it changed."""

    def __init__(self, controller: Controller, url: str, awx: Path, folder: Path) -> None:
        self.controller, self.folder = controller, folder
        self.env = clean_environment(
            folder,
            CONTROLLER_HOST=url,
            CONTROLLER_OAUTH_TOKEN=TOKEN,
            ANSIBLE_COLLECTIONS_PATH=str(awx),
            ANSIBLE_PIPELINING="1",
        )
        self.printed = ""

    def run(self, *options: str, **settings: Any) -> list[str]:
        """The tasks that say that they changed something."""
        self.controller.writes.clear()
        argv = [BIN / "ansible-playbook", *options, KIT / "controller.yml", "-e", json.dumps({**SETTINGS, **settings})]
        self.printed = run(argv, self.env, self.folder)
        tasks = re.split(r"^TASK \[", self.printed, flags=re.MULTILINE)[1:]
        return [task.partition("]")[0] for task in tasks if re.search(r"^changed:", task, re.MULTILINE)]


@pytest.fixture
def controller() -> Controller:
    made = Controller()
    made.add("notification_templates", {"name": "Mail to the team", "organization": made.default})
    made.add("teams", {"name": "Postmasters", "organization": made.default})
    made.add("users", {"username": "ann"})
    return made


@pytest.fixture
def kit(controller: Controller, awx: Path, tmp_path: Path) -> Iterator[Kit]:
    with serving(controller) as url:
        yield Kit(controller, url, awx, tmp_path)


def test_create_again_and_remove(kit: Kit, controller: Controller) -> None:
    """One test, because each step begins where the one before it ended."""
    assert len(kit.run()) == 13
    created = controller.names()
    assert created == EVERYTHING
    assert_the_controller_got_what_the_data_say(controller)
    assert not [secret for secret in (*SECRETS.values(), PASSWORD) if secret in kit.printed]

    rotated = {**SETTINGS["whm_awx_credential"], "token": "NEWTOKENQ7Z1"}
    assert kit.run(whm_awx_credential=rotated) == [], kit.printed
    assert controller.names() == created
    assert controller.one("credentials", "WHM")["inputs"]["token"] == SECRETS["token"]
    update = kit.run("--tags", "credential", whm_awx_credential=rotated, whm_awx_update_secrets=True)
    assert update == ["The credential exists"]
    assert controller.one("credentials", "WHM")["inputs"]["token"] == "NEWTOKENQ7Z1"

    without = {
        "whm_awx_store": "",
        "whm_awx_notifications": [],
        "whm_awx_approver_teams": [],
        "whm_awx_approver_users": [],
    }
    assert kit.run(**without) == ["The credential exists", "The job templates exist"]
    assert "store" not in controller.one("credentials", "WHM")["inputs"]
    assert_the_folder(controller, "/var/lib/whm-mail")
    assert_somebody_is_told_and_may_approve(controller)

    assert len(kit.run(whm_awx_state="absent")) == 7
    assert controller.names() == {}
    assert kit.run(whm_awx_state="absent") == []
    assert controller.writes == []


def assert_the_controller_got_what_the_data_say(controller: Controller) -> None:
    kept = controller.one("credential_types", "WHM")
    assert (kept["inputs"], kept["injectors"]) == (CREDENTIAL_TYPE["inputs"], CREDENTIAL_TYPE["injectors"])
    assert controller.one("credentials", "WHM")["inputs"] == {**SETTINGS["whm_awx_credential"], "store": STORE}
    credential = controller.one("credentials", "WHM")["id"]
    for name, template in TEMPLATES.items():
        item = controller.one("job_templates", name)
        assert (item["playbook"], item["job_type"]) == (template["playbook"], template["job_type"])
        assert controller.surveys[item["id"]] == template["survey"]
        assert controller.linked("job_templates", item["id"], "credentials") == [credential]
        assert item["job_slice_count"] == (4 if name == "WHM audit" else 1)
    assert_the_folder(controller, "")
    assert_somebody_is_told_and_may_approve(controller)
    nodes = {
        node["identifier"]: controller.one("workflow_job_template_nodes", node["identifier"])
        for node in WORKFLOW["nodes"]
    }
    for node in WORKFLOW["nodes"]:
        followers = [nodes[name]["id"] for name in node.get("next", [])]
        found = controller.linked("workflow_job_template_nodes", nodes[node["identifier"]]["id"], "success_nodes")
        assert found == followers
    assert nodes["enforce"]["unified_job_template"] == controller.one("job_templates", "WHM enforce")["id"]
    enabled = {row["key"] for row in SCHEDULES if controller.one("schedules", row["name"])["enabled"]}
    assert enabled == {"audit"}


def assert_the_folder(controller: Controller, folder: str) -> None:
    for name in TEMPLATES:
        item = controller.one("job_templates", name)
        assert json.loads(item["extra_vars"]) == {"whm_folder": folder, "whm_slices": item["job_slice_count"]}


def assert_somebody_is_told_and_may_approve(controller: Controller) -> None:
    """Of failed jobs and of a waiting approval; and who may approve sees the audit, and nothing more."""
    mail = [row["id"] for row in controller.kinds["notification_templates"].values()]
    jobs = {name: controller.one("job_templates", name)["id"] for name in TEMPLATES}
    for name, number in jobs.items():
        assert controller.linked("job_templates", number, "notification_templates_error") == mail, name
    workflow = controller.one("workflow_job_templates", WORKFLOW["name"])["id"]
    assert controller.linked("workflow_job_templates", workflow, "notification_templates_approvals") == mail
    for kind in ("teams", "users"):
        everybody = list(controller.kinds[kind])
        assert controller.given("workflow_job_templates", workflow, "approval_role", kind) == everybody
        assert [
            name for name, number in jobs.items() if controller.given("job_templates", number, "read_role", kind)
        ] == ["WHM audit"]


def test_a_store_that_no_job_could_use_is_refused(kit: Kit, controller: Controller) -> None:
    with pytest.raises(AssertionError, match="whm_awx_store to be empty or to begin with postgresql://"):
        kit.run(whm_awx_store="mysql://whm@db.example.com/whm_mail")
    assert controller.names() == {}


def test_the_guide_names_settings_that_there_are() -> None:
    page = (CHECKOUT / "docs/awx.md").read_text(encoding="utf-8")
    (play,) = yaml.safe_load((KIT / "controller.yml").read_text(encoding="utf-8"))
    named = set(re.findall(r"\bwhm_awx_\w+", page))
    assert named <= set(play["vars"])
    assert len(named) > 5
    (folder,) = re.findall(r"'(/.*)'", play["vars"]["whm_awx_folder"])
    assert folder in page


def test_the_guide_calls_modules_with_options_that_they_take(awx: Path, tmp_path: Path) -> None:
    page = (CHECKOUT / "docs/awx.md").read_text(encoding="utf-8")
    calls = re.findall(r"^ansible localhost -m (\S+) -a '(.*)'$", page, re.MULTILINE)
    env = clean_environment(tmp_path, ANSIBLE_COLLECTIONS_PATH=str(awx))
    docs = json.loads(run([BIN / "ansible-doc", "--json", *(module for module, _options in calls)], env, tmp_path))
    for module, options in calls:
        assert set(json.loads(options)) <= set(docs[module]["doc"]["options"]), module
    assert len(calls) == 4
