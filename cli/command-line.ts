// The commands and their options, one row a command. A command's modules load when it runs, so that status and drain start fast.

import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Argument, Command, Option } from 'commander';
import { programFile } from '../base/installed-programs.ts';
import type { EngineName, PrintOptions } from './anycast.ts';
import { controlSocket } from './directories.ts';
import type { DrillOptions } from './drill.ts';
import type { ImportOptions } from './import.ts';
import type { InitOptions } from './init.ts';
import type { AdditionOptions } from './members.ts';
import type { NamedKind } from './names.ts';
import type { UiCommandOptions } from './ui.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
};

/** Where packages put it. */
const usualConfiguration = '/etc/regent/regent.yaml';

/** The parts of a director that log. */
const rooms = ['director', 'vrrp', 'health', 'ipvs'];

export const program = new Command('regent')
  .description('keeps services reachable: VRRP, health checks and IPVS')
  .version(version)
  .option('--socket <path>', 'control socket of the director', controlSocket)
  .addHelpText(
    'after',
    `
Exit codes: 0 done, 1 refused or failed, 2 wrong usage or an invalid configuration, 3 no director at the socket.
Manual: regent(8); configuration: regent.yaml(5).`,
  )
  .exitOverride();

const socket = (): string => program.opts<{ socket: string }>().socket;

program
  .command('run')
  .description('run the director; SIGTERM hands mastership over, SIGUSR2 makes room for the next controller')
  .option('-c, --config <file>', 'configuration', usualConfiguration)
  .action(async ({ config }: { config: string }) => {
    const { run } = (await import(pathToFileURL(programFile('director')).href)) as typeof import('./run.ts');
    await run(config);
  });
program
  .command('check')
  .description('list the mistakes in a configuration, each with its place')
  .argument('[file]', 'configuration', usualConfiguration)
  .option('--json', 'as JSON')
  .action(async (file: string, { json = false }: { json?: boolean }) => {
    await (await import('./check.ts')).check(file, json);
  });
program
  .command('plan')
  .description('show what a configuration would change, and what it would cut')
  .option('-c, --config <file>', 'new configuration', usualConfiguration)
  .option('--from <file>', 'compare with this file instead of the running director')
  .option('--json', 'as JSON')
  .action(async (options: { config: string; from?: string; json?: boolean }) =>
    (await import('./plan.ts')).plan(socket(), options),
  );
program
  .command('reload')
  .description('apply the changed configuration, or refuse it as a whole')
  .option('--json', 'as JSON')
  .action(async (options: { json?: boolean }) => (await import('./reload.ts')).reload(socket(), options));
program
  .command('init')
  .description('write the configurations of a new pair and its key for peers; asks for what no option gives')
  .option('--director <name=address...>', 'both directors, the master first')
  .option('--address <address>', 'virtual address that clients connect to')
  .option('--interface <name>', 'interface that gets it')
  .option('--router-id <number>', 'virtual router id, unique in the network', '51')
  .option('--server <name=address:port...>', 'real servers')
  .option('--into <folder>', 'folder that the files are written to', '.')
  .action(async (options: InitOptions) => (await import('./init.ts')).init(options));
program
  .command('explain')
  .description('say what a key of the configuration means')
  .argument('<key>', 'such as priority, or vrrp.routers.priority')
  .action(async (key: string) => {
    process.stdout.write((await import('./explain.ts')).explain(key));
  });
program
  .command('schema')
  .description('print the JSON Schema of configurations, for editors')
  .action(async () => {
    process.stdout.write((await import('../config/pages/json-schema.ts')).writeJsonSchema());
  });
program
  .command('import')
  .description('convert a keepalived.conf, and list what could not be converted')
  .argument('<file>', 'a keepalived.conf')
  .option('-i, --config-id <word>', "what @word lines are compared with, instead of the first part of this host's name")
  .option('-v, --verbose', 'show every note at its place')
  .option('--compare', 'instead, compare the converted configuration with how an installed keepalived reads the file')
  .action(async (file: string, options: ImportOptions) => {
    process.exitCode = (await import('./import.ts')).importFile(file, options);
  });
program
  .command('status')
  .description('show routers, services and real servers')
  .option('--json', 'as JSON')
  .option('-w, --watch', 'draw it again every second')
  .action(async (options: { json?: boolean; watch?: boolean }) =>
    (await import('./status.ts')).status(socket(), options),
  );
