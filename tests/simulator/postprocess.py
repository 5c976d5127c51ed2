# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""api.columns, api.filter, api.sort and api.chunk, in this order and with their traps (BEHAVIOUR B)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from .params import Params
from .quirks import Quirks

Records = list[Any]
_RESERVED = {"enable", "verbose", "filter", "filtered"}
_ID = re.compile(r"[A-Za-z]\w*")
_FIELD = re.compile(r"\*|[\w-]+(\[\d+\])?([.][\w-]+(\[\d+\])?)*")
_NUMBER = re.compile(r"\s*[-+]?\d+(\.\d+)?")
DEFAULT_CHUNK = 100


def process(data: Any, params: Params, quirks: Quirks, metadata: dict[str, Any], *, short_chunk: bool = False) -> Any:
    """Work on the array under the single key of `data`; several keys: the first by name, as good a guess as any."""
    if not isinstance(data, dict) or not data or not any(key.startswith("api.") for key in params.values):
        return data
    key = min(data)
    if not isinstance(data[key], list):
        return data
    records: Records = data[key]
    if params.get("api.columns.enable") == "1":
        records = _columns(records, params.under("api.columns."), metadata)
    if params.get("api.filter.enable") == "1":
        records = _filter(records, params.under("api.filter."), metadata)
    if params.get("api.sort.enable") == "1":
        records = _sort(records, params.under("api.sort."), metadata, "sort_fault" in quirks)
    if params.get("api.chunk.enable") == "1":
        chunk = params.under("api.chunk.")
        if chunk.get("start") == "-1" and "no_chunk_all" not in quirks:
            chunk = {**chunk, "start": "1", "size": str(max(len(records), 1))}  # the vendor's "all records"
        records = _chunk(records, chunk, metadata, "chunk_wrap" in quirks, short_chunk)
    return {**data, key: records}


def _columns(records: Records, wanted: dict[str, str], metadata: dict[str, Any]) -> Records:
    """Keys are judged from the first record only; an empty list gets one empty object."""
    names = [wanted[key] for key in sorted(wanted) if key not in ("enable", "verbose")]
    first = records[0] if records and isinstance(records[0], dict) else {}
    invalid = [name for name in names if name not in first]
    message = "None" if not invalid else f"Invalid columns: {', '.join(invalid)}"
    metadata["columns"] = {"invalid": invalid, "invalid_msg": message}
    valid = [name for name in names if name in first]
    if not records:
        return [{}]
    return [{name: record[name] for name in valid if name in record} for record in records if isinstance(record, dict)]


def _groups(wanted: dict[str, str]) -> dict[str, dict[str, str]]:
    """api.filter.<id>.<key>: by id."""
    found: dict[str, dict[str, str]] = {}
    for key, value in sorted(wanted.items()):
        name, dot, part = key.partition(".")
        if dot and name not in _RESERVED and _ID.fullmatch(name):
            found.setdefault(name, {})[part] = value
    return found


def number(value: Any) -> float:
    """A number as the server's language reads one: the leading digits, else 0."""
    found = _NUMBER.match(str(value))
    return float(found.group()) if found else 0.0


def _unlimited(value: Any) -> float:
    return math.inf if str(value) == "unlimited" else number(value)


_TESTS: dict[str, Callable[[Any, str], bool]] = {
    "contains": lambda value, arg: arg.lower() in str(value).lower(),
    "begins": lambda value, arg: str(value).lower().startswith(arg.lower()),
    "eq": lambda value, arg: str(value) == arg,
    "==": lambda value, arg: number(value) == number(arg),
    "lt": lambda value, arg: number(value) < number(arg),
    "lt_equal": lambda value, arg: number(value) <= number(arg),
    "lt_handle_unlimited": lambda value, arg: _unlimited(value) < _unlimited(arg),
    "gt": lambda value, arg: number(value) > number(arg),
    "gt_equal": lambda value, arg: number(value) >= number(arg),
    "gt_handle_unlimited": lambda value, arg: _unlimited(value) > _unlimited(arg),
}
_TEXT_TESTS = ("contains", "begins", "eq")


def lookup(record: Any, path: str) -> Any:
    """A dotted path with [n] into a record; None when there is nothing."""
    found = record
    for part in re.findall(r"[^.\[\]]+", path):
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list) and part.isdecimal() and int(part) < len(found):
            found = found[int(part)]
        else:
            return None
    return found


def _filter(records: Records, wanted: dict[str, str], metadata: dict[str, Any]) -> Records:
    """Several ids are ANDed. What cannot be understood is dropped without a word, so everything comes back."""
    before = len(records)
    echo: dict[str, Any] = {}
    for name, group in _groups(wanted).items():
        kind, field, arg = group.get("type", "contains"), group.get("field", ""), group.get("arg0", "")
        if kind not in _TESTS or not _FIELD.fullmatch(field) or (not arg and kind != "eq"):
            continue
        if field == "*" and kind not in _TEXT_TESTS:
            continue
        echo[name] = {"field": field, "type": kind, "arg0": arg}
        records = [record for record in records if _matches(record, field, kind, arg)]
    if wanted.get("verbose") == "1":
        # The count before filtering, whatever the name suggests.
        metadata["filter"] = {**echo, "filtered": before}
    return records


def _matches(record: Any, field: str, kind: str, arg: str) -> bool:
    test = _TESTS[kind]
    if field == "*":
        values = list(record.values()) if isinstance(record, dict) else [record]
        return any(test(value, arg) for value in values if not isinstance(value, (dict, list)) and value is not None)
    value = lookup(record, field)
    return value is not None and test(value, arg)


def _ipv4(value: Any) -> tuple[int, ...]:
    return tuple(int(number(part)) for part in str(value or "").split("."))


_SORT_KEYS: dict[str, Callable[[Any], Any]] = {
    "lexicographic": lambda value: "" if value is None else str(value),
    "lexicographic_caseless": lambda value: "" if value is None else str(value).lower(),
    "numeric": number,
    "numeric_zero_as_max": lambda value: number(value) or math.inf,
    "ipv4": _ipv4,
}


def _sort(records: Records, wanted: dict[str, str], metadata: dict[str, Any], fault: bool) -> Records:
    """With two or more keys the first, primary one is never applied in 11.120."""
    groups = _groups(wanted)
    keys = [group for group in groups.values() if group.get("field")]
    if wanted.get("verbose") == "1":
        metadata["sort"] = groups
    if fault and len(keys) > 1:
        keys = keys[1:]
    for group in reversed(keys):
        method = _SORT_KEYS.get(group.get("method", ""), _SORT_KEYS["lexicographic"])
        field = group["field"]
        pairs = [(method(lookup(record, field)), record) for record in records]
        pairs.sort(key=lambda pair: pair[0], reverse=group.get("reverse") == "1")
        records = [record for _key, record in pairs]
    return records


def _positive(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() and int(text) > 0 else default


def _chunk(records: Records, wanted: dict[str, str], metadata: dict[str, Any], wraps: bool, short: bool) -> Records:
    """start wins over select; a start beyond the end is 1 again; no word about it unless verbose."""
    total = len(records)
    size = _positive(wanted.get("size"), DEFAULT_CHUNK)
    start = (_positive(wanted.get("select"), 1) - 1) * size + 1
    if wanted.get("start"):
        start = _positive(wanted.get("start"), 1)
    if start > total and wraps:
        start = 1
    if wanted.get("verbose") == "1":
        info = {"start": start, "size": size, "records": total}
        if not short:
            info.update(current=(start - 1) // size + 1, chunks=math.ceil(total / size))
        metadata["chunk"] = info
    return records[start - 1 : start - 1 + size]
