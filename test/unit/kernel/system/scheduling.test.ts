// Scheduling as /proc shows it, and the command that asks for real time.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { parseThreadStat, readScheduling, realTimeCommand } from '../../../../kernel/system/scheduling.ts';

// Of proc(5): fields 4 to 39, of which 14 and 15 are the time it ran in user mode and in the kernel, then priority and policy.
const stat = (name: string, priority: number, policy: number): string =>
  `4711 (${name}) S ${[...Array(10).fill('0'), '7', '3', ...Array(24).fill('0')].join(' ')} ${priority} ${policy} 0 0 0\n`;

describe('scheduling', () => {
  const rows = [
    { name: 'node', priority: 0, number: 0, policy: 'other' },
    { name: 'node', priority: 50, number: 2, policy: 'round-robin' },
    { name: 'a) b (c', priority: 99, number: 1, policy: 'fifo' },
    { name: 'new', priority: 0, number: 42, policy: 'unknown' },
  ];
  for (const { name, priority, number, policy } of rows)
    it(`reads ${policy} ${priority} of ${name}`, () =>
      assert.deepEqual(parseThreadStat(stat(name, priority, number)), {
        thread: 4711,
        name,
        policy,
        priority,
        ran: 100,
      }));

  it('does not read what is no stat', () => assert.equal(parseThreadStat('4711 (node) S 1 2'), undefined));

  it('lists every thread of a process', () => {
    const threads = readScheduling(process.pid);
    assert.ok(threads.length > 1);
    assert.ok(threads.some(({ thread }) => thread === process.pid));
  });

  it('says that a process does not exist', () =>
    assert.throws(() => readScheduling(2 ** 22 + 1), { name: 'KernelError', code: 'ESRCH' }));

  it('keeps the command and says why where real time is refused', () => {
    const { command, realTime, why } = realTimeCommand(['true'], 100);
    assert.deepEqual({ command, realTime }, { command: ['true'], realTime: false });
    assert.match(why ?? '', /priority|chrt/);
  });

  it('starts every thread of a program round-robin where it is permitted', function () {
    const { command, realTime } = realTimeCommand(
      [
        process.execPath,
        '-e',
        "console.log(require('fs').readdirSync('/proc/self/task').map((t) => require('fs').readFileSync('/proc/self/task/' + t + '/stat', 'utf8')).join(''))",
      ],
      7,
    );
    if (!realTime) this.skip();
    const [program = '', ...args] = command;
    const threads = spawnSync(program, args, { encoding: 'utf8' }).stdout.trim().split('\n').map(parseThreadStat);
    assert.ok(threads.length > 1);
    for (const thread of threads) assert.deepEqual([thread?.policy, thread?.priority], ['round-robin', 7]);
  });
});
