# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes over the wire: a function with what is known of it, and its parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Call:
    """One call.

    :param function: WHM API 1 function.
    :param params: values are text, numbers, booleans (sent as 1/0) or lists for parameters that repeat; None is left out. They
        may be secret, and stay out of ``repr``.
    """

    function: str
    params: Mapping[str, Any] = field(default_factory=dict, repr=False, hash=False)


READ = "read"
WRITE = "write"
INNER = "inner"  # as good or bad as the call it carries: batch, cpanel, uapi_cpanel

DUPLICATE = "duplicate"  # domain=a&domain=b
INDEXED = "indexed"  # domain=a&domain-1=b


def values_of(value: Any) -> Sequence[Any]:
    """The values of a parameter: several where it repeats."""
    return value if isinstance(value, (list, tuple)) else [value]


@dataclass(frozen=True)
class Function:
    """One callable function.

    :param name: WHM API 1 name, or ``Module::function`` for UAPI and cPanel API 2.
    :param access: READ, WRITE or INNER.
    :param repeat_safe: sending it twice has the effect of sending it once (always true for reads).
    :param role: server role that must be enabled, or None when none is known.
    :param since: first version of cPanel & WHM that has it, or None when unknown.
    :param repeats: parameter name to DUPLICATE or INDEXED.
    :param secrets: parameters whose values must never be shown or stand on a command line.
    :param needs: a parameter without which the function acts on everything the server has; it is never sent without.
    """

    name: str
    access: str
    repeat_safe: bool
    role: str | None = None
    since: str | None = None
    repeats: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    needs: str | None = None

    @property
    def writes(self) -> bool:
        return self.access != READ


def read(name: str, since: str | None = None, role: str | None = None, **repeats: str) -> Function:
    return Function(name, READ, True, role, since, repeats)


def write(name: str, since: str | None = None, role: str | None = None, **repeats: str) -> Function:
    return Function(name, WRITE, True, role, since, repeats)


def once(name: str, since: str | None = None, role: str | None = None, **repeats: str) -> Function:
    """A write that must not be sent again without knowing what the first one did."""
    return Function(name, WRITE, False, role, since, repeats)
