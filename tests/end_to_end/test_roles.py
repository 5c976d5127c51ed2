# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Playbooks and roles, from the first audit to the release, whatever their variables arrive as. ``dev.py roles`` and the version
matrix run this file on other versions of ansible-core, whose templates differ.

The world is full of texts that look like something else: accounts called 1e3 and true, a server called 1e3, an incident called 2026.
"""

from __future__ import annotations

import json
import sqlite3
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import ansible.release
import pytest
from ansible_collections.whm.mail.tests.simulator import Simulator

from .conftest import ANSIBLE_PLAYBOOK, Played, environment

#: Before ansible-core 2.19 templates make data of texts, in one way or, with jinja2_native, in another.
CONVERTS = tuple(int(part) for part in ansible.release.__version__.split(".")[:2]) < (2, 19)

USERS = ["2026", "0123", "1e3", "null", "true", "yes", "hank"]
EXEMPT = {"null", "yes"}
EVENTS = [
    {"user": user, "sender": f"{{a}}{number}@{user}.example", "recipient": "[1]@example.org", "age": "30m"}
    for number, user in enumerate(USERS)
]
ACCOUNTS = {
    user: {"domain": f"d{number}.example", "hold": user in ("1e3", "true")} for number, user in enumerate(USERS)
}
STATE = {
    "servers": {
        "whm1": {
            "accounts": ACCOUNTS,
            "emailtrack": {"events": EVENTS},
            "exim": {"queue": [{"age": 300, "sender": "{a}@d6.example", "recipients": ["[1]@example.org"]}]},
        },
        "1e3": {"accounts": ACCOUNTS},
    }
}

#: Each variable as people mean it, and as the text of it that a command line, an inventory or a survey may give.
VARIABLES: dict[str, tuple[Any, str]] = {
    "audit_title": ("[1]", "[1]"),
    "audit_formats": (["json", "html"], "json, html"),
    "audit_fail_on": (["unread"], "unread"),
    "audit_compare": (True, "yes"),
    "audit_include_facts": (True, "on"),
    "audit_gather_subset": (["all", "!mailboxes"], "all,!mailboxes"),
    "audit_queue_hours": (24, "24"),
    "audit_file_mode": ("0600", "0600"),
    "policy_outgoing_mail": (
        [{"users": ["1e3", "true"], "hold": False}, {"users": ["hank"], "hold": True, "exclusive": False}],
        "[{users: '1e3, true', hold: 'false'}, {users: hank, hold: yes, exclusive: no}]",
    ),
    "policy_forwards": (
        [{"user": "root", "destinations": ["a@example.net", "b@example.net"]}],
        '[{"user": "root", "destinations": "a@example.net, b@example.net"}]',
    ),
    "policy_dkim": ([{"domains": ["d0.example", "d1.example"]}], "{domains: 'd0.example, d1.example'}"),
    "policy_exim": ({"state": "valid", "discard_edit": False}, "{state: valid, discard_edit: 'false'}"),
    "policy_spamd": (
        {"allowedips": ["127.0.0.1", "10.0.0.1"], "maxchildren": 7, "reset_others": True},
        "{allowedips: '127.0.0.1, 10.0.0.1', maxchildren: '7', reset_others: 'yes'}",
    ),
    "containment_since": ("24h", "24h"),
    "containment_criteria": (["recipients"], "recipients"),
    "containment_recipients": (0, "0"),
    "containment_exempt_users": (sorted(EXEMPT), "null\nyes"),
    "containment_exempt_owners": (["rooted"], "rooted"),
    "containment_incident": ("2026", "2026"),
    "containment_by": ("1e3", "1e3"),
    "containment_hold_for": ("1h", "1h"),
    "containment_end_sessions": (False, "false"),
    "containment_collect_evidence": (True, "yes"),
    "containment_release_users": ([], ""),
    "containment_release_incident": ("2026", "2026"),
    "containment_release_expired": (False, "false"),
}


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(STATE) as simulator:
        yield simulator


class Runs:
    """Runs of playbooks on all servers of the simulator, whose results stay in one folder."""

    def __init__(self, sim: Simulator, folder: Path) -> None:
        self.sim, self.folder = sim, folder

    def run(
        self, book: list[dict[str, Any]], *arguments: str, native: bool = False, ini: str = "", **groups: Any
    ) -> Played:
        folder = self.folder / "run"
        folder.mkdir()
        (folder / "book.yml").write_text(json.dumps(book), encoding="utf-8")
        hosts = {
            name: {
                "ansible_host": box.host,
                "whm_api_port": box.port,
                "whm_api_token": box.token,
                "whm_ca_path": str(self.sim.ca_path),
            }
            for name, box in self.sim.boxes.items()
        }
        inventory = {"whm_servers": {"hosts": hosts, "vars": groups}}
        (folder / "1-hosts.yml").write_text(json.dumps(inventory), encoding="utf-8")
        (folder / "2-variables.ini").write_text(ini, encoding="utf-8")
        settings = {**environment(folder), "ANSIBLE_JINJA2_NATIVE": str(native)}
        argv = [str(ANSIBLE_PLAYBOOK), "-i", str(folder / "1-hosts.yml"), *arguments]
        argv += ["-i", str(folder / "2-variables.ini")] if ini else []
        done = subprocess.run(
            [*argv, str(folder / "book.yml")], env=settings, capture_output=True, text=True, timeout=600, check=False
        )
        file = folder / "results"
        lines = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []
        folder.rename(self.folder / f"run-{len(list(self.folder.iterdir()))}")
        return Played(done.returncode, done.stdout, done.stderr, lines)

    def json(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def asked(self) -> list[tuple[str, str]]:
        return [
            (box.name, call["function"])
            for box in self.sim.boxes.values()
            for entry in box.log.writes()
            for call in entry.commands or [{"function": entry.function}]
        ]


@pytest.fixture
def runs(sim: Simulator, tmp_path: Path) -> Runs:
    return Runs(sim, tmp_path)


def as_ini(name: str, text: str) -> str:
    """Ansible takes a value of an INI inventory for Python where it can: what would be a number or a list there is in quotes."""
    return f"{name}={json.dumps(text) if text in ('1e3', '[1]') else ', '.join(text.splitlines())}"


def arguments(form: str, folder: Path) -> tuple[list[str], dict[str, Any]]:
    """The variables in this form: arguments of ansible-playbook, and keywords of ``run``. As texts, every other one stands in an INI
    inventory, and the rest comes from a survey, or by ``-e name=value`` where it needs no quotes."""
    folders = {"audit_folder": str(folder / "audit"), "containment_folder": str(folder / "containment")}
    if form == "native":
        return [], {**{name: value for name, (value, _text) in VARIABLES.items()}, **folders}
    texts = {**{name: text for name, (_value, text) in VARIABLES.items()}, **folders}
    in_ini = list(texts.items())[form == "other texts" :: 2]
    survey = dict(pair for pair in texts.items() if pair not in in_ini)
    words = [name for name, text in survey.items() if not set(text) & set(" \n'\"[{")]
    given = [part for name in words for part in ("-e", f"{name}={survey.pop(name)}")]
    (folder / "survey.json").write_text(json.dumps(survey), encoding="utf-8")
    return ["-e", f"@{folder / 'survey.json'}", *given], {
        "ini": "\n".join(["[whm_servers:vars]", *(as_ini(*pair) for pair in in_ini)])
    }


FORMS = [("texts", False), ("native", CONVERTS), *([("other texts", True)] if CONVERTS else [])]


@pytest.mark.parametrize(("form", "native"), FORMS)
def test_from_the_first_audit_to_the_release(runs: Runs, form: str, native: bool) -> None:
    names = ["audit", "audit", "enforce", "contain", "release"]
    given, keywords = arguments(form, runs.folder)
    book = [{"name": name, "ansible.builtin.import_playbook": f"whm.mail.{name}"} for name in names]
    played = runs.run(book, *given, native=native, **keywords)
    assert played.code == 0, played.stdout + played.stderr
    _audited_twice(runs, played)
    _enforced(runs, played)
    _contained_and_released(runs, played)


def _audited_twice(runs: Runs, played: Played) -> None:
    files = {path.name for path in (runs.folder / "audit").iterdir()}
    assert files == {"audit.html", "audit.json", "store.sqlite", "store.sqlite.lock"}
    document = runs.json("audit/audit.json")
    servers = {row["name"]: row for row in document["servers"]}
    assert {name: row["status"] for name, row in servers.items()} == {"whm1": "ok", "1e3": "ok"}
    assert (document["compared_with"]["new"], document["compared_with"]["gone"]) == ([], [])
    found = {
        (row["resource"], row["item"]): (row["expected"], row["found"])
        for row in servers["whm1"]["drift"]
        if row["severity"] == "drift"
    }
    assert {key: value for key, value in found.items() if key[0] != "dkim"} == {
        ("outgoing_mail", "1e3"): (False, True),
        ("outgoing_mail", "true"): (False, True),
        ("outgoing_mail", "hank"): (True, False),
        ("forwards", "root"): (["a@example.net", "b@example.net"], []),
    }
    facts = servers["whm1"]["facts"]
    assert {row["user"] for row in facts["accounts"]} == set(USERS)
    assert "{a}@d6.example" in json.dumps(facts["queue"])
    assert "<title>[1]" in (runs.folder / "audit/audit.html").read_text(encoding="utf-8")
    assert played.stats()["whm_audit"]["since_earlier"]["new"] == 0


def _enforced(runs: Runs, played: Played) -> None:
    (released,) = [
        result
        for result in played.results(host="whm1")
        if "results" in result and "accounts" in (result["results"] or [{}])[0]
    ]
    assert [[(row["user"], row["hold"]) for row in item["accounts"]] for item in released["results"]] == [
        [("1e3", False), ("true", False)],
        [("hank", True)],
    ]
    box = runs.sim["whm1"]
    conf = box.state.areas["spamd"].conf
    assert (str(conf["allowedips"]), str(conf["maxchildren"])) == ("10.0.0.1,127.0.0.1", "7")
    assert box.call("get_user_email_forward_destination", user="root")["data"]


def _contained_and_released(runs: Runs, played: Played) -> None:
    with closing(sqlite3.connect(runs.folder / "containment/store.sqlite")) as store:
        lines = [json.loads(row[0]) for row in store.execute("SELECT document FROM containment_entries")]
        evidence = dict(store.execute("SELECT entry_id, document FROM containment_evidence"))
    entries = {entry["user"]: entry for entry in lines}
    assert set(entries) == set(USERS) - EXEMPT - {"hank"}  # whom the policy holds already
    assert {(row["server"], row["incident"], row["by"], row["status"]) for row in entries.values()} == {
        ("whm1", "2026", "1e3", "released")
    }
    assert {entry["until_epoch"] - entry["planned_at_epoch"] for entry in entries.values()} == {3600}
    for user, entry in entries.items():
        kept = json.loads(zlib.decompress(evidence[entry["id"]]))
        assert [row["sender"] for row in kept["deliveries"]] == [f"{{a}}{USERS.index(user)}@{user}.example"]
    stats = played.stats()["whm_containment"]
    assert set(stats["released"]) == {"whm1", "1e3"}
    assert set(stats["released"]["whm1"]) == set(entries)
    held = {user for user, account in runs.sim["whm1"].state.accounts.items() if account.hold is not None}
    assert held == {"hank"}
    assert "terminate_cpuser_mailbox_sessions" not in {function for _server, function in runs.asked()}


def test_roles_in_every_way_and_a_report_over_a_file_that_is_none(runs: Runs) -> None:
    """As a list of roles with parameters, included, imported; with serial; and a word or two in place of lists."""
    broken = runs.folder / "audit/audit.json"
    broken.parent.mkdir()
    broken.write_text("{'schema': 1, 'servers': []}\n", encoding="utf-8")  # as ansible-core 2.16 wrote it once
    wanted = {"policy_outgoing_mail": "{users: hank, hold: 'true'}", "policy_exim": ""}
    audited = {
        "audit_folder": str(broken.parent),
        "audit_fail_on": "drift",
        "audit_formats": "json",
        "audit_include_facts": "no",
    }
    roles = {
        "roles": [{"role": "whm.mail.policy", **wanted}],
        "include": [{"ansible.builtin.include_role": {"name": "whm.mail.policy"}, "vars": wanted}],
        "import": [{"ansible.builtin.import_role": {"name": "whm.mail.policy"}, "vars": wanted}],
        "audit": [{"ansible.builtin.include_role": {"name": "whm.mail.audit"}, "vars": {**wanted, **audited}}],
    }
    plays = [
        {
            "name": name,
            "hosts": "whm1",
            "gather_facts": False,
            "serial": "1",
            "roles" if name == "roles" else "tasks": role,
        }
        for name, role in roles.items()
    ]
    played = runs.run(plays, "--check")
    assert runs.asked() == []
    holds = [
        result["results"][0]["accounts"]
        for result in played.results("whm.mail.policy : Outgoing mail of these accounts is as the policy says")
    ]
    assert [[(row["user"], row["hold"]) for row in rows] for rows in holds] == [[("hank", True)]] * 3
    assert played.code != 0
    assert played.results()[-1]["msg"].startswith("The audit found drift, and audit_fail_on names that."), played.stdout
    document = runs.json("audit/audit.json")
    assert "facts" not in document["servers"][0]
    assert document["run"]["policy"]["outgoing_mail"][0]["users"] == ["hank"]


def test_what_cannot_be_meant_is_said_before_a_server_is_asked(runs: Runs) -> None:
    book = [{"name": "Run", "ansible.builtin.import_playbook": "whm.mail.audit"}]
    played = runs.run(book, "-e", "audit_compare=maybe", "-e", "audit_fail_on=problms")
    assert played.code != 0
    assert {line["result"]["msg"] for line in played.lines if line["outcome"] == "failed"} == {
        "audit_compare: maybe is neither true nor false; write one of these. "
        "audit_fail_on: problms is none of drift, problem, unread; give one of these."
    }
    assert not any(len(box.log) for box in runs.sim.boxes.values())
