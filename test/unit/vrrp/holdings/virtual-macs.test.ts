// Interfaces with virtual MACs: made once, up while master, and only those of regent's own are touched.

import assert from 'node:assert/strict';
import type { RouterConfig } from '../../../../config/model/model.ts';
import type { MacvlanEntry } from '../../../../kernel/route/macvlans.ts';
import type { RouterState } from '../../../../vrrp/election/router-state.ts';
import { createVirtualMacs, virtualMacKeys } from '../../../../vrrp/holdings/virtual-macs.ts';
import { backup, master, config as plain } from '../one-router.ts';

const config: RouterConfig = { ...plain, name: 'vip', virtualMac: { interface: 'v' } };
const own = (up: boolean): MacvlanEntry => ({
  name: 'v',
  parent: config.interface,
  mac: `00:00:5e:00:01:${config.virtualRouterId.toString(16).padStart(2, '0')}`,
  up,
});

describe('the interface with a virtual MAC', () => {
  let held: MacvlanEntry[];
  let done: string[];
  let remembered: Set<string>;
  let present: string[];
  let state: RouterState;
  beforeEach(() => {
    [held, done] = [[], []];
    remembered = new Set();
    present = [];
    state = backup;
  });
  const make = (routers: readonly RouterConfig[] = [config]) => {
    const macs = createVirtualMacs({
      routers,
      ports: {
        interfaces: () => present.map((name) => ({ name, index: 1, mac: undefined, up: true })),
        setInterface: ({ interface: name, setting, value }) => done.push(`${name} ${setting}=${value}`),
        macvlans: {
          list: () => held,
          apply: (changes) => {
            done.push(
              ...changes.map(({ type, entry }) => `${type} ${entry.name}${type === 'update' ? ` ${entry.up}` : ''}`),
            );
            return changes.map((change) => ({ change, error: undefined }));
          },
        },
        setSysctl: (name, value) => {
          done.push(`${name.split('/').at(-1)}=${value}`);
          return '0';
        },
        remembered: () => remembered,
      },
      emit: () => undefined,
    });
    const standings = () => routers.map((each) => ({ config: each, state }));
    return { ...macs, raise: () => macs.raise(standings()), lower: () => macs.lower(standings()) };
  };
  const settings = ['arp_ignore=1', 'rp_filter=2', 'disable_ipv6=1'];

  it('has its settings on the interface below whenever that is there, before it is made', () => {
    const macs = make();
    macs.raise();
    done = [];
    present = [config.interface];
    macs.raise();
    assert.deepEqual(done.slice(0, 2), [`${config.interface} arp_ignore=1`, `${config.interface} arp_announce=2`]);
    assert.equal(done[2], 'add v');
  });
  it('is made down with its settings, and stays down for a backup', () => {
    make().raise();
    assert.deepEqual(done, ['add v', ...settings]);
  });
  it('is set up for a master only once its settings stand', () => {
    state = master;
    make().raise();
    assert.deepEqual(done, ['add v', ...settings, 'update v true']);
  });
  it('is set up before the addresses come and down after they went', () => {
    const macs = make();
    held = [own(false)];
    state = master;
    macs.raise();
    macs.lower();
    assert.deepEqual(done, ['update v true']);
    held = [own(true)];
    state = backup;
    macs.raise();
    assert.deepEqual(done, ['update v true']);
    macs.lower();
    assert.deepEqual(done, ['update v true', 'update v false']);
  });
  it('is made anew for another id', () => {
    held = [{ ...own(false), mac: '00:00:5e:00:01:01' }];
    make().lower();
    assert.deepEqual(done, ['update v false', ...settings]);
  });
  it('is removed where an earlier configuration named it, up or not, and no other', () => {
    held = [own(true), { ...own(true), name: 'foreign' }];
    remembered = new Set(virtualMacKeys([config]));
    make([plain]).lower();
    assert.deepEqual(done, ['remove v']);
  });
  it('is removed in the end, and made no more', () => {
    held = [own(true)];
    const macs = make();
    macs.clear();
    held = [];
    macs.raise();
    assert.deepEqual(done, ['remove v']);
  });
});
