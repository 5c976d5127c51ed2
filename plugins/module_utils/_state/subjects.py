# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the items of a state module are named by, and what becomes of those that a server does not have. Names no function."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Callable

from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client

Params = Mapping[str, Any]

#: The option of every module whose items are accounts, domains or addresses.
IGNORE_MISSING: dict[str, dict[str, Any]] = {"ignore_missing": {"type": "bool", "default": False}}


@dataclass(frozen=True)
class Subjects:
    """What a module's items are named by: accounts, domains or addresses of the server, or what is none of its own, such as countries.

    :param option: key of the checked options that holds the names: a list, or a mapping by name.
    :param absent: those of the names that a server certainly does not have. A refusal, an answer that cannot be read, or an
        account that the caller may not see is no proof. None where no server can lack them: there is no ``ignore_missing`` then.
    :param beside: options that, when they are true, ask for something even where no name is given.
    """

    option: str
    absent: Callable[[Client, Sequence[str]], Collection[str]] | None = None
    beside: tuple[str, ...] = ()

    def asked(self, params: Params) -> bool:
        """Whether these options ask for anything."""
        return bool(params[self.option]) or any(params[name] for name in self.beside)

    def missing(self, client: Client, params: Params) -> list[str]:
        """What the server does not have, in the order given; nothing where that is an error."""
        names = list(params[self.option])
        absent = self.absent(client, names) if self.absent and names and params.get("ignore_missing") else ()
        return [name for name in names if name in absent]

    def without(self, params: Params, missing: Collection[str]) -> Params:
        """The options as if these had not been named."""
        names = params[self.option]
        left = [name for name in names if name not in missing]
        return {**params, self.option: {name: names[name] for name in left} if isinstance(names, Mapping) else left}
