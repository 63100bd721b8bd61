// Ethernet addresses as text and as bytes. Pure.

/** Formats `52:54:00:12:34:56`. */
export const formatMac = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/..(?=.)/g, '$&:');

/** The bytes of `52:54:00:12:34:56`; not six if the text is no Ethernet address. */
export const parseMac = (mac: string): Buffer => Buffer.from(mac.replaceAll(':', ''), 'hex');
