# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Request in, status and bytes out. Nothing here knows what an answer means.

:class:`HttpsTransport` speaks to port 2087 from anywhere; :class:`CliTransport` runs ``whmapi1`` on the server itself.
"""

from __future__ import annotations

import json
import os
import signal
import socket
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

from ansible_collections.whm.mail.plugins.module_utils._errors import (
    ConnectionFailed,
    InvalidInput,
    UnexpectedAnswer,
    WhmError,
)

REQUESTS_IMPORT_ERROR: str | None = None
try:
    import requests
    import requests.adapters
    import requests.auth
    import requests.structures
    import requests.utils
    import urllib3.exceptions
    from requests.utils import get_environ_proxies
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()
    _AuthBase: Any = object
    _HTTPAdapter: Any = object
else:
    _AuthBase = requests.auth.AuthBase
    _HTTPAdapter = requests.adapters.HTTPAdapter
    # urllib3 1 has no error of its own for names that cannot be resolved
    _NAME_RESOLUTION = getattr(urllib3.exceptions, "NameResolutionError", socket.gaierror)

WHMAPI1 = "/usr/local/cpanel/bin/whmapi1"

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "whm.mail",  # for who reads the server's access log
}
_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")  # the variables that name a proxy for HTTPS
_CONNECT_SECONDS = 10.0  # a server that does not accept a connection in this time is down or filtered
_CHUNK = 65536
_POOL = 4  # connections kept: as many as api_concurrency allows in flight
_MAX_ANSWER = 512 * 1024 * 1024
_CREDENTIALS = ("WHM_API_TOKEN", "WHM_PASSWORD")  # not for whmapi1, which needs none
_MAX_ARGUMENT = 100_000  # Linux takes 128 KiB for one argument and some 2 MiB for all together
_MAX_ARGUMENTS = 1_000_000

_NO_TLS = "WHM answers HTTPS on port 2087, plain HTTP (2086) is not used; check api_port."

Pairs = Sequence[tuple[str, str]]

#: When the answer that this thread waits for must be complete.
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
        """Give the connection back."""


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


def ca_bundle(verify: bool | str) -> str | None:
    """File or folder of the authorities to trust, None for no verification. REQUESTS_CA_BUNDLE counts where none is given."""
    if verify is True:
        return os.environ.get("REQUESTS_CA_BUNDLE") or requests.utils.DEFAULT_CA_BUNDLE_PATH
    return verify or None


@cache
def tls_context(bundle: str | None) -> ssl.SSLContext:
    """TLS settings that trust this bundle; kept, because reading a bundle costs more than a call.

    :raises InvalidInput: there is no such bundle, or no certificate in it.
    """
    context = create_urllib3_context(cert_reqs=ssl.CERT_NONE if bundle is None else ssl.CERT_REQUIRED)
    context.sslsocket_class = _TimedSocket
    if bundle is None:
        return context
    try:
        if os.path.isdir(bundle):
            context.load_verify_locations(capath=bundle)
        else:
            context.load_verify_locations(cafile=bundle)
    except (OSError, ssl.SSLError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else "no certificate in it"
        raise InvalidInput(
            f"ca_path: {bundle} cannot be used ({reason}); give a file or folder with certificates."
        ) from None
    return context


def preload() -> None:
    """Do once, before Ansible forks its workers, what each of them would do again: read the bundle, learn some types."""
    with suppress(InvalidInput):  # said again, in the task that uses it
        tls_context(os.environ.get("WHM_CA_PATH") or ca_bundle(True))
    requests.structures.CaseInsensitiveDict(_HEADERS).copy()  # Python asks all classes whether these are mappings


class _ContextAdapter(_HTTPAdapter):  # type: ignore[misc]
    """Connections that use one prepared TLS context; requests by itself reads the bundle again for each connection."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__(pool_maxsize=_POOL)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **kwargs)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return super().proxy_manager_for(*args, ssl_context=self._context, **kwargs)

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
        self._auth = auth
        self._verify = bool(verify)
        self._proxies = get_environ_proxies(self._base) if any(map(os.environ.get, _PROXIES)) else {}
        if not verify:  # the user said so; urllib3 would say it for every connection
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        # What a session adds to an adapter is what is unwanted here: cookies, redirects, .netrc. It takes its time, too.
        self._adapter = _ContextAdapter(tls_context(ca_bundle(verify)))

    def send(self, function: str, pairs: Pairs, secret: bool = False) -> Reply:
        request = requests.PreparedRequest()
        request.prepare_method("POST")
        request.url = self._base + quote(function, safe="")  # complete, there is nothing to prepare in it
        request.prepare_headers(_HEADERS)
        request.prepare_body(urlencode([("api.version", "1"), *pairs]).encode("ascii"), None)
        request.prepare_auth(self._auth)
        _waiting.until = deadline = time.monotonic() + self._timeout
        try:
            response = self._adapter.send(
                request,
                stream=True,
                timeout=(min(self._timeout, _CONNECT_SECONDS), self._timeout),
                verify=self._verify,
                proxies=self._proxies,
            )
            with response:
                body = _read_body(response.raw, deadline)
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, OSError) as exc:
            raise _connection_error(exc, self._timeout) from None
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


