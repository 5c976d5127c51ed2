# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Containment and release ended at every boundary, and two of them at once: nobody is held without a line, none is there twice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._containment.contain import Containment
from ansible_collections.whm.mail.plugins.plugin_utils._containment.lift import lift
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import Store, StoreError, open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import place_of
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.holds import NOW, SINCE, account

Row = dict[str, Any]
OWN: Row = {
    "since": "1h",
    "criteria": ["recipients"],
    "recipients": 500,
    "failures": 200,
    "queue_share": 50,
    "queue_messages": 50,
    "exempt_users": [],
    "exempt_owners": [],
    "max": 10,
    "action": "hold",
    "hold_seconds": 0,
    "end_sessions": True,
    "collect_evidence": True,
    "incident": "spring",
    "keep_days": 0,
}
WHO = {"server": "whm1", "host": "192.0.2.1", "by": "ann"}
RELEASE = {"users": [], "incident": "spring", "expired": False, "by": "bea"}


class Killed(BaseException):
    """What nothing catches."""


class Server:
    """A server by what its modules say: three accounts, of which two send too much and somebody else holds a third."""

    def __init__(self) -> None:
        self.held = {"carol"}
        self.changes: list[tuple[str, str]] = []
        self.boundary: Callable[[str], None] = lambda what: None

    def ask(self, module: str, options: Mapping[str, Any], check_mode: bool) -> Row:
        self.boundary(f"before {module}")
        told: Row = getattr(self, f"_{module}")(options, check_mode)
        self.boundary(f"after {module}")
        return told

    def _mail_facts(self, options: Mapping[str, Any], check_mode: bool) -> Row:
        assert check_mode
        accounts = [account(user, hold=user in self.held) for user in ("alice", "bob", "carol")]
        recipients = [{"user": user, "count": 900} for user in ("alice", "bob", "carol", "nobody")]
        facts = {
            "accounts": accounts,
            "recipients": recipients,
            "queue": {"messages": []},
            "gathered_at": {"epoch": NOW},
        }
        return {"ansible_facts": {"whm_mail": facts}, "window": {"since_epoch": SINCE}}

    def _account_info(self, options: Mapping[str, Any], check_mode: bool) -> Row:
        return {"accounts": [account(user, hold=user in self.held) for user in options["users"]]}

    def _outgoing_mail(self, options: Mapping[str, Any], check_mode: bool) -> Row:
        rows = []
        for user in options["users"]:
            changes = (user in self.held) is not options["hold"]
            if changes and not check_mode:
                (self.held.add if options["hold"] else self.held.discard)(user)
                self.changes.append(("hold" if options["hold"] else "release", user))
                self.boundary(f"within {user}")
            rows.append({"user": user, "hold": options["hold"], "changed": changes})
        return {"accounts": rows}

    def _delivery_info(self, options: Mapping[str, Any], check_mode: bool) -> Row:
        return {"deliveries": [{"user": user} for user in options["users"]]}

    def _mailbox_sessions(self, options: Mapping[str, Any], check_mode: bool) -> Row:
        return {"accounts": [{"user": user} for user in options["users"]]}


class Watched(Ledger):
    """A ledger that says when it is written."""

    def __init__(self, store: Store, server: Server) -> None:
        super().__init__(store)
        self._server = server

    def write(self, changes: Any) -> None:
        self._server.boundary("before writing")
        super().write(changes)
        self._server.boundary("after writing")

    def keep_evidence(self, entry: Any, document: Any) -> None:
        self._server.boundary("before evidence")
        super().keep_evidence(entry, document)
        self._server.boundary("after evidence")


def contain(server: Server, store: Store, check_mode: bool = False, **own: Any) -> Row:
    ledger = Watched(store, server)
    with store.exclusively("containment of whm1"):
        return Containment(server.ask, ledger, {**OWN, **own}, WHO, check_mode).run()


def release(server: Server, store: Store, check_mode: bool = False) -> Row:
    with store.exclusively("containment of whm1"):
        return lift(server.ask, Watched(store, server), "whm1", RELEASE, check_mode)


def statuses(store: Store) -> dict[str, str]:
    lines = Ledger(store).entries()
    assert len({line["user"] for line in lines}) == len(lines), "no line is there twice"
    return {line["user"]: line["status"] for line in lines}


def sound(server: Server, store: Store) -> None:
    """Whoever is held, but for the one whom somebody else holds, has a line that is open; a line that says held is right."""
    lines = statuses(store)
    for user in server.held - {"carol"}:
        assert lines[user] in ("planned", "held", "releasing"), (user, lines)
    assert {user for user, status in lines.items() if status == "held"} <= server.held
    assert "carol" not in lines


def boundaries(run: Callable[[Server], object]) -> list[int]:
    seen: list[str] = []
    server = Server()
    server.boundary = seen.append
    run(server)
    return list(range(len(seen)))


def kill_at(server: Server, number: int) -> None:
    left = iter(range(number))

    def boundary(what: str) -> None:
        if next(left, None) is None:
            raise Killed(what)

    server.boundary = boundary


