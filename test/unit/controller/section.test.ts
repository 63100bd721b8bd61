// A part of the director that follows one section of the configuration.

import assert from 'node:assert/strict';
import type { DirectorConfig } from '../../../config/model/model.ts';
import { openSection } from '../../../controller/section.ts';
import { configOf } from '../config/source/texts.ts';

const config = (listen?: string): DirectorConfig =>
  configOf(`director: d\nvrrp: { routers: [] }\n${listen === undefined ? '' : `metrics: { listen: ${listen} }\n`}`);

const open = (first: DirectorConfig, isRefused = false) => {
  const seen: string[] = [];
  const port = { isRefused };
  const section = openSection(first, {
    key: 'metrics',
    open: ({ listen }) => {
      seen.push(`open ${listen.port}`);
      if (port.isRefused) throw new Error('the port is taken');
      return { close: () => void seen.push(`close ${listen.port}`) };
    },
    onFault: (why) => seen.push(why),
  });
  return { seen, port, section };
};

describe('a section of the configuration', () => {
  it('is opened, and opened again only when it changes', () => {
    const { seen, section } = open(config('127.0.0.1:1'));
    section.configure(config('127.0.0.1:1'));
    section.configure(config('127.0.0.1:2'));
    section.configure(config());
    assert.deepEqual(seen, ['open 1', 'close 1', 'open 2', 'close 2']);
    assert.equal(section.part(), undefined);
  });

  it('that could not be opened is tried again at the next reload, changed or not', () => {
    const { seen, port, section } = open(config('127.0.0.1:1'), true);
    assert.deepEqual([section.part(), section.fault()], [undefined, 'the port is taken']);
    port.isRefused = false;
    section.configure(config('127.0.0.1:1'));
    assert.deepEqual(seen, ['open 1', 'the port is taken', 'open 1']);
    assert.equal(section.fault(), undefined);
    assert.ok(section.part());
  });
});
