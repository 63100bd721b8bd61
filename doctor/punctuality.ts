// Examines how punctual timers are under vrrp's scheduling, and which programs run before it.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import type { DirectorConfig } from '../config/model/model.ts';
import { readScheduling, realTimeCommand } from '../kernel/system/scheduling.ts';
import type { Finding } from './finding.ts';

/** The priority that regent gives vrrp. */
const vrrpPriority = 50;
const ticks = 100;
const tick = 10;
const measure = `
let worst = 0, left = ${ticks}, due = performance.now() + ${tick};
const timer = setInterval(() => {
  worst = Math.max(worst, performance.now() - due);
  due = performance.now() + ${tick};
  if (--left === 0) { clearInterval(timer); console.log(worst); }
}, ${tick});`;

/** Worst lateness of a hundred timers of 10 ms, in milliseconds, under the scheduling that vrrp would get. */
const measureLateness = async (): Promise<number> => {
  const [program = '', ...args] = realTimeCommand([process.execPath, '-e', measure], vrrpPriority).command;
  const { stdout } = await promisify(execFile)(program, args);
  return Number(stdout);
};

/** A program that the kernel runs before vrrp, and its processor time so far, in milliseconds. */
export type Favoured = { readonly pid: number; readonly name: string; readonly ran: number };

const favouredOf = (pid: number): Favoured[] => {
  try {
    // Kernel threads have no command line, and their priorities are the kernel's.
    if (readFileSync(`/proc/${pid}/cmdline`, 'utf8') === '') return [];
    const threads = readScheduling(pid).filter(({ priority }) => priority > vrrpPriority);
    return threads.map(({ name, ran }) => ({ pid, name, ran }));
  } catch {
    // The process has ended.
    return [];
  }
};

const listFavoured = (): Favoured[] => readdirSync('/proc').map(Number).filter(Number.isInteger).flatMap(favouredOf);

/** Programs that used a processor for more than a tenth of the time meanwhile, each once. Pure. */
export const keepers = (before: readonly Favoured[], after: readonly Favoured[], elapsed: number): Favoured[] => {
  const sum = (list: readonly Favoured[], pid: number): number =>
    list.reduce((total, one) => total + (one.pid === pid ? one.ran : 0), 0);
  const first = new Map(after.toReversed().map((one) => [one.pid, one]));
  return [...first.values()]
    .map((one) => ({ ...one, ran: sum(after, one.pid) - sum(before, one.pid) }))
    .filter(({ ran }) => ran > elapsed / 10);
};

/** Judges the worst lateness against the shortest interval, both in milliseconds. Pure. */
export const judgeLateness = (worst: number, shortest: number, kept: readonly Favoured[] = []): Finding[] => {
  // Backups wait three intervals: a third of one lengthens every takeover, a whole one is near a false election.
  if (worst < shortest / 3 && worst < 100) return [];
  const late = `its timers are late by up to ${worst.toFixed(0)} ms with advertisements every ${shortest} ms`;
  const finding = { code: 'timers-late', severity: 'warning', about: 'this host' } as const;
  if (kept.length === 0)
    return [
      {
        ...finding,
        message: `${late}: find what occupies the processors (or, in a virtual machine, those of its host)`,
        mend: 'ps -eo rtprio,pcpu,pid,comm --sort=-pcpu | head',
      },
    ];
  return [
    {
      ...finding,
      message: `${late}: ${kept.map(({ name, pid }) => `${name} (${pid})`).join(', ')} ran before them in real time; at priority 40 it yields to vrrp`,
      mend: kept.map(({ pid }) => `chrt --all-tasks --rr --pid 40 ${pid}`).join(' && '),
    },
  ];
};

export const examineLateness = async ({ vrrp }: DirectorConfig): Promise<Finding[]> => {
  if (vrrp.routers.length === 0) return [];
  const shortest = Math.min(...vrrp.routers.map((router) => router.advertisementInterval));
  const [before, started] = [listFavoured(), performance.now()];
  const worst = await measureLateness();
  return judgeLateness(worst, shortest, keepers(before, listFavoured(), performance.now() - started));
};
