// The keys of the routers: read before a router runs, and again when the file changes.

import type { VrrpEventBody } from '../events.ts';
import type { Ports } from '../ports.ts';
import type { Router } from '../router.ts';

export type Keyring = {
  /** Reads a router's keys unless it has some. @returns why they cannot be used, so that it may not run. */
  readonly learn: (router: Router) => string | undefined;
  /** Reads a key file again for the routers that use it; they keep their keys if the new ones are invalid. */
  readonly relearn: (routers: Iterable<Router>, path: string) => void;
};

const keyFileOf = ({ config: { authentication } }: Router): string | undefined =>
  authentication?.type === 'hmac' ? authentication.keyFile : undefined;

export const createKeyring = (
  { readKeys }: Pick<Ports, 'readKeys'>,
  emit: (event: VrrpEventBody) => void,
): Keyring => ({
  learn: (router) => {
    const path = keyFileOf(router);
    if (path === undefined || router.keys.length > 0) return undefined;
    const file = readKeys(path);
    if (!file.ok) return file.why;
    router.keys = file.keys;
    return undefined;
  },
  relearn: (routers, path) => {
    for (const router of routers) {
      if (keyFileOf(router) !== path) continue;
      const { name } = router.config;
      const file = readKeys(path);
      if (file.ok) {
        router.keys = file.keys;
        const message = `read ${file.keys.length} keys from ${path}; key ${file.keys[0]?.id} signs`;
        emit({ type: 'keys', router: name, message });
      } else {
        const consequence = router.keys.length > 0 ? 'the last keys stay in use' : 'the router waits';
        emit({ type: 'keys-unreadable', router: name, message: `${file.why}; ${consequence}` });
      }
    }
  },
});
