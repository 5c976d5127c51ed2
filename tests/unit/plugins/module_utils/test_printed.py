# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.printed import Printed, judged, printed
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Verdict

OBSOLETE = "doveconf: Warning: Obsolete setting in /etc/dovecot/dovecot.conf:5: ssl_protocols"
LOCKED = "doveadm(alice): Error: Mailbox INBOX: Timeout while waiting for lock"
TEXTS: list[tuple[Any, Printed]] = [
    (None, Printed()),
    ("", Printed()),
    ([], Printed()),
    (0, Printed()),
    ([""], Printed()),
    ("\n \n", Printed()),
    (OBSOLETE, Printed(warnings=(OBSOLETE,))),
    ([OBSOLETE + "\n"], Printed(warnings=(OBSOLETE,))),
    (f"{OBSOLETE}\n{LOCKED}\n", Printed(errors=(LOCKED,), warnings=(OBSOLETE,))),
    ([OBSOLETE, LOCKED], Printed(errors=(LOCKED,), warnings=(OBSOLETE,))),
    (f"{OBSOLETE}\nhas been replaced", Printed(warnings=(OBSOLETE, "has been replaced"))),
    (f"{LOCKED}\nmore of it", Printed(errors=(LOCKED, "more of it"))),
    ("doveadm(a): Fatal: out of memory", Printed(errors=("doveadm(a): Fatal: out of memory",))),
    ("doveadm: Panic: file x.c", Printed(errors=("doveadm: Panic: file x.c",))),
    ("doveadm(a): Info: 3 messages", Printed(warnings=("doveadm(a): Info: 3 messages",))),
    ("Warning: Mailbox Error: is odd", Printed(warnings=("Warning: Mailbox Error: is odd",))),
    ("Warnung: veraltet", Printed(unclear=("Warnung: veraltet",))),
    ("something odd", Printed(unclear=("something odd",))),
    ({"a": 1}, Printed(unclear=("{'a': 1}",))),
]


@pytest.mark.parametrize(("texts", "found"), TEXTS)
def test_messages_say_what_they_are(texts: Any, found: Printed) -> None:
    assert printed(texts) == found


def test_errors_are_failures_warnings_are_none_and_the_state_decides_the_rest() -> None:
    assert judged(printed([OBSOLETE, "odd", LOCKED])) == Verdict(refused=LOCKED, doubt="odd", remarks=(OBSOLETE,))
    assert judged(printed(OBSOLETE)) == Verdict(remarks=(OBSOLETE,))
    assert judged(printed("")) == Verdict()
