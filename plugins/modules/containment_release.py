#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: containment_release
short_description: Release accounts that containment holds
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Releases accounts of the server that M(whm.mail.containment) holds, and writes that to its ledger. The role P(whm.mail.containment#role)
    uses it in its entry point C(release).
  - Only who stands in the ledger as held by containment is released. What somebody else holds stays held.
  - It is an action that always runs on the controller, as M(whm.mail.containment) is.
extends_documentation_fragment:
  - whm.mail.attributes
  - whm.mail.connection
  - whm.mail.store
attributes:
  check_mode:
    support: full
    details:
      - The ledger is not written in check mode.
  async:
    support: none
    description: Supports being used with the C(async) keyword.
  diff_mode:
    support: none
  idempotent:
    support: full
options:
  release_users:
    description:
      - Names of the accounts. Exactly one of O(release_users), O(release_incident) and O(release_expired) says who is released.
      - A name that the ledger does not know is an error, whichever server it would be of.
    type: list
    elements: str
    default: []
  release_incident:
    description:
      - All that are held because of this incident.
    type: str
    default: ""
  release_expired:
    description:
      - All whose time is over.
    type: bool
    default: false
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
      - Whether options that the task does not give come from the variables of the role P(whm.mail.containment#role), C(containment_release_users) and
        the like, as that role uses this module.
      - They are read where they stand, and may be texts. A template in a task would change what they are before ansible-core 2.19.
    type: bool
    default: false
seealso:
  - module: whm.mail.containment
  - module: whm.mail.containment_ledger
"""

EXAMPLES = r"""
- name: Release everybody whose time is over
  whm.mail.containment_release:
    release_expired: true

- name: Release all of one incident
  whm.mail.containment_release:
    release_incident: "2026-01-31"
"""

RETURN = r"""
released:
  description: Who was released. In check mode who would be.
  returned: success
  type: list
  elements: dict
  contains:
    user:
      description: The account.
      type: str
      sample: carla
    action:
      description: What had been done to its outgoing mail, V(hold) or V(suspend).
      type: str
      sample: hold
    status:
      description: What the ledger says of it. V(released) when that was read back.
      type: str
      sample: released
    incident:
      description: The incident.
      type: str
      sample: "2026-01-31"
    id:
      description: Of the line in the ledger.
      type: str
      sample: 2026-01-31/whm1/carla/1769851800
    changed:
      description: Whether this run changed it on the server.
      type: bool
      sample: true
    error:
      description: Why it could not be released, with kind, function, reason, host and http_status.
      type: dict
left:
  description: Who was meant and is left alone, as C(user) and C(why).
  returned: success
  type: list
  elements: dict
  sample: [{user: bob, why: it is not held any more}]
sentences:
  description: What was done, a sentence for each.
  returned: when the server could be read
  type: list
  elements: str
  sample: [carla was released.]
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
