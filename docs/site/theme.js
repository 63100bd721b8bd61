// The look of VitePress without its fonts: those of the reader's system, as on the page of a pair.

import theme from 'vitepress/theme-without-fonts';
import './theme.css';

// biome-ignore lint/style/noDefaultExport: VitePress reads it.
export default theme;
