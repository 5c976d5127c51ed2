# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Made-up facts in the shape of mail_facts, and audits of made-up fleets: for tests, screenshots and measurements."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._mail.mail_dns_checks import problems
from ansible_collections.whm.mail.plugins.plugin_utils._audit.compare import compare
from ansible_collections.whm.mail.plugins.plugin_utils._audit.document import document, server
from ansible_collections.whm.mail.plugins.plugin_utils._audit.problems import findings

SUBSETS = [
    "accounts",
    "forwards",
    "mailboxes",
    "auth",
    "queue",
    "stats",
    "recipients",
    "blocks",
    "greylisting",
    "services",
    "tokens",
    "domains",
    "exim",
    "server",
]
NOW = 1_795_170_000
AGES = ((0, 3600), (3600, 21600), (21600, 86400), (86400, 259200), (259200, None))

#: Names that somebody with an account on a server can choose, or nearly so.
HOSTILE = (
    "<script>alert(1)</script>",
    "</script><script>window.hacked=1</script>",
    "\"><img src=x onerror=window.hacked=1>",
    "'; window.hacked=1; '",
    "{{ 7*7 }}{% raw %}",
    "\u202egnp.exe\u202c",
    "\u05d3\u05d5\u05d0\u05e8@example.com",
    "javascript:window.hacked=1",
    "=HYPERLINK(\"http://evil.example\")",
    "</style><style>*{display:none}</style>",
    "\x00\x07null",
    "--><!-- ]]>",
)  # fmt: skip


def account(user: str, **values: Any) -> dict[str, Any]:
    row = {"user": user, "domain": f"{user}.example", "owner": "root", "plan": "default", "contact_emails": []}
    return {**row, "suspended": False, "hold": False, "outgoing_suspended": False, **values}


def check(validity: str = "valid", records: list[str] | None = None, **values: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "validity": validity,
        "name": None,
        "records": records if records is not None else ["a record"],
    }
    return {**row, "expected": None, "error": None, "addresses": [], **values}


def ptr(validity: str = "valid", address: str = "192.0.2.10") -> dict[str, Any]:
    part = {"validity": validity, "name": "10.2.0.192.in-addr.arpa", "records": ["mail.example.com"]}
    part |= {"expected": "mail1.example.com", "error": None}
    return {**part, "addresses": [{"ip_address": address, **part}]}


def auth(domain: str, **checks: Any) -> dict[str, Any]:
    made = {
        "dkim": check(name=f"default._domainkey.{domain}", records=["v=DKIM1; p=x;"], expected="v=DKIM1; p=x;"),
        "spf": check(name=domain, records=["v=spf1 +a +mx -all"], expected="+a"),
        "ptr": ptr(),
        "dmarc": check(name=f"_dmarc.{domain}", records=["v=DMARC1; p=none;"]),
        **checks,
    }
    return {"domain": domain, **made, "problems": problems(domain, made)}


def message(age: int = 60, frozen: bool = False, user: str = "alice") -> dict[str, Any]:
    times = {"time": "2026-11-20T00:00:00Z", "time_epoch": NOW - age, "age": age}
    return {"msgid": "1abc-000-def", "sender": f"{user}@{user}.example", "user": user, "frozen": frozen, **times}


def queue(*messages: Mapping[str, Any]) -> dict[str, Any]:
    rows = [
        {"from": low, "to": high, "messages": sum(low <= row["age"] < (high or 10**9) for row in messages)}
        for low, high in AGES
    ]
    return {"messages": list(messages), "summary": {"messages": len(messages), "by_age": rows}}


def mailbox(address: str, name: str = "INBOX", messages: int = 3, vsize: int = 900) -> dict[str, Any]:
    return {"user": None, "address": address, "mailbox": name, "guid": None, "messages": messages, "vsize": vsize}


def facts(**subsets: Any) -> dict[str, Any]:
    """Facts of a small server where all is well, but for what is given; None leaves a subset out."""
    made: dict[str, Any] = {
        "server": {"version": "11.138.0.6", "hostname": "mail1.example.com"},
        "accounts": [account("alice"), account("bob")],
        "all_accounts": True,
        "forwards": [{"user": "root", "destinations": ["ops@example.net"]}],
        "mailboxes": [mailbox("info@alice.example")],
        "addresses": [],
        "auth": [auth("alice.example"), auth("bob.example")],
        "queue": queue(),
        "stats": {"server": {}, "accounts": []},
        "recipients": [{"user": "alice", "sender": None, "count": 12}],
        "blocks": {"countries": [], "domains": []},
        "greylisting": {"config": {}, "hosts": [], "providers": []},
        "services": [],
        "tokens": [],
        "domains": [],
        "exim": {"valid": True, "message": None},
        **subsets,
    }
    made = {name: rows for name, rows in made.items() if rows is not None}
    head = {"schema": 1, "gathered_at": {"epoch": NOW, "iso": "2026-11-20T13:00:00Z"}, "unavailable": {}}
    return {**head, "subsets": [name for name in SUBSETS if name in made], **made}


