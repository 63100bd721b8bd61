// Anycast addresses at a router of BIRD: announced, withdrawn, drained, and withdrawn by themselves once their director is dead.

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { dump } from 'js-yaml';
import { askStatus, configPath, operate, regent, startConfigured } from '../../netns/controller/operated-director.ts';
import { until } from '../../netns/namespaces.ts';
import { closeHosts, ended, type Host, logs, openHosts, pidOf, signal, sleep } from '../../netns/vrrp/hosts.ts';
import { isRouted, startBirds } from './bird.ts';

const four = '192.0.2.10';
const six = '2001:db8::10';
const lease = 3;

/** Lease, a second of the kernel's lateness, and some for BIRD and a busy machine. */
const mostAfterDeath = (lease + 1 + 4) * 1000;

const entry = (more: object = {}): object => ({
  name: 'web',
  addresses: [`${four}/32`, `${six}/128`],
  start_delay: '0s',
  drain: '6s',
  ...more,
});

describe('anycast addresses', function () {
  this.timeout(300_000);
  let host: Host;
  let router: Host;
  let director: ChildProcess;

  const configure = (entries: readonly object[], more: object = {}): void =>
    writeFileSync(
      configPath(host),
      dump({ director: 'lb0', anycast: { lease: `${lease}s`, addresses: entries, ...more } }),
    );
  const start = async (): Promise<void> => {
    director = startConfigured(host);
    await until('it is announced', () => isRouted(router, four) && isRouted(router, six), 90_000);
  };
  const on = (name: string): string => {
    try {
      return host.namespace.run('ip', '-o', 'address', 'show', 'dev', name);
    } catch {
      return ''; // there is no such interface
    }
  };
  const stateOf = async (name = 'web'): Promise<string | undefined> =>
    (await askStatus(host))?.anycast?.addresses.find((one) => one.name === name)?.state;
  const isAnswering = (address: string): boolean => {
    try {
      router.namespace.run(
        'ip',
        'route',
        'replace',
        `${address}${address.includes(':') ? '/128' : '/32'}`,
        'via',
        address.includes(':') ? 'fd00:55::11' : '192.168.55.11',
        'table',
        '77',
      );
      router.namespace.run('ping', '-c', '1', '-W', '1', '-m', '77', address);
      return true;
    } catch {
      return false;
    }
  };
  const took = async (what: string, condition: () => boolean, limit?: number): Promise<number> => {
    const begun = performance.now();
    await until(what, condition, limit);
    return performance.now() - begun;
  };

  before(async () => {
    [host, router] = openHosts();
    for (const family of ['-4', '-6'])
      router.namespace.run('ip', family, 'rule', 'add', 'fwmark', '77', 'table', '77', 'priority', '10');
    await startBirds(host, router);
    configure([entry()]);
    await start();
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state !== 'passed')) console.error(host.log());
    await closeHosts();
  });

  it('are on an interface that regent made, with a lease and without duplicate address detection', async () => {
    assert.match(on('regent0'), /inet 192\.0\.2\.10\/32 .*valid_lft [1-3]sec/);
    assert.match(on('regent0'), /inet6 2001:db8::10\/128 .*nodad/);
    assert.doesNotMatch(on('regent0'), /fe80|tentative/);
    assert.equal(await stateOf(), 'announced');
    await logs(host, /announces 192\.0\.2\.10\/32 2001:db8::10\/128: this director runs/);
  });

  it('are withdrawn by a handover, served for their drain, then released, and come back by resume', async () => {
    // Longer than the router takes beside other work.
    configure([entry({ drain: '15s' })]);
    assert.equal(regent(host, 'reload').code, 0);
    const handover = operate(host, 'handover', 'web');
    const withdrawn = await took('it is withdrawn', () => !isRouted(router, four) && !isRouted(router, six), 20_000);
    assert.match(on('lo'), /192\.0\.2\.10\/32/);
    assert.ok(isAnswering(four) && isAnswering(six), 'it is served while it drains');
    assert.equal(await stateOf(), 'draining');
    const { code, out } = await handover;
    assert.equal(code, 0, out);
    assert.match(out, /web: handed over, until regent resume web/);
    assert.doesNotMatch(on('lo') + on('regent0'), /192\.0\.2\.10|2001:db8::10/);
    assert.equal(await stateOf(), 'released');
    assert.equal(regent(host, 'resume', 'web').out, 'web: resumed; anycast addresses are announced again\n');
    const announced = await took(
      'it is announced again',
      () => isRouted(router, four) && isRouted(router, six),
      10_000,
    );
    console.log(`      withdrawn after ${Math.round(withdrawn)} ms, announced after ${Math.round(announced)} ms`);
    configure([entry()]);
    assert.equal(regent(host, 'reload').code, 0);
  });

  for (const name of ['SIGKILL', 'SIGSTOP'] as const)
    it(`are withdrawn by themselves after ${name} of all processes`, async () => {
      await sleep(1500);
      const regents = [director.pid ?? Number.NaN, pidOf(host, 'vrrp'), pidOf(host, 'healthcheck')];
      for (const pid of regents) signal(pid, name);
      const span = await took(
        'it is withdrawn',
        () => !isRouted(router, four) && !isRouted(router, six),
        mostAfterDeath,
      );
      console.log(`      withdrawn ${Math.round(span)} ms after ${name}`);
      if (name === 'SIGSTOP') {
        for (const pid of regents) signal(pid, 'SIGCONT');
        await until('it is announced again', () => isRouted(router, four) && isRouted(router, six));
      } else await start();
    });

  it('stay while the controller is killed and started again, and while vrrp is replaced or killed', async () => {
    // Longer than a new vrrp takes to start beside other work.
    configure([entry()], { lease: '15s' });
    assert.equal(regent(host, 'reload').code, 0);
    await until('the lease is longer', () => /192\.0\.2\.10\/32 .*valid_lft 1\dsec/.test(on('regent0')));
    const gaps: string[] = [];
    let running = true;
    const watching = (async () => {
      while (running) {
        for (const address of [four, six])
          if (!isRouted(router, address)) gaps.push(`${new Date().toISOString()} ${address}: ${on('regent0')}`);
        await sleep(10);
      }
    })();
    director.kill('SIGKILL');
    await ended(director);
    director = startConfigured(host);
    await until('the next controller knows them', async () => (await stateOf()) === 'announced');
    assert.equal(regent(host, 'replace', 'vrrp').code, 0);
    await sleep(3000);
    const killed = pidOf(host, 'vrrp');
    signal(killed, 'SIGKILL');
    await until('the next vrrp is there', () => pidOf(host, 'vrrp') > 0 && pidOf(host, 'vrrp') !== killed);
    await sleep(4000);
    assert.equal(await stateOf(), 'announced');
    running = false;
    await watching;
    assert.deepEqual(gaps, [], host.log().slice(-4000));
    configure([entry()]);
    assert.equal(regent(host, 'reload').code, 0);
    await until('the lease is shorter again', () => /192\.0\.2\.10\/32 .*valid_lft [1-3]sec/.test(on('regent0')));
  });

  it('come back after another program has removed them, or their interface', async () => {
    host.namespace.run('ip', 'address', 'del', `${four}/32`, 'dev', 'regent0');
    await until('the address is back', () => on('regent0').includes(four));
    host.namespace.run('ip', 'link', 'del', 'regent0');
    await until('the interface is back', () => on('regent0').includes(four) && on('regent0').includes(six));
    await until('it is announced again', () => isRouted(router, four) && isRouted(router, six));
    host.namespace.run('ip', 'link', 'set', 'regent0', 'down');
    await until('the interface is up', () => /UP/.test(host.namespace.run('ip', 'link', 'show', 'regent0')));
    await until('it is announced again', () => isRouted(router, four) && isRouted(router, six));
    await logs(host, /was missing on regent0, and is there again/);
  });

  it('are added and removed by a reload, which leaves the others alone', async () => {
    const other = { name: 'dns', addresses: ['192.0.2.53'], start_delay: '0s', drain: '4s' };
    let gaps = 0;
    let running = true;
    const watching = (async () => {
      while (running) {
        if (!isRouted(router, four) || !isRouted(router, six)) gaps += 1;
        await sleep(10);
      }
    })();
    configure([entry(), other]);
    assert.match(regent(host, 'reload').out, /hitless +anycast dns +is added with 192\.0\.2\.53\/32/);
    await until('the other is announced', () => isRouted(router, '192.0.2.53'));
    configure([entry({ drain: '4s' }), other], { lease: '2s' });
    assert.match(regent(host, 'reload').out, /anycast +lease 3 s -> 2 s/);
    await until('the lease is shorter', () => /192\.0\.2\.10\/32 .*valid_lft [12]sec/.test(on('regent0')));
    configure([entry({ drain: '4s' })], { lease: '2s' });
    assert.match(regent(host, 'reload').out, /anycast dns +is removed: it is withdrawn, served for 4 s more, then/);
    await until('the other is withdrawn', () => !isRouted(router, '192.0.2.53'), 20_000);
    assert.match(on('lo'), /192\.0\.2\.53/);
    await until('the other is released', () => !on('lo').includes('192.0.2.53'), 20_000);
    configure([entry()]);
    assert.equal(regent(host, 'reload').code, 0);
    running = false;
    await watching;
    assert.equal(gaps, 0);
  });

  it("leave this host's own copy on lo alone", async () => {
    host.namespace.run('ip', 'address', 'add', `${four}/32`, 'dev', 'lo');
    assert.equal((await operate(host, 'handover', 'web')).code, 0);
    assert.match(on('lo'), /192\.0\.2\.10\/32 .*forever/);
    assert.doesNotMatch(on('regent0'), /192\.0\.2\.10/);
    host.namespace.run('ip', 'address', 'del', `${four}/32`, 'dev', 'lo');
    assert.equal(regent(host, 'resume').code, 0);
    await until('it is announced again', () => isRouted(router, four) && isRouted(router, six));
  });

  it('move to another interface by a reload', async () => {
    configure([entry()], { interface: 'regent1' });
    assert.match(regent(host, 'reload').out, /anycast web +interface regent0 -> regent1: withdrawn until the routing/);
    await until('they have moved', () => on('regent1').includes(four) && on('regent0') === '');
    assert.ok(isRouted(router, four) && isRouted(router, six));
    configure([entry()]);
    assert.equal(regent(host, 'reload').code, 0);
    await until('they have moved back', () => on('regent0').includes(four) && on('regent1') === '');
    await until('it is announced', () => isRouted(router, four) && isRouted(router, six));
  });

  it('move to a virtual router and back, and are not drained beside its master', async () => {
    const vrrp = { routers: [{ name: 'vip', interface: 'enp0s9', virtual_router_id: 51, addresses: [`${four}/32`] }] };
    const others = entry({ addresses: [`${six}/128`] });
    writeFileSync(
      configPath(host),
      dump({ director: 'lb0', vrrp, anycast: { lease: `${lease}s`, addresses: [others] } }),
    );
    const { out } = regent(host, 'reload');
    assert.match(out, /anycast web +gives 192\.0\.2\.10\/32 up to router vip: withdrawn and released at once/);
    await until('it is withdrawn', () => !isRouted(router, four) && !on('regent0').includes(four));
    assert.doesNotMatch(on('lo'), /192\.0\.2\.10/);
    assert.ok(isRouted(router, six));
    await until('the router has it', () => on('enp0s9').includes(four), 20_000);
    await logs(host, /releases 192\.0\.2\.10\/32: router vip has it now/);
    configure([entry()]);
    assert.equal(regent(host, 'reload').code, 0);
    await until('it is announced', () => isRouted(router, four) && isRouted(router, six));
    assert.doesNotMatch(on('enp0s9'), /192\.0\.2\.10/);
  });

  it('are drained by a stop, which removes the interface', async () => {
    director.kill('SIGTERM');
    await until('it is withdrawn', () => !isRouted(router, four) && !isRouted(router, six), 20_000);
    assert.match(on('lo'), /192\.0\.2\.10\/32/);
    assert.ok(isAnswering(four) && isAnswering(six), 'it is served while it drains');
    assert.equal(await ended(director), 0);
    assert.equal(on('regent0'), '');
    assert.doesNotMatch(on('lo'), /192\.0\.2\.10|2001:db8::10/);
  });

  it('are not announced on an interface of another program, which stays', async () => {
    host.namespace.run('ip', 'link', 'add', 'regent0', 'type', 'bridge');
    director = startConfigured(host);
    await until('the status says so', async () =>
      /not a dummy interface/.test((await askStatus(host))?.anycast?.fault ?? ''),
    );
    host.namespace.run('ip', 'link', 'del', 'regent0');
    await until('it is announced', () => isRouted(router, four) && isRouted(router, six));
    director.kill('SIGTERM');
    assert.equal(await ended(director), 0);
    host.namespace.run('ip', 'link', 'add', 'regent0', 'type', 'dummy');
    await start();
    director.kill('SIGTERM');
    assert.equal(await ended(director), 0);
    assert.match(host.namespace.run('ip', 'link', 'show', 'regent0'), /regent0/);
  });
});
