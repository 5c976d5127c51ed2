# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DKIM private keys appear nowhere: whatever ansible-playbook prints, returns and leaves behind at -vvvv is searched."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from ansible_collections.whm.mail.tests.simulator import Fault, Simulator
from ansible_collections.whm.mail.tests.simulator.mail_dns import key_for, pool_key, public_record

from .conftest import Play, Played

Task = dict[str, Any]
DOMAINS = ["alice.example.com", "bob.example.com"]
GIVEN, PRESENT = pool_key(21), [key_for(domain) for domain in DOMAINS]


def secret_lines(*pems: str) -> set[str]:
    """The lines of keys that are not public, plain and URI-encoded."""
    lines = {
        line
        for pem in pems
        for line in pem.splitlines()
        if len(line) > 20 and not line.startswith("-----") and line not in public_record(pem)
    }
    return lines | {quote(line, safe="") for line in lines} | {quote(quote(line, safe=""), safe="") for line in lines}


SECRET = secret_lines(GIVEN, *PRESENT)


def everything(played: Played, folder: Path, sim: Simulator) -> dict[str, str]:
    """All that a run printed and returned, all files it left, and the URLs and command lines that the server saw."""
    texts = {"stdout": played.stdout, "stderr": played.stderr, "results": json.dumps(played.lines)}
    texts["urls"] = "\n".join(entry.url for entry in sim["whm1"].log)
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "keys.yml":
            texts[f"file {path.name}"] = path.read_text(encoding="utf-8", errors="replace")
    return texts


def leaks(texts: dict[str, str]) -> set[str]:
    return {where for where, text in texts.items() for line in SECRET if line in text}


def task(name: str, options: Task, module: str = "dkim_key", **keywords: Any) -> Task:
    return {
        "name": name,
        f"whm.mail.{module}": options,
        "ignore_errors": True,
        "ignore_unreachable": True,
        "diff": True,
        **keywords,
    }


def both(*domains: str, pem: str = "{{ given_key }}") -> list[Task]:
    return [{"domain": domain, "private_key": pem} for domain in domains]


def tasks(way: Task) -> list[Task]:
    broken = both(*DOMAINS, pem="{{ given_key[:-300] }}")
    return [
        task("predict", {**way, "keys": both(*DOMAINS)}, check_mode=True),
        task("read", {**way, "domains": DOMAINS}, "dkim_key_info"),
        task("change", {**way, "keys": both(*DOMAINS)}),
        task("change one", {**way, "keys": both("alice-shop.example"), "publish": False}),
        task("foreign", {**way, "keys": both("alice.example.com", "nosuch.example", "bo.example.com")}),
        task("damaged", {**way, "keys": broken}),
        task("misspelt", {**way, "keys": [{**both("alice.example.com")[0], "public": True}]}),
        task("no dictionary", {**way, "keys": ["{{ given_key }}"]}),
        task(
            "a list for a key", {**way, "keys": [{"domain": "alice.example.com", "private_key": ["{{ given_key }}"]}]}
        ),
        task("no list", {**way, "keys": "{{ given_key }}"}),
    ]


@pytest.mark.parametrize("transport", ["https", "cli"])
@pytest.mark.parametrize("way", ["in process", "ordinary modules"])
def test_no_key_comes_to_light(
    way: str,
    transport: str,
    play: Play,
    sim: Simulator,
    tmp_path: Path,
    without_action_plugin: Path,
    collections_path: Path,
) -> None:
    (tmp_path / "keys.yml").write_text(json.dumps({"given_key": GIVEN}), encoding="utf-8")
    cli = {"transport": "cli", "whmapi1_path": str(sim.cli_dir("whm1") / "whmapi1")}
    played = play(
        tasks(cli if transport == "cli" else {"api_host": sim["whm1"].host}),
        "-vvvv",
        hosts="whm1",
        collections=collections_path if way == "in process" else without_action_plugin,
        vars={"ansible_connection": "local"},
        vars_files=[str(tmp_path / "keys.yml")],
        env={"ANSIBLE_LOG_PATH": str(tmp_path / "log")},
    )
    assert played.result("predict")["changed"], played.stdout
    assert played.result("predict")["diff"] == played.result("change")["diff"]
    assert played.result("change")["changed"]
    assert "failed" in played.result("foreign")["msg"]
    assert "damaged" in played.result("damaged")["msg"]
    shown = {line["task"]: json.dumps(line) for line in played.lines if line["outcome"] != "start"}
    assert leaks(shown) == set(), "by task"
    assert leaks(everything(played, tmp_path, sim)) == set()
    assert "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER" in played.stdout


def test_broken_answers_with_keys_in_them_are_not_quoted(play: Play, sim: Simulator, tmp_path: Path) -> None:
    sim["whm1"].faults.add(Fault("truncated_json", function="fetch_dkim_private_keys", times=0))
    options = {"api_host": sim["whm1"].host, "api_retries": 0}
    wanted = [
        task("one", {**options, "domains": DOMAINS[:1]}, "dkim_key_info"),
        task("two", {**options, "domains": DOMAINS}, "dkim_key_info"),
    ]
    played = play(wanted, "-vvvv", hosts="whm1")
    assert "not valid JSON" in played.result("one")["msg"]
    assert "not valid JSON" in played.result("two")["msg"]
    assert leaks(everything(played, tmp_path, sim)) == set()


def test_the_search_would_find_a_leak(play: Play, sim: Simulator, tmp_path: Path) -> None:
    options = {"api_host": sim["whm1"].host, "domains": DOMAINS, "include_private_key": True}
    played = play([task("show", options, "dkim_key_info")], hosts="whm1")
    assert "results" in leaks(everything(played, tmp_path, sim))
    hidden = play([task("hide", options, "dkim_key_info", no_log=True)], "-vvvv", hosts="whm1")
    assert leaks({"stdout": hidden.stdout, "stderr": hidden.stderr}) == set()
