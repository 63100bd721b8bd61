// A rule knows no default of its own: a key that is left out is judged as the schema's default would be.

import assert from 'node:assert/strict';
import { faultsOf } from '../../../../config/source/document.ts';
import { knownKeys } from '../known-keys.ts';

type Mapping = Record<string, unknown>;

const router = { name: 'vip', interface: 'e', virtual_router_id: 1, addresses: ['10.0.0.9/24'] };
const server = { address: '10.1.0.1' };
const service = { name: 'web', address: '10.0.0.1:80', real_servers: [server] };

/** What rules complain of, each in another way, so that what they take for a left out key shows. */
const routers: Mapping[] = [
  router,
  { ...router, priority: 255, preempt_delay: '1s', track: [{ interface: 'e', weight: 1 }] },
  { ...router, advertisement_interval: '255s' },
  { ...router, advertisement_interval: '15ms' },
  { ...router, addresses: ['fd00::1', 'fe80::1'] },
  { ...router, authentication: { type: 'password', password: 'x' } },
  { ...router, routes: [{ to: '10.9.0.0/16' }, { to: '10.9.0.0/16', via: '10.0.0.2' }] },
  { ...router, rules: [{ table: 7 }, { table: 7, priority: 16_384, family: 'ipv4' }] },
];
const services: Mapping[] = [
  service,
  { ...service, scheduler_flags: ['port'], one_packet: true },
  { ...service, persistence: { engine: 'sip', granularity: 64 } },
  { ...service, snat: true, firewall_marks: [7], quorum: 2 },
  { ...service, hysteresis: 1, max_connections: 5, resume_connections: 9 },
  { ...service, resume_connections: 9 },
  { ...service, real_servers: [{ address: '10.1.0.1:81' }, { address: 'fd00::1', standby: true }], quorum: 2 },
  { ...service, firewall_marks: [7, 8], real_servers: [{ ...server, weight: 0 }], quorum: 1 },
];
const twice = (value: Mapping): Mapping[] => [value, { ...value, name: 'other' }];

const document = (some: readonly Mapping[], others: readonly Mapping[]): Mapping => ({
  director: 'd',
  vrrp: { routers: some },
  virtual_services: others,
});
const documents = [
  ...routers.flatMap((one) => [document([one], []), document(twice(one), [])]),
  ...services.flatMap((one) => [document([], [one]), document([], twice(one))]),
];

/** The document with a key written out wherever a mapping at that path has left it out. */
const spellOut = (value: unknown, path: readonly string[], key: string, content: unknown): unknown => {
  if (Array.isArray(value)) return value.map((one) => spellOut(one, path, key, content));
  if (typeof value !== 'object' || value === null) return value;
  const [step, ...rest] = path;
  const mapping = value as Mapping;
  if (step === undefined) return key in mapping ? mapping : { ...mapping, [key]: content };
  return step in mapping ? { ...mapping, [step]: spellOut(mapping[step], rest, key, content) } : mapping;
};

/** Whether a document has what the key belongs to. */
const hasAny = ({ vrrp, virtual_services: some }: Mapping, [section]: readonly string[]): boolean =>
  (section === 'vrrp' ? (vrrp as { routers: unknown[] }).routers : (some as unknown[])).length > 0;

const spellFirst = (value: Mapping, path: readonly string[], key: string, content: unknown): unknown => {
  const spelled = spellOut(value, path, key, content) as { vrrp: { routers: unknown[] }; virtual_services: unknown[] };
  const { routers: some } = value.vrrp as { routers: unknown[] };
  return {
    ...spelled,
    vrrp: { routers: spelled.vrrp.routers.map((one, index) => (index === 0 ? one : some[index])) },
    virtual_services: spelled.virtual_services.map((one, index) =>
      index === 0 ? one : (value.virtual_services as unknown[])[index],
    ),
  };
};

/** Without their places: that of a quorum is the key which is written. */
const told = (value: unknown): string[] => faultsOf(value).map(({ message }) => message);

/** These are refused where they do nothing, even with the value that they have by themselves. */
const refused = /check_source|min_ttl|authentication\.mode/;

const defaults = [...knownKeys].flatMap(([path, keys]) =>
  Object.entries(keys).flatMap(([key, { initial: content }]) => {
    const place = `${path}.${key}`;
    const isJudged = /^(vrrp\.routers|virtual_services)/.test(place) && !refused.test(place);
    return content === undefined || !isJudged ? [] : [[place, content] as const];
  }),
);

describe('rules', () => {
  const judged = documents.map((one) => [one, told(one)] as const);

  it('complain of what they should', () => assert.ok(judged.flatMap(([, messages]) => messages).length > 30));

  for (const [place, content] of defaults)
    it(`take the default of ${place} from the schema: ${JSON.stringify(content)}`, () => {
      const steps = place.split('.');
      const key = steps.at(-1) ?? '';
      const path = steps.slice(0, -1);
      for (const [one, messages] of judged) {
        if (!hasAny(one, path)) continue;
        assert.deepEqual(told(spellOut(one, path, key, content)), messages);
        // Written in the first alone, it is the same as in the second.
        assert.deepEqual(told(spellFirst(one, path, key, content)), messages);
      }
    });
});
