// What a director wants of an entry of `anycast`, case by case.

import assert from 'node:assert/strict';
import { type Instant, milliseconds } from '../../../../base/units.ts';
import {
  type AnycastJudgement,
  type AnycastMemory,
  type AnycastView,
  judgeAnycast,
  noMemory,
  type ServiceView,
} from '../../../../controller/anycast/judgement.ts';

const at = (seconds: number): Instant => (1000 * seconds) as Instant;
const service = (state: ServiceView['state'], isComplete = true, name = 'web'): ServiceView => ({
  name,
  state,
  reason: `is ${state}`,
  isComplete,
});
const view = (more: Partial<AnycastView> = {}): AnycastView => ({
  state: 'released',
  services: [service('up')],
  fault: undefined,
  isAside: false,
  isStopping: false,
  other: undefined,
  ...more,
});
const entry = { startDelay: milliseconds(10_000), keepLast: false };
const last = { ...entry, keepLast: true };
const long: AnycastMemory = { knownSince: at(0), wasAnnounced: true };

type Row = [
  what: string,
  keys: typeof entry,
  seen: AnycastView,
  before: AnycastMemory,
  seconds: number,
  wish: AnycastJudgement['wish'],
  why: RegExp,
  isLast?: boolean,
];
const rows: Row[] = [
  [
    'waits for the first verdicts',
    entry,
    view({ services: [service('unknown', false)] }),
    noMemory,
    99,
    'keep',
    /first verdicts of web/,
  ],
  [
    'waits for the verdict of each server',
    entry,
    view({ services: [service('up', false)] }),
    noMemory,
    99,
    'keep',
    /first verdicts of web/,
  ],
  [
    'waits for its start delay',
    entry,
    view(),
    { knownSince: at(0), wasAnnounced: false },
    9.9,
    'keep',
    /start_delay, 10 s/,
  ],
  [
    'is announced after it',
    entry,
    view(),
    { knownSince: at(0), wasAnnounced: false },
    10,
    'announce',
    /service web is up/,
  ],
  [
    'is announced without services',
    entry,
    view({ services: [] }),
    { knownSince: at(0), wasAnnounced: false },
    10,
    'announce',
    /this director runs/,
  ],
  [
    'waits for its start delay without services, too',
    entry,
    view({ services: [] }),
    noMemory,
    99,
    'keep',
    /start_delay/,
  ],
  ['goes on after a restart, without a delay', entry, view({ state: 'announced' }), noMemory, 0, 'announce', /is up/],
  [
    'goes on after a restart, before the first verdicts',
    entry,
    view({ state: 'announced', services: [service('unknown', false)] }),
    noMemory,
    0,
    'keep',
    /first verdicts/,
  ],
  [
    'stays as it is until vrrp has said what it holds',
    entry,
    view({ state: undefined }),
    noMemory,
    0,
    'keep',
    /start_delay/,
  ],
  [
    'is released once a service loses its quorum',
    entry,
    view({ state: 'announced', services: [service('up', true, 'a'), service('down')] }),
    long,
    20,
    'release',
    /^service web is down$/,
  ],
  ['comes back with the quorum, without a delay', entry, view(), long, 20, 'announce', /is up/],
  [
    'is not announced by a start without the quorum',
    entry,
    view({ services: [service('down')] }),
    noMemory,
    0,
    'release',
    /is down/,
  ],
  [
    'stays when a new server has no verdict yet',
    entry,
    view({ state: 'announced', services: [service('up', false)] }),
    long,
    20,
    'announce',
    /is up/,
  ],
  [
    'stays when a new service has no verdict yet',
    entry,
    view({ state: 'announced', services: [service('unknown', false)] }),
    long,
    20,
    'keep',
    /is unknown/,
  ],
  [
    'is kept as the last',
    last,
    view({ state: 'announced', services: [service('down')] }),
    long,
    20,
    'announce',
    /no other director announces it.*web is down/,
    true,
  ],
  [
    'is released where another announces it',
    last,
    view({ state: 'announced', services: [service('down')], other: 'lb2' }),
    long,
    20,
    'release',
    /lb2 announces it/,
  ],
  [
    'comes back where all have withdrawn at once',
    last,
    view({ services: [service('down')] }),
    long,
    20,
    'announce',
    /no other/,
    true,
  ],
  [
    'is not announced as the last by a start',
    last,
    view({ services: [service('down')] }),
    noMemory,
    0,
    'release',
    /is down/,
  ],
  [
    'is released without IPVS, even as the last',
    last,
    view({ state: 'announced', services: [service('down')], fault: 'no ip_vs' }),
    long,
    20,
    'release',
    /no ip_vs/,
  ],
  ['drains by command', entry, view({ state: 'announced', isAside: true }), long, 20, 'drain', /by command/],
  [
    'drains by command whatever its services',
    last,
    view({ state: 'announced', isAside: true, services: [service('down')] }),
    long,
    20,
    'drain',
    /by command/,
  ],
  ['drains at a stop', entry, view({ state: 'announced', isStopping: true }), long, 20, 'drain', /stops/],
];

describe('an entry of anycast', () => {
  for (const [what, keys, seen, before, seconds, wish, why, isLast = false] of rows)
    it(what, () => {
      const [, judgement] = judgeAnycast(keys, seen, before, at(seconds));
      assert.deepEqual({ ...judgement, why: '' }, { wish, why: '', isLast });
      assert.match(judgement.why, why);
    });

  it('remembers its first verdicts, and that it was announced', () => {
    const [first] = judgeAnycast(entry, view({ services: [service('down')] }), noMemory, at(3));
    assert.deepEqual(first, { knownSince: at(3), wasAnnounced: false });
    const [second] = judgeAnycast(
      entry,
      view({ state: 'announced', services: [service('unknown', false)] }),
      first,
      at(5),
    );
    assert.deepEqual(second, { knownSince: at(3), wasAnnounced: true });
    const [third] = judgeAnycast(entry, view({ services: [service('unknown', false)] }), second, at(6));
    assert.deepEqual(third, second);
  });
});
