// What an error of the kernel says.

import assert from 'node:assert/strict';
import { constants } from 'node:os';
import { errnoName, kernelError } from '../../../../kernel/system/error.ts';

describe('a kernel error', () => {
  it('names the operation, the code and the cause', () => {
    const error = kernelError('add 192.168.55.100/32 to enp0s9', constants.errno.EPERM);
    assert.equal(error.message, 'Cannot add 192.168.55.100/32 to enp0s9: EPERM (Operation not permitted)');
    assert.equal(error.code, 'EPERM');
    assert.equal(error.operation, 'add 192.168.55.100/32 to enp0s9');
  });

  it('quotes the kernel’s own words', () =>
    assert.equal(
      kernelError('add x', constants.errno.EINVAL, 'ipv4: Invalid prefix length').message,
      'Cannot add x: EINVAL (Invalid argument: ipv4: Invalid prefix length)',
    ));

  for (const [errno, name] of [
    [11, 'EAGAIN'],
    [105, 'ENOBUFS'],
    [95, 'EOPNOTSUPP'],
    [524, 'ENOTSUPP'],
    [4242, 'errno 4242'],
  ] as const)
    it(`${errno} is ${name}`, () => assert.equal(errnoName(errno), name));
});