def _causes(exc: BaseException | None) -> list[BaseException]:
    """An exception with everything it wraps: requests, urllib3 and ssl each add a layer."""
    found: list[BaseException] = []
    queue: list[Any] = [exc]
    while queue:
        item = queue.pop(0)
        if not isinstance(item, BaseException) or item in found:
            continue
        found.append(item)
        queue += [getattr(item, "reason", None), item.__cause__, item.__context__, *item.args]
    return found


def _connection_error(exc: Exception, timeout: float) -> WhmError:
    """Say in our words what went wrong, and whether the request may have reached the server."""
    causes = _causes(exc)

    def has(*kinds: type[BaseException]) -> bool:
        return any(isinstance(cause, kinds) for cause in causes)

    if has(ssl.SSLCertVerificationError):
        return _certificate_error(causes)
    if has(requests.exceptions.ConnectTimeout):
        return ConnectionFailed(
            f"no connection within {min(timeout, _CONNECT_SECONDS):g} seconds",
            remedy="Check api_host, api_port, the route and firewalls, and whether cPHulk blocks this controller.",
        )
    if any("handshake operation timed out" in str(cause) for cause in causes):
        return ConnectionFailed(f"no TLS handshake within {min(timeout, _CONNECT_SECONDS):g} seconds", remedy=_NO_TLS)
    if has(requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError):
        return ConnectionFailed(
            f"no complete answer within {timeout:g} seconds (api_timeout)", sent=True, retryable=True
        )
    if has(requests.exceptions.ProxyError):
        return ConnectionFailed("the proxy did not connect", remedy="Check HTTPS_PROXY and NO_PROXY.")
    if has(_NAME_RESOLUTION):
        return ConnectionFailed("the host name cannot be resolved", remedy="Check api_host.")
    if has(urllib3.exceptions.NewConnectionError):
        return ConnectionFailed(
            "the connection was refused",
            retryable=True,
            remedy="Check api_host and api_port, and that cpsrvd runs there.",
        )
    if has(requests.exceptions.SSLError, urllib3.exceptions.SSLError, ssl.SSLError):
        return _tls_error(causes)
    if has(requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError):
        return UnexpectedAnswer(f"the answer cannot be decoded ({_plain(exc)})")
    if not has(urllib3.exceptions.HTTPError):
        return ConnectionFailed(_plain(exc), remedy="Check the connection options.")
    return ConnectionFailed("the connection was lost before the answer was complete", sent=True, retryable=True)


def _certificate_error(causes: list[BaseException]) -> ConnectionFailed:
    details = [cause.verify_message for cause in causes if isinstance(cause, ssl.SSLCertVerificationError)]
    detail = next((text for text in details if text), "verification failed")
    return ConnectionFailed(
        "the server's certificate is not trusted ({})".format(detail.rstrip(".")),
        remedy="Give the CA as ca_path, use the name that the certificate carries, or, if you accept the risk, "
        "set validate_certs: false.",
    )


def _tls_error(causes: list[BaseException]) -> ConnectionFailed:
    reasons = {str(getattr(cause, "reason", "")) for cause in causes if isinstance(cause, ssl.SSLError)}
    if reasons & {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"}:
        return ConnectionFailed("the port does not speak TLS", remedy=_NO_TLS)
    return ConnectionFailed("the TLS connection broke", sent=True, retryable=True, remedy=_NO_TLS)


def _plain(exc: BaseException) -> str:
    return " ".join(str(exc).split()) or type(exc).__name__


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
        except OSError as exc:
            raise ConnectionFailed(
                f"{self._path} cannot be run ({exc.strerror or exc})",
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
                os.killpg(process.pid, signal.SIGKILL)
                process.communicate()
        return process.returncode, stdout, stderr


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
