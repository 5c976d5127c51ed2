# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to a plan on a server that loses answers: told from the server's true state, not from what it said."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl

import pytest
from ansible_collections.whm.mail.plugins.module_utils._state.apply import Applied, Done, apply
from ansible_collections.whm.mail.plugins.module_utils._state.judge import judge
from ansible_collections.whm.mail.plugins.module_utils._state.look import Look
from ansible_collections.whm.mail.plugins.module_utils._state.plan import Plan, Repairs, Sets, Step, Verdict, make_plan
from ansible_collections.whm.mail.plugins.module_utils._state.runner import carry_out
from ansible_collections.whm.mail.plugins.module_utils._whm.call import Call
from ansible_collections.whm.mail.plugins.module_utils._whm.client import Client
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import ConnectionFailed, NotFound, WhmError
from ansible_collections.whm.mail.plugins.module_utils._whm.transport import Reply
from ansible_collections.whm.mail.tests.unit.plugins.builders import batch, no, ok, wire
from hypothesis import given, settings
from hypothesis import strategies as st

SAFE, ONCE = "hold_outgoing_email", "expunge_mailbox_messages"


class Server:
    """Flags, set by SAFE and by ONCE. Each request with a write takes the next trouble; at the end there is none.

    lost_before, lost_after, refused, 500_after, 403, none: of the whole request. half: answers with half the elements.
    stops: does half of the commands. noop: says OK. no: refuses every element. unread: the next read fails.
    """

    host = "server:2087"

    def __init__(self, troubles: Iterable[str] = (), late: int = 0) -> None:
        self.troubles = iter(troubles)
        self.flags: set[str] = set()
        self.done: list[str] = []
        self.requests: list[str] = []
        self.unread = False
        self.late = late
        self._reads = 0

    def send(self, function: str, pairs: Any, secret: bool = False) -> Reply:
        if function == "listaccts":
            return self._read()
        commands = [value.partition("?") for _key, value in pairs] if function == "batch" else []
        users = [dict(parse_qsl(query))["user"] for _name, _mark, query in commands] or [dict(pairs)["user"]]
        self.requests.append("".join(users))
        return self._write(users, next(self.troubles, "none"), function == "batch")

    def _read(self) -> Reply:
        if self.unread:
            self.unread = False
            raise ConnectionFailed("unreadable", sent=True)
        self._reads += 1
        shown = self.flags if self._reads > self.late else ()
        return Reply(200, wire(ok({"acct": [{"user": user} for user in sorted(shown)]})))

    def _write(self, users: Sequence[str], trouble: str, batched: bool) -> Reply:
        if trouble == "lost_before":
            raise ConnectionFailed("lost", sent=True, retryable=True)
        if trouble == "refused":
            raise ConnectionFailed("refused", retryable=True)
        if trouble == "403":
            return Reply(403, b"")
        if trouble == "no":
            return Reply(200, wire(batch(*[no("No.")] * len(users)) if batched else no("No.")))
        count = len(users) // 2 if trouble == "stops" else 0 if trouble == "noop" else len(users)
        self.done += users[:count]
        self.flags |= set(users[:count])
        if trouble in ("lost_after", "unread"):
            self.unread = trouble == "unread"
            raise ConnectionFailed("lost", sent=True, retryable=True)
        if trouble == "500_after":
            return Reply(500, b"")
        answered = len(users) // 2 if trouble in ("half", "stops") else len(users)
        if not batched:
            return Reply(200, wire(ok()) if answered else b"")
        return Reply(200, wire(batch(*[ok()] * answered)))

    def close(self) -> None:
        pass


class Run:
    """One plan that sets the flag of every user, carried out and read back."""

    def __init__(
        self, server: Server, users: Sequence[str], function: str = SAFE, size: int = 2, retries: int = 2
    ) -> None:
        self.server = server
        self.pauses: list[float] = []
        self.client = Client(server, read_only=False, retries=retries, batch_size=size, sleep=self.pauses.append)
        self.users = users
        steps = [Step(Call(function, {"user": user}), user, Sets({"hold": True})) for user in users]
        self.plan: Plan = make_plan({user: {"hold": False} for user in users}, steps)
        self.judgement = carry_out(self.client, self.read, self.plan, self.plan.before)
        self.requests = server.requests

    def read(self) -> dict[str, Any]:
        held = {record["user"] for record in self.client.call("listaccts").records("acct")}
        return {user: {"hold": user in held} for user in self.users}

    @property
    def done(self) -> str:
        return "".join(sorted(step.item for step in self.judgement.done))

    @property
    def failed(self) -> dict[str, str]:
        return {user: error.kind for user, error in self.judgement.errors.items()}


