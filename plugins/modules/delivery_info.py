#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: delivery_info
short_description: Read what became of single messages
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns deliveries from the server's mail tracking, newest first. One for each recipient of a message and each attempt.
  - A delivery must fit all the options that are given. Of a list any one value suffices.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  users:
    description:
      - Names of the cPanel accounts that sent the messages.
      - An account that does not exist, or belongs to another reseller, has no deliveries. That is no failure.
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    aliases: [user]
  senders:
    description:
      - Addresses that the messages come from, in upper or lower case.
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    aliases: [sender]
  recipients:
    description:
      - Addresses that the messages go to, in upper or lower case.
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    aliases: [recipient]
  since:
    description:
      - Only messages sent at this time or later.
      - Epoch seconds, ISO 8601 (UTC where it names no offset), or how long ago, such as V(90s), V(30m), V(24h) or V(7d).
      - V(0) reads all that the server keeps.
    type: str
    default: 24h
  until:
    description:
      - Only messages sent at this time or earlier, written like O(since).
      - Up to now when omitted.
    type: str
  outcomes:
    description:
      - What became of the delivery.
      - V(success) covers messages that were filtered or archived, V(failure) those that were rejected.
      - V(inprogress) is known to the server only for the last two hours.
    type: list
    elements: str
    aliases: [outcome]
    choices: [success, failure, defer, inprogress]
    default: [success, failure, defer, inprogress]
  limit:
    description:
      - Return at most so many, the newest.
      - Without it all are returned that the server gives, which may be thousands.
    type: int
notes:
  - "Reads: C(emailtrack_search), 1000 deliveries a request."
  - The server gives at most 5000 deliveries of each outcome, the newest. Where it met that bound, or O(limit) was met, RV(truncated) is
    true and a warning says so.
  - An option with one value is a filter that the server applies. Of the options with several, the one with the fewest is asked value by
    value up to 20 values, because the server cannot combine filters by "or". All others are applied here, after one question for all.
    Should the server keep something back then, up to 500 values are asked one by one all the same, because its bound counts for each question.
    Whatever the server filtered is checked again, because it drops without a word what it does not understand.
  - Relative times are counted back from the clock of the machine that makes the request, not from that of the server.
  - Resellers read the deliveries of the accounts that they own. The reference does not name a privilege for this function. The role
    MailSend must be enabled.
seealso:
  - module: whm.mail.delivery_stats_info
  - module: whm.mail.mail_queue_info
"""

EXAMPLES = r"""
- name: Read what failed in the last 24 hours
  whm.mail.delivery_info:
    outcome: failure
  register: failures

- name: Say whose mail it was
  ansible.builtin.debug:
    msg: "{{ failures.deliveries | map(attribute='user') | select | unique }}"

- name: What became of the invoice
  whm.mail.delivery_info:
    sender: billing@example.com
    recipient: customer@example.org
    since: 7d

- name: Read the last 100 messages of two accounts on one day
  whm.mail.delivery_info:
    users:
      - alice
      - bob
    since: "2026-01-31"
    until: "2026-01-31T23:59:59Z"
    limit: 100
"""

RETURN = r"""
deliveries:
  description: The deliveries, newest first. Empty when there are none.
  returned: success
  type: list
  elements: dict
  contains:
    user:
      description: The account that sent the message. This and every other value is null when the server does not know it.
      type: str
      sample: alice
    is_account:
      description:
        - Whether this can be a cPanel account, and so be given to modules that take accounts. False for C(root), C(nobody), C(-remote-) and
          whatever else is no account's name, and for null.
      type: bool
      sample: true
    domain:
      description: The sender's domain.
      type: str
      sample: example.com
    sender:
      description: The address the message comes from.
      type: str
      sample: billing@example.com
    recipient:
      description: The address it goes to.
      type: str
      sample: customer@example.org
    outcome:
      description: What became of it, in the words of O(outcomes).
      type: str
      sample: failure
    type:
      description: The same in the server's words, which also know V(filtered), V(archive) and V(rejected).
      type: str
      sample: failure
    message:
      description: What was logged, in the server's language when the delivery succeeded.
      type: str
      sample: 550 5.1.1 No such user here
    message_id:
      description: Exim's ID of the message.
      type: str
      sample: 1vLk3d-00000001Abc-2xYz
    size:
      description: Size in bytes.
      type: int
      sample: 1653
    spam_score:
      description: Its spam score. Null when not known. A field in a form that is not known is null, too, and a warning names it.
      type: float
      sample: 0.5
    sent_at:
      description: When the message was sent, in ISO 8601 UTC.
      type: str
      sample: "2026-01-31T09:30:00Z"
    sent_at_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769851800
    attempted_at:
      description: When this delivery was tried, in ISO 8601 UTC.
      type: str
      sample: "2026-01-31T09:30:02Z"
    attempted_at_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769851802
    remote:
      description: Whether it left the server.
      type: bool
      sample: true
    host:
      description: The host that it was handed to.
      type: str
      sample: mx.example.org
    ip:
      description: Address of that host.
      type: str
      sample: 203.0.113.25
    router:
      description: Exim's router.
      type: str
      sample: dkim_lookuphost
    transport:
      description: Exim's transport.
      type: str
      sample: dkim_remote_smtp
    delivered_to:
      description: The final address, which differs from the recipient behind forwards and lists.
      type: str
      sample: customer@example.org
    delivery_user:
      description: The account of a local recipient.
      type: str
      sample: null
    delivery_domain:
      description: The domain of a local recipient.
      type: str
      sample: null
    sender_host:
      description: Name of the host that the message came from.
      type: str
      sample: client.example.com
    sender_ip:
      description: Address of that host.
      type: str
      sample: 198.51.100.7
    sender_auth:
      description: How the sender authenticated.
      type: str
      sample: dovecot_login
