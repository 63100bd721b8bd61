// Who holds an address, by what is on the wire.

import { deepEqual, equal, match } from 'node:assert/strict';
import type { Sighting } from '../../../../lab/capture.ts';
import type { DirectorName } from '../../../../lab/topology.ts';
import { handoverLimit, oneHolder } from '../../../../lab/vagrant/holders.ts';

const address = '192.168.55.100';
const claim = (time: number, by?: DirectorName, type: 'answer' | 'announcement' = 'answer'): Sighting => ({
  type,
  time,
  ...(by === undefined ? {} : { by }),
  network: '55',
  address,
});
const way = { from: 'lb1', to: 'lb0' } as const;
const judge = (...sightings: Sighting[]) => oneHolder(sightings, address, way);

describe('the holders of an address', () => {
  it('are one after the other', () => {
    const { held, text } = judge(
      claim(0, 'lb1'),
      claim(200, 'lb1'),
      claim(300, 'lb0', 'announcement'),
      claim(400, 'lb0'),
    );
    deepEqual({ held, text }, { held: true, text: `${address}: 2 ARP answers of lb1, then 2 of lb0, never both` });
  });

  it('may both answer until the predecessor can have heard of its successor', () => {
    equal(judge(claim(0, 'lb0'), claim(handoverLimit, 'lb1')).held, true);
    equal(judge(claim(0, 'lb0'), claim(handoverLimit + 1, 'lb1')).held, false);
  });

  it('are two where the newcomer claims the address before its time', () => {
    const { held, text } = judge(claim(0, 'lb1'), claim(100, 'lb0'), claim(600, 'lb1'), claim(9000, 'lb0'));
    equal(held, false);
    match(text, /lb1 still answered 500 ms after lb0 first did/);
  });

  it('are two where a stranger has it', () => equal(judge(claim(0, 'lb1'), claim(1), claim(300, 'lb0')).held, false));

  it('are unknown where the capture shows one of them alone', () => {
    equal(judge(claim(0, 'lb0')).held, false);
    equal(judge(claim(0, 'lb1')).held, false);
    equal(judge().held, false);
  });

  it('of another address do not matter', () => {
    const other: Sighting = { type: 'answer', time: 900, by: 'lb1', network: '66', address: '192.168.66.100' };
    equal(judge(claim(0, 'lb1'), claim(300, 'lb0'), other).held, true);
  });
});
