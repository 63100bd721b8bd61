// A configuration is changed while the director runs: mastership and addresses that both name are never gone.

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { until } from '../namespaces.ts';
import { closeHosts, type Host, openHosts, pidOf, sleep } from '../vrrp/hosts.ts';
import {
  addressesNow,
  addressesOf,
  configPath,
  configure,
  operate,
  regent,
  router,
  startConfigured,
  statusOf,
} from './operated-director.ts';

const [vip, other, third] = ['192.168.55.100/32', '192.168.55.101/32', '192.168.55.102/32'] as const;

describe('a reload', function () {
  this.timeout(120_000);
  let master: Host;
  let backup: Host;
  let controller: ChildProcess;

  /** The addresses that were on the master at every look from now until `action` has had its effect. */
  const watchDuring = async (action: () => unknown, span = 2500): Promise<{ lasting: string[]; foreign: string[] }> => {
    let lasting = addressesOf(master);
    const foreign = new Set<string>();
    const acting = action();
    const end = performance.now() + span;
    while (performance.now() < end) {
      const now = addressesNow(master);
      lasting = lasting.filter((address) => now.includes(address));
      for (const address of addressesNow(backup)) if (address.endsWith('/32')) foreign.add(address);
      await sleep(10);
    }
    await acting;
    return { lasting, foreign: [...foreign] };
  };

  before(async () => {
    [master, backup] = openHosts();
    configure(master, [router('vip', 51, 150, [vip]), router('extra', 52, 150, [other])]);
    configure(backup, [router('vip', 51, 100, [vip]), router('extra', 52, 100, [other])]);
    controller = startConfigured(master);
    startConfigured(backup);
    await until('the master holds both', () => [vip, other].every((one) => addressesOf(master).includes(one)));
    await until(
      'the backup hears it',
      () => statusOf(backup)?.routers.every(({ master: heard }) => heard) ?? false,
      20_000,
    );
  });
  after(async function () {
    if (this.test?.parent?.tests.some(({ state }) => state === 'failed')) {
      console.error(`${master.log()}\n${backup.log()}`);
    }
    await closeHosts();
  });

  it('changes a priority and keeps the mastership', async () => {
    configure(master, [router('vip', 51, 120, [vip]), router('extra', 52, 150, [other])]);
    assert.match(
      regent(master, 'plan', '-c', `${master.directory}/regent.yaml`).out,
      /router vip\s+priority 150 -> 120/,
    );
    const seen = await watchDuring(async () => assert.equal((await operate(master, 'reload')).code, 0));
    assert.deepEqual(seen, { lasting: ['192.168.55.11/24', vip, other], foreign: [] });
    const heard = statusOf(backup)?.routers.find(({ name }) => name === 'vip')?.master;
    assert.deepEqual([heard?.address, heard?.priority], ['192.168.55.11', 120]);
  });

  it('moves an address from one router to another in one reload, and it never is gone', async () => {
    configure(master, [router('vip', 51, 120, [vip, other]), router('extra', 52, 150, [third])]);
    const planned = regent(master, 'plan', '-c', `${master.directory}/regent.yaml`).out;
    assert.match(planned, /hitless\s+router vip\s+takes 192\.168\.55\.101\/32 over from router extra/);
    const seen = await watchDuring(async () => assert.equal((await operate(master, 'reload')).code, 0));
    assert.deepEqual(seen, { lasting: ['192.168.55.11/24', vip, other], foreign: [] });
    assert.ok(addressesOf(master).includes(third));
  });

  it('on a storm of SIGHUP and commands adds a router and leaves the others alone', async () => {
    const pid = pidOf(master, 'vrrp');
    const since = statusOf(master)?.routers.map(({ since: then }) => then);
    configure(master, [
      router('vip', 51, 120, [vip, other]),
      router('extra', 52, 150, [third]),
      router('new', 53, 150, ['192.168.55.103/32']),
    ]);
    const seen = await watchDuring(async () => {
      const commands = [operate(master, 'reload'), operate(master, 'reload')];
      for (let count = 0; count < 20; count += 1) {
        controller.kill('SIGHUP');
        await sleep(20);
      }
      for (const { code, out } of await Promise.all(commands)) assert.equal(code, 0, out);
    });
    assert.deepEqual(seen.lasting, ['192.168.55.11/24', vip, other, third]);
    const routers = statusOf(master)?.routers ?? [];
    assert.deepEqual(
      routers.map(({ name }) => name),
      ['vip', 'extra', 'new'],
    );
    assert.deepEqual(
      routers.slice(0, 2).map(({ since: then }) => then),
      since,
    );
    assert.equal(pidOf(master, 'vrrp'), pid);
    // Reloads run in order: after this one, none of the storm can read what the next test writes.
    assert.equal((await operate(master, 'reload')).code, 0);
  });

  const tracked = (interval: string, rate: number): object[] => {
    const [first, ...others] = [router('vip', 51, 120, [vip, other]), router('extra', 52, 150, [third])];
    const script = { name: 'up', command: ['/bin/true'], interval };
    configure(
      master,
      [{ ...first, track: [{ script: 'up' }] }, ...others, router('new', 53, 150, ['192.168.55.103/32'])],
      {
        vrrp: { scripts: [script], announce_rate: rate },
      },
    );
    return (JSON.parse(regent(master, 'plan', '-c', configPath(master), '--json').out) as { plan: object[] }).plan;
  };

  it('keeps the mastership where a script that is up is tracked, and looked at otherwise, and tells of it', async () => {
    for (const [interval, rate, ...words] of [
      ['1s', 500, /router vip track script up is added/, /script up is added; vip follows it/],
      [
        '2s',
        100,
        /script up interval 1 s -> 2 s, timeout 1 s -> 2 s; vip follows it/,
        /vrrp announce_rate 500 a second -> 100 a second/,
      ],
    ] as const) {
      const plan = tracked(interval, rate).map((line) => Object.values(line).join(' '));
      for (const word of words)
        assert.ok(
          plan.some((line) => word.test(line)),
          plan.join('\n'),
        );
      const seen = await watchDuring(async () => assert.equal((await operate(master, 'reload')).code, 0));
      assert.deepEqual(seen.lasting.slice(0, 4), ['192.168.55.11/24', vip, other, third]);
    }
    const plan = tracked('2s', 100);
    assert.deepEqual(plan, []);
  });

  it('is refused as a whole when something is wrong, and the director goes on', async () => {
    configure(master, [router('vip', 51, 300, [vip]), router('extra', 52, 150, [other])]);
    const { lasting } = await watchDuring(async () => {
      const { code, out } = await operate(master, 'reload');
      assert.equal(code, 1);
      assert.match(out, /refused.*\n.*regent\.yaml:\d+:\d+: .*300/);
    }, 1000);
    // The router that was added may rule by now.
    assert.deepEqual(lasting.slice(0, 4), ['192.168.55.11/24', vip, other, third]);
    assert.match(regent(master, 'health').out, /not in force/);
  });

  const list = (content: string): string => `[${content.repeat(10)}]`;
  const laughs = Array.from({ length: 9 }, (_, index) => `x${index + 1}: &x${index + 1} ${list(`*x${index},`)}\n`).join(
    '',
  );
  const hostile: [what: string, text: string, words: RegExp][] = [
    ['an alias inside its own anchor', 'director: &d [*d]\n', /:1:15: \*d stands inside its own anchor/],
    ['nested aliases', `x0: &x0 ${list('a,')}\n${laughs}`, /:\d+:\d+: with \*x\d written out the document is larger/],
    ['a thousand mistakes', 'k: 1\n'.repeat(1000), /and \d+ more problems/],
  ];
  for (const [what, text, words] of hostile)
    it(`is refused with ${what}, and the director is there all the time`, async () => {
      const pid = pidOf(master, 'vrrp');
      const since = statusOf(master)?.routers.map(({ since: then }) => then);
      writeFileSync(configPath(master), text);
      const { lasting } = await watchDuring(async () => {
        const { code, out } = await operate(master, 'reload');
        assert.equal(code, 1);
        assert.match(out, words);
        controller.kill('SIGHUP');
      });
      assert.deepEqual(lasting, ['192.168.55.11/24', vip, other, third, '192.168.55.103/32']);
      assert.match(regent(master, 'health').out, /not in force/);
      assert.deepEqual(
        statusOf(master)?.routers.map(({ since: then }) => then),
        since,
      );
      assert.equal(pidOf(master, 'vrrp'), pid);
      assert.equal(controller.exitCode, null);
    });

  it('is refused where the file became a FIFO', async () => {
    rmSync(configPath(master));
    execFileSync('mkfifo', [configPath(master)]);
    const { code, out } = await operate(master, 'reload');
    assert.equal(code, 1);
    assert.match(out, /is a FIFO/);
    rmSync(configPath(master));
  });

  it('removes a router with its address, and the peer takes over what it still has', async () => {
    configure(master, [router('extra', 52, 150, [third])]);
    assert.match(
      regent(master, 'plan', '-c', `${master.directory}/regent.yaml`).out,
      /triggers an election\s+router vip\s+is removed/,
    );
    assert.equal(regent(master, 'reload').code, 0);
    await until('the address is given up', () => !addressesOf(master).includes(vip), 2800);
    await until('the peer takes over after its skew time', () => addressesOf(backup).includes(vip), 2800);
    // The peer's router of that id still has another address alone, as one of another pair.
    await until('it warns of that', () =>
      regent(master, 'health').out.startsWith(
        'router extra: 192.168.55.12 uses virtual router id 52 for other addresses',
      ),
    );
  });

  it('comes by saving the file where watch is true, until it is false', async () => {
    const save = (priority: number, watch: boolean): void =>
      configure(master, [router('extra', 52, priority, [third])], { watch });
    const priority = (): number | undefined => statusOf(master)?.routers[0]?.basePriority;
    save(150, true);
    assert.equal(regent(master, 'reload').code, 0);
    save(140, false);
    await until('what was saved is in force', () => priority() === 140);
    save(130, false);
    await sleep(1000);
    assert.equal(priority(), 140);
  });

  it('leaves a journal that tells of it', () => {
    const { out } = regent(master, 'events', '--since', '10m', '--router', 'extra', '--json');
    const records = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { subject: string; message: string });
    assert.ok(
      records.some(({ message }) => message.startsWith('backup -> master')),
      out,
    );
    assert.ok(records.every(({ subject }) => subject === 'extra'));
  });
});

