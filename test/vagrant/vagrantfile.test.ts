// The Vagrantfile, judged by Vagrant itself for both providers. Neither VirtualBox nor a libvirt needs to run for that.

import { deepEqual, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type HostName, hostsOf, interfaceNames, macOf } from '../../lab/topology.ts';

describe('the Vagrantfile', () => {
  const folder = mkdtempSync(join(tmpdir(), 'regent-vagrantfile-'));
  after(() => rmSync(folder, { recursive: true }));

  // Alone in its folder: Vagrant asks the program for its version, and then checks the provider's options for real.
  const programs = join(folder, 'programs');
  mkdirSync(programs);
  writeFileSync(join(programs, 'VBoxManage'), '#!/bin/sh\necho 7.0.6r155176\n');
  chmodSync(join(programs, 'VBoxManage'), 0o755);

  const vagrant = (provider: string, args: readonly string[], environment: NodeJS.ProcessEnv = {}) =>
    spawnSync('vagrant', ['--no-tty', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...process.env,
        PATH: `${programs}:${process.env.PATH}`,
        VAGRANT_DEFAULT_PROVIDER: provider,
        VAGRANT_HOME: join(folder, 'home'),
        VAGRANT_DOTFILE_PATH: join(folder, provider),
        VAGRANT_CHECKPOINT_DISABLE: '1',
        ...environment,
      },
    });

  for (const provider of ['virtualbox', 'libvirt']) {
    for (const profile of ['gateway', 'seed']) {
      it(`is valid for ${provider}, profile ${profile}`, () => {
        const { status, stdout, stderr } = vagrant(provider, ['validate'], { LAB_PROFILE: profile });
        equal(status, 0, `${stdout}${stderr}`);
        match(stdout, /validated successfully/);
      });
    }
  }

  for (const provider of ['virtualbox', 'libvirt']) {
    it(`is refused with an option that ${provider} does not have`, () => {
      const copy = join(folder, `broken-${provider}`);
      mkdirSync(copy);
      writeFileSync(
        join(copy, 'Vagrantfile'),
        `load '${process.cwd()}/Vagrantfile'\nVagrant.configure('2') { |config| config.vm.provider('${provider}') { |settings| settings.colour = 'red' } }\n`,
      );
      equal(vagrant(provider, ['validate'], { VAGRANT_CWD: copy }).status, 1);
    });
  }

  type Machine = { readonly ip?: string; readonly mac?: string; readonly inline?: string };
  type Recorded = {
    readonly machines: Readonly<Record<HostName, readonly Machine[]>>;
    readonly boxes: readonly string[];
  };
  /** What the file says, read as Ruby by Ruby, with a recorder in the place of Vagrant. */
  const record = (environment: NodeJS.ProcessEnv): Recorded => {
    const recorder = `
      require 'json'
      $machines, $boxes = {}, []
      class Anything < BasicObject
        def initialize(name = nil); @name = name; end
        def method_missing(what, *args, **options, &block)
          case what
          when :define then $machines[args[0]] = []; block.call(::Anything.new(args[0]))
          when :network then $machines[@name] << options
          when :provision then $machines[@name] << options
          when :vm then return self
          when :ruby then return self # a trigger's own code, for later
          when :box= then $boxes << args[0]
          else block.call(*::Array.new(2) { ::Anything.new(@name) }) if block
          end
          self
        end
        def respond_to_missing?(*) true end
      end
      module Vagrant; def self.configure(_version); yield Anything.new; end; end
      load ARGV[0]
      puts({ machines: $machines, boxes: $boxes }.to_json)`;
    const { stdout, stderr, status } = spawnSync('ruby', ['-e', recorder, join(process.cwd(), 'Vagrantfile')], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, ...environment },
    });
    equal(status, 0, stderr);
    return JSON.parse(stdout);
  };

  it('takes the public box of Debian 13 for its provider, or the box named by LAB_BOX', () => {
    deepEqual(record({}).boxes, ['bento/debian-13', 'debian/trixie64']);
    deepEqual(record({ LAB_BOX: 'mine' }).boxes, ['mine', 'mine']);
  });

  it('has the five hosts with the addresses and interfaces of the plan', () => {
    const { machines } = record({ LAB_PROFILE: 'gateway' });
    deepEqual(
      Object.entries(machines).map(([name, settings]) => ({
        name,
        networks: settings.filter(({ ip }) => ip !== undefined).map(({ ip, mac }) => ({ ip, mac })),
        words: settings.flatMap(({ inline }) => inline?.split(/\s+/).filter((word) => word.includes('=')) ?? []),
      })),
      hostsOf('gateway').map(({ name, attachments }) => ({
        name,
        networks: attachments.map(({ address }) => ({
          ip: address,
          mac: macOf(address).replaceAll(':', '').toUpperCase(),
        })),
        words: attachments.map(({ network, address }) => `${interfaceNames[network]}=${address}/24`),
      })),
    );
  });
});
