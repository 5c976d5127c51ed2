# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WHM simulator: what the collection is tested against.

It is made from public documentation and published captures; no live server was used. Handlers say in their
docstrings where a behaviour comes from, and what is a guess.
"""

from __future__ import annotations

from .box import Box
from .core import answer
from .faults import Fault
from .loading import STATES, load
from .quirks import QUIRKS
from .simulator import Simulator
from .state import Server

__all__ = ["QUIRKS", "STATES", "Box", "Fault", "Server", "Simulator", "answer", "load"]
