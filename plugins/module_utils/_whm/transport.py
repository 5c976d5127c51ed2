# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Request in, status and bytes out. Nothing here knows what an answer means.

:class:`HttpsTransport` speaks to port 2087 from anywhere; :class:`CliTransport` runs ``whmapi1`` on the server itself.
"""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import threading
import time
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    ConnectionFailed,
    InvalidInput,
    UnexpectedAnswer,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.proxy import proxies_for
from ansible_collections.whm.mail.plugins.module_utils._whm.trouble import CONNECT_SECONDS, connection_error

REQUESTS_IMPORT_ERROR: str | None = None
try:
    import requests
    import requests.adapters
    import requests.auth
    import requests.structures
    import requests.utils
    import urllib3.exceptions
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()
    _AuthBase: Any = object
    _HTTPAdapter: Any = object
else:
    _AuthBase = requests.auth.AuthBase
    _HTTPAdapter = requests.adapters.HTTPAdapter

WHMAPI1 = "/usr/local/cpanel/bin/whmapi1"

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "whm.mail",  # for who reads the server's access log
}
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+\Z")  # how OpenSSL finds a certificate in a folder
_CHUNK = 65536
_POOL = 4  # connections kept: as many as api_concurrency allows in flight
_GONE_SECONDS = 5.0  # for a program that was killed to be gone
_MAX_ANSWER = 512 * 1024 * 1024
_CREDENTIALS = ("WHM_API_TOKEN", "WHM_PASSWORD")  # not for whmapi1, which needs none
_MAX_ARGUMENT = 100_000  # Linux takes 128 KiB for one argument and some 2 MiB for all together
_MAX_ARGUMENTS = 1_000_000

#: What a connection depends on beside its options: variables of the environment.
VARIABLES = (*("https_proxy", "all_proxy", "no_proxy"), *("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"), "REQUESTS_CA_BUNDLE")

Pairs = Sequence[tuple[str, str]]

#: Of this thread's request: when its answer must be complete (``until``), and whether any of it was handed out (``sent``).
_waiting = threading.local()


class _TimedSocket(ssl.SSLSocket):
    """A socket whose reads end with the time that one answer may take, however slowly its bytes drip in."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        until = getattr(_waiting, "until", None)
        if until is not None:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer was not complete in time")
            self.settimeout(left)
        return super().recv_into(*args, **kwargs)


@dataclass(frozen=True)
class Reply:
    """What came back: HTTP status, headers, body."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


class Transport(Protocol):
    """One server, reachable one way."""

    host: str

    def send(self, function: str, pairs: Pairs, secret: bool = False) -> Reply:
        """Send one call.

        :param pairs: parameters in order, values not yet encoded.
        :param secret: some value must not become visible to other users of the machine.
        :raises ConnectionFailed: no answer; its ``outcome_unknown`` says whether the request may have arrived.
        """

    def close(self) -> None:
        """Give up what connections are kept. The next call makes a new one."""


class _WhmAuth(_AuthBase):  # type: ignore[misc]
    """Sets the header last. A plain header would be replaced by an entry in .netrc; an auth object is not."""

    def __init__(self, header: str) -> None:
        self._header = header

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = self._header
        return request

    def __repr__(self) -> str:
        return "<credentials>"


def token_auth(username: str, token: str) -> Any:
    """``Authorization: whm user:token``."""
    return _WhmAuth(f"whm {username}:{token}")


def password_auth(username: str, password: str) -> Any:
    """HTTP Basic."""
    return requests.auth.HTTPBasicAuth(username.encode("utf-8"), password.encode("utf-8"))


def ca_bundle(verify: bool | str) -> tuple[str | None, str]:
    """File or folder of the authorities to trust, None for no verification, and who names it.

    REQUESTS_CA_BUNDLE counts where none is given.
    """
    if verify is not True:
        return verify or None, "ca_path"
    bundle = os.environ.get("REQUESTS_CA_BUNDLE")
    return (bundle, "REQUESTS_CA_BUNDLE") if bundle else (requests.utils.DEFAULT_CA_BUNDLE_PATH, "The library certifi")


@cache
def tls_context(bundle: str | None, named_by: str = "ca_path") -> ssl.SSLContext:
    """TLS settings that trust this bundle; kept, because reading a bundle costs more than a call.

    :raises InvalidInput: there is no such bundle, or no certificate in it.
    """
    context = create_urllib3_context(cert_reqs=ssl.CERT_NONE if bundle is None else ssl.CERT_REQUIRED)
    context.sslsocket_class = _TimedSocket
    if bundle is None:
        return context
    try:
        if os.path.isdir(bundle):
            if not any(map(_HASHED.match, os.listdir(bundle))):
                raise ssl.SSLError
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except (OSError, ValueError) as exc:
        without = "no certificate in it" + (" under a name by its hash" if os.path.isdir(bundle) else "")
        reason = without if isinstance(exc, ssl.SSLError) else getattr(exc, "strerror", None) or str(exc)
        raise InvalidInput(
            f"{named_by}: {bundle} cannot be used ({reason}); give a file with certificates, or a folder that c_rehash has seen."
        ) from None
    return context


def preload() -> None:
    """Do once, before Ansible forks its workers, what each of them would do again: read the bundle, learn some types."""
    with suppress(InvalidInput):  # said again, in the task that uses it
        tls_context(*ca_bundle(os.environ.get("WHM_CA_PATH") or True))
    requests.structures.CaseInsensitiveDict(_HEADERS).copy()  # Python asks all classes whether these are mappings


class _Watched:
    """A connection that notes when it hands out the first of a request: until then nothing can have arrived anywhere.

    What goes out while it connects is for a proxy, which is asked for a tunnel.
    """

    _connecting = False

    def connect(self) -> Any:
        self._connecting = True
        try:
            return super().connect()  # type: ignore[misc]
        finally:
            self._connecting = False

    def send(self, data: Any) -> Any:
        _waiting.sent = getattr(_waiting, "sent", False) or not self._connecting
        return super().send(data)  # type: ignore[misc]


@cache
def _watched(pool: Any) -> Any:
    """A pool of urllib3 whose connections are watched."""
    if issubclass(pool.ConnectionCls, _Watched):
        return pool
    return type(pool.__name__, (pool,), {"ConnectionCls": type("Connection", (_Watched, pool.ConnectionCls), {})})


def _watching(manager: Any) -> Any:
    manager.pool_classes_by_scheme = {scheme: _watched(pool) for scheme, pool in manager.pool_classes_by_scheme.items()}
    return manager


class _ContextAdapter(_HTTPAdapter):  # type: ignore[misc]
    """Connections that use one prepared TLS context; requests by itself reads the bundle again for each connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_maxsize=_POOL)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)
        _watching(self.poolmanager)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return _watching(super().proxy_manager_for(*args, ssl_context=self._context, **kwargs))

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED" if verify else "CERT_NONE"


