# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files that the collection writes, when the process is killed before or after any step of it: the old one or the new one,
never half of one, never readable for others meanwhile, and the next run writes as if nothing had been."""

from __future__ import annotations

import multiprocessing
import os
import signal
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail import profiles
from ansible_collections.whm.mail.plugins.plugin_utils._controller import files

OLD, NEW = "x" * 300_000, "y" * 300_000


def write_profile(path: Path, text: str) -> None:
    profiles.write(str(path), text.encode(), "0600")


def read_profile(path: Path) -> str:
    return path.read_bytes().decode()


def write_report(path: Path, text: str) -> None:
    files.replace(path, text)


def read_report(path: Path) -> str:
    return path.read_text(encoding="utf-8")


WRITERS: dict[str, tuple[Callable[[Path, str], None], Callable[[Path], str]]] = {
    "profile": (write_profile, read_profile),
    "report": (write_report, read_report),
}
STEPS: dict[str, Any] = {"mkstemp": tempfile, "fsync": os, "replace": os}


def _write_and_die(write: Callable[[Path, str], None], path: Path, step: str, after: bool) -> None:
    """In a process of its own, with a umask that forbids nothing."""
    os.umask(0)
    real = getattr(STEPS[step], step)

    def die(*given: Any, **named: Any) -> Any:
        done = real(*given, **named) if after else None
        os.kill(os.getpid(), signal.SIGKILL)
        return done

    setattr(STEPS[step], step, die)
    write(path, NEW)


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("what", WRITERS)
def test_a_process_that_is_killed_leaves_the_old_file_or_the_new_one(
    tmp_path: Path, what: str, step: str, after: bool
) -> None:
    write, read = WRITERS[what]
    path = tmp_path / "file"
    write(path, OLD)
    child = multiprocessing.get_context("fork").Process(target=_write_and_die, args=(write, path, step, after))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert read(path) == (NEW if (step, after) == ("replace", True) else OLD)
    modes = {stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert modes == {0o600}, "what is left lying about is nobody else's to read"
    assert [each.name for each in tmp_path.iterdir() if not each.name.startswith((".", "file"))] == []
    write(path, NEW)
    assert read(path) == NEW


@pytest.mark.parametrize("what", WRITERS)
def test_while_it_is_written_nobody_else_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """Looked at when the text is complete and has not got its name yet, under a umask that forbids nothing."""
    seen: dict[str, int] = {}
    real = os.replace

    def look(source: str, target: str) -> None:
        seen.update({each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()})
        real(source, target)

    monkeypatch.setattr(os, "replace", look)
    before = os.umask(0)
    try:
        WRITERS[what][0](tmp_path / "file", NEW)
    finally:
        os.umask(before)
    assert any(name.startswith(".") for name in seen)
    assert set(seen.values()) == {0o600}
