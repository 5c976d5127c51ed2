# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""mail_facts in playbooks: the facts reach the host's variables, by a task and as a facts module."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Play

SAID = "{{ hostvars[inventory_hostname].ansible_facts.whm_mail | default('nothing') }}"
SAY = {"name": "say", "ansible.builtin.debug": {"msg": SAID}}
GATHER = {"name": "gather", "whm.mail.mail_facts": {"gather_subset": ["all"]}}
SUBSETS = ["server", "accounts", "forwards", "queue"]
AS_FACTS_MODULE = {
    "connection": "local",
    "gather_facts": True,
    "vars": {"ansible_facts_modules": ["whm.mail.mail_facts"]},
}


@pytest.fixture
def elsewhere(defaults: dict[str, Any]) -> dict[str, Any]:
    """An ordinary module is told which server is meant: nobody fills that in."""
    options = {**defaults["group/whm.mail.whm"], "api_host": "{{ ansible_host | default(inventory_hostname) }}"}
    return {"group/whm.mail.whm": options}


def timeless(facts: dict[str, Any]) -> dict[str, Any]:
    messages = [{**row, "age": 0} for row in facts["queue"]["messages"]]
    return {**facts, "gathered_at": None, "queue": {**facts["queue"], "messages": messages}}


@pytest.mark.parametrize("check", [[], ["--check"]])
def test_a_task_leaves_facts_with_each_host(play: Play, sim: Any, check: list[str]) -> None:
    played = play([{"name": "gather", "whm.mail.mail_facts": {}}, SAY], *check)
    assert played.code == 0, played.stdout
    for name in ("whm1", "whm2"):
        said = played.result("say", name)["msg"]
        assert said["subsets"] == SUBSETS
        assert said["server"]["hostname"] == sim[name].state.hostname
        assert [row["user"] for row in said["accounts"]] == sorted(sim[name].state.accounts)
        assert not played.result("gather", name)["changed"]
        assert sim[name].log.writes() == []
    assert "AnsiballZ" not in played.stdout


def test_both_ways_gather_the_same(
    play: Play, sim: Any, without_action_plugin: Path, elsewhere: dict[str, Any]
) -> None:
    here = play([GATHER, SAY])
    there = play([GATHER, SAY], collections=without_action_plugin, connection="local", module_defaults=elsewhere)
    assert (here.code, there.code) == (0, 0), here.stdout + there.stdout
    for name in ("whm1", "whm2"):
        assert timeless(here.result("say", name)["msg"]) == timeless(there.result("say", name)["msg"])
        assert here.result("gather", name)["window"].keys() == there.result("gather", name)["window"].keys()


def test_a_facts_module_of_the_play(play: Play, sim: Any, elsewhere: dict[str, Any]) -> None:
    played = play([SAY], **AS_FACTS_MODULE, module_defaults=elsewhere)
    assert played.code == 0, played.stdout
    assert played.result("say", "whm1")["msg"]["subsets"] == SUBSETS
    assert played.result("say", "whm2")["msg"]["server"]["hostname"] == sim["whm2"].state.hostname
    assert "WARNING" not in played.stdout + played.stderr


def test_a_facts_module_takes_its_subset_from_its_defaults(play: Play, sim: Any, elsewhere: dict[str, Any]) -> None:
    """What the play says is for setup: Ansible does not pass it on, and says so."""
    chosen = {**elsewhere, "whm.mail.mail_facts": {"gather_subset": ["queue"]}}
    played = play(
        [SAY], **AS_FACTS_MODULE, module_defaults=chosen, gather_subset=["!hardware"], gather_timeout=30, hosts="whm1"
    )
    assert played.code == 0, played.stdout
    assert played.result("say")["msg"]["subsets"] == ["queue"]
    assert "Not passing subset" in played.stdout + played.stderr


def test_a_facts_module_beside_the_usual_one(play: Play, sim: Any, elsewhere: dict[str, Any]) -> None:
    """Several facts modules run side by side, as asynchronous jobs."""
    both = {**AS_FACTS_MODULE, "vars": {"ansible_facts_modules": ["ansible.builtin.setup", "whm.mail.mail_facts"]}}
    system = {"name": "system", "ansible.builtin.debug": {"msg": "{{ ansible_facts.system }}"}}
    played = play([SAY, system], **both, module_defaults=elsewhere, hosts="whm1", gather_subset=["!all"])
    assert played.code == 0, played.stdout
    assert played.result("say")["msg"]["subsets"] == SUBSETS
    assert played.result("system")["msg"]


def test_a_facts_module_without_a_server_says_what_is_missing(play: Play, sim: Any) -> None:
    played = play([SAY], **AS_FACTS_MODULE, hosts="whm1")
    assert played.code != 0
    assert "api_host is missing" in played.stdout
    assert len(sim["whm1"].log) == 0


def test_a_refused_login_leaves_no_facts(play: Play, sim: Any) -> None:
    wrong = {"name": "gather", "whm.mail.mail_facts": {"api_token": "WRONGQ7Z1"}, "ignore_errors": True}
    played = play([wrong, SAY], hosts="whm1")
    assert played.result("gather")["error"]["kind"] == "authentication"
    assert played.result("say")["msg"] == "nothing"
    assert "WRONGQ7Z1" not in played.stdout + played.stderr + json.dumps(played.lines)


def test_hostile_names_stay_names(play: Play, sim: Any, tmp_path: Path) -> None:
    """What a customer may choose is a text in facts, however it is used afterwards."""
    hostile = "{{ lookup('ansible.builtin.pipe', 'touch %s/touched') }}" % tmp_path
    box = sim["whm1"]
    box.state.accounts["alice"].fields["plan"] = hostile
    box.patch({"exim": {"queue": [{"age": 10, "sender": "a@alice.example.com", "recipients": [hostile, "<script>"]}]}})
    keep = {"name": "keep", "ansible.builtin.set_fact": {"kept": "{{ ansible_facts.whm_mail.accounts[0].plan ~ '' }}"}}
    use = {
        "name": "use",
        "ansible.builtin.debug": {"msg": "{{ kept }} {{ ansible_facts.whm_mail.queue.messages[0].recipients }}"},
    }
    played = play([GATHER, keep, use, SAY], hosts="whm1")
    assert played.code == 0, played.stdout
    assert hostile in played.result("use")["msg"]
    assert played.result("say")["msg"]["queue"]["messages"][0]["recipients"] == [hostile, "<script>"]
    assert not (tmp_path / "touched").exists()
