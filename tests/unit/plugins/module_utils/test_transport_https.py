# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import contextlib
import json
import socket
import threading
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from ansible_collections.whm.mail.plugins.module_utils._state.connection import build_client
from ansible_collections.whm.mail.plugins.module_utils._whm import https as _https
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError
from ansible_collections.whm.mail.plugins.module_utils._whm.https import HttpsTransport, password_auth, token_auth
from ansible_collections.whm.mail.plugins.module_utils._whm.trouble import connection_error
from ansible_collections.whm.mail.tests.simulator import Fault, Simulator
from ansible_collections.whm.mail.tests.simulator.httpd import Listener, Request, Response
from ansible_collections.whm.mail.tests.simulator.tls import Certificates
from ansible_collections.whm.mail.tests.unit.plugins.module_utils.https_site import (
    OK,
    TOKEN,
    Site,
    connect,
    failure,
    raw_server,
    unhurried,
)

pytestmark = pytest.mark.usefixtures("plain_environment")


def test_the_request(site: Site) -> None:
    transport = site.transport()
    reply = transport.send("batch", [("command", "a?b=c&d"), ("command", "ü +")])
    (request,) = site.requests
    assert (reply.status, reply.body) == (200, OK)
    assert (request.method, request.target) == ("POST", "/json-api/batch"), "nothing stands in the URL"
    assert request.body == b"api.version=1&command=a%3Fb%3Dc%26d&command=%C3%BC+%2B"
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.headers["authorization"] == f"whm root:{TOKEN}"


def test_one_connection_and_no_cookies(site: Site) -> None:
    site.answer = lambda request: Response(200, OK, [("Set-Cookie", "cpsession=x; path=/")])
    transport = site.transport()
    for _unused in range(3):
        transport.send("version", [])
    assert len({request.connection for request in site.requests}) == 1
    assert not [request for request in site.requests if "cookie" in request.headers]


