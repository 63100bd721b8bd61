// The Debian package on bare systems, with their own Node where it is new enough: installed, started, reloaded, restarted, killed, upgraded, stopped, removed.

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hasIpvs } from '../../lab/vm/host-ipvs.ts';
import { extent } from '../prove/extent.ts';
import { blocksOf, stepsOf } from '../unit/docs/markdown.ts';
import { type BareDebian, bareTree, bootDebian, olderTree, ubuntuTree, until } from './bare-debian.ts';
import {
  configure,
  hasAddress,
  ipvsOf,
  isReplaced,
  layNetwork,
  mainPid,
  pidOf,
  privilegesOf,
  programsOf,
  rules,
  serve,
  watchRemovals,
} from './installed-director.ts';

const project = fileURLToPath(new URL('../../..', import.meta.url));
const packages = join(project, 'packages');
const restarts = extent(100, 2);
/** A bounding set without CAP_SYS_RESOURCE keeps systemd from raising limits. */
const mayRaiseLimits =
  ((BigInt(`0x${/^CapBnd:\s*(\w+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]}`) >> 24n) & 1n) === 1n;

const debian13 = {
  name: 'Debian 13, on its own Node',
  tree: bareTree,
  node: '/usr/bin/node',
  kind: 'deb',
} as const;
const withOwnNode = { node: '/usr/lib/regent-node/node', kind: 'deb-with-node' } as const;
const debian12 = { name: 'Debian 12, with regent-node', tree: olderTree, ...withOwnNode };
const ubuntu = { name: 'Ubuntu 24.04, with regent-node', tree: ubuntuTree, ...withOwnNode };

