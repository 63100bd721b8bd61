// Who serves: quorum and hysteresis, standby and sorry servers, panic, slow start, and what ends each of them.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import type { VirtualServiceConfig } from '../../../../config/model/service-model.ts';
import {
  type JudgementEvent,
  judgeService,
  noMemory,
  type ServerStanding,
  type ServiceJudgement,
  type ServiceMemory,
} from '../../../../controller/ipvs/service-judgement.ts';
import type { Health } from '../../../../healthcheck/messages.ts';
import { serverConfig, serverConfigs, serviceConfig } from './services.ts';

type Given = Health | 'drained' | ServerStanding;

const standing = (given: Given): ServerStanding =>
  typeof given === 'object'
    ? given
    : given === 'drained'
      ? { health: 'up', drained: true }
      : { health: given, drained: false };

/** Judges again and again; each moment gives the standings of rs0, rs1, … in order. */
const story = (service: VirtualServiceConfig) => {
  let memory: ServiceMemory = noMemory;
  return (now: number, ...given: Given[]): ServiceJudgement => {
    const standings = new Map(given.map((one, index) => [`rs${index}`, standing(one)]));
    const judged = service.realServers.map((server) => ({
      server,
      standing: standings.get(server.name) ?? standing('up'),
    }));
    const [next, judgement] = judgeService(service, judged, memory, now as Instant);
    memory = next;
    return judgement;
  };
};

/** The duties in short: a weight, `-` for whoever leaves, `?` for whoever is awaited. */
const duties = ({ duties: all }: ServiceJudgement): string =>
  [...all.values()]
    .map((duty) => (duty.name === 'serve' ? String(duty.weight) : duty.name === 'await' ? '?' : '-'))
    .join(' ');

const events = ({ events: all }: ServiceJudgement): string[] =>
  all.map((event: JudgementEvent) => (event.type === 'mode' ? event.mode : `quorum ${event.quorum}`));

const pair = serviceConfig({ realServers: serverConfigs({}, {}) });
const sorryServer = serverConfig({ name: 'sorry', weight: 1 });

