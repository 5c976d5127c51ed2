# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One list for a fleet of which not every server has everything: the README's first example, and a policy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from .conftest import CHECKOUT, Play
from .test_guides import blocks


def test_the_first_example_of_the_readme_works_on_a_fleet(play: Play, sim: Any) -> None:
    """whm2 has neither alice nor bob. They are held on whm1, and root's mail is read by somebody on both."""
    (book,) = yaml.safe_load(blocks(CHECKOUT / "README.md", "yaml")[0])
    assert book["hosts"] == "whm_servers"
    held, forwarded = (task["name"] for task in book["tasks"])
    played = play(book["tasks"])
    assert played.code == 0, played.stdout
    assert played.result(held, "whm1")["missing"] == []
    assert played.result(held, "whm2")["missing"] == ["alice", "bob"]
    assert played.result(held, "whm2")["changed"] is False
    for name, box in sim.boxes.items():
        assert box.state.localaliases["root"] == ["team@example.com"], name
        assert played.result(forwarded, name)["changed"]
    assert {name for name, account in sim["whm1"].state.accounts.items() if account.hold} == {"alice", "bob", "bobby"}


POLICY: dict[str, Any] = {
    "policy_outgoing_mail": [{"users": ["alice", "zoe"], "hold": True, "ignore_missing": True}],
    "policy_forwards": [
        {"user": "root", "destinations": ["team@example.com"]},
        {"user": "zoe", "destinations": ["zoe@example.net"], "ignore_missing": True},
    ],
    "policy_dkim": [{"domains": ["bob.example.com", "zoe.example.com"], "ignore_missing": True}],
    "policy_spf": [
        {"domain": "bob.example.com", "record": "v=spf1 mx -all", "ignore_missing": True},
        {"domain": "zoe.example.com", "record": "v=spf1 mx -all", "ignore_missing": True},
    ],
    "policy_mail_limits": [{"users": ["alice", "zoe"], "max_email_per_hour": 200, "ignore_missing": True}],
    "policy_mailbox_messages": [
        {"addresses": ["dave@dave.example.org"], "mailboxes": ["INBOX.Trash"], "query": "savedbefore 30d", "ignore_missing": True}
    ],
}  # fmt: skip


def as_text(policy: dict[str, Any]) -> dict[str, Any]:
    """The same with the truth as a text, as inventories and surveys give it."""
    return {
        name: [{**row, "ignore_missing": "yes"} if "ignore_missing" in row else row for row in rows]
        for name, rows in policy.items()
    }


def test_one_policy_serves_a_fleet(play: Play, sim: Any) -> None:
    task = {"name": "Enforce", "ansible.builtin.import_role": {"name": "whm.mail.policy"}}
    predicted = play([task], "--check", "--diff", vars=POLICY)
    assert predicted.code == 0, predicted.stdout
    assert not any(box.log.writes() for box in sim.boxes.values())
    done = play([task], vars=as_text(POLICY))
    assert done.code == 0, done.stdout
    one, other = (sim[name].state for name in ("whm1", "whm2"))
    assert one.accounts["alice"].hold
    assert other.accounts["zoe"].hold
    assert one.localaliases["root"] == other.localaliases["root"] == ["team@example.com"]
    assert other.localaliases["zoe"] == ["zoe@example.net"]
    assert (
        one.accounts["alice"].fields["max_email_per_hour"] == other.accounts["zoe"].fields["max_email_per_hour"] == 200
    )
    assert "zoe" not in one.localaliases
    again = play([task], vars={**POLICY, "policy_mailbox_messages": []})
    assert again.code == 0, again.stdout
    assert not any(line["result"].get("changed") for line in again.lines if line["outcome"] == "ok")


def test_without_it_the_policy_fails_where_something_is_missing(play: Play, sim: Any) -> None:
    task = {"name": "Enforce", "ansible.builtin.import_role": {"name": "whm.mail.policy"}}
    refused = {"policy_outgoing_mail": [{"users": ["alice", "zoe"], "hold": True, "ignore_missing": "false"}]}
    played = play([task], vars=refused)
    assert played.code != 0
    assert sim["whm1"].state.accounts["alice"].hold


@pytest.mark.parametrize("ignored", ["yes", "false"])
def test_the_audit_is_of_the_same_mind(play: Play, sim: Any, tmp_path: Path, ignored: str) -> None:
    """What a server does not have is neither drift nor unread there, where the policy says so; otherwise it is told."""
    policy = {name: [{**row, "ignore_missing": ignored} for row in rows] for name, rows in POLICY.items()}
    wanted = {"audit_folder": str(tmp_path / "audit"), "audit_gather_subset": ["accounts", "forwards", "auth"]}
    task = {"name": "Audit", "ansible.builtin.import_role": {"name": "whm.mail.audit"}}
    played = play([task], "--check", vars={**policy, "policy_mailbox_messages": [], **wanted})
    assert played.code == 0, played.stdout
    audit = json.loads((tmp_path / "audit/audit.json").read_text(encoding="utf-8"))
    (here,) = [row for row in audit["servers"] if row["name"] == "whm1"]
    told = {finding["resource"] for finding in here["drift"] if "zoe" in finding["item"]}
    assert told == set() if ignored == "yes" else {"outgoing_mail", "forwards", "dkim", "spf"} <= told, here["drift"]
    assert any("zoe" in spot["item"] for spot in here["unread"]) is (ignored != "yes")
    assert {"alice", "bob.example.com"} <= {finding["item"] for finding in here["drift"]}
