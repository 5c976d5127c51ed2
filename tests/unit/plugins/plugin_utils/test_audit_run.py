# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run of many batches has one report, which grows, and which is compared with the run before and never with itself."""

from __future__ import annotations

import json
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.plugin_utils._audit.compare import NotAnAudit
from ansible_collections.whm.mail.plugins.plugin_utils._audit.run import Run, Wanted, failure, rehearse, sentence
from ansible_collections.whm.mail.plugins.plugin_utils._controller.play import Hosts, hosts_of
from ansible_collections.whm.mail.plugins.plugin_utils._store import schema
from ansible_collections.whm.mail.plugins.plugin_utils._store.audits import Invocation
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import Store
from ansible_collections.whm.mail.plugins.plugin_utils._store.sql import sa
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import NOW, account, audited, facts, lost

ALL = ["a", "b", "c"]
POLICY = {"forwards": [{"user": "root", "destinations": []}]}
HELD = facts(accounts=[account("x", hold=True)])

Start = Callable[[], Run]


def wanted(folder: Path, **values: Any) -> Wanted:
    given = {"formats": ["json"], "title": "Audit", "mode": 0o640, "facts": True, "compare": True, "earlier": None}
    generated = {"epoch": NOW, "iso": "2026-11-20T13:00:00Z"}
    return Wanted(**{"folder": folder, **given, "generated_at": generated, **values})


def batch(*names: str, **values: Any) -> Hosts:
    return Hosts(**{"all": ALL, "batch": names, "inventory": frozenset(ALL), **values})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "report"


@pytest.fixture
def start(store: Store) -> Start:
    """start() begins a run of ansible-playbook."""
    numbers = iter(range(99))
    return lambda: Run(store, Invocation(f"run {next(numbers)}", "ann", "controller", "0"))


def read(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / "audit.json").read_text(encoding="utf-8"))
    return document


def whole(start: Start, folder: Path, *of: dict[str, Any], **values: Any) -> Run:
    run = start()
    for row in of:
        run.keep(row, {})
    run.report(Hosts(all=[row["name"] for row in of], batch=[row["name"] for row in of]), wanted(folder, **values))
    return run


def test_a_report_grows_with_each_batch_and_is_compared_with_the_run_before(start: Start, folder: Path) -> None:
    whole(start, folder, audited("a", HELD), audited("b", facts()), audited("c", HELD))
    run = start()
    run.keep(audited("a", HELD), {})
    first = run.report(batch("a"), wanted(folder))
    assert (first["to_come"], [row["name"] for row in read(folder)["servers"]]) == (["b", "c"], ["a"])
    assert read(folder)["compared_with"]["servers_removed"] == []
    run.keep(audited("b", HELD), {})
    run.keep(audited("c", facts()), {})
    second = run.report(batch("b", "c"), wanted(folder))
    document = read(folder)
    assert (second["to_come"], document["left_out"]) == ([], [])
    assert [row["name"] for row in document["servers"]] == ALL
    found = document["compared_with"]
    assert (found["new"], found["open"]) == (["b/outgoing_mail/x/hold"], ["a/outgoing_mail/x/hold"])
    assert ([row["id"] for row in found["gone"]], found["unknown"]) == (["c/outgoing_mail/x/hold"], [])


def test_the_first_run_of_all_is_compared_with_none_in_any_batch(start: Start, folder: Path) -> None:
    run = start()
    for name in ALL:
        run.keep(audited(name, HELD), {})
        assert run.report(batch(name), wanted(folder))["since_earlier"] == {}
    assert "compared_with" not in read(folder)


def test_an_earlier_audit_that_lies_where_the_report_goes_is_not_taken_for_it_after_the_first_batch(
    start: Start, folder: Path
) -> None:
    whole(start, folder, audited("a", facts()), audited("b", facts()), audited("c", facts()))
    run, earlier = start(), str(folder / "audit.json")
    for name in ALL:
        run.keep(audited(name, HELD), {})
        found = run.report(batch(name), wanted(folder, earlier=earlier))
    assert found["since_earlier"]["new"] == 3


def test_plays_of_other_hosts_add_to_the_report_of_a_run(start: Start, folder: Path) -> None:
    run = start()
    run.keep(audited("a", facts()), {})
    run.report(Hosts(all=["a", "z"], batch=["a", "z"]), wanted(folder))
    run.keep(audited("b", facts()), POLICY)
    run.report(Hosts(all=["b"], batch=["b"]), wanted(folder))
    document = read(folder)
    assert [row["name"] for row in document["servers"]] == ["a", "b"]
    assert (document["left_out"], document["policy_given"]) == (["z"], True)


