# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Expunging, and the query language behind it (BEHAVIOUR E, doveadm-search-query(7))."""

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.tests.simulator.mail_engine import Expunged, messages_of

DAVE = "dave@dave.example.org"
# Of the six messages in dave's INBOX, oldest first.
QUERIES = [
    ("ALL", "123456"),
    ("all", "123456"),
    ("SEEN", "124"),
    ("unseen", "356"),
    ("FLAGGED", "4"),
    ("SEEN NOT FLAGGED", "12"),
    ("( SEEN OR ANSWERED )", "1246"),
    ("( SEEN OR ANSWERED ) NOT FLAGGED", "126"),
    ("( FLAGGED OR ( ANSWERED SINCE 1d ) )", "46"),
    ("NOT ( SEEN OR ANSWERED )", "35"),
    ("savedbefore 90d", "12"),
    ("SAVEDBEFORE 13w", "12"),
    ("savedsince 48hours", "56"),
    ("savedsince 2d", "56"),
    ('savedsince "2 days"', "56"),
    ("before 2d", "1234"),
    ("sentbefore 50d", "125"),
    ("sentsince 50d", "346"),
    ("before 1700000000", ""),
    ("savedbefore 2026-12-01", "12"),
    ("savedbefore 1-Dec-2026", "12"),
    ("savedbefore 0", ""),
    ("savedsince 0", "123456"),
    ("savedbefore 90", ""),
    ("LARGER 1M", "4"),
    ("larger 88k SMALLER 1M", "3"),
    ("SUBJECT offers", "23"),
    ('SUBJECT "weekly offers"', "23"),
    ("SUBJECT 'weekly offers'", "23"),
    ("FROM ann@example.net TO dave", "5"),
    ('HEADER X-Spam-Flag ""', "6"),
    ("HEADER X-Spam-Flag no", ""),
    ("TEXT late", "56"),
    ("1:2", "12"),
    ("5:*", "56"),
    ("UID 1,6", "16"),
]


def expunge(ask, query, mailbox="INBOX", account=DAVE, **options):
    return ask("expunge_mailbox_messages", {"account": account, "mailbox": mailbox, "query": query}, **options)


def inbox(server):
    return server.mailbox(DAVE).folders["INBOX"]


@pytest.mark.parametrize(("query", "expected"), QUERIES, ids=[row[0] for row in QUERIES])
def test_queries(ask, server, query, expected):
    before = list(messages_of(inbox(server)))
    body = expunge(ask, query)
    assert body["metadata"]["result"] == 1
    gone = [str(number) for number, message in enumerate(before, 1) if message not in messages_of(inbox(server))]
    assert "".join(gone) == expected
    assert inbox(server).messages == 6 - len(expected)
    assert inbox(server).vsize == sum(message.size for message in messages_of(inbox(server)))
    assert body["data"] == {}


REFUSED = [
    ("SEENN", "Unknown argument SEENN"),
    ("savedbefore", "Missing parameter for search key"),
    ("savedbefore soon", "Invalid search date parameter: soon"),
    ("savedbefore 9m9", "Invalid search date parameter: 9m9"),
    ("savedbefore 1-Dec-2026-", "Invalid search date parameter"),
    ("LARGER much", "Invalid size"),
    ("( SEEN", "Missing ')'"),
    ("SEEN )", "Unexpected ')'"),
    ("NOT", "Missing argument"),
    ("OR SEEN FLAGGED", "Use parenthesis when mixing ANDs and ORs"),
    ("( SEEN OR FLAGGED ANSWERED )", "Use parenthesis when mixing ANDs and ORs"),
    # One OR at the end makes alternatives of everything, the mailbox in front included.
    ("SEEN OR FLAGGED", "must contain MAILBOX in all search branches"),
    ('SUBJECT "open', "must contain something else besides MAILBOX"),
    ("MAILBOX INBOX", "must contain something else besides MAILBOX"),
]


@pytest.mark.parametrize(("query", "text"), REFUSED, ids=[row[0] for row in REFUSED])
def test_queries_that_doveadm_does_not_take(ask, server, query, text):
    body = expunge(ask, query)
    assert body["metadata"]["result"] == 0
    assert body["metadata"]["reason"].startswith("API failure: The \u201cdoveadm\u201d command failed: ")
    assert text in body["metadata"]["reason"]
    assert "data" not in body
    assert inbox(server).messages == 6


