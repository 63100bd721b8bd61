// A director, a peer before it and a real server behind it, for the doctor to look at; several may be open at once.

import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dump } from 'js-yaml';
import { milliseconds } from '../../../base/units.ts';
import type { Finding } from '../../../doctor/finding.ts';
import { openVrrpSocket } from '../../../kernel/sockets/open-vrrp-socket.ts';
import { vrrpGroups } from '../../../kernel/sockets/vrrp-group.ts';
import { KernelError } from '../../../kernel/system/error.ts';
import { interfaceIndex } from '../../../kernel/system/libc.ts';
import { type IpAddress, ip } from '../../../net/ip-address.ts';
import { encodeAdvertisement } from '../../../vrrp/protocol/packet.ts';
import { connect, createNamespace, type Namespace, until } from '../namespaces.ts';
import { processesOf, signal } from '../vrrp/hosts.ts';

export const program = fileURLToPath(new URL('../../../cli/regent.js', import.meta.url));
const run = promisify(execFile);

export type Examined = {
  readonly routers: readonly object[];
  readonly services?: readonly object[];
  /** Further keys of the file. */
  readonly more?: object;
  /** Runs the doctor under something else. */
  readonly prefix?: readonly string[];
  readonly options?: readonly string[];
  /** Where it runs, if not on the director. */
  readonly on?: Namespace;
};

export type Advertised = {
  readonly id?: number;
  readonly address?: IpAddress;
  readonly version?: 2 | 3;
  readonly dialect?: 'rfc5798' | 'rfc9568';
  readonly interval?: number;
  readonly source?: IpAddress;
};

export type Stage = {
  readonly director: Namespace;
  readonly peer: Namespace;
  /** For files of a test; removed at the end. */
  readonly folder: string;
  /** Behind enp0s8. */
  readonly server: Namespace;
  /** What the doctor finds, as data. */
  readonly examine: (examined: Examined) => Promise<readonly Finding[]>;
  /** Advertises from the peer until it is told to stop. */
  readonly advertise: (advertised?: Advertised) => () => void;
  /** A shell's command that starts a director on a host. */
  readonly startsDirector: (host: Namespace, ...routers: readonly object[]) => string;
  /** Whether the host holds 192.168.55.100, and so is master. */
  readonly holds: (host: Namespace) => boolean;
  /** Runs a program on a host until the stage is closed. */
  readonly start: (host: Namespace, ...command: readonly string[]) => ChildProcess;
  readonly close: () => void;
};

/** Directors outlive a run that is cut short, unless they are ended. */
const folders = new Set<string>();
const endProcesses = (folder: string): void => {
  for (const pid of processesOf(folder)) signal(pid, 'SIGKILL');
};
process.once('exit', () => folders.forEach(endProcesses));

