# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator by hand: the documented commands as they stand, and one sentence for whatever is wrong."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from ansible_collections.whm.mail.tests.simulator import Simulator

ROOT = Path(__file__).resolve().parents[3]
MODULE = "ansible_collections.whm.mail.tests.simulator"
PAGES = [ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), ROOT / "tests/simulator/README.md"]


def documented() -> Iterator[tuple[str, str]]:
    """Every command that starts the simulator, on the page and in the line where it stands."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            for line in block.splitlines():
                if MODULE in line or "dev.py simulator" in line:
                    yield page.relative_to(ROOT).as_posix(), re.sub(r" > \S+ &$", "", line)


def program(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", MODULE, "--lifetime", "1", *arguments]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


def outside(folder: Path) -> dict[str, str]:
    """The environment of somebody who has installed the collection and nothing else: no PYTHONPATH, no link in site-packages."""
    home = folder / "home"
    installed = home / ".ansible/collections/ansible_collections/whm/mail"
    installed.parent.mkdir(parents=True)
    shutil.copytree(
        ROOT / "tests/simulator", installed / "tests/simulator", ignore=shutil.ignore_patterns("__pycache__")
    )
    programs = folder / "bin"
    programs.mkdir()
    # Python with the packages of this one, but without this checkout.
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    hidden = folder / "packages"
    hidden.mkdir()
    for path in Path(packages).iterdir():
        if path.name != "ansible_collections" and not path.name.endswith(".pth"):
            (hidden / path.name).symlink_to(path)
    python = programs / "python"
    python.write_text(
        f'#!/bin/sh\nPYTHONPATH="${{PYTHONPATH:+$PYTHONPATH:}}{hidden}" exec {shlex.quote(os.path.realpath(sys.executable))} "$@"\n'
    )
    python.chmod(0o755)
    return {"HOME": str(home), "PATH": f"{programs}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@pytest.mark.parametrize(("page", "line"), [row for row in documented() if MODULE in row[1]])
def test_a_documented_command_works_with_an_installed_collection(page: str, line: str, tmp_path: Path) -> None:
    state = re.search(
        r"```yaml\n(servers:\n.*?)```", (ROOT / "docs/simulator.md").read_text(encoding="utf-8"), re.DOTALL
    )
    assert state
    (tmp_path / "servers.yml").write_text(state[1], encoding="utf-8")
    line = re.sub(r"--port-base \d+", f"--port-base {free_port()}", line)
    process = subprocess.Popen(
        [
            "/bin/bash",
            "-c",
            f"exec {line}" if "PYTHONPATH=" not in line else f"export {line.replace(' ', '; exec ', 1)}",
        ],
        cwd=tmp_path,
        env=outside(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        first = process.stdout.readline()
        assert first.startswith(("The simulator runs.", "usage: simulator")), process.communicate(timeout=60)[1]
    finally:
        if "--help" not in line:
            process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0


def test_each_page_that_starts_it_does_so_for_an_installed_collection_or_a_checkout() -> None:
    lines = [line for _page, line in documented()]
    assert len(lines) >= 5
    assert [
        line
        for line in lines
        if not line.startswith(("PYTHONPATH=~/.ansible/collections python -m ", "python3 dev.py "))
    ] == []
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert "`python -m " not in text, "a command in a sentence stands without PYTHONPATH"


def test_dev_py_passes_options_and_the_folder_on(tmp_path: Path) -> None:
    """Looked at as it would be run, since the environment of a checkout is not made for a test."""
    script = (
        f"import os, sys; sys.path.insert(0, {str(ROOT)!r}); import dev\n"
        "dev.setup = lambda: None\n"
        "dev.os.execve = lambda path, argv, env: (print(os.getcwd(), *argv[1:]), sys.exit())\n"
        "sys.argv = ['dev.py', 'simulator', '--state', 'servers.yml', '--port-base', '20870']\n"
        "dev.main()"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.split() == [str(tmp_path), "-m", MODULE, "--state", "servers.yml", "--port-base", "20870"]


def test_info_is_for_programs_and_the_terminal_says_it_all_the_same(tmp_path: Path) -> None:
    done = program("--info", "info.json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    info = json.loads((tmp_path / "info.json").read_text(encoding="utf-8"))
    for server in info["servers"].values():
        assert f"WHM_PORT={server['port']} " in done.stdout
    assert "tokens too, is in info.json." in done.stdout
    assert (tmp_path / "info.json").stat().st_mode & 0o777 == 0o600


def free_port() -> int:
    """The first of some that are free, as far as one can know."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return min(int(probe.getsockname()[1]), 65000)


