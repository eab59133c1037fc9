/** nacre's listing commands beside docker's own, byte for byte, on the same engine. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { engineGroup } from '../support/engine-group.ts';
import { startEngine, type TestEngine } from '../support/engines.ts';
import { ImageMaker } from '../support/image-maker.ts';
import { startRegistry, type TestRegistry } from '../support/registry.ts';
import { archiveOf } from './dated-images.ts';
import { docker, nacre } from './process.ts';

engineGroup('the output of docker', 'docker20', () => {
  let engine: TestEngine;
  let registry: TestRegistry;

  beforeAll(async () => {
    engine = await startEngine('docker20');
    registry = await startRegistry();
    const maker = new ImageMaker(engine);
    const ago = (seconds: number) => Math.floor(Date.now() / 1000) - seconds;
    const day = 86_400;
    const images = [
      { tags: ['ubuntu:22.04', 'ubuntu:latest'], created: ago(20 * day), bytes: 1_125 },
      { tags: ['ubi9:9.3'], created: ago(100 * day), bytes: 2_345_678, labels: { tier: 'base', a: '' } },
      { tags: ['acme/web:3.2.1'], created: ago(5 * day), bytes: 999_600 },
      { tags: ['acme/web:3.2.0'], created: ago(6 * day), bytes: 77_000, comment: 'a comment' },
      { tags: ['localhost:5000/a/b:tag'], created: ago(800 * day), bytes: 0 },
      { tags: [], created: ago(30 * 3600), bytes: 12_345, createdBy: `RUN ${'long '.repeat(20)}&& <end>` },
      { tags: [`${registry.address}/lab/pushed:1`], created: ago(70 * day), bytes: 500 },
    ];
    await engine.api.text('POST', '/images/load', { body: await archiveOf(images) });
    await maker.push(`${registry.address}/lab/pushed:1`);
    // Each step a second after the one before: docker orders images of one second by chance.
    await maker.build('ubi9:9.3', ['LABEL step=1'], { tags: ['built:1'] });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await maker.build(
      'built:1',
      ['LABEL step=2', 'ENV TEXT="日本語の長い長い長い長い長い長い長い長い長い長い値"'],
      {
        tags: ['built:2'],
      },
    );
  });
  afterAll(async () => {
    await engine?.stop();
    await registry?.stop();
  });

  const both = async (args: readonly string[], dockerArgs: readonly string[] = args) => {
    const env = { DOCKER_HOST: engine.host };
    // Where an age changes between the two, they are asked again.
    for (let attempt = 1; ; attempt++) {
      const [theirs, ours] = await Promise.all([docker(dockerArgs, env), nacre(args, { env })]);
      if (theirs.stdout === ours.stdout || attempt === 20) return { ours, theirs };
    }
  };

  it.each([
    [['images']],
    [['images', '--digests']],
    [['images', '-q']],
    [['images', '--no-trunc']],
    [['images', '--no-trunc', '-q']],
    [['images', 'ub*']],
    [['images', 'ubuntu']],
    [['images', 'ubuntu:22.04']],
    [['images', 'acme/*']],
    [['images', 'acme/web:*.0']],
    [['images', '*:3.2*']],
    [['images', 'nothing-like-it']],
    [['images', 'localhost:5000/a/b']],
    [['images', '-f', 'dangling=true']],
    [['images', '-f', 'dangling=false']],
    [['images', '-f', 'label=tier']],
    [['images', '-f', 'label=tier=base', '-q']],
    [['images', '-f', 'since=ubi9:9.3']],
    [['images', '-f', 'before=ubuntu']],
    [['images', '-f', 'reference=ub*', '-f', 'reference=acme/web:3.2.0']],
    [['images', '--format', '{{.ID}} {{.Repository}}:{{.Tag}}']],
    [['images', '--format', '{{.Repository}}@{{.Digest}}']],
    [['images', '--format', 'table {{.Tag}}\\t{{.Repository | upper}}\\t{{.CreatedSince}}']],
    [
      [
        'images',
        '--format',
        'table {{.ID}}\\t{{.VirtualSize}}\\t{{.CreatedAt}}\\t{{.SharedSize}}',
        '--digests',
      ],
    ],
    [['images', '--format', '{{json .}}']],
    [['images', '--format', '{{json .Repository}} {{.UniqueSize}} {{.Containers}} {{.VirtualSize}}']],
    [
      [
        'images',
        '--format',
        '{{truncate .ID 5}}\\n{{join (split .Tag ".") "/"}}{{if eq .Tag "tag"}}!{{end}}',
      ],
    ],
    [['images', '--format', '{{range split .Repository "/"}}<{{.}}>{{end}} {{printf "%-12s|" .Size}}']],
    [['history', 'built:2']],
    [['history', '-q', 'built:2']],
    [['history', '--no-trunc', 'built:2']],
    [['history', '-H=false', 'ubi9:9.3']],
    [['history', '--human=false', '--no-trunc', 'acme/web:3.2.0']],
    [['history', '--format', '{{.ID}}: {{.Size}} {{.Comment}}', 'built:1']],
    [['history', '--format', 'table {{.CreatedBy}}\\t{{.CreatedAt}}', 'built:2']],
    [['history', '--format', '{{json .}}', 'acme/web:3.2.0']],
  ])('%j', async (args) => {
    const { ours, theirs } = await both(args);
    expect(ours).toEqual(theirs);
  });

  it('lists all images, intermediate ones too', async () => {
    const { ours, theirs } = await both(['images', '-a']);
    // Docker has no order for images made within one second.
    const sorted = (text: string) => text.split('\n').sort();
    expect(sorted(ours.stdout)).toEqual(sorted(theirs.stdout));
    expect(ours.stdout.split('\n').length).toBeGreaterThan(
      (await nacre(['images'], { env: { DOCKER_HOST: engine.host } })).stdout.split('\n').length,
    );
  });

  it.each([
    [['inspect', 'built:2', 'acme/web:3.2.0']],
    [['inspect', '-f', '{{.Id}} {{.RepoTags}} {{.Config.Cmd}}', 'ubuntu']],
    [
      [
        'inspect',
        '-f',
        '{{.Config.Entrypoint}} {{json .Config.Entrypoint}} {{.Config.ExposedPorts}}',
        'ubi9:9.3',
      ],
    ],
    [['inspect', '-f', '{{.Config.Labels}} {{index .Config.Labels "tier"}}', 'ubi9:9.3']],
    [['inspect', '-f', '{{json .Config.Env}} {{len .RootFS.Layers}} {{.Size}}', 'built:2']],
    [['inspect', '-f', '{{range .RootFS.Layers}}{{.}};{{end}}{{if .Comment}}c{{else}}-{{end}}', 'built:2']],
    [
      [
        'inspect',
        '-f',
        '{{join .RepoTags ","}} {{index .RootFS.Layers 0}} {{.Architecture}}',
        'ubuntu',
        'ubi9:9.3',
      ],
    ],
    [['inspect', '-f', '{{range $k, $v := .Config.Labels}}{{$k}}={{$v}} {{end}}', 'built:2']],
    [['inspect', '-f', '{{json .Config}}', 'built:1']],
    [['inspect', '-f', '{{json .}}', 'built:1']],
  ])('%j', async (args) => {
    const { ours, theirs } = await both(args, ['image', ...args]);
    expect(ours).toEqual(theirs);
  });

  it('inspects what is there and tells what is not', async () => {
    const { ours, theirs } = await both(
      ['inspect', 'nope', 'ubuntu'],
      ['image', 'inspect', 'nope', 'ubuntu'],
    );
    expect(ours.stdout).toBe(theirs.stdout);
    expect(ours.code).toBe(1);
    expect(ours.stderr).toMatch(/^nacre: .*nope.*\n$/);
  });
});
