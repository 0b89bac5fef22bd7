/** The first view: is all well, what flows where, and how the last hour was. */
import { html, type TemplateResult } from 'lit-html';
import type { ConnectorHistory, Overview, OverviewHistory } from '../../runtime/overview/model.ts';
import { chart } from './charts.ts';
import { amount, none, seconds } from './format.ts';
import { badge, figure, section } from './parts.ts';
import { picture } from './picture.ts';
import { connectorLink } from './state.ts';

export function overviewView({ connectors }: Overview, history: OverviewHistory | undefined): TemplateResult {
  if (connectors.length === 0) {
    return html`<section class="card empty">
      <h2>No connectors yet</h2>
      <p>Start a worker with a YAML file (<code>caves-connect start FILE</code>), or create one with
        <code>POST /connectors</code>: <a href="docs">the REST API</a> shows how.</p>
    </section>`;
  }
  const sinks = connectors.filter(({ type }) => type === 'sink');
  const failed = connectors.filter(({ state }) => state === 'FAILED').length;
  const running = connectors.filter(({ state }) => state === 'RUNNING').length;
  const total = (of: readonly (number | null)[]) => of.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const latencies = sinks.flatMap(({ numbers }) => numbers.latency_seconds?.p95 ?? []);
  const rejected = total(connectors.map(({ numbers }) => numbers.rejected_total));
  return html`
    <dl class="figures">
      ${figure('Running', `${running} of ${connectors.length}`, failed > 0 ? '' : 'good')}
      ${figure('Failed', amount(failed), failed > 0 ? 'bad' : 'good')}
      ${figure('Written by sinks', `${amount(total(sinks.map(({ numbers }) => numbers.records_per_second)))}/s`)}
      ${figure('Lag', sinks.length === 0 ? none : amount(total(sinks.map(({ numbers }) => numbers.lag_records))))}
      ${figure('Latency, p95', latencies.length === 0 ? none : seconds(Math.max(...latencies)))}
      ${figure('Rejected', amount(rejected), rejected > 0 ? 'warn' : '')}
    </dl>
    ${failed > 0 ? failures(connectors) : ''}
    ${section('Pipelines', picture(connectors))}
    ${section('The last hour', history === undefined ? html`<p class="muted">Nothing yet.</p>` : charts(history))}`;
}

function failures(connectors: Overview['connectors']): TemplateResult {
  const all = connectors.filter(({ state }) => state === 'FAILED');
  return section(
    'Failed',
    html`<ul class="failures">${all.map(
      ({ name, connector, tasks }) => html`<li>
        <a href=${connectorLink(name)}>${name}</a> ${badge('FAILED')}
        <pre>${connector.trace ?? tasks.find(({ trace }) => trace !== undefined)?.trace ?? ''}</pre>
      </li>`,
    )}</ul>`,
  );
}

/** Of these connectors, by default of all. */
export function charts({ at, connectors }: OverviewHistory, names = Object.keys(connectors)): TemplateResult {
  const of = (column: keyof ConnectorHistory) =>
    names.flatMap((label) => {
      const values = connectors[label]?.[column];
      return values === undefined || values.every((value) => value === null) ? [] : [{ label, values }];
    });
  const single = names.length === 1 && names[0] !== undefined ? connectors[names[0]] : undefined;
  const latency = single
    ? [
        { label: 'p50', values: single.latency_p50_seconds },
        { label: 'p95', values: single.latency_p95_seconds },
      ]
    : of('latency_p95_seconds');
  return html`<div class="charts">
    ${chart({ title: 'Records a second', at, series: of('records_per_second'), format: amount })}
    ${chart({ title: single ? 'From event to durable' : 'From event to durable, p95', at, series: latency, format: seconds })}
    ${chart({ title: 'Lag, in records', at, series: of('lag_records'), format: amount })}
  </div>`;
}
