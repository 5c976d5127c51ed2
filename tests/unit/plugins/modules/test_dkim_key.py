# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import dataclasses
import json
import math
from typing import Any

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.rsa import read_private_key
from ansible_collections.whm.mail.plugins.module_utils._state.plan import readable
from ansible_collections.whm.mail.plugins.module_utils._whm.errors import InvalidInput, NotFound
from ansible_collections.whm.mail.plugins.modules import dkim_key
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.errors import Failure
from ansible_collections.whm.mail.tests.simulator.mail_dns import key_for, pool_key, public_record, weak_key, zone_of
from ansible_collections.whm.mail.tests.simulator.registry import HANDLERS
from ansible_collections.whm.mail.tests.subjects.common import ALICE, BO, BOB, BOBBY, DAVE, ERIN, WEAK
from ansible_collections.whm.mail.tests.subjects.dkim_key import NEW, keys
from ansible_collections.whm.mail.tests.unit.plugins.builders import no, ok, scripted
from ansible_collections.whm.mail.tests.unit.plugins.conftest import by
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

OTHER = pool_key(12, 1024)


def secrets(*pems: str) -> list[str]:
    """Every line of these keys that tells something; the first ones hold the modulus, and stand in the public record too."""
    found = []
    for pem in pems:
        public = public_record(pem)
        found += [
            line for line in pem.splitlines() if not line.startswith("-----") and line not in public and len(line) > 20
        ]
    assert found
    return found


def assert_nothing_secret(shown: Any, *pems: str) -> None:
    text = shown if isinstance(shown, str) else json.dumps(shown, default=repr)
    assert "PRIVATE KEY" not in text
    for line in secrets(*(pems or (NEW, OTHER))):
        assert line not in text


def state(pem: str | None, published: bool | None = None) -> dict[str, Any]:
    found = dict(dkim_key.key_state(read_private_key(pem) if pem else None))
    if published is None:
        return found
    return {**found, "published": published, "validity": "valid" if published else "mismatch"}


def params(*pairs: tuple[str, str], publish: bool = True) -> dict[str, Any]:
    return {"publish": publish, "wanted": {domain: read_private_key(pem) for domain, pem in pairs}}


PLANS = [
    # name, present state, wanted, calls
    ("all is well", {"a": state(NEW, True)}, params(("a", NEW)), []),
    ("another key", {"a": state(OTHER, True)}, params(("a", NEW)), ["install a", "enable a"]),
    ("no key", {"a": state(None, False)}, params(("a", NEW)), ["install a", "enable a"]),
    ("only DNS differs", {"a": state(NEW, False)}, params(("a", NEW)), ["enable a"]),
    ("DNS is not wanted", {"a": state(OTHER)}, params(("a", NEW), publish=False), ["install a"]),
    ("DNS is not looked at", {"a": state(NEW)}, params(("a", NEW), publish=False), []),
    ("enable right behind its install", {"a": state(OTHER, True), "b": state(None, False)}, params(("a", NEW), ("b", NEW)),
     ["install a", "enable a", "install b", "enable b"]),
    ("an error is left out", {"x": NotFound("no"), "a": state(NEW, False)}, params(("x", NEW), ("a", NEW)), ["enable a"]),
]  # fmt: skip


@pytest.mark.parametrize(("current", "options", "calls"), [row[1:] for row in PLANS], ids=[row[0] for row in PLANS])
def test_plan(current: dict[str, Any], options: dict[str, Any], calls: list[str]) -> None:
    plan = dkim_key.plan(readable(current), options)
    assert [f"{step.call.function.split('_')[0]} {step.item}" for step in plan.steps] == calls
    assert (plan.before == plan.after) is not bool(calls)
    assert_nothing_secret(repr(plan) + str(plan) + repr(options))


CHOICES = [None, NEW, OTHER]


