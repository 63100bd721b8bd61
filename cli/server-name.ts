// The name of a real server in the director.

/** @param text its name, or its address and port in any spelling; the parser is loaded only if needed. */
export const serverNamed = async (text: string): Promise<string> =>
  text.includes(':') ? (await import('../net/endpoint.ts')).spellEndpoint(text) : text;
