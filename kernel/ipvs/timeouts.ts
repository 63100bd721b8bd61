// How long IPVS keeps a silent connection.

import { commandAttributes } from './attributes.ts';
import type { IpvsFamily } from './family.ts';

/** In seconds. Writing 0 keeps the current value. */
export type IpvsTimeouts = { readonly tcp: number; readonly tcpFin: number; readonly udp: number };

/** @throws KernelError */
export const readTimeouts = (family: IpvsFamily): IpvsTimeouts => {
  const {
    tcpTimeout = 0,
    tcpFinTimeout = 0,
    udpTimeout = 0,
  } = family.ask({ operation: 'read the timeouts of IPVS', command: 'getConfig', values: {} }, commandAttributes);
  return { tcp: tcpTimeout, tcpFin: tcpFinTimeout, udp: udpTimeout };
};

/** @throws KernelError */
export const writeTimeouts = (family: IpvsFamily, { tcp, tcpFin, udp }: IpvsTimeouts): void => {
  const [result] = family.write([
    {
      operation: `set the timeouts of IPVS to ${tcp} s, ${tcpFin} s and ${udp} s`,
      command: 'setConfig',
      values: { tcpTimeout: tcp, tcpFinTimeout: tcpFin, udpTimeout: udp },
    },
  ]);
  if (result?.ok === false) throw result.error;
};