describe('a reload of unicast routers with one id', function () {
  this.timeout(60_000);
  after(() => closeHosts());

  it('that swap places in the file leaves each its state', async () => {
    const hosts = openHosts();
    const [own, peer] = hosts;
    const unicast = (name: string, priority: number, address: string, with_: string): object => ({
      ...router(name, 51, priority, [address]),
      peers: [with_],
    });
    const led = unicast('led', 100, vip, '192.168.55.12');
    const alone = unicast('alone', 100, other, '192.168.55.13');
    configure(own, [led, alone]);
    configure(peer, [unicast('vip', 150, vip, '192.168.55.11')]);
    for (const host of hosts) startConfigured(host);
    const states = (): string =>
      (statusOf(own)?.routers ?? [])
        .map(({ name, state, master: heard }) => `${name} ${state} ${heard?.address}`)
        .sort()
        .join();
    const settled = 'alone master undefined,led backup 192.168.55.12';
    await until('each has its state', () => states() === settled, 30_000);
    const before = own.log().length;
    configure(own, [alone, led]);
    assert.equal(regent(own, 'reload').code, 0);
    for (const end = performance.now() + 3000; performance.now() < end; await sleep(20))
      assert.ok(addressesOf(own).includes(other) && !addressesOf(own).includes(vip));
    assert.equal(states(), settled);
    assert.doesNotMatch(own.log().slice(before), / -> (master|backup|initialize)/);
  });
});
