# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection options: their specification, their checks, and the client they describe."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.plugins.module_utils._whm.https import (
    Credentials,
    HttpsTransport,
    password_auth,
    token_auth,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Transport
from ansible_collections.whm.mail.plugins.module_utils._whm.whmapi1 import WHMAPI1, CliTransport

#: Option to the environment variable that stands in for it.
ENVIRONMENT = {
    "api_host": "WHM_HOST",
    "api_port": "WHM_PORT",
    "api_username": "WHM_USERNAME",
    "api_token": "WHM_API_TOKEN",
    "api_password": "WHM_PASSWORD",
    "validate_certs": "WHM_VALIDATE_CERTS",
    "ca_path": "WHM_CA_PATH",
}

CREDENTIALS = frozenset(("api_token", "api_password"))

_OPTIONS: dict[str, dict[str, Any]] = {
    "api_host": {"type": "str"},
    "api_port": {"type": "int", "default": 2087},
    "api_username": {"type": "str", "default": "root"},
    "api_token": {"type": "str", "no_log": True},
    "api_password": {"type": "str", "no_log": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "api_timeout": {"type": "int", "default": 60},
    "api_deadline": {"type": "int", "default": 1800},
    "api_retries": {"type": "int", "default": 3},
    "api_batch_size": {"type": "int", "default": 100},
    "api_concurrency": {"type": "int", "default": 4},
    "transport": {"type": "str", "choices": ["https", "cli"], "default": "https"},
    "whmapi1_path": {"type": "path", "default": WHMAPI1},
}

_RANGES = {
    "api_port": (1, 65535),
    "api_timeout": (1, 86400),
    "api_deadline": (1, 86400),
    "api_retries": (0, 10),
    "api_batch_size": (1, 1000),
    "api_concurrency": (1, 4),  # were access withdrawn meanwhile, each would be a bad login: five lock an address out
}

_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}\Z")
_ZONE = re.compile(r"[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*%")
_HOST_AND_PORT = re.compile(r"[^:]+:\d+\Z")
_USERNAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")
_NOT_OF_A_TOKEN = re.compile(r"[^\x21-\x7e]")


def connection_spec() -> dict[str, dict[str, Any]]:
    """The argument specification of the connection options. What stands in for them is for :func:`with_environment` to say."""
    return {name: dict(option) for name, option in _OPTIONS.items()}


def with_environment(params: Mapping[str, Any], *environments: Mapping[str, str], host: bool = True) -> dict[str, Any]:
    """The options with what is not given taken from the environment. A blank text is nothing: a template that found nothing.

    Credentials are one thing: who gives one of them means that one. ``whmapi1`` needs none, and no other of these options.

    :param params: not yet validated.
    :param environments: what comes first counts.
    :param host: whether the environment may say which server is meant.
    """
    given = {name: value for name, value in params.items() if name not in _OPTIONS or not blank(value)}
    if given.get("transport") == "cli":
        return given
    for environment in environments:
        found = {option: environment.get(variable) for option, variable in ENVIRONMENT.items()}
        taken = {option: text for option, text in found.items() if option not in given and not blank(text)}
        if not host:
            taken.pop("api_host", None)
        if given.keys() & CREDENTIALS:
            taken = {option: text for option, text in taken.items() if option not in CREDENTIALS}
        given.update(taken)
    return given


def environment_secrets(*environments: Mapping[str, str]) -> set[str]:
    """The credentials of these environments, whether they are used or not: in no output they have a place."""
    names = [ENVIRONMENT[option] for option in CREDENTIALS]
    found = (environment.get(name) or "" for environment in environments for name in names)
    return {text for secret in found for text in (secret, secret.strip()) if text.strip()}


def blank(value: Any) -> bool:
    """Whether nothing is given."""
    return value is None or (isinstance(value, str) and not value.strip())


@contextmanager
def open_client(params: Mapping[str, Any], read_only: bool) -> Iterator[Client]:
    """A client for one task; its connection is closed at the end.

    :param params: validated connection options.
    :raises InvalidInput: an option cannot be used; nothing was sent.
    """
    client = build_client(params, build_transport(params), read_only)
    try:
        yield client
    finally:
        client.close()


def build_client(params: Mapping[str, Any], transport: Transport, read_only: bool) -> Client:
    client = Client(
        transport,
        read_only=read_only,
        retries=params["api_retries"],
        batch_size=params["api_batch_size"],
        concurrency=params["api_concurrency"],
        username="root" if params["transport"] == "cli" else params["api_username"].strip(),
        deadline=params["api_deadline"],
        secrets=list(_secrets(params)),
    )
    client.login.accepted = params.get("transport") == "cli"  # which has none
    return client


def _secrets(params: Mapping[str, Any]) -> Iterator[str]:
    """Token and password, also as they stand in the header: with the name in front."""
    for name in ("api_token", "api_password"):
        if params.get(name):
            yield params[name]
            yield "{}:{}".format(params["api_username"], params[name])


def build_transport(params: Mapping[str, Any]) -> Transport:
    """The transport that the options describe. Connects to nothing yet."""
    for name, (low, high) in _RANGES.items():
        if not low <= params[name] <= high:
            raise InvalidInput("%s: %s is not between %d and %d." % (name, params[name], low, high))
    if params["transport"] == "cli":
        return CliTransport(params["whmapi1_path"], params["api_timeout"])
    verify: bool | str = params["validate_certs"]
    if verify and params.get("ca_path"):
        verify = params["ca_path"]
    return HttpsTransport(_host(params), params["api_port"], _auth(params), verify, params["api_timeout"])


def _host(params: Mapping[str, Any]) -> str:
    host = (params.get("api_host") or "").strip()
    if not host:
        raise InvalidInput("api_host is missing: give the WHM server's name as api_host or in WHM_HOST.")
    if "://" in host or "/" in host:
        raise InvalidInput(
            f"api_host: {host} is a URL; give only the server's name or address, and the port as api_port."
        )
    host = host.strip("[]")
    if _ZONE.match(host):
        raise InvalidInput(
            f"api_host: {host} has a zone, which no address of a web server can have; give a name or an address without one."
        )
    if _HOST_AND_PORT.match(host) or not (_is_address(host) if ":" in host else _is_name(host)):
        raise InvalidInput(f"api_host: {host} is not a host name or address; a port belongs in api_port.")
    return host


def _is_address(text: str) -> bool:
    try:
        return bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


def _is_name(text: str) -> bool:
    """Whether DNS can have such a name: no part of it is empty or longer than 63 letters. An IPv4 address passes, too."""
    name = text[:-1] if text.endswith(".") else text
    return len(name) <= 253 and all(map(_LABEL.match, name.split(".")))


def _auth(params: Mapping[str, Any]) -> Credentials:
    username = params["api_username"].strip()
    if not _USERNAME.match(username):
        raise InvalidInput("api_username: %s is not the name of a system user." % username)
    token, password = (str(params.get(name) or "").strip() for name in ("api_token", "api_password"))
    if _NOT_OF_A_TOKEN.search(token):
        raise InvalidInput("api_token contains a space, a line break or a character that no token has; copy it again.")
    if token or password:
        return token_auth(username, token) if token else password_auth(username, password)
    raise InvalidInput(
        "No credentials: give an API token as api_token or in WHM_API_TOKEN (WHM: Development, Manage API Tokens), or api_password."
    )
