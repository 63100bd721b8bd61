// The Ansible role on a bare machine: it becomes a director, once more changes nothing, and an edited configuration is applied
// where it is valid.

import { deepEqual, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type BareDebian, bareTree, bootDebian, until } from '../packages/bare-debian.ts';
import { hasAddress, ipvsOf, layNetwork, mainPid, pidOf, serve, vip } from '../packages/installed-director.ts';
import { extent } from '../prove/extent.ts';

/** The kernel may be emulated. */
const patience = 300_000;

for (const tree of extent([bareTree], []))
  describe('the Ansible role on a plain Debian 13', function () {
    this.timeout(patience);
    // Each goes on where the one before it has left the machine.
    this.bail(true);
    let debian: BareDebian;
    const folder = mkdtempSync(join(tmpdir(), 'regent-ansible-'));
    const configuration = join(folder, 'lb0.yaml');

    const configure = (weight: string): void =>
      writeFileSync(
        configuration,
        `director: lb0
vrrp:
  routers: [{ name: vip, interface: eth0, virtual_router_id: 51, priority: 150, addresses: [${vip}/32] }]
peers: { listen: 192.168.55.11:8550, key_file: /etc/regent/peers.key, directors: [192.168.55.12:8550] }
virtual_services:
  - name: web
    address: ${vip}:80
    scheduler: wrr
    forwarding: masq
    check: { type: tcp, interval: 500ms, timeout: 400ms, rise: 1 }
    real_servers: [{ name: rs0, address: 192.168.66.111:80, weight: ${weight} }]
`,
      );
    /** Runs the playbook against the machine. @returns what was changed or failed, and all that was said. */
    const play = (): { readonly changed: string[]; readonly failed: boolean; readonly said: string } => {
      const { stdout, stderr, status } = spawnSync(
        'ansible-playbook',
        ['-i', join(folder, 'inventory.yml'), 'provision/ansible/site.yml'],
        { encoding: 'utf8', env: { ...process.env, HOME: folder, ANSIBLE_NOCOLOR: '1', LC_ALL: 'C.UTF-8' } },
      );
      const changed = [...stdout.matchAll(/^(?:TASK|RUNNING HANDLER) \[regent : (.*?)\] \*+\n+changed:/gm)];
      return { changed: changed.map(([, name = '']) => name), failed: status !== 0, said: stdout + stderr };
    };
    const pids = () => ({ controller: mainPid(debian), vrrp: pidOf(debian, 'vrrp') });
    const server = (weight: number): string => `-> C0A8426F:0050 Masq ${weight}`;

    before(async () => {
      debian = await bootDebian(tree, patience);
      layNetwork(debian);
      serve(debian, '/usr/bin/node');
      debian.bring('packages/debian', '/opt/debian');
      debian.must(
        "rm -rf /etc/apt/sources.list.d && echo 'deb [trusted=yes] file:/opt/debian ./' >/etc/apt/sources.list && apt-get update",
      );
      // In the place of ssh, whose last argument is the command.
      const enter = `exec nsenter --target ${debian.firstProcess()} --all -- /bin/sh -c "$command"`;
      writeFileSync(join(folder, 'enter'), `#!/bin/bash\nfor command; do :; done\n${enter}\n`, { mode: 0o755 });
      const host = {
        ansible_user: 'root',
        ansible_ssh_executable: join(folder, 'enter'),
        ansible_ssh_transfer_method: 'piped',
        ansible_python_interpreter: '/usr/bin/python3',
        regent_packages: resolve('packages'),
        regent_configuration: configuration,
        regent_peers_key: 'known to all directors',
      };
      writeFileSync(join(folder, 'inventory.yml'), JSON.stringify({ directors: { hosts: { lb0: host } } }));
      configure('1');
    });
    after(function () {
      if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
        console.error(debian?.run('systemctl --failed --no-pager; journalctl --no-pager --lines 80').out);
      debian?.end();
      rmSync(folder, { recursive: true });
    });

    it('makes it a director', async () => {
      const { failed, said } = play();
      equal(failed, false, said);
      await until('it holds the address', () => hasAddress(debian), patience);
      await until('its server is up', () => ipvsOf(debian).includes(server(1)), patience);
      equal(debian.must('systemctl is-enabled regent'), 'enabled\n');
      equal(debian.must('sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.rp_filter'), '1\n2\n');
      equal(debian.must('stat --format "%U:%G %a" /etc/regent/peers.key'), 'root:regent 640\n');
    });

    it('changes nothing when it runs again', () => {
      const before = pids();
      const { changed, failed, said } = play();
      equal(failed, false, said);
      deepEqual(changed, []);
      deepEqual(pids(), before);
    });

    it('applies an edited configuration without a restart', async () => {
      const before = pids();
      configure('2');
      const { changed, failed, said } = play();
      equal(failed, false, said);
      deepEqual(changed, ['Install the configuration, if it is valid', 'Reload regent']);
      await until('the weight is another', () => ipvsOf(debian).includes(server(2)), patience);
      deepEqual(pids(), before);
    });

    it('refuses a wrong one, and the installed one stays', () => {
      const installed = readFileSync(configuration, 'utf8');
      configure('-2');
      const { failed, said } = play();
      equal(failed, true);
      match(said, /weight/);
      equal(debian.must('cat /etc/regent/regent.yaml'), installed);
    });
  });
