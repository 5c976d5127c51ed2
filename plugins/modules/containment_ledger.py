#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: containment_ledger
short_description: Read or write the ledger of held accounts on the controller
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Reads the ledger in which the role P(whm.mail.containment#role) writes down whom it held, where, when and why, or writes entries to it.
  - It calls no WHM server. It is an action that always runs on the controller, whatever the task is delegated to, takes no connection
    options, and is no member of the action group of this collection.
  - Entries are written under a lock and the file is replaced as a whole, so parallel hosts and plays do not lose each other's entries,
    and a process that is killed leaves the old ledger or the new one.
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
  diff_mode:
    support: full
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    support: full
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
options:
  path:
    description:
      - The file, on the controller. A relative path counts from where C(ansible-playbook) was started.
      - A ledger that does not exist has no entries.
      - It is made when the first entry is written, for its owner only (V(0600)), its folder too (V(0700)). Beside it stays a file
        with C(.lock) at its end.
    type: path
    required: true
  entries:
    description:
      - Entries to write. One with the C(id) of an entry that is there replaces it, others are appended. None is ever removed.
      - Each needs C(id), C(server), C(user) and C(status) as texts.
      - Nothing is written when empty.
    type: list
    elements: dict
    default: []
  server:
    description:
      - Return only the entries of this server, by the name that it has in the inventory.
    type: str
seealso:
  - module: whm.mail.outgoing_mail
"""

EXAMPLES = r"""
- name: Read the ledger
  whm.mail.containment_ledger:
    path: whm-containment/ledger.json
    server: "{{ inventory_hostname }}"
  register: ledger

- name: Say who is held by containment here
  ansible.builtin.debug:
    msg: "{{ ledger.entries | selectattr('status', 'equalto', 'held') | map(attribute='user') }}"
"""

RETURN = r"""
exists:
  description: Whether there is such a ledger.
  returned: success
  type: bool
  sample: true
entries:
  description: The entries, oldest first. In check mode, as they would be.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Incident, server, account and time.
      type: str
      sample: 2026-01-31/whm1/carla/1769851800
    incident:
      description: The incident.
      type: str
      sample: "2026-01-31"
    server:
      description: The server's name in the inventory.
      type: str
      sample: whm1
    host:
      description: Its address.
      type: str
      sample: whm1.example.com
    user:
      description: The account.
      type: str
      sample: carla
    action:
      description: What was done to its outgoing mail, V(hold) or V(suspend).
      type: str
      sample: hold
    status:
      description:
        - V(planned) is written before the server is asked, V(held) after it was read back, V(releasing) before a release and V(released)
          after it.
        - V(gone) means that somebody else released it. V(failed) and V(abandoned) mean that it was never held.
      type: str
      sample: held
    error:
      description: Why the server refused to hold it. Only of an entry with the status V(failed).
      type: str
      sample: You do not have a user named "carla".
    planned_at:
      description: When it was planned. C(held_at) and C(ended_at) are written alike, and each has a twin in epoch seconds.
      type: str
      sample: "2026-01-31T09:30:00Z"
    until:
      description: When it expires. Null for never.
      type: str
      sample: null
    by:
      description: Who ran the play. C(ended_by) is who ended it.
      type: str
      sample: ann
    why:
      description: The reasons.
      type: list
      elements: str
      sample: [600 recipients (limit 500)]
    numbers:
      description: What was counted.
      type: dict
      sample: {recipients: 600, failures: 480, failed: 320, deferred: 160, queued: 120, queue_share: 66}
    window:
      description: The time that was counted.
      type: dict
      sample: {since: "2026-01-31T08:30:00Z", until: "2026-01-31T09:30:00Z"}
    before:
      description: What the flags of its outgoing mail were before.
      type: dict
      sample: {hold: false, outgoing_suspended: false}
    evidence:
      description: File with its deliveries and queued messages, on the controller. Null until it is written.
      type: str
      sample: /srv/containment/evidence/2026-01-31/whm1/carla-1769851800.json
    complete:
      description: Whether evidence and sessions were dealt with too.
      type: bool
      sample: true
"""
