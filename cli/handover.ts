// `regent handover` and `resume`: shows the cost, gives mastership and announcements away, and waits until they are gone.

import { askDirector } from '../controller/control/client.ts';
import type { Status } from '../controller/control/status.ts';
import type { Plan } from '../controller/plan-line.ts';
import { printPlan } from './plan-lines.ts';

const pollEvery = 100;
/** Longest wait of a router for its successor before it stays master, with the slowest advertisements, in milliseconds. */
const patience = 120_000;

export type HandoverOptions = { readonly dryRun?: boolean };

/** What is handed over by name: a router, or an entry of anycast, which is released once it is drained. */
type Handed = { readonly name: string; readonly aside: boolean; readonly isGone: boolean; readonly left: number };

const handedOf = ({ routers, anycast }: Status, name: string | undefined): Handed[] =>
  [
    ...routers.map((router) => ({
      name: router.name,
      aside: router.aside === true,
      isGone: router.state === 'initialize',
      left: 0,
    })),
    ...(anycast?.addresses ?? []).map((entry) => ({
      name: entry.name,
      // No successor is needed: others announce it already.
      aside: true,
      isGone: entry.state === 'released',
      left: entry.left ?? 0,
    })),
  ].filter((one) => name === undefined || one.name === name);

export const handover = async (
  socket: string,
  name: string | undefined,
  { dryRun = false }: HandoverOptions,
): Promise<void> => {
  const query = name === undefined ? '' : `?${new URLSearchParams({ router: name })}`;
  const { plan } = (await askDirector(socket, 'GET', `/v1/handover${query}`)) as { plan: Plan };
  if (plan.length > 0 || dryRun) printPlan(plan, false);
  if (dryRun) return;
  const began = (await askDirector(socket, 'GET', '/v1/status')) as Status;
  if (name === undefined && handedOf(began, name).length === 0) {
    process.stdout.write('nothing is handed over: this director has no virtual router and no anycast address\n');
    return;
  }
  await askDirector(socket, 'POST', '/v1/handover', name === undefined ? {} : { router: name });
  let deadline = performance.now() + patience;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, pollEvery));
    const handed = handedOf((await askDirector(socket, 'GET', '/v1/status')) as Status, name);
    const failed = handed.filter(({ aside }) => !aside);
    if (failed.length > 0) {
      const names = failed.map((one) => one.name).join(', ');
      throw new Error(`${names}: no successor advertised, so this director stays master; is the peer running?`);
    }
    if (handed.every(({ isGone }) => isGone)) {
      for (const one of handed) process.stdout.write(`${one.name}: handed over, until regent resume ${one.name}\n`);
      return;
    }
    const drained = performance.now() + Math.max(0, ...handed.map(({ left }) => left));
    deadline = Math.max(deadline, drained + pollEvery);
    if (performance.now() > deadline) throw new Error('the handover has not finished yet: see regent status');
  }
};

export const resume = async (socket: string, name: string | undefined): Promise<void> => {
  await askDirector(socket, 'POST', '/v1/resume', name === undefined ? {} : { router: name });
  const { routers, anycast } = (await askDirector(socket, 'GET', '/v1/status')) as Status;
  const isMeant = (one: { readonly name: string }): boolean => name === undefined || one.name === name;
  const effects = [
    ...(routers.some(isMeant) ? ['a router of higher priority takes over again'] : []),
    ...(anycast?.addresses.some(isMeant) ? ['anycast addresses are announced again'] : []),
  ];
  process.stdout.write(
    `${[`${name ?? 'all'}: resumed`, effects.join(', and ')].filter((part) => part !== '').join('; ')}\n`,
  );
};
