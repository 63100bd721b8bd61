// Which mappings are a program, and that locking them is seen in /proc.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { lockProgram, parseProgramMappings } from '../../../../kernel/system/memory.ts';

const maps = `00400000-00c4b000 r--p 00000000 fe:00 1573 /usr/bin/node
00c4b000-0219f000 r-xp 0084b000 fe:00 1573 /usr/bin/node
05c48000-05c4b000 rw-p 05847000 fe:00 1573 /usr/bin/node
1f2a9000-1fc4b000 rw-p 00000000 00:00 0 [heap]
7f0000000000-7f0000001000 r-xp 00000000 00:00 0
7f1c3c000000-7f1c3c021000 ---p 00000000 00:00 0
7f1c40a00000-7f1c40a26000 r--p 00000000 fe:00 3021 /usr/lib/x86_64-linux-gnu/libc.so.6
7f1c40b00000-7f1c40b01000 r--s 00000000 00:05 9 /memfd:shared (deleted)
7ffd1b5f2000-7ffd1b5f4000 r-xp 00000000 00:00 0 [vdso]
`;

describe('locked memory', () => {
  it('is the program, its libraries and their constants', () =>
    assert.deepEqual(parseProgramMappings(maps), [
      { start: 0x400000n, end: 0xc4b000n },
      { start: 0xc4b000n, end: 0x219f000n },
      { start: 0x7f1c40a00000n, end: 0x7f1c40a26000n },
    ]));

  it('is shown by /proc, or was refused by name', () => {
    const refused = lockProgram();
    const locked = Number(/^VmLck:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);
    if (refused === undefined) assert.ok(locked > 10_000, `${locked} kB`);
    else assert.match(refused.code, /^(ENOMEM|EPERM)$/);
  });
});
