// A pair keeps its masters when one of both, or each, becomes regent by its import: start, fault, failed script, stop, SIGKILL.

import assert from 'node:assert/strict';
import { unlessShort } from '../../prove/extent.ts';
import { keepalivedProgram } from '../vrrp/keepalived-versions.ts';
import { type Cast, type Course, expected, walk } from './casts.ts';
import { shapes } from './live-shapes.ts';

const casts: readonly Cast[] = [
  ...unlessShort<readonly Cast[]>([['regent', 'regent']], []),
  ['keepalived', 'regent'],
  // What keepalived does by itself, and the other order, change with keepalived and regent alone.
  ...(process.env.REGENT_PROVE === 'long'
    ? ([
        ['keepalived', 'keepalived'],
        ['regent', 'keepalived'],
      ] as const)
    : []),
];

describe('pairs of what was imported', function () {
  // All pairs walk at once, each on hosts of its own: they mostly wait.
  this.timeout(300_000);
  const courses = new Map<string, Promise<Course>>();
  before(() => {
    keepalivedProgram('2.2');
    for (const shape of shapes)
      for (const cast of casts) {
        const course = walk(shape, cast);
        course.catch(() => undefined);
        courses.set(`${shape.name}: ${cast.join(' and ')}`, course);
      }
  });
  after(() => Promise.allSettled(courses.values()));

  for (const shape of shapes)
    for (const cast of casts) {
      const name = `${shape.name}: ${cast.join(' and ')}`;
      it(name, async () => assert.deepEqual(await courses.get(name), expected));
    }
});
