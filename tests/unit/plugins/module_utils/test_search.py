# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of queries, and that it agrees with a doveadm that was written apart from it."""

from __future__ import annotations

import shlex

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.search import check_query
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.tests.simulator.doveadm_query import (
    Message,
    QueryError,
    View,
    parse,
    refuse_accidents,
)
from hypothesis import assume, example, given
from hypothesis import strategies as st

NOW = 1_800_000_000.0

GOOD = [
    "savedbefore 90d",
    "  SAVEDBEFORE 12w  ",
    'savedbefore "2 weeks"',
    "savedbefore 3mins",
    "savedbefore 1176418800",
    "sentbefore 2026-01-31",
    "before 31-Jan-2026",
    "sentbefore 1-Feb-2020",
    'SUBJECT "a -b"',
    "SUBJECT -",
    "SAVEDBEFORE 90d SAVEDBEFORE 1w",
    "NOT SAVEDBEFORE 90d BEFORE 1w",
    "SEEN NOT FLAGGED",
    "ALL SEEN",
    "( SEEN OR FLAGGED )",
    "( SEEN OR FLAGGED ) savedbefore 1w",
    "( ( SEEN FLAGGED ) OR DELETED )",
    "NOT ( SEEN OR FLAGGED )",
    'SUBJECT "weekly offers" LARGER 10M',
    'SUBJECT "don\'t"',
    "SUBJECT 'say \"hello\"'",
    'SUBJECT ")"',
    "SUBJECT OR",
    "SUBJECT ALL",
    'HEADER X-Spam-Flag ""',
    "KEYWORD $Junk",
    "UID 5,7:9",
    "UID 2:*",
    "OLD",
    "NEW",
    "DELETED",
]


@pytest.mark.parametrize("query", GOOD)
def test_good_queries_are_sent_as_they_are(query: str) -> None:
    assert check_query(query, False, NOW) == query.strip()
    parse(["mailbox-guid", "x", *shlex.split(query)], NOW)


BAD = [
    ("", "query is empty"),
    ("  ", "query is empty"),
    ("SEEN\nFLAGGED", "line break"),
    ('SUBJECT "hello', 'a " is not closed'),
    ("SUBJECT don't", "a ' is not closed"),
    ("SEENN", "SEENN is not a search key; did you mean SEEN"),
    ("hello world", "hello is not a search key"),
    ('"SEEN"', "not a search key"),
    ('""', "an empty text is not a search key"),
    ("SEEN mailbox INBOX", "mailbox does not belong here"),
    ("mailbox-guid abc", "mailbox-guid does not belong here"),
    ("SAVEDBEFORE", "SAVEDBEFORE has no argument, as in SAVEDBEFORE 90d"),
    ("( savedbefore )", "has no argument"),
    ("HEADER Subject", "as in HEADER List-Id news"),
    ("SUBJECT", "has no argument"),
    ("UID", "has no argument"),
    ("LARGER", "as in LARGER 10M"),
    ("savedbefore 90", "90 is not a date; give an age with its unit"),
    ("savedbefore yesterday", "is not a date"),
    ("savedbefore 0", "0 is not a date"),
    ("savedsince 0", "0 is not a date"),
    ('before "1-Feb-2020 00:00:00 +0000"', "is not a date"),
    ("NOT 1:100", "1:100 counts messages, which Dovecot 2.3 gets wrong"),
    ("UID soon", "UID soon is not a set of UIDs"),
    ("YOUNGER soon", "YOUNGER soon is not a number of seconds such as YOUNGER 86400"),
    ("OLDER 0", "OLDER 0 is not a number of seconds"),
    ("SEEN *", "use UID *, or a date"),
    ("SUBJECT -d SEEN", "doveadm takes -d for an option"),
    ('SUBJECT "-A"', "doveadm takes -A for an option"),
    ("SEEN -u other@example.com", "doveadm takes -u for an option"),
    ("NOT savedbefore 1h NOT savedbefore 9999w", "SAVEDBEFORE is there twice and NOT beside it"),
    ("NOT ( LARGER 1k LARGER 2k )", "LARGER is there twice"),
    ("savedbefore 30-Feb-2026", "is not a date"),
    ("savedbefore 2026-13-01", "is not a date"),
    ("savedbefore 1-Foo-2026", "is not a date"),
    ("savedbefore 2years", "is not a date"),
    ('savedbefore ""', "SAVEDBEFORE without a value is not a date"),
    ("savedbefore 3m", "3m means minutes to doveadm; write 3mins"),
    ("LARGER huge", "is not a size"),
    ("SEEN OR FLAGGED", "put parentheses around keys that are joined by OR"),
    ("SEEN ( FLAGGED OR ANSWERED DELETED )", "put parentheses"),
    ("OR SEEN FLAGGED", "OR stands between two keys"),
    ("( SEEN OR )", "OR stands between two keys"),
    ("( SEEN OR OR FLAGGED )", "OR stands between two keys"),
    ("(SEEN OR FLAGGED)", "(SEEN has no space beside its parenthesis"),
    ("( SEEN", "a ( is not closed"),
    ("SEEN )", "a ) closes nothing"),
    ("( )", "nothing between"),
    ("NOT", "NOT has nothing behind it"),
    ("( NOT )", "NOT has nothing behind it"),
]


