# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables as what they are meant to be, whatever they arrived as: native, text of ``-e a=b``, an INI inventory, a survey. Pure.

Ansible's own conversion differs between its versions, takes a text with JSON or YAML for a list of its pieces, and names neither the
value nor the remedy.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import yaml
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput
from ansible_collections.whm.mail.plugins.plugin_utils._controller.plain import plain

Option = Mapping[str, Any]

_TRUE = ("true", "yes", "on", "y", "t", "1")
_FALSE = ("false", "no", "off", "n", "f", "0")

_SHOWN = 60  # characters of a value in a message


class NotLike(ValueError):
    """Why a value is not what an option takes: a sentence with the remedy."""


class _TextSafeLoader(yaml.SafeLoader):
    """YAML whose scalars stay texts: ``0123`` is no number yet, and ``no`` no truth. Only null is null."""

    yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def typed(options: Mapping[str, Option], given: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Each option with its value, its default or None; and a sentence for each value that cannot be one.

    :param options: as in an argument specification, with ``type``, ``elements``, ``options``, ``choices``, ``required``, ``aliases`` and ``default``;
        and ``check``, which gets the name and the value and raises ValueError or InvalidInput with a sentence. ``may_be_empty`` is for a key of
        a dictionary whose empty text means something.
    :param given: by name. What is null or an empty text counts as not given.
    """
    found: dict[str, Any] = {}
    wrong: list[str] = []
    for name, option in options.items():
        found[name] = plain(option.get("default"))
        value = plain(given.get(name))
        if is_given(value):
            try:
                found[name] = _convert(value, option, name)
                option.get("check", _anything)(name, found[name])
            except (NotLike, ValueError) as exc:
                wrong.append(str(exc))
            except InvalidInput as exc:
                wrong.append(exc.reason)
    return found, wrong


def _anything(name: str, value: Any) -> None:
    """An option that takes whatever its type allows."""


def is_given(value: Any) -> bool:
    return value is not None and not (isinstance(value, str) and not value.strip())


def _convert(value: Any, option: Option, where: str) -> Any:
    converted = _KINDS[option.get("type", "str")](value, option, where)
    choices = option.get("choices")
    if choices:
        words = converted if isinstance(converted, list) else [converted]
        for word in words:
            if word not in choices:
                raise NotLike(f"{where}: {_shown(word)} is none of {', '.join(choices)}; give one of these.")
    return converted


def _list(value: Any, option: Option, where: str) -> list[Any]:
    element = {"type": option.get("elements", "str"), "options": option.get("options")}
    of_entries = element["type"] == "dict"
    items = _entries(value, where) if of_entries else _names(value, where)
    found = []
    for number, item in enumerate(items, 1):
        place = f"{where}, entry {number}"
        if item is None:
            raise NotLike(f"{place} is empty; take it out, or put its name in quotes.")
        found.append(_convert(item, element, place))
    return found


def _entries(value: Any, where: str) -> Sequence[Any]:
    """A list of dictionaries. One of them by itself is a list of one."""
    found = _parsed(value, where) if isinstance(value, str) else value
    if isinstance(found, Mapping):
        return [found]
    if isinstance(found, list):
        return found
    raise NotLike(
        f"{where}: {_shown(value)} is no list of entries; write them as YAML or JSON, such as [{{...}}, {{...}}]."
    )


def _names(value: Any, where: str) -> Sequence[Any]:
    """A list of texts. Text with commas or lines is one, as long as it is not YAML or JSON."""
    if isinstance(value, str):
        text = value.strip()
        if not text.startswith("[") and not re.match(r"-(\s|$)", text):
            return [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]
        value = _parsed(text, where)
    if isinstance(value, list):
        return value
    if isinstance(value, (Mapping, bool)):
        raise NotLike(f"{where}: {_shown(value)} is no list; write it as [a, b], or as a text with commas.")
    return [value]


def _dict(value: Any, option: Option, where: str) -> dict[str, Any]:
    found = _parsed(value, where) if isinstance(value, str) else value
    if not isinstance(found, Mapping):
        raise NotLike(f"{where}: {_shown(value)} is no dictionary; write it as YAML or JSON, such as {{key: value}}.")
    options: Mapping[str, Option] | None = option.get("options")
    if options is None:
        return dict(found)
    found = _by_their_names(found, options, where)
    inner = {
        key: _convert(found[key], each, f"{where}, {key}")
        for key, each in options.items()
        if is_given(found.get(key)) or (each.get("may_be_empty") and key in found and found[key] is not None)
    }
    for key, each in options.items():
        if each.get("required") and key not in inner:
            hint = "; [] means none" if each["type"] == "list" else ""
            raise NotLike(f"{where}: {key} is missing or empty; give it{hint}.")
    return inner


def _by_their_names(found: Mapping[Any, Any], options: Mapping[str, Option], where: str) -> dict[str, Any]:
    """Keys that are aliases under the names that they stand for."""
    aliases = {alias: name for name, option in options.items() for alias in option.get("aliases", ())}
    named: dict[str, Any] = {}
    for key, value in found.items():
        name = aliases.get(key, key)
        if name not in options:
            raise NotLike(f"{where}: {key} is not known; what is known is {', '.join(options)}.")
        if name in named:
            raise NotLike(f"{where}: {name} is there twice, once as {key}; leave one of them out.")
        named[name] = value
    return named


def _parsed(text: str, where: str) -> Any:
    """JSON or YAML. Numbers and words in it stay texts until it is known what they stand for."""
    try:
        return _words(json.loads(text, parse_int=str, parse_float=str, parse_constant=str))
    except ValueError:
        pass
    try:
        return yaml.load(text, Loader=_TextSafeLoader)  # noqa: S506  (a SafeLoader)
    except (yaml.YAMLError, ValueError) as exc:
        if text[:1] in ("{", "[") and text[-1:] not in ("}", "]"):
            raise NotLike(
                f"{where}: {_shown(text)} ends too early. Behind -e, Ansible takes a space for the end of a value: put quotes around it "
                "inside the shell's own, as in -e \"name='{key: value}'\", or write JSON without spaces."
            ) from None
        problem = getattr(exc, "problem", None) or exc
        raise NotLike(
            f"{where}: {_shown(text)} cannot be read as YAML or JSON ({problem}); put texts with special characters in quotes."
        ) from None


def _words(value: Any) -> Any:
    """What JSON says, with its true and false as the texts that they are in YAML."""
    if isinstance(value, dict):
        return {key: _words(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_words(each) for each in value]
    return str(value).lower() if isinstance(value, bool) else value


def _bool(value: Any, option: Option, where: str) -> bool:
    word = str(value).strip().lower()
    if isinstance(value, (bool, int, str)) and word in _TRUE + _FALSE:
        return word in _TRUE
    raise NotLike(f"{where}: {_shown(value)} is neither true nor false; write one of these.")


def _int(value: Any, option: Option, where: str) -> int:
    if (
        not isinstance(value, bool)
        and isinstance(value, (int, str))
        and re.fullmatch(r"[+-]?\d+", str(value).strip(), re.A)
    ):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise NotLike(f"{where}: {_shown(value)} is no whole number; write it in digits only, such as 5.")


def _str(value: Any, option: Option, where: str) -> str:
    if isinstance(value, str):
        return value.strip() if option.get("choices") else value
    if isinstance(value, date):  # YAML makes one of 2026-01-31
        return value.isoformat()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise NotLike(f"{where}: {_shown(value)} is no text; put it in quotes.")


def _shown(value: Any) -> str:
    """A value in a message, as somebody would have written it."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."


_KINDS: dict[str, Callable[[Any, Option, str], Any]] = {
    "bool": _bool,
    "dict": _dict,
    "int": _int,
    "list": _list,
    "str": _str,
}
