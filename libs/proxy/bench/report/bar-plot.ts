/** One group of bars. */
export interface BarGroup {
  readonly title: string;
  readonly bars: readonly Bar[];
}

export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Drawn in the accent colour. */
  readonly isOurs: boolean;
}

export interface BarPlotOptions {
  readonly title: string;
  readonly subtitle: string;
  readonly groups: readonly BarGroup[];
  readonly format: (value: number) => string;
}

// In pixels.
const WIDTH = 760;
const LABEL_WIDTH = 150;
const VALUE_WIDTH = 80;
const BAR_HEIGHT = 20;
const BAR_STEP = 28;
const HEADER_HEIGHT = 66;
const GROUP_TITLE_HEIGHT = 30;
const GROUP_GAP = 20;

/** Colours for a light and a dark page; the background is the page's own. */
const STYLE = `
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
  .title { font-size: 17px; font-weight: 600; }
  .subtitle { fill: #59636e; }
  .group { font-weight: 600; }
  .bar { fill: #b1bac4; }
  .ours { fill: #0969da; }
  .emphasis { font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .subtitle { fill: #9198a1; }
    .bar { fill: #57606a; }
    .ours { fill: #4493f8; }
  }`;

/** Horizontal bars in groups, as an SVG document. Each group has a scale of its own. */
export function barPlot({ title, subtitle, groups, format }: BarPlotOptions): string {
  const parts: string[] = [];
  let top = HEADER_HEIGHT;
  for (const group of groups) {
    parts.push(text('group', 0, top + 14, group.title));
    top += GROUP_TITLE_HEIGHT;
    const scale = (WIDTH - LABEL_WIDTH - VALUE_WIDTH) / Math.max(...group.bars.map(({ value }) => value));
    for (const bar of group.bars) {
      parts.push(drawBar(bar, top, bar.value * scale, format(bar.value)));
      top += BAR_STEP;
    }
    top += GROUP_GAP;
  }
  const summary = groups.map((group) => {
    const values = group.bars.map(({ label, value }) => `${label} ${format(value)}`);
    return `${group.title}: ${values.join(', ')}.`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${top}" width="${WIDTH}" height="${top}" role="img">
<title>${escaped(title)}</title>
<desc>${escaped(summary.join(' '))}</desc>
<style>${STYLE}
</style>
${text('title', 0, 22, title)}
${text('subtitle', 0, 44, subtitle)}
${parts.join('\n')}
</svg>
`;
}

function drawBar({ label, isOurs }: Bar, top: number, length: number, value: string): string {
  const emphasis = isOurs ? 'emphasis' : '';
  const middle = top + BAR_HEIGHT / 2 + 5;
  return [
    text(emphasis, 0, middle, label),
    `<rect class="${isOurs ? 'ours' : 'bar'}" x="${LABEL_WIDTH}" y="${top}" width="${length.toFixed(1)}" height="${BAR_HEIGHT}" rx="3"/>`,
    text(emphasis, LABEL_WIDTH + length + 8, middle, value),
  ].join('\n');
}

function text(className: string, x: number, y: number, content: string): string {
  return `<text class="${className}" x="${x.toFixed(1)}" y="${y}">${escaped(content)}</text>`;
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