@pytest.mark.parametrize(
    ("mailbox", "left"),
    [
        ("INBOX.What*", {"INBOX": 6, "INBOX.Trash": 2, "INBOX.Empty": 0, "INBOX.What*": 0, "INBOX.Whatever": 0}),
        ("INBOX.?????", None),
        ("INBOX.%", {"INBOX": 6, "INBOX.Trash": 0, "INBOX.Empty": 0, "INBOX.What*": 0, "INBOX.Whatever": 0}),
        ("*", {"INBOX": 6, "INBOX.Trash": 2, "INBOX.Empty": 0, "INBOX.What*": 2, "INBOX.Whatever": 1}),
        ("INBOX.Nothing", None),
    ],
)
def test_wildcards_in_names_cannot_be_escaped(ask, server, mailbox, left):
    """None: there is no such mailbox, and that is an error."""
    before = {name: folder.messages for name, folder in server.mailbox(DAVE).folders.items()}
    metadata = expunge(ask, "ALL", mailbox)["metadata"]
    assert metadata["result"] == (left is not None)
    assert ("Mailbox doesn't exist" in metadata["reason"]) is (left is None)
    assert {name: folder.messages for name, folder in server.mailbox(DAVE).folders.items()} == (left or before)


def test_a_guid_means_one_mailbox(ask, server):
    folder = server.mailbox(DAVE).folders["INBOX.What*"]
    params = {"account": DAVE, "mailbox_guid": folder.guid, "query": "savedbefore 130h"}
    assert ask("expunge_messages_for_mailbox_guid", params)["data"] == {}
    assert folder.messages == 1
    assert server.mailbox(DAVE).folders["INBOX.Whatever"].messages == 1
    assert ask("expunge_messages_for_mailbox_guid", {**params, "mailbox_guid": "0" * 32})["data"] == {}


def test_the_own_mailbox_reaches_the_other_addresses(ask, server):
    expunge(ask, "ALL", "INBOX.*", "_mainaccount@dave.example.org")
    assert inbox(server).messages == 0
    assert server.accounts["dave"].main.folders["INBOX"].messages == 6, "no pattern reaches INBOX itself"


def test_numbers_become_messages_when_they_are_needed(ask, server):
    params = {"account": "info@alice.example.com", "mailbox": "INBOX", "query": "SEEN savedbefore 26w"}
    folder = server.mailbox("info@alice.example.com").folders["INBOX"]
    assert (folder.messages, folder.vsize) == (42, 90210)
    ask("expunge_mailbox_messages", params)
    assert 0 < folder.messages < 42
    left = folder.messages
    assert ask("expunge_mailbox_messages", params)["data"] == {}
    assert folder.messages == left


@pytest.mark.parametrize("name", ["account", "mailbox", "query"])
def test_parameters_are_needed(ask, name):
    params = {"account": DAVE, "mailbox": "INBOX", "query": "ALL"}
    assert (
        f"Provide the \u201c{name}\u201d"
        in ask("expunge_mailbox_messages", {k: v for k, v in params.items() if k != name})["metadata"]["reason"]
    )
    assert "may not be empty" in ask("expunge_mailbox_messages", {**params, name: ""})["metadata"]["reason"]


def test_whose_mail_it_is(ask, server):
    assert "has no owner" in expunge(ask, "ALL", caller="reseller1")["metadata"]["reason"]
    assert "has no owner" in expunge(ask, "ALL", account="x@nowhere.example")["metadata"]["reason"]
    assert inbox(server).messages == 6


def test_doveadm_may_complain_and_the_call_succeed(ask, server):
    server.quirks.add("doveadm_errors", users=["dave"])
    body = expunge(ask, "ALL")
    assert body["metadata"]["result"] == 1
    assert "Error" in body["data"]["errors"]
    assert inbox(server).messages == 3


def test_silent_and_late(ask, server):
    server.quirks.add("silent_noop")
    assert expunge(ask, "ALL")["data"] == {}
    assert inbox(server).messages == 6
    server.quirks.remove("silent_noop")
    server.quirks.add("late_effect", seconds=2)
    expunge(ask, "SEEN", now=1000.0)
    assert inbox(server).messages == 6
    ask("version", now=1003.0)
    assert inbox(server).messages == 3


def test_another_engine_answers_instead(ask, server):
    class Other:
        asked = None

        def expunge(self, mail, words, now):
            self.asked = (mail.user, sorted(mail.folders)[0], words)
            return Expunged("something\n", "doveadm: Warning: odd\n")

    server.engine = Other()
    assert expunge(ask, 'SUBJECT "two words"')["data"] == {
        "messages": "something\n",
        "errors": "doveadm: Warning: odd\n",
    }
    assert server.engine.asked == (DAVE, "INBOX", ["mailbox", "INBOX", "SUBJECT", "two words"])
    assert inbox(server).messages == 6
