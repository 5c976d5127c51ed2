# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No code without words, and no words that are a code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import VALIDITY
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import WhmError
from ansible_collections.whm.mail.plugins.plugin_utils._audit import words
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import STATUSES
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import SUBSET_OF, reason_unread
from ansible_collections.whm.mail.plugins.plugin_utils._audit.unread import LISTS, why_not
from ansible_collections.whm.mail.tests.unit.plugins.plugin_utils.samples import SUBSETS


def kinds(of: type[WhmError] = WhmError) -> Iterator[str]:
    yield of.kind
    for each in of.__subclasses__():
        yield from kinds(each)


def test_every_code_has_words() -> None:
    assert set(kinds()) <= set(words.KINDS)
    assert {*VALIDITY.values(), "weak_key", "not_checked"} <= set(words.VALIDITIES)
    assert {*SUBSETS, *LISTS} <= set(words.SUBSETS)
    assert set(SUBSET_OF) <= set(words.RESOURCES)
    assert set(STATUSES) == set(words.STATES)


@pytest.mark.parametrize("name", ["RESOURCES", "SUBSETS", "VALIDITIES", "KINDS", "FIELDS", "STATES"])
def test_words_are_words(name: str) -> None:
    assert [text for text in getattr(words, name).values() if "_" in text] == []


@pytest.mark.parametrize(
    ("resource", "item", "text"),
    [
        ("dkim", "*", "all"),
        ("dkim", "a.example", "a.example"),
        ("subset", "auth", "DNS records of domains"),
        ("subset", "accounts bob", "accounts: bob"),
        ("subset", "server spamd_running", "the server itself: spamd_running"),
        ("subset", "new_one", "new one"),
    ],
)
def test_items_in_words(resource: str, item: str, text: str) -> None:
    assert words.item_in_words(resource, item) == text


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("validity", "helo_mismatch", "not the name that the server greets with"),
        ("validity", "brand_new", "brand new"),
        ("status", "partial", "read in part"),
        ("hold", True, True),
        ("destinations", ["valid"], ["valid"]),
    ],
)
def test_values_in_words(field: str, value: Any, text: Any) -> None:
    assert words.value_in_words(field, value) == text


def test_an_error_without_a_reason_says_its_kind_in_words() -> None:
    assert why_not({"kind": "permission"}) == "not permitted to this login"
    assert reason_unread({"unavailable": {"auth": {"kind": "not_tried"}}}, "auth") == "not tried"
    assert why_not({}) == "it does not say why"
