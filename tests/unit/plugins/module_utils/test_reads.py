# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which functions may be called without ``write``: those of which it is known, and nothing that only looks alike."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.whm.mail.plugins.module_utils._whm import reads as _reads
from ansible_collections.whm.mail.plugins.module_utils._whm.catalogue import CPANEL, WHM_API_1, resolve

READ = [
    "get_domain_info", "has_local_authority", "servicestatus", "api_token_list", "get_tweaksetting", "getdomainowner",
    "get_service_config", "listpkgs", "listresellers", "systemloadavg", "parse_dns_zone", "get_public_ip", "listips", "showbw",
]  # fmt: skip
# They are named like reads, or are spoken of like reads, and do more.
LOOK_ALIKES = [
    "ensure_dkim_keys_exist", "exim_configuration_check", "accesshash", "create_user_session", "get_remote_access_hash",
    "run_cpkeyclt", "fetch_security_advice", "validate_login_token", "manage_features", "nat_checkip", "get_login_url",
    "purchase_a_license", "export_zone_key", "modsec_preview_vendor", "package_manager_resolve_actions", "cors_proxy_get",
    "execute_remote_whmapi1_with_password", "ticket_list", "check_remote_ssh_connection", "update_reverse_dns_cache",
    "verify_pushbullet_access", "background_mysql_upgrade_checker_run", "list", "get", "GET_DOMAIN_INFO", "get_domain_info ",
    "wp_dashboard_create_login_link", "twofactorauth_generate_tfa_config", "generatessl", "rebuildinstalledssldb",
]  # fmt: skip


@pytest.mark.parametrize("name", READ)
def test_reads(name: str) -> None:
    assert not resolve(name, {}).writes
    assert not resolve("batch", {"command": ["version", f"{name}?x=1"]}).writes


@pytest.mark.parametrize("name", LOOK_ALIKES)
def test_what_only_looks_like_a_read_is_none(name: str) -> None:
    assert resolve(name, {}).writes
    assert resolve("batch", {"command": ["version", name]}).writes
    assert not resolve(name, {}).repeat_safe or name in WHM_API_1


def test_no_name_is_in_two_lists() -> None:
    assert not _reads.WHM_API_1 & set(WHM_API_1)
    assert not {name for name in _reads.UAPI if name in CPANEL and CPANEL[name].writes}


@pytest.mark.parametrize("name", sorted(_reads.WHM_API_1 | _reads.UAPI))
def test_a_read_is_not_named_for_a_change(name: str) -> None:
    verb = name.rpartition("::")[2]
    assert not re.match(
        r"(add|set|un|delete|remove|create|save|update|edit|modify|enable|disable|install|reset|start|stop|restore|apply|clear|"
        r"store|send|generate|import|ensure|repair|rebuild|terminate|suspend|hold|release|kill|rename|change|toggle|grant|revoke)(?:_|$)",
        re.sub(r"^restore_(?:queue|modules)_", "", verb),
    )
    assert re.fullmatch(r"(?:[A-Za-z]+::)?[a-z][a-z0-9_]*", name)


def uapi(function: str, module: str = "Email", **more: Any) -> dict[str, Any]:
    return {"cpanel.user": "alice", "cpanel.module": module, "cpanel.function": function, **more}


def cpanel(function: str, version: Any = 3, module: str = "Email", **more: Any) -> dict[str, Any]:
    names = {"module": module, "func": function, "apiversion": version, "user": "alice"}
    return {**{f"cpanel_jsonapi_{key}": value for key, value in names.items() if value is not None}, **more}


CARRIED = [
    # carrier, parameters, whether it reads
    ("uapi_cpanel", uapi("list_forwarders", domain="x"), True),
    ("uapi_cpanel", uapi("get_spam_settings"), True),
    ("uapi_cpanel", uapi("list_domains", "cPGreyList"), True),
    ("uapi_cpanel", uapi("add_forwarder"), False),
    ("uapi_cpanel", uapi("generate_mailman_otp"), False),
    ("uapi_cpanel", uapi("export_lists"), False),
    ("uapi_cpanel", uapi("get_pushbullet_access_token", "ContactInformation"), False),
    ("uapi_cpanel", uapi("show_key", "SSL"), False),
    ("uapi_cpanel", uapi("list_forwarders", "email"), False),
    ("uapi_cpanel", uapi("strict", "Batch"), False),
    ("uapi_cpanel", uapi("stats", "EmailTrack"), False),
    ("uapi_cpanel", uapi(["list_forwarders", "delete_forwarder"]), False),
    ("uapi_cpanel", uapi("list_forwarders", **{"cpanel.Function": "delete_forwarder"}), False),
    ("uapi_cpanel", uapi("list_forwarders", cpanel_jsonapi_func="delete_forwarder"), False),
    ("cpanel", cpanel("list_forwarders"), True),
    ("cpanel", cpanel("list_forwarders", "3"), True),
    ("cpanel", cpanel("list_forwarders", 2), False),
    ("cpanel", cpanel("list_forwarders", None), False),
    ("cpanel", cpanel("list_forwarders", 1), False),
    ("cpanel", cpanel("list_forwarders", [3, 1]), False),
    ("cpanel", cpanel("stats", 2, "EmailTrack"), True),
    ("cpanel", cpanel("stats", None, "EmailTrack"), True),
    ("cpanel", cpanel("stats", 3, "EmailTrack"), False),
    ("cpanel", cpanel("stats", 2, "EmailTrack", cpanel_xmlapi_func="delpop"), False),
]


MAIL = yaml.safe_load((Path(__file__).parents[3] / "fixtures/uapi_mail_access.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", [*MAIL["reads"], *MAIL["writes"]])
def test_every_mail_function_of_uapi_is_what_the_reference_says(name: str) -> None:
    module, function = name.split("::")
    calls = [("uapi_cpanel", uapi(function, module)), ("cpanel", cpanel(function, 3, module))]
    assert [resolve(*call).writes for call in calls] == [name in MAIL["writes"]] * 2


@pytest.mark.parametrize(("carrier", "params", "reads"), CARRIED)
def test_a_carried_call_is_known_by_module_function_and_interface(
    carrier: str, params: dict[str, Any], reads: bool
) -> None:
    assert resolve(carrier, params).writes is not reads


SECRETS = [
    ("passwd", {"user": "alice", "password": "p"}, ("password",)),
    ("uapi_cpanel", uapi("add_pop", email="a", password="p"), ("password",)),
    ("uapi_cpanel", uapi("add_pop", email="a", password_hash="h"), ("password_hash",)),
    ("listaccts", {"want": "user"}, ()),
    ("batch", {"command": ["version", "passwd?user=a&password=p"]}, ("command",)),
    ("batch", {"command": ["version", "modifyacct?user=a"]}, ()),
]


@pytest.mark.parametrize(("function", "params", "names"), SECRETS)
def test_parameters_that_are_named_like_secrets_are_kept_off_command_lines(
    function: str, params: dict[str, Any], names: tuple[str, ...]
) -> None:
    assert resolve(function, params).secrets == names