@given(
    st.dictionaries(st.sampled_from("abcd"), st.tuples(st.sampled_from(CHOICES), st.booleans()), min_size=1),
    st.dictionaries(st.sampled_from("abcd"), st.sampled_from([NEW, OTHER])),
    st.booleans(),
)
def test_plan_properties(server: dict[str, Any], wanted: dict[str, str], publish: bool) -> None:
    """The server: domain to key and whether DNS carries its record."""
    server = {domain: (pem, shown and pem is not None) for domain, (pem, shown) in server.items()}
    options = params(*((domain, pem) for domain, pem in wanted.items() if domain in server), publish=publish)

    def read() -> dict[str, Any]:
        return {
            domain: state(server[domain][0], server[domain][1] if publish else None) for domain in options["wanted"]
        }

    current, untouched = read(), {domain: value for domain, value in server.items() if domain not in options["wanted"]}
    original = copy.deepcopy(current)
    plan = dkim_key.plan(readable(current), options)
    assert current == original, "inputs are not mutated"
    for step in plan.steps:
        if step.call.function == "install_dkim_private_keys":
            server[step.item] = (step.call.params["key"], False)
        else:
            server[step.item] = (server[step.item][0], True)
    assert read() == plan.after, "the prediction is honest"
    assert not dkim_key.plan(read(), options).steps, "it converges"
    for domain, key in options["wanted"].items():
        assert read_private_key(server[domain][0]) == key
        assert server[domain][1] or not publish
    assert {domain: server[domain] for domain in untouched} == untouched, "neighbours"


def pkcs8(pem: str) -> str:
    text: str = (
        serialization.load_pem_private_key(pem.encode(), None)
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        .decode()
    )
    return text


def test_install_then_again(run: Any, box: Any) -> None:
    wanted = [*keys(ALICE, BOB), *keys(DAVE, pem=OTHER)]
    box.patch({"mail_dns": {DAVE: {"dkim": "no_key"}}})
    predicted = run("dkim_key", check_mode=True, keys=wanted)
    assert not box.log.writes()
    done = run("dkim_key", keys=wanted)
    assert "failed" not in done
    assert predicted == done
    assert [row["domain"] for row in done["keys"]] == [ALICE, BOB, DAVE]
    assert all(row["changed"] and row["published"] for row in done["keys"])
    assert len(box.log.writes()) == 1, "install and enable in one request"
    for domain, pem in ((ALICE, NEW), (BOB, NEW), (DAVE, OTHER)):
        zone = zone_of(box.state, domain)
        assert (zone.key, zone.dkim) == (pem, [public_record(pem)])
        row = by("domain", done["keys"])[domain]
        assert (row["public_record"], row["bits"]) == (public_record(pem), 2048 if pem == NEW else 1024)
    assert done["diff"]["after"][BOB]["published"] is True
    for result in (predicted, done):
        assert_nothing_secret(result)
    box.log.clear()
    again = run(
        "dkim_key", keys=[{**item, "private_key": pkcs8(item["private_key"]).replace("\n", "\r\n")} for item in wanted]
    )
    assert again["changed"] is False
    assert again["diff"] == {"before": {}, "after": {}}
    assert not box.log.writes()


@pytest.mark.parametrize("publish", [True, False])
@pytest.mark.parametrize("domains", [[BOB], [BOB, BOBBY]])
def test_no_key_stands_on_a_command_line_or_in_an_address(
    run: Any, box: Any, domains: list[str], publish: bool
) -> None:
    """The simulated whmapi1 logs its command line as the url."""
    run("dkim_key", keys=keys(*domains), publish=publish)
    writes = box.log.writes()
    assert writes
    for entry in box.log:
        assert_nothing_secret(entry.url)
        assert "install_dkim_private_keys" not in entry.url.replace(" install_dkim_private_keys", "").replace(
            "/json-api/install_dkim_private_keys", ""
        )
        if run.transport == "cli" and entry.writes:
            assert "--input=json" in entry.url
    assert NEW in json.dumps([entry.params for entry in writes]) or NEW.splitlines()[1][:20] in repr(
        [entry.as_dict() for entry in writes]
    )


