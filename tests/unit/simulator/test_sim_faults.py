# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what goes wrong on the way, and whether the call was executed (faults.py)."""

from __future__ import annotations

import json
import time

import pytest
import requests
from ansible_collections.whm.mail.tests.simulator import Fault
from ansible_collections.whm.mail.tests.simulator.faults import HTTP_KINDS

LOST = ("reset_before", "reset_after", "close_before", "close_after")
STATUS = {
    "status_500_before": 500, "status_500_after": 500, "status_503_before": 503, "status_503_after": 503,
    "forbidden": 403, "unauthorized": 401, "redirect_307": 307, "retry_after": 503,
}  # fmt: skip


def hold(box, session, timeout=60.0):
    data, headers = {"api.version": 1, "user": "alice"}, {"Authorization": f"whm root:{box.token}"}
    url = f"{box.url}/json-api/hold_outgoing_email"
    return session.post(url, data=data, headers=headers, timeout=timeout, allow_redirects=False)


def let_it_close():
    """A call that is faster than the closing of its connection is lost, as on a real server; not what is looked at here."""
    time.sleep(0.3)


@pytest.mark.parametrize("kind", sorted(HTTP_KINDS))
def test_every_kind(box, session, kind):
    """Each shows itself, is executed or not as its name says, and is over after one time."""
    fault = box.faults.add(Fault(kind, size=100_000, seconds=0.002 if kind == "drip" else None))
    if kind in LOST:
        with pytest.raises(requests.ConnectionError):
            hold(box, session)
    elif kind.startswith("stall"):
        with pytest.raises(requests.ReadTimeout):
            hold(box, session, timeout=(60, 0.2))
    else:
        check(kind, hold(box, session))
    if kind == "close_between":
        let_it_close()
    entry = box.log[-1]
    assert entry.fault == kind
    assert entry.applied == fault.applies
    assert (box.state.accounts["alice"].hold is not None) == fault.applies
    assert hold(box, session).json()["metadata"]["result"] == 1


def check(kind, answer):
    assert answer.status_code == STATUS.get(kind, 200)
    text = answer.content.decode("utf-8", "replace")
    if kind in ("drip", "huge", "close_between", "status_500_before", "forbidden"):
        assert json.loads(text)
    if kind == "huge":
        assert len(text) > 100_000
    if kind == "disk_full":
        assert text.startswith("Content-type: text/plain")
        assert "Sorry for the inconvenience!" in text
    if kind == "login_page":
        assert answer.headers["Content-Type"].startswith("text/html")
    if kind == "empty":
        assert text == ""
    if kind in ("truncated_json", "garbage_before_json"):
        with pytest.raises(ValueError, match=r"."):
            json.loads(text)
    if kind == "garbage_before_json":
        assert json.loads(text[text.index("{") :])["metadata"]["result"] == 1
    if kind == "invalid_utf8":
        with pytest.raises(UnicodeDecodeError):
            answer.content.decode("utf-8")
        assert json.loads(text)["metadata"]["result"] == 1
    if kind == "retry_after":
        assert answer.headers["Retry-After"] == "1"


def test_close_between_costs_the_next_call_its_connection(box, session):
    box.faults.add(Fault("close_between"))
    assert "Connection: close" not in str(hold(box, session).headers)
    let_it_close()
    hold(box, session)
    assert len(box.log.connections()) == 2


def test_html_instead_of_json(box, session):
    box.faults.add(Fault("status_503", body="html"))
    assert "<html" in hold(box, session).text


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"function": "gethostname"}, [200, 200, 200]),
        ({"function": "hold_outgoing_email"}, [500, 200, 200]),
        ({"user": "alice"}, [500, 200, 200]),
        ({"user": "bob"}, [200, 200, 200]),
        ({"after": 1}, [200, 500, 200]),
        ({"times": 2}, [500, 500, 200]),
        ({"times": 0}, [500, 500, 500]),
    ],
)
def test_which_calls_are_hit(box, session, options, expected):
    box.faults.add(Fault("status_500", **options))
    assert [hold(box, session).status_code for _unused in range(3)] == expected


def test_a_batch_matches_by_its_inner_calls(box, post):
    box.faults.add(Fault("status_500", function="hold_outgoing_email", user="alice"))
    assert post("batch", command=["hold_outgoing_email?user=bob"]).status_code == 200
    assert post("batch", command=["version", "hold_outgoing_email?user=alice"]).status_code == 500


def test_unknown_faults_are_refused_with_a_sentence():
    with pytest.raises(ValueError, match="There is no fault named 'meteor'"):
        Fault("meteor")


def test_a_stalled_call_does_not_hold_up_the_others(box, session, post):
    box.faults.add(Fault("stall_after", seconds=3600))
    with pytest.raises(requests.ReadTimeout):
        hold(box, session, timeout=(60, 0.1))
    assert post("version").status_code == 200  # or it would not come in time
