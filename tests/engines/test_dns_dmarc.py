# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""DMARC records against a parser of receivers, the package `dmarc` from PyPI, which needs no other.

Another one, checkdmarc, brings twenty packages along; what it said once is in tests/fixtures/mail_dns_verdicts.yml.
"""

from __future__ import annotations

import re
import time
from itertools import islice
from random import Random

from ansible_collections.whm.mail.plugins.module_utils._mail.dmarc import BadRecord, check_record, normal
from ansible_collections.whm.mail.tests.engines.conftest import LONG, Tally
from ansible_collections.whm.mail.tests.engines.mistyped_dmarc import mistyped, rewritten
from ansible_collections.whm.mail.tests.engines.receiver import parsed_dmarc
from ansible_collections.whm.mail.tests.simulator.handlers_dmarc import is_readable

MISTYPED = 40_000 if LONG else 4000
# It takes what Python takes for a number; the grammar takes digits.
ODD_NUMBER = re.compile(r"(?:pct|ri)\s*=\s*(?![0-9]+\s*(?:;|\Z))", re.IGNORECASE)
PAIRS = 20_000 if LONG else 2000


def refused(record: str) -> bool:
    try:
        check_record(record)
    except BadRecord:
        return True
    return False


def test_mistyped_records(tally: Tally) -> None:
    """What it refuses we refuse before it is published. The other way round is as it should be: it does not look at addresses."""
    records = list(islice(mistyped(Random(time.time_ns() if LONG else 0)), MISTYPED))
    wrong = [record for record in records if parsed_dmarc(record) is None and not refused(record)]
    ours = sum(map(refused, records))
    tally.lines.append(f"dmarc: {MISTYPED} mistyped DMARC records, {len(wrong)} disagreements ({ours} are refused)")
    assert not wrong, "\n".join(wrong[:50])
    simulated = [record for record in records if is_readable(record) is (parsed_dmarc(record) is None)]
    wrong = [record for record in simulated if not ODD_NUMBER.search(record)]
    tally.lines.append(f"dmarc: {MISTYPED} verdicts of the simulator on such records, {len(wrong)} disagreements")
    assert not wrong, "\n".join(wrong[:50])
    assert MISTYPED / 20 < ours < MISTYPED * 0.95


def test_generated_pairs(tally: Tally) -> None:
    """Equal records mean the same to it; and where it sees a difference, so do we, which is the same said backwards. Of those that are
    different for us it may find some equal: it knows what a tag means that is left out."""
    pairs = list(islice(rewritten(Random(time.time_ns() if LONG else 0)), PAIRS))
    equal = [pair for pair in pairs if normal(pair[0]) == normal(pair[1])]
    wrong = [pair for pair in equal if parsed_dmarc(pair[0]) != parsed_dmarc(pair[1])]
    finer = [pair for pair in pairs if pair not in equal and parsed_dmarc(pair[0]) == parsed_dmarc(pair[1])]
    tally.lines.append(
        f"dmarc: {PAIRS} pairs of DMARC records, {len(wrong)} disagreements ({len(equal)} equal, {PAIRS - len(equal)} different, "
        f"of which it finds {len(finer)} equal)"
    )
    assert not wrong, "\n".join(map(str, wrong[:50]))
    assert min(len(equal), PAIRS - len(equal)) > PAIRS / 5, "both must be common"
