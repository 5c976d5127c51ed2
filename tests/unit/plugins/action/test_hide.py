# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are taken out of results as Ansible does it, but only values that may hold one are walked through."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from ansible.module_utils.common.parameters import remove_values
from ansible_collections.whm.mail.plugins.plugin_utils._controller.in_process import _may_hold, hide

SECRETS = ["s3cret", 'quo"te', "back\\slash", "two\nlines", "tab\t", "schlüssel", "4711", "\x7f\x01"]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("form", ["{}", "before {} behind", "{}{}"])
def test_a_secret_is_found_wherever_it_stands(secret: str, form: str) -> None:
    text = form.format(secret, secret)
    values: dict[str, Any] = {"text": text, "list": [1, [text]], "dict": {"a": {"b": text}}, "plain": ["x", 5]}
    hidden = hide(values, {secret})
    assert hidden == remove_values(values, {secret})
    assert secret not in str(hidden)


def test_a_number_that_holds_a_secret_is_hidden() -> None:
    assert hide({"rows": [{"id": 947110}]}, {"4711"}) == remove_values({"rows": [{"id": 947110}]}, {"4711"})


def test_what_holds_no_secret_is_left_as_it_is() -> None:
    rows = [{"user": "bob", "hold": True, "limit": None}]
    assert hide({"rows": rows}, {"s3cret"})["rows"] is rows


@pytest.mark.parametrize("value", [True, False, None])
def test_flags_stay_flags(value: bool | None) -> None:
    assert hide({"changed": value}, {"True", "true", "None", "null"}) == {"changed": value}


def test_what_is_not_json_is_left_to_ansible() -> None:
    assert _may_hold({"when": datetime.date(2026, 1, 2)}, {"s3cret"})
