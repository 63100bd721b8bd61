// Requests that the page takes, and those that it refuses before it looks at them.

import assert from 'node:assert/strict';
import { type Asked, cookieOf, refuseHost, refuseOrigin } from '../../../ui/server/gate.ts';
import { openSessions } from '../../../ui/server/sessions.ts';

const asked = (method: string, path: string, headers: Asked['headers']): Asked => ({ method, path, headers });
const host = '127.0.0.1:4000';
const order = { host, origin: `http://${host}`, 'x-regent-page': '1', 'content-type': 'application/json' };

describe('the gate of the page', () => {
  for (const [name, isTaken] of [
    ['127.0.0.1:4000', true],
    ['localhost:4000', true],
    ['[::1]:4000', true],
    ['localhost', true],
    ['lb0.example:4000', false],
    ['127.0.0.1.example', false],
    ['localhost.example:4000', false],
    ['127.0.0.1:4000 ', false],
    ['', false],
    ['192.168.55.11:4000', false],
  ] as const)
    it(`${isTaken ? 'takes' : 'refuses'} the host "${name}"`, () =>
      assert.equal(refuseHost(asked('GET', '/', { host: name })) === undefined, isTaken));
  it('refuses a request without a host', () => assert.equal(refuseHost(asked('GET', '/', {}))?.status, 421));

  for (const [title, request, status] of [
    [
      'a visit from a link of another site',
      asked('GET', '/', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' }),
      undefined,
    ],
    ['the stream for another port', asked('GET', '/stream', { host, 'sec-fetch-site': 'same-site' }), 403],
    [
      'a frame or script of another site',
      asked('GET', '/', { host, 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' }),
      403,
    ],
    ['the stream for itself', asked('GET', '/stream', { host, 'sec-fetch-site': 'same-origin' }), undefined],
    ['a program that is no browser', asked('GET', '/stream', { host }), undefined],
    ['an order of its own', asked('POST', '/command', order), undefined],
    [
      'an order by a name beside its own',
      asked('POST', '/command', { ...order, origin: 'http://localhost:4000' }),
      403,
    ],
    ['an order by another scheme', asked('POST', '/command', { ...order, origin: `https://${host}` }), 403],
  ] as const)
    it(`${status === undefined ? 'takes' : 'refuses'} ${title}`, () =>
      assert.equal(refuseOrigin(request)?.status, status));

  it('reads its own cookie among others', () => {
    const request = asked('GET', '/', { cookie: 'a=1; regent-4000=secret=x; regent-400=other' });
    assert.equal(cookieOf(request, 'regent-4000'), 'secret=x');
    assert.equal(cookieOf(request, 'regent-40'), undefined);
  });
});

describe('sessions', () => {
  it('are opened once by a token, and by no earlier one', () => {
    const sessions = openSessions();
    const first = sessions.invite();
    const second = sessions.invite();
    assert.equal(sessions.redeem(first), undefined);
    const session = sessions.redeem(second);
    assert.equal(sessions.redeem(second), undefined);
    assert.ok(sessions.isOpen(session));
    assert.ok(!sessions.isOpen(second));
    assert.ok(!sessions.isOpen(undefined));
    assert.ok(!sessions.isOpen(''));
  });
});
