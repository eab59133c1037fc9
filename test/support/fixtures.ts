/** A store full of awkward images and containers, the same on every engine kind. */
import type { EngineKind } from '../../src/engine/engine.ts';
import { ImageMaker, type Maker } from './image-maker.ts';
import type { RawApi } from './raw-api.ts';

/** Escape sequences, a bidi override and a newline: text that would steer a terminal if it were drawn as it is. */
export const HOSTILE_LABEL = 'safe\u001b[31mred\u001b]0;title\u0007\u202egnp.exe\nsecond\tline';
export const CJK = '漢字かな交じり文';

/** Ids with `sha256:`. */
export interface Fixtures {
  readonly maker: Maker;
  /** `base:1`, bootable; parent of all but `lone` and `ported`. */
  readonly base: string;
  /** `app:1`, `app:one`, `team/app:1`: one layer of 5,000 bytes on `base`; parent of `child`. */
  readonly app: string;
  /** `app:2`: one layer on `app`. */
  readonly child: string;
  /** `side:1`: shares only `base` with the others; label `color=green`. */
  readonly side: string;
  /** Two builds on, the second replaced the first under `twice:1`: a dangling image, and its successor. */
  readonly dangling: string;
  readonly successor: string;
  /** `localhost:5000/a/b:tag`. */
  readonly ported: string;
  /** `cjk:1`: labels and history in CJK. */
  readonly cjk: string;
  /** `hostile:1`: labels and history that try to steer the terminal. */
  readonly hostile: string;
  /** `lone:1`: shares nothing, 2,000 bytes, nothing uses it. */
  readonly lone: string;
  /** `web`, runs `side:1`; `''` where there are no containers. */
  readonly running: string;
  /** `job`, ended, made of `cjk:1`; `''` where there are no containers. */
  readonly stopped: string;
  /** `ADDRESS/lab/app:1` on the same image as `app`, known to the registry; `''` without one. */
  readonly pushed: string;
}

/** Builds the store by bare HTTP, in about a second. `registry` is the address of one that the engine may push to. */
export async function buildFixtures(
  engine: { readonly api: RawApi; readonly kind: EngineKind },
  registry = '',
): Promise<Fixtures> {
  const maker = new ImageMaker(engine);
  const images = await makeImages(maker);
  const running = await maker.container('side:1', { name: 'web' });
  const stopped = await maker.container('cjk:1', { name: 'job', command: ['true'] });
  await maker.waitContainer(stopped);
  const pushed = registry === '' ? '' : `${registry}/lab/app:1`;
  if (pushed !== '') {
    await maker.tag('app:1', pushed);
    await maker.push(pushed);
  }
  return { ...images, running, stopped, pushed };
}

/** The same images where there are no containers. */
export async function buildImageFixtures(maker: Maker): Promise<Fixtures> {
  return { ...(await makeImages(maker)), running: '', stopped: '', pushed: '' };
}

async function makeImages(maker: Maker): Promise<Omit<Fixtures, 'running' | 'stopped' | 'pushed'>> {
  const base = await maker.base('base:1');
  const app = await maker.layered('base:1', 'app', {
    tags: ['app:1', 'app:one', 'team/app:1'],
    labels: { stage: 'test' },
    bytes: 5000,
  });
  const child = await maker.layered('app:1', 'child', {
    tags: ['app:2'],
    labels: { stage: 'test', more: 'yes' },
  });
  const side = await maker.layered('base:1', 'side', { tags: ['side:1'], labels: { color: 'green' } });
  const dangling = await maker.layered('base:1', 'first', { tags: ['twice:1'] });
  const successor = await maker.layered('base:1', 'second', { tags: ['twice:1'] });
  const ported = await maker.tiny('localhost:5000/a/b:tag');
  const cjk = await maker.build('base:1', [`ENV GREETING=${CJK}`, 'RUN echo $GREETING > /greeting'], {
    tags: ['cjk:1'],
    labels: { 説明: CJK },
  });
  const hostile = await maker.build('base:1', ['ENV A="x\u001b]0;pwned\u0007\u001b[2Jy\u202ez"'], {
    tags: ['hostile:1'],
    labels: { hostile: HOSTILE_LABEL },
  });
  const lone = await maker.tiny('lone:1', { bytes: 2000 });
  return { maker, base, app, child, side, dangling, successor, ported, cjk, hostile, lone };
}
