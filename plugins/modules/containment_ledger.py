#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: containment_ledger
short_description: Read the ledger of held accounts
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Reads the ledger in which M(whm.mail.containment) writes down whom it holds, where, since when and why, and what became of it.
  - It calls no WHM server. It is an action that always runs on the controller, whatever the task is delegated to, takes no connection
    options, and is no member of the action group of this collection.
extends_documentation_fragment:
  - whm.mail.attributes.controller
  - whm.mail.store
options:
  server:
    description:
      - Only the lines of this server, by the name that it has in the inventory.
    type: str
  users:
    description:
      - Only the lines of these accounts.
    type: list
    elements: str
    aliases: [user]
  incident:
    description:
      - Only the lines of this incident.
    type: str
  statuses:
    description:
      - Only the lines that say one of these. V(planned), V(held) and V(releasing) are open, the others are ended.
    type: list
    elements: str
    choices: [planned, held, releasing, released, gone, failed, abandoned]
  include_history:
    description:
      - Whether each line tells what was written of it, and when.
    type: bool
    default: false
  include_evidence:
    description:
      - Whether each line carries the deliveries and queued messages that were kept. They name customers and whom these wrote to.
    type: bool
    default: false
  folder:
    description:
      - Folder on the controller in which the store is unless O(store) says where. It is made when it is missing.
    type: path
    default: whm-containment
seealso:
  - module: whm.mail.containment
  - module: whm.mail.containment_release
"""

EXAMPLES = r"""
- name: Read who is held on this server
  whm.mail.containment_ledger:
    server: "{{ inventory_hostname }}"
    statuses: [held]
  register: ledger

- name: Say who is held by containment here, and why
  ansible.builtin.debug:
    msg: "{{ item.user }}: {{ item.why | join(', ') }}"
  loop: "{{ ledger.entries }}"
  loop_control:
    label: "{{ item.user }}"
"""

RETURN = r"""
store:
  description: Where the store is, without a password.
  returned: success
  type: str
  sample: /srv/containment/store.sqlite
entries:
  description: The lines, oldest first.
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
      description:
        - Whether its deliveries and queued messages are kept in the store. Null until they are.
        - With O(include_evidence) these themselves, with C(deliveries), C(deliveries_truncated), C(queue) and C(entry), the line as it was then.
      type: raw
      sample: true
    history:
      description: What was written of it, in order. Only with O(include_history).
      type: list
      elements: dict
      sample: [{at: "2026-01-31T09:30:00Z", at_epoch: 1769851800, status: planned}, {at: "2026-01-31T09:30:01Z", at_epoch: 1769851801, status: held}]
    complete:
      description: Whether evidence and sessions were dealt with too.
      type: bool
      sample: true
"""
