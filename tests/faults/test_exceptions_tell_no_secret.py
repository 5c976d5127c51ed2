# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever goes wrong, neither the error nor anything that it came from, nor the objects behind it, nor the libraries' own logs
show a token, a password or a key."""

from __future__ import annotations

import base64
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.connection import build_client, build_transport
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Step, make_plan
from ansible_collections.whm.mail.plugins.module_utils._whm import https as _https
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Login
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.faults import CLI_KINDS, HTTP_KINDS
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key
from ansible_collections.whm.mail.tests.subjects.kinds import CLI, HTTPS, load

from .conftest import BAD_CERTIFICATES
from .harness import Bench

TOKEN, PASSWORD, KEY = "TOKENQ7Z1V9K3M5", 'pass wörd/+=&%?"Q7Z1', pool_key(21)
KEY_LINES = [line for line in KEY.splitlines() if len(line) > 20 and not line.startswith("-----")]
HEADERS = [base64.b64encode(f"root:{PASSWORD}".encode()).decode(), f"whm root:{TOKEN}"]
FORMS = {
    "token": [TOKEN, HEADERS[1], *KEY_LINES],
    "password": [PASSWORD, repr(PASSWORD)[1:-1], HEADERS[0], *KEY_LINES],
}
SECRETS = [*FORMS["token"], *FORMS["password"]]
CREDENTIALS = {"token": {"api_token": TOKEN}, "password": {"api_token": None, "api_password": PASSWORD}}


def calls(role: str) -> list[Call]:
    """With a key; and with a role that is none, which comes back in the server's words."""
    return [
        Call("install_dkim_private_keys", {"domain": "alice.example.com", "key": KEY}),
        Call("is_role_enabled", {"role": role}),
    ]


def family(problem: BaseException | None) -> Iterator[BaseException]:
    """An exception, what it was raised from or during (suppressed or not), and exceptions among its arguments."""
    found: list[BaseException] = []
    queue: list[Any] = [problem]
    while queue:
        each = queue.pop()
        if isinstance(each, BaseException) and not any(each is other for other in found):
            found.append(each)
            queue += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    yield from found


def told(problem: WhmError) -> Iterator[str]:
    yield str(problem.as_dict())
    for each in family(problem):
        yield from (str(each), repr(each), repr(each.args), repr(vars(each)))
        yield "".join(traceback.format_exception(each))


def assert_nothing_is_told(texts: list[str], secrets: list[str]) -> None:
    assert not [(secret, text) for text in texts for secret in secrets if secret in text]


@pytest.fixture(autouse=True)
def _all_logs(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def client_of(bench: Bench, transport: str, **options: Any) -> Client:
    params = bench.validated(load("api"), transport, {"function": "version", "api_retries": 0, **options})
    client = build_client(params, build_transport(params), read_only=False)
    client.sleep = bench.clock.sleep
    return client


def impatient(client: Client) -> Client:
    """Whichever timeout it is that strikes, it is an error."""
    inner: Any = client._transport
    inner._timeout = inner._patience = 0.2
    return client


def problems(client: Client, wanted: list[Call]) -> list[WhmError]:
    """What each of the calls ends in by itself, and all of them in a batch."""
    found: list[WhmError] = []
    for call in wanted:
        try:
            client.call(call.function, **call.params)
        except WhmError as problem:
            found.append(problem)
        client.login = Login()
    try:
        found += [outcome for outcome in client.one_batch(wanted) if isinstance(outcome, WhmError)]
    except WhmError as problem:
        found.append(problem)
    return found


def judge(
    client: Client, caplog: pytest.LogCaptureFixture, credentials: str, role: str = "", fails: bool = True
) -> None:
    secret = TOKEN if credentials == "token" else PASSWORD
    found = problems(client, calls(role or secret))
    assert len(found) >= (3 if fails else 2)
    inner: Any = client._transport
    texts = [text for problem in found for text in told(problem)]
    texts += [repr(each) for each in (client, inner, vars(inner), getattr(inner, "_auth", None))]
    texts += client.warnings
    texts += [record.getMessage() for record in caplog.records]
    client.close()
    assert_nothing_is_told(texts, FORMS[credentials])


@pytest.mark.parametrize("credentials", CREDENTIALS)
@pytest.mark.parametrize("kind", [None, *HTTP_KINDS])
def test_over_https(bench: Bench, caplog: pytest.LogCaptureFixture, kind: str | None, credentials: str) -> None:
    bench.prepare({"callers": {"root": {"token": TOKEN, "password": PASSWORD}}})
    bench.box.quirks.add("no_lockout")
    seconds = {"stall_before": 1.0, "stall_after": 1.0, "drip": 0.0001}.get(kind or "")
    if kind:
        bench.box.faults.add(Fault(kind, times=0, seconds=seconds))
    client = client_of(bench, HTTPS, **CREDENTIALS[credentials])
    judge(impatient(client) if kind and "stall" in kind else client, caplog, credentials, fails=kind not in HARMLESS)


#: With these, or with none, only the call fails that asks for a role that is none; and once more in the batch.
HARMLESS = {None, "garbage_before_json", "invalid_utf8", "drip", "huge", "close_between"}


@pytest.mark.parametrize("kind", [None, *CLI_KINDS])
def test_over_whmapi1(bench: Bench, caplog: pytest.LogCaptureFixture, kind: str | None) -> None:
    """It needs no credentials; the key goes over standard input. Other parameters are no secrets: the list of processes has them."""
    bench.prepare({})
    if kind:
        bench.box.faults.add(Fault(kind, times=0, seconds=1.0))
    client = client_of(bench, CLI, api_token=TOKEN, api_password=PASSWORD)
    fails = kind not in {None, "warnings_around_json", "stderr_warnings"}
    judge(impatient(client) if kind == "hangs" else client, caplog, "token", "Nosuch", fails)


@pytest.mark.parametrize("credentials", CREDENTIALS)
@pytest.mark.parametrize("where", [*BAD_CERTIFICATES, "refused", "silent", "plain", "elsewhere"])
def test_without_a_server(bench: Bench, caplog: pytest.LogCaptureFixture, where: str, credentials: str) -> None:
    port = bench.simulator[where].port if where in BAD_CERTIFICATES else bench.elsewheres.ports[where]
    client = client_of(bench, HTTPS, **{"api_port": port, **CREDENTIALS[credentials]})
    judge(impatient(client) if where == "silent" else client, caplog, credentials)


def test_plans_and_calls_do_not_show_their_parameters() -> None:
    plan = make_plan(
        {"alice.example.com": {"fingerprint": "x"}}, [Step(call, "alice.example.com") for call in calls(TOKEN)]
    )
    shown = [plan, calls(TOKEN), _https.token_auth("root", TOKEN), _https.password_auth("root", PASSWORD)]
    assert_nothing_is_told([text for each in shown for text in (repr(each), str(each))], SECRETS)


def test_the_search_would_find_a_secret_that_was_told() -> None:
    texts: list[str] = []
    try:
        try:
            raise ValueError(f"Authorization: whm root:{TOKEN}")
        except ValueError:
            raise WhmError("no") from None
    except WhmError as problem:
        texts = list(told(problem))
    for secret, found in [(TOKEN, texts), *((secret, [f"before{secret}after"]) for secret in SECRETS)]:
        with pytest.raises(AssertionError):
            assert_nothing_is_told(found, [secret])
