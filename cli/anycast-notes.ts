// What deserves attention about services at anycast addresses: what breaks connections that change their director. Pure.

import type { DirectorConfig } from '../config/model/model.ts';

type Service = DirectorConfig['virtualServices'][number];

const notesOfService = ({ name, scheduler, schedulerFlags, snat, realServers }: Service): string[] => {
  const subject = `service ${name} at an anycast address`;
  const isMasqueraded = !snat && realServers.some(({ forwarding }) => forwarding === 'masq');
  return [
    ...(isMasqueraded
      ? [`${subject}: masquerading needs replies through the same director: use direct, tunnel, or snat`]
      : []),
    ...(scheduler === 'mh' && realServers.some(({ inhibit }) => !inhibit)
      ? [`${subject}: mh chooses by the order of servers, which inhibit: true keeps alike on all directors`]
      : []),
    ...(scheduler === 'mh' && realServers.some(({ inhibit }) => inhibit) && !schedulerFlags.includes('fallback')
      ? [`${subject}: with inhibit, mh needs the flag fallback, or clients of a failed server are refused`]
      : []),
  ];
};

export const anycastNotes = ({
  anycast,
  virtualServices,
}: Pick<DirectorConfig, 'anycast' | 'virtualServices'>): string[] => {
  const announced = new Set(
    (anycast?.addresses ?? []).flatMap((entry) => entry.addresses.map(({ address }) => address)),
  );
  return virtualServices
    .filter(({ matches }) => matches.some((match) => 'address' in match && announced.has(match.address)))
    .flatMap(notesOfService);
};
