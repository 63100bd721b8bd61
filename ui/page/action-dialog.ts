// What a command would cost, before it is given.

import { html } from 'htm/preact';
import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { directorsFor } from '../model/services.ts';
import type { Action, Order } from '../model/view.ts';
import { type Answer, askPlan, giveOrder } from './orders.ts';
import type { Intent, Store, StoreProps } from './store.ts';

const titles: Readonly<Record<Action['do'], string>> = {
  drain: 'Drain',
  undrain: 'End the drain of',
  weigh: 'Weight of',
  handover: 'Hand over from',
  resume: 'Resume on',
};
const verbs: Readonly<Record<Action['do'], string>> = {
  drain: 'Drain',
  undrain: 'Undrain',
  weigh: 'Set the weight',
  handover: 'Hand over',
  resume: 'Resume',
};

const subjectOf = ({ action, view }: Intent): string => ('server' in action ? action.server : view.name);

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const orderOf = ({ action, view }: Intent, store: Store): Order => ({
  directors: 'server' in action ? directorsFor(view, store.views.value) : [view.id],
  action,
});

const nameOf = (id: number, store: Store): string =>
  store.views.value.find((view) => view.id === id)?.name ?? String(id);

const costs = (answers: readonly Answer[] | string | undefined, store: Store): VNode => {
  if (answers === undefined) return html`<p class="quiet">Asking what it costs …</p>`;
  if (typeof answers === 'string') return html`<p class="tone-bad">${answers}</p>`;
  return html`<ul class="costs">${answers.flatMap(({ id, plan = [], refusal }) => {
    const who = answers.length > 1 ? `${nameOf(id, store)}: ` : '';
    if (refusal !== undefined) return html`<li class="tone-bad">${who}${refusal}</li>`;
    if (plan.length === 0) return html`<li>${who}costs nothing that is known</li>`;
    return plan.map(
      ({ subject, change, effect, connections }) => html`<li class=${effect === 'hitless' ? 'tone-ok' : 'tone-bad'}>
        <span class="pill">${effect === 'cuts' ? `cuts ${connections ?? ''}` : effect}</span> ${who}${subject}: ${change}
      </li>`,
    );
  })}</ul>`;
};

const Weight = ({ store, intent }: StoreProps & { readonly intent: Intent }): VNode | false => {
  const { action } = intent;
  if (action.do !== 'weigh') return false;
  const configured = action.weight === 'as configured';
  const change = (weight: number | 'as configured') => {
    store.intent.value = { ...intent, action: { ...action, weight } };
  };
  const type = ({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void => {
    const weight = currentTarget.valueAsNumber;
    if (Number.isInteger(weight) && weight >= 0 && weight <= 65_535) change(weight);
  };
  const reset = ({ currentTarget }: { readonly currentTarget: HTMLInputElement }): void =>
    change(currentTarget.checked ? 'as configured' : 100);
  return html`<div class="weight">
    <label>Weight <input type="number" min="0" max="65535" step="1" disabled=${configured} value=${configured ? '' : action.weight} onInput=${type} /></label>
    <label><input type="checkbox" checked=${configured} onChange=${reset} /> as configured</label>
  </div>`;
};

const Content = ({
  store,
  intent,
  close,
}: StoreProps & { readonly intent: Intent; readonly close: () => void }): VNode => {
  const [answers, setAnswers] = useState<readonly Answer[] | string | undefined>(undefined);
  const [isBusy, setBusy] = useState(false);
  const { action } = intent;
  const asked = JSON.stringify(action);
  useEffect(() => {
    let isCurrent = true;
    // While a number is typed, each digit asks again.
    const timer = setTimeout(() => {
      askPlan(orderOf(intent, store)).then(
        (found) => isCurrent && setAnswers(found),
        (error) => isCurrent && setAnswers(messageOf(error)),
      );
    }, 150);
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [asked]);

  const give = async (): Promise<void> => {
    setBusy(true);
    try {
      const given = await giveOrder(orderOf(intent, store));
      const refusals = given.flatMap(({ id, refusal }) => (refusal === undefined ? [] : [{ id, plan: [], refusal }]));
      if (refusals.length > 0) return setAnswers(refusals);
      store.outcome.value = `Done: ${verbs[action.do].toLowerCase()}, ${subjectOf(intent)}.`;
      close();
    } catch (error) {
      setAnswers(messageOf(error));
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: Event): void => {
    event.preventDefault();
    void give();
  };

  return html`<form onSubmit=${submit}>
    <h2 id="intent-title">${titles[action.do]} ${subjectOf(intent)}</h2>
    <${Weight} store=${store} intent=${intent} />
    <div aria-live="polite">${costs(answers, store)}</div>
    <div class="actions">
      <button type="button" onClick=${close}>Cancel</button>
      <button type="submit" class="primary" disabled=${isBusy}>${verbs[action.do]}</button>
    </div>
  </form>`;
};

export const ActionDialog = ({ store }: StoreProps): VNode => {
  const dialog = useRef<HTMLDialogElement>(null);
  const intent = store.intent.value;
  const isOpen = intent !== undefined;
  const close = (): void => dialog.current?.close();
  useEffect(() => {
    if (isOpen && dialog.current?.open === false) dialog.current.showModal();
  }, [isOpen]);
  const forget = (): void => {
    store.intent.value = undefined;
  };
  return html`<dialog ref=${dialog} aria-labelledby="intent-title" onClose=${forget}>
    ${intent !== undefined && html`<${Content} store=${store} intent=${intent} close=${close} />`}
  </dialog>`;
};
