#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: audit_server
short_description: Hold what was read of a server against a policy, for a report
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Holds what M(whm.mail.mail_facts) read of a server against a policy, and keeps what differs, what is wrong and what could not be read for
    M(whm.mail.audit_report), which writes the report. The role P(whm.mail.audit#role) uses both.
  - It calls no WHM server. It is an action that always runs on the controller, whatever the task is delegated to, takes no connection
    options, and is no member of the action group of this collection.
  - What it keeps lies in the temporary folder that Ansible makes for each run and removes at its end.
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    details:
      - Nothing that is audited changes, so it does the same in check mode and out of it.
  diff_mode:
    support: none
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    support: full
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
options:
  gathered:
    description:
      - Name of the variable in which the result of M(whm.mail.mail_facts) was registered, without braces. A result that failed becomes a
        server that could not be read.
    type: str
    required: true
  folder:
    description:
      - Folder of the report, the same as of M(whm.mail.audit_report). It keeps apart the reports of one run.
    type: path
    required: true
  policy:
    description:
      - The variables of the role P(whm.mail.policy#role) without their prefix, such as C(forwards).
    type: dict
    default: {}
  queue_hours:
    description:
      - Messages that wait in the queue for longer are a problem.
    type: int
    default: 24
seealso:
  - module: whm.mail.audit_report
"""

EXAMPLES = r"""
- name: Read the mail state of the server
  whm.mail.mail_facts:
  register: gathered
  ignore_errors: true

- name: Hold it against a policy
  whm.mail.audit_server:
    gathered: gathered
    folder: audit
    policy:
      forwards:
        - {user: root, destinations: [team@example.com]}
  register: audited
"""

RETURN = r"""
status:
  description: V(ok), V(partial) where some of it could not be read, V(failed) or V(unreachable).
  returned: success
  type: str
  sample: ok
findings:
  description: Number of findings by severity.
  returned: success
  type: dict
  sample: {drift: 1, problem: 0, info: 2}
unread:
  description: What the server was asked about and did not tell.
  returned: success
  type: list
  elements: dict
  sample:
    - {subset: forwards, item: root, field: "*", reason: Access denied}
reason:
  description: Why it could not be read. Only with the status V(failed) or V(unreachable).
  returned: when the server could not be read
  type: str
  sample: the connection was refused
"""
