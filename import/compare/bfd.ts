// Facts about BFD sessions, from the dump of keepalived's BFD process and from regent's configuration. Pure.

import type { DirectorConfig } from '../../config/model/model.ts';
import { parseAddress } from '../../net/ip-address.ts';
import { writeName } from '../values.ts';
import { fieldOf, findItems, type Item } from './dump.ts';
import { type Facts, fields, milliseconds } from './facts.ts';

const plainIp = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : (parseAddress(text) ?? text);

/** `10000 us`. */
const spanOf = (item: Item, key: string): string => milliseconds(Number.parseInt(fieldOf(item, key) ?? '0', 10) / 1e6);

/** Other than keepalived's default, for which regent has no key. */
const unless = (value: string | undefined, standard: string): string | undefined =>
  value === standard ? undefined : value;

/** Reads the dump of keepalived's BFD process. */
export const readBfdFacts = (dump: readonly Item[]): Facts =>
  new Map(
    findItems(dump, 'BFD Instance').map((item) => [
      `bfd ${writeName(item.value)}`,
      fields({
        peer: plainIp(fieldOf(item, 'Neighbor IP')),
        source: plainIp(fieldOf(item, 'Source IP')) ?? 'any',
        'receives every': spanOf(item, 'Required min RX interval'),
        'sends every': spanOf(item, 'Desired min TX interval'),
        'packets until down': fieldOf(item, 'Detection multiplier'),
        'sends while it is down every': unless(spanOf(item, 'Desired idle TX interval'), '1000 ms'),
        hops: unless(fieldOf(item, 'max_hops'), '0'),
        'waits for its peer': unless(fieldOf(item, 'passive'), 'false'),
      }),
    ]),
  );

export const bfdFacts = ({ vrrp }: DirectorConfig): Facts =>
  new Map(
    vrrp.bfd.map(({ name, peer, source, minRx, minTx, multiplier }) => [
      `bfd ${name}`,
      fields({
        peer,
        source: source ?? 'any',
        'receives every': `${minRx} ms`,
        'sends every': `${minTx} ms`,
        'packets until down': multiplier,
      }),
    ]),
  );
