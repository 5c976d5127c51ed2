# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""For every module that changes something: its tasks, what others may change under it, and how its words are held against a
picture of the server. A module without a subject fails the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.whm.mail.tests.simulator.exim_engine import GOOD_CONFIG
from ansible_collections.whm.mail.tests.simulator.mail_dns import pool_key, public_record
from hypothesis import strategies as st

from .picture import Key, Picture
from .world import DOMAINS, MODULES

Options = Mapping[str, Any]
Row = Mapping[str, Any]
Agrees = Callable[[str, Row, Picture], bool]


def _never(options: Options) -> bool:
    return False


def _always(options: Options) -> bool:
    return True


@dataclass(frozen=True)
class Subject:
    """One module.

    :param tasks: options.
    :param changes: what others change, as patches of the world.
    :param keys: what of the picture belongs to an item.
    :param agrees: whether an item's row says what the picture shows.
    :param reached: whether an item without an error is as the options want it.
    :param beside: kinds of things that a task may change besides its items, and says so in its documentation.
    :param acts: whether the task acts every time.
    :param blind: whether no function shows what the task does, so that the server's word is all there is.
    :param counted: its effect is known from counting before and after.
    :param unforeseen: fields of a row that check mode cannot know.
    :param identify: an item's identity from its row and the module's key.
    """

    module: str
    tasks: st.SearchStrategy[dict[str, Any]]
    changes: st.SearchStrategy[dict[str, Any]]
    keys: Callable[[str], list[Key]]
    agrees: Agrees
    reached: Callable[[str, Options, Picture], bool]
    beside: Callable[[Options], tuple[str, ...]] = lambda options: ()
    acts: Callable[[Options], bool] = _never
    blind: Callable[[Options], bool] = _never
    counted: bool = False
    unforeseen: tuple[str, ...] = ()
    identify: Callable[[Row, str], str] = field(default=lambda row, key: str(row[key]))

    def rows(self, result: Mapping[str, Any]) -> dict[str, Row]:
        """Identity to row; the task's own result where it has no items. Empty when it could not say anything."""
        module = MODULES[self.module]
        items, key = getattr(module, "items", ""), getattr(module, "key", "")
        if not key:
            return {"": result} if "diff" in result else {}
        return {self.identify(row, key): row for row in result.get(items, [])}


USERS = list(DOMAINS)
NAMES = list(DOMAINS.values())
users = st.lists(st.sampled_from([*USERS, *USERS, "nosuch"]), min_size=1, max_size=4)
domains = st.lists(st.sampled_from([*NAMES, *NAMES, "EXAMPLE.com", "nosuch.example"]), min_size=1, max_size=4)


def some(values: st.SearchStrategy[Any], names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), values, min_size=2, max_size=6)


# ---- outgoing_mail: {user, hold, suspended}

_wish = st.sampled_from([None, True, False, False])
_flags = st.fixed_dictionaries(dict.fromkeys(["hold", "outgoing_suspended"], st.sampled_from([True, False])))


@st.composite
def outgoing_tasks(draw: Any) -> dict[str, Any]:
    hold, suspended = draw(st.tuples(_wish, _wish).filter(lambda pair: pair != (None, None)))
    wishes = {name: value for name, value in (("hold", hold), ("suspended", suspended)) if value is not None}
    if False not in wishes.values() and draw(st.booleans()):
        named = draw(st.lists(st.sampled_from([*USERS, *USERS, "nosuch"]), max_size=4))
        return {"users": named, **wishes, "exclusive": True, "max_changes": draw(st.sampled_from([99, 99, 1]))}
    return {"users": draw(users), **wishes}


def _outgoing_agrees(user: str, row: Row, shown: Picture) -> bool:
    """The account's own flag, and the line that Exim obeys."""
    return all(
        shown[kind, user] == (row[flag], row[flag]) for kind, flag in (("hold", "hold"), ("suspended", "suspended"))
    )


def _outgoing_reached(user: str, options: Options, shown: Picture) -> bool:
    named = user in options["users"]
    return all(
        shown[flag, user] == (wanted, wanted)
        for flag, value in (("hold", options.get("hold")), ("suspended", options.get("suspended")))
        if value is not None
        for wanted in [value if named else False]
    )


