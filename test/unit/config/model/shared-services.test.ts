// What a new configuration shares with the current one, and when two values are the same data.

import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { isSameData } from '../../../../base/same-data.ts';
import type { DirectorConfig } from '../../../../config/model/model.ts';
import { shareServices } from '../../../../config/model/shared-services.ts';
import { parseConfig } from '../../../../config/source/load.ts';

const configOf = (...weights: readonly number[]): DirectorConfig => {
  const services = weights.map(
    (weight, index) => `
  - name: s${index}
    address: 10.0.0.${index + 1}:80
    check: { type: http, headers: { a: b } }
    real_servers: [{ address: 10.0.1.1:80 }, { address: 10.0.1.2:80, weight: ${weight} }]`,
  );
  const result = parseConfig(`director: d\nvrrp: { routers: [] }\nvirtual_services:${services.join('')}`, 'f');
  assert.ok(result.ok);
  return result.config;
};

describe('a configuration that shares what is unchanged', () => {
  it('has the same content', () =>
    assert.deepEqual(shareServices(configOf(1, 2), configOf(1, 3, 4)), configOf(1, 3, 4)));

  it('has the services and servers that are equal as the same objects, and no others', () => {
    const before = configOf(1, 2);
    const after = shareServices(before, configOf(1, 3));
    const [[one, two], [first, second]] = [before.virtualServices, after.virtualServices];
    assert.equal(first, one);
    assert.notEqual(second, two);
    assert.deepEqual(
      second?.realServers.map((server, index) => server === two?.realServers[index]),
      [true, false],
    );
  });

  it('finds services wherever they stand', () => {
    const before = configOf(1, 2);
    const reversed = { ...configOf(1, 2), virtualServices: configOf(1, 2).virtualServices.toReversed() };
    const after = shareServices(before, reversed);
    assert.equal(after.virtualServices[0], before.virtualServices[1]);
  });
});

describe('same data', () => {
  const data = fc.object({
    maxDepth: 3,
    values: [fc.nat(2), fc.constant(undefined), fc.constant(Number.NaN), fc.string()],
  });
  it('is what Node compares as equal', () =>
    fc.assert(
      fc.property(data, data, (left, right) => {
        assert.equal(isSameData(left, right), isDeepStrictEqual(left, right));
        assert.ok(isSameData(left, structuredClone(left)));
      }),
    ));
  for (const [left, right] of [
    [{}, []],
    [{ a: undefined }, { b: undefined }],
    [new Map([[1, 2]]), new Map([[1, 3]])],
    [new Set([1]), {}],
    [null, {}],
    [[1, 2], [1]],
  ])
    it(`is not ${JSON.stringify(left)} and ${JSON.stringify(right)}`, () => assert.ok(!isSameData(left, right)));
});
