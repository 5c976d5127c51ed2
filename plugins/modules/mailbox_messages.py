#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mailbox_messages
short_description: Expunge messages from mailboxes by query
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Expunges the messages that match a query of Dovecot from mailboxes (folders) of mail addresses. They are gone for good.
  - The mailboxes are looked up first, and each is then addressed by its GUID. So nothing outside of them is touched.
  - WHM does not say how many messages were expunged. The numbers in the result are read from the mailboxes before and after.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.missing
attributes:
  check_mode:
    support: partial
    details:
      - How many messages match cannot be known without expunging them. RV(mailboxes[].before) says how many there are, so no more can
        go, and RV(mailboxes[].after) is null.
      - A mailbox with messages in it is reported as changed, although perhaps none of them matches. An empty one is not.
  diff_mode:
    support: partial
    details:
      - The numbers of messages before and after. In check mode the number after is null.
  idempotent:
    support: partial
    details:
      - The query is sent every time, because the server does not say beforehand whether anything matches. RV(mailboxes[].changed) says
        whether the number of messages fell.
      - Mail that comes or goes while the task runs counts too. More messages after than before are no error, and may hide that
        some were expunged.
options:
  addresses:
    description:
      - Mail addresses. C(_mainaccount@example.com) is the own mailbox of the account with that domain.
      - An address that does not exist fails by itself, unless O(ignore_missing=true). The others are still processed.
    type: list
    elements: str
    required: true
    aliases: [address]
  mailboxes:
    description:
      - Names of mailboxes, for example V(INBOX) or V(INBOX.Trash), looked up at each of the addresses.
      - V(*) stands for any text, mailboxes below among it, and V(?) for one character. So V(*) alone is every mailbox of the
        address.
      - A name without wildcards that is missing at an address fails there, also with O(ignore_missing=true). A pattern may match nothing.
      - A name means the mailbox of exactly that name, as M(whm.mail.mailbox_info) returns it. Blanks, case and the way in which letters
        are composed count. Only V(INBOX), alone or before a dot, may be written in any case, where no mailbox is written so.
    type: list
    elements: str
    aliases: [mailbox]
  guids:
    description:
      - GUIDs of mailboxes, as M(whm.mail.mailbox_info) returns them, each at any of the addresses.
      - Needed for mailboxes with a V(*) or V(?) in their names.
    type: list
    elements: str
    aliases: [guid]
  query:
    description:
      - Which messages to expunge, in the words of doveadm-search-query(7), for example V(savedbefore 90d) or
        V(SEEN FROM newsletter@example.com).
      - Keys side by side must all match. Keys joined by C(OR) need parentheses with spaces, as in V(( SEEN OR FLAGGED \)).
      - Ages are C(weeks), C(days), C(hours), C(mins) or C(secs), or their first letters except C(m), which is refused because
        doveadm takes it for minutes and people mean months.
      - Unknown keys, missing arguments, dates and sizes that are none, and quotes or parentheses that do not match are refused before
        anything is sent.
      - So is what Dovecot 2.3 was seen to take for something else. That is a word that begins with a dash, quoted or not, the numbers of
        messages such as V(1:100) (their UIDs work), and a date or size that is there twice in a query with C(NOT).
    type: str
    required: true
  allow_all:
    description:
      - Allow a query that matches every message.
      - Without it V(ALL) is refused, and so is what amounts to it, such as V(UID 1:*), V(LARGER 0), V(savedbefore 0d) or V(( SEEN OR
        UNSEEN \)). So is V(NOT DELETED), because messages marked as deleted are no longer there for most users.
    type: bool
    default: false
  max_messages:
    description:
      - Refuse to start when the chosen mailboxes hold more messages than this in all, whether they match or not.
      - Since no more messages can be expunged than there are, this is the most that a mistake in O(query) can cost.
    type: int
