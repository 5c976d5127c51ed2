# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""containment_ledger: entries are replaced or appended, none is lost, and check mode writes nothing."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.action import containment_ledger
from ansible_collections.whm.mail.plugins.action.containment_ledger import SPEC
from ansible_collections.whm.mail.plugins.plugin_utils._containment.decide import decide
from ansible_collections.whm.mail.plugins.plugin_utils._containment.entries import held

from ..test_conventions import as_documented, document
from .conftest import Act

STANDARD = {"changed", "failed", "msg", "diff"}


def shown(text: str) -> list[dict[str, Any]]:
    """The entries of a diff, which is a text: Ansible's own display cannot show a list."""
    assert isinstance(text, str)
    return [json.loads(each) for each in re.split(r"(?<=\n\})\n", text) if each]


def entry(user: str, status: str = "held", server: str = "whm1", **others: Any) -> dict[str, Any]:
    return {"id": f"{server}/{user}", "server": server, "user": user, "status": status, **others}


def kept(path: Path) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["entries"]
    return entries


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "containment/ledger.json"


def test_the_documentation_says_what_the_action_takes() -> None:
    documented = document("containment_ledger", "DOCUMENTATION")["options"]
    assert {name: as_documented(option) for name, option in documented.items()} == {
        name: as_documented(option) for name, option in SPEC.items()
    }


def test_the_documentation_says_what_the_action_returns(act: Act, path: Path) -> None:
    result = act("containment_ledger", path=str(path), entries=[entry("carla")])
    assert set(result) - STANDARD == set(document("containment_ledger", "RETURN"))
    assert set(result["entries"][0]) <= set(document("containment_ledger", "RETURN")["entries"]["contains"])


def test_the_documentation_names_everything_that_the_role_writes_down() -> None:
    settings = {"server": "whm1", "host": "whm1.example.com", "incident": "spring", "action": "hold", "by": "ann"}
    settings |= {"until": None, "now": 1_795_000_000, "since": 1_794_996_400, "max": 1}
    account = {"user": "eve", "owner": "root", "hold": False, "outgoing_suspended": False}
    found = [{"user": "eve", "owner": "root", "numbers": {"recipients": 600}, "why": ["much"]}]
    planned = decide(found, [account], [], settings)["hold"]
    (failed,) = held(planned, [{"user": "eve", "error": {"kind": "refusal", "reason": "no such user"}}], 1_795_000_001)
    assert (failed["status"], failed["error"]) == ("failed", "no such user")
    contained = document("containment_ledger", "RETURN")["entries"]["contains"]
    words = " ".join(str(value["description"]) for value in contained.values())
    written = {key.removesuffix("_epoch") for key in failed}
    assert {key for key in written if key not in contained and f"C({key})" not in words} == set()


def test_a_ledger_that_is_not_there_is_empty_and_is_not_made(act: Act, path: Path) -> None:
    result = act("containment_ledger", path=str(path))
    assert (result["changed"], result["entries"]) == (False, [])
    assert not path.parent.exists()


def test_entries_are_appended_and_replaced_by_id(act: Act, path: Path) -> None:
    act("containment_ledger", path=str(path), entries=[entry("ann"), entry("ben")])
    result = act("containment_ledger", path=str(path), entries=[entry("ann", "released"), entry("cat")])
    assert result["changed"]
    assert result["entries"] == kept(path) == [entry("ann", "released"), entry("ben"), entry("cat")]
    assert shown(result["diff"]["before"]) == [entry("ann")]
    assert shown(result["diff"]["after"]) == [entry("ann", "released"), entry("cat")]
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, path.parent)] == [0o600, 0o700]
    assert act("containment_ledger", path=str(path), entries=[entry("cat")])["changed"] is False


class Counted(dict[str, Any]):
    """An entry that counts how often entries are compared."""

    comparisons = 0

    def __eq__(self, other: object) -> bool:
        Counted.comparisons += 1
        return super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = None  # type: ignore[assignment]


def test_what_differs_takes_a_few_comparisons_an_entry(act: Act, monkeypatch: pytest.MonkeyPatch) -> None:
    entries = [Counted(entry(f"u{number}")) for number in range(200)]
    monkeypatch.setattr(containment_ledger, "read", lambda _path: entries)
    monkeypatch.setattr(Counted, "comparisons", 0)
    changes = [entry("u0", "released"), entry("new")]
    diff = act("containment_ledger", check_mode=True, path="ledger.json", entries=changes)["diff"]
    assert (shown(diff["before"]), shown(diff["after"])) == ([entry("u0")], changes)
    assert 0 < Counted.comparisons <= 4 * len(entries)


def test_check_mode_says_what_would_be_and_writes_nothing(act: Act, path: Path) -> None:
    assert act("containment_ledger", check_mode=True, path=str(path), entries=[entry("ann")])["changed"]
    assert not path.parent.exists()
    act("containment_ledger", path=str(path), entries=[entry("ann")])
    before = path.read_bytes()
    told = act("containment_ledger", check_mode=True, path=str(path), entries=[entry("ann", "released")])
    assert (told["changed"], told["entries"]) == (True, [entry("ann", "released")])
    assert path.read_bytes() == before


def test_only_the_entries_of_a_server_are_returned_and_all_are_kept(act: Act, path: Path) -> None:
    act("containment_ledger", path=str(path), entries=[entry("ann"), entry("ann", server="whm2")])
    result = act("containment_ledger", path=str(path), entries=[entry("ben")], server="whm2")
    assert result["entries"] == [entry("ann", server="whm2")]
    assert len(kept(path)) == 3


@pytest.mark.parametrize("missing", ["id", "server", "user", "status"])
def test_an_entry_without_what_it_needs_is_refused_and_nothing_written(act: Act, path: Path, missing: str) -> None:
    poor = {key: value for key, value in entry("ann").items() if key != missing}
    result = act("containment_ledger", path=str(path), entries=[entry("ben"), poor])
    assert result["failed"]
    assert result["msg"] == "An entry of the ledger needs id, server, user, status as texts."
    assert not path.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": 2, "entries": []}', '{"schema": 1, "entries": [{}]}', "no JSON"]
)
def test_a_file_that_is_no_ledger_is_left_as_it_is(act: Act, path: Path, text: str) -> None:
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    for entries in ([], [entry("ann")]):
        result = act("containment_ledger", path=str(path), entries=entries)
        assert result["failed"]
        assert str(path) in result["msg"]
    assert path.read_text(encoding="utf-8") == text
