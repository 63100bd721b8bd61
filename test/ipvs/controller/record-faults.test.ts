// A whole director over the kernel's IPVS, whose disk refuses the record of its entries: the table follows the configuration, the
// status says what is not written, and the next director knows the entries once the disk has let them be written.

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createNamespace, type Namespace, removeNamespaces, until } from '../../netns/namespaces.ts';
import { processesOf } from '../../netns/vrrp/hosts.ts';
import { patience, type RunningDirector, runDirector } from './running-director.ts';

const service = (name: string, address: string): string => `  - name: ${name}
    address: ${address}:80
    checks: []
    real_servers: [{ address: 192.168.66.111:80, weight: 100 }]
`;
const first = service('web', '192.168.55.100');
const second = service('other', '192.168.55.101');
const configuration = (...services: string[]): string =>
  `director: lb0\nvrrp: { routers: [] }\nvirtual_services:\n${services.join('')}log: { format: json }\n`;

describe('a director whose disk refuses the record of its entries', () => {
  let lb: Namespace;
  let director: RunningDirector;
  const hasService = (address: string): boolean => lb.run('ipvsadm', '-L', '-n').includes(`${address}:80`);

  before(async function () {
    this.timeout(2 * patience);
    lb = createNamespace('lb');
    director = await runDirector(lb, configuration(first));
    await until('the table is as configured', () => hasService('192.168.55.100'), patience);
  });
  after(() => {
    director?.remove();
    removeNamespaces();
  });

  it('takes what a reload adds, warns, and records it once the disk lets it', async function () {
    this.timeout(patience);
    const state = join(dirname(director.file), 'state');
    const record = (): string => readFileSync(join(state, 'ipvs.json'), 'utf8');
    const warnings = async (): Promise<string> => JSON.stringify(await director.status());
    // A folder in the place of each file that would replace the old record: whichever process of the director writes it.
    const obstacles = processesOf(dirname(director.file)).map((pid) => join(state, `ipvs.json.${pid}.tmp`));
    for (const obstacle of obstacles) mkdirSync(obstacle);
    writeFileSync(director.file, configuration(first, second));
    await director.reload();
    await until('the table has both', () => hasService('192.168.55.101'), patience);
    await until(
      'the status says so',
      async () => /record of its IPVS entries cannot be written/.test(await warnings()),
      patience,
    );
    assert.doesNotMatch(record(), /192\.168\.55\.101/);
    assert.ok(hasService('192.168.55.100'));
    for (const obstacle of obstacles) rmdirSync(obstacle);
    await until('the entry is recorded', () => record().includes('192.168.55.101'), patience);
    await until('the status is silent', async () => !/cannot be written/.test(await warnings()), patience);
    assert.ok(hasService('192.168.55.100') && hasService('192.168.55.101'));
  });
});
