# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer
from ansible_collections.whm.mail.plugins.modules import greylisting_trusted_host as trusted_host
from ansible_collections.whm.mail.tests.subjects.greylisting_trusted_host import HOSTS, LISTED, NEIGHBOUR, SOME, seed
from ansible_collections.whm.mail.tests.unit.plugins.builders import ok, scripted
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by

NETWORK = "198.51.100.0/24"
RANGE = "198.51.100.0-198.51.100.255"
ABSENT = trusted_host.ABSENT


def params(hosts: list[str], **given: Any) -> dict[str, Any]:
    rest = {"comment": None, "state": "present", "exclusive": False, "max_changes": None}
    return trusted_host.check({"hosts": hosts, **rest, **given})


def there(comment: str = "", *listed: str) -> dict[str, Any]:
    return {"trusted": True, "comment": comment, "listed": listed or ("x",)}


PLANS = [
    # name, present state, options, calls
    ("nothing to do", {"192.0.2.1": there("old")}, params(["192.0.2.1"]), []),
    ("the same comment", {"192.0.2.1": there("old")}, params(["192.0.2.1"], comment=" old "), []),
    ("no comment is wanted and there is none", {"192.0.2.1": there()}, params(["192.0.2.1"], comment=""), []),
    ("added as a range", {NETWORK: ABSENT}, params([NETWORK]), [f"create {RANGE} None"]),
    ("added with a comment", {"192.0.2.1": ABSENT}, params(["192.0.2.1/32"], comment="a"), ["create 192.0.2.1 a"]),
    (
        "another comment",
        {"192.0.2.1": there("old", "192.0.2.1/32")},
        params(["192.0.2.1"], comment="new"),
        ["delete 192.0.2.1/32", "create 192.0.2.1 new"],
    ),
    (
        "no comment any more",
        {"192.0.2.1": there("old", "192.0.2.1")},
        params(["192.0.2.1"], comment=""),
        ["delete 192.0.2.1", "create 192.0.2.1 None"],
    ),
    (
        "deleted in all the server's spellings",
        {NETWORK: there("", RANGE, NETWORK), "192.0.2.1": ABSENT},
        params([NETWORK, "192.0.2.1"], state="absent"),
        [f"delete {RANGE} {NETWORK}"],
    ),
    (
        "exclusive",
        {"192.0.2.1": ABSENT, NETWORK: there("", RANGE), "10.": there("", "10.")},
        params(["192.0.2.1"], exclusive=True, max_changes=9),
        ["create 192.0.2.1 None", f"delete {RANGE}", "delete 10."],
    ),
    (
        "exclusive with nobody",
        {NETWORK: there("", RANGE)},
        params([], exclusive=True, max_changes=9),
        [f"delete {RANGE}"],
    ),
]


@pytest.mark.parametrize(("current", "options", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], options: dict[str, Any], calls: list[str]) -> None:
    made = trusted_host.plan(current, options)
    assert [said(step.call) for step in made.steps] == calls
    assert (made.before == made.after) is not bool(calls)
    assert not trusted_host.plan(made.after, options).steps or not calls


def said(call: Any) -> str:
    if call.function == "create_cpgreylist_trusted_host":
        return f"create {call.params['ip']} {call.params['comment']}"
    return "delete " + " ".join(call.params["ip"])


def listed(box: Any) -> dict[str, str]:
    return {row["host_ip"]: row["comment"] for row in box.state.areas["greylisting"].hosts}


def test_it_converges(run: Any, box: Any) -> None:
    box.patch(seed(NEIGHBOUR))
    predicted = run("greylisting_trusted_host", check_mode=True, **SOME)
    assert not box.log.writes()
    result = run("greylisting_trusted_host", **SOME)
    assert result == predicted
    assert result["hosts"] == [
        {"host": host, "comment": "partners", "trusted": True, "changed": True} for host in HOSTS
    ]
    assert result["diff"]["before"][NETWORK] == {"trusted": False, "comment": ""}
    assert result["diff"]["after"][NETWORK] == {"trusted": True, "comment": "partners"}
    assert listed(box) == {"192.0.2.99": "neighbour", **dict.fromkeys(["192.0.2.1", RANGE, "2001:db8::1"], "partners")}
    box.log.clear()
    again = run("greylisting_trusted_host", **SOME)
    assert not again["changed"]
    assert again["diff"] == {"before": {}, "after": {}}
    assert len(box.log) == 1


