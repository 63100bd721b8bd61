// What an operator commands is kept: the next controller drains, weighs and stands aside as this one did.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseCommands } from '../../../../controller/operator/commands.ts';
import { type Operator, openOperator } from '../../../../controller/operator/operator.ts';
import { openOperatorState } from '../../../../controller/operator/state.ts';

describe('what an operator commands', () => {
  let folder = '';
  let path = '';
  let said: string[] = [];
  let told: string[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-operator-'));
    path = join(folder, 'operator.json');
    said = [];
    told = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  /** A controller starts. */
  const open = (director = 'lb0'): Operator =>
    openOperator({
      director,
      file: openOperatorState(path, (why) => said.push(`fault ${why}`)),
      wallClock: () => 1000,
      report: (report) => told.push(report.type === 'aside' ? 'aside' : report.origin),
      log: (level, { subject }, text) => said.push(`${level} ${subject ?? '-'} ${text}`),
    });

  it('names a server by any spelling of its address, on disk and at a peer', () => {
    const first = open();
    first.command('[2001:db8::1]:80', { drained: true });
    // As a version wrote it that kept what the configuration said.
    writeFileSync(path, readFileSync(path, 'utf8').replace('[2001:db8::1]:80', '[2001:DB8::0:1]:80'));
    assert.equal(open().commands().get('[2001:db8::1]:80')?.drained, true);
    const command = { server: '[2001:DB8::1]:80', drained: false, revision: 5000, by: 'lb1', at: 5000 };
    const heard = parseCommands([command]) ?? [];
    first.takeFromPeer({ director: 'lb1', commands: heard });
    assert.equal(first.commands().get('[2001:db8::1]:80')?.drained, false);
  });

  it('outlives a restart: drains, weights, and the routers that were handed over', () => {
    const first = open();
    first.command('rs0', { drained: true });
    first.command('rs1', { weight: 50 });
    first.handOver(['vip', 'gateway']);
    assert.deepEqual(told, ['here', 'here', 'aside']);
    const next = open();
    assert.deepEqual(next.commands(), first.commands());
    const [drained, weighed] = [next.commands().get('rs0'), next.commands().get('rs1')];
    assert.deepEqual([drained?.drained, weighed?.weight, weighed?.by], [true, 50, 'lb0']);
    assert.deepEqual(next.aside(), ['vip', 'gateway']);
  });

  it('outlives a restart: servers added and removed, and what the file has caught up with', () => {
    const first = open();
    first.changeMembership({ service: 'web', server: '10.0.0.3:80', settings: { weight: 50 } });
    first.changeMembership({ service: 'web', server: '10.0.0.4:80', settings: undefined });
    first.finish([...first.memberships().values()].slice(1));
    const next = open();
    assert.deepEqual(next.memberships(), first.memberships());
    assert.deepEqual(
      [...next.memberships().values()].map(({ server, done }) => [server, done]),
      [
        ['10.0.0.3:80', undefined],
        ['10.0.0.4:80', true],
      ],
    );
    // A peer that still has it does not bring it back.
    const { done: _, ...pending } = [...first.memberships().values()][1] ?? assert.fail();
    next.takeFromPeer({ director: 'lb1', commands: [], memberships: [pending] });
    assert.equal([...next.memberships().values()][1]?.done, true);
    const again = { ...pending, revision: 9000, settings: {} };
    next.takeFromPeer({ director: 'lb1', commands: [], memberships: [again] });
    assert.match(said.at(-1) ?? '', /10\.0\.0\.4:80 by command on lb0, received from lb1: added to web/);
  });

  it('ends by its opposite, for good', () => {
    const first = open();
    first.command('rs0', { drained: true });
    first.handOver(['vip', 'gateway', 'other']);
    first.resume(['vip', 'gateway'], false);
    assert.deepEqual(first.aside(), ['other']);
    first.command('rs0', { drained: false });
    // The handover of a router that is no longer configured ends with all others.
    first.resume(['vip', 'gateway'], true);
    const next = open();
    assert.deepEqual([next.commands().get('rs0')?.drained, next.aside()], [false, []]);
  });

  it('outlives a restart where it was given to another director, and is told of once', () => {
    const [peer, first] = [open('lb1'), open()];
    peer.command('rs0', { drained: true });
    rmSync(path);
    told = [];
    for (let turn = 0; turn < 2; turn += 1)
      first.takeFromPeer({ director: 'lb1', commands: [...peer.commands().values()] });
    assert.deepEqual(told, ['peer']);
    assert.match(said.at(-1) ?? '', /^info rs0 by command on lb1, received from lb1: drained/);
    assert.deepEqual(open().commands(), peer.commands());
  });

  it('is forgotten of a handover that was called off', () => {
    const operator = open();
    operator.handOver(['other']);
    operator.forgetHandover('other');
    assert.deepEqual(open().aside(), []);
  });

  it('is in force although it cannot be kept, which is said', () => {
    const operator = open();
    rmSync(folder, { recursive: true });
    writeFileSync(folder, '');
    operator.command('rs0', { drained: true });
    assert.equal(operator.commands().get('rs0')?.drained, true);
    assert.match(said[0] ?? '', /^fault E(EXIST|NOTDIR)/);
    rmSync(folder);
    mkdirSync(folder);
  });

  it('is kept where only a newer build understands it', () => {
    const [newer, own] = [
      { kind: 'shift', server: 'rs0', to: 3 },
      { server: 'rs1', drained: true, revision: 1, by: 'lb0', at: 1 },
    ];
    writeFileSync(path, JSON.stringify({ commands: [newer, own], aside: [], plans: ['x'] }));
    const operator = open();
    assert.equal(operator.commands().get('rs1')?.drained, true);
    operator.command('rs1', { drained: false });
    const written = JSON.parse(readFileSync(path, 'utf8')) as { commands: unknown[]; plans: unknown };
    assert.deepEqual([written.commands[1], written.plans], [newer, ['x']]);
  });

  for (const text of ['', '{"commands":[]', '{"commands":[{"server":1}],"aside":[]}', '{"commands":[]}'])
    it(`counts as nothing where the file holds ${text || 'nothing'}, which is said`, () => {
      writeFileSync(path, text);
      assert.deepEqual([open().commands().size, open().aside()], [0, []]);
      assert.match(said[0] ?? '', /^error - Cannot read .*; it is kept as .*\.damaged; no earlier command is in force/);
      assert.equal(readFileSync(`${path}.damaged`, 'utf8'), text);
      open().command('rs1', { weight: 1 });
      assert.match(readFileSync(path, 'utf8'), /"rs1"/);
    });
});
