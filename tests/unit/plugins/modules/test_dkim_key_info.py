# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.rsa import read_private_key
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.mail_dns import key_for, public_record, weak_key, zone_of
from ansible_collections.whm.mail.tests.subjects.common import ALICE, DAVE, WEAK
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

NOTHING = {"fingerprint": None, "bits": None, "public_record": None}


@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_public_is_returned_and_nothing_else(run: Any, box: Any, check_mode: bool) -> None:
    result = run("dkim_key_info", check_mode, domains=[WEAK, DAVE, ALICE, "whm1.example.com", "NoSuch.example."])
    assert result["changed"] is False
    assert not box.log.writes()
    assert [row["domain"] for row in result["keys"]] == [WEAK, DAVE, ALICE, "whm1.example.com", "nosuch.example"]
    weak, dave, alice, host, unknown = result["keys"]
    assert (weak["bits"], alice["bits"], host["bits"]) == (512, 2048, 2048)
    assert alice["public_record"] == public_record(key_for(ALICE))
    assert alice["fingerprint"] == read_private_key(key_for(ALICE)).fingerprint
    assert dave == {"domain": DAVE, **NOTHING}
    assert unknown == {"domain": "nosuch.example", **NOTHING}
    assert "PRIVATE KEY" not in json.dumps(result)
    assert "private_key" not in json.dumps(result)


def test_the_key_itself_only_when_asked_for(run: Any) -> None:
    result = run("dkim_key_info", domains=[ALICE, DAVE], include_private_key=True)
    assert [row["private_key"] for row in result["keys"]] == [key_for(ALICE), None]


def test_a_key_in_another_form_comes_in_one(run_https: Any, box: Any) -> None:
    pem = weak_key()
    other = serialization.load_pem_private_key(pem.encode(), None).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    box.patch({"mail_dns": {ALICE: {"key": other.decode()}}})
    (row,) = run_https("dkim_key_info", domains=[ALICE], include_private_key=True)["keys"]
    assert row["private_key"] == pem


EC = (
    ec.generate_private_key(ec.SECP256R1())
    .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    .decode()
)


@pytest.mark.parametrize(
    ("pem", "text"), [("garbage!", "not a key in PEM form"), (EC, "an EC key"), (weak_key()[:200], "damaged")]
)
@pytest.mark.parametrize("private", [False, True])
def test_a_key_that_cannot_be_read_fails_its_domain(run: Any, box: Any, pem: str, text: str, private: bool) -> None:
    zone_of(box.state, ALICE).key = pem
    result = run("dkim_key_info", domains=[ALICE, WEAK], include_private_key=private)
    assert result["failed"]
    assert f"the key of {ALICE} cannot be read: " in result["msg"]
    assert text in result["msg"]
    assert set(result["keys"][0]) == {"domain", "error"}
    assert result["keys"][1]["bits"] == 512
    assert pem.splitlines()[-1] not in json.dumps([result["msg"], result["keys"][0]])


def test_a_reseller_reads_its_own(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("dkim_key_info", domains=[ALICE, "carol.example.net"], **login)
    assert result["failed"]
    assert "does not control" in result["keys"][0]["error"]["reason"]
    assert result["keys"][1]["bits"] == 2048


@pytest.mark.parametrize(("options", "text"), [({"domains": ["alice"]}, "alice is not a domain")])
def test_bad_input_sends_nothing(run_https: Any, box: Any, options: dict[str, Any], text: str) -> None:
    result = run_https("dkim_key_info", **options)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0


def test_200_domains_cost_two_requests(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 180, "prefix": "user"}})
    domains = [f"user{number}.example.com" for number in range(1, 181)] + [
        f"nosuch{number}.example" for number in range(20)
    ]
    result = run_https("dkim_key_info", domains=domains)
    assert [row["domain"] for row in result["keys"]] == domains
    assert [row["bits"] for row in result["keys"]] == [2048] * 180 + [None] * 20
    assert len(box.log) == math.ceil(200 / 100)


def test_the_role_is_named_when_it_is_off(run: Any, box: Any) -> None:
    box.patch({"disabled_roles": ["MailSend"]})
    result = run("dkim_key_info", domains=[ALICE])
    assert result["error"]["kind"] == "unsupported"
    assert "MailSend" in result["msg"]


@pytest.mark.parametrize("kind", ["truncated_json", "invalid_utf8", "garbage_before_json", "disk_full", "empty"])
def test_no_broken_answer_shows_a_key(run_https: Any, box: Any, kind: str) -> None:
    box.faults.add(Fault(kind, times=0))
    for domains in ([ALICE], [ALICE, WEAK]):
        result = run_https("dkim_key_info", domains=domains, api_retries=0)
        assert "PRIVATE KEY" not in json.dumps(result)
        assert key_for(ALICE).splitlines()[1][:30] not in json.dumps(result)
