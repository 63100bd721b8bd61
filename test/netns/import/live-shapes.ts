// The shapes of pairs that are walked: a keepalived.conf for each side, of which the left one ranks higher. Pure.

export type Where = 'left' | 'right';

export type Shape = {
  readonly name: string;
  /** What its master holds. */
  readonly addresses: readonly string[];
  /** Whether a router is between both. */
  readonly isRouted: boolean;
  /** @param ok a file that the tracked script looks for. */
  readonly write: (where: Where, ok: string) => string;
};

const priority = (where: Where): number => (where === 'left' ? 150 : 100);

const script = (ok: string): string => `vrrp_script ok {
  script "/usr/bin/test -e '${ok}'"
  interval 1
}
`;

const tracks = `  track_interface {
    trk0
  }
  track_script {
    ok
  }
`;

const instance = (name: string, id: number, where: Where, lines: string): string => `vrrp_instance ${name} {
  state BACKUP
  virtual_router_id ${id}
  priority ${priority(where)}
${lines}}
`;

const authentication = '  authentication {\n    auth_type PASS\n    auth_pass secret\n  }\n';

export const shapes: readonly Shape[] = [
  {
    name: 'multicast',
    addresses: ['192.168.55.100'],
    isRouted: false,
    write: (where, ok) =>
      script(ok) +
      instance(
        'VI',
        51,
        where,
        `  interface enp0s9\n  virtual_ipaddress {\n    192.168.55.100/24\n  }\n${authentication}${tracks}`,
      ),
  },
  {
    name: 'unicast through a router',
    addresses: ['192.168.55.100'],
    isRouted: true,
    write: (where, ok) => {
      const [own, peer] = where === 'left' ? ['10.70.0.2', '10.71.0.2'] : ['10.71.0.2', '10.70.0.2'];
      const wire = `  interface up0\n  unicast_src_ip ${own}\n  unicast_peer {\n    ${peer}\n  }\n`;
      return (
        script(ok) +
        instance('VI', 51, where, `${wire}  virtual_ipaddress {\n    192.168.55.100/24 dev enp0s9\n  }\n${tracks}`)
      );
    },
  },
  {
    name: 'sync group with tracking',
    addresses: ['192.168.55.100', '192.168.55.101'],
    isRouted: false,
    write: (where, ok) => `${script(ok)}vrrp_script weighed {
  script /bin/false
  weight -100
}
vrrp_sync_group ALL {
  group {
    ONE
    TWO
  }
}
${instance('ONE', 51, where, `  interface enp0s9\n  virtual_ipaddress {\n    192.168.55.100/24\n  }\n${tracks}`)}${instance('TWO', 52, where, '  interface enp0s9\n  virtual_ipaddress {\n    192.168.55.101/24\n  }\n  track_script {\n    weighed\n  }\n')}`,
  },
  {
    name: 'virtual MAC',
    addresses: ['192.168.55.100'],
    isRouted: false,
    write: (where, ok) =>
      script(ok) +
      instance(
        'VI',
        51,
        where,
        `  interface enp0s9\n  use_vmac\n  version 3\n  virtual_ipaddress {\n    192.168.55.100/24\n  }\n${tracks}`,
      ),
  },
  {
    name: 'an owner',
    addresses: ['192.168.55.100'],
    isRouted: false,
    write: (where, ok) =>
      script(ok) +
      instance(
        'VI',
        51,
        where,
        `  interface enp0s9\n${where === 'left' ? '  priority 255\n' : ''}  virtual_ipaddress {\n    192.168.55.100/24\n  }\n${tracks}`,
      ),
  },
];
