# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP(S) skin: credentials, paths, connections, certificates (BEHAVIOUR 0 and A)."""

from __future__ import annotations

import base64
import socket

import pytest
import requests
from ansible_collections.whm.mail.tests.simulator import Simulator

DENIED = {
    "cpanelresult": {
        "apiversion": "2",
        "error": "Access denied",
        "data": {"reason": "Access denied", "result": "0"},
        "type": "text",
    }
}


def basic(text):
    return "Basic " + base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("whm root:ROOTTOKEN1", 200),
        ("WHM root:ROOTTOKEN1", 200),
        ("whm reseller1:RESELLERTOKEN1", 200),
        (basic("root:root-password"), 200),
        (basic("root:ROOTTOKEN1"), 403),
        ("whm root:root-password", 403),
        ("whm root:", 403),
        ("whm root", 403),
        ("Bearer ROOTTOKEN1", 403),
        ("Basic %%%", 403),
        (None, 403),
    ],
)
def test_credentials(box, session, header, status):
    headers = {"Authorization": header} if header else {}
    answer = session.get(f"{box.url}/json-api/version?api.version=1", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json() == DENIED
        assert answer.reason == "Forbidden Access denied"
        assert answer.headers["Connection"] == "close"
        assert not box.log[-1].applied


def test_a_path_of_a_session_with_a_token(box, session):
    headers = {"Authorization": "whm root:ROOTTOKEN1"}
    answer = session.get(f"{box.url}/cpsess0123456789/json-api/version?api.version=1", headers=headers)
    assert answer.json()["data"] == {"version": "11.138.0.6"}
    assert session.get(f"{box.url}/cpsess0123456789/json-api/version?api.version=1").status_code == 403
    assert "<html>" in session.get(f"{box.url}/cpsess/json-api/version?api.version=1", headers=headers).text


def test_a_json_body(box, session):
    headers = {"Authorization": "whm root:ROOTTOKEN1"}
    url, body = f"{box.url}/json-api/accountsummary", {"api.version": 1, "user": "alice"}
    assert "version (0)" not in session.post(url, json=body, headers=headers).text
    assert "metadata" not in session.post(url, json=body, headers=headers).json()
    box.quirks.add("json_bodies")
    assert session.post(url, json=body, headers=headers).json()["data"]["acct"][0]["user"] == "alice"


def bad(box, session):
    return session.get(f"{box.url}/json-api/version?api.version=1", headers={"Authorization": "whm root:wrong"})


def test_five_bad_logins_lock_the_address_out(box, session, post):
    for _unused in range(4):
        bad(box, session)
    assert post("version").status_code == 200
    bad(box, session)
    assert post("version").status_code == 403
    now = box.clock()
    box.clock = lambda: now + box.state.lockout_seconds + 1
    assert post("version").status_code == 200


def test_no_credentials_at_all_are_no_failed_login(box, session, post):
    for _unused in range(9):
        session.get(f"{box.url}/json-api/version")
    assert post("version").status_code == 200


def test_the_type_is_text_and_one_connection_serves_many_calls(box, post):
    for _unused in range(5):
        answer = post("version")
    assert answer.headers["Content-Type"] == 'text/plain; charset="utf-8"'
    assert answer.headers["Server"] == "cpsrvd/11.138.0.6"
    assert len(box.log.connections()) == 1
    assert [entry.transport for entry in box.log] == ["https"] * 5


def test_get_works_too_and_the_log_keeps_the_url(box, session):
    session.get(f"{box.url}/json-api/accountsummary?api.version=1&user=bob", auth=("root", "root-password"))
    assert box.log[-1].url == "/json-api/accountsummary?api.version=1&user=bob"
    assert box.log[-1].params == [("user", "bob")]


def test_plus_is_a_space(box, session):
    url = f"{box.url}/json-api/get_mailbox_status?api.version=1&account=sales+eu@alice.example.com"
    assert session.get(url, auth=("root", "root-password")).json()["metadata"]["result"] == 0
    assert session.get(url.replace("+", "%2B"), auth=("root", "root-password")).json()["metadata"]["result"] == 1


def test_json_bodies_are_not_understood(box, session):
    url, auth = f"{box.url}/json-api/hold_outgoing_email?api.version=1", ("root", "root-password")
    body = session.post(url, json={"user": "alice"}, auth=auth).json()
    assert "Provide the \u201cuser\u201d parameter" in body["metadata"]["reason"]


def test_a_wrong_path_is_a_page(box, session):
    answer = session.get(f"{box.url}/nothing", auth=("root", "root-password"))
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "<html" in answer.text


@pytest.mark.parametrize(
    ("function", "params", "expected"),
    [
        ("accountsummary", "user=nope", {"status": 0, "statusmsg": "Account does not exist", "acct": None}),
        ("version", "", {"version": "11.138.0.6"}),
        ("nope", "", {"error": "Unknown app (nope) requested for this version (0) of the API."}),
        (
            "hold_outgoing_email",
            "user=bob",
            {"error": "Unknown app (hold_outgoing_email) requested for this version (0) of the API."},
        ),
    ],
)
def test_without_a_version_the_shapes_are_old(box, session, function, params, expected):
    answer = session.get(f"{box.url}/json-api/{function}?{params}", auth=("root", "root-password"))
    assert answer.json() == expected


def test_the_cpanel_function_is_bare_unless_asked(box, post):
    call = {"cpanel_jsonapi_user": "alice", "cpanel_jsonapi_module": "EmailTrack", "cpanel_jsonapi_func": "stats"}
    body = post("cpanel", **call).json()
    assert body["cpanelresult"]["data"][0]["SENDCOUNT"] == "14"
    box.quirks.add("cpanel_enveloped")
    assert post("cpanel", **call).json()["data"] == body


def test_a_missing_privilege_as_403(box, session):
    url, auth = f"{box.url}/json-api/listaccts?api.version=1", {"Authorization": "whm nobody1:NOBODYTOKEN1"}
    assert session.get(url, headers=auth).status_code == 200
    box.quirks.add("acl_403")
    assert session.get(url, headers=auth).json() == DENIED


def test_the_plain_port(box, session):
    url, auth = f"http://127.0.0.1:{box.plain_port}/json-api/version?api.version=1", ("root", "root-password")
    assert session.get(url, auth=auth).status_code == 200
    assert box.log[-1].transport == "http"
    box.quirks.add("redirect_to_ssl")
    answer = session.get(url, auth=auth, allow_redirects=False)
    assert answer.status_code == 301
    assert answer.headers["Location"].startswith(f"https://127.0.0.1:{box.port}/json-api/version")


def test_the_log_tells_writes_from_reads(box, post):
    post("listaccts")
    post("batch", command=["version", "hold_outgoing_email?user=alice"])
    post("batch", command=["version", "gethostname"])
    call = {"cpanel.user": "alice", "cpanel.module": "Email", "email": "info@alice.example.com"}
    post("uapi_cpanel", **call, **{"cpanel.function": "list_pops"})
    post("uapi_cpanel", **call, **{"cpanel.function": "hold_outgoing"})
    post("hold_outgoing_email", user="nope")
    assert [entry.writes for entry in box.log] == [False, True, False, False, True, True]
    assert [entry.mutated for entry in box.log] == [False, True, False, False, True, False]
    assert len(box.log.writes()) == 3
    assert box.log[1].commands[1] == {"function": "hold_outgoing_email", "params": [("user", "alice")]}


def test_http_1_0_and_chunked_bodies(box):
    raw = (
        b"POST /json-api/version HTTP/1.0\r\nAuthorization: whm root:ROOTTOKEN1\r\nTransfer-Encoding: chunked\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\nd\r\napi.version=1\r\n0\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", box.plain_port), timeout=60) as wire:
        wire.sendall(raw)
        data = b"".join(iter(lambda: wire.recv(65536), b""))
    assert b"Transfer-Encoding" not in data
    assert data.endswith(b'"data":{"version":"11.138.0.6"}}')


