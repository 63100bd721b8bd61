// `regent init`: writes both files of a pair and the key that its directors share; asks for what no option says.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { loadValid } from './configuration.ts';
import { WrongUsage } from './exit-codes.ts';
import { readDirector, readInterface, readRouterId, readServers, readVirtualAddress } from './pair-answers.ts';
import { fileOf, type Here, keyFile, nextSteps, type Pair, writePair } from './pair-files.ts';

export type InitOptions = {
  readonly director?: readonly string[];
  readonly address?: string;
  readonly interface?: string;
  readonly routerId: string;
  readonly server?: readonly string[];
  readonly into: string;
};

/** Puts a question to the terminal. @throws Error where it ends, or is interrupted. */
type Terminal = (question: string) => Promise<string>;

/** Asks until the answer is right. */
const ask = async <Value>(terminal: Terminal, question: string, read: (text: string) => Value): Promise<Value> => {
  for (;;) {
    const answer = await terminal(question);
    try {
      return read(answer);
    } catch (error) {
      if (!(error instanceof WrongUsage)) throw error;
      process.stdout.write(`${error.message}\n`);
    }
  }
};

/** The terminal that standard input is, if any, and how it is given back. */
const openTerminal = (): { readonly terminal?: Terminal; readonly close: () => void } => {
  if (!process.stdin.isTTY) return { close: () => undefined };
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  // Keeps lines that are pasted at once.
  const answers = lines[Symbol.asyncIterator]();
  const terminal: Terminal = async (question) => {
    lines.setPrompt(`${question}: `);
    lines.prompt();
    const { done, value } = await answers.next();
    if (done === true) throw new Error('\nno answer: nothing is written');
    return value;
  };
  return { terminal, close: () => lines.close() };
};

/** @throws WrongUsage with all options that are missing. */
const noTerminal = ({ director = [], address, interface: name }: InitOptions): Terminal => {
  const missing = [
    ...(director.length < 2 ? ['--director of both directors'] : []),
    ...(address === undefined ? ['--address'] : []),
    ...(name === undefined ? ['--interface'] : []),
  ];
  if (missing.length > 0) throw new WrongUsage(`there is no terminal to ask, and no ${missing.join(', no ')}`);
  return async () => '';
};

/** @throws WrongUsage where a file is there already. */
const refuseTaken = (folder: string, files: readonly string[]): void => {
  const taken = files.filter((name) => existsSync(join(folder, name)));
  if (taken.length > 0) throw new WrongUsage(`${folder} has ${taken.join(', ')} already: nothing is written`);
};

const pairOf = async (options: InitOptions, terminal: Terminal): Promise<Pair> => {
  const { director: given = [], server, into } = options;
  if (given.length > 2) throw new WrongUsage('a pair has two directors');
  const routerId = readRouterId(options.routerId);
  const answer = <Value>(value: string | undefined, question: string, read: (text: string) => Value): Promise<Value> =>
    value === undefined ? ask(terminal, question, read) : Promise.resolve(read(value));
  const one = await answer(given[0], 'First director, NAME=ADDRESS; the master', (text) => readDirector(text));
  const other = await answer(given[1], 'Second director, NAME=ADDRESS', (text) => readDirector(text, one));
  refuseTaken(into, [fileOf(one), fileOf(other), keyFile]);
  const address = await answer(options.address, 'Address that clients connect to', (text) =>
    readVirtualAddress(text, [one, other]),
  );
  const name = await answer(options.interface, 'Interface that gets it', readInterface);
  const servers =
    server === undefined
      ? await ask(terminal, 'Servers, NAME=ADDRESS:PORT ..., or nothing', (text) =>
          readServers(text.split(/\s+/).filter(Boolean), address),
        )
      : readServers(server, address);
  return { directors: [one, other], address, interface: name, routerId, servers };
};

/** Judges the files before they are there. @throws WrongUsage with every mistake. */
const judge = async (files: ReadonlyMap<string, string>): Promise<void> => {
  const scratch = mkdtempSync(join(tmpdir(), 'regent-init-'));
  try {
    for (const [name, text] of files) {
      if (name === keyFile) continue;
      writeFileSync(join(scratch, name), text);
      await loadValid(join(scratch, name));
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
};

/** Writes all files, or none. */
const writeAll = (folder: string, files: ReadonlyMap<string, string>): void => {
  mkdirSync(folder, { recursive: true });
  const written: string[] = [];
  try {
    for (const [name, text] of files) {
      const path = join(folder, name);
      writeFileSync(path, text, { mode: name === keyFile ? 0o600 : 0o644, flag: 'wx' });
      written.push(path);
    }
  } catch (error) {
    for (const path of written) rmSync(path);
    throw error;
  }
  for (const path of written) process.stdout.write(`wrote ${path}\n`);
};

/** Where this host is one of the directors, it should have the interface. */
const noteInterface = ({ directors, interface: name }: Pair, { addresses }: Here): void => {
  const own = directors.find(({ address }) => addresses.has(address));
  const present = readdirSync('/sys/class/net').filter((each) => each !== 'lo');
  if (own !== undefined && !present.includes(name))
    process.stderr.write(`note: this host, ${own.name}, has no interface ${name}; it has ${present.join(', ')}\n`);
};

export const init = async (options: InitOptions): Promise<void> => {
  const { terminal, close } = openTerminal();
  try {
    const pair = await pairOf(options, terminal ?? noTerminal(options));
    const files = writePair(pair, randomBytes(32).toString('hex'));
    await judge(files);
    writeAll(options.into, files);
    const own = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
    const here = { folder: resolve(options.into), addresses: new Set(own.map(({ address }) => address)) };
    noteInterface(pair, here);
    process.stdout.write(`\n${nextSteps(pair, here)}`);
  } finally {
    close();
  }
};
