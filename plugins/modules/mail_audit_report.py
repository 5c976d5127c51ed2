#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_audit_report
short_description: Write the report of all servers that were audited
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Writes the report of all servers that M(whm.mail.mail_audit) was run for in this run of Ansible, as JSON, CSV, JUnit XML, an HTML page
    and metrics for Prometheus.
  - Run it for every host. The first that finds something new writes the report, the others write nothing. With C(serial), with the
    strategies C(free) and C(host_pinned), and with several plays the report grows, and the last is the complete one.
  - A host that an earlier task failed for or could not reach is in the report as failed. One that C(when), C(end_host) or C(end_batch) left out,
    or whose turn has not come, is named in RV(left_out) and counts as nothing.
  - Says what is new and gone since each server was audited before, as the store remembers it. No file that was written has to be kept for that.
  - It calls no WHM server. It is an action that always runs on the controller, whatever the task is delegated to, takes no connection
    options, and is no member of the action group of this collection.
extends_documentation_fragment:
  - whm.mail.attributes.controller
  - whm.mail.store
attributes:
  check_mode:
    details:
      - The report is written in check mode, too, and never counts as a change, because nothing that is audited changes.
options:
  folder:
    description:
      - Folder of the report on the controller, and of the store unless O(store) says where that is. It is made when it is missing, for its
        owner and group only.
    type: path
    default: whm-audit
  formats:
    description:
      - Which files to write, each replaced in one step.
      - V(json) is C(audit.json), V(csv) is C(audit.csv), V(junit) is C(audit.xml), V(html) is C(audit.html), and V(openmetrics) is C(audit.prom),
        for the textfile collector of the node_exporter of Prometheus.
    type: list
    elements: str
    choices: [json, csv, junit, html, openmetrics]
    default: [json, csv, junit, html]
  title:
    description:
      - Title of the HTML page.
    type: str
    default: Mail audit
  mode:
    description:
      - Mode of the files, a zero and three octal digits, in quotes.
    type: str
    default: "0640"
  include_facts:
    description:
      - Whether C(audit.json) carries everything that was read. For hundreds of servers that is some hundred megabytes.
    type: bool
    default: false
  compare:
    description:
      - Whether to say what is new and gone.
    type: bool
    default: true
  earlier:
    description:
      - Path of an earlier C(audit.json) to compare with. It has to be one.
      - When omitted, each server is compared with its own last audit in the store.
    type: path
  keep_days:
    description:
      - How many days the store keeps audits, and findings that are gone. The last audit of each server stays.
      - V(0) keeps everything.
    type: int
    default: 365
  fail_on:
    description:
      - What fails the task that wrote the report, once every host had its turn. V(drift) is a difference from the policy, V(problem) what is
        wrong whatever the policy, V(unread) a server that could not be read or only in part.
      - A run that could read no server fails whatever stands here.
      - With a strategy that does not keep step, each host fails for what was found on itself as long as others are to come.
    type: list
    elements: str
    choices: [drift, problem, unread]
    default: []
  role_variables:
    description:
      - Whether options that the task does not give come from the variables of the role P(whm.mail.audit#role), C(audit_title) and the like, as
        that role uses this module.
      - They are read where they stand, and may be texts. A template in a task would change what they are before ansible-core 2.19.
    type: bool
    default: false
seealso:
  - module: whm.mail.mail_audit
"""

EXAMPLES = r"""
- name: Write the report
  whm.mail.mail_audit_report:
    folder: /srv/audits/mail

- name: Write only what Prometheus reads, and fail where a server could not be read
  whm.mail.mail_audit_report:
    folder: /srv/audits/mail
    formats: [openmetrics]
    fail_on: [unread]
  any_errors_fatal: true
"""

RETURN = r"""
written:
  description: Whether this host's task wrote the report. False where another had written the same.
  returned: success
  type: bool
  sample: true
files:
  description: Paths of the files.
  returned: success
  type: list
  elements: str
  sample: [/srv/audits/mail/audit.json]
store:
  description: Where the store is, without a password.
  returned: success
  type: str
  sample: /srv/audits/mail/store.sqlite
summary:
  description: Totals of the servers, as C(summary) of C(audit.json).
  returned: success
  type: dict
  sample: {servers: {total: 3, ok: 3, partial: 0, failed: 0, unreachable: 0}, findings: {drift: 0, problem: 1, info: 0}}
since_earlier:
  description: How many findings are new, gone, open and unknown since each server was audited before. Empty where none of them was.
  returned: success
  type: dict
  sample: {new: 1, gone: 0, open: 0, unknown: 0}
left_out:
  description: Hosts of the play of which the report says nothing.
  returned: success
  type: list
  elements: str
  sample: []
to_come:
  description: Those of them whose turn has not come, as far as this task can know.
  returned: success
  type: list
  elements: str
  sample: []
sentence:
  description: What was found, for people.
  returned: success
  type: str
  sample: "Servers: 3, not read or only in part: 0. Drift: 0, problems: 1. The report is in /srv/audits/mail."
failure:
  description:
    - Why the play is to fail, because of O(fail_on), or because no server could be read. Null when it is not to, and as long as hosts of other
      batches are to come.
    - With a strategy that does not keep step it speaks of this host alone as long as others are to come.
  returned: success
  type: str
  sample: null
ansible_stats:
  description: RV(summary), RV(since_earlier) and RV(files) as C(whm_audit), which AWX keeps as the artifact of the job.
  returned: when it wrote the report
  type: dict
  sample: {per_host: false, aggregate: true, data: {whm_audit: {files: [/srv/audits/mail/audit.json]}}}
"""
