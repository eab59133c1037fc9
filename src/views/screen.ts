/** A whole screen as rows of text: header, body of the open screen, footer. Pure: a model in, rows out. */

import { type BuildView, buildView } from '../app/build-page.ts';
import { filesShown } from '../app/files-page.ts';
import { wasteShown } from '../app/files-waste.ts';
import type { Layout } from '../app/layout.ts';
import type { ScreenModel } from '../app/screen-model.ts';
import type { AppState } from '../app/state.ts';
import { actsScreen } from './acts-screen.ts';
import { buildScreen } from './build-screen.ts';
import { changesScreen } from './changes-screen.ts';
import { compareScreen } from './compare-screen.ts';
import { emptyBody, lostPane } from './connection-pane.ts';
import { containersScreen } from './containers-screen.ts';
import { detailLines } from './detail-pane.ts';
import { diskRow } from './disk-row.ts';
import { fileViewScreen } from './file-view-screen.ts';
import { filesRule, filesScreen } from './files-screen.ts';
import { findingsScreen } from './findings-screen.ts';
import { footerRule, headerRow, hintRow, statusRow } from './frame.ts';
import { imageStack } from './image-list.ts';
import { jobsScreen } from './jobs-screen.ts';
import { layerPane } from './layer-pane.ts';
import { layersList } from './layers-screen.ts';
import { fill, rule } from './line.ts';
import { logScreen } from './log-screen.ts';
import { pageScreen } from './page-screen.ts';
import { plannerScreen } from './planner-screen.ts';
import { resultScreen } from './result-screen.ts';
import { wasteScreen } from './waste-screen.ts';

/** Rows from top to bottom; each is exactly as wide as the screen, with as many rows as the screen has. */
export function screenLines(model: ScreenModel): string[] {
  const { state, layout, theme } = model;
  if (layout.tooSmall) {
    const text = `needs 60×15, is ${layout.columns}×${layout.rows}`;
    return fill([text.slice(0, layout.columns)], layout.rows, layout.columns).map((row) => theme.finish(row));
  }
  const split = splitsBody(model);
  const files = filesShown(state);
  const hasPanes = files !== undefined && wasteShown(state) === undefined;
  const foot = hasPanes ? filesRule(state, theme) : footerRule(layout, theme, split);
  const lines = [headerRow(state, layout, theme), ...bodyLines(model), foot];
  if (
    layout.disk.height > 0 &&
    files === undefined &&
    !hasFileView(state) &&
    !isEmpty(state) &&
    buildOf(state) === undefined &&
    !hasPlanner(state)
  )
    lines.push(diskRow(state, layout, theme), rule(theme, layout.columns, ''));
  lines.push(
    statusRow(state, layout, theme, model.marksText, model.rows.problem),
    hintRow(model.hints, layout, theme),
  );
  return theme.ascii ? lines.map((row) => theme.finish(row)) : lines;
}

/** The build whose screen is open, with nothing over it. */
function buildOf(state: AppState): BuildView | undefined {
  return state.screen !== 'jobs' || state.log !== undefined || isCovered(state) || isBare(state)
    ? undefined
    : buildView(state);
}

/** A file has all the room there is. */
function hasFileView(state: AppState): boolean {
  return state.fileView !== undefined && state.actList === undefined;
}

/** The planner tells of disk usage itself. */
function hasPlanner(state: AppState): boolean {
  return state.screen === 'disk' && !isCovered(state) && !isBare(state);
}

/** Whether a page or a list stands over the screen. */
function isCovered(state: AppState): boolean {
  const { actList, files, findings, compare, page, containerList, changesPage, result } = state;
  return [actList, files, findings, compare, page, containerList, changesPage, result].some(
    (over) => over !== undefined,
  );
}

/** Whether nothing is there that a list could show. */
function isBare(state: AppState): boolean {
  return state.connection.status === 'connected' ? isEmpty(state) : state.listedAt === undefined;
}

/** An engine without images: there is no disk usage to show either. */
function isEmpty(state: AppState): boolean {
  return (
    state.connection.status === 'connected' &&
    state.listedAt !== undefined &&
    state.images.length === 0 &&
    state.screen === 'images' &&
    !isCovered(state)
  );
}

