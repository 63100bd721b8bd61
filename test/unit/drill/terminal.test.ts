// What a drill shows while it runs, on a terminal and without one.

import assert from 'node:assert/strict';
import { narrate } from '../../../drill/run/terminal.ts';

const plain = (_: string, text: string): string => text;
const many = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`server-${index}`, 10]));

describe('the requests of a second', () => {
  const shown = (answered: Readonly<Record<string, number>>, width?: number, seconds = 1): string => {
    let text = '';
    const { onSecond } = narrate(
      (more) => {
        text += more;
      },
      plain,
      width,
    );
    for (let second = 0; second < seconds; second += 1) onSecond(answered, 0);
    return text;
  };
  it('are drawn again by server', () =>
    assert.equal(shown({ rs0: 25, rs1: 24 }, 80), '\r\u001b[Krs0 25/s  rs1 24/s  failed 0/s'));
  it('are a sum where a line would wrap', () =>
    assert.equal(shown(many, 80), '\r\u001b[K12 servers 120/s  failed 0/s'));
  it('are a line for each five seconds without a terminal', () => {
    assert.equal(shown({ rs0: 25 }, undefined, 4), '');
    assert.equal(shown({ rs0: 25 }, undefined, 10).split('\n').length, 3);
    assert.match(shown(many, undefined, 5), /server-11 10\/s/);
  });
});
