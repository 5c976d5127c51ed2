# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is known of a call: by the row of its function, or by the functions that it carries.

A function that is neither among the :mod:`rows` nor among those that only read (``reads``) counts as a write that must not be
repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any
from urllib.parse import parse_qs, unquote

from ansible_collections.whm.mail.plugins.module_utils._whm import reads
from ansible_collections.whm.mail.plugins.module_utils._whm.call import (
    INNER,
    READ,
    WRITE,
    Function,
    once,
    read,
    values_of,
)
from ansible_collections.whm.mail.plugins.module_utils._whm.masking import is_secret_name
from ansible_collections.whm.mail.plugins.module_utils._whm.rows import CPANEL, WHM_API_1

#: Of these, the ones that only cPanel API 2 has.
_API_2 = frozenset(("EmailTrack::stats", "EmailTrack::search", "EmailTrack::trace"))

# How the carriers of one call name its account, module and function, and the interface where there are several.
_TARGETS = {
    "uapi_cpanel": ("cpanel.user", "cpanel.module", "cpanel.function"),
    "cpanel": ("cpanel_jsonapi_user", "cpanel_jsonapi_module", "cpanel_jsonapi_func", "cpanel_jsonapi_apiversion"),
}

#: The parameters in a query; every one is a list, because it may repeat.
_given = partial(parse_qs, keep_blank_values=True)


def lookup(name: str) -> Function:
    """The catalogue's row for a WHM API 1 function; an unlisted one counts as a write that must not be repeated."""
    return WHM_API_1.get(name) or (read(name) if name in reads.WHM_API_1 else once(name))


def lookup_carried(name: str, api: str) -> Function:
    """The same for a call of one account.

    :param name: ``Module::function``.
    :param api: ``uapi``, ``api2``, or anything else for an interface of which nothing is known.
    """
    if api == "uapi" and name in reads.UAPI:
        return CPANEL.get(name) or read(name)
    known = CPANEL.get(name) if api in ("uapi", "api2") else None
    return known if known and (known.writes or (api == "api2") == (name in _API_2)) else once(name)


def resolve(name: str, params: Mapping[str, Any]) -> Function:
    """Like :func:`lookup`, but what a carrier carries decides: a batch of reads is a read.

    Of a function that is not listed, the names of its parameters tell which of them are secret.

    :param name: WHM API 1 function name.
    :param params: its parameters as given to the client (values may be lists).
    """
    function = lookup(name)
    if name not in WHM_API_1:
        return replace(function, secrets=_secrets(name, params))
    if function.access != INNER:
        return function
    inner = list(_batch_commands(params)) if name == "batch" else [_row_of_carried(name, params)]
    writes = not inner or any(row.writes for row in inner)
    return replace(
        function,
        access=WRITE if writes else READ,
        repeat_safe=bool(inner) and all(row.repeat_safe for row in inner),
        role=inner[0].role if len(inner) == 1 else None,
        secrets=_secrets(name, params),
    )


def carried(name: str, params: Mapping[str, Any]) -> frozenset[str]:
    """The names of the functions that a call is about: its own, or those that a batch, uapi_cpanel or cpanel carries."""
    if name == "batch":
        commands = [(command, query if lookup(command).access == INNER else "") for command, query in _commands(params)]
        return frozenset(inner for command, query in commands for inner in carried(command, _given(query)))
    return frozenset((_inner_name(name, params) if name in _TARGETS else name,))


def unbounded(name: str, params: Mapping[str, Any]) -> str | None:
    """Why a call, or one that it carries, would act on everything that the server has; None where it would not."""
    if name == "batch":
        inner = (unbounded(unquote(command).strip(), _given(query)) for command, query in _commands(params))
        return next((reason for reason in inner if reason), None)
    needed = lookup(name).needs
    if needed is None:
        return None
    values = [value for value in values_of(params.get(needed)) if value is not None]
    if values and all(str(value).strip() for value in values):
        return None
    return f"{name} without a {needed}, or with an empty one, acts on every {needed} of the server; name each {needed} that is meant."


def _inner_name(name: str, params: Mapping[str, Any]) -> str:
    """``Module::function`` that ``cpanel`` or ``uapi_cpanel`` carries."""
    return "::".join(_only(params.get(key)) for key in _TARGETS[name][1:3])


def _row_of_carried(name: str, params: Mapping[str, Any]) -> Function:
    """The call of an account that ``cpanel`` or ``uapi_cpanel`` carries. One that is named in two ways is nobody's guess."""
    inner_name = _inner_name(name, params)
    given = [key for key in params if key.lower().startswith(("cpanel.", "cpanel_"))]
    if any(key not in _TARGETS[name] for key in given):
        return once(inner_name)
    version = _only(params.get("cpanel_jsonapi_apiversion", "2"))
    return lookup_carried(inner_name, "uapi" if name == "uapi_cpanel" else {"2": "api2", "3": "uapi"}.get(version, ""))


def _secrets(name: str, params: Mapping[str, Any]) -> tuple[str, ...]:
    """The parameters that must never be shown, of a carrier or of a function that is not listed."""
    if name == "batch":
        return ("command",) if any(secret_values(*call) for call in _calls(params)) else ()
    return tuple(key for key in params if is_secret_name(key))


def commands(params: Mapping[str, Any]) -> list[str]:
    """The names of the functions that a batch carries, in its order."""
    return [name for name, _query in _commands(params)]


def secret_values(name: str, params: Mapping[str, Any]) -> list[str]:
    """Values of the parameters that must never be shown, those inside the commands of a batch among them."""
    if name == "batch":
        return [value for call in _calls(params) for value in secret_values(*call)]
    # What is not listed, and what is carried, is judged by the names of its parameters.
    secrets, by_name = lookup(name).secrets, name not in WHM_API_1 or name in _TARGETS
    given = [
        value
        for key, value in params.items()
        if re.sub(r"-\d+\Z", "", key) in secrets or (by_name and is_secret_name(key))
    ]
    return [str(item) for value in given for item in values_of(value)]


def _only(value: Any) -> str:
    """A value that was given once; the server takes one of several, and which one is not ours to guess."""
    values = values_of(value)
    return str(values[0]) if len(values) == 1 else ""


def _batch_commands(params: Mapping[str, Any]) -> Iterator[Function]:
    for name, query in _commands(params):
        function = lookup(name)
        yield resolve(name, _given(query)) if function.access == INNER else function


def _commands(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The calls that a batch carries: function and query."""
    for key, value in params.items():
        if key != "command" and not key.startswith("command-"):
            continue
        for command in values_of(value):
            name, _separator, query = str(command).partition("?")
            yield name, query


def _calls(params: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Those that may hold a secret, with their parameters taken apart."""
    for name, query in _commands(params):
        if name not in WHM_API_1 or lookup(name).access == INNER or lookup(name).secrets:
            yield name, _given(query)
