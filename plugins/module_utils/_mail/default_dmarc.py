# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The DMARC record that is a server's default: shared by default_dmarc, default_dmarc_info and the facts."""

from __future__ import annotations

from ansible_collections.whm.mail.plugins.module_utils._mail.dmarc import normal
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import UnexpectedAnswer

FUNCTION = "get_default_dmarc_record"
CALL = Call(FUNCTION)

#: The example of the reference. That it is the record of a server where nobody set one is our guess.
BUILT_IN = "v=DMARC1; p=none;"


def default_record(answer: Answer) -> str | None:
    """The record, as the server wrote it; None where it is empty.

    :raises UnexpectedAnswer: the answer holds none.
    """
    payload = answer.get("payload")
    record = payload.get("record") if isinstance(payload, dict) else None
    if not isinstance(record, str):
        raise UnexpectedAnswer("the answer holds no record", FUNCTION)
    return to_text(record.strip())


def is_built_in(record: str | None) -> bool:
    return record is None or normal(record) == normal(BUILT_IN)
