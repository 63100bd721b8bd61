// What is refused by itself: syntax, keys that are missing, unknown or repeated, and values of a wrong shape.

import assert from 'node:assert/strict';
import { problemsOf, refuse, router, service, services, vrrp } from './texts.ts';

const unit = 'a duration with its unit, such as 1s or 500ms,';

describe('a configuration', () => {
  refuse([
    ['an empty file', '', '1:1: the file is empty'],
    ['two documents', '--- a\n--- b\n', '1:1: expected one document, but there are several'],
    ['a list for a mapping', '[]', '1:1: expected a mapping'],
    ['a syntax error', 'director: [d\n', '1:11: this [ is never closed'],
    ['an alias without anchor', 'director: *d\n', '1:12: unidentified alias "d"'],
    ['a missing key', 'vrrp: {}\n', '1:1: missing key "director"'],
    ['nothing to do', '# c\n\ndirector: d\n', '3:1: a director needs vrrp, virtual_services or anycast'],
    ['a misspelt section, once', 'director: d\nvrp: {}\n', '2:1: unknown key "vrp" (did you mean "vrrp"?)'],
    ['a repeated key', `${vrrp(router())}director: e\n`, '5:1: key "director" is repeated: see f:1:1'],
    ['an unknown key', `${vrrp(router())}lgo: {}\n`, '5:1: unknown key "lgo" (did you mean "log"?)'],
    ['an unknown key like none', `${vrrp(router())}telemetry: {}\n`, '5:1: unknown key "telemetry"'],
    [
      'a misspelt key that is required, once',
      'director: d\nvrrp:\n  routers:\n    - nmae: a\n      interface: e\n      virtual_router_id: 1\n      addresses: [10.0.0.1]\n',
      '4:7: unknown key "nmae" (did you mean "name"?)',
    ],
    [
      'a key without a value',
      'director:\nvrrp: { routers: [] }\n',
      '1:1: expected a name of letters, digits, ".", "_" and "-", not null',
    ],
    ['a number out of bounds', vrrp(router(', priority: 256')), '4:90: expected a whole number from 1 to 255, not 256'],
    ['a fraction', vrrp(router(', priority: 1.5')), '4:90: expected a whole number from 1 to 255, not 1.5'],
    ['priority 0', vrrp(router(', priority: 0')), '4:90: expected a whole number from 1 to 255, not 0'],
    ['a quoted number', vrrp(router(', priority: "5"')), '4:90: expected a whole number from 1 to 255, not "5"'],
    [
      'a word for a flag',
      vrrp(router(', preempt: off')),
      '4:89: expected true or false, not "off" (did you mean "false"?)',
    ],
    [
      'an unknown lease',
      vrrp(router(', lease: atuo')),
      '4:87: expected one of auto, until_successor, off, not "atuo" (did you mean "auto"?)',
    ],
    ['no addresses', vrrp(router('', 1, 'a', '')), '4:68: expected at least one entry'],
    [
      'a misspelt key of authentication',
      vrrp(router(', authentication: { type: hmac, key_fiel: /etc/k, key_file: /etc/k }')),
      '4:110: unknown key "key_fiel" (did you mean "key_file"?)',
    ],
    [
      'a bare number for a duration',
      `${vrrp(router())}  hold: 1\n`,
      `5:9: expected ${unit} at most 24h, not 1 (did you mean "1s"?)`,
    ],
    ['a duration too long', `${vrrp(router())}  hold: 25h\n`, `5:9: expected ${unit} at most 24h, not "25h"`],
    [
      'an interval of no time',
      services(service(', check: { interval: 0s }')),
      `6:57: expected ${unit} above zero and at most 24h, not "0s"`,
    ],
    [
      'all problems in the order of their places, schema and rules alike',
      `log: { level: inof }\n${vrrp(router(', priority: 0'), router())}`,
      '1:15: expected one of error, warn, info, debug, not "inof" (did you mean "info"?)',
      '5:90: expected a whole number from 1 to 255, not 0',
      '6:15: router name "a" is used twice: see f:5:15',
      '6:54: virtual_router_id 1 is used twice on eth0: see f:5:54',
      '6:69: address 10.0.0.1 is given twice: see f:5:69',
    ],
  ]);

  it('counts places alike with CR LF and a byte order mark', () => {
    const text = `\uFEFF${vrrp(router(', priority: 0')).replaceAll('\n', '\r\n')}`;
    assert.deepEqual(problemsOf(text), ['4:90: expected a whole number from 1 to 255, not 0']);
  });
});
