// Another machine's clock, as its tellings show it.

import { equal } from 'node:assert/strict';
import { createClock } from '../../../../lab/vagrant/clock.ts';

describe('the clock of another machine', () => {
  it('is taken for ours before it said anything', () => equal(createClock().ahead(), 0));

  it('is ahead by what the quickest of its tellings says', () => {
    const clock = createClock();
    for (const underWay of [30, 2, 11]) clock.add(5000 + 700, 5000 + underWay);
    equal(clock.ahead(), 698);
  });

  it('follows a drift', () => {
    const clock = createClock();
    for (let told = 0; told < 300; told += 1) clock.add(1000 * told - told, 1000 * told);
    equal(clock.ahead(), -200);
  });

  it('is another after a boot', () => {
    const clock = createClock();
    clock.add(900, 100);
    clock.forget();
    clock.add(100, 101);
    equal(clock.ahead(), -1);
  });
});
