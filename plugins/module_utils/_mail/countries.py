# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Codes of countries, ISO 3166-1 alpha-2: what is certainly none is refused before anything is sent. Pure.

The table is that of the tz database (iso3166.tab, in the public domain), current as of ISO/TC 46 N1108 of 2023-04-05: the 249
codes that are officially assigned. Codes that are reserved (UK, EU) or left to users (XK, AA) are not among them.
"""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput

_CODES = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
    GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
    RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""

ASSIGNED = frozenset(_CODES.split())

#: What WHM calls the country of addresses that have none. Behind NAT those of the server itself may be among them.
NOWHERE = "ZZ"

# What YAML makes of the code of Norway where no quotes are around it, in capitals.
_FALSE = "FALSE"


def country_codes(option: str, values: Iterable[str]) -> list[str]:
    """Codes in capitals without repetitions. Whether there is such a country is not looked at.

    :param option: the option's name, for the message.
    :raises InvalidInput: one of them cannot be a code.
    """
    codes = unique([str(value).strip().upper() for value in values])
    for code in codes:
        if code == _FALSE:
            raise InvalidInput(f"{option}: NO without quotes is false in YAML; write 'NO' for Norway.")
        if not is_code(code):
            raise InvalidInput(
                "{}: {} is not the code of a country, two letters such as DE (ISO 3166-1 alpha-2).".format(
                    option, code or "an empty value"
                )
            )
    return codes


def is_code(text: str) -> bool:
    """Whether it has the form of a code: two capitals."""
    return len(text) == 2 and text.isascii() and text.isalpha() and text.isupper()


def is_country(code: str) -> bool:
    """Whether ISO has assigned the code, or WHM uses it for what has no country."""
    return code in ASSIGNED or code == NOWHERE
