# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many cases: some in every test run, many with ``make fuzz``, which loads the profile ``fuzz``."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, Phase, settings

FUZZ = "fuzz"

#: Cases so far, in this process.
COUNTED = [0]


def register() -> None:
    """Nothing is kept from run to run: the seed alone repeats one."""
    settings.register_profile(FUZZ, database=None, print_blob=True)


def is_fuzz() -> bool:
    return settings.get_current_profile_name() == FUZZ


def cases(quick: int, long: int, **more: Any) -> settings:
    """The settings of a test. A slow machine is no failure."""
    slow = [
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.filter_too_much,
        HealthCheck.large_base_example,
    ]
    phases = [phase for phase in Phase if phase is not Phase.explain]  # it takes minutes, and the example says enough
    number = long if is_fuzz() else quick
    return settings(max_examples=number, deadline=None, suppress_health_check=slow, phases=phases, **more)


def count() -> None:
    """One more case was carried out."""
    COUNTED[0] += 1
