// regent's replacements for keepalived's mail, SNMP, scripts and logged probes.

export const mail = 'regent sends no mail: use a webhook or a script of `notifications`';
export const snmp = 'regent has no SNMP: `metrics` and `regent status --json` have the values';
export const notify = 'write a notification by hand: a script (its environment holds the facts), a webhook or a FIFO';
export const failedProbes =
  'regent logs verdicts, not single probes: `regent why server` shows the last error, `regent_probe_seconds` counts failures';
