// A real server by the name that the director knows it by.

/** @param text its name, or its address and port in any spelling; what reads those is loaded where it is needed alone. */
export const serverNamed = async (text: string): Promise<string> =>
  text.includes(':') ? (await import('../net/endpoint.ts')).spellEndpoint(text) : text;
