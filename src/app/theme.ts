/** Colours by meaning, from the terminal's own sixteen; every state has a glyph as well. */

export type Token =
  | 'plain'
  | 'strong'
  | 'muted'
  | 'accent'
  | 'cursor'
  | 'mark'
  | 'good'
  | 'warn'
  | 'bad'
  | 'key'
  | 'title'
  | 'match'
  | 'disabled'
  | 'tab'
  | 'code-keyword'
  | 'code-string'
  | 'code-value'
  | 'code-title'
  | 'code-name';

const COLOURS: Record<Token, string> = {
  plain: '',
  strong: '1',
  muted: '2',
  accent: '36',
  cursor: '1;36',
  mark: '35',
  good: '32',
  warn: '33',
  bad: '31',
  key: '1;33',
  title: '1',
  match: '4',
  disabled: '2',
  tab: '1;7',
  'code-keyword': '35',
  'code-string': '32',
  'code-value': '33',
  'code-title': '1;34',
  'code-name': '36',
};

export interface Theme {
  readonly colour: boolean;
  readonly ascii: boolean;
  /** Wraps text in the token's colour; text itself is never measured after this. */
  paint(token: Token, text: string): string;
  /** A whole drawn row, with every sign replaced that this terminal cannot draw. */
  finish(row: string): string;
}

const ASCII: Record<string, string> = {
  '▌': '>',
  '◆': '*',
  '◇': '+',
  '▪': '#',
  '●': '@',
  '○': 'o',
  '─': '-',
  '│': '|',
  '┬': '+',
  '┴': '+',
  '├': '|',
  '└': '`',
  '╭': '+',
  '╮': '+',
  '╰': '+',
  '╯': '+',
  '┤': '+',
  '█': '#',
  '░': '.',
  '…': '~',
  '·': '.',
  '↻': '%',
  '✓': '+',
  '✗': 'x',
  '▼': 'v',
  '▲': '^',
  '→': '>',
  '↪': '@',
  '←': '<',
  '↑': '^',
  '↓': 'v',
  '≥': '>',
  '≈': '~',
  '×': 'x',
  '−': '-',
  '▸': '+',
  '▾': 'v',
  '▏': '|',
};
const ASCII_SIGNS = new RegExp(`[${Object.keys(ASCII).join('')}]`, 'g');

export function createTheme(options: { readonly colour: boolean; readonly ascii: boolean }): Theme {
  return {
    ...options,
    paint(token, text) {
      const code = COLOURS[token];
      if (!options.colour || code === '' || text === '') return text;
      return `\u001b[${code}m${text}\u001b[0m`;
    },
    finish(row) {
      return options.ascii ? row.replace(ASCII_SIGNS, (sign) => ASCII[sign]!) : row;
    },
  };
}
