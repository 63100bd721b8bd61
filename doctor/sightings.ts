// Judges the received advertisements: foreign routers with our ids, other versions, two masters. Pure.

import type { DirectorConfig, RouterConfig } from '../config/model/model.ts';
import { familyOf, type IpAddress } from '../net/ip-address.ts';
import type { Finding } from './finding.ts';

/** One received advertisement. */
export type Sighting = {
  readonly interface: string;
  readonly source: IpAddress;
  readonly version: 2 | 3;
  readonly virtualRouterId: number;
  readonly priority: number;
  /** In milliseconds. */
  readonly interval: number;
  readonly addresses: readonly IpAddress[];
  readonly dialect?: 'rfc5798' | 'rfc9568';
};

const askDoctor = 'regent doctor -c /etc/regent/regent.yaml';

const freeId = (used: ReadonlySet<number>): number | undefined =>
  [...Array(255).keys()].map((index) => index + 1).find((id) => !used.has(id));

const judgeRouter = (
  router: RouterConfig,
  sightings: readonly Sighting[],
  isMaster: boolean,
  idsInUse: ReadonlySet<number>,
): Finding[] => {
  const about = `router ${router.name}`;
  const heard = sightings.filter(
    (one) =>
      one.interface === router.interface &&
      one.virtualRouterId === router.virtualRouterId &&
      familyOf(one.source) === router.family,
  );
  const own = new Set(router.addresses.map(({ address }) => address));
  const isForeign = (one: Sighting): boolean =>
    one.addresses.length > 0 && !one.addresses.some((address) => own.has(address));
  const foreign = heard.find(isForeign);
  if (foreign !== undefined) {
    const free = freeId(idsInUse);
    return [
      {
        code: 'foreign-router',
        severity: 'error',
        about,
        message:
          `${foreign.source} on ${router.interface} uses virtual_router_id ${router.virtualRouterId} for ${foreign.addresses.join(', ')}, another router's addresses;` +
          ` give this one, on all of its directors, an id that is unused there${free === undefined ? '' : `, such as ${free}`}`,
        ...(free !== undefined && { change: `virtual_router_id: ${free}` }),
      },
    ];
  }
  const other = heard.find(({ version }) => version !== router.version);
  if (other !== undefined) {
    const message = `${other.source} sends version ${other.version}, this router version ${router.version}: they ignore each other`;
    const change = `version: ${other.version}`;
    return [{ code: 'other-version', severity: 'error', about, message, change }];
  }
  const paced = heard.find(({ version, interval }) => version === 2 && interval !== router.advertisementInterval);
  const masters = [...new Set(heard.filter(({ priority }) => priority > 0).map(({ source }) => source))];
  const dialect = heard.find((one) => one.dialect !== undefined && one.dialect !== router.checksum);
  return [
    ...(paced === undefined
      ? []
      : [
          {
            code: 'other-interval' as const,
            severity: 'error' as const,
            about,
            message: `${paced.source} advertises every ${paced.interval} ms, this router every ${router.advertisementInterval} ms: in version 2 they must agree`,
            change: `advertisement_interval: ${paced.interval}ms`,
          },
        ]),
    ...(isMaster && masters.length > 0
      ? [
          {
            code: 'second-master' as const,
            severity: 'error' as const,
            about,
            message: `is master here, and ${masters.join(' and ')} advertises too: one does not hear the other; run the doctor there`,
            mend: askDoctor,
            on: masters.join(' and '),
          },
        ]
      : []),
    ...(!isMaster && masters.length > 1
      ? [
          {
            code: 'two-masters' as const,
            severity: 'error' as const,
            about,
            message: `${masters.join(' and ')} are both master: they do not hear each other; run the doctor there`,
            mend: askDoctor,
            on: masters.join(' and '),
          },
        ]
      : []),
    ...(dialect === undefined
      ? []
      : [
          {
            code: 'other-checksum' as const,
            severity: 'hint' as const,
            about,
            message: `${dialect.source} sends checksums of ${dialect.dialect}, this router of ${router.checksum}: regent accepts both, the peer may not`,
            change: `checksum: ${dialect.dialect}`,
          },
        ]),
    ...(heard.length === 0 && !isMaster
      ? [
          {
            code: 'no-advertisement' as const,
            severity: 'hint' as const,
            about,
            message: `no advertisement was heard on ${router.interface}: there is no master, or ${router.multicast ? 'multicast' : 'unicast'} does not arrive`,
            mend: 'systemctl start regent',
            on: 'another director',
          },
        ]
      : []),
  ];
};

/** @param held addresses that this host holds now. */
export const judgeSightings = (
  { vrrp }: DirectorConfig,
  sightings: readonly Sighting[],
  held: ReadonlySet<string>,
): Finding[] =>
  vrrp.routers.flatMap((router) => {
    const ids = new Set([
      ...sightings
        .filter((one) => one.interface === router.interface && familyOf(one.source) === router.family)
        .map(({ virtualRouterId }) => virtualRouterId),
      ...vrrp.routers.filter((one) => one.interface === router.interface).map(({ virtualRouterId }) => virtualRouterId),
    ]);
    const isMaster = router.priority !== 255 && router.addresses.every(({ address }) => held.has(address));
    return judgeRouter(router, sightings, isMaster, ids);
  });
