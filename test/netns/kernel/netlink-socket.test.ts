// Netlink against this host's kernel: batches, the kernel's words, dumps, generic netlink.

import assert from 'node:assert/strict';
import { pack } from '../../../kernel/netlink/codec.ts';
import { resolveFamily } from '../../../kernel/netlink/generic-netlink.ts';
import type { Request } from '../../../kernel/netlink/request.ts';
import { NETLINK_GENERIC, NETLINK_ROUTE, type NetlinkSocket, openNetlink } from '../../../kernel/netlink/socket.ts';
import { createNamespace, type Namespace, removeNamespaces } from '../namespaces.ts';

const RTM_NEWADDR = 20;
const RTM_DELADDR = 21;
const RTM_GETADDR = 22;
const NLM_F_CREATE_REPLACE = 0x500;

const header = (prefixLength: number): Buffer =>
  pack(['u8', 2], ['u8', prefixLength], ['u8', 0], ['u8', 0], ['u32', 1]);
const add = (host: number, prefixLength = 32): Request => ({
  operation: `add ${host}`,
  type: RTM_NEWADDR,
  flags: NLM_F_CREATE_REPLACE,
  payload: Buffer.concat([
    header(prefixLength),
    pack(['u16', 8], ['u16', 2]),
    Buffer.from([10, 1, host >> 8, host & 0xff]),
  ]),
});
const remove = (host: number): Request => ({ ...add(host), operation: `remove ${host}`, type: RTM_DELADDR });
const addresses: Request = { operation: 'list addresses', type: RTM_GETADDR, payload: header(0) };

describe('a netlink socket', () => {
  let namespace: Namespace;
  let netlink: NetlinkSocket;
  before(() => {
    namespace = createNamespace('netlink');
    netlink = namespace.enter(() => openNetlink(NETLINK_ROUTE));
  });
  after(() => {
    netlink.close();
    removeNamespaces();
  });

  it('answers each of 2,000 requests in its place', () => {
    // Every hundredth is refused.
    const requests = Array.from({ length: 2000 }, (_, index) => add(index, index % 100 === 7 ? 33 : 32));
    const results = netlink.request(requests);
    assert.deepEqual(
      results.map((result) => (result.ok ? 'ok' : result.error.message)),
      requests.map((_, index) =>
        index % 100 === 7 ? `Cannot add ${index}: EINVAL (Invalid argument: ipv4: Invalid prefix length)` : 'ok',
      ),
    );
    // And 127.0.0.1.
    assert.equal(netlink.dump(addresses).length, 1980 + 1);
  });

  it('throws what the kernel refuses to list, and lists again after that', () => {
    assert.throws(() => netlink.dump({ ...addresses, operation: 'list nonsense', type: 99 }), {
      message: 'Cannot list nonsense: EOPNOTSUPP (Operation not supported on socket)',
    });
    assert.equal(netlink.dump(addresses).length, 1981);
  });

  it('answers what it does in another thread once, in a later turn', async () => {
    const answers = await new Promise<boolean[]>((resolve) => {
      netlink.requestSoon(
        [add(2001), add(2002, 33), ...Array.from({ length: 100 }, (_, index) => add(2100 + index))],
        (results) => resolve(results.map(({ ok }) => ok)),
      );
    });
    assert.deepEqual([answers.length, answers.indexOf(false), answers.lastIndexOf(false)], [102, 1, 1]);
  });

  it('does what was asked first before what is asked then', async () => {
    let told = 0;
    netlink.requestSoon([add(2003)], () => {
      told += 1;
    });
    assert.deepEqual(
      netlink.request([remove(2003)]).map(({ ok }) => ok),
      [true],
    );
    assert.equal(told, 1);
    // Not once more when the thread is heard of.
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(told, 1);
  });

  it('does nothing for no requests', () => assert.deepEqual(netlink.request([]), []));

  it('finds generic netlink’s families by name', () => {
    const generic = namespace.enter(() => openNetlink(NETLINK_GENERIC));
    // GENL_ID_CTRL
    assert.equal(resolveFamily(generic, 'nlctrl'), 16);
    assert.throws(() => resolveFamily(generic, 'no-such'), { name: 'KernelError', code: 'ENOENT' });
    generic.close();
  });

  it('throws once it is closed', () => {
    const closed = openNetlink(NETLINK_ROUTE);
    closed.close();
    assert.throws(() => closed.dump(addresses), { name: 'KernelError', code: 'EBADF' });
  });
});
