import type { Section } from './parts.ts';

export interface ReportOptions {
  /** Where and with what the figures came about, a line each. */
  readonly circumstances: readonly string[];
  /** Of the run, such as `2026-11-23`. */
  readonly date: string;
}

/** A part's title, table and verdict, in Markdown. */
export function sectionText({ title, text, table, missed }: Section): string {
  const verdict = missed.map((line) => `- Missed: ${line}\n`).join('');
  return `## ${title}\n\n${text}\n\n${table}\n${verdict === '' ? '' : `\n${verdict}`}`;
}

/** The whole report, in Markdown. */
export function report(sections: readonly Section[], { circumstances, date }: ReportOptions): string {
  return `# What clients see while backends fail

Measured on ${date}:

${circumstances.map((line) => `- ${line}`).join('\n')}

Everything is a process of its own with its default settings: the balancer, what is behind it, and the client on the same
cores. Requests are sent at a constant rate, whether or not answers keep up. A latency counts from when its request was due. A
request failed when its answer is not a whole one with a status from 200 to 299.

${sections.map(sectionText).join('\n')}
\`npx nx resilience\` repeats it, in about a quarter of an hour. It ends with 1 when anything is not as it must be. \`-- --quick\` takes fewer
requests, \`-- --help\` lists the options.
`;
}