def _outgoing_beside(options: Options) -> tuple[str, ...]:
    """A release takes lines of addresses along: BEHAVIOUR's prefix hazard, and the module's documentation."""
    releases = options.get("exclusive") or False in (options.get("hold"), options.get("suspended"))
    return ("hold line", "suspended line") if releases else ()


# ---- forward_destination: {user, destinations}

_DESTINATIONS = [
    "ops@example.org",
    "Ops@EXAMPLE.ORG",
    "b",
    "|/usr/bin/archive -x, y",
    "team@example.com",
    '"ops@example.org"',
]
_destinations = st.lists(st.sampled_from(_DESTINATIONS), max_size=3)
_owners = [*USERS, "root", "nobody"]
_forward_users = st.lists(st.sampled_from([*_owners, "nosuch"]), min_size=1, max_size=4)
forward_tasks = st.one_of(
    st.fixed_dictionaries({"users": _forward_users, "destinations": _destinations}),
    st.dictionaries(st.sampled_from([*_owners, "nosuch"]), _destinations, min_size=1, max_size=3).map(
        lambda found: {"forwards": [{"user": user, "destinations": values} for user, values in found.items()]}
    ),
)
_stored = st.lists(st.sampled_from(["ops@example.org", "Ops@EXAMPLE.ORG", "b", "|/usr/bin/archive -x, y"]), max_size=2)


def _plain(destinations: Any) -> set[str]:
    """Domains do not tell cases apart, and quotes around do not count."""
    return {re.sub(r"@.*", lambda found: found.group(0).lower(), text.strip('"')) for text in destinations}


def _wanted_destinations(user: str, options: Options) -> set[str]:
    rows = options.get("forwards") or [
        {"user": name, "destinations": options["destinations"]} for name in options["users"]
    ]
    return next(_plain(row["destinations"]) for row in rows if row["user"] == user)


# ---- dkim: {domain, state, record, published, …}

_dkim_states = st.sampled_from(["valid", "missing", "mismatch", "multiple", "malformed", "no_key", "weak"])
_zones = st.sampled_from(["local"] * 6 + ["external", "missing"])
_dns_errors = st.sampled_from([None] * 8 + ["DNS returned SERVFAIL."])
_fails = st.sampled_from([None] * 8 + ["the zone file is locked"])
_zone = {"zone": _zones, "dns_error": _dns_errors, "fails": _fails}
dkim_tasks = st.fixed_dictionaries({"domains": domains}, optional={"state": st.sampled_from(["present", "absent"])})
dkim_changes = some(st.fixed_dictionaries({"dkim": _dkim_states, **_zone}), NAMES).map(
    lambda found: {"mail_dns": found}
)


def _dkim_agrees(domain: str, row: Row, shown: Picture) -> bool:
    key, records = shown["dkim", domain]
    expected = public_record(key) if key else None
    return (row["key"], row["record"], row["published"]) == (key is not None, expected, list(records))


def _dkim_reached(domain: str, options: Options, shown: Picture) -> bool:
    key, records = shown["dkim", domain]
    if options.get("state") == "absent":
        return not records
    return key is not None and records == (public_record(key),) and len(public_record(key)) > 300  # none of 512 bits


# ---- dkim_key: {domain, fingerprint, bits, public_record, published}


@st.composite
def dkim_key_tasks(draw: Any) -> dict[str, Any]:
    """Keys that the server may have already, and one that it has not."""
    chosen = draw(
        st.dictionaries(st.sampled_from([*NAMES, "nosuch.example"]), st.integers(0, 3), min_size=1, max_size=3)
    )
    keys = [{"domain": domain, "private_key": pool_key(number)} for domain, number in chosen.items()]
    return {"keys": keys, **draw(st.sampled_from([{}, {"publish": False}]))}


def _key_agrees(domain: str, row: Row, shown: Picture) -> bool:
    key, records = shown["dkim", domain]
    expected = public_record(key) if key else None
    return row["public_record"] == expected and row.get("published", records == (expected,)) == (records == (expected,))