truncated:
  description: Whether there may be more, because of O(limit) or because the server keeps back what exceeds its own bounds.
  returned: success
  type: bool
  sample: false
window:
  description: The time that was read.
  returned: success
  type: dict
  contains:
    since:
      description: Its beginning, in ISO 8601 UTC.
      type: str
      sample: "2026-01-30T12:00:00Z"
    since_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769774400
    until:
      description: Its end, in ISO 8601 UTC. The time of the request when O(until) is omitted.
      type: str
      sample: "2026-01-31T12:00:00Z"
    until_epoch:
      description: The same in epoch seconds.
      type: int
      sample: 1769860800
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: emailtrack_search, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

import time
from collections.abc import Iterable
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._mail.deliveries import CAP, OUTCOMES, Found, Wanted, search
from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names, addresses
from ansible_collections.whm.mail.plugins.module_utils._mail.times import Clock, window
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

OPTIONS = {
    "users": {"type": "list", "elements": "str", "aliases": ["user"]},
    "senders": {"type": "list", "elements": "str", "aliases": ["sender"]},
    "recipients": {"type": "list", "elements": "str", "aliases": ["recipient"]},
    "since": {"type": "str", "default": "24h"},
    "until": {"type": "str"},
    "outcomes": {
        "type": "list",
        "elements": "str",
        "aliases": ["outcome"],
        "choices": list(OUTCOMES),
        "default": list(OUTCOMES),
    },
    "limit": {"type": "int"},
}


def check(params: Params, clock: Clock = time.time) -> Params:
    if not params["outcomes"]:
        raise InvalidInput("outcomes is empty, so nothing could match: name at least one, or leave the option out.")
    if params["limit"] is not None and params["limit"] < 1:
        raise InvalidInput("limit: {} is less than 1; leave it out for no limit.".format(params["limit"]))
    wanted = Wanted(
        window=window(params["since"], params["until"], clock),
        users=_names(account_names, "users", params),
        senders=_names(addresses, "senders", params),
        recipients=_names(addresses, "recipients", params),
        outcomes=tuple(unique(params["outcomes"])),
        limit=params["limit"],
    )
    return {**params, "wanted": wanted}


def _names(clean: Callable[[str, Iterable[str]], list[str]], option: str, params: Params) -> tuple[str, ...] | None:
    return None if params[option] is None else tuple(clean(option, params[option]))


def read(client: Client, params: Params) -> dict[str, Any]:
    wanted = params["wanted"]
    found = search(client, wanted)
    _warn(client, found, wanted)
    return {
        "deliveries": found.deliveries,
        "truncated": found.capped or found.limited,
        "window": wanted.window.as_dict(),
    }


def _warn(client: Client, found: Found, wanted: Wanted) -> None:
    if found.limited:
        client.warn(f"only the newest {wanted.limit} deliveries are returned (limit); there are more.")
    if found.capped:
        text = "deliveries may be missing, because the server gives at most %d of each outcome; ask for a shorter time or for fewer users."
        client.warn(text % CAP)


def nothing(params: Params) -> dict[str, Any]:
    return {"deliveries": [], "truncated": False, "window": params["wanted"].window.as_dict()}


MODULE = InfoModule(
    items="deliveries",
    key=("message_id",),
    options=OPTIONS,
    check=check,
    read=read,
    lists=(("users",), ("senders",), ("recipients",)),
    empty=nothing,
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
