// What is thrown, as text.

/** The message of an error, or the text of what else was thrown. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));
