# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Typed errors. Each renders itself: one sentence for people, one small dictionary for playbooks."""

from __future__ import annotations

from typing import Any, TypeVar


def whole(text: str) -> str:
    """Without halves of characters, which a server's text can hold and Ansible takes from no module."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


class WhmError(Exception):
    """Base of everything that can go wrong between an option and a converged server.

    :param reason: what happened, without secrets; a sentence or a server's own text.
    :param function: the function that was called.
    :param host: the server, as the user named it.
    :param http_status: status of the answer, if there was one.
    :param remedy: what to do about it, a sentence.
    :param data: ``data`` of an answer that failed and carried some all the same.
    """

    kind = "error"
    #: The request may have been carried out although no usable answer came.
    outcome_unknown = False
    #: The same request may succeed a moment later.
    retryable = False
    #: No other call to this server can succeed either.
    fatal = False
    #: What the server said beside it.
    warnings: tuple[str, ...] = ()

    def __init__(
        self,
        reason: str,
        function: str | None = None,
        host: str | None = None,
        http_status: int | None = None,
        remedy: str | None = None,
        data: Any = None,
    ) -> None:
        super().__init__(whole(reason))
        self.function = function
        self.host = host
        self.http_status = http_status
        self.remedy = remedy
        self.data = data

    @property
    def reason(self) -> str:
        """What happened. It is kept in ``args`` and nowhere else, so that hiding a secret in it hides it from ``repr`` too."""
        return str(self.args[0])

    @reason.setter
    def reason(self, text: str) -> None:
        self.args = (whole(text),)

    def __str__(self) -> str:
        where = " on ".join(part for part in (self.function, self.host) if part)
        return f"{where}: {self.explanation}" if where else self.explanation

    @property
    def explanation(self) -> str:
        """Reason and remedy, without function and host."""
        reason = self.reason if self.reason.endswith((".", "!", "?")) else self.reason + "."
        return f"{reason} {self.remedy}" if self.remedy else reason

    def as_dict(self) -> dict[str, Any]:
        """The ``error`` of a result: kind, function, reason, host, http_status."""
        return {name: getattr(self, name) for name in ("kind", "function", "reason", "host", "http_status")}


E = TypeVar("E", bound=WhmError)


def stamped(error: E, host: str | None) -> E:
    """The error, which names this server unless it names one already."""
    error.host = error.host or host
    return error


class InvalidInput(WhmError):
    """An option's value cannot be used. Raised before anything is sent."""

    kind = "invalid_input"
    fatal = True


class ConnectionFailed(WhmError):
    """No usable connection, or it was lost.

    :param sent: the request may have reached the server.
    :param retryable: trying again is worth it.
    """

    kind = "connection"
    fatal = True

    def __init__(self, reason: str, sent: bool = False, retryable: bool = False, **kwargs: Any) -> None:
        super().__init__(reason, **kwargs)
        self.outcome_unknown = sent
        self.retryable = retryable


class AuthenticationFailed(WhmError):
    """The server refused the credentials (401, 403). Never retried: five bad logins lock an address out.

    :param by_whm: WHM itself said so, and not something that stands before it.
    """

    kind = "authentication"
    fatal = True

    def __init__(self, reason: str, *args: Any, by_whm: bool = True, **kwargs: Any) -> None:
        super().__init__(reason, *args, **kwargs)
        self.by_whm = by_whm


class Refused(WhmError):
    """The server understood the call and said no (``metadata.result`` 0)."""

    kind = "refusal"


class PermissionRefused(Refused):
    """The credentials are good but not for this call or object."""

    kind = "permission"


class AccessDenied(PermissionRefused):
    """403 for a function, although the server had accepted the login before: so it is a privilege that is missing.

    Nothing more is sent after it until :meth:`Client.confirm` has shown that the login is still good.
    """

    fatal = True


class Unsupported(Refused):
    """This server does not offer the function: too old, or its role is switched off."""

    kind = "unsupported"


class UnexpectedAnswer(WhmError):
    """An answer that makes no sense: HTML, broken JSON, missing elements. It proves neither success nor failure."""

    kind = "unexpected_answer"
    outcome_unknown = True


class ServerError(UnexpectedAnswer):
    """HTTP 5xx, or 429.

    :param retry_after: seconds for which the server asks to be left alone.
    """

    kind = "server_error"
    retryable = True

    def __init__(self, reason: str, retry_after: float | None = None, **kwargs: Any) -> None:
        super().__init__(reason, **kwargs)
        self.retry_after = retry_after


class Redirected(WhmError):
    """HTTP 3xx; never followed, because the credentials would follow too."""

    kind = "configuration"
    fatal = True


class ReadOnly(WhmError):
    """A write was asked of a client that was opened read-only: check mode or an info module."""

    kind = "read_only"
    fatal = True


class NotEffective(WhmError):
    """The server said OK, yet its state is not what was asked for."""

    kind = "not_effective"


class UnknownOutcome(WhmError):
    """An answer was lost and the state could not settle what happened."""

    kind = "unknown_outcome"


class NotTried(WhmError):
    """Left out because an earlier step failed for all."""

    kind = "not_tried"


class DeadlineReached(WhmError):
    """The time that the task may take (``api_deadline``) is over; the request was not sent."""

    kind = "deadline"
    fatal = True


class Abandoned(WhmError):
    """Nobody waits for the result any more: ansible-playbook was killed and its worker is left over. Nothing was sent."""

    kind = "abandoned"
    fatal = True


class TooManyChanges(WhmError):
    """More would change than ``max_changes`` allows; nothing was sent."""

    kind = "too_many_changes"
    fatal = True


class NotFound(WhmError):
    """An account or address that was named does not exist on the server, or is not the caller's."""

    kind = "not_found"


class FileError(WhmError):
    """A file on the machine where the module runs could not be read or written."""

    kind = "file"
    fatal = True
