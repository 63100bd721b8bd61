// What this process is allowed to do (capabilities(7)).

import { readFileSync } from 'node:fs';

const CAP_NET_RAW = 13n;

/** Whether CAP_NET_RAW is among this process's effective capabilities. */
export const mayUseRawSockets = (): boolean => {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return ((BigInt(`0x${effective}`) >> CAP_NET_RAW) & 1n) === 1n;
};
