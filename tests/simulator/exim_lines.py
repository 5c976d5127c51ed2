# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The lines of an Exim configuration, as Exim 4.96 reads them: continued, macros replaced, conditions obeyed; and its settings.

What Exim says about each fault, and in which line it finds it, was asked of a real one (tests/engines). Not here: included files
(there are none on a simulated server), the macros that Exim defines itself, whether users and groups exist, and what only single
options demand of their value or of others (log_selector, headers_rewrite, pass_router, quota_directory).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .exim_options import Kinds

SECTIONS = ("acl", "authenticators", "local_scan", "retry", "rewrite", "routers", "transports")

_NAME = re.compile(r"\s*((?:[A-Za-z]\w*)?)\s*(.*)", re.ASCII | re.DOTALL)
_MACRO = re.compile(r"([A-Z]\w*)\s*(==?)\s*(.*)", re.ASCII | re.DOTALL)
_DIRECTIVE = re.compile(r"\.(ifdef|ifndef|elifdef|elifndef|else|endif|include_if_exists|include)(?:\s+(.*)|\Z)")
_INTEGER = re.compile(r"[+-]?(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(.*)', re.DOTALL)
_TIME = re.compile(r"(\d+[wdhms])+", re.ASCII)
_MOST = 2**31 - 1
_UNITS = {"k": 1024, "m": 1024**2, "g": 1024**3}
_REPEATABLE = {"condition", "headers_add", "headers_remove", "set"}


class Complaint(Exception):
    """What Exim says about a fault. `line`: the number it names; `subject`: the driver that it names instead."""

    def __init__(self, message: str, line: int | None = None, subject: str = "") -> None:
        super().__init__(message)
        self.message, self.line, self.subject = message, line, subject

    def text(self, path: str) -> str:
        where = f" in line {self.line} of {path}" if self.line else f" for {self.subject}" if self.subject else ""
        return f"Exim configuration error{where}:\n  {self.message}"


def section_named(written: str) -> str | None:
    """The section; Exim takes singulars and plurals in upper and lower case, even retrys."""
    return {name.removesuffix("s"): name for name in SECTIONS}.get(written.lower().removesuffix("s"))


def split_name(text: str) -> tuple[str, str]:
    """The name at the beginning, or an empty one, and what follows."""
    found = _NAME.match(text)
    return (found[1], found[2]) if found else ("", text)


@dataclass
class _Branch:
    """An .ifdef that is open: whether its lines count, and whether one of its branches was taken."""

    within: bool
    active: bool
    taken: bool


class Lines:
    """The logical lines, one section after another. `number` is that of the last physical line read, as Exim counts."""

    def __init__(self, text: str) -> None:
        self.number = 0
        self._upcoming: str | None = None
        self._macros: dict[str, str] = {}
        self._begun: set[str] = set()
        self._branches: list[_Branch] = []
        self._logical = self._join(text.removesuffix("\n").split("\n"))

    def section(self) -> Iterator[str]:
        """The lines up to the next `begin`."""
        self._upcoming = None
        for line in self._logical:
            if line[:6].lower() == "begin ":
                self._upcoming = line[6:].strip()
                return
            yield line

    def enter(self, section: str) -> str:
        """The text is this section: it cannot begin once more."""
        self._begun.add(section)
        return section

    def wrong(self, message: str) -> Complaint:
        return Complaint(message, self.number)

    def surplus(self, rest: str, what: str) -> Complaint:
        return self.wrong(
            f"extra characters follow {what}" + (" (# is comment only at line start)" if rest[:1] == "#" else "")
        )

    def begin(self) -> str | None:
        """The section that comes next, or None."""
        written = self._upcoming
        if written is None:
            return None
        name = section_named(written)
        if name is None:
            raise self.wrong(f'"{written}" is not a known configuration section name')
        if name in self._begun:
            raise self.wrong(f'"{written}" section is repeated in the configuration file')
        self._begun.add(name)
        return name

    def _join(self, physical: list[str]) -> Iterator[str]:
        """A line that ends in a backslash goes on in the next one that is no comment."""
        gathered = ""
        for part in self._counting(physical):
            gathered += part.rstrip()
            if gathered.endswith("\\") and part.strip():
                gathered = gathered[:-1]
                continue
            if gathered.strip():
                yield gathered
            gathered = ""
        if self._branches:
            raise self.wrong("Unexpected end of configuration file: .endif missing")
        if gathered.strip():
            yield gathered

    def _counting(self, physical: list[str]) -> Iterator[str]:
        for number, raw in enumerate(physical, 1):
            self.number = number
            line, replaced = self._expand(raw.lstrip())
            if raw.lstrip().startswith("#") or self._directive(line, replaced):
                continue
            if all(branch.active for branch in self._branches):
                yield line

    def _expand(self, line: str) -> tuple[str, bool]:
        """The line with its macros replaced (but not the one that it defines), and whether there were any."""
        defined = re.match(r"[A-Z]\w*\s*(?==)", line, re.ASCII)
        head, rest = line[: defined.end()] if defined else "", line[defined.end() if defined else 0 :]
        was = rest
        for name, value in self._macros.items():
            rest = rest.replace(name, value)
        return head + rest, rest != was

    def _directive(self, line: str, replaced: bool) -> bool:
        """Obey .ifdef and the like; whether the line was such a one."""
        found = _DIRECTIVE.match(line.rstrip())
        if not found:
            return False
        word, rest = found[1], found[2] or ""
        if word.startswith("include"):
            if word == "include" and rest and all(branch.active for branch in self._branches):
                raise self.wrong(f"failed to open included configuration file {rest.strip()}")
        elif word in ("ifdef", "ifndef"):
            within = all(branch.active for branch in self._branches)
            wanted = within and replaced == (word == "ifdef")
            self._branches.append(_Branch(within, wanted, wanted))
        elif not self._branches:
            raise self.wrong(f".{word} without matching .ifdef")
        elif word == "endif":
            self._branches.pop()
        else:
            branch = self._branches[-1]
            branch.active = branch.within and not branch.taken and (word == "else" or replaced == (word == "elifdef"))
            branch.taken = branch.taken or branch.active
        return True

    def define(self, line: str) -> None:
        """A macro. Exim names no line when it collides with another one."""
        found = _MACRO.match(line)
        if not found:
            raise self.wrong("malformed macro definition")
        name, sign, value = found.groups()
        for known in self._macros:
            if known == name and sign == "=":
                raise Complaint(f'macro "{name}" is already defined (use "==" if you want to redefine it)')
            if known != name and known in name:
                raise Complaint(
                    f'"{name}" cannot be defined as a macro because previously defined macro "{known}" is a substring'
                )
        if sign == "==" and name not in self._macros:
            raise Complaint(f'can\'t redefine an undefined macro "{name}"')
        self._macros[name] = value

    def setting(self, line: str, kinds: Kinds, seen: dict[str, str], unknown: str) -> str:
        """Read an option into `seen`, and return its name. `unknown` is said of a name that is not in `kinds`."""
        if not re.match(r"[A-Za-z]", line):
            raise self.wrong(f"option setting expected: {line}")
        word, rest = split_name(line)
        if word == "hide":
            word, rest = split_name(rest)
        negated = re.match(r"not?_", word)
        name = word[negated.end() :] if negated else word
        if name not in kinds:
            raise self.wrong(unknown.format(word))
        if name in seen and name not in _REPEATABLE:
            raise self.wrong(f'"{word}" option set for the second time')
        if kinds[name] == "bool":
            seen[name] = self._bool(name, rest, word if negated else "")
            return name
        if negated:
            raise self.wrong("negation prefix applied to a non-boolean option")
        if not rest.startswith("="):
            what = 'missing "="' if rest else "unexpected end of line (data missing)"
            raise self.wrong(f"{what} after {name}")
        seen[name] = self._value(kinds[name], name, rest[1:].lstrip())
        return name

    def _bool(self, name: str, rest: str, negated: str) -> str:
        """`negated`: the name with its no_ or not_, or nothing."""
        if rest and (negated or not rest.startswith("=")):
            raise self.surplus(rest, f"boolean option {negated or name}")
        value = rest[1:].strip()
        letters = re.match(r"[A-Za-z]*", value)
        word = letters[0] if letters else ""
        if value and word.lower() not in ("true", "yes", "false", "no"):
            raise self.wrong(f'"{word}" is not a valid value for the "{name}" option')
        after = value[len(word) :].lstrip()
        if after:
            raise self.surplus(after, f'"{word}" for boolean option {name}')
        return "no" if negated or word.lower() in ("false", "no") else "yes"

    def _value(self, kind: str, name: str, value: str) -> str:
        if kind == "integer":
            self._integer(name, value)
        elif kind == "fixed":
            found = re.match(r"\d+(\.\d*)?\s*", value)
            if not found:
                raise self.wrong(f"fixed-point number expected for {name}")
            if value[found.end() :]:
                raise self.surplus(value[found.end() :], f"fixed-point value for {name}")
        elif kind == "time" and not _TIME.fullmatch(value.rstrip()):
            raise self.wrong(f"invalid time value for {name}")
        elif kind == "string" and value.startswith('"'):
            quoted = _QUOTED.fullmatch(value)
            if not quoted:
                raise self.wrong(f"missing quote at end of string value for {name}")
            if quoted[2]:
                raise self.wrong(f"extra characters follow string value for {name}")
            return quoted[1]
        return value.rstrip()

    def _integer(self, name: str, value: str) -> None:
        found = _INTEGER.match(value)
        if not found:
            raise self.wrong(f"integer expected for {name}")
        end, number = found.end(), _number(found[0])
        unit = _UNITS.get(value[end : end + 1].lower())
        if unit:
            end, number = end + 1, number * unit
        if abs(number) > _MOST:
            raise self.wrong(f'absolute value of integer "{value[:end]}" is too large (overflow)')
        if value[end:].strip():
            raise self.surplus(value[end:].lstrip(), f"integer value for {name}")


def _number(text: str) -> int:
    """As C reads it: hexadecimal after 0x, octal after 0."""
    digits = text.lstrip("+-").lower()
    base = 16 if digits.startswith("0x") else 8 if digits.startswith("0") else 10
    return int(digits, base)


def seconds(text: str) -> int:
    """The seconds of a time such as 1d12h; 0 when it is none."""
    if not _TIME.fullmatch(text):
        return 0
    units = {"w": 604800, "d": 86400, "h": 3600, "m": 60, "s": 1}
    return sum(int(number) * units[unit] for number, unit in re.findall(r"(\d+)([wdhms])", text))
