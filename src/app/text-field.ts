/** A one-line text field as a value: what is typed and where the cursor stands. */

export interface TextField {
  readonly text: string;
  /** In graphemes' UTF-16 offset, 0 to text.length. */
  readonly cursor: number;
}

export const EMPTY_FIELD: TextField = { text: '', cursor: 0 };

export function fieldOf(text: string): TextField {
  return { text, cursor: text.length };
}

/** Typed or pasted text; control characters and newlines of a paste become spaces, but a copied line's end is none of it. */
export function insert(field: TextField, typed: string): TextField {
  const clean = typed.replace(/[\r\n]+$/, '').replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  return {
    text: field.text.slice(0, field.cursor) + clean + field.text.slice(field.cursor),
    cursor: field.cursor + clean.length,
  };
}

/** What an editing key does to the field; undefined for a key that does not edit. */
export function edit(field: TextField, key: string): TextField | undefined {
  const { text, cursor } = field;
  switch (key) {
    case 'left':
      return { text, cursor: before(text, cursor) };
    case 'right':
      return { text, cursor: after(text, cursor) };
    case 'home':
    case 'ctrl+a':
      return { text, cursor: 0 };
    case 'end':
    case 'ctrl+e':
      return { text, cursor: text.length };
    case 'backspace':
      return remove(text, before(text, cursor), cursor);
    case 'delete':
      return remove(text, cursor, after(text, cursor));
    case 'ctrl+u':
      return remove(text, 0, cursor);
    case 'ctrl+k':
      return remove(text, cursor, text.length);
    case 'ctrl+w':
    case 'alt+backspace':
      return remove(text, text.slice(0, cursor).replace(/[^\s/:]*[\s/:]*$/, '').length, cursor);
    default:
      return undefined;
  }
}

function remove(text: string, from: number, to: number): TextField {
  return { text: text.slice(0, from) + text.slice(to), cursor: from };
}

function before(text: string, cursor: number): number {
  const last = [...graphemes(text.slice(0, cursor))].at(-1);
  return cursor - (last?.segment.length ?? 0);
}

function after(text: string, cursor: number): number {
  const [first] = graphemes(text.slice(cursor));
  return cursor + (first?.segment.length ?? 0);
}

function graphemes(text: string): Intl.Segments {
  return new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text);
}
