// Settings that regent and keepalived must understand alike: preemption, owner, intervals, a changed priority.

import { converse, kill, start, stop } from './conversation.ts';

converse('settings that regent and keepalived share', [
  {
    name: 'regent of higher priority does not preempt where it must not',
    regent: { priority: 150, keys: { preempt: false } },
    keepalived: { priority: 100 },
    lines: [
      [start('keepalived'), 'keepalived'],
      [start('regent'), 'keepalived'],
      [stop('keepalived'), 'regent'],
    ],
  },
  {
    name: 'keepalived of higher priority does not preempt where it must not',
    regent: { priority: 100 },
    keepalived: { priority: 150, lines: ['nopreempt'] },
    lines: [
      [start('regent'), 'regent'],
      [start('keepalived'), 'regent'],
      [stop('regent'), 'keepalived'],
    ],
  },
  {
    name: 'regent owns the address: master at once, and again when it returns',
    regent: { priority: 255, keys: { addresses: ['192.168.55.50/24'] }, hostAddress: '192.168.55.50/24' },
    keepalived: { priority: 200, address: '192.168.55.50/24' },
    lines: [
      [start('keepalived'), 'keepalived'],
      [start('regent'), 'regent'],
      [stop('regent'), 'keepalived'],
      [start('regent'), 'regent'],
    ],
    logged: /owns the addresses/,
  },
  {
    name: 'regent learns the interval of its master, and counts its death in it',
    interval: 300,
    regent: { priority: 100, interval: 1000 },
    keepalived: { priority: 150 },
    lines: [
      [start('keepalived'), 'keepalived'],
      [start('regent'), 'keepalived'],
      [kill('keepalived'), 'regent'],
    ],
    // 3 x 300 ms and 156/256 of 300 ms.
    logged: /master down interval 1\.08\d* s/,
  },
  {
    name: 'a changed priority of keepalived moves mastership while both run',
    regent: { priority: 120 },
    keepalived: { priority: 150 },
    lines: [
      [start('regent'), 'regent'],
      [start('keepalived'), 'keepalived'],
      [{ do: 'reload', who: 'keepalived', priority: 100 }, 'regent'],
      [{ do: 'reload', who: 'keepalived', priority: 150 }, 'keepalived'],
    ],
    logged: /checksum rfc5798/,
  },
]);