def _host(name: str) -> str:
    return name if "." in name else f"{name}.example.net"


def audited(name: str, of: Mapping[str, Any], policy: Mapping[str, Any] | None = None) -> dict[str, Any]:
    gathered = {"ansible_facts": {"whm_mail": of}}
    return server(name, _host(name), gathered, findings(of, name, policy or {}, 24))


def lost(name: str, reason: str = "the connection was refused", kind: str = "connection") -> dict[str, Any]:
    error = {"kind": kind, "function": "listaccts", "reason": reason, "host": name, "http_status": None}
    gathered = {"failed": True, "msg": f"listaccts on {name}: {reason}.", "error": error}
    return server(name, _host(name), gathered, [])


def audit(*servers: Mapping[str, Any], policy_given: bool = True) -> dict[str, Any]:
    return document(servers, {"epoch": NOW, "iso": "2026-11-20T13:00:00Z"}, "0.1.0", policy_given)


def fleet(servers: int, accounts: int, seed: int = 1, faults: float = 0.02) -> dict[str, Any]:
    """A fleet as large as wanted, with something amiss here and there; the last server does not answer."""
    chance = random.Random(seed)
    rows = [audited(f"whm{n:03}", _busy(chance, accounts, n, faults), _policy(n)) for n in range(1, servers)]
    return audit(*rows, lost(f"whm{servers:03}"))


def _policy(n: int) -> dict[str, Any]:
    held = [f"u{n:03}x{place:04}" for place in range(0, 40, 20)]
    return {
        "outgoing_mail": [{"users": held, "hold": True, "exclusive": True, "max_changes": 5}],
        "forwards": [{"user": "root", "destinations": ["ops@example.net"]}],
        "spf": [{"domain": f"{name}.example", "record": "v=spf1 +a +mx -all"} for name in held],
        "exim": {"state": "valid"},
    }


def _busy(chance: random.Random, accounts: int, n: int, faults: float) -> dict[str, Any]:
    users = [f"u{n:03}x{place:04}" for place in range(accounts)]

    def amiss(share: float = faults) -> bool:
        return chance.random() < share

    def one(domain: str) -> dict[str, Any]:
        faulty: dict[str, Any] = {}
        if amiss():
            faulty["dkim"] = check(
                chance.choice(["missing", "mismatch", "no_key"]), [], name=f"default._domainkey.{domain}"
            )
        if amiss():
            faulty["spf"] = check(chance.choice(["missing", "mismatch", "multiple"]), [], name=domain, expected="+a")
        if amiss():
            faulty["dmarc"] = check("missing", [], name=f"_dmarc.{domain}")
        return auth(domain, **faulty)

    held = [user for place, user in enumerate(users) if (place in (0, 20)) != amiss(0.004)]
    waiting = [message(int(chance.expovariate(1 / 20000)), amiss(0.05), chance.choice(users)) for _unused in range(40)]
    boxes = [
        mailbox(f"info@{user}.example", "INBOX", int(chance.expovariate(1 / 900)), int(chance.paretovariate(0.9) * 4e6))
        for user in users
    ]
    return facts(
        accounts=[
            account(user, hold=user in held, outgoing_suspended=amiss(0.004), suspended=amiss(0.01)) for user in users
        ],
        forwards=[{"user": "root", "destinations": [] if n % 7 == 0 else ["ops@example.net"]}],
        auth=[one(f"{user}.example") for user in users],
        queue=queue(*waiting),
        mailboxes=boxes,
        recipients=[{"user": user, "sender": None, "count": int(chance.paretovariate(0.8) * 3)} for user in users],
        exim={
            "valid": n % 11 != 0,
            "message": None if n % 11 else "Exim configuration error in line 71: option expected",
        },
    )


