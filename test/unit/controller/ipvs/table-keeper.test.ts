// The table of a kernel that may have no IPVS yet: opened when the configuration needs it, tried again with back-off.

import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { Instant } from '../../../../base/units.ts';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { parseConfig } from '../../../../config/source/load.ts';
import { explainNoTable, type IpvsTable } from '../../../../controller/ipvs/table.ts';
import { keepTable, type TableKeeper } from '../../../../controller/ipvs/table-keeper.ts';

const parse = (text: string): DirectorConfig => {
  const result = parseConfig(`director: lb0\nvrrp: { routers: [] }\n${text}`, 'f');
  if (!result.ok) throw new Error(text);
  return result.config;
};
const none = parse('');
const web = parse('virtual_services: [{ name: web, address: "10.0.0.1:80", real_servers: [{ address: 10.0.0.2 }] }]');
const sync = parse('connection_sync: { interface: eth0, sync_id: 1 }');

describe('the IPVS table of a kernel that may lack it', () => {
  let [hasIpvs, now] = [false, 0];
  let isLost = false;
  let did: string[] = [];
  let opened: DirectorConfig | undefined;
  let explain: typeof explainNoTable;
  const table = {
    pass: () => did.push('pass'),
    configure: () => did.push('configure'),
    isLost: () => isLost,
    close: () => did.push('close'),
  } as unknown as IpvsTable;
  const keep = (config: DirectorConfig): TableKeeper =>
    keepTable(
      {
        config,
        stateDirectory: '/nowhere',
        standingOf: () => ({ health: 'up', drained: false }),
        onJudged: () => undefined,
        onTurn: () => undefined,
        onOpen: () => did.push('opened'),
        clock: () => now as Instant,
        log: (level) => did.push(level),
      },
      ({ config: wanted }) => {
        opened = wanted;
        did.push('open');
        if (hasIpvs) return table;
        throw new Error('ENOENT');
      },
      (error) => explain(error),
    );
  beforeEach(() => {
    [hasIpvs, isLost, now, did, explain] = [false, false, 0, [], explainNoTable];
  });

  it('is not opened where the configuration needs none', () => {
    const keeper = keep(none);
    keeper.configure(none);
    keeper.pass();
    assert.deepEqual([did, keeper.table(), keeper.fault()], [[], undefined, undefined]);
  });

  for (const [what, config] of [
    ['services', web],
    ['connection synchronisation', sync],
  ] as const)
    it(`is opened for ${what}, and its fault said once as an error`, () => {
      const keeper = keep(none);
      keeper.configure(config);
      for (now = 0; now < 3000; now += 500) keeper.pass();
      assert.equal(keeper.fault(), 'the IPVS table cannot be opened: ENOENT');
      assert.equal(did.filter((one) => one === 'error').length, 1);
    });

  it('has its fault at once on a kernel without IPVS, and logs it once modprobe has been asked', async () => {
    explain = () => ({ why: 'no IPVS', more: Promise.resolve('no IPVS, nor a module') });
    const keeper = keep(web);
    keeper.configure(web);
    assert.deepEqual([keeper.fault(), did], ['no IPVS', ['open']]);
    await setImmediate();
    assert.deepEqual([keeper.fault(), did], ['no IPVS, nor a module', ['open', 'error']]);
    now = 1000;
    keeper.pass();
    await setImmediate();
    assert.deepEqual(did, ['open', 'error', 'open', 'debug']);
    hasIpvs = true;
    now = 10_000;
    keeper.pass();
    assert.equal(keeper.fault(), undefined);
  });

  it('is tried again ever later, at least every 30 s', () => {
    const keeper = keep(web);
    keeper.configure(web);
    const at: number[] = [];
    for (now = 0; now < 200_000; now += 500) {
      did = [];
      keeper.pass();
      if (did.includes('open')) at.push(now / 1000);
    }
    const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0));
    assert.deepEqual(pauses.slice(-6), [13, 26, 30, 30, 30, 30]);
  });

  it('is taken up once it is there, and then passes and changes as ever', () => {
    const keeper = keep(none);
    keeper.configure(web);
    [hasIpvs, now, did] = [true, 1000, []];
    keeper.pass();
    assert.deepEqual(did, ['open', 'info', 'opened', 'pass']);
    assert.equal(opened, web);
    assert.deepEqual([keeper.table(), keeper.fault()], [table, undefined]);
    keeper.configure(sync);
    assert.equal(did.at(-1), 'configure');
  });

  it('is opened anew after ip_vs was unloaded, with a fault until then', () => {
    const keeper = keep(web);
    hasIpvs = true;
    keeper.configure(web);
    [isLost, hasIpvs, did] = [true, false, []];
    keeper.pass();
    assert.deepEqual(did, ['close', 'error']);
    assert.deepEqual([keeper.table(), keeper.fault()], [undefined, 'ip_vs was unloaded, with all virtual services']);
    [isLost, hasIpvs, now, did] = [false, true, 500, []];
    keeper.pass();
    assert.deepEqual(did, ['open', 'info', 'opened', 'pass']);
    assert.equal(keeper.fault(), undefined);
  });

  it('may be unloaded where no service is configured, and is opened anew for the next', () => {
    const keeper = keep(web);
    hasIpvs = true;
    keeper.configure(web);
    keeper.configure(none);
    [isLost, did] = [true, []];
    keeper.pass();
    assert.deepEqual(did, ['pass']);
    keeper.configure(web);
    assert.deepEqual(did, ['pass', 'close', 'error', 'open', 'info', 'opened']);
  });

  it('is no fault any more once no service is configured', () => {
    const keeper = keep(web);
    keeper.configure(web);
    keeper.configure(none);
    assert.equal(keeper.fault(), undefined);
  });
});
