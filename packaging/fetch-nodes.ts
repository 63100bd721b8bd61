// `node dist/packaging/fetch-nodes.js [MAJOR]...`: downloads Nodes into .cache/node, all that regent is tested with unless told,
// and prints the path of each.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchNodeRuntime, nodeMajors } from './node-runtime.ts';

const cache = fileURLToPath(new URL('../../.cache/node', import.meta.url));
const words = process.argv.slice(2);
const wanted = nodeMajors.filter((major) => words.length === 0 || words.includes(String(major)));
if (wanted.length < words.length)
  throw new Error(`fetch-nodes knows ${nodeMajors.join(', ')}, not all of ${words.join(', ')}`);
for (const major of wanted) process.stdout.write(`${join(fetchNodeRuntime(cache, major).folder, 'bin/node')}\n`);
