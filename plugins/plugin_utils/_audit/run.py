# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one run of ansible-playbook has audited so far, and the report of it, which grows with each batch and each play.

The files lie in the temporary folder that Ansible makes for each run: all of its workers know it, no other run does, and it goes
when the run ends. So a batch of a run is never taken for the run before it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.whm.mail.plugins.plugin_utils._audit.compare import NotAnAudit, compare, parse
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import document, server, without_facts
from ansible_collections.whm.mail.plugins.plugin_utils._audit.formats import as_csv, as_json, as_junit
from ansible_collections.whm.mail.plugins.plugin_utils._audit.page import as_html
from ansible_collections.whm.mail.plugins.plugin_utils._controller.files import differs, keep, make_folder, replace
from ansible_collections.whm.mail.plugins.plugin_utils._controller.play import Hosts

Row = dict[str, Any]
Result = dict[str, Any]

#: Form to the name of its file and to what makes its text.
FORMS: dict[str, tuple[str, Callable[[Any, str], str]]] = {
    "json": ("audit.json", lambda audit, _title: as_json(audit)),
    "csv": ("audit.csv", lambda audit, _title: as_csv(audit)),
    "junit": ("audit.xml", lambda audit, _title: as_junit(audit)),
    "html": ("audit.html", as_html),
}
_FOLDER_MODE = 0o750


@dataclass(frozen=True)
class Wanted:
    """The report as it is wanted.

    :param earlier: path of an audit.json that has to be there; None for the one that this run replaces, if it can be compared with.
    :param generated_at: ``epoch`` and ``iso``.
    """

    formats: Sequence[str]
    title: str
    mode: int
    facts: bool
    compare: bool
    earlier: str | None
    generated_at: Mapping[str, Any]
    version: str