def test_a_second_audit_of_a_server_in_a_run_replaces_the_first(start: Start, folder: Path) -> None:
    run = whole(start, folder, audited("a", HELD))
    run.keep(audited("a", facts()), {})
    assert run.report(Hosts(all=["a"], batch=["a"]), wanted(folder))["written"]
    assert read(folder)["summary"]["findings"]["info"] == 0


def test_a_later_play_that_audits_servers_again_is_compared_with_the_play_before(start: Start, folder: Path) -> None:
    run = start()
    for name in ALL:
        run.keep(audited(name, HELD), {}, "play 1")
        run.report(batch(name, play="play 1"), wanted(folder))
    for name in ALL:
        run.keep(audited(name, facts()), {}, "play 2")
        run.report(batch(name, play="play 2"), wanted(folder))
    document = read(folder)
    assert [row["name"] for row in document["servers"]] == ALL
    assert [row["server"] for row in document["compared_with"]["gone"]] == ALL


def test_only_the_first_task_that_comes_to_it_writes(start: Start, folder: Path) -> None:
    run = start()
    for name in ALL:
        run.keep(audited(name, facts()), {})
    results = [run.report(batch(*ALL), wanted(folder)) for _name in ALL]
    assert [result["written"] for result in results] == [True, False, False]
    assert results[0]["summary"] == results[2]["summary"]


def test_hosts_that_were_lost_are_in_the_report_and_those_left_out_are_only_named(start: Start, folder: Path) -> None:
    run = start()
    run.keep(audited("a", facts()), {})
    found = run.report(batch("a", lost=frozenset("b"), ended=frozenset("c")), wanted(folder))
    document = read(folder)
    assert [(row["name"], row["status"]) for row in document["servers"]] == [("a", "ok"), ("b", "failed")]
    assert (document["left_out"], found["to_come"]) == (["c"], [])
    assert "Left out by the play: 1." in sentence(found)


def test_hosts_that_were_left_out_are_not_removed_and_nothing_is_said_of_their_findings(
    start: Start, folder: Path
) -> None:
    whole(start, folder, audited("a", facts()), audited("c", HELD), audited("gone", facts()))
    run = start()
    run.keep(audited("a", facts()), {})
    run.report(batch("a", ended=frozenset("c")), wanted(folder))
    found = read(folder)["compared_with"]
    assert (found["unknown"], found["gone"]) == ([], [])
    assert found["servers_removed"] == ["gone"]


@pytest.mark.parametrize(
    "text",
    [
        b"{'schema': 1, 'servers': []}",  # what ansible-core before 2.19 made of it
        b"{",
        b"",
        b"\xff",
        b"[]",
        b'{"schema": 0, "servers": []}',
        b'{"schema": 1, "servers": [1]}',
        b'{"schema": 1, "servers": [{}]}',
        b'{"schema": 1, "servers": [{"name": "a", "status": "ok", "drift": [1]}]}',
        b'{"schema": 1, "servers": [{"name": "a", "facts": 1, "drift": []}]}',
    ],
)
def test_an_earlier_audit_that_nobody_can_read_is_refused(
    start: Start, folder: Path, tmp_path: Path, text: bytes
) -> None:
    (tmp_path / "old.json").write_bytes(text)
    run = start()
    run.keep(audited("a", facts()), {})
    with pytest.raises(NotAnAudit, match=r"old\.json cannot be compared with\. \S"):
        run.report(batch("a"), wanted(folder, earlier=str(tmp_path / "old.json")))


def test_an_earlier_audit_that_was_asked_for_has_to_be_there(start: Start, folder: Path, tmp_path: Path) -> None:
    run = start()
    run.keep(audited("a", facts()), {})
    with pytest.raises(NotAnAudit, match=r"There is no .*missing\.json to compare with; give"):
        run.report(batch("a"), wanted(folder, earlier=str(tmp_path / "missing.json")))


@pytest.mark.parametrize("when", [None, "yesterday", {}, {"epoch": 1}])
def test_an_earlier_audit_that_does_not_say_when_it_was_is_compared_with(start: Start, folder: Path, when: Any) -> None:
    whole(start, folder, audited("a", facts()))
    old = folder / "audit.json"
    old.write_text(json.dumps({**read(folder), "generated_at": when}), encoding="utf-8")
    whole(start, folder, audited("a", facts()), formats=["json", "html"], earlier=str(old))
    assert read(folder)["compared_with"]["generated_at"] is None
    assert "the last audit" in (folder / "audit.html").read_text(encoding="utf-8")


