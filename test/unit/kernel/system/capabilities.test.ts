// Programs that give up their privileges, as /proc shows them afterwards.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mayUseRawSockets, unprivilegedCommand } from '../../../../kernel/system/capabilities.ts';

const netRaw = '0000000000002000';
const none = '0000000000000000';

const capabilitiesOf = (keepsRawSockets: boolean): string[] => {
  const { command, why } = unprivilegedCommand(['cat', '/proc/self/status'], keepsRawSockets);
  assert.equal(why, undefined);
  const [program = '', ...args] = command;
  const { stdout } = spawnSync(program, args, { encoding: 'utf8' });
  return ['Inh', 'Prm', 'Eff', 'Amb'].map((set) => new RegExp(`^Cap${set}:\\s*(\\w+)`, 'm').exec(stdout)?.[1] ?? '');
};

describe('capabilities', () => {
  it('leaves a program none', () => assert.deepEqual(capabilitiesOf(false), [none, none, none, none]));
  it('leaves a program raw sockets where it needs them, if there is anything to leave', () => {
    const left = mayUseRawSockets() ? netRaw : none;
    assert.deepEqual(capabilitiesOf(true), [left, left, left, left]);
  });
  it('knows a process by its number', () => assert.equal(mayUseRawSockets(process.pid), mayUseRawSockets()));
  it('takes a process that is gone for one that may do nothing', () =>
    assert.equal(mayUseRawSockets(2 ** 22 + 1), false));
});
