// An nftables table of regent's own, kept as wanted by nft(8). Other tables are never read or changed.

import { spawn } from 'node:child_process';
import { KernelError } from '../system/error.ts';
import { readNftablesGeneration } from './generation.ts';

export type TableFamily = 'ip' | 'ip6' | 'inet';
export type TableOutcome = 'unchanged' | 'written' | 'removed';

export type Nftables = {
  /**
   * Makes a table match a ruleset, in one transaction; an empty text removes it. An idle call starts no program.
   * @param ruleset the `nft -f -` input that writes the whole table, whether it exists or not
   * @throws with nft's message; the same ruleset is tried again after a growing pause, and throws the same until then
   */
  reconcile(family: TableFamily, table: string, ruleset: string): Promise<TableOutcome>;
};

/** The command, the kernel's generation number and the clock; tests replace them. */
export type NftablesPorts = {
  readonly nft?: readonly string[];
  readonly generation?: () => number | undefined;
  /** Monotonic, in milliseconds. */
  readonly clock?: () => number;
};

type Output = { readonly code: number | null; readonly out: string; readonly error: string };

// In milliseconds. nft usually answers within some; a hanging one must not block every later reconciliation.
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
    // A program that ends without reading its input has written the reason to standard error.
    child.stdin.on('error', () => {});
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, out, error }));
    child.stdin.end(input);
  });

/** The last state in which a table was as wanted. */
type Known = {
  readonly ruleset: string;
  /** nft's listing of it, in the spelling of the installed version. Undefined where there is no table. */
  readonly listing: string | undefined;
  /** Of all the namespace's rules, read before the listing; undefined where the kernel does not report it. */
  readonly generation: number | undefined;
};

/** A refusal: a kernel without such tables refuses every time, and starting a program each time would take a whole processor. */
type Refusal = {
  readonly ruleset: string;
  readonly error: unknown;
  /** In milliseconds, like the two below. */
  readonly pause: number;
  readonly until: number;
};
const [shortestPause, longestPause] = [1000, 60_000];

const tryGeneration = (): number | undefined => {
  try {
    return readNftablesGeneration();
  } catch (error) {
    // Without the number, every reconciliation lists the table.
    if (error instanceof KernelError) return undefined;
    throw error;
  }
};

/** The head of a ruleset that writes a whole table: declares it first, because nft refuses to delete a missing one. */
export const tableRemoval = (family: TableFamily, table: string): string =>
  `table ${family} ${table}\ndelete table ${family} ${table}\n`;

/** Keeps tables of this process's network namespace; calls for one table must wait for each other. */
export const openNftables = ({
  nft = ['nft'],
  generation = tryGeneration,
  clock = () => performance.now(),
}: NftablesPorts = {}): Nftables => {
  const known = new Map<string, Known>();
  const refusals = new Map<string, Refusal>();

  const list = async (place: string): Promise<string | undefined> => {
    const { code, out, error } = await run([...nft, 'list', 'table', ...place.split(' ')], '');
    if (code === 0) return out;
    if (error.includes('No such file or directory')) return undefined;
    throw new Error(`Cannot list the nftables table ${place}: ${error.trim() || 'no answer'}`);
  };

  const reconcile = async (family: TableFamily, table: string, ruleset: string): Promise<TableOutcome> => {
    const place = `${family} ${table}`;
    const last = known.get(place);
    const now = generation();
    if (last?.ruleset === ruleset && now !== undefined && last.generation === now) return 'unchanged';
    const listing = await list(place);
    const isWanted = ruleset === '' ? listing === undefined : last?.ruleset === ruleset && last.listing === listing;
    if (isWanted) {
      known.set(place, { ruleset, listing, generation: now });
      return 'unchanged';
    }
    // Forgotten until done: after a failure the next attempt starts from nothing.
    known.delete(place);
    const isRemoval = ruleset === '';
    const { code, error } = await run([...nft, '-f', '-'], isRemoval ? tableRemoval(family, table) : ruleset);
    if (code !== 0) {
      const operation = isRemoval ? 'remove' : 'write';
      throw new Error(`Cannot ${operation} the nftables table ${place}: ${error.trim() || 'no answer'}`);
    }
    const then = generation();
    known.set(place, { ruleset, listing: await list(place), generation: then });
    return isRemoval ? 'removed' : 'written';
  };

  return {
    reconcile: async (family, table, ruleset) => {
      const place = `${family} ${table}`;
      const found = refusals.get(place);
      const refusal = found?.ruleset === ruleset ? found : undefined;
      if (refusal !== undefined && clock() < refusal.until) throw refusal.error;
      try {
        const outcome = await reconcile(family, table, ruleset);
        refusals.delete(place);
        return outcome;
      } catch (error) {
        const pause = refusal === undefined ? shortestPause : Math.min(longestPause, 2 * refusal.pause);
        refusals.set(place, { ruleset, error, pause, until: clock() + pause });
        throw error;
      }
    },
  };
};
