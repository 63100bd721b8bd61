// How often the routers' status is told to the controller, besides each change of state: less often the more there are, since
// writing and reading it would take more of a processor than all advertisements. Pure.

/** Routers whose status is told at every tick. */
const toldAtEach = 64;

/** @param tick counts seconds. */
export const isStatusDue = (tick: number, routers: number): boolean =>
  tick % Math.max(1, Math.ceil(routers / toldAtEach)) === 0;
