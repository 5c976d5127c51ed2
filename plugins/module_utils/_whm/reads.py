# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Functions that only read and have no module of their own: what the module ``api`` may call without ``write``.

A name is here when the vendor's reference (11.138) says so, never because of how it is spelt:

- WHM API 1: the title says that the function returns something, or tells whether something is the case, and the text below
  it speaks of nothing else. Left out is what the text says more of (``accesshash`` makes a hash anew), what starts work or
  asks another server (``run_cpkeyclt``, ``fetch_security_advice``, ``modsec_preview_vendor``), and what hands out a way in.
- UAPI: the reference marks the function as one that reads (``get_pushbullet_access_token`` and ``SSL::show_key`` are not).
  ``verify_password`` and ``fetch_dkim_private_keys`` of the mail modules are marked as writing, though their text says
  that they change nothing; they count as reads here.
"""

from __future__ import annotations

_WHM = """
    acctcounts api_token_get_details available_transfer_modules background_mysql_upgrade_status
    backup_config_get backup_date_list backup_destination_get backup_destination_list
    backup_does_client_id_have_google_credentials backup_get_transport_status backup_list_transported backup_set_list
    backup_set_list_combined backup_skip_users_all_status backup_user_list convert_addon_fetch_conversion_details
    convert_addon_fetch_domain_details convert_addon_get_conversion_status convert_addon_list_addon_domains
    convert_addon_list_conversions cphulk_status current_mysql_version domainuserdata dumpzone
    ea4_get_additional_pkg_prefixes ea4_get_currently_installed_packages ea4_list_profiles ea4_metainfo
    ea4_recommendations fetch_ds_records_for_domains fetch_pkgacct_master_log fetch_service_ssl_components
    fetch_ssl_certificates_for_fqdns fetch_ssl_vhosts fetch_transfer_session_log fetch_vhost_ssl_components fetchcrtinfo
    fetchsslinfo get_all_contact_importances get_api_calls get_api_pages get_appconfig_application_list
    get_application_contact_event_importance get_application_contact_importance get_autossl_check_schedule get_autossl_log
    get_autossl_logs_catalog get_autossl_metadata get_autossl_problems_for_domain get_autossl_problems_for_user
    get_autossl_providers get_autossl_user_excluded_domains get_available_applications
    get_available_authentication_providers get_available_featurelists get_available_profiles get_available_tiers
    get_best_ssldomain_for_service get_countries_with_known_ip_ranges get_cphulk_brutes get_cphulk_excessive_brutes
    get_cphulk_failed_logins get_cphulk_user_brutes get_current_lts_expiration_status get_current_profile
    get_current_users_count get_database_optimizations get_disk_usage get_feature_metadata
    get_feature_names get_featurelist_data get_featurelists get_featurelists_by_package_types
    get_fpm_count_and_utilization get_homedir_roots get_integration_link_user_config get_linked_server_node
    get_lts_wexpire get_maximum_users get_nameserver_config get_password_strength get_pkgacct_session_state
    get_provider_client_configurations get_provider_configuration_fields get_provider_display_configurations
    get_public_contact get_public_ip get_rpm_version_data get_scoped_userdata get_server_node_status get_service_config
    get_service_config_key get_service_proxy_backends get_shared_ip get_tcp4_sockets get_tcp6_sockets
    get_transfer_session_state get_tweaksetting get_udp4_sockets get_udp6_sockets get_update_availability
    get_users_and_domains_with_backup_metadata get_users_authn_linked_accounts get_users_features_settings get_users_links
    get_users_with_backup_metadata getdiskusage getdomainowner getminimumpasswordstrengths getpkginfo getresellerips
    getzonerecord has_digest_auth has_mycnf_for_cpuser installable_mysql_versions installed_versions
    ipv6_range_list ipv6_range_usage is_alias_available is_conversion_in_progress is_https_available is_svcb_available
    latest_available_mysql_version list_account_enhancements list_configclusterservers list_cparchive_files
    list_database_users list_databases list_enhancement_limits list_hooks list_integration_groups list_integration_links
    list_linked_server_nodes list_mysql_databases_and_users list_rpms list_user_child_nodes listacls listcrts listips
    listipv6s listlockedaccounts listpkgs listresellers listsshkeys listsuspended listzones load_cphulk_config lookupnsip
    lookupnsips matchpkgs modsec_get_config_text modsec_get_configs modsec_get_configs_with_changes_pending modsec_get_log
    modsec_get_rules modsec_get_settings modsec_get_vendors modsec_is_installed nginxmanager_get_cache_config_system
    nginxmanager_get_cache_config_users package_manager_get_build_log package_manager_get_package_info
    package_manager_is_performing_actions package_manager_list_packages parse_dns_zone personalization_get
    php_fpm_config_get php_get_default_accounts_to_fpm php_get_handlers php_get_impacted_domains
    php_get_installed_versions php_get_old_fpm_flag php_get_system_default_version php_get_vhost_versions
    php_get_vhosts_by_version php_ini_get_content php_ini_get_directives quota_enabled read_cphulk_records
    read_featurelist remote_mysql_monitor_profile_activation remote_mysql_read_profile remote_mysql_read_profiles
    resellerstats resolvedomainname restore_modules_summary restore_queue_is_active restore_queue_list_active
    restore_queue_list_completed restore_queue_list_pending restore_queue_state showbw system_needs_reboot
    systemloadavg transfer_module_schema twofactorauth_get_issuer twofactorauth_get_tfa_config_for_user
    twofactorauth_get_user_configs twofactorauth_policy_status verify_new_username verify_new_username_for_restore
    verify_user_has_feature wp_dashboard_get_hostname