@pytest.mark.parametrize(
    "quirk",
    [
        "greylist_networks",
        "greylist_host_again",
        "greylist_failed_map",
        "string_numbers",
        "string_results",
        "translated",
    ],
)
def test_servers_that_differ(run_https: Any, box: Any, quirk: str) -> None:
    box.patch(seed(*LISTED))
    box.quirks.add(quirk)
    assert not run_https("greylisting_trusted_host", hosts=list(HOSTS))["changed"]
    assert run_https("greylisting_trusted_host", hosts=list(HOSTS), comment="new")["changed"]
    assert not run_https("greylisting_trusted_host", hosts=list(HOSTS), comment="new")["changed"]
    result = run_https("greylisting_trusted_host", hosts=list(HOSTS), state="absent")
    assert [row["trusted"] for row in result["hosts"]] == [False] * 3
    assert listed(box) == {}


def test_spellings_do_not_matter(run: Any, box: Any) -> None:
    box.patch(seed(*LISTED))
    hosts = ["192.0.2.1-192.0.2.1", RANGE, "2001:db8:0::1/128", "192.0.2.1"]
    result = run("greylisting_trusted_host", hosts=hosts)
    assert not result["changed"]
    assert [row["host"] for row in result["hosts"]] == list(HOSTS)
    assert [row["comment"] for row in result["hosts"]] == ["old"] * 3
    result = run("greylisting_trusted_host", hosts=hosts, state="absent")
    assert [row["changed"] for row in result["hosts"]] == [True] * 3
    assert listed(box) == {}


def test_an_address_is_not_there_because_of_a_network_around_it(run_https: Any, box: Any) -> None:
    box.patch(seed({"host": RANGE, "comment": ""}))
    result = run_https("greylisting_trusted_host", host="198.51.100.7")
    assert result["changed"]
    assert listed(box) == {RANGE: "", "198.51.100.7": ""}
    assert result["hosts"] == [{"host": "198.51.100.7", "comment": "", "trusted": True, "changed": True}]


def test_exclusive(run: Any, box: Any) -> None:
    box.patch(seed(*LISTED, NEIGHBOUR, {"host": "10."}))
    options = {"hosts": ["192.0.2.1"], "exclusive": True}
    refused = run("greylisting_trusted_host", **options, max_changes=3)
    assert refused["error"]["kind"] == "too_many_changes"
    assert not box.log.writes()
    result = run("greylisting_trusted_host", **options, max_changes=4)
    assert [(row["host"], row["trusted"]) for row in result["hosts"]] == [
        ("192.0.2.1", True), ("192.0.2.99", False), (NETWORK, False), ("2001:db8::1", False), ("10.", False),
    ]  # fmt: skip
    assert "failed" not in result
    assert [row["changed"] for row in result["hosts"]] == [False, True, True, True, True]
    assert listed(box) == {"192.0.2.1": "old"}
    assert not run("greylisting_trusted_host", **options, max_changes=0)["changed"]


def test_a_comment_is_changed_in_one_request(run_https: Any, box: Any) -> None:
    box.patch(seed(*LISTED))
    result = run_https("greylisting_trusted_host", hosts=list(HOSTS), comment="new")
    assert [row["comment"] for row in result["hosts"]] == ["new"] * 3
    (written,) = [entry for entry in box.log if entry.writes]
    assert [call["function"].partition("_")[0] for call in written.commands] == ["delete", "create"] * 3


def test_a_host_that_is_not_made_anew_is_known_not_to_be_trusted(run: Any, box: Any) -> None:
    box.patch(seed(*LISTED))
    greylist = box.state.areas["greylisting"]
    original = type(greylist).add
    greylist.add = lambda *given, **named: False
    result = run("greylisting_trusted_host", host="192.0.2.1", comment="new")
    (row,) = result["hosts"]
    assert (row["trusted"], row["comment"], row["changed"]) == (False, "", True)
    assert row["error"]["kind"] == "not_effective"
    assert "run the task again, which adds it" in result["msg"]
    greylist.add = lambda *given, **named: original(greylist, *given, **named)
    again = run("greylisting_trusted_host", host="192.0.2.1", comment="new")
    assert "failed" not in again
    assert listed(box)["192.0.2.1"] == "new"


