# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.queue import check_senders, read_queue, select, summarise
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, Refused, UnexpectedAnswer
from ansible_collections.whm.mail.tests.unit.plugins.builders import no, ok, scripted
from hypothesis import given
from hypothesis import strategies as st

NOW = 1_371_560_000.9


def read(*records: Any) -> list[dict[str, Any]]:
    client, _script, _pauses = scripted(ok({"records": list(records)}))
    return read_queue(client, NOW)


def record(**fields: Any) -> dict[str, Any]:
    return {
        "frozen": 0, "msgid": "1UotX3-0002HX-Lr", "recipients": ["pricilla@graceland.com"], "sender": "elvis@Graceland.com",
        "size": 14336, "time": 1371552781, "user": None, **fields,
    }  # fmt: skip


def test_the_example_of_the_reference() -> None:
    assert read(record()) == [
        {
            "msgid": "1UotX3-0002HX-Lr",
            "sender": "elvis@graceland.com",
            "domain": "graceland.com",
            "recipients": ["pricilla@graceland.com"],
            "user": None,
            "is_account": False,
            "size": 14336,
            "time": "2013-06-18T10:53:01Z",
            "time_epoch": 1371552781,
            "age": 7219,
            "frozen": False,
        }
    ]


TYPED = [
    # field as sent, field of the result, value
    ({"size": "746"}, "size", 746),
    ({"size": None}, "size", None),
    ({"time": "1371552781"}, "time_epoch", 1371552781),
    ({"time": "1371552781"}, "age", 7219),
    ({"time": 1371569999}, "age", 0),
    ({"time": None}, "age", None),
    ({"time": 10**15}, "time", None),
    ({"frozen": "1"}, "frozen", True),
    ({"sender": ""}, "sender", None),
    ({"sender": "<>"}, "sender", None),
    ({"sender": ""}, "domain", None),
    ({"sender": "root"}, "domain", None),
    ({"user": "*unknown*"}, "user", None),
    ({"user": "alice"}, "user", "alice"),
    ({"recipients": "one@example.org"}, "recipients", ["one@example.org"]),
    ({"recipients": None}, "recipients", []),
]


@pytest.mark.parametrize(("sent", "field", "value"), TYPED)
def test_values_are_typed(sent: dict[str, Any], field: str, value: Any) -> None:
    assert read(record(**sent))[0][field] == value


def test_oldest_first_and_unknown_times_last() -> None:
    rows = read(
        record(time=None, msgid="c"), record(time=20, msgid="b"), record(time=20, msgid="a"), record(time=5, msgid="z")
    )
    assert [row["msgid"] for row in rows] == ["z", "a", "b", "c"]


def test_an_empty_queue_and_the_empty_object_of_an_empty_list() -> None:
    assert read() == read({}) == []


@pytest.mark.parametrize("data", [None, {}, {"records": None}, {"records": {}}, []])
def test_an_answer_without_records_is_no_empty_queue(data: Any) -> None:
    client, _script, _pauses = scripted(ok(data))
    with pytest.raises(UnexpectedAnswer):
        read_queue(client, NOW)


def test_a_failure_with_an_empty_list_is_no_empty_queue() -> None:
    client, _script, _pauses = scripted(no("Failed to launch exim to interrogate message queue", {"records": []}))
    with pytest.raises(Refused, match="Failed to launch exim"):
        read_queue(client, NOW)


SENDERS = [
    (["Info@Example.COM"], ["Info@example.com"]),
    (["Example.com", "@example.org"], ["example.com", "example.org"]),
    (["<>"], ["<>"]),
    ([], []),
]


@pytest.mark.parametrize(("given_", "normal"), SENDERS)
def test_senders(given_: list[str], normal: list[str]) -> None:
    assert check_senders(given_) == normal


@pytest.mark.parametrize("value", ["", " ", "a b@example.com", "alice", "@", "a@b"])
def test_what_is_no_sender(value: str) -> None:
    with pytest.raises(InvalidInput, match="senders: "):
        check_senders([value])


ROWS = read(
    record(msgid="a", user="alice", sender="info@alice.example", time=100),
    record(msgid="b", user="alice", sender="shop@alice.example", time=200, frozen=1),
    record(msgid="c", user=None, sender="", time=300, frozen=1),
    record(msgid="d", user="bob", sender="b@bob.example", time=None),
)

SELECTED = [
    ({}, "abcd"),
    ({"users": ["alice"]}, "ab"),
    ({"users": []}, ""),
    ({"senders": ["shop@alice.example", "<>"]}, "bc"),
    ({"senders": ["alice.example"]}, "ab"),
    ({"frozen": True}, "bc"),
    ({"frozen": False}, "ad"),
    ({"before": 200}, "a"),
    ({"before": 10**10}, "abc"),
    ({"users": ["alice", "bob"], "frozen": False, "before": 10**10}, "a"),
]


@pytest.mark.parametrize(("conditions", "ids"), SELECTED)
def test_select(conditions: dict[str, Any], ids: str) -> None:
    options = {"users": None, "senders": None, "frozen": None, "before": None, **conditions}
    assert "".join(row["msgid"] for row in select(ROWS, **options)) == ids


rows = st.lists(
    st.builds(
        record,
        user=st.sampled_from([None, "alice", "bob"]),
        sender=st.sampled_from(["", "a@x.example", "b@y.example"]),
        size=st.one_of(st.integers(0, 10**7), st.integers(0, 999).map(str)),
        time=st.one_of(st.none(), st.integers(1371000000, 1371560000)),
        frozen=st.integers(0, 1),
    ),
    max_size=20,
)


@given(rows)
def test_the_groups_add_up_to_the_whole(records: list[dict[str, Any]]) -> None:
    messages = read(*records)
    found = summarise(messages, messages)
    for key in ("messages", "frozen", "size"):
        assert found[key] == found["total"][key]
        assert sum(row[key] for row in found["by_user"]) == found[key]
        assert sum(row[key] for row in found["by_domain"]) == found[key]
    dated = [row for row in messages if row["age"] is not None]
    assert sum(row["messages"] for row in found["by_age"]) == len(dated)
    assert [row["messages"] for row in found["by_user"]] == sorted(
        (row["messages"] for row in found["by_user"]), reverse=True
    )
    assert len({row["user"] for row in found["by_user"]}) == len(found["by_user"])


def test_classes_of_age_are_without_gaps() -> None:
    classes = summarise([], [])["by_age"]
    assert [row["from"] for row in classes[1:]] == [row["to"] for row in classes[:-1]]
    assert (classes[0]["from"], classes[-1]["to"]) == (0, None)
    assert {row["messages"] for row in classes} == {0}
