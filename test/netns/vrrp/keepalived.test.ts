// A director and keepalived as peers: whichever starts first and whichever ranks higher, one holds the address.

import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts, sleep, startDirector, virtualAddress } from './hosts.ts';

const keepalived = '/usr/sbin/keepalived';

const startKeepalived = (host: Host, priority: number): void => {
  const path = join(host.directory, 'keepalived.conf');
  writeFileSync(
    path,
    `global_defs {
  vrrp_version 3
}
vrrp_instance vip {
  state BACKUP
  interface enp0s9
  virtual_router_id 51
  priority ${priority}
  advert_int 1
  virtual_ipaddress {
    ${virtualAddress} dev enp0s9
  }
}
`,
  );
  const pids = ['-p', join(host.directory, 'main.pid'), '-r', join(host.directory, 'vrrp.pid')];
  host.start(keepalived, '-n', '-l', '-P', '-f', path, ...pids);
};

describe('a director with keepalived as its peer', function () {
  this.timeout(60_000);
  let director: Host;
  let peer: Host;
  before(() => {
    assert.ok(existsSync(keepalived), `${keepalived} is missing: npm run setup installs it`);
  });
  beforeEach(() => {
    [director, peer] = openHosts();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.error(`${director.log()}\n${peer.log()}`);
    await closeHosts();
  });
  const holders = (): string =>
    [director.holds() ? 'regent' : '', peer.holds() ? 'keepalived' : ''].filter(Boolean).join();

  for (const first of ['regent', 'keepalived'])
    for (const higher of ['regent', 'keepalived'])
      it(`${higher} holds the address when it ranks higher and ${first} started first`, async () => {
        const starts = {
          regent: () => void startDirector(director, higher === 'regent' ? 150 : 100),
          keepalived: () => startKeepalived(peer, higher === 'keepalived' ? 150 : 100),
        };
        starts[first === 'regent' ? 'regent' : 'keepalived']();
        await until(`${first} holds the address alone`, () => holders() === first, 15_000);
        starts[first === 'regent' ? 'keepalived' : 'regent']();
        await sleep(6000);
        for (let poll = 0; poll < 40; poll++) {
          assert.equal(holders(), higher);
          await sleep(50);
        }
      });
});
