# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError
from ansible_collections.whm.mail.plugins.module_utils._whm.whmapi1 import CliTransport
from ansible_collections.whm.mail.tests.simulator import Fault
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

OK = '{"metadata":{"result":1},"data":{"a":1}}'

Program = Callable[[str], Path]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """A shell script in the place of whmapi1; its arguments and its input land in files beside it."""

    def make(script: str, mode: int = 0o700) -> Path:
        path = tmp_path / "whmapi1"
        record = f'printf "%s\\n" "$@" > {tmp_path}/args\n'
        path.write_text(f"#!/bin/sh\n{record}{script}\n")
        path.chmod(mode)
        return path

    return make


@pytest.fixture
def cli(sim: Any, box: Any) -> CliTransport:
    return CliTransport(str(sim.cli_dir(box.name) / "whmapi1"), 5)


def failure(transport: CliTransport, secret: bool = False) -> WhmError:
    with pytest.raises(WhmError) as caught:
        transport.send("version", [("key", "s3cret")], secret)
    assert "\n" not in str(caught.value)
    assert "s3cret" not in str(caught.value)
    return caught.value


def test_a_program_that_is_missing(tmp_path: Path) -> None:
    exc = failure(CliTransport(str(tmp_path / "none")))
    assert f"{tmp_path}/none cannot be run (No such file or directory). transport: cli works on the WHM server" in str(
        exc
    )
    assert (exc.kind, exc.outcome_unknown, exc.retryable, exc.fatal) == ("connection", False, False, True)


def test_a_program_that_may_not_be_run(program: Program) -> None:
    exc = failure(CliTransport(str(program("", stat.S_IRUSR))))
    assert "cannot be run (Permission denied)" in str(exc)
    assert not exc.outcome_unknown


def test_a_folder_is_no_program(tmp_path: Path) -> None:
    exc = failure(CliTransport(str(tmp_path)))
    assert f"whmapi1_path: {tmp_path} cannot be run (it is a folder). transport: cli" in str(exc)
    assert not exc.outcome_unknown


def test_a_script_whose_interpreter_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "whmapi1"
    path.write_text("#!/nonexistent/perl\n")
    path.chmod(0o700)
    exc = failure(CliTransport(str(path)))
    assert "cannot be run (the program that its first line names is not there)" in str(exc)
    assert not exc.outcome_unknown


def test_a_name_that_no_program_can_have_is_said_in_a_sentence() -> None:
    exc = failure(CliTransport("/nonexistent/whm\0api1"))
    assert (exc.kind, exc.outcome_unknown) == ("connection", False)
    assert "cannot be run (embedded null byte)" in str(exc)


def test_output_that_is_not_utf_8(program: Program) -> None:
    text = '{"metadata":{"result":1},"data":{"a":"\\377"}}'
    answer = Client(CliTransport(str(program(f"printf '{text}'")))).call("version")
    assert answer.get("a") == "\ufffd"


def test_a_file_that_is_no_program(tmp_path: Path) -> None:
    path = tmp_path / "whmapi1"
    path.write_bytes(b"\x00\x01")
    path.chmod(0o700)
    assert "cannot be run (Exec format error)" in str(failure(CliTransport(str(path))))


FAULTS = [
    # fault, text, outcome_unknown, retryable
    ("not_root", "exit status 1 (whmapi1: this program must be run as root.). It needs root", True, False),
    ("killed", "whmapi1 was killed by signal 9", True, True),
    ("empty_output", "whmapi1 printed nothing (no message)", True, False),
]


@pytest.mark.parametrize(("fault", "text", "unknown", "retryable"), FAULTS)
def test_faults(cli: CliTransport, box: Any, fault: str, text: str, unknown: bool, retryable: bool) -> None:
    box.faults.add(Fault(fault))
    exc = failure(cli)
    assert text in str(exc)
    assert (exc.outcome_unknown, exc.retryable) == (unknown, retryable)


@pytest.mark.parametrize("fault", ["warnings_around_json", "stderr_warnings"])
def test_warnings_beside_the_answer(cli: CliTransport, box: Any, fault: str) -> None:
    box.faults.add(Fault(fault))
    assert Client(cli).call("version").get("version") == box.state.version


def test_a_read_that_was_killed_is_repeated(cli: CliTransport, box: Any) -> None:
    box.faults.add(Fault("killed"))
    assert Client(cli, sleep=lambda seconds: None).call("version").get("version")
    assert box.log.functions() == ["version", "version"]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"  # dead, only nobody has asked for its status


def hung(program: Program, folder: Path, child: str) -> tuple[WhmError, int]:
    """What a program that hangs ends in, and the child that it has started: a busy machine needs a moment to come so far."""
    file = folder / "child"
    for seconds in (0.3, 3, 30):
        exc = failure(
            CliTransport(str(program(f"{child} & echo $! > {file}.new; mv {file}.new {file}; sleep 600")), seconds)
        )
        assert f"did not finish within {seconds:g} seconds" in str(exc)
        if file.exists():
            break
    return exc, int(file.read_text())


