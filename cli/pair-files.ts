// The files of a new pair of directors: what `regent init` writes. Pure.

import { type Cidr, formatCidr } from '../net/cidr.ts';
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts';
import { familyOf, type IpAddress } from '../net/ip-address.ts';

export type NamedAddress = { readonly name: string; readonly address: IpAddress };
export type NamedEndpoint = { readonly name: string } & Endpoint;
export type VirtualAddress = Cidr;

export type Pair = {
  /** The first is the master as long as it lives; the addresses are for its peers. */
  readonly directors: readonly [NamedAddress, NamedAddress];
  /** What clients connect to. */
  readonly address: VirtualAddress;
  readonly interface: string;
  readonly routerId: number;
  /** Real servers, perhaps none. */
  readonly servers: readonly NamedEndpoint[];
};

const peersPort = 8550;
export const configurationFolder = '/etc/regent';
const keyPlace = `${configurationFolder}/peers.key`;
const configurationPlace = `${configurationFolder}/regent.yaml`;

const isPlain = (text: string): boolean =>
  /^[a-z_][\w.-]*$/i.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text);
/** As YAML, which takes a name such as `1` or `yes` for another type. */
const yaml = (text: string): string => (isPlain(text) ? text : JSON.stringify(text));
const yamlEndpoint = (endpoint: Endpoint): string => {
  const text = formatEndpoint(endpoint);
  return text.startsWith('[') ? JSON.stringify(text) : text;
};
const yamlCidr = (cidr: Cidr): string =>
  familyOf(cidr.address) === 'ipv6' ? JSON.stringify(formatCidr(cidr)) : formatCidr(cidr);

/** The port of the service is that of the first server. */
const writeService = (address: IpAddress, servers: readonly NamedEndpoint[]): string => {
  const [first] = servers;
  if (first === undefined) return '';
  const rows = servers
    .map((server) => `      - { name: ${yaml(server.name)}, address: ${yamlEndpoint(server)} }\n`)
    .join('');
  return `virtual_services:
  - name: web
    address: ${yamlEndpoint({ address, port: first.port })}
    scheduler: wrr
    forwarding: masq
    snat: true # replies return through the director; the servers see its address instead of the client's
    check: { type: tcp, interval: 1s, timeout: 500ms, rise: 2, fall: 3 }
    real_servers:
${rows}`;
};

const writeFile = (pair: Pair, own: NamedAddress, other: NamedAddress, priority: number): string =>
  `# Director ${own.name}. The other director's file differs in \`director\`, \`priority\` and \`peers\` alone.
director: ${yaml(own.name)}
vrrp:
  routers:
    - name: vip
      interface: ${yaml(pair.interface)}
      virtual_router_id: ${pair.routerId} # the same on both, unique in this network
      priority: ${priority} # the higher one is master
      addresses: [${yamlCidr(pair.address)}]
${writeService(pair.address.address, pair.servers)}peers: # drains and weights hold on both
  listen: ${yamlEndpoint({ address: own.address, port: peersPort })}
  key_file: ${keyPlace}
  directors: [${yamlEndpoint({ address: other.address, port: peersPort })}]
`;

export const fileOf = ({ name }: NamedAddress): string => `${name}.yaml`;
export const keyFile = 'peers.key';

/** By name of the file. @param secret of the peers. */
export const writePair = (pair: Pair, secret: string): ReadonlyMap<string, string> => {
  const [one, other] = pair.directors;
  return new Map([
    [fileOf(one), writeFile(pair, one, other, 150)],
    [fileOf(other), writeFile(pair, other, one, 100)],
    [keyFile, `${secret}\n`],
  ]);
};

/** As a word of the shell. */
const word = (text: string): string => (/^[\w./:@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

export type Here = {
  /** The folder of the files, absolute. */
  readonly folder: string;
  /** Addresses of this host, which may be a director itself. */
  readonly addresses: ReadonlySet<string>;
};

const copies = (director: NamedAddress, { folder, addresses }: Here): readonly string[] => {
  const { address } = director;
  const isHere = addresses.has(address);
  const host = familyOf(address) === 'ipv6' ? `[${address}]` : address;
  const copy = (file: string, place: string): string =>
    isHere
      ? `cp ${word(`${folder}/${file}`)} ${place}`
      : `scp ${word(`${folder}/${file}`)} ${word(`root@${host}:${place}`)}`;
  // The key is where it should be already.
  const isKeyThere = isHere && folder === configurationFolder;
  return [copy(fileOf(director), configurationPlace), ...(isKeyThere ? [] : [copy(keyFile, keyPlace)])];
};

/** What is to be done with them, as lines of the shell. */
export const nextSteps = ({ directors }: Pair, here: Here): string =>
  [
    '# with regent installed on both:',
    ...directors.map((director) => copies(director, here).join(' && ')),
    '# then on each of them:',
    `chown root:regent ${configurationPlace} ${keyPlace} && chmod 640 ${configurationPlace} ${keyPlace}`,
    'regent check && regent doctor',
    'systemctl enable --now regent && regent status',
    '',
  ].join('\n');
