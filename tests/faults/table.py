# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table that the fault matrix is made from: what goes wrong, and what must hold all the same.

A row says how a fault is made and to which family it belongs; a family says, for each place and for a fault that comes once or
always, how the task must end. Nothing else decides what is expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.whm.mail.tests.subjects.kinds import ALL, BACK, CLI, FIRST, HTTPS, READ, WHOLE, WRITE

PLACES = (READ, WRITE, BACK)

# What the server's state must be at the end.
REACHED, UNTOUCHED, EITHER = "reached", "untouched", "either"
#: The victim as it was before, the other items reached.
VICTIM = "all but the victim"


@dataclass(frozen=True)
class Expect:
    """How a task must end.

    :param state: the server's state at the end.
    :param kinds: of the errors of which the task may fail; empty when it must not fail.
    :param sends: how often a write may be carried out at most. One that the catalogue does not call safe to repeat: once, always.
    :param honest: whether the result agrees with the server's state. False only where nothing could have told; see the guide.
    """

    state: str
    kinds: frozenset[str] = frozenset()
    sends: int = 1
    honest: bool = True


def fails(state: str, *kinds: str, sends: int = 1) -> Expect:
    return Expect(state, frozenset(kinds), sends)


OK = Expect(REACHED)
AGAIN = Expect(REACHED, sends=2)
UNKNOWN = fails(REACHED, "unknown_outcome")

Cell = tuple[str, str]
Family = Mapping[Cell, Expect]


def _both(place: str, expect: Expect) -> dict[Cell, Expect]:
    return {(place, FIRST): expect, (place, ALL): expect}


#: Family to (place, how often) to what must hold.
FAMILIES: dict[str, Family] = {
    # The request certainly did not arrive: it may be sent again, whatever it is.
    "not sent": {
        (READ, FIRST): OK,
        (READ, ALL): fails(UNTOUCHED, "connection"),
        (WRITE, FIRST): OK,
        (WRITE, ALL): fails(UNTOUCHED, "connection"),
        (BACK, FIRST): OK,
        (BACK, ALL): UNKNOWN,
    },
    # Neither did it arrive, and trying again cannot help.
    "no way": {
        **_both(READ, fails(UNTOUCHED, "connection", "configuration")),
        **_both(WRITE, fails(UNTOUCHED, "connection", "configuration")),
        **_both(BACK, UNKNOWN),
    },
    "login refused": {
        **_both(READ, fails(UNTOUCHED, "authentication")),
        **_both(WRITE, fails(UNTOUCHED, "authentication")),
        **_both(BACK, UNKNOWN),
    },
    # The same answer after the login had been accepted: then it is a missing privilege.
    "access denied": {
        **_both(READ, fails(UNTOUCHED, "authentication")),
        # of the login where nothing was read before
        **_both(WRITE, fails(UNTOUCHED, "permission", "authentication")),
        **_both(BACK, UNKNOWN),
    },
    # Not carried out, but the client cannot know.
    "lost before": {
        (READ, FIRST): OK,
        (READ, ALL): fails(UNTOUCHED, "connection", "server_error"),
        (WRITE, FIRST): OK,
        (WRITE, ALL): fails(UNTOUCHED, "connection", "server_error"),
        (BACK, FIRST): OK,
        (BACK, ALL): UNKNOWN,
    },
    # Carried out, and the client cannot know either.
    "lost after": {
        (READ, FIRST): OK,
        (READ, ALL): fails(UNTOUCHED, "connection", "server_error"),
        (WRITE, FIRST): OK,
        (WRITE, ALL): OK,
        (BACK, FIRST): OK,
        (BACK, ALL): UNKNOWN,
    },
    # The program refused to run. It says so, but whether anything was done before is not known; trying again cannot help.
    "program refused": {
        **_both(READ, fails(UNTOUCHED, "connection")),
        (WRITE, FIRST): OK,
        (WRITE, ALL): fails(UNTOUCHED, "connection"),
        **_both(BACK, UNKNOWN),
    },
    # An answer that makes no sense, of a server that did nothing.
    "page": {
        **_both(READ, fails(UNTOUCHED, "unexpected_answer")),
        (WRITE, FIRST): OK,
        (WRITE, ALL): fails(UNTOUCHED, "unexpected_answer"),
        (BACK, FIRST): OK,
        (BACK, ALL): UNKNOWN,
    },
    # The same of a server that did what it was told.
    "spoilt": {
        **_both(READ, fails(UNTOUCHED, "unexpected_answer")),
        **_both(WRITE, OK),
        (BACK, FIRST): OK,
        (BACK, ALL): UNKNOWN,
    },
    # The server says no to one item.
    "refusal": {
        **_both(READ, fails(VICTIM, "refusal")),
        **_both(WRITE, fails(VICTIM, "refusal")),
        **_both(BACK, UNKNOWN),
    },
    "harmless": {(place, often): OK for place in PLACES for often in (FIRST, ALL)},
    "harmless throughout": {(WHOLE, ALL): OK},
    # A connection that is found dead when the next request is sent over it: that request may have to go twice.
    "dead connection": {(place, often): AGAIN for place in PLACES for often in (FIRST, ALL)},
    # It says OK and does nothing.
    "lie": _both(WRITE, fails(VICTIM, "not_effective")),
    "late": _both(WRITE, OK),
    # Later than anybody waits: not there when the task ends, and reported so.
    "too late": _both(WRITE, fails(UNTOUCHED, "not_effective")),
    # The log cannot tell which of a batch's calls were reached, so each counts as carried out once more.
    "half a batch": {(place, often): Expect(REACHED, sends=9) for place in PLACES for often in (FIRST, ALL)},
    # Some of it was done, and the answer holds a complaint.
    "complaint": {(WHOLE, ALL): Expect(EITHER, frozenset(("", "refusal")))},
    # Nothing in any answer tells, and no function reads it.
    "invisible": {(WHOLE, ALL): Expect(EITHER, honest=False)},
}