def test_the_reason_of_one_host_is_its_own(run: Any, box: Any) -> None:
    box.quirks.add("late_effect", seconds=60)
    box.patch(seed(*LISTED))
    result = run("greylisting_trusted_host", hosts=["192.0.2.1"], comment="new")
    (row,) = result["hosts"]
    assert row["error"]["kind"] == "refusal"
    assert "is trusted already" in row["error"]["reason"]
    assert row["trusted"], "the deletion has not shown yet"


def test_no_hosts_send_nothing(run: Any, box: Any) -> None:
    result = run("greylisting_trusted_host", hosts=[])
    assert (result["changed"], result["hosts"], len(box.log)) == (False, [], 0)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"hosts": ["mail.example.com"]}, "hosts: mail.example.com is no host; give an address, a network such as"),
        ({"hosts": ["192.0.2.1/24"]}, "hosts: 192.0.2.1/24 is not the beginning of its network, which is 192.0.2.0/24"),
        ({"hosts": ["192.0.2.1"], "exclusive": True}, "exclusive: true needs max_changes"),
        ({"hosts": ["192.0.2.1"], "exclusive": True, "max_changes": -1}, "max_changes: -1 is less than nothing"),
        (
            {"hosts": [], "exclusive": True, "max_changes": 9, "state": "absent"},
            "exclusive: true is for hosts that are trusted",
        ),
        ({"hosts": ["192.0.2.1"], "comment": "x", "state": "absent"}, "comment is for hosts that are trusted"),
        ({"hosts": ["192.0.2.1"], "comment": "x" * 256}, "comment: it has 256 characters; give 255 at most."),
        ({"hosts": ["192.0.2.1"], "comment": "a\nb"}, "comment: it has a line break"),
    ],
)
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], says: str) -> None:
    result = run_https("greylisting_trusted_host", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert says in result["msg"]
    assert len(box.log) == 0


def test_a_host_in_two_spellings_is_one(run_https: Any, box: Any) -> None:
    box.patch(seed({"host": "192.0.2.1", "comment": "a"}, {"host": "192.0.2.1-192.0.2.1", "comment": "b"}))
    result = run_https("greylisting_trusted_host", host="192.0.2.1", comment="a")
    assert not result["changed"]
    result = run_https("greylisting_trusted_host", host="192.0.2.1", comment="b")
    assert "failed" not in result
    assert listed(box) == {"192.0.2.1": "b"}


@pytest.mark.parametrize(
    "data", [{}, {"greylist_trusted_hosts": None}, {"greylist_trusted_hosts": [None]}, {"greylist_trusted_hosts": [{}]},
             {"greylist_trusted_hosts": [{"host_ip": 7}]}, {"greylist_trusted_hosts": "192.0.2.1"}]
)  # fmt: skip
def test_an_answer_that_cannot_be_read_is_no_empty_list(data: Any) -> None:
    client, _script, _pauses = scripted(ok(data))
    with pytest.raises(UnexpectedAnswer):
        trusted_host.read(client, params(["192.0.2.1"]))


def test_a_comment_that_is_not_told_is_not_replaced() -> None:
    answer = ok({"greylist_trusted_hosts": [{"host_ip": "192.0.2.1"}]})
    client, _script, _pauses = scripted(answer, answer)
    assert trusted_host.read(client, params(["192.0.2.1"]))["192.0.2.1"] == there("", "192.0.2.1") | {"comment": None}
    found = trusted_host.read(client, params(["192.0.2.1"], comment="x"))["192.0.2.1"]
    assert isinstance(found, UnexpectedAnswer)


def test_facts_tell_the_same(run_https: Any, box: Any) -> None:
    box.patch(seed(*LISTED, NEIGHBOUR))
    facts = run_https("mail_facts", gather_subset=["greylisting"])["ansible_facts"]["whm_mail"]
    for options in (params([NETWORK, "192.0.2.7"]), params([NETWORK], exclusive=True, max_changes=9)):
        client, _script, _pauses = scripted(ok({"greylist_trusted_hosts": box.state.areas["greylisting"].hosts}))
        found = trusted_host.from_facts(facts, options)
        read = trusted_host.read(client, options)
        assert list(found.items()) == list(read.items())
    assert by("host", facts["greylisting"]["hosts"])[NETWORK]["listed"] == RANGE
