// A power cut of another host by its kernel's reset, and its return: the host boots by itself.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Applied } from '../run/target.ts';
import type { HostClock } from './host-clock.ts';
import { compareClock, type Reach, runRemote } from './ssh.ts';

/** How long after its script the host is reset, in milliseconds: the script's answer must leave the host first. */
const delay = 500;

const script = `systemctl is-enabled -q regent || { echo 'regent is not enabled: it would not start with the host' >&2; exit 1; }
[ -w /proc/sysrq-trigger ] || { echo 'there is no /proc/sysrq-trigger' >&2; exit 1; }
( trap '' HUP INT TERM; sleep ${delay / 1000}; echo b >/proc/sysrq-trigger ) </dev/null >/dev/null 2>&1 &
cat /proc/sys/kernel/random/boot_id
echo "$EPOCHREALTIME"`;

const stateScript = 'cat /proc/sys/kernel/random/boot_id; systemctl is-active regent || true';

/** How long a host may take to return, in milliseconds. */
const returnLimit = 900_000;
const askEvery = 1000;

/** Waits until the host has booted and regent runs; its clock is measured as soon as it is reached. @throws if it stays away. */
const untilReturned = async (reach: Reach, host: string, boot: string, clock: HostClock): Promise<void> => {
  const deadline = performance.now() + returnLimit;
  let isMeasured = false;
  while (performance.now() < deadline) {
    await sleep(askEvery);
    const state = await runRemote(reach, host, stateScript).catch(() => '');
    const [bootNow = '', activity] = state.split('\n');
    if (bootNow === '' || bootNow === boot) continue;
    if (!isMeasured) {
      const measured = await compareClock(reach, host).catch(() => undefined);
      if (measured === undefined) continue;
      clock.set(measured.ahead);
      isMeasured = true;
    }
    if (activity === 'active') return;
  }
  throw new Error(`${host} has not come back within ${returnLimit / 60_000} minutes`);
};

/** @returns the fault; to undo it is to wait for the host's return. */
export const cutPower = async (reach: Reach, host: string, clock: HostClock): Promise<Applied> => {
  const [boot = '', stamp = ''] = (await runRemote(reach, host, script)).trim().split('\n');
  const at = clock.read(Number(stamp.replace(',', '.')) * 1000, Date.now()) + delay;
  const returned = untilReturned(reach, host, boot, clock);
  // It is waited for later.
  returned.catch(() => {});
  return { at, isolates: false, undo: () => returned };
};
