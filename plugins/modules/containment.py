#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: containment
short_description: Hold the accounts of a server that send an outbreak of spam
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Finds the accounts of the server that sent far more than O(recipients), O(failures) or O(queue_share) allow, holds their outgoing mail,
    ends their sessions, keeps evidence, and writes all of that to a ledger in the store. The role P(whm.mail.containment#role) uses it.
  - Whom it holds it writes down before the server is asked, and again after the state was read back. Whatever ends a run, nobody is held
    without a line in the ledger, and the next run completes or undoes what was left.
  - Several controllers may share a PostgreSQL store. Each server is worked on by one of them at a time, and an account is held once, by one line.
  - Who was held or suspended by somebody else is left alone.
  - Who is above a limit and cannot be held, such as C(nobody) or C(root), is named in RV(beyond) and by a warning.
  - Run again it changes nothing.
  - The store is opened before the server is asked. Where it cannot be used the task fails, and nothing was sent.
  - It is an action that always runs on the controller. Where the task is delegated, or O(transport=cli), the modules that it uses
    (M(whm.mail.mail_facts), M(whm.mail.outgoing_mail), M(whm.mail.delivery_info), M(whm.mail.mailbox_sessions)) run on that machine.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.store
attributes:
  check_mode:
    support: full
    details:
      - The ledger is not written in check mode, and no evidence is kept.
  async:
    support: none
    description: Supports being used with the C(async) keyword.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  since:
    description:
      - Since when messages and recipients are counted, and how far back the evidence goes, as O(whm.mail.mail_facts#module:since).
      - The queue is looked at as it is.
    type: str
    default: 1h
  criteria:
    description:
      - What counts. An account above any of the limits that are named here is held.
    type: list
    elements: str
    choices: [recipients, failures, queue_share]
    default: [recipients, failures, queue_share]
  recipients:
    description:
      - Hold accounts that wrote to more recipients than this. Pairs of sender and recipient are counted.
    type: int
    default: 500
  failures:
    description:
      - Hold accounts with more deliveries that failed or were put off than this.
    type: int
    default: 200
  queue_share:
    description:
      - Hold accounts that more than so many percent of the messages in the queue belong to.
    type: int
    default: 50
  queue_messages:
    description:
      - From how many messages in the queue on O(queue_share) counts. In a queue of three, one message is a large share.
    type: int
    default: 50
  exempt_users:
    description:
      - Accounts that are never held. They are named all the same.
    type: list
    elements: str
    default: []
  exempt_owners:
    description:
      - Owners whose accounts are never held. They are named all the same.
    type: list
    elements: str
    default: []
  max:
    description:
      - Most accounts of the server that containment may hold at a time. Where there would be more, nothing is done.
    type: int
    default: 10
  action:
    description:
      - V(hold) defers their outgoing mail, V(suspend) rejects it and fails what is queued.
    type: str
    choices: [hold, suspend]
    default: hold
  hold_for:
    description:
      - After how long the hold expires, such as V(24h). M(whm.mail.containment_release) with O(whm.mail.containment_release#module:release_expired)
        releases it then.
      - Empty for never.
    type: str
    default: ""
  end_sessions:
    description:
      - Whether their mail sessions are ended.
    type: bool
    default: true
  collect_evidence:
    description:
      - Whether their deliveries and queued messages are kept in the store.
    type: bool
    default: true
  incident:
    description:
      - One name for all that belongs together, of letters, digits, dots, hyphens and underscores.
      - When omitted, the day (UTC).
    type: str
  keep_days:
    description:
      - How many days the store keeps lines that ended, with their evidence. An open one is never removed. V(0) keeps everything.
    type: int
    default: 365
  by:
    description:
      - Who does it, for the ledger.
      - When omitted, the user of AWX whose job it is, else the user of the controller.
    type: str
  folder:
    description:
      - Folder on the controller in which the store is unless O(store) says where. It is made when it is missing, for its owner only.
      - A C(ledger.json) in it, of an earlier version of this collection, is taken over once.
    type: path
    default: whm-containment
  role_variables:
    description:
      - Whether options that the task does not give come from the variables of the role P(whm.mail.containment#role), C(containment_recipients) and the like, as
        that role uses this module.
      - They are read where they stand, and may be texts. A template in a task would change what they are before ansible-core 2.19.
    type: bool
    default: false
seealso:
  - module: whm.mail.containment_release
  - module: whm.mail.containment_ledger
  - module: whm.mail.outgoing_mail
"""

EXAMPLES = r"""
- name: Hold whoever sends an outbreak of spam, for a day
  whm.mail.containment:
    recipients: 1000
    hold_for: 24h
  register: outbreak

- name: Say who is held
  ansible.builtin.debug:
    msg: "{{ outbreak.sentences }}"
"""

RETURN = r"""
held:
  description:
    - Whom this run holds, and whom it found held with something left to be done. In check mode whom it would hold.
  returned: success
  type: list
  elements: dict
  contains:
    user:
      description: The account.
      type: str
      sample: carla
    action:
      description: What is done to its outgoing mail, V(hold) or V(suspend).
      type: str
      sample: hold
    status:
      description: What the ledger says of it, as RV(whm.mail.containment_ledger#module:entries). In check mode V(planned).
      type: str
      sample: held
    incident:
      description: The incident.
      type: str
      sample: "2026-01-31"
    id:
      description: Of the line in the ledger.
      type: str
      sample: 2026-01-31/whm1/carla/1769851800
    why:
      description: The reasons.
      type: list
      elements: str
      sample: [600 recipients (limit 500)]
    numbers:
      description: What was counted.
      type: dict
      sample: {recipients: 600, failures: 480, failed: 320, deferred: 160, queued: 120, queue_share: 66}
    until:
      description: When the hold expires, in ISO 8601 UTC; C(until_epoch) in epoch seconds. Null for never.
      type: str
      sample: null
    complete:
      description: Whether evidence and sessions were dealt with, too.
      type: bool
      sample: true
    changed:
      description: Whether this run changed it on the server.
      type: bool
      sample: true
not_held:
  description:
    - Who was to be held and is not, as RV(held), with C(error) where it is known why. The line in the ledger says V(failed), or V(planned) where
      the next run has to look.
  returned: when the server could be read
  type: list
  elements: dict
  sample: []
left:
  description: Who is above a limit and left alone, as C(user) and C(why).
  returned: success
  type: list
  elements: dict
  sample: [{user: bob, why: somebody else holds or suspended it already}]
exempt:
  description: Who is above a limit and exempt, with C(user), C(owner), C(numbers) and C(why).
  returned: when the server could be read
  type: list
  elements: dict
  sample: []
beyond:
  description: Who is above a limit and cannot be held, with C(name), C(numbers), C(why) and C(reason).
  returned: when the server could be read
  type: list
  elements: dict
  sample: []
sentences:
  description: What is done and why, a sentence for each.
  returned: when the server could be read
  type: list
  elements: str
  sample: ["carla is being held: 600 recipients (limit 500)."]
incident:
  description: The name of the incident.
  returned: success
  type: str
  sample: "2026-01-31"
store:
  description: Where the store is, without a password.
  returned: success
  type: str
  sample: /srv/containment/store.sqlite
error:
  description: What failed, with kind, function, reason, host and http_status.
  returned: when the server could not be read
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""