def test_many_calls_at_once_share_a_pool(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.answer = lambda request: Response(200, OK, [("Set-Cookie", f"a{request.connection}=x; path=/")])
    transport = site.transport()
    for _unused in range(2):
        with ThreadPoolExecutor(4) as pool:
            assert {reply.body for reply in pool.map(lambda at: transport.send("version", []), range(16))} == {OK}
    assert len({request.connection for request in site.requests}) <= 4
    assert not [request for request in site.requests if "cookie" in request.headers]
    assert not caplog.records, "no connection is thrown away"


def test_a_password_is_sent_as_basic(sim: Any, box: Any) -> None:
    transport = connect(box, verify=sim.ca_path, auth=password_auth("root", box.password))
    assert transport.send("version", []).status == 200
    assert box.log[0].caller == "root"


def test_credentials_do_not_show() -> None:
    assert TOKEN not in repr(token_auth("root", TOKEN))


def test_netrc_is_ignored(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login other password wrong\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    assert requests.utils.get_netrc_auth("https://127.0.0.1/") == ("other", "wrong"), "requests would use it"
    site.transport().send("version", [])
    assert site.requests[0].headers["authorization"] == f"whm root:{TOKEN}"


@contextlib.contextmanager
def proxy(seen: list[bytes], accept: bool = True) -> Iterator[int]:
    def relay(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def talk(client: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += client.recv(65536)
        seen.append(head)
        if not accept:
            client.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
            return
        _verb, target, _version = head.split(b"\r\n")[0].split()
        host, _colon, port = target.decode().rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            threading.Thread(target=relay, args=(client, server), daemon=True).start()
            relay(server, client)

    with raw_server(talk) as port:
        yield port


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize("no_proxy", ["", "127.0.0.1"])
def test_a_proxy_is_used_unless_excepted(
    site: Site, monkeypatch: pytest.MonkeyPatch, variable: str, no_proxy: str
) -> None:
    seen: list[bytes] = []
    with proxy(seen) as port:
        monkeypatch.setenv(variable, f"http://127.0.0.1:{port}")
        monkeypatch.setenv("NO_PROXY", no_proxy)
        transport = site.transport()
        assert transport.send("version", []).body == OK
        transport.close()
    assert len(seen) == (0 if no_proxy else 1)
    assert all(head.startswith(b"CONNECT 127.0.0.1:%d " % site.port) for head in seen)
    assert not [head for head in seen if TOKEN.encode() in head], "the proxy does not learn the token"


def test_a_proxy_that_refuses(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy([], accept=False) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        exc = failure(site.transport())
    assert f"the proxy http://127.0.0.1:{port} (HTTPS_PROXY) did not connect (it answered 407 Proxy" in str(exc)
    assert "Check HTTPS_PROXY" in str(exc)
    assert (exc.outcome_unknown, exc.retryable, site.requests) == (False, False, [])


@pytest.mark.parametrize("target", ["https", "http"])
def test_a_redirect_is_not_followed(site: Site, certificates: Certificates, target: str) -> None:
    stop, elsewhere = threading.Event(), Site()
    listener = Listener(elsewhere, stop, certificates.context("good") if target == "https" else None)
    location = f"{target}://127.0.0.1:{listener.port}/json-api/version"
    site.answer = lambda request: Response(302, b"", [("Location", location)])
    assert site.transport().send("version", []).status == 302
    stop.set()
    listener.stop()
    assert elsewhere.requests == []
    assert len(site.requests) == 1


BAD = "the server's certificate is not trusted"


@pytest.mark.parametrize(
    ("kind", "text"), [("self_signed", "self"), ("wrong_name", "127.0.0.1"), ("expired", "expired")]
)
def test_certificates_that_are_refused(certificates: Certificates, kind: str, text: str) -> None:
    data = {"servers": {"one": {"certificate": kind}}}
    with Simulator(data, plain=False) as simulator:
        box = simulator["one"]
        exc = failure(connect(box, verify=simulator.ca_path))
        assert BAD in str(exc)
        assert text in str(exc)
        assert "ca_path" in str(exc)
        assert (exc.outcome_unknown, exc.retryable, len(box.log)) == (False, False, 0)
        assert connect(box, verify=False).send("version", []).status == 200


def test_no_verification_is_not_complained_about(box: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert connect(box, verify=False).send("version", []).status == 200


def test_an_unknown_authority_is_refused(sim: Any, box: Any) -> None:
    exc = failure(connect(box))
    assert BAD in str(exc)
    assert not exc.retryable
    assert len(box.log) == 0


def test_requests_ca_bundle_counts_only_where_nothing_else_is_said(
    sim: Any, box: Any, certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(sim.ca_path))
    assert connect(box).send("version", []).status == 200
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.ca_path))
    assert BAD in str(failure(connect(box)))
    assert connect(box, verify=False).send("version", []).status == 200
    assert connect(box, verify=str(sim.ca_path)).send("version", []).status == 200


def test_a_ca_path_that_cannot_be_used(box: Any, tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificate\n")
    for path in (tmp_path / "missing.pem", empty):
        with pytest.raises(WhmError) as caught:
            connect(box, verify=str(path)).send("version", [])
        assert f"ca_path: {path} cannot be used" in str(caught.value)
        assert (caught.value.outcome_unknown, caught.value.retryable, len(box.log)) == (False, False, 0)


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def test_nobody_listens(box: Any) -> None:
    exc = failure(connect(box, port=closed_port()))
    assert "the connection was refused. Check api_host and api_port" in str(exc)
    assert (exc.kind, exc.outcome_unknown, exc.retryable) == ("connection", False, True)


def test_a_name_that_does_not_resolve(box: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    exc = failure(connect(box, host="whm.invalid"))
    assert "cannot be resolved. Check api_host" in str(exc)
    assert (exc.outcome_unknown, exc.retryable) == (False, False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.invalid:3128")
    text = str(failure(connect(box, host="whm.invalid")))
    assert "http://proxy.invalid:3128 (HTTPS_PROXY) did not connect (its name cannot be resolved). Check" in text


def test_a_port_that_speaks_no_tls() -> None:
    """Most servers answer the strange bytes with an error page; some wait for more, or hang up."""
    with raw_server(lambda client: client.recv(9) and client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as port:
        exc = failure(HttpsTransport("127.0.0.1", port, token_auth("root", TOKEN)))
    assert "does not speak TLS. WHM answers HTTPS on port 2087" in str(exc)
    assert (exc.outcome_unknown, exc.retryable) == (False, False)
    done = threading.Event()
    with raw_server(lambda client: bool(done.wait(5)) and None) as port:
        exc = failure(HttpsTransport("127.0.0.1", port, token_auth("root", TOKEN), timeout=0.2))
        done.set()
    assert "no TLS handshake within 0.2 seconds. WHM answers HTTPS on port 2087" in str(exc)
    assert (exc.outcome_unknown, exc.retryable) == (False, False)
    with raw_server(lambda client: None) as port:
        exc = failure(HttpsTransport("127.0.0.1", port, token_auth("root", TOKEN)))
    assert exc.kind == "connection"


def test_a_connection_that_times_out_was_not_sent() -> None:
    exc = connection_error(requests.exceptions.ConnectTimeout("x"), 10, 60, sent=False)
    assert "no connection within 10 seconds. Check api_host" in str(exc)
    assert not exc.outcome_unknown


def head(length: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % length


def drip(client: socket.socket) -> None:
    client.recv(65536)
    client.sendall(head(400))
    for _unused in range(400):
        client.sendall(b" ")
        if threading.Event().wait(0.02):
            return


ENDINGS = [
    # what the server does after the request, text
    (drip, "no complete answer within 0.2 seconds (api_timeout)"),
    (lambda client: client.recv(65536) and client.sendall(head(50) + OK), "lost before the answer was complete"),
    (lambda client: client.recv(65536) and client.sendall(head(50)), "lost before the answer was complete"),
    (lambda client: client.recv(65536) and client.sendall(b"\x00\xff rubbish\r\n\r\n"), "lost before the answer was complete"),
    (lambda client: client.recv(65536) and client.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n28\r\n{"), "lost before"),
    (lambda client: client.recv(65536), "lost before the answer was complete"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("talk", "text"), ENDINGS,
    ids=["drip", "short body", "no body", "no HTTP", "cut in a chunk", "closed"],
)  # fmt: skip
def test_an_answer_that_does_not_end_well_may_have_been_carried_out(
    certificates: Certificates, talk: Any, text: str
) -> None:
    with raw_server(talk, certificates.context("good")) as port:
        timeout = 0.2 if talk is drip else 60
        transport = HttpsTransport("127.0.0.1", port, token_auth("root", TOKEN), str(certificates.ca_path), timeout)
        exc = failure(unhurried(transport))
    assert text in str(exc)
    assert (exc.kind, exc.outcome_unknown, exc.retryable) == ("connection", True, True)


def test_headers_that_break_off_prove_nothing(certificates: Certificates) -> None:
    """Python's client takes them for headers of an empty answer."""

    def talk(client: socket.socket) -> None:
        client.recv(65536)
        client.sendall(b"HTTP/1.1 200 OK\r\nConte")

    with raw_server(talk, certificates.context("good")) as port:
        transport = HttpsTransport("127.0.0.1", port, token_auth("root", TOKEN), verify=str(certificates.ca_path))
        with pytest.raises(WhmError) as caught:
            Client(transport, read_only=False).call("hold_outgoing_email")
        transport.close()
    assert caught.value.outcome_unknown


@pytest.mark.parametrize("kind", ["stall_before", "stall_after", "reset_before", "reset_after", "close_after"])
def test_an_answer_that_does_not_come(sim: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind, seconds=600))
    exc = failure(unhurried(connect(box, verify=sim.ca_path, timeout=0.3 if "stall" in kind else 60)))
    assert ("api_timeout" if "stall" in kind else "was lost") in str(exc)
    assert (exc.kind, exc.outcome_unknown, exc.retryable) == ("connection", True, True)
    assert len(box.log) == 1


@contextlib.contextmanager
def forgetful(certificates: Certificates) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers one request on each connection, and closes it when the next one arrives: it was about to."""
    heard: list[bytes] = []
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s" % (len(DONE), DONE)

    def serve(client: socket.socket) -> None:
        heard.append(client.recv(65536))
        client.sendall(answer)
        with contextlib.suppress(OSError):
            heard.append(client.recv(65536))
            client.close()

    tls = certificates.context("good")

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client = tls.wrap_socket(listening.accept()[0], server_side=True)
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=accept, daemon=True).start()
        yield listening.getsockname()[1], heard
        listening.shutdown(socket.SHUT_RDWR)


DONE = b'{"metadata":{"result":1},"data":{"uapi":{"status":1},"result":[{"metadata":{"result":1}},{"metadata":{"result":1}}]}}'
ONCE_ONLY = [
    ("expunge_mailbox_messages", {"account": "a@example.com"}),
    ("frobnicate", {}),
    ("batch", {"command": ["hold_outgoing_email?user=a", "exim_configuration_check"]}),
    ("uapi_cpanel", {"cpanel.user": "a", "cpanel.module": "Email", "cpanel.function": "delete_held_messages"}),
]


@pytest.mark.parametrize(("function", "params"), ONCE_ONLY, ids=[name for name, _params in ONCE_ONLY])
def test_a_write_that_must_not_be_repeated_goes_out_on_a_new_connection(
    certificates: Certificates, function: str, params: dict[str, Any]
) -> None:
    """On a kept one that the server closes just now nobody could tell whether it was carried out."""
    with forgetful(certificates) as (port, heard):
        transport = HttpsTransport("127.0.0.1", port, token_auth("root", TOKEN), verify=str(certificates.ca_path))
        client = Client(transport, read_only=False, sleep=lambda seconds: None)
        client.call("version")
        client.call(function, **params)
        client.call(function, **params)
        client.close()
    assert sum(f"/json-api/{function} ".encode() in request for request in heard) == 2, "each was sent once"


def test_no_other_call_costs_a_connection(sim: Any, box: Any) -> None:
    client = Client(connect(box, verify=sim.ca_path), read_only=False)
    for name, user in (
        ("version", None),
        ("hold_outgoing_email", "alice"),
        ("release_outgoing_email", "alice"),
        ("version", None),
    ):
        client.call(name, user=user)
    assert len(box.log.connections()) == 1
    client.call("exim_configuration_check")
    client.call("version")
    assert len(box.log.connections()) == 2
    assert box.log[-1].connection == box.log[-2].connection, "the new one is kept"


def test_a_connection_closed_between_calls_is_replaced(sim: Any, box: Any) -> None:
    box.faults.add(Fault("close_between", times=0))
    client = Client(connect(box, verify=sim.ca_path), sleep=lambda seconds: None)
    assert [client.call("version").get("version") for _unused in range(4)] == [box.state.version] * 4
    assert len(box.log.connections()) == 4


def test_gzip_is_unpacked(sim: Any, box: Any) -> None:
    transport = connect(box, verify=sim.ca_path)
    reply = transport.send("listaccts", [])
    assert reply.headers["content-encoding"] == "gzip"
    assert len(json.loads(reply.body)["data"]["acct"]) == len(box.state.accounts)


def test_broken_compression_proves_nothing(site: Site) -> None:
    site.answer = lambda request: Response(200, b"not packed", [("Content-Encoding", "gzip")])
    exc = failure(site.transport())
    assert (exc.kind, exc.outcome_unknown) == ("unexpected_answer", True)
    assert "cannot be decoded" in str(exc)


def test_an_answer_without_end_is_given_up(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_https, "_MAX_ANSWER", 100_000)
    site.answer = lambda request: Response(200, b"x" * 1_000_000)
    assert failure(site.transport()).kind == "unexpected_answer"


@pytest.mark.parametrize("name", ["Retry-After", "retry-after"])
def test_header_names_are_told_whatever_their_case(site: Site, name: str) -> None:
    site.answer = lambda request: Response(503, b"", [(name, "7")], end="close")
    assert site.transport().send("version", []).headers.get("Retry-After") == "7"


def test_a_login_that_the_server_shows_again_is_hidden(site: Site) -> None:
    def show(request: Request) -> Response:
        return Response(500, f"<p>{request.headers['authorization']}</p>".encode(), end="close")

    site.answer = show
    secret = base64.b64encode(b"root:pass word").decode()
    transport = HttpsTransport("127.0.0.1", site.port, password_auth("root", "pass word"), site.ca)
    options = {"api_retries": 0, "api_batch_size": 1, "api_concurrency": 1, "api_deadline": 60, "api_token": None}
    options |= {"api_username": "root", "api_password": "pass word", "transport": "https"}
    with pytest.raises(WhmError) as caught:
        build_client(options, transport, read_only=True).call("version")
    assert "Basic ********" in str(caught.value)
    assert secret not in str(caught.value)
