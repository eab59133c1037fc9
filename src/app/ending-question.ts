/** The question what becomes of a throwaway container that has ended: what can be answered, and when it is open. Pure. */
import type { AppState } from './state.ts';

export const ENDINGS = ['look at the changes', 'commit…', 'remove it', 'keep it'] as const;
export const REMOVE = ENDINGS.indexOf('remove it');

/** The state with the question open, where there is one and nothing else is open. */
export function askingOfEnding(state: AppState): AppState {
  const { runEnding, overlay, actList, files, findings, compare, page, changesPage, result } = state;
  const isCovered = [overlay, actList, files, findings, compare, page, changesPage, result].some(
    (over) => over !== undefined,
  );
  if (runEnding === undefined || isCovered) return state;
  return { ...state, overlay: { kind: 'ending', index: REMOVE } };
}
