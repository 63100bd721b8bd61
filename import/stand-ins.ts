// regent's replacements for keepalived's notifications: mail, SNMP and its own kinds of scripts.

export const mail = 'regent sends no mail: a web hook or a script of `notifications` stands in';
export const snmp = 'regent speaks no SNMP: `metrics` and `regent status --json` answer what its tables would';
export const notify =
  'carry it by hand to notifications: a script (its facts come in the environment), a web hook or a FIFO';
