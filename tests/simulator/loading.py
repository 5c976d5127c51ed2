# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From readable YAML to `Server` objects and back; also patches to a live one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from . import shapes
from .mail_engine import put_messages, seed_message
from .quirks import Quirks
from .registry import AREAS
from .state import ACCOUNT_FIELDS, MAIN, Account, Caller, Folder, LineFile, Mailbox, Server, make_guid

Data = Mapping[str, Any]
STATES = Path(__file__).parent / "states"
# The same rules in C where PyYAML was built with it, eight times as fast.
_SafeLoader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FIRST_HELD = 1700000000
_PLAIN = ("hostname", "version", "language", "certificate", "lockout_failures", "lockout_seconds")
_SETS = ("disabled_roles", "missing_functions")
_FILES = ("aliases", "localaliases", "dot_forward")
_LISTS = {"outgoing_mail_hold_users": "hold_list", "outgoing_mail_suspended_users": "suspended_list"}
_DOMAINS = ("addon_domains", "parked_domains", "subdomains")
_ACCOUNT = ("domain", "owner", "plan", "email", "ip", "startdate", "suspended", "suspendreason", "suspendtime")


def read(source: Data | str | Path) -> Data:
    """A mapping as it is, or the mapping in a YAML file."""
    if isinstance(source, Mapping):
        return source
    try:
        found = yaml.load(Path(source).read_text(encoding="utf-8"), Loader=_SafeLoader)  # noqa: S506 (safe, in C)
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        raise ValueError(f"{source} is no YAML: {' '.join(str(problem).split())}") from problem
    if not isinstance(found, Mapping):
        raise ValueError(f"{source} does not hold a mapping.")
    return found


def servers_of(source: Data | str | Path) -> dict[str, Data]:
    """The data of each server in a state: {"servers": {"whm1": {…}}}."""
    state = read(source)
    servers = state.get("servers")
    if not isinstance(servers, Mapping) or not servers:
        raise ValueError('A state needs "servers", a mapping with at least one server.')
    unknown = sorted(str(name) for name in state if name != "servers")
    if unknown:
        raise ValueError(f'A state has nothing beside "servers", but this one has: {", ".join(unknown)}.')
    return {str(name): data or {} for name, data in servers.items()}


def load(source: Data | str | Path) -> dict[str, Server]:
    """All servers of a state."""
    return {name: load_server(name, data) for name, data in servers_of(source).items()}


def load_server(name: str, data: Data) -> Server:
    server = Server(name=name, hostname=f"{name}.example.com")
    server.callers["root"] = Caller("root", token=f"{name}-root-token", password=f"{name}-root-password")
    patch(server, data)
    return server


def patch(server: Server, data: Data) -> None:
    """Apply data in the state's own format to a server; what is not named stays."""
    shapes.check(server.name, data, AREAS)
    for key in _PLAIN:
        if key in data:
            setattr(server, key, data[key])
    for key in _SETS:
        if key in data:
            setattr(server, key, set(data[key] or ()))
    if "system_users" in data:
        server.system_users = list(data["system_users"])
    if isinstance(data.get("quirks"), Mapping):
        server.quirks.update(data["quirks"])
    elif "quirks" in data:
        server.quirks = Quirks(data["quirks"])
    _patch_people(server, data)
    if "generate" in data:
        _generate(server, data["generate"])
    server.reindex()
    _patch_files(server, data)
    _patch_areas(server, data)


def _patch_people(server: Server, data: Data) -> None:
    for name, value in (data.get("callers") or {}).items():
        _patch_caller(server, str(name), value or {})
    for user, value in (data.get("accounts") or {}).items():
        _patch_account(server, str(user), value)


def _patch_areas(server: Server, data: Data) -> None:
    for name, seed in AREAS.items():
        if name not in data and name in server.areas:
            continue
        try:
            server.areas[name] = seed(server, data.get(name))
        except (AttributeError, KeyError, TypeError) as problem:
            raise ValueError(
                f"{server.name}.{name} is not of the form that the README of the simulator shows ({problem})."
            ) from problem


def _patch_caller(server: Server, name: str, value: Data) -> None:
    caller = server.callers.setdefault(name, Caller(name))
    caller.token = str(value.get("token", caller.token))
    caller.password = str(value.get("password", caller.password))
    caller.privileges = tuple(value.get("privileges", caller.privileges))


def _patch_files(server: Server, data: Data) -> None:
    """`forwards` is what set_user_email_forward_destination would leave behind; the three files may be set apart."""
    for user, targets in (data.get("forwards") or {}).items():
        for table in (server.localaliases, server.dot_forward):
            _set_forward(table, str(user), targets)
        if user in server.aliases:
            _set_forward(server.aliases, str(user), targets)
    for name in _FILES:
        for user, targets in (data.get(name) or {}).items():
            _set_forward(getattr(server, name), str(user), targets)
    for key, attribute in _LISTS.items():
        if key in data:
            setattr(server, attribute, LineFile(str(line) for line in data[key] or ()))


def _set_forward(table: dict[str, list[str]], user: str, targets: Any) -> None:
    wanted = [targets] if isinstance(targets, str) else list(targets or [])
    if wanted:
        table[user] = [str(target) for target in wanted]
    else:
        table.pop(user, None)


