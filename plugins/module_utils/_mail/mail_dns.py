# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what DNS says about a domain's mail: shared by dkim, spf, email_auth_info and others.

WHM asks live DNS for this, with timers of three seconds, so few domains travel in one request. Each domain is a call of its
own: one that the caller may not ask about would make the server refuse a whole list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Union

from ansible_collections.whm.mail.plugins.module_utils._mail.names import normal_domain
from ansible_collections.whm.mail.plugins.module_utils._mail.rsa import SHORTEST, record_bits
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Verdict
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, to_int, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer, clean_reason
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError
from ansible_collections.whm.mail.plugins.module_utils._whm.isolate import read_alike

#: Most domains in one request that asks live DNS.
DNS_BATCH = 10

DKIM_PREFIX = "default._domainkey."

#: What a validate_current_* function says about one domain.
Rows = Union[list[dict[str, Any]], WhmError]

#: WHM's words for a verdict, which differ from function to function, to ours.
VALIDITY = {
    "VALID": "valid",
    "MISSING": "missing",
    "MISSING_PTR": "missing",
    "MISMATCH": "mismatch",
    "MISMATCHED": "mismatch",
    "INVALID": "mismatch",
    "PTR_MISMATCH": "mismatch",
    "HELO_MISMATCH": "helo_mismatch",
    "IP_IS_PRIVATE": "private_address",
    "MULTIPLE": "multiple",
    "MALFORMED": "malformed",
    "NOPUB": "no_key",
    "DKIM_ERROR": "dkim_error",
    "SPF_ERROR": "spf_error",
    "DKIM_SPF_ERROR": "dkim_spf_error",
    "ERROR": "error",
    "DNS_ERROR": "error",
}


def validate(client: Client, function: str, domains: Sequence[str], *alike: type[WhmError]) -> dict[str, Rows]:
    """What a validate_current_* function says about each domain: its rows, several where it judges each address.

    :param alike: errors that, when the server gave one to many domains at once, are that of each; others are raised.
    :returns: domain to rows, in the order given; an error where the server refused the domain.
    """
    outcomes = read_alike(client, [Call(function, {"domain": domain}) for domain in domains], alike, DNS_BATCH)
    return rows_about(function, dict(zip(domains, outcomes)))


def rows_about(function: str, said: Mapping[str, Answer | WhmError]) -> dict[str, Rows]:
    """What answers say about each of the domains that they were asked about.

    :param said: domain to the answer, which many domains may share: each is walked through once.
    """
    indices: dict[int, dict[str, list[dict[str, Any]]]] = {}
    return {domain: _rows_about(function, domain, outcome, indices) for domain, outcome in said.items()}


def _rows_about(
    function: str, domain: str, outcome: Answer | WhmError, indices: dict[int, dict[str, list[dict[str, Any]]]]
) -> Rows:
    if isinstance(outcome, WhmError):
        return outcome
    if id(outcome) not in indices:
        index = indices.setdefault(id(outcome), {})
        for row in outcome.records("payload"):
            index.setdefault(normal_domain(row.get("domain", "")).removeprefix(DKIM_PREFIX), []).append(row)
    rows = indices[id(outcome)].get(domain, [])
    return rows or UnexpectedAnswer(f"the answer says nothing about {domain}", function)


def answered(domain: str, rows: Rows, function: str) -> dict[str, Any] | WhmError:
    """The first row that tells something; an error when DNS could not be asked at all, or the row cannot be read."""
    if isinstance(rows, WhmError):
        return rows
    found = next((row for row in rows if validity(row) != "error"), None)
    if found is None:
        text = "DNS could not be asked about {} ({})".format(domain, lookup_error(rows[0]) or "no reason given")
        return UnexpectedAnswer(text, function)
    if not _holds_together(found):
        return UnexpectedAnswer(f"the answer about {domain} does not tell which records there are", function)
    return found


def _holds_together(row: Mapping[str, Any]) -> bool:
    """Whether the records of a row can be read, and are there where the verdict speaks of some."""
    records = row.get("records")
    if records not in (None, "") and not isinstance(records, list):
        return False
    texts = [record.get("current") if isinstance(record, dict) else None for record in as_list(records)]
    readable = all(isinstance(text, str) for text in texts)
    return readable and (bool(texts) or validity(row) in ("valid", "missing", "no_key"))


def validity(row: Mapping[str, Any]) -> str:
    """Our word for a row's state; an unknown word of a newer server in lower case."""
    state = row.get("state")
    return VALIDITY.get(state, state.lower()) if state and isinstance(state, str) else "error"


def worst(rows: Iterable[Mapping[str, Any]]) -> str:
    """The verdict on a domain that is judged for each of its addresses: the first that finds fault."""
    found = [validity(row) for row in rows]
    return next((each for each in found if each != "valid"), "valid")


def dkim_validity(row: Mapping[str, Any]) -> str:
    """The verdict on a DKIM record. The server finds a key valid that receivers refuse for its size; here that is ``weak_key``."""
    verdict = validity(row)
    bits = record_bits(str(row.get("expected") or ""))
    return "weak_key" if verdict == "valid" and bits is not None and bits < SHORTEST else verdict


def published(row: Mapping[str, Any]) -> list[str]:
    """The TXT values that DNS shows."""
    records = row.get("records")
    found = (
        [record.get("current") for record in records if isinstance(record, dict)] if isinstance(records, list) else []
    )
    return [str(text) for text in found if text]


def lookup_error(row: Mapping[str, Any]) -> str | None:
    """Why DNS could not be asked, if that is what the row says."""
    text = to_text(row.get("error"))
    return clean_reason(text) if text else None


def refused_domain(answer: Answer) -> Verdict:
    """What a function that answers domain by domain says of the only domain it was asked about.

    Outside it always says 1. Inside, failure is a status of 0, ``[FAIL:…]``, or ``missing zone`` with any status.
    """
    rows = answer.records("payload")
    if not rows:
        return Verdict(unclear="the answer says nothing about the domain")
    message = clean_reason(rows[0].get("msg"))
    status = to_int(rows[0].get("status"))
    if "missing zone" in message:
        return Verdict(refused="this server does not hold the domain's zone (missing zone)")
    if status == 0 or "[FAIL:" in message:
        return Verdict(refused=message)
    return Verdict(unclear="" if status == 1 else f"its status is neither 1 nor 0; it says: {message}")