#: Where a module's writes must not be repeated, a lost answer cannot be mended.
_LOST = fails(UNTOUCHED, "unknown_outcome")
ONCE_ONLY: dict[tuple[str, str, str], Expect] = {
    ("lost before", WRITE, FIRST): _LOST,
    ("lost before", WRITE, ALL): _LOST,
    ("page", WRITE, FIRST): _LOST,
    ("page", WRITE, ALL): _LOST,
    ("program refused", WRITE, FIRST): _LOST,
    ("program refused", WRITE, ALL): _LOST,
    ("half a batch", WRITE, FIRST): Expect(EITHER, frozenset(("", "unknown_outcome"))),
    ("half a batch", WRITE, ALL): Expect(EITHER, frozenset(("", "unknown_outcome"))),
}
#: Where no state shows that a call was carried out (a repair of a neighbour, say), it is sent again, and in the end unknown.
_TWICE, _GIVEN_UP = Expect(REACHED, sends=2), fails(REACHED, "unknown_outcome", sends=9)
_HALF = Expect(EITHER, frozenset(("", "unknown_outcome", "unexpected_answer")), sends=9)
_NEVER = fails(UNTOUCHED, "unknown_outcome", "connection", "server_error", "unexpected_answer")
SILENT: dict[tuple[str, str, str], Expect] = {
    ("lost before", WRITE, ALL): _NEVER,
    ("page", WRITE, ALL): _NEVER,
    ("program refused", WRITE, ALL): _NEVER,
    ("lost after", WRITE, FIRST): _TWICE,
    ("lost after", WRITE, ALL): _GIVEN_UP,
    ("spoilt", WRITE, FIRST): _TWICE,
    ("spoilt", WRITE, ALL): _GIVEN_UP,
    ("half a batch", WRITE, ALL): _HALF,
}
#: Where the second step of an item is refused because the first has not taken effect yet, the first may do so later. Nor does
#: the state always tell whether a first step was taken.
STEPWISE: dict[tuple[str, str, str], Expect] = {
    **{
        (family, WRITE, often): Expect(EITHER, frozenset(("", "refusal", "not_effective")), honest=False)
        for family in ("late", "too late")
        for often in (FIRST, ALL)
    },
    ("lost before", WRITE, ALL): _NEVER,
    ("page", WRITE, ALL): _NEVER,
    ("program refused", WRITE, ALL): _NEVER,
    ("half a batch", WRITE, ALL): _HALF,
}
#: Where no state shows the effect that was asked for, the server's word is all there is.
BLIND: dict[tuple[str, str, str], Expect] = {
    **{(family, BACK, often): OK for family in FAMILIES for often in (FIRST, ALL)},
    ("lie", WRITE, FIRST): Expect(EITHER, honest=False),
    ("lie", WRITE, ALL): Expect(EITHER, honest=False),
    ("late", WRITE, FIRST): Expect(EITHER, honest=False),
    ("late", WRITE, ALL): Expect(EITHER, honest=False),
    ("too late", WRITE, FIRST): Expect(EITHER, honest=False),
    ("too late", WRITE, ALL): Expect(EITHER, honest=False),
}
#: Where it cannot be foretold what a write will do, that nothing shows is no error.
COUNTED: dict[tuple[str, str, str], Expect] = {
    ("lie", WRITE, FIRST): Expect(VICTIM),
    ("lie", WRITE, ALL): Expect(VICTIM),
    ("late", WRITE, FIRST): Expect(EITHER, honest=False),
    ("late", WRITE, ALL): Expect(EITHER, honest=False),
    ("too late", WRITE, FIRST): Expect(UNTOUCHED),
    ("too late", WRITE, ALL): Expect(UNTOUCHED),
}

