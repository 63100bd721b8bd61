// The text of a thrown value.

import { constants } from 'node:os';

/** How Node begins the message of an error of the kernel that it has no name for, such as that of a quota. */
const unnamed = /^(Unknown system error -\d+(: Unknown system error -\d+)?|UNKNOWN: unknown error)/;

const nameOf = (errno: unknown): string | undefined =>
  Object.entries(constants.errno).find(([, number]) => typeof errno === 'number' && number === -errno)?.[0];

/** The message of an error; any other thrown value as text. */
export const messageOf = (thrown: unknown): string => {
  if (!(thrown instanceof Error)) return String(thrown);
  const { message, errno } = thrown as NodeJS.ErrnoException;
  return message.replace(unnamed, (beginning) => nameOf(errno) ?? beginning);
};
