/** The tabs in the header row, for drawing and for the mouse. */
import { SCREENS, type ScreenId } from './state.ts';

export const SCREEN_NAMES: Record<ScreenId, string> = {
  images: 'Images',
  layers: 'Layers',
  disk: 'Disk',
  jobs: 'Jobs',
};

/** Columns of each tab in the header row, end excluded. */
export function tabSpans(): readonly {
  readonly screen: ScreenId;
  readonly from: number;
  readonly to: number;
}[] {
  let at = 1;
  return SCREENS.map((screen, index) => {
    const from = at;
    const to = from + `[${index + 1} ${SCREEN_NAMES[screen]}]`.length;
    at = to + 2;
    return { screen, from, to };
  });
}
