/** The whole window: one screen of rows, and over it at most one framed window. */
import { Box } from 'ink';
import type { Window } from './box.ts';
import { Lines } from './lines.tsx';

export interface RootProps {
  readonly rows: number;
  readonly lines: readonly string[];
  readonly window: Window | undefined;
}

export function Root({ rows, lines, window }: RootProps) {
  return (
    <Box flexDirection="column" width="100%" height={rows} overflow="hidden">
      <Lines lines={lines} width="100%" />
      {window === undefined ? undefined : (
        <Box
          position="absolute"
          marginLeft={window.x}
          marginTop={window.y}
          width={window.width}
          flexDirection="column"
        >
          <Lines lines={window.lines} width={window.width} />
        </Box>
      )}
    </Box>
  );
}
