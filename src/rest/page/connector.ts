/** One connector: its state and tasks with their traces, what can be done with it, offsets, configuration, its charts. */
import { html, type TemplateResult } from 'lit-html';
import type { ConfigVersion, ConnectorInfo, ConnectorOffset, StateInfo } from '../../runtime/connect.ts';
import type { ConnectorOverview, OverviewHistory } from '../../runtime/overview/model.ts';
import { act, connectorPath, read } from './api.ts';
import { amount, bytes, moment, none, pretty, seconds } from './format.ts';
import { charts } from './overview.ts';
import { badge, figure, section } from './parts.ts';
import { topicLink } from './state.ts';

/** What is asked for when the view is opened, and again after every action. */
export interface ConnectorDetails {
  readonly config: ConnectorInfo['config'];
  readonly history: readonly ConfigVersion[];
  /** Or why they cannot be had. */
  readonly offsets: readonly ConnectorOffset[] | string;
}

export async function readDetails(name: string, signal: AbortSignal): Promise<ConnectorDetails> {
  const [config, history, offsets] = await Promise.all([
    read<ConnectorDetails['config']>(connectorPath(name, '/config'), signal),
    read<ConnectorDetails['history']>(connectorPath(name, '/config/history'), signal),
    read<{ readonly offsets: readonly ConnectorOffset[] }>(connectorPath(name, '/offsets'), signal).then(
      (answer) => answer.offsets,
      (error: Error) => error.message,
    ),
  ]);
  return { config, history, offsets };
}

export type Run = (what: string, call: () => Promise<void>) => void;

export function connectorView(
  connector: ConnectorOverview,
  details: ConnectorDetails | undefined,
  history: OverviewHistory | undefined,
  run: Run,
): TemplateResult {
  const { name, numbers, type, endpoint, topics, rejects_to } = connector;
  const latency = numbers.latency_seconds;
  return html`
    <p class="crumb"><a href="#/">Overview</a></p>
    <div class="title">
      <h1>${name}</h1>${badge(connector.state)}
      <span class="muted">${type} · ${connector.class} ${connector.connector.version ?? ''}</span>
    </div>
    ${actions(connector, run)}
    <dl class="figures">
      ${figure('Records', `${amount(numbers.records_per_second)}/s`)}
      ${figure('Bytes', `${bytes(numbers.bytes_per_second)}/s`)}
      ${figure('Since the start', amount(numbers.records_total))}
      ${figure('Rejected', amount(numbers.rejected_total), numbers.rejected_total > 0 ? 'warn' : '')}
      ${figure('Retries', amount(numbers.retries_total))}
      ${type === 'sink' ? figure('Lag', numbers.lag_records === null ? none : amount(numbers.lag_records)) : ''}
      ${figure('Latency, p95', latency === null ? none : seconds(latency.p95))}
    </dl>
    ${section('Tasks', tasks(connector, run))}
    ${section(
      'Flow',
      html`<dl class="pairs">
        <dt>${type === 'source' ? 'Reads' : 'Writes to'}</dt><dd>${endpoint}</dd>
        <dt>Topics</dt><dd>${topics.length === 0 ? none : links(topics)}</dd>
        <dt>Rejected records go to</dt><dd>${rejects_to === null ? 'nowhere: they end the task' : links([rejects_to])}</dd>
      </dl>`,
    )}
    ${history === undefined ? '' : section('The last hour', charts(history, [name]))}
    ${details === undefined ? '' : html`${section('Offsets', offsetsTable(details.offsets))}${configuration(details)}`}`;
}

const links = (topics: readonly string[]) =>
  topics.map((topic, i) => html`${i > 0 ? ', ' : ''}<a href=${topicLink(topic)}>${topic}</a>`);

