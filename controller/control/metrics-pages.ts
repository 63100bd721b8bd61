// What the port for metrics answers besides them: for probes, and for people who come by. Pure.

import type { Status } from './status.ts';

export type Page = { readonly status: number; readonly type: string; readonly body: string };

/** What probes ask of a director. */
export type Probed = Pick<Status, 'director' | 'version' | 'programs' | 'routers' | 'ipvs'>;

const plain = (status: number, ...lines: readonly string[]): Page => ({
  status,
  type: 'text/plain; charset=utf-8',
  body: `${lines.join('\n')}\n`,
});

/** Why the director does not do its work; empty where it does. */
const obstacles = ({ programs, ipvs }: Probed): string[] => [
  ...programs.filter(({ answers }) => !answers).map(({ name }) => `${name} does not answer`),
  ...(ipvs.fault === undefined ? [] : [`no virtual service is in the kernel: ${ipvs.fault}`]),
];

const readiness = (probed: Probed): Page => {
  const found = obstacles(probed);
  return found.length === 0 ? plain(200, 'ready') : plain(503, ...found);
};

/** For load balancers and probes that follow a router's addresses. */
const mastership = (name: string, { routers }: Probed): Page => {
  const router = routers.find((one) => one.name === name);
  if (router === undefined)
    return plain(404, `there is no router ${name}; there are ${routers.map((one) => one.name).join(', ') || 'none'}`);
  return plain(router.state === 'master' ? 200 : 503, router.state);
};

const asMarkup = (text: string): string => text.replaceAll(/[<>&"]/g, (letter) => `&#${letter.codePointAt(0)};`);

const index = ({ director, version, routers }: Probed, hasWall: boolean): Page => {
  const paths = [
    '/metrics',
    '/healthz',
    '/readyz',
    ...(hasWall ? ['/page/'] : []),
    ...routers.map(({ name }) => `/master/${encodeURIComponent(name)}`),
  ];
  const links = paths.map((path) => `<li><a href="${asMarkup(path)}">${asMarkup(path)}</a></li>`).join('');
  const title = `regent ${asMarkup(version)} on ${asMarkup(director)}`;
  const body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title><h1>${title}</h1><ul>${links}</ul></html>\n`;
  return { status: 200, type: 'text/html; charset=utf-8', body };
};

/** @param hasWall whether the page of the pair is served. @returns undefined where there is no such page. */
export const pageOf = (path: string, probed: Probed, hasWall = false): Page | undefined => {
  if (path === '/') return index(probed, hasWall);
  if (path === '/healthz') return plain(200, 'well');
  if (path === '/readyz') return readiness(probed);
  const name = /^\/master\/([^/]+)$/.exec(path)?.[1];
  if (name === undefined) return undefined;
  try {
    return mastership(decodeURIComponent(name), probed);
  } catch {
    return undefined;
  }
};