export const openStage = (): Stage => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-doctor-'));
  folders.add(folder);
  const [director, peer, server] = ['lb0', 'lb1', 'rs0'].map(createNamespace) as [Namespace, Namespace, Namespace];
  connect(
    { namespace: director, interface: 'enp0s9', addresses: ['192.168.55.11/24', 'fe80::11/64', 'fd55::11/64'] },
    { namespace: peer, interface: 'enp0s9', addresses: ['192.168.55.12/24', 'fe80::12/64', 'fd55::12/64'] },
  );
  connect(
    { namespace: director, interface: 'enp0s8', addresses: ['192.168.66.11/24', 'fd66::11/64'] },
    { namespace: server, interface: 'enp0s8', addresses: ['192.168.66.111/24', 'fd66::111/64'] },
  );
  const running: ChildProcess[] = [];
  const speaking = new Set<() => void>();

  const examine: Stage['examine'] = async ({
    routers,
    services = [],
    more = {},
    prefix = [],
    options = [],
    on = director,
  }) => {
    const file = join(folder, `${on.name}.yaml`);
    writeFileSync(file, dump({ director: 'lb0', vrrp: { routers }, virtual_services: services, ...more }));
    const doctor = [process.execPath, program, 'doctor', '-c', file, '--json', '--listen', '800ms', ...options];
    const { stdout } = await run('ip', ['netns', 'exec', on.name, ...prefix, ...doctor]).catch(
      (error: { code?: number; stdout?: string; stderr?: string }) => {
        assert.equal(error.code, 1, error.stderr);
        return { stdout: error.stdout || `no JSON: ${error.stderr}` };
      },
    );
    assert.match(stdout, /^\{/);
    const { findings } = JSON.parse(stdout) as { findings: Finding[] };
    for (const finding of findings)
      assert.ok(finding.mend ?? finding.change, `prints no remedy: ${JSON.stringify(finding)}`);
    return findings;
  };

  const advertise: Stage['advertise'] = (advertised = {}) => {
    const source = advertised.source ?? ip('192.168.55.12');
    const family = source.includes(':') ? 'ipv6' : 'ipv4';
    const path = { source, destination: vrrpGroups[family] };
    const packet = encodeAdvertisement(
      {
        version: advertised.version ?? 3,
        virtualRouterId: advertised.id ?? 51,
        priority: 100,
        interval: milliseconds(advertised.interval ?? 1000),
        addresses: [advertised.address ?? ip('192.168.55.100')],
      },
      path,
      { dialect: advertised.dialect ?? 'rfc5798' },
    );
    const ignore = (): void => undefined;
    const socket = peer.enter(() =>
      openVrrpSocket({
        family,
        interface: 'enp0s9',
        interfaceIndex: interfaceIndex('enp0s9') ?? 0,
        joinsGroup: false,
        onPackets: ignore,
        onDrop: ignore,
        onError: ignore,
      }),
    );
    const timer = setInterval(() => {
      try {
        socket.send(Buffer.from(packet), path);
      } catch (error) {
        // An interface that has just come up has no route to the group of IPv6 yet.
        if (!(error instanceof KernelError) || error.code !== 'ENETUNREACH') throw error;
      }
    }, 100);
    const stop = (): void => {
      if (!speaking.delete(stop)) return;
      clearInterval(timer);
      socket.close();
    };
    speaking.add(stop);
    return stop;
  };

  const startsDirector: Stage['startsDirector'] = ({ name }, ...routers) => {
    const own = join(folder, `director-${name}`);
    mkdirSync(own);
    writeFileSync(join(own, 'regent.yaml'), dump({ director: name, vrrp: { routers } }));
    const environment = `RUNTIME_DIRECTORY=${own} STATE_DIRECTORY=${own}`;
    return `${environment} ${process.execPath} ${program} run -c ${own}/regent.yaml >${own}/log 2>&1 &`;
  };

  return {
    folder,
    director,
    peer,
    server,
    examine,
    advertise,
    startsDirector,
    holds: ({ run }) => run('ip', '-brief', 'address').includes('192.168.55.100/32'),
    start: (host, ...command) => {
      const child = spawn('ip', ['netns', 'exec', host.name, ...command], { stdio: 'ignore' });
      running.push(child);
      return child;
    },
    close: () => {
      for (const stop of speaking) stop();
      for (const child of running) child.kill('SIGKILL');
      endProcesses(folder);
      folders.delete(folder);
      for (const namespace of [director, peer, server]) namespace.remove();
      rmSync(folder, { recursive: true });
    },
  };
};

/** Runs an action on a stage of its own. */
export const onStage = async <Value>(action: (stage: Stage) => Promise<Value>): Promise<Value> => {
  const stage = openStage();
  try {
    // The kernel may say a second later that the other end of a pair is there.
    for (const { run } of [stage.director, stage.peer])
      await until('enp0s9 has its carrier', () => / UP /.test(run('ip', '-brief', 'link', 'show', 'dev', 'enp0s9')));
    return await action(stage);
  } finally {
    stage.close();
  }
};
