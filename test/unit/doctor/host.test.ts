// What no namespace can provoke: modules of the kernel, and capabilities.

import assert from 'node:assert/strict';
import { judgeCapabilities, judgeModules, type SeenModules } from '../../../doctor/host.ts';

const all = { hasIpvs: true, isThere: () => true };

describe('judgeModules', () => {
  const rows: [what: string, seen: SeenModules, code: string | undefined, remedy: string | undefined][] = [
    ['a kernel that has all', all, undefined, undefined],
    ['modules that are not loaded', { ...all, hasIpvs: false }, 'ipvs-not-loaded', 'modprobe -a ip_vs ip_vs_wrr'],
    [
      'a kernel without IPVS',
      { hasIpvs: false, isThere: () => false },
      'ipvs-missing',
      'apt-get install "linux-image-$(dpkg --print-architecture)" && reboot',
    ],
    ['a kernel without the scheduler', { ...all, isThere: () => false }, 'scheduler-missing', 'scheduler: wrr'],
  ];
  for (const [what, seen, code, remedy] of rows)
    it(`says of ${what}: ${code ?? 'nothing'}`, () => {
      const [finding] = judgeModules(['ip_vs_wrr'], seen);
      assert.equal(finding?.code, code);
      assert.equal(finding?.mend ?? finding?.change, remedy);
    });
});

describe('judgeCapabilities', () => {
  const rows: [set: string, missing: number][] = [
    ['0000000000003000', 0],
    ['0000000000001000', 1],
    ['0000000000002000', 1],
    ['0000000000000000', 2],
  ];
  for (const [set, missing] of rows)
    it(`misses ${missing} of two in ${set}`, () =>
      assert.equal(judgeCapabilities(`CapPrm:\t0\nCapEff:\t${set}\n`).length, missing));
});