function actions({ name, state, connector }: ConnectorOverview, run: Run): TemplateResult {
  const isAtRest = connector.state === 'PAUSED' || connector.state === 'STOPPED';
  const button = (label: string, what: string, enabled: boolean, call: () => Promise<void>) =>
    html`<button type="button" ?disabled=${!enabled} @click=${() => run(`${what} ${name}`, call)}>${label}</button>`;
  const put = (to: string) => () => act('PUT', connectorPath(name, `/${to}`));
  return html`<div class="actions" role="group" aria-label="Actions">
    ${button('Pause', 'Pausing', connector.state === 'RUNNING', put('pause'))}
    ${button('Resume', 'Resuming', isAtRest, put('resume'))}
    ${button('Stop', 'Stopping', connector.state !== 'STOPPED', put('stop'))}
    ${button('Restart', 'Restarting', !isAtRest, () => act('POST', connectorPath(name, '/restart?includeTasks=true')))}
    ${
      state === 'FAILED'
        ? button('Restart what failed', 'Restarting what failed of', true, () =>
            act('POST', connectorPath(name, '/restart?includeTasks=true&onlyFailed=true')),
          )
        : ''
    }
  </div>`;
}

function tasks({ name, tasks: all, connector }: ConnectorOverview, run: Run): TemplateResult {
  if (all.length === 0) return html`<p class="muted">None while it is ${connector.state}.</p>${trace(connector)}`;
  return html`${trace(connector)}<div class="scroll" tabindex="0" role="region" aria-label="Tasks"><table>
    <thead><tr><th>Task</th><th>State</th><th>Worker</th><th>Restarts</th><th><span class="hidden">Actions</span></th></tr></thead>
    <tbody>${all.map(
      (task) => html`<tr>
        <th scope="row">${task.id}</th>
        <td>${badge(task.state)}${trace(task)}</td>
        <td>${task.worker_id}</td>
        <td>${restartsOf(task)}</td>
        <td><button type="button" aria-label="Restart task ${task.id}" ?disabled=${task.state === 'PAUSED'}
          @click=${() => run(`Restarting task ${task.id}`, () => act('POST', connectorPath(name, `/tasks/${task.id}/restart`)))}>Restart</button></td>
      </tr>`,
    )}</tbody>
  </table></div>`;
}

function restartsOf({ restarts, next_restart }: StateInfo): string {
  const next = next_restart === undefined ? '' : `, next ${moment(Date.parse(next_restart))}`;
  return `${restarts ?? 0}${next}`;
}

const trace = ({ trace: text }: StateInfo) =>
  text === undefined ? '' : html`<pre class="trace" tabindex="0">${text}</pre>`;

function offsetsTable(offsets: ConnectorDetails['offsets']): TemplateResult {
  if (typeof offsets === 'string') return html`<p class="muted">${offsets}</p>`;
  if (offsets.length === 0) return html`<p class="muted">None yet.</p>`;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Offsets"><table>
    <thead><tr><th>Partition</th><th>Offset</th></tr></thead>
    <tbody>${offsets.map(({ partition, offset }) => html`<tr><td><code>${compact(partition)}</code></td><td><code>${compact(offset)}</code></td></tr>`)}</tbody>
  </table></div>`;
}

const compact = (value: object | null) =>
  value === null
    ? none
    : Object.entries(value)
        .map(([key, one]) => `${key}: ${typeof one === 'string' ? one : JSON.stringify(one)}`)
        .join(', ');

function configuration({ config, history }: ConnectorDetails): TemplateResult {
  const [, ...former] = history;
  return section(
    'Configuration',
    html`${pairs(config)}${
      former.length === 0
        ? ''
        : html`<h3>Before</h3>${former.map(
            (version) =>
              html`<details><summary>until it was changed, from ${moment(version.timestamp)}</summary>${pairs(version.config)}</details>`,
          )}`
    }`,
  );
}

const pairs = (config: ConnectorDetails['config']) =>
  html`<dl class="pairs code">${Object.entries(config).map(([key, value]) => html`<dt>${key}</dt><dd>${shownValue(value)}</dd>`)}</dl>`;

/** What is long opens when it is asked for. */
const shownValue = (value: string) =>
  value.length <= 200
    ? value
    : html`<details><summary>${value.slice(0, 60)}…</summary><pre>${pretty(value)}</pre></details>`;
