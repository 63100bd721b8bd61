// A hash of a text. Pure.

/** FNV-1a in 32 bits. */
export const fnv1a = (text: string): number => {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  return value >>> 0;
};
