/** What would be done to take a change back, with its two answers. */
import { summaryOf } from '../../app/act-words.ts';
import { ago, bytes, shortDigest } from '../../app/format.ts';
import type { Layout } from '../../app/layout.ts';
import type { RestoreQuestion } from '../../app/overlay.ts';
import type { Theme, Token } from '../../app/theme.ts';
import { wrap } from '../../app/width.ts';
import { innerHeight, innerWidth, type Window, windowOf } from '../box.ts';
import { compose, type Piece } from '../line.ts';

const DIGEST = /sha256:[0-9a-f]{64}/g;

export function restoreWindow(question: RestoreQuestion, now: number, layout: Layout, theme: Theme): Window {
  const { act, way, steps, notice } = question;
  const cells = innerWidth(layout, 78);
  const row = (...pieces: Piece[]): string => compose(theme, cells, ['  ', ...pieces]);
  const paragraph = (text: string, token: Token): string[] =>
    wrap(text, cells - 4).map((part) => row([token, part]));
  const { title, bytes: size } = summaryOf(act);
  const head = [
    row(),
    ...(notice === '' ? [] : [...paragraph(notice, 'warn'), row()]),
    ...paragraph(
      `${title}, ${ago(Math.floor(act.time / 1000), now)}${size === 0 ? '' : `, ${bytes(size)}`}`,
      'strong',
    ),
    // Names are given or taken: only images are away.
    ...paragraph(way.kind === 'retag' ? way.why : `comes back: ${way.why}`, 'plain'),
    row(),
  ];
  const lacks = way.lacks.flatMap((lack) =>
    paragraph(
      `${way.kind === 'retag' ? 'but' : 'does not come back:'} ${lack.replace(DIGEST, shortDigest)}`,
      'warn',
    ),
  );
  const answer = [row(), answerRow(question, theme, cells)];
  const room = Math.max(1, innerHeight(layout) - head.length - lacks.length - answer.length);
  const all = steps.flatMap((step) => paragraph(step.replace(DIGEST, shortDigest), 'muted'));
  const shown =
    all.length <= room
      ? all
      : [...all.slice(0, room - 1), row(['muted', `… ${all.length - room + 1} more rows: J has them`])];
  return windowOf(layout, theme, 'Take this back?', [...head, ...shown, ...lacks, ...answer], cells);
}

function answerRow({ focus }: RestoreQuestion, theme: Theme, cells: number): string {
  const button = (name: string, on: boolean): Piece => [
    on ? 'tab' : 'muted',
    on ? `[ ${name} ]` : `  ${name}  `,
  ];
  return compose(
    theme,
    cells,
    [],
    [
      ['key', 'y'],
      ' ',
      button('take it back', focus === 'go'),
      '  ',
      ['key', 'esc'],
      ' ',
      button('leave it', focus === 'cancel'),
      '  ',
    ],
  );
}
