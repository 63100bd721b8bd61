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
  const all = routers.content.map((router) => new Set(addressesOf(router)));
  const content = routers.content.map((router, index): Node => {
    const isShared = all.some((others, at) => at !== index && addressesOf(router).some((each) => others.has(each)));
    if (!isShared || !isMapping(router.content)) return router;
    return { ...router, content: { ...router.content, shares_addresses: scalar(true, router.origin) } };
  });
  return {
    ...document,
    content: { ...document.content, vrrp: { ...vrrp, content: { ...vrrp.content, routers: { ...routers, content } } } },
  };
};
