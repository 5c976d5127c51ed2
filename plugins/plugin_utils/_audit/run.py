# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one run of ansible-playbook has audited so far, and the report of it, which grows with each batch and each play.

All of it is in the store. A batch of a run is never taken for the run before it, and each server is compared with its own audit before.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.compare import (
    Before,
    NotAnAudit,
    compare,
    compare_server,
    parse,
    states_of,
)
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import document, server, without_facts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.finding import Finding, in_order
from ansible_collections.whm.mail.plugins.plugin_utils._audit.formats import as_csv, as_json, as_junit
from ansible_collections.whm.mail.plugins.plugin_utils._audit.metrics import as_openmetrics
from ansible_collections.whm.mail.plugins.plugin_utils._audit.page import as_html
from ansible_collections.whm.mail.plugins.plugin_utils._controller.files import differs, make_folder, replace
from ansible_collections.whm.mail.plugins.plugin_utils._controller.play import Hosts
from ansible_collections.whm.mail.plugins.plugin_utils._store import audits, rounds
from ansible_collections.whm.mail.plugins.plugin_utils._store.audits import Invocation
from ansible_collections.whm.mail.plugins.plugin_utils._store.database import REPORT, Store, open_store
from ansible_collections.whm.mail.plugins.plugin_utils._store.keeping import forget_audits
from ansible_collections.whm.mail.plugins.plugin_utils._store.place import Place
from ansible_collections.whm.mail.plugins.plugin_utils._store.sql import SQLALCHEMY_IMPORT_ERROR

Row = dict[str, Any]
Result = dict[str, Any]

#: Form to the name of its file and to what makes its text.
FORMS: dict[str, tuple[str, Callable[[Any, str], str]]] = {
    "json": ("audit.json", lambda audit, _title: as_json(audit)),
    "csv": ("audit.csv", lambda audit, _title: as_csv(audit)),
    "junit": ("audit.xml", lambda audit, _title: as_junit(audit)),
    "html": ("audit.html", as_html),
    "openmetrics": ("audit.prom", lambda audit, _title: as_openmetrics(audit)),
}
_FOLDER_MODE = 0o750
_NAMED = 5  # servers that a sentence names before it only counts

_NOT_AUDITED = {
    "msg": "This run has no audit of this server in this store: the task that audits it failed before the server was asked, or uses another "
    "store or folder."
}


@dataclass(frozen=True)
class Wanted:
    """The report as it is wanted.

    :param earlier: path of an audit.json to compare with, which has to be there; None for what the store remembers.
    :param generated_at: ``epoch`` and ``iso``.
    :param keep_days: how long audits are kept; 0 for ever.
    """

    folder: Path
    formats: Sequence[str]
    title: str
    mode: int
    facts: bool
    compare: bool
    earlier: str | None
    generated_at: Mapping[str, Any]
    keep_days: int = 0


