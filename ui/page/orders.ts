// Asks what a command would cost, and gives it.

import type { PlanLine } from '../../controller/plan-line.ts';
import { type Order, orderHeader } from '../model/view.ts';

export type Answer = { readonly id: number; readonly plan?: readonly PlanLine[]; readonly refusal?: string };

const post = async (path: string, order: Order): Promise<readonly Answer[]> => {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [orderHeader]: '1' },
    body: JSON.stringify(order),
  });
  if (!response.ok) throw new Error((await response.text()).trim());
  return (await response.json()) as readonly Answer[];
};

export const askPlan = (order: Order): Promise<readonly Answer[]> => post('plan', order);
export const giveOrder = (order: Order): Promise<readonly Answer[]> => post('command', order);
