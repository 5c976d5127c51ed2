# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a store is: what ``whm_store`` says, or a file in the folder of the reports. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

#: The variable of the environment that says it where no variable of the host does: what a credential of AWX sets.
VARIABLE = "WHM_STORE"

#: The file in the folder of the reports or of containment, unless something else is named.
DEFAULT_FILE = "store.sqlite"

_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")
_SQLITE = ("sqlite", "sqlite+pysqlite")
_SECRET_PARAMETERS = ("password", "sslpassword")


class NotAStore(ValueError):
    """Why a text names no store: a sentence with the remedy, and without what may be a secret."""


@dataclass(frozen=True)
class Place:
    """
    :param shown: for people: a path, or a URL without its password.
    :param path: of the SQLite file; None for PostgreSQL.
    :param url: of PostgreSQL, as SQLAlchemy takes it.
    :param secrets: texts that no output may hold.
    """

    shown: str
    path: Path | None = None
    url: str = field(default="", repr=False)
    secrets: frozenset[str] = field(default=frozenset(), repr=False)


def place_of(option: str, given: str | None, environment: Mapping[str, str], folder: Path) -> Place:
    """The place that a setting, the environment or, where both are empty, the folder names.

    :param option: what the setting is called, for the message.
    :raises NotAStore: it names none.
    """
    text = (given or "").strip()
    name = option if text else VARIABLE
    text = text or environment.get(VARIABLE, "").strip()
    if not text:
        return _file(folder / DEFAULT_FILE)
    scheme, found, _rest = text.partition("://")
    if not found:
        if re.match(r"[a-z+]+:", text):
            raise NotAStore(
                f"{name}: a URL has two slashes after its scheme, as in postgresql://user:password@host/database."
            )
        return _file(Path(text).expanduser())
    if scheme in _SQLITE:
        return _file(_path_of(name, text))
    if scheme in _POSTGRESQL:
        return _postgresql(name, text)
    raise NotAStore(
        f"{name}: {scheme} is no store that is known; give the path of a SQLite file, or a URL that begins with postgresql://."
    )


def _file(path: Path) -> Place:
    absolute = path.absolute()
    return Place(shown=str(absolute), path=absolute)


def _path_of(name: str, text: str) -> Path:
    path = unquote(text.partition("://")[2].partition("?")[0])
    if not path.startswith("/") or not path[1:]:
        raise NotAStore(f"{name}: a SQLite store is a file; give its path, or sqlite:////an/absolute/path.")
    return Path(path[1:])


def _postgresql(name: str, text: str) -> Place:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise NotAStore(
            f"{name}: that is no URL; write postgresql://user:password@host:5432/database, with special characters as %40 and the like."
        ) from None
    if parts.netloc.count("@") > 1 or "@" in parts.path + parts.fragment:
        raise NotAStore(
            f"{name}: there is more than one @ in the URL; write special characters of a user or password as %40 for @, %2F for / and the like."
        )
    if not parts.path.strip("/"):
        raise NotAStore(f"{name}: the URL names no database; write postgresql://user:password@host:5432/database.")
    query = [
        (key, value) for key, value in parse_qsl(parts.query, keep_blank_values=True) if key not in _SECRET_PARAMETERS
    ]
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    where = f"{host}:{port}" if port else host
    user = f"{parts.username}@" if parts.username else ""
    shown = _joined("postgresql", user + where, parts.path, "&".join(f"{key}={value}" for key, value in query))
    return Place(
        shown, url=_joined("postgresql+psycopg", parts.netloc, parts.path, parts.query), secrets=_secrets(text)
    )


def _joined(scheme: str, where: str, path: str, query: str) -> str:
    """The library of Python leaves out two slashes where there is no host, as for a socket."""
    return f"{scheme}://{where}{path}" + (f"?{query}" if query else "")


def _secrets(text: str) -> frozenset[str]:
    parts = urlsplit(text)
    hidden = [parts.password] + [value for key, value in parse_qsl(parts.query) if key in _SECRET_PARAMETERS]
    known = [value for value in hidden if value]
    return frozenset([*known, *map(unquote, known), *([text] if known else [])])
