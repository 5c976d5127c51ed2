# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Apple mail profiles: generate_mobileconfig (BEHAVIOUR E)."""

from __future__ import annotations

import base64
import plistlib
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from .errors import Failure
from .params import Params
from .registry import Context, handler
from .state import MAIN, Account
from .texts import quoted

SERVICES = ("email", "caldav", "carddav")
# Service: type of its payload, TLS port, plain port (what is in a real profile is not known; the shape is Apple's).
_PAYLOADS = {
    "email": ("com.apple.mail.managed", 993, 143),
    "caldav": ("com.apple.caldav.account", 2080, 2079),
    "carddav": ("com.apple.carddav.account", 2080, 2079),
}


@handler("generate_mobileconfig", role="MailReceive", package="Email")
def generate_mobileconfig(ctx: Context, params: Params) -> dict[str, Any]:
    """Base64 with line breaks of a profile that is signed anew each time. `use_ssl` must be sent, 0 is fine; services that are
    not known are ignored, none means all."""
    name = params.need("account")
    tls = params.need("use_ssl") == "1"
    if not _is_known(ctx, name):
        raise Failure(f"{quoted(name)} is not a valid account name.")
    asked = params.get("selected_account_services").split(",")
    services = [service for service in SERVICES if service in asked] or list(SERVICES)
    signed = _sign(_profile(ctx.server.hostname, name, tls, services))
    return {"payload": base64.encodebytes(signed).decode("ascii")}


def _is_known(ctx: Context, name: str) -> bool:
    """An address with a mailbox, or an account; of the caller's (that others are unknown to it is our guess)."""
    user = ctx.server.domains.get(name.partition("@")[2]) if "@" in name else name
    account: Account | None = ctx.server.accounts.get(user or "")
    if account is None or not ctx.may_touch(account):
        return False
    return "@" not in name or name in account.mailboxes or name.startswith(f"{MAIN}@")


def _profile(host: str, name: str, tls: bool, services: list[str]) -> bytes:
    content = [_payload(service, host, name, tls) for service in services]
    profile = {
        "PayloadType": "Configuration",
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{host}.{name}.{uuid.uuid4()}",
        "PayloadUUID": str(uuid.uuid4()).upper(),
        "PayloadDisplayName": f"{name} Email Setup",
        "PayloadRemovalDisallowed": False,
        "PayloadContent": content,
    }
    return plistlib.dumps(profile)


def _payload(service: str, host: str, name: str, tls: bool) -> dict[str, Any]:
    kind, secure, plain = _PAYLOADS[service]
    prefix = {"email": "IncomingMailServer", "caldav": "CalDAV", "carddav": "CardDAV"}[service]
    return {
        "PayloadType": kind,
        "PayloadVersion": 1,
        "PayloadIdentifier": f"{host}.{name}.{service}",
        "PayloadUUID": str(uuid.uuid4()).upper(),
        f"{prefix}HostName": host,
        f"{prefix}Username": name,
        f"{prefix}UseSSL": tls,
        f"{prefix}PortNumber" if service == "email" else f"{prefix}Port": secure if tls else plain,
    }


def _sign(profile: bytes) -> bytes:
    certificate, key = _signer()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(profile).add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


@cache
def _signer() -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    """One certificate for all: who signs is of no interest here."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "whm.example.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + timedelta(days=30))
    return builder.sign(key, hashes.SHA256()), key
