/** The image under the cursor: its facts, and its history step by step. */
import type { HistoryRow, ImageFacts } from '../app/facts.ts';
import { ago, bytes, percent, shortDigest, shortId, size as sizeText } from '../app/format.ts';
import type { Theme } from '../app/theme.ts';
import { fit, fitEnd, shorten, shortenMiddle, wrap } from '../app/width.ts';
import { bar, compose, fill, type Piece } from './line.ts';

const LABEL = 9;

/** The whole pane, `height` rows of `cells`; history takes what the facts leave. */
export function detailLines(
  facts: ImageFacts,
  theme: Theme,
  cells: number,
  height: number,
  now: number,
): string[] {
  const lines = factLines(facts, theme, cells, now, true);
  const history = facts.history;
  if (facts.details.error !== undefined) {
    lines.push(compose(theme, cells, [' ', ['bad', `✗ ${facts.details.error.message}`]]));
    lines.push(compose(theme, cells, [' ', ['muted', facts.details.error.hint]]));
  } else if (history !== undefined) {
    lines.push(...historyBlock(history, theme, cells, height - lines.length - 2));
  }
  const shown = fill(lines, Math.max(0, height - 1), cells);
  shown.push(
    compose(theme, cells, [
      ' ',
      ['key', 'enter'],
      ['muted', ' whole history, config, users · '],
      ['key', 'L'],
      ['muted', ' layers'],
    ]),
  );
  return shown;
}

/** The facts without history; `short` lists only the first of many. */
export function factLines(
  facts: ImageFacts,
  theme: Theme,
  cells: number,
  now: number,
  short: boolean,
): string[] {
  const { row, details } = facts;
  const { image } = row;
  const detail = details.detail;
  const config = detail?.config;
  const lines: string[] = [];
  const add = (label: string, ...pieces: Piece[]): void => {
    const [only] = pieces;
    // The page shows everything: a long value goes on in the next row instead of being cut.
    const rows =
      !short && pieces.length === 1 && typeof only === 'string' ? wrap(only, cells - LABEL - 2) : undefined;
    if (rows === undefined) lines.push(compose(theme, cells, [' ', ['muted', fit(label, LABEL)], ...pieces]));
    for (const [index, text] of (rows ?? []).entries()) {
      lines.push(compose(theme, cells, [' ', ['muted', fit(index === 0 ? label : '', LABEL)], text]));
    }
  };
  lines.push(
    compose(theme, cells, [
      ' ',
      [
        'title',
        image.references.length > 0 ? shortenMiddle(row.name, cells - 2) : `<none> ${shortId(image.id)}`,
      ],
    ]),
  );
  const others = image.references.slice(1);
  const shownOthers = short && others.length > 3 ? others.slice(0, 2) : others;
  for (const other of shownOthers) lines.push(compose(theme, cells, [' ', ['muted', 'also '], other]));
  if (shownOthers.length < others.length) {
    lines.push(
      compose(theme, cells, [' ', ['muted', `and ${others.length - shownOthers.length} more names`]]),
    );
  }
  lines.push(' '.repeat(cells));
  add('id', short ? `sha256:${shortId(image.id)}` : image.id);
  const digests = short ? image.digests.slice(0, 1) : image.digests;
  for (const digest of digests) {
    const at = digest.lastIndexOf('@');
    const host = digest.slice(0, at);
    if (short) add('digest', shortDigest(digest.slice(at + 1)), ['muted', `  (${registryOf(host)})`]);
    else add('digest', digest);
  }
  if (detail !== undefined && detail.platform !== '') add('platform', detail.platform);
  const by = builder(facts);
  add('created', ago(image.created, now), ['muted', by === '' ? '' : ` by ${by}`]);
  add('size', bytes(image.size), [
    'muted',
    detail === undefined || detail.size === image.size
      ? ''
      : `  (${bytes(detail.size)} ${detail.sizeMeaning})`,
  ]);
  if (facts.own === undefined) add('own', ['muted', 'reading layers …']);
  else {
    const share = image.size === 0 ? 0 : facts.own.bytes / image.size;
    const drawn: Piece[] = cells < 40 ? [] : ['  ', ...bar(20, share), fitEnd(percent(share), 6)];
    add('own', fit(sizeText(facts.own), 8), ...drawn);
    if (facts.own.reason !== undefined && !short) add('', ['muted', facts.own.reason]);
  }
  const [base, ...under] = facts.bases;
  if (base !== undefined) add('base', base, ['muted', under.map((name) => ` on ${name}`).join('')]);
  if (facts.noContainers !== '')
    add('used by', ['muted', short ? 'nothing: no containers here' : facts.noContainers]);
  else if (facts.usedBy.length === 0) add('used by', ['muted', 'no container']);
  else {
    const names = facts.usedBy.map((container) =>
      container.running ? container.name : `${container.name} (stopped)`,
    );
    add('used by', ['good', shorten(names.join(', '), cells - LABEL - 2)]);
  }
  if (facts.pinned !== '') add('pinned', facts.pinned);
  if (config !== undefined) {
    lines.push(' '.repeat(cells));
    const runs = [...config.entrypoint, ...config.cmd].join(' ');
    add(
      'runs',
      runs === '' ? ['muted', 'nothing by default'] : runs,
      ['muted', config.user === '' ? '' : '   as  '],
      config.user,
    );
    const ports = config.exposedPorts.join(', ');
    if (ports !== '' || config.workingDir !== '') {
      add(
        ports === '' ? 'workdir' : 'ports',
        ports === '' ? config.workingDir : ports,
        ['muted', ports !== '' && config.workingDir !== '' ? '      workdir  ' : ''],
        ports === '' ? '' : config.workingDir,
      );
    }
    addMany(add, 'env', config.env, short);
    addMany(add, 'volumes', config.volumes, short);
    addMany(
      add,
      'labels',
      Object.entries(config.labels).map(([key, value]) => (short ? key : `${key}=${value}`)),
      short,
    );
    if (!short) {
      if (config.stopSignal !== '') add('stop', config.stopSignal);
      if (config.healthcheck.length > 0) add('health', config.healthcheck.join(' '));
      if (config.onBuild.length > 0) addMany(add, 'onbuild', config.onBuild, false);
      if (detail!.author !== '') add('author', detail!.author);
      if (detail!.comment !== '') add('comment', detail!.comment);
      if (detail!.lastTagged !== '')
        add('tagged', ago(Math.floor(Date.parse(detail!.lastTagged) / 1000), now));
    }
  }
  lines.push(' '.repeat(cells));
  return lines;
}

