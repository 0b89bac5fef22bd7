/**
 * Charts of the last hour, drawn by uPlot: a custom element that takes its series as a property, follows the width of its
 * place and the colours of the page.
 */
import { html, type TemplateResult } from 'lit-html';
import uPlot from 'uplot';
import { moment, none } from './format.ts';

export interface Chart {
  readonly title: string;
  /** In seconds since 1970. */
  readonly at: readonly number[];
  readonly series: readonly { readonly label: string; readonly values: readonly (number | null)[] }[];
  readonly format: (value: number) => string;
}

const height = 150;
const colours = ['--series-1', '--series-2', '--series-3', '--series-4', '--series-5', '--series-6'];

export function chart(data: Chart): TemplateResult {
  const last = data.series.map(({ label, values }) => `${label} ${shown(values.at(-1), data.format)}`).join(', ');
  return html`<figure>
    <figcaption>${data.title}</figcaption>
    <x-chart role="img" aria-label="${data.title} over the last hour. Now: ${last || 'nothing yet'}" .chart=${data}></x-chart>
  </figure>`;
}

const shown = (value: number | null | undefined, format: Chart['format']) =>
  value === null || value === undefined ? none : format(value);

class ChartElement extends HTMLElement {
  #plot: uPlot | undefined;
  #chart: Chart | undefined;
  /** What the plot was made for; with other series it is made anew. */
  #labels = '';
  readonly #resized = new ResizeObserver(() => this.#plot?.setSize({ width: this.clientWidth, height }));

  set chart(chart: Chart) {
    const fresh = this.#chart === undefined || this.#chart.at !== chart.at || labelsOf(chart) !== this.#labels;
    this.#chart = chart;
    if (fresh && this.isConnected) this.#draw();
  }

  connectedCallback(): void {
    this.#resized.observe(this);
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#resized.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  /** The colours of the page have changed. */
  repaint(): void {
    this.#labels = '';
    this.#draw();
  }

  #draw(): void {
    const chart = this.#chart;
    if (chart === undefined) return;
    const data: uPlot.AlignedData = [[...chart.at], ...chart.series.map(({ values }) => [...values])];
    if (this.#plot !== undefined && labelsOf(chart) === this.#labels) {
      this.#plot.setData(data);
      return;
    }
    this.#plot?.destroy();
    this.#labels = labelsOf(chart);
    this.#plot = new uPlot(optionsOf(chart, this), data, this);
  }
}

const labelsOf = ({ series }: Chart) => series.map(({ label }) => label).join('\n');

function optionsOf(chart: Chart, element: HTMLElement): uPlot.Options {
  const colour = (name: string) => colourOf(name, element);
  const axis = { stroke: colour('--muted'), grid: { stroke: colour('--line'), width: 1 }, ticks: { show: false } };
  return {
    width: element.clientWidth || 300,
    height,
    scales: { y: { range: (_plot, _low, high) => [0, Number.isFinite(high) && high > 0 ? high * 1.1 : 1] } },
    series: [
      { label: 'At', value: (_plot: uPlot, at: number | null) => (at === null ? none : moment(at * 1000)) },
      ...chart.series.map(({ label }, i) => ({
        label,
        stroke: colour(colours[i % colours.length] ?? ''),
        width: 1.5,
        points: { show: false },
        value: (_plot: uPlot, value: number | null) => shown(value, chart.format),
      })),
    ],
    axes: [
      { ...axis, space: 90, values: (_plot, ticks) => ticks.map((tick) => timeOfDay(tick, ticks)) },
      { ...axis, size: 62, values: (_plot, ticks) => ticks.map((tick) => chart.format(tick)) },
    ],
    cursor: { y: false },
  };
}

/** A colour of the page as it is now: of a light and a dark one a browser chooses where it is used, not where it is named. */
function colourOf(name: string, element: HTMLElement): string {
  element.style.color = `var(${name})`;
  const { color } = getComputedStyle(element);
  element.style.removeProperty('color');
  return color;
}

const minutes = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const seconds = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });

/** With seconds while the ticks are that close. */
function timeOfDay(tick: number, [first = 0, second = 60]: readonly number[]): string {
  return (second - first < 60 ? seconds : minutes).format(tick * 1000);
}

customElements.define('x-chart', ChartElement);

/** Draws all charts in the colours of now. */
export function repaintCharts(): void {
  for (const one of document.querySelectorAll('x-chart')) if (one instanceof ChartElement) one.repaint();
}