const explained = { router: 'a router', server: 'a real server', anycast: 'an entry of anycast' } as const;
const why = program.command('why').description('explain a state: the rule, what decided, and what would change it');
for (const kind of ['router', 'server', 'anycast'] as const) {
  why
    .command(kind)
    .description(`explain the state of ${explained[kind]}`)
    .argument(`<${kind}>`, 'its name in the configuration')
    .option('--json', 'as JSON')
    .action(async (name: string, { json = false }: { json?: boolean }) =>
      (await import('./why.ts')).why(socket(), kind, name, json),
    );
}
program
  .command('health')
  .description('exit with 0 when all is well, 1 when something is wrong, 3 when no director answers')
  .option('--master <router>', 'also exit with 1 while this router is not master')
  .action(async (options: { master?: string }) => {
    process.exitCode = await (await import('./health.ts')).health(socket(), options);
  });
program
  .command('doctor')
  .description('examine what usually breaks, and say how to mend it')
  .option('-c, --config <file>', 'configuration', usualConfiguration)
  .option('--listen <duration>', 'how long to listen to advertisements', '4s')
  .option('--together', 'run on two directors at once: each sends, and expects to hear the other')
  .option('--json', 'as JSON')
  .action(async (options: { config: string; listen: string; together?: boolean; json?: boolean }) => {
    process.exitCode = await (await import('./doctor.ts')).doctor(socket(), options);
  });
program
  .command('drill')
  .description('rehearse a failure, and measure what clients see of it; `drill report FILE.json` draws a report again')
  .argument('<drill>', 'name of a scenario, a YAML file, or "report"')
  .argument('[file]', 'with report: the JSON file of a drill')
  .option('--on <target>', 'namespaces, vagrant, or your own pair: ssh:lb0,ssh:lb1', 'namespaces')
  .option('--client <host>', 'with your own pair: host that the client runs on, such as ssh:cl0; without it, this host')
  .option('--yes', 'with your own pair: make the faults without asking')
  .addOption(
    new Option('--subject <program>', 'what runs on the directors')
      .choices(['regent', 'keepalived', 'both'])
      .default('regent'),
  )
  .option('--times <number>', 'how often', '1')
  .option('--report <file>', 'write a report as one HTML file')
  .option('--json <file>', 'write all requests and events')
  .option('--picture <file>', "write the first run's charts as one SVG")
  .action(async (name: string, file: string | undefined, options: DrillOptions) => {
    process.exitCode = await (await import('./drill.ts')).drill(name, options, file);
  });
program
  .command('drain')
  .description('send no new connections to a real server, on every director')
  .argument('<server>', 'name of the real server')
  .option('--until-idle', 'wait until it has no connection left')
  .option('--max <duration>', 'longest wait')
  .action(async (server: string, options: { untilIdle?: boolean; max?: string }) =>
    (await import('./servers.ts')).drain(socket(), server, options),
  );
program
  .command('undrain')
  .description('end a drain')
  .argument('<server>', 'name of the real server')
  .action(async (server: string) => (await import('./servers.ts')).undrain(socket(), server));
program
  .command('weight')
  .description('set the weight of a real server on every director; "configured" restores that of the file')
  .argument('<server>', 'name of the real server')
  .argument('<weight>', 'a whole number, or "configured"')
  .action(async (server: string, weight: string) => (await import('./servers.ts')).weigh(socket(), server, weight));
const server = program
  .command('server')
  .description('add or remove real servers of a service on every director, until their files say the same');
server
  .command('add')
  .description('add a real server; it takes connections once its checks pass')
  .argument('<service>', 'name of the service')
  .argument('<address>', "its address, and its port where it differs from the service's")
  .option('--weight <number>', 'its share of connections relative to the others; without it, 1')
  .option('--name <name>', 'its name in commands and logs; without it, its address and port')
  .addOption(new Option('--forwarding <method>', "instead of the service's").choices(['masq', 'direct', 'tunnel']))
  .option('--max-connections <number>', "instead of the service's")
  .action(async (service: string, address: string, options: AdditionOptions) =>
    (await import('./members.ts')).addServer(socket(), service, address, options),
  );
