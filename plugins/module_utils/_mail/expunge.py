# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choosing mailboxes by name or GUID, and the call that expunges messages of one of them. Pure.

Names are looked up here and not by the server, so that what is sent means exactly one mailbox.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from ansible_collections.whm.mail.plugins.module_utils._mail.mailboxes import Contents, Mailbox
from ansible_collections.whm.mail.plugins.module_utils._mail.printed import judged, printed
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Shrinks, State, Step, Verdict
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.convert import unique
from ansible_collections.whm.mail.plugins.module_utils._whm.envelope import Answer
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import (
    InvalidInput,
    NotFound,
    UnexpectedAnswer,
    Unsupported,
    WhmError,
)

_WILDCARDS = re.compile(r"[*?]")  # ours, in the option mailboxes
_DOVEADM_WILDCARDS = re.compile(r"[*?%]")  # ? by the reference, % by Dovecot
_INBOX = re.compile(r"inbox(?=\.|\Z)", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{32}\Z")
_NAMED = 5  # mailboxes that a message names before it only counts

#: (address, mailbox) to what is known of it. The mailbox is empty where the address itself failed.
Chosen = Iterator[tuple[str, str, "Mailbox | WhmError"]]


def mailbox_names(values: Iterable[str]) -> list[str]:
    """Names and patterns as given, without repetitions: a server may have ``INBOX.Old`` beside ``INBOX.Old `` and ``INBOX.old``.

    :raises InvalidInput: one of them is empty, or has a control character, which no mailbox has in its name.
    """
    names = unique(list(values))
    for name in names:
        if not name.strip() or any(unicodedata.category(sign) == "Cc" for sign in name):
            raise InvalidInput("mailboxes: %r is not the name of a mailbox such as INBOX.Sent." % name)
    return names


def matching(name: str, there: Collection[str]) -> set[str]:
    """Which of these mailboxes a name or pattern means: exactly as it is written, or else with INBOX at its beginning in
    capitals, which is one mailbox in any case."""
    for text in (name, _INBOX.sub("INBOX", name, count=1)):
        found = {box for box in there if box == text or pattern(text).match(box)}
        if found:
            return found
    return set()


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


def by_name(address: str, contents: Contents, names: Sequence[str]) -> Chosen:
    """The mailboxes with these names. Mailboxes of other addresses match no pattern: they must be named exactly."""
    own = {str(box["mailbox"]) for box in contents.mailboxes}
    there = own | {str(box["mailbox"]) for box in contents.others}
    chosen: set[str] = set()
    missing = []
    for name in names:
        found = matching(name, own if _WILDCARDS.search(name) else there) or {name} & there
        chosen |= found
        if not found and not _WILDCARDS.search(name):
            missing.append(name)
    for box in [*contents.mailboxes, *contents.others]:
        if box["mailbox"] in chosen:
            yield address, box["mailbox"], box
    for name in missing:
        yield address, name, _no_mailbox(address, name, contents)
    if contents.unnamed:
        yield address, "", UnexpectedAnswer(f"the answer for {address} has mailboxes without a name")


def _no_mailbox(address: str, name: str, contents: Contents) -> WhmError:
    """What is not in a list that can be read only in part may be there all the same."""
    if contents.unnamed:
        return UnexpectedAnswer(
            f"whether {address} has a mailbox {name} is not known: its list has rows without a name"
        )
    return NotFound(f"{address} has no mailbox {name}", remedy=_instead(name, contents))


def by_guid(found: Mapping[str, Contents], guids: Sequence[str]) -> Chosen:
    """The mailboxes with these GUIDs, wherever they are; at the address that owns one where several show it."""
    places: dict[str, tuple[str, Mailbox]] = {}
    for others in (False, True):
        for address, contents in found.items():
            for box in contents.others if others else contents.mailboxes:
                places.setdefault(str(box["guid"]).lower(), (address, box))
    for guid in guids:
        if guid in places:
            address, box = places[guid]
            yield address, box["mailbox"], box
        else:
            yield "", guid, NotFound(f"no mailbox with GUID {guid} at the addresses that could be read")


def pattern(name: str) -> re.Pattern[str]:
    """The wildcards of the reference: ``*`` is any text, folders below among it, ``?`` one character. Nothing else is special."""
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(sign) or re.escape(sign) for sign in name) + r"\Z", re.DOTALL)


def _instead(name: str, contents: Contents) -> str:
    names = [str(box["mailbox"]) for box in contents.mailboxes]
    alike = next((each for each in names if _looks(each) == _looks(name)), None)
    if alike is not None:
        return (
            f"It has {alike!a}, which differs from {name!a} in blanks, in case or in how its letters are composed: "
            "copy the name from whm.mail.mailbox_info, or use its GUID."
        )
    more = ", …" if len(names) > _NAMED else ""
    return "It has {}{}.".format(", ".join(names[:_NAMED]) or "none", more)


def _looks(name: str) -> str:
    """What the eye sees of a name."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def state_of(box: Mailbox, old: bool) -> State | WhmError:
    """What the plan needs to know of a mailbox.

    :param old: the server knows mailboxes by name only.
    """
    name, by_name = str(box["mailbox"]), old or not box["guid"]
    if by_name and (_DOVEADM_WILDCARDS.search(name) or name != name.strip()):
        reason = f"the name {name!a} has wildcards in it, or blanks around it, and this server knows the mailbox by name only"
        return Unsupported(reason, "expunge_mailbox_messages")
    if box["messages"] is None:
        return UnexpectedAnswer(f"the server does not tell how many messages are in {name}")
    return {"guid": box["guid"], "messages": box["messages"], "by_name": by_name}


def expunge(identity: str, state: State, query: str) -> Step:
    """The step for one mailbox: by GUID, which means one and the same mailbox whatever it is called.

    :param identity: address and mailbox.
    """
    address, _space, mailbox = identity.partition(" ")
    function, place = "expunge_messages_for_mailbox_guid", {"mailbox_guid": state["guid"]}
    if state["by_name"]:
        function, place = "expunge_mailbox_messages", {"mailbox": mailbox}
    call = Call(function, {"account": address, **place, "query": query})
    return Step(call, identity, Shrinks("messages", state["messages"]), verdict=complaint, whole=address)


def complaint(answer: Answer) -> Verdict:
    """What doveadm complained of in a call that the server calls a success: it prints warnings when it worked, too."""
    return judged(printed(answer.get("errors")))
