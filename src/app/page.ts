/** The page of one image: overview, history, users, raw JSON, as text that scrolls and can be searched. Pure. */
import { statusText } from './container-list.ts';
import { factsOf, type ImageFacts, rowById } from './facts.ts';
import { ago, bytes, shortId } from './format.ts';
import { layoutOf } from './layout.ts';
import type { AppState } from './state.ts';
import { wrap } from './width.ts';

/** Rows of the page's text: body without its title and tab rows. */
export function pageHeight(state: AppState): number {
  return Math.max(1, layoutOf(state.columns, state.rows).body.height - 2);
}

export function pageFacts(state: AppState): ImageFacts | undefined {
  const row = state.page === undefined ? undefined : rowById(state, state.page.id);
  return row === undefined ? undefined : factsOf(state, row);
}

/** The text of history, users and raw JSON; the overview is drawn from the facts. */
export function pageText(state: AppState, facts: ImageFacts): string[] {
  const cells = state.columns - 4;
  switch (state.page!.tab) {
    case 'overview':
      return [];
    case 'history':
      return historyText(facts, cells, state.now);
    case 'used by':
      return usersText(facts, state.now);
    case 'inspect':
      return inspectText(facts).flatMap((row) => wrapIndented(row, cells));
  }
}

export function inspectText(facts: ImageFacts): string[] {
  const raw = facts.details.detail?.raw;
  return raw === undefined ? [waiting(facts)] : JSON.stringify(raw, null, 2).split('\n');
}

/** A row too long for the screen goes on below, two cells further in than it began. */
function wrapIndented(row: string, cells: number): string[] {
  const indent = row.length - row.trimStart().length;
  const [first = '', ...rest] = wrap(row.trimStart(), Math.max(16, cells - indent - 2));
  return [' '.repeat(indent) + first, ...rest.map((part) => ' '.repeat(indent + 2) + part)];
}

function waiting(facts: ImageFacts): string {
  return facts.details.error === undefined ? 'asking the engine …' : `✗ ${facts.details.error.message}`;
}

function historyText(facts: ImageFacts, cells: number, now: number): string[] {
  const history = facts.history;
  if (history === undefined) return [waiting(facts)];
  return history.flatMap((step) => {
    const shared =
      step.layer === undefined ? '' : step.sharers > 1 ? ` · in ${step.sharers} images` : ' · only here';
    const when = step.created > 0 ? ` · ${ago(step.created, now)}` : '';
    const what = step.size === 0 ? 'no bytes' : bytes(step.size);
    const comment = step.comment === '' ? '' : ` · ${step.comment}`;
    return [
      `${String(step.number).padStart(3)}  ${what}${shared}${when}${comment}`,
      ...(step.endsImage === '' ? [] : [`     ends ${step.endsImage}`]),
      ...wrap(step.full === '' ? '(no instruction recorded)' : step.full, cells - 5).map(
        (row) => `     ${row}`,
      ),
      ...(step.layer === undefined ? [] : [`chain ${step.layer.chainId}`, `diff  ${step.layer.diffId}`])
        .flatMap((text) => wrap(text, cells - 5))
        .map((row) => `     ${row}`),
      '',
    ];
  });
}

function usersText(facts: ImageFacts, now: number): string[] {
  if (facts.noContainers !== '') return [`Nothing uses this image: ${facts.noContainers}.`];
  if (facts.usedBy.length === 0) return ['No container uses this image.'];
  return facts.usedBy.flatMap((container) => [
    `${container.running ? '●' : '○'} ${container.name}`,
    `     ${statusText(container) || container.state} · made ${ago(container.created, now)} from ${container.image} · ${shortId(container.id)}`,
    '',
  ]);
}

/** Rows that hold the search text, letter case ignored. */
export function matchesIn(text: readonly string[], search: string): number[] {
  if (search === '') return [];
  const wanted = search.toLowerCase();
  return text.flatMap((row, index) => (row.toLowerCase().includes(wanted) ? [index] : []));
}

/** All rows of the page as it is drawn now; the overview counts as one window. */
export function pageLength(state: AppState): number {
  const facts = pageFacts(state);
  if (facts === undefined) return 0;
  return state.page!.tab === 'overview' ? overviewLength(facts) : pageText(state, facts).length;
}

/** Names, digests, environment and labels are one row each in the overview; the rest is a handful. */
function overviewLength(facts: ImageFacts): number {
  const config = facts.details.detail?.config;
  const many =
    config === undefined
      ? 0
      : config.env.length + Object.keys(config.labels).length + config.volumes.length + config.onBuild.length;
  return 20 + facts.row.image.references.length + facts.row.image.digests.length + many;
}
