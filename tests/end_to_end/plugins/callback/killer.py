# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kills ansible-playbook and its workers, by a signal that nothing can catch, at a boundary inside a task.

KILL_AT is where, such as ``write 1 before``: the first time that the ledger is written, before that; ``ask mailbox_sessions after``: after
that module was asked.
"""

from __future__ import annotations

import os
import signal

from ansible.plugins.callback import CallbackBase
from ansible_collections.whm.mail.plugins.plugin_utils._controller.server_action import ServerAction
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger

DOCUMENTATION = """
name: killer
type: notification
short_description: Kills the play inside a task, for tests
description: Kills the play inside a task, for tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "killer"
    CALLBACK_NEEDS_ENABLED = True

    def v2_playbook_on_start(self, playbook):
        """Workers are forked later, and so find it."""
        what, which, when = os.environ["KILL_AT"].split()
        owner = ServerAction if what == "ask" else Ledger
        as_it_is, calls = getattr(owner, what), []

        def killing(itself, *arguments, **options):
            calls.append(arguments)
            here = which in (str(len(calls)), str(arguments[0]).rpartition(".")[2])
            if here and when == "before":
                kill()
            result = as_it_is(itself, *arguments, **options)
            if here:
                kill()
            return result

        setattr(owner, what, killing)


def kill():
    """Newer workers lead a group of their own."""
    os.kill(os.getppid(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)
