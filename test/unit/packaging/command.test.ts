// The tools that packages are made with: one that is missing is named with the package that has it, one that fails by its output.

import { throws } from 'node:assert/strict';
import { runTool } from '../../../packaging/command.ts';

describe('a tool that makes packages', () => {
  it('is named with its package where it is missing', () => {
    const environment = { PATH: '/nowhere' };
    throws(
      () => runTool(['objdump', '--version'], { environment }),
      /^Error: needs objdump, which is not installed: the package binutils has it$/,
    );
    throws(() => runTool(['tar'], { environment }), /needs tar, which is not installed: the package tar has it/);
  });

  it('fails with what it says', () =>
    throws(() => runTool(['sh', '-c', 'echo no; exit 3']), /^Error: sh -c echo no; exit 3: ended with 3\nno\n$/));
});
