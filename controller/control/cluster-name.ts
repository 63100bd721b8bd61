// The name of the directors that stand for each other: all of them have the same virtual addresses. Pure.

type Named = {
  readonly cluster?: string | undefined;
  readonly director: string;
  readonly vrrp: { readonly routers: readonly { readonly addresses: readonly { readonly address: string }[] }[] };
};

/** The configured name, or the first of the virtual addresses in the order of their texts, or the director's own name. */
export const clusterName = ({ cluster, director, vrrp }: Named): string => {
  const addresses = vrrp.routers.flatMap((router) => router.addresses.map(({ address }) => address));
  return cluster ?? addresses.toSorted()[0] ?? director;
};
