# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The engine in memory against a real Dovecot: the same WHM calls to two servers, equal answers and equal mail afterwards."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.whm.mail.tests.engines.conftest import LONG, Tally
from ansible_collections.whm.mail.tests.engines.generated_mail import Query, cases
from ansible_collections.whm.mail.tests.simulator import Box
from ansible_collections.whm.mail.tests.simulator.dovecot_engine import DovecotEngine
from ansible_collections.whm.mail.tests.simulator.dovecot_maildir import directory
from ansible_collections.whm.mail.tests.simulator.dovecot_server import Dovecot
from ansible_collections.whm.mail.tests.simulator.mail_engine import messages_of
from hypothesis import HealthCheck, Phase, given, settings

QUERIES = 4  # on each generated mailbox
PAIRS = 2000 if LONG else 240  # all of them different
OWN = [{"saved": 1_600_000_000, "subject": "hello"}, {"saved": 1_600_000_000, "flags": ["seen"]}]


class Pair:
    """Two servers with the same mail, one in memory, one with Dovecot."""

    def __init__(self, dovecot: Dovecot) -> None:
        data = {"quirks": {"mailbox_strings": False}}
        self.memory, self.real = Box("memory", data, time.time), Box("real", data, time.time)
        self.real.engine = DovecotEngine(dovecot)
        self.real.begin()
        self.number = 0
        self.counted: Counter[str] = Counter()
        self.seen: set[str] = set()

    def fill(self, folders: dict[str, Any]) -> str:
        """A new account with an address that has these folders; the domain of both."""
        self.number += 1
        domain = f"d{self.number}.example"
        boxes = {
            "_mainaccount": {"folders": {"INBOX": {"mail": OWN}}},
            "info": {"folders": {name: {"mail": mail} for name, mail in folders.items()}},
        }
        for box in (self.memory, self.real):
            box.patch({"accounts": {f"u{self.number}": {"domain": domain, "mailboxes": boxes}}})
        return domain

    def ask(self, function: str, **params: str) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.memory.call(function, **params), self.real.call(function, **params)

    def compare_status(self, account: str, as_list: bool) -> Iterator[str]:
        """GUIDs differ, but not in form."""
        if as_list:
            rows = [answer["data"]["mailboxes"] for answer in self.ask("get_mailbox_status_list", account=account)]
            answers = [{row.pop("mailbox"): row for row in listed} for listed in rows]
        else:
            answers = [answer["data"] for answer in self.ask("get_mailbox_status", account=account)]
        for found in answers:
            guids = [facts.pop("guid") for facts in found.values()]
            if len(set(guids)) < len(guids) or not all(re.fullmatch("[0-9a-f]{32}", guid) for guid in guids):
                yield f"GUIDs of {account}: {guids}"
        if answers[0] != answers[1]:
            yield f"status of {account}: {answers[0]} / {answers[1]}"

    def expunge(self, domain: str, query: Query) -> tuple[dict[str, Any], dict[str, Any]]:
        account = f"_mainaccount@{domain}" if query.whole_account else f"info@{domain}"
        if not query.by_guid:
            return self.ask("expunge_mailbox_messages", account=account, mailbox=query.place, query=query.text)
        answers = []
        for box in (self.memory, self.real):
            found = box.call("get_mailbox_status", account=account)["data"]
            guid = found[query.place]["guid"] if query.place in found else query.place
            params = {"account": account, "mailbox_guid": guid, "query": query.text}
            answers.append(box.call("expunge_messages_for_mailbox_guid", **params))
        return answers[0], answers[1]

    def left(self, domain: str, whole_account: bool) -> dict[str, tuple[list[int], list[int]]]:
        """The numbers of the messages that are left in each mailbox: in memory, and as files on disk."""
        account = self.memory.state.accounts[self.memory.state.domains[domain]]
        found = {}
        for user, box in ((f"info@{domain}", account.mailboxes[f"info@{domain}"]), (account.user, account.main)):
            if user == account.user and not whole_account:
                continue  # nobody asked for it, so it is not on disk
            root = self.real.engine.root(user)
            for name, folder in box.folders.items():
                files = [re.search(r"\.M(\d+)P", file.name) for file in (directory(root, name) / "cur").iterdir()]
                numbers = sorted(int(match.group(1)) for match in files if match)
                found[f"{user} {name}"] = ([message.uid for message in messages_of(folder)], numbers)
        return found


@pytest.fixture(scope="session")
def pair(dovecot: Dovecot, tally: Tally) -> Iterator[Pair]:
    both = Pair(dovecot)
    yield both
    both.real.engine.end()


def outcome(answer: dict[str, Any]) -> tuple[Any, ...]:
    """What both must agree on. Of an error its whole text, but for names that cannot be: these only fail in the same place."""
    reason = re.sub(r"(doveadm\()[^)]*\)", r"\1USER)", answer["metadata"]["reason"])
    reason = re.sub(r"(Syncing mailbox) .* failed: Invalid mailbox name.*", r"\1: invalid name", reason)
    return answer["metadata"]["result"], reason, answer.get("data")


def differences(pair: Pair, folders: dict[str, Any], query: Query) -> Iterator[str]:
    """Ask both, compare everything, and count how it ended."""
    domain = pair.fill(folders)
    account = f"u{pair.number}" if query.whole_account else f"info@{domain}"
    if pair.number % QUERIES == 0:
        yield from pair.compare_status(account, as_list=False)
    memory, real = (outcome(answer) for answer in pair.expunge(domain, query))
    if memory != real:
        yield f"answers: {memory} / {real}"
    total = sum(len(mail) for mail in folders.values()) + len(OWN) * query.whole_account
    left = pair.left(domain, query.whole_account)
    for name, numbers in left.items():
        for number in sorted(set(numbers[0]) ^ set(numbers[1])):
            seed = folders[name.partition(" ")[2]][number - 1] if name.startswith("info@") else OWN[number - 1]
            yield f"in {name} only one of them expunged {seed}, {'Dovecot' if number in numbers[0] else 'memory'}"
    yield from pair.compare_status(account, as_list=True)
    gone = total - sum(len(numbers[1]) for numbers in left.values())
    pair.counted["refused" if not real[0] else "none" if not gone else "some"] += 1


# Nothing is made smaller: what differs is told with its query and message, and the search goes on.
@settings(
    max_examples=PAIRS,
    deadline=None,
    derandomize=not LONG,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(cases(QUERIES))
def compare(pair: Pair, found: list[str], case: tuple[dict[str, Any], list[Query]]) -> None:
    folders, queries = case
    for query in queries:
        key = repr((folders, query))
        if key in pair.seen or len(pair.seen) >= PAIRS:
            continue
        pair.seen.add(key)
        found += [f"{query}: {text}" for text in differences(pair, folders, query)]


def test_generated_queries_on_generated_mailboxes(pair: Pair, tally: Tally) -> None:
    found: list[str] = []
    compare(pair, found)
    count = sum(pair.counted.values())
    tally.lines.append(
        f"Dovecot: {count} mailbox/query pairs, {len(found)} disagreements ({pair.counted['some']} expunged messages, "
        f"{pair.counted['none']} none, {pair.counted['refused']} were refused)"
    )
    assert not found, "\n".join(found[:50])
    assert count == PAIRS
    assert min(pair.counted.values()) > count / 20, "all three outcomes must be common"
