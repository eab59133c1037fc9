/** Finished rows of text on the screen: one Text each, drawn again only when its text changed. */
import { Box, Text } from 'ink';
import { memo } from 'react';

const Line = memo(function Line({ text }: { readonly text: string }) {
  // An empty text would take no row at all.
  return <Text wrap="truncate">{text === '' ? ' ' : text}</Text>;
});

/** Rows have no identity of their own: each stands for its place on the screen. */
export function Lines({
  lines,
  width,
}: {
  readonly lines: readonly string[];
  readonly width: number | '100%';
}) {
  return (
    <Box flexDirection="column" width={width} flexShrink={0}>
      {lines.map((text, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place on the screen
        <Line key={row} text={text} />
      ))}
    </Box>
  );
}
