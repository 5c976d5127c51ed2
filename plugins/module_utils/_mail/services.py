# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The services of a server that handle mail: whether they are meant to run, and do."""

from __future__ import annotations

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.gathering import Facts, Params, Subset, answered
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client, Outcome
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import Fields, to_text
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer

STATUS = Call("servicestatus")

#: Those of WHM's services that have to do with mail; tailwatchd fills the tracking of deliveries.
MAIL = (
    "cpanel-dovecot-solr",
    "cpgreylistd",
    "exim",
    "exim-altport",
    "imap",
    "lmtp",
    "mailman",
    "pop",
    "spamd",
    "tailwatchd",
)

FLAGS = ("installed", "enabled", "monitored", "running")


def service_rows(answer: Answer, fields: Fields) -> list[dict[str, Any]]:
    """``{service, name, installed, enabled, monitored, running}`` of the mail services that the server has, by service."""
    records = {str(row.get("name")): row for row in answer.listing("service")}
    return [
        {
            "service": name,
            "name": to_text(records[name].get("display_name")),
            **{flag: fields.flag(records[name], flag) for flag in FLAGS},
        }
        for name in MAIL
        if name in records
    ]


def _first(params: Params) -> list[Call]:
    return [STATUS]


def _finish(client: Client, params: Params, outcomes: list[Outcome]) -> Facts:
    fields = Fields(STATUS.function)
    rows = service_rows(answered(outcomes[0]), fields)
    client.tell(fields)
    return {"services": rows}


#: The subset of mail_facts.
SUBSET = Subset(_first, _finish)
