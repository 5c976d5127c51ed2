# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WHM API 1 by the program ``whmapi1`` on the server itself."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections import Counter
from contextlib import suppress
from urllib.parse import quote

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import ConnectionFailed, UnexpectedAnswer
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Pairs, Reply

WHMAPI1 = "/usr/local/cpanel/bin/whmapi1"

_GONE_SECONDS = 5.0  # for a program that was killed to be gone
_CREDENTIALS = ("WHM_API_TOKEN", "WHM_PASSWORD")  # not for whmapi1, which needs none
_MAX_ARGUMENT = 100_000  # Linux takes 128 KiB for one argument and some 2 MiB for all together
_MAX_ARGUMENTS = 1_000_000


class CliTransport:
    """``whmapi1`` on the machine this runs on; needs root there, no credentials.

    Values stand URI-encoded on the command line, where ``ps`` shows them to other users. Calls with a secret therefore go
    through standard input (``--input=json``, seen in public scripts, not in the reference), and so do those too long for a
    command line.

    :param path: the program; the full path is needed on CloudLinux.
    :param timeout: seconds one call may take before it is killed.
    """

    def __init__(self, path: str = WHMAPI1, timeout: float = 60.0) -> None:
        self.host = "localhost (whmapi1)"
        self._path = path
        self._timeout = timeout

    def send(self, function: str, pairs: Pairs, secret: bool = False) -> Reply:
        command = [self._path, "--output=json"]
        stdin = b""
        words = ["{}={}".format(key, quote(value, safe="")) for key, value in pairs]
        if secret or max(map(len, words), default=0) > _MAX_ARGUMENT or sum(map(len, words)) > _MAX_ARGUMENTS:
            command += ["--input=json", function]
            stdin = json.dumps(_numbered(pairs)).encode("utf-8")
        else:
            command += [function, *words]
        status, stdout, stderr = self._run(command, stdin)
        if status:
            raise _cli_error(status, stdout, stderr)
        if not stdout.strip():
            raise UnexpectedAnswer(f"whmapi1 printed nothing ({_last_line(stderr)})")
        return Reply(200, stdout)

    def close(self) -> None:
        """Nothing is kept between calls."""

    def _run(self, command: list[str], stdin: bytes) -> tuple[int, bytes, bytes]:
        try:
            # Own process group, so that nothing outlives a timeout.
            process = subprocess.Popen(  # noqa: S603 (a list of arguments and no shell)
                command,
                env={name: value for name, value in os.environ.items() if name not in _CREDENTIALS},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except (OSError, ValueError) as exc:
            raise ConnectionFailed(
                f"whmapi1_path: {self._path} cannot be run ({_why_not_run(self._path, exc)})",
                remedy="transport: cli works on the WHM server itself, as root; delegate the task there with become, "
                "or use transport: https.",
            ) from None
        try:
            stdout, stderr = process.communicate(stdin, timeout=self._timeout)
        except subprocess.TimeoutExpired:
            raise ConnectionFailed(
                f"whmapi1 did not finish within {self._timeout:g} seconds (api_timeout)", sent=True, retryable=True
            ) from None
        finally:
            if process.poll() is None:  # too slow, or the task itself was interrupted
                _end(process)
        return process.returncode, stdout, stderr


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it has started, and do not wait for what has left its group and holds its output open."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    with suppress(subprocess.TimeoutExpired):
        process.wait(_GONE_SECONDS)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with suppress(OSError):
                pipe.close()


def _why_not_run(path: str, exc: Exception) -> str:
    if os.path.isdir(path):
        return "it is a folder"
    if isinstance(exc, FileNotFoundError) and os.path.exists(path):
        return "the program that its first line names is not there"
    return getattr(exc, "strerror", None) or str(exc)


def _numbered(pairs: Pairs) -> dict[str, str]:
    """Pairs as an object: the second ``domain`` becomes ``domain-1`` (both spellings are equal to WHM)."""
    numbered: dict[str, str] = {}
    seen: Counter[str] = Counter()
    for key, value in pairs:
        numbered["%s-%d" % (key, seen[key]) if seen[key] else key] = value
        seen[key] += 1
    return numbered


def _cli_error(status: int, stdout: bytes, stderr: bytes) -> ConnectionFailed:
    if status < 0:
        return ConnectionFailed("whmapi1 was killed by signal %d" % -status, sent=True, retryable=True)
    detail = _last_line(stderr) if stderr.strip() else _last_line(stdout)
    return ConnectionFailed(
        "whmapi1 failed with exit status %d (%s)" % (status, detail),
        sent=True,  # whether anything was done before it failed is not known
        remedy="It needs root on the WHM server: add become: true.",
    )


def _last_line(output: bytes) -> str:
    lines = [line.strip() for line in output.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no message"
