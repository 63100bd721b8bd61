// Routers with a common address, which keepalived accepts. Pure.

import { isList, isMapping, type Node, scalar } from './document.ts';

const textOf = ({ content }: Node): unknown => {
  const address = isMapping(content) ? content.address?.content : content;
  return typeof address === 'string' ? address.replace(/\/\d+$/, '') : undefined;
};

const addressesOf = ({ content }: Node): readonly unknown[] =>
  isMapping(content)
    ? [content.addresses, content.excluded].flatMap((each) =>
        each && isList(each.content) ? each.content.map(textOf) : [],
      )
    : [];

/** Marks each router that has an address of another as sharing its addresses. */
export const shareAddresses = (document: Node): Node => {
  if (!isMapping(document.content)) return document;
  const { vrrp } = document.content;
  const routers = vrrp && isMapping(vrrp.content) ? vrrp.content.routers : undefined;
  if (vrrp === undefined || routers === undefined || !isMapping(vrrp.content) || !isList(routers.content))
    return document;
  const holders = new Map<unknown, number>();
  for (const each of routers.content.flatMap((router) => [...new Set(addressesOf(router))]))
    holders.set(each, (holders.get(each) ?? 0) + 1);
  const content = routers.content.map((router): Node => {
    const isShared = addressesOf(router).some((each) => (holders.get(each) ?? 0) > 1);
    if (!isShared || !isMapping(router.content)) return router;
    return { ...router, content: { ...router.content, shares_addresses: scalar(true, router.origin) } };
  });
  return {
    ...document,
    content: { ...document.content, vrrp: { ...vrrp, content: { ...vrrp.content, routers: { ...routers, content } } } },
  };
};
