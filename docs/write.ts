// `npm run docs`: writes the generated pages.

import { writeFileSync } from 'node:fs';
import { pages } from './pages.ts';

for (const [name, write] of Object.entries(pages)) writeFileSync(name, write());
