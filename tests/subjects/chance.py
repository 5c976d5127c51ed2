# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What several modules' random tasks are made of. Names are prefixes of other names on purpose: accounts (the hazard of
BEHAVIOUR E), domains, addresses and mailboxes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

#: The accounts of the server on which random tasks run, and their domains.
DOMAINS = {
    "a": "example.com", "ab": "example.com.au", "abc": "my-example.com", "abd": "sub.example.com", "b": "b.example.org", "bo": "bo.example.org",
}  # fmt: skip
USERS = list(DOMAINS)
NAMES = list(DOMAINS.values())

users = st.lists(st.sampled_from([*USERS, *USERS, "nosuch"]), min_size=1, max_size=4)
domains = st.lists(st.sampled_from([*NAMES, *NAMES, "EXAMPLE.com", "nosuch.example"]), min_size=1, max_size=4)


def some(values: st.SearchStrategy[Any], names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), values, min_size=2, max_size=6)


#: How a domain's zone is: on this server or not, to be read and to be written or not.
ZONE = {
    "zone": st.sampled_from(["local"] * 6 + ["external", "missing"]),
    "dns_error": st.sampled_from([None] * 8 + ["DNS returned SERVFAIL."]),
    "fails": st.sampled_from([None] * 8 + ["the zone file is locked"]),
}

_dkim_states = st.sampled_from(["valid", "missing", "mismatch", "multiple", "malformed", "no_key", "weak"])
dkim_changes = some(st.fixed_dictionaries({"dkim": _dkim_states, **ZONE}), NAMES).map(lambda found: {"mail_dns": found})
