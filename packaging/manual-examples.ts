// The examples of regent.yaml(5): each is a whole file.

export const configurationExamples: readonly (readonly [meaning: string, file: string])[] = [
  [
    'An address that is on one of two directors; the file of the other differs in `director` and `priority`:',
    `director: lb0
vrrp:
  routers:
    - name: vip
      interface: eth0
      virtual_router_id: 51
      priority: 150
      addresses: [192.0.2.100/24]`,
  ],
  [
    'Connections to it spread over two servers, whose replies return through the director:',
    `director: lb0
vrrp:
  routers:
    - name: vip
      interface: eth0
      virtual_router_id: 51
      priority: 150
      addresses: [192.0.2.100/24]
virtual_services:
  - name: web
    address: 192.0.2.100:80
    scheduler: wrr
    forwarding: masq
    snat: true
    check: { type: http, path: /health, interval: 1s, timeout: 500ms }
    real_servers:
      - { name: rs0, address: 198.51.100.111:80 }
      - { name: rs1, address: 198.51.100.112:80, weight: 2 }`,
  ],
  [
    'IPv6, from host to host and signed, for a network without multicast; a script that must succeed; drains that hold on both directors:',
    `director: lb0
vrrp:
  scripts:
    - { name: uplink, command: [/usr/local/sbin/uplink], interval: 2s, timeout: 1s, fall: 3 }
  routers:
    - name: vip
      interface: eth0
      virtual_router_id: 51
      priority: 150
      addresses: ["2001:db8::100/64"]
      source: "2001:db8::11"
      peers: ["2001:db8::12"]
      authentication: { type: hmac, key_file: /etc/regent/vrrp.keys }
      track: [{ script: uplink }]
peers:
  listen: "[2001:db8::11]:8550"
  key_file: /etc/regent/peers.key
  directors: ["[2001:db8::12]:8550"]`,
  ],
];
