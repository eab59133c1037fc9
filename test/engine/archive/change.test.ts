/** Instructions of a Dockerfile that change a config, as docker applies them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { applyChanges } from '../../../src/engine/archive/change.ts';
import { engineGroup } from '../../support/engine-group.ts';
import { startEngine, type TestEngine } from '../../support/engines.ts';
import { tinyRootfs } from '../../support/rootfs.ts';

const SHELL = ['/bin/sh', '-c'];

describe('instructions', () => {
  test.each<[string, object]>([
    ['CMD ["a", "b c"]', { Cmd: ['a', 'b c'] }],
    ['cmd echo "hello  world" | cat', { Cmd: [...SHELL, 'echo "hello  world" | cat'] }],
    ['CMD []', { Cmd: [] }],
    ['CMD ["a", 7]', { Cmd: [...SHELL, '["a", 7]'] }],
    ["CMD ['a']", { Cmd: [...SHELL, "['a']"] }],
    ['ENTRYPOINT ["/init"]', { Entrypoint: ['/init'] }],
    ['ENTRYPOINT exec top', { Entrypoint: [...SHELL, 'exec top'] }],
    ['ENV A=1 B="2 3" C=\'4 5\' D=6\\ 7', { Env: ['A=1', 'B=2 3', 'C=4 5', 'D=6 7'] }],
    ['ENV A everything else', { Env: ['A=everything else'] }],
    ['ENV A=', { Env: ['A='] }],
    ['ENV A=b=c', { Env: ['A=b=c'] }],
    ['LABEL a.b=1 "c d"="e f"', { Labels: { 'a.b': '1', 'c d': 'e f' } }],
    ['LABEL note some words', { Labels: { note: 'some words' } }],
    ['LABEL __proto__=1', { Labels: JSON.parse('{"__proto__":"1"}') as object }],
    [
      'EXPOSE 80 53/udp 8000-8002',
      { ExposedPorts: { '80/tcp': {}, '53/udp': {}, '8000/tcp': {}, '8001/tcp': {}, '8002/tcp': {} } },
    ],
    ['EXPOSE 9/SCTP', { ExposedPorts: { '9/sctp': {} } }],
    ['VOLUME ["/a", "/b c"]', { Volumes: { '/a': {}, '/b c': {} } }],
    ['VOLUME /a /b', { Volumes: { '/a': {}, '/b': {} } }],
    ['USER 1000:1000', { User: '1000:1000' }],
    ['WORKDIR /a/./b/../c/', { WorkingDir: '/a/c' }],
    ['WORKDIR x', { WorkingDir: '/x' }],
    ['STOPSIGNAL SIGQUIT', { StopSignal: 'SIGQUIT' }],
    ['STOPSIGNAL 9', { StopSignal: '9' }],
    ['ONBUILD RUN make', { OnBuild: ['RUN make'] }],
    ['HEALTHCHECK NONE', { Healthcheck: { Test: ['NONE'] } }],
    ['HEALTHCHECK CMD curl -f localhost', { Healthcheck: { Test: ['CMD-SHELL', 'curl -f localhost'] } }],
    [
      'HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1.5h --retries=3 CMD ["ping"]',
      {
        Healthcheck: {
          Test: ['CMD', 'ping'],
          Interval: 90e9,
          Timeout: 0.5e9,
          StartPeriod: 5400e9,
          Retries: 3,
        },
      },
    ],
    ['  ENV   A=1  ', { Env: ['A=1'] }],
  ])('%s', (change, config) => {
    expect(applyChanges([change])).toEqual(config);
  });

  test('later ones build on earlier ones', () => {
    expect(
      applyChanges([
        'ENV HOME=/home/me PATH=/bin',
        `ENV PATH=$HOME/bin:\${PATH} TWICE=$TWICE$HOME`,
        'ENV HOME=/elsewhere',
        'WORKDIR /srv',
        'WORKDIR app',
        `WORKDIR \${NONE:-sub}/\${HOME:+x}`,
        'USER $USERNAME',
        'ENV USERNAME=late',
        'LABEL where=$HOME plain=\\$HOME quoted=\'$HOME\' "both"="<$HOME>"',
        'LABEL where=again',
        'VOLUME $HOME/data',
        'ONBUILD RUN one',
        'ONBUILD RUN two',
        'CMD $HOME',
      ]),
    ).toEqual({
      Env: ['PATH=/home/me/bin:/bin', 'TWICE=/home/me', 'HOME=/elsewhere', 'USERNAME=late'],
      WorkingDir: '/srv/app/sub/x',
      User: '',
      Labels: { where: 'again', plain: '$HOME', quoted: '$HOME', both: '</elsewhere>' },
      Volumes: { '/elsewhere/data': {} },
      OnBuild: ['RUN one', 'RUN two'],
      Cmd: [...SHELL, '$HOME'],
    });
  });
});

test.each([
  ['', 'it is empty'],
  ['RUN make', 'RUN is no instruction that changes an image'],
  ['FROM scratch', 'FROM is no instruction that changes an image'],
  ['constructor x', 'constructor is no instruction that changes an image'],
  ['CMD', 'CMD needs something behind it'],
  ['ENV A', '"A" has no value'],
  ['ENV A=1 B', '"B" has no value'],
  ['ENV A="1', 'a " has no end'],
  ['ENV =1', '"=1" has no value'],
  ['ENV A=${', '"${" is no variable'],
  ['EXPOSE http', '"http" is no port: write 80, 53/udp or 8000-8010'],
  ['EXPOSE 70000', '"70000" is no port: write 80, 53/udp or 8000-8010'],
  ['EXPOSE 90-80', '"90-80" is no port: write 80, 53/udp or 8000-8010'],
  ['EXPOSE 8080:80', '"8080:80" is no port: write 80, 53/udp or 8000-8010'],
  ['USER a b', 'USER takes one word'],
  ['STOPSIGNAL -1', '"-1" is no signal'],
  ['ONBUILD ONBUILD RUN x', 'ONBUILD cannot stand behind ONBUILD'],
  ['ONBUILD from x', 'FROM cannot stand behind ONBUILD'],
  ['HEALTHCHECK ping', 'HEALTHCHECK is followed by CMD and a command, or by NONE'],
  ['HEALTHCHECK --interval=soon CMD x', '--interval=soon is no duration: write 30s or 1m30s'],
  ['HEALTHCHECK --often=1 CMD x', '--often=1 is no option of HEALTHCHECK'],
  ['HEALTHCHECK --retries=3 NONE', 'HEALTHCHECK NONE takes no options'],
  ['VOLUME [""]', 'a volume needs a path'],
])('%j is refused with the reason', (change, why) => {
  expect(() => applyChanges(['ENV FINE=1', change])).toThrow(
    expect.objectContaining({
      code: 'bad-input',
      message: `the change ${JSON.stringify(change)} cannot be made: ${why}`,
      hint: expect.stringMatching(/./),
    }) as Error,
  );
});

engineGroup('changes mean what they mean to docker', 'docker20', () => {
  let engine: TestEngine;

  beforeAll(async () => {
    engine = await startEngine('docker20');
  }, 180_000);
  afterAll(() => engine.stop());

  test.each([
    [['CMD ["a", "b c"]', 'ENTRYPOINT exec  top "x"', 'USER me:you']],
    [
      [
        'ENV A=1 B="2 3" C=\'4 $A\' D=6\\ 7 E="a\\"b\\nc" F=\'g\\h\' G=i\\j',
        'ENV K everything  else "quoted"',
      ],
    ],
    [['ENV A=1 B=2', `ENV A=$B B=$A C=\${A}-\${X:-no}-\${A:+yes}-$A.b`, 'ENV D="$C" E=\'$C\' F=\\$C']],
    [['LABEL a=1 b="2 3" "c d"=\'4\'', 'LABEL e some  words', 'LABEL a=2']],
    [['EXPOSE 80 53/udp 8000-8002', 'VOLUME ["/a", "/b c"]', 'VOLUME /c /d']],
    [['WORKDIR /a/./b/../c/', 'WORKDIR d', 'ONBUILD RUN  make  it']],
    [['HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 CMD ping  -c 1']],
    [['HEALTHCHECK NONE']],
  ])('%j', async (changes) => {
    const answer = await engine.api.text('POST', '/images/create', {
      query: { fromSrc: '-', changes },
      body: await tinyRootfs(),
    });
    const id = /sha256:[0-9a-f]{64}/.exec(answer)![0];
    const { Config } = (await engine.api.json('GET', `/images/${id}/json`)) as {
      Config: Record<string, unknown>;
    };
    const own = applyChanges(changes) as Record<string, unknown>;
    const theirs = Object.fromEntries(Object.keys(own).map((key) => [key, Config[key]]));
    expect(own).toEqual(theirs);
  });
});
