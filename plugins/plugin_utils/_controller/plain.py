# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Values without what Ansible hangs on to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

try:  # before ansible-core 2.19, where templates make data of texts that look like some
    from ansible.utils.native_jinja import NativeJinjaText as _Text  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    _Text = str  # type: ignore[misc,unused-ignore]


def kept_text(value: str) -> Any:
    """What a filter returns that has to stay the text that it is, JSON for instance, wherever the template is used."""
    return wrap_var(_Text(value))


def plain(value: Any) -> Any:
    """The value made of ordinary texts, lists and dictionaries, so that it can be changed, compared and written down."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, str):
        return str.__str__(value)
    return value