def hostile() -> dict[str, Any]:
    """An audit in which every text that a server or a customer chooses is an attack."""
    of = facts(
        accounts=[account(name, hold=True) for name in HOSTILE],
        forwards=[{"user": "root", "destinations": []}],
        mailboxes=[mailbox(f"{name}@example.com", name, 3, 900 + place) for place, name in enumerate(HOSTILE)],
        auth=[auth(name, spf=check("mismatch", [name], expected=name)) for name in HOSTILE],
        recipients=[{"user": name, "sender": None, "count": 5} for name in HOSTILE],
        exim={"valid": False, "message": HOSTILE[1]},
        server={"version": HOSTILE[0], "hostname": HOSTILE[2]},
    )
    was = audit(audited(HOSTILE[0], facts(accounts=[account(name) for name in HOSTILE])), lost("old", HOSTILE[1]))
    now = audit(audited(HOSTILE[0], of), lost(HOSTILE[2], HOSTILE[1]))
    return {**now, "compared_with": compare(now, was)}


_NAMES = ("bobs-bikes", "alice-bakery", "carla-photo", "dmitri-law", "erika-garden", "grace-clinic", "hugo-motors",
          "ines-travel", "jonas-wine", "kim-yoga", "lena-books", "mara-florist", "nils-roofing", "olga-dental",
          "paul-plumbing", "quinn-coffee", "rosa-tailor", "sven-sails", "tara-vet", "uwe-cheese")  # fmt: skip


def _shop(name: str) -> str:
    return name.partition("-")[0]


def _shops(chance: random.Random, names: tuple[str, ...], **subsets: Any) -> dict[str, Any]:
    users = [_shop(name) for name in names]
    boxes = [mailbox(f"{box}@{name}.example", "INBOX", int(chance.expovariate(1 / 900)), int(chance.paretovariate(0.9) * 3e7))
             for name in names for box in ("info", "office")]  # fmt: skip
    waiting = [message(int(chance.expovariate(1 / 9000)), False, chance.choice(users)) for _unused in range(30)]
    return (
        facts(
            accounts=[account(_shop(name), domain=f"{name}.example") for name in names],
            auth=[auth(f"{name}.example") for name in names],
            mailboxes=boxes,
            queue=queue(*waiting),
            recipients=[{"user": user, "sender": None, "count": int(chance.paretovariate(0.9) * 9)} for user in users],
        )
        | subsets
    )


def story() -> dict[str, Any]:
    """A small fleet with an outbreak, some drift and an earlier audit: what the pictures in the documentation show."""
    chance = random.Random(7)
    policy = {
        "outgoing_mail": [{"users": ["hugo"], "hold": True, "exclusive": True, "max_changes": 5}],
        "forwards": [{"user": "root", "destinations": ["ops@example.net"]}],
        "dkim": [{"domains": ["carla-photo.example"], "state": "present"}],
    }
    record = {"domain": "kim-yoga.example", "record": "v=spf1 +a +mx -all"}
    one, two, three = _NAMES[:7], _NAMES[7:14], _NAMES[14:]
    was = [
        audited("whm1.example.com", _shops(chance, one), policy),
        audited("whm2.example.com", _shops(chance, two, forwards=[{"user": "root", "destinations": []}])),
    ]
    first = _shops(chance, one)
    first["accounts"] = [account(_shop(name), domain=f"{name}.example", hold=_shop(name) == "carla") for name in one]
    first["auth"][2] = auth(
        "carla-photo.example", dkim=check("missing", [], name="default._domainkey.carla-photo.example")
    )
    first["recipients"][1]["count"] = 4812
    first["auth"][5] = auth("grace-clinic.example", dmarc=check("missing", [], name="_dmarc.grace-clinic.example"))
    second = _shops(chance, two)
    second["auth"][2] = auth(
        "kim-yoga.example", spf=check("mismatch", ["v=spf1 include:_spf.example.org ~all"], expected="+ip4:192.0.2.11")
    )
    second["accounts"] = [
        account(_shop(name), domain=f"{name}.example", outgoing_suspended=_shop(name) == "nils") for name in two
    ]
    third = _shops(chance, three, forwards=[{"user": "root", "destinations": []}])
    third["auth"] = [auth(f"{name}.example", ptr=ptr("mismatch", "192.0.2.30")) for name in three]
    third["queue"] = queue(*[message(hours * 3600, hours > 60, "sven") for hours in (1, 3, 9, 30, 50, 70, 90, 95)])
    second["unavailable"] = {
        "stats": {"kind": "permission", "function": "emailtrack_stats", "reason": "the token may not call it"}
    }
    now = audit(
        audited("whm1.example.com", first, policy),
        audited("whm2.example.com", second, {"spf": [record], "forwards": policy["forwards"]}),
        audited("whm3.example.com", third, {"forwards": policy["forwards"]}),
        lost("whm4.example.com", "no connection within 10 seconds"),
    )
    return {
        **now,
        "compared_with": {
            **compare(now, audit(*was)),
            "generated_at": {"epoch": NOW - 86400, "iso": "2026-11-19T13:00:00Z"},
        },
    }
