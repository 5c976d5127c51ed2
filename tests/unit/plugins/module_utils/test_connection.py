# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.whm.mail.plugins.module_utils._state import connection
from ansible_collections.whm.mail.plugins.module_utils._state.connection import (
    build_transport,
    connection_spec,
    open_client,
    with_environment,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.plugins.module_utils._whm.https import HttpsTransport
from ansible_collections.whm.mail.plugins.module_utils._whm.whmapi1 import CliTransport

GOOD: dict[str, Any] = {"api_host": "whm1.example.com", "api_token": "TOKEN"}


def options(**given: Any) -> dict[str, Any]:
    result = ArgumentSpecValidator(connection_spec()).validate(with_environment({**GOOD, **given}))
    assert not result.error_messages
    return dict(result.validated_parameters)


BAD = [
    # options, what the sentence names
    ({"api_host": None}, ["api_host is missing", "WHM_HOST"]),
    ({"api_host": " "}, ["api_host is missing"]),
    ({"api_host": "https://whm1.example.com"}, ["api_host", "https://whm1.example.com", "URL", "api_port"]),
    ({"api_host": "whm1.example.com/"}, ["api_host", "whm1.example.com/"]),
    ({"api_host": "whm1.example.com:2087"}, ["api_host", "whm1.example.com:2087", "api_port"]),
    ({"api_host": "[::1]:2087"}, ["api_host", "2087", "api_port"]),
    ({"api_host": "root@whm1"}, ["api_host", "root@whm1"]),
    ({"api_host": "whm1 example"}, ["api_host", "whm1 example"]),
    ({"api_host": "whm1\nexample"}, ["api_host"]),
    ({"api_host": "whm1?x"}, ["api_host", "whm1?x"]),
    ({"api_host": "whm1#x"}, ["api_host", "whm1#x"]),
    ({"api_host": "whm1\\x"}, ["api_host"]),
    ({"api_host": "whm1..example.com"}, ["api_host", "whm1..example.com", "is not a host name"]),
    ({"api_host": ".example.com"}, ["api_host", ".example.com", "is not a host name"]),
    ({"api_host": "."}, ["api_host", "is not a host name"]),
    ({"api_host": "a" * 64 + ".example.com"}, ["api_host", "a" * 64, "is not a host name"]),
    ({"api_host": ".".join(["a" * 60] * 5)}, ["api_host", "is not a host name"]),
    ({"api_host": "fe80::1%eth0"}, ["api_host", "fe80::1%eth0", "zone", "without one"]),
    ({"api_host": "[fe80::1%25eth0]"}, ["api_host", "zone"]),
    ({"api_host": "whm1%41.example"}, ["api_host", "whm1%41", "is not a host name"]),
    ({"api_host": "1:2:3"}, ["api_host", "1:2:3", "is not a host name or address"]),
    ({"api_host": "::1::"}, ["api_host", "::1::"]),
    ({"api_host": "exämple.com"}, ["api_host", "exämple.com", "is not a host name"]),
    ({"api_port": 0}, ["api_port", "0", "between 1 and 65535"]),
    ({"api_port": 65536}, ["api_port", "65536", "between 1 and 65535"]),
    ({"api_port": -1}, ["api_port", "-1"]),
    ({"api_timeout": 0}, ["api_timeout", "0", "between 1 and 86400"]),
    ({"api_retries": -1}, ["api_retries", "-1", "between 0 and 10"]),
    ({"api_retries": 11}, ["api_retries", "11"]),
    ({"api_batch_size": 0}, ["api_batch_size", "0", "between 1 and 1000"]),
    ({"api_batch_size": 1001}, ["api_batch_size", "1001"]),
    ({"api_batch_size": 0, "transport": "cli"}, ["api_batch_size", "0"]),
    ({"api_concurrency": 0}, ["api_concurrency", "0", "between 1 and 4"]),
    ({"api_concurrency": 5}, ["api_concurrency", "5"]),
    ({"api_token": None}, ["No credentials", "api_token", "WHM_API_TOKEN", "Manage API Tokens", "api_password"]),
    ({"api_token": "  ", "api_password": " "}, ["No credentials"]),
    ({"api_token": "s3cret s3cret"}, ["api_token", "copy it again"]),
    ({"api_token": "s3cret\ns3cret"}, ["api_token", "line break"]),
    ({"api_token": "s3cret\u2013"}, ["api_token"]),
    ({"api_username": "root:x"}, ["api_username", "root:x"]),
    ({"api_username": "a b"}, ["api_username", "a b"]),
    ({"api_username": "root\r\nX: y"}, ["api_username"]),
    ({"ca_path": "/nonexistent/ca.pem"}, ["ca_path", "/nonexistent/ca.pem", "No such file"]),
]


@pytest.mark.parametrize(("given", "texts"), BAD)
def test_an_option_that_cannot_be_used_is_named(given: dict[str, Any], texts: list[str]) -> None:
    with pytest.raises(InvalidInput) as caught:
        build_transport(options(**given))
    assert not [text for text in texts if text not in str(caught.value)], str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert str(caught.value).endswith(".")


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ({}, "whm1.example.com:2087"),
        ({"api_host": " 192.0.2.1 ", "api_port": 12087}, "192.0.2.1:12087"),
        ({"api_host": "::1"}, "::1:2087"),
        ({"api_host": "[2001:db8::1]"}, "2001:db8::1:2087"),
        ({"api_host": "whm1.example.com."}, "whm1.example.com.:2087"),
        ({"api_host": "_whm-1.example"}, "_whm-1.example:2087"),
        ({"api_host": "a" * 63 + ".example"}, "a" * 63 + ".example:2087"),
        ({"api_host": "::ffff:192.0.2.1"}, "::ffff:192.0.2.1:2087"),
        ({"api_host": "localhost", "api_token": " TOKEN\n"}, "localhost:2087"),
        ({"api_token": None, "api_password": "pass word"}, "whm1.example.com:2087"),
        ({"api_username": "re-seller.1"}, "whm1.example.com:2087"),
        ({"validate_certs": False, "ca_path": "/nonexistent/ca.pem"}, "whm1.example.com:2087"),
    ],
)
def test_options_that_are_fine(given: dict[str, Any], host: str) -> None:
    transport = build_transport(options(**given))
    assert isinstance(transport, HttpsTransport)
    assert transport.host == host


