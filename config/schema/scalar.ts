// A scalar: parsed, or refused with what was expected, and with a correction if the intent is plain.

import { type Form, type Kind, type Place, pathOf, type Reading, type Shape } from './kind.ts';

export type Complaint = { readonly message: string; readonly suggestion?: string | undefined };

export type Scalar<T> = Kind<T, T, Extract<Form, { readonly form: 'scalar' }>>;

type Parser<T> = {
  /** @returns undefined to refuse the value. */
  readonly parse: (input: unknown) => T | undefined;
  /** Why it is refused. */
  readonly refuse: (input: unknown) => Complaint;
};

const show = (input: unknown): string =>
  typeof input === 'object' && input !== null ? (Array.isArray(input) ? 'a list' : 'a mapping') : JSON.stringify(input);

const report = (complaints: readonly Complaint[], place: Place, { faults }: Reading): void => {
  for (const complaint of complaints) faults.push({ kind: 'value', path: pathOf(place), ...complaint });
};

export const scalar = <T>({ parse, refuse }: Parser<T>, shape: Shape): Scalar<T> => ({
  form: 'scalar',
  shape,
  read: (input, place, reading) => {
    const value = parse(input);
    if (value === undefined) report([refuse(input)], place, reading);
    return value;
  },
});

/**
 * A value, or a complaint that says what was expected.
 * @param suggest a correction of what is refused
 */
export const value = <T>(
  expected: string,
  parse: (input: unknown) => T | undefined,
  shape: Shape,
  suggest: (input: unknown) => string | undefined = () => undefined,
): Scalar<T> =>
  scalar(
    {
      parse,
      refuse: (input) => ({ message: `expected ${expected}, not ${show(input)}`, suggestion: suggest(input) }),
    },
    shape,
  );

/** Judges a value further once it is parsed. What is wrong is reported, and the value is used all the same. */
export const judged = <T>(kind: Scalar<T>, judge: (input: unknown, value: T) => readonly Complaint[]): Scalar<T> => ({
  ...kind,
  read: (input, place, reading) => {
    const value = kind.read(input, place, reading);
    if (value !== undefined) report(judge(input, value), place, reading);
    return value;
  },
});

/** Makes a parser of texts accept only texts. */
export const ofText =
  <T>(parse: (text: string) => T | undefined) =>
  (input: unknown): T | undefined =>
    typeof input === 'string' ? parse(input) : undefined;
