// All that a master holds, of every kind: there while it is master, put back and announced when somebody deletes it, gone after.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { connect, until } from '../namespaces.ts';
import { closeHosts, ended, type Host, openHosts, startDirector, virtualAddress } from './hosts.ts';

type Kind = {
  readonly name: string;
  /** How `ip` shows it, where it is there. */
  readonly show: readonly string[];
  readonly shown: RegExp;
  readonly remove: readonly string[];
  /** How the log tells that it is back. */
  readonly restored: RegExp;
};

const address = (name: string, cidr: string, device: string, shown: string): Kind => ({
  name,
  show: ['-oneline', 'address', 'show', 'dev', device],
  shown: new RegExp(`inet6? ${cidr.replaceAll('.', '\\.')} ${shown}`),
  remove: ['address', 'del', cidr, 'dev', device],
  restored: new RegExp(`${cidr.replaceAll('.', '\\.')} was removed from ${device} by somebody else`),
});

const kinds: readonly Kind[] = [
  address('an address', virtualAddress, 'enp0s9', 'scope global dynamic enp0s9'),
  address(
    'an address with traits',
    '192.168.56.1/24',
    'enp0s9',
    'brd 192\\.168\\.56\\.255 scope link dynamic enp0s9:vip',
  ),
  address('an address on another interface', '192.168.66.100/32', 'enp0s8', 'scope global dynamic enp0s8'),
  address('an excluded address', '192.168.57.1/32', 'enp0s9', 'scope global dynamic enp0s9'),
  address('an excluded address of the other family', 'fd00:55::100/128', 'enp0s9', 'scope global .*deprecated'),
];

describe('what a master holds', function () {
  this.timeout(60_000);
  let own: Host;
  let director: ChildProcess;
  const ip = (args: readonly string[]): string => own.namespace.run('ip', ...args);
  const isThere = ({ show, shown }: Kind): boolean => shown.test(ip(show));
  const whereFrom = (): string => own.log().slice(-3000);

  before(async () => {
    const [one, other] = openHosts();
    own = one;
    connect(
      { namespace: own.namespace, interface: 'enp0s8', addresses: ['192.168.66.11/24'] },
      { namespace: other.namespace, interface: 'enp0s8', addresses: ['192.168.66.12/24'] },
    );
    director = startDirector(own, 150, {
      advertisement_interval: '200ms',
      addresses: [
        virtualAddress,
        { address: '192.168.56.1/24', scope: 'link', label: 'enp0s9:vip', broadcast: '192.168.56.255' },
        { address: '192.168.66.100/32', interface: 'enp0s8' },
      ],
      excluded: ['192.168.57.1/32', 'fd00:55::100/128'],
    });
    await until('it rules', () => own.holds(), 15_000);
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) console.error(own.log());
    await closeHosts();
  });

  for (const kind of kinds)
    it(`is ${kind.name}, which is put back`, async () => {
      await until('it is there', () => isThere(kind));
      ip(kind.remove);
      await until('it is back', () => isThere(kind), 2000);
      await until('the log tells it', () => kind.restored.test(own.log()), 2000);
      assert.doesNotMatch(own.log(), /master -> /, whereFrom());
    });

  it('is gone when the director has stopped', async () => {
    director.kill('SIGTERM');
    assert.equal(await ended(director, 15_000), 0);
    for (const kind of kinds) assert.ok(!isThere(kind), kind.name);
  });
});
