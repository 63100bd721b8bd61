// IPVS tables as the kernel and ipvsadm print them.

import { deepEqual, equal, notEqual } from 'node:assert/strict';
import { parseTable } from '../../../drill/capture/ipvs-table.ts';
import { establishedPorts, rowOf, trimTable, withoutCounts } from '../../../lab/table.ts';
import { seedTable } from '../../../lab/topology.ts';

const heading = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`;
const proc = `${heading}TCP  C0A83764:0050 wrr
  -> C0A84270:0050      Masq    100    2          7
  -> C0A8426F:0050      Masq    0      1          0
`;
const printed = `${heading}TCP  192.168.55.100:80 wrr
  -> 192.168.66.111:80            Masq    100    0          0         
  -> 192.168.66.112:80            Masq    100    0          0         
`;

describe('an IPVS table', () => {
  it('is read from /proc/net/ip_vs', () => {
    deepEqual(parseTable(proc), [
      {
        service: 'TCP 192.168.55.100:80',
        scheduler: 'wrr',
        rows: [
          { server: '192.168.66.112:80', weight: 100, active: 2, inactive: 7 },
          { server: '192.168.66.111:80', weight: 0, active: 1, inactive: 0 },
        ],
      },
    ]);
  });

  it('finds the row of a real server, or none', () => {
    equal(rowOf(proc, '192.168.66.111:80')?.weight, 0);
    equal(rowOf(heading, '192.168.66.111:80'), undefined);
  });

  it("is the seed's to the letter but for headings and blanks at the end", () => equal(trimTable(printed), seedTable));

  it('is the same in use, whatever the counts of connections', () => {
    const used = seedTable.replace(/0 {10}0$/m, '12         3456');
    notEqual(used, seedTable);
    equal(withoutCounts(used), withoutCounts(seedTable));
  });

  it('is another with another weight', () => {
    notEqual(withoutCounts(seedTable.replace('Masq    100', 'Masq    0  ')), withoutCounts(seedTable));
  });
});

describe('a table of connections', () => {
  it('names the ports of the clients whose connections are established', () => {
    const text = `Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData
TCP C0A837C8 9C40 C0A83764 0050 C0A8426F 0050 ESTABLISHED     899
TCP C0A837C8 9C41 C0A83764 0050 C0A8426F 0050 FIN_WAIT        119
`;
    deepEqual([...establishedPorts(text)], [40_000]);
  });
});
