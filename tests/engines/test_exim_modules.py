# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules outgoing_mail, mail_queue_info, exim_config_info and exim_config against a server with a real Exim."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import Box, Simulator
from ansible_collections.whm.mail.tests.simulator.exim_engine import GOOD_CONFIG, Engine, Rejected
from ansible_collections.whm.mail.tests.simulator.handlers_exim import rules_of
from ansible_collections.whm.mail.tests.unit.plugins.conftest import Runner
from ansible_collections.whm.mail.tests.unit.simulator.exim_scenario import STATE, letter

DAY = 86400


@pytest.fixture(scope="module")
def running(exim_is_here: None) -> Iterator[Simulator]:
    with Simulator(STATE, engine="exim") as simulator:
        yield simulator


@pytest.fixture
def box(sim: Simulator) -> Box:
    return sim["whm1"]


@pytest.fixture(params=["https", "cli"])
def run(request: pytest.FixtureRequest, sim: Simulator, box: Box) -> Runner:
    return Runner(sim, box, request.param)


def engine(box: Box) -> Engine:
    found: Engine = box.state.areas["exim"].engine
    return found


def submit(box: Box, sender: str, *recipients: str, size: int = 200) -> str:
    return engine(box).submit(sender, recipients, letter(sender, size), rules_of(box.state))


def queue_run(box: Box) -> None:
    engine(box).run(rules_of(box.state))


def outside(box: Box) -> list[tuple[str, str]]:
    return sorted((mail.sender, mail.recipient) for mail in engine(box).outside())


def test_mail_of_held_suspended_and_free_accounts(run: Runner, box: Box) -> None:
    begun = int(time.time())
    run("outgoing_mail", users=["bob"], hold=True)
    submit(box, "a@bob.example", "x@out.example", "y@out.example", size=5000)
    submit(box, "info@bobby.example", "x@out.example")
    submit(box, "info@free.example", "x@out.example")
    run("outgoing_mail", users=["bobby"], suspended=True)
    with pytest.raises(Rejected, match=r"^Domain bobby.example has an outgoing mail suspension.  Message discarded\.$"):
        submit(box, "info@bobby.example", "late@out.example")
    queue_run(box)
    queued = run("mail_queue_info")["messages"]
    assert [(row["user"], row["sender"], row["domain"]) for row in queued] == [
        ("bob", "a@bob.example", "bob.example"),
        (None, None, None),
    ]
    held, bounce = queued
    assert (held["recipients"], held["size"], held["frozen"]) == (["x@out.example", "y@out.example"], 5017, False)
    assert begun <= held["time_epoch"] <= time.time()
    assert held["age"] >= 0
    assert bounce["recipients"] == ["info@bobby.example"]
    assert outside(box) == [("info@free.example", "x@out.example")]
    released = run("outgoing_mail", users=["bob"], hold=False)
    assert released["accounts"][0]["hold"] is False
    assert len(run("mail_queue_info", users=["bob"])["messages"]) == 1, "a release does not run the queue"
    queue_run(box)
    assert run("mail_queue_info")["messages"] == []
    assert outside(box) == [
        ("", "info@bobby.example"),
        ("a@bob.example", "x@out.example"),
        ("a@bob.example", "y@out.example"),
        ("info@free.example", "x@out.example"),
    ]


def test_the_prefix_hazard_lets_mail_out_and_the_module_does_not(run: Runner, box: Box) -> None:
    run("outgoing_mail", users=["bob", "bobby"], hold=True)
    submit(box, "info@bobby.example", "x@out.example")
    assert run("outgoing_mail", users=["bob"], hold=False)["repaired"] != []
    queue_run(box)
    assert outside(box) == []
    box.call("release_outgoing_email", user="bob")
    queue_run(box)
    assert outside(box) == [("info@bobby.example", "x@out.example")], "whoever calls the function alone lets it out"


def test_frozen_and_old_messages_and_bounces(run: Runner, box: Box) -> None:
    now = int(time.time())
    box.patch(
        {
            "exim": {
                "queue": [
                    {
                        "time": now - 3 * DAY,
                        "sender": "",
                        "frozen": True,
                        "size": 4000,
                        "recipients": ["a@bob.example"],
                    },
                    {"time": now - 3600, "sender": "a@bob.example", "size": 900},
                    {"time": now - 60, "sender": "news@elsewhere.example", "size": 3 * 1024 * 1024},
                ]
            }
        }
    )
    frozen = submit(box, "info@free.example", "x@out.example")
    engine(box).freeze(frozen)
    found = run("mail_queue_info")
    assert [row["user"] for row in found["messages"]] == [None, "bob", None, "free"]
    assert [row["frozen"] for row in found["messages"]] == [True, False, False, True]
    assert [row["size"] for row in found["messages"]] == [3993, 900, 3145728, 200]
    assert [row["time_epoch"] for row in found["messages"]][:3] == [now - 3 * DAY, now - 3600, now - 60]
    assert found["messages"][0]["sender"] is None
    assert [row["msgid"] for row in run("mail_queue_info", frozen=True, users=["free"])["messages"]] == [frozen]
    assert len(run("mail_queue_info", older_than="2d")["messages"]) == 1
    queue_run(box)
    assert [row["frozen"] for row in run("mail_queue_info")["messages"]] == [True, True]


def test_an_exim_that_is_gone_is_no_empty_queue(run: Runner, box: Box) -> None:
    box.patch({"exim": {"gone": True}})
    result = run("mail_queue_info")
    assert result["error"]["reason"] == "Failed to launch exim to interrogate message queue"


TEXTS: list[tuple[dict[str, Any], int | None, str]] = [
    ({"text": GOOD_CONFIG}, None, ""),
    ({"text": "check:\n  accept hosts = *\n", "section": "acl"}, None, ""),
    ({"text": "primary_hostname = \u00e9 & +\nsmtp_accept_mx = 100\n"}, 2, 'main option "smtp_accept_mx" unknown'),
    ({"text": "check:\n  accapt hosts = *\n", "section": "acl"}, 2, 'unknown ACL verb "accapt"'),
    ({"text": "# remark\n" * 20000 + "BROKEN LINE"}, 20001, "malformed macro definition"),
    ({"text": "x", "section": "nowhere"}, 1, '"nowhere" is not a known configuration section name'),
]


@pytest.mark.parametrize(("options", "line", "message"), TEXTS)
def test_texts(run: Runner, box: Box, options: dict[str, Any], line: int | None, message: str) -> None:
    result = run("exim_config_info", **options)
    assert (result["valid"], result["line"]) == (line is None, line)
    assert message in (result["message"] or "")
    if line and "nowhere" not in message:
        assert result["excerpt"] == f"==>{options['text'].splitlines()[line - 1]}<=="


def test_a_fault_without_a_line(run: Runner) -> None:
    result = run("exim_config_info", text="r:\n", section="routers")
    assert (result["valid"], result["line"]) == (False, None)
    assert result["message"] == 'Exim configuration error:\n  no driver defined for router "r"'


def test_the_installed_configuration_is_judged_and_repaired(run: Runner, box: Box) -> None:
    assert run("exim_config_info")["valid"]
    box.patch({"exim": {"config": "smtp_accept_max 100\n"}})
    assert run("exim_config_info")["message"].endswith('missing "=" after smtp_accept_max')
    assert run("exim_config", state="valid")["changed"]
    assert run("exim_config_info")["valid"]