@pytest.mark.parametrize(("query", "text"), BAD)
@pytest.mark.parametrize("allow_all", [False, True])
def test_mistakes_are_refused_with_a_remedy(query: str, text: str, allow_all: bool) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_query(query, allow_all, NOW)
    assert text in str(caught.value)
    assert str(caught.value).startswith("query")


EVERYTHING = [
    "ALL",
    "all",
    "ALL ALL",
    "( ALL )",
    "NOT NOT ALL",
    "( ALL OR SEEN )",
    "( SEEN OR ALL )",
    "( SEEN OR UNSEEN )",
    "( SEEN OR NOT SEEN )",
    "NOT ( SEEN UNSEEN )",
    "( ( SEEN FLAGGED ) OR NOT SEEN OR UNFLAGGED )",
    "( NEW OR SEEN OR OLD )",
    "( RECENT OR OLD )",
    "( KEYWORD a OR UNKEYWORD a )",
    "( SUBJECT x OR NOT SUBJECT x )",
    "NOT DELETED",
    "UNDELETED",
    "( FLAGGED OR UNFLAGGED ) UNDELETED",
    "UID 1:*",
    "UID *:1",
    "UID 1:*,5",
    "UID 5,1:*",
    "UID 1:5,6:*",
    "UID 4:*,1:3",
    "UID 0:*",
    "UID 1:4294967295",
    'HEADER From ""',
    'HEADER received ""',
    "YOUNGER 99999999999",
    "LARGER 0",
    "LARGER 0k",
    "savedbefore 0d",
    "NOT savedsince 2099-01-01",
    "NOT before 1980-01-01",
    "NOT SMALLER 0",
    "before 2099-01-01",
    "sentbefore 9999999999",
    "since 1970-01-01",
    "savedsince 3000w",
    'TEXT ""',
    'SUBJECT ""',
]


@pytest.mark.parametrize("query", EVERYTHING)
def test_what_amounts_to_all_must_be_allowed(query: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_query(query, False, NOW)
    assert "matches every message; set allow_all: true" in str(caught.value)
    assert check_query(query, True, NOW) == query


@pytest.mark.parametrize(
    "query",
    [
        "UID 2:*",
        "UID *",
        "UID 1,*",
        "UID 1:5,7:*",
        "UID 1:4294967294",
        'HEADER List-Id ""',
        "HEADER From x",
        "OLDER 1",
        "YOUNGER 60",
    ],
)
def test_what_leaves_something_out_passes(query: str) -> None:
    assert check_query(query, False, NOW) == query


def test_many_properties_are_not_tried_out() -> None:
    check_query(" ".join(f"SUBJECT s{number}" for number in range(60)), False, NOW)


keys = st.sampled_from(
    ["SEEN", "UNSEEN", "FLAGGED", "ANSWERED", "OLD", "NEW", "ALL", "UID 1:*", "savedbefore 3d", "savedsince 3d", "LARGER 10", "UNDRAFT"]
)  # fmt: skip
queries = st.recursive(
    keys,
    lambda inner: st.one_of(
        inner.map(lambda one: f"NOT {one}" if " " not in one else f"NOT ( {one} )"),
        st.lists(inner, min_size=2, max_size=3).map(" ".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: "( ( " + " ) OR ( ".join(parts) + " ) )"),
    ),
    max_leaves=6,
)
messages = [
    View(Message(saved=saved, size=size, flags=frozenset(flags)), 1, 1, "INBOX", "x", NOW)
    for saved in (-86400, -10 * 86400)
    for size in (5, 50)
    for flags in ([], ["SEEN"], ["FLAGGED"], ["ANSWERED", "SEEN"], ["SEEN", "FLAGGED", "ANSWERED"], ["RECENT"],
                  ["RECENT", "SEEN"], ["DRAFT"], ["ANSWERED"], ["FLAGGED", "ANSWERED"], ["SEEN", "FLAGGED"])
]  # fmt: skip


@given(queries)
@example("( SEEN OR UNSEEN )")
def test_only_what_matches_every_message_must_be_allowed(query: str) -> None:
    """What the check calls everything is everything to doveadm."""
    node = parse(["mailbox", "INBOX", *shlex.split(query)], NOW).simplified()
    refused = None
    try:
        check_query(query, False, NOW)
    except InvalidInput as exc:
        refused = str(exc)
    assume(refused is None or "which Dovecot 2.3 gets wrong" not in refused)
    assert refused is None or "matches every message" in refused
    assert refused is None or all(node.matches(view) for view in messages)


WORDS = [
    "SEEN",
    "OR",
    "NOT",
    "(",
    ")",
    "ALL",
    "savedbefore",
    "3d",
    "SUBJECT",
    "x",
    "LARGER",
    "UID",
    "1:5",
    '"a b"',
    "FLAGGED",
]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=8).map(" ".join))
def test_what_passes_the_check_doveadm_takes(query: str) -> None:
    try:
        check_query(query, True, NOW)
    except InvalidInput:
        return
    try:
        refuse_accidents(parse(["mailbox-guid", "x", *shlex.split(query)], NOW))
    except QueryError as exc:
        raise AssertionError(f"doveadm refuses {query}") from exc