def test_without_publishing_dns_is_neither_asked_nor_changed(run: Any, box: Any) -> None:
    before = list(zone_of(box.state, BOB).dkim)
    result = run("dkim_key", keys=keys(BOB, BO, DAVE, ERIN), publish=False)
    assert "failed" not in result
    assert all("published" not in row and row["changed"] for row in result["keys"])
    assert zone_of(box.state, BOB).dkim == before
    asked = {command["function"] for entry in box.log for command in entry.commands} | set(box.log.functions())
    assert asked <= {"batch", "fetch_dkim_private_keys", "install_dkim_private_keys"}
    assert run("dkim_key", keys=keys(BOB, BO, DAVE, ERIN), publish=False)["changed"] is False


def test_a_key_that_is_there_and_not_published_is_published(run: Any, box: Any) -> None:
    result = run("dkim_key", keys=keys(BOBBY, pem=key_for(BOBBY)))
    assert result["diff"] == {"before": {BOBBY: {"published": False}}, "after": {BOBBY: {"published": True}}}
    assert zone_of(box.state, BOBBY).dkim == [public_record(key_for(BOBBY))]


@pytest.mark.parametrize("present", ["garbage", pkcs8(NEW).replace("PRIVATE", "EC PRIVATE"), weak_key()])
def test_a_key_that_cannot_be_used_is_replaced(run_https: Any, box: Any, present: str) -> None:
    zone_of(box.state, ALICE).key = present
    result = run_https("dkim_key", keys=keys(ALICE), publish=False)
    assert "failed" not in result
    assert zone_of(box.state, ALICE).key == NEW
    assert_nothing_secret(result)


FAILURES = [
    # domain, zone, kind, function, a piece of the message, whether something changed
    (ERIN, None, "unexpected_answer", "validate_current_dkims", "DNS could not be asked about erin.example.org", False),
    (DAVE, None, "refusal", "enable_dkim", "does not hold the domain's zone", True),
    (BO, None, "not_effective", "enable_dkim", "publish there the TXT record in `public_record`", True),
    (BOB, {"fails": "disk full"}, "refusal", "install_dkim_private_keys", "[FAIL:disk full]", False),
    ("nosuch.example", None, "refusal", "install_dkim_private_keys", "No users correspond to the domain", False),
]


@pytest.mark.parametrize(("domain", "zone", "kind", "function", "text", "changed"), FAILURES)
def test_one_failing_domain_does_not_stop_the_others(
    run: Any, box: Any, domain: str, zone: Any, kind: str, function: str, text: str, changed: bool
) -> None:
    if zone:
        box.patch({"mail_dns": {domain: zone}})
    result = run("dkim_key", keys=keys(ALICE, domain, WEAK))
    assert result["failed"]
    assert [row["domain"] for row in result["keys"]] == [ALICE, domain, WEAK]
    row = result["keys"][1]
    assert (row["error"]["kind"], row["error"]["function"], row["changed"]) == (kind, function, changed)
    assert text in result["msg"]
    assert result["progress"] == {"done": [ALICE, WEAK], "failed": [domain], "not_tried": []}
    assert_nothing_secret(result)
    again = run("dkim_key", keys=keys(ALICE, domain, WEAK))
    assert again["failed"], "a domain that did not converge fails again"
    assert [row["changed"] for row in again["keys"]] == [False, False, False]


def test_a_server_that_repeats_the_key_in_its_answer(run: Any, box: Any, monkeypatch: Any) -> None:
    """The simulator does so for a key that it cannot read."""
    monkeypatch.setattr("ansible_collections.whm.mail.tests.simulator.handlers_dkim.private_key", lambda pem: None)
    for domains in ([ALICE], [ALICE, BOB]):
        result = run("dkim_key", keys=keys(*domains), publish=False)
        assert "is not a valid RSA private key" in result["msg"]
        assert "********" in result["msg"]
        assert_nothing_secret(result)


