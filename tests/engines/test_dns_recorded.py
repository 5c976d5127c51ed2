# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recorded verdicts on SPF, DKIM and DMARC records, asked for again: whether the judges still say what the collection is held against."""

from __future__ import annotations

from ansible_collections.whm.mail.tests.engines.conftest import Tally
from ansible_collections.whm.mail.tests.engines.generated_spf import DOMAIN, senders, world
from ansible_collections.whm.mail.tests.engines.mistyped_spf import WORLD
from ansible_collections.whm.mail.tests.engines.receiver import Receiver, parsed_dmarc
from ansible_collections.whm.mail.tests.engines.test_dns_spf import ELSEWHERE
from ansible_collections.whm.mail.tests.knot import zone_names
from ansible_collections.whm.mail.tests.simulator.mail_dns import Zone
from ansible_collections.whm.mail.tests.unit.plugins.module_utils.test_mail_dns_recorded import BOB, OWN, RECORDED


def apart(receiver: Receiver, one: str, other: str) -> list[str]:
    """The addresses that get two verdicts."""
    addresses = senders(one, other)
    found = []
    for record in (one, other):
        receiver.publish(world(record))
        found.append({address: receiver.spf(DOMAIN, address) for address in addresses})
    return [address for address in addresses if found[0][address] != found[1][address]]


def test_the_judges_say_what_was_recorded(receiver: Receiver, tally: Tally) -> None:
    """Those of dkimpy are asked for in test_dns_dkim.py, all of them."""
    receiver.publish(WORLD)
    wrong = []
    for record, verdict in RECORDED["spf_syntax"]:
        found = receiver.spf(DOMAIN, "203.0.113.9", record).result in ("permerror", "none")
        wrong += [record] * (found is not (verdict == "error"))
    for one, other in RECORDED["spf_equal"] + RECORDED["spf_finer"]:
        wrong += [f"{one} / {other}: {address}" for address in apart(receiver, one, other)]
    for one, other, address in RECORDED["spf_different"]:
        wrong += [f"{one} / {other}"] * (address not in apart(receiver, one, other))
    for record, address, verdict in RECORDED["spf_simulated"]:
        receiver.publish({**zone_names(BOB, Zone(spf=[record], addresses=OWN)), **ELSEWHERE})
        wrong += [record] * (receiver.spf(BOB, address).result != verdict)
    for record, verdict, _other in RECORDED["dmarc"]:
        wrong += [record] * ((parsed_dmarc(record) is None) is not (verdict == "error"))
    count = sum(len(rows) for name, rows in RECORDED.items() if name != "dkim")
    tally.lines.append(f"pyspf and dmarc: {count} recorded cases asked again, {len(wrong)} have changed")
    assert not wrong, "\n".join(wrong)