class Run:
    """The audits of one run in a store."""

    def __init__(self, store: Store, invocation: Invocation) -> None:
        self.store, self.invocation = store, invocation

    def keep(self, row: Row, policy: Mapping[str, Any], play: str = "") -> None:
        """The audit of one server; one that the same play made earlier is replaced.

        :param row: as the document has it.
        :param play: identifies it.
        """
        with self.store.writing() as connection:
            again = audits.by_another_play(row["name"], play)
            number = audits.round_of(self.store, connection, self.invocation, int(time.time()), again)
            self._keep(connection, number, row, policy, play)

    def _keep(self, connection: Any, number: int, row: Row, policy: Mapping[str, Any], play: str) -> None:
        self.store.hold(connection, f"server {row['name']}")
        found = audits.remembered(connection, number, row["name"])
        since = compare_server(row, Before(found.findings, found.status, found.states))
        audits.keep(
            connection,
            number,
            row,
            play=play,
            now=int(time.time()),
            policy=policy,
            before=found,
            since=since,
            states=states_of(row),
        )

    def report(self, hosts: Hosts, wanted: Wanted, name: str = "") -> Result:
        """Write the report of all that was audited so far, unless that is what was written last.

        :param name: the host whose task it is: in this play it was to be audited, whatever came of that.
        :returns: ``written``, ``files``, ``summary``, ``since_earlier``, ``read`` (how many servers were), ``concerned`` (which by what),
            ``left_out``, ``to_come``.
        :raises OSError, NotAnAudit, StoreError: the report, the earlier audit or the store cannot be used.
        """
        with self.store.exclusively(f"report {self.invocation.id}", REPORT):
            with self.store.writing() as connection:
                number = audits.round_of(self.store, connection, self.invocation, int(time.time()))
                there = rounds.audited(connection, number)
                for lost in sorted((hosts.lost | ({name} & set(hosts.all))) - there.keys()):
                    row = server(lost, lost, None if lost in hosts.lost else _NOT_AUDITED, [])
                    self._keep(connection, number, row, {}, hosts.play)
            with self.store.reading() as connection:
                there = rounds.audited(connection, number)
                run = rounds.run_of(connection, number)
            named = run["hosts"] + [name for name in hosts.all if name not in set(run["hosts"])]
            left_out = [name for name in named if name not in there]
            state = {"audited": sorted(there.items()), "left_out": left_out}
            last = run["report"]
            written = last is None or last["state"] != _plain(state)
            if written:
                last = {"state": state, "result": self._write(number, hosts, wanted, left_out, run)}
                with self.store.writing() as connection:
                    rounds.note(connection, number, named, last)
                    forget_audits(connection, wanted.keep_days, int(time.time()))
        to_come = hosts.to_come(name for name in hosts.all if name not in left_out)
        return {**last["result"], "written": written, "to_come": to_come}

    def of(self, name: str) -> Row:
        """The audit of one server of this run."""
        with self.store.reading() as connection:
            number = audits.round_of(self.store, connection, self.invocation, int(time.time()))
            (found,) = rounds.servers(connection, number, name)
        return found

    def _write(self, number: int, hosts: Hosts, wanted: Wanted, left_out: Sequence[str], run: Row) -> Result:
        audit = self._document(number, hosts, wanted, left_out, run)
        files = [_put(audit, form, wanted) for form in wanted.formats]
        counted = ("new", "gone", "open", "unknown")
        compared = audit.get("compared_with")
        return {
            "files": files,
            "summary": audit["summary"],
            "since_earlier": {key: len(compared[key]) for key in counted} if compared else {},
            "left_out": list(left_out),
            "concerned": concerned(audit["servers"]),
            "read": sum(bool(row["gathered"]) for row in audit["servers"]),
        }

    def _document(self, number: int, hosts: Hosts, wanted: Wanted, left_out: Sequence[str], run: Row) -> Row:
        with self.store.reading() as connection:
            rows = rounds.servers(connection, number)
            policies = rounds.policies(connection, number)
            trends = rounds.trends(connection, number)
            compared = rounds.compared(connection, number, hosts.inventory)
            facts = rounds.facts(connection, [row["name"] for row in rows]) if wanted.facts or wanted.earlier else {}
        rows = [{**row, "drift": in_order(row["drift"])} for row in rows]
        rows = [
            {**row, "facts": facts[row["name"]]} if row["name"] in facts and "error" not in row else row for row in rows
        ]
        audit = document(rows, wanted.generated_at, self.invocation.version, bool(policies), left_out)
        about = {key: run[key] for key in ("by", "from", "started_at")}
        audit.update(run={**about, "policy": policies[0] if policies else {}}, trends=trends)
        if not wanted.compare:
            return audit
        if wanted.earlier:
            return {**audit, "compared_with": self._with_file(number, audit, wanted, hosts)}
        if compared is None:
            return audit
        with self.store.writing() as connection:
            rounds.tell_removed(connection, number, compared["servers_removed"])
        return {**audit, "compared_with": compared}

    def _with_file(self, number: int, audit: Row, wanted: Wanted, hosts: Hosts) -> Row:
        """``compared_with`` an audit.json that is named."""
        path = Path(str(wanted.earlier))
        try:
            return compare(audit, parse(self._earlier(number, path, wanted)), hosts.inventory)
        except FileNotFoundError:
            raise NotAnAudit(f"There is no {path} to compare with; give the audit.json of an earlier audit.") from None
        except (NotAnAudit, UnicodeDecodeError) as exc:
            raise NotAnAudit(f"{path} cannot be compared with. {exc}") from None

    def _earlier(self, number: int, path: Path, wanted: Wanted) -> str:
        """The text of the file, as it was before this run replaced it."""
        if path.absolute() != wanted.folder / FORMS["json"][0]:
            return path.read_text(encoding="utf-8")
        with self.store.writing() as connection:
            told = rounds.earlier(connection, number)
            if told is None:
                told = path.read_text(encoding="utf-8")
                rounds.keep_earlier(connection, number, told)
        return told


