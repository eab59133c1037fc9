/** The state as views want it: everything worked out that a screen shows. */

import type { Size } from '../engine/engine.ts';
import type { App } from './app.ts';
import { type Hint, hints } from './command-index.ts';
import { factsOf, type ImageFacts } from './facts.ts';
import { type ForestRow, forestIndex, forestRows } from './forest-rows.ts';
import { forestMatches } from './forest-search.ts';
import { forestTree } from './forest-tree.ts';
import { size as sizeText } from './format.ts';
import { jobRows } from './job-scroll.ts';
import { type LayerFacts, layerFacts, layerTotals } from './layer-facts.ts';
import { type Layout, layoutOf } from './layout.ts';
import { ledgerOf } from './ledger-of.ts';
import { cursorIndex } from './list.ts';
import { rangeIds } from './marking.ts';
import { danglingFreed, marksText } from './marks-cost.ts';
import { type MarksEffect, marksEffect } from './marks-effect.ts';
import { pageFacts, pageText } from './page.ts';
import { type Rows, rowsOf } from './rows.ts';
import type { AppState } from './state.ts';
import type { Theme } from './theme.ts';

/** Everything a screen shows, worked out beforehand: views only lay it out. */
export interface ScreenModel {
  readonly state: AppState;
  readonly layout: Layout;
  readonly theme: Theme;
  readonly nowMs: number;
  readonly rows: Rows;
  readonly range: ReadonlySet<string>;
  /** The image under the cursor of screen 1. */
  readonly facts: ImageFacts | undefined;
  readonly pageFacts: ImageFacts | undefined;
  readonly pageText: readonly string[];
  readonly onDisk: string;
  /** What all dangling images take; undefined while not known. */
  readonly danglingFreed: Size | undefined;
  readonly marksText: string;
  readonly forest: readonly ForestRow[];
  readonly forestCursor: number;
  /** How many rows of it the search finds; undefined without one. */
  readonly forestMatches: number | undefined;
  /** The sign before sizes of layers that are not exact. */
  readonly forestSign: string;
  readonly marksEffect: MarksEffect | undefined;
  readonly layerFacts: LayerFacts | undefined;
  readonly layerTotals: { readonly layers: number; readonly bytes: Size; readonly saved: Size } | undefined;
  readonly jobCursor: number;
  readonly jobRows: number;
  readonly hints: readonly Hint[];
}

export function screenModel(app: App, state: AppState, theme: Theme): ScreenModel {
  const layout = layoutOf(state.columns, state.rows);
  const rows = rowsOf(state);
  const onImages = state.screen === 'images' && state.page === undefined;
  const onLayers = state.screen === 'layers' && state.page === undefined;
  const list = rows[state.focus];
  const row = list.rows[cursorIndex(list.rows, state.places[state.focus], list.indexOf)];
  const forest = onLayers ? forestRows(state) : [];
  const forestCursor = cursorIndex(forest, state.forestPlace, forestIndex(forest));
  const layer = forest[forestCursor];
  const facts = pageFacts(state);
  return {
    state,
    layout,
    theme,
    nowMs: app.clock(),
    rows,
    range: new Set(rangeIds(state)),
    facts: onImages && layout.wide && row !== undefined ? factsOf(state, row) : undefined,
    pageFacts: facts,
    pageText: facts === undefined ? [] : pageText(state, facts),
    onDisk: onDisk(state),
    danglingFreed: danglingFreed(state.stock),
    marksText: marksText(state),
    forest,
    forestCursor,
    forestMatches: onLayers && state.forestView.search !== '' ? forestMatches(state).length : undefined,
    forestSign: onLayers && state.stock !== undefined ? forestTree(state.stock).sign : '',
    marksEffect: onLayers ? marksEffect(state) : undefined,
    layerFacts:
      layer === undefined || !(layout.wide || state.forestView.zoomed) ? undefined : layerFacts(state, layer),
    layerTotals: onLayers ? layerTotals(state) : undefined,
    jobCursor: cursorIndex(state.jobs, state.jobPlace),
    jobRows: jobRows(state),
    hints: hints(app),
  };
}

/** What all image layers take, each once: the engine's own total, or the ledger's. */
function onDisk(state: AppState): string {
  if (state.usage !== undefined) return `${sizeText(state.usage.layersTotal)} on disk`;
  const ledger = ledgerOf(state.stock);
  return ledger === undefined ? '' : `${sizeText(ledger.total())} on disk`;
}
