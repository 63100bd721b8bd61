// What a process has used, as the kernel counts it: of this process, and of others.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readUsage } from '../../../../kernel/system/process-usage.ts';

describe('the usage of a process', () => {
  it('is what Node says of itself', () => {
    const usage = readUsage(process.pid);
    const { user, system } = process.cpuUsage();
    assert.ok(usage !== undefined);
    assert.ok(Math.abs(usage.cpuSeconds - (user + system) / 1e6) < 0.5);
    assert.ok(Math.abs(usage.residentBytes / process.memoryUsage.rss() - 1) < 0.2);
    assert.ok(usage.virtualBytes > usage.residentBytes);
    assert.ok((usage.descriptors ?? 0) > 3 && (usage.mostDescriptors ?? 0) > (usage.descriptors ?? 0));
  });

  it('is read of a program whose name has brackets and spaces, and of none that has ended', async () => {
    const script =
      "require('node:fs').writeFileSync('/proc/self/comm', ') 1 2 (x'); console.log(1); setInterval(() => {}, 1000)";
    const child = spawn(process.execPath, ['-e', script]);
    await once(child.stdout, 'data');
    const usage = readUsage(child.pid ?? 0);
    assert.ok(usage !== undefined && usage.cpuSeconds < 10 && usage.residentBytes > 2 ** 20);
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal(readUsage(child.pid ?? 0), undefined);
  });
});
