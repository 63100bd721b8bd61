// The site of the documentation: its pages in the order of docs/README.md, search in the browser, nothing from other hosts.

import { readFileSync } from 'node:fs';

const rows = readFileSync(new URL('../pages/index.md', import.meta.url), 'utf8').matchAll(
  /^\| \[([^\]]+)\]\(([^)]+)\.md\)/gm,
);
const items = [...rows].map(([, text, page]) => ({ text, link: `/${page.replace(/index$/, '')}` }));

// biome-ignore lint/style/noDefaultExport: VitePress reads it.
export default {
  title: 'regent',
  description: 'High availability for Linux: VRRP, virtual IPs, health checks and IPVS',
  srcDir: 'pages',
  // Opened from any folder of a server.
  base: process.env.SITE_BASE ?? '/',
  cleanUrls: false,
  lastUpdated: false,
  themeConfig: {
    search: { provider: 'local' },
    sidebar: [{ text: 'Documentation', link: '/', items }],
    outline: [2, 3],
    socialLinks: [],
  },
};