def test_what_hangs_is_killed_with_its_children(program: Program, tmp_path: Path) -> None:
    exc, child = hung(program, tmp_path, "sleep 600")
    assert "seconds (api_timeout)" in str(exc)
    assert (exc.outcome_unknown, exc.retryable) == (True, True)
    waited = 0
    while not gone(child) and waited < 100:  # a signal takes a moment to arrive
        time.sleep(0.01)
        waited += 1
    assert gone(child)


def test_nobody_waits_for_what_holds_the_output_open(program: Program, tmp_path: Path) -> None:
    """A daemon that the program started has its pipes, also after the program was killed: who waits for them waits long."""
    begun = time.monotonic()
    exc, child = hung(program, tmp_path, "setsid sleep 600")
    assert exc.outcome_unknown
    assert time.monotonic() - begun < 500
    os.kill(child, signal.SIGKILL)


@pytest.mark.parametrize(
    ("script", "text"),
    [
        ("echo one >&2; echo two >&2; exit 3", "exit status 3 (two)"),
        ("echo stdout; exit 4", "exit status 4 (stdout)"),
        ("exit 5", "exit status 5 (no message)"),
        (f"echo '{OK}'; exit 1", "exit status 1"),
        ("echo oops >&2", "printed nothing (oops)"),
        ("printf '\\377' >&2; exit 6", "exit status 6 (\ufffd)"),
        ("head -c 5000 /dev/zero | tr '\\0' x >&2; exit 7", "exit status 7 (" + "x" * 200 + ")"),
    ],
)
def test_what_the_program_says(program: Program, script: str, text: str) -> None:
    assert text in str(failure(CliTransport(str(program(script)))))


def test_yaml_is_no_answer(program: Program) -> None:
    with pytest.raises(WhmError) as caught:
        Client(CliTransport(str(program("echo ---; echo metadata:")))).call("version")
    assert caught.value.kind == "unexpected_answer"


def test_the_command_line(program: Program, tmp_path: Path) -> None:
    transport = CliTransport(str(program(f"echo '{OK}'")))
    assert (
        transport.send("x", [("a", "p q+&=%@ü;$(id)`'\"\n"), ("a", "--output=yaml"), ("b", "")]).body
        == OK.encode() + b"\n"
    )
    assert (tmp_path / "args").read_text().splitlines() == [
        "--output=json",
        "x",
        "a=p%20q%2B%26%3D%25%40%C3%BC%3B%24%28id%29%60%27%22%0A",
        "a=--output%3Dyaml",
        "b=",
    ]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20))
def test_values_arrive(program: Program, tmp_path: Path, value: str) -> None:
    CliTransport(str(program(f"echo '{OK}'"))).send("x", [("a", value)])
    word = (tmp_path / "args").read_text().splitlines()[2]
    assert unquote(word.partition("=")[2], errors="strict") == value
    assert "+" not in word


KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEF\n-----END PRIVATE KEY-----"


@pytest.mark.parametrize("count", [1, 2], ids=["alone", "in a batch"])
def test_secrets_go_through_standard_input(program: Program, tmp_path: Path, count: int) -> None:
    answer = OK if count == 1 else '{"metadata":{"result":1},"data":{"result":[%s]}}' % ",".join([OK] * count)
    client = Client(CliTransport(str(program(f"cat > {tmp_path}/stdin; echo '{answer}'"))), read_only=False)
    call = Call("install_dkim_private_keys", {"domain": ["a.example", "b.example"], "key": [KEY, "K2"]})
    client.batch([call] * count)
    arguments = (tmp_path / "args").read_text()
    assert "MII" not in arguments
    assert "K2" not in arguments
    assert "a.example" not in arguments
    given = json.loads((tmp_path / "stdin").read_text())
    if count == 1:
        assert given == {"domain": "a.example", "domain-1": "b.example", "key": KEY, "key-1": "K2"}
    else:
        assert sorted(given) == ["command", "command-1"]
        assert all("MIIEvQIBADANBgkqhkiG9w0BAQEF" in value for value in given.values())


def test_standard_input_is_understood(cli: CliTransport, box: Any) -> None:
    cli.send("hold_outgoing_email", [("user", "alice")], secret=True)
    assert box.state.accounts["alice"].hold
    assert "alice" not in box.log[0].url


def test_other_calls_get_no_input(program: Program, tmp_path: Path) -> None:
    CliTransport(str(program(f"cat > {tmp_path}/stdin; echo '{OK}'"))).send("x", [])
    assert (tmp_path / "stdin").read_bytes() == b""


LONG = [
    ("one value", [("a", "b" * 200_000)]),
    ("one value that encoding makes long", [("a", "\u00e9" * 30_000)]),
    ("many values", [("a", "b" * 50_000)] * 40),
]


@pytest.mark.parametrize("pairs", [row[1] for row in LONG], ids=[row[0] for row in LONG])
def test_a_call_that_is_too_long_for_a_command_line_goes_through_standard_input(
    program: Program, tmp_path: Path, pairs: list[tuple[str, str]]
) -> None:
    script = f"cat > {tmp_path}/stdin; echo \"$@\" > {tmp_path}/arguments; echo '{OK}'"
    CliTransport(str(program(script))).send("x", pairs)
    assert (tmp_path / "arguments").read_text() == "--output=json --input=json x\n"
    assert list(json.loads((tmp_path / "stdin").read_text()).values()) == [value for _name, value in pairs]
