# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The job templates from end to end: credential, survey, ansible-runner, the playbooks of the installed collection, simulated servers.

Three servers with the names of the example inventory, each with a token of its own.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import place_of
from ansible_collections.whm.mail.tests.simulator import Simulator

from .conftest import BIN, clean_environment, run
from .job import Job, Launcher, inject
from .kit import CREDENTIAL_TYPE, PROJECT, TEMPLATES, WORKFLOW

TOKENS = {"whm1": "FIRSTQ7Z1V9K3", "whm2": "SECONDQ7Z1V9K3", "whm3": "THIRDQ7Z1V9K3"}

Launch = Callable[..., Job]


def named(name: str) -> str:
    """A simulated server's name in the example inventory."""
    return f"{name}.example.com"


def servers(sim: Simulator, folder: Path) -> str:
    """The example inventory as a controller imports it, and where its servers are."""
    argv: list[str | Path] = [BIN / "ansible-inventory", "-i", PROJECT / "inventory/servers.yml", "--list", "--export"]
    inventory = json.loads(run(argv, clean_environment(folder), folder))
    for name, box in sim.boxes.items():
        inventory["_meta"]["hostvars"].setdefault(named(name), {}).update(ansible_host=box.host, whm_api_port=box.port)
    return json.dumps(inventory)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The folder that a controller mounts into its jobs."""
    folder = tmp_path / "state"
    folder.mkdir()
    return folder


@pytest.fixture
def store() -> str:
    """What the credential says of the store: nothing."""
    return ""


@pytest.fixture
def launch(fleet: Simulator, installed: Path, state: Path, store: str, tmp_path: Path) -> Launch:
    """launch(template, answers, job_type=…, limit=…): whm1 and whm2 have their tokens by name, whm3 has the credential's."""
    for name, box in fleet.boxes.items():
        box.patch({"callers": {"root": {"token": TOKENS[name], "privileges": ["all"]}}})
    own = "\n".join(f"{named(name)}: {TOKENS[name]}" for name in ("whm1", "whm2"))
    ca = Path(fleet.ca_path).read_text(encoding="utf-8")
    inputs = {"token": TOKENS["whm3"], "tokens": own, "ca": ca, "store": store}
    (tmp_path / "env").mkdir()
    environment = inject(CREDENTIAL_TYPE, inputs, tmp_path / "env")
    launcher = Launcher(tmp_path, installed, servers(fleet, tmp_path), environment)

    def start(
        name: str, answers: dict[str, Any] | None = None, folder: Path | str = state, slices: int = 1, **prompts: str
    ) -> Job:
        extra_vars = {"whm_folder": "" if store else str(folder), "whm_slices": slices}
        return launcher.launch(TEMPLATES[name], extra_vars, answers or {}, **prompts)

    return start


def lines(store: str, folder: Path) -> list[dict[str, Any]]:
    """The ledger."""
    return Ledger(open_store(place_of("whm_store", store, {}, folder))).entries()


def leaks(job: Job) -> set[str]:
    """Whose token stands somewhere in what a controller gets: plain, encoded, or as part of a header."""
    found = set()
    for name, token in TOKENS.items():
        encoded = [
            base64.b64encode(text.encode()).decode().rstrip("=")
            for text in (token, f"root:{token}", f"whm root:{token}")
        ]
        if any(form in text for form in (token, quote(token, safe=""), *encoded) for text in job.texts().values()):
            found.add(name)
    return found


def writes(sim: Simulator) -> dict[str, int]:
    return {name: len(box.log.writes()) for name, box in sim.boxes.items() if box.log.writes()}


def test_audit_then_enforce_as_the_workflow_does(launch: Launch, fleet: Simulator, state: Path) -> None:
    audit = launch("WHM audit")
    assert audit.code == 0, audit.stdout
    summary = audit.artifacts["whm_audit"]["summary"]
    assert (summary["servers"]["total"], writes(fleet)) == (3, {})
    report = json.loads((state / "audit/audit.json").read_text(encoding="utf-8"))
    assert sorted(server["name"] for server in report["servers"]) == [named(name) for name in sorted(fleet.boxes)]
    assert summary["findings"]["drift"] > 0
    drift = [(server["name"], row) for server in report["servers"] for row in server["drift"]]
    for name, row in drift:
        line = json.dumps(f"{name}: {' '.join(row['message'].split())}")  # as Ansible prints it
        assert (line in audit.stdout) == (row["severity"] != "info"), line

    (answers,) = [node["answers"] for node in WORKFLOW["nodes"] if node.get("template") == "WHM enforce"]
    enforce = launch("WHM enforce", answers)
    assert enforce.code == 0, enforce.stdout
    assert enforce.artifacts["whm_enforce"] == {
        "why": "Approved after an audit",
        "by": "ann",
        "check": False,
        "done": [named(name) for name in sorted(fleet.boxes)],
        "failed": [],
    }
    assert fleet["whm1"].state.accounts["bobby"].hold is None
    again = launch("WHM audit", {"audit_fail_on": ["drift"]})
    left = [
        row for server in json.loads((state / "audit/audit.json").read_text())["servers"] for row in server["drift"]
    ]
    assert (again.code, [row["message"] for row in left if row["severity"] == "drift"]) == (0, []), again.stdout
    assert leaks(audit) | leaks(enforce) | leaks(again) == set()


