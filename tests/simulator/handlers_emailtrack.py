# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mail tracking: emailtrack_search, _stats, _user_stats, the counts of recipients, and EmailTrack of cPanel API 2.

From BEHAVIOUR E unless a docstring says that it is our guess. `searchmatch` is not simulated: nobody says what it goes with.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from time import gmtime, strftime
from typing import Any

from . import mail_track
from .errors import Failure, UapiFailure
from .mail_track import Event, sent_at, tracked
from .params import Params
from .postprocess import process
from .registry import Context, api2, handler
from .state import Account
from .texts import quoted, translate

CAP, DEFAULT_CAP = 5000, 250
IN_PROGRESS_SECONDS = 2 * 3600
SWITCHES = {
    "success": ("success", "filtered", "archive"),
    "failure": ("failure", "rejected"),
    "defer": ("defer",),
    "inprogress": ("inprogress",),
}
# Who is in the statistics without being an account, and what is given as the domain.
_NO_ACCOUNTS = {"root": "-system-", "-remote-": ""}
_MESSAGES = {"success": "Accepted", "filtered": "Filtered", "archive": "Archived"}
_STATS = ("SENDCOUNT", "SUCCESSCOUNT", "FAILCOUNT", "DEFERCOUNT", "DEFERFAILCOUNT", "INPROGRESSCOUNT", "TOTALSIZE")
_ROLE: dict[str, Any] = {"role": "MailSend", "package": "EmailTrack"}


def _time(params: Params, *names: str) -> int | None:
    """The first that was sent; what is no number counts as not sent (our guess)."""
    return next((int(params.get(name)) for name in names if params.get(name).isdecimal()), None)


def _in_window(track: dict[str, Any], events: Iterable[Event], params: Params) -> list[Event]:
    """Both ends included (our guess)."""
    start = _time(params, "starttime", "startdate") or 0
    end = _time(params, "endtime", "enddate")
    return [
        event for event in events if start <= sent_at(track, event) and (end is None or sent_at(track, event) <= end)
    ]


def _remote(event: Event) -> bool:
    return bool(event.get("remote", True))


def _of_delivery_type(events: list[Event], wanted: str) -> list[Event]:
    """remote and local leave failures and defers out; remote-or-faildefer keeps them."""
    bad = (*SWITCHES["failure"], *SWITCHES["defer"])
    if wanted == "remote-or-faildefer":
        return [event for event in events if _remote(event) or event["type"] in bad]
    if wanted in ("remote", "local"):
        return [event for event in events if _remote(event) is (wanted == "remote") and event["type"] not in bad]
    return events


def _visible(ctx: Context, events: Iterable[Event]) -> list[Event]:
    """Root also sees what no account sent."""
    mine = {account.user for account in ctx.visible()}
    return [event for event in events if ctx.caller.is_root or event["user"] in mine]


def _current(ctx: Context, track: dict[str, Any]) -> list[Event]:
    """Deliveries under way are known only for two hours."""
    oldest = ctx.now() - IN_PROGRESS_SECONDS
    return [event for event in track["events"] if event["type"] != "inprogress" or sent_at(track, event) >= oldest]


def _working(ctx: Context) -> dict[str, Any]:
    track = tracked(ctx)
    if track["fails"]:
        raise Failure(f"Error from delivery reporter: {track['fails']}", thrown=False)
    return track


def _record(ctx: Context, track: dict[str, Any], event: Event) -> dict[str, Any]:
    """One delivery. The words for what is not known, and where they stand, are partly our guess."""
    sent, kind = sent_at(track, event), event["type"]
    good, remote = kind in SWITCHES["success"], _remote(event)
    domain = event["recipient"].rpartition("@")[2]
    message = translate(_MESSAGES[kind], ctx.server.spoken) if good else f"{kind} {event['recipient']}"
    handed: dict[str, Any] = {
        "host": f"mx.{domain}",
        "ip": "203.0.113.25",
        "transport": "dkim_remote_smtp",
        "router": "dkim_lookuphost",
    }
    if not good:
        handed = {"host": None, "ip": None, "transport": None, "router": "enforce_mail_permissions"}
    if good and not remote:
        handed = {
            "host": "localhost",
            "ip": "127.0.0.1",
            "transport": "dovecot_virtual_delivery",
            "router": "virtual_user",
        }
    local_user = ctx.server.domains.get(domain) if good and not remote else None
    return {
        "type": kind,
        "user": event["user"],
        "domain": event["domain"],
        "email": event["sender"],
        "sender": event["sender"],
        "size": event["size"],
        "msgid": event["msgid"],
        "senderhost": event.get("senderhost", "localhost"),
        "senderip": event.get("senderip", "127.0.0.1"),
        "senderauth": event.get("senderauth", "localuser"),
        "spamscore": event.get("spamscore", 0),
        "sendunixtime": sent,
        "message": event.get("message", message),
        "recipient": event["recipient"],
        "deliveredto": event.get("deliveredto", event["recipient"] if good else None),
        **{name: event.get(name, value) for name, value in handed.items()},
        "deliveryuser": local_user,
        "deliverydomain": domain if local_user else None,
        "actiontime": _iso(sent + event["delay"]),
        "actionunixtime": sent + event["delay"],
        "transport_is_remote": int(good and remote),
    }


