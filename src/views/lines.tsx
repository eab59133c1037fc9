/** Finished rows of text on the screen, in one Text: React, layout and Ink then have one thing to look at, not one a row. */
import { Box, Text } from 'ink';
import { memo } from 'react';

export interface LinesProps {
  readonly lines: readonly string[];
  readonly width: number | '100%';
}

export const Lines = memo(function Lines({ lines, width }: LinesProps) {
  return (
    <Box width={width} flexShrink={0}>
      <Text wrap="truncate">{lines.join('\n')}</Text>
    </Box>
  );
});
