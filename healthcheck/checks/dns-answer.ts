// Compares a DNS answer with the expected one. Pure.

import type { Answer, DecodedPacket, TxtData } from 'dns-packet';
import type { DnsCheck } from '../../config/model/check-model.ts';

const joinText = (data: TxtData): string => (Array.isArray(data) ? data : [data]).map(String).join('');

/** A record's data in zone file syntax; undefined for types that no check asks for. */
const formatData = (record: Answer): string | undefined => {
  switch (record.type) {
    case 'A':
    case 'AAAA':
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return record.data;
    case 'MX':
      return `${record.data.preference} ${record.data.exchange}`;
    case 'SRV':
      return [record.data.priority, record.data.weight, record.data.port, record.data.target].join(' ');
    case 'TXT':
      return joinText(record.data);
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return [mname, rname, serial, refresh, retry, expire, minimum].join(' ');
    }
    default:
      return undefined;
  }
};

const wordsOf = (data: string): string[] =>
  data
    .trim()
    .split(/\s+/)
    .map((word) => word.replace(/\.$/, '').toLowerCase());

const beginsWith = (data: string, expected: string): boolean => {
  const words = wordsOf(data);
  return wordsOf(expected).every((word, index) => words[index] === word);
};

/** dns-packet decodes the code, but its types omit it. */
export const rcodeOf = (answer: DecodedPacket): string =>
  'rcode' in answer && typeof answer.rcode === 'string' ? answer.rcode : 'unknown';

/** What is wrong with an answer; undefined if it is as expected. The expected data may omit trailing words. */
export const judgeAnswer = (
  check: Pick<DnsCheck, 'expectedRcode' | 'expectedAnswer' | 'recordType'>,
  answer: DecodedPacket,
): string | undefined => {
  const rcode = rcodeOf(answer);
  const { expectedRcode, expectedAnswer, recordType } = check;
  if (rcode !== expectedRcode) return `answered ${rcode} instead of ${expectedRcode}`;
  if (expectedAnswer === undefined) return undefined;
  const found = (answer.answers ?? [])
    .filter(({ type }) => type === recordType)
    .flatMap((record) => formatData(record) ?? []);
  if (found.some((data) => beginsWith(data, expectedAnswer))) return undefined;
  if (answer.flag_tc) return 'the answer was truncated before the expected record: ask with "transport: tcp"';
  return found.length === 0
    ? `the answer holds no ${recordType} record`
    : `answered ${found.slice(0, 3).join(', ')} instead of ${expectedAnswer}`;
};
