// Questions of a newcomer, "in which file does X happen?": ARCHITECTURE.md names the file, or its own name says it.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** The question, the file, and what stands there. */
const questions: readonly (readonly [string, string, RegExp])[] = [
  ['where is the master down interval computed', 'vrrp/election/parameters.ts', /masterDownInterval = \(/],
  ['where does a sync group change state together', 'vrrp/election/sync-group.ts', /promote/],
  ['where are RSTs suppressed after a takeover', 'controller/firewall/takeover-table.ts', /RSTs/],
  ['where is a suggestion for a misspelt YAML key made', 'base/suggestion.ts', /distance/],
  ['where is a hung script killed, with its process group', 'base/process-group.ts', /SIGKILL/],
  ['where is the back-off of a lost process computed', 'controller/processes/back-off.ts', /longest/],
  ['where is a silent child process killed', 'controller/processes/child.ts', /was silent for 3 s/],
  ['how long is the lease of an address', 'vrrp/holdings/desired.ts', /leaseOf/],
  ['where are leases renewed', 'vrrp/holdings/addresses.ts', /renew/],
  ['where is the quorum of a service judged', 'controller/ipvs/service-judgement.ts', /judgeQuorum/],
  ['in which order is the IPVS table changed', 'kernel/ipvs/changes.ts', /never has none/],
  ['where is the weight of a destination decided', 'controller/ipvs/desired.ts', /desiredWeight/],
  ['where is it noticed that another program changed IPVS', 'controller/ipvs/tampering.ts', /another program/],
  ['where is the rate of gratuitous ARP limited', 'vrrp/announce/announcement-budget.ts', /token bucket/],
  ['where is a checksum dialect recognised', 'vrrp/protocol/checksum.ts', /dialect/i],
  ['where is a signature of VRRP verified', 'vrrp/protocol/trailer.ts', /createHmac/],
  ['which reasons to drop a packet are there', 'vrrp/protocol/drop-reason.ts', /dropReasons/],
  ['where is the last will of a dead vrrp executed', 'controller/processes/last-will.ts', /executeWill/],
  ['where is a split brain seen', 'vrrp/rivals/rivals.ts', /split-brain/],
  ['where is preemption held until connections are known', 'controller/peers/preemption.ts', /held/],
  ['what happens after a standstill of this host', 'vrrp/election/standstill.ts', /paused/],
  ['where are drains kept and sent to peers', 'controller/operator/operator.ts', /takeFromPeer/],
  ['where does a verdict come from', 'healthcheck/verdict.ts', /rise/],
  ['how is the number of open probes limited', 'healthcheck/probe-limit.ts', /descriptors/],
  ['where is a certificate warning made', 'healthcheck/certificate.ts', /expires/],
  ['where are notifications queued and tried again', 'controller/notifications/queue.ts', /retries/],
  ['where are metrics named', 'controller/control/metrics.ts', /regent_router_state/],
  ['which names do log events have', 'controller/log/log-events.ts', /'server-down'/],
  ['where does plan say what a router loses', 'controller/planning/routers.ts', /planRouters/],
  ['where is the page of status drawn', 'cli/status-page.ts', /renderStatus/],
  ['where does why explain a state', 'controller/control/why.ts', /explainRouter/],
  ['where are included files joined', 'config/source/include.ts', /include/],
  ['which rules refuse one virtual router id of two peer groups', 'config/rules/peer-rules.ts', /virtual_router_id/],
  ['where is the scheduling in real time set', 'kernel/system/scheduling.ts', /realTimeCommand/],
  ['where is the message of connection sync encoded', 'kernel/ipvs/sync-message.ts', /encodeSyncMessages/],
  ['where does the doctor examine a firewall', 'doctor/firewall.ts', /iptables/],
  ['where does systemd learn that the service manager may go on', 'controller/service-manager.ts', /READY=1/],
  ['where is a heartbeat between the processes sent', 'channel/link.ts', /heartbeat/],
  ['how is bounded what waits for a process that does not read', 'channel/queue.ts', /droppable/],
  ['how does a controller find the process of an earlier one', 'controller/processes/pid-file.ts', /cmdline/],
  ['where do directors sign what they send each other', 'controller/peers/signed-body.ts', /createHmac/],
  ['where is a question of another director answered', 'controller/peers/answers.ts', /toQuestion/],
  ['which server or router does a command mean', 'controller/names.ts', /serverMeant/],
  ['where are messages about the renewal of a lease recognised', 'kernel/route/renewal-messages.ts', /lifetime/],
  ['where does the deadline of a probe end it', 'healthcheck/attempt.ts', /expire/],
  ['where is an exception of a check turned into a failed probe', 'healthcheck/defects.ts', /AsyncLocalStorage/],
  ['how are probes spread over their interval: the schedule', 'healthcheck/schedule.ts', /phaseOf/],
  ['where are the TLS contexts that checks share', 'healthcheck/tls-contexts.ts', /SecureContext/],
  ['where is the head of an HTTP answer parsed', 'healthcheck/checks/http-head.ts', /parseHead/],
  ['which standings are kept where a reload changes the checks', 'controller/ipvs/kept-standings.ts', /keepStandings/],
  ['where are the steps of the turn of one service', 'controller/ipvs/service-turn.ts', /planTurn/],
  ['where are the entries of a service named for a configuration', 'controller/ipvs/named-service.ts', /nameService/],
  ['where is the text of a change of IPVS written', 'controller/ipvs/change-text.ts', /describeChange/],
  ['where is the text of a judgement written', 'controller/ipvs/judgement-text.ts', /panic threshold/],
  ['where are timers of many targets bundled', 'healthcheck/wheel.ts', /slot/],
  ['where is the nftables table of source NAT kept', 'controller/firewall/nat-table.ts', /openNatTable/],
  ['where is the cost of a handover computed', 'controller/handover-cost.ts', /planHandover/],
  ['what may the control socket of a director be asked', 'controller/control-socket.ts', /planReplacements/],
  ['who has the runtime directory', 'controller/control/runtime-directory.ts', /ownRuntimeDirectory/],
  ['where is the log file rotated', 'controller/log/log-file.ts', /rename/],
  ['where is a webhook delivered', 'controller/notifications/webhook.ts', /POST/],
  ['where does a drain outlive a restart on disk', 'controller/operator/state.ts', /JSON/],
  ['where is a document read as a configuration', 'config/source/document.ts', /readDocument/],
  ['how far may an alias of YAML expand', 'config/source/aliases.ts', /mostGrowth/],
  ['where is an unclosed bracket found', 'config/source/unclosed.ts', /findUnclosed/],
  ['where are the keys of a service declared, with their defaults', 'config/schema/service-keys.ts', /withDefault/],
  ['where is one IP address of many spellings made one text', 'net/ip-address.ts', /parseAddress|canonical/],
  ['where is a service encoded for netlink: the codec of IPVS', 'kernel/ipvs/codec.ts', /serviceValues/],
  ['where is keepalived.conf read', 'import/tree.ts', /Statement/],
  ['by which criteria is a step of the drill judged', 'lab/criteria.ts', /noneFailed/],
  // Of a network engineer.
  ['where is the frame of gratuitous ARP built', 'net/arp.ts', /gratuitous/i],
  ['where is a neighbour advertisement built', 'net/neighbour-advertisement.ts', /[Uu]nsolicited/],
  ['where is the multicast group of VRRP', 'kernel/sockets/vrrp-group.ts', /224\.0\.0\.18/],
  ['where is a TTL below 255 refused', 'vrrp/protocol/reception.ts', /ttl/],
  ['where is the source address of an advertisement chosen', 'vrrp/advertisement-source.ts', /sourceOf/],
  ['where is the loss of a carrier learnt', 'kernel/route/monitor.ts', /RTM_NEWLINK/],
  ['where does a router learn that its interface is gone', 'vrrp/sockets.ts', /is gone/],
  ['where are virtual MACs made', 'vrrp/holdings/virtual-macs.ts', /virtual MAC/],
  ['where is BFD in bytes: its packet', 'vrrp/bfd/packet.ts', /decode/],
  ['where is the priority lowered by what is tracked', 'vrrp/tracking/judgement.ts', /priority/],
  ['who sets accept or filter settings of an interface', 'vrrp/holdings/interface-settings.ts', /sysctl/i],
  ['where is the witness pinged', 'controller/split-brain/witness.ts', /echo/],
  ['where is the fragment of configuration for BIRD', 'routing/bird-fragment.ts', /protocol bgp/],
  ['which services are marked to be judged again', 'controller/ipvs/marks.ts', /marked/],
  ['what does a backup do when it hears a master of lower priority', 'vrrp/election/backup.ts', /hearLesser/],
  ['what does a master do when it hears a better one', 'vrrp/election/master.ts', /hearRival/],
  ['which is the state of a router, and which events change it', 'vrrp/election/router-state.ts', /RouterEvent/],
  ['what is evidence of another master', 'vrrp/rivals/evidence.ts', /evidenceIn/],
  ['when is an address of a renamed interface removed', 'vrrp/holdings/address-owners.ts', /renamed/],
  ['where is the socket with a virtual MAC opened', 'vrrp/virtual-sockets.ts', /openWire/],
  ['where is the own address announced to unicast peers', 'vrrp/announce/own-address.ts', /unicast/],
  ['where is the entry of an address in bytes of netlink', 'kernel/route/address-entry.ts', /ifaddrmsg/],
  ['where are reports of a probe gathered for the controller', 'healthcheck/probe-reports.ts', /batch/],
  ['where are verdicts kept between reports and turns', 'controller/ipvs/target-standings.ts', /verdicts/],
  ['where does plan say what removing servers costs', 'controller/planning/servers.ts', /is removed/],
  ['where are the packets of other doctors judged', 'doctor/other-doctors.ts', /doctor-unheard/],
  ['which rule refuses a service on an address with accept: false', 'config/rules/accept-rules.ts', /accept is off/],
  ['how do two builds find that they do not understand each other', 'channel/greeting.ts', /explainIncompatible/],
  ['where is the nonce of an answer compared', 'controller/peers/message.ts', /another request/],
  ['which strangers may not talk to the port of peers', 'controller/peers/strangers.ts', /unknown|known/],
  ['where is memory locked', 'kernel/system/memory.ts', /lockProgram/],
  ['which firewall drops VRRP: the loop that probes it', 'kernel/sockets/loop-probe.ts', /firewall/],
  ['what refuses UDP: its descriptor', 'kernel/sockets/refusable-udp.ts', /ICMP/],
  ['what makes a takeover fast: its rehearsal', 'vrrp/rehearsal.ts', /rehearsed/],
  ['how old is a state: its age as text', 'base/age.ts', /formatAge/],
  // Of an operator.
  [
    'where does status warn that no server takes connections',
    'controller/control/status-warnings.ts',
    /takes connections/,
  ],
  ['which exit codes are there', 'cli/exit-codes.ts', /2/],
  ['where is an HTTP answer parsed', 'healthcheck/checks/http-answer.ts', /Parses/],
  ['where is the web authentication of metrics', 'controller/control/web-authentication.ts', /bcrypt/],
  ['where is a refused reload told', 'controller/reload.ts', /is refused/],
  ['where is a changed configuration put in force', 'controller/configuring.ts', /members\.take/],
  ['where is the config file watched', 'controller/config-file.ts', /watch/],
  ['where are secrets of files and environment read', 'config/source/secrets.ts', /credential/],
  ['which script may root trust', 'base/script-trust.ts', /root/],
  ['where does a FIFO get its line', 'controller/notifications/fifo.ts', /keepalived/],
  ['where are the sync daemons of the kernel kept', 'controller/ipvs/sync-daemons.ts', /applyDaemons/],
  ['where are records that outlive a restart: the journal', 'controller/log/journal.ts', /outlive/],
  ['what do split brain verdicts follow from', 'controller/split-brain/verdict.ts', /two-holders/],
  // Of a packager.
  ['where is the Debian package laid out', 'packaging/debian.ts', /sysusers|Depends|unit/],
  ['where are the manual pages made', 'packaging/manual.ts', /regent\(8\)/],
  ['where is shell completion written', 'cli/completion.ts', /completion/],
  ['which socket is there to notify systemd', 'kernel/system/notify-socket.ts', /NOTIFY_SOCKET/],
  ['where are capabilities given up', 'kernel/system/capabilities.ts', /CAP_|capabilities/],
  ['where is the JSON schema of the configuration written', 'config/pages/json-schema.ts', /JSON Schema/],
];

const architecture = readFileSync('ARCHITECTURE.md', 'utf8');

/** Whether the map names the file, or each word of the file's name is a word of the question. */
const isFound = (question: string, file: string): boolean =>
  architecture.includes(file) ||
  architecture.includes(`\`${basename(file)}\``) ||
  basename(file, '.ts')
    .split('-')
    .every((word) => question.toLowerCase().includes(word.replace(/e?s$/, '')));

describe('a newcomer asks', () => {
  for (const [question, file, text] of questions)
    it(`${question}: ${file}`, () => {
      assert.match(readFileSync(file, 'utf8'), text);
      assert.ok(isFound(question, file), 'neither ARCHITECTURE.md nor the name of the file answers this');
    });
});
