// What is said of a difference between directors. Pure.

/**
 * What a difference means: a pair's backup serves by it after a failover; directors of anycast addresses alone serve at once.
 * @param hasRouters whether the director has virtual routers
 */
export const describeDisparity = (difference: string, hasRouters: boolean): string =>
  `${hasRouters ? 'a failover would change this' : 'the directors of the fleet serve differently'}: ${difference}`;
