// The dummy interface for announced addresses: made where it is missing, and removed at the end if regent made it.

import { messageOf } from '../../base/error.ts';
import { type Change, diff } from '../../kernel/diff.ts';
import { type DummyEntry, dummyKey } from '../../kernel/route/dummies.ts';
import type { VrrpEventBody } from '../events.ts';
import type { HoldingsRecord } from '../holdings/record.ts';
import type { PathTable, Ports } from '../ports.ts';

export type AnycastLink = {
  /** Makes the interface, or sets it up. */
  readonly raise: (name: string) => void;
  /** Removes interfaces that regent made and that are not the named one. */
  readonly lower: (name: string | undefined) => void;
  /** Why addresses cannot be announced; undefined if they can. */
  readonly fault: () => string | undefined;
};

type LinkOptions = {
  readonly dummies: PathTable<DummyEntry>;
  readonly ports: Pick<Ports, 'interfaces' | 'setSysctl'>;
  readonly record: Pick<HoldingsRecord, 'keys' | 'add' | 'forget'>;
  readonly emit: (event: VrrpEventBody) => void;
};

export const createAnycastLink = ({ dummies, ports, record, emit }: LinkOptions): AnycastLink => {
  let fault: string | undefined;
  /** The last fault that was logged; undefined once there is none. */
  let told: string | undefined;

  const complain = (why: string): void => {
    fault = why;
    if (why !== told) emit({ type: 'kernel-error', message: why });
    told = why;
  };

  /** The interface has anycast addresses only: no link-local one, which the kernel would make. */
  const prepare = (name: string): void => {
    try {
      ports.setSysctl(`net/ipv6/conf/${name}/addr_gen_mode`, '1', 'it has anycast addresses only');
    } catch {
      // A host without IPv6 has no such setting, and needs none.
    }
  };

  const apply = (changes: readonly Change<DummyEntry>[]): void => {
    for (const { change, error } of dummies.apply(changes)) {
      const { name } = change.entry;
      if (error !== undefined) complain(error.message);
      else if (change.type !== 'update')
        emit({ type: 'anycast-interface', message: `${name} is ${change.type === 'add' ? 'created' : 'removed'}` });
    }
  };

  const rules = {
    keyOf: dummyKey,
    isSame: (actual: DummyEntry, desired: DummyEntry) => actual.up === desired.up,
    isOurs: (entry: DummyEntry) => record.keys().has(dummyKey(entry)),
  };

  const raise = (name: string): void => {
    fault = undefined;
    const found = dummies.list();
    const isOther = !found.some((one) => one.name === name) && ports.interfaces().some((one) => one.name === name);
    if (isOther) {
      complain(`${name} is not a dummy interface: another program made it, and anycast needs an interface of its own`);
      return;
    }
    const changes = diff(found, [{ name, up: true }], rules).filter(({ type }) => type !== 'remove');
    // Remembered first: only what regent made is removed.
    if (changes.some(({ type }) => type === 'add')) {
      record.add([dummyKey({ name })]);
      apply([{ type: 'add', entry: { name, up: false } }]);
      prepare(name);
      if (fault === undefined) apply([{ type: 'update', from: { name, up: false }, entry: { name, up: true } }]);
    } else apply(changes);
    if (fault === undefined) told = undefined;
  };

  const attempt = (action: () => void): void => {
    try {
      action();
    } catch (error) {
      complain(messageOf(error));
    }
  };

  return {
    raise: (name) => attempt(() => raise(name)),
    lower: (name) =>
      attempt(() => {
        const isKnown = [...record.keys()].some((key) => key.startsWith('dummy '));
        if (!isKnown) return;
        const wanted = name === undefined ? [] : [{ name, up: true }];
        const changes = diff(dummies.list(), wanted, rules).filter(({ type }) => type === 'remove');
        if (changes.length === 0) return;
        apply(changes);
        record.forget(changes.map(({ entry }) => dummyKey(entry)));
      }),
    fault: () => fault,
  };
};
