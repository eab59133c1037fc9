/**
 * Stands in for the grapheme segmenters that Ink's libraries build when they load, 20 ms for the first: ASCII
 * needs none, and all other text shares one that is built when first needed.
 */

type Piece = { readonly segment: string; readonly index: number };

const ASCII = /^[\u001b-\u007e]*$/;

let built: Intl.Segmenter | undefined;

export function segmentText(text: string): Intl.Segments | AsciiSegments {
  if (ASCII.test(text)) return new AsciiSegments(text);
  built ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return built.segment(text);
}

class AsciiSegments implements Iterable<Piece> {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  containing(index = 0): Piece | undefined {
    const segment = this.text[index];
    return segment === undefined ? undefined : { segment, index };
  }

  *[Symbol.iterator](): Generator<Piece, undefined> {
    for (let index = 0; index < this.text.length; index++) yield { segment: this.text[index]!, index };
    return undefined;
  }
}
