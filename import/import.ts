// Converts a keepalived.conf to regent's YAML, with a list of what did not fit. Pure but for the port that reads files.

import type { Files } from '../config/source/include.ts';
import { readDirector } from './director.ts';
import { isList, list, mapping, type Node, nodesAlong, type Origin, tidy } from './document.ts';
import { expandFile, type Settings } from './expansion.ts';
import { globalKeywords, topKeywords } from './global-keywords.ts';
import { findGroups, readGroups } from './groups.ts';
import { readNotifications } from './notifications.ts';
import { readRouters } from './routers.ts';
import { carry } from './rows.ts';
import { readServices } from './services.ts';
import { settle } from './settle.ts';
import { shareAddresses } from './shared-addresses.ts';
import { blockOf, type Finding, type Statement } from './statement.ts';
import { readTrackers, trackers } from './trackers.ts';
import { buildTree } from './tree.ts';
import { writeYaml } from './yaml.ts';

export type Imported = {
  readonly yaml: string;
  readonly findings: readonly Finding[];
  /** Whether the file has instances or services, and none could be converted. */
  readonly isEmpty: boolean;
  /** The statements of the file, nested as keepalived does. */
  readonly statements: readonly Statement[];
};

const listOf = (nodes: readonly Node[], origin: Origin): Node | undefined =>
  nodes.length === 0 ? undefined : list(nodes, origin);

/** Translates the statements of a whole configuration. */
const translate = (roots: readonly Statement[], file: string, standard: string) => {
  const origin: Origin = { keyword: file, place: { file, line: 1 } };
  const globals = roots.filter(({ keyword }) => keyword === 'global_defs').flatMap(blockOf);
  const findings: Finding[] = [...carry(roots, topKeywords).findings, ...carry(globals, globalKeywords).findings];
  const { entries, findings: more } = readDirector(roots, globals, origin, standard);
  const found = findGroups(roots, findings);
  const routers = readRouters(roots, globals, found);
  const groups = readGroups(found, roots, routers.names);
  const services = readServices(roots);
  const named = Object.entries(trackers).map(([key, tracker]) => [key, readTrackers(tracker, roots)] as const);
  findings.push(
    ...more,
    ...routers.findings,
    ...groups.findings,
    ...services.findings,
    ...named.flatMap(([, part]) => part.findings),
  );
  const document = mapping(
    {
      director: entries.director,
      vrrp: mapping(
        {
          announce_rate: entries.announce_rate,
          ...Object.fromEntries(named.map(([key, { nodes }]) => [key, listOf(nodes, origin)])),
          routers: list(routers.nodes, origin),
          groups: listOf(groups.nodes, origin),
        },
        origin,
      ),
      connection_sync: entries.connection_sync,
      ipvs_timeouts: entries.ipvs_timeouts,
      virtual_services: listOf(services.nodes, origin),
      notifications: listOf(readNotifications(globals), origin),
    },
    origin,
  );
  return { document, findings };
};

const hasEntries = (document: Node, path: readonly string[]): boolean => {
  const nodes = nodesAlong(document, path);
  const content = nodes.length > path.length ? nodes.at(-1)?.content : undefined;
  return content !== undefined && isList(content) && content.length > 0;
};

const isKnown = ({ keyword }: Statement): boolean =>
  topKeywords.rows.some(({ keywords }) => keywords.includes(keyword));

/**
 * Imports a configuration; `regent check` accepts the YAML.
 * @throws Error if the file cannot be read, or contains nothing of keepalived's.
 */
export const importKeepalived = (file: string, files: Files, settings: Settings): Imported => {
  const expansion = expandFile(file, files, settings);
  const tree = buildTree(expansion.lines);
  if (!tree.statements.some(isKnown)) {
    const reasons = expansion.findings.map(({ message }) => message);
    throw new Error([`${file}: there is no block of keepalived in it`, ...reasons].join('; '));
  }
  const translated = translate(tree.statements, file, settings.configId);
  const settled = settle(shareAddresses(translated.document));
  const document = tidy(settled.document);
  const findings = [...expansion.findings, ...tree.findings, ...translated.findings, ...settled.findings];
  const lost = findings.filter(({ kind }) => kind === 'lost').length;
  const head = [
    `Imported from ${file} by "regent import".`,
    ...(lost === 0 ? [] : [`Not carried: ${lost} of its lines; run the import again to see them, with their reasons.`]),
    '',
  ];
  const hadAny = tree.statements.some(({ keyword }) => /^(vrrp_instance|virtual_server)$/.test(keyword));
  const isLeft = [['vrrp', 'routers'], ['virtual_services']].some((path) => hasEntries(document, path));
  return { yaml: writeYaml(document, head), findings, isEmpty: hadAny && !isLeft, statements: tree.statements };
};
