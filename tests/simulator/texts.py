# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences the server says, the XID in front of them, and their translations (BEHAVIOUR B)."""

from __future__ import annotations

import random
import re

# a-z and 2-9 without the letters that look like digits.
XID_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"

_RANDOM = random.Random()


def new_xid() -> str:
    """Six characters, random per occurrence, so that no client can compare whole texts."""
    return "".join(_RANDOM.choices(XID_ALPHABET, k=6))


def quoted(value: object) -> str:
    """Curly quotes U+201C and U+201D, as observed."""
    return f"\u201c{value}\u201d"


def no_user(user: str) -> str:
    return f"You do not have a user named {quoted(user)}."


def no_access(user: str) -> str:
    return f"You do not have access to an account named {quoted(user)}."


def not_a_valid_user(user: str) -> str:
    return f"{quoted(user)} is not a valid user for this operation."


def missing_parameter(name: str, package_function: str) -> str:
    return f"Provide the {quoted(name)} parameter for the {quoted(package_function)} function."


def empty_parameter(name: str) -> str:
    return f"The value of {quoted(name)} may not be empty."


def no_argument(name: str) -> str:
    return f"Provide at least one {quoted(name)} argument."


def empty_arguments(name: str) -> str:
    return f"The {quoted(name)} arguments cannot be empty."


def argument_mismatch(first: str, second: str) -> str:
    return f"Provide the same number of {quoted(first)} and {quoted(second)} arguments."


def unknown_app(function: str, version: int = 1) -> str:
    """The quoting differs between the two API versions, as observed."""
    name = f'"{function}"' if version == 1 else function
    return f"Unknown app ({name}) requested for this version ({version}) of the API."


def role_disabled(*roles: str) -> str:
    if len(roles) == 1:
        return f"This functionality is not available because the {quoted(roles[0])} role is disabled on this server."
    names = " and ".join(quoted(role) for role in roles)
    return f"This functionality is not available because the {names} roles are disabled on this server."


# Own wording: only the fact that a translation stands there is known, not its text.
_GERMAN = (
    (r"OK", "In Ordnung"),
    (r"You do not have a user named (.+)\.", r"Sie haben keinen Benutzer mit dem Namen \1."),
    (r"You do not have access to an account named (.+)\.", r"Sie haben keinen Zugriff auf ein Konto namens \1."),
    (r"(.+) is not a valid user for this operation\.", r"\1 ist für diesen Vorgang kein gültiger Benutzer."),
    (r"Provide the (.+) parameter for the (.+) function\.", r"Geben Sie den Parameter \1 für die Funktion \2 an."),
    (r"The value of (.+) may not be empty\.", r"Der Wert von \1 darf nicht leer sein."),
    (r"Account does not exist\.", "Das Konto ist nicht vorhanden."),
    (r"Unknown search type\.", "Unbekannter Suchtyp."),
    (r"No accounts found\.", "Keine Konten gefunden."),
    (r"Your configuration is currently valid\.", "Ihre Konfiguration ist derzeit gültig."),
    (r"Your configuration is currently invalid\.", "Ihre Konfiguration ist derzeit ungültig."),
    (r"Configuration OK", "Konfiguration in Ordnung"),
    (r"Configuration Update Failed", "Die Konfiguration konnte nicht aktualisiert werden"),
    (r"Removed OK", "Entfernt"),
)


def translate(text: str, language: str) -> str:
    """The text in the server's language; the original when the server is English."""
    if language.startswith("en"):
        return text
    if language.startswith("de"):
        for pattern, replacement in _GERMAN:
            if re.fullmatch(pattern, text):
                return re.sub(pattern, replacement, text)
    return f"[{language}] {text}"


def thrown(text: str, language: str, typed: bool) -> str:
    """The reason of a thrown error: typed ones carry an XID, and a second, English line elsewhere.

    BEHAVIOUR B: plain-string errors may carry a trailing newline; here they always do.
    """
    if not typed:
        return f"API failure: {text}\n"
    if language.startswith("en"):
        return f"API failure: (XID {new_xid()}) {text}"
    return f"API failure: (XID {new_xid()}) {translate(text, language)}\n{text}"
