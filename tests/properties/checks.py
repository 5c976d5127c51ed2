# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold of one run of a module: nobody else's things changed, its words are true, nothing secret was said."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key
from ansible_collections.whm.mail.tests.subjects.kinds import Key, Options, Picture, Properties

from .world import MODULES, TOKEN, WORLD, Ran

#: Of a key all but the beginning, which holds the modulus: that is public.
SECRETS = [
    TOKEN,
    WORLD["callers"]["root"]["password"],
    *(line for n in range(4) for line in pool_key(n).splitlines()[8:-1]),
]


def kind_of(result: Mapping[str, Any]) -> str:
    return str(result["error"]["kind"]) if result.get("error") else ""


def moved(before: Picture, after: Picture) -> set[Key]:
    return {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}


def as_told(ran: Ran) -> Ran:
    """The same as far as WHM's functions show it. They do not show a line that Exim's list lost when a shorter name was released;
    whether the server lies about its repair nothing tells."""

    def told(picture: Picture) -> Picture:
        return {key: (value[0],) * 2 if key[0] in ("hold", "suspended") else value for key, value in picture.items()}

    return replace(ran, before=told(ran.before), after=told(ran.after))


def check_silence(ran: Ran) -> None:
    """No secret in what is returned, nor in the texts of the plan."""
    said = json.dumps(ran.result) + repr(ran.plans)
    assert not [secret for secret in SECRETS if secret in said]
    assert "Traceback" not in said
    assert "exception" not in ran.result


def scope(subject: Properties, identities: Iterable[str]) -> set[Key]:
    return {key for identity in identities for key in subject.keys(identity)}


def check_neighbours(subject: Properties, options: Options, ran: Ran) -> None:
    """Only what the task is about changed. Whatever else a result names it reports on, be it as failed."""
    named = [*subject.rows(ran.result), *ran.result.get("progress", {}).get("failed", [])]
    own = scope(subject, named)
    foreign = {key for key in moved(ran.before, ran.after) - own if key[0] not in subject.beside(options)}
    assert not foreign, f"not the task's business: {foreign}"


def check_check_mode(ran: Ran) -> None:
    assert not ran.writes
    assert not moved(ran.before, ran.after)


def check_truth(subject: Properties, options: Options, ran: Ran, trusted: bool = True) -> None:
    """What each row says is what the picture shows.

    :param trusted: False where the server lies: then what no function shows cannot be known.
    """
    blind = subject.blind(options)
    rows = subject.rows(ran.result)
    for identity, row in rows.items():
        kind = kind_of(row)
        if kind == "unknown_outcome":
            check_named(identity, ran.result)
            continue
        if not trusted and is_cut_off(ran.result):
            continue
        if not identity and kind in ("authentication", "permission"):
            continue  # of the only thing of its kind the refused login is the error, and the message says that the outcome is not known
        has_moved = bool(moved(ran.before, ran.after) & set(subject.keys(identity)))
        if not blind and not (subject.counted and (not trusted or row["after"] is None)):
            assert row["changed"] is has_moved, f"{identity}: changed is {row['changed']}, but {has_moved} is true"
        if not kind and (trusted or not (blind or subject.counted)) and not (subject.counted and row["after"] is None):
            assert subject.agrees(identity, row, ran.after), f"{identity} is not as the result says: {row}"
    if not rows and kind_of(ran.result) not in ("", "unknown_outcome"):
        assert not ran.result["changed"]
        assert not {key for key in moved(ran.before, ran.after) if key[0] not in subject.beside(options)}
    check_whole(subject, ran, rows)


def is_cut_off(result: Mapping[str, Any]) -> bool:
    """Whether the task had to end before it could read back: then the server's word is what it has."""
    reasons = (
        "authentication",
        "permission",
        "deadline",
        "connection",
        "server_error",
        "unexpected_answer",
        "unknown_outcome",
    )
    return kind_of(result) in reasons


def check_named(identity: str, result: Mapping[str, Any]) -> None:
    """What is not known is called so, by name: in the message, or beyond five names in the list of failures."""
    assert result["failed"]
    assert identity in result["msg"] or identity in result["progress"]["failed"]


def check_whole(subject: Properties, ran: Ran, rows: Mapping[str, Any]) -> None:
    """The task's own words follow from those of its rows."""
    result = ran.result
    if any(row["changed"] for row in rows.values()):
        assert result["changed"]
    if any(kind_of(row) for row in rows.values()):
        assert result["failed"]
    if result["changed"] and not result.get("rebuilt") and "repaired" not in result:
        assert any(row["changed"] for row in rows.values())
    changes = result.get("diff", {}).get("after", {})
    if getattr(MODULES[subject.module], "key", ""):
        assert set(changes) <= {identity for identity, row in rows.items() if row["changed"] or kind_of(row)}


def check_prediction(subject: Properties, predicted: Ran, real: Ran) -> None:
    """What check mode said is what happened, but for items that failed."""
    said, done = subject.rows(predicted.result), subject.rows(real.result)
    if not done:
        assert kind_of(predicted.result) in ("", kind_of(real.result)), "only what is tried can be refused"
        return
    assert list(said) == list(done)
    for identity in said:
        if kind_of(said[identity]):
            assert kind_of(said[identity]) == kind_of(done[identity])
        elif not kind_of(done[identity]):
            assert _foreseen(subject, said[identity]) == _foreseen(subject, done[identity])
        if subject.counted and done[identity]["changed"]:
            assert said[identity]["changed"], "perhaps, said check mode"
    if "failed" not in real.result and not subject.counted:
        assert _foreseen(subject, predicted.result) == _foreseen(subject, real.result)


def _foreseen(subject: Properties, row: Mapping[str, Any]) -> dict[str, Any]:
    left_out = {*subject.unforeseen, "warnings", getattr(MODULES[subject.module], "items", "") if "diff" in row else ""}
    return {key: value for key, value in row.items() if key not in left_out}


def check_reached(subject: Properties, options: Options, ran: Ran) -> None:
    for identity, row in subject.rows(ran.result).items():
        if not kind_of(row):
            assert subject.reached(identity, options, ran.after), f"{identity} is not as it was wanted"


def check_idle(subject: Properties, options: Options, first: Ran, ran: Ran) -> None:
    """The same task again finds nothing to do at items that did not fail the first time."""
    sound = {identity for identity, row in subject.rows(first.result).items() if not kind_of(row)}
    for identity, row in subject.rows(ran.result).items():
        if identity in sound and not (subject.acts(options) and (subject.blind(options) or not ran.writes)):
            assert not row["changed"], f"{identity} changed again"
    if "failed" not in first.result and not subject.acts(options):
        assert not ran.result["changed"]
        assert not ran.writes
        assert not moved(ran.before, ran.after)
