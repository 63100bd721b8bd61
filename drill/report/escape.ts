// Text within HTML and SVG.

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const safe = (text: string): string => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? '');
