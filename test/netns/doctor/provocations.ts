// What is provoked on the director's host, and mended there by the command that is printed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import type { Finding, FindingCode } from '../../../doctor/finding.ts';
import type { Namespace } from '../namespaces.ts';
import type { Case } from './case.ts';
import { about, router, router6, service, service6, show } from './documents.ts';
import { type Examined, onStage, type Stage } from './stage.ts';

type Provocation = Examined & {
  readonly name: string;
  readonly code: FindingCode;
  readonly provoke: (stage: Stage) => void;
  /** Where its command is run, if not on the director. */
  readonly mendsOn?: (stage: Stage) => Namespace;
  /** What happens by itself meanwhile. */
  readonly meanwhile?: (stage: Stage) => void;
  readonly pattern: RegExp;
  readonly severity: Finding['severity'];
};

const inDirector =
  (...commands: readonly string[]) =>
  ({ director }: Stage): void => {
    for (const command of commands) director.run('sh', '-c', command);
  };
const listenOnServer = ({ server, start }: Stage): void => {
  start(server, process.execPath, '-e', "require('net').createServer().listen(80, '::')");
  execFileSync('sleep', ['0.7']);
};

const readOnlySettings = 'mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec "$@"';

const provocations: readonly Provocation[] = [
  {
    name: 'another interface with the name of a virtual MAC',
    code: 'virtual-mac-taken',
    provoke: inDirector('ip link add vrrp4-51 type veth peer name away'),
    pattern: /is another interface than the one with 00:00:5e:00:01:33/,
    severity: 'error',
    routers: [router({ virtual_mac: true })],
  },
  {
    name: 'an interface that is down',
    code: 'interface-down',
    provoke: inDirector('ip link set dev enp0s9 down'),
    pattern: /is down or has no carrier/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'an interface without an address',
    code: 'no-source-address',
    provoke: inDirector('ip address flush dev enp0s9'),
    pattern: /has no IPv4 address of its own/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'an interface that has just come up',
    code: 'multicast-unready',
    // Each address is asked for again and again before it is used, until the test has seen enough of that.
    provoke: inDirector(
      'sysctl -w net/ipv6/conf/enp0s9/dad_transmits=99',
      'ip -6 address flush dev enp0s9',
      'ip -6 address add fe80::11/64 dev enp0s9',
    ),
    meanwhile: inDirector('ip -6 address flush dev enp0s9', 'ip -6 address add fe80::11/64 dev enp0s9 nodad'),
    pattern: /has just come up and is not ready/,
    severity: 'hint',
    routers: [router6()],
  },
  {
    name: 'settings that cannot be set',
    code: 'settings-locked',
    provoke: inDirector('sysctl -w net.ipv4.ip_forward=0'),
    pattern: /does not allow setting/,
    severity: 'error',
    prefix: ['unshare', '--mount', 'sh', '-c', readOnlySettings, 'sh'],
    routers: [router()],
    services: [service],
  },
  {
    name: 'a real server that does not answer',
    code: 'server-silent',
    provoke: ({ server }) => {
      server.run('nft', 'add', 'table', 'inet', 'filter');
      const chain = '{ type filter hook input priority 0; policy drop; }';
      server.run('nft', 'add', 'chain', 'inet', 'filter', 'input', chain);
      server.run('nft', 'add', 'rule', 'inet', 'filter', 'input', 'meta', 'l4proto', 'icmpv6', 'accept');
    },
    mendsOn: ({ server }) => server,
    pattern: /does not answer this host at all/,
    severity: 'warning',
    routers: [router()],
    services: [service],
  },
  {
    name: "an address of the host's own behind a virtual one",
    code: 'own-address-behind',
    provoke: inDirector(
      'ip address add 10.9.0.100/24 dev enp0s8',
      'ip address add 10.9.0.5/24 dev enp0s8',
      'sysctl -w net/ipv4/conf/enp0s8/promote_secondaries=0',
    ),
    pattern: /10\.9\.0\.100\/24 of a virtual router came before 10\.9\.0\.5\/24/,
    severity: 'warning',
    routers: [router({ excluded: [{ address: '10.9.0.100/24', interface: 'enp0s8' }] })],
  },
  {
    name: 'interfaces that answer ARP for each other',
    code: 'arp-flux',
    provoke: inDirector('ip address add 192.168.55.13/24 dev enp0s8', 'sysctl -w net.ipv4.conf.all.arp_ignore=0'),
    pattern: /each answers ARP for the addresses of all/,
    severity: 'warning',
    routers: [router()],
  },
  {
    name: 'a bridge that snoops without a querier',
    code: 'bridge-snoops',
    provoke: inDirector(
      'ip link add br0 type bridge mcast_snooping 1 mcast_querier 0',
      'ip link set br0 up',
      'ip link set enp0s9 master br0',
    ),
    pattern: /snoops multicast \(IGMP, MLD\) and has no querier/,
    severity: 'hint',
    routers: [router()],
  },
  {
    name: 'an interface that is the port of a bridge',
    code: 'interface-taken',
    provoke: inDirector('ip link add br0 type bridge', 'ip link set br0 up', 'ip link set enp0s9 master br0'),
    pattern: /is a port of bridge br0, which takes all that arrives/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'ARP that is not answered',
    code: 'address-unanswered',
    provoke: inDirector('sysctl -w net.ipv4.conf.all.arp_ignore=8'),
    pattern: /ARP is not answered: .* is 8, for no address/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'ARP that is switched off',
    code: 'address-unanswered',
    provoke: inDirector('ip link set dev enp0s9 arp off'),
    pattern: /ARP and neighbour discovery switched off/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'a chain of nftables that drops ARP',
    code: 'arp-filtered',
    provoke: inDirector(
      'nft add table arp filter',
      "nft add chain arp filter input '{ type filter hook input priority 0; policy accept; }'",
      'nft add rule arp filter input arp daddr ip 192.168.55.100 drop',
    ),
    pattern: /nftables drops some of it in arp filter input/,
    severity: 'warning',
    routers: [router()],
  },
  {
    name: 'what comes in being dropped, ARP too',
    code: 'arp-filtered',
    provoke: inDirector(
      'nft add table netdev cut',
      "nft add chain netdev cut in '{ type filter hook ingress device enp0s9 priority 0; policy accept; }'",
      'nft add rule netdev cut in ether type arp drop',
      'nft add rule netdev cut in ip daddr 192.0.2.7 drop',
    ),
    pattern: /nftables drops some of it in netdev cut in/,
    severity: 'warning',
    routers: [router()],
  },
  {
    name: 'packets of neighbours that a strict rp_filter drops',
    code: 'address-unanswered',
    provoke: inDirector('sysctl -w net.ipv4.conf.enp0s9.rp_filter=1', 'ip route add 192.168.55.12 dev lo'),
    pattern: /by enp0s9 are dropped: .*rp_filter is strict/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'packets of distant clients that a strict rp_filter drops',
    code: 'distant-dropped',
    provoke: inDirector('sysctl -w net.ipv4.conf.enp0s9.rp_filter=1', 'ip route add default via 192.168.66.111'),
    pattern: /drops packets of clients beyond a router/,
    severity: 'hint',
    routers: [router()],
  },
  {
    name: 'a host that does not forward',
    code: 'not-forwarding',
    provoke: inDirector('sysctl -w net.ipv4.ip_forward=0'),
    pattern: /does not forward IPv4/,
    severity: 'warning',
    routers: [router()],
    services: [service],
  },
  {
    name: 'a host that does not forward IPv6',
    code: 'not-forwarding',
    provoke: inDirector('sysctl -w net.ipv6.conf.all.forwarding=0'),
    pattern: /does not forward IPv6/,
    severity: 'warning',
    routers: [router6()],
    services: [service6],
  },
  {
    name: 'settings that a director wants otherwise',
    code: 'settings-otherwise',
    provoke: inDirector('sysctl -w net/ipv4/conf/all/send_redirects=1 net/ipv4/conf/enp0s9/send_redirects=1'),
    pattern: /net\/ipv4\/conf\/enp0s9\/send_redirects 0, as hosts that receive an ICMP redirect/,
    severity: 'hint',
    routers: [router()],
    services: [service],
  },
  {
    name: 'an interface without IPv6',
    code: 'ipv6-disabled',
    provoke: inDirector('sysctl -w net/ipv6/conf/enp0s9/disable_ipv6=1'),
    pattern: /has IPv6 disabled/,
    severity: 'error',
    routers: [router6()],
  },
  {
    name: 'an interface without a link-local address',
    code: 'no-link-local-address',
    provoke: inDirector('ip link set dev enp0s9 addrgenmode none', 'ip -6 address flush dev enp0s9 scope link'),
    pattern: /has no link-local IPv6 address/,
    severity: 'error',
    routers: [router6()],
  },
  {
    name: 'a firewall that drops incoming VRRP over IPv6 alone',
    code: 'firewall',
    provoke: (stage) => {
      inDirector(
        'nft add table ip6 six',
        "nft add chain ip6 six input '{ type filter hook input priority 0; policy drop; }'",
        'nft add table ip four',
        "nft add chain ip four input '{ type filter hook input priority 0; policy accept; }'",
      )(stage);
      // Until then there is no route to the group.
      execFileSync('sleep', ['1.5']);
    },
    pattern: /drops VRRP over IPv6/,
    severity: 'error',
    routers: [router(), router6()],
  },
  {
    name: 'a firewall that drops incoming VRRP',
    code: 'firewall',
    provoke: inDirector(
      'nft add table inet filter',
      "nft add chain inet filter input '{ type filter hook input priority 0; policy drop; }'",
    ),
    pattern: /drops VRRP/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'a firewall of the kind before nftables',
    code: 'firewall',
    provoke: inDirector('iptables-legacy -A INPUT -p 112 -j DROP'),
    pattern: /drops VRRP/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'a firewall that forbids outgoing VRRP, in two chains',
    code: 'firewall',
    provoke: inDirector(
      'nft add table ip one',
      "nft add chain ip one out '{ type filter hook output priority 0; policy drop; }'",
      'nft add table inet two',
      "nft add chain inet two out '{ type filter hook output priority 10; policy drop; }'",
    ),
    pattern: /blocks sending VRRP/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'a real server without a route back',
    code: 'no-return-route',
    mendsOn: ({ server }) => server,
    provoke: (stage) => {
      inDirector('sysctl -w net.ipv4.ip_forward=1')(stage);
      listenOnServer(stage);
    },
    pattern: /not from 192\.168\.55\.0\/24: replies to clients do not come back through the director/,
    severity: 'error',
    routers: [router()],
    services: [service],
  },
  {
    name: 'a real server without a route back over IPv6',
    code: 'no-return-route',
    mendsOn: ({ server }) => server,
    provoke: (stage) => {
      inDirector('sysctl -w net.ipv6.conf.all.forwarding=1')(stage);
      listenOnServer(stage);
    },
    pattern: /not from fd55::\/64: replies to clients do not come back through the director/,
    severity: 'error',
    routers: [router6()],
    services: [service6],
  },
];

const mends = ({
  provoke,
  code,
  pattern,
  severity,
  mendsOn = ({ director }) => director,
  meanwhile = () => undefined,
  ...examined
}: Provocation): Promise<void> =>
  onStage(async (stage) => {
    provoke(stage);
    const findings = await stage.examine(examined);
    const finding = about(findings, pattern);
    assert.equal(finding?.severity, severity, show(findings));
    assert.equal(finding.code, code);
    assert.ok(finding.mend !== undefined, 'it names no command');
    mendsOn(stage).run('sh', '-c', finding.mend);
    meanwhile(stage);
    const rest = await stage.examine(examined);
    assert.equal(about(rest, pattern), undefined, show(rest));
  });

export const provoked: readonly Case[] = provocations.map((row) => ({
  title: `finds ${row.name}, and its command mends it`,
  code: row.code,
  work: () => mends(row),
}));