def test_files_have_their_modes_and_facts_are_left_out_when_they_are_not_wanted(start: Start, folder: Path) -> None:
    whole(start, folder, audited("a", facts()), facts=False, mode=0o600, formats=["json", "csv"])
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "audit.json": 0o600,
        "audit.csv": 0o600,
    }
    assert stat.S_IMODE(folder.stat().st_mode) == 0o750
    assert "facts" not in read(folder)["servers"][0]


TO_COME = [
    ("the first batch", {"batch": ["a"]}, ["a"], ["b", "c"]),
    ("the last batch", {"batch": ["c"]}, ALL, []),
    ("one of the batch was left out by when", {"batch": ["b", "c"]}, ["a", "b"], []),
    ("a batch before was ended", {"batch": ["c"]}, ["c"], []),
    ("the last host was lost", {"batch": ["b"], "lost": frozenset("c")}, ["a", "b"], []),
    ("batches in another order", {"batch": ["c"], "in_order": False}, ["c"], ["a", "b"]),
    ("free, others are under way", {"batch": ALL, "in_step": False}, ["b"], ["a", "c"]),
    ("free, all came", {"batch": ALL, "in_step": False}, ALL, []),
    ("free, in batches", {"batch": ["a", "b"], "in_step": False}, ["a", "b"], ["c"]),
]


@pytest.mark.parametrize(("of", "done", "names"), [row[1:] for row in TO_COME], ids=[row[0] for row in TO_COME])
def test_whose_turn_has_not_come(of: dict[str, Any], done: list[str], names: list[str]) -> None:
    assert Hosts(**{"all": ALL, **of}).to_come(done) == names


def test_without_what_ansible_keeps_of_a_play_hosts_that_left_it_count_as_lost() -> None:
    variables = {"ansible_play_hosts_all": ALL, "ansible_play_hosts": ["a"], "ansible_play_batch": ["a"]}
    found = hosts_of({**variables, "groups": {"all": [*ALL, "d"]}})
    assert (found.lost, found.ended, found.in_step) == (frozenset("bc"), frozenset(), True)
    assert found.inventory == frozenset("abcd")


DEAD = lost("b")


@pytest.mark.parametrize(
    ("hosts", "rows", "fail_on", "own", "words"),
    [
        (batch("a"), [audited("a", HELD)], ["unread"], None, None),
        (batch("a"), [DEAD | {"name": "a"}], ["unread"], None, None),
        (batch("a", "b", "c"), [audited("a", facts()), DEAD], ["unread"], None, "found unread"),
        (batch("a", "b", "c"), [audited("a", facts()), DEAD], ["drift", "problem"], None, None),
        (batch("a", "b", "c"), [audited("a", facts()), DEAD], [], None, None),
        (batch("a", "b", "c"), [DEAD], [], None, "could read no server of 1"),
        (batch("a"), [DEAD | {"name": "a"}], [], None, None),
        (
            batch("a", "b", "c"),
            [audited("a", {"schema": 1, "subsets": [], "unavailable": {"queue": {"reason": "no"}}})],
            [],
            None,
            "could read no server of 1",
        ),
        (batch(*ALL, in_step=False), [audited("a", facts()), DEAD], ["unread"], "a", None),
        (batch(*ALL, in_step=False), [audited("a", facts()), DEAD], ["unread"], "b", "found unread"),
        (batch(*ALL, in_step=False), [DEAD], [], "b", None),
        (
            batch("a", "b", in_step=False, lost=frozenset("c")),
            [audited("a", facts()), DEAD],
            ["unread"],
            "a",
            "found unread",
        ),
    ],
)
def test_when_a_play_is_to_fail(
    start: Start,
    folder: Path,
    hosts: Hosts,
    rows: list[dict[str, Any]],
    fail_on: list[str],
    own: str | None,
    words: str | None,
) -> None:
    run = start()
    for row in rows:
        run.keep(row, {})
    said = failure(run.report(hosts, wanted(folder)), fail_on, run.of(own) if own else None)
    assert (said is None) if words is None else (words in str(said)), said


def test_each_server_is_compared_with_its_own_audit_before_whichever_run_that_was(start: Start, folder: Path) -> None:
    free = facts(accounts=[account("x")])
    whole(start, folder, audited("a", free), audited("b", free))
    whole(start, folder, audited("b", HELD))
    whole(start, folder, audited("a", HELD), audited("b", HELD))
    found = read(folder)["compared_with"]
    assert (found["new"], found["open"]) == (["a/outgoing_mail/x/hold"], ["b/outgoing_mail/x/hold"])
    assert [(row["server"], row["before"], row["after"]) for row in found["changed"]] == [("a", False, True)]


