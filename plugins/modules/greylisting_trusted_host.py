#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: greylisting_trusted_host
short_description: Trust hosts in greylisting
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Makes sure that greylisting trusts hosts, so that their mail is never deferred, or that they are not on the list of trusted hosts.
  - Hosts are compared by what they mean. V(192.0.2.1/32) is V(192.0.2.1), V(10.0.0.0-10.255.255.255) is V(10.0.0.0/8), and an IPv6
    address is the same however it is spelled.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - Shows hosts in their shortest spelling.
  idempotent:
    support: full
options:
  hosts:
    description:
      - IP addresses, networks such as V(192.0.2.0/24) and ranges such as V(192.0.2.1-192.0.2.9), of IPv4 or IPv6.
      - Each is one entry of the server's list. An address is not on the list because a network around it is.
      - An empty list is nothing to do. With O(exclusive=true) it means that no host is to be trusted.
    type: list
    elements: str
    required: true
    aliases: [host]
  comment:
    description:
      - Comment of the entries, at most 255 characters in one line. Left alone when omitted, empty for none.
      - WHM cannot change a comment. An entry with another one is deleted and made anew, in one request. See the notes.
    type: str
  state:
    description:
      - Whether the hosts are on the list.
    type: str
    choices: [present, absent]
    default: present
  exclusive:
    description:
      - With V(true), O(hosts) are exactly the hosts on the list. All others are deleted, those that this module cannot understand among them.
      - Needs O(max_changes), and goes with O(state=present) only.
    type: bool
    default: false
  max_changes:
    description:
      - Refuse to start when more hosts than this would change.
    type: int
notes:
  - Networks are sent as ranges, because the reference says of the function that adds hosts that it takes addresses and ranges. A host is
    deleted in the spelling in which the server lists it.
  - If an entry was deleted to change its comment and could not be made anew, the host fails and is not trusted. Its mail is deferred then
    and not lost. Run the task again, which adds it. Where the server confirms the deletion and carries it out seconds later, the new entry can
    be refused, or go with the old one. The next run adds it then, too.
  - The hosts of common mail providers are no part of this list. See M(whm.mail.greylisting_provider).
  - "Reads: C(read_cpgreylist_trusted_hosts), in one request for all hosts. Writes: C(create_cpgreylist_trusted_host),
    C(delete_cpgreylist_trusted_host), one call for each host, because the answer about several does not tell which of them failed."
  - The reference does not name a privilege for these functions.
seealso:
  - module: whm.mail.greylisting
  - module: whm.mail.greylisting_info
  - module: whm.mail.greylisting_provider
"""

EXAMPLES = r"""
- name: Mail from the monitoring and from a partner is not deferred
  whm.mail.greylisting_trusted_host:
    hosts:
      - 192.0.2.10
      - 198.51.100.0/24
      - 2001:db8::/32
    comment: Monitoring and partner

- name: One host is not trusted any more
  whm.mail.greylisting_trusted_host:
    host: 192.0.2.10
    state: absent

- name: Exactly these hosts are trusted, and no more than twenty may change
  whm.mail.greylisting_trusted_host:
    hosts: "{{ trusted_hosts | default([]) }}"
    exclusive: true
    max_changes: 20
"""

RETURN = r"""
hosts:
  description:
    - The hosts that were named, in that order, then those that O(exclusive) deleted, by address.
    - When the task fails it names every host all the same.
  returned: when the server could be read
  type: list
  elements: dict
  contains:
    host:
      description: The host, in its shortest spelling.
      type: str
      sample: 198.51.100.0/24
    comment:
      description: Comment of its entry. Empty when it has none, or is not on the list. Null when the server does not tell.
      type: str
      sample: Monitoring and partner
    trusted:
      description: Whether it is on the list. In check mode, whether it would be.
      type: bool
      sample: true
    changed:
      description: Whether this host was changed.
      type: bool
      sample: true
    error:
      description: Why this host failed. Absent when it did not.
      type: dict
      sample:
        kind: refusal
        function: create_cpgreylist_trusted_host
        reason: Sorry, 198.51.100.0-198.51.100.255 is not a valid IP address.
        host: whm1.example.com:2087
        http_status: null
error:
  description: What failed first, with kind, function, reason, host and http_status.
  returned: on failure
  type: dict
  sample:
    kind: connection
    function: read_cpgreylist_trusted_hosts
    reason: the connection was refused
    host: whm1.example.com:2087
    http_status: null
progress:
  description: How far the task got, by host.
  returned: when some hosts failed
  type: dict
  contains:
    done:
      description: Changed, and read back.
      type: list
      elements: str
      sample: [192.0.2.10]
    failed:
      description: Not changed, or not known.
      type: list
      elements: str
      sample: [198.51.100.0/24]
    not_tried:
      description: Left out after an earlier error.
      type: list
      elements: str
      sample: []
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.exclusive import EXCLUSIVE, check_max_changes
from ansible_collections.whm.mail.plugins.module_utils._mail.greylisting import HOSTS, complaint_of, hosts_of
from ansible_collections.whm.mail.plugins.module_utils._mail.hosts import host_names, span
from ansible_collections.whm.mail.plugins.module_utils._state.entry import run
from ansible_collections.whm.mail.plugins.module_utils._state.kinds import Params, Result, StateModule
from ansible_collections.whm.mail.plugins.module_utils._state.plan import (
    Current,
    Plan,
    Repairs,
    Sets,
    State,
    States,
    Step,
    Verdict,
    make_plan,
)
from ansible_collections.whm.mail.plugins.module_utils._state.subjects import Subjects
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, UnexpectedAnswer, WhmError