def test_a_run_holds_the_outliers_and_a_second_changes_nothing(store: Store) -> None:
    server = Server()
    done = contain(server, store)
    assert ([row["user"] for row in done["held"]], done["changed"], done["not_held"]) == (["alice", "bob"], True, [])
    assert {row["user"]: row["why"] for row in done["left"]} == {"carol": "somebody else holds or suspended it already"}
    assert [row["name"] for row in done["beyond"]] == ["nobody"]
    assert any("nobody is above a limit and cannot be held" in line for line in done["warnings"])
    assert statuses(store) == {"alice": "held", "bob": "held"}
    again = contain(server, store)
    assert (again["changed"], again["held"], len(server.changes)) == (False, [], 2)
    freed = release(server, store)
    assert ([row["status"] for row in freed["released"]], server.held) == (["released", "released"], {"carol"})


@pytest.mark.parametrize("run", [contain, release])
def test_check_mode_foretells_and_writes_nothing(store: Store, run: Callable[..., Row]) -> None:
    server = Server()
    if run is release:
        contain(server, store)
    before, lines, changes = set(server.held), Ledger(store).entries(), len(server.changes)
    done = run(server, store, check_mode=True)
    assert [row["user"] for row in done["held" if run is contain else "released"]] == ["alice", "bob"]
    assert (done["changed"], server.held, Ledger(store).entries(), len(server.changes)) == (
        True,
        before,
        lines,
        changes,
    )


def test_killed_at_every_boundary_the_next_run_does_the_rest(tmp_store: Callable[[], Store]) -> None:
    numbers = boundaries(lambda server: contain(server, tmp_store()))
    assert len(numbers) > 20
    for number in numbers:
        store, server = tmp_store(), Server()
        kill_at(server, number)
        with pytest.raises(Killed):
            contain(server, store)
        sound(server, store)
        server.boundary = lambda what: None
        contain(server, store)
        assert statuses(store) == {"alice": "held", "bob": "held"}
        assert all(line["complete"] and line["evidence"] for line in Ledger(store).entries())
        assert sorted(server.changes) == [("hold", "alice"), ("hold", "bob")], "held once"


def test_a_release_killed_at_every_boundary_is_completed_by_the_next(tmp_store: Callable[[], Store]) -> None:
    def whole(server: Server) -> None:
        store = tmp_store()
        boundary, server.boundary = server.boundary, lambda what: None
        contain(server, store)
        server.boundary = boundary
        release(server, store)

    for number in boundaries(whole):
        store, server = tmp_store(), Server()
        contain(server, store)
        kill_at(server, number)
        with pytest.raises(Killed):
            release(server, store)
        sound(server, store)
        server.boundary = lambda what: None
        release(server, store)
        assert (statuses(store), server.held) == ({"alice": "released", "bob": "released"}, {"carol"})


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_a_store_that_fails_in_the_middle_hides_nothing_of_what_was_done(store: Store, number: int) -> None:
    """At its first write nothing was done yet; later the result says what was, and the next run writes it down."""
    server = Server()
    writes = iter(range(1, 99))

    def failing(what: str) -> None:
        if what in ("before writing", "before evidence") and next(writes) == number:
            raise StoreError("The store cannot be used: the disk is full.")

    server.boundary = failing
    if number == 1:
        with pytest.raises(StoreError):
            contain(server, store)
        assert server.changes == []
    else:
        done = contain(server, store)
        assert ([row["user"] for row in done["held"]], done["failed"]) == (["alice", "bob"], True)
        assert "the disk is full. What was done stands in the result" in done["msg"]
    sound(server, store)
    contain(server, store)
    assert statuses(store) == {"alice": "held", "bob": "held"}


def test_two_controllers_at_once_hold_each_account_once(database_url: str) -> None:
    """With PostgreSQL, which many machines may share; SQLite is for the processes of one."""
    place = place_of("store", database_url, {}, Path("/"))
    store, server = open_store(place), Server()
    results: list[Row] = []

    def controller() -> None:
        results.append(contain(server, Store(place)))

    threads = [threading.Thread(target=controller) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 8
    assert sorted(server.changes) == [("hold", "alice"), ("hold", "bob")]
    assert statuses(store) == {"alice": "held", "bob": "held"}
    assert sum(result["changed"] for result in results) == 1


def test_a_server_that_tells_no_accounts_fails_the_task_and_holds_nobody(store: Store) -> None:
    def ask(module: str, options: Mapping[str, Any], check_mode: bool) -> Row:
        unavailable = {"accounts": {"kind": "permission", "reason": "Access denied"}}
        return {"ansible_facts": {"whm_mail": {"unavailable": unavailable}}, "window": {}}

    done = Containment(ask, Ledger(store), OWN, WHO, False).run()
    assert (done["failed"], done["held"]) == (True, [])
    assert done["msg"].startswith(
        "listaccts on the server did not tell the accounts: Access denied. Nobody can be held"
    )
    lost = {"failed": True, "msg": "no route", "error": {"kind": "connection"}, "unreachable": True}
    done = Containment(lambda *_: lost, Ledger(store), OWN, WHO, False).run()
    assert (done["msg"], done["unreachable"], done["error"]["kind"]) == ("no route", True, "connection")