def test_the_token_wins(sim: Any, box: Any) -> None:
    given = {"api_host": box.host, "api_port": box.port, "api_token": box.token, "api_password": "wrong", "ca_path": sim.ca_path}  # fmt: skip
    with open_client(options(**given), read_only=True) as client:
        assert client.call("version").get("version") == box.state.version


def test_the_command_line_needs_no_credentials() -> None:
    transport = build_transport(options(transport="cli", api_host=None, api_token=None, api_username=""))
    assert isinstance(transport, CliTransport)


@pytest.mark.parametrize("read_only", [True, False])
def test_a_client_is_what_was_asked_for_and_closed(read_only: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    monkeypatch.setattr(HttpsTransport, "close", lambda transport: closed.append(transport.host))

    def fail() -> None:
        with open_client(options(api_retries=7, api_batch_size=9, api_concurrency=3), read_only) as client:
            found = (client.read_only, client.retries, client.batch_size, client.concurrency)
            assert found == (read_only, 7, 9, 3)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert closed == ["whm1.example.com:2087"]


ENVIRONMENT = {
    "WHM_HOST": ("api_host", "whm9.example.com", "whm9.example.com"),
    "WHM_PORT": ("api_port", "9", 9),
    "WHM_USERNAME": ("api_username", "carol", "carol"),
    "WHM_API_TOKEN": ("api_token", "T9", "T9"),
    "WHM_PASSWORD": ("api_password", "P9", "P9"),
    "WHM_VALIDATE_CERTS": ("validate_certs", "no", False),
    "WHM_CA_PATH": ("ca_path", "/ca", "/ca"),
}


def completed(given: dict[str, Any], *environments: dict[str, str], **more: Any) -> dict[str, Any]:
    result = ArgumentSpecValidator(connection_spec()).validate(with_environment(given, *environments, **more))
    assert not result.error_messages
    return dict(result.validated_parameters)


@pytest.mark.parametrize("variable", ENVIRONMENT)
@pytest.mark.parametrize("nothing", ["", " ", "\t\n"])
def test_the_environment_fills_in_and_what_comes_first_counts(variable: str, nothing: str) -> None:
    name, text, value = ENVIRONMENT[variable]
    plain = completed({})[name]
    given = {"api_port": 5, "validate_certs": True}.get(name, "/given")
    assert completed({}, {variable: text})[name] == value
    assert completed({name: nothing}, {variable: text})[name] == value, "a template that found nothing"
    assert completed({name: None}, {variable: text})[name] == value
    assert completed({name: given}, {variable: text})[name] == given
    assert completed({}, {variable: text}, {variable: "9"})[name] == value
    assert completed({}, {variable: nothing}, {variable: text})[name] == value
    assert completed({}, {variable: nothing})[name] == plain, "a blank variable is as one that is not there"


@pytest.mark.parametrize("option", connection_spec())
@pytest.mark.parametrize("nothing", ["", " "])
def test_a_blank_option_is_one_that_is_not_given(option: str, nothing: str) -> None:
    assert completed({option: nothing}) == completed({})


def test_only_where_it_may_the_environment_names_the_server() -> None:
    assert completed({}, {"WHM_HOST": "whm9"}, host=False)["api_host"] is None


def test_whmapi1_needs_nothing_of_it() -> None:
    assert completed({"transport": "cli"}, {"WHM_API_TOKEN": "T", "WHM_PORT": "1"}) == completed({"transport": "cli"})


def test_secrets_are_marked() -> None:
    assert {name for name, option in connection_spec().items() if option.get("no_log")} == {
        "api_token",
        "api_password",
    }


TOKEN, PASSWORD = {"WHM_API_TOKEN": "T"}, {"WHM_PASSWORD": "P"}


@pytest.mark.parametrize(
    ("given", "environments", "kind"),
    [
        ({"api_token": "T", "api_password": "P"}, [], "token"),
        ({"api_password": "P"}, [TOKEN], "password"),
        ({"api_token": "T"}, [PASSWORD], "token"),
        ({"api_token": "", "api_password": "P"}, [TOKEN], "password"),
        ({}, [{**TOKEN, **PASSWORD}], "token"),
        ({}, [PASSWORD, TOKEN], "password"),
        ({}, [{}, PASSWORD], "password"),
    ],
)
def test_credentials_are_one_thing(given: dict[str, Any], environments: list[dict[str, str]], kind: str) -> None:
    """Who gives one of them means that one; of two from one place it is the token."""
    auth = connection._auth(completed(given, *environments))
    assert auth.header.startswith("whm " if kind == "token" else "Basic ")