def test_a_broken_answer_with_keys_in_it_is_not_quoted(run_https: Any, box: Any) -> None:
    for domains in ([ALICE], [ALICE, BOB]):
        box.faults.clear()
        box.faults.add(Fault("truncated_json", function="fetch_dkim_private_keys", times=0))
        result = run_https("dkim_key", keys=keys(*domains), publish=False, api_retries=0)
        assert result["failed"]
        assert_nothing_secret(result, NEW, key_for(ALICE), key_for(BOB))


@pytest.mark.parametrize(
    "answer",
    [
        b'{"data":{"payload":[{"domain":"a.example","pem":"' + json.dumps(NEW)[1:-1].encode() + b'"}',
        b"Content-type: text/plain\n" + NEW.encode(),
        b"<html><body>" + NEW.encode() + b"</body></html>",
        no(f"It went wrong with {NEW}"),
        no(f"(XID abc234) It went wrong with {NEW[:400]}"),
    ],
)
def test_no_answer_brings_a_key_into_an_error(answer: Any) -> None:
    client, _script, _pauses = scripted(answer, read_only=True)
    try:
        found: Any = dkim_key.fetch_keys(client, ["a.example"])["a.example"]
    except Exception as exc:
        found = exc
    assert isinstance(found, Exception)
    assert_nothing_secret(str(found) + repr(found))


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({"payload": []}, "says nothing about the key of a.example"),
        ({"payload": [{"domain": "b.example", "pem": None}]}, "says nothing about the key of a.example"),
        ({"payload": [{"domain": "a.example"}]}, "says nothing about the key of a.example"),
        (None, "says nothing about the key of a.example"),
    ],
)
def test_an_answer_that_does_not_say_is_not_taken_for_no_key(data: Any, text: str) -> None:
    client, _script, _pauses = scripted(ok(data), read_only=True)
    assert text in str(dkim_key.fetch_keys(client, ["a.example"])["a.example"])


INVALID = [
    (keys("alice"), "keys: alice is not a domain"),
    (keys(ALICE, pem="nonsense!"), f"keys: the private_key of {ALICE} cannot be used: it is not a key in PEM form"),
    (keys(ALICE, pem=""), "it is empty"),
    (keys(ALICE, pem=NEW[:-200]), "damaged"),
    (keys(ALICE, pem=weak_key()), "has 512 bits, and receivers refuse keys below 1024"),
    ([*keys(ALICE), *keys(ALICE.upper(), pem=OTHER)], f"{ALICE} stands twice with different keys"),
]


@pytest.mark.parametrize(("given_keys", "text"), INVALID)
def test_bad_input_is_refused_before_anything_is_sent(run_https: Any, box: Any, given_keys: Any, text: str) -> None:
    result = run_https("dkim_key", keys=given_keys)
    assert result["error"]["kind"] == "invalid_input"
    assert text in result["msg"]
    assert len(box.log) == 0
    assert_nothing_secret(result, NEW, OTHER, weak_key())


def test_an_error_of_the_check_does_not_carry_the_key() -> None:
    with pytest.raises(InvalidInput) as caught:
        dkim_key.check({"keys": keys("a.example", pem=NEW[:-200]), "publish": True})
    assert_nothing_secret(repr(caught.value) + str(caught.value))
    assert caught.value.__suppress_context__


def test_the_same_domain_twice_with_the_same_key_is_one(run_https: Any) -> None:
    result = run_https("dkim_key", keys=[*keys(ALICE), *keys(f"{ALICE}.", pem=pkcs8(NEW))])
    assert [row["domain"] for row in result["keys"]] == [ALICE]


def test_a_reseller_changes_its_own(run_https: Any, box: Any) -> None:
    login = {"api_username": "reseller1", "api_token": box.state.callers["reseller1"].token}
    result = run_https("dkim_key", keys=keys("carol.example.net", ALICE), **login)
    assert result["progress"] == {"done": ["carol.example.net"], "failed": [ALICE], "not_tried": []}
    assert zone_of(box.state, ALICE).key != NEW


