// A lock goes with its holder, however that ends.

import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { inTurn, takeLock } from '../../../lab/vm/lock.ts';

describe('a lock of the small machine', () => {
  const name = `regent-test ${process.pid}`;

  it('is held by one, until it is freed', async () => {
    const free = await takeLock(name);
    notEqual(free, undefined);
    equal(await takeLock(name), undefined);
    free?.();
    const again = await takeLock(name);
    notEqual(again, undefined);
    again?.();
  });

  it('is free once its holder was killed', async () => {
    const module = new URL('../../../lab/vm/lock.js', import.meta.url).href;
    const script = `import { takeLock } from '${module}'; await takeLock('${name}'); console.log('taken'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    equal(await takeLock(name), undefined);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    const free = await takeLock(name);
    notEqual(free, undefined);
    free?.();
  });

  it('makes work wait for its turn, also after work that failed', async () => {
    const done: string[] = [];
    const work = (what: string) => async () => {
      done.push(`${what} begins`);
      await new Promise((resolve) => setTimeout(resolve, 30));
      done.push(`${what} ends`);
      if (what === 'first') throw new Error('fails');
    };
    await Promise.allSettled([inTurn(name, work('first')), inTurn(name, work('second'))]);
    deepEqual(done, ['first begins', 'first ends', 'second begins', 'second ends']);
  });
});
