// A drill's file: every scenario of the project is valid, and what is wrong is refused with its place.

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { drillNames, loadDrill, parseDrill } from '../../../drill/scenario/load.ts';
import type { Refusal } from '../../../drill/scenario/rules.ts';
import { documentsFor } from '../../../lab/drilling/pair.ts';
import { labRefusal, proveConfigurations } from '../../../lab/drilling/run.ts';

const folder = fileURLToPath(new URL('../../../../lab/drills', import.meta.url));
const head = 'drill: mine\nclient: { get: "http://192.0.2.1/" }\nsteps:\n';

describe('the drills of the project', () => {
  it('are found', () => assert.ok(drillNames(folder).length >= 8));
  for (const name of drillNames(folder))
    it(`${name} is valid, and has the name of its file`, () => assert.equal(loadDrill(name, folder).drill.drill, name));
});

describe('a drill', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['  - { do: cot, director: lb0 }', /mine\.yaml:4:11: .*did you mean "cut"/],
    ['  - { do: cut }', /4:5: cut needs the key "director"/],
    ['  - { do: cut, director: lb0, loss: 3% }', /4:31: cut does not take the key "loss"/],
    ['  - { do: lossy, director: lb0 }', /lossy needs the key "loss"/],
    ['  - { for: 3s }', /exactly one of do, together and random/],
    ['  - { do: wait, random: { seed: 1, for: 1s } }', /exactly one of do, together and random/],
    ['  - { together: [{ do: cut }] }', /4:18: cut needs the key "director"/],
    ['  - { do: wait, expect: { outage: "<= masterdown" } }', /4:35: expected a bound/],
    ['  - { do: wait, expect: { outage: 3 } }', /expected a bound/],
    ['  - { do: wait, expect: { holders: 1s } }', /expected a bound/],
    ['  - { do: wait, expect: { outgae: 1s } }', /unknown key "outgae".*did you mean "outage"/],
    ['  - { do: wait, for: 3 }', /expected a duration.*did you mean "3s"/],
    ['  - { do: jump_clock, director: lb0, by: soon }', /expected a duration with its unit and a sign/],
    ['  - { do: wait }\nabort: { outages: 1s }', /unknown key "outages"/],
    ['  - { random: { seed: -1, for: 1s } }', /expected a whole number/],
    ['  - { do: wait }\nabort: {}', /5:8: missing key "outage"/],
    ['  - { do: thaw, director: lb0 }', /4:27: no earlier step freezes lb0/],
    [
      '  - { do: freeze, director: lb1 }\n  - { together: [{ do: thaw, director: lb0 }] }',
      /5:40: no earlier step freezes lb0/,
    ],
    ['  - { do: wait', /mine\.yaml:/],
    ['  []', /at least one entry/],
    ['  - random: { seed: 1, for: 1s, faults: [cut, mend] }', /4:47: mend is not a fault/],
    ['  - { do: wait, expect: { established: kept } }', /4:40: the client keeps no connection/],
    ['  - { do: wait, expect: { servers: [] } }', /at least one entry/],
    ['  - { do: cut, director: lb0, network: 5.5.% }', /expected a name/],
    ['  - { do: wait }\nfleet: { lease: 1500ms }', /5:17: it is a whole number of seconds from 1s to 60s/],
    ['  - { do: wait }\nfleet: { hold_time: 2s }', /5:21: it is a whole number of seconds from 3s to 60s/],
    ['  - { do: wait }\nfleet: { drain: 90s }', /5:17: it is a whole number of seconds from 1s to 60s/],
    ['  - { do: wait }\nfleet: { directors: [] }', /5:21: expected at least one entry/],
    ['  - { do: wait }\nfleet: { router: quagga }', /5:18: .*bird/],
    ['  - { do: wait }\nconfiguration: [hold]', /5:16: expected a mapping/],
    ['  - { do: wait }\nfleet: {}\nconfiguration: {}', /6:16: .*a fleet is configured by its own keys/],
    ['  - { do: wait, expect: { outage: "<= master_down" } }\nfleet: {}', /4:35: a fleet has no master_down/],
  ];
  for (const [step, message] of wrong)
    it(`is refused: ${step.trim()}`, () =>
      assert.throws(() => parseDrill(`${head}${step}\n`, 'mine.yaml'), { message }));

  it('thaws what it has frozen', () =>
    parseDrill(`${head}  - { do: freeze, director: lb0 }\n  - { do: thaw, director: lb0 }\n`, 'mine.yaml'));

  it('names all its problems at once', () => {
    const text = `${head}  - { do: cut }\n  - { do: kill, director: lb0 }\n`;
    assert.throws(() => parseDrill(text, 'mine.yaml'), /:4:5: cut needs[\s\S]*:5:5: kill needs/);
  });

  it('names what a target cannot do beside other problems', () => {
    const text = `${head}  - { do: cut }\n  - { do: reload, director: lb9 }\n`;
    const refusal = ({ director }: { director?: string | undefined }) => (director === 'lb9' ? 'no lb9' : undefined);
    assert.throws(() => parseDrill(text, 'mine.yaml', refusal), /:4:5: cut needs[\s\S]*:5:11: reload .* no lb9/);
  });

  it('is refused for names in its expectations, and an address, that a target does not have', () => {
    const step = '  - { do: wait, expect: { holder: lb9, servers: [rs0, rs9] } }\n';
    const refusal = ({ director, server, address }: { director?: string; server?: string; address?: string }) =>
      [director, server, address].some((one) => one === 'lb9' || one === 'rs9' || one === '192.0.2.1')
        ? `no ${director ?? server ?? address}`
        : undefined;
    const message = /:2:16: no 192\.0\.2\.1[\s\S]*:4:35: no lb9[\s\S]*:4:55: no rs9/;
    assert.throws(() => parseDrill(`${head}${step}`, 'mine.yaml', refusal as Refusal), { message });
  });

  it('of a fleet or a pair is refused what only the other can do', () => {
    const refusal = labRefusal(['regent']);
    const parse = (step: string, fleet: string) =>
      parseDrill(
        `${head.replace('192.0.2.1', fleet === '' ? '192.168.55.100' : '203.0.113.10')}${step}\n${fleet}`,
        'mine.yaml',
        refusal,
      );
    const fleet = 'fleet: { directors: [bird, frr] }';
    assert.throws(() => parse('  - { do: kill_engine, director: lb0 }', ''), /4:11: .*a pair has no routing daemon/);
    assert.throws(
      () => parse('  - { do: kill_engine, director: lb2 }', fleet),
      /there is no director lb2, only lb0, lb1/,
    );
    assert.throws(() => parse('  - { do: cut, director: lb0, network: 55 }', fleet), /its directors have one network/);
    assert.throws(() => parse('  - { do: rogue, router: 51 }', fleet), /a fleet of the lab cannot do it/);
    assert.equal(parse('  - { do: kill_engine, director: lb1 }', fleet).fleet?.router, 'bird');
  });

  it('names a network by its number', () => {
    const { steps } = parseDrill(`${head}  - { do: cut, director: lb0, network: 55 }\n`, 'mine.yaml');
    assert.equal(steps[0]?.network, '55');
  });

  it("changes the configurations of the lab's pair, which must be valid then", async () => {
    const loaded = (configuration: string) => {
      const text = `${head}  - { do: wait }\nconfiguration: ${configuration}\n`;
      return { drill: parseDrill(text, 'mine.yaml'), file: 'mine.yaml', text };
    };
    await proveConfigurations(loaded('{ split_brain: { witness: 192.168.55.200, reaction: hold } }'));
    const { lb0, lb1 } = await documentsFor(loaded('{ log: { level: debug }, connection_sync: { sync_id: 9 } }').drill);
    const [one, other] = [lb0, lb1] as unknown as Record<'director' | 'log' | 'connection_sync', unknown>[];
    assert.deepEqual([one?.director, other?.director], ['lb0', 'lb1']);
    assert.deepEqual(one?.log, { level: 'debug', format: 'text' });
    assert.deepEqual(other?.connection_sync, { interface: 'enp0s8', sync_id: 9 });
    await assert.rejects(
      proveConfigurations(loaded('{ split_brain: { witness: 192.168.55.100, reaction: hold }, logs: {} }')),
      /lb0\.yaml, with "configuration":\d+:\d+: [\s\S]*unknown key "logs"/,
    );
  });

  it('has defaults', () => {
    const { client, steady, steps } = parseDrill(`${head}  - { do: wait }\n`, 'mine.yaml');
    assert.equal(client.rate, 50);
    assert.equal(steady.expect.failed?.text, '<= 0');
    assert.equal(steps[0]?.for, 2000);
  });

  it('is named, or its name is suggested', () =>
    assert.throws(() => loadDrill('cut-lbo', folder), /no drill "cut-lbo" \(did you mean "cut-lb0"\?\)/));
});
