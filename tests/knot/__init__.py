# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An authoritative DNS server of one's own for tests: Knot, as Debian has it.

Knot and not PowerDNS, which cPanel uses: both answer from the zone as it is, and Knot does it from one text file and one program, without a
database behind it.

    with Knot() as knot:
        knot.publish({"example.com": [("TXT", "v=spf1 -all")]})
        knot.resolver().resolve("example.com", "TXT")
"""

from .server import INSTALL, Knot, missing
from .zones import Names, zone_names

__all__ = ["INSTALL", "Knot", "Names", "missing", "zone_names"]
