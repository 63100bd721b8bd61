// The name of the directors that stand for each other: all of them have the same virtual addresses. Pure.

type Named = {
  readonly cluster?: string | undefined;
  readonly director: string;
  readonly anycast?: { readonly addresses: readonly { readonly addresses: readonly { readonly address: string }[] }[] };
  readonly vrrp: { readonly routers: readonly { readonly addresses: readonly { readonly address: string }[] }[] };
};

/** The configured name, or the first of the virtual addresses in the order of their texts, or the director's own name. */
export const clusterName = ({ cluster, director, vrrp, anycast }: Named): string => {
  const virtual = vrrp.routers.flatMap((router) => router.addresses.map(({ address }) => address));
  const announced = (anycast?.addresses ?? []).flatMap((entry) => entry.addresses.map(({ address }) => address));
  const addresses = virtual.length > 0 ? virtual : announced;
  return cluster ?? addresses.toSorted()[0] ?? director;
};
