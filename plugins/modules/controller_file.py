#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: controller_file
short_description: Write a report or evidence to a file on the controller
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Writes a text to a file on the controller, which is where the roles of this collection keep reports and evidence.
  - It calls no WHM server and starts no process, so that it takes some milliseconds where M(ansible.builtin.copy) takes most of a second.
    It is an action that always runs on the controller, whatever the task is delegated to, and is no member of the action group of this
    collection.
  - The file is replaced as a whole, so a process that is killed leaves the old file or the new one. A symbolic link is replaced, not
    followed.
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
  diff_mode:
    support: none
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    details:
      - Reports are long, and evidence is about customers.
  idempotent:
    support: full
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
options:
  path:
    description:
      - The file. A relative path counts from where C(ansible-playbook) was started.
    type: path
    required: true
  content:
    description:
      - The text, written in UTF-8 as it is.
      - Data is refused. Before ansible-core 2.19 a template makes data of a text that looks like some, such as JSON, unless C(| string) stands
        behind it. The filters of this collection return texts that stay so.
    type: str
    required: true
  backup:
    description:
      - Whether a file that is replaced is kept beside it, with the time at the end of its name.
    type: bool
    default: false
  mode:
    description:
      - Mode of the file, a zero and three octal digits, in quotes.
    type: str
    default: "0600"
  folder_mode:
    description:
      - Mode of each folder on the way that is missing, and is then made. Those that exist are left alone.
    type: str
    default: "0700"
seealso:
  - module: ansible.builtin.copy
"""

EXAMPLES = r"""
- name: Turn an audit of last week into a page
  whm.mail.controller_file:
    path: last-week.html
    content: "{{ lookup('ansible.builtin.file', 'audit.json') | from_json | whm.mail.audit_file('html', 'Last week') }}"
    mode: "0640"
  run_once: true
"""

RETURN = r"""
backup_file:
  description: The file that was replaced, under its new name.
  returned: when O(backup) is true and a file was replaced
  type: str
  sample: /srv/audits/audit.json.20260131T093000.000000Z
path:
  description: The absolute path of the file.
  returned: success
  type: str
  sample: /srv/audits/last-week.html
"""
