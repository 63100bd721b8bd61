// Whether packets of another director arrive here: its doctor sends while this one listens, and vice versa. Pure.

import type { Finding } from './finding.ts';
import type { ListeningPlace, OtherDoctor } from './listening.ts';

/** Snooping without a querier forgets the listeners; a port may be set not to flood unrequested multicast. */
const floodCommand =
  'for port in /sys/class/net/*/brport; do echo 1 >$port/multicast_flood; echo 0 >$port/bridge/bridge/multicast_snooping; done';

const familyNames = { ipv4: 'IPv4', ipv6: 'IPv6' } as const;

/** One finding per place where no other doctor was heard; the other host's doctor judges the other direction. */
export const judgeOtherDoctors = (places: readonly ListeningPlace[], doctors: readonly OtherDoctor[]): Finding[] =>
  places.flatMap(({ name, family, peers }): Finding[] => {
    const heard = doctors.filter((one) => one.interface === name && one.family === family);
    const strangers = peers.filter((peer) => !heard.some(({ source }) => source === peer));
    if (peers.length === 0 ? heard.length > 0 : strangers.length === 0) return [];
    const about = name;
    return peers.length === 0
      ? [
          {
            code: 'doctor-unheard',
            severity: 'error',
            about,
            message: `no other director's doctor was heard over ${familyNames[family]}: its multicast does not arrive here, or it is not running there with --together now; where the network carries no multicast, name the other directors as peers`,
            mend: floodCommand,
            on: 'a Linux bridge between the directors (on a switch: flood unknown multicast, or IGMP and MLD snooping off)',
          },
        ]
      : [
          {
            code: 'doctor-unheard',
            severity: 'error',
            about,
            message: `the doctor of ${strangers.join(' and ')} was not heard: its packets do not arrive here, or it is not running there with --together now`,
            mend: 'regent doctor -c /etc/regent/regent.yaml --together',
            on: strangers.join(' and '),
          },
        ];
  });