def test_a_busy_port_is_named_with_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        done = program("--port-base", str(port), folder=tmp_path)
    assert done.stderr == (
        f"simulator: Port {port} cannot be listened on: Address already in use. "
        "Name other ports with --port-base, or none, to get free ones.\n"
    )
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ("[1", "is no YAML"),
        ("just text", "does not hold a mapping"),
        ("{}", 'needs "servers"'),
        ("servers: [a]", 'needs "servers"'),
        ("servers: {a: {}}\nserver: {}", "this one has: server"),
        ("servers: {a: [1]}", "servers.a is [1]; it has to be a mapping"),
        ("servers: {a: {colour: 1}}", "The server 'a' has unknown keys: colour. The keys are: accounts, "),
        ("servers: {a: {accounts: [x]}}", "servers.a.accounts is ['x']; it has to be a mapping"),
        ("servers: {a: {accounts: {x: y}}}", "servers.a.accounts.x is 'y'; it has to be a mapping"),
        (
            "servers: {a: {accounts: {x: {hold: maybe}}}}",
            "servers.a.accounts.x.hold is 'maybe'; it has to be true, false",
        ),
        ("servers: {a: {accounts: {x: {colour: 1}}}}", "'x' has unknown keys: colour"),
        ("servers: {a: {accounts: {x: {mailboxes: {i: {folder: 1}}}}}}", "x.mailboxes.i has unknown keys: folder"),
        ("servers: {a: {accounts: {x: {mailboxes: {i: {folders: {INBOX: many}}}}}}}", "INBOX is 'many'"),
        ("servers: {a: {accounts: {x: {mailboxes: {i: {folders: {INBOX: {messages: -1}}}}}}}}", "messages is -1"),
        (
            "servers: {a: {accounts: {x: {addon_domains: x.example}}}}",
            "addon_domains is 'x.example'; it has to be a list",
        ),
        ("servers: {a: {callers: {root: {tokens: x}}}}", "callers.root has unknown keys: tokens"),
        ("servers: {a: {callers: {root: TOKEN}}}", "callers.root is 'TOKEN'; it has to be a mapping"),
        ("servers: {a: {certificate: best}}", "certificate is 'best'; it has to be one of good, self_signed"),
        ("servers: {a: {lockout_failures: often}}", "lockout_failures is 'often'; it has to be a number"),
        ("servers: {a: {forwards: root}}", "forwards is 'root'; it has to be a mapping"),
        ("servers: {a: {forwards: {root: 7}}}", "forwards.root is 7; it has to be a list"),
        ("servers: {a: {generate: 5}}", "generate is 5; it has to be a mapping"),
        ("servers: {a: {generate: {accounts: x}}}", "generate.accounts is 'x'"),
        ("servers: {a: {generate: {count: 5}}}", "generate has unknown keys: count"),
        ("servers: {a: {quirks: 7}}", "Quirks are a list of names"),
        ("servers: {a: {quirks: [gravity]}}", "no quirk named 'gravity'"),
        ("servers: {a: {disabled_roles: MailSend}}", "disabled_roles is 'MailSend'; it has to be a list"),
        ("servers: {a: {exim: 7}}", "exim"),
        ("servers: {a: {mail_sni: [x]}}", "mail_sni"),
        ("servers: {a: {spamd: x}}", "spamd"),
    ],
)
def test_what_is_wrong_with_a_state_is_one_sentence(state: str, said: str, tmp_path: Path, capsys: Any) -> None:
    from ansible_collections.whm.mail.tests.simulator import __main__ as program

    file = tmp_path / "servers.yml"
    file.write_text(state, encoding="utf-8")
    assert program.main(["--state", str(file), "--lifetime", "0.1"]) == 2
    shown = capsys.readouterr().err
    assert said in shown
    assert shown.startswith(f"simulator: --state {file}: ")
    assert shown.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--state", "nowhere.yml"], "--state nowhere.yml cannot be read: No such file or directory."),
        (["--state", "."], "--state . cannot be read: Is a directory."),
        (["--info", "no/such/folder.json"], "--info no/such/folder.json cannot be written: No such file or directory."),
        (["--info", "/proc/nowhere/info.json"], "cannot be written: "),
        (["--info", "."], "cannot be written: "),
        (["--port-base", "70000"], "'70000' is no port: give a number from 1 to 65535"),
        (["--port-base", "many"], "'many' is no port"),
        (["--port-base", "65533"], "There are no ports above 65535."),
        (["--lifetime", "0"], "'0' is no time: give a number of seconds above 0"),
        (["--lifetime", "nan"], "'nan' is no time"),
        (["--lifetime", "1e99"], "'1e99' is no time"),
        (["--engine", "sendmail"], "invalid choice: 'sendmail'"),
        (["--colour", "red"], "Unrecognized arguments: --colour red."),
    ],
)
def test_what_is_wrong_with_a_command_is_one_sentence(arguments: list[str], said: str, tmp_path: Path) -> None:
    done = program(*arguments, folder=tmp_path)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.startswith("simulator: ")
    assert done.stderr.count("\n") == 1


def test_no_place_for_temporary_files_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from ansible_collections.whm.mail.tests.simulator import __main__ as program

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert program.main([]) == 2
    assert capsys.readouterr().err.startswith("simulator: it cannot start: ")


def test_a_missing_package_is_one_sentence(tmp_path: Path) -> None:
    """Python without the packages of this environment."""
    (tmp_path / "ansible_collections/whm/mail/tests").mkdir(parents=True)
    (tmp_path / "ansible_collections/whm/mail/tests/simulator").symlink_to(ROOT / "tests/simulator")
    argv = [os.path.realpath(sys.executable), "-S", "-m", MODULE]
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    assert done.stderr == "simulator: PyYAML and trustme missing here: pip install PyYAML trustme\n"
    assert done.returncode == 2


def test_the_control_address_answers_nonsense_with_a_sentence() -> None:
    with Simulator({"servers": {"a": {}}}) as running:
        for path, body in (
            ("state/a", [1]),
            ("faults", [1]),
            ("faults", "x"),
            ("quirks/a", 7),
            ("state/a", {"accounts": 7}),
        ):
            answer = requests.post(f"{running.control_url}/{path}", json=body, timeout=60)
            assert answer.status_code == 400, path
            assert answer.json()["error"], path


def test_the_state_of_the_readme_is_one() -> None:
    """What the shapes refuse is not what the README shows."""
    text = (ROOT / "tests/simulator/README.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(servers:\n.*?)```", text, re.DOTALL)
    assert block
    with Simulator(yaml.safe_load(block[1])) as running:
        assert running["whm1"].state.accounts