def _key_reached(domain: str, options: Options, shown: Picture) -> bool:
    key, records = shown["dkim", domain]
    wanted = next(public_record(item["private_key"]) for item in options["keys"] if item["domain"] == domain)
    published = records == (wanted,) or options.get("publish") is False
    return key is not None and public_record(key) == wanted and published


# ---- spf: {domain, records}

#: A record and others that mean the same, the normal form first.
_SAME = [
    ("v=spf1 a mx -all", "v=spf1 +mx +a -all", "V=SPF1 MX A  -ALL"),
    ("v=spf1 ip4:192.0.2.0/24 ~all", "v=spf1 ip4:192.0.2.7/24 ~all"),
    ("v=spf1 -all", "v=spf1 -ALL"),
    ("v=spf1 include:_spf.example.net ?all", "v=spf1 +include:_spf.example.net. ?all"),
]
_MEANS = {" ".join(record.lower().split()): same[0] for same in _SAME for record in same}
_records = st.sampled_from([record for same in _SAME for record in same])
spf_tasks = st.one_of(
    st.fixed_dictionaries({"domains": domains, "record": _records}),
    st.dictionaries(st.sampled_from([*NAMES, "nosuch.example"]), _records, min_size=1, max_size=3).map(
        lambda found: {"records": [{"domain": domain, "record": record} for domain, record in found.items()]}
    ),
)
_spf_zone = st.fixed_dictionaries({"spf": st.lists(_records, max_size=2), **_zone})
spf_changes = some(_spf_zone, NAMES).map(lambda found: {"mail_dns": found})


def _meanings(records: Any) -> list[str]:
    """By the table above; what stands in no row of it stands for itself."""
    plain = [" ".join(record.lower().split()) for record in records]
    return sorted(_MEANS.get(record, record) for record in plain)


def _spf_agrees(domain: str, row: Row, shown: Picture) -> bool:
    stored = _meanings(shown["spf", domain])
    known = set(stored) <= set(_MEANS.values())
    return list(row["records"]) == stored if known else len(row["records"]) == len(stored)


def _spf_reached(domain: str, options: Options, shown: Picture) -> bool:
    rows = options.get("records") or [
        {"domain": name.lower(), "record": options["record"]} for name in options["domains"]
    ]
    wanted = next(row["record"] for row in rows if row["domain"] == domain)
    return _meanings(shown["spf", domain]) == _meanings([wanted])


# ---- mailbox_messages: {address, mailbox, guid, before, after}

ADDRESSES = [f"{local}@{domain}" for domain in NAMES[:3] for local in ("info", "in", "_mainaccount")]
_FOLDERS = ["INBOX", "INBOX.Trash", "INBOX.Trash.Old"]
_QUERIES = ["ALL", "SEEN", "UNSEEN", "SAVEDBEFORE 100d", "NOT SEEN LARGER 1k", "SUBJECT Message"]
messages_tasks = st.fixed_dictionaries(
    {
        "addresses": st.lists(st.sampled_from([*ADDRESSES, "nosuch@example.com"]), min_size=1, max_size=3),
        "mailboxes": st.lists(st.sampled_from([*_FOLDERS, "INBOX.Tr*", "*", "INBOX.?ent"]), min_size=1, max_size=2),
        "query": st.sampled_from(_QUERIES),
        "allow_all": st.just(True),
    }
)


