// Each finding of the doctor is provoked on a host of its own, and is gone once the printed command was run there.

import assert from 'node:assert/strict';
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dump } from 'js-yaml';
import { milliseconds } from '../../../config/units.ts';
import type { Finding } from '../../../doctor/finding.ts';
import { interfaceIndex } from '../../../kernel/libc.ts';
import { openVrrpSocket } from '../../../kernel/vrrp-socket.ts';
import { encodeAdvertisement } from '../../../vrrp/packet.ts';
import { connect, createNamespace, type Namespace, removeNamespaces } from '../namespaces.ts';

const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));
const run = promisify(execFile);

type Stage = {
  readonly director: Namespace;
  readonly peer: Namespace;
  /** Behind enp0s8. */
  readonly server: Namespace;
};

const router = (keys: object = {}) => ({
  name: 'vip',
  interface: 'enp0s9',
  virtual_router_id: 51,
  addresses: ['192.168.55.100/32'],
  ...keys,
});
const service = {
  name: 'web',
  address: '192.168.55.100:80',
  real_servers: [{ name: 'rs0', address: '192.168.66.111:80' }],
};

describe('regent doctor', function () {
  this.timeout(60_000);
  let folder: string;
  let stage: Stage;
  let running: ChildProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-doctor-'));
    const [director, peer, server] = ['lb0', 'lb1', 'rs0'].map(createNamespace) as [Namespace, Namespace, Namespace];
    connect(
      { namespace: director, interface: 'enp0s9', addresses: ['192.168.55.11/24'] },
      { namespace: peer, interface: 'enp0s9', addresses: ['192.168.55.12/24'] },
    );
    connect(
      { namespace: director, interface: 'enp0s8', addresses: ['192.168.66.11/24'] },
      { namespace: server, interface: 'enp0s8', addresses: ['192.168.66.111/24'] },
    );
    stage = { director, peer, server };
  });
  afterEach(() => {
    for (const child of running) child.kill('SIGKILL');
    running = [];
    removeNamespaces();
    rmSync(folder, { recursive: true });
  });

  /** What the doctor finds on the director, as data; `prefix` runs it under something else. */
  const examine = async (
    routers: readonly object[],
    services: readonly object[] = [],
    ...prefix: readonly string[]
  ): Promise<readonly Finding[]> => {
    const file = join(folder, 'regent.yaml');
    writeFileSync(file, dump({ director: 'lb0', vrrp: { routers }, virtual_services: services }));
    const command = [...prefix, process.execPath, program, 'doctor', '-c', file, '--json', '--listen', '1500ms'];
    const { stdout } = await run('ip', ['netns', 'exec', stage.director.name, ...command]).catch(
      (error: { code?: number; stdout?: string; stderr?: string }) => {
        assert.equal(error.code, 1, error.stderr);
        return { stdout: error.stdout ?? '' };
      },
    );
    return (JSON.parse(stdout) as { findings: Finding[] }).findings;
  };
  const about = (findings: readonly Finding[], pattern: RegExp): Finding | undefined =>
    findings.find(({ message }) => pattern.test(message));

  /** Advertises from the peer until the test ends. */
  const advertise = (
    keys: { id?: number; address?: string; version?: 2 | 3; dialect?: 'rfc5798' | 'rfc9568' } = {},
  ) => {
    const source = '192.168.55.12';
    const path = { source, destination: '224.0.0.18' };
    const packet = encodeAdvertisement(
      {
        version: keys.version ?? 3,
        virtualRouterId: keys.id ?? 51,
        priority: 100,
        interval: milliseconds(1000),
        addresses: [keys.address ?? '192.168.55.100'],
      },
      path,
      { dialect: keys.dialect ?? 'rfc5798' },
    );
    const ignore = (): void => undefined;
    const socket = stage.peer.enter(() =>
      openVrrpSocket({
        family: 'ipv4',
        interface: 'enp0s9',
        interfaceIndex: interfaceIndex('enp0s9') ?? 0,
        joinsGroup: false,
        onPacket: ignore,
        onDrop: ignore,
        onError: ignore,
      }),
    );
    const timer = setInterval(() => socket.send(Buffer.from(packet), path), 200);
    return () => {
      clearInterval(timer);
      socket.close();
    };
  };

  it('finds nothing wrong on a sound host that hears its peer', async () => {
    const stop = advertise();
    const findings = await examine([router()]);
    stop();
    assert.deepEqual(findings, []);
  });

  type Provocation = {
    readonly name: string;
    readonly provoke: (stage: Stage) => void;
    readonly pattern: RegExp;
    readonly severity: Finding['severity'];
    readonly routers?: readonly object[];
    readonly services?: readonly object[];
  };
  const inDirector =
    (...commands: readonly string[]) =>
    ({ director }: Stage): void => {
      for (const command of commands) director.run('sh', '-c', command);
    };
  const listenOnServer = ({ server }: Stage): void => {
    const code = "require('net').createServer().listen(80, () => console.log('up'))";
    const child = spawn('ip', ['netns', 'exec', server.name, process.execPath, '-e', code], { stdio: 'ignore' });
    running.push(child);
    execFileSync('sleep', ['0.7']);
  };

  const provocations: readonly Provocation[] = [
    {
      name: 'an interface that is down',
      provoke: inDirector('ip link set dev enp0s9 down'),
      pattern: /is down or has no carrier/,
      severity: 'error',
    },
    {
      name: 'interfaces that answer ARP for each other',
      provoke: inDirector('ip address add 192.168.55.13/24 dev enp0s8', 'sysctl -w net.ipv4.conf.all.arp_ignore=0'),
      pattern: /each answers ARP for the addresses of all/,
      severity: 'warning',
    },
    {
      name: 'a bridge that snoops without a querier',
      provoke: inDirector(
        'ip link add br0 type bridge mcast_snooping 1 mcast_querier 0',
        'ip link set br0 up',
        'ip link set enp0s9 master br0',
      ),
      pattern: /snoops IGMP and has no querier/,
      severity: 'hint',
    },
    {
      name: 'a host that does not forward',
      provoke: inDirector('sysctl -w net.ipv4.ip_forward=0'),
      pattern: /does not forward IPv4/,
      severity: 'warning',
      services: [service],
    },
    {
      name: 'a firewall that drops incoming VRRP',
      provoke: inDirector(
        'nft add table inet filter',
        "nft add chain inet filter input '{ type filter hook input priority 0; policy drop; }'",
      ),
      pattern: /drops VRRP/,
      severity: 'error',
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
    },
    {
      name: 'a real server without a route back',
      provoke: (all) => {
        inDirector('sysctl -w net.ipv4.ip_forward=1')(all);
        listenOnServer(all);
      },
      pattern: /do not come back through the director/,
      severity: 'error',
      services: [service],
    },
  ];
  for (const { name, provoke, pattern, severity, routers = [router()], services } of provocations)
    it(`finds ${name}, and its command mends it`, async () => {
      provoke(stage);
      const findings = await examine(routers, services);
      const finding = about(findings, pattern);
      assert.equal(finding?.severity, severity, JSON.stringify(findings, null, 2));
      assert.ok(finding?.mend !== undefined, 'it names no command');
      (finding.on === 'rs0' ? stage.server : stage.director).run('sh', '-c', finding.mend);
      const rest = await examine(routers, services);
      assert.equal(about(rest, pattern), undefined, JSON.stringify(rest, null, 2));
    });

  type Sight = {
    readonly name: string;
    readonly speak: Parameters<typeof advertise>[0];
    readonly pattern: RegExp;
    /** What the message tells the operator to write. */
    readonly changed: object;
    readonly holds?: boolean;
  };
  const sights: readonly Sight[] = [
    {
      name: 'a foreign router with the same id',
      speak: { address: '192.168.55.77' },
      pattern: /uses virtual_router_id 51 for 192\.168\.55\.77.*such as 1$/,
      changed: { virtual_router_id: 1 },
    },
    {
      name: 'a peer of another version',
      speak: { version: 2 },
      pattern: /speaks version 2.*set version: 2/,
      changed: { version: 2 },
    },
    {
      name: "a peer's other checksum dialect",
      speak: { dialect: 'rfc9568' },
      pattern: /set checksum: rfc9568/,
      changed: { checksum: 'rfc9568' },
    },
  ];
  for (const { name, speak, pattern, changed } of sights)
    it(`finds ${name}, and the change it proposes mends it`, async () => {
      const stop = advertise(speak);
      const before = await examine([router()]);
      const after = await examine([router(changed)]);
      stop();
      assert.ok(about(before, pattern), JSON.stringify(before, null, 2));
      assert.equal(about(after, pattern), undefined, JSON.stringify(after, null, 2));
    });

  it('finds a second master while this host holds the addresses', async () => {
    stage.director.run('ip', 'address', 'add', '192.168.55.100/32', 'dev', 'enp0s9');
    const stop = advertise();
    const before = await examine([router()]);
    stop();
    const after = await examine([router()]);
    assert.ok(about(before, /one does not hear the other/), JSON.stringify(before));
    assert.equal(about(after, /does not hear/), undefined);
  });
  it('hints that nobody was heard', async () =>
    assert.equal(about(await examine([router()]), /no advertisement was heard/)?.severity, 'hint'));
  it('finds a missing interface, and names those there are', async () => {
    const finding = about(await examine([router({ interface: 'enp0s7' })]), /is missing; there are enp0s9, enp0s8/);
    assert.equal(finding?.severity, 'error');
  });
  it('finds an interface without an address', async () => {
    stage.director.run('ip', 'address', 'flush', 'dev', 'enp0s9');
    assert.ok(about(await examine([router()]), /has no IPv4 address of its own/));
  });
  it('hints at an address outside every connected subnet', async () =>
    assert.ok(about(await examine([router({ addresses: ['10.9.9.9/32'] })]), /outside of every connected subnet/)));
  it('finds a kernel without IPVS', async () => {
    const findings = await examine([router()], [service]);
    const hasIpvs = execFileSync('sh', ['-c', 'modprobe -q ip_vs; test -e /proc/net/ip_vs && echo yes || echo no'], {
      encoding: 'utf8',
    });
    assert.equal(about(findings, /has no IPVS/) === undefined, hasIpvs.trim() === 'yes');
  });
  it('finds that it may not send', async () =>
    assert.ok(
      about(
        await examine([router()], [], 'setpriv', '--bounding-set', '-net_raw', '--inh-caps', '-net_raw'),
        /without CAP_NET_RAW/,
      ),
    ));
  it('finds that real-time scheduling is forbidden', async () =>
    assert.ok(
      about(
        await examine([router()], [], 'setpriv', '--bounding-set', '-sys_nice', '--inh-caps', '-sys_nice'),
        /forbids real-time scheduling/,
      ),
    ));
});
