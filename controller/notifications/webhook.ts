// Delivers a notification to a web hook: POSTs its JSON, done at a successful status.

import { harmlessText } from '../../base/harmless-text.ts';
import type { Delivery } from './queue.ts';

/** @param timeout in milliseconds, for the whole exchange. */
export const webhookDelivery =
  (url: string, headers: Readonly<Record<string, string>>, timeout: number): Delivery =>
  async (notification) => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(notification),
      redirect: 'error',
      signal: AbortSignal.timeout(timeout),
    }).catch((error: Error) => {
      const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
      throw new Error(harmlessText(`${error.message}${cause}`));
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  };
