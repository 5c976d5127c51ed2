# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""whmapi1, uapi and cpapi2 (BEHAVIOUR D)."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
import yaml
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.cli_skin import shebang


@pytest.fixture
def run(sim, box):
    def call(program, *args, stdin=None, timeout=120):
        path = sim.cli_dir("whm1") / program
        return subprocess.run([path, *args], capture_output=True, input=stdin, text=True, timeout=timeout, check=False)

    return call


def test_yaml_is_the_default(run):
    done = run("whmapi1", "version")
    assert done.stdout.startswith("---\n")
    assert yaml.safe_load(done.stdout)["data"] == {"version": "11.138.0.6"}


@pytest.mark.parametrize("output", ["json", "jsonpretty"])
def test_json(run, output):
    assert json.loads(run("whmapi1", f"--output={output}", "version").stdout)["metadata"]["result"] == 1


def test_the_exit_status_is_0_although_the_function_failed(run):
    done = run("whmapi1", "--output=json", "hold_outgoing_email", "user=nope")
    assert done.returncode == 0
    assert json.loads(done.stdout)["metadata"]["result"] == 0


def test_what_cannot_run_at_all_has_no_metadata(run):
    done = run("whmapi1")
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr


def test_a_call_as_a_reseller(run, box):
    done = run("whmapi1", "--user=reseller1", "--output=json", "listaccts", "want=user")
    assert {row["user"] for row in json.loads(done.stdout)["data"]["acct"]} == {"carol", "reseller1"}
    done = run("whmapi1", "--user=reseller1", "--output=json", "hold_outgoing_email", "user=alice")
    assert "do not have access" in json.loads(done.stdout)["metadata"]["reason"]
    assert not box.state.accounts["alice"].hold
    done = run("whmapi1", "--user=nosuch", "--output=json", "hold_outgoing_email", "user=alice")
    assert (done.returncode, done.stdout) == (1, "")
    assert not box.state.accounts["alice"].hold


def test_values_are_decoded(run, box):
    run("whmapi1", "set_user_email_forward_destination", "user=alice", "forward_to=a%2Bb%40example.org")
    assert box.state.localaliases["alice"] == ["a+b@example.org"]
    assert box.log[-1].transport == "cli"
    assert box.log[-1].mutated


def test_batch_and_stdin(run):
    commands = ("command=version", "command=hold_outgoing_email?user=nope")
    done = run("whmapi1", "--output=json", "batch", *commands)
    assert [item["metadata"]["result"] for item in json.loads(done.stdout)["data"]["result"]] == [1, 0]
    given = json.dumps({"command": ["version", "gethostname"]})
    done = run("whmapi1", "--output=json", "--input=json", "batch", stdin=given)
    assert len(json.loads(done.stdout)["data"]["result"]) == 2


def test_uapi(run, box):
    address = "info@alice.example.com"
    done = run("uapi", "--output=json", "--user=alice", "Email", "hold_outgoing", f"email={address}")
    body = json.loads(done.stdout)
    assert (body["apiversion"], body["module"], body["func"]) == (3, "Email", "hold_outgoing")
    assert body["result"]["status"] == 1
    assert address in box.state.hold_list
    assert box.log[-1].writes
    assert run("uapi", "--user=nope", "Email", "list_pops").returncode != 0


def test_uapi_comes_after_what_was_late(run, box):
    asked, happened = [], []
    box.before = lambda caller, function, args: asked.append((caller, function))
    begun = box.clock()
    box.state.pending.append((begun + 5, lambda: happened.append("late") or True))
    box.clock = lambda: begun + 9
    run("uapi", "--output=json", "--user=alice", "Email", "list_pops")
    assert (asked, happened) == ([("root", "uapi_cpanel")], ["late"])


def test_cpapi2(run):
    done = run("cpapi2", "--output=json", "--user=alice", "EmailTrack", "stats")
    assert json.loads(done.stdout)["cpanelresult"]["data"][0]["SENDCOUNT"] == "14"


@pytest.mark.parametrize(
    ("kind", "status", "held"),
    [
        ("not_root", 1, False),
        ("killed", -9, True),
        ("empty_output", 0, True),
        ("stderr_warnings", 0, True),
        ("warnings_around_json", 0, True),
    ],
)
def test_faults(run, box, kind, status, held):
    box.faults.add(Fault(kind))
    done = run("whmapi1", "--output=json", "hold_outgoing_email", "user=alice")
    assert done.returncode == status
    assert (box.state.accounts["alice"].hold is not None) == held
    if kind == "stderr_warnings":
        assert done.stderr
        assert json.loads(done.stdout)
    elif kind == "warnings_around_json":
        with pytest.raises(ValueError, match=r"."):
            json.loads(done.stdout)
        assert '"result":1' in done.stdout
    else:
        assert done.stdout == ""


def test_hanging(run, box):
    box.faults.add(Fault("hangs"))
    with pytest.raises(subprocess.TimeoutExpired):
        run("whmapi1", "version", timeout=1)


def test_invalid_bytes_pass(run, box):
    box.quirks.add("invalid_utf8")
    with pytest.raises(UnicodeDecodeError):
        run("whmapi1", "--output=json", "accountsummary", "user=bob")


def test_programs_start_from_a_folder_with_a_space(tmp_path):
    """The checkout, and so the interpreter, may lie in a folder of any name."""
    python = tmp_path / "a folder" / "python"
    python.parent.mkdir()
    python.symlink_to(sys.executable)
    program = tmp_path / "program"
    program.write_text(f"{shebang(str(python))}\nprint('started')\n", encoding="utf-8")
    program.chmod(0o700)
    assert subprocess.run([program], capture_output=True, text=True, check=True).stdout == "started\n"
