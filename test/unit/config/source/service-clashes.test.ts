// What virtual services and real servers may have once.

import { refuse, service, services } from './texts.ts';

describe('virtual services', () => {
  refuse([
    [
      'one service name twice',
      services(service(''), service('', '', 's', '10.0.0.1:81')),
      '8:13: service name "s" is used twice: see f:6:13',
    ],
    [
      'one service address twice',
      services(service(''), service('', '', 't')),
      '8:25: service 10.0.0.1:80 is given twice: see f:6:25',
    ],
    [
      'one real server twice in a service',
      services(service('', '{ address: 10.0.1.1:80 }, { address: 10.0.1.1:80 }')),
      '7:59: real server 10.0.1.1:80 is given twice: see f:7:33',
    ],
    [
      'one real server name twice in a service',
      services(service('', '{ name: r, address: 10.0.1.1:80 }, { name: r, address: 10.0.1.2:80 }')),
      '7:65: real server name "r" is used twice: see f:7:30',
    ],
    [
      'another port behind direct forwarding',
      services(service(', forwarding: direct', '{ address: 10.0.1.1:81 }')),
      '7:33: direct forwarding keeps the port, so it must be 80: see f:6:25 (did you mean "10.0.1.1:80"?)',
    ],
  ]);
});
