// `npm run docs`: writes what is made from the program.

import { writeFileSync } from 'node:fs';
import { pages } from './pages.ts';

for (const [name, write] of Object.entries(pages)) writeFileSync(name, write());
