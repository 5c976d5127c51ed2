# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filter of the role audit. What it does is in plugin_utils/_audit_*.py; here is only what Ansible needs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import without_facts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.run import FORMS
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import kept_text, plain


def audit_file(audit: Mapping[str, Any], form: str, title: str = "Mail audit", facts: bool = True) -> Any:
    """The document as the text of a file: json, csv, junit or html.

    :param facts: whether the JSON is to carry what was read.
    """
    if form not in FORMS:
        raise AnsibleFilterError(f"audit_file: {form} is none of {', '.join(FORMS)}.")
    found = plain(audit)
    _name, text_of = FORMS[form]
    return kept_text(text_of(found if facts and form == "json" else without_facts(found), str(title)))


class FilterModule:
    """Ansible's way to find it."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"audit_file": audit_file}
