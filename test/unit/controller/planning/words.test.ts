// That a plan says what changes without showing what may be a secret.

import assert from 'node:assert/strict';
import { differences } from '../../../../controller/planning/words.ts';

describe('a difference', () => {
  for (const [what, before, after, expected] of [
    ['a webhook', { to: { url: 'http://a/1' } }, { to: { url: 'http://a/2' } }, 'to url changes'],
    [
      'a password',
      { authentication: { password: '1' } },
      { authentication: { password: '2' } },
      'authentication password changes',
    ],
    ['header fields', { headers: { a: '1' } }, { headers: { a: '2' } }, 'headers changes'],
    ['an environment', { environment: { A: '1' } }, { environment: {} }, 'environment changes'],
    ['a payload', { payload: { text: '1' } }, { payload: { text: '2' } }, 'payload changes'],
    ['users of metrics', { basicAuthUsers: { a: '1' } }, { basicAuthUsers: { b: '2' } }, 'basic_auth_users changes'],
    [
      'metrics that begin',
      {},
      { metrics: { basicAuthUsers: { a: '1' } } },
      'metrics none -> basic_auth_users a value that is not shown',
    ],
    ['a path', { path: '/1' }, { path: '/2' }, 'path /1 -> /2'],
  ] as const)
    it(`of ${what}`, () => assert.deepEqual(differences(before, after), [expected]));
});
