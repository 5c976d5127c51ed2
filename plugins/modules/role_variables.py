#!/usr/bin/python
# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: role_variables
short_description: Take the variables of a role as what they are meant to be
version_added: 0.1.0
author:
  - whm.mail contributors (@whm-mail)
description:
  - Returns the variables of a role of this collection with the types that its documentation names, whatever they arrived as, such as native
    values, texts of C(-e name=value), an INI inventory, or the survey of a job. The roles begin with it, and use only what it returns.
  - A list of names may be a text with commas or lines, every list and dictionary a text with YAML or JSON, at every depth. What is null or an empty
    text counts as not given.
  - A value that cannot be what is wanted, a word that is none of the choices, and a key that is not known fail the task, with a sentence for each.
  - It calls no WHM server. It is an action that always runs on the controller, whatever the task is delegated to, and is no member of the action
    group of this collection.
extends_documentation_fragment:
  - whm.mail.attributes.controller
options:
  role:
    description:
      - The role.
    type: str
    required: true
    choices: [audit, containment, policy]
  entry_point:
    description:
      - Its entry point.
    type: str
    default: main
    choices: [main, release]
"""

EXAMPLES = r"""
- name: Take the variables of the policy as what they are meant to be
  whm.mail.role_variables:
    role: policy
  register: wanted

- name: Say who is held
  ansible.builtin.debug:
    msg: "{{ wanted.policy.outgoing_mail | selectattr('hold', 'defined') | selectattr('hold') | map(attribute='users') | flatten }}"
"""

RETURN = r"""
policy:
  description:
    - The variables that begin with C(policy_), by their names without that. Lists and dictionaries that are not given are empty.
  returned: success
  type: dict
  sample:
    forwards:
      - {user: root, destinations: [ops@example.net]}
variables:
  description:
    - The role's own variables, by their names without its prefix. Those that are not given have their default, or null. Empty for the
      role C(policy).
  returned: success
  type: dict
  sample: {fail_on: [drift], include_facts: false}
"""
