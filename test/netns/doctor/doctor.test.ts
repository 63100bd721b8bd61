// Each finding of the doctor is provoked on a host of its own, and is gone once the printed command was run there.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { Finding } from '../../../doctor/finding.ts';
import { until } from '../namespaces.ts';
import { type Examined, onStage, type Speech, type Stage } from './stage.ts';

const router = (keys: object = {}) => ({
  name: 'vip',
  interface: 'enp0s9',
  virtual_router_id: 51,
  addresses: ['192.168.55.100/32'],
  ...keys,
});
const router6 = (keys: object = {}) => router({ name: 'six', addresses: ['fd55::64/128', 'fe80::64/128'], ...keys });
const service = {
  name: 'web',
  address: '192.168.55.100:80',
  real_servers: [{ name: 'rs0', address: '192.168.66.111:80' }],
};
const service6 = {
  name: 'web6',
  address: '[fd55::64]:80',
  real_servers: [{ name: 'rs0', address: '[fd66::111]:80' }],
};

const about = (findings: readonly Finding[], pattern: RegExp): Finding | undefined =>
  findings.find(({ message }) => pattern.test(message));
const show = (findings: readonly Finding[]): string => JSON.stringify(findings, null, 2);

type Case = { readonly title: string; readonly work: () => Promise<void> };

/** Runs cases side by side, since the doctor mostly listens; not more than the processors bear. @returns what each came to. */
const runAll = async (cases: readonly Case[]): Promise<Map<Case, Case['work']>> => {
  const results = new Map<Case, Case['work']>();
  const waiting = [...cases];
  const worker = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const current = next;
      const result = await current.work().then(
        () => async () => undefined,
        (error: unknown) => () => Promise.reject(error),
      );
      results.set(current, result);
    }
  };
  await Promise.all([worker(), worker(), worker(), worker(), worker()]);
  return results;
};