#: Where several items travel as one call, and each alone once that was refused: a refusal that does not come again harms nobody.
JOINED: dict[tuple[str, str, str], Expect] = {("refusal", WRITE, FIRST): OK}


@dataclass(frozen=True)
class Traits:
    """What a module's writes are like.

    :param once_only: some of them must not be repeated.
    :param silent: of some no state shows that they were carried out.
    :param stepwise: some item needs several of them, one after the other.
    :param blind: no state shows any effect that was asked for.
    :param counted: what they did is known only from counting before and after.
    :param joined: several of them travel as one call.
    """

    once_only: bool
    silent: bool
    stepwise: bool
    blind: bool
    counted: bool
    joined: bool


@dataclass(frozen=True)
class Row:
    """One kind of fault.

    :param name: shown in the test's name.
    :param family: what must hold.
    :param says: stands in the message, whenever the task fails of this fault; in small letters.
    :param transports: where it can happen.
    :param fault: of the simulator, with its options.
    :param quirk: of the simulator, likewise.
    :param route: the request goes to another server instead; one of ``harness.Routes``.
    :param act: what else is done before the request; one of ``harness.ACTS``.
    :param timeout: api_timeout for the request, in seconds.
    :param only: scenarios to which it is limited, because it takes very long.
    :param slow: has to be waited for.
    """

    name: str
    family: str
    says: str = ""
    transports: tuple[str, ...] = (HTTPS,)
    fault: Mapping[str, Any] = field(default_factory=dict)
    quirk: Mapping[str, Any] = field(default_factory=dict)
    route: str = ""
    act: str = ""
    timeout: float | None = None
    only: tuple[str, ...] = ()
    slow: bool = False

    def cells(self, thorough: bool) -> Iterator[Cell]:
        """Where and how often. What has to be waited for comes always only where it is worth the time."""
        for place, often in FAMILIES[self.family]:
            if often == FIRST or not self.slow or (thorough and not self.only):
                yield place, often

    def expect(self, cell: Cell, traits: Traits) -> Expect:
        expect = FAMILIES[self.family][cell]
        tables = (
            (traits.silent, SILENT),
            (traits.stepwise, STEPWISE),
            (traits.blind, BLIND),
            (traits.once_only, ONCE_ONLY),
            (traits.counted, COUNTED),
            (traits.joined, JOINED),
        )
        for applies, table in tables:
            if applies:
                expect = table.get((self.family, *cell), expect)
        return replace(expect, sends=1) if traits.once_only else expect


ANY = (HTTPS, CLI)
_CLOSED = "the connection was lost before the answer was complete"
_STALLED = "no complete answer within 0.25 seconds"
_HTML = "html instead of json"


def _fault(name: str, family: str, says: str = "", **fault: Any) -> Row:
    return Row(name, family, says, fault={"kind": name, **fault})


def _status(status: int, when: str, body: str) -> Row:
    """The text inside a page, or inside JSON, must not be lost."""
    words = (
        ("internal server error" if status == 500 else "service unavailable")
        if body == "html"
        else "internal error (id"
    )
    kind = f"status_{status}_{when}"
    row = _fault(kind, f"lost {when}", f"the server failed with http {status} ({words}", body=body)
    return replace(row, name=f"{kind} {body}")


