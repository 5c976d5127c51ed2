# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of the role audit. What they do is in plugin_utils/_audit_*.py; here is only what Ansible needs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.whm.mail.plugins.module_utils._times import iso
from ansible_collections.whm.mail.plugins.plugin_utils._audit_compare import NotAnAudit, compare, parse
from ansible_collections.whm.mail.plugins.plugin_utils._audit_document import document, server, without_facts
from ansible_collections.whm.mail.plugins.plugin_utils._audit_formats import as_csv, as_json, as_junit
from ansible_collections.whm.mail.plugins.plugin_utils._audit_page import as_html
from ansible_collections.whm.mail.plugins.plugin_utils._audit_problems import findings
from ansible_collections.whm.mail.plugins.plugin_utils._plain import kept_text, plain

_ROOT = Path(__file__).parents[2]


def audit_server(
    gathered: Mapping[str, Any], name: str, host: str, policy: Mapping[str, Any], queue_hours: int = 24
) -> Any:
    """One server of the audit, from the registered result of mail_facts. What was read is in it as one text of JSON."""
    result = _unwrapped(gathered)
    facts = (result.get("ansible_facts") or {}).get("whm_mail")
    if facts is not None and (not isinstance(facts, dict) or "subsets" not in facts):
        raise AnsibleFilterError("audit_server: this is not the result of whm.mail.mail_facts.")
    wanted = plain(policy)
    found = server(str(name), str(host), result, findings(facts, str(name), wanted, int(queue_hours)) if facts else [])
    if facts:
        found["facts_json"] = json.dumps(found.pop("facts"))
    return wrap_var({"server": found, "policy_given": any(wanted.values())})


def audit_document(
    hostvars: Mapping[str, Any], hosts: Sequence[str], earlier: str | None = None, forgiving: bool = False
) -> Any:
    """The audit of these hosts, from the variable ``audit_server`` of each. The facts of each are still one text.

    :param earlier: path of an earlier audit.json to compare with.
    :param forgiving: whether one that cannot be compared with is a warning, and ``not_compared`` of the document.
    """
    now = int(time.time())
    audited = [_audited(str(name), hostvars[name]) for name in hosts]  # once: Ansible copies all facts of a host for it
    given = any(row["policy_given"] for row in audited)
    found = document([row["server"] for row in audited], {"epoch": now, "iso": iso(now)}, _version(), given)
    if earlier:
        found.update(_compared(found, str(earlier), forgiving))
    return wrap_var(found)


def audit_file(audit: Mapping[str, Any], form: str, title: str = "Mail audit", facts: bool = True) -> Any:
    """The document as the text of a file: json, csv, junit or html.

    :param facts: whether the JSON is to carry what was read.
    """
    if form not in _FORMS:
        raise AnsibleFilterError(f"audit_file: {form} is none of {', '.join(_FORMS)}.")
    found = plain(audit)
    return kept_text(_FORMS[form](_with_facts(found) if facts and form == "json" else without_facts(found), str(title)))


def _audited(name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    known = variables.get("audit_server")
    if known:
        found: dict[str, Any] = plain(known)
        return found
    return {"server": server(name, str(variables.get("ansible_host") or name), None, []), "policy_given": False}


def _with_facts(audit: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the facts as they are, and no longer as a text."""
    servers = []
    for row in audit["servers"]:
        text = row.get("facts_json")
        rest = {key: value for key, value in row.items() if key != "facts_json"}
        servers.append({**rest, "facts": json.loads(text)} if text else rest)
    return {**audit, "servers": servers}


def _unwrapped(result: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a module as it was given. Newer versions of Ansible would look at each of its texts for a template, which
    a module's never are, when it is taken out: some seconds for thousands of accounts."""
    direct = getattr(result, "_non_lazy_copy", None)
    found: dict[str, Any] = plain(direct() if direct else result)
    return found


def _compared(found: Mapping[str, Any], path: str, forgiving: bool) -> dict[str, Any]:
    """What the document says about the earlier audit."""
    try:
        earlier = parse(Path(path).expanduser().read_text(encoding="utf-8"))
        return {"compared_with": compare(_with_facts(found), earlier)}
    except (OSError, RuntimeError, UnicodeDecodeError, NotAnAudit) as exc:  # RuntimeError: nobody knows what ~ is
        sentence = f"{path} cannot be compared with. {exc}"
        if not forgiving:
            raise AnsibleFilterError(f"audit_document: {sentence}") from None
        Display().warning(sentence)
        return {"not_compared": sentence}


def _version() -> str:
    """Of this collection: installed it has a manifest, in a checkout its galaxy.yml."""
    manifest = _ROOT / "MANIFEST.json"
    if manifest.is_file():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    return str(yaml.safe_load((_ROOT / "galaxy.yml").read_text(encoding="utf-8"))["version"])


_FORMS: dict[str, Callable[[Any, str], str]] = {
    "json": lambda audit, _title: as_json(audit),
    "csv": lambda audit, _title: as_csv(audit),
    "junit": lambda audit, _title: as_junit(audit),
    "html": as_html,
}


class FilterModule:
    """Ansible's way to find them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"audit_server": audit_server, "audit_document": audit_document, "audit_file": audit_file}
