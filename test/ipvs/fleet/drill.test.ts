// A drill on a fleet: its routing daemon killed, the record says who announces each address by the router's own routes.

import assert from 'node:assert/strict';
import type { Recording } from '../../../drill/recording/recording.ts';
import { viewOf } from '../../../drill/report/view.ts';
import { parseDrill } from '../../../drill/scenario/load.ts';
import { drillInLab, labRefusal } from '../../../lab/drilling/run.ts';
import { prefixOf, remainsOf } from '../../../lab/teardown.ts';

const text = `drill: engine
fleet: { directors: [bird, frr], router: bird, servers: 2, lease: 6s, hold_time: 18s }
client: { get: "http://203.0.113.10/", rate: 10/s, established: 10 }
steady: { for: 1s, expect: { holders: 2 } }
steps:
  - { do: kill_engine, director: lb1, for: 6s, expect: { holders: 1, holder: lb0, established: kept } }
`;

describe('a drill on a fleet', function () {
  this.timeout(300_000);
  let recording: Recording;

  before(async () => {
    const drill = parseDrill(text, 'engine.yaml', labRefusal(['regent']));
    recording = await drillInLab(
      { drill, file: 'engine.yaml', text },
      {
        subjects: ['regent'],
        times: 1,
        command: '',
        signal: new AbortController().signal,
        narrator: { onStep: () => {}, onChecks: () => {}, onEvent: () => {}, onSecond: () => {} },
        onRun: () => {},
      },
    );
  });

  it('holds, with every connection', () => {
    const [run] = recording.runs;
    assert.equal(run?.verdict, 'held', JSON.stringify([run?.reason, run?.steps]));
    assert.equal(recording.environment.fleet, 'lb0 bird, lb1 frr; r0 bird');
  });

  it('has a lane for each director and address, and lb1 leaves both at once', () => {
    const [run] = recording.runs;
    assert.ok(run);
    const lanes = viewOf(run).lanes.map(({ name }) => name);
    for (const director of ['lb0', 'lb1'])
      for (const address of ['203.0.113.10', '2001:db8::10'])
        assert.ok(
          lanes.some((name) => name.includes(director) && name.includes(address)),
          lanes.join(),
        );
    const fault = run.events.find(({ type }) => type === 'fault')?.time ?? Number.NaN;
    const left = run.events.filter((event) => event.type === 'address' && event.by === 'lb1' && !event.held);
    assert.equal(left.length, 2);
    assert.ok(left.every(({ time }) => time >= fault && time < fault + 6000));
  });

  it('leaves nothing behind', () => assert.deepEqual(remainsOf(prefixOf(process.pid)), []));
});