"""

WHM_API_1 = frozenset(_WHM.split())

_UAPI = {
    "AccountEnhancements": "has_enhancement list",
    "AddonDomain": "listaddondomains",
    "Backup": "list_backups",
    "Bandwidth": "get_enabled_protocols get_retention_periods query",
    "BoxTrapper": """get_allowlist get_blocklist get_configuration get_email_template get_forwarders get_ignorelist get_log
        get_message get_status list_email_templates list_queued_messages""",
    "CCS": "list_delegates list_users",
    "CPDAVD": "list_delegates list_users",
    "Chkservd": "get_exim_ports get_exim_ports_ssl",
    "Contactus": "is_enabled",
    "ContactInformation": "get_notification_preferences",
    "DAV": "get_calendar_contacts_config has_shared_global_addressbook is_dav_service_enabled is_horde_enabled",
    "DNS": "fetch_cpanel_generated_domains has_local_authority is_alias_available is_https_available is_svcb_available lookup parse_zone",
    "DNSSEC": "export_zone_dnskey fetch_ds_records",
    "Domain": "is_temporary_domain temporary_domain_is_disabled",
    "DomainInfo": "domains_data list_domains main_domain_builtin_subdomain_aliases primary_domain single_domain_data",
    "DomainLookup": "countbasedomains getbasedomains getdocroot getdocroots",
    "DynamicDNS": "list",
    "Email": """account_name browse_mailbox check_fastmail count_auto_responders count_filters count_forwarders count_lists
        count_pops fetch_charmaps get_auto_responder get_charsets get_client_settings get_default_email_quota
        get_default_email_quota_mib get_disk_usage get_filter get_held_message_count get_lists_total_disk_usage
        get_mailbox_autocreate get_mailman_delegates get_main_account_disk_usage get_main_account_disk_usage_bytes
        get_max_email_quota get_max_email_quota_mib get_pop_quota get_spam_settings get_webmail_settings
        has_delegated_mailman_lists has_plaintext_authentication list_auto_responders list_default_address
        list_domain_forwarders list_filters list_filters_backups list_forwarders list_forwarders_backups list_lists
        list_mail_domains list_mxs list_pops list_pops_with_disk list_system_filter_info stats_db_status trace_delivery
        trace_filter verify_password""",
    "EmailAuth": """fetch_dkim_private_keys validate_current_dkims validate_current_dmarcs validate_current_ptrs
        validate_current_spfs""",
    "Features": "has_feature",
    "Mailboxes": "get_mailbox_status_list has_utf8_mailbox_names",
    "PasswdStrength": "get_required_strength",
    "SSH": "get_port get_shell",
    "SSL": """can_ssl_redirect get_autossl_excluded_domains get_autossl_problems get_autossl_renewal_status get_cabundle
        get_cn_name installed_host installed_hosts is_autossl_check_in_progress is_mail_sni_supported is_sni_supported
        list_certs list_csrs list_keys list_ssl_items mail_sni_status""",
    "ServerInformation": "get_information",
    "ServiceProxy": "get_service_proxy_backends",
    "SpamAssassin": "get_symbolic_test_names get_user_preferences",
    "Stats": "get_bandwidth get_site_errors get_stats_daily list_sites list_stats_by_domain",
    "StatsBar": "get_stats",
    "StatsManager": "get_configuration",
    "SubDomain": "getreservedsubdomains listsubdomains",
    "cPGreyList": "has_greylisting_enabled list_domains",
}

#: ``Module::function``.
UAPI = frozenset(f"{module}::{name}" for module, names in _UAPI.items() for name in names.split())
