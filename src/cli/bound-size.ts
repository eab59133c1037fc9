/** Sizes with how true they are: `614.4kB`, `≥ 614.4kB`, `≈ 614.4kB`. */
import type { Size } from '../engine/engine.ts';
import { dockerSize } from './docker-size.ts';

export function boundSize(size: Size): string {
  const sign = { exact: '', 'at-least': '≥ ', about: '≈ ' }[size.bound];
  return sign + dockerSize(size.bytes);
}

/** Why sizes are not exact, each reason once: `≥ the layers of 3 images are not known`. */
export function boundReasons(sizes: readonly Size[]): string[] {
  const reasons = sizes
    .filter((size) => size.bound !== 'exact')
    .map((size) => `${size.bound === 'about' ? '≈' : '≥'} ${size.reason ?? 'the engine does not tell more'}`);
  return [...new Set(reasons)];
}
