/** Numbers as Go's fmt prints them, down to the rounding: exact halves go to the even digit. */

/** `%.{precision}g`: 999.9 with 3 digits is `1e+03`, 2.50 is `2.5`. */
export function formatG(value: number, precision: number): string {
  if (value === 0) return '0';
  const { digits, exponent } = rounded(Math.abs(value), Math.max(precision, 1));
  const sign = value < 0 ? '-' : '';
  const kept = digits.replace(/0+$/, '');
  if (exponent < -4 || exponent >= precision) {
    const mantissa = kept.length > 1 ? `${kept[0]}.${kept.slice(1)}` : kept;
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${kept}`;
  const whole = digits.slice(0, exponent + 1);
  const fraction = kept.slice(exponent + 1);
  return sign + whole + (fraction === '' ? '' : `.${fraction}`);
}

/** `%.{places}f`. */
export function formatF(value: number, places: number): string {
  const whole = value.toFixed(100);
  const cut = whole.length - 100 + places;
  const kept = whole.slice(0, cut).replace(/\.$/, '');
  const isHalf = /^50*$/.test(whole.slice(cut));
  return isHalf && '02468'.includes(kept.at(-1)!) ? kept : value.toFixed(places);
}

/** The first `count` significant digits of a positive number and its decimal exponent. */
function rounded(value: number, count: number): { digits: string; exponent: number } {
  const split = (places: number) => {
    const [mantissa, exponent] = value.toExponential(places).split('e');
    return { digits: mantissa!.replace('.', ''), exponent: Number(exponent) };
  };
  const short = split(count);
  // Only a 5 right after the wanted digits can be a half; then the whole decimal expansion tells, as 100 places hold it.
  if (!short.digits.endsWith('5')) return split(count - 1);
  const whole = split(100);
  const isHalf = /^50*$/.test(whole.digits.slice(count)) && '02468'.includes(whole.digits[count - 1]!);
  return isHalf ? { digits: whole.digits.slice(0, count), exponent: whole.exponent } : split(count - 1);
}
