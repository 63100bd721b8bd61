// keepalived on the directors of the lab, configured as their regent files are, so that the same drill runs on both.

import { parseDuration } from '../../base/units.ts';
import type { Document } from '../configuration.ts';
import {
  addressOn,
  type DirectorName,
  interfaceNames,
  realServerNames,
  servicePort,
  virtualAddress,
} from '../topology.ts';

const seconds = (text: string | undefined, otherwise: number): number =>
  (parseDuration(text ?? '') ?? otherwise) / 1000;

const interfaceOf = (address: string): string => interfaceNames[address.startsWith('192.168.55.') ? '55' : '66'];

/** The text of keepalived.conf for a director whose configuration regent has. */
export const keepalivedConfiguration = (document: Document, name: DirectorName): string => {
  const { routers } = document.vrrp;
  const check = document.virtual_services[0]?.check;
  const instances = routers.map(
    ({ virtual_router_id: id, priority, advertisement_interval: interval, addresses }) => `vrrp_instance router_${id} {
  state BACKUP
  interface ${interfaceOf(addresses[0] ?? '')}
  virtual_router_id ${id}
  priority ${priority}
  advert_int ${seconds(interval, 1000)}
  virtual_ipaddress {
${addresses.map((address) => `    ${address} dev ${interfaceOf(address)}`).join('\n')}
  }
}
`,
  );
  const servers = realServerNames.map(
    (server) => `  real_server ${addressOn(server, '66')} ${servicePort} {
    weight 100
    TCP_CHECK {
      connect_timeout ${seconds(check?.timeout, 500)}
      retry ${(check?.fall ?? 3) - 1}
      delay_before_retry ${seconds(check?.interval, 1000)}
    }
  }
`,
  );
  return `global_defs {
  router_id ${name}
  vrrp_version 3
  lvs_sync_daemon ${interfaceNames[66]} router_${routers[0]?.virtual_router_id} id 51
}
vrrp_sync_group lab {
  group {
${routers.map(({ virtual_router_id: id }) => `    router_${id}`).join('\n')}
  }
}
${instances.join('')}virtual_server ${virtualAddress} ${servicePort} {
  delay_loop ${seconds(check?.interval, 1000)}
  lb_algo wrr
  lb_kind NAT
  protocol TCP
${servers.join('')}}
`;
};
