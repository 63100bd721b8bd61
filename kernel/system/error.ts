// A refusal of the kernel, as an error that names the operation, the code and the cause.

import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';

/** For example: `Cannot add 192.168.55.100/32 to enp0s9: EPERM (Operation not permitted)`. */
export class KernelError extends Error {
  /** The attempted operation, as text after "Cannot": `add 192.168.55.100/32 to enp0s9`. */
  readonly operation: string;
  /** The name of the errno: `EPERM`. */
  readonly code: string;
  /** The cause, as text from libc and, where given, from the kernel: `Operation not permitted`. */
  readonly reason: string;

  constructor(operation: string, code: string, reason: string) {
    super(`Cannot ${operation}: ${code} (${reason})`);
    this.name = 'KernelError';
    this.operation = operation;
    this.code = code;
    this.reason = reason;
  }
}

const names = new Map<number, string>(Object.entries(constants.errno).map(([name, errno]) => [errno, name]));
// Kernel-internal, unknown to libc (include/linux/errno.h).
names.set(524, 'ENOTSUPP');
// On Linux the number has two names; errno(3) prefers these.
names.set(constants.errno.EAGAIN, 'EAGAIN');
names.set(constants.errno.EOPNOTSUPP, 'EOPNOTSUPP');

/** The name of an errno, such as `EPERM`; `errno 4242` for an unknown one. */
export const errnoName = (errno: number): string => names.get(errno) ?? `errno ${errno}`;

const describeErrno = (errno: number): string => {
  const text = getSystemErrorMap().get(-errno)?.[1] ?? 'no description';
  return text.charAt(0).toUpperCase() + text.slice(1);
};

/** The same refusal, under the operation that it was part of. */
export const asRefusalOf = (operation: string, error: KernelError): KernelError =>
  new KernelError(operation, error.code, error.reason);

/** Does an action that is part of an operation. @throws KernelError under the operation's name */
export const asPartOf = <Value>(operation: string, action: () => Value): Value => {
  try {
    return action();
  } catch (error) {
    throw error instanceof KernelError ? asRefusalOf(operation, error) : error;
  }
};

/**
 * Makes the error of a failed system call or netlink request.
 * @param detail the kernel's text, where given (netlink's extended acknowledgement).
 */
export const kernelError = (operation: string, errno: number, detail?: string): KernelError =>
  new KernelError(operation, errnoName(errno), [describeErrno(errno), ...(detail ? [detail] : [])].join(': '));
