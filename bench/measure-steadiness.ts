// Measures how steadily routers advertise while every processor is busy, and whether a backup takes over falsely.

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Summary, summarize } from './figures.ts';
import { openPair, type Program } from './pair.ts';
import { type StandstillWatch, watchStandstills } from './standstills.ts';

export const routers = 12;
/** Advertisement interval in milliseconds. */
export const interval = 10;

export type Steadiness = {
  /** Times between advertisements of the first host, in milliseconds. */
  readonly gaps: Summary;
  /** Times that the second host became master although the first was alive. */
  readonly elections: number;
  /** Elections without a preceding standstill of a processor. */
  readonly uncaused: number;
  /** Standstills of a processor, in milliseconds. */
  readonly standstills: readonly number[];
  /** Processor time of both hosts, in percent of one processor. */
  readonly processor: number;
};

/** A standstill of at least this many intervals explains an election, up to this many milliseconds after it. */
const intervalsOfReason = 2;
const afterEffect = 100;

/** Keeps every processor busy. @returns a function that ends it. */
export const occupyProcessors = (): (() => void) => {
  const busy = [...Array(availableParallelism())].map(() =>
    spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
  );
  return () => {
    for (const child of busy) child.kill('SIGKILL');
  };
};

/**
 * Runs {@link routers} routers on two hosts for a while.
 * @param span seconds.
 * @throws if the pair does not settle first.
 */
export const measureSteadiness = async (program: Program, realTime: boolean, span: number): Promise<Steadiness> => {
  const pair = await openPair({ program, interval, routers, realTime });
  let release: (() => void) | undefined;
  let watch: StandstillWatch | undefined;
  try {
    await pair.start();
    watch = await watchStandstills();
    release = occupyProcessors();
    const timeOf = () => pair.hosts.reduce((sum, host) => sum + pair.processorTime(host), 0);
    const [began, spent] = [Date.now(), timeOf()];
    await sleep(span * 1000);
    const [ended, spentAtEnd] = [Date.now(), timeOf()];
    const standstills = await watch.end();
    release();
    await sleep(200);
    const isCaused = (at: number): boolean =>
      standstills.some(
        ({ from, to }) => to - from >= intervalsOfReason * interval && at >= from && at <= to + afterEffect,
      );
    const last = new Map<number, number>();
    const gaps: number[] = [];
    const usurped = new Map<number, number>();
    let elections = 0;
    let uncaused = 0;
    for (const packet of pair.packets) {
      if (packet.type !== 'advertisement' || packet.at < began || packet.at > ended) continue;
      if (packet.source === '192.168.55.11') {
        const before = last.get(packet.id);
        if (before !== undefined) gaps.push(packet.at - before);
        last.set(packet.id, packet.at);
      } else {
        // One mastership of the second host is one election, however often it advertises.
        if (packet.at - (usurped.get(packet.id) ?? 0) > 5 * interval) {
          elections += 1;
          if (!isCaused(packet.at)) uncaused += 1;
        }
        usurped.set(packet.id, packet.at);
      }
    }
    return {
      gaps: summarize(gaps),
      elections,
      uncaused,
      standstills: standstills.map(({ from, to }) => to - from),
      processor: ((spentAtEnd - spent) / (ended - began)) * 100,
    };
  } finally {
    release?.();
    await watch?.end();
    await pair.close();
  }
};
