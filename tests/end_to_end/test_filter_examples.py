# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EXAMPLES of every filter run in one play, with what they take for given: an account that sent far too much."""

from __future__ import annotations

import json
from typing import Any

import yaml
from ansible_collections.whm.mail.tests.simulator import Simulator
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils import samples

from .conftest import CHECKOUT, Play

EVE = {"user": "eve", "owner": "root", "suspended": False, "hold": False, "outgoing_suspended": False}
SETTINGS = {"server": "whm1", "host": "192.0.2.1", "incident": "spring", "action": "hold", "by": "ann"}
SETTINGS |= {"now": 1769851800, "since": 1769848200, "until": None, "max": 10}

# Each stage gets what the one before gave, as in the role containment.
GIVEN = {
    "facts": {"accounts": [EVE], "recipients": [{"user": "eve", "count": 501}], "queue": {"messages": []}},
    "accounts": [EVE],
    "settings": SETTINGS,
    "outliers": '{{ facts | whm.mail.containment_outliers({"recipients": 500}, {"users": [], "owners": []}) }}',
    "ledger": {"entries": []},
    "decision": "{{ outliers.found | whm.mail.containment_decide(accounts, ledger.entries, settings) }}",
    "hold": {"accounts": [{**EVE, "hold": True, "changed": True}]},
    "entries": "{{ decision.hold | whm.mail.containment_held(hold.accounts) }}",
    "entry": "{{ entries[0] }}",
    "found": {"deliveries": [], "truncated": False},
    "queue": {"messages": []},
    "ended": {"accounts": [{"user": "eve", "queued": True}]},
    "lift": {"release": "{{ entries }}"},
    "lifted": {"accounts": [{**EVE, "changed": True}]},
}


def examples() -> list[tuple[str, dict[str, Any]]]:
    """(filter, task)"""
    files = sorted((CHECKOUT / "plugins/filter").glob("*.yml"))
    documents = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in files}
    return [(name, task) for name, said in documents.items() for task in yaml.safe_load(said["EXAMPLES"])]


def test_examples_of_filters_run(play: Play, sim: Simulator) -> None:
    found = examples()
    assert all(any(f"whm.mail.{name}" in json.dumps(task) for of, task in found if of == name) for name, _task in found)
    tasks = [{**task, "name": f"{name}: {task['name']}"} for name, task in found]
    played = play(tasks, "--check", hosts="whm1", files={"audit.json": json.dumps(samples.audit())}, vars=GIVEN)
    assert played.code == 0, played.stdout
    ended = {line["task"]: line["result"] for line in played.lines if line["outcome"] == "ok"}
    assert list(ended) == [task["name"] for task in tasks]
    facts = {title.partition(":")[0]: result.get("ansible_facts", {}) for title, result in ended.items()}
    results = {name: found["result"] for name, found in facts.items() if found}
    assert [row["user"] for row in results["containment_decide"]["hold"]] == ["eve"]
    assert [row["status"] for row in results["containment_held"]] == ["held"]
    assert results["containment_until"] == 1769851800 + 24 * 3600
