# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What receivers make of the DKIM keys and records of the simulator: dkimpy signs with the key, and verifies through a real DNS server."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import dkim_validity
from ansible_collections.whm.mail.tests.engines.conftest import Tally
from ansible_collections.whm.mail.tests.engines.receiver import Receiver, letter, signed
from ansible_collections.whm.mail.tests.knot import zone_names
from ansible_collections.whm.mail.tests.simulator import Box, Simulator
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key, weak_key, zone_of
from ansible_collections.whm.mail.tests.unit.plugins.conftest import Runner

ALICE, BOB, SHOP = "alice.example.com", "bob.example.com", "alice-shop.example"
NAME = "default._domainkey."
STATES = ("valid", "weak", "missing", "mismatch", "malformed", "no_key", "multiple")


@pytest.fixture
def box(sim: Simulator) -> Box:
    return sim["whm1"]


@pytest.fixture
def run(sim: Simulator, box: Box) -> Runner:
    return Runner(sim, box, "https")


def publish(receiver: Receiver, box: Box, *domains: str) -> None:
    """What the simulator holds about these domains."""
    names = [zone_names(domain, zone_of(box.state, domain)) for domain in domains]
    receiver.publish({name: records for each in names for name, records in each.items()})


def payload(box: Box, function: str, domain: str) -> dict[str, Any]:
    row: dict[str, Any] = box.call(function, domain=domain)["data"]["payload"][0]
    return row


def sent(box: Box, domain: str) -> bytes:
    """A message that is signed with the key that the server holds."""
    return signed(letter(domain), domain, payload(box, "fetch_dkim_private_keys", domain)["pem"])


@pytest.mark.parametrize("bits", [1024, 2048, 4096])
def test_a_key_that_dkim_key_installed_signs_mail_that_verifies(
    run: Runner, box: Box, receiver: Receiver, bits: int
) -> None:
    key = pool_key(20, bits)
    assert run("dkim_key", keys=[{"domain": BOB, "private_key": key}])["keys"][0]["bits"] == bits
    publish(receiver, box, BOB)
    (record,) = receiver.knot.resolver().resolve(NAME + BOB, "TXT")
    assert len(record.strings) == {1024: 1, 2048: 2, 4096: 3}[bits], "a string of TXT has 255 bytes"
    assert b"".join(record.strings).decode() == run("dkim", domains=[BOB])["domains"][0]["record"]
    message = sent(box, BOB)
    assert receiver.dkim(message)
    assert not receiver.dkim(message.replace(b"from you", b"from me"))
    assert not receiver.dkim(signed(letter(BOB), BOB, pool_key(21, bits))), "somebody else's key"
    run("dkim", domains=[BOB], state="absent")
    publish(receiver, box, BOB)
    assert not receiver.dkim(message)


def test_a_key_that_is_not_published_signs_nothing_that_verifies(run: Runner, box: Box, receiver: Receiver) -> None:
    run("dkim_key", keys=[{"domain": ALICE, "private_key": pool_key(20)}], publish=False)
    publish(receiver, box, ALICE)
    assert not receiver.dkim(sent(box, ALICE))
    run("dkim", domains=[ALICE])
    publish(receiver, box, ALICE)
    assert receiver.dkim(sent(box, ALICE))


def test_dkim_makes_mail_verify_that_did_not(run: Runner, box: Box, receiver: Receiver) -> None:
    """A weak key is replaced, a missing record published."""
    for domain, state in ((SHOP, "weak"), (BOB, "missing")):
        box.patch({"mail_dns": {domain: {"dkim": state}}})
        publish(receiver, box, domain)
        assert not receiver.dkim(sent(box, domain))
        run("dkim", domains=[domain])
        publish(receiver, box, domain)
        assert receiver.dkim(sent(box, domain))


def test_the_verdicts_are_those_of_a_receiver(box: Box, receiver: Receiver, tally: Tally) -> None:
    """For every state of a record and every key. Of several records a receiver takes any (RFC 6376, 3.6.2.2): dkimpy the first, and Knot
    sorts them, so there is no saying."""
    compared, wrong = 0, []
    for state in STATES:
        for bits in (512, 1024, 2048, 4096):
            key = weak_key() if bits == 512 else pool_key(20, bits)
            box.patch({"mail_dns": {BOB: {"dkim": state} if state == "no_key" else {"dkim": state, "key": key}}})
            publish(receiver, box, BOB)
            row = payload(box, "validate_current_dkims", BOB)
            verified = receiver.dkim(signed(letter(BOB), BOB, key))
            if state == "multiple":
                assert row["state"] == "MULTIPLE"
                continue
            compared += 1
            if (dkim_validity(row) == "valid") is not verified:
                wrong.append(f"{state} {bits}: {row['state']}, dkimpy {verified}")
    tally.lines.append(f"dkimpy: {compared} DKIM records and keys, {len(wrong)} disagreements")
    assert not wrong, "\n".join(wrong)


def test_a_name_server_that_fails_is_no_verdict(box: Box, receiver: Receiver) -> None:
    box.patch({"mail_dns": {BOB: {"dns_error": "SERVFAIL"}}})
    receiver.publish({}, broken=[BOB])
    assert payload(box, "validate_current_dkims", BOB)["state"] == "ERROR"
    assert not receiver.dkim(sent(box, BOB))
