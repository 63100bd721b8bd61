// The page of two running directors, as an operator uses it: by mouse, by keyboard, by screen reader, while a director dies.

import assert from 'node:assert/strict';
import type { Browser, Locator, Page } from 'playwright-core';
import { askStatus, regent, startConfigured } from '../netns/controller/operated-director.ts';
import { until } from '../netns/namespaces.ts';
import { closeHosts, type Host, signal } from '../netns/vrrp/hosts.ts';
import { faultsOf, type OpenPage, openBrowser, openUi, type Pair, startPair, visit } from './pair.ts';

/** Resolves in the page with the time at which a director's card shows the text. */
const whenShown = (label: string, text: string): string => `new Promise((resolve) => {
  const look = () => document.querySelector('[aria-label="${label}"]').textContent.includes('${text}') && resolve(Date.now());
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
})`;

describe('the page of a pair', () => {
  let pair: Pair;
  let ui: OpenPage;
  let browser: Browser;
  let page: Page;
  const errors: string[] = [];

  const director = (name: string): Locator => page.getByRole('article', { name: `Director ${name}` });
  const rowOf = (server: string): Locator =>
    page.getByRole('table', { name: /Real servers of web/ }).getByRole('row', { name: server });
  const textOf = async (locator: Locator): Promise<string> => (await locator.allInnerTexts()).join(' ');
  const textWhen = async (locator: Locator, wanted: RegExp, timeout = 15_000): Promise<void> => {
    let text = '';
    await until(
      `the page shows ${wanted.source}`,
      async () => {
        text = await textOf(locator);
        return wanted.test(text);
      },
      timeout,
    ).catch((error: Error) => assert.fail(`${error.message}; it shows: ${text}`));
  };
  /** Presses Tab until the control has the focus. */
  const tabTo = async (locator: Locator): Promise<void> => {
    for (let presses = 0; presses < 60; presses += 1) {
      if (await locator.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    assert.fail('the keyboard does not reach it');
  };

  before(async () => {
    [pair, browser] = await Promise.all([startPair(), openBrowser()]);
    ui = await openUi('--from', ...pair.sockets);
    page = await visit(browser, ui);
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('console', (message) => {
      if (message.type() === 'error') errors.push(message.text());
    });
  });
  after(async () => {
    ui?.child.kill();
    await browser?.close();
    await closeHosts();
  });

  it('says who is master, and since when, in its first line and in the title', async () => {
    await textWhen(page.getByRole('banner'), /lb0 is master of vip and gateway since \d\d:\d\d:\d\d/);
    await textWhen(director('lb0'), /master[\s\S]*vip[\s\S]*150[\s\S]*lb1 answers/);
    await textWhen(director('lb1'), /backup[\s\S]*vip[\s\S]*100/);
    assert.match(await page.title(), /· regent$/);
  });

  it('shows each real server with its state, and what its last probe took', async () => {
    await textWhen(rowOf('rs0'), /rs0[\s\S]*up[\s\S]*100[\s\S]*ms/);
    await until('lines are drawn', async () => (await page.locator('.probe canvas').count()) === 2);
  });

  for (const width of [380, 1024, 1920])
    it(`fits ${width} pixels`, async () => {
      await page.setViewportSize({ width, height: 800 });
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(overflow, 0);
      const leftmost = await page.evaluate(
        "Math.min(0, ...[...document.querySelectorAll('.mark')].map((mark) => mark.getBoundingClientRect().left))",
      );
      assert.equal(leftmost, 0);
    });

  for (const [colorScheme, width] of [
    ['light', 1024],
    ['dark', 1024],
    ['light', 380],
    ['dark', 380],
    ['light', 1920],
    ['dark', 1920],
  ] as const)
    it(`gives axe nothing to say: ${colorScheme}, ${width} pixels`, async () => {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      assert.deepEqual(await faultsOf(page), []);
    });

  it('drains a server by the keyboard alone, with its cost before, on both directors', async () => {
    await page.setViewportSize({ width: 1024, height: 800 });
    await tabTo(page.getByRole('button', { name: 'Drain rs0' }));
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog', { name: 'Drain rs0' });
    await textWhen(dialog, /hitless[\s\S]*real server rs0 of web: takes no new connections/);
    assert.deepEqual(await faultsOf(page), []);
    await tabTo(dialog.getByRole('button', { name: 'Drain' }));
    await page.keyboard.press('Enter');
    await textWhen(rowOf('rs0'), /drained, up/);
    await textWhen(page.getByRole('banner'), /Done: drain, rs0/);
    for (const host of pair.hosts)
      await until(
        'it is drained there',
        async () => (await askStatus(host))?.services[0]?.servers[0]?.drained === true,
      );
  });

  it('says that the last server costs new connections, and Escape does nothing', async () => {
    await page.getByRole('button', { name: 'Drain rs1' }).click();
    const dialog = page.getByRole('dialog', { name: 'Drain rs1' });
    await textWhen(dialog, /refuses[\s\S]*no other server of web takes any/);
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' }).catch(() => undefined);
    assert.equal(await dialog.isVisible(), false);
    assert.equal((await askStatus(pair.hosts[0]))?.services[0]?.servers[1]?.drained, false);
    await page.getByRole('button', { name: 'Undrain rs0' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Undrain' }).click();
    await textWhen(rowOf('rs0'), /rs0[\s\S]*\bup\b/);
  });

  it('sets a weight after it has said what that changes, and takes it back', async () => {
    await page.getByRole('button', { name: 'Weight of rs1' }).click();
    const dialog = page.getByRole('dialog', { name: 'Weight of rs1' });
    await dialog.getByRole('spinbutton').fill('50');
    await textWhen(dialog, /weight 50: about 33% of the new connections instead of 50%/);
    await dialog.getByRole('button', { name: 'Set the weight' }).click();
    await textWhen(rowOf('rs1'), /50 of 100[\s\S]*by command on lb0/);
    await page.getByRole('button', { name: 'Weight of rs1' }).click();
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Set the weight' }).click();
    await until('its weight is the configured one', async () => !/of 100/.test(await textOf(rowOf('rs1'))));
  });

  it('marks added and removed servers, whichever director took the command', async () => {
    const [lb0, lb1] = pair.hosts;
    const services = page.locator('.service');
    const command = (host: Host, what: string, server: string): void => {
      const { code, out } = regent(host, 'server', what, 'web', server);
      assert.equal(code, 0, out);
    };
    command(lb1, 'add', '192.168.55.111:81');
    await textWhen(rowOf('192.168.55.111:81'), /added by command on lb1, not in the file/);
    command(lb0, 'remove', '192.168.55.112:80');
    await textWhen(
      services,
      /differs from the file[\s\S]*192.168.55.112:80 removed by command on lb0, still in the file/,
    );
    assert.deepEqual(await faultsOf(page), []);
    command(lb1, 'remove', '192.168.55.111:81');
    command(lb1, 'add', '192.168.55.112:80');
    await textWhen(rowOf('rs1'), /up/);
    assert.doesNotMatch(await textOf(services), /by command|differs/);
  });

  it('shows a server that fails, and why, within its probes and two seconds', async () => {
    pair.realServers[1]?.kill('SIGKILL');
    await textWhen(rowOf('rs1'), /down[\s\S]*refused/i);
    await textWhen(page.getByRole('list', { name: 'Events' }), /rs1 up -> down/);
  });

  it('filters events by director and text', async () => {
    const events = page.getByRole('list', { name: 'Events' });
    await page.getByRole('combobox', { name: 'Director' }).selectOption('lb1');
    await page.getByRole('searchbox', { name: 'Text' }).fill('RS1 up');
    await textWhen(events, /^(?!.*lb0)[\s\S]*rs1 up -> down/);
    assert.doesNotMatch(await textOf(events), /\blb0\b|started/);
    await page.getByRole('searchbox', { name: 'Text' }).fill('');
    await page.getByRole('combobox', { name: 'Director' }).selectOption('');
  });

  it('shows a director that hangs as not known, and not as the master that it was', async () => {
    const child = pair.directors.get(pair.hosts[0]);
    assert.ok(child?.pid !== undefined);
    const shown = page.evaluate(whenShown('Director lb0', 'Not known'));
    const stoppedAt = Date.now();
    signal(child.pid, 'SIGSTOP');
    const took = Number(await shown) - stoppedAt;
    await textWhen(director('lb0'), /not known[\s\S]*it has been silent for 1.8 s/i, 8000);
    assert.ok(took < 2500, `shown after ${took} ms`);
    assert.doesNotMatch(await textOf(director('lb0')), /master|vip|150/);
    assert.deepEqual(await faultsOf(page), []);
    signal(child.pid, 'SIGCONT');
    await textWhen(director('lb0'), /vip/);
  });

  it('knows nothing while regent ui hangs, and all again once it goes on', async () => {
    const { pid = 0 } = ui.child;
    const shown = page.evaluate(whenShown('Director lb1', 'Not known'));
    const stoppedAt = Date.now();
    signal(pid, 'SIGSTOP');
    const took = Number(await shown) - stoppedAt;
    assert.doesNotMatch(await textOf(director('lb0')), /master|vip|150/);
    signal(pid, 'SIGCONT');
    assert.ok(took < 2500, `shown after ${took} ms`);
    await textWhen(page.getByRole('banner'), /lb0 is master of vip and gateway/);
    await textWhen(director('lb1'), /backup[\s\S]*vip/);
  });

  it('shows the takeover with what it took when the master dies, and the director when it is back', async () => {
    const [lb0] = pair.hosts;
    pair.directors.get(lb0)?.kill('SIGTERM');
    await textWhen(page.getByRole('banner'), /lb1 is master of vip and gateway/);
    await textWhen(director('lb0'), /not known/i);
    await textWhen(
      page.getByRole('region', { name: 'Last transitions' }),
      /lb1 (vip|gateway)[\s\S]*master[\s\S]*all after [\d.]+ ms/,
    );
    startConfigured(lb0);
    await textWhen(page.getByRole('banner'), /lb0 is master of vip and gateway/, 20_000);
  });

  it('hands mastership over and back', async () => {
    await page.getByRole('button', { name: 'Hand over from lb0' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Hand over' }).click();
    await textWhen(page.getByRole('banner'), /lb1 is master of vip and gateway/);
    await page.getByRole('button', { name: 'Resume on lb0' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click();
    await textWhen(page.getByRole('banner'), /lb0 is master of vip and gateway/);
  });

  it('says that it knows nothing once regent ui has ended', async () => {
    ui.child.removeAllListeners('close');
    ui.child.kill();
    await textWhen(page.getByRole('banner'), /no director answers/);
    assert.doesNotMatch(await textOf(director('lb1')), /vip/);
  });

  it('has made no mistake that the browser tells of', () =>
    assert.deepEqual(
      errors.filter((text) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|net::ERR/.test(text)),
      [],
    ));
});
