# Copyright (c) 2026, the whm.mail contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options that Exim 4.96 knows, and what kind of value each takes; what is not named here takes a text.

Asked of Exim itself (``exim -bP``), and held against it by tests/engines. ELSEWHERE names what Debian's smallest build leaves
out and the specification of Exim documents for others: cPanel's is built with more.
"""

from __future__ import annotations

Kinds = dict[str, str]  # option -> bool, integer, fixed, time or string


def _kinds(**names: str) -> Kinds:
    return {name: kind for kind, together in names.items() for name in together.split()}


MAIN = _kinds(
    bool="""
        accept_8bitmime allow_domain_literals allow_mx_to_ip allow_utf8_domains bounce_return_body bounce_return_message
        check_rfc2047_length commandline_checks_require_admin debug_store deliver_drop_privilege delivery_date_remove
        disable_ipv6 dkim_verify_minimal dns_csa_use_reverse drop_cr envelope_to_remove
        extract_addresses_remove_arguments gnutls_allow_auto_pkcs11 gnutls_compat_mode ignore_fromline_local
        local_from_check local_sender_retain log_timezone message_body_newlines message_logs move_frozen_messages
        mua_wrapper prdr_enable preserve_message_logs print_topbitchars prod_requires_admin queue_fast_ramp
        queue_list_requires_admin queue_only queue_only_load_latch queue_only_override queue_run_in_order
        recipients_max_reject return_path_remove smtp_accept_keepalive smtp_check_spool_space smtp_enforce_sync
        smtp_etrn_serialize smtp_return_error_details split_spool_directory spool_wireformat strict_acl_vars
        strip_excess_angle_brackets strip_trailing_dot syslog_duplication syslog_pid syslog_timestamp tcp_nodelay
        tls_remember_esmtp write_rejectlog
    """,
    integer="""
        bounce_return_linesize_limit bounce_return_size_limit check_log_inodes check_log_space check_spool_inodes
        check_spool_space daemon_startup_retries dns_cname_loops dns_csa_search_limit dns_dnssec_ok dns_retry
        dns_use_edns0 finduser_retries header_line_maxsize header_maxsize lookup_open_max max_username_length
        message_body_visible received_headers_max recipients_max remote_max_parallel slow_lookup_log smtp_accept_max
        smtp_accept_max_nonmail smtp_accept_queue smtp_accept_queue_per_connection smtp_accept_reserve
        smtp_backlog_monitor smtp_connect_backlog smtp_max_synprot_errors smtp_max_unknown_commands tls_dh_max_bits
    """,
    fixed="deliver_queue_load_max queue_only_load smtp_load_reserve",
    time="""
        auto_thaw callout_domain_negative_expire callout_domain_positive_expire callout_negative_expire
        callout_positive_expire daemon_startup_sleep dns_retrans ignore_bounce_errors_after keep_malformed
        local_scan_timeout receive_timeout retry_data_expire retry_interval_max rfc1413_query_timeout
        smtp_receive_timeout timeout_frozen_after
    """,
    string="""
        acl_not_smtp acl_not_smtp_start acl_smtp_auth acl_smtp_connect acl_smtp_data acl_smtp_data_prdr acl_smtp_dkim
        acl_smtp_etrn acl_smtp_expn acl_smtp_helo acl_smtp_mail acl_smtp_mailauth acl_smtp_notquit acl_smtp_predata
        acl_smtp_quit acl_smtp_rcpt acl_smtp_starttls acl_smtp_vrfy add_environment admin_groups auth_advertise_hosts
        bi_command bounce_message_file bounce_message_text bounce_sender_authentication callout_random_local_part
        chunking_advertise_hosts daemon_smtp_ports delay_warning delay_warning_condition dkim_verify_hashes
        dkim_verify_keytypes dkim_verify_min_keysizes dkim_verify_signers dns_again_means_nonexist
        dns_check_names_pattern dns_ipv4_lookup dns_trust_aa dsn_advertise_hosts dsn_from errors_copy errors_reply_to
        event_action exim_group exim_path exim_user exim_version extra_local_interfaces freeze_tell gecos_name
        gecos_pattern headers_charset helo_accept_junk_hosts helo_allow_chars helo_lookup_domains helo_try_verify_hosts
        helo_verify_hosts hold_domains host_lookup host_lookup_order host_reject_connection hosts_connection_nolog
        hosts_require_alpn hosts_require_helo hosts_treat_as_local ignore_fromline_hosts keep_environment
        local_from_prefix local_from_suffix local_interfaces local_scan_path localhost_number log_file_path log_selector
        message_id_header_domain message_id_header_text message_size_limit never_users notifier_socket openssl_options
        percent_hack_domains pid_file_path pipelining_advertise_hosts pipelining_connect_advertise_hosts
        primary_hostname process_log_path qualify_domain qualify_recipient queue_domains queue_only_file queue_run_max
        queue_smtp_domains received_header_text recipient_unqualified_hosts remote_sort_domains rfc1413_hosts
        sender_unqualified_hosts smtp_accept_max_nonmail_hosts smtp_accept_max_per_connection smtp_accept_max_per_host
        smtp_active_hostname smtp_banner smtp_etrn_command smtp_ratelimit_hosts smtp_ratelimit_mail smtp_ratelimit_rcpt
        smtp_reserve_hosts smtputf8_advertise_hosts spool_directory syslog_facility syslog_processname system_filter
        system_filter_directory_transport system_filter_file_transport system_filter_group system_filter_pipe_transport
        system_filter_reply_transport system_filter_user timezone tls_advertise_hosts tls_alpn tls_certificate tls_crl
        tls_dhparam tls_eccurve tls_ocsp_file tls_on_connect_ports tls_privatekey tls_require_ciphers
        tls_resumption_hosts tls_try_verify_hosts tls_verify_certificates tls_verify_hosts trusted_groups trusted_users
        unknown_login unknown_username untrusted_set_sender uucp_from_pattern uucp_from_sender warn_message_file
    """,
)

# What every driver of a section takes.
GENERIC = {
    "routers": _kinds(
        bool="""
            address_test caseful_local_part check_local_user disable_logging dsn_lasthop expn fail_verify_recipient
            fail_verify_sender initgroups local_part_prefix_optional local_part_suffix_optional log_as_local more
            pass_on_timeout retry_use_local_part unseen verify_only verify_recipient verify_sender
        """,
        string="""
            address_data cannot_route_message condition debug_print dnssec_request_domains dnssec_require_domains
            domains driver errors_to fallback_hosts group headers_add headers_remove ignore_target_hosts
            local_part_prefix local_part_suffix local_parts pass_router redirect_router require_files
            router_home_directory self senders set transport transport_current_directory transport_home_directory user
        """,
    ),
    "transports": _kinds(
        bool="""
            body_only delivery_date_add disable_logging envelope_to_add headers_only initgroups rcpt_include_affixes
            retry_use_local_part return_path_add
        """,
        time="transport_filter_timeout",
        string="""
            current_directory debug_print driver event_action group headers_add headers_remove headers_rewrite
            home_directory max_parallel message_size_limit return_path shadow_condition shadow_transport
            transport_filter user
        """,
    ),
    "authenticators": _kinds(
        string="""
            client_condition client_set_id driver public_name server_advertise_condition server_condition
            server_debug_print server_mail_auth_condition server_set_id
        """,
    ),
}

# What some of them take besides.
DRIVERS = {
    "routers": {
        "accept": _kinds(),
        "dnslookup": _kinds(
            bool="check_secondary_mx qualify_single rewrite_headers same_domain_copy_routing search_parents",
            string="""
                check_srv fail_defer_domains ipv4_only ipv4_prefer mx_domains mx_fail_domains srv_fail_domains
                widen_domains
            """,
        ),
        "ipliteral": _kinds(),
        "manualroute": _kinds(
            bool="hosts_randomize same_domain_copy_routing",
            string="host_all_ignored host_find_failed route_data route_list",
        ),
        "queryprogram": _kinds(
            time="timeout",
            string="command command_group command_user current_directory",
        ),
        "redirect": _kinds(
            bool="""
                allow_defer allow_fail allow_filter allow_freeze check_ancestor check_group check_owner
                filter_prepend_home forbid_blackhole forbid_exim_filter forbid_file forbid_filter_dlfunc
                forbid_filter_existstest forbid_filter_logwrite forbid_filter_lookup forbid_filter_perl
                forbid_filter_readfile forbid_filter_readsocket forbid_filter_reply forbid_filter_run forbid_include
                forbid_pipe forbid_sieve_filter forbid_smtp_code hide_child_in_errmsg ignore_eacces ignore_enotdir
                one_time qualify_preserve_domain repeat_use rewrite skip_syntax_errors
            """,
            integer="modemask",
            string="""
                data directory_transport file file_transport include_directory owners owngroups pipe_transport
                qualify_domain reply_transport sieve_enotify_mailto_owner sieve_subaddress sieve_useraddress
                sieve_vacation_directory syntax_errors_text syntax_errors_to
            """,
        ),
    },
    "transports": {
        "appendfile": _kinds(
            bool="""
                allow_fifo allow_symlink check_group check_owner create_directory file_must_exist maildir_format
                maildir_use_size_file mailstore_format mode_fail_narrower notify_comsat quota_is_inclusive use_bsmtp
                use_crlf use_fcntl_lock use_flock_lock use_lockfile
            """,
            integer="batch_max directory_mode lock_retries lockfile_mode maildir_retries mode",
            time="lock_fcntl_timeout lock_flock_timeout lock_interval lockfile_timeout",
            string="""
                batch_id check_string create_file directory directory_file escape_string expand_maildir_use_size_file
                file file_format mailbox_filecount mailbox_size maildir_quota_directory_regex maildir_tag
                maildirfolder_create_regex mailstore_prefix mailstore_suffix message_prefix message_suffix quota
                quota_directory quota_filecount quota_size_regex quota_warn_message quota_warn_threshold
            """,
        ),
        "autoreply": _kinds(
            bool="file_expand file_optional return_message",
            integer="mode once_file_size",
            string="bcc cc file from headers log never_mail once once_repeat reply_to subject text to",
        ),
        "lmtp": _kinds(
            bool="ignore_quota",
            integer="batch_max",
            time="timeout",
            string="batch_id command socket",
        ),
        "pipe": _kinds(
            bool="""
                force_command freeze_exec_fail freeze_signal ignore_status log_defer_output log_fail_output log_output
                permit_coredump pipe_as_creator restrict_to_path return_fail_output return_output timeout_defer
                use_bsmtp use_crlf use_shell
            """,
            integer="batch_max max_output umask",
            time="timeout",
            string="""
                allow_commands batch_id check_string command environment escape_string message_prefix message_suffix
                path temp_errors
            """,
        ),
        "smtp": _kinds(
            bool="""
                address_retry_include_sender allow_localhost authenticated_sender_force delay_after_cutoff
                dns_qualify_single dns_search_parents gethostbyname hosts_override hosts_randomize keepalive
                lmtp_ignore_quota multi_domain retry_include_ip_address tls_tempfail_tryclear
            """,
            integer="""
                connection_max_messages hosts_max_try hosts_max_try_hardlimit max_rcpt message_linelength_limit
                size_addition tls_dh_min_bits
            """,
            time="command_timeout connect_timeout data_timeout final_timeout",
            string="""
                authenticated_sender dane_require_tls_ciphers dkim_canon dkim_domain dkim_hash dkim_identity
                dkim_private_key dkim_selector dkim_sign_headers dkim_strict dkim_timestamps dnssec_request_domains
                dnssec_require_domains dscp fallback_hosts helo_data host_name_extract hosts hosts_avoid_esmtp
                hosts_avoid_pipelining hosts_avoid_tls hosts_nopass_tls hosts_noproxy_tls hosts_pipe_connect
                hosts_request_ocsp hosts_require_alpn hosts_require_auth hosts_require_dane hosts_require_ocsp
                hosts_require_tls hosts_try_auth hosts_try_chunking hosts_try_dane hosts_try_fastopen hosts_try_prdr
                hosts_verify_avoid_tls interface port protocol serialize_hosts socks_proxy tls_alpn tls_certificate
                tls_crl tls_privatekey tls_require_ciphers tls_resumption_hosts tls_sni tls_try_verify_hosts
                tls_verify_cert_hostnames tls_verify_certificates tls_verify_hosts utf8_downconvert
            """,
        ),
    },
    "authenticators": {
        "cram_md5": _kinds(
            string="client_name client_secret server_secret",
        ),
        "external": _kinds(
            string="client_send server_param2 server_param3",
        ),
        "plaintext": _kinds(
            bool="client_ignore_invalid_base64",
            string="client_send server_prompts",
        ),
    },
}

# Of other builds.
ELSEWHERE = _kinds(
    bool="dcc_direct_add_header ldap_start_tls perl_at_start perl_taintmode",
    integer="ldap_version",
    time="sqlite_lock_timeout",
    string="""
        acl_not_smtp_mime acl_smtp_mime av_scanner dccifd_address dccifd_options dmarc_forensic_sender
        dmarc_history_file dmarc_tld_file hosts_proxy ibase_servers ldap_ca_cert_dir ldap_ca_cert_file ldap_cert_file
        ldap_cert_key ldap_cipher_suite ldap_default_servers ldap_require_cert mysql_servers oracle_servers perl_startup
        pgsql_servers redis_servers spamd_address spf_guess spf_smtp_comment_template sqlite_dbfile
    """,
)
ELSEWHERE_DRIVERS = {
    "routers": {},
    "transports": {
        "queuefile": _kinds(
            string="directory",
        ),
    },
    "authenticators": {
        "cyrus_sasl": _kinds(
            string="server_hostname server_mech server_realm server_service",
        ),
        "dovecot": _kinds(
            bool="server_tls",
            string="server_socket",
        ),
        "spa": _kinds(
            string="client_domain client_password client_username server_password",
        ),
        "tls": _kinds(
            string="server_param1 server_param2 server_param3",
        ),
    },
}
