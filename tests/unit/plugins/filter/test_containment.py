# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The filters of the roles policy and containment: documented by the names and arguments that they take."""

from __future__ import annotations

import inspect
import json
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.whm.mail.plugins.filter import containment, policy

FOLDER = Path(__file__).resolve().parents[4] / "plugins/filter"
FILTERS: dict[str, Any] = {**containment.FilterModule().filters(), **policy.FilterModule().filters()}

ENTRY = {"id": "i/whm1/eve/1", "incident": "i", "server": "whm1", "user": "eve", "action": "hold", "complete": False}


@pytest.mark.parametrize("name", FILTERS)
def test_documented_arguments_are_the_arguments(name: str) -> None:
    said = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))["DOCUMENTATION"]
    _input, *arguments = inspect.signature(FILTERS[name]).parameters
    assert said["name"] == name
    assert [name for name in said["options"] if name != "_input"] == arguments
    assert (said.get("positional") or "") == ", ".join(arguments)


def test_facts_without_accounts_are_refused() -> None:
    with pytest.raises(AnsibleFilterError, match="Gather the subset accounts"):
        containment.containment_outliers({"queue": {}}, {}, {})


@pytest.mark.parametrize(("text", "until"), [("", None), (None, None), ("  ", None), ("1h", 4600)])
def test_until(text: str | None, until: int | None) -> None:
    assert containment.containment_until(text, 1000) == until


def test_until_refuses_what_is_no_duration() -> None:
    with pytest.raises(AnsibleFilterError, match="containment_until: tomorrow is no duration"):
        containment.containment_until("tomorrow", 1000)


def test_times_are_those_of_the_controller() -> None:
    before = int(time.time())
    (held,) = containment.containment_held([{**ENTRY, "status": "planned"}], [{"user": "eve", "hold": True}])
    assert before <= held["held_at_epoch"] <= time.time()
    (released,) = containment.containment_released([{**ENTRY, "status": "releasing"}], [{"user": "eve", "hold": False}])
    assert before <= released["ended_at_epoch"] <= time.time()
    expired = {**ENTRY, "status": "held", "until_epoch": before}
    chosen = containment.containment_release([expired], [{"user": "eve", "hold": True}], {"expired": True, "by": "ann"})
    assert [row["user"] for row in chosen["release"]] == ["eve"]


@pytest.mark.parametrize(("limit", "found"), [("5", ["eve"]), (5, ["eve"]), ("", []), ("None", []), (None, [])])
def test_limits_may_come_as_texts(limit: Any, found: list[str]) -> None:
    facts = {"accounts": [{"user": "eve", "owner": "root"}], "recipients": [{"user": "eve", "count": 6}]}
    said = containment.containment_outliers(facts, {"recipients": limit}, {"users": [], "owners": []})
    assert [row["user"] for row in said["found"]] == found


def test_evidence_is_json() -> None:
    found = {"deliveries": [{"user": "eve", "message": "\u00fc {{ x }}"}], "truncated": False}
    text = containment.containment_evidence(ENTRY, found, [])
    assert json.loads(text)["deliveries"] == [{"user": "eve", "message": "\u00fc {{ x }}"}]
