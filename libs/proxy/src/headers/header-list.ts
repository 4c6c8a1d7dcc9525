/** Header fields as they stand on the wire: names and values in turn. */
export type HeaderList = readonly string[];

/** Every field of the list, as name (lower case) and value. */
export function* fieldsOf(
  headers: HeaderList,
): Iterable<readonly [lowerName: string, value: string, name: string]> {
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    yield [name.toLowerCase(), headers[i + 1] ?? '', name];
  }
}

/** The values of all fields with this name, which is given in lower case. */
export function valuesOf(headers: HeaderList, lowerName: string): string[] {
  return [...fieldsOf(headers)].filter(([name]) => name === lowerName).map(([, value]) => value);
}
