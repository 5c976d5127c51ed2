# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What went wrong with a request over HTTPS, in our words. Pure: exceptions in, errors out.

What decides is whether any byte of the request had been handed out. Before that nothing can be lost, whatever is raised; after it
an answer may be, whatever is raised.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import ConnectionFailed, UnexpectedAnswer, WhmError

try:
    import requests.exceptions
    import urllib3.exceptions
except ImportError:  # said by the entry points
    pass
else:
    # urllib3 1 has no error of its own for names that cannot be resolved
    _NAME_RESOLUTION = getattr(urllib3.exceptions, "NameResolutionError", socket.gaierror)

CONNECT_SECONDS = 10.0  # a server that does not accept a connection in this time is down or filtered

_NO_TLS = "WHM answers HTTPS on port 2087, plain HTTP (2086) is not used; check api_port."
_TUNNEL = "Tunnel connection failed: "


def connection_error(exc: Exception, patience: float, timeout: float, sent: bool, proxy: str = "") -> WhmError:
    """The error to raise.

    :param patience: seconds that connecting may take.
    :param timeout: seconds that an answer may take.
    :param sent: some of the request was handed out, so that it may have arrived.
    :param proxy: the proxy in the way, as users may see it.
    """
    causes = _causes(exc)
    return _lost(exc, causes, timeout) if sent else _not_sent(exc, causes, patience, proxy)


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


def _has(causes: list[BaseException], *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes)


def _lost(exc: Exception, causes: list[BaseException], timeout: float) -> WhmError:
    """The request may have arrived."""
    if _has(causes, requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError):
        reason = f"no complete answer within {timeout:g} seconds (api_timeout)"
    elif _has(causes, requests.exceptions.ContentDecodingError, urllib3.exceptions.DecodeError):
        return UnexpectedAnswer(f"the answer cannot be decoded ({_plain(exc)})")
    elif _has(causes, ssl.SSLError):
        reason = "the TLS connection broke before the answer was complete"
    elif _has(causes, urllib3.exceptions.HTTPError, OSError):
        reason = "the connection was lost before the answer was complete"
    else:
        reason = f"the answer could not be read ({_plain(exc)})"
    return ConnectionFailed(reason, sent=True, retryable=True)


def _not_sent(exc: Exception, causes: list[BaseException], patience: float, proxy: str) -> ConnectionFailed:
    """Nothing of the request has left."""
    if _has(causes, ssl.SSLCertVerificationError):
        return _certificate_error(causes)
    if _has(causes, requests.exceptions.ProxyError) or (proxy and _has(causes, urllib3.exceptions.NewConnectionError)):
        return ConnectionFailed(
            f"the proxy {proxy} did not connect ({_why(causes)})", remedy="Check HTTPS_PROXY and NO_PROXY."
        )
    if _has(causes, requests.exceptions.ConnectTimeout):
        return ConnectionFailed(
            f"no connection within {patience:g} seconds",
            remedy="Check api_host, api_port, the route and firewalls, and whether cPHulk blocks this controller.",
        )
    if any("handshake operation timed out" in str(cause) for cause in causes):
        return ConnectionFailed(f"no TLS handshake within {patience:g} seconds", remedy=_NO_TLS)
    if _has(causes, _NAME_RESOLUTION):
        return ConnectionFailed("the host name cannot be resolved", remedy="Check api_host.")
    if _has(causes, urllib3.exceptions.NewConnectionError):
        refused = _errno(causes) in (None, errno.ECONNREFUSED)
        return ConnectionFailed(
            "the connection was refused" if refused else f"no connection ({_why(causes)})",
            retryable=True,
            remedy="Check api_host and api_port, and that cpsrvd runs there.",
        )
    if _has(causes, ssl.SSLError):
        return _tls_error(causes)
    if _has(causes, urllib3.exceptions.ProtocolError, ConnectionError):
        return ConnectionFailed("the connection was lost before anything was sent", retryable=True, remedy=_NO_TLS)
    return ConnectionFailed(f"nothing was sent ({_plain(exc)})", remedy="Check the connection options.")


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
    return ConnectionFailed("the TLS handshake broke off", retryable=True, remedy=_NO_TLS)


def _errno(causes: list[BaseException]) -> int | None:
    return next((cause.errno for cause in causes if isinstance(cause, OSError) and isinstance(cause.errno, int)), None)


def _why(causes: list[BaseException]) -> str:
    """The innermost reason in a few words."""
    for cause in causes:
        if str(cause).startswith(_TUNNEL):
            return "it answered " + str(cause)[len(_TUNNEL) :]
    if _has(causes, _NAME_RESOLUTION):
        return "its name cannot be resolved"
    if _has(causes, urllib3.exceptions.ConnectTimeoutError, TimeoutError) and _errno(causes) is None:
        return "no answer in time"
    number = _errno(causes)
    return os.strerror(number) if number else _plain(causes[-1])


def _plain(exc: BaseException) -> str:
    return " ".join(str(exc).split()) or type(exc).__name__
