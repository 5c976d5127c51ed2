# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a receiver of mail makes of it: dkimpy and pyspf, which ask a Knot of the tests' own by their own code, through dnspython."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import NamedTuple, Self

import dkim
import dmarc
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import spf
from ansible_collections.whm.mail.tests.knot import Knot, Names

SENDER = "sender"
HEADERS = b"From: Sender <sender@%s>\r\nTo: x@out.example\r\nSubject: hello\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\n"
TEXT = b"\r\nIs this from you?\r\n"


class Verdict(NamedTuple):
    """Of pyspf. `text`: what a refused sender is told."""

    result: str
    text: str


class Receiver:
    """A context manager; within it all of dnspython asks this Knot."""

    def __init__(self, knot: Knot) -> None:
        self.knot = knot
        self._before = dns.resolver.default_resolver

    def __enter__(self) -> Self:
        self._before, dns.resolver.default_resolver = dns.resolver.default_resolver, self.knot.resolver()
        return self

    def __exit__(self, *_problem: object) -> None:
        dns.resolver.default_resolver = self._before

    def publish(self, names: Names, broken: Collection[str] = ()) -> None:
        """From now on DNS holds this and nothing else."""
        self.knot.publish(names, broken)
        dns.resolver.default_resolver = self.knot.resolver()  # which remembers nothing

    def publish_again(self, names: Names, changed: str) -> None:
        """The same, when only TXT records of one name are others: the rest is remembered."""
        remembered = dns.resolver.get_default_resolver().cache
        self.knot.publish(names)
        remembered.flush((dns.name.from_text(changed), dns.rdatatype.TXT, dns.rdataclass.IN))

    def spf(self, domain: str, address: str, record: str | None = None) -> Verdict:
        """Mail of the domain that comes from this address. `record`: in place of the one that DNS has."""
        query = spf.query(i=address, s=f"{SENDER}@{domain}", h=f"mail.{domain}", receiver="mx.out.example", timeout=10)
        query.set_default_explanation("")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # pyspf calls dns.resolver.query
            result, _code, text = query.check(record)
        return Verdict(result, text if result == "fail" else "")

    def dkim(self, message: bytes) -> bool:
        """Whether it is signed, and the signature is good."""
        return bool(dkim.verify(message))


def letter(domain: str) -> bytes:
    return HEADERS % domain.encode() + TEXT


def signed(message: bytes, domain: str, key: str) -> bytes:
    """The message as the server sends it. `key`: PEM."""
    head = [b"From", b"To", b"Subject", b"Date"]
    signature: bytes = dkim.sign(message, b"default", domain.encode(), key.encode(), include_headers=head)
    return signature + message


def parsed_dmarc(record: str) -> dict[str, object] | None:
    """What the package dmarc reads from a record, with what it takes for granted; None when it refuses it."""
    policy = dmarc.Policy("DMARC1", "example.com")
    try:
        policy.parse_record(record)
    except dmarc.Error:
        return None
    found = dict(vars(policy))
    for name in ("rua", "ruf"):  # which it leaves with the blanks around commas
        found[name] = [uri.strip() for uri in found[name]]
    return found