@cache
def warm() -> None:
    """In the main process, before it forks: audit nobody once, so that no worker has to learn what this one then knows."""
    if not SQLALCHEMY_IMPORT_ERROR:
        with suppress(Exception):  # told where it matters
            rehearse()


def rehearse() -> None:
    """Audit a server without a name, in a store that is gone then."""
    with TemporaryDirectory() as folder:
        run = Run(open_store(Place("", Path(folder) / "store")), Invocation("", "", "", ""))
        fault = Finding("queue", "", "", "info", "").as_dict("")
        run.keep({**server("", "", None, [fault]), "facts": {}, "figures": {}}, {"": ""})
        run.report(
            Hosts([""], [""]), Wanted(Path(folder), ["html"], "", 0o600, True, True, None, {"epoch": 0, "iso": ""})
        )


def _put(audit: Mapping[str, Any], form: str, wanted: Wanted) -> str:
    """Write one file; its path."""
    name, text_of = FORMS[form]
    path = wanted.folder / name
    text = text_of(audit if form == "json" and wanted.facts else without_facts(audit), wanted.title)
    make_folder(wanted.folder, _FOLDER_MODE)
    if differs(path, text, wanted.mode):
        replace(path, text, wanted.mode)
    return str(path)


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """As it comes back from the store: pairs are lists there."""
    return {**state, "audited": [list(pair) for pair in state["audited"]]}


def failure(result: Result, fail_on: Sequence[str], own: Row | None = None) -> str | None:
    """Why the play is to fail, in a sentence; None when it is not, or not yet.

    :param own: the audit of the server whose task it is, which alone counts while others are still to come in a play that does not
        keep step; None when the others of its batch have been looked at, too.
    """
    if result["to_come"] and own is None:
        return None
    servers, findings = result["summary"]["servers"], result["summary"]["findings"]
    counts = {"unread": servers["failed"] + servers["unreachable"] + servers["partial"], **findings}
    if result["to_come"]:
        severities = [row["severity"] for row in (own or {})["drift"]]
        counts = {name: severities.count(name) for name in findings}
        counts["unread"] = int((own or {})["status"] != "ok")
    elif servers["total"] and not result["read"]:
        return f"The audit could read no server of {servers['total']}; the report says of each why. {sentence(result)}"
    failing = [name for name in fail_on if counts.get(name)]
    if not failing:
        return None
    if result["to_come"]:
        return f"The audit found {', '.join(failing)} on this server, and audit_fail_on names that. {sentence(result)}"
    where = "; ".join(f"{name}: {_named(result['concerned'][name])}" for name in failing)
    return f"The audit found {', '.join(failing)}, and audit_fail_on names that. Of the whole fleet, {where}. {sentence(result)}"


def concerned(rows: Sequence[Row]) -> dict[str, list[str]]:
    """Which servers could not be read as a whole, differ from the policy, or have problems."""
    found = {"unread": [row["name"] for row in rows if row["status"] != "ok"]}
    for severity in ("drift", "problem"):
        found[severity] = [row["name"] for row in rows if any(each["severity"] == severity for each in row["drift"])]
    return found


def _named(names: Sequence[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def sentence(result: Result) -> str:
    """What was found, for people."""
    servers, findings = result["summary"]["servers"], result["summary"]["findings"]
    unread = servers["failed"] + servers["unreachable"] + servers["partial"]
    where = os.path.dirname(result["files"][0]) if result["files"] else "nowhere, because audit_formats is empty"
    rest = f" Still to come: {len(result['to_come'])}." if result["to_come"] else ""
    left = len(result["left_out"]) - len(result["to_come"])
    out = f" Left out by the play: {left}." if left > 0 else ""
    names = f" ({_named(result['concerned']['unread'])})" if unread else ""
    since = (
        "Since each was audited before: {new} new, {gone} gone. ".format(**result["since_earlier"])
        if result["since_earlier"]
        else ""
    )
    return (
        f"Servers: {servers['total']}, not read or only in part: {unread}{names}.{out}{rest} Drift: {findings['drift']}, problems: "
        f"{findings['problem']}. {since}The report is {'in ' if result['files'] else ''}{where}."
    )
