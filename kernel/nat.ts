// regent's own nftables table, kept as wanted by nft(8). Other tables are never looked at.

import { spawn } from 'node:child_process';
import { KernelError } from './error.ts';
import { type NatFamily, natFamilies, natRemoval, natRuleset, natTable, type SnatEntry } from './nat-rules.ts';
import { readNftablesGeneration } from './nftables-generation.ts';

export type NatOutcome = 'unchanged' | 'written' | 'removed';

export type Nat = {
  /**
   * Makes the kernel's source NAT exactly these entries; without any, the table is removed. An idle call starts no program.
   * Calls wait for each other.
   * @throws Error in nft's words; the next call tries again
   */
  reconcile(entries: readonly SnatEntry[]): Promise<NatOutcome>;
};

type Output = { readonly code: number | null; readonly out: string; readonly error: string };

// nft answers in milliseconds; one that does not must not hold up every later reconciliation.
const patience = 5000;

const run = (command: readonly string[], input: string): Promise<Output> =>
  new Promise((resolve, reject) => {
    const [program = '', ...args] = command;
    const child = spawn(program, args, { timeout: patience, killSignal: 'SIGKILL' });
    let out = '';
    let error = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      error += text;
    });
    // A program that ends without reading its input has told why on its standard error.
    child.stdin.on('error', () => {});
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, error }));
    child.stdin.end(input);
  });

/** A family's table as it was last found to be as wanted. */
type Known = {
  readonly ruleset: string;
  /** How nft lists it: in its own spelling, whatever its version. Undefined: there is none. */
  readonly listing: string | undefined;
  /** Of all the namespace's rules, read before the listing; undefined where the kernel does not tell. */
  readonly generation: number | undefined;
};

const tryGeneration = (): number | undefined => {
  try {
    return readNftablesGeneration();
  } catch (error) {
    // Then every reconciliation lists the table.
    if (error instanceof KernelError) return undefined;
    throw error;
  }
};

/**
 * Opens the tables `ip regent` and `ip6 regent` of the network namespace that this process is in.
 * @param ports the command and the kernel's generation number, for tests that work elsewhere
 */
export const openNat = (
  ports: { readonly nft?: readonly string[]; readonly generation?: () => number | undefined } = {},
): Nat => {
  const { nft = ['nft'], generation = tryGeneration } = ports;
  const known = new Map<NatFamily, Known>();

  const list = async (family: NatFamily): Promise<string | undefined> => {
    const { code, out, error } = await run([...nft, 'list', 'table', family, natTable], '');
    if (code === 0) return out;
    if (error.includes('No such file or directory')) return undefined;
    throw new Error(`Cannot list the nftables table ${family} ${natTable}: ${error.trim() || 'no answer'}`);
  };

  const change = async (operation: string, family: NatFamily, text: string): Promise<void> => {
    const { code, error } = await run([...nft, '-f', '-'], text);
    if (code !== 0)
      throw new Error(`Cannot ${operation} the nftables table ${family} ${natTable}: ${error.trim() || 'no answer'}`);
  };

  const reconcileFamily = async (family: NatFamily, entries: readonly SnatEntry[]): Promise<NatOutcome> => {
    const ruleset = natRuleset(family, entries);
    const last = known.get(family);
    const now = generation();
    if (last?.ruleset === ruleset && now !== undefined && last.generation === now) return 'unchanged';
    const listing = await list(family);
    const isWanted = ruleset === '' ? listing === undefined : last?.ruleset === ruleset && last.listing === listing;
    if (isWanted) {
      known.set(family, { ruleset, listing, generation: now });
      return 'unchanged';
    }
    // Forgotten until it is done: after a failure the next call begins anew.
    known.delete(family);
    const isRemoval = ruleset === '';
    await change(isRemoval ? 'remove' : 'write', family, isRemoval ? natRemoval(family) : ruleset);
    const then = generation();
    known.set(family, { ruleset, listing: await list(family), generation: then });
    return isRemoval ? 'removed' : 'written';
  };

  const reconcileAll = async (entries: readonly SnatEntry[]): Promise<NatOutcome> => {
    const outcomes: NatOutcome[] = [];
    try {
      for (const family of natFamilies) outcomes.push(await reconcileFamily(family, entries));
    } catch (error) {
      // A host without nft has no table of ours either.
      if (entries.length === 0 && (error as NodeJS.ErrnoException).code === 'ENOENT') return 'unchanged';
      throw error;
    }
    return outcomes.includes('written') ? 'written' : outcomes.includes('removed') ? 'removed' : 'unchanged';
  };

  let previous: Promise<unknown> = Promise.resolve();
  return {
    reconcile: (entries) => {
      const turn = previous.then(() => reconcileAll(entries));
      previous = turn.catch(() => {});
      return turn;
    },
  };
};
