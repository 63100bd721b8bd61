// Facts about the whole director, in the form of keepalived's global definitions. Pure.

import type { DirectorConfig } from '../../config/model/model.ts';
import { type Facts, type Fields, fields } from './facts.ts';
import { rateText } from './keepalived-globals.ts';

const fifoFor = ({ notifications }: DirectorConfig, ...about: readonly string[]): string => {
  const found = notifications.find(
    ({ about: own, to }) =>
      to.type === 'fifo' && own.length === about.length && about.every((each) => own.includes(each as never)),
  );
  return found?.to.type === 'fifo' ? found.to.path : 'none';
};

const everything = (config: DirectorConfig): string => {
  const found = config.notifications.find(({ about, to }) => to.type === 'fifo' && about.length > 2);
  return found?.to.type === 'fifo' ? found.to.path : 'none';
};

/** What belongs to routers. */
export const vrrpDirectorFacts = (config: DirectorConfig): Facts => {
  const { connectionSync: sync } = config;
  return new Map<string, Fields>([
    [
      'director',
      fields({
        name: config.director,
        'announcements leave': rateText(config.vrrp.announceRate),
        'FIFO for everything': everything(config),
        'FIFO for routers': fifoFor(config, 'router', 'group'),
      }),
    ],
    ...(sync === undefined
      ? []
      : ([
          [
            'connection synchronisation',
            fields({
              interface: sync.interface,
              id: sync.syncId,
              'bytes at most': sync.maxLength,
              port: sync.port,
              TTL: sync.ttl,
            }),
          ],
        ] as const)),
  ]);
};

const text = (value: number | undefined): string | undefined => (value === undefined ? undefined : `${value} ms`);

/** What belongs to services. */
export const serviceDirectorFacts = (config: DirectorConfig): Facts => {
  const { tcp, udp } = config.ipvsTimeouts;
  const idle = [text(tcp), text(udp)].filter((each) => each !== undefined);
  return new Map<string, Fields>([
    [
      'IPVS',
      fields({
        'idle TCP and UDP connections end after': idle.length > 0 ? idle.join(' and ') : undefined,
        'closed TCP connections end after': text(config.ipvsTimeouts.tcpFin),
        'FIFO for services': fifoFor(config, 'server', 'service'),
      }),
    ],
  ]);
};