notes:
  - The own mailbox of an account also shows the mailboxes of the account's addresses, as C(INBOX.user@example_com). No pattern
    matches them there. Name them exactly, or better, name the address in O(addresses).
  - A mailbox that is chosen twice is processed once, at the address that comes first.
  - "Reads: C(get_mailbox_status_list), on servers before version 64 C(get_mailbox_status), one call an address, before and after; with
    O(ignore_missing=true) also C(accountsummary), C(list_pops_for), and C(myprivs) where an address is not found. Writes:
    C(expunge_messages_for_mailbox_guid), on servers before version 64 C(expunge_mailbox_messages), one call for a mailbox that is not
    empty, in batches."
  - Servers before version 64 know mailboxes by name only. There names with V(*), V(?) or V(%) in them, or blanks around them, are refused.
  - Large mailboxes take the server long, and a batch takes as long as all of its mailboxes. Raise O(api_timeout) or lower
    O(api_batch_size), or narrow O(query) with a date.
  - A query whose answer is lost is not sent again. If the number of messages fell it was carried out, else the mailbox fails with an
    error of the kind V(unknown_outcome).
  - What doveadm prints although the call worked is a warning of the task. Only what it calls an error makes the mailbox fail, and what does not say
    what it is does so where the number of messages did not fall.
  - A mailbox whose number of messages the server does not tell fails by itself, and nothing is expunged from it.
  - That a server says OK and expunges nothing cannot be told from a query that matches nothing.
  - Resellers manage the accounts that they own. The reference does not name a privilege for these functions. The role MailReceive must be
    enabled.
seealso:
  - module: whm.mail.mailbox_info
  - name: doveadm-search-query
    description: The query language.
    link: https://doc.dovecot.org/main/core/man/doveadm-search-query.7.html
"""

EXAMPLES = r"""
- name: Empty the trash of an address of what is older than 30 days
  whm.mail.mailbox_messages:
    address: info@example.com
    mailbox: INBOX.Trash*
    query: savedbefore 30d

- name: Remove large newsletters that were read, at two addresses, and expect no more than 5000 messages there
  whm.mail.mailbox_messages:
    addresses:
      - info@example.com
      - _mainaccount@example.com
    mailboxes:
      - INBOX
    query: SEEN LARGER 5M ( FROM news@example.org OR SUBJECT "weekly offers" )
    max_messages: 5000

- name: Say how much lies in the junk mailboxes, without touching anything
  whm.mail.mailbox_messages:
    address: info@example.com
    mailboxes: ["INBOX.Junk*", "INBOX.spam*"]
    query: ALL
    allow_all: true
  check_mode: true

- name: Remove what a stolen address has sent, on whichever server it is
  whm.mail.mailbox_messages:
    address: info@example.net
    mailbox: INBOX.Sent*
    query: SENTSINCE 2026-01-31
    ignore_missing: true
"""

RETURN = r"""
mailboxes:
  description:
    - The chosen mailboxes, by address as given and name, or in the order of O(guids).
    - An address that cannot be read has one item, with an error.
  returned: when the addresses could be read
  type: list
  elements: dict
  contains:
    address:
      description: The address. Null for a GUID that is at none of them.
      type: str
      sample: info@example.com
    mailbox:
      description: Name of the mailbox. Null for an address that cannot be read and for a GUID that is not found.
      type: str
      sample: INBOX.Trash
    guid:
      description: Its GUID. Null when it is not known.
      type: str
      sample: d8e1a6f4b3c25960a7d14e2f9b80c3a1
    before:
      description: Number of messages before. Null when it is not known.
      type: int
      sample: 120
    after:
      description: Number of messages after. Null in check mode when there are any, and when it could not be read.
      type: int
      sample: 14
    changed:
      description:
        - Whether the number of messages fell.
        - Where the number after is null, whether the query was sent, or would be.
      type: bool
      sample: true
    error:
      description: Why this mailbox or address failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: get_mailbox_status_list
        reason: '"nobody@example.com" has no owner!'
        host: whm1.example.com:2087
        http_status: 200
missing:
  description: The addresses that this server does not have and that O(ignore_missing) left out, in the order given. Empty otherwise.
  returned: when the server could be read, or nothing was asked of it
  type: list
  elements: str
  sample: [info@example.net]
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
progress:
  description: How far the task got, by address and name of the mailbox.
  returned: when some mailboxes failed
  type: dict
  contains:
    done:
      description: Fewer messages than before.
      type: list
      elements: str
      sample: [info@example.com INBOX.Trash]
    failed:
      description: Failed, or not known.
      type: list
      elements: str
      sample: [nobody@example.com]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