describe('judgement of a service', () => {
  it('lets the healthy serve with their weights, and awaits the unknown', () => {
    const judge = story(serviceConfig({ realServers: serverConfigs({ weight: 3 }, {}, {}) }));
    assert.equal(duties(judge(0, 'up', 'unknown', 'down')), '3 ? -');
  });

  for (const [given, expected] of [
    [{ health: 'up', drained: false, commandedWeight: 50 }, '50'],
    [{ health: 'up', drained: false, checkedWeight: 40 }, '40'],
    [{ health: 'up', drained: false, commandedWeight: 50, checkedWeight: 40 }, '50'],
    [{ health: 'up', drained: false, checkedWeight: 0 }, '0'],
    [{ health: 'down', drained: false, commandedWeight: 50 }, '-'],
    [{ health: 'up', drained: true, commandedWeight: 50 }, '-'],
  ] as [ServerStanding, string][])
    it(`${JSON.stringify(given)}: ${expected}`, () =>
      assert.equal(duties(story(pair)(0, given, 'up')), `${expected} 100`));

  describe('panic', () => {
    it('drains the first that fails, and uses all when none is left', () => {
      const judge = story(pair);
      assert.deepEqual(events(judge(0, 'up', 'up')), ['quorum held']);
      const one = judge(1, 'down', 'up');
      assert.deepEqual([duties(one), one.mode, events(one)], ['- 100', 'normal', []]);
      const none = judge(2, 'down', 'down');
      assert.deepEqual([duties(none), none.mode, events(none)], ['100 100', 'panic', ['quorum lost', 'panic']]);
      assert.deepEqual([none.healthy, none.count], [0, 2]);
      const back = judge(3, 'down', 'up');
      assert.deepEqual([duties(back), events(back)], ['- 100', ['quorum held', 'normal']]);
    });

    it('gives one that served on in it its whole drain timeout when it ends', () => {
      const judge = story({ ...pair, drainTimeout: milliseconds(10_000) });
      judge(0, 'up', 'up');
      judge(1000, 'down', 'down');
      const duty = judge(60_000, 'up', 'down').duties.get('rs1');
      assert.deepEqual(duty, { name: 'leave', why: 'failed', since: 60_000, deadline: 70_000 });
    });

    it('is off with a threshold of 0', () => {
      const judge = story({ ...pair, panicThreshold: 0 });
      judge(0, 'up', 'up');
      assert.equal(duties(judge(1, 'down', 'down')), '- -');
    });

    it('waits for the first verdict of every server', () =>
      assert.equal(duties(story(pair)(0, 'down', 'unknown')), '- ?'));

    it('never uses a server that an operator drains, nor counts it', () => {
      const judge = story(pair);
      judge(0, 'drained', 'up');
      const judgement = judge(1, 'drained', 'down');
      assert.deepEqual([duties(judgement), judgement.mode, judgement.count], ['- 100', 'panic', 1]);
      assert.equal(judge(2, 'drained', { health: 'down', drained: true }).mode, 'normal');
    });

    for (const [healthy, mode] of [
      [0, 'panic'],
      [1, 'panic'],
      [2, 'normal'],
      [3, 'normal'],
    ] as const)
      it(`at 50%, with ${healthy} of 4 healthy: ${mode}`, () => {
        const service = serviceConfig({ panicThreshold: 50, realServers: serverConfigs({}, {}, {}, {}) });
        const given = [0, 1, 2, 3].map((index) => (index < healthy ? 'up' : 'down'));
        const judge = story(service);
        judge(0, 'up', 'up', 'up', 'up');
        const judgement = judge(1, ...(given as Health[]));
        assert.equal(judgement.mode, mode);
        assert.equal(
          duties(judgement),
          mode === 'panic' ? '100 100 100 100' : given.map((one) => (one === 'up' ? '100' : '-')).join(' '),
        );
      });

    it('leaves standby servers out', () => {
      const judge = story(serviceConfig({ realServers: serverConfigs({}, { standby: true }) }));
      judge(0, 'up', 'up');
      assert.equal(duties(judge(1, 'down', 'down')), '100 -');
    });

    it('is not for servers of which none was ever healthy', () => {
      const judge = story(pair);
      const judgement = judge(0, 'down', 'down');
      assert.deepEqual([duties(judgement), judgement.mode, events(judgement)], ['- -', 'normal', ['quorum lost']]);
    });

    it('uses those alone that have been healthy before', () => {
      const judge = story(serviceConfig({ realServers: serverConfigs({}, {}, {}) }));
      assert.equal(duties(judge(0, 'up', 'down', 'up')), '100 - 100');
      assert.deepEqual([duties(judge(1, 'down', 'down', 'down'))], ['100 - 100']);
    });
  });

  describe('sorry server', () => {
    const service = { ...pair, sorryServer };
    it('takes over before panic does, and steps back for the first that recovers', () => {
      const judge = story(service);
      assert.equal(duties(judge(0, 'up', 'up')), '100 100 -');
      assert.equal(duties(judge(1, 'down', 'up')), '- 100 -');
      const lost = judge(2, 'down', 'down');
      assert.deepEqual([duties(lost), lost.mode], ['- - 1', 'sorry']);
      const back = judge(3, 'up', 'down');
      assert.deepEqual([duties(back), back.mode, events(back)], ['100 - -', 'normal', ['quorum held', 'normal']]);
    });

    it('does not jump in while servers are not known yet', () =>
      assert.equal(duties(story(service)(0, 'down', 'unknown')), '- ? -'));

    it('takes over from what is left below the quorum', () =>
      assert.equal(duties(story({ ...service, quorum: 150 })(0, 'up', 'down')), '- - 1'));
  });

  describe('standby servers', () => {
    const service = serviceConfig({ sorryServer, realServers: serverConfigs({}, { standby: true, weight: 5 }) });
    it('serve while the others have lost their quorum, before the sorry server', () => {
      const judge = story(service);
      assert.equal(duties(judge(0, 'up', 'up')), '100 - -');
      assert.deepEqual([duties(judge(1, 'down', 'up'))], ['- 5 -']);
      assert.equal(duties(judge(2, 'down', 'down')), '- - 1');
      assert.equal(duties(judge(3, 'down', 'up')), '- 5 -');
      assert.equal(duties(judge(4, 'up', 'up')), '100 - -');
    });
  });

  describe('quorum', () => {
    const service = serviceConfig({
      quorum: 5,
      hysteresis: 2,
      sorryServer,
      realServers: serverConfigs({ weight: 4 }, { weight: 3 }, { weight: 1 }),
    });
    it('is lost below it less the hysteresis, and held again from it plus the hysteresis', () => {
      const judge = story(service);
      assert.equal(judge(0, 'up', 'down', 'up').quorum, 'held'); // 5
      assert.equal(judge(1, 'down', 'up', 'down').quorum, 'held'); // 3
      assert.equal(judge(2, 'down', 'down', 'up').quorum, 'lost'); // 1
      assert.equal(judge(3, 'up', 'down', 'up').quorum, 'lost'); // 5
      assert.equal(judge(4, 'up', 'up', 'down').quorum, 'held'); // 7
    });

    it('is unknown until enough verdicts are in', () => {
      const judge = story(service);
      assert.equal(judge(0, 'up', 'unknown', 'unknown').quorum, 'unknown');
      assert.equal(judge(1, 'up', 'down', 'down').quorum, 'lost');
    });

    it('is lost without any healthy weight, whatever the hysteresis', () => {
      const judge = story({ ...service, quorum: 3 });
      judge(0, 'up', 'up', 'up');
      assert.equal(judge(1, 'down', 'down', 'up').quorum, 'held');
      assert.equal(judge(2, 'down', 'down', 'down').quorum, 'lost');
    });
  });

  describe('quorum of servers that are not known yet', () => {
    it('is not lost before they are known, and is then as they are', () => {
      const judge = story(serviceConfig({ realServers: serverConfigs({ weight: 3 }, { weight: 3 }), quorum: 4 }));
      assert.equal(judge(0, 'up', 'up').quorum, 'held');
      assert.deepEqual([judge(1, 'unknown', 'unknown').quorum, judge(2, 'up', 'unknown').quorum], ['held', 'held']);
      assert.equal(judge(3, 'down', 'unknown').quorum, 'lost');
      assert.equal(judge(4, 'up', 'unknown').quorum, 'lost');
      assert.equal(judge(5, 'up', 'up').quorum, 'held');
    });

    it('does not count those that an operator drains', () => {
      const judge = story(pair);
      judge(0, 'up', 'up');
      const drained: ServerStanding = { health: 'unknown', drained: true };
      assert.equal(judge(1, 'down', drained).quorum, 'lost');
    });
  });

  describe('slow start', () => {
    const service = { ...pair, slowStart: milliseconds(1000) };
    it('is for a recovery, in ten steps, and not for the start', () => {
      const judge = story(service);
      assert.equal(duties(judge(0, 'up', 'up')), '100 100');
      judge(1000, 'down', 'up');
      assert.equal(duties(judge(2000, 'up', 'up')), '10 100');
      assert.equal(duties(judge(2099, 'up', 'up')), '10 100');
      assert.equal(duties(judge(2500, 'up', 'up')), '60 100');
      assert.equal(duties(judge(2999, 'up', 'up')), '100 100');
      assert.equal(duties(judge(9999, 'up', 'up')), '100 100');
    });

    it('begins anew after another failure', () => {
      const judge = story(service);
      judge(0, 'down', 'up');
      judge(1000, 'up', 'up');
      judge(1500, 'down', 'up');
      assert.equal(duties(judge(1600, 'up', 'up')), '10 100');
    });

    it('is not for one that has served all the time, in panic', () => {
      const judge = story(service);
      judge(0, 'up', 'up');
      judge(1, 'down', 'down');
      assert.equal(duties(judge(2, 'up', 'up')), '100 100');
    });

    it('never begins with weight 0', () => {
      const judge = story({ ...service, realServers: serverConfigs({ weight: 1 }, {}) });
      judge(0, 'down', 'up');
      assert.equal(duties(judge(1, 'up', 'up')), '1 100');
    });
  });

  describe('a server that leaves', () => {
    const dutyAt = (judgement: ServiceJudgement) => judgement.duties.get('rs0');
    it('has until the drain timeout after its failure', () => {
      const judge = story(pair);
      judge(0, 'up', 'up');
      judge(5000, 'down', 'up');
      assert.deepEqual(dutyAt(judge(6000, 'down', 'up')), {
        name: 'leave',
        why: 'failed',
        since: 5000,
        deadline: 15_000,
      });
    });

    it('has all the time it needs when an operator drains it, until it fails', () => {
      const judge = story(pair);
      judge(0, 'up', 'up');
      judge(5000, 'drained', 'up');
      const why = 'drained by command';
      assert.deepEqual(dutyAt(judge(60_000, 'drained', 'up')), { name: 'leave', why, since: 5000 });
      const failed = judge(70_000, { health: 'down', drained: true }, 'up');
      assert.deepEqual(dutyAt(failed), { name: 'leave', why, since: 5000, deadline: 80_000 });
    });
  });
});
