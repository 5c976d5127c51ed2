# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A WHM simulator: what the collection is tested against.

It is made from public documentation and published captures; no live server was used. Handlers say in their
docstrings where a behaviour comes from, and what is a guess.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

if sys.version_info < (3, 11):  # noqa: UP036  (whoever starts it with another Python is to be told)
    _PROBLEM = "it needs Python 3.11 or later, and this is %d.%d." % sys.version_info[:2]
else:
    _MISSING = [name for name, module in (("PyYAML", "yaml"), ("trustme", "trustme")) if find_spec(module) is None]
    _PROBLEM = f"{' and '.join(_MISSING)} missing here: pip install {' '.join(_MISSING)}" if _MISSING else ""
if _PROBLEM:
    if sys.argv[0] == "-m":  # it is being started as a program, by python -m
        sys.stderr.write(f"simulator: {_PROBLEM}\n")
        raise SystemExit(2)
    raise ImportError(f"The simulator cannot be used: {_PROBLEM}")

from .box import Box
from .core import answer
from .faults import Fault
from .loading import STATES, load
from .quirks import QUIRKS
from .simulator import Simulator
from .state import Server

__all__ = ["QUIRKS", "STATES", "Box", "Fault", "Server", "Simulator", "answer", "load"]
