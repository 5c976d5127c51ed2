# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What goes over the wire: a function and its parameters."""

from __future__ import annotations

from collections.abc import Mapping
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