class HttpsTransport:
    """WHM API 1 over HTTPS: connections kept alive, form-encoded POST, no cookies, redirects never followed.

    :param host: name or address, as the user gave it.
    :param auth: from :func:`token_auth` or :func:`password_auth`.
    :param verify: True, False, or the path of a CA file or folder.
    :param timeout: seconds that one complete answer may take.
    """

    def __init__(self, host: str, port: int, auth: Any, verify: bool | str = True, timeout: float = 60.0) -> None:
        self.host = "%s:%d" % (host, port)
        netloc = "[%s]:%d" % (host, port) if ":" in host else self.host
        self._base = f"https://{netloc}/json-api/"
        self._timeout = timeout
        self._patience = min(timeout, CONNECT_SECONDS)
        self._auth = auth
        self._verify = bool(verify)
        self._proxies, self._proxy = proxies_for(self._base)
        if not verify:  # the user said so; urllib3 would say it for every connection
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        # What a session adds to an adapter is what is unwanted here: cookies, redirects, .netrc. It takes its time, too.
        self._adapter = _ContextAdapter(tls_context(*ca_bundle(verify)))

    def send(self, function: str, pairs: Pairs, secret: bool = False) -> Reply:
        request = requests.PreparedRequest()
        request.prepare_method("POST")
        request.url = self._base + quote(function, safe="")  # complete, there is nothing to prepare in it
        request.prepare_headers(_HEADERS)
        request.prepare_body(urlencode([("api.version", "1"), *pairs]).encode("ascii"), None)
        request.prepare_auth(self._auth)
        _waiting.until = deadline = time.monotonic() + self._timeout
        _waiting.sent = False
        try:
            response = self._adapter.send(
                request,
                stream=True,
                timeout=(self._patience, self._timeout),
                verify=self._verify,
                proxies=self._proxies,
            )
            with response:
                body = _read_body(response.raw, deadline)
        except Exception as exc:  # whatever it is: what was sent already may have been carried out
            raise connection_error(exc, self._patience, self._timeout, _waiting.sent, self._proxy) from None
        finally:
            _waiting.until = None
        return Reply(response.status_code, body, response.headers)  # their names in any case

    def close(self) -> None:
        self._adapter.close()


def _read_body(raw: Any, deadline: float) -> bytes:
    """The body, within the deadline however slowly it drips."""
    read = (
        getattr(raw, "read1", None) or raw.read
    )  # read1: urllib3 2; returns what is there instead of filling the buffer
    chunks: list[bytes] = []
    size = 0
    while True:
        chunk = read(_CHUNK, decode_content=True)
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)
        size += len(chunk)
        if time.monotonic() > deadline:
            raise requests.exceptions.ReadTimeout("the answer was not complete in time")
        if size > _MAX_ANSWER:
            raise requests.exceptions.ContentDecodingError(
                "the answer is larger than %d MiB" % (_MAX_ANSWER // 1024**2)
            )


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
    seen: dict[str, int] = {}
    for key, value in pairs:
        count = seen.get(key, 0)
        seen[key] = count + 1
        numbered["%s-%d" % (key, count) if count else key] = value
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
