# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Four answers of the server about a domain's mail in one shape, and in words what to do about them. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import (
    DKIM_PREFIX,
    Rows,
    dkim_validity,
    lookup_error,
    published,
    validity,
    worst,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import normal_domain
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, to_text, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError

#: What is known of the DNS of a domain where the server does not tell.
UNTOLD: Mapping[str, Any] = {"local_authority": None, "nameservers": []}

Row = Mapping[str, Any]
Check = dict[str, Any]

#: Check to the function that answers it.
FUNCTIONS = {
    "dkim": "validate_current_dkims",
    "spf": "validate_current_spfs",
    "ptr": "validate_current_ptrs",
    "dmarc": "validate_current_dmarcs",
}

_UNASKED = "DNS could not be asked about {where}{because}; check its name servers."
_OTHER = "the server says {validity} about {where}{because}."
_RELIES = "the record at {name} is good, but what it relies on is not; put %s right first{because}."

# What is wrong and what to do, by check and validity.
_SENTENCES = {
    ("dkim", "no_key"): "the server has no key for {domain}; whm.mail.dkim makes one and publishes its record.",
    ("dkim", "weak_key"): "the key of {domain} is so short that receivers refuse it; whm.mail.dkim replaces it.",
    ("dkim", "missing"): "there is no record at {name}; publish there the TXT record {expected}",
    ("dkim", "mismatch"): "the record at {name} does not belong to the server's key, so signatures fail; publish there "
    "instead the TXT record {expected}",
    ("dkim", "multiple"): "there are {count} records at {name}, and receivers may take the wrong one; leave only {expected}",
    ("dkim", "malformed"): "the record at {name} cannot be read; publish there instead the TXT record {expected}",
    ("spf", "missing"): "{domain} has no SPF record; publish at {domain} a TXT record that names its senders, such as "
    "v=spf1 {expected} ~all",
    ("spf", "mismatch"): "the record of {domain} does not allow {where} to send; add {expected} to it, before all.",
    ("spf", "multiple"): "{domain} has {count} SPF records, and receivers then ignore all of them; publish one that names "
    "all senders.",
    ("spf", "malformed"): "the record of {domain} cannot be read; correct it.",
    ("ptr", "missing"): "{where} has no PTR record; whoever provides the address has to publish {expected} at {name}.",
    ("ptr", "mismatch"): "the PTR record of {where} says {records}, which does not lead back to {where}; publish an address "
    "record for that name, or have the PTR record say {expected}.",
    ("ptr", "helo_mismatch"): "the PTR record of {where} says {records}, but the server greets as {expected}; make them the same.",
    ("ptr", "private_address"): "{where} is a private address; check the PTR record of the public address behind which it is.",
    ("dmarc", "missing"): "there is no record at {name}; publish there a TXT record such as {expected}",
    ("dmarc", "multiple"): "there are {count} records at {name}, and receivers then ignore all of them; leave only one.",
    ("dmarc", "malformed"): "the record at {name} cannot be read; publish there instead a TXT record such as {expected}",
    ("dmarc", "dkim_error"): _RELIES % "DKIM",
    ("dmarc", "spf_error"): _RELIES % "SPF",
    ("dmarc", "dkim_spf_error"): _RELIES % "DKIM and SPF",
}  # fmt: skip

# What `expected` is called where the server does not say it.
_UNSAID = {
    "dkim": "of the server's key",
    "spf": "a term for it",
    "ptr": "the name by which it greets",
    "dmarc": "v=DMARC1; p=none;",
}


#: How a sentence tells that nothing on this server mends it.
ELSEWHERE = "Its DNS is served elsewhere"

_IN_DNS_OF_DOMAIN = ("dkim", "spf", "dmarc")  # PTR is in the DNS of the address


