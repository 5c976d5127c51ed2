# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role audit against simulated servers: every server in the report, no request that writes, the same in check mode."""

from __future__ import annotations

import csv
import json
import re
import stat
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.end_to_end.conftest import Play, Played
from ansible_collections.whm.mail.tests.simulator import Fault, Simulator
from jsonschema import Draft202012Validator

SCHEMA = Path(__file__).resolve().parents[2] / "docs/audit.schema.json"
FILES = ["audit.csv", "audit.html", "audit.json", "audit.xml"]
STORE = ["store.sqlite", "store.sqlite.lock"]
DEAD = {"whm9": {"ansible_host": "127.0.0.1", "ansible_port": 1, "whm_port": 1, "whm_token": "x"}}
POLICY = {
    "policy_outgoing_mail": [{"users": ["bob"], "hold": True, "exclusive": True, "max_changes": 5}],
    "policy_forwards": [{"user": "root", "destinations": ["team@example.com"]}],
    "policy_exim": {"state": "valid"},
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "report"


def audit(play: Play, folder: Path, *arguments: str, hosts: str = "whm_servers", **variables: Any) -> Played:
    task = {
        "name": "Audit",
        "ansible.builtin.include_role": {"name": "whm.mail.audit"},
        "vars": {"audit_folder": str(folder), **variables},
    }
    return play([task], *arguments, hosts=hosts, extra_hosts=DEAD)


def read(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(document)
    return document


def findings(document: dict[str, Any], server: str) -> dict[str, dict[str, Any]]:
    (row,) = [row for row in document["servers"] if row["name"] == server]
    return {finding["id"].partition("/")[2]: finding for finding in row["drift"]}


@pytest.mark.parametrize("check", [[], ["--check", "--diff"]], ids=["for real", "in check mode"])
def test_an_audit_writes_its_report_and_nothing_to_a_server(
    play: Play, sim: Simulator, folder: Path, check: list[str]
) -> None:
    for box in sim.boxes.values():
        box.log.clear()
    played = audit(play, folder, *check, hosts="all", audit_gather_subset=["all"], **POLICY)
    assert played.code == 0, played.stdout + played.stderr
    assert [entry for box in sim.boxes.values() for entry in box.log.writes()] == []
    assert not [result for result in played.results() if result.get("changed")]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == {**dict.fromkeys(FILES, 0o640), **dict.fromkeys(STORE, 0o600)}
    document = read(folder)
    assert [row["name"] for row in document["servers"]] == sorted([*sim.boxes, "whm9"])
    assert document["servers"][-1]["status"] == "unreachable"
    found = findings(document, "whm1")
    assert (found["outgoing_mail/bobby/hold"]["severity"], found["outgoing_mail/bobby/hold"]["found"]) == (
        "drift",
        True,
    )
    assert "outgoing_mail/bob/hold" not in found
    assert found["outgoing_mail/dave/suspended"]["severity"] == "info"


def test_all_files_tell_the_same(play: Play, folder: Path) -> None:
    played = audit(play, folder, hosts="all", **POLICY)
    document = read(folder)
    assert played.stats()["whm_audit"] == {
        "summary": document["summary"],
        "since_earlier": {},
        "files": [str(folder / name) for name in ("audit.json", "audit.csv", "audit.xml", "audit.html")],
    }
    ids = {finding["id"] for row in document["servers"] for finding in row["drift"]}
    assert ids
    with (folder / "audit.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["id"] for row in rows if row["severity"] != "unread"} == ids
    assert [row["server"] for row in rows if row["severity"] == "unread"] == ["whm9"]
    root = ET.parse(folder / "audit.xml").getroot()  # noqa: S314  (our own file)
    assert int(root.get("failures", 0)) + int(root.get("skipped", 0)) == len(ids)
    page = (folder / "audit.html").read_text(encoding="utf-8")
    groups = re.findall(r'<tr data-severity="\w+"(?: data-count="(\d+)")?', page)
    assert sum(int(count or 1) for count in groups) == len(ids), "what is the same on several servers is one row"


@pytest.mark.parametrize("strategy", ["linear", "free", "ansible.builtin.host_pinned"])
@pytest.mark.parametrize("loss", ["failed", "unreachable"])
def test_a_server_that_an_earlier_task_lost_is_in_the_report(
    play: Play, folder: Path, strategy: str, loss: str
) -> None:
    lost: dict[str, Any] = {
        "failed": {"ansible.builtin.fail": {"msg": "lost"}},
        "unreachable": {"ansible.builtin.raw": "true", "vars": {"ansible_connection": "ssh"}},
    }[loss]
    tasks = [
        {"name": "Lose one", **lost, "when": "inventory_hostname == 'whm9'"},
        {"ansible.builtin.wait_for": {"timeout": 2}, "connection": "local", "when": "inventory_hostname != 'whm9'"},
        {"ansible.builtin.include_role": {"name": "whm.mail.audit"}, "vars": {"audit_folder": str(folder)}},
    ]
    play(tasks, hosts="all", extra_hosts=DEAD, strategy=strategy)
    (row,) = [row for row in read(folder)["servers"] if row["name"] == "whm9"]
    assert (row["status"], row["error"]["kind"]) == ("failed", "not_tried")
    assert read(folder)["left_out"] == []


@pytest.mark.parametrize("loss", ["failed", "unreachable"])
def test_a_play_that_forgives_keeps_servers_that_an_earlier_task_lost(
    play: Play, sim: Simulator, folder: Path, loss: str
) -> None:
    """Ansible ends a play when its last host is lost, and no role can run then. These two keywords of the play keep them."""
    lost = {
        "failed": {"name": "Lose all", "ansible.builtin.fail": {"msg": "lost"}},
        "unreachable": {"name": "Lose all", "ansible.builtin.raw": "true", "vars": {"ansible_connection": "ssh"}},
    }[loss]
    role = {"ansible.builtin.include_role": {"name": "whm.mail.audit"}, "vars": {"audit_folder": str(folder)}}
    play([lost, role], hosts="others", extra_hosts=DEAD)
    assert not folder.exists()
    played = play([lost, role], hosts="all", extra_hosts=DEAD, ignore_errors=True, ignore_unreachable=True)
    assert played.code == 0, played.stdout
    assert {row["name"]: row["status"] for row in read(folder)["servers"]} == {
        **dict.fromkeys(sim.boxes, "ok"),
        "whm1": "partial",  # DNS does not answer about a domain of its
        "whm9": "unreachable",
    }


def test_users_of_the_system_that_the_policy_names_are_read(play: Play, sim: Simulator, folder: Path) -> None:
    wanted = [{"user": "nobody", "destinations": ["root"]}, {"user": "cpanel", "destinations": ["ops@example.org"]}]
    audit(play, folder, audit_gather_subset=["forwards"], policy_forwards=wanted)
    found = findings(read(folder), "whm1")
    assert "forwards/nobody/destinations" not in found
    assert (found["forwards/cpanel/destinations"]["severity"], found["forwards/cpanel/destinations"]["found"]) == (
        "drift",
        [],
    )


@pytest.mark.parametrize(
    ("variables", "in_time"), [({}, True), ({"whm_api_timeout": 1}, False), ({"audit_timeout": 1}, False)]
)
def test_a_server_may_take_its_time(
    play: Play, sim: Simulator, defaults: dict[str, Any], folder: Path, variables: dict[str, Any], in_time: bool
) -> None:
    """A server that is busy with DNS and then hangs up: whether the audit waited for that is in what it says."""
    sim["whm1"].faults.add(Fault("stall_before", function="validate_current_dkims", times=0, seconds=2))
    defaults["group/whm.mail.whm"] |= {"api_timeout": 1, "api_retries": 0}
    audit(play, folder, hosts="whm1", audit_gather_subset=["auth"], **variables)
    (server,) = read(folder)["servers"]
    reason = server["unread"][0]["reason"]
    assert ("api_timeout" not in reason) is in_time, reason


def test_when_no_server_answers_there_is_a_report_and_the_play_fails(play: Play, folder: Path) -> None:
    played = audit(play, folder, hosts="others")
    assert played.code != 0
    assert "The audit could read no server of 1" in played.stdout
    assert read(folder)["summary"]["servers"] == {"total": 1, "ok": 0, "partial": 0, "failed": 0, "unreachable": 1}


def test_the_second_audit_says_what_changed_since_the_first(play: Play, sim: Simulator, folder: Path) -> None:
    audit(play, folder)
    assert "compared_with" not in read(folder)
    sim["whm1"].state.accounts["bobby"].hold = None
    sim["whm1"].state.accounts["alice"].outgoing_suspended = True
    audit(play, folder)
    compared = read(folder)["compared_with"]
    assert "whm1/outgoing_mail/alice/suspended" in compared["new"]
    assert [row["id"] for row in compared["gone"]] == ["whm1/outgoing_mail/bobby/hold"]
    assert {(row["item"], row["field"]) for row in compared["changed"]} == {
        ("bobby", "hold"),
        ("alice", "outgoing_suspended"),
    }


def test_an_earlier_audit_is_taken_from_where_it_lies_or_not_at_all(play: Play, folder: Path, tmp_path: Path) -> None:
    audit(play, folder)
    (folder / "audit.json").rename(tmp_path / "old.json")
    audit(play, folder)
    assert read(folder)["compared_with"]["new"] == [], "the store remembers"
    audit(play, folder, audit_earlier=str(tmp_path / "old.json"), audit_formats=["json"])
    assert read(folder)["compared_with"]["new"] == []
    audit(play, folder, audit_compare=False)
    assert "compared_with" not in read(folder)
    missing = audit(play, folder, audit_earlier=str(tmp_path / "missing.json"))
    assert missing.code != 0
    assert "missing.json" in missing.stdout


@pytest.mark.parametrize(
    ("fail_on", "policy", "hosts", "fails"),
    [
        ([], POLICY, "all", False),
        (["drift"], POLICY, "whm_servers", True),
        (["drift"], {}, "whm_servers", False),
        (["problem"], {}, "whm_servers", True),
        (["unread"], {}, "whm_servers", False),
        (["unread"], {}, "all", True),
    ],
)
def test_it_fails_where_it_is_asked_to_and_writes_the_report_before(
    play: Play, folder: Path, fail_on: list[str], policy: dict[str, Any], hosts: str, fails: bool
) -> None:
    played = audit(
        play, folder, hosts=hosts, audit_fail_on=fail_on, audit_gather_subset=["accounts", "forwards", "exim"], **policy
    )
    assert (played.code != 0) is fails, played.stdout
    assert sorted(path.name for path in folder.iterdir()) == [*FILES, *STORE]


def test_only_what_is_asked_for_is_written_and_without_facts_it_is_small(play: Play, folder: Path) -> None:
    audit(play, folder, audit_formats=["json"], audit_include_facts=False, audit_file_mode="0600")
    assert sorted(path.name for path in folder.iterdir()) == ["audit.json", *STORE]
    assert stat.S_IMODE((folder / "audit.json").stat().st_mode) == 0o600
    document = read(folder)
    assert not [row for row in document["servers"] if "facts" in row]
    assert document["servers"][0]["figures"]["accounts"]["total"]
    audit(play, folder, audit_formats=["json"], audit_include_facts=True)
    assert [row["facts"]["accounts"][0]["user"] for row in read(folder)["servers"] if row["name"] == "whm1"] == [
        "alice"
    ]


@pytest.mark.parametrize(
    ("variables", "complaint"),
    [
        ({"policy_forwards": [{"user": "root", "destination": []}]}, "policy_forwards"),
        ({"policy_exim": {"state": "perfect"}}, "perfect"),
        ({"audit_formats": ["pdf"]}, "pdf"),
        ({"audit_fail_on": ["sometimes"]}, "sometimes"),
    ],
)
def test_a_misspelt_variable_fails_before_the_first_request(
    play: Play, sim: Simulator, folder: Path, variables: dict[str, Any], complaint: str
) -> None:
    for box in sim.boxes.values():
        box.log.clear()
    played = audit(play, folder, **variables)
    assert played.code != 0
    assert complaint in played.stdout
    assert not any(len(box.log) for box in sim.boxes.values())


def test_names_that_look_like_templates_stay_what_they_are(
    play: Play, sim: Simulator, folder: Path, tmp_path: Path
) -> None:
    name = "{{ lookup('ansible.builtin.pipe', 'touch %s') }}" % (tmp_path / "run")
    sim["whm1"].state.accounts["alice"].domain = name
    sim["whm1"].state.accounts["alice"].hold = 1
    audit(play, folder)
    assert not (tmp_path / "run").exists()
    (row,) = [row for row in read(folder)["servers"] if row["name"] == "whm1"]
    assert name in [account["domain"] for account in row["figures"]["accounts"]["stopped"]]


ROLE = {"ansible.builtin.include_role": {"name": "whm.mail.audit"}}
CLEAN = ["accounts", "forwards", "queue"]  # of these every server of tests.yml gives everything


def names(folder: Path) -> dict[str, str]:
    return {row["name"]: row["status"] for row in read(folder)["servers"]}


@pytest.mark.parametrize(
    "keywords",
    [
        {"serial": 1},
        {"strategy": "free"},
        {"strategy": "ansible.builtin.host_pinned"},
        {"serial": [1, "100%"], "strategy": "free"},
    ],
    ids=["serial", "free", "host_pinned", "serial and free"],
)
def test_however_a_play_goes_through_its_hosts_a_healthy_fleet_passes_and_a_run_is_not_compared_with_itself(
    play: Play, sim: Simulator, folder: Path, keywords: dict[str, Any]
) -> None:
    variables = {"audit_folder": str(folder), "audit_fail_on": ["unread"], "audit_gather_subset": CLEAN}
    task = {**ROLE, "vars": variables}
    assert play([task], **keywords).code == 0
    assert names(folder) == dict.fromkeys(sim.boxes, "ok")
    assert ("compared_with" in read(folder), read(folder)["left_out"]) == (False, [])
    sim["whm1"].state.accounts["bobby"].hold = None
    sim["whm2"].faults.add(Fault("forbidden", function="get_user_email_forward_destination", times=0))
    again = play([task], **keywords)
    assert again.code != 0
    assert "audit_fail_on names that" in again.stdout
    document = read(folder)
    assert sorted(names(folder)) == sorted(sim.boxes)
    found = document["compared_with"]
    assert [row["id"] for row in found["gone"]] == ["whm1/outgoing_mail/bobby/hold"]
    assert found["servers_removed"] == found["servers_added"] == []


def test_roles_of_one_run_make_one_report(play: Play, sim: Simulator, folder: Path) -> None:
    variables = {"audit_folder": str(folder), "audit_gather_subset": CLEAN}
    play([{**ROLE, "vars": variables}])
    sim["whm1"].state.accounts["bobby"].hold = None
    conditions = ["inventory_hostname == 'whm1'", "inventory_hostname != 'whm1'"]
    played = play([{**ROLE, "vars": variables, "when": condition} for condition in conditions])
    assert played.code == 0, played.stdout
    assert names(folder) == dict.fromkeys(sim.boxes, "ok")
    assert [row["id"] for row in read(folder)["compared_with"]["gone"]] == ["whm1/outgoing_mail/bobby/hold"]


@pytest.mark.parametrize(
    ("way", "keywords"),
    [
        ("end_host", {}),
        ("end_host", {"serial": 1}),
        ("end_batch", {"serial": 1}),
        ("when", {}),
        ("import_role", {}),
        ("limit", {}),
    ],
)
def test_servers_that_a_play_leaves_out_did_not_fail(
    play: Play, sim: Simulator, folder: Path, way: str, keywords: dict[str, Any]
) -> None:
    """The first server is left out, which is the one that a task that runs once would run on."""
    variables = {"audit_folder": str(folder), "audit_fail_on": ["unread"], "audit_gather_subset": CLEAN}
    others = "inventory_hostname != 'whm1'"
    tasks: dict[str, list[dict[str, Any]]] = {
        "end_host": [{"ansible.builtin.meta": "end_host", "when": f"not ({others})"}, {**ROLE, "vars": variables}],
        "end_batch": [{"ansible.builtin.meta": "end_batch", "when": f"not ({others})"}, {**ROLE, "vars": variables}],
        "when": [{**ROLE, "vars": variables, "when": others}],
        "import_role": [{"ansible.builtin.import_role": {"name": "whm.mail.audit"}, "vars": variables, "when": others}],
        "limit": [{**ROLE, "vars": variables}],
    }
    arguments = ["--limit", "all:!whm1"] if way == "limit" else []
    played = play(tasks[way], *arguments, **keywords)
    assert played.code == 0, played.stdout
    assert names(folder) == {name: "ok" for name in sim.boxes if name != "whm1"}
    assert read(folder)["left_out"] == ([] if way == "limit" else ["whm1"])


def test_a_server_that_failed_before_and_one_that_was_ended_are_told_apart(play: Play, folder: Path) -> None:
    tasks = [
        {"ansible.builtin.meta": "end_host", "when": "inventory_hostname == 'whm2'"},
        {"ansible.builtin.fail": {"msg": "lost"}, "when": "inventory_hostname == 'whm9'"},
        {**ROLE, "vars": {"audit_folder": str(folder), "audit_gather_subset": CLEAN}},
    ]
    play(tasks, hosts="all", extra_hosts=DEAD)
    assert names(folder) == {"whm1": "ok", "whm9": "failed"}
    assert read(folder)["left_out"] == ["whm2"]


@pytest.mark.parametrize("keywords", [{}, {"serial": 1}, {"strategy": "free"}], ids=["at once", "serial", "free"])
@pytest.mark.parametrize("first", ["aaa", "zzz"])
def test_a_server_whose_address_cannot_be_resolved_costs_nobody_the_report(
    play: Play, sim: Simulator, folder: Path, first: str, keywords: dict[str, Any]
) -> None:
    broken = {first: {"ansible_host": "{{ nowhere_defined }}", "whm_port": 1, "whm_token": "x"}}
    task = {**ROLE, "vars": {"audit_folder": str(folder), "audit_gather_subset": CLEAN}}
    played = play([task], hosts="all", extra_hosts=broken, **keywords)
    assert "nowhere_defined" in played.stdout
    assert played.code != 0
    if "serial" in keywords:  # alone in the last batch: no task runs after it that could write
        assert (names(folder), read(folder)["left_out"]) == (dict.fromkeys(sim.boxes, "ok"), [first])
        return
    assert names(folder) == {**dict.fromkeys(sim.boxes, "ok"), first: "failed"}
    (row,) = [row for row in read(folder)["servers"] if row["name"] == first]
    assert row["error"]["kind"] == "not_tried"


def test_a_forward_or_a_check_that_could_not_be_read_is_not_gone(play: Play, sim: Simulator, folder: Path) -> None:
    variables: dict[str, Any] = {"audit_gather_subset": ["forwards", "auth", "queue"], "audit_fail_on": ["unread"]}
    audit(play, folder, hosts="whm2", **variables)
    before = {row["id"] for row in read(folder)["servers"][0]["drift"]}
    assert "whm2/forwards/root/destinations" in before
    for function in ("get_user_email_forward_destination", "validate_current_dkims"):
        sim["whm2"].state.missing_functions.add(function)
    played = audit(play, folder, hosts="whm2", **variables)
    assert played.code != 0
    assert "found unread" in played.stdout
    found = read(folder)["compared_with"]
    assert found["gone"] == []
    assert "whm2/forwards/root/destinations" in {row["id"] for row in found["unknown"]}
    assert names(folder) == {"whm2": "partial"}


def test_after_a_limit_each_server_is_compared_with_its_own_last_audit(
    play: Play, sim: Simulator, folder: Path
) -> None:
    variables: dict[str, Any] = {"audit_gather_subset": CLEAN}
    audit(play, folder, **variables)
    sim["whm1"].state.accounts["alice"].hold = 1
    audit(play, folder, "--limit", "whm2", **variables)
    sim["whm2"].state.accounts[next(iter(sim["whm2"].state.accounts))].hold = 1
    audit(play, folder, **variables)
    compared = read(folder)["compared_with"]
    assert [name.partition("/")[0] for name in compared["new"]] == ["whm1", "whm2"]
    assert compared["servers_added"] == compared["servers_removed"] == []
    assert len(read(folder)["trends"]["runs"]) == 3


def test_a_server_that_left_the_inventory_is_told_once(play: Play, sim: Simulator, folder: Path) -> None:
    audit(play, folder, hosts="all", audit_gather_subset=CLEAN)
    role = {**ROLE, "vars": {"audit_folder": str(folder), "audit_gather_subset": CLEAN}}
    for removed in (["whm9"], []):
        play([role])
        assert read(folder)["compared_with"]["servers_removed"] == removed


@pytest.mark.parametrize("given", ["variable", "environment"])
def test_a_store_that_cannot_be_reached_fails_before_a_server_is_asked(
    play: Play, sim: Simulator, folder: Path, given: str
) -> None:
    for box in sim.boxes.values():
        box.log.clear()
    url = "postgresql://auditor:s3cr%65t-word@127.0.0.1:1/mail"
    task = {**ROLE, "vars": {"audit_folder": str(folder), **({"whm_store": url} if given == "variable" else {})}}
    played = play([task], "-vvv", env={"WHM_STORE": url} if given == "environment" else {})
    assert played.code != 0
    assert "The store postgresql://auditor@127.0.0.1:1/mail cannot be used: " in played.stdout
    assert not any(len(box.log) for box in sim.boxes.values())
    for secret in ("s3cret-word", "s3cr%65t-word"):
        assert secret not in played.stdout + played.stderr
