# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters as the server sees them after form decoding (BEHAVIOUR A, repeated parameters)."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import Failure
from .texts import empty_arguments, empty_parameter, missing_parameter, no_argument


class Params:
    """Decoded parameters: foo=a&foo=b is foo, foo-0, and foo-1 may be sent directly."""

    def __init__(self, pairs: Iterable[tuple[str, str]], package_function: str = "") -> None:
        self.package_function = package_function
        self.values: dict[str, str] = {}
        repeats: dict[str, int] = {}
        for name, value in pairs:
            if name in self.values:
                number = repeats.get(name, 0)
                while f"{name}-{number}" in self.values:
                    number += 1
                repeats[name] = number + 1
                self.values[f"{name}-{number}"] = value
            else:
                self.values[name] = value

    def get(self, name: str, default: str = "") -> str:
        return self.values.get(name, default)

    def has(self, name: str) -> bool:
        return name in self.values

    def flag(self, name: str, default: bool = False) -> bool:
        """Only 1 is true: the words true and false are not understood (BEHAVIOUR A)."""
        return self.values[name] == "1" if name in self.values else default

    def need(self, name: str, *, may_be_empty: bool = False) -> str:
        if name not in self.values:
            raise Failure(missing_parameter(name, self.package_function))
        if not self.values[name] and not may_be_empty:
            raise Failure(empty_parameter(name))
        return self.values[name]

    def all(self, name: str) -> list[str]:
        """Every value of a repeated parameter: the unnumbered first, the rest by number."""
        found: list[tuple[int, str]] = []
        start = len(name) + 1
        for key, value in self.values.items():
            if key == name:
                found.append((-1, value))
            elif key.startswith(name) and key[start - 1] == "-" and key[start:].isdecimal():
                found.append((int(key[start:]), value))
        found.sort(key=lambda item: item[0])
        return [value for _number, value in found]

    def need_all(self, name: str) -> list[str]:
        values = self.all(name)
        if not values:
            raise Failure(no_argument(name))
        if not all(values):
            raise Failure(empty_arguments(name))
        return values

    def under(self, prefix: str) -> dict[str, str]:
        """The parameters that begin with `prefix`, without it."""
        return {key[len(prefix) :]: value for key, value in self.values.items() if key.startswith(prefix)}
