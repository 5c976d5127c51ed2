# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every domain of every account, and whether this server is authoritative for its DNS."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import Facts, Params, Subset, answered
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import Rows
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns_checks import UNTOLD, domain_item, is_faulty
from ansible_collections.whm.mail.plugins.module_utils._mail.names import normal_domain
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome, slices
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import as_list, to_flag, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer, WhmError
from ansible_collections.whm.mail.plugins.module_utils._whm.isolate import read_lists

INFO = "get_domain_info"
AUTHORITY = "has_local_authority"

#: Most domains in one request: the server asks DNS about each.
_TOGETHER = 50


def domain_rows(answer: Answer) -> list[dict[str, Any]]:
    """``{domain, user, owner, type, parent}`` of each domain, by name.

    :raises UnexpectedAnswer: a row names no domain.
    """
    rows = []
    for record in answer.listing("domains"):
        domain = normal_domain(record.get("domain") or "")
        if not domain:
            raise UnexpectedAnswer("the answer has rows without domain", INFO)
        rows.append(
            {
                "domain": domain,
                "user": to_text(record.get("user")),
                "owner": to_text(record.get("user_owner")),
                "type": to_text(record.get("domain_type")),
                "parent": to_text(record.get("parent_domain")),
            }
        )
    return sorted(rows, key=lambda row: str(row["domain"]))


def authority_of(client: Client, domains: Sequence[str]) -> dict[str, dict[str, Any] | WhmError]:
    """``{local_authority, nameservers}`` of each domain; an error where the server refused it or could not ask DNS."""
    calls = [Call(AUTHORITY, {"domain": list(part)}) for part in slices(domains, _TOGETHER)]
    said: dict[str, Answer | WhmError] = {}
    for part in read_lists(client, calls, "domain", 1):
        said.update(part)
    rows: dict[int, Mapping[str, Mapping[str, Any]]] = {}
    found = {}
    for domain, outcome in said.items():
        if isinstance(outcome, Answer) and id(outcome) not in rows:
            rows[id(outcome)] = {normal_domain(row.get("domain") or ""): row for row in outcome.records("records")}
        found[domain] = outcome if isinstance(outcome, WhmError) else _authority(domain, rows[id(outcome)].get(domain))
    return found


def _authority(domain: str, row: Mapping[str, Any] | None) -> dict[str, Any] | WhmError:
    flag = to_flag(row.get("local_authority")) if row else None
    if row is None or flag is None:
        return UnexpectedAnswer(
            f"the answer does not tell whether this server is authoritative for {domain}", AUTHORITY
        )
    if to_text(row.get("error")):
        return UnexpectedAnswer(f"DNS could not be asked about {domain} ({row['error']})", AUTHORITY)
    names = [normal_domain(name) for name in as_list(row.get("nameservers")) if to_text(name)]
    return {"local_authority": flag, "nameservers": sorted(names)}


def domain_items(
    client: Client, domains: Sequence[str], answers: Mapping[str, Mapping[str, Rows]]
) -> list[dict[str, Any]]:
    """The domains as they stand in results. Of those with which something is wrong the server is asked whether it can be mended there.

    :param answers: check to what was said about each domain.
    """
    items = {domain: domain_item(domain, answers) for domain in domains}
    faulty = [domain for domain, item in items.items() if is_faulty(item)]
    for domain, told in authority_of(client, faulty).items():
        if not isinstance(told, WhmError):
            items[domain] = domain_item(domain, answers, told)
    return list(items.values())


def _first(params: Params) -> list[Call]:
    return [Call(INFO)]


def _finish(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    rows = domain_rows(answered(outcomes[0]))
    told = authority_of(client, [row["domain"] for row in rows])
    return {"domains": [{**row, **_shown(told[row["domain"]])} for row in rows]}


def _shown(told: Mapping[str, Any] | WhmError) -> Mapping[str, Any]:
    """That one domain cannot be asked about leaves what is known of it from the server itself."""
    return UNTOLD if isinstance(told, WhmError) else told


#: The subset of mail_facts.
SUBSET = Subset(_first, _finish, slow=True)
