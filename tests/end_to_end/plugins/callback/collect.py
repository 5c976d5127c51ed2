# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes each result as a line of JSON, and what the main process had imported when the play began."""

from __future__ import annotations

import json
import os
import sys

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: collect
type: notification
short_description: Results as lines of JSON, for tests
description: Results as lines of JSON, for tests.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "collect"
    CALLBACK_NEEDS_ENABLED = True

    def _write(self, **line):
        with open(os.environ["COLLECT_FILE"], "a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, default=str) + "\n")

    def _result(self, outcome, found):
        self._write(outcome=outcome, host=found._host.get_name(), task=found._task.get_name(), result=found._result)

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._write(outcome="start", task=task.get_name(), imported=sorted(n for n in sys.modules if ".whm.mail." in n))

    def v2_runner_on_ok(self, result):
        self._result("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._result("failed", result)

    def v2_runner_on_unreachable(self, result):
        self._result("unreachable", result)