def test_large_answers_are_compressed_when_asked(box, post):
    assert post("listaccts").headers["Content-Encoding"] == "gzip"
    box.quirks.add("no_gzip")
    assert "Content-Encoding" not in post("listaccts").headers


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
@pytest.mark.parametrize(
    ("kind", "message"),
    [("self_signed", "self-signed certificate"), ("wrong_name", "doesn't match|mismatch"), ("expired", "has expired")],
)
def test_bad_certificates(kind, message):
    with Simulator({"servers": {"x": {"certificate": kind}}}) as simulator, requests.Session() as session:
        session.trust_env = False
        url = f"{simulator['x'].url}/json-api/version?api.version=1"
        with pytest.raises(requests.exceptions.SSLError, match=message):
            session.get(url, verify=simulator.ca_path)
        assert session.get(url, verify=False).status_code == 403


@pytest.mark.parametrize("rest", [b"\x03\x01\x02\x00", b"\x03 a b\nc: d\n\n"])
def test_a_tls_hello_to_the_plain_port_is_refused_and_no_request(box, rest):
    with socket.create_connection(("127.0.0.1", box.plain_port), timeout=60) as wire:
        wire.sendall(b"\x16" + rest)
        data = b"".join(iter(lambda: wire.recv(65536), b""))
    assert data.startswith(b"HTTP/1.1 400 ")
    assert len(box.log) == 0


def test_what_is_no_http_is_hung_up_on(box):
    with socket.create_connection(("127.0.0.1", box.plain_port), timeout=60) as wire:
        wire.sendall(b"one two three\r\n")
        assert wire.recv(65536) == b""
    assert len(box.log) == 0
