# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An outbreak on one server: find the outliers, write down who is about to be held, hold them, write down what became of it.

Whatever ends this at whatever place, nobody is held without a line in the ledger, and the next run does what is left.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._containment import decide, finish
from ansible_collections.whm.mail.plugins.plugin_utils._containment.asking import (
    Ask,
    Result,
    change,
    not_read,
    row,
    rows_of,
)
from ansible_collections.whm.mail.plugins.plugin_utils._containment.entries import Entry, evidence, held
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import StoreError
from ansible_collections.whm.mail.plugins.plugin_utils._store.ledger import Ledger

#: Keys of a line that the result shows.
SHOWN = ("user", "action", "status", "incident", "id", "why", "numbers", "until", "until_epoch", "complete")


class Containment:
    """One run over one server.

    :param ask: runs a module of this collection on the server.
    :param own: the options of the module containment.
    :param who: ``server`` (its name in the inventory), ``host`` (where it is asked) and ``by``.
    """

    def __init__(
        self, ask: Ask, ledger: Ledger, own: Mapping[str, Any], who: Mapping[str, str], check_mode: bool
    ) -> None:
        self._ask, self._ledger, self._own, self._who, self._check = ask, ledger, own, who, check_mode
        self._failed: list[str] = []

    def run(self) -> Result:
        """The result of the task."""
        gathered = self._ask("mail_facts", {"gather_subset": self._subsets(), "since": self._own["since"]}, True)
        facts = (gathered.get("ansible_facts") or {}).get("whm_mail")
        if not facts or "accounts" not in facts:
            return _not_read(gathered, facts)
        found = decide.outliers(facts, self._limits(), self._exempt())
        before = self._ledger.entries(self._who["server"])
        decision = decide.decide(found["found"], facts["accounts"], before, self._settings(facts, gathered))
        told = {
            "left": decision["left"],
            "exempt": found["exempt"],
            "beyond": found["beyond"],
            "sentences": decide.sentences(decision, found["exempt"], self._check, found["beyond"]),
            "warnings": decide.cannot_hold(found["beyond"]),
        }
        if decision["refused"]:
            return {"failed": True, "changed": False, "msg": decision["refused"], "held": [], **told}
        if found["unread"]:
            self._failed += [*found["unread"], "Take it out of containment_criteria to do without it."]
        rows, changed = self._carry_out(decision, facts)
        here = [each for each in rows if "error" not in each and each["status"] in ("planned", "held")]
        told["not_held"] = [each for each in rows if each not in here]
        failed = {"failed": True, "msg": " ".join(self._failed)} if self._failed else {}
        return {"changed": changed, "held": here, **told, **failed}

    def _subsets(self) -> list[str]:
        """Only what counts; the queue also for the evidence."""
        return ["accounts", "queue", *(decide.SUBSETS[name] for name in self._own["criteria"] if name != "queue_share")]

    def _limits(self) -> dict[str, int | None]:
        limits = {name: self._own[name] if name in self._own["criteria"] else None for name in decide.SUBSETS}
        return {**limits, "queue_messages": self._own["queue_messages"]}

    def _exempt(self) -> dict[str, Any]:
        return {"users": self._own["exempt_users"], "owners": self._own["exempt_owners"]}

    def _settings(self, facts: Mapping[str, Any], gathered: Mapping[str, Any]) -> dict[str, Any]:
        now = int(facts["gathered_at"]["epoch"])
        keep = self._own["hold_seconds"]
        return {
            **self._who,
            "incident": self._own["incident"],
            "action": self._own["action"],
            "now": now,
            "since": gathered["window"]["since_epoch"],
            "until": now + keep if keep else None,
            "max": self._own["max"],
        }

    def _carry_out(self, decision: Mapping[str, Any], facts: Mapping[str, Any]) -> tuple[list[Result], bool]:
        """Who is held by now, as rows, and whether that is a change."""
        planned, unfinished = decision["hold"], decision["finish"]
        if self._check:
            results = self._hold(planned)
            rows = [{**row(entry, results, SHOWN), "status": "planned"} for entry in planned]
            return rows + [row(entry, [], SHOWN) for entry in unfinished], bool(planned or unfinished)
        # Nothing may come between this and the hold: the next run takes a planned account that it finds held for one of ours.
        self._ledger.write(decision["write"])
        results = self._hold(planned)
        lines = held(planned, rows_of(results), int(time.time())) + list(unfinished)
        changed = bool(decision["write"])
        try:
            self._ledger.write(lines[: len(planned)])
            finished = self._finish([line for line in lines if line["status"] == "held"], facts)
            changed = changed or any(line not in lines for line in finished.values())
            lines = [finished.get(line["id"], line) for line in lines]
            self._ledger.forget(self._own["keep_days"])
        except StoreError as exc:
            # What the server did is told all the same. Its line says planned, and the next run looks what became of that.
            self._failed.append(f"{exc} What was done stands in the result; the next run writes it down.")
        return [row(line, results, SHOWN) for line in lines], changed

    def _hold(self, planned: Sequence[Entry]) -> list[Result]:
        results = change(self._ask, planned, True, self._check)
        self._failed += finish.not_changed(planned, results, True)
        return results

    def _finish(self, lines: Sequence[Entry], facts: Mapping[str, Any]) -> dict[str, Entry]:
        """Evidence and sessions of accounts that are held; the lines as they are then, by id. What is left the next run does."""
        if not lines:
            return {}
        lacking = [line for line in lines if self._own["collect_evidence"] and not line["evidence"]]
        deliveries = {line["id"]: self._keep_evidence(line, facts) for line in lacking}
        ended: Result | None = None
        if self._own["end_sessions"]:
            # An account that was removed since has no sessions, and must not stop the others in every run.
            users = [line["user"] for line in lines]
            ended = self._ask("mailbox_sessions", {"users": users, "ignore_missing": True}, False)
        done = finish.finished(lines, deliveries, ended)
        self._failed += done["failed"]
        self._ledger.write(done["entries"])
        return {line["id"]: line for line in done["entries"]}

    def _keep_evidence(self, entry: Entry, facts: Mapping[str, Any]) -> Result:
        read = self._ask("delivery_info", {"users": [entry["user"]], "since": self._own["since"]}, True)
        queue = (facts.get("queue") or {}).get("messages") or []
        self._ledger.keep_evidence(entry, evidence(entry, read, queue))
        return read


def _not_read(gathered: Mapping[str, Any], facts: Mapping[str, Any] | None) -> Result:
    """Where nobody can be found, because the server told nothing of its accounts."""
    told = gathered
    if facts:
        error = (facts.get("unavailable") or {}).get("accounts") or {}
        where = "{function} on {host}".format(**{"function": "listaccts", "host": "the server", **error})
        reason = str(error.get("reason") or "it gave no reason").rstrip(".")
        told = {"msg": f"{where} did not tell the accounts: {reason}. Nobody can be held without them.", "error": error}
    return {"held": [], "left": [], **not_read(told)}
