# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.names import (
    account_names,
    addresses,
    domain_names,
    is_account,
    is_address,
    normal_address,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from hypothesis import given
from hypothesis import strategies as st

GOOD = [
    (account_names, [" alice ", "bob", "alice"], ["alice", "bob"]),
    (account_names, ["a", "a-b_c9", "_x", "0day", "x" * 64], ["a", "a-b_c9", "_x", "0day", "x" * 64]),
    (account_names, ["Alice", "alice"], ["Alice", "alice"]),
    (account_names, [123], ["123"]),
    (account_names, [], []),
    (domain_names, ["Example.COM.", "example.com"], ["example.com"]),
    (addresses, [" Info@Example.COM ", "info@example.com", "Info@example.com"], ["Info@example.com", "info@example.com"]),
    *[(domain_names, [name], [name]) for name in ("a-b.co", "_dmarc.example.com", "xn--bcher-kva.example", "1.2.example")],
    *[(addresses, [name], [name]) for name in ("_mainaccount@example.com", "a+b@example.com", "o'x@example.com", "ü@a.example")],
]  # fmt: skip


@pytest.mark.parametrize(("function", "given", "result"), GOOD)
def test_names_that_are_fine(function: Callable[..., list[str]], given: list[str], result: list[str]) -> None:
    assert function("things", given) == result


BAD: list[tuple[Callable[..., list[str]], Any, str]] = [
    (account_names, "", "an account name is empty; check the variable"),
    (account_names, "  ", "an account name is empty"),
    (account_names, "a@example.com", "a@example.com is an address; give the name of the cPanel account"),
    (account_names, "example.com", "example.com is a domain; give the name of the cPanel account"),
    (account_names, "root", "root is a system user, not a cPanel account; take it off the list"),
    (account_names, "a b", "a b is not the name of an account"),
    (account_names, "a,b", "a,b is not the name"),
    (account_names, "-a", "-a is not the name"),
    (account_names, "a\nb", "is not the name"),
    (account_names, "x" * 65, "is not the name"),
    (account_names, "ü", "ü is not the name"),
    (account_names, "a&user=b", "is not the name"),
    (domain_names, "", "an empty value is not a domain such as example.com"),
    (domain_names, ".", "an empty value is not a domain"),
    (domain_names, "localhost", "localhost is not a domain"),
    (domain_names, "-a.example", "-a.example is not a domain"),
    (domain_names, "a-.example", "a-.example is not a domain"),
    (domain_names, "a..example", "a..example is not a domain"),
    (domain_names, "https://example.com", "https://example.com is not a domain"),
    (domain_names, "*.example.com", "*.example.com is not a domain"),
    (domain_names, "a" * 64 + ".example", "is not a domain"),
    (domain_names, ".".join(["a" * 50] * 6), "is not a domain"),
    (domain_names, "bücher.example", "bücher.example is not a domain"),
    (addresses, "", "an empty value is not an address such as info@example.com; accounts are given as users"),
    (addresses, "alice", "alice is not an address such as info@example.com; accounts are given as users"),
    (addresses, "a@b", "a@b is not an address such as info@example.com."),
    (addresses, "@example.com", "@example.com is not an address"),
    (addresses, "a@", "a@ is not an address"),
    (addresses, "a@b@example.com", "a@b@example.com is not an address"),
    (addresses, "a b@example.com", "a b@example.com is not an address"),
    (addresses, "A <a@example.com>", "is not an address"),
    (addresses, "a@example.com,b@example.com", "is not an address"),
]


@pytest.mark.parametrize(("function", "value", "text"), BAD)
def test_names_that_are_none(function: Callable[..., list[str]], value: Any, text: str) -> None:
    options = {"refused": ["root"]} if function is account_names else {}
    with pytest.raises(InvalidInput) as caught:
        function("things", [value], **options)
    assert str(caught.value).startswith("things: ")
    assert text in str(caught.value)


def test_root_is_refused_only_where_that_is_said() -> None:
    assert account_names("users", ["root"]) == ["root"]


@given(st.text(max_size=8))
def test_what_is_taken_needs_no_quoting(value: str) -> None:
    for check, forbidden in ((is_account, "@.,:;/|&= \n\\\"'"), (is_address, ',:;<>()[]\\"|/ \t\n')):
        if check(value):
            assert not set(value) & set(forbidden)


@given(st.text(max_size=12))
def test_normal_address_is_stable_and_keeps_the_local_part(value: str) -> None:
    normal = normal_address(value)
    assert normal_address(normal) == normal
    assert normal.rpartition("@")[0] == value.rpartition("@")[0]
