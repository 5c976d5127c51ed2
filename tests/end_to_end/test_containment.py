# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role containment against a simulated server: who is held and who is not, the ledger after a crash, and who is released.

Within the last day alice, bob and carol of whm1 wrote to somebody; bob is held already, carol belongs to reseller1.
"""

from __future__ import annotations

import os
import signal
import stat
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import place_of
from ansible_collections.whm.mail.tests.simulator import Box, Fault, Simulator

from .conftest import Play, Played

SETTINGS = {
    "containment_since": "24h",
    "containment_recipients": 0,
    "containment_criteria": ["recipients"],
    "containment_incident": "spring",
    "containment_by": "ann",
}
WRITING = {"hold_outgoing_email", "release_outgoing_email", "suspend_outgoing_email", "unsuspend_outgoing_email"}


class Fleet:
    """Runs of the role on whm1, and what they leave there and on the controller."""

    def __init__(self, play: Play, box: Box, folder: Path) -> None:
        self.play, self.box, self.folder = play, box, folder

    def run(self, *arguments: str, entry: str = "main", kill_at: str = "", **variables: Any) -> Played:
        given = {**SETTINGS, "containment_folder": str(self.folder), **variables}
        role = {"name": "whm.mail.containment", "tasks_from": entry}
        task = {"name": "Contain", "ansible.builtin.include_role": role, "vars": given}
        env = {"KILL_AT": kill_at, "ANSIBLE_CALLBACKS_ENABLED": "collect,killer"} if kill_at else {}
        self.box.log.clear()
        return self.play([task], *arguments, hosts="whm1", env=env)

    def contain(self, *arguments: str, **variables: Any) -> Played:
        played = self.run(*arguments, **variables)
        assert played.code == 0, played.stdout + played.stderr
        return played

    def release(self, *arguments: str, **variables: Any) -> Played:
        return self.contain(*arguments, entry="release", **variables)

    def store(self) -> Ledger:
        place = place_of("store", "", {}, self.folder)
        return Ledger(open_store(place, make=False))

    def ledger(self) -> list[dict[str, Any]]:
        return self.store().entries()

    def evidence(self) -> dict[str, dict[str, Any]]:
        """By account."""
        entries = {entry["id"]: entry["user"] for entry in self.ledger()}
        return {entries[key]: document for key, document in self.store().evidence(entries).items()}

    def statuses(self) -> dict[str, str]:
        return {entry["user"]: entry["status"] for entry in self.ledger()}

    def held(self) -> set[str]:
        return {user for user, account in self.box.state.accounts.items() if account.hold is not None}

    def asked(self, *functions: str) -> list[tuple[str, str]]:
        """(function, account) of the changes that the server was asked for: those of outgoing mail, or these."""
        calls: list[dict[str, Any]] = []
        for entry in self.box.log.writes():
            calls += entry.commands or [{"function": entry.function, "params": entry.params}]
        wanted = functions or WRITING
        named = [(call["function"], {**dict.fromkeys(("user", "username")), **dict(call["params"])}) for call in calls]
        return [(name, params["user"] or params["username"]) for name, params in named if name in wanted]


@pytest.fixture
def fleet(play: Play, sim: Simulator, tmp_path: Path) -> Fleet:
    return Fleet(play, sim["whm1"], tmp_path / "containment")


def told(played: Played) -> str:
    """Why the task failed."""
    (line,) = [line for line in played.lines if line["outcome"] == "failed"]
    return str(line["result"]["msg"])


def said(played: Played) -> list[str]:
    return [
        line for result in played.results("whm.mail.containment : Say who is held, and why") for line in result["msg"]
    ]


def test_check_mode_says_who_would_be_held_and_writes_nothing(fleet: Fleet) -> None:
    before = fleet.held()
    played = fleet.contain("--check", "--diff", containment_exempt_owners=["reseller1"])
    lines = said(played)
    assert [line.partition(" ")[0] for line in lines] == ["alice", "bob", "carol", "unknown"]
    assert "alice would be held: " in lines[0]
    assert "recipients (limit 0)" in lines[0]
    assert "somebody else holds" in lines[1]
    assert "carol is exempt" in lines[2]
    assert "unknown is above a limit and cannot be held" in lines[3]
    assert fleet.box.log.writes() == []
    assert (fleet.held(), fleet.folder.exists()) == (before, False)
    assert played.stats()["whm_containment"]["held"]["whm1"].keys() == {"alice"}
    predicted = played.result("whm.mail.containment : Hold the outliers")["held"]
    assert [(row["user"], row["action"], row["status"]) for row in predicted] == [("alice", "hold", "planned")]


def test_outliers_are_held_with_evidence_and_a_second_run_changes_nothing(fleet: Fleet) -> None:
    before = fleet.held()
    first = fleet.contain(containment_exempt_users=["carol"], containment_hold_for="24h")
    assert fleet.held() - before == {"alice"}
    assert ("terminate_cpuser_mailbox_sessions", "alice") in fleet.asked("terminate_cpuser_mailbox_sessions")
    (entry,) = fleet.ledger()
    assert (entry["status"], entry["complete"], entry["incident"], entry["by"]) == ("held", True, "spring", "ann")
    assert entry["before"] == {"hold": False, "outgoing_suspended": False}
    assert entry["until_epoch"] == entry["planned_at_epoch"] + 86400
    assert entry["why"] == [f"{entry['numbers']['recipients']} recipients (limit 0)"]
    assert first.stats()["whm_containment"] == {
        "incident": "spring",
        "store": str(fleet.folder / "store.sqlite"),
        "held": {"whm1": {"alice": entry["why"]}},
        "beyond": {"whm1": {"unknown": ["1 recipients (limit 0)"]}},
    }
    assert entry["evidence"] is True
    kept = fleet.evidence()["alice"]
    assert {row["user"] for row in kept["deliveries"]} == {row["user"] for row in kept["queue"]} == {"alice"}
    modes = {stat.S_IMODE(path.stat().st_mode) for path in fleet.folder.rglob("*") if path.is_file()}
    folders = {stat.S_IMODE(path.stat().st_mode) for path in [fleet.folder, *fleet.folder.rglob("*")] if path.is_dir()}
    assert (modes, folders) == ({0o600}, {0o700})

    again = fleet.contain(containment_exempt_users=["carol"], containment_hold_for="24h")
    assert not [result for result in again.results() if result.get("changed")]
    assert fleet.box.log.writes() == []
    assert fleet.ledger() == [entry]
    assert again.stats()["whm_containment"]["held"] == {"whm1": {}}


def test_too_many_are_refused_before_anything_is_written(fleet: Fleet) -> None:
    before = fleet.held()
    played = fleet.run(containment_max=1)
    assert played.code != 0
    assert "2 accounts would be held (alice, carol)" in played.stdout
    assert (fleet.held(), fleet.box.log.writes(), fleet.ledger()) == (before, [], [])


def test_a_suspension_uses_its_own_flag_both_ways(fleet: Fleet) -> None:
    fleet.contain(containment_action="suspend", containment_exempt_users=["carol"])
    assert ("suspend_outgoing_email", "alice") in fleet.asked()
    assert fleet.box.state.accounts["alice"].outgoing_suspended is not None
    fleet.release(containment_release_users=["alice"])
    assert fleet.box.state.accounts["alice"].outgoing_suspended is None
    assert fleet.asked() == [("unsuspend_outgoing_email", "alice")]


def test_a_refused_hold_is_in_the_ledger_as_one(fleet: Fleet) -> None:
    fleet.box.faults.add(Fault("forbidden", function="hold_outgoing_email", times=0))
    before = fleet.held()
    assert fleet.run(containment_exempt_users=["carol"]).code != 0
    assert fleet.held() == before
    assert fleet.statuses()["alice"] == "failed"
    fleet.box.faults.clear()
    fleet.contain(containment_exempt_users=["carol"])
    assert fleet.held() == before | {"alice"}
    assert [entry["status"] for entry in fleet.ledger()][-1] == "held"


def test_each_account_is_finished_by_itself_when_the_hold_of_another_has_no_effect(fleet: Fleet) -> None:
    fleet.box.patch({"quirks": [{"name": "silent_noop", "functions": ["hold_outgoing_email"], "users": ["carol"]}]})
    before = fleet.held()
    played = fleet.run()
    assert played.code != 0
    assert fleet.held() - before == {"alice"}
    assert "carol could not be held" in told(played)
    assert "alice" not in told(played)
    assert fleet.asked("terminate_cpuser_mailbox_sessions") == [("terminate_cpuser_mailbox_sessions", "alice")]
    (alice,) = [entry for entry in fleet.ledger() if entry["user"] == "alice"]
    assert (alice["status"], alice["complete"], alice["evidence"]) == ("held", True, True)
    assert played.stats()["whm_containment"]["held"]["whm1"].keys() == {"alice"}


@pytest.mark.parametrize("function", ["terminate_cpuser_mailbox_sessions", "emailtrack_search"])
def test_what_belongs_to_a_hold_and_fails_does_not_stop_the_rest_and_is_done_by_the_next_run(
    fleet: Fleet, function: str
) -> None:
    fleet.box.faults.add(Fault("forbidden", function=function, times=1))
    played = fleet.run()
    assert played.code != 0
    assert all(user in told(played) for user in ("alice", "carol"))
    assert fleet.statuses() == {"alice": "held", "carol": "held"}
    assert not any(entry["complete"] for entry in fleet.ledger())
    assert all(entry["evidence"] for entry in fleet.ledger()) is (function != "emailtrack_search")
    if function == "emailtrack_search":
        assert len(fleet.asked("terminate_cpuser_mailbox_sessions")) == 2
    fleet.contain()
    assert all(entry["complete"] for entry in fleet.ledger())


def test_a_release_that_fails_for_one_is_written_down_for_the_others(fleet: Fleet) -> None:
    before = fleet.held()
    fleet.contain()
    fleet.box.patch({"quirks": [{"name": "silent_noop", "functions": ["release_outgoing_email"], "users": ["carol"]}]})
    played = fleet.run(entry="release", containment_release_incident="spring")
    assert played.code != 0
    assert "carol could not be released" in told(played)
    assert fleet.held() - before == {"carol"}
    assert fleet.statuses()["alice"] == "released"
    assert played.stats()["whm_containment"]["released"] == {"whm1": ["alice"]}
    fleet.box.patch({"quirks": {"silent_noop": False}})
    fleet.release(containment_release_incident="spring")
    assert (fleet.held(), set(fleet.statuses().values())) == (before, {"released"})


def test_who_is_above_a_limit_and_no_account_is_named_and_warned_of(fleet: Fleet) -> None:
    event = {"user": "nobody", "recipients": [f"x{number}@example.org" for number in range(9)], "age": "1h"}
    fleet.box.patch({"emailtrack": {"events": [event]}})
    played = fleet.contain("--check", containment_recipients=5)
    assert [line.partition(":")[0] for line in said(played)] == ["nobody is above a limit and cannot be held"]
    assert "nobody is above a limit and cannot be held" in " ".join(played.stderr.split())
    assert played.stats()["whm_containment"]["beyond"]["whm1"] == {"nobody": ["9 recipients (limit 5)"]}
    quiet = fleet.contain("--check", containment_recipients=5, containment_exempt_users=["nobody"])
    assert said(quiet) == ["nobody is exempt: 9 recipients (limit 5)."]
    assert "cannot be held" not in quiet.stderr


def test_what_could_not_be_looked_at_fails_after_the_rest_was_done(fleet: Fleet) -> None:
    fleet.box.state.missing_functions.add("fetch_mail_queue")
    played = fleet.run(containment_exempt_users=["carol"], containment_criteria=["recipients", "queue_share"])
    assert played.code != 0
    assert "containment_queue_share was not looked at" in played.stdout
    assert fleet.statuses() == {"alice": "held"}


@pytest.mark.parametrize(
    "kill_at",
    [
        "write 1 before",
        "write 1 after",
        "ask outgoing_mail after",
        "write 2 after",
        "ask delivery_info after",
        "keep_evidence 1 after",
        "ask mailbox_sessions before",
        "ask mailbox_sessions after",
        "write 3 after",
    ],
)
def test_a_killed_run_leaves_a_true_ledger_and_the_next_one_completes_it(fleet: Fleet, kill_at: str) -> None:
    before = fleet.held()
    assert fleet.run(kill_at=kill_at).code == -signal.SIGKILL
    for user in fleet.held() - before:
        assert fleet.statuses()[user] in ("planned", "held"), "nobody is held without a line"
    for user, status in fleet.statuses().items():
        assert status != "held" or user in fleet.held()
    fleet.contain()
    assert fleet.held() - before == {"alice", "carol"}
    assert {(entry["user"], entry["status"], entry["complete"]) for entry in fleet.ledger()} == {
        ("alice", "held", True),
        ("carol", "held", True),
    }
    assert fleet.evidence().keys() == {"alice", "carol"}
    fleet.release(containment_release_incident="spring")
    assert fleet.held() == before
    assert set(fleet.statuses().values()) == {"released"}


@pytest.mark.parametrize(
    ("entry", "function", "status"),
    [("main", "hold_outgoing_email", "planned"), ("release", "release_outgoing_email", "releasing")],
)
def test_killed_between_the_servers_change_and_its_answer(
    fleet: Fleet, play: Play, entry: str, function: str, status: str
) -> None:
    """The moment at which the server has done it and nobody here knows."""
    before = fleet.held()
    variables = {"containment_exempt_users": ["carol"]}
    if entry == "release":
        fleet.contain(**variables)
        variables = {"containment_release_incident": "spring"}
    fleet.box.faults.add(Fault("stall_after", function=function, times=1, seconds=5))

    def kill_when_done() -> None:
        while ("alice" in fleet.held()) is (entry == "release") and running():
            time.sleep(0.01)
        os.killpg(play.running[-1].pid, signal.SIGKILL)  # type: ignore[attr-defined]

    def running() -> bool:
        started = play.running[begun:]  # type: ignore[attr-defined]
        return not started or started[-1].poll() is None

    begun = len(play.running)  # type: ignore[attr-defined]
    killer = threading.Thread(target=kill_when_done)
    killer.start()
    killed = fleet.run(entry=entry, **variables)
    killer.join()
    fleet.box.faults.clear()
    assert killed.code == -signal.SIGKILL
    assert ("alice" in fleet.held()) is (entry == "main")
    assert fleet.statuses() == {"alice": status}
    fleet.contain(entry=entry, **variables)
    assert fleet.held() == before | ({"alice"} if entry == "main" else set())
    assert fleet.statuses() == {"alice": "held" if entry == "main" else "released"}


def test_a_killed_run_whose_reason_is_gone_is_undone(fleet: Fleet) -> None:
    before = fleet.held()
    assert fleet.run(kill_at="write 1 after").code == -signal.SIGKILL
    assert set(fleet.statuses().values()) == {"planned"}
    fleet.contain(containment_recipients=9000)
    assert fleet.held() == before
    assert set(fleet.statuses().values()) == {"abandoned"}
    fleet.box.call("hold_outgoing_email", user="alice")
    fleet.release(containment_release_users=["alice"])
    assert (fleet.asked(), "alice" in fleet.held()) == ([], True)


@pytest.mark.parametrize(
    "kill_at",
    ["ask account_info after", "write 1 after", "ask outgoing_mail after", "write 2 after"],
)
def test_a_killed_release_is_completed_by_the_next(fleet: Fleet, kill_at: str) -> None:
    before = fleet.held()
    fleet.contain()
    wanted = {"entry": "release", "containment_release_incident": "spring"}
    assert fleet.run(kill_at=kill_at, **wanted).code == -signal.SIGKILL
    for user in fleet.held() - before:
        assert fleet.statuses()[user] in ("held", "releasing")
    fleet.contain(**wanted)
    assert fleet.held() == before
    assert set(fleet.statuses().values()) == {"released"}


def test_release_by_name_then_by_expiry(fleet: Fleet) -> None:
    before = fleet.held()
    fleet.contain(containment_hold_for="1s")
    fleet.release("--check", containment_release_users=["alice"])
    assert (fleet.box.log.writes(), set(fleet.statuses().values())) == ([], {"held"})
    released = fleet.release(containment_release_users=["alice"], containment_by="bea")
    assert released.stats()["whm_containment"]["released"] == {"whm1": ["alice"]}
    assert fleet.held() - before == {"carol"}
    assert {entry["user"]: entry["ended_by"] for entry in fleet.ledger()} == {"alice": "bea", "carol": None}
    time.sleep(1)
    fleet.release(containment_release_expired=True)
    assert fleet.held() == before
    again = fleet.release(containment_release_users=["alice"])
    assert again.stats()["whm_containment"]["released"] == {"whm1": []}
    assert not [result for result in again.results() if result.get("changed")]
    assert fleet.box.log.entries() == [], "a server with nothing to release is not asked anything"


def test_a_hold_of_somebody_else_is_not_touched(fleet: Fleet) -> None:
    fleet.contain()
    fleet.box.call("release_outgoing_email", user="alice")
    seen = fleet.contain()
    assert "alice is above a limit and left alone: it was released within the window" in " ".join(said(seen))
    assert fleet.statuses() == {"alice": "gone", "carol": "held"}
    fleet.box.call("hold_outgoing_email", user="alice")
    fleet.release(containment_release_incident="spring")
    assert fleet.asked() == [("release_outgoing_email", "carol")]
    assert {"alice", "bob", "bobby"} <= fleet.held()


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"containment_release_users": ["bob"]}, "has no line about bob"),
        ({"containment_release_incident": "autumn"}, "has no line about autumn"),
        ({}, "Give exactly one of"),
        ({"containment_release_users": ["bob"], "containment_release_expired": True}, "Give exactly one of"),
    ],
)
def test_releases_that_are_refused(fleet: Fleet, variables: dict[str, Any], sentence: str) -> None:
    played = fleet.run(entry="release", **variables)
    assert played.code != 0
    assert sentence in told(played)
    assert fleet.box.log.entries() == []


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"containment_criteria": []}, "containment_criteria is empty, so that nobody could be found"),
        ({"containment_criteria": ["recipient"]}, "containment_criteria"),
        ({"containment_incident": "../x"}, "containment_incident"),
        ({"containment_hold_for": "tomorrow"}, "no duration"),
        ({"containment_action": "delete"}, "containment_action"),
        ({"containment_max": "many"}, "containment_max"),
    ],
)
def test_settings_that_are_refused_before_the_first_call(
    fleet: Fleet, variables: dict[str, Any], sentence: str
) -> None:
    played = fleet.run(**variables)
    assert played.code != 0
    assert sentence in played.stdout
    assert fleet.box.log.entries() == []
