# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit document as JSON, as a table for spreadsheets (CSV) and as test results for pipelines (JUnit XML). Pure."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

Document = Mapping[str, Any]
Row = Mapping[str, Any]

COLUMNS = ("server", "severity", "resource", "item", "field", "expected", "found", "message", "since_earlier", "id")

# A spreadsheet takes a cell that begins so for a formula; an apostrophe makes it a text.
_FORMULA = re.compile("\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")

# What XML 1.0 cannot hold, escaped or not.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_json(document: Document) -> str:
    """ASCII, so that no name of a mailbox can break it; one space of indentation, because facts are many."""
    return json.dumps(document, indent=1) + "\n"


def as_csv(document: Document) -> str:
    """A line for each finding, and one for each server that could not be read."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([_cell(value) for value in row] for row in _lines(document))
    return text.getvalue()


def _lines(document: Document) -> Iterator[list[Any]]:
    new = set((document.get("compared_with") or {}).get("new") or [])
    compared = "compared_with" in document
    for server in document["servers"]:
        name = server["name"]
        if "error" in server:
            yield [
                name,
                "unread",
                "server",
                name,
                "status",
                "ok",
                server["status"],
                server["error"]["reason"],
                "",
                name,
            ]
        for row in server["drift"]:
            since = ("new" if row["id"] in new else "open") if compared else ""
            values = [row[key] for key in ("severity", "resource", "item", "field", "expected", "found", "message")]
            yield [name, *values, since, row["id"]]


def _cell(value: Any) -> str:
    text = plain(value)
    return "'" + text if _FORMULA.match(text) else text


def plain(value: Any) -> str:
    """A value as people read it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(each) for each in value) or "none"
    if isinstance(value, Mapping):
        return ", ".join(f"{key}={plain(each)}" for key, each in value.items())
    return encodable(str(value))


def encodable(text: str) -> str:
    """The text without halves of characters, which no file can hold."""
    return text.encode("utf-8", "replace").decode("utf-8")


def as_junit(document: Document) -> str:
    """A suite for each server. Drift and problems are failed test cases, remarks skipped ones, an unread server an error."""
    suites = [_suite(server) for server in document["servers"]]
    totals = {key: str(sum(int(suite.get(key, 0)) for suite in suites)) for key in _COUNTS}
    root = Element("testsuites", {"name": "whm.mail audit", **totals})
    root.extend(suites)
    indent(root, "")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


_COUNTS = ("tests", "failures", "errors", "skipped")


def _suite(server: Row) -> Element:
    name, rows = server["name"], server["drift"]
    remarks = sum(row["severity"] == "info" for row in rows)
    counts = (1 + len(rows), len(rows) - remarks, int("error" in server), remarks)
    suite = Element("testsuite", _attributes(name=name, **dict(zip(_COUNTS, counts))))
    case = SubElement(suite, "testcase", _attributes(classname=name, name="the server can be read"))
    if "error" in server:
        SubElement(case, "error", _attributes(type=server["status"], message=server["error"]["reason"]))
    for row in rows:
        _add_case(suite, name, row)
    return suite


def _add_case(suite: Element, server: str, row: Row) -> None:
    title = f"{row['resource']} {row['item']} {row['field']}"
    case = SubElement(suite, "testcase", _attributes(classname=f"{server}.{row['resource']}", name=title))
    if row["severity"] == "info":
        SubElement(case, "skipped", _attributes(message=row["message"]))
        return
    failure = SubElement(case, "failure", _attributes(type=row["severity"], message=row["message"]))
    failure.text = _xml(f"expected: {plain(row['expected'])}\nfound: {plain(row['found'])}\nid: {row['id']}")


def _attributes(**values: Any) -> dict[str, str]:
    return {key: _xml(str(value)) for key, value in values.items()}


def _xml(text: str) -> str:
    """The library escapes what XML can hold, and writes down what it cannot."""
    return _NOT_XML.sub("\ufffd", text)
