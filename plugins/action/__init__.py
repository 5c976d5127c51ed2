# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Ansible imports this package in its main process, when it parses the first task of the collection. What is imported here
# is thus there in every worker it forks later, and is not compiled again for each task.
from __future__ import annotations

import decimal  # a callback of Ansible would load it later, and what is remembered below were forgotten  # noqa: F401
import gc
from collections.abc import Iterable, Mapping, MutableMapping, Sequence, Set
from contextlib import suppress

import ansible.constants
from ansible.plugins.loader import action_loader, connection_loader
from ansible_collections.whm.mail.plugins.action import api as _api  # noqa: F401

# Ansible asks these, too, for each task of a module, whether they are needed or not.
action_loader.get("ansible.legacy.normal", class_only=True)
with suppress(Exception):  # said again where it matters
    connection_loader.get(ansible.constants.DEFAULT_TRANSPORT, class_only=True)

# Python remembers which types are mappings and which are not; the first question walks through every class that it knows.
for _kind in (Iterable, Mapping, MutableMapping, Sequence, Set):
    for _value in (None, True, 0, 0.0, "", b"", [], (), {}, set()):
        isinstance(_value, _kind)

# All that is loaded by now stays until the end. The collector need not walk through it again in each worker: over results
# for thousands of accounts that takes longer than the module itself.
gc.freeze()
