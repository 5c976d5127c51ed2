# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The subsets of mail_facts: what each asks, and its facts in the form in which the info modules return them."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._mail import domains, services, tokens
from ansible_collections.whm.mail.plugins.module_utils._mail.accounts import (
    WANT,
    Listed,
    account_items,
    listed,
    listing,
    warn_of_unnamed,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.delivery_stats import (
    SERVER,
    account_listing,
    account_rows,
    by_name,
    server_total,
    stats_window,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.exim import SYNTAX, judge_installed
from ansible_collections.whm.mail.plugins.module_utils._mail.forwards import (
    forward_call,
    forward_items,
    forward_state,
    users_of,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import (
    Facts,
    Params,
    Subset,
    answered,
    some,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.greylisting import SUBSET as GREYLISTING
from ansible_collections.whm.mail.plugins.module_utils._mail.incoming_blocks import SUBSET as BLOCKS
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns import Rows, rows_about
from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns_checks import FUNCTIONS
from ansible_collections.whm.mail.plugins.module_utils._mail.mailboxes import (
    Address,
    Entry,
    own_addresses,
    read_mailboxes,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_domains, absent_users
from ansible_collections.whm.mail.plugins.module_utils._mail.queue import QUEUE, queue_of, summarise
from ansible_collections.whm.mail.plugins.module_utils._mail.recipients import PER_ACCOUNT, count_window, counts_of
from ansible_collections.whm.mail.plugins.module_utils._mail.server import CALLS, PRIVILEGES, privileges_of, server_item
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome, slices
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_text, unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    Refused,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.isolate import read_each, read_lists

#: Most domains in one request. It asks live DNS about each, four times; more would keep one request waiting for too many.
DOMAINS = 100

#: The check that servers before version 124 do not know: without it the others are still facts.
NEW = "dmarc"

_ROOT = "root"


def _listaccts(params: Params) -> list[Call]:
    return [listing(WANT)]


def _first_accounts(params: Params) -> list[Call]:
    return [listing(WANT), PRIVILEGES]


def _accounts(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    """The accounts, and whether these are all: a reseller is shown its own, so that one that is missing may exist."""
    items = account_items(client, dict(sorted(_known(client, outcomes[0]).items())))
    granted = None if isinstance(outcomes[1], WhmError) else privileges_of(outcomes[1])
    return {"accounts": items, "all_accounts": granted.get("all", False) if granted else None}


def _known(client: Client, outcome: Outcome) -> Listed:
    """The accounts; a warning tells of those without a name."""
    found = listed(answered(outcome))
    warn_of_unnamed(client, found)
    return found


def _first_forwards(params: Params) -> list[Call]:
    """root's own and those asked for by name go ahead: the accounts alone often fill their batches to the last place."""
    return [Call("list_users"), *(forward_call(user) for user in _by_name(params))]


def _by_name(params: Params) -> list[str]:
    """list_users tells of root and the accounts; of other users of the system, such as nobody, only who asks by name."""
    return unique([_ROOT, *params["forward_users"]])


def _forwards(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    users = users_of(answered(outcomes[0]))
    found = dict(zip(_by_name(params), outcomes[1:]))
    others = [user for user in users if user not in found]
    found.update(zip(others, read_each(client, [forward_call(user) for user in others])))
    wanted = sorted({*users, *params["forward_users"]})
    states = {user: forward_state(found[user]) for user in wanted}
    refused = [user for user in params["forward_users"] if isinstance(states[user], Refused)]
    return {"forwards": some(_marked(forward_items(states), "user", _absent(client, absent_users, refused)))}


def _absent(client: Client, find: Callable[[Client, Sequence[str], bool], set[str]], names: Sequence[str]) -> set[str]:
    """Those of the names that the server certainly does not have; none where it does not say."""
    try:
        return find(client, names, False) if names else set()
    except (Refused, UnexpectedAnswer):
        client.confirm()  # where the login itself is in doubt
        return set()


def _marked(items: list[dict[str, Any]], key: str, absent: set[str]) -> list[dict[str, Any]]:
    return [{**item, "missing": True} if item[key] in absent else item for item in items]


def _mailboxes(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    accounts = sorted(_known(client, outcomes[0]).items())
    pops = read_each(client, [Call("list_pops_for", {"user": user}) for user, _record in accounts])
    entries: list[Entry] = []
    for (user, record), outcome in zip(accounts, pops):
        found: list[Address] | WhmError = (
            outcome if isinstance(outcome, WhmError) else own_addresses(user, to_text(record.get("domain")), outcome)
        )
        entries += [{"user": user, "address": None, "error": found}] if isinstance(found, WhmError) else found
    contents = read_mailboxes(client, entries)
    return {"mailboxes": contents["mailboxes"], "addresses": some(contents["addresses"])}


def _ask_domains(params: Params) -> list[Call]:
    return [listing(WANT), Call(domains.INFO)]


def _auth(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    own = _own_domains(client, outcomes)
    names = unique([*own, *params["domains"]])
    found = _validated(client, names)
    for name in list(found):
        refusal = next((rows for rows in found[name].values() if isinstance(rows, Unsupported)), None)
        if refusal and name != NEW:
            raise refusal
        if refusal:
            client.warn(f"{name.upper()} was not checked: {refusal.explanation}")
            del found[name]
    items = domains.domain_items(client, names, found)
    if items and not any(item[name] for item in items for name in FUNCTIONS):
        raise items[0]["error"]
    named = [domain for domain in names if domain not in own]
    return {"auth": _marked(items, "domain", _absent(client, absent_domains, named))}


def _own_domains(client: Client, outcomes: list[Outcome]) -> list[str]:
    """The main domains of the accounts, then their others; without these where the server does not tell them."""
    records = sorted(_known(client, outcomes[0]).items())
    mains = [(to_text(record.get("domain")) or "").lower() for _user, record in records]
    if isinstance(outcomes[1], WhmError):
        client.warn(f"Only main domains of accounts were checked: {outcomes[1].explanation}")
        others = []
    else:
        others = [row["domain"] for row in domains.domain_rows(outcomes[1])]
    return unique([domain for domain in [*mains, *others] if domain])


def _validated(client: Client, names: Sequence[str]) -> dict[str, dict[str, Rows]]:
    """Check to what was said about each domain. One call a check for many domains."""
    found: dict[str, dict[str, Rows]] = {name: {} for name in FUNCTIONS}
    questions = [(name, part) for part in slices(names, DOMAINS) for name in FUNCTIONS]
    calls = [Call(FUNCTIONS[name], {"domain": list(part)}) for name, part in questions]
    for (name, _part), said in zip(questions, read_lists(client, calls, "domain", len(FUNCTIONS))):
        found[name].update(rows_about(FUNCTIONS[name], said))
    return found


def _fetch_queue(params: Params) -> list[Call]:
    return [Call(QUEUE)]


def _queue(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    messages = queue_of(client, answered(outcomes[0]), time.time())
    return {"queue": {"messages": messages, "summary": summarise(messages, messages)}}


def _first_stats(params: Params) -> list[Call]:
    times = stats_window(params["window"])
    return [Call(SERVER, times), account_listing(times).call()]


def _stats(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    total = server_total(client, answered(outcomes[0]))
    accounts = account_listing(stats_window(params["window"]))
    accounts.take(answered(outcomes[1]))
    while not accounts.done:
        accounts.take(answered(read_each(client, [accounts.call()])[0]))
    rows = by_name(account_rows(client, [accounts]))
    # sums over all accounts are made of these: one that is missing would make them too small without a word
    unread = next((row["error"] for row in rows if "error" in row), None)
    if unread:
        raise unread
    return {"stats": {"server": total, "accounts": rows, "truncated": accounts.overflowed}}


def _count_recipients(params: Params) -> list[Call]:
    return [Call(PER_ACCOUNT, count_window(params["window"]))]


def _recipients(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    return {"recipients": counts_of(answered(outcomes[0]))}


def _check_syntax(params: Params) -> list[Call]:
    return [Call(SYNTAX)]


def _exim(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    verdict = judge_installed(client, outcomes[0])
    return {"exim": {"valid": verdict["valid"], "message": verdict["message"]}}


def _ask_server(params: Params) -> list[Call]:
    return CALLS


def _server(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    errors = [outcome for outcome in outcomes if isinstance(outcome, WhmError)]
    if len(errors) == len(outcomes):
        raise errors[0]
    return {"server": server_item(client, outcomes)}


#: By name. What takes the server long comes last.
SUBSETS = {
    "server": Subset(_ask_server, _server),
    "accounts": Subset(_first_accounts, _accounts),
    "forwards": Subset(_first_forwards, _forwards),
    "queue": Subset(_fetch_queue, _queue),
    "stats": Subset(_first_stats, _stats),
    "recipients": Subset(_count_recipients, _recipients),
    "blocks": BLOCKS,
    "greylisting": GREYLISTING,
    "mailboxes": Subset(_listaccts, _mailboxes),
    "auth": Subset(_ask_domains, _auth, slow=True),
    "services": services.SUBSET,
    "tokens": tokens.SUBSET,
    "domains": domains.SUBSET,
    "exim": Subset(_check_syntax, _exim, slow=True),
}
