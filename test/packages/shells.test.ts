// Completion in real shells, where a key is typed, and manual pages as their formatters judge them.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { program } from '../../cli/command-line.ts';
import { writeCompletion } from '../../cli/completion.ts';
import { writeCommandManual, writeConfigurationManual } from '../../packaging/manual.ts';

/** Stands for regent: knows names, and prints how else it was called. */
const standIn = {
  posix: `regent() {
    if [ "$1" = names ]; then
      shift
      for kind in "$@"; do
        case $kind in
          servers) printf '%s\\n' 10.0.0.1:80 10.0.0.2:443 fd00::1:80 rs9 ;;
          routers) printf '%s\\n' vip gateway ;;
          services) printf '%s\\n' web mail ;;
          anycast) printf '%s\\n' dns ;;
        esac
      done
    else printf 'ran: %s.\\n' "$*"; fi
  }`,
  fish: `function regent
    if test "$argv[1]" = names
      for kind in $argv[2..-1]
        switch $kind
          case servers
            printf '%s\\n' 10.0.0.1:80 10.0.0.2:443 fd00::1:80 rs9
          case routers
            printf '%s\\n' vip gateway
          case services
            printf '%s\\n' web mail
          case anycast
            printf '%s\\n' dns
        end
      end
    else
      printf 'ran: %s.\\n' "$argv"
    end
  end`,
} as const;

/** What is typed before the key, and the whole line that comes of it. */
const lines: readonly (readonly [typed: string, completed: string])[] = [
  ['dra', 'drain'],
  ['dri', 'drill'],
  ['why ro', 'why router'],
  ['why router v', 'why router vip'],
  ['why server 10.0.0.2', 'why server 10.0.0.2:443'],
  ['drain 10.0.0.1:', 'drain 10.0.0.1:80'],
  ['undrain fd00:', 'undrain fd00::1:80'],
  ['weight r', 'weight rs9'],
  ['server a', 'server add'],
  ['server add w', 'server add web'],
  ['server remove web r', 'server remove web rs9'],
  ['handover d', 'handover dns'],
  ['health --mas', 'health --master'],
  ['health --master g', 'health --master gateway'],
  ['events --ro', 'events --router'],
  ['completion f', 'completion fish'],
  ['log vrrp de', 'log vrrp debug'],
  ['check own', 'check own.yaml'],
  ['run -c own', 'run -c own.yaml'],
  ['plan --from own', 'plan --from own.yaml'],
];

describe('a shell that completes', function () {
  this.timeout(60_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'regent-shells-'));
    // Of the name of a command, as in a checkout.
    mkdirSync(join(folder, 'drill'));
    writeFileSync(join(folder, 'own.yaml'), '');
    for (const shell of ['bash', 'fish'] as const)
      writeFileSync(
        join(folder, `${shell}.completion`),
        `${shell === 'fish' ? standIn.fish : standIn.posix}\n${writeCompletion(program, shell)}`,
      );
    writeFileSync(join(folder, 'bash.begin'), `PS1='ready> '; bind 'set bell-style none'; source bash.completion`);
    // As packages have it: a function that is loaded by its file.
    mkdirSync(join(folder, 'functions'));
    writeFileSync(join(folder, 'functions', '_regent'), writeCompletion(program, 'zsh'));
    writeFileSync(
      join(folder, 'zsh.begin'),
      `PS1='ready> '; unsetopt prompt_sp; unset zle_bracketed_paste; fpath=($PWD/functions $fpath)
       autoload -Uz compinit; compinit -D -u; bindkey -e
       ${standIn.posix}`,
    );
  });
  after(() => rmSync(folder, { recursive: true }));

  /** Types a line with the key into a shell at a terminal. @returns the words that regent was then called with. */
  const typed = (shell: readonly string[]): Promise<readonly string[]> =>
    new Promise((resolve) => {
      const child = spawn('script', ['-qec', shell.join(' '), '/dev/null'], {
        cwd: folder,
        env: { PATH: process.env.PATH, HOME: folder, TERM: 'dumb' },
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      const left = lines.map(([words]) => `regent ${words}\t\r`);
      let out = '';
      let seen = 0;
      child.stdin.write(`. ./${shell[0]}.begin\r`);
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        out += text;
        // One line after the other, since a shell that starts a program forgets what was typed meanwhile.
        const answered = out.split('\nran: ').length - 1;
        const isReady = seen === 0 ? /\n\r?ready> $/.test(out) : answered === seen && out.endsWith('ready> ');
        if (!isReady) return;
        seen += 1;
        child.stdin.write(left.shift() ?? 'exit\r');
      });
      child.on('close', () => resolve([...out.matchAll(/\nran: (.*?)\.\r/g)].map(([, words = '']) => words.trim())));
    });

  for (const shell of [
    ['bash', '--norc', '--noprofile', '-i'],
    ['zsh', '-f', '-i'],
  ] as const)
    it(`${shell[0]} offers commands, options, files and names`, async () =>
      assert.deepEqual(
        await typed(shell),
        lines.map(([, completed]) => completed),
      ));

  it('fish offers commands, options, files and names', () => {
    const asked = lines.map(([words]) => `echo line; complete -C 'regent ${words}'`).join('\n');
    const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', `source fish.completion\n${asked}`], {
      cwd: folder,
      encoding: 'utf8',
    });
    assert.equal(stderr, '');
    const offered = stdout.split('line\n').slice(1);
    for (const [index, [words, completed]] of lines.entries()) {
      const last = completed.split(' ').at(-1) ?? '';
      const found = (offered[index] ?? '').split('\n').map((line) => line.split('\t')[0]);
      assert.ok(found.includes(last), `${words}: ${found.join(', ')}`);
    }
    const after = offered[lines.findIndex(([words]) => words === 'why ro')]?.split('\n') ?? [];
    assert.deepEqual(
      after.filter((line) => /^(add|remove)\b/.test(line)),
      [],
    );
  });
});

describe('manual pages', () => {
  for (const [name, page] of [
    ['regent.8', writeCommandManual('0.1.0')],
    ['regent.yaml.5', writeConfigurationManual('0.1.0')],
  ] as const) {
    for (const judge of [
      ['groff', '-man', '-Tutf8', '-ww', '-z', '-rCHECKSTYLE=3'],
      ['mandoc', '-man', '-T', 'lint', '-W', 'warning'],
    ])
      it(`${name} is well by ${judge[0]}`, () => {
        const { stdout, stderr } = spawnSync(judge[0] ?? '', judge.slice(1), { encoding: 'utf8', input: page });
        // A package of one version is the same whenever it is built.
        assert.equal(`${stdout}${stderr}`.replace(/^mandoc: .*: WARNING: missing date, .*\n/m, ''), '');
      });
  }
});