import time
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.expunge import (
    Chosen,
    by_guid,
    by_name,
    expunge,
    mailbox_guids,
    mailbox_names,
    state_of,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.mailboxes import Address, Contents, contents_of
from ansible_collections.whm.mail.plugins.module_utils._mail.names import addresses
from ansible_collections.whm.mail.plugins.module_utils._mail.presence import absent_addresses
from ansible_collections.whm.mail.plugins.module_utils._mail.search import check_query
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Current, Plan, State, States, make_plan
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import IGNORE_MISSING, Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, TooManyChanges, WhmError

OPTIONS = {
    "addresses": {"type": "list", "elements": "str", "required": True, "aliases": ["address"]},
    "mailboxes": {"type": "list", "elements": "str", "aliases": ["mailbox"]},
    "guids": {"type": "list", "elements": "str", "aliases": ["guid"]},
    "query": {"type": "str", "required": True},
    "allow_all": {"type": "bool", "default": False},
    "max_messages": {"type": "int"},
    **IGNORE_MISSING,
}
CONSTRAINTS = {"required_one_of": [["mailboxes", "guids"]], "mutually_exclusive": [["mailboxes", "guids"]]}


def check(params: Params) -> Params:
    most = params["max_messages"]
    if params["mailboxes"] is None and params["guids"] is None:
        raise InvalidInput('mailboxes and guids are both missing: name the mailboxes, or all with mailboxes: ["*"].')
    if most is not None and most < 0:
        raise InvalidInput(
            "max_messages: %d is less than nothing; give the number of messages you expect at most." % most
        )
    names = mailbox_names(params["mailboxes"] or [])
    guids = mailbox_guids(params["guids"] or [])
    query = check_query(params["query"], params["allow_all"], time.time())
    chosen = addresses("addresses", params["addresses"])
    if not (names or guids):
        chosen = []  # of no mailbox, nothing is asked
    return {**params, "addresses": chosen, "mailboxes": names, "guids": guids, "query": query}


def read(client: Client, params: Params) -> Current:
    """By "address mailbox": an address has no spaces, so the two can be told apart."""
    found = dict(zip(params["addresses"], contents_of(client, [Address(name) for name in params["addresses"]])))
    old = any(isinstance(contents, Contents) and not contents.listed for contents in found.values())
    current: dict[str, State | WhmError] = {}
    seen: set[Any] = set()
    for address, mailbox, box in _chosen(found, params):
        identity = f"{address} {mailbox}" if address and mailbox else address or mailbox
        if isinstance(box, WhmError):
            current[identity] = box
        elif box["guid"] is None or box["guid"] not in seen:
            seen.add(box["guid"])
            current[identity] = state_of(box, old)
    return current


def _chosen(found: dict[str, Contents | WhmError], params: Params) -> Chosen:
    readable = {address: contents for address, contents in found.items() if isinstance(contents, Contents)}
    yield from by_guid(readable, params["guids"])
    for address, contents in found.items():
        if isinstance(contents, WhmError):
            yield address, "", contents
        else:
            yield from by_name(address, contents, params["mailboxes"])


def plan(states: States, params: Params) -> Plan:
    total = sum(state["messages"] for state in states.values())
    most = params["max_messages"]
    if most is not None and total > most:
        raise TooManyChanges(
            "%d messages are in the chosen mailboxes, max_messages allows %d; nothing was expunged." % (total, most),
            remedy="Check the mailboxes and the query, or raise max_messages.",
        )
    full = {identity: state for identity, state in states.items() if state["messages"]}
    return make_plan(states, [expunge(identity, state, params["query"]) for identity, state in full.items()])


def row(identity: str, before: State, after: State) -> dict[str, Any]:
    address, _space, mailbox = identity.partition(" ")
    is_address = "@" in address
    return {
        "address": address if is_address else None,
        "mailbox": mailbox or None,
        "guid": before.get("guid") if is_address else address,
        "before": before.get("messages"),
        "after": after.get("messages"),
    }


MODULE = StateModule(
    items="mailboxes",
    key="mailbox",
    options=OPTIONS,
    constraints=CONSTRAINTS,
    check=check,
    read=read,
    plan=plan,
    row=row,
    incidental=("guid", "by_name"),
    subjects=Subjects("addresses", absent_addresses),
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
