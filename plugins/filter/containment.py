# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters of the role containment. What they do is in plugin_utils/decide*.py; here is only what Ansible needs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.whm.mail.plugins.module_utils._mail.times import duration
from ansible_collections.whm.mail.plugins.plugin_utils._containment import decide, finish
from ansible_collections.whm.mail.plugins.plugin_utils._containment import entries as _containment_ledger
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import kept_text, plain


def containment_outliers(facts: Any, limits: Mapping[str, Any], exempt: Mapping[str, Any]) -> Any:
    """The accounts of a server above a limit."""
    if not isinstance(facts, Mapping) or "accounts" not in facts:
        raise AnsibleFilterError("containment_outliers: the facts have no accounts. Gather the subset accounts.")
    numbers = {name: _number(value) for name, value in limits.items()}
    found = decide.outliers(plain(facts), numbers, plain(exempt))
    for sentence in decide.cannot_hold(found["beyond"]):
        Display().warning(sentence)
    return wrap_var(found)


def containment_decide(
    found: Sequence[Any], accounts: Sequence[Any], entries: Sequence[Any], settings: Mapping[str, Any]
) -> Any:
    """What to do about them."""
    given = {**plain(settings), "until": _number(settings.get("until"))}
    return wrap_var(decide.decide(plain(found), plain(accounts), plain(entries), given))


def containment_held(entries: Sequence[Any], results: Sequence[Any]) -> Any:
    """Planned entries after the hold."""
    return wrap_var(_containment_ledger.held(plain(entries), plain(results), int(time.time())))


def containment_release(entries: Sequence[Any], accounts: Sequence[Any], selection: Mapping[str, Any]) -> Any:
    """What to release of a server."""
    asked = {**plain(selection), "now": int(time.time())}
    return wrap_var(_containment_ledger.release(plain(entries), plain(accounts), asked))


def containment_released(entries: Sequence[Any], results: Sequence[Any]) -> Any:
    """Entries after the release."""
    return wrap_var(_containment_ledger.released(plain(entries), plain(results), int(time.time())))


def containment_until(text: Any, now: Any) -> int | None:
    """When something that lasts so long from now on ends; None for an empty text."""
    if not str(text or "").strip():
        return None
    try:
        return int(now) + duration(str(text))
    except ValueError as exc:
        raise AnsibleFilterError(f"containment_until: {exc}.") from None


def containment_sentences(
    decision: Mapping[str, Any], exempt: Sequence[Any], check_mode: bool, beyond: Sequence[Any] = ()
) -> Any:
    """What is done, one sentence an account."""
    return wrap_var(decide.sentences(plain(decision), plain(exempt), bool(check_mode), plain(beyond)))


def containment_not_changed(entries: Sequence[Any], tasks: Sequence[Any], holding: bool) -> Any:
    """Who could not be held or released, one sentence an account."""
    return wrap_var(finish.not_changed(plain(entries), plain(tasks), bool(holding)))


def containment_evidence(entry: Mapping[str, Any], found: Mapping[str, Any], queue: Sequence[Any]) -> Any:
    """The text of a file with what is kept about one account."""
    document = _containment_ledger.evidence(plain(entry), plain(found), plain(queue))
    return kept_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def containment_evidence_file(entry: Mapping[str, Any], folder: str) -> str:
    """The path of that file."""
    return _containment_ledger.evidence_file(plain(entry), str(folder))


def containment_finished(
    entries: Sequence[Any], deliveries: Any, evidence: Any, ended: Any, folder: Any, sessions: bool
) -> Any:
    """Held entries after what belongs to a hold was done, each by itself."""
    where = str(folder) if folder else None
    sent, kept, closed = (plain(result) or {} for result in (deliveries, evidence, ended))
    return wrap_var(finish.finished(plain(entries), sent, kept, closed, where, bool(sessions)))


def _number(value: Any) -> int | None:
    """A number or None, which templates of ansible-core before 2.19 turn into texts."""
    return None if value is None or str(value) in ("", "None") else int(value)


FILTERS: dict[str, Callable[..., Any]] = {
    "containment_outliers": containment_outliers,
    "containment_decide": containment_decide,
    "containment_sentences": containment_sentences,
    "containment_until": containment_until,
    "containment_held": containment_held,
    "containment_not_changed": containment_not_changed,
    "containment_evidence": containment_evidence,
    "containment_evidence_file": containment_evidence_file,
    "containment_finished": containment_finished,
    "containment_release": containment_release,
    "containment_released": containment_released,
}


class FilterModule:
    """Ansible's way to find them."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return FILTERS
