// `regent init`: writes both files of a pair and the key that its directors share; asks for what no option says.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseCidr } from '../net/cidr.ts';
import { parseAddress } from '../net/ip-address.ts';
import { loadValid } from './configuration.ts';
import { WrongUsage } from './exit-codes.ts';
import { type Named, nextSteps, type Pair, writePair } from './pair-files.ts';

export type InitOptions = {
  readonly director?: readonly string[];
  readonly address?: string;
  readonly interface?: string;
  readonly routerId: string;
  readonly server?: readonly string[];
  readonly into: string;
};

/** @throws WrongUsage */
const parseNamed = (text: string, isAddress: (address: string) => boolean, shape: string): Named => {
  const [name = '', address = ''] = text.trim().split('=');
  if (!/^[\w.-]+$/.test(name) || !isAddress(address)) throw new WrongUsage(`${JSON.stringify(text)} is not ${shape}`);
  return { name, address };
};
const director = (text: string): Named =>
  parseNamed(text, (address) => isIP(address) !== 0, 'NAME=ADDRESS of a director: lb0=192.168.55.11');
const server = (text: string): Named =>
  parseNamed(text, (address) => /^.+:\d+$/.test(address), 'NAME=ADDRESS:PORT of a server: rs0=192.168.66.111:80');
const virtualAddress = (text: string): string => {
  const address = text.trim();
  if (parseAddress(address) === undefined && parseCidr(address) === undefined)
    throw new WrongUsage(`${JSON.stringify(text)} is not an address, with or without a prefix length`);
  return address;
};

/** Puts a question to the terminal. */
type Terminal = (question: string) => Promise<string>;

/** Asks until the answer is right. @throws WrongUsage where there is no terminal, or no answer comes. */
const ask = async <Value>(
  terminal: Terminal | undefined,
  question: string,
  option: string,
  read: (text: string) => Value,
): Promise<Value> => {
  if (terminal === undefined) throw new WrongUsage(`${option} is missing, and there is no terminal to ask`);
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
  const ended = new AbortController();
  lines.once('close', () => ended.abort());
  const terminal: Terminal = async (question) => {
    try {
      return await lines.question(`${question}: `, { signal: ended.signal });
    } catch {
      throw new WrongUsage('\nno answer: nothing is written');
    }
  };
  return { terminal, close: () => lines.close() };
};

const some = (text: string): string => {
  if (text.trim() === '') throw new WrongUsage('an answer is needed');
  return text.trim();
};

const pairOf = async (options: InitOptions, terminal: Terminal | undefined): Promise<Pair> => {
  const given = (options.director ?? []).map(director);
  if (given.length > 2) throw new WrongUsage('a pair has two directors');
  const one = given[0] ?? (await ask(terminal, 'First director, NAME=ADDRESS; the master', '--director', director));
  const other = given[1] ?? (await ask(terminal, 'Second director, NAME=ADDRESS', '--director', director));
  if (one.name === other.name || one.address === other.address)
    throw new WrongUsage('the directors have the same name or address');
  const address =
    options.address ?? (await ask(terminal, 'Address that clients connect to', '--address', virtualAddress));
  const name = options.interface ?? (await ask(terminal, 'Interface that gets it', '--interface', some));
  const asked = (text: string): Named[] => text.split(/\s+/).filter(Boolean).map(server);
  const servers =
    options.server?.map(server) ??
    (terminal === undefined
      ? []
      : await ask(terminal, 'Servers, NAME=ADDRESS:PORT ..., or nothing', '--server', asked));
  return {
    directors: [one, other],
    address: virtualAddress(address),
    interface: name,
    routerId: Number(options.routerId),
    servers,
  };
};

/** Judges the files before they are there. @throws WrongUsage with every mistake. */
const judge = async (files: ReadonlyMap<string, string>): Promise<void> => {
  const scratch = mkdtempSync(join(tmpdir(), 'regent-init-'));
  try {
    for (const [name, text] of files) {
      if (!name.endsWith('.yaml')) continue;
      writeFileSync(join(scratch, name), text);
      await loadValid(join(scratch, name));
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
};

export const init = async (options: InitOptions): Promise<void> => {
  const { terminal, close } = openTerminal();
  try {
    const pair = await pairOf(options, terminal);
    const files = writePair(pair, randomBytes(32).toString('hex'));
    const taken = [...files.keys()].filter((name) => existsSync(join(options.into, name)));
    if (taken.length > 0) throw new WrongUsage(`${options.into} has ${taken.join(', ')} already: nothing is written`);
    await judge(files);
    mkdirSync(options.into, { recursive: true });
    for (const [name, text] of files) {
      writeFileSync(join(options.into, name), text, { mode: name.endsWith('.key') ? 0o600 : 0o644, flag: 'wx' });
      process.stdout.write(`wrote ${join(options.into, name)}\n`);
    }
    process.stdout.write(`\n${nextSteps(pair, options.into)}`);
  } finally {
    close();
  }
};