def _iso(epoch: int) -> str:
    return strftime("%Y-%m-%dT%H:%M:%S.000Z", gmtime(epoch))


def _search(ctx: Context, params: Params) -> list[dict[str, Any]]:
    track = _working(ctx)
    mail_track.move(ctx, track)
    kinds = [kind for switch, names in SWITCHES.items() if params.flag(switch) for kind in names]
    events = [event for event in _visible(ctx, _current(ctx, track)) if event["type"] in kinds]
    events = _of_delivery_type(events, params.get("deliverytype"))
    if track["times"]:
        events = _in_window(track, events, params)
    records = [_record(ctx, track, event) for event in events]
    if track["pushdown"]:
        only = Params([(key, value) for key, value in params.values.items() if key.startswith("api.filter.")])
        records = process({"records": records}, only, ctx.server.quirks, {})["records"]
    records.sort(key=lambda record: record["sendunixtime"], reverse=True)
    asked = _time(params, "max_results_by_type")
    # 0 is all of them (reference, 11.138); whether the cap of 5,000 holds then, too, is not known.
    most = len(records) if asked == 0 else min(asked or DEFAULT_CAP, CAP)
    capped = [record for names in SWITCHES.values() for record in [r for r in records if r["type"] in names][:most]]
    ctx.metadata["overflowed"] = int(len(capped) > CAP)
    capped.sort(key=lambda record: record["sendunixtime"], reverse=True)
    return capped


@handler("emailtrack_search", **_ROLE)
def emailtrack_search(ctx: Context, params: Params) -> dict[str, Any]:
    """All four switches are off unless sent. The cap counts for each switch, and overflowed for all together.

    That api.filter works before the cap is one reading of "pushed into SQL"; `pushdown: false` is the other.
    """
    return {"records": _search(ctx, params)}


def _counts(track: dict[str, Any], events: list[Event], accounts: Iterable[Account]) -> dict[str, Any]:
    """Totals of deliveries, and of the `stats` that accounts have beyond them. Null for everything on an empty database."""
    base = [account.stats for account in accounts if account.stats]
    if not track["events"] and not base:
        return dict.fromkeys(_STATS)
    kinds = {switch: sum(event["type"] in names for event in events) for switch, names in SWITCHES.items()}
    sizes = {event["msgid"]: event["size"] if isinstance(event["size"], int) else 0 for event in events}
    numbers = {
        "SENDCOUNT": len(sizes),
        "SUCCESSCOUNT": kinds["success"],
        "FAILCOUNT": kinds["failure"],
        "DEFERCOUNT": kinds["defer"],
        "DEFERFAILCOUNT": kinds["defer"] + kinds["failure"],
        "INPROGRESSCOUNT": kinds["inprogress"],
        "TOTALSIZE": sum(sizes.values()),
    }
    return {name: value + sum(int(stats.get(name, 0)) for stats in base) for name, value in numbers.items()}


def _selected(ctx: Context, track: dict[str, Any], params: Params) -> list[Event]:
    return _of_delivery_type(_in_window(track, _current(ctx, track), params), params.get("deliverytype"))


@handler("emailtrack_stats", **_ROLE)
def emailtrack_stats(ctx: Context, params: Params) -> dict[str, Any]:
    """Whether an unknown account is refused to root in the same words as a foreign one to a reseller is our guess."""
    track = _working(ctx)
    events, accounts = _visible(ctx, _selected(ctx, track, params)), ctx.visible()
    user = params.get("user")
    if user:
        accounts = [account for account in accounts if account.user == user]
        if not accounts:
            raise Failure(f"Access Denied to Account {user}", thrown=False)
        events = [event for event in events if event["user"] == user]
    found = _counts(track, events, accounts)
    for switch, name in (("nosize", "TOTALSIZE"), ("nosuccess", "SUCCESSCOUNT")):
        if params.flag(switch):
            del found[name]
    return {"records": [found]}


