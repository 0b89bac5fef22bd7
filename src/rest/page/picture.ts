/**
 * The pipelines as a picture: boxes in columns, and lines between them that are drawn where the boxes have come to lie.
 * On a narrow screen the columns stand below one another, and the lines run down.
 */
import { html, type TemplateResult } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import type { ConnectorOverview } from '../../runtime/overview/model.ts';
import { amount, none, seconds } from './format.ts';
import { type Edge, type Node, pipelinesOf } from './graph.ts';
import { badge } from './parts.ts';
import { connectorLink, topicLink } from './state.ts';

const titles = ['Sources', 'Topics', 'Sinks', 'Destinations'];

export function picture(connectors: readonly ConnectorOverview[]): TemplateResult {
  return html`${repeat(
    pipelinesOf(connectors),
    ({ edges: [edge] }, i) => edge?.from ?? i,
    (pipeline) => html`
      <div class="pipeline" data-edges=${JSON.stringify(pipeline.edges)}>
        <svg class="lines" aria-hidden="true"></svg>
        ${pipeline.columns.map((nodes, i) => column(titles[i] ?? '', nodes))}
      </div>`,
  )}`;
}

function column(title: string, nodes: readonly Node[]): TemplateResult {
  if (nodes.length === 0) return html`<div class="column"></div>`;
  return html`<div class="column">
    <h3>${title}</h3>
    <ul>${repeat(
      nodes,
      ({ id }) => id,
      (node) => html`<li data-node=${node.id}>${box(node)}</li>`,
    )}</ul>
  </div>`;
}

function box(node: Node): TemplateResult {
  if (node.kind === 'endpoint') {
    return html`<div class="node endpoint"><span class="kind">destination</span><strong>${breakable(node.label)}</strong></div>`;
  }
  if ('topic' in node) {
    const kind = node.kind === 'rejects' ? 'rejected records' : 'topic';
    return html`<a class="node ${node.kind}" href=${topicLink(node.topic)}>
      <span class="kind">${kind}</span><strong>${breakable(node.topic)}</strong>
      <span class="rate">${amount(node.perSecond)}/s</span>
    </a>`;
  }
  const { name, state, numbers, endpoint } = node.connector;
  const { lag_records: lag, latency_seconds: latency } = numbers;
  return html`<a class="node connector ${state.toLowerCase()}" href=${connectorLink(name)}>
    <span class="kind">${node.kind === 'source' ? endpoint : 'sink'}</span>${badge(state)}
    <strong>${name}</strong>
    <span class="more">
      ${node.kind === 'sink' ? html`lag ${lag === null ? none : amount(lag)} · ` : ''}p95 ${latency === null ? none : seconds(latency.p95)}
    </span>
    <span class="rate">${amount(numbers.records_per_second)}/s</span>
  </a>`;
}

/** A long name may break after its dots and underscores. */
const breakable = (text: string) => text.split(/(?<=[._])/).map((part, i) => (i > 0 ? html`<wbr>${part}` : part));

/** Draws the lines of all pictures on the page: to be called when they have been laid out. */
export function drawLines(root: ParentNode): void {
  for (const pipeline of root.querySelectorAll<HTMLElement>('.pipeline')) {
    const lines = pipeline.querySelector('svg.lines');
    const edges = JSON.parse(pipeline.dataset['edges'] ?? '[]') as readonly Edge[];
    if (lines !== null) connect(pipeline, lines, edges);
  }
}

function connect(pipeline: HTMLElement, lines: Element, edges: readonly Edge[]): void {
  const frame = pipeline.getBoundingClientRect();
  const places = new Map(
    [...pipeline.querySelectorAll<HTMLElement>('[data-node]')].map((one) => [
      one.dataset['node'],
      one.getBoundingClientRect(),
    ]),
  );
  lines.setAttribute('viewBox', `0 0 ${frame.width} ${frame.height}`);
  const paths = edges.flatMap((edge) => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    return from && to ? [{ edge, path: curve(frame, from, to) }] : [];
  });
  // By hand, and only what differs: a line that moves is not to start over every second.
  while (lines.childElementCount > paths.length) lines.lastElementChild?.remove();
  for (const [i, { edge, path }] of paths.entries()) {
    const line = lines.children[i] ?? lines.appendChild(document.createElementNS('http://www.w3.org/2000/svg', 'path'));
    change(line, 'd', path);
    change(line, 'class', `${edge.isReject ? 'reject' : 'flow'}${edge.perSecond > 0 ? ' moving' : ''}`);
  }
}

function change(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function curve(frame: DOMRect, from: DOMRect, to: DOMRect): string {
  const beside = to.left >= from.right;
  const [x1, y1] = beside ? [from.right, from.top + from.height / 2] : [from.left + from.width / 2, from.bottom];
  const [x2, y2] = beside ? [to.left, to.top + to.height / 2] : [to.left + to.width / 2, to.top];
  const at = (x: number, y: number) => `${(x - frame.left).toFixed(1)} ${(y - frame.top).toFixed(1)}`;
  const [dx, dy] = beside ? [(x2 - x1) / 2, 0] : [0, (y2 - y1) / 2];
  return `M${at(x1, y1)} C${at(x1 + dx, y1 + dy)} ${at(x2 - dx, y2 - dy)} ${at(x2, y2)}`;
}
