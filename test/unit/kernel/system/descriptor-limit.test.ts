// The limit of open files, as the kernel prints it.

import assert from 'node:assert/strict';
import { parseDescriptorLimit, readDescriptorLimit } from '../../../../kernel/system/descriptor-limit.ts';

const limits = (soft: string): string =>
  `Limit                     Soft Limit           Hard Limit           Units     \nMax processes             96462                96462                processes \nMax open files            ${soft.padEnd(20)} 524288               files     \n`;

describe('descriptor limit', () => {
  it('is the soft one', () => assert.equal(parseDescriptorLimit(limits('1024')), 1024));
  it('has a bound of its own where there is none', () =>
    assert.equal(parseDescriptorLimit(limits('unlimited')), 1_048_576));
  it('is refused where the kernel names none', () => assert.throws(() => parseDescriptorLimit(''), /Max|limit/));
  it('is that of this process', () => assert.ok(readDescriptorLimit() >= 64));
});
