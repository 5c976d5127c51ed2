# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.forwards import (
    check_destinations,
    joined,
    normal_destinations,
    read_forwards,
)
from ansible_collections.whm.mail.plugins.module_utils._state.runner import execute
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, Refused, UnexpectedAnswer
from ansible_collections.whm.mail.plugins.modules.forward_destination_info import MODULE
from ansible_collections.whm.mail.tests.simulator.handlers_forward import split_destinations
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, no, ok, scripted
from hypothesis import given
from hypothesis import strategies as st

SAME = [
    ([], []),
    (["b@example.com", "a@example.com"], ["a@example.com", "b@example.com"]),
    (["a@EXAMPLE.com", " a@example.com ", '"a@example.com"'], ["a@example.com"]),
    (["A@example.com", "a@example.com"], ["A@example.com", "a@example.com"]),
    (["root"], ["root"]),
    (["|/bin/Prog a@EXAMPLE.com"], ["|/bin/Prog a@EXAMPLE.com"]),
    (['"|/bin/prog a\\,b"'], ["|/bin/prog a,b"]),
    (["|a,b"], ["|a,b"]),
]


@pytest.mark.parametrize(("given", "result"), SAME)
def test_destinations_that_are_fine(given: list[str], result: list[str]) -> None:
    assert check_destinations("destinations", given) == result
    assert normal_destinations(given) == result


BAD = [
    ("", "empty list switches forwarding off"),
    ("  ", "empty list"),
    ('""', "empty list"),
    (":fail: no", ":fail: no is not taken by WHM"),
    (":blackhole:", ":blackhole: is not taken"),
    (":include:/etc/x", "is not taken"),
    ("/var/mail/x", "/var/mail/x is not taken"),
    ("|", "names no command"),
    ("|  ", "names no command"),
    ("|a\nb", "names no command"),
    ("|a\\", "backslash"),
    ("|a\\\\,b", "backslash"),
    ("a@example.com,b@example.com", "one each item"),
    ("a b", "a b cannot be a destination"),
    ("a@b", "a@b cannot be a destination"),
    ("A <a@example.com>", "cannot be a destination"),
]


@pytest.mark.parametrize(("value", "text"), BAD)
def test_destinations_that_whm_would_not_take(value: str, text: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_destinations("destinations", ["ok@example.com", value])
    assert str(caught.value).startswith("destinations: ")
    assert text in str(caught.value)


items = st.one_of(
    st.sampled_from(["a@example.com", "B@Example.COM", "root", "|/bin/a", "|a,b", "|a\\,b", "|c\\", "|d", "|e\\\\,f", '"d@example.com"', "x"]),
    st.text("ab@.,|\\\"' :/", max_size=8),
)  # fmt: skip


@given(st.lists(items, max_size=4))
def test_what_is_taken_arrives_as_it_was_meant(values: list[str]) -> None:
    """The server's own splitting gives the same set back, so the second run changes nothing."""
    try:
        wanted = check_destinations("destinations", values)
    except InvalidInput:
        return
    assert check_destinations("destinations", wanted) == wanted
    assert normal_destinations(split_destinations(joined(wanted))) == wanted


READ = [
    (ok({"forward_to": ["b@example.com", "a@EXAMPLE.com"]}), ["a@example.com", "b@example.com"]),
    (ok({"forward_to": ""}), []),
    (ok({"forward_to": None}), UnexpectedAnswer),  # nothing set is "", so null is no answer
    (ok({"forward_to": {"a": "b"}}), UnexpectedAnswer),
    (ok({"forward_to": ["a@example.com", None]}), UnexpectedAnswer),
    (ok({"forward_to": 7}), UnexpectedAnswer),
    (ok({"forward_to": []}), []),
    (ok({"forward_to": "a@example.com"}), ["a@example.com"]),
    (no("API failure: No."), Refused),
    (ok(), UnexpectedAnswer),
    (ok({}), UnexpectedAnswer),
    (ok({"x": 1}), UnexpectedAnswer),
]


@pytest.mark.parametrize(("answer", "result"), READ)
def test_reading(answer: dict[str, Any], result: Any) -> None:
    client, script, _pauses = scripted(batch(answer, ok({"forward_to": ["c"]})))
    current = read_forwards(client, ["x", "y"])
    assert list(current) == ["x", "y"]
    assert current["y"] == {"destinations": ["c"]}
    if isinstance(result, list):
        assert current["x"] == {"destinations": result}
    else:
        assert isinstance(current["x"], result)
    assert len(script.sent) == 1


def test_an_answer_that_is_no_answer_names_the_server() -> None:
    client, _script, _pauses = scripted(ok())
    result = execute(MODULE, {"users": ["x"]}, False, lambda params, read_only: nullcontext(client))
    assert result["forwards"][0]["error"]["host"] == client.host
