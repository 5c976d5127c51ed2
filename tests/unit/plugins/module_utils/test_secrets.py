# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._whm.masking import HIDDEN, is_secret_name, masked

SECRET = """
    password passwd PASSWORD rootpassword dbPassword mysql_passwd smtp-pass ftp_pw pwd passphrase password_hash secret clientSecret
    client_secret secret_key token api_token security_token cp_security_token apikey api_key access_key remote_access_hash
    accesshash private_key privateKey privkey pem otp cookie session session_id auth_key credentials dbpass hash
""".split()  # noqa: SIM905
HARMLESS = """
    key name value user domain token_name password_strength minimum_password_strength min_password_length has_password
    password_expires password_expires_at expires_at is_password_set has_plaintext_authentication bypass spf_bypass compass passive
    hashes_per_second keyboard public_key zone_key_id tokens_count password_policy sessions session_timeout passenger force_password_change
""".split()  # noqa: SIM905


@pytest.mark.parametrize("name", SECRET)
def test_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", HARMLESS)
def test_names_of_what_is_told_about_secrets_and_of_others(name: str) -> None:
    assert not is_secret_name(name)


KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"
# What is answered, what is shown.
MASKED: list[tuple[Any, Any]] = [
    ({"config": {"user": "a", "password": "x1y2"}}, {"config": {"user": "a", "password": HIDDEN}}),
    ({"rows": [{"pem": "abc", "domain": "a"}]}, {"rows": [{"pem": HIDDEN, "domain": "a"}]}),
    ({"tweaksetting": {"key": "mysql_password", "value": "x"}}, {"tweaksetting": {"key": "mysql_password", "value": HIDDEN}}),
    ({"tokens": ["abc", "def"]}, {"tokens": [HIDDEN, HIDDEN]}),
    ({"secrets": {"a": "x", "b": {"c": "y"}}}, {"secrets": {"a": HIDDEN, "b": {"c": HIDDEN}}}),
    ({"otp": 123456}, {"otp": HIDDEN}),
    ({"text": f"before\n{KEY}\nafter"}, {"text": f"before\n{HIDDEN}\nafter"}),
    ({"text": KEY[:40]}, {"text": HIDDEN}),
    ({"url": "https://h:2087/cpsess0123456789/login/?session=root%3aabc&x=1"}, {"url": f"https://h:2087/cpsess{HIDDEN}/login/?session={HIDDEN}&x=1"}),
    ({"url": "ftp://joe:geheim@h/x"}, {"url": f"ftp://joe:{HIDDEN}@h/x"}),
    ({"line": "joe:$6$salt$0123456789abcdef:19000"}, {"line": f"joe:{HIDDEN}:19000"}),
    ({"jwt": "eyJhbGciOiJI.eyJzdWIiOiIx.c2ln"}, {"jwt": HIDDEN}),
    ([{"a": {"api_key": "k"}}], [{"a": {"api_key": HIDDEN}}]),
]  # fmt: skip
SHOWN: list[Any] = [
    None, 1, "text", [], {}, {"password": ""}, {"password": None}, {"password": 0}, {"token": "1"}, {"password": True},
    {"tokens": {"mine": {"name": "mine", "expires_at": None, "acls": {"all": 1}}}},
    {"key": "defaultmailaction", "value": "localuser"},
    {"record": "v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A"}, {"price": "$5", "text": "cost $1 and $2"},
    {"url": "https://h/path?key_id=3&page=2"}, {"email": "a@b.example"}, {"guid": "0123456789abcdef0123456789abcdef"},
    {"pem_file": "/etc/x.pem"}, {"cert": "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----"},
]  # fmt: skip


@pytest.mark.parametrize(("answer", "shown"), MASKED)
def test_secrets_are_masked_wherever_they_stand(answer: Any, shown: Any) -> None:
    value, found = masked(answer)
    assert value == shown
    assert found == str(shown).count(HIDDEN)
    assert masked(value) == (value, 0), "what is masked holds no secret any more"


@pytest.mark.parametrize("answer", SHOWN, ids=str)
def test_everything_else_is_shown(answer: Any) -> None:
    assert masked(answer) == (answer, 0)


def test_one_setting_that_was_asked_for_by_name() -> None:
    answer = {"service": "x", "config": {"value": "v", "name": "n"}}
    assert masked(answer, "root_password") == ({"service": "x", "config": {"value": HIDDEN, "name": "n"}}, 1)
    assert masked(answer, "port") == (answer, 0)
    assert masked({"current": "v"}, "smtppass")[1] == 1