def test_200_mixed_domains(run_https: Any, box: Any) -> None:
    box.patch({"generate": {"accounts": 200, "prefix": "user"}})
    domains = [f"user{number}.example.com" for number in range(1, 201)]
    kinds: list[dict[str, Any]] = [{}, {"key": NEW}, {"fails": "no"}, {"dns_error": "SERVFAIL"}, {"zone": "external"}]
    box.patch({"mail_dns": {domain: kinds[number % 5] for number, domain in enumerate(domains)}})
    domains[::20] = [f"nosuch{place}.example" for place in range(0, 200, 20)]
    box.log.clear()
    result = run_https("dkim_key", keys=keys(*domains))
    assert [row["domain"] for row in result["keys"]] == domains
    assert len(box.log.writes()) <= math.ceil(200 / 100)
    for number, row in enumerate(result["keys"]):
        good = number % 20 and number % 5 < 2
        assert ("error" in row) is not bool(good), row["domain"]
        assert row["changed"] is bool(number % 20 and number % 5 in (0, 4)), row["domain"]
    assert_nothing_secret(result)


@pytest.mark.parametrize("kind", ["reset_after", "close_after", "status_500_after", "empty", "truncated_json"])
@pytest.mark.parametrize("domains", [[BOB], [BOB, ALICE]])
@pytest.mark.parametrize("publish", [True, False])
def test_a_lost_answer_is_settled_by_the_state(
    run_https: Any, box: Any, kind: str, domains: list[str], publish: bool
) -> None:
    box.faults.add(Fault(kind, function="install_dkim_private_keys"))
    result = run_https("dkim_key", keys=keys(*domains), publish=publish)
    assert "failed" not in result
    assert all(row["changed"] for row in result["keys"])
    assert len(box.log.writes()) == 1


@pytest.mark.parametrize("quirk", ["batch_drops", "batch_stops", "string_numbers", "string_results", "translated"])
def test_servers_that_differ_end_in_the_same_state(run_https: Any, box: Any, quirk: str) -> None:
    box.quirks.add(quirk)
    result = run_https("dkim_key", keys=keys(ALICE, BOB, WEAK))
    assert "failed" not in result
    assert all(zone_of(box.state, domain).key == NEW for domain in (ALICE, BOB, WEAK))


def test_a_server_that_does_nothing_is_an_error(run: Any, box: Any) -> None:
    box.quirks.add("silent_noop", functions=["install_dkim_private_keys"])
    result = run("dkim_key", keys=keys(ALICE), publish=False)
    assert result["error"]["kind"] == "not_effective"
    assert result["changed"] is False


@pytest.mark.parametrize(
    ("patch", "text"),
    [
        ({"disabled_roles": ["MailSend"]}, "MailSend"),
        ({"missing_functions": ["install_dkim_private_keys"]}, "install_dkim_private_keys"),
    ],
)
def test_an_old_server_and_a_missing_role_are_named(run: Any, box: Any, patch: dict[str, Any], text: str) -> None:
    box.patch(patch)
    result = run("dkim_key", keys=keys(ALICE, BOB))
    assert result["error"]["kind"] == "unsupported"
    assert text in result["msg"]
    assert_nothing_secret(result)


def test_the_old_key_published_after_the_new_one_was_refused_is_a_change(
    run: Any, box: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(ctx: Any, params: Any) -> None:
        raise Failure("no space left on device")

    box.patch({"mail_dns": {"alice.example.com": {"dkim": "missing"}}})
    name = "install_dkim_private_keys"
    monkeypatch.setitem(HANDLERS, name, dataclasses.replace(HANDLERS[name], run=full))
    result = run("dkim_key", keys=keys(ALICE))
    (row,) = result["keys"]
    assert (result["failed"], result["changed"]) == (True, True)
    assert (row["published"], row["changed"], row["error"]["kind"]) == (True, True, "refusal")
    assert result["diff"]["after"] == {"alice.example.com": {"published": True}}
    assert result["progress"]["failed"] == ["alice.example.com"]
