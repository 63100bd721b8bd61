// A frame that was captured where it left its sender, as an event. Pure.

import type { Event } from '../recording/recording.ts';
import { parseFrame } from './frames.ts';

/** @param ours a time of the sender's clock by ours. @returns undefined for an answer, or another frame. */
export const sentEvent = (
  line: string,
  by: string,
  network: string,
  ours = (time: number): number => time,
): Event | undefined => {
  const frame = parseFrame(line);
  if (frame === undefined || frame.type === 'answer') return undefined;
  const subject = frame.type === 'advertisement' ? `router ${frame.router}` : frame.address;
  return { type: 'sent', time: ours(frame.time), by, network, subject };
};