for (const { name, tree, node, kind } of extent([debian13, debian12, ubuntu], [debian13, debian12]))
  describe(`the Debian package on ${name}`, function () {
    this.timeout(120_000 + restarts * 30_000);
    let debian: BareDebian;
    let deb: string;
    let removals: () => number;
    const settings = (): string =>
      debian.run('sysctl net.ipv4.ip_forward net.ipv4.conf.eth0.send_redirects net.ipv4.vs.conntrack').out;
    let settingsBefore: string;

    before(async () => {
      debian = await bootDebian(tree);
      for (const file of readdirSync(packages).filter((file) => file.endsWith('.deb')))
        debian.bring(join(packages, file));
      deb = debian.must('ls /root/regent_*.deb').trim();
    });
    after(function () {
      if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
        console.error(debian.run('systemctl status --no-pager --full regent; journalctl --no-pager --lines 80').out);
      debian.end();
    });

    it('installs, and starts nothing', () => {
      const [command = ''] = blocksOf('docs/install.md').flatMap((block) =>
        block.kind.split(' ')[1] === kind ? stepsOf(block.text).map((step) => step.command) : [],
      );
      debian.must(`cd /root && ${command}`);
      assert.equal(debian.run('systemctl is-active regent').out, 'inactive\n');
      assert.equal(debian.run('systemctl is-enabled regent').out, 'disabled\n');
      assert.equal(
        debian.must('stat --format "%U:%G %a" /etc/regent /etc/regent/regent.yaml'),
        'root:regent 750\nroot:regent 640\n',
      );
      assert.match(debian.must('id regent'), /uid=\d+\(regent\) gid=\d+\(regent\) groups=\d+\(regent\)\n/);
      assert.match(debian.must('dpkg --status regent'), /^Conffiles:\n \/etc\/regent\/regent\.yaml /m);
    });

    it('brings a configuration that is valid, and a program that runs', () => {
      assert.equal(
        debian.must('regent check /etc/regent/regent.yaml'),
        '/etc/regent/regent.yaml: a valid configuration of director\n',
      );
      assert.match(debian.must('regent --version'), /^\d+\.\d+\.\d+\n$/);
    });

    it('brings manual pages and completion', () => {
      assert.match(debian.must('man --warnings 8 regent 2>&1'), /^NAME\n +regent +- keeps services reachable/m);
      assert.match(debian.must('man --warnings 5 regent.yaml 2>&1'), /^ +virtual_router_id/m);
      assert.equal(debian.run('man --warnings 5 regent.yaml 2>&1 >/dev/null').out, '');
      debian.must('source /usr/share/bash-completion/completions/regent; complete -p regent');
    });

    it('is active when its processes answer', async () => {
      layNetwork(debian);
      configure(debian);
      serve(debian, node);
      debian.must('sysctl --write net.ipv4.ip_forward=0');
      settingsBefore = settings();
      debian.must('systemctl enable --now regent');
      assert.ok(pidOf(debian, 'vrrp') > 0 && pidOf(debian, 'healthcheck') > 0);
      removals = watchRemovals(debian);
      await rules(debian);
      if (hasIpvs()) assert.match(settings(), /ip_forward = 1\n.*send_redirects = 0\n.*conntrack = 1\n/);
      await until(
        'systemd shows how it is',
        () => debian.must('systemctl show --property StatusText regent').includes('master of vip (of 1 routers)'),
        10_000,
      );
    });

    it('runs each process from one bundled file', () => {
      assert.deepEqual(programsOf(debian), ['healthcheck.js', 'vrrp.js']);
      assert.match(
        debian.must('cd /usr/lib/regent/dist/bundle && ls *.js'),
        /^director\.js\nhealthcheck\.js\nreader\.js\nvrrp\.js$/m,
      );
    });

    it('runs as a user with two capabilities, and probes with none', () => {
      const restricted = { user: 'regent', noNewPrivileges: '1', seccomp: '2' };
      const two = { ...restricted, capabilities: '3000', ambient: '3000' };
      assert.deepEqual(privilegesOf(debian, mainPid(debian)), two);
      assert.deepEqual(privilegesOf(debian, pidOf(debian, 'vrrp')), two);
      assert.deepEqual(privilegesOf(debian, pidOf(debian, 'healthcheck')), {
        ...restricted,
        capabilities: '0',
        ambient: '0',
      });
    });

    it('schedules vrrp in real time, and keeps its program in memory', () => {
      const vrrp = pidOf(debian, 'vrrp');
      const policies = debian.must(`for task in /proc/${vrrp}/task/*; do chrt --pid "\${task##*/}"; done`);
      const locked = Number(/^VmLck:\s*(\d+)/m.exec(debian.must(`cat /proc/${vrrp}/status`))?.[1]);
      const log = debian.must('journalctl --no-pager --unit regent');
      if (mayRaiseLimits) {
        for (const [, policy] of policies.matchAll(/policy: (\S+)/g)) assert.equal(policy, 'SCHED_RR');
        assert.doesNotMatch(policies, /priority: (?!50$)/m);
        assert.ok(locked > 40_000, `${locked} kB`);
        assert.equal(debian.must(`cat /proc/${vrrp}/oom_score_adj`), '-900\n');
      } else assert.match(log, /without real-time scheduling/);
    });

    it('refuses a wrong configuration on reload, and goes on', () => {
      debian.must("sed --in-place 's/priority: 150/priority: 1500/' /etc/regent/regent.yaml");
      assert.notEqual(debian.run('systemctl reload regent').code, 0);
      assert.equal(debian.must('systemctl is-active regent'), 'active\n');
      configure(debian, { priority: 160 });
      debian.must('systemctl reload regent');
      assert.equal(debian.must('systemctl is-active regent'), 'active\n');
      assert.match(debian.must('regent status'), /^vip +master .* 160 +this director /m);
    });

    it('keeps raw sockets for probes only while a check pings', async () => {
      const capabilities = (): string => privilegesOf(debian, pidOf(debian, 'healthcheck')).capabilities;
      if (!hasIpvs()) return;
      configure(debian, { priority: 160, pings: true });
      debian.must('systemctl reload regent');
      await until('healthcheck may ping', () => capabilities() === '2000', 20_000);
      await until('the ping succeeds', () => /rs0 .*\bup\b/.test(debian.must('regent status')), 20_000);
      configure(debian, { priority: 160 });
      debian.must('systemctl reload regent');
      await until('healthcheck may not ping', () => capabilities() === '0', 20_000);
      await rules(debian);
    });

    it(`keeps mastership, addresses and IPVS through ${restarts} restarts`, async () => {
      const [vrrp, table] = [pidOf(debian, 'vrrp'), ipvsOf(debian)];
      for (let count = 0; count < restarts; count += 1) {
        const before = mainPid(debian);
        debian.must('systemctl restart regent');
        assert.notEqual(mainPid(debian), before);
        assert.equal(pidOf(debian, 'vrrp'), vrrp);
        assert.deepEqual(ipvsOf(debian), table);
      }
      assert.ok(hasAddress(debian));
      assert.equal(removals(), 0);
      assert.match(debian.must('journalctl --no-pager --unit regent'), /makes room for the next controller/);
    });

    it('is started again when it is killed, and keeps the same', async () => {
      const [vrrp, table, before] = [pidOf(debian, 'vrrp'), ipvsOf(debian), mainPid(debian)];
      debian.must(`kill -KILL ${before}`);
      await until(
        'another one is ready',
        () => {
          const pid = mainPid(debian);
          return pid !== 0 && pid !== before && debian.run('systemctl is-active regent').out === 'active\n';
        },
        30_000,
      );
      assert.equal(pidOf(debian, 'vrrp'), vrrp);
      assert.deepEqual(ipvsOf(debian), table);
      assert.equal(removals(), 0);
    });

    it('refuses a credential that its unit does not load, and reads a loaded one', () => {
      const secret = '${' + 'credential:pager}';
      const hook = `{ name: pager, webhook: http://127.0.0.1:9/hook, headers: { authorization: "${secret}" } }`;
      const dropIn = '/run/systemd/system/regent.service.d/pager.conf';
      // As systemd itself does on a machine that is no container: by this a service sees its credentials.
      debian.must('mount --make-rshared /');
      debian.must(
        `cp -p /etc/regent/regent.yaml /root/before.yaml; echo 'notifications: [${hook}]' >>/etc/regent/regent.yaml`,
      );
      const { code, out } = debian.run('regent reload');
      assert.equal(code, 1, out);
      assert.match(out, /the credential "pager" cannot be read/);
      debian.must('echo secret >/root/pager && chmod 600 /root/pager');
      debian.must('mkdir --parents /run/systemd/system/regent.service.d');
      debian.write(dropIn, '[Service]\nLoadCredential=pager:/root/pager\n');
      debian.must('systemctl daemon-reload && systemctl restart regent');
      debian.must('regent check && regent reload');
      debian.must(
        `cat /root/before.yaml >/etc/regent/regent.yaml && regent reload && rm ${dropIn} && systemctl daemon-reload`,
      );
    });

    it('is killed by the watchdog when it does nothing, and keeps the same', async () => {
      const [vrrp, before] = [pidOf(debian, 'vrrp'), mainPid(debian)];
      debian.must('mkdir --parents /run/systemd/system/regent.service.d');
      debian.write('/run/systemd/system/regent.service.d/test.conf', '[Service]\nWatchdogSec=4s\n');
      debian.must('systemctl daemon-reload && systemctl restart regent');
      const stopped = mainPid(debian);
      assert.notEqual(stopped, before);
      debian.must(`kill -STOP ${stopped}`);
      await until(
        'another one is ready',
        () => {
          const pid = mainPid(debian);
          return pid !== 0 && pid !== stopped && debian.run('systemctl is-active regent').out === 'active\n';
        },
        40_000,
      );
      assert.match(debian.must('journalctl --no-pager --unit regent'), /Watchdog timeout/);
      assert.equal(pidOf(debian, 'vrrp'), vrrp);
      assert.equal(removals(), 0);
      debian.must('rm /run/systemd/system/regent.service.d/test.conf && systemctl daemon-reload');
    });

    it('keeps the same through an upgrade', () => {
      const [vrrp, before] = [pidOf(debian, 'vrrp'), mainPid(debian)];
      debian.must(`dpkg --install ${deb}`);
      assert.notEqual(mainPid(debian), before);
      assert.equal(debian.must('systemctl is-active regent'), 'active\n');
      assert.equal(pidOf(debian, 'vrrp'), vrrp);
      assert.equal(removals(), 0);
      assert.match(debian.must('cat /etc/regent/regent.yaml'), /priority: 160/);
    });

    it('keeps addresses and IPVS when healthcheck is killed, and starts it again', async () => {
      const [vrrp, probes, table, before] = [
        pidOf(debian, 'vrrp'),
        pidOf(debian, 'healthcheck'),
        ipvsOf(debian),
        removals(),
      ];
      debian.must(`kill -KILL ${probes}`);
      await until('there is another one', () => isReplaced(debian, 'healthcheck', probes), 20_000);
      assert.deepEqual(ipvsOf(debian), table);
      await until('it answers', () => debian.run('regent health').code === 0, 20_000);
      assert.deepEqual(ipvsOf(debian), table);
      assert.equal(pidOf(debian, 'vrrp'), vrrp);
      assert.equal(removals(), before);
    });

    it('gives the address away when vrrp is killed, and takes it back; IPVS stays', async () => {
      const [vrrp, table, before] = [pidOf(debian, 'vrrp'), ipvsOf(debian), removals()];
      debian.must(`kill -KILL ${vrrp}`);
      await until('the address has gone', () => removals() === before + 1, 20_000);
      await until('another one holds it', () => isReplaced(debian, 'vrrp', vrrp) && hasAddress(debian), 20_000);
      assert.deepEqual(ipvsOf(debian), table);
      assert.equal(removals(), before + 1);
    });

    it('is as exposed as docs/install.md says', () => {
      const told = /level for regent\.service: (\d\.\d)/.exec(
        readFileSync(join(project, 'docs/install.md'), 'utf8'),
      )?.[1];
      const found = /level for regent\.service: (\d\.\d)/.exec(
        debian.must('systemd-analyze --no-pager security regent'),
      )?.[1];
      assert.equal(found, told);
    });

    it('gives everything back when it is stopped, and nothing that is of others', async () => {
      const before = removals();
      if (hasIpvs()) debian.inNetwork('ipvsadm', '-A', '-t', '192.168.77.1:80', '-s', 'rr');
      debian.must('systemctl stop regent');
      assert.equal(debian.run('systemctl show --property Result --value regent').out, 'success\n');
      assert.ok(!hasAddress(debian));
      assert.deepEqual(ipvsOf(debian), hasIpvs() ? ['TCP C0A84D01:0050'] : []);
      assert.equal(debian.run('pgrep --count --full /usr/lib/regent/dist').out, '0\n');
      assert.notEqual(debian.run('ls /run/regent').code, 0);
      assert.equal(settings(), settingsBefore);
      assert.doesNotMatch(debian.run('nft list tables').out, /regent/);
      await until('the address has gone once', () => removals() === before + 1, 5000);
    });

    it('leaves nothing but the user when it is purged', () => {
      debian.must('dpkg --purge regent');
      for (const path of ['/usr/lib/regent', '/etc/regent', '/var/lib/regent', '/var/log/regent'])
        assert.notEqual(debian.run(`ls -d ${path}`).code, 0, path);
      debian.must('id regent');
    });
  });
