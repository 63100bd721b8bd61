// The files of a new pair of directors: what `regent init` writes. Pure.

export type Pair = {
  /** The first is the master as long as it lives. */
  readonly directors: readonly [Named, Named];
  /** What clients connect to: an address, perhaps with a prefix length. */
  readonly address: string;
  readonly interface: string;
  readonly routerId: number;
  /** Real servers, perhaps none. */
  readonly servers: readonly Named[];
};

/** A director's address is for its peers; a server's has a port. */
export type Named = { readonly name: string; readonly address: string };

const peersPort = 8550;
export const keyPlace = '/etc/regent/peers.key';

const endpoint = (address: string, port: number): string =>
  address.includes(':') ? `"[${address}]:${port}"` : `${address}:${port}`;

const quoted = (text: string): string => (text.includes(':') ? JSON.stringify(text) : text);

/** The port of the service is that of the first server. */
const writeService = (address: string, servers: readonly Named[]): string => {
  const [first] = servers;
  if (first === undefined) return '';
  const port = Number(/:(\d+)$/.exec(first.address)?.[1]);
  const rows = servers
    .map((server) => `      - { name: ${server.name}, address: ${quoted(server.address)} }\n`)
    .join('');
  return `virtual_services:
  - name: web
    address: ${endpoint(address, port)}
    scheduler: wrr
    forwarding: masq
    snat: true # replies return through the director; the servers see its address instead of the client's
    check: { type: tcp, interval: 1s, timeout: 500ms, rise: 2, fall: 3 }
    real_servers:
${rows}`;
};

const writeFile = (pair: Pair, own: Named, other: Named, priority: number): string => {
  const [plain = '', length = pair.address.includes(':') ? '128' : '32'] = pair.address.split('/');
  return `# Director ${own.name}. The other director's file differs in \`director\`, \`priority\` and \`peers\` alone.
director: ${own.name}
vrrp:
  routers:
    - name: vip
      interface: ${pair.interface}
      virtual_router_id: ${pair.routerId} # the same on both, unique in this network
      priority: ${priority} # the higher one is master
      addresses: [${quoted(`${plain}/${length}`)}]
${writeService(plain, pair.servers)}peers: # drains and weights hold on both
  listen: ${endpoint(own.address, peersPort)}
  key_file: ${keyPlace}
  directors: [${endpoint(other.address, peersPort)}]
`;
};

/** By name of the file. @param secret of the peers. */
export const writePair = (pair: Pair, secret: string): ReadonlyMap<string, string> => {
  const [one, other] = pair.directors;
  return new Map([
    [`${one.name}.yaml`, writeFile(pair, one, other, 150)],
    [`${other.name}.yaml`, writeFile(pair, other, one, 100)],
    ['peers.key', `${secret}\n`],
  ]);
};

/** What is to be done with them. @param folder where they are. */
export const nextSteps = ({ directors }: Pair, folder: string): string =>
  [
    ...directors.map(
      ({ name, address }) =>
        `scp ${folder}/${name}.yaml root@${address}:/etc/regent/regent.yaml && scp ${folder}/peers.key root@${address}:${keyPlace}`,
    ),
    '# then on each of them, with regent installed:',
    `chown root:regent /etc/regent/regent.yaml ${keyPlace} && chmod 640 /etc/regent/regent.yaml ${keyPlace}`,
    'regent check && regent doctor',
    'systemctl enable --now regent && regent status',
    '',
  ].join('\n');
