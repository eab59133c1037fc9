/** Stages, arguments and lines of a Dockerfile. */
import { describe, expect, test } from 'vitest';
import type { BuildStep } from '../../../src/engine/build.ts';
import { lineOfStep, parseDockerfile } from '../../../src/engine/context/dockerfile.ts';

const TEXT = `# syntax=docker/dockerfile:1
# escape=\`
ARG BASE=busybox:1 OTHER
ARG QUOTED="a b"

FROM \${BASE} AS Build
RUN echo a \`
  # within
  b
RUN <<EOF cat
FROM not-a-stage
EOF
ONBUILD RUN later
COPY <<A <<B /x/
RUN no
A
RUN no either
B
ENV X=1
from --platform=linux/amd64 build as second
Run echo 1 && \`

   echo 2
WORKDIR /x

FROM scratch
ARG LATE
COPY --from=second /x /
`;

test('stages with their bases, names and instructions', async () => {
  const { stages, args, head } = await parseDockerfile(TEXT);
  expect(stages.map(({ name, base, index, line }) => ({ name, base, index, line }))).toEqual([
    { name: 'Build', base: `\${BASE}`, index: 0, line: 6 },
    { name: 'second', base: 'build', index: 1, line: 20 },
    { name: '', base: 'scratch', index: 2, line: 26 },
  ]);
  expect(stages.map(({ steps }) => steps.map(({ instruction, line }) => `${instruction} ${line}`))).toEqual([
    ['FROM 6', 'RUN 7', 'RUN 10', 'ONBUILD 13', 'COPY 14', 'ENV 19'],
    ['FROM 20', 'RUN 21', 'WORKDIR 24'],
    ['FROM 26', 'ARG 27', 'COPY 28'],
  ]);
  expect(stages[1]?.steps[1]?.text).toBe('echo 1 && echo 2');
  expect(head.map(({ instruction, line }) => `${instruction} ${line}`)).toEqual(['ARG 3', 'ARG 4']);
  expect(args).toEqual([
    { name: 'BASE', default: 'busybox:1', line: 3 },
    { name: 'OTHER', default: undefined, line: 3 },
    { name: 'QUOTED', default: 'a b', line: 4 },
    { name: 'LATE', default: undefined, line: 27 },
  ]);
});

test('what is no Dockerfile has no stages; line ends and a byte order mark do no harm', async () => {
  for (const text of ['', '\n\n', '\u0000\u0001', 'not a Dockerfile', '# only this']) {
    expect((await parseDockerfile(text)).stages).toEqual([]);
  }
  const { stages } = await parseDockerfile('\ufeffFROM a\r\nRUN x \\\r\n y\r\nRUN z\r\n');
  expect(stages[0]?.steps.map(({ line }) => line)).toEqual([1, 2, 4]);
});

describe('the line of a step', () => {
  const at = async (kind: 'buildkit' | 'classic' | 'buildah', step: Partial<BuildStep>) =>
    lineOfStep(await parseDockerfile(TEXT), { stage: '', position: undefined, name: '', ...step }, kind);

  test('of BuildKit, which counts layers within a stage', async () => {
    const from = { stage: 'Build', position: 1, name: 'FROM docker.io/library/busybox:1' };
    expect(await at('buildkit', from)).toBe(6);
    expect(await at('buildkit', { stage: 'build', position: 2, name: 'RUN echo a   b' })).toBe(7);
    expect(await at('buildkit', { stage: 'build', position: 4, name: 'COPY <<A <<B /x/' })).toBe(14);
    // A stage made from a stage, or from nothing, has no FROM to count.
    expect(await at('buildkit', { stage: 'second', position: 1, name: 'RUN echo 1' })).toBe(21);
    expect(await at('buildkit', { stage: '2', position: 1, name: 'COPY --from=second /x /' })).toBe(28);
  });

  test('of BuildKit with triggers of the base image', async () => {
    const parsed = await parseDockerfile('FROM base\nRUN one\nRUN two\n');
    const line = (position: number, name: string) =>
      lineOfStep(parsed, { stage: '0', position, of: 5, name }, 'buildkit');
    expect(line(1, 'FROM base')).toBe(1);
    expect(line(4, 'RUN one')).toBe(2);
    expect(line(5, 'RUN two')).toBe(3);
    expect(line(2, 'COPY . /app')).toBeUndefined();
  });

  test('of the classic builder, which counts everything from the top', async () => {
    expect(await at('classic', { position: 1, name: 'ARG BASE=busybox:1' })).toBe(3);
    expect(await at('classic', { stage: 'Build', position: 3, name: 'FROM busybox:1 AS Build' })).toBe(6);
    expect(await at('classic', { stage: 'second', position: 10, name: 'RUN echo 1 && echo 2' })).toBe(21);
  });

  test('of buildah, which counts everything within a stage', async () => {
    expect(await at('buildah', { stage: 'second', position: 3, name: 'WORKDIR /x' })).toBe(24);
    expect(await at('buildah', { stage: '2', position: 3, name: 'COPY --from=second /x /' })).toBe(28);
  });

  test('is told by its words where the count does not fit, and not guessed', async () => {
    expect(await at('buildkit', { stage: 'second', position: 9, name: 'WORKDIR /x' })).toBe(24);
    expect(await at('buildkit', { stage: 'build', position: 9, name: 'RUN echo something' })).toBeUndefined();
    expect(await at('buildkit', { name: 'exporting to image' })).toBeUndefined();
    expect(await at('classic', { position: 99, name: 'ENV X=1' })).toBe(19);
  });
});
