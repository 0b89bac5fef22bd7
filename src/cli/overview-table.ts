/**
 * A worker at a glance as lines of text: one for the worker, a table with a line for each connector, and below it what
 * is wrong. For the live view of `start` and for `caves-connect top`. Never wider than the terminal.
 */
import type { ConnectorState, StateInfo } from '../runtime/connect.ts';
import type { ConnectorOverview, Overview } from '../runtime/overview/model.ts';
import { formatTable } from './table.ts';
import { clock, type Paint, printable } from './terminal.ts';

export interface OverviewStyle {
  readonly paint: Paint;
  /** Columns of the terminal; longer lines are cut. */
  readonly width: number;
  /** Most connectors that are drawn; those in trouble come first then. */
  readonly rows: number;
}

const columns = [
  { title: 'connector' },
  { title: 'type' },
  { title: 'state' },
  { title: 'tasks', right: true },
  { title: 'records/s', right: true },
  { title: 'total', right: true },
  { title: 'rejected', right: true },
  { title: 'lag', right: true },
  { title: 'p95', right: true },
] as const;

/** How grave a state is: what a person has to look at stands above. */
const gravity: Readonly<Record<ConnectorState, number>> = {
  FAILED: 0,
  RESTARTING: 1,
  UNASSIGNED: 2,
  STOPPED: 3,
  PAUSED: 3,
  RUNNING: 4,
};

export function formatOverview(overview: Overview, { paint, width, rows }: OverviewStyle): readonly string[] {
  const { worker, connectors, at } = overview;
  const health = worker.health.status === 'healthy' ? paint.green('healthy') : paint.red(worker.health.status);
  const shown =
    connectors.length <= rows
      ? connectors
      : connectors.toSorted((a, b) => gravity[a.state] - gravity[b.state]).slice(0, Math.max(rows, 0));
  const [head = '', ...body] = formatTable(columns, shown.map(cellsOf)).map((line) => cut(line, width));
  const hidden = connectors.length - shown.length;
  return [
    `${paint.bold(`caves-connect ${worker.version}`)}  ${health}  ${paint.dim(clock(at))}`,
    ...(worker.health.status === 'healthy' ? [] : [paint.red(cut(printable(worker.health.message), width))]),
    paint.dim(head),
    ...body.map((line, i) => paintState(line, shown[i]?.state, paint)),
    ...(hidden > 0 ? [paint.dim(`and ${hidden} more`)] : []),
    ...shown.flatMap((connector) => complaintsOf(connector)).map((line) => paint.red(cut(line, width))),
  ];
}

function cellsOf({ name, type, state, tasks, numbers }: ConnectorOverview): readonly string[] {
  const running = tasks.filter((task) => task.state === 'RUNNING').length;
  const { latency_seconds: latency, lag_records: lag } = numbers;
  return [
    printable(name),
    type,
    state,
    `${running}/${tasks.length}`,
    amount(numbers.records_per_second),
    amount(numbers.records_total),
    amount(numbers.rejected_total),
    lag === null ? '–' : amount(lag),
    latency === null ? '–' : seconds(latency.p95),
  ];
}

/** What is wrong with a connector or its tasks, the first line of each. */
function complaintsOf({ name, connector, tasks }: ConnectorOverview): readonly string[] {
  const of = ({ state, trace }: StateInfo, who: string) =>
    state === 'FAILED' && trace !== undefined ? [`${who}: ${printable(trace.split('\n', 1)[0] ?? '')}`] : [];
  return [...of(connector, name), ...tasks.flatMap((task) => of(task, `${name}|task-${task.id}`))];
}

function paintState(line: string, state: ConnectorState | undefined, paint: Paint): string {
  if (state === undefined) return line;
  const style = state === 'RUNNING' ? paint.green : state === 'FAILED' ? paint.red : paint.yellow;
  return line.replace(state, style(state));
}

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const fine = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** A number as a person reads it: with a decimal only where that says something. */
const amount = (value: number) => (value < 10 ? fine : whole).format(value);

/** A time as a person reads it. */
export function seconds(value: number): string {
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  return value < 120 ? `${fine.format(value)} s` : `${whole.format(value / 60)} min`;
}

const cut = (line: string, width: number) =>
  line.length <= width ? line : `${line.slice(0, Math.max(width - 1, 0))}…`;