function addMany(
  add: (label: string, ...pieces: Piece[]) => void,
  label: string,
  values: readonly string[],
  short: boolean,
): void {
  if (values.length === 0) return;
  if (short) {
    add(label, values[0]!, ['muted', values.length > 1 ? `  +${values.length - 1}` : '']);
    return;
  }
  for (const [index, value] of values.entries()) add(index === 0 ? label : '', value);
}

function historyBlock(history: readonly HistoryRow[], theme: Theme, cells: number, room: number): string[] {
  if (room < 2) return [];
  const head = `HISTORY  ${history.length} ${history.length === 1 ? 'step' : 'steps'}`;
  const lines = [
    compose(theme, cells, [' ', ['strong', head]], [['muted', `${fitEnd('SIZE', 9)}  SHARED BY `]]),
  ];
  const digits = String(history.length).length;
  // The base and the newest steps matter most: what does not fit is left out of the middle, and counted.
  const space = room - 1;
  const shown: (HistoryRow | number)[] =
    history.length <= space
      ? [...history]
      : [
          ...history.slice(0, Math.ceil((space - 1) / 2)),
          history.length - (space - 1),
          ...history.slice(history.length - Math.floor((space - 1) / 2)),
        ];
  for (const step of shown.slice(0, Math.max(0, space))) {
    if (typeof step === 'number') {
      lines.push(compose(theme, cells, [' ', ['muted', `${' '.repeat(digits)} … ${step} more`]]));
      continue;
    }
    lines.push(historyLine(step, theme, cells, digits));
  }
  return lines;
}

export function historyLine(step: HistoryRow, theme: Theme, cells: number, digits: number): string {
  const text = step.endsImage === '' ? step.text : step.endsImage;
  const shared =
    step.layer === undefined
      ? ''
      : step.sharers > 1
        ? `${step.sharers} images`
        : step.sharers === 1
          ? 'only here'
          : '…';
  const figures = `${fitEnd(bytes(step.size), 9)}  `;
  return compose(
    theme,
    cells,
    [
      ' ',
      ['muted', String(step.number).padStart(digits)],
      ' ',
      step.endsImage === '' ? text : ['accent', text],
    ],
    [
      step.size === 0 ? ['muted', figures] : figures,
      [step.sharers === 1 ? 'strong' : 'muted', `${fitEnd(shared, 9)} `],
    ],
  );
}

function registryOf(repository: string): string {
  const first = repository.split('/')[0]!;
  return repository.includes('/') && (first.includes('.') || first.includes(':') || first === 'localhost')
    ? first
    : 'docker.io';
}

/** What built it, as far as the traces tell. */
function builder(facts: ImageFacts): string {
  const history = facts.details.history;
  if (history === undefined || history.length === 0) return '';
  const { comment } = history[0]!;
  if (comment.startsWith('buildkit')) return 'buildkit';
  if (comment.startsWith('FROM ')) return 'buildah';
  if (comment.startsWith('Imported from')) return 'import';
  return '';
}
