# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The error for an answer 401 or 403: who refused, what was said, and what to do about it. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.whm.mail.plugins.module_utils._whm.errors import AccessDenied, AuthenticationFailed

_LOGIN_REMEDY = (
    "Check api_username and the token or password, that the token has not expired or been limited to other addresses, that it holds "
    "the privilege for this function, and that this controller is not blocked by cPHulk; it was not tried again, because "
    "repeated bad logins lock an address out. Where many hosts share one token, serial: [1, 100%] and any_errors_fatal: true in "
    "the play stop at the first of them."
)
_FOREIGN_REMEDY = (
    "WHM does not answer like this. Something before it refused: a proxy (HTTPS_PROXY), a CDN or a firewall. Check that api_host and "
    "api_port lead to WHM itself and that nothing between keeps this controller out; it was not tried again, because WHM could "
    "count it as a bad login."
)


_PRIVILEGE_REMEDY = "Give the token, or the reseller, the privilege that this needs. If access was withdrawn in the meantime, the next run says so."


def access_denied(what: str, because: str) -> AccessDenied:
    """The error for a 403 of a login that is good.

    :param what: the function, or the functions of which it is one.
    :param because: why the login is known to be good.
    """
    reason = f"the server refused {what} with HTTP 403, although {because}"
    return AccessDenied(reason, http_status=403, remedy=_PRIVILEGE_REMEDY)


def denial(status: int, headers: Mapping[str, str], said: str | None, page: str) -> AuthenticationFailed:
    """The error to raise.

    :param said: what WHM said; None when the body is not of its making.
    :param page: the body in a few words, its title first.
    """
    server = str(headers.get("Server") or "")
    if said is not None or server.startswith("cpsrvd") or not (page or server):
        detail = said or page or "HTTP %d" % status
        return AuthenticationFailed(f"the server refused access ({detail})", remedy=_LOGIN_REMEDY)
    kind = str(headers.get("Content-Type") or "").partition(";")[0].strip()
    sender = f"server {server}" if server else ""
    facts = ", ".join(text for text in ("HTTP %d" % status, kind, sender) if text)
    return AuthenticationFailed(
        f"access was refused, but not by WHM ({facts}: {page or 'empty body'})", remedy=_FOREIGN_REMEDY, by_whm=False
    )