def _mail(found: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Counts by folder, for the address ``info`` of an account."""
    return {"accounts": {user: {"mailboxes": {"info": {"folders": folders}}} for user, folders in found.items()}}


messages_changes = some(st.dictionaries(st.sampled_from(_FOLDERS), st.integers(0, 9), min_size=1), USERS[:3]).map(_mail)


def _address_and_mailbox(row: Row, key: str) -> str:
    return "{} {}".format(row["address"], row["mailbox"]) if row["mailbox"] else str(row["address"])


def _messages_agree(identity: str, row: Row, shown: Picture) -> bool:
    return row["after"] == shown["messages", identity]


# ---- mailbox_sessions, mail_sni, spamd_config, exim_config: one thing each

sni_tasks = st.one_of(
    st.fixed_dictionaries(
        {"domains": domains},
        optional={
            "state": st.sampled_from(["enabled", "disabled"]),
            "rebuild": st.booleans(),
            "reload_dovecot": st.booleans(),
        },
    ),
    st.just({"rebuild": True}),
)
sni_changes = st.fixed_dictionaries(
    {},
    optional={
        "version": st.sampled_from(["11.54.0.1", "58.0.4", "11.138.0.6"]),
        "mail_sni": st.fixed_dictionaries(
            {"enabled": st.lists(st.sampled_from(NAMES)), "rebuild_fails": st.booleans()}
        ),
    },
)

_SPAMD = {
    "allowedips": st.sampled_from([["127.0.0.1"], ["192.0.2.0/24", "127.0.0.1"]]),
    "maxconnperchild": st.integers(1, 3),
    "maxchildren": st.integers(1, 5),
    "pidfile": st.sampled_from(["/var/run/spamd.pid", "/run/spamd.pid"]),
    "timeouttcp": st.integers(1, 3),
    "timeoutchild": st.integers(1, 3),
}
_SOME = {name: values for name, values in _SPAMD.items() if name != "maxchildren"}
spamd_tasks = st.one_of(
    st.fixed_dictionaries(_SPAMD),
    st.fixed_dictionaries({"maxchildren": _SPAMD["maxchildren"], "transport": st.just("cli")}, optional=_SOME),
    st.fixed_dictionaries({**_SPAMD, "transport": st.just("cli"), "reset_others": st.just(True)}),
)
_LINES = {"allowedips": "127.0.0.1", "maxchildren": "5", "timeouttcp": "2", "nice": "10", "pidfile": "/run/spamd.pid"}
spamd_changes = st.sets(st.sampled_from(list(_LINES))).map(
    lambda names: {"spamd": {name: _LINES[name] for name in sorted(names)}}
)


def _spamd_conf(shown: Picture) -> dict[str, Any]:
    stored = dict(shown["spamd", ""])
    found: dict[str, Any] = {name: stored.get(name) for name in _SPAMD}
    found["allowedips"] = sorted(stored.get("allowedips", "").split(",")) if stored.get("allowedips") else []
    return {name: int(value) if str(value).isdigit() else value for name, value in found.items()}


def _spamd_reached(identity: str, options: Options, shown: Picture) -> bool:
    conf = _spamd_conf(shown)
    given = {name: value for name, value in options.items() if name in _SPAMD}
    return all(conf[name] == (sorted(value) if isinstance(value, list) else value) for name, value in given.items())


exim_tasks = st.fixed_dictionaries({}, optional={"discard_edit": st.booleans()})
exim_changes = st.fixed_dictionaries(
    {
        "config": st.sampled_from([GOOD_CONFIG, "this is no option of exim\n"]),
        "template_error": st.sampled_from([None, None, "The template cannot be filled in."]),
        "unrepairable": st.sampled_from([None, None, None, "The filter file is damaged."]),
        "edit": st.booleans(),
    }
).map(lambda exim: {"exim": exim})

# ---- mobileconfig: a file

MODES = ["0600", "0644"]
profile_tasks = st.fixed_dictionaries(
    {
        "address": st.sampled_from(["info@example.com", "in@example.com", "a", "nosuch@example.com"]),
        "dest": st.just("a.mobileconfig"),
    },
    optional={
        "use_ssl": st.booleans(),
        "services": st.lists(st.sampled_from(["email", "caldav", "carddav"]), min_size=1, max_size=3),
        "mode": st.sampled_from(MODES),
        "force": st.booleans(),
    },
)
profile_changes = st.sampled_from([{"file": None}, {"file": "notes of somebody"}, {}])


def _profile_agrees(identity: str, row: Row, shown: Picture) -> bool:
    found = shown.get(("file", "a.mobileconfig"))
    return found is not None and row["diff"]["after"].get(row["dest"], {}).get("mode", found[0]) == found[0]


def _profile_reached(identity: str, options: Options, shown: Picture) -> bool:
    mode, content = shown["file", "a.mobileconfig"]
    return mode == options.get("mode", "0600") and options["address"] in content


SUBJECTS = [
    Subject(
        "outgoing_mail", outgoing_tasks(), st.fixed_dictionaries(dict.fromkeys(USERS, _flags)).map(lambda found: {"accounts": found}),
        lambda user: [("hold", user), ("suspended", user)], _outgoing_agrees, _outgoing_reached, _outgoing_beside,
    ),
    Subject(
        "forward_destination", forward_tasks, some(_stored, _owners).map(lambda found: {"forwards": found}),
        lambda user: [("forward", user)],
        lambda user, row, shown: set(row["destinations"]) == _plain(shown["forward", user]),
        lambda user, options, shown: _plain(shown["forward", user]) == _wanted_destinations(user, options),
    ),
    Subject(
        "dkim", dkim_tasks, dkim_changes, lambda domain: [("dkim", domain)], _dkim_agrees, _dkim_reached,
        unforeseen=("bits", "name", "record", "published"),
    ),
    Subject("dkim_key", dkim_key_tasks(), dkim_changes, lambda domain: [("dkim", domain)], _key_agrees, _key_reached),
    Subject("spf", spf_tasks, spf_changes, lambda domain: [("spf", domain)], _spf_agrees, _spf_reached, unforeseen=("validity",)),
    Subject(
        "mailbox_messages", messages_tasks, messages_changes, lambda name: [("messages", name)], _messages_agree,
        lambda identity, options, shown: True, acts=_always, counted=True, unforeseen=("after", "changed"),
        identify=_address_and_mailbox,
    ),
    Subject(
        "mail_sni", sni_tasks, sni_changes, lambda domain: [("sni", domain)],
        lambda domain, row, shown: row["enabled"] == shown["sni", domain],
        lambda domain, options, shown: shown["sni", domain] is (options.get("state") != "disabled"),
        lambda options: ("sni files",), acts=lambda options: bool(options.get("rebuild")),
    ),
    Subject(
        "spamd_config", spamd_tasks, spamd_changes, lambda identity: [("spamd", "")],
        lambda identity, row, shown: row["options"] == _spamd_conf(shown), _spamd_reached, lambda options: ("restarts",),
        acts=lambda options: "transport" not in options, blind=lambda options: "transport" not in options,
    ),
    Subject(
        "exim_config", exim_tasks, exim_changes, lambda identity: [("exim", ""), ("edit", "")],
        lambda identity, row, shown: row["valid"] is (shown["exim", ""] is None),
        lambda identity, options, shown: shown["exim", ""] is None and not (options.get("discard_edit") and shown["edit", ""]),
        acts=lambda options: bool(options.get("discard_edit")), blind=lambda options: bool(options.get("discard_edit")),
        unforeseen=("message", "line"),
    ),
    Subject(
        "mobileconfig", profile_tasks, profile_changes, lambda identity: [("file", "a.mobileconfig")], _profile_agrees,
        _profile_reached, acts=lambda options: bool(options.get("force")), blind=lambda options: bool(options.get("force")),
    ),
    Subject(
        "mailbox_sessions", st.fixed_dictionaries({"users": users}),
        some(st.integers(0, 3), USERS).map(lambda found: {"accounts": {user: {"sessions": n} for user, n in found.items()}}),
        lambda user: [("sessions", user)], lambda user, row, shown: row["queued"] is True,
        lambda user, options, shown: shown["sessions", user] == 0, acts=_always, blind=_always,
    ),
]  # fmt: skip


def reordered(value: Any, draw: Any) -> Any:
    """The same options with every list and every mapping in another order."""
    if isinstance(value, dict):
        return {key: reordered(value[key], draw) for key in draw(st.permutations(list(value)))}
    if isinstance(value, list):
        return [reordered(item, draw) for item in draw(st.permutations(value))]
    return value


def scope(subject: Subject, identities: Iterable[str]) -> set[Key]:
    return {key for identity in identities for key in subject.keys(identity)}
