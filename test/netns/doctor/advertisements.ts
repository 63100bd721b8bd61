// What the doctor hears: advertisements that do not fit the configuration, and the change that it proposes.

import assert from 'node:assert/strict';
import type { FindingCode } from '../../../doctor/finding.ts';
import { ip } from '../../../net/ip-address.ts';
import type { Case } from './case.ts';
import { about, changed, longer, router, router6, show } from './documents.ts';
import { type Advertised, onStage } from './stage.ts';

type Sight = {
  readonly name: string;
  readonly code: FindingCode;
  readonly speak: Advertised;
  readonly pattern: RegExp;
  readonly router: object;
};

const sights: readonly Sight[] = [
  {
    name: 'a foreign router with the same id',
    code: 'foreign-router',
    speak: { address: ip('192.168.55.77') },
    pattern: /uses virtual_router_id 51 for 192\.168\.55\.77.*such as 1$/,
    router: router(),
  },
  {
    name: 'a foreign router with the same id over IPv6',
    code: 'foreign-router',
    speak: { source: ip('fe80::12'), address: ip('fd55::77') },
    pattern: /uses virtual_router_id 51 for fd55::77.*such as 1$/,
    router: router6(),
  },
  {
    name: 'a peer of another version',
    code: 'other-version',
    speak: { version: 2 },
    pattern: /sends version 2, this router version 3/,
    router: router(),
  },
  {
    name: 'a peer of version 2 with another interval',
    code: 'other-interval',
    speak: { version: 2, interval: 2000 },
    pattern: /advertises every 2000 ms, this router every 1000 ms/,
    router: router({ version: 2 }),
  },
  {
    name: 'an interface that has another name',
    code: 'interface-missing',
    speak: {},
    pattern: /is missing; there are enp0s9, enp0s8/,
    router: router({ interface: 'enp0s7' }),
  },
  {
    name: "a peer's other checksum dialect",
    code: 'other-checksum',
    speak: { dialect: 'rfc9568' },
    pattern: /sends checksums of rfc9568/,
    router: router(),
  },
];

const sees = ({ speak, code, pattern, router: one }: Sight): Promise<void> =>
  onStage(async ({ advertise, examine }) => {
    advertise(speak);
    const before = await examine({ routers: [one], options: longer });
    const finding = about(before, pattern);
    assert.ok(finding, show(before));
    assert.equal(finding.code, code);
    const after = await examine({ routers: [changed(one, finding)], options: longer });
    assert.equal(about(after, pattern), undefined, show(after));
  });

const isSound = (advertised: Advertised, one: object): Promise<void> =>
  onStage(async ({ advertise, examine }) => {
    advertise(advertised);
    const findings = await examine({ routers: [one], options: longer });
    // The other cases keep the processors meanwhile.
    const others = findings.filter(({ message }) => !/timers are late/.test(message));
    assert.deepEqual(others, []);
  });

export const heard: readonly Case[] = [
  ...sights.map((row) => ({
    title: `finds ${row.name}, and the change it proposes mends it`,
    code: row.code,
    work: () => sees(row),
  })),
  {
    title: 'finds nothing wrong on a sound host that hears its peer over IPv4',
    work: () => isSound({}, router()),
  },
  {
    title: 'finds nothing wrong on a sound host that hears its peer over IPv6',
    work: () => isSound({ source: ip('fe80::12'), address: ip('fd55::64') }, router6()),
  },
];
