// A rogue VRRP speaker, its own process in a host of the lab: it advertises a virtual router that it was not configured for.
//
// Arguments: interface, own address, virtual router id, priority, virtual address.

import { milliseconds } from '../base/units.ts';
import { openVrrpSocket } from '../kernel/sockets/open-vrrp-socket.ts';
import { interfaceIndex } from '../kernel/system/libc.ts';
import { ip } from '../net/ip-address.ts';
import { encodeAdvertisement } from '../vrrp/protocol/packet.ts';

const [device = '', own = '', id = '', priority = '', address = ''] = process.argv.slice(2);
const interval = milliseconds(1000);
const path = { source: ip(own), destination: ip('224.0.0.18') };

const socket = openVrrpSocket({
  family: 'ipv4',
  interface: device,
  interfaceIndex: interfaceIndex(device) ?? 0,
  joinsGroup: false,
  onPackets: () => {},
  onDrop: () => {},
  onError: ({ message }) => {
    process.stderr.write(`${message}\n`);
    process.exit(1);
  },
});
const advertisement = {
  version: 3,
  virtualRouterId: Number(id),
  priority: Number(priority),
  interval,
  addresses: [ip(address)],
} as const;
const packet = Buffer.from(encodeAdvertisement(advertisement, path, { dialect: 'rfc9568' }));
const speak = (): void => socket.send(packet, path);
speak();
setInterval(speak, interval / 2);
