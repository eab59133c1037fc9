/** Opening the page of an image, going through its tabs, searching and copying it. */
import type { App } from './app.ts';
import { currentImage } from './movement.ts';
import { inspectText, matchesIn, pageFacts, pageHeight, pageText } from './page.ts';
import { PAGE_TABS, type PageTab } from './state.ts';
import { fieldOf } from './text-field.ts';

export function openPage(app: App, tab: PageTab): void {
  const id = currentImage(app.store.get());
  if (id !== undefined) openPageOf(app, id, tab);
}

export function openPageOf(app: App, id: string, tab: PageTab): void {
  app.store.update((state) => ({ ...state, page: { id, tab, top: 0, search: '' } }));
  app.session.loadDetails(id);
}

export function nextTab(app: App, step: 1 | -1): void {
  app.store.update((state) => {
    if (state.page === undefined) return state;
    const at = PAGE_TABS.indexOf(state.page.tab);
    const tab = PAGE_TABS[(at + step + PAGE_TABS.length) % PAGE_TABS.length]!;
    return { ...state, page: { ...state.page, tab, top: 0 } };
  });
}

export function editSearch(app: App): void {
  app.store.update((state) => ({ ...state, field: fieldOf(state.page?.search ?? '') }));
}

/** Scrolls to the next row that holds the search text, around the end. */
export function nextMatch(app: App, step: 1 | -1): void {
  const state = app.store.get();
  const facts = pageFacts(state);
  if (state.page === undefined || facts === undefined) return;
  if (state.page.search === '') {
    app.say('plain', '/ searches this page');
    return;
  }
  const text = pageText(state, facts);
  const matches = matchesIn(text, state.page.search);
  if (matches.length === 0) {
    app.say(
      'bad',
      state.page.tab === 'overview'
        ? 'the overview cannot be searched: tab to history or inspect'
        : `"${state.page.search}" is not on this page`,
    );
    return;
  }
  const { top } = state.page;
  const after = step === 1 ? matches.find((row) => row > top) : matches.findLast((row) => row < top);
  const target = after ?? (step === 1 ? matches[0]! : matches.at(-1)!);
  const last = Math.max(0, text.length - pageHeight(state));
  app.store.update((now) =>
    now.page === undefined
      ? now
      : { ...now, page: { ...now.page, top: Math.min(target, Math.max(last, target)) } },
  );
  app.say('plain', `match ${matches.indexOf(target) + 1} of ${matches.length}`);
}

/** Puts the tab's whole text on the clipboard; the overview gives the raw JSON. */
export function copyPage(app: App): void {
  const state = app.store.get();
  const facts = pageFacts(state);
  if (facts === undefined) return;
  const text = state.page!.tab === 'overview' ? inspectText(facts) : pageText(state, facts);
  if (app.terminal.copy(text.join('\n'))) app.say('good', `copied ${text.length} rows`);
  else app.say('bad', 'too long for the terminal clipboard: use nacre inspect in a shell');
}