def test_contain_as_a_check_then_for_real_then_release(launch: Launch, fleet: Simulator, state: Path) -> None:
    answers = {"whm_incident": "2026-01-31", "containment_recipients": 500}
    check = launch("WHM contain", answers, job_type="check")
    assert (check.code, writes(fleet)) == (0, {}), check.stdout
    assert list(check.artifacts["whm_containment"]["held"][named("whm1")]) == ["carla"]
    assert not (state / "containment").exists()

    contain = launch("WHM contain", answers, limit=named("whm1"))
    assert contain.code == 0, contain.stdout
    assert contain.artifacts["whm_containment"]["incident"] == "2026-01-31"
    assert fleet["whm1"].state.accounts["carla"].hold is not None
    (entry,) = lines("", state / "containment")
    assert (entry["user"], entry["by"], entry["status"], entry["until_epoch"]) == ("carla", "ann", "held", None)

    release = launch("WHM release", {"whm_release_users": "carla,\n"})
    assert release.code == 0, release.stdout
    assert release.artifacts["whm_containment"]["released"][named("whm1")] == ["carla"]
    assert fleet["whm1"].state.accounts["carla"].hold is None
    assert leaks(check) | leaks(contain) | leaks(release) == set()


@pytest.mark.parametrize("folder", ["/not/mounted", ""])
def test_nothing_is_written_where_it_would_be_lost(launch: Launch, fleet: Simulator, folder: str) -> None:
    job = launch("WHM contain", folder=folder)
    assert job.code != 0
    assert "This job has no PostgreSQL database in WHM_STORE, and no folder" in job.failures()[0]
    assert [box.log.entries() for box in fleet.boxes.values()] == [[], [], []], "no server was asked anything"


class TestWithPostgreSQL:
    """Every job has a folder of its own, which ends with it: all that they share is the database."""

    @pytest.fixture
    def store(self, database_url: str) -> str:
        return database_url

    def test_no_job_needs_what_another_left_in_a_folder(
        self, launch: Launch, fleet: Simulator, store: str, state: Path
    ) -> None:
        first = launch("WHM audit")
        assert (first.code, writes(fleet)) == (0, {}), first.stdout
        assert first.artifacts["whm_audit"]["since_earlier"] == {}
        contain = launch("WHM contain", {"whm_incident": "spring", "containment_recipients": 500}, limit=named("whm1"))
        assert contain.code == 0, contain.stdout
        (entry,) = lines(store, state)
        assert (entry["user"], entry["status"], entry["by"]) == ("carla", "held", "ann")
        second = launch("WHM audit")
        since = second.artifacts["whm_audit"]["since_earlier"]
        assert (second.code, since["open"] > 0, since["gone"]) == (0, True, 0), second.stdout
        release = launch("WHM release", {"whm_release_incident": "spring"})
        assert release.code == 0, release.stdout
        assert fleet["whm1"].state.accounts["carla"].hold is None
        assert [entry["status"] for entry in lines(store, state)] == ["released"]

        jobs = (first, contain, second, release)
        assert [leaks(job) for job in jobs] == [set()] * 4
        password = str(urlsplit(store).password)
        assert not [path for job in jobs for path, text in job.texts().items() if password in text]
        shown = str(contain.artifacts["whm_containment"]["store"])
        assert (shown.startswith("postgresql://"), password in shown) == (True, False)
        assert not list(state.iterdir())


def test_an_answer_is_text_and_a_refused_token_is_no_secret_told(launch: Launch, fleet: Simulator) -> None:
    """What is typed into a survey is not a template; a server that refuses its token is named, and the others are done."""
    fleet["whm2"].patch({"callers": {"root": {"token": "ANOTHER"}}})
    job = launch("WHM enforce", {"whm_why": "{{ lookup('ansible.builtin.env', 'WHM_API_TOKEN') }}"})
    assert job.code != 0
    done = job.artifacts["whm_enforce"]
    assert done["why"] == "{{ lookup('ansible.builtin.env', 'WHM_API_TOKEN') }}"
    assert (done["done"], done["failed"]) == ([named("whm1"), named("whm3")], [named("whm2")])
    assert leaks(job) == set()

    planted = base64.b64encode(f"whm root:{TOKENS['whm3']}".encode()).decode()
    (job.folder / "artifacts/planted").write_text(planted, encoding="utf-8")
    (job.folder / "artifacts/job/job_events/planted.json").write_text(f'"{TOKENS["whm1"]}"', encoding="utf-8")
    assert leaks(job) == {"whm1", "whm3"}, "the search finds what there is to find"


def test_slices_have_reports_of_their_own(launch: Launch, state: Path) -> None:
    assert launch("WHM audit", slices=3).code == 0
    assert [path.relative_to(state) for path in state.rglob("audit.json")] == [
        Path("audit", named("whm1"), "audit.json")
    ]
