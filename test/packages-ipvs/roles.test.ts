// The scripts of provision/ on plain machines, without Vagrant: each becomes its role by what is brought in one folder,
// without an uplink; once more changes nothing; what cannot be is refused; and after a reboot all is back by itself.

import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { globSync } from 'tinyglobby';
import { type HostName, hostsOf, networkNames, virtualAddress } from '../../lab/topology.ts';
import { createNamespace, type Namespace } from '../netns/namespaces.ts';
import { type BareDebian, bareTree, bootDebian, type Run, ubuntuTree, until } from '../packages/bare-debian.ts';
import { ipvsOf, mainPid, pidOf } from '../packages/installed-director.ts';
import { extent } from '../prove/extent.ts';

const roles = { lb0: 'director', rs0: 'real-server', cl0: 'client' } as const;
type Machine = keyof typeof roles;
const names = Object.keys(roles) as Machine[];
const folder = '/opt/regent';
const key = 'known to all directors';
/** Packages are unpacked and Node is started by a kernel that may be emulated. */
const patience = 300_000;

const attachmentsOf = (name: HostName) => hostsOf('gateway').find((host) => host.name === name)?.attachments ?? [];

const debian = { name: 'Debian 13', tree: bareTree, packages: 'packages/debian' };
const ubuntu = { name: 'Ubuntu 24.04', tree: ubuntuTree, packages: '.cache/ubuntu/packages' };