def test_nothing_that_was_written_is_needed_for_the_memory(start: Start, folder: Path) -> None:
    whole(start, folder, audited("a", facts()))
    for path in folder.glob("audit.*"):
        path.unlink()
    whole(start, folder, audited("a", HELD))
    assert read(folder)["compared_with"]["new"] == ["a/outgoing_mail/x/hold"]


def test_what_was_found_then_not_read_and_found_again_is_not_new(start: Start, folder: Path) -> None:
    whole(start, folder, audited("a", HELD))
    whole(start, folder, lost("a"))
    assert [row["id"] for row in read(folder)["compared_with"]["unknown"]] == ["a/outgoing_mail/x/hold"]
    whole(start, folder, audited("a", HELD))
    assert read(folder)["compared_with"]["open"] == ["a/outgoing_mail/x/hold"]
    whole(start, folder, audited("a", facts()))
    whole(start, folder, audited("a", HELD))
    assert read(folder)["compared_with"]["new"] == ["a/outgoing_mail/x/hold"], "gone, and back"


def test_figures_have_a_line_over_the_last_runs_whoever_was_left_out_of_them(start: Start, folder: Path) -> None:
    whole(start, folder, audited("a", HELD), audited("b", facts()))
    whole(start, folder, audited("b", HELD))
    whole(start, folder, audited("a", facts()), audited("b", HELD))
    found = read(folder)["trends"]
    assert len(found["runs"]) == 3
    assert (found["series"]["held"], found["series"]["unread"]) == ([1, 2, 1], [0, 0, 0])
    for _more in range(40):
        whole(start, folder, audited("a", facts()))
    assert len(read(folder)["trends"]["runs"]) == 30


def test_who_ran_it_stands_in_the_report_with_the_policy(start: Start, folder: Path) -> None:
    run = start()
    run.keep(audited("a", facts()), POLICY)
    run.report(Hosts(all=["a"], batch=["a"]), wanted(folder))
    told = read(folder)["run"]
    assert (told["by"], told["from"], told["policy"]) == ("ann", "controller", POLICY)


def test_two_runs_at_once_are_two_runs(start: Start, folder: Path) -> None:
    whole(start, folder, audited("a", facts()), audited("b", facts()))
    one, two = start(), start()
    one.keep(audited("a", HELD), {})
    two.keep(audited("b", HELD), {})
    for run, names in ((one, ["a"]), (two, ["b"])):
        run.report(Hosts(all=names, batch=names, inventory=frozenset("ab")), wanted(folder))
        assert [row["name"] for row in read(folder)["servers"]] == names
        assert read(folder)["compared_with"]["new"] == [f"{names[0]}/outgoing_mail/x/hold"]


def test_old_audits_are_forgotten_and_the_last_of_each_server_never(
    start: Start, folder: Path, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = 86400
    for name, when in (("a", 1), ("b", 2), ("b", 5), ("b", 50)):
        monkeypatch.setattr(time, "time", lambda when=when: when * day)
        whole(start, folder, audited(name, HELD if when == 2 else facts()), keep_days=10)
    with store.reading() as connection:
        rows = connection.execute(sa.select(schema.servers.c.server, schema.servers.c.audited_at)).all()
        lives = connection.execute(sa.select(schema.findings.c.id)).all()
        runs = connection.scalar(sa.select(sa.func.count()).select_from(schema.runs))
    assert sorted(rows) == [("a", day), ("b", 50 * day)]
    assert (lives, runs) == ([], 2)


def test_two_inventories_in_one_store_do_not_miss_each_others_servers(start: Start, folder: Path) -> None:
    for _again in range(3):
        for names in (["a", "b"], ["x", "y"]):
            run = start()
            for name in names:
                run.keep(audited(name, facts()), {})
            run.report(Hosts(all=names, batch=names, inventory=frozenset(names)), wanted(folder))
            assert read(folder).get("compared_with", {}).get("servers_removed", []) == []


def test_only_the_last_audits_keep_what_the_next_is_compared_with(start: Start, folder: Path, store: Store) -> None:
    for _again in range(4):
        whole(start, folder, audited("a", facts()))
    table = schema.servers.c
    with store.reading() as connection:
        kept = connection.execute(sa.select(table.states.is_not(None)).order_by(table.run_id)).scalars().all()
    assert [bool(each) for each in kept] == [False, False, True, True]


def test_what_the_main_process_rehearses_can_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it could not, nobody would see more than that every worker is slow."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    rehearse()
    assert list(tmp_path.iterdir()) == []
