/** One of the ways in which servers have been found to read what is not quite HTTP/1.1. */
interface Leniency {
  readonly lineEnd: RegExp;
  /** What becomes of a field's name before it is compared. */
  readonly name: (name: string) => string;
  /** A line that begins with white space goes on with the field before it, rather than meaning nothing. */
  readonly unfolds: boolean;
  /** Whether these values of `Transfer-Encoding` mean chunks. */
  readonly isChunked: (codings: readonly string[]) => boolean;
  /** Which of several lengths counts. */
  readonly length: (lengths: readonly string[]) => string | undefined;
  /** What counts where there are both. */
  readonly prefersLength: boolean;
  /** The text of a chunk's size in its line. */
  readonly size: (line: string) => string;
}

const EVERY: { readonly [Part in keyof Leniency]: readonly Leniency[Part][] } = {
  lineEnd: [/\r\n/g, /\r?\n/g, /\r\n|\r|\n/g],
  name: [
    (name) => name,
    (name) => name.replace(/[^!-~]/g, ''),
    (name) => name.replace(/[^!-~]/g, '').replaceAll('_', '-'),
  ],
  unfolds: [false, true],
  isChunked: [
    (codings) => codings.includes('chunked'),
    (codings) => codings.some((coding) => /chunked/i.test(coding)),
    (codings) => /^chunked$/i.test(codings.at(0) ?? ''),
    (codings) => /chunked$/i.test(codings.at(-1)?.trim() ?? ''),
  ],
  length: [(lengths) => lengths.at(0), (lengths) => lengths.at(-1)],
  prefersLength: [false, true],
  size: [(line) => /^\s*[0-9a-f]*/i.exec(line)?.[0] ?? '', (line) => line.replace(/^\s*[+-]?(?:0x)?/i, '')],
};

/** Every combination of {@link EVERY}. */
const LENIENCIES: readonly Leniency[] = Object.entries(EVERY).reduce<Partial<Leniency>[]>(
  (all, [part, ways]) => all.flatMap((leniency) => ways.map((way) => ({ ...leniency, [part]: way }))),
  [{}],
) as Leniency[];

/** What is to be seen of each request: its first line and its hosts. */
export type Sighting = string;

/**
 * All that servers of any leniency could see in what came on one connection: the different lists of requests that there
 * are. One list, and everybody sees the same.
 */
export function lenientReadings(bytes: string): Sighting[][] {
  const different = new Map<string, Sighting[]>();
  for (const leniency of LENIENCIES) {
    const sightings = new LenientReader(bytes, leniency).sightings();
    different.set(JSON.stringify(sightings), sightings);
  }
  return [...different.values()];
}

/** Reads whatever it gets as requests, and complains of nothing. */
class LenientReader {
  readonly #bytes: string;
  readonly #leniency: Leniency;
  #at = 0;

  constructor(bytes: string, leniency: Leniency) {
    this.#bytes = bytes;
    this.#leniency = leniency;
  }

  sightings(): Sighting[] {
    const seen: Sighting[] = [];
    while (this.#at < this.#bytes.length) {
      const first = this.#line();
      if (first === '') continue;
      seen.push(this.#request(first));
    }
    return seen;
  }

  #request(first: string): Sighting {
    const fields = this.#fields();
    const valuesOf = (wanted: string) =>
      fields.filter(([name]) => name === wanted).map(([, value]) => value.trim());
    const { isChunked, length, prefersLength } = this.#leniency;
    const given = length(valuesOf('content-length'));
    if (isChunked(valuesOf('transfer-encoding')) && !(prefersLength && given !== undefined))
      this.#skipChunks();
    else this.#at += Math.max(Number.parseInt(given ?? '0', 10) || 0, 0);
    return [first, ...valuesOf('host')].join(' @ ');
  }

  #fields(): [name: string, value: string][] {
    const fields: [string, string][] = [];
    while (this.#at < this.#bytes.length) {
      const line = this.#line();
      if (line === '') break;
      const last = fields.at(-1);
      if (/^[ \t]/.test(line) && this.#leniency.unfolds && last !== undefined) {
        last[1] += ` ${line.trim()}`;
        continue;
      }
      const colon = line.indexOf(':');
      fields.push([this.#leniency.name(line.slice(0, colon).toLowerCase()), line.slice(colon + 1)]);
    }
    return fields;
  }

  #skipChunks(): void {
    while (this.#at < this.#bytes.length) {
      const size = Number.parseInt(this.#leniency.size(this.#line()), 16) || 0;
      if (size === 0) {
        this.#fields();
        return;
      }
      this.#at += size;
      // What should end the chunk's data, as far as it is there.
      if (this.#bytes[this.#at] === '\r') this.#at++;
      if (this.#bytes[this.#at] === '\n') this.#at++;
    }
  }

  #line(): string {
    const { lineEnd } = this.#leniency;
    lineEnd.lastIndex = this.#at;
    const end = lineEnd.exec(this.#bytes);
    const line = this.#bytes.slice(this.#at, end?.index);
    this.#at = end === null ? this.#bytes.length : end.index + end[0].length;
    return line;
  }
}
