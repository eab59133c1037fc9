/** A function that keeps its last result: what stays the same from frame to frame is not worked out again. */
export function kept<Arguments extends readonly unknown[], Result>(
  make: (...input: Arguments) => Result,
): (...input: Arguments) => Result {
  let last: { readonly input: Arguments; readonly result: Result } | undefined;
  return (...input) => {
    if (last?.input.every((part, index) => part === input[index])) return last.result;
    last = { input, result: make(...input) };
    return last.result;
  };
}
