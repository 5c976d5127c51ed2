#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_audit
short_description: Audit the mail of a server and keep the audit
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Reads the mail state of the server, holds it against a policy, and keeps what differs, what is wrong and what could not be read in the
    store, from which M(whm.mail.mail_audit_report) writes the report of all servers. The role P(whm.mail.audit#role) uses both.
  - Changes nothing on the server, in check mode or out of it. What the store gets is the report itself.
  - Each server is compared with its own audit of an earlier run, never with one of the same run. A run is one call of C(ansible-playbook).
    Only where a later play of it audits a server again, that is compared with what the earlier play left.
  - A server that cannot be read does not fail the task. RV(status) and a warning say so, and it stands in the report.
  - The store is opened before the server is asked. Where it cannot be used the task fails, and nothing was sent.
  - It is an action that always runs on the controller. Where the task is delegated, or O(transport=cli), the module
    M(whm.mail.mail_facts) is what runs on that machine, and its facts are judged on the controller.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.attributes.info
  - whm.mail.connection
  - whm.mail.store
attributes:
  async:
    support: none
    description: Supports being used with the C(async) keyword.
options:
  policy:
    description:
      - The variables of the role P(whm.mail.policy#role) without their prefix, such as C(forwards). Texts are taken as what they mean, as the
        role takes them.
      - Without any, findings are what is wrong whatever the policy.
    type: dict
    default: {}
  gather_subset:
    description:
      - What to read, as O(whm.mail.mail_facts#module:gather_subset).
    type: list
    elements: str
    default: [all, "!mailboxes"]
  since:
    description:
      - How far back deliveries and recipients are counted, as O(whm.mail.mail_facts#module:since).
    type: str
    default: 24h
  queue_hours:
    description:
      - Messages that wait in the queue for longer are a problem.
    type: int
    default: 24
  folder:
    description:
      - Folder on the controller in which the store is unless O(store) says where. It is made when it is missing.
      - A relative path counts from where C(ansible-playbook) was started.
    type: path
    default: whm-audit
  role_variables:
    description:
      - Whether options that the task does not give come from the variables of the role P(whm.mail.audit#role), C(audit_since) and the like, and C(policy_*), as
        that role uses this module.
      - They are read where they stand, and may be texts. A template in a task would change what they are before ansible-core 2.19.
    type: bool
    default: false
seealso:
  - module: whm.mail.mail_audit_report
  - module: whm.mail.mail_facts
"""

EXAMPLES = r"""
- name: Audit the server
  whm.mail.mail_audit:
  register: audit

- name: Say what is wrong
  ansible.builtin.debug:
    msg: "{{ audit.findings | selectattr('severity', 'equalto', 'problem') | map(attribute='message') }}"

- name: Hold the server against a policy, and remember the audit where all controllers see it
  whm.mail.mail_audit:
    store: "{{ vault_store_url }}"
    policy:
      forwards:
        - {user: root, destinations: [team@example.com]}
      outgoing_mail:
        - {users: [alice], hold: false}
"""

RETURN = r"""
status:
  description: V(ok), V(partial) where some of it could not be read, V(failed) or V(unreachable).
  returned: success
  type: str
  sample: ok
findings:
  description: What was found, the severest first.
  returned: success
  type: list
  elements: dict
  contains:
    resource:
      description: What kind of thing it concerns.
      type: str
      sample: forwards
    item:
      description: Which one, such as an account, a domain or an address.
      type: str
      sample: root
    field:
      description: What of it.
      type: str
      sample: destinations
    severity:
      description: V(drift) is a difference from the policy, V(problem) what is wrong whatever the policy, V(info) what is worth knowing.
      type: str
      sample: drift
    message:
      description: A sentence for people.
      type: str
      sample: Mail of root goes nowhere instead of to team@example.com.
    expected:
      description: What it should be. Null where nothing says so.
      type: raw
      sample: [team@example.com]
    actual:
      description: What it is. Null where that is not known.
      type: raw
      sample: []
figures:
  description:
    - Numbers of the server, by subject, such as C(accounts), C(auth) and C(queue). Those whose facts could be read.
  returned: success
  type: dict
  sample: {version: 11.138.0.6, queue: {messages: 3, frozen: 0, by_age: []}}
unread:
  description: What the server was asked about and did not tell.
  returned: success
  type: list
  elements: dict
  sample:
    - {subset: forwards, item: root, field: "*", reason: Access denied}
error:
  description: Why it could not be read, with kind, function, reason, host and http_status.
  returned: when the server could not be read
  type: dict
  sample: {kind: connection, function: batch, reason: the connection was refused, host: "whm1.example.com:2087", http_status: null}
"""
