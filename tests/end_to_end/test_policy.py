# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role policy against a simulated server: what it predicts, does and then leaves alone, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.tests.simulator import Simulator
from ansible_collections.whm.mail.tests.simulator.mail_dns import zone_of

from .conftest import Play, Played

POLICY: dict[str, Any] = {
    "policy_outgoing_mail": [{"users": ["alice"], "hold": True}, {"users": ["dave"], "suspended": False}],
    "policy_forwards": [{"user": "root", "destinations": ["team@example.com"]}],
    "policy_dkim": [{"domains": ["bob.example.com"]}],
    "policy_spf": [{"domain": "bobby.example.com", "record": "v=spf1 +a +mx -all"}],
    "policy_dmarc": [
        {"domain": "bobby.example.com", "record": "v=DMARC1; p=none;"},
        {"domain": "bob.example.com", "policy": "v=DMARC1; p=none"},
    ],
    "policy_default_dmarc": {"record": "v=DMARC1; p=quarantine"},
    "policy_mail_limits": [{"users": ["alice", "bob"], "max_email_per_hour": 200, "max_emailacct_quota": "unlimited"}],
    "policy_blocks": [
        {"countries": ["KP"], "domains": ["spam.example", "*.spam.example"]},
        {"domains": ["good.example"], "state": "absent"},
    ],
    "policy_greylisting": {
        "enabled": True,
        "trusted_hosts": [{"hosts": ["192.0.2.0/24"], "comment": "partner"}],
        "providers": [{"providers": ["google"], "autotrust": False}],
    },
    "policy_exim": {"state": "valid"},
    "policy_mailbox_messages": [
        {"addresses": ["dave@dave.example.org"], "mailboxes": ["INBOX.Trash"], "query": "savedbefore 30d"}
    ],
}


def enforce(play: Play, *arguments: str, **variables: Any) -> Played:
    task = {"name": "Enforce", "ansible.builtin.import_role": {"name": "whm.mail.policy"}, "vars": variables}
    return play([task], *arguments, hosts="whm1")


def changed(played: Played) -> set[str]:
    return {line["task"].partition(" : ")[2] for line in played.lines if line.get("result", {}).get("changed")}


def test_check_mode_predicts_a_run_converges_and_a_second_changes_nothing(play: Play, sim: Simulator) -> None:
    box = sim["whm1"]
    policy = {**POLICY, "policy_mailbox_messages": []}  # expunging cannot be predicted
    predicted = enforce(play, "--check", "--diff", **policy)
    assert predicted.code == 0, predicted.stdout
    assert box.log.writes() == []
    done = enforce(play, **POLICY)
    assert done.code == 0, done.stdout
    assert changed(done) == changed(predicted) | {"These messages are expunged"}
    assert len(changed(predicted)) == 12
    assert box.state.accounts["alice"].hold is not None
    assert box.state.accounts["dave"].outgoing_suspended is None
    assert zone_of(box.state, "bobby.example.com").dmarc == ["v=DMARC1; p=none;"]
    assert box.state.areas["default_dmarc"] == "v=DMARC1; p=quarantine"
    assert box.state.accounts["bob"].fields["max_email_per_hour"] == 200
    again = enforce(play, **policy)
    assert (again.code, changed(again)) == (0, set())


def test_a_policy_that_says_nothing_asks_nothing(play: Play, sim: Simulator) -> None:
    played = enforce(play)
    assert played.code == 0, played.stdout
    assert sim["whm1"].log.entries() == []


def test_spamd_has_each_option_that_is_named(play: Play, sim: Simulator) -> None:
    """Its options cannot be read, so it has no part in the convergence above."""
    options = {
        "allowedips": ["127.0.0.1"],
        "maxconnperchild": 150,
        "maxchildren": 7,
        "timeouttcp": 20,
        "timeoutchild": 200,
    }
    played = enforce(play, "--tags", "spamd", policy_spamd={**options, "reset_others": True})
    assert played.code == 0, played.stdout
    conf = sim["whm1"].state.areas["spamd"].conf
    assert {name: str(conf[name]) for name in options} == {
        "allowedips": "127.0.0.1",
        "maxconnperchild": "150",
        "maxchildren": "7",
        "timeouttcp": "20",
        "timeoutchild": "200",
    }


@pytest.mark.parametrize("tag", ["outgoing_mail", "forwards", "dkim", "spf", "exim", "mailbox_messages"])
def test_a_tag_is_a_resource(play: Play, sim: Simulator, tag: str) -> None:
    functions = {
        "outgoing_mail": "accountsummary",
        "forwards": "get_user_email_forward_destination",
        "dkim": "validate_current_dkims",
        "spf": "validate_current_spfs",
        "exim": "validate_exim_configuration_syntax",
        "mailbox_messages": "get_mailbox_status_list",
    }
    played = enforce(play, "--check", "--tags", tag, **POLICY)
    assert played.code == 0, played.stdout
    asked = {
        call["function"]
        for entry in sim["whm1"].log.entries()
        for call in [*entry.commands, {"function": entry.function}]
    }
    assert asked & set(functions.values()) == {functions[tag]}


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"policy_forwards": [{"usr": "root"}]}, "usr"),
        ({"policy_forwards": [{"user": "root"}]}, "destinations"),
        ({"policy_outgoing_mail": [{"users": ["alice"], "holds": True}]}, "holds"),
        ({"policy_dkim": [{"domains": ["a.example"], "state": "on"}]}, "state"),
        ({"policy_exim": {"discard": True}}, "discard"),
        ({"policy_spamd": {"max_children": 5}}, "max_children"),
        ({"policy_mailbox_messages": [{"addresses": ["a@b.example"], "mailbox": "INBOX", "query": "SEEN"}]}, "mailbox"),
        (
            {"policy_outgoing_mail": [{"users": ["alice"], "hold": True}, {"users": ["alice"], "hold": False}]},
            "they disagree on hold of alice",
        ),
    ],
)
def test_mistakes_are_found_before_the_first_call(
    play: Play, sim: Simulator, variables: dict[str, Any], sentence: str
) -> None:
    played = enforce(play, "--tags", "spf", **{**POLICY, **variables})
    assert played.code != 0
    assert sentence in played.results()[-1]["msg"]
    assert sim["whm1"].log.entries() == []
