// What regent has in place of what keepalived tells others by: mail, SNMP and scripts of its own kinds.

export const mail = 'regent sends no mail: a web hook or a script of `notifications` stands in';
export const snmp = 'regent speaks no SNMP: `metrics` and `regent status --json` answer what its tables would';
export const notify =
  'carry it by hand to notifications: a script (its facts come in the environment), a web hook or a FIFO';
