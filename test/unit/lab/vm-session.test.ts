// A session's output arrives whole, however its bytes are cut, and nothing but its own mark ends it.

import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { loadOrder } from '../../../lab/vm/initramfs.ts';
import { createMarkedStream, requestLine } from '../../../lab/vm/session.ts';

const nonce = 'c0ffee';

describe('a marked stream', () => {
  it('returns the output between its marks and the exit code, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom('', '\0', '\0c0ff', '\0c0fe\r\n', '\0\0c0f'),
        fc.nat(255),
        fc.integer({ min: 1, max: 9 }),
        (bytes, lookalike, code, chunk) => {
          const output = Buffer.concat([Buffer.from(bytes), Buffer.from(lookalike)]);
          const whole = Buffer.concat([Buffer.from(`stale\0${nonce}\n`), output, Buffer.from(`\0${nonce} ${code}\n`)]);
          const stream = createMarkedStream(nonce);
          const received: Buffer[] = [];
          for (let at = 0; at < whole.length; at += chunk) {
            assert.equal(stream.code(), undefined);
            received.push(stream.push(whole.subarray(at, at + chunk)));
          }
          assert.deepEqual(Buffer.concat(received), output);
          assert.equal(stream.code(), code);
        },
      ),
    );
  });

  it('drops what an earlier session left', () => {
    const stream = createMarkedStream(nonce);
    assert.equal(stream.push(Buffer.from('old\0beef 3\nold')).toString(), '');
    assert.equal(stream.hasBegun(), false);
    assert.equal(stream.push(Buffer.from(`\0${nonce}\nnew`)).toString(), 'new');
  });
});

describe('a request line', () => {
  it('carries words, variables and the folder unharmed, without variables of the host alone', () => {
    const line = requestLine(nonce, {
      command: ['echo', '', "it's $HOME\n"],
      cwd: '/a b',
      environment: { A: '1', TMPDIR: '/x', GONE: undefined },
    });
    const [, verb, mark, rows, columns, words] = /^\n(\w+) (\w+) (\d+) (\d+) (\S+)\n$/.exec(line) ?? [];
    assert.deepEqual([verb, mark, rows, columns], ['run', nonce, '0', '0']);
    assert.deepEqual(
      Buffer.from(words ?? '', 'base64')
        .toString()
        .split('\0'),
      [...['env', '-i', '--chdir=/a b', 'A=1', 'echo', '', "it's $HOME\n", '']],
    );
  });
});

describe('the load order of modules', () => {
  it('puts what a module needs before it, each once, and leaves out what is built in', () => {
    const dependencies = 'a/x.ko.xz: a/y.ko a/z.ko\na/y.ko: a/z.ko\na/z.ko:\na/w-1.ko: a/z.ko\n';
    assert.deepEqual(loadOrder(['x', 'builtin', 'w-1'], dependencies), ['a/z.ko', 'a/y.ko', 'a/x.ko.xz', 'a/w-1.ko']);
  });
});
