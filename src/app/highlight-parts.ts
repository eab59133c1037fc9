/** What highlight.js says of a text, read from its HTML: the only form of its answer that is documented. Pure. */
import type { Token } from './theme.ts';

export interface ColouredPart {
  /** Places in the text. */
  readonly from: number;
  readonly to: number;
  readonly token: Token;
}

/** Source: highlight.js, "Scopes Reference". What is not here keeps the colour of what it stands in. */
const TOKENS: Readonly<Record<string, Token>> = {
  keyword: 'code-keyword',
  'selector-tag': 'code-keyword',
  section: 'code-keyword',
  doctag: 'code-keyword',
  literal: 'code-value',
  number: 'code-value',
  symbol: 'code-value',
  bullet: 'code-value',
  string: 'code-string',
  regexp: 'code-string',
  code: 'code-string',
  addition: 'good',
  deletion: 'bad',
  comment: 'muted',
  quote: 'muted',
  title: 'code-title',
  name: 'code-title',
  link: 'code-title',
  'selector-id': 'code-title',
  'selector-class': 'code-title',
  attr: 'code-name',
  attribute: 'code-name',
  property: 'code-name',
  variable: 'code-name',
  'template-variable': 'code-name',
  meta: 'accent',
  built_in: 'accent',
  type: 'accent',
  strong: 'strong',
};

const MARKS = /<span class="([^"]*)">|<\/span>|&(amp|lt|gt|quot|#x27);/g;

export function partsOf(html: string): readonly ColouredPart[] {
  const parts: ColouredPart[] = [];
  const open: (Token | undefined)[] = [];
  let place = 0;
  let from = 0;
  /** Tells what has come since the last mark, which had one colour. */
  const tell = (): void => {
    const token = open.at(-1);
    if (token !== undefined && place > from) {
      const last = parts.at(-1);
      if (last?.to === from && last.token === token) parts[parts.length - 1] = { ...last, to: place };
      else parts.push({ from, to: place, token });
    }
    from = place;
  };
  let read = 0;
  for (const mark of html.matchAll(MARKS)) {
    place += mark.index - read;
    read = mark.index + mark[0].length;
    if (mark[2] !== undefined) {
      place++;
      continue;
    }
    tell();
    if (mark[1] === undefined) open.pop();
    else open.push(tokenOf(mark[1]) ?? open.at(-1));
  }
  place += html.length - read;
  tell();
  return parts;
}

/** `hljs-title function_` */
function tokenOf(classes: string): Token | undefined {
  return TOKENS[classes.split(' ', 1)[0]!.replace(/^hljs-/, '')];
}
