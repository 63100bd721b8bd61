// A difference between directors as text. Pure.

/**
 * Says when clients notice: of a pair after a failover, of directors that only announce anycast addresses at once.
 * @param hasRouters whether the director has virtual routers
 */
export const describeDisparity = (difference: string, hasRouters: boolean): string =>
  `${hasRouters ? 'a failover would change this' : 'the directors of the fleet serve differently'}: ${difference}`;