def _patch_account(server: Server, user: str, value: Data | None) -> None:
    if value is None:
        server.accounts.pop(user, None)
        return
    account = server.accounts.get(user)
    if account is None:
        account = Account(user, f"{user}.example", uid=1001 + len(server.accounts))
        server.accounts[user] = account
    rest = dict(value)
    for key in _ACCOUNT:
        if key in rest:
            setattr(account, key, rest.pop(key))
    if account.suspended and account.suspendtime == 0:
        account.suspendtime = _FIRST_HELD
    account.suspended = bool(account.suspended)
    for kind in _DOMAINS:
        setattr(account, kind, list(rest.pop(kind, getattr(account, kind)) or []))
    account.sessions = int(rest.pop("sessions", account.sessions))
    account.stats.update(rest.pop("stats", {}))
    if "hold" in rest:
        account.hold = _stamp(rest.pop("hold"))
        _line(server.hold_list, user, account.hold is not None)
    if "outgoing_suspended" in rest:
        account.outgoing_suspended = _stamp(rest.pop("outgoing_suspended"))
        _line(server.suspended_list, user, account.outgoing_suspended is not None)
    for name, box in (rest.pop("mailboxes", None) or {}).items():
        _patch_mailbox(server, account, str(name), box or {})
    # Whatever is left is a field of listaccts with an odd value: disklimit: 500M, shell: '*unknown*', …
    unknown = sorted(set(rest) - set(ACCOUNT_FIELDS) - {"uid", "unix_startdate"})
    if unknown:
        raise ValueError(f"The account {user!r} has unknown keys: {', '.join(unknown)}.")
    account.fields.update(rest)


def _stamp(value: Any) -> int | None:
    if value is None or value is False or value == 0:
        return None
    return _FIRST_HELD if value is True else int(value)


def _line(lines: LineFile, line: str, present: bool) -> None:
    if present:
        lines.add(line)
    else:
        lines.remove(line)


def _patch_mailbox(server: Server, account: Account, name: str, value: Data) -> None:
    if name == MAIN:
        address, box = MAIN, account.main
    else:
        address = name if "@" in name else f"{name}@{account.domain}"
        if value.get("gone"):
            account.mailboxes.pop(address, None)
            for lines in (server.hold_list, server.suspended_list):
                _line(lines, address, False)
            return
        box = account.mailboxes.setdefault(address, Mailbox(address))
    owner = account.user if name == MAIN else address
    folders = value.get("folders", {} if box.folders else {"INBOX": {}})
    for folder, numbers in folders.items():
        box.folders[folder] = _folder(owner, str(folder), numbers or {})
    box.suspended_login = bool(value.get("suspended_login", box.suspended_login))
    box.suspended_incoming = bool(value.get("suspended_incoming", box.suspended_incoming))
    box.held_messages = int(value.get("held_messages", box.held_messages))
    box.quota = int(value.get("quota", box.quota))
    box.password = str(value.get("password", box.password))
    if "hold" in value:
        _line(server.hold_list, address, bool(value["hold"]))
    if "outgoing_suspended" in value:
        _line(server.suspended_list, address, bool(value["outgoing_suspended"]))


def _folder(owner: str, name: str, numbers: Data | int) -> Folder:
    if isinstance(numbers, int):
        return Folder(make_guid(owner, name), numbers, numbers * 2048)
    messages = int(numbers.get("messages", 0))
    guid = str(numbers.get("guid") or make_guid(owner, name))
    folder = Folder(guid, messages, int(numbers.get("vsize", messages * 2048)))
    if "mail" in numbers:
        put_messages(folder, [seed_message(message) for message in numbers["mail"]])
    return folder


def _generate(server: Server, wanted: Data) -> None:
    """N accounts in one go: {accounts: 1000, prefix: user, mailboxes: 1, held_every: 50, messages: 3}."""
    prefix, first = str(wanted.get("prefix", "user")), len(server.accounts)
    boxes, every = int(wanted.get("mailboxes", 0)), int(wanted.get("held_every", 0))
    held: list[str] = []
    for number in range(1, int(wanted.get("accounts", 0)) + 1):
        user = f"{prefix}{number}"
        account = Account(user, f"{user}.example.com", email=f"owner@{user}.example.com", uid=1001 + first + number)
        account.owner = str(wanted.get("owner", "root"))
        if every and number % every == 0:
            account.hold = _FIRST_HELD
            held.append(user)
        for box in range(1, boxes + 1):
            address = f"box{box}@{account.domain}"
            folder = _folder(address, "INBOX", int(wanted.get("messages", 0)))
            account.mailboxes[address] = Mailbox(address, {"INBOX": folder})
        server.accounts[user] = account
    server.hold_list.extend(held)


def dump(server: Server) -> dict[str, Any]:
    """A JSON-able picture of the live state, for tests and people."""
    return {
        "hostname": server.hostname,
        "version": server.version,
        "quirks": server.quirks.as_dict(),
        "accounts": {user: _dump_account(account) for user, account in server.accounts.items()},
        "outgoing_mail_hold_users": list(server.hold_list),
        "outgoing_mail_suspended_users": list(server.suspended_list),
        **{name: dict(getattr(server, name)) for name in _FILES},
        "pending": len(server.pending),
        "areas": server.areas,
    }


def _dump_folder(folder: Folder) -> dict[str, Any]:
    return {"guid": folder.guid, "messages": folder.messages, "vsize": folder.vsize}


def _dump_account(account: Account) -> dict[str, Any]:
    found: dict[str, Any] = {key: getattr(account, key) for key in _ACCOUNT}
    found.update(hold=account.hold, outgoing_suspended=account.outgoing_suspended, sessions=account.sessions)
    found.update({kind: list(getattr(account, kind)) for kind in _DOMAINS})
    found["mailboxes"] = {
        name: {
            "folders": {folder: _dump_folder(numbers) for folder, numbers in box.folders.items()},
            "suspended_login": box.suspended_login,
            "suspended_incoming": box.suspended_incoming,
            "held_messages": box.held_messages,
        }
        for name, box in account.mailboxes.items()
    }
    return found
