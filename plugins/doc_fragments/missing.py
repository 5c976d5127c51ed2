# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  ignore_missing:
    description:
      - What becomes of accounts, domains or addresses that are named and that this server does not have.
      - With V(false) each of them is an error of its own. With V(true) they are left out as if they had not been named, and returned in
        RV(missing); so one list serves a fleet.
      - Missing is only what the server certainly does not have. A refused login or call, an answer that cannot be read and an account that
        this login may not see stay errors. To a login without all privileges, such as that of a reseller, a server answers of somebody else's
        account as of one that does not exist, so nothing is left out for it, and a warning says so.
      - A name that is misspelt is missing everywhere, so look at RV(missing) of all servers.
    type: bool
    default: false
notes:
  - An empty list asks for nothing. Nothing is sent then, and nothing is changed. A list that is not given at all is an error.
"""
