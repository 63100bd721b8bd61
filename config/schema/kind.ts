// What a declaration of the file's values consists of: kinds of values, keys of mappings, and the types that follow from them.

/** Keys and indices from the document to a value. */
export type KeyPath = readonly (string | number)[];

/** A fault and its path: an unknown key, a missing key, or a wrong value. */
export type Fault = {
  readonly kind: 'unknown' | 'missing' | 'value';
  readonly path: KeyPath;
  readonly message: string;
  /** The path of the value that it clashes with. */
  readonly other?: KeyPath | undefined;
  readonly suggestion?: string | undefined;
};

/** Where a value stands: a step below another place; undefined for the document itself. */
export type Place = { readonly above: Place; readonly step: string | number } | undefined;

export const pathOf = (place: Place): KeyPath => (place === undefined ? [] : [...pathOf(place.above), place.step]);

/** Where a mapping or list that was read stands, and what the file has there. */
export type Origin = {
  readonly place: Place;
  readonly written: object;
  /** Whether it is a mapping that is written as the value of one key. */
  readonly isShort?: boolean;
};

/** What a reading collects beside the values. */
export type Reading = { readonly faults: Fault[]; readonly origins: Map<object, Origin> };

/** A node of the JSON Schema. `unit` and `bounds` are texts for people. */
export type Shape = {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Shape[];
  readonly items?: Shape;
  readonly propertyNames?: Shape;
  readonly additionalProperties?: Shape | false;
  readonly unit?: string;
  readonly bounds?: string;
};

/** How a value is written. */
export type Form =
  | { readonly form: 'scalar'; readonly shape: Shape }
  | { readonly form: 'list'; readonly items: AnyKind; readonly least: number }
  | { readonly form: 'either'; readonly scalar: AnyKind; readonly mapping: AnyKind }
  | ({ readonly form: 'mapping'; readonly keys: Keys } & MappingOptions)
  | { readonly form: 'tagged'; readonly id: string; readonly variants: Readonly<Record<string, AnyKind>> };

export type MappingOptions = {
  /** Its name in the pages, if it stands in several places. */
  readonly id?: string;
  /** A key whose value may be written in place of the mapping. */
  readonly short?: string;
  /** Of these keys exactly one is given. */
  readonly oneOf?: { readonly keys: readonly string[]; readonly message: string };
  /** Of these keys one at least is given. */
  readonly anyOf?: { readonly keys: readonly string[]; readonly message: string };
  /** Further keys that are allowed, and ignored. */
  readonly ignored?: RegExp;
};

declare const made: unique symbol;
declare const found: unique symbol;

/**
 * A kind of value. `Made` is its type in a valid file. `Found` is its type in any file: undefined stands for a value that is
 * wrong or missing, which is reported.
 */
export type Kind<Made, Found = Made, Written extends Form = Form> = Written & {
  readonly read: (input: unknown, place: Place, reading: Reading) => Found | undefined;
  readonly [made]?: Made;
  readonly [found]?: Found;
};

export type AnyKind = Kind<unknown, unknown>;

/** Notes on a key for the pages. */
export type KeyNotes = {
  readonly unit?: string;
  readonly bounds?: string;
  /** As the file writes it. */
  readonly example?: unknown;
};

type Presence = 'required' | 'optional' | 'default';

export type Key<K extends AnyKind = AnyKind, P extends Presence = Presence> = KeyNotes & {
  readonly kind: K;
  readonly presence: P;
  /** One sentence or more for people. */
  readonly doc: string;
  /** The default, as the file writes it. */
  readonly initial?: unknown;
};

export type Keys = Readonly<Record<string, Key>>;

export const required = <K extends AnyKind>(kind: K, doc: string, notes: KeyNotes = {}): Key<K, 'required'> => ({
  kind,
  presence: 'required',
  doc,
  ...notes,
});

export const optional = <K extends AnyKind>(kind: K, doc: string, notes: KeyNotes = {}): Key<K, 'optional'> => ({
  kind,
  presence: 'optional',
  doc,
  ...notes,
});

/** @param initial as the file writes it */
export const withDefault = <K extends AnyKind>(
  kind: K,
  initial: unknown,
  doc: string,
  notes: KeyNotes = {},
): Key<K, 'default'> => ({ kind, presence: 'default', initial, doc, ...notes });

/** `min_ttl` is `minTtl` in the program. */
export type Field<Name> = Name extends `${infer Head}_${infer Tail}` ? `${Head}${Capitalize<Field<Tail>>}` : Name;

export const fieldOf = (key: string): string =>
  key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

export const keyOf = (field: string): string => field.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

type Flat<T> = { [Name in keyof T]: T[Name] };

type MadeOf<K> = K extends { readonly [made]?: infer Made } ? Made : never;
type FoundOf<K> = K extends { readonly [found]?: infer Found } ? Found : never;

/** The type that a kind, or the mapping of some keys, has in a valid file. */
export type Made<T> = T extends AnyKind
  ? MadeOf<T>
  : Flat<
      {
        readonly [Name in keyof T as T[Name] extends Key<AnyKind, 'optional'>
          ? never
          : Field<Name>]: T[Name] extends Key ? MadeOf<T[Name]['kind']> : never;
      } & {
        readonly [Name in keyof T as T[Name] extends Key<AnyKind, 'optional'>
          ? Field<Name>
          : never]?: T[Name] extends Key ? MadeOf<T[Name]['kind']> : never;
      }
    >;

/** The type that a kind, or the mapping of some keys, has in any file. */
export type Found<T> = T extends AnyKind
  ? FoundOf<T>
  : {
      readonly [Name in keyof T as Field<Name>]?: (T[Name] extends Key ? FoundOf<T[Name]['kind']> : never) | undefined;
    };

/** Reads a value. The faults are empty if it is valid. */
export const readAs = <F>(kind: Kind<unknown, F>, input: unknown): Reading & { readonly found: F | undefined } => {
  const reading: Reading = { faults: [], origins: new Map() };
  return { ...reading, found: kind.read(input, undefined, reading) };
};

/** The default of a key, as the program sees it. */
export const defaultOf = <K extends AnyKind>({ kind, initial }: Key<K, 'default'>): Made<K> =>
  readAs(kind, initial).found as Made<K>;
