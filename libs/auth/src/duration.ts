const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;
const DURATION = /^(?<count>[1-9]\d{0,8})(?<unit>[smhd]?)$/;

/**
 * Seconds in a text such as `90`, `90s`, `15m`, `1h` or `7d`. (jsonwebtoken would take `"90"` for milliseconds.)
 *
 * @throws RangeError for anything else
 */
export function parseDuration(text: string): number {
  const { count, unit = '' } = DURATION.exec(text)?.groups ?? {};
  if (count === undefined) {
    throw new RangeError(`"${text}" is not a duration; write 90s, 15m, 1h or 7d`);
  }
  return Number(count) * (isUnit(unit) ? UNITS[unit] : 1);
}

function isUnit(unit: string): unit is keyof typeof UNITS {
  return unit in UNITS;
}
