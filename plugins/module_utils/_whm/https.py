# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""WHM API 1 over HTTPS.

Of requests the adapter is used, and no session: what a session adds is unwanted here (cookies, redirects, .netrc) and takes its
time. urllib3 by itself would do for the connections, and not for proxies as users know them: NO_PROXY, SOCKS, logins in URLs.
"""

from __future__ import annotations

import base64
import os
import re
import ssl
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.plugins.module_utils._whm.proxy import proxies_for
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Pairs, Reply
from ansible_collections.whm.mail.plugins.module_utils._whm.trouble import CONNECT_SECONDS, connection_error

REQUESTS_IMPORT_ERROR: str | None = None
try:
    import requests
    import requests.adapters
    import requests.structures
    import requests.utils
    import urllib3.exceptions
    from urllib3.util.ssl_ import create_urllib3_context
except ImportError:
    REQUESTS_IMPORT_ERROR = traceback.format_exc()
    _HTTPAdapter: Any = object
else:
    _HTTPAdapter = requests.adapters.HTTPAdapter

_HEADERS = {
    "Accept": "application/json",
    "Accept-Encoding": "gzip, deflate",
    "Content-Type": "application/x-www-form-urlencoded",
    "User-Agent": "whm.mail",  # for who reads the server's access log
}
_HASHED = re.compile(r"[0-9a-f]{8}\.\d+\Z")  # how OpenSSL finds a certificate in a folder
_CHUNK = 65536
_POOL = 4  # connections kept: as many as api_concurrency allows in flight
_MAX_ANSWER = 512 * 1024 * 1024

#: What a connection depends on beside its options: variables of the environment.
VARIABLES = (*("https_proxy", "all_proxy", "no_proxy"), *("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"), "REQUESTS_CA_BUNDLE")


class _Waiting(threading.local):
    """Of this thread's request: when its answer must be complete, and whether any of it was handed out."""

    until: float | None = None
    sent = False


_waiting = _Waiting()


class _TimedSocket(ssl.SSLSocket):
    """A socket whose reads end with the time that one answer may take, however slowly its bytes drip in."""

    def recv_into(self, *args: Any, **kwargs: Any) -> int:
        if _waiting.until is not None:
            left = _waiting.until - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer was not complete in time")
            self.settimeout(left)
        return super().recv_into(*args, **kwargs)


@dataclass(frozen=True)
class Credentials:
    """The header that names the caller; nothing that may be shown."""

    header: str = field(repr=False)


def token_auth(username: str, token: str) -> Credentials:
    """``Authorization: whm user:token``."""
    return Credentials(f"whm {username}:{token}")


def password_auth(username: str, password: str) -> Credentials:
    """HTTP Basic."""
    return Credentials("Basic " + base64.b64encode(f"{username}:{password}".encode()).decode("ascii"))


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
        _waiting.sent = _waiting.sent or not self._connecting
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

    def __init__(
        self, host: str, port: int, auth: Credentials, verify: bool | str = True, timeout: float = 60.0
    ) -> None:
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
        self._adapter = _ContextAdapter(tls_context(*ca_bundle(verify)))

    def send(self, function: str, pairs: Pairs, secret: bool = False) -> Reply:
        request = requests.PreparedRequest()
        request.prepare_method("POST")
        request.url = self._base + quote(function, safe="")  # complete, there is nothing to prepare in it
        request.prepare_headers(_HEADERS)
        request.prepare_body(urlencode([("api.version", "1"), *pairs]).encode("ascii"), None)
        request.headers["Authorization"] = self._auth.header
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
