# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""States, the control interface, starting and stopping."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
import requests
from ansible_collections.whm.mail.tests.simulator import STATES, Fault, Simulator, answer, load
from ansible_collections.whm.mail.tests.simulator.folder import Folder

MODULE = "ansible_collections.whm.mail.tests.simulator"


@pytest.fixture
def control(sim, session):
    def call(path, body=None):
        url = f"{sim.control_url}/{path}"
        return session.get(url) if body is None else session.post(url, json=body)

    return call


def test_info_needs_the_secret(sim, session, control):
    info = control("info").json()
    assert info["servers"]["whm1"]["port"] == sim["whm1"].port
    assert info["servers"]["whm1"]["token"] == "ROOTTOKEN1"
    assert session.get(f"http://127.0.0.1:{sim.control_port}/wrong/info").status_code == 404


def test_state_and_log(box, post, control):
    post("hold_outgoing_email", user="alice")
    assert "alice" in control("state").json()["whm1"]["outgoing_mail_hold_users"]
    assert [entry["function"] for entry in control("log").json()] == ["hold_outgoing_email"]
    assert control("log/whm2").json() == []
    control("log/clear", {})
    assert len(box.log) == 0
    control("reset", {})
    assert box.state.accounts["alice"].hold is None


def test_patch_faults_and_quirks_over_the_wire(box, post, control):
    patch = {"accounts": {"alice": {"hold": True}, "dave": None, "new": {"domain": "new.example"}}}
    assert control("state/whm1", patch).status_code == 200
    assert box.state.accounts["alice"].hold
    assert "dave" not in box.state.accounts
    assert box.state.domains["new.example"] == "new"
    control("quirks/whm1", {"string_results": True, "prefix_hazard": False})
    assert post("version").json()["metadata"]["result"] == "1"
    assert "prefix_hazard" not in box.quirks
    control("faults/whm1", {"kind": "status_500"})
    assert post("version").status_code == 500
    control("faults", [{"kind": "status_500", "times": 0}])
    control("faults/clear", {})
    assert post("version").status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("faults", {"kind": "meteor"}, 400),
        ("quirks", {"gravity": True}, 400),
        ("state/whm1", {"colour": 1}, 400),
        ("state/whm9", {}, 404),
        ("nothing", {}, 404),
    ],
)
def test_mistakes_are_named(control, path, body, status):
    answer = control(path, body)
    assert answer.status_code == status
    assert answer.json()["error"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, 'needs "servers"'),
        ({"servers": {"a": {"colour": 1}}}, "unknown keys: colour"),
        ({"servers": {"a": {"accounts": {"x": {"colour": 1}}}}}, "unknown keys: colour"),
        ({"servers": {"a": {"quirks": ["gravity"]}}}, "no quirk named"),
    ],
)
def test_bad_states_are_refused(data, message):
    with pytest.raises(ValueError, match=message):
        load(data)


def test_lists_can_disagree_with_account_files():
    found = load({"servers": {"a": {"accounts": {"x": {"hold": True}}, "outgoing_mail_hold_users": ["y"]}}})["a"]
    assert found.accounts["x"].hold
    assert list(found.hold_list) == ["y"]


def test_the_demo_has_drift_to_find():
    servers = load(STATES / "demo.yml")
    assert sorted(servers) == ["whm1", "whm2", "whm3"]
    assert all(6 <= len(server.accounts) <= 12 for server in servers.values())
    assert servers["whm1"].accounts["bobby"].hold
    assert servers["whm3"].accounts["lenart"].hold
    assert "lenart" not in servers["whm3"].hold_list


def test_guids_are_the_same_in_every_run():
    guids = [load(STATES / "tests.yml")["whm1"].accounts["alice"].main.folders["INBOX"].guid for _unused in range(2)]
    assert guids[0] == guids[1]
    assert len(guids[0]) == 32


def test_a_hundred_thousand_accounts():
    started = time.process_time()  # the machine may be busy with something else
    big = load({"servers": {"a": {"generate": {"accounts": 100_000, "prefix": "user", "held_every": 2}}}})["a"]
    body = answer(big, big.callers["root"], "listaccts", [("want", "user,outgoing_mail_hold")], time.time)
    assert len(body["data"]["acct"]) == 100_000
    pairs = [("command", f"release_outgoing_email?user=user{number}") for number in range(1, 10_001)]
    answer(big, big.callers["root"], "batch", pairs, time.time)
    # Generous: the point is that nothing is quadratic.
    assert time.process_time() - started < 60


def test_stopping_waits_for_no_answer_that_is_held_and_leaves_nothing():
    threads = set(threading.enumerate())
    with Simulator(STATES / "tests.yml") as simulator, requests.Session() as session:
        box, folder = simulator["whm1"], simulator.folder
        session.trust_env = False
        box.faults.add(Fault("stall_after", seconds=3600))
        with pytest.raises(requests.ReadTimeout):
            session.get(
                f"{box.url}/json-api/version", auth=("root", box.password), verify=simulator.ca_path, timeout=(60, 0.2)
            )
    assert set(threading.enumerate()) <= threads
    assert not folder.exists()


def start(*args):
    return subprocess.Popen([sys.executable, "-m", MODULE, *args], stdout=subprocess.PIPE, text=True)


def test_as_a_program(tmp_path):
    info = tmp_path / "info.json"
    program = start("--state", str(STATES / "tests.yml"), "--info", str(info))
    try:
        for _unused in range(1200):
            if info.exists():
                break
            time.sleep(0.1)
        told = json.loads(info.read_text())
        assert told["pid"] == program.pid
        assert requests.get(f"{told['control']}/info", timeout=60).json() == told
    finally:
        program.send_signal(signal.SIGTERM)
        assert program.wait(120) == 0
        program.stdout.close()
    assert not Path(told["ca_path"]).exists()


def test_a_lifetime_and_a_text_for_people():
    program = start("--lifetime", "0.2")
    text, _nothing = program.communicate(timeout=120)
    assert program.returncode == 0
    assert "WHM_API_TOKEN=DEMO1TOKEN" in text


def test_the_folder_of_a_killed_simulator_is_removed_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    killed, alive = Folder(), Folder()
    os.close(killed._lock)  # what the end of a process does
    (tmp_path / "whm-simulator-begun").mkdir()  # has no lock yet
    mine = Folder()
    assert not killed.path.exists()
    assert {path.name for path in tmp_path.iterdir()} == {alive.path.name, mine.path.name, "whm-simulator-begun"}
    for folder in (alive, mine):
        folder.remove()
