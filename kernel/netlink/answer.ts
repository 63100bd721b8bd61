// Decodes the kernel's answers: an error with its text, or none. Pure.

import { constants } from 'node:os';
import { type KernelError, kernelError } from '../system/error.ts';
import {
  decodeAttributes,
  isMalformed,
  type Message,
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_DONE,
  readI32,
  readU32,
} from './codec.ts';

const { EBADMSG } = constants.errno;

// enum nlmsgerr_attrs
const errorAttributes = { message: [1, 'string'] } as const;

/** Reads struct nlmsgerr: the negated errno, the request (only its header where capped), attributes with the kernel's text. */
export const errorOf = (operation: string, message: Message): KernelError | undefined => {
  const { payload, flags } = message;
  const errno = payload.length < 4 ? EBADMSG : -readI32(payload, 0);
  if (errno === 0) return undefined;
  if ((flags & NLM_F_ACK_TLVS) === 0 || payload.length < 20) return kernelError(operation, errno);
  const skipped = message.type === NLMSG_DONE ? 4 : 4 + ((flags & NLM_F_CAPPED) !== 0 ? 16 : readU32(payload, 4));
  const attributes = decodeAttributes(errorAttributes, payload.subarray((skipped + 3) & ~3));
  return kernelError(operation, errno, isMalformed(attributes) ? undefined : attributes.message);
};

/** Copies a message out of the receive buffer. */
export const copyOf = (message: Message): Message => ({ ...message, payload: Buffer.from(message.payload) });
