/** The warnings of a build, in place of its log. */
import type { BuildView } from '../app/build-page.ts';
import { plural } from '../app/format.ts';
import { windowTop } from '../app/list.ts';
import type { Theme } from '../app/theme.ts';
import { fit, shortenMiddle, width, wrap } from '../app/width.ts';
import { compose, ruleWith } from './line.ts';

export function warningLines(view: BuildView, theme: Theme, cells: number): string[] {
  const { warnings, heights, page } = view;
  const rows: { readonly index: number; readonly text: string; readonly first: boolean }[] = [];
  const place = Math.min(24, Math.max(...warnings.map((warning) => width(placeOf(warning)))));
  for (const [index, warning] of warnings.entries()) {
    const url = warning.url === '' ? [] : [warning.url];
    const texts = [
      ...wrap(warning.text, cells - place - 5),
      ...[...warning.detail, ...url].flatMap((text) => wrap(text, cells - place - 5)),
    ];
    rows.push(...texts.map((text, row) => ({ index, text, first: row === 0 })));
  }
  const at = rows.findIndex((row) => row.index === page.warning);
  const top = windowTop(0, Math.max(0, at), rows.length, heights.log);
  const head = ruleWith(
    theme,
    cells,
    plural(warnings.length, 'warning'),
    'ctrl+o opens its line · W closes',
    'strong',
  );
  return [
    head,
    ...rows.slice(top, top + heights.log).map(({ index, text, first }) => {
      const on = index === page.warning;
      return compose(theme, cells, [
        on ? ['cursor', '▌ '] : '  ',
        ['accent', fit(first ? placeOf(warnings[index]!) : '', place)],
        '  ',
        first ? [on ? 'strong' : 'plain', text] : ['muted', text],
      ]);
    }),
  ];
}

function placeOf({ file, line }: { readonly file: string; readonly line: number | undefined }): string {
  const name = shortenMiddle(file === '' ? 'Dockerfile' : file, 18);
  return line === undefined ? name : `${name}:${line}`;
}