def every(users: str, kind: str) -> dict[str, str]:
    return dict.fromkeys(users, kind)


CASES = [
    # name, function, troubles, users, requests, done, errors
    ("all is well", SAFE, [], "abcde", ["ab", "cd", "e"], "abcde", {}),
    ("nothing to do", SAFE, [], "", [], "", {}),
    ("lost after", SAFE, ["lost_after"], "ab", ["ab"], "ab", {}),
    ("lost after, single", SAFE, ["lost_after"], "a", ["a"], "a", {}),
    ("HTTP 500 after", ONCE, ["500_after"], "ab", ["ab"], "ab", {}),
    ("lost before", SAFE, ["lost_before"], "ab", ["ab", "ab"], "ab", {}),
    ("stopped half way", SAFE, ["stops"], "ab", ["ab", "b"], "ab", {}),
    ("half an answer", ONCE, ["half"], "ab", ["ab"], "ab", {}),
    ("an empty answer", ONCE, ["half"], "a", ["a"], "a", {}),
    ("lost before, not to be repeated", ONCE, ["lost_before"], "abc", ["ab", "c"], "c", every("ab", "unknown_outcome")),
    ("stopped half way, not to be repeated", ONCE, ["stops"], "ab", ["ab"], "a", every("b", "unknown_outcome")),
    ("never arrived", ONCE, ["refused"], "ab", ["ab", "ab"], "ab", {}),
    ("refused by the server", SAFE, ["no"], "abc", ["ab", "c"], "c", every("ab", "refusal")),
    ("403", SAFE, ["none", "403"], "abcdef", ["ab", "cd"], "ab", {**every("cd", "authentication"), **every("ef", "not_tried")}),
    ("nobody listens", SAFE, ["refused"] * 9, "abc", ["ab"] * 3, "", {**every("ab", "connection"), **every("c", "not_tried")}),
    ("keeps failing", SAFE, ["lost_before"] * 99, "abcd", ["ab"] * 3, "", {**every("ab", "connection"), **every("cd", "not_tried")}),
    ("cannot be read any more", SAFE, ["unread"], "abcd", ["ab"], "", {**every("ab", "unknown_outcome"), **every("cd", "not_tried")}),
    ("says OK, does nothing, then nobody listens", SAFE, ["noop", *["refused"] * 3], "abcde", ["ab", *["cd"] * 3], "",
     {**every("ab", "not_effective"), **every("cd", "connection"), **every("e", "not_tried")}),
    ("says OK, does nothing, then 403", SAFE, ["noop", "403"], "abcd", ["ab", "cd"], "ab", every("cd", "authentication")),
    ("says OK, does nothing", SAFE, ["noop"], "abc", ["ab", "c"], "c", every("ab", "not_effective")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("function", "troubles", "users", "requests", "done", "errors"), [row[1:] for row in CASES], ids=[row[0] for row in CASES]
)  # fmt: skip
def test_apply(
    function: str, troubles: list[str], users: str, requests: list[str], done: str, errors: dict[str, str]
) -> None:
    run = Run(Server(troubles), users, function)
    assert run.requests == requests
    assert run.done == done
    assert run.failed == errors


def test_a_server_that_always_does_half_gets_there() -> None:
    """Eight, four, two, one: tries count only while nothing is gained."""
    run = Run(Server(itertools.repeat("stops", 3)), "abcdefgh", size=8, retries=0)
    assert [len(users) for users in run.requests] == [8, 4, 2, 1]
    assert run.done == "abcdefgh"


def test_a_repair_that_was_lost_is_sent_again() -> None:
    """Its effect cannot be read, so it never shows; setting a flag twice does no harm."""
    server = Server(["lost_after"])
    client = Client(server, read_only=False, sleep=lambda seconds: None)
    plan = Plan((Step(Call(SAFE, {"user": "a"}), "a", Repairs()),), {}, {})
    assert apply(client, dict, plan).outcomes == {plan.steps[0]: Done()}
    assert server.done == ["a", "a"]


@pytest.mark.parametrize(("late", "kind"), [(1, None), (4, None), (5, "not_effective")])
def test_an_effect_may_take_a_moment(late: int, kind: str | None) -> None:
    run = Run(Server(late=late), "a")
    assert run.failed == ({"a": kind} if kind else {})
    assert len(run.requests) == 1
    assert len(run.pauses) == min(late, 4)


def test_the_wait_for_an_effect_is_bounded_and_no_two_hosts_wait_in_step() -> None:
    waits = [Run(Server(late=99), "a").pauses for _host in range(20)]
    assert all(len(pauses) == 4 and 4 <= sum(pauses) <= 6 for pauses in waits)
    assert len({sum(pauses) for pauses in waits}) > 15
    assert all(earlier < later for pauses in waits for earlier, later in itertools.pairwise(pauses))


@pytest.mark.parametrize("late", range(7))
def test_after_a_timeout_the_state_decides_though_it_takes_a_moment(late: int) -> None:
    """A write that must not be repeated: the server does it, and does not say so in time."""
    run = Run(Server(["lost_after"], late), "a", ONCE)
    assert run.requests == ["a"]
    assert run.failed == ({} if late < 5 else {"a": "unknown_outcome"})
    assert len(run.pauses) <= 1 + 4 + 4


def test_what_was_seen_before_the_state_could_not_be_read_any_more_is_known() -> None:
    """One of two shows; while the other is waited for, the server goes away."""
    reads = iter([{"a": {"hold": True}, "b": {"hold": False}}])

    def read() -> Any:
        try:
            return next(reads)
        except StopIteration:
            raise ConnectionFailed("gone", sent=True, retryable=True) from None

    plan = make_plan(
        {user: {"hold": False} for user in "ab"},
        [Step(Call(ONCE, {"user": user}), user, Sets({"hold": True})) for user in "ab"],
    )
    client = Client(Server(["lost_before"]), read_only=False, retries=0, sleep=lambda seconds: None)
    judgement = carry_out(client, read, plan, plan.before)
    assert [step.item for step in judgement.done] == ["a"]
    assert {user: error.kind for user, error in judgement.errors.items()} == {"b": "unknown_outcome"}
    assert judgement.final["a"] == {"hold": True}


@pytest.mark.parametrize(("deadline", "kind"), [(1.0, "unknown_outcome"), (60.0, "not_effective")])
def test_a_wait_that_would_pass_the_deadline_is_not_begun(deadline: float, kind: str) -> None:
    """Then it is not known whether the change only takes long, and that is what is said."""
    now = [0.0]
    server = Server(late=99)

    def sleep(seconds: float) -> None:
        now[0] += seconds

    client = Client(server, read_only=False, deadline=deadline, sleep=sleep, clock=lambda: now[0])
    plan = make_plan({"a": {"hold": False}}, [Step(Call(SAFE, {"user": "a"}), "a", Sets({"hold": True}))])
    judgement = carry_out(client, lambda: {"a": {"hold": False}}, plan, plan.before)
    assert judgement.errors["a"].kind == kind
    assert now[0] < deadline


def test_an_error_says_what_was_wanted_and_what_was_found() -> None:
    error = Run(Server(["noop"]), "a").judgement.errors["a"]
    assert "wanted hold: True, found hold: False" in str(error)
    assert (error.function, error.host) == (SAFE, "server:2087")


def test_a_change_that_cannot_be_read_back_is_not_claimed_to_be_verified() -> None:
    server = Server()
    client = Client(server, read_only=False, retries=0, sleep=lambda seconds: None)
    plan = make_plan({"a": {"hold": False}}, [Step(Call(SAFE, {"user": "a"}), "a", Sets({"hold": True}))])

    def read() -> Any:
        raise ConnectionFailed("gone", sent=True)

    judgement = carry_out(client, read, plan, plan.before)
    assert judgement.final == {"a": {"hold": True}}, "what the server confirmed"
    assert judgement.errors["a"].kind == "unknown_outcome"
    assert "confirmed the change, but reading it back failed (gone)" in str(judgement.errors["a"])


def test_an_account_that_went_away_is_the_error_of_its_read() -> None:
    plan = make_plan({"a": {"hold": False}}, [Step(Call(SAFE, {"user": "a"}), "a", Sets({"hold": True}))])
    client = Client(Server(), read_only=False, sleep=pytest.fail)
    current = {"a": NotFound("there is no account a")}
    judgement = carry_out(client, lambda: current, plan, plan.before)
    assert judgement.errors == current
    assert judgement.done == []


def test_items_that_could_not_be_read_stay_failed() -> None:
    before: dict[str, Any] = {"a": {"hold": False}, "x": NotFound("no")}
    plan = make_plan({"a": {"hold": False}}, [Step(Call(SAFE, {"user": "a"}), "a", Sets({"hold": True}))])
    client = Client(Server(), read_only=False)
    judgement = carry_out(client, lambda: {**before, "a": {"hold": True}}, plan, before)
    assert judgement.errors == {"x": before["x"]}
    assert judgement.changed == {"a"}


def test_calls_of_one_item_travel_together() -> None:
    server = Server()
    client = Client(server, read_only=False, batch_size=2, sleep=lambda seconds: None)
    steps = [Step(Call(SAFE, {"user": user}), user, Repairs()) for user in "aabbbcadd"]
    apply(client, dict, Plan(tuple(steps), {}, {}))
    assert server.requests == ["aabbb", "ca", "dd"]


@pytest.mark.parametrize(("reason", "done"), [(None, "ab"), ("this server does not hold the zone", "b")])
def test_a_call_may_judge_its_own_answer(reason: str | None, done: str) -> None:
    server = Server()
    client = Client(server, read_only=False, sleep=lambda seconds: None)
    steps = [
        Step(
            Call(SAFE, {"user": "a"}), "a", verdict=lambda answer: Verdict(refused=reason or ""), remedy="Add the zone."
        ),
        Step(Call(SAFE, {"user": "b"}), "b"),
    ]
    outcomes = {
        step.item: outcome for step, outcome in apply(client, dict, Plan(tuple(steps), {}, {})).outcomes.items()
    }
    assert "".join(item for item, outcome in outcomes.items() if outcome == Done()) == done
    if reason:
        error = outcomes["a"]
        assert isinstance(error, WhmError)
        assert (error.kind, error.function, error.host) == ("refusal", SAFE, server.host)
        assert str(error).endswith("this server does not hold the zone. Add the zone.")


troubles = st.lists(
    st.sampled_from(["none", "none", "lost_before", "lost_after", "half", "stops", "500_after", "refused", "no", "unread", "403"]),
    max_size=12,
)  # fmt: skip


def subsets(users: str) -> Iterator[str]:
    yield from (users[:count] for count in range(len(users) + 1))


@settings(max_examples=300, deadline=None)
@given(
    troubles,
    st.sampled_from(list(subsets("abcdefg"))),
    st.sampled_from([SAFE, ONCE]),
    st.integers(1, 4),
    st.integers(0, 3),
)
def test_whatever_goes_wrong_the_report_is_true(
    script: list[str], users: str, function: str, size: int, retries: int
) -> None:
    run = Run(Server(script), users, function, size, retries)
    assert set(run.done) | set(run.failed) == set(users), "no item is forgotten"
    assert not set(run.done) & set(run.failed)
    assert set(run.done) <= run.server.flags, "what is reported as done was done"
    for user, kind in run.failed.items():
        if kind in ("refusal", "not_tried", "authentication", "permission"):
            assert user not in run.server.flags, f"{kind} is certain"
    assert {user for user in users if user in run.server.flags} - set(run.done) <= {
        user for user, kind in run.failed.items() if kind in ("unknown_outcome", "connection", "server_error", "unexpected_answer")
    }, "what was done and not reported is said to be open"  # fmt: skip
    if function == ONCE:
        assert len(run.server.done) == len(set(run.server.done)), "never done twice"


def test_ten_thousand_changes_without_effect_are_judged_in_one_go() -> None:
    """Each of them is an error; none is looked for among all the others, which would take half a minute."""
    users = [f"u{number}" for number in range(10_000)]
    steps = [Step(Call(SAFE, {"user": user}), user, Sets({"hold": True})) for user in users]
    plan = make_plan({user: {"hold": False} for user in users}, steps)
    applied = Applied(dict.fromkeys(steps, Done()))
    seen = Look({user: {"hold": False} for user in users}, late=steps)
    judgement = judge(plan, plan.before, applied, seen, "server")
    assert len(judgement.errors) == 10_000
    assert judgement.done == []


BLOCK = "block_incoming_email_from_domain"


class Lists:
    """A function that takes a list: which values each of its calls named, and the values that it refuses.

    :param half: what stands before a value that is refused is done all the same.
    :param verdict: of a refusal.
    """

    host = "server:2087"

    def __init__(self, refused: str = "", half: bool = False, verdict: str = "No.") -> None:
        self.refused, self.half, self.verdict = refused, half, verdict
        self.listed: set[str] = set()
        self.requests: list[list[str]] = []

    def send(self, function: str, pairs: Any, secret: bool = False) -> Reply:
        queries = [parse_qsl(value.partition("?")[2]) for _key, value in pairs] if function == "batch" else [pairs]
        calls = ["".join(value for key, value in query if key == "domain") for query in queries]
        self.requests.append(calls)
        answers = [self._call(values) for values in calls]
        return Reply(200, wire(batch(*answers) if function == "batch" else answers[0]))

    def _call(self, values: str) -> Any:
        bad = next((value for value in values if value in self.refused), None)
        done = values if bad is None else values.partition(bad)[0] if self.half else ""
        self.listed |= set(done)
        return ok({"updated": 1}) if bad is None else no(self.verdict)

    def close(self) -> None:
        pass

    def carry_out(self, steps: Sequence[Step], size: int = 100) -> Any:
        client = Client(self, read_only=False, batch_size=size, sleep=lambda seconds: None)
        plan = make_plan({step.item: {"blocked": False} for step in steps}, steps)
        states = plan.before
        return carry_out(client, lambda: {item: {"blocked": item in self.listed} for item in states}, plan, states)


def blocks(domains: str, joins: str = "domain", function: str = BLOCK) -> list[Step]:
    done = Sets({"blocked": True})
    return [Step(Call(function, {"domain": domain}), domain, done, joins=joins) for domain in domains]


def test_steps_that_may_travel_as_one_call() -> None:
    server = Lists()
    judgement = server.carry_out(blocks("abcde"), size=3)
    assert server.requests == [["abc"], ["de"]]
    assert set(judgement.changed) == set("abcde")


@pytest.mark.parametrize("half", [False, True])
def test_of_a_list_that_is_refused_each_is_tried_alone(half: bool) -> None:
    server = Lists("c", half)
    judgement = server.carry_out(blocks("abcd"))
    assert server.requests == [["abcd"], ["a", "b", "c", "d"]]
    assert set(judgement.changed) == set("abd")
    assert {item: error.kind for item, error in judgement.errors.items()} == {"c": "refusal"}


def test_a_function_that_is_missing_is_missing_for_each() -> None:
    server = Lists("abc", verdict="Unknown app requested for this version (1) of the API.")
    judgement = server.carry_out(blocks("abc"))
    assert server.requests == [["abc"]]
    assert {item: error.kind for item, error in judgement.errors.items()} == every("abc", "unsupported")


def test_only_what_differs_in_nothing_else_travels_together() -> None:
    server = Lists()
    other = Step(Call(BLOCK, {"domain": "c", "more": "1"}), "c", Sets({"blocked": True}), joins="domain")
    server.carry_out([*blocks("ab"), other, *blocks("d", function=f"un{BLOCK}"), *blocks("ef", joins="")])
    assert server.requests == [["ab", "c", "d", "e", "f"]]


def test_what_must_not_be_repeated_travels_alone() -> None:
    server = Lists()
    server.carry_out(blocks("ab", function=ONCE))
    assert server.requests == [["a", "b"]]