for (const system of extent([debian, ubuntu], [debian]))
  describe(`the roles of provision/ on plain machines of ${system.name}`, function () {
    this.timeout(patience);
    // Each goes on where the one before it has left the machines.
    this.bail(true);
    let networks: Namespace;
    const machines = {} as Record<Machine, BareDebian>;

    /** Puts the machine on the lab's networks, as by cables. */
    const plug = (name: Machine): void => {
      for (const { network, interface: end } of attachmentsOf(name)) {
        const port = `${name}-${network}`;
        const peer = ['peer', 'name', end, 'netns', machines[name].firstProcess()];
        // The kernel takes a moment to clear the namespace of a machine that was rebooted, and its cable with it: that may be gone
        // before it is removed here.
        networks.run('sh', '-c', `ip link delete dev ${port} 2>/dev/null || true`);
        networks.run('ip', 'link', 'add', port, 'type', 'veth', ...peer);
        networks.run('ip', 'link', 'set', port, 'master', `net${network}`, 'up');
      }
    };
    /** Runs the role's script as its head says, with the lab's interfaces. */
    const provision = (name: Machine, ...options: readonly string[]): Run => {
      const interfaces = attachmentsOf(name).map(({ interface: end, address }) => `${end}=${address}/24`);
      const script = `${folder}/provision/${roles[name]}.sh`;
      return machines[name].run(`PEERS_KEY='${key}' bash ${[script, ...options, name, ...interfaces].join(' ')}`);
    };
    const succeeded = ({ code, out }: Run): string => {
      equal(code, 0, out);
      return out;
    };
    const refused = ({ code, out }: Run, why: RegExp): void => {
      equal(code, 1, out);
      match(out, why);
    };
    const isServed = (): boolean =>
      machines.cl0.run(`curl --silent --max-time 2 http://${virtualAddress}`).out === 'rs0\n';
    const web = (weight: number): string => `-> C0A8426F:0050 Masq ${weight}`;
    const pids = () => ({
      controller: mainPid(machines.lb0),
      vrrp: pidOf(machines.lb0, 'vrrp'),
      nginx: machines.rs0.must('cat /run/nginx.pid').trim(),
    });

    before(async () => {
      networks = createNamespace('roles');
      for (const network of networkNames) {
        networks.run('ip', 'link', 'add', `net${network}`, 'type', 'bridge');
        networks.run('ip', 'link', 'set', `net${network}`, 'up');
      }
      for (const name of names) {
        const machine = await bootDebian(system.tree, patience);
        machines[name] = machine;
        machine.must(`mkdir -p ${folder}/packages`);
        for (const item of ['provision', 'config', ...globSync(['packages/regent-*.tgz', 'packages/node-*'])])
          machine.bring(item, `${folder}/${item}`);
        machine.bring(system.packages, `${folder}/packages/debian`);
        plug(name);
      }
    });
    after(function () {
      if (this.test?.parent?.tests.some(({ state }) => state === 'failed'))
        for (const name of names)
          console.error(
            name,
            machines[name]?.run('systemctl --failed --no-pager; ip address; journalctl --no-pager --lines 80').out,
          );
      for (const machine of Object.values(machines)) machine.end();
      networks?.remove();
    });

    for (const name of names)
      it(`${name} becomes a ${roles[name]}`, () => {
        match(succeeded(provision(name)), /Debian packages: /);
      });

    it('the client is served', async () => {
      await until('a request is answered', isServed, patience);
    });

    it('changes nothing when it runs again', () => {
      const before = pids();
      for (const name of names) equal(succeeded(provision(name)).match(/wrote|Debian packages|Node v/g), null);
      deepEqual(pids(), before);
    });

    const configuration = `${folder}/config/lb0.yaml`;
    it('applies an edited configuration without disturbing anything else', async () => {
      const before = pids();
      machines.lb0.must(`sed -i '/name: rs0/s/weight: 100/weight: 50/' ${configuration}`);
      match(succeeded(provision('lb0')), /wrote \/etc\/regent\/regent.yaml/);
      await until('the weight is another', () => ipvsOf(machines.lb0).includes(web(50)), patience);
      deepEqual(pids(), before);
    });

    it('refuses a wrong one, and the installed one stays', () => {
      const installed = machines.lb0.must('cat /etc/regent/regent.yaml');
      machines.lb0.must(`sed -i.right 's/scheduler: wrr/sheduler: wrr/' ${configuration}`);
      const { code, out } = provision('lb0');
      notEqual(code, 0);
      match(out, /lb0\.yaml:\d+:\d+: .*sheduler/);
      equal(machines.lb0.must('cat /etc/regent/regent.yaml'), installed);
      machines.lb0.must(`mv ${configuration}.right ${configuration}`);
    });

    it('installs nothing of an archive that is broken', () => {
      const before = pids();
      const { lb0 } = machines;
      lb0.must(`cd ${folder}/packages && mv regent-*.tgz /root && head -c 100000 /root/regent-*.tgz >regent-9.9.9.tgz`);
      notEqual(provision('lb0').code, 0);
      lb0.must(`cd ${folder}/packages && rm regent-9.9.9.tgz && mv /root/regent-*.tgz .`);
      succeeded(provision('lb0'));
      deepEqual(pids(), before);
    });

    it('restarts the director when an earlier call broke off before it could; vrrp goes on', () => {
      const before = pids();
      machines.lb0.must('touch /run/regent-stale');
      succeeded(provision('lb0'));
      const after = pids();
      notEqual(after.controller, before.controller);
      equal(after.vrrp, before.vrrp);
    });

    it('refuses a key that directors would not take', () => {
      refused(
        machines.lb0.run(`PEERS_KEY=short bash ${folder}/provision/director.sh lb0`),
        /PEERS_KEY is shorter than 16 characters/,
      );
    });

    it('refuses an interface that another one configures', () => {
      const { lb0 } = machines;
      lb0.must("mkdir -p /etc/network && echo 'iface enp0s9 inet dhcp' >/etc/network/interfaces");
      refused(provision('lb0'), /enp0s9 is configured by \/etc\/network\/interfaces/);
      lb0.must('rm /etc/network/interfaces');
    });

    it('refuses to link to a file that the service would not see', () => {
      machines.lb0.must(`mkdir /root/regent && cp -r ${folder}/provision ${folder}/config /root/regent`);
      refused(
        machines.lb0.run('bash /root/regent/provision/director.sh --link lb0'),
        /the service does not see \/root\/regent\/config\/lb0.yaml/,
      );
    });

    it('is all back after a reboot of all machines', async () => {
      for (const name of names) await machines[name].reboot(() => plug(name));
      await until('a request is answered', isServed, patience);
      const { lb0, rs0 } = machines;
      await until('the table is whole', () => ipvsOf(lb0).includes(web(50)), patience);
      match(rs0.must('ip -4 route show'), /^192\.168\.55\.0\/24 via 192\.168\.66\.100 dev enp0s8/m);
      equal(lb0.must('sysctl -n net.ipv4.ip_forward net.ipv4.conf.all.rp_filter'), '1\n2\n');
    });
  });
