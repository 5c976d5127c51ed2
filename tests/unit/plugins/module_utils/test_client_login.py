# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a client concludes about its login from refusals, and what it still sends after one."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    AccessDenied,
    AuthenticationFailed,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.tests.unit.plugins.builders import no, ok, scripted, wire

READ, WRITE = "listaccts", "hold_outgoing_email"

FORBIDDEN = Reply(
    403, wire({"cpanelresult": {"error": "Access denied", "data": {"reason": "Access denied", "result": "0"}}})
)


def test_403_after_an_answer_is_a_missing_privilege_and_nothing_more_is_sent() -> None:
    client, script, _pauses = scripted(ok(), FORBIDDEN)
    client.call(READ)
    with pytest.raises(
        AccessDenied, match="refused hold_outgoing_email with HTTP 403, although it had accepted"
    ) as caught:
        client.call(WRITE)
    assert (caught.value.kind, caught.value.outcome_unknown, caught.value.fatal) == ("permission", False, True)
    for function in (WRITE, READ):
        with pytest.raises(AccessDenied, match="not sent, because"):
            client.call(function)
    assert len(script.sent) == 2


@pytest.mark.parametrize("reply", [FORBIDDEN, Reply(401, b"")])
def test_a_first_refusal_is_one_of_the_login(reply: Reply) -> None:
    client, script, _pauses = scripted(reply)
    for _try in range(2):
        with pytest.raises(AuthenticationFailed):
            client.call(READ)
    client.confirm()
    assert len(script.sent) == 1


@pytest.mark.parametrize(
    "reply", [Reply(401, b""), Reply(403, b"<html><title>Blocked</title>", {"Server": "cloudflare"})]
)
def test_401_or_the_page_of_a_proxy_is_no_missing_privilege(reply: Reply) -> None:
    client, _script, _pauses = scripted(ok(), reply)
    client.call(READ)
    with pytest.raises(AuthenticationFailed):
        client.call(READ)


def test_a_login_that_proves_good_may_go_on_but_never_asks_for_the_same_again() -> None:
    refused = [Call("fetch_mail_queue"), Call(READ)]
    client, script, _pauses = scripted(ok(), FORBIDDEN, ok(), ok(), read_only=True)
    client.call("version")
    with pytest.raises(AccessDenied, match="refused one of fetch_mail_queue, listaccts with"):
        client.batch(refused)
    client.confirm()
    client.call(READ)
    for calls in (refused, [*refused, Call("version")]):
        with pytest.raises(AccessDenied, match="not sent") as caught:
            client.batch(calls)
        assert not caught.value.fatal
    assert script.functions == ["version", "batch", "myprivs", READ]


def test_a_login_that_is_refused_once_more_is_refused_altogether() -> None:
    client, script, _pauses = scripted(ok(), FORBIDDEN, FORBIDDEN)
    client.call(READ)
    with pytest.raises(AccessDenied):
        client.call(WRITE)
    for _try in range(3):
        with pytest.raises(AuthenticationFailed):
            client.confirm() if client.login.accepted else client.call(READ)
    assert len(script.sent) == 3


@pytest.mark.parametrize("proof", [no("Unknown app (myprivs) requested."), no("Access denied")])
def test_any_answer_proves_the_login(proof: Any) -> None:
    client, script, _pauses = scripted(ok(), FORBIDDEN, proof, ok())
    client.call(READ)
    with pytest.raises(AccessDenied):
        client.call(WRITE)
    client.confirm()
    client.call(READ)
    assert len(script.sent) == 4