server
  .command('remove')
  .description(
    'remove a real server, also a server that the file names: it gets no new connections, and leaves once idle',
  )
  .argument('<service>', 'name of the service')
  .argument('<server>', 'its name, or its address and port')
  .action(async (service: string, name: string) =>
    (await import('./members.ts')).removeServer(socket(), service, name),
  );
program
  .command('handover')
  .description('hand mastership over to the peer, withdraw anycast addresses, and stand aside until resume')
  .argument('[router-or-anycast]', 'name of a virtual router, or of an entry of anycast; without it, all')
  .option('-n, --dry-run', 'only show which connections it would cost')
  .action(async (router: string | undefined, options: { dryRun?: boolean }) =>
    (await import('./handover.ts')).handover(socket(), router, options),
  );
program
  .command('resume')
  .description('take part again after a handover')
  .argument('[router-or-anycast]', 'name of a virtual router, or of an entry of anycast; without it, all')
  .action(async (router?: string) => (await import('./handover.ts')).resume(socket(), router));
program
  .command('anycast')
  .description('print what a routing daemon needs to announce anycast addresses')
  .command('print')
  .description("print the routing daemon's part of the configuration")
  .addArgument(new Argument('<engine>', 'the routing daemon').choices(['bird', 'frr']))
  .option('-c, --config <file>', 'configuration', usualConfiguration)
  .option('--as <number>', "the directors' autonomous system; with it, sessions are printed, too")
  .option('--router <address=as...>', 'routers, each with its autonomous system')
  .option('--bfd', 'detect by BFD that a router, or this daemon, has died')
  .action(async (engine: EngineName, options: PrintOptions) => {
    process.stdout.write(await (await import('./anycast.ts')).printFragment(engine, options));
  });
program
  .command('replace')
  .description('replace processes by the installed program after an upgrade; mastership and addresses stay')
  .argument('[process]', 'vrrp or healthcheck; without it, each process whose program is not the installed one')
  .option('--force', 'even if peers would take over meanwhile')
  .action(async (name: string | undefined, options: { force?: boolean }) =>
    (await import('./replace.ts')).replace(socket(), name, options),
  );
program
  .command('events')
  .description('show past events, and new ones with --follow')
  .option('--since <time>', 'a duration back, such as 1h, or a time')
  .option('--router <router>', 'only events of this router')
  .option('--server <server>', 'only events of this real server')
  .option('--subject <name>', 'only events of this subject')
  .addOption(new Option('--process <name>', 'only events of this process').choices(rooms))
  .option('-f, --follow', 'the last events, and new ones as they happen')
  .option('-n, --lines <number>', 'at most this many past events, the latest; 10 with --follow')
  .option('--json', 'one JSON object a line')
  .option('--from <source...>', 'sockets, files of JSON lines, or ssh:HOST, merged by time')
  .action(async (options: object) => (await import('./events.ts')).events(socket(), options));
program
  .command('ui')
  .description('serve a live page of the pair to a browser on this host, until it is interrupted')
  .option('--from <source...>', 'control sockets, or ssh:HOST, of its directors')
  .option('--port <number>', 'port on 127.0.0.1; 0 for any', '0')
  .option('--read-only', 'take no commands')
  .option(
    '--report <path>',
    "a drill's report to link, or a folder, for its newest; without it, the report of your last drill",
  )
  .action(async (options: UiCommandOptions) => (await import('./ui.ts')).ui(socket(), options, version));
program
  .command('log')
  .description('show the log levels, or change one until the log section changes or the director restarts')
  .addArgument(new Argument('[process]', 'process whose level is changed').choices(rooms))
  .addArgument(new Argument('[level]', 'the lowest level that is logged').choices(['error', 'warn', 'info', 'debug']))
  .action(async (room?: string, level?: string) => (await import('./log-levels.ts')).logLevels(socket(), room, level));
program
  .command('names')
  .description(
    'print the names of routers, anycast addresses, services or real servers, one a line, for completion and scripts',
  )
  .addArgument(new Argument('<what...>', 'whose names').choices(['routers', 'services', 'servers', 'anycast']))
  .action(async (what: NamedKind[]) => (await import('./names.ts')).names(socket(), what));
program
  .command('completion')
  .description('print a completion script for a shell')
  .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
  .action(async (shell: 'bash' | 'zsh' | 'fish') => {
    process.stdout.write((await import('./completion.ts')).writeCompletion(program, shell));
  });
