/** Names and sizes that break careless rows: as long as engines allow, wide, combined, and none at all. */
import type { Image, ImageRole } from '../../src/engine/image.ts';
import { NOW } from '../app/acme-store.ts';
import { hex } from '../engine/stock-maker.ts';

const LONG = `registry.example.internal:5000/${'department/'.repeat(9)}service`;

const MADE: readonly (readonly [names: readonly string[], bytes: number, ageInSeconds: number])[] = [
  [[`${LONG}:${'v'.repeat(128)}`], 12_345_678_901_234, 3],
  [['漢字かな交じり文/とても長い名前のイメージ/まだまだ続きます:最新版二〇二六'], 999_949, 59 * 60],
  [['e\u0301clair/cafe\u0301:1', 'second:1', 'third:1', 'fourth:1', 'fifth:1'], 999_950_000, 86_400 * 59],
  [['👩‍💻/🇯🇵/👍🏽:✈️'], 1, 86_400 * 730],
  [['한국어/이미지:태그'], 0, NOW],
  [['a:1'], 1_000, 60],
];

const images: Image[] = MADE.map(([names, size, age]) => imageOf(names[0]!, names, 'tagged', size, age));

export const AWKWARD: readonly Image[] = [
  ...images,
  {
    ...imageOf('digest', [], 'tagged', 5_000_000, 7_200),
    digests: [`${LONG}@sha256:${hex('pulled by digest')}`],
  },
  imageOf('nameless', [], 'dangling', 77_000, 86_400),
  { ...imageOf('moved', [], 'dangling', 88_000, 86_400), digests: [`日本語/ツール@sha256:${hex('moved')}`] },
  imageOf('step', [], 'intermediate', 99_000, 86_400),
];

function imageOf(key: string, names: readonly string[], role: ImageRole, size: number, age: number): Image {
  return {
    id: `sha256:${hex(key)}`,
    references: names,
    digests: [],
    parentId: '',
    role,
    created: NOW - age,
    size,
    sharedSize: undefined,
    containers: undefined,
    labels: {},
  };
}
