# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.whm.mail.plugins.module_utils._mail.dmarc import BadRecord, check_record, normal
from hypothesis import given
from hypothesis import strategies as st

DMARC = "v=DMARC1; p=none; rua=mailto:Reports@x.example;"


@pytest.mark.parametrize(
    "record",
    [
        "v=DMARC1;rua=mailto:Reports@x.example;p=none",
        "v = DMARC1 ;p= none;  rua = mailto:Reports@X.example ",
        "v=DMARC1; p=None; rua=MAILTO:Reports@x.example",
    ],
)
def test_dmarc_records_that_mean_the_same_have_one_normal_form(record: str) -> None:
    assert normal(record) == normal(DMARC)


@pytest.mark.parametrize(
    "record",
    [
        "v=dmarc1; p=none; rua=mailto:Reports@x.example",
        "V=DMARC1; p=none; rua=mailto:Reports@x.example",
        " v=DMARC1; p=none; rua=mailto:Reports@x.example",
        "p=none; v=DMARC1; rua=mailto:Reports@x.example",
        "v=DMARC1; p=none; p=none; rua=mailto:Reports@x.example",
        "v=DMARC1; p=reject; rua=mailto:Reports@x.example",
        "v=DMARC1; p=none; rua=mailto:reports@x.example",
        "v=DMARC2; p=none; rua=mailto:Reports@x.example",
        "p=none; rua=mailto:Reports@x.example",
        "",
    ],
)
def test_dmarc_records_that_mean_something_else_have_another(record: str) -> None:
    assert normal(record) != normal(DMARC)


@pytest.mark.parametrize("record", ["v=DMARC1; p=none;; rua=mailto:Reports@x.example", "v=DMARC1;; p=none"])
def test_an_empty_tag_makes_another_record(record: str) -> None:
    assert normal(record) != normal(record.replace(";;", ";"))


GOOD = [
    "v=DMARC1; p=none",
    "v=DMARC1;p=reject;",
    "v=DMARC1; rua=mailto:a@example.com; p=quarantine",
    "v=DMARC1; p=REJECT; sp=none; np=reject; adkim=s; aspf=R; fo=1:d:s; pct=0; ri=86400; rf=afrf; t=y; psd=u",
    "v=DMARC1; p=none; rua=mailto:a@example.com!10m,mailto:b@example.org; ruf=https://example.com/reports",
    "v=DMARC1; p=none; xnew=anything",
]


@pytest.mark.parametrize("record", GOOD)
def test_good_records_are_kept_as_they_are(record: str) -> None:
    assert check_record(f" {record} ") == record


BAD = [
    ("", "does not begin with v=DMARC1"),
    ("p=none", "does not begin with v=DMARC1"),
    ("v=dmarc1; p=none", "does not begin with v=DMARC1"),
    ("v = DMARC1; p=none", "does not begin with v=DMARC1"),
    ("v=DMARC1 p=none", "does not begin with v=DMARC1"),
    ("v=DMARC1", "it has no p="),
    ("v=DMARC1; rua=mailto:a@example.com", "it has no p="),
    ("v=DMARC1; p=block", "p=block is none of none, quarantine, reject"),
    ("v=DMARC1; p=none; p=none", "p= stands more than once"),
    ("v=DMARC1; p=none; v=DMARC1", "v=DMARC1 is none of"),
    ("v=DMARC1;; p=none", "two semicolons"),
    ("v=DMARC1; p=none; reject", "reject= has no value"),
    ("v=DMARC1; p=none; =x", "is not the name of a tag"),
    ("v=DMARC1; p=none; pct=101", "pct=101 is not a whole number from 0 to 100"),
    ("v=DMARC1; p=none; pct=ten", "pct=ten is not a whole number"),
    ("v=DMARC1; p=none; ri=4294967296", "ri=4294967296 is not"),
    ("v=DMARC1; p=none; fo=2", "fo=2 has a part"),
    ("v=DMARC1; p=none; fo=1: d", "nothing but colons between them"),
    ("v=DMARC1; p=none; x_new=anything", "x_new is not the name of a tag"),
    ("v=DMARC1; p=none; np2=none", "np2 is not the name of a tag"),
    ("v=DMARC1; p=none; rua=mailto:mailto:a@example.com", "names no mail address"),
    ("v=DMARC1; p=none; rua=mailto::a@example.com", "names no mail address"),
    ("v=DMARC1; p=none; ruf=https://example.com/%zz", "is no URI"),
    ("v=DMARC1; p=none; adkim=x", "adkim=x is none of r, s"),
    ("v=DMARC1; p=none; rua=a@example.com", "write mailto: before an address"),
    ("v=DMARC1; p=none; rua=mailto:a", "names no mail address"),
    ("v=DMARC1; p=none; rua=mailto:a@example.com,", "is no URI"),
    ("v=DMARC1; p=none; rua=mailto:a@example.com mailto:b@example.com", "is no URI"),
    ("v=DMARC1; p=none\n", None),
    ("v=DMARC1;\n p=none", "a line break"),
    ("v=DMARC1; p=n\u00f6ne", "not ASCII"),
]


@pytest.mark.parametrize(("record", "why"), BAD)
def test_what_receivers_ignore_is_refused(record: str, why: str | None) -> None:
    if why is None:
        assert check_record(record) == record.strip()
        return
    with pytest.raises(BadRecord, match=why.replace("(", "[(]")):
        check_record(record)


_tags = st.permutations(["p=reject", "sp=none", "pct=20", "rua=mailto:A@Example.com,mailto:b@x.example", "fo=1"])
_blank = st.sampled_from(["", " ", "  "])


@given(_tags, _blank, _blank, st.booleans())
def test_order_and_blanks_mean_nothing(tags: list[str], before: str, after: str, ends: bool) -> None:
    text = "v=DMARC1" + "".join(f"{before};{after}{tag}" for tag in tags) + (";" if ends else "")
    assert normal(check_record(text)) == normal("v=DMARC1; " + "; ".join(sorted(tags)))
    assert normal(normal(text)) == normal(text)


@given(st.text(max_size=60))
def test_any_text_has_a_normal_form(text: str) -> None:
    assert normal(normal(text)) == normal(text)