HTTP_ROWS = [
    Row("refused", "not sent", "the connection was refused", route="refused"),
    Row("black hole", "no way", "no connection within 0.1 seconds", route="black hole", timeout=0.1, slow=True),
    Row("silent port", "no way", "no tls handshake within 0.1 seconds", route="silent", timeout=0.1, slow=True),
    Row("port without TLS", "no way", "the port does not speak tls", route="plain"),
    Row("certificate expired", "no way", "the server's certificate is not trusted (certificate has expired)", route="expired"),
    Row("certificate of another name", "no way", "the server's certificate is not trusted (", route="wrong_name"),
    Row("certificate self-signed", "no way", "the server's certificate is not trusted (self", route="self_signed"),
    Row("307 to another host", "no way", "redirect (http 307), which is not followed", route="elsewhere"),
    _fault("redirect_307", "no way", "redirect (http 307), which is not followed"),
    _fault("reset_before", "lost before", _CLOSED),
    _fault("reset_after", "lost after", _CLOSED),
    _fault("close_before", "lost before", _CLOSED),
    _fault("close_after", "lost after", _CLOSED),
    replace(_fault("stall_before", "lost before", _STALLED, seconds=600), timeout=0.25, slow=True),
    replace(_fault("stall_after", "lost after", _STALLED, seconds=600), timeout=0.25, slow=True),
    *[_status(status, when, body) for status in (500, 503) for when in ("before", "after") for body in ("json", "html")],
    _fault("retry_after", "lost before", "the server failed with http 503", seconds=7),
    Row("429 with a date", "lost before", "the server failed with http 429", route="busy"),
    _fault("forbidden", "access denied", "the server refused"),
    _fault("unauthorized", "login refused", "the server refused access (access denied)"),
    Row("login lockout", "access denied", "the server refused", act="lock out"),
    _fault("login_page", "page", _HTML),
    _fault("disk_full", "page", _HTML),
    _fault("empty", "spoilt", "the answer is empty"),
    _fault("truncated_json", "spoilt", "the answer is not valid json"),
    replace(_fault("huge", "spoilt", "the answer is larger than 1 mib", size=2_000_000), name="larger than allowed", act="1 MiB"),
    replace(_fault("drip", "lost after", _STALLED, seconds=0.02), name="drip beyond the timeout", timeout=0.25, slow=True),
    replace(_fault("drip", "harmless", seconds=0.0001), name="drip within the timeout", slow=True),
    replace(_fault("huge", "harmless", size=100_000_000), name="100 MB", only=("outgoing_mail",), slow=True),
    replace(_fault("huge", "harmless", size=1_000_000), name="1 MB"),
    _fault("garbage_before_json", "harmless"),
    _fault("invalid_utf8", "harmless"),
    _fault("close_between", "dead connection"),
]  # fmt: skip

CLI_ROWS = [
    Row("program missing", "no way", "cannot be run (no such file or directory)", (CLI,), route="missing"),
    replace(_fault("not_root", "program refused", "must be run as root"), transports=(CLI,)),
    replace(_fault("killed", "lost after", "was killed by signal 9"), transports=(CLI,)),
    replace(_fault("hangs", "lost after", "did not finish within 0.4 seconds", seconds=600), transports=(CLI,), timeout=0.4, slow=True),
    replace(_fault("empty_output", "spoilt", "printed nothing"), transports=(CLI,)),
    replace(_fault("warnings_around_json", "harmless"), transports=(CLI,)),
    replace(_fault("stderr_warnings", "harmless"), transports=(CLI,)),
]  # fmt: skip

STATE_ROWS = [
    Row("result 0", "refusal", "the disk is on fire", ANY, act="refuse"),
    Row("result 0 in German", "refusal", "[de] the disk is on fire. / the disk is on fire", ANY, act="refuse", quirk={"name": "translated"}),
    Row("says OK, does nothing", "lie", "its state is not the wanted one", ANY, quirk={"name": "silent_noop"}),
    Row("takes effect two seconds late", "late", "", ANY, quirk={"name": "late_effect", "seconds": 2}),
    Row("takes effect a minute late", "too late", "its state is not the wanted one", ANY, quirk={"name": "late_effect", "seconds": 60}),
    Row("batch drops results", "half a batch", "", ANY, quirk={"name": "batch_drops"}),
    Row("batch stops half way", "half a batch", "", ANY, quirk={"name": "batch_stops"}),
]  # fmt: skip

#: Quirks that hold for a server as a whole, and must not make a difference: what each is stands in the simulator.
_HARMLESS = (
    "prefix_hazard", "sort_fault", "chunk_wrap", "mailbox_strings", "string_results", "string_numbers", "version_legacy",
    "cpanel_enveloped", "abort_ignored", "no_status_list", "invalid_utf8", "warnings_in_metadata", "translated", "acl_403",
    "redirect_to_ssl", "no_lockout", "no_gzip", "old_words", "exim_flat", "exim_invalid_fails", "exim_failure_is_1",
    "default_dmarc_empty", "doveadm_warnings", "reference_types", "uapi_talks", "access_denied", "json_bodies", "no_chunk_all",
    "api2_status", "dmarc_takes_all", "dmarc_first_only", "limits_capped", "half_a_list", "greylist_full_setter", "greylist_host_again",
    "greylist_networks", "greylist_failed_map", "greylist_maps", "greylist_page", "forwarder_gone_refused", "autoresponder_needs_times",
)  # fmt: skip
QUIRK_ROWS = [
    *[Row(f"quirk {name}", "harmless throughout", "", ANY, quirk={"name": name}) for name in _HARMLESS],
    Row("quirk doveadm_errors", "complaint", "", ANY, quirk={"name": "doveadm_errors"}),
    Row("quirk list_write_fails", "invisible", "", ANY, quirk={"name": "list_write_fails"}),
]

ROWS = [*HTTP_ROWS, *CLI_ROWS, *STATE_ROWS, *QUIRK_ROWS]