function splitsBody(model: ScreenModel): boolean {
  const { state, layout } = model;
  return (
    layout.wide &&
    !isCovered(state) &&
    !isBare(state) &&
    (state.screen === 'images' || (state.screen === 'layers' && !state.forestView.zoomed))
  );
}

function bodyLines(model: ScreenModel): string[] {
  const { state, layout, theme } = model;
  const { body } = layout;
  if (state.actList !== undefined) return actsScreen(state, theme, layout.columns, body.height);
  if (state.fileView !== undefined) return fileViewScreen(state, state.fileView, theme);
  const waste = wasteShown(state);
  if (state.files !== undefined && waste !== undefined) return wasteScreen(state, state.files, waste, theme);
  if (state.files !== undefined) return filesScreen(state, state.files, theme);
  if (state.compare !== undefined) return compareScreen(state, state.compare, theme);
  if (state.findings !== undefined)
    return findingsScreen(state, state.findings, theme, layout.columns, body.height);
  if (state.page !== undefined) return pageScreen(state, model.pageFacts, model.pageText, layout, theme);
  if (state.result !== undefined) return resultScreen(state, theme, layout.columns, body.height);
  if (state.changesPage !== undefined) return changesScreen(state, theme, layout.columns, body.height);
  if (state.containerList !== undefined) return containersScreen(state, theme, layout.columns, body.height);
  if (isBare(state)) {
    const title = state.connection.status === 'connected' ? 'Images 0' : 'Images';
    return [
      rule(theme, layout.columns, title, 'cursor'),
      ...emptyBody(state, theme, layout.columns, body.height - 1 + (isEmpty(state) ? diskRows(layout) : 0)),
    ];
  }
  const build = buildOf(state);
  if (build !== undefined) return buildScreen(build, state, theme, model.nowMs);
  switch (state.screen) {
    case 'images':
      return beside(
        model,
        imageStack({
          state,
          rows: model.rows,
          layout,
          theme,
          onDisk: model.onDisk,
          range: model.range,
          danglingFreed: model.danglingFreed,
        }),
        detailTitle(state),
        detailBody(model),
      );
    case 'layers':
      if (state.forestView.zoomed && model.layerFacts !== undefined)
        return [
          rule(theme, layout.columns, 'Layer', 'cursor'),
          ...layerPane(model.layerFacts, theme, layout.columns, body.height - 1),
        ];
      return beside(
        model,
        layersList({
          state,
          rows: model.forest,
          cursor: model.forestCursor,
          totals: model.layerTotals,
          sign: model.forestSign,
          effect: model.marksEffect,
          matches: model.forestMatches,
          layout,
          theme,
        }),
        'Layer',
        layout.wide ? layerPane(model.layerFacts, theme, layout.right.width, body.height - 1) : [],
      );
    case 'disk':
      return plannerScreen(state, layout, theme);
    case 'jobs':
      return state.log === undefined
        ? jobsScreen(state, layout, theme, model.nowMs, model.jobCursor, model.jobRows)
        : logScreen(state, theme, layout.columns, body.height);
  }
}

/** Rows that the line of disk usage takes, its rule with it. */
function diskRows(layout: Layout): number {
  return layout.disk.height > 0 ? 2 : 0;
}

function detailTitle(state: AppState): string {
  return state.connection.status === 'lost' ? 'Connection' : 'Detail';
}

function detailBody(model: ScreenModel): string[] {
  const { state, layout, theme, facts } = model;
  if (!layout.wide) return [];
  const cells = layout.right.width;
  const height = layout.body.height - 1;
  if (state.connection.status === 'lost') return lostPane(state, theme, cells, height, model.nowMs);
  if (facts === undefined) return fill([], height, cells);
  return detailLines(facts, theme, cells, height, state.now);
}

/** Left rows, a line between, right rows under a title. */
function beside(
  model: ScreenModel,
  left: readonly string[],
  title: string,
  right: readonly string[],
): string[] {
  const { layout, theme } = model;
  if (!layout.wide) return [...left];
  const head = theme.paint('muted', '┬') + rule(theme, layout.right.width, title, 'strong');
  const between = theme.paint('muted', '│');
  return left.map((row, index) => row + (index === 0 ? head : between + (right[index - 1] ?? '')));
}