def domain_item(
    domain: str, answers: Mapping[str, Mapping[str, Rows]], authority: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """A domain as it stands in results; ``error`` is the first WhmError, if the server refused a check of it.

    :param answers: check to what was said about each domain; a check that was not made is not among them.
    :param authority: ``{local_authority, nameservers}``, where the server told it.
    """
    authority = authority or UNTOLD
    checks: dict[str, Any] = dict.fromkeys(FUNCTIONS)
    errors = []
    for name, found in answers.items():
        rows = found[domain]
        if isinstance(rows, WhmError):
            errors.append(rows)
        else:
            checks[name] = checked(name, domain, rows)
    row = {"domain": domain, **checks, **authority, "problems": problems(domain, checks, elsewhere(authority))}
    return {**row, "error": errors[0]} if errors else row


def is_faulty(item: Mapping[str, Any]) -> bool:
    """Whether something in the DNS of the domain itself is wrong."""
    verdicts = [
        part["validity"]
        for check in (item[name] for name in _IN_DNS_OF_DOMAIN)
        for part in (check.get("addresses") or [check] if check else [])
    ]
    return any(verdict not in ("valid", "error") for verdict in verdicts)


def elsewhere(authority: Mapping[str, Any]) -> str:
    """A sentence where this server is not authoritative for a domain; else an empty text."""
    if authority.get("local_authority") is not False:
        return ""
    names = ", ".join(authority.get("nameservers") or [])
    return f"{ELSEWHERE}{f' ({names})' if names else ''}: publish it there."


def checks_of(facts: Mapping[str, Any], domains: Iterable[str], name: str) -> dict[str, Check | WhmError]:
    """A check of these domains from facts; an error for one of which it tells nothing.

    :param name: one of FUNCTIONS.
    """
    rows = {normal_domain(row["domain"]): row for row in facts["auth"]}
    return {domain: _of_facts(domain, rows.get(domain) or {}, name) for domain in domains}


def _of_facts(domain: str, row: Mapping[str, Any], name: str) -> Check | WhmError:
    check: Check | None = row.get(name)
    if check is None:
        reason = (row.get("error") or {}).get("reason") or "it was not asked about"
        return UnexpectedAnswer(f"{name.upper()} of {domain} is not known ({reason})", FUNCTIONS[name])
    return told(domain, check, name)


def told(domain: str, check: Check, name: str) -> Check | WhmError:
    """The check; an error where DNS could not be asked, or where it does not tell which records there are."""
    unasked = all(part["validity"] == "error" for part in check.get("addresses") or [check])
    if unasked and not (check["records"] and name != "dkim"):
        reason = check["error"] or "no reason given"
        return UnexpectedAnswer(f"DNS could not be asked about {domain} ({reason})", FUNCTIONS[name])
    if name == "dmarc" and (check["validity"] == "missing") is bool(check["records"]):
        return UnexpectedAnswer(f"the answer about {domain} does not tell which records there are", FUNCTIONS[name])
    return check


def checked(check: str, domain: str, rows: Sequence[Row]) -> Check:
    """The rows of a function about one domain: ``{validity, name, records, expected, error}``.

    ``spf`` and ``ptr`` also have ``addresses``, the same for each address from which the server sends.

    :param check: one of FUNCTIONS.
    :param rows: at least one.
    """
    if check == "dmarc":
        return _dmarc(domain, rows)
    parts = [_READERS[check](domain, row) for row in rows]
    if check == "dkim":
        return parts[0]
    addresses = [{"ip_address": _address(row), **part} for row, part in zip(rows, parts)]
    return _of_addresses(sorted(addresses, key=_place))


def _part(row: Row, name: str | None, records: list[str], expected: Any) -> Check:
    return {
        "validity": validity(row),
        "name": name,
        "records": records,
        "expected": to_text(expected),
        "error": lookup_error(row),
    }


def _dkim(domain: str, row: Row) -> Check:
    found = _part(row, DKIM_PREFIX + domain, published(row), row.get("expected"))
    return {**found, "validity": dkim_validity(row)}


def _spf(domain: str, row: Row) -> Check:
    return _part(row, domain, published(row), row.get("expected"))


def _ptr(domain: str, row: Row) -> Check:
    found = [record.get("domain") for record in as_list(row.get("ptr_records")) if isinstance(record, dict)]
    return _part(row, to_text(row.get("arpa_domain")), [str(name) for name in found if name], row.get("helo"))


_READERS: dict[str, Callable[[str, Row], Check]] = {"dkim": _dkim, "spf": _spf, "ptr": _ptr}


def _dmarc(domain: str, rows: Sequence[Row]) -> Check:
    """Several records are one verdict, whether the server says so or gives a row for each."""
    asked = [row for row in rows if validity(row) != "error"] or rows[:1]
    records = [text for text in (to_text(row.get("record")) for row in asked) if text]
    part = _part(asked[0], f"_dmarc.{domain}", records, asked[0].get("suggested"))
    return {**part, "validity": "multiple" if len(records) > 1 else worst(asked)}


def _of_addresses(addresses: list[Check]) -> Check:
    """As good as the first address that is not; what all addresses together have and want."""
    first = next((part for part in addresses if part["validity"] != "valid"), addresses[0])
    names = unique([part["name"] for part in addresses])
    expected = unique([part["expected"] for part in addresses if part["expected"]])
    return {
        "validity": first["validity"],
        "name": names[0] if len(names) == 1 else None,
        # the same SPF records come back for every address, and a domain may have one text twice
        "records": first["records"] if len(names) == 1 else unique([text for part in addresses for text in part["records"]]),
        "expected": " ".join(expected) or None,
        "error": first["error"],
        "addresses": addresses,
    }  # fmt: skip


def _address(row: Row) -> str | None:
    """An address in its usual form; the server writes IPv6 at length."""
    text = to_text(row.get("ip_address"))
    try:
        return str(ipaddress.ip_address(text)) if text else None
    except ValueError:
        return text


def _place(part: Check) -> tuple[int, int, str]:
    """The order of addresses must not depend on the server's, which is arbitrary."""
    text = part["ip_address"] or ""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return 9, 0, text
    return address.version, int(address), text


def problems(domain: str, checks: Mapping[str, Check | None], where: str = "") -> list[str]:
    """What is wrong with a domain and what to do about it, a sentence each; none when all is well.

    :param checks: check to its result, None where it was not made.
    :param where: what :func:`elsewhere` says.
    """
    texts = [
        f"{text.rstrip('.')}. {where}"
        if where and name in _IN_DNS_OF_DOMAIN and "could not be asked" not in text
        else text
        for name, check in checks.items()
        if check
        for text in _sentences(name, domain, check)
    ]
    return unique(texts)


def _sentences(name: str, domain: str, check: Check) -> Iterator[str]:
    for part in check.get("addresses") or [check]:
        if part["validity"] != "valid":
            template = _SENTENCES.get((name, part["validity"]), _UNASKED if part["validity"] == "error" else _OTHER)
            # what concerns the record and not one address is said once, for all addresses
            whole = name == "spf" and part["validity"] in ("missing", "error")
            yield f"{name.upper()}: " + template.format(**_facts(name, domain, check if whole else part))


def _facts(name: str, domain: str, part: Check) -> dict[str, Any]:
    return {
        "domain": domain,
        "validity": part["validity"],
        "name": part["name"] or "its reverse name",
        "where": part.get("ip_address") or part["name"] or domain,
        "records": ", ".join(part["records"]) or "another name",
        "count": len(part["records"]),
        "expected": part["expected"] or _UNSAID[name],
        "because": " ({})".format(part["error"].rstrip(".")) if part["error"] else "",
    }