type Provocation = Examined & {
  readonly name: string;
  readonly provoke: (stage: Stage) => void;
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

const provocations: readonly Provocation[] = [
  {
    name: 'an interface that is down',
    provoke: inDirector('ip link set dev enp0s9 down'),
    pattern: /is down or has no carrier/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'interfaces that answer ARP for each other',
    provoke: inDirector('ip address add 192.168.55.13/24 dev enp0s8', 'sysctl -w net.ipv4.conf.all.arp_ignore=0'),
    pattern: /each answers ARP for the addresses of all/,
    severity: 'warning',
    routers: [router()],
  },
  {
    name: 'a bridge that snoops without a querier',
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
    name: 'a host that does not forward',
    provoke: inDirector('sysctl -w net.ipv4.ip_forward=0'),
    pattern: /does not forward IPv4/,
    severity: 'warning',
    routers: [router()],
    services: [service],
  },
  {
    name: 'a host that does not forward IPv6',
    provoke: inDirector('sysctl -w net.ipv6.conf.all.forwarding=0'),
    pattern: /does not forward IPv6/,
    severity: 'warning',
    routers: [router6()],
    services: [service6],
  },
  {
    name: 'settings that a director wants otherwise',
    provoke: inDirector('sysctl -w net/ipv4/conf/all/send_redirects=1 net/ipv4/conf/enp0s9/send_redirects=1'),
    pattern: /net\/ipv4\/conf\/enp0s9\/send_redirects 0, as a host that is told a shorter way/,
    severity: 'hint',
    routers: [router()],
    services: [service],
  },
  {
    name: 'an interface without IPv6',
    provoke: inDirector('sysctl -w net/ipv6/conf/enp0s9/disable_ipv6=1'),
    pattern: /has IPv6 disabled/,
    severity: 'error',
    routers: [router6()],
  },
  {
    name: 'an interface without a link-local address',
    provoke: inDirector('ip link set dev enp0s9 addrgenmode none', 'ip -6 address flush dev enp0s9 scope link'),
    pattern: /has no link-local IPv6 address/,
    severity: 'error',
    routers: [router6()],
  },
  {
    name: 'a firewall that drops incoming VRRP over IPv6 alone',
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
    provoke: inDirector(
      'nft add table inet filter',
      "nft add chain inet filter input '{ type filter hook input priority 0; policy drop; }'",
    ),
    pattern: /drops VRRP/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'a firewall that forbids outgoing VRRP, in two chains',
    provoke: inDirector(
      'nft add table ip one',
      "nft add chain ip one out '{ type filter hook output priority 0; policy drop; }'",
      'nft add table inet two',
      "nft add chain inet two out '{ type filter hook output priority 10; policy drop; }'",
    ),
    pattern: /forbids to send VRRP/,
    severity: 'error',
    routers: [router()],
  },
  {
    name: 'a real server without a route back',
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

type Sight = {
  readonly name: string;
  readonly speak: Speech;
  readonly pattern: RegExp;
  readonly router: object;
  /** The router with what the message tells the operator to write. */
  readonly changed: object;
};

const sights: readonly Sight[] = [
  {
    name: 'a foreign router with the same id',
    speak: { address: '192.168.55.77' },
    pattern: /uses virtual_router_id 51 for 192\.168\.55\.77.*such as 1$/,
    router: router(),
    changed: router({ virtual_router_id: 1 }),
  },
  {
    name: 'a foreign router with the same id over IPv6',
    speak: { source: 'fe80::12', address: 'fd55::77' },
    pattern: /uses virtual_router_id 51 for fd55::77.*such as 1$/,
    router: router6(),
    changed: router6({ virtual_router_id: 1 }),
  },
  {
    name: 'a peer of another version',
    speak: { version: 2 },
    pattern: /speaks version 2.*set version: 2/,
    router: router(),
    changed: router({ version: 2 }),
  },
  {
    name: 'a peer of version 2 with another interval',
    speak: { version: 2, interval: 2000 },
    pattern: /advertises every 2000 ms, this router every 1000 ms/,
    router: router({ version: 2 }),
    changed: router({ version: 2, advertisement_interval: '2s' }),
  },
  {
    name: "a peer's other checksum dialect",
    speak: { dialect: 'rfc9568' },
    pattern: /set checksum: rfc9568/,
    router: router(),
    changed: router({ checksum: 'rfc9568' }),
  },
];

const mends = ({ provoke, pattern, severity, ...examined }: Provocation): Promise<void> =>
  onStage(async (stage) => {
    provoke(stage);
    const findings = await stage.examine(examined);
    const finding = about(findings, pattern);
    assert.equal(finding?.severity, severity, show(findings));
    assert.ok(finding?.mend !== undefined, 'it names no command');
    (finding.on === 'rs0' ? stage.server : stage.director).run('sh', '-c', finding.mend);
    const rest = await stage.examine(examined);
    assert.equal(about(rest, pattern), undefined, show(rest));
  });

// An interface of IPv6 has no route to the group at first.
const longer = ['--listen', '2500ms'];

const sees = ({ speak, pattern, router: one, changed }: Sight): Promise<void> =>
  onStage(async ({ advertise, examine }) => {
    advertise(speak);
    const before = await examine({ routers: [one], options: longer });
    assert.ok(about(before, pattern), show(before));
    const after = await examine({ routers: [changed], options: longer });
    assert.equal(about(after, pattern), undefined, show(after));
  });

const isSound = (speech: Speech, one: object): Promise<void> =>
  onStage(async ({ advertise, examine }) => {
    advertise(speech);
    const findings = await examine({ routers: [one], options: longer });
    // The other cases keep the processors meanwhile.
    const others = findings.filter(({ message }) => !/timers are late/.test(message));
    assert.deepEqual(others, []);
  });

const options = ['--together', '--listen', '3s'];
const deaf = /doctor.* was(?: not)? heard/;
/** What each of two doctors finds that run at the same time, the director's first. */
const both = ({ examine, peer }: Stage, routers: readonly object[], others = routers) =>
  Promise.all([examine({ routers, options }), examine({ routers: others, options, on: peer })]);

const cases: Case[] = [
  ...provocations.map((row) => ({ title: `finds ${row.name}, and its command mends it`, work: () => mends(row) })),
  ...sights.map((row) => ({ title: `finds ${row.name}, and the change it proposes mends it`, work: () => sees(row) })),
  {
    title: 'finds nothing wrong on a sound host that hears its peer over IPv4',
    work: () => isSound({}, router()),
  },
  {
    title: 'finds nothing wrong on a sound host that hears its peer over IPv6',
    work: () => isSound({ source: 'fe80::12', address: 'fd55::64' }, router6()),
  },
  {
    title: 'finds nothing where each hears the other',
    work: () =>
      onStage(async (stage) => {
        for (const findings of await both(stage, [router(), router6()]))
          assert.equal(about(findings, deaf), undefined, show(findings));
      }),
  },

  {
    title: 'finds the direction in which multicast does not arrive, and peers mend it',
    work: () =>
      onStage(async (stage) => {
        stage.director.run('nft', 'add', 'table', 'netdev', 'lossy');
        const chain = '{ type filter hook ingress device enp0s9 priority 0; }';
        stage.director.run('nft', 'add', 'chain', 'netdev', 'lossy', 'in', chain);
        stage.director.run('nft', 'add', 'rule', 'netdev', 'lossy', 'in', 'ip', 'daddr', '224.0.0.18', 'drop');
        const [here, there] = await both(stage, [router()]);
        assert.match(about(here, deaf)?.message ?? '', /over IPv4: its multicast does not arrive here.*as peers$/);
        assert.equal(about(there, deaf), undefined, show(there));
        const [own, other] = ['192.168.55.11', '192.168.55.12'];
        for (const findings of await both(stage, [router({ peers: [other] })], [router({ peers: [own] })]))
          assert.equal(about(findings, deaf), undefined, show(findings));
      }),
  },

  {
    title: 'finds that it runs alone',
    work: () =>
      onStage(async ({ examine }) => {
        const alone = await examine({ routers: [router({ peers: ['192.168.55.12'] })], options });
        assert.match(about(alone, deaf)?.message ?? '', /the doctor of 192\.168\.55\.12 was not heard/);
      }),
  },
  {
    title: 'finds a second master while this host holds the addresses',
    work: () =>
      onStage(async ({ director, advertise, examine }) => {
        director.run('ip', 'address', 'add', '192.168.55.100/32', 'dev', 'enp0s9');
        const stop = advertise();
        const before = await examine({ routers: [router()] });
        stop();
        const after = await examine({ routers: [router()] });
        assert.ok(about(before, /one does not hear the other/), show(before));
        assert.equal(about(after, /does not hear/), undefined);
      }),
  },
  {
    title: 'finds two masters elsewhere',
    work: () =>
      onStage(async ({ peer, advertise, examine }) => {
        peer.run('ip', 'address', 'add', '192.168.55.13/24', 'dev', 'enp0s9');
        advertise();
        advertise({ source: '192.168.55.13' });
        const findings = await examine({ routers: [router()], options: longer });
        assert.ok(about(findings, /192\.168\.55\.1[23] and 192\.168\.55\.1[23] are both master/), show(findings));
      }),
  },
  {
    title: 'finds a real server that does not answer',
    work: () =>
      onStage(async ({ server, examine }) => {
        server.run('ip', 'link', 'set', 'dev', 'enp0s8', 'down');
        const findings = await examine({ routers: [router()], services: [service] });
        assert.equal(about(findings, /does not answer this host at all/)?.severity, 'warning', show(findings));
      }),
  },
  {
    title: 'finds settings that cannot be set',
    work: () =>
      onStage(async ({ examine }) => {
        const script = 'mount --bind /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys && exec "$@"';
        const prefix = ['unshare', '--mount', 'sh', '-c', script, 'sh'];
        const findings = await examine({ routers: [router()], services: [service], prefix });
        assert.equal(about(findings, /does not let .* be set/)?.severity, 'error', show(findings));
      }),
  },
  {
    title: 'hints that nobody was heard',
    work: () =>
      onStage(async ({ examine }) => {
        const findings = await examine({ routers: [router()] });
        assert.equal(about(findings, /no advertisement was heard/)?.severity, 'hint');
      }),
  },
  {
    title: 'finds a missing interface, and names those there are',
    work: () =>
      onStage(async ({ examine }) => {
        const findings = await examine({ routers: [router({ interface: 'enp0s7' })] });
        assert.equal(about(findings, /is missing; there are enp0s9, enp0s8/)?.severity, 'error');
      }),
  },
  {
    title: 'finds an interface without an address',
    work: () =>
      onStage(async ({ director, examine }) => {
        director.run('ip', 'address', 'flush', 'dev', 'enp0s9');
        assert.ok(about(await examine({ routers: [router()] }), /has no IPv4 address of its own/));
      }),
  },
  {
    title: 'takes the address of an owner for its own',
    work: () =>
      onStage(async ({ examine }) => {
        const findings = await examine({ routers: [router({ priority: 255, addresses: ['192.168.55.11/24'] })] });
        assert.equal(about(findings, /has no IPv4 address of its own/), undefined);
      }),
  },
  ...(
    [
      ['10.9.9.9', router({ addresses: ['10.9.9.9/32'] })],
      ['fd99::9', router6({ addresses: ['fd99::9/128', 'fe80::64/128'] })],
    ] as const
  ).map(([address, one]) => ({
    title: `hints at ${address}, outside every connected subnet`,
    work: () =>
      onStage(async ({ examine }) => {
        const findings = await examine({ routers: [one] });
        assert.match(about(findings, /outside of every connected subnet/)?.message ?? '', new RegExp(`^${address} `));
      }),
  })),
  {
    title: 'finds a kernel without IPVS',
    work: () =>
      onStage(async ({ examine }) => {
        const findings = await examine({ routers: [router()], services: [service] });
        const hasIpvs = execFileSync(
          'sh',
          ['-c', 'modprobe -q ip_vs; test -e /proc/net/ip_vs && echo yes || echo no'],
          {
            encoding: 'utf8',
          },
        );
        assert.equal(about(findings, /has no IPVS/) === undefined, hasIpvs.trim() === 'yes');
      }),
  },
  ...(
    [
      ['it may not send', 'net_raw', /without CAP_NET_RAW/],
      ['it may not change addresses', 'net_admin', /without CAP_NET_ADMIN/],
      ['real-time scheduling is forbidden', 'sys_nice', /forbids real-time scheduling/],
    ] as const
  ).map(([what, capability, pattern]) => ({
    title: `finds that ${what}`,
    work: () =>
      onStage(async ({ examine }) => {
        const prefix = ['setpriv', '--bounding-set', `-${capability}`, '--inh-caps', `-${capability}`];
        assert.ok(about(await examine({ routers: [router()], prefix }), pattern));
      }),
  })),
];

describe('regent doctor', function () {
  this.timeout(240_000);
  let results: Map<Case, Case['work']>;

  before(async () => {
    results = await runAll(cases);
  });
  for (const one of cases)
    it(one.title, () => {
      const result = results.get(one);
      // Should it be tried again, then by itself.
      results.set(one, one.work);
      return result?.();
    });

  it('finds timers that are late', () =>
    onStage(async ({ examine }) => {
      const known = new Set(readdirSync('/proc'));
      const isMeasure = (pid: string): boolean => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('performance.now() + 10');
        } catch {
          return false;
        }
      };
      const measuring = (): number[] =>
        readdirSync('/proc')
          .filter((pid) => /^\d+$/.test(pid) && !known.has(pid) && isMeasure(pid))
          .map(Number);
      const examined = examine({ routers: [router({ advertisement_interval: '100ms' })] });
      await until('the doctor measures', () => measuring().length > 0, 30_000);
      // Its hundred timers take a second: stopped for a while they are late, as by whatever keeps a processor.
      await new Promise((resolve) => setTimeout(resolve, 400));
      const pids = measuring();
      for (const pid of pids) process.kill(pid, 'SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 300));
      for (const pid of pids) process.kill(pid, 'SIGCONT');
      const findings = await examined;
      const late = about(findings, /timers are late by up to \d{3,} ms with advertisements every 100 ms/);
      assert.equal(late?.severity, 'warning', show(findings));
    }));
});
