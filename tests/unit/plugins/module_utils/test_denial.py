# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who refused access, what was said, and what to do about it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import decode
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    AccessDenied,
    AuthenticationFailed,
    UnexpectedAnswer,
    WhmError,
)
from ansible_collections.whm.mail.tests.unit.plugins.builders import DENIED, PAGE, no, ok, wire

CLOUDFLARE = b"<!DOCTYPE html><html><head><title>Attention Required! | Cloudflare</title><style>p{}</style></head><body>x</body></html>"
DENIALS = [
    # name, status, headers, body, whether it is WHM's, texts
    ("WHM", 403, {"Server": "cpsrvd/11.138", "Content-Type": "text/plain"}, wire(DENIED), True, ["(Access denied)", "api_username"]),
    ("WHM behind a proxy", 403, {"Server": "nginx"}, wire(DENIED), True, ["(Access denied)"]),
    ("WHM with broken JSON", 403, {"Server": "nginx"}, b'{"cpanelresult":{"error":,"Access denied"}}', True, ["HTTP 403"]),
    ("WHM's page", 403, {"Server": "cpsrvd"}, PAGE.format("WHM Login").encode(), True, ["WHM Login", "api_username"]),
    ("nothing at all", 403, {}, b"", True, ["(HTTP 403)"]),
    ("a CDN", 403, {"Server": "cloudflare", "Content-Type": "text/html; charset=UTF-8"}, CLOUDFLARE, False,
     ["HTTP 403, text/html, server cloudflare: Attention Required! | Cloudflare", "CDN", "api_host"]),
    ("a proxy without a name", 403, {"Content-Type": "text/html"}, PAGE.format("Policy 7").encode(), False, ["HTTP 403, text/html: Policy 7", "HTTPS_PROXY"]),
    ("a proxy's JSON", 403, {"Server": "awselb/2.0"}, b'{"message":"Forbidden"}', False, ['server awselb/2.0: {"message":"Forbidden"}']),
    ("a proxy's JSON with an error", 403, {"Server": "envoy"}, b'{"error":"RBAC: access denied"}', False, ["server envoy", "RBAC"]),
    ("a plain text", 401, {"Server": "squid"}, b"Sorry, not you.", False, ["HTTP 401, server squid: Sorry, not you."]),
    ("nothing, of a proxy", 403, {"Server": "nginx"}, b"", False, ["server nginx: empty body"]),
]  # fmt: skip


@pytest.mark.parametrize(("status", "headers", "body", "whm", "texts"), [row[1:] for row in DENIALS], ids=[row[0] for row in DENIALS])  # fmt: skip
def test_who_refused_access_and_what_it_said(
    status: int, headers: Any, body: bytes, whm: bool, texts: list[str]
) -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        decode("x", status, headers, body)
    shown = str(caught.value)
    assert not [text for text in texts if text not in shown], shown
    assert (caught.value.by_whm, caught.value.http_status, caught.value.outcome_unknown) == (whm, status, False)
    assert ("not by WHM" in shown) is not whm
    assert "not tried again" in shown


@pytest.mark.parametrize("body", [b'{"message":"Forbidden","code":1}', b'["a"]', b'"text"', b"3", b"{}", b"null"])
def test_json_of_somebody_else_is_called_that(body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer, match="the answer is JSON, but not of WHM") as caught:
        decode("x", 200, {}, body)
    assert "api_host and api_port lead to WHM" in str(caught.value)
    if b"message" in body:
        assert "with the keys message, code" in str(caught.value)


@pytest.mark.parametrize("words", ["Permission denied", "Access denied", "You do not have access to that."])
def test_403_in_an_envelope_is_a_missing_privilege(words: str) -> None:
    with pytest.raises(AccessDenied) as caught:
        decode("x", 403, {"Server": "nginx"}, wire(no(words)))
    assert (caught.value.kind, caught.value.http_status, caught.value.outcome_unknown) == ("permission", 403, False)
    assert f"the server refused x ({words}) with HTTP 403" in str(caught.value)


LAYERS = [
    ("x", no("{}")),
    ("x", {"error": "{}"}),
    ("x", {"status": 0, "statusmsg": "{}"}),
    ("cpanel", {"cpanelresult": {"error": "{}", "data": {"reason": "{}", "result": "0"}}}),
    ("cpanel", ok({"cpanelresult": {"event": {"result": 0, "reason": "{}"}, "data": []}})),
    ("uapi_cpanel", ok({"uapi": {"status": 0, "errors": ["{}"]}})),
]


@pytest.mark.parametrize(("function", "shape"), LAYERS)
@pytest.mark.parametrize(
    "words", ["Permission denied", "Access denied", "API failure: (XID ab12cd) Permission denied."]
)
def test_a_missing_privilege_is_called_that_in_every_layer(function: str, shape: Any, words: str) -> None:
    with pytest.raises(WhmError) as caught:
        decode(function, 200, {}, json.dumps(shape).replace("{}", words).encode())
    assert caught.value.kind == "permission"
