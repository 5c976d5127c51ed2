# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proxy that the environment names for a server, checked before anything is sent."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

try:
    from requests.utils import get_environ_proxies, select_proxy
    from urllib3.util import parse_url
except ImportError:  # said by the entry points
    pass

_VARIABLES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")  # the variables that name a proxy for HTTPS
_SOCKS = ("socks4", "socks4a", "socks5", "socks5h")
_FORM = "write it as http://host:port"


def proxies_for(url: str) -> tuple[Mapping[str, str], str]:
    """The proxies for this URL as requests wants them, and the one that counts as users may see it: without its password.

    :raises InvalidInput: it is no address of a proxy.
    """
    if not any(map(os.environ.get, _VARIABLES)):
        return {}, ""
    proxies: Mapping[str, str] = get_environ_proxies(url)
    address = select_proxy(url, proxies)
    return proxies, _checked(address) if address else ""


def _checked(address: str) -> str:
    name = next((name for name in _VARIABLES if (os.environ.get(name) or "").strip() == address.strip()), "HTTPS_PROXY")
    shown = _without_login(address)
    try:
        parts = parse_url(address if "://" in address else f"http://{address}")
        host, port, scheme = parts.host, parts.port, parts.scheme or ""
    except ValueError:  # LocationParseError is one
        host = port = None
        scheme = ""
    if not host or port == 0 or any(letter.isspace() for letter in address):
        raise InvalidInput(f"{name}: {shown} is not the address of a proxy; {_FORM}.")
    if scheme not in ("http", "https", *_SOCKS):
        raise InvalidInput(f"{name}: {shown} has the scheme {scheme}, which no proxy here has; {_FORM}.")
    if scheme in _SOCKS and not importlib.util.find_spec("socks"):
        raise InvalidInput(f"{name}: {shown} needs the Python library PySocks; install it, or {_FORM}.")
    return f"{shown} ({name})"


def _without_login(address: str) -> str:
    head, separator, host = address.rpartition("@")
    scheme, mark, _login = head.rpartition("://")
    return f"{scheme}{mark}{host}" if separator else address