class Run:
    """The audits of one run for one folder of reports.

    They come in rounds: when a later play audits a server again, its round is compared with the one that ends with that. Batches, and plays of
    other servers, add to the round that there is.

    :param scratch: the temporary folder of the run.
    """

    def __init__(self, scratch: Path, folder: Path) -> None:
        self.folder = folder
        self._base = scratch / "whm.mail.audit" / _short(str(folder))
        make_folder(self._base / "1", 0o700)

    @property
    def _home(self) -> Path:
        """Where the present round lies."""
        return max(self._base.glob("[0-9]*"), key=lambda path: int(path.name))

    def keep(self, row: Row, policy_given: bool, play: str = "") -> None:
        """The audit of one server; one that the same play made earlier is replaced.

        :param play: identifies it.
        """
        with self._locked():
            self._keep(row, policy_given, play)

    def _keep(self, row: Row, policy_given: bool, play: str) -> None:
        name = f"row-{_short(str(row['name']))}-{_short(play)}.json"
        if any(path.name != name for path in self._of(str(row["name"]))):
            make_folder(self._base / str(int(self._home.name) + 1), 0o700)
        replace(self._home / name, json.dumps({"server": row, "policy_given": policy_given}))

    def report(self, hosts: Hosts, wanted: Wanted) -> Result:
        """Write the report of all that was audited so far, unless that is what was written last.

        :returns: ``written``, ``files``, ``summary``, ``since_earlier``, ``warnings``, ``read`` (how many servers were), ``left_out``,
            ``to_come``.
        :raises OSError, NotAnAudit: the report or the earlier audit cannot be used.
        """
        with self._locked():
            for name in sorted(hosts.lost):
                if not self._of(name):
                    self._keep(server(name, name, None, []), False, hosts.play)
            known = self._read("hosts.json") or []
            known += [name for name in hosts.all if name not in set(known)]
            left_out = [name for name in known if not self._of(name)]
            state = {"rows": self._versions(), "left_out": left_out}
            last = self._read("report.json") or {}
            written = last.get("state") != state
            if written:
                last = {"state": state, "result": self._write(hosts, wanted, left_out)}
                self._note("hosts.json", known)
                self._note("report.json", last)
        to_come = hosts.to_come(name for name in hosts.all if name not in left_out)
        return {**last["result"], "written": written, "to_come": to_come}

    def of(self, name: str) -> Row:
        """The audit of one server of this run."""
        (path,) = self._of(name)
        found: Row = json.loads(path.read_text(encoding="utf-8"))["server"]
        return found

    def _write(self, hosts: Hosts, wanted: Wanted, left_out: Sequence[str]) -> Result:
        kept = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(self._home.glob("row-*.json"))]
        given = any(row["policy_given"] for row in kept)
        rows = [row["server"] for row in kept]
        audit = document(rows, wanted.generated_at, wanted.version, given, left_out)
        audit.update(self._compared(audit, hosts, wanted))
        first = not (self._home / "report.json").exists()
        files = [self._put(audit, form, wanted, first) for form in wanted.formats]
        counted = ("new", "gone", "open", "unknown")
        compared = audit.get("compared_with")
        return {
            "files": files,
            "summary": audit["summary"],
            "since_earlier": {key: len(compared[key]) for key in counted} if compared else {},
            "warnings": [audit["not_compared"]] if "not_compared" in audit else [],
            "left_out": list(left_out),
            "read": sum(bool(row["gathered"]) for row in rows),
        }

    def _put(self, audit: Mapping[str, Any], form: str, wanted: Wanted, first: bool) -> str:
        """Write one file; its path. An audit.json that nobody could read is kept aside, for the run to be the next's to compare with."""
        name, text_of = FORMS[form]
        path = self.folder / name
        text = text_of(audit if form == "json" and wanted.facts else without_facts(audit), wanted.title)
        make_folder(self.folder, _FOLDER_MODE)
        if differs(path, text, wanted.mode):
            if form == "json" and first and "not_compared" in audit:
                keep(path)
            replace(path, text, wanted.mode)
        return str(path)

    def _compared(self, audit: Mapping[str, Any], hosts: Hosts, wanted: Wanted) -> dict[str, Any]:
        """What the document says of the audit of the run before, or why it says nothing."""
        if not wanted.compare:
            return {}
        path = Path(wanted.earlier) if wanted.earlier else self.folder / FORMS["json"][0]
        copy = self._before(path, required=bool(wanted.earlier))
        if copy is None:
            return {}
        try:
            return {"compared_with": compare(audit, parse(copy.read_text(encoding="utf-8")), hosts.inventory)}
        except (NotAnAudit, UnicodeDecodeError) as exc:
            sentence = f"{path} cannot be compared with. {exc}"
            if wanted.earlier:
                raise NotAnAudit(sentence) from None
            return {"not_compared": sentence}

    def _before(self, path: Path, required: bool) -> Path | None:
        """An earlier audit as it was before this run wrote its first report; None when there was none."""
        copy = self._home / f"earlier-{_short(str(path))}"
        none = copy.with_suffix(".none")
        if not copy.exists() and not none.exists():
            try:
                shutil.copyfile(path, copy)
            except FileNotFoundError:
                if required:
                    raise NotAnAudit(
                        f"There is no {path} to compare with; give the audit.json of an earlier audit."
                    ) from None
                none.touch()
        return copy if copy.exists() else None

    def _of(self, name: str) -> list[Path]:
        """The file with the audit of a server, if there is one."""
        return list(self._home.glob(f"row-{_short(name)}-*.json"))

    def _versions(self) -> dict[str, int]:
        """What would be in a report, without reading it: a file that was replaced has another number."""
        return {path.name: path.stat().st_ino ^ path.stat().st_mtime_ns for path in self._home.glob("row-*.json")}

    def _read(self, name: str) -> Any:
        path = self._home / name
        return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None

    def _note(self, name: str, value: Any) -> None:
        replace(self._home / name, json.dumps(value))

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One worker of the run at a time. The lock ends with the worker, however that ends."""
        descriptor = os.open(self._base / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _short(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


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
    return f"The audit found {', '.join(failing)}, and audit_fail_on names that. {sentence(result)}"


def sentence(result: Result) -> str:
    """What was found, for people."""
    servers, findings = result["summary"]["servers"], result["summary"]["findings"]
    unread = servers["failed"] + servers["unreachable"] + servers["partial"]
    where = os.path.dirname(result["files"][0]) if result["files"] else "nowhere, because audit_formats is empty"
    rest = f" Still to come: {len(result['to_come'])}." if result["to_come"] else ""
    left = len(result["left_out"]) - len(result["to_come"])
    out = f" Left out by the play: {left}." if left > 0 else ""
    return (
        f"Servers: {servers['total']}, not read or only in part: {unread}.{out}{rest} Drift: {findings['drift']}, problems: "
        f"{findings['problem']}. The report is {'in ' if result['files'] else ''}{where}."
    )
