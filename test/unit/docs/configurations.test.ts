// Each configuration of a page passes the check: as a whole, or as the part of one that it is.

import assert from 'node:assert/strict';
import { dump, load } from 'js-yaml';
import { isExtension } from '../../../config/schema/director-keys.ts';
import { parseConfig } from '../../../config/source/load.ts';
import { formatProblems } from '../../../config/source/problem.ts';
import { parseDrill } from '../../../drill/scenario/load.ts';
import { knownKeys } from '../config/known-keys.ts';
import { blocksOf, pageNames } from './markdown.ts';

type Mapping = Readonly<Record<string, unknown>>;

const router = { name: 'vip', interface: 'enp0s9', virtual_router_id: 51, addresses: ['192.168.55.100/32'] };
const service = { name: 'web', address: '192.168.55.100:80', real_servers: [] };
const base = { director: 'lb0', vrrp: { routers: [] } };

const fits = (part: Mapping, path: string): boolean =>
  Object.keys(part).every((key) => Object.hasOwn(knownKeys.get(path) ?? {}, key) || isExtension(key));

/** A whole configuration around what the page shows. */
const complete = (part: Mapping): object => {
  if (fits(part, '')) {
    const vrrp = { routers: [], ...(part.vrrp as object | undefined) };
    return { ...base, ...part, vrrp };
  }
  if (fits(part, 'vrrp.routers')) return { ...base, vrrp: { routers: [{ ...router, ...part }] } };
  return { ...base, virtual_services: [{ ...service, ...part }] };
};

describe('the configurations of the pages', () => {
  for (const page of pageNames)
    for (const { kind, line, text } of blocksOf(page).filter((block) => block.kind.startsWith('yaml')))
      it(`pass the check: ${page}:${line}`, () => {
        if (/^drill:/m.test(text)) {
          parseDrill(text, `${page}:${line}`);
          return;
        }
        const isWhole = /^director:/m.test(text) || kind.includes('file=');
        const result = parseConfig(isWhole ? text : dump(complete(load(text) as Mapping)), `${page}:${line}`);
        assert.ok(result.ok, result.ok ? '' : formatProblems(result.problems));
      });
});