@handler("emailtrack_user_stats", **_ROLE)
def emailtrack_user_stats(ctx: Context, params: Params) -> dict[str, Any]:
    """No row for an account that sent nothing, arbitrary order (our guesses). No INPROGRESSCOUNT.

    From a live server: what came from elsewhere is of `-remote-` with no domain, the system's own mail of `root` with the
    domain `-system-`; a limit that was reached is told by how far it went, and there may be more successes than messages.
    """
    track = _working(ctx)
    by_user: dict[str, list[Event]] = {}
    for event in _selected(ctx, track, params):
        if params.get("sender") in ("", event["sender"]):
            by_user.setdefault(event["user"], []).append(event)
    rows = []
    for account in sorted(ctx.visible(), key=lambda account: zlib.crc32(account.user.encode())):
        if account.user not in by_user and not account.stats:
            continue
        counts = _counts(track, by_user.get(account.user, []), [account])
        del counts["INPROGRESSCOUNT"]
        who = {"USER": account.user, "DOMAIN": account.domain, "PRIMARY_DOMAIN": account.domain, "OWNER": account.owner}
        rows.append({**who, **counts, **_reached(ctx, track, account, counts)})
    for user, domain in _NO_ACCOUNTS.items() if ctx.caller.is_root else ():
        if user in by_user:
            counts = _counts(track, by_user[user], [])
            del counts["INPROGRESSCOUNT"]
            who = {"USER": user, "DOMAIN": domain, "PRIMARY_DOMAIN": "", "OWNER": "root"}
            rows.append({**who, **counts, "REACHED_MAXDEFERFAIL": 0, "REACHED_MAXEMAILS": 0})
    ctx.metadata.update({"__chunked": 1, "overflowed": 0})
    return {"records": rows}


def _reached(ctx: Context, track: dict[str, Any], account: Account, counts: Mapping[str, Any]) -> dict[str, Any]:
    """0, or the numbers with which the limit was reached."""
    reached = track["reached"].get(account.user, [])
    if "reference_types" in ctx.server.quirks:
        return {f"REACHED_{name}": int(name in reached) for name in ("MAXDEFERFAIL", "MAXEMAILS")}
    most = str(account.fields.get("max_email_per_hour"))
    sent = most if most.isdecimal() and int(most) else str(counts["SENDCOUNT"] or 1)
    bad = counts["DEFERFAILCOUNT"] or 5
    return {
        "REACHED_MAXDEFERFAIL": f"{bad}/{bad} (100%)" if "MAXDEFERFAIL" in reached else 0,
        "REACHED_MAXEMAILS": f"{sent}/{sent}" if "MAXEMAILS" in reached else 0,
    }


def _between(ctx: Context, params: Params) -> list[Event]:
    """start_time and end_time, with an underscore here, are both required. What follows from nonsense is our guess."""
    times = []
    for name in ("start_time", "end_time"):
        if not params.need(name).isdecimal():
            raise Failure(f"{quoted(params.get(name))} is not a valid {quoted(name)}.")
        times.append(int(params.get(name)))
    track = _working(ctx)
    return [event for event in _current(ctx, track) if times[0] <= sent_at(track, event) <= times[1]]


@handler("get_unique_recipient_count_per_sender_for_user", **_ROLE)
def recipients_per_sender(ctx: Context, params: Params) -> dict[str, Any]:
    """A sender without recipients is not among them. An unknown account is refused as elsewhere (our guess)."""
    account = ctx.account(params.need("user"))
    pairs = {(event["sender"], event["recipient"]) for event in _between(ctx, params) if event["user"] == account.user}
    senders = sorted({sender for sender, _recipient in pairs}, key=lambda sender: zlib.crc32(sender.encode()))
    count = {sender: sum(pair[0] == sender for pair in pairs) for sender in senders}
    return {"payload": [{"sender": sender, "unique_recipient_count": count[sender]} for sender in senders]}


@handler("get_unique_sender_recipient_count_per_user", **_ROLE)
def pairs_per_user(ctx: Context, params: Params) -> dict[str, Any]:
    pairs: dict[str, set[tuple[str, str]]] = {}
    for event in _visible(ctx, _between(ctx, params)):
        pairs.setdefault(event["user"], set()).add((event["sender"], event["recipient"]))
    users = sorted(pairs, key=lambda user: zlib.crc32(user.encode()))
    return {"payload": [{"user": user, "unique_sender_recipient_count": len(pairs[user])} for user in users]}


def _strings(row: dict[str, Any]) -> dict[str, Any]:
    return {name: None if value is None else str(value) for name, value in row.items()}


@api2("EmailTrack", "stats", role="MailSend")
def api2_stats(ctx: Context, account: Account, params: Params) -> list[dict[str, Any]]:
    """One account's counts, as strings. Takes the times of emailtrack_stats (documented as "the same flags")."""
    track = tracked(ctx)
    if track["fails"]:
        raise UapiFailure(f"Error from delivery reporter: {track['fails']}")
    events = [event for event in _selected(ctx, track, params) if event["user"] == account.user]
    return [_strings(_counts(track, events, [account]))]


@api2("EmailTrack", "search", role="MailSend")
def api2_search(ctx: Context, account: Account, params: Params) -> list[dict[str, Any]]:
    """One account's deliveries, as strings."""
    try:
        return [_strings(record) for record in _search(ctx, params) if record["user"] == account.user]
    except Failure as failure:
        raise UapiFailure(failure.text) from None
