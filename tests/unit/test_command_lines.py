# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The developer's command lines: a mistake is a sentence, and places that cannot be written do not end in a traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Nothing is done: what would be is said.
HARMLESS = """
import sys
sys.path.insert(0, {root!r})
import dev
for name in ("clean", "setup", "tidy", "demo", "dependencies", "run_parts", "simulator", "bench"):
    setattr(dev, name, lambda *args, name=name, **more: sys.exit("did " + name))
sys.argv = ["dev.py", *{arguments!r}]
sys.exit(dev.main())
"""


def run(script: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, **{name: value for name, value in changes.items() if value is not None}}
    for name in [name for name, value in changes.items() if value is None]:
        env.pop(name, None)
    return subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["clean", "--dry-run"], "clean takes no options, but was given: --dry-run"),
        (["setup", "now"], "setup takes no options, but was given: now"),
        (["demo", "--fast"], "demo takes no options"),
        (["format", "x.py"], "format takes no options"),
        (["test", "tests/unit"], "test takes no options"),
        (["lint", "x"], "lint takes no options"),
        (["lock-dependencies", "x"], "lock-dependencies takes no options"),
        (["nonsense"], "invalid choice: 'nonsense'"),
        ([], "the following arguments are required: VERB"),
    ],
)
def test_what_dev_py_does_not_know_is_a_sentence_and_does_nothing(arguments: list[str], said: str) -> None:
    done = run(HARMLESS.format(root=str(ROOT), arguments=arguments))
    assert done.returncode == 2
    assert done.stderr.startswith("dev.py: ")
    assert said in done.stderr
    assert done.stderr.count("\n") == 1


def test_options_of_the_tools_behind_dev_py_are_passed_on() -> None:
    assert run(HARMLESS.format(root=str(ROOT), arguments=["ruff", "x.py"])).stderr == "did setup\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "z"], "There is no benchmark z; there are a, b"),
        (["--only", "a", "--ansible-playbook", "/nowhere"], "--ansible-playbook /nowhere is no program"),
        (["--only", "h", "--json", "/proc/nowhere"], "--json /proc/nowhere cannot be made"),
    ],
)
def test_what_the_benchmarks_do_not_know_is_a_sentence(arguments: list[str], said: str) -> None:
    argv = [sys.executable, "-m", "ansible_collections.whm.mail.tests.benchmarks", *arguments]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("benchmarks: ")
    assert said in done.stderr


PLACES = f"""
import json, os, sys
sys.path.insert(0, {str(ROOT)!r})
from devtools.environment import tool_environment
env = tool_environment()
print(json.dumps({{name: env.get(name) for name in sys.argv[1:] or ("HOME", "TMPDIR", "XDG_CACHE_HOME", "PIP_CONFIG_FILE")}}))
"""


def places(**changes: str | None) -> dict[str, str | None]:
    import json

    done = run(PLACES, **{"TMPDIR": None, "XDG_CACHE_HOME": None, "PIP_CONFIG_FILE": None, **changes})
    assert done.returncode == 0, done.stderr
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


def can_be_written(folder: str | None) -> bool:
    assert folder
    probe = Path(folder, ".probe")
    probe.write_text("", encoding="utf-8")
    probe.unlink()
    return True


@pytest.mark.parametrize("home", ["/proc/nowhere", "/dev/null", "/proc", "/sys", "", None])
def test_a_home_that_cannot_be_written_is_replaced(home: str | None) -> None:
    found = places(HOME=home)["HOME"]
    assert found != home
    assert can_be_written(found)


def test_a_home_that_can_be_written_stays(tmp_path: Path) -> None:
    assert places(HOME=str(tmp_path))["HOME"] == str(tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [".ansible", ".cache"])
def test_a_home_in_which_a_tool_cannot_write_is_replaced_and_its_settings_count(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/proc")
    (tmp_path / ".config/pip").mkdir(parents=True)
    (tmp_path / ".config/pip/pip.conf").write_text("[global]\n", encoding="utf-8")
    found = places(HOME=str(tmp_path))
    assert found["HOME"] != str(tmp_path)
    assert can_be_written(found["HOME"])
    assert found["PIP_CONFIG_FILE"] == str(tmp_path / ".config/pip/pip.conf")
    assert places(HOME=str(tmp_path), PIP_CONFIG_FILE="/mine")["PIP_CONFIG_FILE"] == "/mine"


@pytest.mark.parametrize("name", ["TMPDIR", "XDG_CACHE_HOME"])
def test_other_places_that_cannot_be_written_are_replaced(tmp_path: Path, name: str) -> None:
    assert places(**{name: str(tmp_path)})[name] == str(tmp_path)
    assert can_be_written(places(**{name: "/proc/nowhere"})[name])


def test_a_checkout_that_cannot_be_written_is_a_sentence() -> None:
    script = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
        "from pathlib import Path\n"
        "from devtools import environment\n"
        "environment.WORK = environment.VENV = Path('/proc/nowhere')\n"
        "environment.command = lambda argv: None\n"
        "environment.setup()\n"
    )
    done = run(script)
    assert done.returncode == 1
    assert done.stderr.startswith("dev.py: /proc/nowhere")
    assert "make the checkout writable" in done.stderr
    assert done.stderr.count("\n") == 1
