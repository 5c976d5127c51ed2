# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What mail_facts returned, checked for what holds of all facts."""

from __future__ import annotations

from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.subsets import SUBSETS

ALL = list(SUBSETS)
KEYS = {"schema", "gathered_at", "subsets", "unavailable"}


def facts(result: dict[str, Any]) -> dict[str, Any]:
    assert "failed" not in result, result
    assert result["changed"] is False
    found = result["ansible_facts"]["whm_mail"]
    present = {name for name in ALL if name in found}
    assert present == set(found["subsets"])
    assert not present & set(found["unavailable"])
    beside = {"mailboxes": "addresses", "accounts": "all_accounts"}
    assert set(found) == KEYS | present | {key for name, key in beside.items() if name in present}
    return dict(found)
