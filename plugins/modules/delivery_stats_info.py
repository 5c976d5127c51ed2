#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: delivery_stats_info
short_description: Count sent, delivered and failed messages
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns how much was sent, delivered, deferred and refused in a time, for the server as a whole or for each account.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
options:
  users:
    description:
      - Names of the cPanel accounts to count for. All accounts that the caller may see when omitted.
      - Cannot be combined with O(per=server).
      - An empty list asks for nothing, and nothing is sent.
    type: list
    elements: str
    aliases: [user]
  since:
    description:
      - Beginning of the time.
      - Epoch seconds, ISO 8601 (UTC where it names no offset), or how long ago, such as V(90s), V(30m), V(24h) or V(7d).
      - V(0) counts all that the server keeps.
    type: str
    default: 24h
  until:
    description:
      - End of the time, written like O(since).
      - Now when omitted.
    type: str
  per:
    description:
      - V(server) returns one total of all accounts that the caller may see.
      - V(account) returns one item for each account.
      - When omitted, V(account) where O(users) is given, else V(server).
    type: str
    choices: [server, account]
notes:
  - "Reads: C(emailtrack_stats) for O(per=server), C(emailtrack_user_stats) for O(per=account), and C(cpanel) with C(EmailTrack::stats) of
    cPanel API 2 for some accounts."
  - C(emailtrack_user_stats) answers for all accounts at once. Accounts in O(users) that it does not list are asked one by one through
    C(EmailTrack::stats), which tells an account that sent nothing from one that does not exist. So is every account in O(users) when
    the server lacks C(emailtrack_user_stats), or refuses it to this caller. RV(stats[].source) names the function.
  - C(EmailTrack::stats) belongs to cPanel API 2, which is deprecated. The reference does not list its options. They are taken to be those
    of C(emailtrack_stats).
  - Relative times are counted back from the clock of the machine that makes the request, not from that of the server.
  - Resellers count the accounts that they own. The reference does not name a privilege for these functions. The role MailSend must be
    enabled.
  - An account that was named and that the server refuses fails the task. The others are returned all the same.
seealso:
  - module: whm.mail.delivery_info
  - module: whm.mail.recipient_count_info
"""

EXAMPLES = r"""
- name: Count what the server sent in the last 24 hours
  whm.mail.delivery_stats_info:
  register: total

- name: Count for every account in the last hour
  whm.mail.delivery_stats_info:
    per: account
    since: 1h
  register: hour

- name: Name the accounts with many failures
  ansible.builtin.debug:
    msg: "{{ hour.stats | selectattr('is_account') | selectattr('failed', 'gt', 100) | map(attribute='user') }}"

- name: Count for two accounts since New Year
  whm.mail.delivery_stats_info:
    users:
      - alice
      - bob
    since: "2026-01-01"
"""

RETURN = r"""
stats:
  description:
    - The counts. One item for O(per=server), else the accounts by name, or in the order of O(users).
    - Without O(users), accounts that sent nothing may be missing.
    - Two of the items that root gets are no accounts. V(-remote-) is mail that came from elsewhere, and V(root) with the domain
      V(-system-) is mail of the server itself. RV(stats[].is_account) tells these, and other users of the system, from accounts.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    user:
      description: The account. Null for the server as a whole.
      type: str
      sample: alice
    is_account:
      description:
        - Whether this can be a cPanel account, and so be given to modules that take accounts. False for C(root), C(nobody), C(-remote-) and
          whatever else is no account's name, and for the server as a whole.
      type: bool
      sample: true
    domain:
      description: The domain that the server counted for. Null where RV(stats[].source) does not tell it.
      type: str
      sample: example.com
    primary_domain:
      description: The account's main domain. Null where RV(stats[].source) does not tell it.
      type: str
      sample: example.com
    owner:
      description: The reseller that owns the account. Null where RV(stats[].source) does not tell it.
      type: str
      sample: root
    sent:
      description:
        - Messages sent. This and every other count is null where RV(stats[].source) does not count it. A count that is no number is an
          RV(stats[].error).
      type: int
      sample: 14
    succeeded:
      description: Deliveries that succeeded, counted by recipient. So there may be more of them than messages.
      type: int
      sample: 14
    failed:
      description: Deliveries that failed, counted by recipient.
      type: int
      sample: 0
    deferred:
      description: Attempts that were put off.
      type: int
      sample: 0
    defer_fails:
      description: Attempts that were put off or failed.
      type: int
      sample: 0
    in_progress:
      description: Deliveries under way. Null in what C(emailtrack_user_stats) counts.
      type: int
      sample: 0
    total_size:
      description: Size of all messages sent, in bytes.
      type: int
      sample: 27444
    reached_max_emails:
      description:
        - Whether the account reached its hourly limit of messages. Null where RV(stats[].source) does not tell it, or tells it in a form
          that is not known, which a warning names. Known are 1 and 0, and V(150/150), which servers show for a limit that was reached.
      type: bool
      sample: false
    reached_max_defer_fails:
      description: Whether it reached its limit of deferred and failed messages, which servers also show as V(5/5 (100%\)). Null as above.
      type: bool
      sample: false
    source:
      description: The function that counted.
      type: str
      sample: emailtrack_user_stats
    error:
      description: Why the server refused this account. Absent when it did not; then there are no counts.
      type: dict
      sample:
        kind: not_found
        function: null
        reason: there is no account nosuch
        host: whm1.example.com:2087
        http_status: null
window:
  description: The time that was counted.
  returned: when the server could be read
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
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample: {kind: connection, function: emailtrack_stats, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""

import time
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.delivery_stats import (
    all_accounts,
    named_accounts,
    stats_window,
    whole_server,
)
from ansible_collections.whm.mail.plugins.module_utils._mail.names import account_names
from ansible_collections.whm.mail.plugins.module_utils._mail.times import Clock, window
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import InfoModule, Params
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

OPTIONS = {
    "users": {"type": "list", "elements": "str", "aliases": ["user"]},
    "since": {"type": "str", "default": "24h"},
    "until": {"type": "str"},
    "per": {"type": "str", "choices": ["server", "account"]},
}


def check(params: Params, clock: Clock = time.time) -> Params:
    users, per = params["users"], params["per"]
    if users is not None and per == "server":
        raise InvalidInput("users does not go with per: server, which counts all accounts; leave one of them out.")
    return {
        **params,
        "users": None if users is None else account_names("users", users),
        "per": per or ("server" if users is None else "account"),
        "window": window(params["since"], params["until"], clock),
    }


def read(client: Client, params: Params) -> dict[str, Any]:
    times = stats_window(params["window"])
    if params["per"] == "server":
        rows = [whole_server(client, times)]
    elif params["users"] is None:
        rows = all_accounts(client, times)
    else:
        rows = named_accounts(client, times, params["users"])
    return {"stats": rows, "window": params["window"].as_dict()}


def nothing(params: Params) -> dict[str, Any]:
    return {"stats": [], "window": params["window"].as_dict()}


MODULE = InfoModule(
    items="stats", key=("user",), options=OPTIONS, check=check, read=read, lists=(("users",),), empty=nothing
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
