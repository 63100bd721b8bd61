// The keywords of vrrp_instance and its blocks, and their conversion.

import { key, lost, needless, type Table, used, vitalKey } from './rows.ts';
import { mail, notify } from './stand-ins.ts';
import { exactNumber, wholeNumber, wholeSeconds, word } from './values.ts';

const once = 'regent announces a new master at once and again whenever it hears another master';

export const routerKeywords: Table = {
  block: 'vrrp_instance',
  into: 'vrrp.routers',
  rows: [
    used(
      'state',
      'priority',
      'The priority decides who is master. MASTER only sets the default priority to 255, and cancels `nopreempt`.',
    ),
    vitalKey('interface', 'interface', word, 'Without it `default_interface`, else eth0.'),
    vitalKey('virtual_router_id', 'virtual_router_id', exactNumber(1, 255)),
    used('version', 'version', "keepalived's default is 2 on IPv4 and 3 on IPv6; it is written out."),
    used(
      'priority',
      'priority',
      "keepalived's default is 100, and 255 with `state MASTER`; with 255 `releases_addresses: true` is written.",
    ),
    used('advert_int', 'advertisement_interval', 'Version 2 carries whole seconds: rounded as keepalived does.'),
    used(
      'nopreempt',
      'preempt',
      'Becomes `preempt: false`, except with `state MASTER` or priority 255, where keepalived drops it.',
    ),
    needless('preempt', 'regent preempts by default'),
    used('preempt_delay', 'preempt_delay', 'Dropped with `nopreempt` and with `state MASTER`, as in keepalived.'),
    key('down_timer_adverts', 'down_after', wholeNumber(1, 100)),
    key('garp_master_refresh', 'announce_every', wholeSeconds(0), 'Without it never: `announce_every: 0s`.'),
    key('v3_checksum_as_v2', 'checksum', ({ words: [value] }) => (value === 'off' ? undefined : 'rfc9568')),
    used('virtual_ipaddress', 'addresses', 'Without a length /32 and /128, as in keepalived.'),
    used('virtual_ipaddress_excluded', 'excluded'),
    used('virtual_routes', 'routes', 'In the words of `ip route`; a route with several next hops is not carried.'),
    used(
      'virtual_rules',
      'rules',
      'In the words of `ip rule`; without a priority of their own they are counted down from 16384, as by keepalived.',
    ),
    used(
      'authentication',
      'authentication',
      'Only version 2 has it, and `auth_type PASS` in capital letters; keepalived drops it otherwise.',
    ),
    used('auth_hmac', 'authentication', 'Its keys must be put into a file by hand.'),
    used(
      'unicast_peer',
      'peers',
      'Several blocks are joined; `check_source: false` and `min_ttl: 1` are written, as keepalived asks for neither.',
    ),
    used('unicast_src_ip mcast_src_ip', 'source'),
    used('use_vmac', 'virtual_mac', 'With the name that keepalived gives the interface, such as vrrp.51.'),
    needless('accept', 'a master answers on its addresses'),
    used('no_accept', 'accept'),
    used('track_interface track_script track_process track_file track_bfd', 'track'),
    used('check_unicast_src', 'check_source', 'Becomes true, which is not written.'),
    lost('unicast_ttl', 'regent sends unicast with a TTL of 255'),
    needless('unicast_fault_no_peer', 'regent refuses unicast without peers'),
    lost('old_unicast_checksum', 'no keepalived since 1.3.6 sends it: upgrade the peer'),
    lost('mcast_dst_ip', 'regent speaks to the standard groups 224.0.0.18 and ff02::12 alone'),
    lost('vrf', 'regent has no key for a VRF: name an interface inside it, or start regent in a network namespace'),
    lost('use_vmac_addr', 'regent has one virtual MAC a router, on its own interface'),
    lost('use_ipvlan', "make the ipvlan by the host's network configuration and name it as the interface"),
    lost('vmac_xmit_base', 'regent sends its advertisements from one place alone'),
    needless('native_ipv6', 'the addresses say which family it is'),
    lost('dont_track_primary', 'regent always faults a router whose interface is down: it could not be reached there'),
    lost('track_src_ip', 'track the interface that has the source address'),
    lost('no_virtual_ipaddress', 'a router of regent has at least one address'),
    needless('promote_secondaries', 'regent sets it while a virtual address has a length below 32'),
    needless('linkbeat_use_polling', 'the kernel notifies regent of links, without polling'),
    needless('skip_check_adv_addr', '`address_mismatch: accept` is written: other addresses are reported and count'),
    used(
      'strict_mode',
      'accept',
      '`accept: false` unless accepted or owned; without authentication and `preempt_delay`. The rest is not enforced.',
    ),
    needless('garp_master_repeat garp_master_delay garp_master_refresh_repeat', once),
    needless('garp_lower_prio_repeat garp_lower_prio_delay lower_prio_no_advert', once),
    needless('higher_prio_send_advert', once),
    lost(
      'garp_extra_if vmac_garp_intvl',
      'regent announces an address on every interface whose network holds it, every `announce_every`',
    ),
    lost('owner_ignore_adverts', 'an owner that hears another owner logs that'),
    needless('timer_expired_backup thread_timer_expired', 'a regent that wakes up late steps down before it sends'),
    needless('kernel_rx_buf_size', 'regent sizes its buffers itself'),
    needless('debug', 'keepalived ignores it too'),
    used('lvs_sync_daemon_interface', 'connection_sync.interface', 'An old place of `lvs_sync_daemon`.'),
    lost('notify notify_master notify_backup notify_fault notify_stop notify_deleted', notify),
    lost('notify_master_rx_lower_pri notify_priority_changes', notify),
    lost('smtp_alert', mail),
  ],
};

export const groupKeywords: Table = {
  block: 'vrrp_sync_group',
  into: 'vrrp.groups',
  rows: [
    used('group', 'routers', 'Instances that exist, each in the first group that names it.'),
    used('track_interface track_script track_process track_file track_bfd', 'track'),
    used(
      'global_tracking sync_group_tracking_weight',
      'track',
      'Weights of members are carried; without it they are dropped, as in keepalived.',
    ),
    lost('notify notify_master notify_backup notify_fault notify_stop notify_deleted', notify),
    lost('notify_priority_changes', notify),
    lost('smtp_alert', mail),
  ],
};
