# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choosing mailboxes by name or GUID, and the call that expunges messages of one of them. Pure.

Names are looked up here and not by the server, so that what is sent means exactly one mailbox.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.whm.mail.plugins.module_utils._convert import as_list, unique
from ansible_collections.whm.mail.plugins.module_utils._envelope import Answer, clean_reason
from ansible_collections.whm.mail.plugins.module_utils._errors import InvalidInput, NotFound, Unsupported, WhmError
from ansible_collections.whm.mail.plugins.module_utils._mailboxes import Contents, Mailbox
from ansible_collections.whm.mail.plugins.module_utils._plan import Call, State

_WILDCARDS = re.compile(r"[*?]")  # ours, in the option mailboxes
_DOVEADM_WILDCARDS = re.compile(r"[*?%]")  # ? by the reference, % by Dovecot
_INBOX = re.compile(r"inbox(?=\.|\Z)", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{32}\Z")
_NAMED = 5  # mailboxes that a message names before it only counts

#: (address, mailbox) to what is known of it. The mailbox is empty where the address itself failed.
Chosen = Iterator[tuple[str, str, "Mailbox | WhmError"]]


def mailbox_names(values: Iterable[str]) -> list[str]:
    """Names and patterns without repetitions. INBOX in any case is INBOX; for the rest case counts.

    :raises InvalidInput: one of them is empty or cannot be a name.
    """
    names = unique([_INBOX.sub("INBOX", value.strip(), count=1) for value in values])
    for name in names:
        if not name or not name.isprintable():
            raise InvalidInput("mailboxes: %r is not the name of a mailbox such as INBOX.Sent." % name)
    return names


def mailbox_guids(values: Iterable[str]) -> list[str]:
    """GUIDs in lower case, without repetitions.

    :raises InvalidInput: one of them is none.
    """
    guids = unique([value.strip().lower() for value in values])
    for guid in guids:
        if not _GUID.match(guid):
            raise InvalidInput(
                "guids: {} is not a GUID (32 hexadecimal digits); whm.mail.mailbox_info returns them.".format(
                    guid or "an empty value"
                )
            )
    return guids


def by_name(address: str, contents: Contents, names: Sequence[str], host: str) -> Chosen:
    """The mailboxes with these names. Mailboxes of other addresses match no pattern: they must be named exactly."""
    patterns = [pattern(name) for name in names if _WILDCARDS.search(name)]
    for box in [*contents.mailboxes, *contents.others]:
        own = box in contents.mailboxes
        if box["mailbox"] in names or (own and any(each.match(box["mailbox"]) for each in patterns)):
            yield address, box["mailbox"], box
    there = {box["mailbox"] for box in [*contents.mailboxes, *contents.others]}
    for name in names:
        if name not in there and not _WILDCARDS.search(name):
            yield address, name, NotFound(f"{address} has no mailbox {name}", host=host, remedy=_instead(contents))


def by_guid(found: Mapping[str, Contents], guids: Sequence[str], host: str) -> Chosen:
    """The mailboxes with these GUIDs, wherever they are; at the address that owns one where several show it."""
    places: dict[str, tuple[str, Mailbox]] = {}
    for others in (False, True):
        for address, contents in found.items():
            for box in contents.others if others else contents.mailboxes:
                places.setdefault(box["guid"], (address, box))
    for guid in guids:
        if guid in places:
            address, box = places[guid]
            yield address, box["mailbox"], box
        else:
            yield "", guid, NotFound(f"no mailbox with GUID {guid} at the addresses that could be read", host=host)


def pattern(name: str) -> re.Pattern[str]:
    """The wildcards of the reference: ``*`` is any text, folders below among it, ``?`` one character. Nothing else is special."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(sign) or re.escape(sign) for sign in name) + r"\Z", re.DOTALL)


def _instead(contents: Contents) -> str:
    names = [str(box["mailbox"]) for box in contents.mailboxes]
    more = ", …" if len(names) > _NAMED else ""
    return "It has {}{}.".format(", ".join(names[:_NAMED]) or "none", more)


def state_of(box: Mailbox, old: bool, host: str) -> State | WhmError:
    """What the plan needs to know of a mailbox.

    :param old: the server knows mailboxes by name only.
    """
    by_name = old or not box["guid"]
    if by_name and _DOVEADM_WILDCARDS.search(box["mailbox"]):
        reason = "the name %s has wildcards in it, and this server (before version 64) knows mailboxes by name only"
        return Unsupported(reason % box["mailbox"], "expunge_mailbox_messages", host)
    return {"guid": box["guid"], "messages": box["messages"], "by_name": by_name}


def expunge(identity: str, state: State, query: str) -> Call:
    """The call for one mailbox: by GUID, which means one and the same mailbox whatever it is called.

    :param identity: address and mailbox.
    """
    address, _space, mailbox = identity.partition(" ")
    function, place = "expunge_messages_for_mailbox_guid", {"mailbox_guid": state["guid"]}
    if state["by_name"]:
        function, place = "expunge_mailbox_messages", {"mailbox": mailbox}
    before = state["messages"]

    def fell(after: State) -> bool:
        return after["messages"] is None or bool(after["messages"] < before)

    params = {"account": address, **place, "query": query}
    return Call(function, params, identity, {"messages": None}, verdict=complaint, happened=fell)


def complaint(answer: Answer) -> str | None:
    """What doveadm complained of in a call that the server calls a success."""
    texts: list[Any] = as_list(answer.get("errors"))
    lines = [clean_reason(text) for text in texts if str(text).strip()]
    return " / ".join(lines) or None
