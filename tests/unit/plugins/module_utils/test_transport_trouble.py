# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known when a request over HTTPS fails: whether anything was sent, and who is to blame."""

from __future__ import annotations

import http.client
import importlib.util
import ssl
from pathlib import Path
from typing import Any

import pytest
import requests
import urllib3.connection
import urllib3.exceptions
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError
from ansible_collections.whm.mail.plugins.module_utils._whm.https import HttpsTransport, token_auth
from ansible_collections.whm.mail.tests.unit.plugins.module_utils.https_site import (
    TOKEN,
    Site,
    failure,
)

pytestmark = pytest.mark.usefixtures("plain_environment")


class Broken(Exception):
    """Something that nobody has thought of."""


STRANGE = [
    UnicodeError("label empty or too long"),
    UnicodeEncodeError("latin-1", "\u2013", 0, 1, "ordinal not in range(256)"),
    ValueError("Invalid header value"),
    OSError(5, "Input/output error"),
    ConnectionResetError(104, "Connection reset by peer"),
    ssl.SSLError(1, "[SSL: SOMETHING] else"),
    ssl.SSLEOFError(8, "EOF occurred in violation of protocol"),
    http.client.HTTPException("odd"),
    requests.exceptions.InvalidURL("no host"),
    urllib3.exceptions.LocationParseError("x"),
    urllib3.exceptions.ProtocolError("Connection aborted."),
    TimeoutError("timed out"),
    Broken("who knows"),
]


@pytest.mark.parametrize("moment", ["connect", "send", "answer"])
@pytest.mark.parametrize("trouble", STRANGE, ids=lambda trouble: type(trouble).__name__)
def test_what_decides_is_whether_anything_was_sent(
    site: Site, monkeypatch: pytest.MonkeyPatch, trouble: Exception, moment: str
) -> None:
    """Whatever is raised before the first byte is no lost answer, and whatever is raised after it may be one."""

    def fail(*args: Any, **kwargs: Any) -> Any:
        raise trouble

    owner, name = {
        "connect": (urllib3.connection, "ssl_wrap_socket"),
        "send": (http.client.HTTPConnection, "putrequest"),
        "answer": (http.client.HTTPResponse, "begin"),
    }[moment]
    monkeypatch.setattr(owner, name, fail)
    exc = failure(site.transport())
    assert exc.outcome_unknown is (moment == "answer")
    assert exc.kind == "connection"
    assert bool(site.requests) is False or moment == "answer"
    assert "lost before the answer" not in str(exc) or moment == "answer"


PROXIES = [
    # value, what the sentence names
    ("http://", ["http://"]),
    ("http://proxy:port", ["http://proxy:port"]),
    ("http://proxy:99999", ["http://proxy:99999"]),
    ("http://proxy:0", ["http://proxy:0"]),
    ("http://pro xy:3128", ["http://pro xy:3128"]),
    ("ftp://proxy:3128", ["ftp://proxy:3128", "the scheme ftp"]),
    ("//proxy", ["//proxy"]),
    ("socks5://proxy:1080", ["socks5://proxy:1080", "PySocks"]),
    ("ftp://me:s3cret@proxy:3128", ["ftp://proxy:3128"]),
    ("http://me:s3cret@:1", ["is not the address of a proxy"]),
]


@pytest.mark.parametrize(("value", "texts"), PROXIES)
@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"])
def test_a_proxy_that_is_none_is_refused_before_anything_is_sent(
    site: Site, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, texts: list[str]
) -> None:
    monkeypatch.setenv(variable, value)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(WhmError) as caught:
        site.transport()
    assert caught.value.kind == "invalid_input"
    assert not [
        text for text in [f"{variable}: ", "write it as http://host:port", *texts] if text not in str(caught.value)
    ]
    assert "s3cret" not in str(caught.value)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert site.transport().send("version", []).status == 200, "one that is not used need not be right"


@pytest.mark.parametrize("value", ["foo.invalid", "http://me:s3cret@foo.invalid:3128"])
def test_a_proxy_that_cannot_be_found_is_named(site: Site, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", value)
    exc = failure(site.transport())
    assert "foo.invalid" in str(exc)
    assert "(HTTPS_PROXY) did not connect (its name cannot be resolved). Check HTTPS_PROXY" in str(exc)
    assert "s3cret" not in str(exc)
    assert (exc.outcome_unknown, site.requests) == (False, [])


def test_who_names_the_authorities_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "ca.pem").write_text("not under its hash")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    for verify, text in (
        (True, f"REQUESTS_CA_BUNDLE: {tmp_path}/none.pem cannot be used (No such file or directory)"),
        (str(folder), f"ca_path: {folder} cannot be used (no certificate in it under a name by its hash)"),
        ("/dev/null", "ca_path: /dev/null cannot be used (no certificate in it)"),
        ("a\0b", "cannot be used (embedded null"),
    ):
        with pytest.raises(WhmError) as caught:
            HttpsTransport("127.0.0.1", 1, token_auth("root", TOKEN), verify=verify)
        assert text in str(caught.value)
        assert caught.value.kind == "invalid_input"
