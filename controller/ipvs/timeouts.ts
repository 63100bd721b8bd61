// Keeps IPVS's timeouts as configured, and restores them at the end.

import type { Milliseconds } from '../../base/units.ts';
import type { IpvsTimeoutsConfig } from '../../config/model/service-model.ts';
import type { IpvsFamily } from '../../kernel/ipvs/family.ts';
import { type IpvsTimeouts, readTimeouts, writeTimeouts } from '../../kernel/ipvs/timeouts.ts';
import type { Log } from '../log/log.ts';

export type KeptTimeouts = {
  /** @returns '': there is nothing to report @throws KernelError */
  readonly keep: (wanted: IpvsTimeoutsConfig) => '';
  readonly restore: () => '';
};

// The kernel counts whole seconds; 0 leaves a timeout unchanged.
const seconds = (span: Milliseconds | undefined, now: number): number =>
  span === undefined ? now : Math.max(1, Math.round(span / 1000));

const describe = ({ tcp, tcpFin, udp }: IpvsTimeouts): string => `tcp ${tcp} s, tcp_fin ${tcpFin} s, udp ${udp} s`;

export const keepTimeouts = (family: IpvsFamily, log: Log): KeptTimeouts => {
  let original: IpvsTimeouts | undefined;
  let ours: string | undefined;

  const set = (wanted: IpvsTimeouts, found: IpvsTimeouts): void => {
    writeTimeouts(family, wanted);
    log('info', { process: 'ipvs', event: 'ipvs-timeouts' }, `timeouts: ${describe(found)} -> ${describe(wanted)}`);
  };

  return {
    keep: (config) => {
      if (Object.keys(config).length === 0 && original === undefined) return '';
      const found = readTimeouts(family);
      original ??= found;
      const wanted = {
        tcp: seconds(config.tcp, original.tcp),
        tcpFin: seconds(config.tcpFin, original.tcpFin),
        udp: seconds(config.udp, original.udp),
      };
      if (describe(wanted) !== describe(found)) set(wanted, found);
      ours = describe(wanted);
      return '';
    },
    restore: () => {
      if (original === undefined) return '';
      const found = readTimeouts(family);
      // Values set by another program stay.
      if (describe(found) === ours && describe(found) !== describe(original)) set(original, found);
      return '';
    },
  };
};
