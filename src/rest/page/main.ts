/**
 * The live page of a worker. It keeps one state, draws it with lit-html, and asks for what a view needs beside the
 * worker's events. It leaves out: changing configurations and creating connectors, which are for YAML and REST.
 */
import { html, render, type TemplateResult } from 'lit-html';
import type { OverviewHistory } from '../../runtime/overview/model.ts';
import { ApiError, read, useToken } from './api.ts';
import { repaintCharts } from './charts.ts';
import { type ConnectorDetails, connectorView, readDetails } from './connector.ts';
import { moment } from './format.ts';
import { follow } from './live.ts';
import { overviewView } from './overview.ts';
import { drawLines } from './picture.ts';
import { createStore, placeOf, type State } from './state.ts';
import { nextTheme, useKeptTheme } from './theme.ts';
import { readRecords, topicView } from './topic.ts';

/** How often what is no event is asked for, in ms. */
const historyEveryMs = 5_000;
const recordsEveryMs = 2_000;

const root = document.body;
const store = createStore(draw);
let stopFollowing = () => {};

/** What the present view has asked for; another view asks anew. */
let visit = new AbortController();
let details: ConnectorDetails | undefined;
let records: Parameters<typeof topicView>[1];

function start(): void {
  stopFollowing();
  store.set({ connection: 'connecting' });
  stopFollowing = follow({
    overview: (overview) => store.set({ overview }),
    connection: (connection) => store.state.connection !== connection && store.set({ connection }),
  });
  enter();
}

/** Comes to the place that the address names. */
function enter(): void {
  visit.abort();
  visit = new AbortController();
  details = undefined;
  records = undefined;
  store.set({ place: placeOf(location.hash), notice: undefined });
  const { place } = store.state;
  const { signal } = visit;
  void every(historyEveryMs, signal, async () =>
    store.set({ history: await read<OverviewHistory>('overview/history', signal) }),
  );
  if (place.page === 'connector') void every(historyEveryMs, signal, () => refreshDetails(place.name, signal));
  if (place.page === 'topic') void every(recordsEveryMs, signal, () => refreshRecords(place.name, signal));
}

async function refreshDetails(name: string, signal: AbortSignal): Promise<void> {
  details = await readDetails(name, signal);
  store.redraw();
}

async function refreshRecords(topic: string, signal: AbortSignal): Promise<void> {
  const answer = await readRecords(topic, signal).catch((error: unknown) => {
    if (error instanceof ApiError && !signal.aborted) return error.message;
    throw error;
  });
  records = answer;
  store.redraw();
}

/** Again and again until the view is left. What fails is tried again: the connection's own state says why. */
async function every(ms: number, signal: AbortSignal, call: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    if (!document.hidden) await call().catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}

/** Does something to a connector and says what came of it. */
async function run(what: string, call: () => Promise<void>): Promise<void> {
  store.set({ notice: { text: `${what}…`, isError: false } });
  try {
    await call();
    store.set({ notice: { text: `${what}: done.`, isError: false } });
  } catch (error) {
    store.set({ notice: { text: `${what} failed: ${(error as Error).message}`, isError: true } });
  }
}

function draw(state: State): void {
  render(page(state), root);
  drawLines(root);
}

function page(state: State): TemplateResult {
  return html`
    <a class="skip" href="#main" @click=${(event: Event) => {
      // The address is where the page is; this link only moves the focus.
      event.preventDefault();
      document.querySelector('main')?.focus();
    }}>To the content</a>
    ${header(state)}
    <main id="main" tabindex="-1">${state.connection === 'unauthorized' ? signIn() : view(state)}</main>
    <div class="notice ${state.notice?.isError ? 'bad' : ''}" role="status">${state.notice?.text ?? ''}</div>`;
}

const connectionWords = { connecting: 'connecting', live: 'live', lost: 'connection lost', unauthorized: 'signed out' };

function header({ overview, connection }: State): TemplateResult {
  const worker = overview?.worker;
  const isWell = worker?.health.status === 'healthy';
  return html`<header class="top">
    <a class="brand" href="#/"><img src="page/icon.svg" alt="" width="24" height="24"> caves-connect</a>
    <span class="muted">${worker?.version ?? ''}</span>
    <span class="spacer"></span>
    ${worker === undefined ? '' : html`<span class="badge ${isWell ? 'running' : 'failed'}" title=${worker.health.message}>${worker.health.status}</span>`}
    <span class="connection ${connection}" role="status">${connectionWords[connection]}${connection === 'lost' && overview ? ` at ${moment(overview.at)}` : ''}</span>
    <a href="docs">REST</a>
    <a href="metrics">Metrics</a>
    <button type="button" class="quiet" @click=${switchTheme}>Theme</button>
  </header>`;
}

function switchTheme(): void {
  nextTheme();
  repaintCharts();
}

function view({ place, overview, history }: State): TemplateResult {
  if (place.page === 'topic') return topicView(place.name, records);
  if (overview === undefined) return html`<p class="muted" role="status">Waiting for the worker…</p>`;
  if (place.page === 'overview') return html`<h1 class="hidden">Overview</h1>${overviewView(overview, history)}`;
  const connector = overview.connectors.find(({ name }) => name === place.name);
  if (connector !== undefined) return connectorView(connector, details, history, (what, call) => void run(what, call));
  return html`<p class="crumb"><a href="#/">Overview</a></p><h1>${place.name}</h1><p role="alert">There is no connector of this name.</p>`;
}

function signIn(): TemplateResult {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    useToken(String(new FormData(event.target as HTMLFormElement).get('token')));
    start();
  };
  return html`<section class="card empty">
    <h1>This worker wants credentials</h1>
    <form @submit=${submit}>
      <label>Bearer token <input name="token" type="password" autocomplete="off" required></label>
      <button type="submit">Sign in</button>
    </form>
    <p class="muted">It is kept for this tab only. With a user and a password, load the page again: the browser asks for them.</p>
  </section>`;
}

useKeptTheme();
addEventListener('hashchange', enter);
addEventListener('resize', () => drawLines(root));
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', repaintCharts);
start();