OPTIONS = {
    "hosts": {"type": "list", "elements": "str", "required": True, "aliases": ["host"]},
    "comment": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    **EXCLUSIVE,
}

#: A host that is not on the list. ``listed`` is how the server spells it.
ABSENT: State = {"trusted": False, "comment": "", "listed": ()}

#: Of both functions; there is one host in each call.
REFUSED = complaint_of(["ips_failed"])

LONGEST = 255  # characters of a comment

MADE_ANEW = "It was taken off the list to change its comment: run the task again, which adds it."


def check(params: Params) -> Params:
    check_max_changes(params, "hosts")
    if params["state"] == "absent" and (params["exclusive"] or params["comment"] is not None):
        option = "exclusive: true" if params["exclusive"] else "comment"
        raise InvalidInput(f"{option} is for hosts that are trusted; it does not go with state: absent.")
    return {**params, "hosts": host_names("hosts", params["hosts"]), "comment": _comment(params["comment"])}


def _comment(text: str | None) -> str | None:
    comment = None if text is None else text.strip()
    if comment and len(comment) > LONGEST:
        raise InvalidInput(f"comment: it has {len(comment)} characters; give {LONGEST} at most.")
    if comment and not comment.isprintable():
        raise InvalidInput("comment: it has a line break or another character that cannot be printed; give one line.")
    return comment


def read(client: Client, params: Params) -> Current:
    return _current(hosts_of(client, client.call(HOSTS)), params)


def from_facts(facts: Mapping[str, Any], params: Params) -> Current:
    return _current(facts["greylisting"]["hosts"], params)


def _current(rows: Iterable[Mapping[str, Any]], params: Params) -> Current:
    """The hosts that are named, then all others where these are to go."""
    listed: dict[str, State] = {}
    for row in rows:
        before = listed.get(row["host"])  # the same once more, in another spelling
        comment = before["comment"] if before else row["comment"]
        spellings = (*(before["listed"] if before else ()), row["listed"])
        listed[row["host"]] = {"trusted": True, "comment": comment, "listed": spellings}
    named = {host: _known(listed.get(host, ABSENT), params) for host in params["hosts"]}
    others = {host: state for host, state in listed.items() if host not in named}
    return {**named, **others} if params["exclusive"] else named


def _known(state: State, params: Params) -> State | WhmError:
    if params["comment"] is not None and state["trusted"] and state["comment"] is None:
        return UnexpectedAnswer("the answer does not tell the comment", HOSTS)
    return state


def plan(states: States, params: Params) -> Plan:
    steps: list[Step] = []
    wanted = set(params["hosts"]) if params["state"] == "present" else set()
    for host, state in states.items():
        if host in wanted:
            steps += _present(host, state, params["comment"])
        elif state["trusted"]:
            gone = Sets({"trusted": False, "comment": ""})
            steps.append(Step(_delete(state), host, gone, verdict=REFUSED))
    return make_plan(states, steps)


def _present(host: str, state: State, comment: str | None) -> list[Step]:
    """Nothing changes a comment: the entry goes and comes again, both in one request. If the second fails, the host is known not to be
    trusted, and the next run adds it."""
    if state["trusted"] and comment in (None, state["comment"]):
        return []
    effect = Sets({"trusted": True} if comment is None else {"trusted": True, "comment": comment})
    call = Call("create_cpgreylist_trusted_host", {"ip": span(host).range, "comment": comment or None})
    if not state["trusted"]:
        return [Step(call, host, effect, verdict=REFUSED)]
    return [
        Step(_delete(state), host, Repairs(), verdict=_mentioned),
        Step(call, host, effect, verdict=REFUSED, remedy=MADE_ANEW),
    ]


def _mentioned(answer: Any) -> Verdict:
    """Why an entry was not deleted that is to be made anew: somebody else may have done that. Whether the new one is there decides."""
    reason = REFUSED(answer).doubt
    return Verdict(remarks=(reason,) if reason else ())


def _delete(state: State) -> Call:
    return Call("delete_cpgreylist_trusted_host", {"ip": list(state["listed"])})


def row(host: str, before: State, after: State) -> Result:
    return {"host": host, **{name: after[name] for name in ("comment", "trusted") if name in after}}


MODULE = StateModule(
    items="hosts",
    key="host",
    options=OPTIONS,
    check=check,
    read=read,
    plan=plan,
    from_facts=from_facts,
    incidental=("listed",),
    row=row,
    subjects=Subjects("hosts", beside=("exclusive",)),
    unlisted=ABSENT,
)


def main() -> None:
    run(MODULE)


if __name__ == "__main__":
    main()
