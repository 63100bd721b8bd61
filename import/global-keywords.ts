// The keywords of global_defs and of the top level, and their conversion.

import { lost, needless, type Table, used } from './rows.ts';
import { failedProbes, mail, snmp } from './stand-ins.ts';

const sockets = 'regent sizes its buffers itself and reads the kernel again after an overrun';
const scheduling =
  'the vrrp process runs in real time and keeps its memory by itself; set the rest in the systemd unit';
const firewall = 'regent keeps its rules in a table of its own';
const oneProcess = 'the system names and limits processes: systemd units do it for regent';
const once = 'regent announces a new master at once and again whenever it hears another master';

export const globalKeywords: Table = {
  block: 'global_defs',
  into: '',
  rows: [
    used('router_id lvs_id', 'director', 'Reduced to letters, digits, ".", "_" and "-".'),
    used(
      'vrrp_version',
      'vrrp.routers.version',
      "Written to every router without a version; keepalived's default is 2.",
    ),
    used(
      'vrrp_garp_master_refresh',
      'vrrp.routers.announce_every',
      'Written to every router that names none; without it never, 0s.',
    ),
    used('vrrp_down_timer_adverts', 'vrrp.routers.down_after', 'Written to every router that names none.'),
    used('v3_checksum_as_v2', 'vrrp.routers.checksum', 'Becomes `rfc9568` on every router of version 3.'),
    used('default_interface', 'vrrp.routers.interface', 'For an instance that names none.'),
    used(
      'vrrp_strict',
      'vrrp.routers.accept',
      '`accept: false` on every router unless accepted or owned; without authentication and `preempt_delay`. The rest is not enforced.',
    ),
    used('vrrp_startup_delay', 'vrrp.routers.start_delay', 'Written to every router.'),
    used(
      'vrrp_mcast_group4 vrrp_mcast_group6',
      'vrrp.routers',
      'Only the standard groups 224.0.0.18 and ff02::12 are spoken.',
    ),
    lost(
      'script_user',
      'programs run as the user that regent runs as: name another by sudo or setpriv in the command; keepalived removes all scripts where there is no such user',
    ),
    lost('notification_email notification_email_from smtp_server smtp_helo_name smtp_connect_timeout', mail),
    lost('smtp_alert smtp_alert_vrrp smtp_alert_checker no_email_faults no_checker_emails', mail),
    lost('enable_traps enable_snmp_vrrp enable_snmp_keepalived enable_snmp_checker enable_snmp_rfc', snmp),
    lost('enable_snmp_rfcv2 enable_snmp_rfcv3 snmp_socket', snmp),
    lost('snmp_vs_stats_update_interval snmp_rs_stats_update_interval', snmp),
    lost(
      'enable_dbus dbus_service_name dbus_no_interface_name',
      'regent has a control socket instead of D-Bus: `regent status --json`',
    ),
    used(
      'enable_script_security',
      'vrrp.scripts',
      'regent never runs a program that others than root can write. keepalived removes all scripts where it has no user for them.',
    ),
    needless('vrrp_garp_master_repeat vrrp_garp_master_delay vrrp_min_garp vrrp_garp_master_refresh_repeat', once),
    needless('vrrp_garp_lower_prio_repeat vrrp_garp_lower_prio_delay vrrp_lower_prio_no_advert', once),
    needless(
      'vrrp_higher_prio_send_advert',
      'a regent that hears a farewell or a lower priority announces its addresses again',
    ),
    used(
      'vrrp_garp_interval vrrp_gna_interval',
      'vrrp.announce_rate',
      'Becomes the number of announcements per second that may leave an interface.',
    ),
    lost(
      'vrrp_garp_extra_if vrrp_vmac_garp_intvl',
      'regent announces an address on every interface whose network holds it, every `announce_every`',
    ),
    needless('vrrp_skip_check_adv_addr', 'regent compares the addresses of every advertisement; that costs little'),
    used(
      'vrrp_check_unicast_src',
      'vrrp.routers.check_source',
      'True is the default on a router with peers, so it is not written.',
    ),
    lost('vrrp_owner_ignore_adverts', 'an owner that hears another owner logs it'),
    lost('vrrp_delay_after_boot', 'order the systemd unit after what it must wait for, or delay the routers'),
    lost('log_unknown_vrids', 'advertisements for ids that are not configured are ignored'),
    needless('vrrp_iptables vrrp_ipsets nftables nftables_priority nftables_ifindex nftables_counters', firewall),
    needless(
      'nftables_ipvs nftables_ipvs_priority nftables_ipvs_start_fwmark',
      'each address of a service has its own entry in the kernel',
    ),
    used(
      'lvs_sync_daemon lvs_sync_daemon_interface',
      'connection_sync',
      'Both daemons run on every director, master or not.',
    ),
    used('lvs_timeouts', 'ipvs_timeouts'),
    needless('lvs_flush', 'regent adopts what its configuration names and leaves the rest of the IPVS table alone'),
    needless('lvs_flush_on_stop lvs_flush_onstop', 'what regent added goes when it stops'),
    needless('dynamic_interfaces', 'a router whose interface is missing waits in fault until it appears'),
    lost('disable_local_igmp', "set net.ipv4.igmp_link_local_mcast_reports in the host's sysctl configuration"),
    lost('vmac_prefix vmac_addr_prefix', 'regent names its virtual interfaces itself'),
    used(
      'notify_fifo vrrp_notify_fifo lvs_notify_fifo',
      'notifications.fifo',
      "The lines are keepalived's: the second keyword sends those about routers and groups, the third those about servers and services.",
    ),
    lost(
      'notify_fifo_script vrrp_notify_fifo_script lvs_notify_fifo_script',
      'start the reader of the FIFO by a systemd unit',
    ),
    lost(
      'vrrp_notify_priority_changes fifo_write_vrrp_states_on_reload rs_init_notifies',
      'such changes are in the log',
    ),
    lost(
      'startup_script startup_script_timeout shutdown_script shutdown_script_timeout',
      'use ExecStartPre= and ExecStopPost= of the systemd unit',
    ),
    needless(
      'process_names process_name vrrp_process_name checker_process_name lvs_process_name bfd_process_name',
      oneProcess,
    ),
    needless('vrrp_priority checker_priority bfd_priority vrrp_no_swap checker_no_swap bfd_no_swap', scheduling),
    needless(
      'vrrp_rt_priority checker_rt_priority bfd_rt_priority vrrp_rlimit_rttime checker_rlimit_rttime',
      scheduling,
    ),
    needless('bfd_rlimit_rttime vrrp_rlimit_rtime checker_rlimit_rtime bfd_rlimit_rtime', scheduling),
    needless('vrrp_cpu_affinity checker_cpu_affinity bfd_cpu_affinity', scheduling),
    needless('max_auto_priority min_auto_priority_delay', scheduling),
    needless('vrrp_netlink_cmd_rcv_bufs vrrp_netlink_cmd_rcv_bufs_force', sockets),
    needless('vrrp_netlink_monitor_rcv_bufs vrrp_netlink_monitor_rcv_bufs_force', sockets),
    needless('lvs_netlink_cmd_rcv_bufs lvs_netlink_cmd_rcv_bufs_force', sockets),
    needless('lvs_netlink_monitor_rcv_bufs lvs_netlink_monitor_rcv_bufs_force', sockets),
    needless('process_monitor_rcv_bufs process_monitor_rcv_bufs_force', sockets),
    needless('vrrp_rx_bufs_policy vrrp_rx_bufs_multiplier', sockets),
    lost('checker_log_all_failures', failedProbes),
    needless('reload_check_config', 'regent checks a configuration as a whole before it uses any of it'),
    lost('reload_time_file reload_repeat reload_file', 'let a systemd timer do it'),
    needless('include_check', 'an include that finds nothing is always reported'),
    needless('config_save_dir tmp_config_directory data_use_instance', 'regent keeps nothing of the kind'),
    needless(
      'json_version state_dump_file stats_dump_file json_dump_file',
      '`regent status --json` answers at any time',
    ),
    needless('iproute_usr_dir iproute_etc_dir', 'regent takes names of tables and scopes from the configuration alone'),
    needless('use_symlink_paths set_supplementary_groups umask random_seed', 'regent does not need it'),
    needless('namespace_with_ipsets', 'regent uses no ipsets'),
    needless('linkbeat_use_polling', 'the kernel notifies regent of links, without polling'),
  ],
};

