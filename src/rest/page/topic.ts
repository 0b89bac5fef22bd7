/** The latest records of a topic; of a dead letter queue with what was wrong, from the headers that Kafka Connect gives them. */
import { html, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { TopicRecord } from '../../runtime/connect.ts';
import { read } from './api.ts';
import { bytes, moment, pretty } from './format.ts';

const errorPrefix = '__connect.errors.';

export const readRecords = (topic: string, signal: AbortSignal): Promise<readonly TopicRecord[]> =>
  read(`topics/${encodeURIComponent(topic)}/records?limit=30`, signal);

/** @param records the newest first; a text is why there are none */
export function topicView(topic: string, records: readonly TopicRecord[] | string | undefined): TemplateResult {
  return html`
    <p class="crumb"><a href="#/">Overview</a></p>
    <div class="title"><h1>${topic}</h1><span class="muted">the latest records, the newest first</span></div>
    ${listOf(records)}`;
}

function listOf(records: readonly TopicRecord[] | string | undefined): TemplateResult {
  if (records === undefined) return html`<p class="muted" role="status">Reading…</p>`;
  if (typeof records === 'string') return html`<p class="error" role="alert">${records}</p>`;
  if (records.length === 0) return html`<p class="muted" role="status">No records yet.</p>`;
  return html`<ol class="records">${repeat(records, idOf, (record) => html`<li>${recordView(record)}</li>`)}</ol>`;
}

const idOf = ({ partition, offset }: TopicRecord) => `${partition}@${offset}`;

function recordView(record: TopicRecord): TemplateResult {
  const error = (name: string) => record.headers.find((header) => header.name === errorPrefix + name)?.value;
  const reason = error('exception.message');
  const place = [error('topic'), error('partition')].filter((part) => part !== undefined).join('-');
  return html`<details>
    <summary>
      <span class="place">${record.partition}@${record.offset}</span>
      <time datetime=${new Date(record.timestamp).toISOString()}>${moment(record.timestamp)}</time>
      ${
        reason === undefined
          ? html`<span class="preview">${record.value ?? 'null'}</span>`
          : html`<span class="reason"><strong>${error('stage') ?? ''}</strong> ${reason}</span>`
      }
    </summary>
    <dl class="pairs code">
      <dt>key</dt><dd>${record.key ?? 'null'}</dd>
      ${place === '' ? '' : html`<dt>came from</dt><dd>${place}@${error('offset') ?? '?'}</dd>`}
      ${record.headers.map(({ name, value }) => html`<dt>${name}</dt><dd>${value}</dd>`)}
    </dl>
    <pre tabindex="0" aria-label="value">${record.value === null ? 'null' : pretty(record.value)}</pre>
    ${isCut(record) ? html`<p class="muted">The beginning of ${bytes(record.value_bytes)}.</p>` : ''}
  </details>`;
}

const isCut = ({ value, value_bytes }: TopicRecord) =>
  value !== null && new TextEncoder().encode(value).length < value_bytes;
