// An SMTP server as far as a check speaks with one.

import { createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Issued } from './certificates.ts';
import { type Listening, listen } from './listening.ts';

export type SmtpBehaviour = {
  readonly banner?: string;
  readonly ehlo?: string;
  readonly helo?: string;
  readonly starttls?: string;
  readonly quit?: string;
  /** Offers STARTTLS and speaks TLS by it. */
  readonly identity?: Issued;
  /** How long each reply takes. */
  readonly delay?: number;
};

/** Several lines end in CR LF each; all but the last have a hyphen behind the code (RFC 5321, section 4.2.1). */
const defaults = {
  banner: '220-mail.example.org ESMTP\r\n220-No spam, please\r\n220 Ready',
  ehlo: '250-mail.example.org\r\n250-PIPELINING\r\n250 SIZE 1000',
  quit: '221 Bye',
};

export const startSmtpServer = async (
  behaviour: SmtpBehaviour = {},
): Promise<Listening & { readonly heard: string[] }> => {
  const { banner = defaults.banner, quit = defaults.quit, starttls = '220 Go ahead', identity, delay = 0 } = behaviour;
  const heard: string[] = [];

  const serve = (socket: Socket, isSecure: boolean): void => {
    const offer = identity !== undefined && !isSecure ? '\r\n250 STARTTLS' : '';
    const plainEhlo = behaviour.ehlo ?? defaults.ehlo;
    const ehlo = offer === '' ? plainEhlo : plainEhlo.replace(/250 (?=[^\n]*$)/, '250-') + offer;
    const reply = (text: string): void => {
      setTimeout(() => socket.writable && socket.write(`${text}\r\n`), delay);
    };
    let rest = '';
    const receive = (chunk: Buffer): void => {
      rest += chunk.toString();
      for (let end = rest.indexOf('\r\n'); end !== -1; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        heard.push(line);
        if (line.startsWith('EHLO ')) reply(ehlo);
        else if (line.startsWith('HELO ')) reply(behaviour.helo ?? '250 mail.example.org');
        else if (line === 'QUIT') reply(quit);
        else if (line === 'STARTTLS') {
          reply(starttls);
          if (identity === undefined || !starttls.startsWith('220')) continue;
          socket.off('data', receive);
          const secured = new TLSSocket(socket, { isServer: true, cert: identity.cert, key: identity.keyText });
          secured.on('error', () => {});
          serve(secured, true);
        }
      }
    };
    socket.on('data', receive);
    if (!isSecure) reply(banner);
  };

  return { ...(await listen(createServer((socket) => serve(socket, false)))), heard };
};