/** The keywords allowed at the top level; converted blocks have their own tables. */
export const topKeywords: Table = {
  block: 'the file itself',
  into: '',
  rows: [
    used('global_defs', 'director'),
    used('vrrp_instance', 'vrrp.routers'),
    used('vrrp_sync_group', 'vrrp.groups'),
    used('vrrp_script', 'vrrp.scripts'),
    used('vrrp_track_process', 'vrrp.processes'),
    used('track_file vrrp_track_file', 'vrrp.files'),
    used('bfd_instance', 'vrrp.bfd'),
    used('interface_up_down_delays', 'vrrp.routers.track', 'The delays go to the entries that track the interface.'),
    used('virtual_server', 'virtual_services'),
    used('virtual_server_group', 'virtual_services.addresses', 'With its firewall marks as `firewall_marks`.'),
    used('SSL', 'virtual_services.checks.tls', 'Written to every check of https.'),
    lost(
      'static_ipaddress static_routes static_rules track_group',
      "regent manages what moves with a router; put what stays into the host's own network configuration",
    ),
    lost('garp_group', 'regent has the same rate for every interface, `vrrp.announce_rate`'),
    needless('linkbeat_interfaces linkbeat_use_polling', 'the kernel notifies regent of links, without polling'),
    lost(
      'net_namespace net_namespace_ipvs',
      'start regent in the namespace: NetworkNamespacePath= of the systemd unit',
    ),
    needless('namespace_with_ipsets', 'regent uses no ipsets'),
    needless(
      'instance use_pid_dir',
      'several directors of one host are kept apart by RUNTIME_DIRECTORY and STATE_DIRECTORY',
    ),
    needless('child_wait_time', 'regent ends its processes within 8 s'),
    needless('random_seed', 'regent uses no random numbers in its configuration'),
  ],
};
